"""The seam between pmsync and wherever issues live."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from pmsync.errors import Refused
from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef
from pmsync.text import comparable


def require_unchanged(issue: Issue, edit: IssueEdit) -> None:
    """Returns if `issue` still has the title, body, state and comments that `edit` was worked out from.

    Raises:
        Refused: somebody changed them.
    """
    texts = ((edit.title_was, issue.title), (edit.body_was, issue.body))
    others = ((edit.state_was, issue.state), (edit.comments_was, issue.comments))
    if any(was is not None and comparable(was) != comparable(now) for was, now in texts) or any(
        was is not None and was != now for was, now in others
    ):
        raise Refused(f"{issue.ref} was changed by somebody just now, and is left so: run again")


def only_assigned(assignees: Iterable[str], edit: IssueEdit) -> bool:
    """Whether nobody is assigned but those whom `edit` adds, and those whom it takes off."""
    ours = {login.casefold() for login in (*edit.add_assignees, *edit.remove_assignees)}
    return {login.casefold() for login in assignees} == ours


class Tracker(Protocol):
    """A place where issues live. Every implementation passes `tests/trackers/test_contract.py`.

    An implementer must:
      * carry out each call in the fewest requests it can, and a write at most once: a write is sent
        again only when it is certain that the first one was never processed;
      * raise `Refused` for a definite no, `OutcomeUnknown` where a write may have happened, `Unusable`
        where no request can pass (bad token, no such repository), `OutOfBudget` where a wait would
        exceed its bound; nothing else that a network or a server can cause leaves it;
      * return what the tracker answered, never what was asked for;
      * bound every wait, and say what it waits for.

    An implementer may assume: calls come one at a time, from one thread.
    It must not: look anything up by title, creator or full-text search.

    Attributes:
        repository: `owner/name` of the issues, by its canonical name as far as known; empty for `local`.
    """

    repository: str

    def list_issues(self, state: Literal["open", "closed", "all"]) -> Sequence[Issue]:
        """Returns the issues (pull requests included) that bear the label, or a previous label.

        Raises:
            TrackerError: not all of them can be read. None is returned then: whoever goes on without
                one could make a second issue for its item.
        """
        ...

    def list_unlisted(self) -> Sequence[Issue]:
        """Returns the newest issues of any label, those included that a list does not show yet.

        Numbers above the highest listed one in the repository are read one by one until there is
        none (bounded). Called before anything is created, and to look for a write of unknown outcome;
        an issue that lost its label, or never got it, is found by it as well while it is new.
        """
        ...

    def read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one issue, in any repository. A transferred one is followed: its `ref` then differs."""
        ...

    def may_write(self, login: str) -> bool:
        """Whether `login` has write access or more, or is who this token speaks for; asked once per run."""
        ...

    def create(self, draft: Draft) -> Issue:
        """Creates an issue. The label is made first, once, with its colour and description.

        Assignees that are refused are left out, remembered, and said as a warning; so is a label or
        assignee that was silently dropped.
        """
        ...

    def edit(self, ref: IssueRef, edit: IssueEdit) -> Issue:
        """Writes to one issue what `edit` names, nothing else; labels and assignees of people stay.

        Labels and assignees are added to those that it has; a label is taken off only by its name, and it is
        no failure that it is not there. It is written only where the issue still is what the edit was worked
        out from (`title_was` and the like), which is looked at again unless it was a moment ago. Title and
        body come after labels and assignees: the body's marker says that these were given.

        A comment comes last: a run that breaks off in between leaves a closed twin without one, never
        an open twin that a comment makes look touched by people.

        Raises:
            Refused: the issue is no longer at `ref` (transferred, deleted), was changed since the edit
                was worked out, or a definite no.
            OutcomeUnknown: some of it may have been written.
        """
        ...

    def drain_warnings(self) -> Sequence[str]:
        """Returns what should be told since the last call (sentences), and forgets it."""
        ...
