"""One comment of ours on a pull request, kept in place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pmsync.errors import Refused
from pmsync.markdown import fit
from pmsync.repository.git_objects import take
from pmsync.text import comparable

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

COMMENT_MARKER = "<!-- pmsync:comment -->"
"""How our comment begins: only one by our own login that begins so is ever edited."""


def marker_of(variant: str) -> str:
    """Returns how the comment of one configuration begins; `variant` is empty for the usual one."""
    return COMMENT_MARKER.replace(" -->", f"{variant} -->")


NOTHING_LEFT = "pmsync: this pull request changes nothing for the action items of postmortems."

MAX_COMMENT = 65_536
"""GitHub's bound on a comment is as many characters; bytes are at least as many."""

_CUT = "Cut here: the job's summary has the rest."


def stick(
    connection: "Connection", repository: str, number: int, text: str | None, variant: str = ""
) -> None:
    """Makes our comment on a pull request say `text`: posts, edits or leaves it.

    Args:
        connection: to GitHub.
        repository: the pull request's.
        number: the pull request's.
        text: Markdown; None where there is nothing (left) to say: a comment that stands is cut to one
            line, and none is posted.
        variant: what tells one configuration's comment from another's.

    Raises:
        TrackerError: as `Connection.request` says; `Refused` with 403 where the token may only read.
    """
    marker = marker_of(variant)
    body = fit(f"{marker}\n{text or NOTHING_LEFT}", MAX_COMMENT, _CUT)
    standing = _find_ours(connection, repository, number, marker)
    if standing is None:
        if text:
            connection.request("POST", f"/repos/{repository}/issues/{number}/comments", body={"body": body})
    elif comparable(str(take(standing, "body"))) != comparable(body):
        comment = take(standing, "id")
        connection.request("PATCH", f"/repos/{repository}/issues/comments/{comment}", body={"body": body})


def _find_ours(connection: "Connection", repository: str, number: int, marker: str) -> Any:  # noqa: ANN401 - JSON
    """Returns the first comment that is ours, None where there is none."""
    comments = connection.entries(f"/repos/{repository}/issues/{number}/comments")
    marked = [it for it in comments if str(take(it, "body")).startswith(marker)]
    return next(iter(find_own(connection, marked)), None)


def find_own(connection: "Connection", marked: Sequence[Any]) -> list[Any]:
    """Returns those that are ours among comments with our marker; of no comment nothing is asked."""
    login = _own_login(connection) if marked else None
    return [it for it in marked if _is_ours(take(it, "user"), login)]


def _own_login(connection: "Connection") -> str | None:
    """Returns the login behind the token; None for an App's, such as the one of GitHub Actions."""
    try:
        return str(take(connection.request("GET", "/user").data, "login"))
    except Refused:
        return None


def _is_ours(author: object, login: str | None) -> bool:
    """Whether a comment with our marker is by us. An App cannot ask who it is, but is none of the people.

    A comment of a deleted account names no author.
    """
    if author is None:
        return False
    return bool(take(author, "login") == login if login else take(author, "type") == "Bot")
