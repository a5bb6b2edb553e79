"""The follow-ups shown: for a terminal, as Markdown, JSON, CSV, and a page."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from pmsync.markdown import fence, inert, link
from pmsync.reports.figures import (
    Figures,
    Tally,
    count,
    headline,
    in_words,
    name_of,
    oldest,
    pace_in_words,
    progress,
    tallies,
    without_items,
)
from pmsync.reports.follow_ups import FollowUp, StatusReport, days
from pmsync.reports.selection import Listing
from pmsync.reports.status_data import render_csv, render_json

if TYPE_CHECKING:
    from rich.text import Text

Format = Literal["text", "markdown", "json", "csv", "html"]

MOST_IN_MARKDOWN = 200
"""Follow-ups that Markdown lists where no limit is given: a job's summary or an issue holds no more."""

MOST_POSTMORTEMS = 50
"""Postmortems whose progress Markdown shows."""

_ROOM_FOR_OWNER = 80
_ROOM_FOR_AGE = 110
_ROOM_FOR_DATE = 140
"""Cells of a terminal from which there is room for a column."""

_TITLE = 1
"""The column that has all the room that is left."""

_LEAST_TITLE, _LEAST_PLACE, _WIDEST_DUE = 16, 8, 12
_UNBOUNDED = 10_000


def render(
    report: StatusReport,
    format: Format = "text",  # noqa: A002 - the word of the command line
    *,
    listing: Listing | None = None,
    color: bool = False,
    width: int | None = None,
) -> str:
    """Returns `report` as `text` for a terminal, `markdown` for GitHub, `json`, `csv`, or a page of `html`.

    Args:
        report: what to show.
        format: which of these.
        listing: which follow-ups are listed; text and Markdown list open ones by themselves, the others all.
        color: whether `text` may carry colours and links.
        width: how many cells a line of `text` has; None cuts nothing.
    """
    listing, figures = listing or Listing(), count(report)
    if format == "json":
        return render_json(report, figures, listing.of(report, "all")[0])
    if format == "csv":
        return render_csv(listing.of(report, "all")[0])
    if format == "markdown":
        return render_markdown(report, figures, listing)
    if format == "html":
        from pmsync.reports.page import render_page

        return render_page(report, figures, listing)
    return _render_text(report, figures, listing, color=color, width=width)


# -------------------------------------------------------------------------- a terminal


def _render_text(
    report: StatusReport, figures: Figures, listing: Listing, *, color: bool, width: int | None
) -> str:
    from pmsync.reports.terminal import render_lines, table, text

    rows, more = _listed(report, listing, None)
    lines = [*table(_text_rows(rows, report, width), width=width, give=1), text()] if rows else []
    if any(f.due_by == "policy" for f in rows):
        lines += [text(("  * due by policy, not by a date of its own", "dim")), text()]
    if more:
        lines += [text((f"  and {more} more: --limit is {listing.limit}", "dim")), text()]
    for head, named in tallies(report, figures).items():
        lines += _text_tallies(head, named, width)
    echoes = [f for f in rows if f.echo]
    if echoes:
        lines.append(text(("Asked before", "yellow")))
        cells = [
            ((f"  {_label(f)}", _linked(f.url)), (f.item.title, ""), (str(f.echo), "dim")) for f in echoes
        ]
        lines += [*table(cells, width=width, give=1), text()]
    if report.orphans:
        lines.append(text(("Open issues whose item is gone", "yellow")))
        orphans = [
            ((f"  #{o.ref.number}", _linked(o.url)), (o.title, ""), (o.url, "dim")) for o in report.orphans
        ]
        lines += [*table(orphans, width=width, give=1), text()]
    empty = without_items(report)
    if empty:
        lines.append(text(("Postmortems without any item", "yellow")))
        lines += [*table([((f"  {name_of(it, report)}", ""),) for it in empty], width=width, give=0), text()]
    lines.append(text((f"{', '.join(in_words(figures))}.", "")))
    lines += [text((f"{pace.capitalize()}.", "")) for pace in pace_in_words(figures)]
    lines.append(text((_source(report), "dim")))
    lines.append(text((headline(report, figures), "bold")))
    return render_lines(lines, color=color)


def _listed(report: StatusReport, listing: Listing, most: int | None) -> tuple[list[FollowUp], int]:
    """Returns the follow-ups to list, each issue once, and how many more there are."""
    rows, more = listing.of(report, "open")
    once = [f for f in rows if not f.shares_issue]
    if most is None or listing.limit is not None:
        return once, more
    return once[:most], more + max(len(once) - most, 0)


def _text_rows(
    rows: Sequence[FollowUp], report: StatusReport, width: int | None
) -> list[tuple[tuple[str, str], ...]]:
    """Returns follow-ups as cells and their styles, under a heading; a narrow terminal has fewer columns.

    The place comes last and gets what the others leave beside a readable title; its line is never cut.
    """
    from rich.cells import cell_len

    room = _UNBOUNDED if width is None else width
    cells = [_text_heads(room), *(_text_cells(f, room) for f in rows)]
    widths = [max(cell_len(row[column][0]) for row in cells) for column in range(len(cells[0]))]
    taken = sum(widths) - widths[_TITLE] + 2 * len(widths)
    left = max(min(room // 4, room - taken - _LEAST_TITLE), _LEAST_PLACE)
    places = [("where", "dim")]
    places += [(_place_within(f, report, left), _linked(f.page, "dim")) for f in rows]
    return [(*row, place) for row, place in zip(cells, places, strict=True)]


def _text_heads(room: int) -> tuple[tuple[str, str], ...]:
    heads = ["  issue", "follow-up", "sev" if room < _ROOM_FOR_DATE else "severity"]
    heads += ["owner"] * (room >= _ROOM_FOR_OWNER) + ["due"] + [" late"] * (room >= _ROOM_FOR_DATE)
    heads += ["  age"] * (room >= _ROOM_FOR_AGE)
    return tuple((head, "dim") for head in heads)


def _text_cells(f: FollowUp, room: int) -> tuple[tuple[str, str], ...]:
    """Returns a follow-up's cells, as `_text_heads` names them."""
    from pmsync.reports.terminal import cut

    style = "red" if f.overdue_days is not None else ""
    by_policy = "*" if f.due_by == "policy" else ""
    due = (cut(f"{f.due or f.item.due or '–'}{by_policy}" if f.is_open else f.status, _WIDEST_DUE), style)
    late = (f"{f.overdue_days} d late{by_policy}", style)
    dated = (
        [due, (_short_days(f.overdue_days), style)] if room >= _ROOM_FOR_DATE else [late if style else due]
    )
    owners = cut(", ".join(f.owners), room // 7)
    return (
        (f"  {_label(f)}", _linked(f.url, "bold")),
        (f.item.title, ""),
        (cut(f.severity or "–", 7 if room < _ROOM_FOR_OWNER else 12), ""),
        *[(owners or "–", "" if owners else "yellow")] * (room >= _ROOM_FOR_OWNER),
        *dated,
        *[(_short_days(f.age_days) or "    –", "")] * (room >= _ROOM_FOR_AGE),
    )


def _text_tallies(head: str, named: dict[str, Tally], width: int | None) -> list["Text"]:
    from pmsync.reports.terminal import table, text

    rows = [
        (
            (f"  {name}", ""),
            (f"{it.open:>3} open", ""),
            (f"{it.overdue} overdue" if it.overdue else "", "red"),
        )
        for name, it in named.items()
    ]
    return [text((f"By {head}", "dim")), *table(rows, width=width, give=0), text()]


def _label(follow_up: FollowUp) -> str:
    return f"#{follow_up.number}" if follow_up.number else "–"


def _linked(url: str | None, style: str = "") -> str:
    """Returns a style that links to a page, where it is one's address."""
    from urllib.parse import quote

    if not url or not url.startswith(("https://", "http://")):
        return style
    return f"{style} link {quote(url, safe='%/:?#@!$&*+,=~-._', errors='replace')}".strip()


def _due_day(follow_up: FollowUp) -> str:
    """Returns the due date, marked where it is a policy's; else what stands in its place."""
    if follow_up.due is None:
        return follow_up.item.due or ""
    return f"{follow_up.due}{' (policy)' if follow_up.due_by == 'policy' else ''}"


def _place_within(follow_up: FollowUp, report: StatusReport, room: int) -> str:
    """Returns document and line; where they need more than `room`, without folders, or cut at the left."""
    from rich.cells import cell_len

    place = f"{name_of(follow_up.incident, report)}:{follow_up.item.line}"
    name = f"…/{place.rpartition('/')[2]}"
    if cell_len(place) <= room or cell_len(name) <= room:
        return place if cell_len(place) <= room else name
    kept = place[-room:]
    while cell_len(kept) >= room:
        kept = kept[1:]
    return f"…{kept}"


def _short_days(number: int | None) -> str:
    return "" if number is None else f"{number:>3} d"


def _source(report: StatusReport) -> str:
    told = "the tracker" if report.source == "tracker" else "the documents alone"
    several = f" of {len(report.repositories)} repositories" if len(report.repositories) > 1 else ""
    return f"{report.generated.astimezone(UTC):%Y-%m-%d %H:%M} UTC, from {told}{several}"


# ----------------------------------------------------------------------------- Markdown


def render_markdown(
    report: StatusReport, figures: Figures, listing: Listing, *, with_clock: bool = True
) -> str:
    """Returns the report as Markdown for GitHub, its charts by Mermaid.

    Args:
        report: what to show.
        figures: its figures.
        listing: which follow-ups are listed.
        with_clock: say when it was made, and how many days things are old or late; without, days are told
            by their dates, so that the text stays the same until something happens or falls due.
    """
    rows, more = _listed(report, listing, MOST_IN_MARKDOWN)
    said = [*in_words(figures), *pace_in_words(figures if with_clock else replace(figures, oldest_days=None))]
    blocks = [f"**{inert(headline(report, figures))}**", "\n".join(f"- {inert(words)}" for words in said)]
    blocks += [f"<sub>{_source(report)}</sub>"] * with_clock
    if rows:
        blocks.append(_markdown_table(rows, with_clock))
    blocks += [f"and {more} more"] * bool(more)
    blocks += _markdown_charts(figures)
    blocks += _markdown_tallies(report, figures)
    blocks += _markdown_progress(report)
    echoes = [(f, f.echo if with_clock else replace(f.echo, overdue_days=None)) for f in rows if f.echo]
    told = [f"- {_markdown_issue(f)} {inert(f.item.title)}: {inert(str(echo))}" for f, echo in echoes]
    blocks += _list("Asked before", told)
    blocks += _list(
        "Oldest",
        [f"- {_markdown_issue(f)} {inert(f.item.title)}: {_age(f, with_clock)}" for f in oldest(report)],
    )
    gone = [f"- {link(f'#{o.ref.number}', o.url)} {inert(o.title)}" for o in report.orphans]
    blocks += _list("Open issues whose item is gone", gone)
    blocks += _list(
        "Postmortems without any item", [f"- {inert(name_of(it, report))}" for it in without_items(report)]
    )
    return "\n\n".join(blocks) + "\n"


def _markdown_table(rows: Iterable[FollowUp], with_clock: bool) -> str:
    cells = [
        (
            _markdown_issue(f),
            inert(f.item.title),
            inert(f.severity or "") or "–",
            inert(", ".join(f.owners)) or "–",
            inert(_due(f, with_clock)) or "–",
            _age(f, with_clock) or "–",
            link(inert(f.incident.title), f.incident.url) if f.incident.url else inert(f.incident.title),
        )
        for f in rows
    ]
    heads = ("issue", "follow-up", "severity", "owner", "due", "age" if with_clock else "open", "postmortem")
    return "".join(_grid(heads, cells))


def _due(follow_up: FollowUp, with_clock: bool) -> str:
    if follow_up.overdue_days is None:
        return _due_day(follow_up)
    return f"{_due_day(follow_up)} ({f'{days(follow_up.overdue_days)} late' if with_clock else 'overdue'})"


def _age(follow_up: FollowUp, with_clock: bool) -> str:
    if with_clock:
        return days(follow_up.age_days)
    return f"since {follow_up.opened}" if follow_up.opened else ""


def _markdown_issue(follow_up: FollowUp) -> str:
    return link(f"#{follow_up.number}", follow_up.url or "") if follow_up.number else "–"


def _markdown_charts(figures: Figures) -> list[str]:
    """Returns charts where there is something to chart; their words are ours alone."""
    blocks = []
    months = figures.by_month
    if any(month.opened or month.closed for month in months.values()):
        names = ", ".join(f'"{name}"' for name in months)
        chart = [
            "xychart-beta",
            '  title "Open at the end of the month (bars), opened and closed in it (lines)"',
            f"  x-axis [{names}]",
            f"  bar [{', '.join(str(month.open) for month in months.values())}]",
            f"  line [{', '.join(str(month.opened) for month in months.values())}]",
            f"  line [{', '.join(str(month.closed) for month in months.values())}]",
        ]
        blocks.append(fence("\n".join(chart), "mermaid"))
        heads = ("month", "opened", "closed", "open", "fell due", "in time", "done within 30 / 60 / 90 days")
        blocks += _grid(heads, [_month_row(name, figures) for name in months])
    if figures.open:
        slices = [f'  "{words}" : {number}' for words, number in figures.by_age.items() if number]
        blocks.append(fence("\n".join(["pie showData title Age of what is open", *slices]), "mermaid"))
    measures = [
        (name, str(made.all), str(made.done), str(made.open))
        for name, made in figures.by_type.items()
        if made.all
    ]
    return blocks + _grid(("kind", "all", "done", "open"), measures)


def _month_row(name: str, figures: Figures) -> tuple[str, ...]:
    month, fell, cohort = figures.by_month[name], figures.on_time_by_month[name], figures.done_within[name]
    shares = (cohort.within_30, cohort.within_60, cohort.within_90)
    numbers = (month.opened, month.closed, month.open, fell.due)
    return (name, *map(str, numbers), percent(fell.share), " / ".join(map(percent, shares)))


def _markdown_tallies(report: StatusReport, figures: Figures) -> list[str]:
    blocks = []
    for head, named in tallies(report, figures).items():
        cells = [(inert(name), str(it.open), str(it.overdue)) for name, it in named.items()]
        blocks += _grid((f"by {head}", "open", "overdue"), cells)
    return blocks


def _markdown_progress(report: StatusReport) -> list[str]:
    made = progress(report)
    cells = [
        (
            str(it.day or "–"),
            link(inert(it.title), it.url) if it.url else inert(it.title),
            inert(it.severity or "") or "–",
            f"{got.done} of {got.all} done",
            str(got.overdue),
        )
        for it, got in made[:MOST_POSTMORTEMS]
    ]
    rest = len(made) - len(cells)
    heads = ("date", "postmortem", "severity", "progress", "overdue")
    return _grid(heads, cells) + [f"and {rest} more postmortems"] * (rest > 0)


def percent(share: int | None) -> str:
    """Returns a share in words."""
    return "–" if share is None else f"{share} %"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns a table of cells that are Markdown already; none where it has no rows."""
    if not rows:
        return []
    lines = [heads, ["---"] * len(heads), *rows]
    return ["\n".join(f"| {' | '.join(cells)} |" for cells in lines)]


def _list(heading: str, entries: Sequence[str]) -> list[str]:
    return ["\n".join([f"{heading}:\n", *entries])] if entries else []
