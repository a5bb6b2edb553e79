"""Which paths a pull request changes, as GitHub lists them."""

from typing import TYPE_CHECKING

from pmsync.repository.git_objects import take

if TYPE_CHECKING:
    from pmsync.github.connection import Connection


def ask_changed(connection: "Connection", repository: str, number: int) -> frozenset[str]:
    """Returns the paths that a pull request changes and does not remove.

    GitHub lists 3,000 files at most (docs.github.com/rest/pulls/pulls, "List pull requests files").
    """
    files = connection.entries(f"/repos/{repository}/pulls/{number}/files")
    return frozenset(str(take(it, "filename")) for it in files if take(it, "status") != "removed")
