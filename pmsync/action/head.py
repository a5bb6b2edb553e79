"""The default branch as it is now, for a run whose work tree is not that. All I/O.

A job that is run again, was delivered late or had to wait its turn has checked out what was the branch's head
once; one may check out a part of it, and earlier steps may change or add documents. These are then read
from commits, into a folder of its own: the checkout is the workflow's.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def at_head(session: Session, branch: str) -> Iterator[Session]:
    """Gives the session itself where its work tree is the branch's head, else one that reads the head.

    Args:
        session: of the checkout.
        branch: the default branch.

    Raises:
        TrackerError: GitHub does not tell what the branch holds.
        UsageError: the branch has no plain file in the configuration's place.
    """
    with session.connect() as connection, TemporaryDirectory(prefix="pmsync-") as folder:
        git = Git(connection, session.documents_repository)
        head = git.find_head(branch)
        differs = _tell_difference(session, branch, head) if head else ""
        if head is None or not differs:
            yield replace(session, head=session.checkout if head else None)
            return
        at_hand = {path: TreeEntry(*entry) for path, entry in read_tree(session.root).items()}
        files = git.list_files(git.read_commit(head).tree, at_hand)
        session.say(f"{differs}: documents are read from that commit")
        root = Path(folder).resolve()
        config = _lay_out(_Head(git, files, at_hand, session.root), session, root)
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
        environ = {**session.environ, "GITHUB_REPOSITORY": session.documents_repository}
        yield replace(
            session,
            root=root,
            base=root,
            workspace=session.root,
            config=config,
            environ=environ,
            head=checkout,
        )


def _tell_difference(session: Session, branch: str, head: str) -> str:
    """Returns how the work tree differs from the branch's head; empty where it is just that."""
    here = (session.checkout.head or "nothing")[:7]
    if head != session.checkout.head:
        return f"the checkout is at {here}, and {branch} at {head[:7]}"
    changed = (PurePosixPath(path).suffix.lower() for path in session.checkout.changed)
    is_other = hides_files(session.root) or any(suffix in SUFFIXES for suffix in changed)
    return f"the work tree is not all of {here}, or more" if is_other else ""


class _Head:
    """The files of the head, as far as they are wanted."""

    def __init__(
        self, git: Git, files: Mapping[str, TreeEntry], at_hand: Mapping[str, TreeEntry], root: Path
    ) -> None:
        self.git, self.at_hand, self.root = git, at_hand, root
        self.files = {path: entry for path, entry in files.items() if _is_plain(path, entry)}
        self.others = files.keys() - self.files.keys()

    def copy(self, paths: Iterable[str], root: Path) -> None:
        """Puts files under `root`, from the commit that is checked out where it has the same."""
        wanted = {path: self.files[path] for path in paths}
        same = [path for path, entry in wanted.items() if self.at_hand.get(path) == entry]
        here = read_committed(self.root, "HEAD", same)
        for path, entry in wanted.items():
            _put(root, path, here[path] if path in here else self.git.read_blob(entry.sha))


def _lay_out(head: _Head, session: Session, root: Path) -> Config:
    """Puts configuration and documents of the head under `root`, and returns the configuration."""
    file = session.config_path
    named = file.relative_to(session.root).as_posix() if file and file.is_relative_to(session.root) else None
    path = named or (None if file else DEFAULT_PATH.as_posix())
    if path in head.others:
        raise UsageError(f"{path} is no plain file on the default branch: put the configuration itself there")
    head.copy([path] if path in head.files else [], root)
    is_made = path and not (path in head.files or path in head.at_hand)  # by an earlier step
    made = session.root / path if path and is_made else None
    config = load_config(made if made and made.is_file() else root / named if named else file, root)
    last_parts = {pattern.rpartition("/")[2] for pattern in config.documents}
    for document in head.files:
        name = PurePosixPath(document).name
        if PurePosixPath(name).suffix.lower() in SUFFIXES or any(fnmatchcase(name, it) for it in last_parts):
            _put(root, document, b"")
    found = {file.relative_to(root).as_posix() for file in find_configured(root, config.documents).paths}
    head.copy(found | ({config.index} & head.files.keys()), root)
    return config


def _put(root: Path, path: str, data: bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _is_plain(path: str, entry: TreeEntry) -> bool:
    """Whether an entry is a file, by a path that stays where it is put; a tree may hold anything."""
    parts = path.split("/")
    return entry.mode in {"100644", "100755"} and not {"", ".", ".."} & set(parts) and ".git" not in parts
