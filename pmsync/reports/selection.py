"""Which follow-ups a report is about, which of them it lists, and which make a job fail. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pmsync.model import one_spelling
from pmsync.reports.follow_ups import FollowUp, StatusReport, severity_rank, share_issues, urgency

State = Literal["open", "done", "all"]
Sort = Literal["urgency", "severity", "age", "date", "owner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a report is about; its figures follow. Empty means all; several of a kind mean any of them.

    Attributes:
        owners: by login or name, without regard to case.
        teams: likewise.
        severities: in any spelling.
        since: of postmortems of this day or later; those without a date are left out.
        until: of postmortems of this day or earlier, likewise.
    """

    owners: Sequence[str] = ()
    teams: Sequence[str] = ()
    severities: Sequence[str] = ()
    since: date | None = None
    until: date | None = None

    def of(self, report: StatusReport) -> StatusReport:
        """Returns the part of a report that is meant; orphans, which are nobody's, are in none.

        An issue counts in it once too, with the most urgent of what is left of its items.
        """
        if self == Selection():
            return report
        chosen = {incident.key for incident in report.incidents if self._is_within(incident.day)}
        follow_ups = [f for f in report.follow_ups if f.incident.key in chosen and self._means(f)]
        kept = {f.incident.key for f in follow_ups}
        by_item = bool(self.owners or self.teams)
        severities = _folded(map(one_spelling, self.severities))
        return replace(
            report,
            follow_ups=tuple(share_issues(follow_ups)),
            incidents=tuple(
                it
                for it in report.incidents
                if it.key in chosen
                and (
                    it.key in kept
                    if by_item
                    else not severities or (it.severity or "").casefold() in severities
                )
            ),
            orphans=(),
        )

    def find_unknown(self, report: StatusReport) -> list[str]:
        """Returns the owners, teams and severities that are asked for and that no follow-up has."""
        wanted = (
            *((name, Selection(owners=[name])) for name in self.owners),
            *((name, Selection(teams=[name])) for name in self.teams),
            *((name, Selection(severities=[name])) for name in self.severities),
        )
        return [name for name, one in wanted if not any(map(one._means, report.follow_ups))]

    def _is_within(self, day: date | None) -> bool:
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def _means(self, follow_up: FollowUp) -> bool:
        return (
            _any_of(self.owners, follow_up.owners)
            and _any_of(self.teams, follow_up.teams)
            and _any_of([one_spelling(word) for word in self.severities], [follow_up.severity or ""])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which follow-ups are listed, and how; the figures do not depend on it.

    Attributes:
        state: those; None leaves it to the form.
        overdue: none but those.
        sort: by what.
        limit: how many at most.
    """

    state: State | None = None
    overdue: bool = False
    sort: Sort = "urgency"
    limit: int | None = None

    def of(self, report: StatusReport, state: State) -> tuple[list[FollowUp], int]:
        """Returns the follow-ups to list, and how many more there are.

        Args:
            report: all of them.
            state: what the form lists where nothing else is asked for.
        """
        meant = [f for f in report.follow_ups if self._means(f, self.state or state)]
        meant.sort(key=_ORDERS[self.sort])
        most = len(meant) if self.limit is None else self.limit
        return meant[:most], max(len(meant) - most, 0)

    def _means(self, follow_up: FollowUp, state: State) -> bool:
        if self.overdue and follow_up.overdue_days is None:
            return False
        return state == "all" or (follow_up.is_open if state == "open" else follow_up.is_done)


@dataclass(frozen=True, slots=True)
class Failure:
    """What makes a scheduled job fail: `overdue`, `overdue:SEV-1` or `unowned`."""

    what: Literal["overdue", "unowned"]
    severity: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Failure":
        """Returns what `text` names.

        Raises:
            ValueError: it names nothing; says how to write it.
        """
        what, colon, severity = text.strip().partition(":")
        if what == "unowned" and not colon:
            return cls("unowned")
        if what == "overdue" and bool(severity.strip()) == bool(colon):
            return cls("overdue", one_spelling(severity) if colon else None)
        raise ValueError(f"'{text}' is not possible: write 'overdue', 'overdue:SEV-1' or 'unowned'")

    def tell(self, report: StatusReport) -> str:
        """Returns a sentence where a report fails by it; nothing where it does not."""
        if self.what == "unowned":
            found = sum(not f.owners for f in report.open)
            return f"{found} open without an owner" if found else ""
        wanted = (self.severity or "").casefold()
        late = [f for f in report.open if f.overdue_days is not None]
        found = sum(not wanted or (f.severity or "").casefold() == wanted for f in late)
        return f"{found} {self.severity + ' ' if self.severity else ''}overdue" if found else ""


_ORDERS = {
    "urgency": urgency,
    "severity": lambda f: (not f.is_open, severity_rank(f.severity), *urgency(f)),
    "age": lambda f: (not f.is_open, -(-1 if f.age_days is None else f.age_days), *urgency(f)),
    "date": lambda f: (-(f.incident.day or date.min).toordinal(), *urgency(f)),
    "owner": lambda f: (not f.owners, ", ".join(f.owners).casefold(), *urgency(f)),
}


def _any_of(wanted: Sequence[str], there: Sequence[str]) -> bool:
    return not wanted or not _folded(wanted).isdisjoint(_folded(there))


def _folded(words: "Sequence[str] | map[str]") -> frozenset[str]:
    return frozenset(word.strip().lstrip("@").casefold() for word in words)
