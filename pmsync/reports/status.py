"""The follow-ups: what came of every action item, as figures and lists."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any, Literal

from pmsync.model import ActionItem, Binding, Issue, Postmortem, Status
from pmsync.reports.items import json_item
from pmsync.reports.markdown import inert, link
from pmsync.text import shown

Format = Literal["text", "markdown", "json", "html"]

ELSEWHERE = "tracked elsewhere"
"""The status of an item whose document names a tracker of its own: whether it is open cannot be said."""

_WIDE = 120
"""Cells of a terminal that has room for severity and due date beside the rest."""

UNSTATED = "unstated"
"""Stands for a severity that no one stated."""

UNOWNED = "(nobody)"
"""Stands for the owner of what no one owns."""

_SEVERITY = re.compile(r"(?i)(?:sev(?:erity)?[\s._:#-]*)?([0-9])\b.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One action item and what came of it.

    Attributes:
        item: as its document states it.
        postmortem: the title of its postmortem.
        severity: of the postmortem; `SEV-1` for any spelling of that, else as written.
        number: of its issue; None where it has none.
        url: of its issue.
        status: a word of `Status`, or `ELSEWHERE`.
        owners: who does it: the issue's assignees, else whom the item names, else the document's owner.
        opened: the postmortem's date, or when the issue was opened where that was earlier.
        closed: when the issue was closed.
        age_days: from `opened` to `closed`, or to now where it is open; None where that is not known.
        overdue_days: for how many days it has been open past its due date; None where it is not late.
    """

    item: ActionItem
    postmortem: str
    severity: str | None
    number: int | None
    url: str | None
    status: str
    owners: tuple[str, ...]
    opened: date | None
    closed: date | None
    age_days: int | None
    overdue_days: int | None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do (the issue may be gone, the work is not)."""
        return self.status in {Status.OPEN, Status.MISSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """All follow-ups at one moment, those that need attention first.

    Attributes:
        generated: the moment.
        source: whether the states are the tracker's, or those that the documents' annotations tell.
        postmortems: how many documents were read.
        follow_ups: open ones first: the most overdue, then the next due, then the oldest.
        orphans: open issues of ours whose item is gone from its document.
    """

    generated: datetime
    source: Literal["tracker", "documents"]
    postmortems: int
    follow_ups: tuple[FollowUp, ...]
    orphans: tuple[Issue, ...] = ()

    @property
    def open(self) -> tuple[FollowUp, ...]:
        """Those with something left to do."""
        return tuple(follow_up for follow_up in self.follow_ups if follow_up.is_open)

    @property
    def figures(self) -> dict[str, Any]:
        """What can be counted; part of the JSON contract."""
        still_open = self.open
        ages = [follow_up.age_days for follow_up in still_open if follow_up.age_days is not None]
        took = [
            follow_up.age_days
            for follow_up in self.follow_ups
            if follow_up.closed and follow_up.age_days is not None
        ]
        severities = _count_open((f.severity or UNSTATED, f) for f in still_open)
        counted = {str(status): 0 for status in Status} | {ELSEWHERE: 0}
        for follow_up in self.follow_ups:
            counted[follow_up.status] += 1
        return {
            "postmortems": self.postmortems,
            "follow_ups": len(self.follow_ups),
            "open": len(still_open),
            "overdue": sum(follow_up.overdue_days is not None for follow_up in still_open),
            "done": counted[Status.DONE],
            "wont_do": counted[Status.WONT_DO],
            "duplicate": counted[Status.DUPLICATE],
            "missing": counted[Status.MISSING],
            "tracked_elsewhere": counted[ELSEWHERE],
            "without_issue": sum(follow_up.number is None for follow_up in still_open),
            "unowned": sum(not follow_up.owners for follow_up in still_open),
            "without_due_date": sum(follow_up.item.due is None for follow_up in still_open),
            "oldest_days": max(ages, default=None),
            "median_age_days": _rounded(ages),
            "median_days_to_close": _rounded(took),
            "by_owner": _count_open((owner, f) for f in still_open for owner in f.owners),
            "by_severity": dict(sorted(severities.items(), key=lambda pair: _severity_rank(pair[0]))),
            "orphans": len(self.orphans),
        }


def make_status(
    postmortems: Sequence[Postmortem],
    now: datetime,
    *,
    bindings: Iterable[Binding] | None = None,
    orphans: Sequence[Issue] = (),
    owners: Mapping[str, str] | None = None,
) -> StatusReport:
    """Returns the follow-ups of `postmortems`.

    Args:
        postmortems: as they were read.
        now: an aware moment; ages and due dates are told by its day in UTC.
        bindings: the items' issues as the tracker has them (`Plan.bindings`); None tells everything
            from the documents' own annotations and boxes.
        orphans: as in `Plan.orphans`.
        owners: names as written, and the login that stands for each, so that both count as one.
    """
    known = {binding.item.place: binding for binding in bindings or ()}
    logins = {name.casefold(): login for name, login in (owners or {}).items()}
    today = now.astimezone(UTC).date()
    follow_ups = [
        _follow_up(postmortem, item, known.get(item.place), logins, today)
        for postmortem in postmortems
        for item in postmortem.items
    ]
    return StatusReport(
        generated=now,
        source="documents" if bindings is None else "tracker",
        postmortems=len(postmortems),
        follow_ups=tuple(sorted(follow_ups, key=_urgency)),
        orphans=tuple(orphans),
    )


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


def _follow_up(
    postmortem: Postmortem,
    item: ActionItem,
    binding: Binding | None,
    logins: Mapping[str, str],
    today: date,
) -> FollowUp:
    issue = binding.issue if binding else None
    note = item.annotation
    status = _status(item, binding)
    stated = item.owner or postmortem.owner
    named = (logins.get(stated.casefold(), stated),) if stated else ()
    days_known = (_day(issue.created) if issue else None, _parse_day(postmortem.date))
    opened = min(filter(None, days_known), default=None)
    closed = _day(issue.closed) if issue and not issue.is_open else None
    is_open = status in {Status.OPEN, Status.MISSING}
    until = today if is_open else closed
    due = item.due_date
    return FollowUp(
        item=item,
        postmortem=postmortem.title,
        severity=_one_spelling(postmortem.severity),
        number=issue.ref.number if issue else note.ref.number if note else None,
        url=issue.url if issue else note.url if note else None,
        status=status,
        owners=(issue.assignees if issue else ()) or named,
        opened=opened,
        closed=closed,
        age_days=max((until - opened).days, 0) if until and opened else None,
        overdue_days=(today - due).days if is_open and due and due < today else None,
    )


def _status(item: ActionItem, binding: Binding | None) -> str:
    """Returns the issue's state; without one what the document says, its box before its annotation."""
    if binding and binding.issue:
        return binding.issue.status
    said = (binding.status if binding else None) or (item.annotation.status if item.annotation else None)
    if said in {Status.WONT_DO, Status.DUPLICATE, Status.MISSING}:
        return said
    # Done beside an empty box was unticked by hand since: there is work again.
    if item.done or (said is Status.DONE and not item.box):
        return Status.DONE
    return ELSEWHERE if item.ticket and not item.annotation else Status.OPEN


def _urgency(follow_up: FollowUp) -> tuple[object, ...]:
    due = follow_up.item.due_date
    return (
        not follow_up.is_open,
        due is None,
        due or date.max,
        -(follow_up.age_days or 0),
        follow_up.item.document,
        follow_up.item.line,
    )


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None


def _parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _one_spelling(severity: str | None) -> str | None:
    """Returns `SEV-1` for `Sev 1`, `sev1`, `1` and the like; any other word as it is."""
    found = _SEVERITY.fullmatch(severity or "")
    return f"SEV-{found[1]}" if found else severity


def _severity_rank(severity: str) -> tuple[int, int, str]:
    """Returns what severities are sorted by: their number, then those without one, unstated ones last."""
    number = re.search(r"[0-9]+", severity)
    rank = 2 if severity == UNSTATED else 0 if number else 1
    return rank, int(number[0][:9]) if number else 0, severity.casefold()


def _rounded(days: Sequence[int]) -> int | None:
    return round(median(days)) if days else None


def _count_open(named: Iterable[tuple[str, FollowUp]]) -> dict[str, dict[str, int]]:
    """Returns open and overdue by name, the most first; names that differ only by case are one."""
    counted: dict[str, dict[str, int]] = {}
    spelling: dict[str, str] = {}
    for name, follow_up in named:
        figures = counted.setdefault(spelling.setdefault(name.casefold(), name), {"open": 0, "overdue": 0})
        figures["open"] += 1
        figures["overdue"] += follow_up.overdue_days is not None
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1]["open"], pair[0].casefold())))


# -------------------------------------------------------------------------- rendering


def headline(report: StatusReport) -> str:
    """Returns the report in one line: `12 of 40 follow-ups open, 3 overdue, 4 without an owner`."""
    figures = report.figures
    total = figures["follow_ups"]
    parts = [f"{figures['open']} of {total} follow-{'up' if total == 1 else 'ups'} open"]
    for name, words in (
        ("overdue", "overdue"),
        ("unowned", "without an owner"),
        ("without_issue", "without an issue"),
        ("missing", "with a missing issue"),
        ("tracked_elsewhere", "tracked elsewhere"),
    ):
        parts += [f"{figures[name]} {words}"] * bool(figures[name])
    if figures["oldest_days"] is not None:
        parts.append(f"the oldest {days(figures['oldest_days'])}")
    return ", ".join(parts)


def days(count: int | None) -> str:
    """Returns a number of days in words; nothing where it is not known."""
    return "" if count is None else f"{count} {'day' if count == 1 else 'days'}"


def _due(follow_up: FollowUp) -> str:
    late = f" ({days(follow_up.overdue_days)} late)" if follow_up.overdue_days is not None else ""
    return f"{follow_up.item.due or ''}{late}"


def _source(report: StatusReport) -> str:
    told = "the tracker" if report.source == "tracker" else "the documents alone"
    return f"{report.generated.astimezone(UTC):%Y-%m-%d %H:%M} UTC, from {told}"


def tallies(report: StatusReport) -> dict[str, dict[str, dict[str, int]]]:
    """Returns the open follow-ups by `owner` and by `severity`, where any is named; who has none last."""
    figures = report.figures
    owners = figures["by_owner"]
    unowned = _count_open((UNOWNED, follow_up) for follow_up in report.open if not follow_up.owners)
    made = {"owner": {**owners, **unowned}} if owners else {}
    named = figures["by_severity"].keys() - {UNSTATED}
    return made | ({"severity": figures["by_severity"]} if named else {})


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
