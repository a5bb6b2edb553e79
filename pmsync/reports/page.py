"""The status report as one self-contained page: no network, one small script of ours, complete without it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from pmsync.reports.charts import HEIGHT, WIDTH, Chart, columns, line
from pmsync.reports.figures import (
    MONTHS,
    WINDOW,
    Figures,
    Progress,
    Tally,
    headline,
    oldest,
    pace_in_words,
    progress,
    tallies,
    without_items,
)
from pmsync.reports.follow_ups import DUE_SOON, FollowUp, Incident, StatusReport, days, severity_rank
from pmsync.reports.selection import Listing
from pmsync.text import shown

MOST_UNFOLDED = 60
"""Follow-ups up to which all postmortems stand unfolded at first."""

MOST_NEXT = 10
"""How many follow-ups are named as what to do next."""


@dataclass(frozen=True, slots=True)
class Group:
    """A postmortem's follow-ups on the page, and how far it has come."""

    incident: Incident
    progress: Progress
    follow_ups: Sequence[FollowUp]


def render_page(report: StatusReport, figures: Figures, listing: Listing, nonce: str = "") -> str:
    """Returns `report` as HTML. All that comes from documents and issues is escaped by the template.

    Args:
        report: what to show.
        figures: its figures.
        listing: which follow-ups are listed.
        nonce: what the page's own script and style are known by; a fresh one where not given.
    """
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["days"] = days
    environment.tests["web_address"] = lambda url: bool(url) and url.startswith(("https://", "http://"))
    ours = {name: files("pmsync.reports").joinpath(f"status.{name}").read_text("utf-8") for name in _OURS}
    rows, more = listing.of(report, "all")
    page = environment.from_string(ours["html"]).render(
        nonce=nonce or secrets.token_hex(16),
        style=ours["css"],
        script=ours["js"],
        report=report,
        figures=figures,
        told=_told(report, figures),
        tiles=_tiles(figures),
        charts=_charts(figures),
        tallies=_tallies(report, figures),
        next=_next(report),
        groups=_groups(report, rows),
        more=more,
        is_unfolded=len(rows) <= MOST_UNFOLDED,
        width=WIDTH,
        height=HEIGHT,
    )
    return shown(page)


_OURS = ("html", "css", "js")


def _told(report: StatusReport, figures: Figures) -> dict[str, Any]:
    """Returns what the page says in words and lists."""
    return {
        "headline": headline(report, figures),
        "name": ", ".join(report.repositories[:5]) + (" and others" if len(report.repositories) > 5 else ""),
        "generated": f"{report.generated.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "source": "the tracker" if report.source == "tracker" else "the documents alone",
        "pace": [f"{words[:1].upper()}{words[1:]}." for words in pace_in_words(figures)],
        "echoes": [f for f in report.open if f.echo],
        "oldest": oldest(report),
        "without_items": without_items(report),
        "owners": sorted({owner for f in report.counted for owner in f.owners}, key=str.casefold),
        "teams": sorted({team for f in report.counted for team in f.teams}, key=str.casefold),
        "severities": sorted({f.severity for f in report.counted if f.severity}, key=severity_rank),
        "is_merged": len(report.repositories) > 1,
    }


def _tiles(figures: Figures) -> list[tuple[str, object, bool]]:
    """Returns the figures that stand alone: what they say, the number, and whether it is bad news."""
    share = figures.on_time.share
    tiles = [
        ("open", figures.open, False, True),
        ("overdue", figures.overdue, bool(figures.overdue), True),
        (f"due within {DUE_SOON} days", figures.due_soon, False, True),
        (f"closed in time, {WINDOW} days", "–" if share is None else f"{share} %", False, True),
        ("done", figures.done, False, True),
        ("won't do", figures.wont_do, False, bool(figures.wont_do)),
        ("duplicate", figures.duplicate, False, bool(figures.duplicate)),
        ("without an owner", figures.unowned, False, True),
        ("without a due date", figures.without_due_date, False, True),
        ("without an issue", figures.without_issue, False, True),
        ("issue is missing", figures.missing, True, bool(figures.missing)),
        ("tracked elsewhere", figures.tracked_elsewhere, False, bool(figures.tracked_elsewhere)),
        ("asked before", figures.echoes, False, bool(figures.echoes)),
        ("postmortems", figures.postmortems, False, True),
    ]
    return [(words, number, is_bad) for words, number, is_bad, is_told in tiles if is_told]


def _charts(figures: Figures) -> list[Chart]:
    """Returns the charts by month, where there is something to see."""
    months = list(figures.by_month)
    per_month = list(figures.by_month.values())
    made = []
    if any(month.opened or month.closed for month in per_month):
        opened, closed = [month.opened for month in per_month], [month.closed for month in per_month]
        made += [
            columns(f"Opened and closed, last {MONTHS} months", {"opened": opened, "closed": closed}, months),
            line("Open at the end of each month", "open", [month.open for month in per_month], months),
        ]
    shares = [month.share for month in figures.on_time_by_month.values()]
    if any(share is not None for share in shares):
        made.append(columns("Closed in time, by the month due", {"in time": shares}, months, " %", 100))
    return made


def _tallies(report: StatusReport, figures: Figures) -> dict[str, Mapping[str, Tally]]:
    """Returns open and overdue by name, and how old what is open is."""
    ages = {words: Tally(number) for words, number in figures.by_age.items()}
    return {**tallies(report, figures), **({"age": ages} if figures.open else {})}


def _next(report: StatusReport) -> list[FollowUp]:
    """Returns what to look at first: overdue, the gravest and latest first; then what is due soon."""
    late = [f for f in report.open if f.overdue_days is not None]
    soon = [f for f in report.open if f.due_within(DUE_SOON, report.today)]
    late.sort(key=lambda f: (severity_rank(f.severity), -(f.overdue_days or 0)))
    return (late + soon)[:MOST_NEXT]


def _groups(report: StatusReport, rows: Sequence[FollowUp]) -> list[Group]:
    """Returns the follow-ups by postmortem; the order is that of each one's first."""
    grouped: dict[tuple[str, str], list[FollowUp]] = {}
    for follow_up in rows:
        grouped.setdefault(follow_up.incident.key, []).append(follow_up)
    made = {incident.key: got for incident, got in progress(report)}
    return [Group(group[0].incident, made[key], group) for key, group in grouped.items()]
