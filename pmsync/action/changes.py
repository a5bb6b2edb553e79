"""Which documents a pull request changes."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from pmsync.repository import Api, take, take_list

_PATIENCE = 60.0
"""Seconds that git may take."""

_PER_PAGE = 100
_PAGES = 30
"""GitHub lists no more than 3,000 files of a pull request."""


def find_changed(root: Path, bases: Sequence[str], head: str) -> frozenset[str] | None:
    """Returns the paths that a checked-out pull request changes, as far as git can tell.

    Args:
        root: the repository's root.
        bases: what the pull request may be compared with; the first that the checkout knows counts.
        head: its own last commit.

    Returns:
        The paths that exist after the change; None where the checkout does not hold enough history.
    """
    parents = (_git(root, "rev-list", "--parents", "--max-count=1", "HEAD") or "").split()[1:]
    if len(parents) == 2 and parents[1] == head:
        start: str | None = parents[0]  # the merge that GitHub made for a try: what it adds to its base
    else:
        start = next(filter(None, (_git(root, "merge-base", "--", base, "HEAD") for base in bases)), None)
    if start is None:
        return None
    listed = _git(root, "diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", start, "HEAD", "--")
    return None if listed is None else frozenset(filter(None, listed.split("\0")))


def ask_changed(api: Api, repository: str, number: int) -> frozenset[str]:
    """Returns the paths that a pull request changes, as GitHub lists them."""
    changed: set[str] = set()
    for page in range(1, _PAGES + 1):
        parameters = {"per_page": _PER_PAGE, "page": page}
        answer = api.request("GET", f"/repos/{repository}/pulls/{number}/files", parameters)
        files = take_list(answer.data)
        changed |= {str(take(file, "filename")) for file in files if take(file, "status") != "removed"}
        if len(files) < _PER_PAGE:
            break
    return frozenset(changed)


def _git(root: Path, *arguments: str) -> str | None:
    """Runs git; None where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "surrogateescape").strip() if done.returncode == 0 else None
