"""The dashboard: one issue that holds the status report. Which issue it is, and what becomes of it. Pure.

It bears our label, by which it is listed, and a marker of its own, by which it is known. That marker is no
follow-up's: no item is ever matched with it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pmsync.model import Draft, Issue, IssueEdit
from pmsync.reconcile.markers import BLOCK_START, digest, new_id

TITLE = "Follow-ups of postmortems"
"""Its title when it is made; people may give it another."""

_MARKER = re.compile(
    r"<!-- pmsync:dashboard id=(?P<id>[0-9a-f]{16}) of=(?P<name>[0-9a-f]{16})"
    r"(?: repo=(?P<repository>[0-9a-f]{16}))? block=(?P<block>[0-9a-f]{16}) -->"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Whose dashboard it is.

    Attributes:
        name: digest of the documents' repository and the configuration.
        repository: digest of the repository's id and the configuration, which outlives its name; empty where
            the id is not known.
    """

    name: str
    repository: str = ""

    @classmethod
    def of(cls, source: str, repository_id: str, variant: str) -> "Name":
        """Names the dashboard of a repository (`owner/name`), its id, and a configuration."""
        known_by = digest(f"{repository_id}{variant} dashboard") if repository_id else ""
        return cls(name=digest(f"{source.casefold()}{variant} dashboard"), repository=known_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard.

    Attributes:
        issue: that it is.
        start: where our part of its body begins.
        end: just past it.
        is_intact: whether our part is as we wrote it.
        block: digest of it as we wrote it.
        id: of its creation.
        has_repository: whether its marker tells the repository's id.
    """

    issue: Issue
    start: int
    end: int
    is_intact: bool
    block: str
    id: str
    has_repository: bool

    @property
    def is_untouched(self) -> bool:
        """Whether nobody worked on it, or reopened it, since it was made."""
        issue = self.issue
        around = issue.body[: self.start] + issue.body[self.end :]
        is_as_made = self.is_intact and issue.title == TITLE and not around.strip()
        return is_as_made and not (issue.comments or issue.was_reopened)

    @property
    def is_second(self) -> bool:
        """Whether it is closed as a second one is."""
        return not self.issue.is_open and self.issue.state_reason == "duplicate"


def find_boards(issues: Iterable[Issue], name: Name) -> list[Board]:
    """Finds the dashboards of a name among issues, whoever wrote them; the lowest number first."""
    found = (_read(issue, name) for issue in issues if not issue.is_pull_request)
    return sorted(filter(None, found), key=lambda board: board.issue.ref.number)


def draft_board(text: str, name: Name, label: str) -> Draft:
    """Drafts the issue of a dashboard that says `text`."""
    id_ = new_id()
    return Draft(title=TITLE, body=_write(text, name, id_), labels=(label,), marker_id=id_)


def edit_board(board: Board, text: str, name: Name) -> IssueEdit | None:
    """Returns what makes a dashboard say `text`, by its whole name; None where it does."""
    if board.block == digest(_enclosed(text)) and (board.has_repository or not name.repository):
        return None
    body = board.issue.body
    new = body[: board.start] + _write(text, name, board.id) + body[board.end :]
    return IssueEdit(body=new, body_was=body)


def close_second(board: Board) -> IssueEdit:
    """Closes a second dashboard as a duplicate, if nobody touches it meanwhile."""
    issue = board.issue
    return IssueEdit(
        is_open=False,
        state_reason="duplicate",
        title_was=issue.title,
        body_was=issue.body,
        state_was=issue.state,
        comments_was=issue.comments,
    )


def _write(text: str, name: Name, id_: str) -> str:
    repository = f" repo={name.repository}" if name.repository else ""
    block = digest(_enclosed(text))
    marker = f"<!-- pmsync:dashboard id={id_} of={name.name}{repository} block={block} -->"
    return f"{BLOCK_START}{_enclosed(text)}{marker}"


def _enclosed(text: str) -> str:
    """What stands between the start of our part and its marker."""
    return f"\n{text.strip()}\n\n"


def _read(issue: Issue, name: Name) -> Board | None:
    """Reads the dashboard of a name out of an issue; None where it is none."""
    found = [it for it in _MARKER.finditer(issue.body) if _is_of(it, name)]
    if not found:
        return None
    marker = found[-1]
    start = issue.body.rfind(BLOCK_START, 0, marker.start())
    inner = issue.body[start + len(BLOCK_START) : marker.start()] if start >= 0 else ""
    return Board(
        issue=issue,
        start=start if start >= 0 else marker.start(),
        end=marker.end(),
        is_intact=start >= 0 and digest(inner) == marker["block"],
        block=marker["block"],
        id=marker["id"],
        has_repository=marker["repository"] is not None,
    )


def _is_of(marker: re.Match[str], name: Name) -> bool:
    is_same = bool(name.repository) and marker["repository"] == name.repository
    return is_same or marker["name"] == name.name
