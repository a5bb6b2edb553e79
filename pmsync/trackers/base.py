"""The seam between pmsync and wherever issues live."""

from collections.abc import Sequence
from typing import Literal, Protocol

from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef


class Tracker(Protocol):
    """A place where issues live. Every implementation passes `tests/trackers/test_contract.py`.

    An implementer must:
      * carry out each call in the fewest requests it can, and a write at most once: a write is sent
        again only when it is certain that the first one was never processed;
      * raise `Refused` for a definite no, `Unanswered` where a write may have happened, `Unusable`
        where no request can pass (bad token, no such repository), `OutOfBudget` where a wait would
        exceed its bound; nothing else that a network or a server can cause leaves it;
      * return what the tracker answered, never what was asked for;
      * bound every wait, and say what it waits for.

    An implementer may assume: calls come one at a time, from one thread.
    It must not: look anything up by title, creator or full-text search.

    Attributes:
        name: `github` or `local`.
        repository: `owner/name` of the issues, by its canonical name as far as known; empty for `local`.
    """

    name: str
    repository: str

    def list_issues(self, state: Literal["open", "closed", "all"]) -> Sequence[Issue]:
        """Returns the issues (pull requests included) that bear the label, or a previous label."""
        ...

    def list_unlisted(self) -> Sequence[Issue]:
        """Returns the newest issues that a list may not show yet, whatever their labels.

        Numbers above the highest listed one in the repository are read one by one until there is
        none (bounded). Called before anything is created, and to look for a write of unknown outcome.
        """
        ...

    def read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one issue, in any repository. A transferred one is followed: its `ref` then differs."""
        ...

    def may_write(self, login: str) -> bool:
        """Whether `login` has write access or more; one look-up per login and run."""
        ...

    def create(self, draft: Draft) -> Issue:
        """Creates an issue. The label is made first, once, with its colour and description.

        Assignees that are refused are left out, remembered, and said as a warning; so is a label or
        assignee that was silently dropped.
        """
        ...

    def edit(self, ref: IssueRef, edit: IssueEdit) -> Issue:
        """Writes to one issue what `edit` names, nothing else; labels and assignees are only added.

        Raises `Refused` where the issue is no longer at `ref` (transferred, deleted).
        """
        ...

    def drain_warnings(self) -> Sequence[str]:
        """Returns what should be told since the last call (sentences), and forgets it."""
        ...
