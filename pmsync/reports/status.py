"""The follow-ups shown: for a terminal, as Markdown, as JSON, as a page."""

import json
from datetime import UTC
from typing import Any, Literal

from pmsync.markdown import inert, link
from pmsync.model import ActionItem
from pmsync.reports.follow_ups import FollowUp, StatusReport, days, headline, tallies
from pmsync.reports.items import json_item
from pmsync.text import shown

Format = Literal["text", "markdown", "json", "html"]

_WIDE = 120
"""Cells of a terminal that has room for severity and due date beside the rest."""


def render(
    report: StatusReport,
    format: Format = "text",  # noqa: A002 - the word of the command line
    *,
    color: bool = False,
    width: int | None = None,
) -> str:
    """Returns `report` as `text` for a terminal, `markdown` for GitHub, `json`, or a page of `html`.

    Args:
        report: what to show.
        format: which of these.
        color: whether `text` may carry colours.
        width: how many cells a line of `text` has; None cuts nothing.
    """
    if format == "json":
        return _render_json(report)
    if format == "markdown":
        return _render_markdown(report)
    if format == "html":
        from pmsync.reports.page import render_page

        return render_page(report)
    return _render_text(report, color=color, width=width)


# -------------------------------------------------------------------------- computing


def _due(follow_up: FollowUp) -> str:
    late = f" ({days(follow_up.overdue_days)} late)" if follow_up.overdue_days is not None else ""
    return f"{follow_up.item.due or ''}{late}"


def _source(report: StatusReport) -> str:
    told = "the tracker" if report.source == "tracker" else "the documents alone"
    return f"{report.generated.astimezone(UTC):%Y-%m-%d %H:%M} UTC, from {told}"


def _place_within(item: ActionItem, room: int | None) -> str:
    """Returns document and line; where they need more than `room`, without folders, or cut at the left."""
    place = f"{item.document}:{item.line}"
    if room is None or len(place) <= room:
        return place
    name = f"…/{place.rpartition('/')[2]}"
    return name if len(name) <= room else f"…{place[-(room - 1) :]}"


def _render_text(report: StatusReport, *, color: bool, width: int | None) -> str:
    from pmsync.reports.terminal import render_lines, table, text

    lines = [text((f"{headline(report)}.", "bold")), text((_source(report), "dim")), text()]
    if report.open:
        lines += [*table(_text_rows(report, width), width=width, give=1), text()]
    for head, tally in tallies(report).items():
        lines.append(text((f"By {head}", "dim")))
        lines += table(
            [
                (
                    (f"  {name}", ""),
                    (f"{counted['open']:>3} open", ""),
                    (f"{counted['overdue']} overdue" if counted["overdue"] else "", "red"),
                )
                for name, counted in tally.items()
            ],
            width=width,
            give=0,
        )
        lines.append(text())
    if report.orphans:
        lines.append(text(("Open issues whose item is gone", "yellow")))
        lines += table(
            [((f"  #{o.ref.number}", "bold"), (o.title, ""), (o.url, "dim")) for o in report.orphans],
            width=width,
            give=1,
        )
        lines.append(text())
    return render_lines(lines[:-1] if not lines[-1].plain else lines, color=color)


def _text_rows(report: StatusReport, width: int | None) -> list[tuple[tuple[str, str], ...]]:
    """Returns the open follow-ups as cells and their styles, under a heading.

    A narrow terminal has no room for the severity, and one column says what is due and what is late.
    """
    from pmsync.reports.terminal import cut

    is_wide = width is None or width >= _WIDE
    dated = ("severity", "due", " late") if is_wide else ("due",)
    words = ("  issue", "follow-up", "owner", *dated, "  age", "where")
    rows: list[tuple[tuple[str, str], ...]] = [tuple((word, "dim") for word in words)]
    for it in report.open:
        style = "red" if it.overdue_days is not None else ""
        due = (it.item.due or "–", style)
        when = (
            ((it.severity or "–", ""), due, (_short_days(it.overdue_days), style))
            if is_wide
            else ((f"{it.overdue_days} d late", style) if style else due,)
        )
        owners = ", ".join(it.owners)
        rows.append(
            (
                (f"  #{it.number}" if it.number else "  –", "bold"),
                (it.item.title, ""),
                (cut(owners, width // 6 if width else None) or "–", "" if owners else "yellow"),
                *when,
                (_short_days(it.age_days) or "    –", ""),
                (_place_within(it.item, width // (3 if is_wide else 4) if width else None), "dim"),
            )
        )
    return rows


def _short_days(count: int | None) -> str:
    return "" if count is None else f"{count:>3} d"


def _render_markdown(report: StatusReport) -> str:
    blocks = [f"**{headline(report)}.**", f"<sub>{_source(report)}</sub>"]
    if report.open:
        rows = "\n".join(_markdown_row(follow_up) for follow_up in report.open)
        blocks.append(
            "| issue | follow-up | owner | severity | due | age | postmortem |\n"
            f"|---|---|---|---|---|--:|---|\n{rows}"
        )
    for head, tally in tallies(report).items():
        rows = "\n".join(
            f"| {inert(name)} | {counted['open']} | {counted['overdue']} |" for name, counted in tally.items()
        )
        blocks.append(f"| by {head} | open | overdue |\n|---|--:|--:|\n{rows}")
    if report.orphans:
        said = "\n".join(f"- {link(f'#{o.ref.number}', o.url)} {inert(o.title)}" for o in report.orphans)
        blocks.append(f"Open issues whose item is gone:\n\n{said}")
    return "\n\n".join(blocks) + "\n"


def _markdown_row(follow_up: FollowUp) -> str:
    cells = (
        link(f"#{follow_up.number}", follow_up.url or "") if follow_up.number else "–",
        inert(follow_up.item.title),
        inert(", ".join(follow_up.owners)) or "–",
        inert(follow_up.severity or "") or "–",
        inert(_due(follow_up)) or "–",
        days(follow_up.age_days) or "–",
        inert(follow_up.postmortem),
    )
    return f"| {' | '.join(cells)} |"


def _render_json(report: StatusReport) -> str:
    value = {
        "generated": report.generated.astimezone(UTC).isoformat(timespec="seconds"),
        "source": report.source,
        "figures": report.figures,
        "follow_ups": [_json_follow_up(follow_up) for follow_up in report.follow_ups],
        "orphans": [
            {"number": issue.ref.number, "url": issue.url, "title": issue.title} for issue in report.orphans
        ],
    }
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _json_follow_up(follow_up: FollowUp) -> dict[str, Any]:
    return json_item(follow_up.item) | {
        "owner": ", ".join(follow_up.owners) or None,
        "issue": {"number": follow_up.number, "url": follow_up.url, "status": follow_up.status}
        if follow_up.number
        else None,
        "status": follow_up.status,
        "postmortem": follow_up.postmortem,
        "severity": follow_up.severity,
        "opened": follow_up.opened.isoformat() if follow_up.opened else None,
        "closed": follow_up.closed.isoformat() if follow_up.closed else None,
        "age_days": follow_up.age_days,
        "overdue_days": follow_up.overdue_days,
    }
