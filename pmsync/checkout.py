"""What the checkout's own git knows: which files there are, and what of it the remote has."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_USUAL_BRANCHES = frozenset({"main", "master", "trunk"})

_PATIENCE = 60
"""Seconds for one git command; even a monorepo's file list takes a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The facts of one checkout.

    Attributes:
        paths: every file in the work tree, tracked or not, relative to the root, without ignored ones.
        retained: every file of the default branch as last fetched; empty where that is not known.
        head: the commit checked out; None where there is none.
        revision: the same, where the remote has it; else None.
        changed: files that differ from that commit.
        branch: the branch checked out; None where detached, or without git.
        default_branch: the remote's default branch, where known.
        is_default_head: whether the commit checked out is the default branch's head, as far as this checkout
            knows; without a remote, that is the branch's usual name.
        git_folder: where git keeps its own files; None without git.
    """

    paths: frozenset[str] = frozenset()
    retained: frozenset[str] = frozenset()
    head: str | None = None
    revision: str | None = None
    changed: frozenset[str] = frozenset()
    branch: str | None = None
    default_branch: str | None = None
    is_default_head: bool = False
    git_folder: Path | None = None


def read_checkout(root: Path, environ: Mapping[str, str]) -> Checkout:
    """Reads the facts of the checkout at `root`; without git there is only what lies on the disk.

    Args:
        root: the work tree's top.
        environ: in a workflow it names the event, which knows the default branch.
    """
    folder = _git(root, "rev-parse", "--absolute-git-dir")
    if folder is None:
        return Checkout(paths=frozenset(_walk(root)))
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    branch = _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    remote_head = _git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    default = _event_default_branch(environ) or (remote_head or "").removeprefix("origin/") or None
    upstream = (
        _git(root, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{default}") if default else None
    )
    on_remote = head is not None and bool(
        environ.get("GITHUB_SHA") == head
        or _git(root, "for-each-ref", "--count=1", "--contains", head, "refs/remotes")
    )
    has_remote = bool(_git(root, "remote"))
    return Checkout(
        paths=_paths(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        - _paths(root, "ls-files", "-z", "--deleted"),
        retained=_paths(root, "ls-tree", "-r", "-z", "--name-only", upstream) if upstream else frozenset(),
        head=head,
        revision=head if on_remote else None,
        changed=_paths(root, "diff", "--name-only", "-z", "HEAD", "--")
        | _paths(root, "ls-files", "-z", "--others", "--exclude-standard")
        if head
        else frozenset(),
        branch=branch,
        default_branch=default or (None if has_remote else branch),
        is_default_head=head is not None and (head == upstream if has_remote else branch in _USUAL_BRANCHES),
        git_folder=Path(folder),
    )


def _walk(root: Path) -> Iterator[str]:
    """The files below `root`, without hidden folders."""
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".") and name != "node_modules"]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in names)


def _event_default_branch(environ: Mapping[str, str]) -> str | None:
    """The default branch as a workflow's event names it."""
    try:
        event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        name = event["repository"]["default_branch"]
    except (KeyError, TypeError, OSError, ValueError):
        return None
    return name if isinstance(name, str) and name else None


def _paths(root: Path, *arguments: str) -> frozenset[str]:
    return frozenset(filter(None, (_git(root, *arguments) or "").split("\0")))


def _git(root: Path, *arguments: str) -> str | None:
    """Runs git; None where it fails. A path that is no UTF-8 keeps its bytes as surrogates."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
