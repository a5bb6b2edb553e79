"""The follow-ups: what came of every action item, and what can be counted of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any, Literal

from pmsync.model import ActionItem, Binding, Issue, Postmortem, Status

ELSEWHERE = "tracked elsewhere"
"""The status of an item whose document names a tracker of its own: whether it is open cannot be said."""

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


def _follow_up(
    postmortem: Postmortem, item: ActionItem, binding: Binding | None, logins: Mapping[str, str], today: date
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


def tallies(report: StatusReport) -> dict[str, dict[str, dict[str, int]]]:
    """Returns the open follow-ups by `owner` and by `severity`, where any is named; who has none last."""
    figures = report.figures
    owners = figures["by_owner"]
    unowned = _count_open((UNOWNED, follow_up) for follow_up in report.open if not follow_up.owners)
    made = {"owner": {**owners, **unowned}} if owners else {}
    named = figures["by_severity"].keys() - {UNSTATED}
    return made | ({"severity": figures["by_severity"]} if named else {})
