"""Planning with a tracker at hand: it is asked what the plan has to know, until nothing is left to ask."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pmsync.errors import OutOfBudget, TrackerError, Unusable
from pmsync.model import (
    SETTLED,
    Absence,
    Binding,
    Issue,
    IssueRef,
    Notice,
    Outcome,
    Plan,
    Postmortem,
    Progress,
)
from pmsync.reconcile.knowledge import (
    AskCurrent,
    AskElsewhere,
    AskLacking,
    AskPast,
    AskRepository,
    AskWriter,
    Knowledge,
    ListClosed,
    Question,
    ReadIssue,
    is_within,
)
from pmsync.reconcile.markers import document_digest
from pmsync.reconcile.plan import make_plan
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.trust import is_trusted
from pmsync.trackers.base import Tracker

MOST_TROUBLES = 3
"""Issues that may fail to be read; a tracker that fails more often is down, and each costs seconds."""


class Surroundings(Protocol):
    """What may be asked of a checkout, and of the repository that it was cloned from."""

    def is_current(self) -> bool:
        """Whether the checkout is the default branch's head on the remote too."""
        ...

    def lacks(self, commits: Collection[str]) -> bool:
        """Whether the checkout lacks one of these commits of its default branch."""
        ...

    def find_past(self, commits: Collection[str]) -> frozenset[str]:
        """The paths that its history, or one of these commits, has held."""
        ...

    def find_linked(self, refs: Collection[IssueRef]) -> frozenset[IssueRef]:
        """Of these issues, those that an annotation in any file of the checkout names."""
        ...

    def look_up(self, repository: str) -> tuple[str, str]:
        """The present name and the id of a repository; empty where nothing tells."""
        ...


@dataclass(slots=True)
class Planning:
    """What is known of one tracker, which grows as it is asked.

    Attributes:
        tracker: where issues live.
        policy: what decides a plan beside items and issues.
        surroundings: tells of the checkout.
        on_progress: told what is being done.
    """

    tracker: Tracker
    policy: Policy
    surroundings: Surroundings
    on_progress: Progress = lambda *_: None
    _known: Knowledge = field(init=False)
    _lists_all: bool = field(init=False, default=False)
    _troubles: tuple[Notice, ...] = field(init=False, default=())

    def plan(self, postmortems: Sequence[Postmortem], errors: Sequence[Notice]) -> Plan:
        """Makes the plan of a run, asking the tracker no more than the documents force it to.

        Raises:
            TrackerError: the tracker could not be read; nothing can be planned then.
        """
        self.on_progress("listing issues", 0, 0)
        self._troubles = ()
        self._lists_all = self._is_first(postmortems)
        listed = self.tracker.list_issues("all" if self._lists_all else "open")
        self._known = Knowledge(
            repository=self.tracker.repository, issues={issue.ref: issue for issue in listed}
        )
        return self._plan(postmortems, errors)

    def plan_alone(self, postmortem: Postmortem) -> Plan:
        """Makes the plan of a document that came up later: nothing of it was planned yet.

        Raises:
            TrackerError: as `plan` says.
        """
        return self._plan([postmortem], ())

    @property
    def issues(self) -> Sequence[Issue]:
        """Every issue that is known so far, each once."""
        return tuple(self._known.distinct.values())

    @property
    def newest(self) -> int:
        """The highest number of an issue of the repository that is known so far; 0 for none."""
        here = (issue.ref for issue in self.issues if is_within(issue.ref, self.tracker.repository))
        return max((ref.number for ref in here), default=0)

    def list_all(self) -> Sequence[Issue]:
        """Returns every issue of ours, closed ones and those too new for a list included; asks for them once.

        Raises:
            TrackerError: not all of them can be read.
        """
        if not self._known.closed_known:
            self._answer(frozenset({ListClosed()}))
        return self.issues

    def with_settled(self, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Returns bindings with the issues of settled items, of which a plan asks nothing, but a report does.

        Only they tell when something was done. All of them are listed at once, and only where some lack.

        Raises:
            TrackerError: not all of them can be read.
        """
        unread = {
            binding.item.place: annotation.ref
            for binding in bindings
            if binding.issue is None
            and (annotation := binding.item.annotation)
            and annotation.status in SETTLED
            and is_within(annotation.ref, self.tracker.repository)
        }
        is_known = self._lists_all or self._known.closed_known
        if not is_known and not self._known.issues.keys() >= set(unread.values()):
            self._learn({issue.ref: issue for issue in self.tracker.list_issues("closed")})
            self._lists_all = True
        settled = {place: self._known.issues.get(ref) for place, ref in unread.items()}
        return tuple(replace(it, issue=settled.get(it.item.place, it.issue)) for it in bindings)

    def counts(self, issue: Issue) -> bool:
        """Whether the marker of an issue counts, by its author."""
        trusted = is_trusted(issue, self._known, self.policy)
        try:
            return self.tracker.may_write(issue.author) if trusted is None else trusted
        except TrackerError:
            return True  # nothing is known against it

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        """Takes in what came of a plan."""
        self._learn(
            {
                ref: outcome.issue
                for outcome in outcomes
                if outcome.issue is not None
                for ref in (outcome.issue.ref, (outcome.change.issue or outcome.issue).ref)
            }
        )

    def _plan(self, postmortems: Sequence[Postmortem], errors: Sequence[Notice]) -> Plan:
        """Plans, answering questions until there are none. Each answer is final, so this ends."""
        while True:
            plan = make_plan(postmortems, self._known, self.policy, errors=(*errors, *self._troubles))
            if isinstance(plan, Plan):
                return plan
            self._answer(plan)

    def _answer(self, questions: frozenset[Question]) -> None:
        for done, question in enumerate(sorted(questions, key=str)):
            self.on_progress("reading issues", done, len(questions))
            match question:
                case ReadIssue(ref):
                    self._learn_one(ref, self._read(ref))
                case AskWriter(login):
                    writers = {**self._known.writers, login: self.tracker.may_write(login)}
                    self._known = replace(self._known, writers=writers)
                case AskCurrent():
                    self._known = replace(self._known, is_current=self.surroundings.is_current())
                case AskLacking(commits):
                    lacking = commits if self.surroundings.lacks(commits) else frozenset[str]()
                    self._known = replace(self._known, lacking=lacking)
                case AskPast(commits):
                    past = frozenset(map(document_digest, self.surroundings.find_past(commits)))
                    self._known = replace(self._known, past=past)
                case AskElsewhere(refs):
                    self._known = replace(self._known, elsewhere=self.surroundings.find_linked(refs))
                case AskRepository(name):
                    found = {**self._known.repositories, name: self.surroundings.look_up(name)}
                    self._known = replace(self._known, repositories=found)
                case ListClosed():
                    closed = () if self._lists_all else self.tracker.list_issues("closed")
                    issues = (*closed, *self.tracker.list_unlisted())
                    self._learn({issue.ref: issue for issue in issues})
                    self._known = replace(self._known, closed_known=True)

    def _read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one issue. One that cannot be read is told, and stops no other; several stop the run."""
        try:
            return self.tracker.read(ref)
        except (Unusable, OutOfBudget):
            raise
        except TrackerError as error:
            if len(self._troubles) >= MOST_TROUBLES:
                raise
            self._troubles += (Notice(text=f"{ref} could not be read: {error}"),)
            return Absence.UNREAD

    def _learn_one(self, ref: IssueRef, issue: Issue | Absence) -> None:
        """Takes in what a single read said: it is never behind, as a list may be."""
        if isinstance(issue, Absence):
            self._known = replace(
                self._known,
                issues={known: each for known, each in self._known.issues.items() if each.ref != ref},
                absent={**self._known.absent, ref: issue},
                fresh=self._known.fresh | {ref},
            )
        else:
            self._learn({ref: issue, issue.ref: issue})
            self._known = replace(self._known, fresh=self._known.fresh | {ref, issue.ref})

    def _learn(self, issues: Mapping[IssueRef, Issue]) -> None:
        self._known = replace(
            self._known, repository=self.tracker.repository, issues={**self._known.issues, **issues}
        )

    def _is_first(self, postmortems: Sequence[Postmortem]) -> bool:
        """Whether no document holds a link yet: closed issues decide then too, so all are listed at once."""
        items = [item for postmortem in postmortems for item in postmortem.items]
        linked = any(
            item.annotation and is_within(item.annotation.ref, self.tracker.repository) for item in items
        )
        return not linked and any(not item.done for item in items)
