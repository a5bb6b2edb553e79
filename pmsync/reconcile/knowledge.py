"""What is known of the tracker when a plan is made, and what can be asked of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pmsync.model import Absence, Issue, IssueRef
from pmsync.reconcile.markers import ManagedBlock, Marker, choose_block, find_blocks


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


@dataclass(frozen=True, slots=True)
class AskLacking:
    """Ask whether the checkout lacks one of these commits, which issues were written from."""

    commits: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskPast:
    """Ask which documents the checkout's history, or one of these commits, has held."""

    commits: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskElsewhere:
    """Ask which of these issues an annotation in any file of the checkout names, read or not."""

    refs: frozenset[IssueRef]


@dataclass(frozen=True, slots=True)
class AskRepository:
    """Ask how a repository is called now, and for its id, which outlives its names."""

    name: str


Question = (
    ReadIssue | AskWriter | ListClosed | AskCurrent | AskLacking | AskPast | AskElsewhere | AskRepository
)


MAX_FORMER = 5
"""Repositories that are looked up at most, to see whether one is what the documents' was called before."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """All that is known of the tracker when a plan is made.

    Attributes:
        repository: the issues' repository, by its canonical name; empty for `local`.
        issues: by the reference asked for (a transferred issue stands under its old and new one).
        absent: references read without finding an issue.
        closed_known: whether closed labelled issues, and those too new for a list, are among `issues`.
        names: by the issue that items are linked to, the names that its marker may bear.
        writers: by login, whether it has write access or more.
        is_current: whether the checkout is the default branch's head on the remote too; None if not asked.
        lacking: of the commits asked for, those that the checkout may lack; None if not asked.
        past: digests of the paths that the checkout's history has held; None if not asked.
        elsewhere: of the issues asked for, those that an annotation in some file names; None if not asked.
        repositories: by the name asked for, the present name and the id; empty where nothing tells.
        fresh: of `issues`, those read one by one; what only a list showed may be a while behind.
    """

    repository: str
    issues: Mapping[IssueRef, Issue] = field(default_factory=dict)
    absent: Mapping[IssueRef, Absence] = field(default_factory=dict)
    closed_known: bool = False
    names: Mapping[IssueRef, frozenset[tuple[str, str]]] = field(default_factory=dict)
    writers: Mapping[str, bool] = field(default_factory=dict)
    is_current: bool | None = None
    lacking: frozenset[str] | None = None
    past: frozenset[str] | None = None
    elsewhere: frozenset[IssueRef] | None = None
    repositories: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    fresh: frozenset[IssueRef] = frozenset()

    @cached_property
    def distinct(self) -> Mapping[IssueRef, Issue]:
        """Each issue once, by its present reference."""
        return {issue.ref: issue for issue in self.issues.values()}

    @cached_property
    def all_blocks(self) -> Mapping[IssueRef, tuple[ManagedBlock, ...]]:
        """By its present reference, every managed block of an issue that has any, whoever wrote it."""
        found = ((ref, find_blocks(issue.body)) for ref, issue in self.distinct.items())
        return {ref: blocks for ref, blocks in found if blocks}

    @cached_property
    def blocks(self) -> Mapping[IssueRef, ManagedBlock]:
        """By its present reference, an issue's own managed block; none where that cannot be told."""
        bearers = Counter(block.marker.id for blocks in self.all_blocks.values() for block in blocks)
        shared = {id_ for id_, count in bearers.items() if count > 1}
        chosen = {
            ref: choose_block(blocks, self.distinct[ref], self.names.get(ref, ()), shared)
            for ref, blocks in self.all_blocks.items()
        }
        return {ref: block for ref, block in chosen.items() if block is not None}

    def marker_of(self, issue: Issue) -> Marker | None:
        """The marker in an issue's body; a pull request has none."""
        block = None if issue.is_pull_request else self.blocks.get(issue.ref)
        return block.marker if block else None

    def may_have_held(self, document: str) -> bool:
        """Whether the checkout's history has held a document, by its digest, as far as that is known."""
        return self.past is None or document in self.past

    def leads_here(self, ref: IssueRef) -> bool:
        """Whether a link leads into the tracker in use."""
        return is_within(ref, self.repository)


def is_within(ref: IssueRef, repository: str) -> bool:
    """Whether a link leads into the tracker of `repository`: a local one has none, GitHub's always have."""
    return bool(ref.repository) == bool(repository)
