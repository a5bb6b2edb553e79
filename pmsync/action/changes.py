"""Which paths a pull request or a merge queue's group changes, as GitHub lists them; and where it stands."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from pmsync.repository.git_objects import take, take_list

if TYPE_CHECKING:
    from pmsync.github.connection import Connection


def ask_changed(connection: "Connection", repository: str, number: int) -> dict[str, bool]:
    """Returns the paths that a pull request changes and does not remove, and whether each is new.

    GitHub lists 3,000 files at most (docs.github.com/rest/pulls/pulls, "List pull requests files").
    """
    return _read_files(connection.entries(f"/repos/{repository}/pulls/{number}/files"))


def ask_compared(connection: "Connection", repository: str, base: str, head: str) -> dict[str, bool]:
    """Returns the paths that a commit adds or changes since another, and whether each is new.

    GitHub lists 300 files at most (docs.github.com/rest/commits/commits, "Compare two commits").
    """
    path = f"/repos/{repository}/compare/{quote(base)}...{quote(head)}"
    return _read_files(take_list(take(connection.request("GET", path).data, "files")))


def _read_files(files: Iterable[object]) -> dict[str, bool]:
    kinds = {str(take(it, "filename")): take(it, "status") for it in files}
    return {path: kind == "added" for path, kind in kinds.items() if kind != "removed"}


def find_newer(connection: "Connection", repository: str, number: int, head: str) -> str:
    """Returns why a run for `head` has no more to say on its pull request; empty where it has."""
    pull = connection.request("GET", f"/repos/{repository}/pulls/{number}").data
    if take(pull, "state") != "open":
        return "the pull request is closed"
    if head and take(pull, "head", "sha") != head:
        return "the pull request has moved on, and its newest run comments"
    return ""
