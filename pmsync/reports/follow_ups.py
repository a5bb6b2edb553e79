"""The follow-ups: what came of every action item, told from items, issues and a clock. Pure.

    postmortems, bindings → FollowUp, Incident ─┐
                                                ├→ assemble → StatusReport → figures → a form
    reports as JSON ────────────────────────────┘

All days are days in UTC.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import quote

from pmsync.check.words import same_name, split_owners
from pmsync.model import ActionItem, Binding, Issue, Postmortem, Status, one_spelling
from pmsync.reports.echoes import Echo, Wording, find_echoes

ELSEWHERE = "tracked elsewhere"
"""The status of an item whose document names a tracker of its own: whether it is open cannot be said."""

DUE_SOON = 14
"""Days from now within which an open follow-up falls due soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A postmortem, as far as a report tells of it.

    Attributes:
        document: its path.
        repository: where it is, `owner/name`; empty where that is not known.
        title: its title.
        day: the date that it states, where it does.
        severity: `SEV-1` for any spelling of that, else as written.
        url: its page.
        is_other: a template, a guide, an index page or a draft: it counts only where it has items.
    """

    document: str
    repository: str = ""
    title: str
    day: date | None = None
    severity: str | None = None
    url: str | None = None
    is_other: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.repository.casefold(), self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One action item and what came of it.

    Attributes:
        item: as its document states it.
        incident: its postmortem.
        number: of its issue; None where it has none.
        url: of its issue.
        status: a word of `Status`, or `ELSEWHERE`.
        owners: who does it: the issue's assignees, else whom the item names, else the document's owner.
        teams: those that the owners are in.
        due: the day stated on the item, else what the policy says.
        due_by: which of the two; None where it has no due date.
        opened: the postmortem's date, or when the issue was opened where that was earlier.
        filed: when the issue was opened.
        closed: when the issue was closed.
        age_days: from `opened` to `closed`, or to now where it is open; None where that is not known.
        overdue_days: for how many days it has been open past its due date; None where it is not late.
        shares_issue: its issue is that of a follow-up before it, with which it counts once.
        echo: what it asks for once more.
    """

    item: ActionItem
    incident: Incident
    number: int | None = None
    url: str | None = None
    status: str = Status.OPEN
    owners: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    due: date | None = None
    due_by: Literal["stated", "policy"] | None = None
    opened: date | None = None
    filed: date | None = None
    closed: date | None = None
    age_days: int | None = None
    overdue_days: int | None = None
    shares_issue: bool = False
    echo: Echo | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do (the issue may be gone, the work is not)."""
        return self.status in {Status.OPEN, Status.MISSING}

    @property
    def is_done(self) -> bool:
        """Whether it was done; a decision against it is something else."""
        return self.status == Status.DONE

    @property
    def severity(self) -> str | None:
        """Its postmortem's."""
        return self.incident.severity

    @property
    def page(self) -> str | None:
        """The address of the heading over it in its document."""
        anchor = quote(self.item.anchor, errors="replace")
        return f"{self.incident.url}{anchor and '#'}{anchor}" if self.incident.url else None

    def due_within(self, days: int, today: date) -> bool:
        """Whether it is open and falls due within so many days, today included."""
        return self.is_open and self.due is not None and today <= self.due <= today + timedelta(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """All follow-ups at one moment, those that need attention first.

    Attributes:
        generated: the moment.
        source: whether the states are the tracker's, or those that the documents' annotations tell.
        incidents: the postmortems, by date, the newest first.
        follow_ups: open ones first: the most overdue, then the next due, then the oldest.
        orphans: open issues of ours whose item is gone from its document.
        repositories: whose documents these are; none where that is not known.
    """

    generated: datetime
    source: Literal["tracker", "documents"]
    incidents: tuple[Incident, ...]
    follow_ups: tuple[FollowUp, ...]
    orphans: tuple[Issue, ...] = ()
    repositories: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        """The day that ages and due dates are told by."""
        return self.generated.astimezone(UTC).date()

    @property
    def counted(self) -> tuple[FollowUp, ...]:
        """Each issue once."""
        return tuple(follow_up for follow_up in self.follow_ups if not follow_up.shares_issue)

    @property
    def open(self) -> tuple[FollowUp, ...]:
        """Those with something left to do, each issue once."""
        return tuple(follow_up for follow_up in self.counted if follow_up.is_open)


def make_status(
    postmortems: Sequence[Postmortem],
    now: datetime,
    *,
    bindings: Iterable[Binding] | None = None,
    orphans: Sequence[Issue] = (),
    owners: Mapping[str, str] | None = None,
    teams: Mapping[str, Sequence[str]] | None = None,
    due_within: Mapping[str, int] | None = None,
    repository: str = "",
    page: str = "",
) -> StatusReport:
    """Returns the follow-ups of `postmortems`.

    Args:
        postmortems: as they were read.
        now: an aware moment; ages and due dates are told by its day in UTC.
        bindings: the items' issues as the tracker has them (`Plan.bindings`); None tells everything
            from the documents' own annotations and boxes.
        orphans: as in `Plan.orphans`.
        owners: names as written, and the login that stands for each: names of one login are one person.
        teams: by team, the names or logins of its people.
        due_within: days from the postmortem's date, by priority or severity, for items without a date.
        repository: the documents' one, `owner/name`.
        page: what a document's path is put after for its address; empty where it has none.
    """
    known = {binding.item.place: binding for binding in bindings or ()}
    people = People(owners or {}, teams or {})
    policy = {one_spelling(word).casefold(): days for word, days in (due_within or {}).items()}
    incidents = []
    follow_ups = []
    for postmortem in postmortems:
        if postmortem.opted_out:
            continue
        incident = _incident(postmortem, repository, page)
        incidents.append(incident)
        for item in postmortem.items:
            told = _follow_up(item, incident, known.get(item.place), people, postmortem.owner)
            follow_ups.append(_with_due(told, policy))
    return assemble(
        incidents,
        follow_ups,
        generated=now,
        source="documents" if bindings is None else "tracker",
        orphans=orphans,
        repositories=(repository,) if repository else (),
    )


def assemble(
    incidents: Iterable[Incident],
    follow_ups: Iterable[FollowUp],
    *,
    generated: datetime,
    source: Literal["tracker", "documents"],
    orphans: Sequence[Issue] = (),
    repositories: Sequence[str] = (),
) -> StatusReport:
    """Puts a report together: what needs a clock, an order, or a look at all follow-ups is told here."""
    today = generated.astimezone(UTC).date()
    ordered = sorted((_aged(follow_up, today) for follow_up in follow_ups), key=urgency)
    counted = share_issues(ordered)
    echoes = find_echoes([_wording(follow_up) for follow_up in counted])
    return StatusReport(
        generated=generated,
        source=source,
        incidents=tuple(sorted(incidents, key=_newest_first)),
        follow_ups=tuple(
            replace(follow_up, echo=echo) for follow_up, echo in zip(counted, echoes, strict=True)
        ),
        orphans=tuple(orphans),
        repositories=tuple(repositories),
    )


def urgency(follow_up: FollowUp) -> tuple[object, ...]:
    """Returns what follow-ups are sorted by: the most overdue first, then the next due, then the oldest."""
    return (
        not follow_up.is_open,
        follow_up.due or date.max,
        severity_rank(follow_up.severity),
        -(follow_up.age_days or 0),
        follow_up.incident.key,
        follow_up.item.line,
    )


def severity_rank(severity: str | None) -> tuple[int, int, str]:
    """Returns what severities are sorted by: their number, then those without one, unstated ones last."""
    number = re.search(r"[0-9]+", severity or "")
    rank = 2 if severity is None else 0 if number else 1
    return rank, int(number[0][:9]) if number else 0, (severity or "").casefold()


class People:
    """Who is who: several names of one login are one person, and persons are in teams."""

    def __init__(self, owners: Mapping[str, str], teams: Mapping[str, Sequence[str]]) -> None:
        self._logins = {same_name(name): login for name, login in owners.items()}
        self._teams: dict[str, list[str]] = {}
        for team, members in teams.items():
            for member in (team, *members):
                self._teams.setdefault(same_name(self.person(member)), []).append(team)

    def person(self, name: str) -> str:
        """Returns the login that a name stands for, or the name."""
        return self._logins.get(same_name(name), name)

    def persons(self, stated: str) -> tuple[str, ...]:
        """Returns who is named by an owner as a document states it: `Mara, Jo`."""
        names = [stated] if self._knows(stated) else split_owners(stated, self._knows)
        return _once(map(self.person, names))

    def _knows(self, name: str) -> bool:
        """Whether a name is somebody's or a team's, as a whole."""
        return same_name(name) in self._logins or same_name(name) in self._teams

    def logins(self, names: Iterable[str]) -> tuple[str, ...]:
        """Returns the persons whom people name, be it by a login, `@login`, or a name."""
        return _once(self.person(name.strip().removeprefix("@")) for name in names)

    def teams(self, persons: Iterable[str]) -> tuple[str, ...]:
        """Returns the teams that any of `persons` is in, or is."""
        return _once(team for person in persons for team in self._teams.get(same_name(person), ()))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple({name.casefold(): name for name in names}.values())


# -------------------------------------------------------------------------- one follow-up


def _incident(postmortem: Postmortem, repository: str, page: str) -> Incident:
    return Incident(
        document=postmortem.document,
        repository=repository,
        title=postmortem.title,
        day=parse_day(postmortem.date),
        severity=one_spelling(postmortem.severity) if postmortem.severity else None,
        url=page + quote(postmortem.document, safe="/", errors="surrogateescape") if page else None,
        is_other=postmortem.is_other,
    )


def _follow_up(
    item: ActionItem, incident: Incident, binding: Binding | None, people: People, owner: str | None
) -> FollowUp:
    issue, note = (binding.issue if binding else None), item.annotation
    stated = item.owner or owner
    owners = _once(map(people.person, issue.assignees if issue else ())) or (
        people.persons(stated) if stated else ()
    )
    filed = _day(issue.created) if issue else None
    return FollowUp(
        item=item,
        incident=incident,
        number=issue.ref.number if issue else note.ref.number if note else None,
        url=issue.url if issue else note.url if note else None,
        status=_status(item, binding),
        owners=owners,
        teams=people.teams(owners),
        opened=min(filter(None, (filed, incident.day)), default=None),
        filed=filed,
        closed=_day(issue.closed) if issue and not issue.is_open else None,
    )


def _status(item: ActionItem, binding: Binding | None) -> str:
    """Returns the issue's state; without one what the document says, its box before its annotation."""
    if binding and binding.issue:
        return binding.issue.status
    said = (binding.status if binding else None) or (item.annotation.status if item.annotation else None)
    if said in {Status.WONT_DO, Status.DUPLICATE, Status.MISSING}:
        return said
    if item.declined:
        return Status.WONT_DO
    # Done beside an empty box was unticked by hand since: there is work again.
    if item.done or (said is Status.DONE and not (item.box and not item.box.is_lead)):
        return Status.DONE
    return ELSEWHERE if item.ticket and not item.annotation else Status.OPEN


def _with_due(follow_up: FollowUp, policy: Mapping[str, int]) -> FollowUp:
    """Returns it with its due date: the one stated on it wins over what a policy says."""
    if follow_up.item.due_date:
        return replace(follow_up, due=follow_up.item.due_date, due_by="stated")
    words = (follow_up.item.priority, follow_up.severity)
    within = next((policy[key] for word in words if word and (key := word.casefold()) in policy), None)
    since = follow_up.incident.day
    if within is None or since is None or since > date.max - timedelta(within):
        return follow_up
    return replace(follow_up, due=since + timedelta(within), due_by="policy")


def _aged(follow_up: FollowUp, today: date) -> FollowUp:
    until = today if follow_up.is_open else follow_up.closed
    due, opened = follow_up.due, follow_up.opened
    return replace(
        follow_up,
        age_days=max((until - opened).days, 0) if until and opened else None,
        overdue_days=(today - due).days if follow_up.is_open and due and due < today else None,
    )


# ------------------------------------------------------------------------ all follow-ups


def share_issues(ordered: Iterable[FollowUp]) -> list[FollowUp]:
    """Marks those whose issue is that of one before them, and no others."""
    seen: set[str] = set()
    marked = []
    for follow_up in ordered:
        url = follow_up.url or ""
        address = url if url.startswith("http") else f"{follow_up.incident.repository} {url}"
        shares = follow_up.number is not None and address in seen
        seen.add(address)
        marked.append(replace(follow_up, shares_issue=shares))
    return marked


def _wording(follow_up: FollowUp) -> Wording:
    incident = follow_up.incident
    undone = {Status.OPEN, Status.MISSING, Status.WONT_DO}
    return Wording(
        title=follow_up.item.title,
        document=incident.key,
        since=incident.day,
        asks=follow_up.is_open and not follow_up.shares_issue,
        answers=follow_up.status in undone and not follow_up.shares_issue,
        echo=Echo(
            document=incident.document,
            repository=incident.repository,
            line=follow_up.item.line,
            day=incident.day,
            status=follow_up.status,
            overdue_days=follow_up.overdue_days,
            url=follow_up.url or follow_up.page,
        ),
    )


def _newest_first(incident: Incident) -> tuple[object, ...]:
    return -(incident.day or date.min).toordinal(), incident.key


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None


def parse_day(text: object) -> date | None:
    """Returns the day that `2026-03-01` names; None for anything else."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def days(count: int | None) -> str:
    """Returns a number of days in words; nothing where it is not known."""
    return "" if count is None else f"{count} {'day' if count == 1 else 'days'}"
