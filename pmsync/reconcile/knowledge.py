"""What is known of the tracker when a plan is made, and what can be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pmsync.model import Absence, Issue, IssueRef
from pmsync.reconcile.markers import ManagedBlock, Marker, find_block


@dataclass(frozen=True, slots=True)
class ReadIssue:
    """Read this issue by its number."""

    ref: IssueRef


@dataclass(frozen=True, slots=True)
class AskWriter:
    """Look up whether this login may write to the issues' repository."""

    login: str


@dataclass(frozen=True, slots=True)
class ListClosed:
    """List closed issues, and look for those too new for a list."""


@dataclass(frozen=True, slots=True)
class AskCurrent:
    """Ask the documents' repository whether the checkout still is its default branch's head."""


Question = ReadIssue | AskWriter | ListClosed | AskCurrent


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """All that is known of the tracker when a plan is made.

    Attributes:
        repository: the issues' repository, by its canonical name; empty for `local`.
        issues: by the reference asked for (a transferred issue stands under its old and new one).
        absent: references read without finding an issue.
        closed_known: whether closed labelled issues, and those too new for a list, are among `issues`.
        writers: by login, whether it has write access or more.
        is_current: whether the checkout is the default branch's head on the remote too; None if not asked.
        fresh: of `issues`, those read one by one; what only a list showed may be a while behind.
    """

    repository: str
    issues: Mapping[IssueRef, Issue] = field(default_factory=dict)
    absent: Mapping[IssueRef, Absence] = field(default_factory=dict)
    closed_known: bool = False
    writers: Mapping[str, bool] = field(default_factory=dict)
    is_current: bool | None = None
    fresh: frozenset[IssueRef] = frozenset()

    @cached_property
    def distinct(self) -> Mapping[IssueRef, Issue]:
        """Each issue once, by its present reference."""
        return {issue.ref: issue for issue in self.issues.values()}

    @cached_property
    def blocks(self) -> Mapping[IssueRef, ManagedBlock]:
        """By its present reference, the managed block of each issue that has one, whoever wrote it."""
        found = ((ref, find_block(issue.body)) for ref, issue in self.distinct.items())
        return {ref: block for ref, block in found if block is not None}

    def marker_of(self, issue: Issue) -> Marker | None:
        """The marker in an issue's body; a pull request has none."""
        block = None if issue.is_pull_request else self.blocks.get(issue.ref)
        return block.marker if block else None

    def leads_here(self, ref: IssueRef) -> bool:
        """Whether a link leads into the tracker in use."""
        return is_within(ref, self.repository)


def is_within(ref: IssueRef, repository: str) -> bool:
    """Whether a link leads into the tracker of `repository`: a local one has none, GitHub's always have."""
    return bool(ref.repository) == bool(repository)
