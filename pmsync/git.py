"""What git knows of a checkout: which files there are, what of it the remote has, what a branch changes."""

import json
import os
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pmsync.text import decode, encode

_USUAL_BRANCHES = frozenset({"main", "master", "trunk"})

_PATIENCE = 60
"""Seconds for one git command; even a monorepo's file list takes a few."""

_MODE_AND_PATH = {"1": (4, 7), "u": (5, 9)}
"""Which field of an entry is the mode in the work tree, and which its path: an ordinary one; one unmerged."""


_MERGE_FAILED = 128
"""From this exit code on `git merge-file` has merged nothing; below it is the number of conflicts."""

_NAMES = ("--name-status", "-z", "--find-renames", "--diff-filter=d")
"""What a change touches and keeps; a renamed file is no new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The facts of one checkout.

    Attributes:
        paths: every file in the work tree, tracked or not, relative to the root, without ignored ones.
        retained: every file of the default branch as last fetched; none without a remote, where the work tree
            is all there is of it; None where nothing is known of it.
        head: the commit checked out; None where there is none.
        revision: the same, where the remote has it; else None.
        changed: files that differ from that commit.
        base: the newest commit of the default branch that the commit checked out holds, where known.
        published: commits whose documents count as what everybody can read: of the default branch, as last
            fetched and as far as the commit checked out holds it, and that commit itself where it is on that
            branch; where nothing tells which branch that is, where any of the remote's has it.
        branch: the branch checked out; None where detached, or without git.
        default_branch: the remote's default branch, where known.
        is_default_head: whether the commit checked out is the default branch's head, as far as this checkout
            knows; without a remote, that is the branch's usual name.
        git_folder: where git keeps its own files; None without git.
    """

    paths: frozenset[str] = frozenset()
    retained: frozenset[str] | None = None
    head: str | None = None
    revision: str | None = None
    changed: frozenset[str] = frozenset()
    base: str | None = None
    published: tuple[str, ...] = ()
    branch: str | None = None
    default_branch: str | None = None
    is_default_head: bool = False
    git_folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What `git status` tells: the commit and branch, and all that differs from them.

    Attributes:
        there: paths that differ and are in the work tree.
        gone: paths that differ and are not.
    """

    head: str | None
    branch: str | None
    there: frozenset[str]
    gone: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remote:
    """What git knows of the remotes, as last fetched.

    Attributes:
        branches: the commit of each branch of the one that counts.
        heads: the commits of all branches of all of them.
        default_branch: the default one of that remote, where git was told.
    """

    branches: Mapping[str, str]
    heads: frozenset[str]
    default_branch: str | None


def read_checkout(root: Path, environ: Mapping[str, str]) -> Checkout:
    """Reads the facts of the checkout at `root`; without git there is only what lies on the disk.

    Each start of git costs more than all else in a small run. So three are made to tell what they can: the
    state of the work tree, the remote's branches, and the files of the commit that both mostly share.

    Args:
        root: the work tree's top.
        environ: in a workflow it names the event, which knows the default branch.
    """
    state = _read_state(root)
    if state is None:
        return Checkout(paths=frozenset(_walk(root)))
    head, branch = state.head, state.branch
    remote = _read_remote(root)
    default = _event_default_branch(environ) or remote.default_branch
    likely = default or _guess_default_branch(remote)
    upstream, shown = (remote.branches.get(name or "") for name in (default, likely))
    has_remote = bool(remote.heads) or bool(ask_git(root, "remote"))
    holding = ("for-each-ref", "--count=1", "--contains", str(head), "refs/remotes")
    on_remote = head is not None and (
        head in {environ.get("GITHUB_SHA"), *remote.heads} or bool(remote.heads and ask_git(root, *holding))
    )
    is_public = branch == likely if shown else on_remote or not remote.heads
    committed = _read_files(root, head)
    base = _find_base(root, head, [upstream] if upstream else [])
    retained = committed if shown == head else _read_files(root, shown)
    return Checkout(
        paths=(committed - state.gone) | state.there,
        retained=retained if shown or (head and not has_remote) else None,
        head=head,
        revision=head if on_remote else None,
        changed=state.there | state.gone if head else frozenset(),
        base=base,
        published=_find_published(root, head, shown, base, remote, is_public=is_public),
        branch=branch,
        default_branch=default or (None if has_remote else branch),
        is_default_head=head is not None and (head == upstream if has_remote else branch in _USUAL_BRANCHES),
        git_folder=_find_git_folder(root),
    )


def _read_state(root: Path) -> _State | None:
    """Asks `git status`; None without git. git-scm.com/docs/git-status, "Porcelain Format Version 2"."""
    told = ask_git(
        root,
        "--no-optional-locks",  # nothing is to be written here
        *("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames"),
    )
    if told is None:
        return None
    about: dict[str, str] = {}
    there: set[str] = set()
    gone: set[str] = set()
    for line in told.split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            about[name] = value
        elif kind == "?":
            there.add(rest)
        elif kind in _MODE_AND_PATH:
            mode, path = _MODE_AND_PATH[kind]
            values = rest.split(" ", path)
            (gone if values[mode] == "000000" else there).add(values[path])
    commit, branch = about.get("branch.oid"), about.get("branch.head")
    return _State(
        head=None if commit == "(initial)" else commit,
        branch=None if branch == "(detached)" else branch,
        there=frozenset(there),
        gone=frozenset(gone),
    )


def _read_remote(root: Path) -> _Remote:
    """What git knows of the remotes: of `origin`, or of the only one where none is called so."""
    told = ask_git(root, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", "refs/remotes") or ""
    rows = [line.split(" ") for line in told.split("\n") if line]
    remotes = {name.split("/")[2] for name, _, _ in rows}
    place = f"refs/remotes/{remotes.pop() if len(remotes) == 1 else 'origin'}/"
    default = next((target for name, _, target in rows if name == f"{place}HEAD"), "")
    return _Remote(
        branches={
            name.removeprefix(place): commit
            for name, commit, target in rows
            if name.startswith(place) and not target
        },
        heads=frozenset(commit for _, commit, _ in rows),
        default_branch=default.removeprefix(place) or None,
    )


def _read_files(root: Path, commit: str | None) -> frozenset[str]:
    """The files of a commit."""
    told = ask_git(root, "ls-tree", "-r", "-z", "--name-only", commit) if commit else None
    return frozenset(filter(None, (told or "").split("\0")))


def _find_base(root: Path, head: str | None, heads: Collection[str]) -> str | None:
    """The newest commit that a checkout has in common with branches as last fetched."""
    if head is None or not heads or head in heads:
        return head if heads else None
    return (ask_git(root, "merge-base", head, *heads) or "").partition("\n")[0] or None


def _find_published(
    root: Path, head: str | None, upstream: str | None, base: str | None, remote: _Remote, *, is_public: bool
) -> tuple[str, ...]:
    """The commits of `Checkout.published`, by the default branch as far as it is known, or guessed."""
    heads = [upstream] if upstream else () if is_public else remote.heads
    found = (head if is_public else None, upstream, base or _find_base(root, head, heads))
    return tuple(dict.fromkeys(filter(None, found)))


def _guess_default_branch(remote: _Remote) -> str | None:
    """The one branch of a usual name, for what is only looked at: a clone may not know its default one."""
    usual = _USUAL_BRANCHES & remote.branches.keys()
    return next(iter(usual)) if len(usual) == 1 else None


def _find_git_folder(root: Path) -> Path | None:
    """Where git keeps its own files; None without git.

    It is `.git`, or what that names in a worktree or submodule (git-scm.com/docs/gitrepository-layout).
    """
    place = root / ".git"
    if place.is_dir():
        return place
    try:
        named = decode(place.read_bytes())
    except OSError:
        return None
    return (root / named.removeprefix("gitdir:").strip()).resolve()


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


def ignore(checkout: Checkout, patterns: Sequence[str]) -> None:
    """Has git ignore `patterns` in this clone alone, by `info/exclude`, where that can be."""
    if checkout.git_folder is None:
        return
    with suppress(OSError):
        shared = checkout.git_folder / "commondir"  # in a worktree; git-scm.com/docs/gitrepository-layout
        common = checkout.git_folder / decode(shared.read_bytes()).strip() if shared.exists() else None
        file = (common or checkout.git_folder) / "info" / "exclude"
        known = decode(file.read_bytes()) if file.exists() else ""
        missing = [pattern for pattern in patterns if pattern not in known.split("\n")]
        if missing:
            file.parent.mkdir(exist_ok=True)
            lead = "\n" if known and not known.endswith("\n") else ""
            with file.open("ab") as stream:
                stream.write(encode(lead + "".join(f"{pattern}\n" for pattern in missing)))


def holds(root: Path, commits: Collection[str]) -> bool:
    """Whether the commit checked out is, or comes after, each of these; False where one is not known here."""
    told = ask_git(root, "rev-list", "--max-count=1", *sorted(commits), "--not", "HEAD", "--")
    return not commits or told == ""


def is_shallow(checkout: Checkout) -> bool:
    """Whether a checkout lacks its own past, as that of a workflow does."""
    return checkout.git_folder is not None and (checkout.git_folder / "shallow").exists()


def read_past(root: Path) -> frozenset[str]:
    """Every path that the commit checked out, or one before it, has held."""
    listed = ("log", "--format=", "--name-only", "--diff-filter=A", "--no-renames", "-z", "HEAD", "--")
    return frozenset(filter(None, (ask_git(root, *listed) or "").split("\0"))) | _read_files(root, "HEAD")


def hides_files(root: Path) -> bool:
    """Whether git was told to leave files of the commit out of the work tree, or not to look at them.

    It was by a sparse checkout, or for single files (git-scm.com/docs/git-update-index, "Using
    “assume unchanged” bit", "Skip-worktree bit").
    """
    listed = (ask_git(root, "ls-files", "-v", "-z") or "").split("\0")
    return any(entry[:1] == "S" or entry[:1].islower() for entry in listed)


def read_tree(root: Path) -> dict[str, tuple[str, str, str]]:
    """Mode, kind and object of each path of the commit checked out, folders included."""
    told = ask_git(root, "ls-tree", "-r", "-t", "-z", "HEAD") or ""
    rows = (row.partition("\t") for row in told.split("\0") if row)
    entries = ((path, about.split(" ")) for about, _, path in rows)
    return {path: (mode, kind, sha) for path, (mode, kind, sha) in entries}


def find_changed(root: Path, bases: Sequence[str], head: str) -> dict[str, bool] | None:
    """Returns the paths that a checked-out pull request changes, as far as git can tell.

    Args:
        root: the repository's root.
        bases: what the pull request may be compared with; the first that the checkout knows counts.
        head: its own last commit.

    Returns:
        The paths that exist after the change, and whether each is new; None where the checkout does not
        hold enough history.
    """
    parents = (ask_git(root, "rev-list", "--parents", "--max-count=1", "HEAD") or "").split()[1:]
    if len(parents) == 2 and parents[1] == head:
        start: str | None = parents[0]  # the merge that GitHub made for a try: what it adds to its base
    else:
        start = next(filter(None, (ask_git(root, "merge-base", "--", base, "HEAD") for base in bases)), None)
    return _read_changes(ask_git(root, "diff", *_NAMES, start, "HEAD", "--")) if start else None


def find_staged(root: Path) -> dict[str, bool] | None:
    """Returns the paths that the next commit changes and keeps, and whether each is new; None without git."""
    return _read_changes(ask_git(root, "diff", "--cached", *_NAMES))


def find_changed_since(root: Path, ref: str) -> dict[str, bool] | None:
    """Returns the paths that differ in the work tree from where it parted from a branch or commit.

    Returns:
        The paths that exist, and whether each is new since then; None where git does not know `ref`.
    """
    start = ask_git(root, "merge-base", "--", ref, "HEAD")
    changes = _read_changes(ask_git(root, "diff", *_NAMES, start, "--")) if start else None
    if changes is None:
        return None
    untracked = ask_git(root, "ls-files", "-z", "--others", "--exclude-standard") or ""
    return changes | dict.fromkeys(filter(None, untracked.split("\0")), True)


def find_ignored(root: Path, paths: Collection[str]) -> frozenset[str]:
    """Returns which of these files git ignores: it does not track them, and a pattern leaves them out.

    The patterns are asked alone (`--no-index`): with the index, one file of a submodule fails them all.
    """
    given = encode("".join(f"{path}\0" for path in sorted(paths)))
    told = _run_git(root, "check-ignore", "--no-index", "--stdin", "-z", given=given) if paths else None
    left_out = frozenset(filter(None, decode(told or b"").split("\0")))
    return left_out - frozenset((ask_git(root, "ls-files", "-z") or "").split("\0")) if left_out else left_out


def find_lines(root: Path, words: Collection[str]) -> list[str]:
    """Returns the lines of the work tree that hold one of these; none of a file that git ignores."""
    asked = ("grep", "--untracked", "-I", "--no-color", "-h", "--fixed-strings", "-f", "-")
    told = _run_git(root, *asked, given=encode("\n".join(sorted(words)))) if words else None
    return decode(told or b"").split("\n")


def read_staged(root: Path, paths: Sequence[str]) -> dict[str, bytes]:
    """Returns what the next commit holds of some files."""
    return read_committed(root, "", paths)


def read_committed(root: Path, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Returns what a commit holds of some files. git-scm.com/docs/git-cat-file, "Batch Output"."""
    named = [path for path in paths if "\n" not in path]
    asked = "".join(f"{commit}:{path}\n" for path in named)
    told = _run_git(root, "cat-file", "--batch", given=encode(asked)) or b""
    found, at = {}, 0
    for path in named:
        head, _, _ = told[at:].partition(b"\n")
        at += len(head) + 1
        if head.endswith(b" missing") or not head:
            continue
        size = int(head.rpartition(b" ")[2])
        found[path] = told[at : at + size]
        at += size + 1
    return found


def merge_files(versions: Sequence[bytes], marker_size: int) -> tuple[bytes, bool] | None:
    """Merges base, ours and theirs of a file as `git merge` does by itself (git-scm.com/docs/git-merge-file).

    Returns:
        The result, and whether it holds conflicts; None where git cannot merge them.
    """
    with TemporaryDirectory(prefix="pmsync-") as folder:
        for name, data in zip(("base", "ours", "theirs"), versions, strict=True):
            Path(folder, name).write_bytes(data)
        names = ("ours", "base", "theirs")
        labels = [part for name in names for part in ("-L", name)]
        files = [str(Path(folder, name)) for name in names]
        command = ("git", "merge-file", "-p", f"--marker-size={marker_size}", *labels, *files)
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE)
        except (OSError, subprocess.SubprocessError):
            return None
    return (done.stdout, done.returncode > 0) if 0 <= done.returncode < _MERGE_FAILED else None


def configure(root: Path, settings: Mapping[str, str]) -> bool:
    """Sets values of a clone's own configuration; returns whether that could be done."""
    return all(ask_git(root, "config", name, value) is not None for name, value in settings.items())


def _read_changes(told: str | None) -> dict[str, bool] | None:
    """Reads `--name-status -z`: a letter and a path in turn, of a renamed file the old one before it."""
    if told is None:
        return None
    parts, changes = iter(filter(None, told.split("\0"))), {}
    for kind in parts:
        path = next(parts)
        changes[next(parts) if kind[0] in "RC" else path] = kind == "A"
    return changes


def ask_git(root: Path, *arguments: str) -> str | None:
    """Returns what git prints; None where it fails, or is not there.

    A path that is no UTF-8 keeps its bytes as surrogates.
    """
    told = _run_git(root, *arguments)
    return None if told is None else decode(told).rstrip("\n")


def _run_git(root: Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """Returns what git prints; `given` is what it reads."""
    command = ("git", "-C", str(root), *arguments)
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
