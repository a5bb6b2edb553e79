"""The status report as one self-contained page: no script, no network, dark where the reader's screen is."""

from pmsync.reports.follow_ups import StatusReport, days, headline, tallies
from pmsync.text import shown


def render_page(report: StatusReport) -> str:
    """Returns `report` as HTML. All that comes from documents and issues is escaped by the template."""
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["days"] = days
    environment.tests["web_address"] = lambda url: bool(url) and url.startswith(("https://", "http://"))
    template = environment.from_string(files("pmsync.reports").joinpath("status.html").read_text("utf-8"))
    figures = report.figures
    page = template.render(
        report=report,
        figures=figures,
        headline=headline(report),
        tallies=tallies(report).items(),
        ages=_ages(report),
        closed=[follow_up for follow_up in report.follow_ups if not follow_up.is_open],
    )
    return shown(page)


_AGES: tuple[tuple[str, int], ...] = (
    ("up to a week", 7),
    ("up to a month", 30),
    ("up to a quarter", 91),
    ("up to a year", 365),
    ("longer", 10**9),
)


def _ages(report: StatusReport) -> dict[str, dict[str, int]]:
    """Returns how many open follow-ups are how old, and how many of them overdue."""
    counted = {words: {"open": 0, "overdue": 0} for words, _ in _AGES}
    for follow_up in report.open:
        if follow_up.age_days is not None:
            age = follow_up.age_days
            figures = counted[next(words for words, limit in _AGES if age <= limit)]
            figures["open"] += 1
            figures["overdue"] += follow_up.overdue_days is not None
    return {words: figures for words, figures in counted.items() if figures["open"]}
