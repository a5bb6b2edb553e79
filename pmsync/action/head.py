"""The default branch as it is now, for a run whose work tree is not that. All I/O.

A job that is run again, was delivered late or had to wait its turn has checked out what was the branch's head
once; one may check out a part of it, and earlier steps may change or add documents. These are then read
from commits, into a folder of its own: the checkout is the workflow's.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from pmsync.config import DEFAULT_PATH, Config, load_config
from pmsync.documents import SUFFIXES, find_configured
from pmsync.errors import UsageError
from pmsync.git import Checkout, hides_files, read_committed, read_tree
from pmsync.repository.git_objects import Git, TreeEntry
from pmsync.session import Session
from pmsync.text import decode


@contextmanager
def at_head(session: Session, branch: str) -> Iterator[Session]:
    """Gives the session itself where its work tree is the branch's head, else one that reads the head.

    Args:
        session: of the checkout.
        branch: the default branch.

    Raises:
        TrackerError: GitHub does not tell what the branch holds.
        UsageError: the branch has no file in the configuration's place.
    """
    with session.connect() as connection, TemporaryDirectory(prefix="pmsync-") as folder:
        git = Git(connection, session.documents_repository)
        head = git.find_head(branch)
        differs = _tell_difference(session, branch, head) if head else ""
        if head is None or not differs:
            yield replace(session, head=session.checkout if head else None)
            return
        at_hand = _read_at_hand(session)
        files = git.list_files(git.read_commit(head).tree, at_hand)
        session.say(f"{differs}: documents are read from that commit")
        checkout = Checkout(
            paths=frozenset(files),
            retained=frozenset(files),
            head=head,
            revision=head,
            base=head,
            branch=branch,
            default_branch=branch,
            is_default_head=True,
            git_folder=session.checkout.git_folder,
        )
        yield _lay_out(_Commit(git, files, at_hand, session.root), session, Path(folder).resolve(), checkout)


@contextmanager
def at_commit(session: Session) -> Iterator[Session]:
    """Gives the session itself, or where git hides files of its commit, one that reads them all.

    Raises:
        TrackerError: GitHub does not give what this clone lacks.
        UsageError: as in `at_head`.
    """
    if not hides_files(session.root):
        yield replace(session, head=session.checkout)
        return
    with session.connect() as connection, TemporaryDirectory(prefix="pmsync-") as folder:
        at_hand = _read_at_hand(session)
        files = {path: entry for path, entry in at_hand.items() if entry.kind != "tree"}
        session.say("a part of the commit is checked out: documents are read from that commit")
        commit = _Commit(Git(connection, session.documents_repository), files, at_hand, session.root)
        yield _lay_out(commit, session, Path(folder).resolve(), session.checkout)


def _read_at_hand(session: Session) -> dict[str, TreeEntry]:
    return {path: TreeEntry(*entry) for path, entry in read_tree(session.root).items()}


def _tell_difference(session: Session, branch: str, head: str) -> str:
    """Returns how the work tree differs from the branch's head; empty where it is just that."""
    here = (session.checkout.head or "nothing")[:7]
    if head != session.checkout.head:
        return f"the checkout is at {here}, and {branch} at {head[:7]}"
    changed = any(_may_be_read(path, session.config) for path in session.checkout.changed)
    return f"the work tree is not all of {here}, or more" if changed or hides_files(session.root) else ""


def _may_be_read(path: str, config: Config) -> bool:
    """Whether a file is a document by its name, or may be one by the configuration."""
    name = PurePosixPath(path).name
    last_parts = (pattern.rpartition("/")[2] for pattern in config.documents)
    return PurePosixPath(name).suffix.lower() in SUFFIXES or any(fnmatchcase(name, it) for it in last_parts)


class _Commit:
    """The files of a commit, as far as they are wanted."""

    def __init__(
        self, git: Git, files: Mapping[str, TreeEntry], at_hand: Mapping[str, TreeEntry], root: Path
    ) -> None:
        self.git, self.at_hand, self.root = git, at_hand, root
        kept = {path: entry for path, entry in files.items() if _stays_inside(path)}
        self.files = {path: entry for path, entry in kept.items() if entry.mode in {"100644", "100755"}}
        self.links = {path: entry for path, entry in kept.items() if entry.mode == "120000"}

    def copy(self, paths: Iterable[str], root: Path) -> None:
        """Puts files under `root`, from the commit that is checked out where it has the same."""
        for path, data in self._read({path: self.files[path] for path in paths}):
            _put(root, path, data)

    def link(self, root: Path) -> None:
        """Makes the symbolic links under `root`, but for those that lead out of it."""
        for path, data in self._read(self.links):
            place, target = root / path, decode(data)
            with suppress(OSError, ValueError):  # no name for a file, or a system without links
                if _is_below(root, place.parent) and _is_below(root, place.parent / target):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.symlink_to(target)

    def _read(self, wanted: Mapping[str, TreeEntry]) -> Iterator[tuple[str, bytes]]:
        same = [path for path, entry in wanted.items() if self.at_hand.get(path) == entry]
        here = read_committed(self.root, "HEAD", same)
        for path, entry in wanted.items():
            yield path, here[path] if path in here else self.git.read_blob(entry.sha)


def _lay_out(commit: _Commit, session: Session, root: Path, checkout: Checkout) -> Session:
    """Puts configuration and documents of a commit under `root`, and returns a session that reads them."""
    commit.link(root)
    config = _read_config(commit, session, root)
    for document in commit.files:
        if _may_be_read(document, config):
            _put(root, document, b"")
    found = {file.relative_to(root).as_posix() for file in find_configured(root, config.documents).paths}
    commit.copy(found | ({config.index} & commit.files.keys()), root)
    environ = {**session.environ, "GITHUB_REPOSITORY": session.documents_repository}
    return replace(
        session,
        root=root,
        base=root,
        workspace=session.root,
        config=config,
        environ=environ,
        head=checkout,
    )


def _read_config(commit: _Commit, session: Session, root: Path) -> Config:
    """Reads the configuration: the commit's, or what lies outside of any commit."""
    file = session.config_path
    if file and not file.is_relative_to(session.root):
        return load_config(file, root)
    path = file.relative_to(session.root).as_posix() if file else DEFAULT_PATH.as_posix()
    there = Path(os.path.realpath(root / path)).relative_to(root).as_posix()
    if there in commit.files:
        commit.copy([there], root)
    elif path in commit.links:
        raise UsageError(f"{path} on the default branch leads to no file there: put the configuration there")
    made = session.root / path
    is_made = there not in commit.files and path not in commit.at_hand and made.is_file()  # by earlier steps
    return load_config(made if is_made else root / path if file else None, root)


def _put(root: Path, path: str, data: bytes) -> None:
    """Writes a file under `root`; none where a link that a commit ought not to hold leads elsewhere."""
    file = root / path
    if _is_below(root, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _is_below(root: Path, path: Path) -> bool:
    """Whether a path stays under `root`, which is free of links, whatever it leads through."""
    return Path(os.path.realpath(path)).is_relative_to(root)


def _stays_inside(path: str) -> bool:
    """Whether a path of a tree, which may hold anything, is one of the files below its root."""
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts) and ".git" not in parts
