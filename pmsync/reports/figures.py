"""The figures of a report: what can be counted of its follow-ups. Pure; README defines each in a sentence.

An issue counts once however many items share it. What was decided against (`won't do`, `duplicate`) is no
failure: it is neither open nor missed, and is told by itself.
"""

import calendar
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from pmsync.model import Status
from pmsync.reports.follow_ups import DUE_SOON, ELSEWHERE, FollowUp, Incident, StatusReport, severity_rank

UNOWNED = "(nobody)"
"""Stands for the owner of what no one owns."""

UNSTATED = "unstated"
"""Stands for a severity, priority or type that no one stated."""

WINDOW = 90
"""Days that on-time closure looks back over, and once more before them."""

MONTHS = 12
"""Months that are told one by one, the present one included."""

OLDEST = 10
"""How many of the oldest open follow-ups are named."""

AGES: tuple[tuple[str, int], ...] = (
    ("0–30 days", 30),
    ("31–90 days", 90),
    ("91–180 days", 180),
    ("181–365 days", 365),
    ("over a year", 10**9),
)
"""The buckets of age, and the last day of each."""

MEASURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("prevent", ("prevent", "prävent", "préven", "preven")),
    ("detect", ("detect", "erkenn", "détect", "monitor", "alert")),
    ("mitigate", ("mitigat", "repair", "respon", "contain")),
)
"""The kinds of measure, and how their words begin."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Open follow-ups under one name, and how many of them are overdue."""

    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a set of follow-ups has come: `done` of `all`; what was decided against is in neither."""

    all: int = 0
    done: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class OnTime:
    """How many fell due, and were closed by then; `share` in percent, None where nothing fell due."""

    due: int = 0
    on_time: int = 0
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """One month: follow-ups opened, closed, and open at its end (now, in the present one)."""

    opened: int
    closed: int
    open: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The follow-ups of one month's postmortems: how many there are, and the share done within so many days.

    A share is in percent, of those whose days are over; None where that is said of none.
    """

    follow_ups: int
    within_30: int | None
    within_60: int | None
    within_90: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """A follow-up, told by its place."""

    repository: str
    document: str
    line: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of them; part of the JSON contract. Each is defined in the README."""

    postmortems: int
    follow_ups: int
    open: int
    overdue: int
    due_soon: int
    done: int
    wont_do: int
    duplicate: int
    missing: int
    tracked_elsewhere: int
    without_issue: int
    unowned: int
    without_due_date: int
    orphans: int
    echoes: int
    without_items: tuple[str, ...]
    oldest_days: int | None
    median_age_days: int | None
    median_days_to_close: int | None
    p90_days_to_close: int | None
    closed_at_once: int
    closed_undated: int
    on_time: OnTime
    on_time_before: OnTime
    on_time_by_month: dict[str, OnTime]
    done_within: dict[str, Cohort]
    by_month: dict[str, Month]
    by_age: dict[str, int]
    oldest: tuple[Named, ...]
    by_type: dict[str, Progress]
    by_severity: dict[str, Tally]
    by_priority: dict[str, Tally]
    by_owner: dict[str, Tally]
    by_team: dict[str, Tally]
    by_postmortem: dict[str, Progress]

    def as_json(self) -> dict[str, Any]:
        """Returns them as JSON has them."""
        return asdict(self)


def count(report: StatusReport) -> Figures:
    """Counts what a report holds."""
    return Figures(**_count_now(report), **_count_over_time(report), **_count_by_name(report))


def _count_now(report: StatusReport) -> dict[str, Any]:
    """Returns how things stand."""
    counted, still_open, today = report.counted, report.open, report.today
    status = {word: sum(f.status == word for f in counted) for word in (*Status, ELSEWHERE)}
    ages = sorted(f.age_days for f in still_open if f.age_days is not None)
    return {
        "postmortems": len(report.incidents) - len(_others(report)),
        "follow_ups": len(counted),
        "open": len(still_open),
        "overdue": sum(f.overdue_days is not None for f in still_open),
        "due_soon": sum(f.due_within(DUE_SOON, today) for f in still_open),
        "done": status[Status.DONE],
        "wont_do": status[Status.WONT_DO],
        "duplicate": status[Status.DUPLICATE],
        "missing": status[Status.MISSING],
        "tracked_elsewhere": status[ELSEWHERE],
        "without_issue": sum(f.number is None for f in still_open),
        "unowned": sum(not f.owners for f in still_open),
        "without_due_date": sum(f.due is None for f in still_open),
        "orphans": len(report.orphans),
        "echoes": sum(f.echo is not None for f in still_open),
        "without_items": tuple(name_of(it, report) for it in without_items(report)),
        "oldest_days": max(ages, default=None),
        "median_age_days": _median(ages),
        "by_age": _by_age(ages, len(still_open)),
        "oldest": tuple(_named(f) for f in oldest(report)),
    }


def _count_over_time(report: StatusReport) -> dict[str, Any]:
    """Returns how quickly things are done.

    When something was closed is the tracker's to say: from documents alone nothing is told by month, since
    a share of what is known to be open would be nought.
    """
    counted, today = report.counted, report.today
    is_dated = report.source == "tracker"
    dated = counted if is_dated else ()
    months = list(_months(today)) if is_dated else []
    took = _days_to_close(counted)
    return {
        "median_days_to_close": _median(took),
        "p90_days_to_close": _percentile(took, 90),
        "closed_at_once": sum(f.is_done and f.closed is not None and f.closed == f.filed for f in counted),
        "closed_undated": sum(f.is_done and f.closed is None for f in counted),
        "on_time": _on_time(dated, today - timedelta(WINDOW), today),
        "on_time_before": _on_time(dated, today - timedelta(2 * WINDOW), today - timedelta(WINDOW)),
        "on_time_by_month": {
            _name(first): _on_time(dated, first, min(_next_month(first), today)) for first in months
        },
        "done_within": _cohorts(dated, months, today),
        "by_month": _by_month(dated, months),
    }


def _count_by_name(report: StatusReport) -> dict[str, Any]:
    """Returns where things are open."""
    still_open = report.open
    return {
        "by_type": _by_type(report.counted),
        "by_severity": _tally(((f.severity, f) for f in still_open), severity_rank),
        "by_priority": _tally(((f.item.priority, f) for f in still_open), severity_rank),
        "by_owner": _tally(((owner, f) for f in still_open for owner in f.owners), _alphabetic),
        "by_team": _tally(((team, f) for f in still_open for team in f.teams), _alphabetic),
        "by_postmortem": {name_of(it, report): made for it, made in progress(report) if made.all},
    }


def tallies(report: StatusReport, figures: Figures) -> dict[str, dict[str, Tally]]:
    """Returns open and overdue by what forms show, postmortems' facts before persons; none without names.

    What nobody owns stands last among the owners.
    """
    late = [f.overdue_days is not None for f in report.open if not f.owners]
    unowned = {UNOWNED: Tally(len(late), sum(late))} if late else {}
    made = {
        "severity": figures.by_severity,
        "priority": figures.by_priority,
        "team": figures.by_team,
        "owner": figures.by_owner | unowned,
    }
    return {head: named for head, named in made.items() if named.keys() - {UNSTATED, UNOWNED}}


# ------------------------------------------------------------------------ postmortems


def name_of(incident: Incident, report: StatusReport) -> str:
    """Returns what a postmortem is told by: its path, with its repository where there are several."""
    several = len(report.repositories) > 1
    return f"{incident.repository}:{incident.document}" if several else incident.document


def without_items(report: StatusReport) -> list[Incident]:
    """Returns the postmortems in which no item was found, the newest first."""
    with_items = {f.incident.key for f in report.follow_ups}
    return [it for it in report.incidents if not it.is_other and it.key not in with_items]


def progress(report: StatusReport) -> list[tuple[Incident, Progress]]:
    """Returns how far each postmortem has come: by open overdue ones, then severity, then the newest.

    Items that share an issue count in each postmortem that they stand in.
    """
    grouped: dict[tuple[str, str], list[FollowUp]] = {it.key: [] for it in report.incidents}
    for follow_up in report.follow_ups:
        grouped[follow_up.incident.key].append(follow_up)
    made = [(it, _progress(grouped[it.key])) for it in report.incidents if grouped[it.key]]
    return sorted(made, key=lambda each: (not each[1].overdue, severity_rank(each[0].severity)))


def oldest(report: StatusReport) -> list[FollowUp]:
    """Returns the open follow-ups that have been so for longest."""
    aged = [f for f in report.open if f.age_days is not None]
    return sorted(aged, key=lambda f: -(f.age_days or 0))[:OLDEST]


def _others(report: StatusReport) -> list[Incident]:
    with_items = {f.incident.key for f in report.follow_ups}
    return [it for it in report.incidents if it.is_other and it.key not in with_items]


def _progress(follow_ups: Sequence[FollowUp]) -> Progress:
    meant = [f for f in follow_ups if f.is_open or f.is_done]
    return Progress(
        all=len(meant),
        done=sum(f.is_done for f in meant),
        open=sum(f.is_open for f in meant),
        overdue=sum(f.overdue_days is not None for f in meant),
    )


# ------------------------------------------------------------------------------- time


def _on_time(counted: Iterable[FollowUp], since: date, until: date) -> OnTime:
    """Counts what fell due from `since` to the day before `until`, and was closed by its due date.

    Left out: what was decided against, and what was done nobody knows when.
    """
    due = on_time = 0
    for f in counted:
        if f.due is None or not since <= f.due < until:
            continue
        if f.is_open or (f.is_done and f.closed):
            due += 1
            on_time += f.closed is not None and f.closed <= f.due
    return OnTime(due, on_time, _percent(on_time, due))


def _cohorts(counted: Iterable[FollowUp], months: Sequence[date], today: date) -> dict[str, Cohort]:
    """Returns by month of the postmortem how many of its follow-ups were done within 30, 60 and 90 days."""
    grouped: dict[date, list[FollowUp]] = {first: [] for first in months}
    for f in counted:
        day = f.incident.day
        if day and day.replace(day=1) in grouped and (f.is_open or (f.is_done and f.closed)):
            grouped[day.replace(day=1)].append(f)
    return {
        _name(first): Cohort(len(group), *(_share_within(group, within, today) for within in (30, 60, 90)))
        for first, group in grouped.items()
    }


def _share_within(group: Iterable[FollowUp], within: int, today: date) -> int | None:
    over = [(f, f.incident.day + timedelta(within)) for f in group if f.incident.day]
    over = [(f, last) for f, last in over if last <= today]
    return _percent(sum(f.closed is not None and f.closed <= last for f, last in over), len(over))


def _by_month(counted: Sequence[FollowUp], months: Sequence[date]) -> dict[str, Month]:
    """Returns by month what was opened and closed; what is closed nobody knows when is left out of all."""
    dated = [f for f in counted if f.opened and (f.is_open or f.closed)]
    made = {}
    for first in months:
        after = _next_month(first)
        made[_name(first)] = Month(
            opened=sum(first <= f.opened < after for f in dated if f.opened),
            closed=sum(first <= f.closed < after for f in dated if f.closed),
            open=sum(f.opened < after and not (f.closed and f.closed < after) for f in dated if f.opened),
        )
    return made


def _days_to_close(counted: Iterable[FollowUp]) -> list[int]:
    """Returns how many days each done issue was open; not those that were closed on the day they were made.

    Such were done before they had an issue: their days say when pmsync came, not how long the work took.
    """
    return sorted(
        (f.closed - f.filed).days
        for f in counted
        if f.is_done and f.closed and f.filed and f.closed > f.filed
    )


def _months(today: date) -> Iterator[date]:
    """Yields the first days of the last months, the present one last."""
    for back in range(MONTHS - 1, -1, -1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield date(year, month + 1, 1)


def _next_month(first: date) -> date:
    return first + timedelta(calendar.monthrange(first.year, first.month)[1])


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


# ---------------------------------------------------------------------------- by name


def _by_age(ages: Iterable[int], still_open: int) -> dict[str, int]:
    """Returns how many open follow-ups are how old; of an unknown age are those left."""
    made = dict.fromkeys((words for words, _ in AGES), 0)
    for age in ages:
        made[next(words for words, last in AGES if age <= last)] += 1
    unknown = still_open - sum(made.values())
    return made | ({"unknown": unknown} if unknown else {})


def _by_type(counted: Iterable[FollowUp]) -> dict[str, Progress]:
    """Returns how far each kind of measure has come: prevent, detect, mitigate, then others."""
    grouped: dict[str, list[FollowUp]] = {words: [] for words, _ in MEASURES}
    for f in counted:
        grouped.setdefault(measure(f.item.type), []).append(f)
    return {name: _progress(group) for name, group in grouped.items()}


def measure(stated: str | None) -> str:
    """Returns which kind of measure a type says, else `other`; `unstated` where it says nothing."""
    if not stated:
        return UNSTATED
    word = stated.casefold()
    return next((name for name, starts in MEASURES if word.startswith(starts)), "other")


def _tally(
    named: Iterable[tuple[str | None, FollowUp]], rank: Callable[[str | None], tuple[Any, ...]]
) -> dict[str, Tally]:
    """Returns open and overdue by name; names that differ only by case are one."""
    counts: dict[str, list[int]] = {}
    spelling: dict[str, str | None] = {}
    for name, f in named:
        key = (name or "").casefold()
        spelling.setdefault(key, name)
        both = counts.setdefault(key, [0, 0])
        both[0] += 1
        both[1] += f.overdue_days is not None
    ordered = sorted(counts, key=lambda key: rank(spelling[key]))
    return {spelling[key] or UNSTATED: Tally(*counts[key]) for key in ordered}


def _alphabetic(name: str | None) -> tuple[str]:
    return ((name or "").casefold(),)


def _named(follow_up: FollowUp) -> Named:
    incident = follow_up.incident
    return Named(incident.repository, incident.document, follow_up.item.line, follow_up.age_days or 0)


# --------------------------------------------------------------------------- numbers


def _percent(part: int, whole: int) -> int | None:
    """Returns a share in whole percent, halves up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def _median(ordered: Sequence[int]) -> int | None:
    """Returns the median in whole days, halves up."""
    return math.floor(median(ordered) + 0.5) if ordered else None


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    """Returns the smallest value that so many percent are at or below (nearest rank)."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


# --------------------------------------------------------------------------- in words


def headline(report: StatusReport, figures: Figures) -> str:
    """Returns what a report comes to, in a sentence: what is overdue, the gravest named, what was in time."""
    late = [f for f in report.open if f.overdue_days is not None]
    if late:
        worst = min((f.severity for f in late), key=severity_rank)
        gravest = sum(f.severity == worst for f in late)
        of = f"{worst} " if worst else ""
        rest = f" (and {len(late) - gravest} more)" if len(late) > gravest else ""
        said = f"{gravest} {of}{ups(gravest)} {'is' if gravest == 1 else 'are'} overdue{rest}"
    elif figures.open:
        are = "is" if figures.open == 1 else "are"
        said = f"Nothing is overdue; {figures.open} {ups(figures.open)} {are} open"
    else:
        said = f"No follow-up is open; {figures.done} {'was' if figures.done == 1 else 'were'} done"
    now, before = figures.on_time, figures.on_time_before
    if now.share is not None:
        said += f"; {now.share} % of the {now.due} that fell due in the last {WINDOW} days were done in time"
        if before.share is not None:
            said += f", {before.share} % of {before.due} in the {WINDOW} days before"
    return f"{said}."


def ups(number: int) -> str:
    """Returns the word for so many."""
    return "follow-up" if number == 1 else "follow-ups"


def _some(number: int, one: str, rest: str) -> str:
    return f"{one}{'s' * (number != 1)} {rest}"


def in_words(figures: Figures) -> list[str]:
    """Returns the figures that are not nothing, each in a few words."""
    said = [f"{figures.open} of {figures.follow_ups} {ups(figures.follow_ups)} open"]
    for number, words in (
        (figures.overdue, "overdue"),
        (figures.due_soon, f"due within {DUE_SOON} days"),
        (figures.done, "done"),
        (figures.wont_do, "won't do"),
        (figures.duplicate, "duplicate"),
        (figures.unowned, "without an owner"),
        (figures.without_due_date, "without a due date"),
        (figures.without_issue, "without an issue"),
        (figures.missing, "with a missing issue"),
        (figures.tracked_elsewhere, "tracked elsewhere"),
        (figures.orphans, _some(figures.orphans, "open issue", "whose item is gone")),
        (figures.echoes, "asked before"),
        (without := len(figures.without_items), _some(without, "postmortem", "without any item")),
    ):
        said += [f"{number} {words}"] * bool(number)
    return said


def pace_in_words(figures: Figures) -> list[str]:
    """Returns how old and how quick things are, each in a few words."""
    said = []
    if figures.oldest_days is not None:
        said.append(f"the oldest {figures.oldest_days} days, half of them {figures.median_age_days} or more")
    if figures.median_days_to_close is not None:
        said.append(
            f"closed after {figures.median_days_to_close} days in the median, "
            f"nine of ten within {figures.p90_days_to_close}"
        )
    left_out = [f"{figures.closed_at_once} closed on the first day"] * bool(figures.closed_at_once)
    left_out += [f"{figures.closed_undated} done nobody knows when"] * bool(figures.closed_undated)
    return said + [f"not among these: {', '.join(left_out)}"] * bool(left_out)
