"""What one invocation works with: the repository at hand, its configuration, a tracker. All I/O wiring."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pmsync import documents
from pmsync.annotation import find_annotations
from pmsync.cache import open_cache
from pmsync.config import DEFAULT_PATH, Config, decode_config, load_config, name_of
from pmsync.errors import PmsyncError, Refused, TrackerError, UsageError
from pmsync.git import (
    Checkout,
    find_lines,
    hides_files,
    holds,
    is_shallow,
    read_checkout,
    read_committed,
    read_past,
    read_tree,
)
from pmsync.github.environment import (
    find_api_url,
    find_repository,
    find_server_url,
    find_token,
    tell_host,
)
from pmsync.interruption import Interruption
from pmsync.model import IssueRef, Plan, Postmortem, Progress
from pmsync.reading import Reading, read_documents
from pmsync.repository.git_objects import Git, TreeEntry, take
from pmsync.survey import find_folders
from pmsync.text import encode, shown
from pmsync.trackers.base import Tracker

if TYPE_CHECKING:
    from pmsync.github.connection import Connection
    from pmsync.reports.follow_ups import StatusReport

_MOST_FOLDERS = 5
"""Folders that are named as such that look like postmortems."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """The surroundings of a run.

    Attributes:
        root: the repository's root.
        base: the folder that paths on the command line start from.
        config: how the team wants it, options of the command line included.
        environ: the environment's variables.
        say: told what is waited for, and other things to know at once.
        on_request: told of each request: verb, path, status.
        on_progress: told what is being done.
        interruption: breaks waits off.
        variant: what tells another configuration than `.github/pmsync.yml` from it, in names of what is
            kept outside of documents and issues; empty for that one.
        config_path: the configuration that the user named; None for the usual one.
        head: the facts of the checkout, where its documents are known to be the ones to go by: a pull
            request's, or the default branch's head.
        workspace: the checkout, where `root` is none.
    """

    root: Path
    base: Path
    config: Config
    environ: Mapping[str, str]
    say: Callable[[str], None] = lambda _text: None
    on_request: Callable[[str, str, int | None], None] = lambda _verb, _path, _status: None
    on_progress: Progress = lambda _what, _done, _all: None
    interruption: Interruption = field(default_factory=Interruption)
    variant: str = ""
    config_path: Path | None = None
    head: Checkout | None = None
    workspace: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether issues live in files."""
        return self.config.tracker == "local"

    @property
    def clone(self) -> Path:
        """The checkout's own folder, in which git knows its past; documents may be read elsewhere."""
        return self.workspace or self.root

    @cached_property
    def checkout(self) -> Checkout:
        """What git knows."""
        return self.head or read_checkout(self.root, self.environ)

    @cached_property
    def documents_repository(self) -> str:
        """The documents' repository on GitHub; empty where there is none, or issues live in files."""
        return "" if self.is_local else find_repository(self.environ, self.root) or ""

    @cached_property
    def issues_repository(self) -> str:
        """The issues' repository on GitHub.

        Raises:
            UsageError: nothing tells which.
        """
        if not self.documents_repository:
            raise UsageError(
                tell_host(self.environ, self.root)
                or "which GitHub repository do these documents belong to? No git remote called origin leads"
                " to one: add it, or set GITHUB_REPOSITORY (--tracker local needs none)"
            )
        return self.config.repository or self.documents_repository

    @property
    def documents_page(self) -> str:
        """The page of the documents' repository; empty where documents are linked by path."""
        repository = self.documents_repository
        return f"{find_server_url(self.environ)}/{repository}" if repository else ""

    @property
    def issues_page(self) -> str:
        """The list of all issues with our label, as a search; empty where issues are files."""
        if self.is_local:
            return ""
        query = quote(f'is:issue label:"{self.config.label}"', safe="")
        return f"{find_server_url(self.environ)}/{self.issues_repository}/issues?q={query}"

    def require_documents_repository(self) -> str:
        """Returns the documents' repository on GitHub. To be asked before anything is done.

        Raises:
            UsageError: it is not known, or issues live in files.
        """
        if self.documents_repository:
            return self.documents_repository
        raise UsageError(
            "documents can only be written back to GitHub where their repository is known and issues do not "
            "live in files: use --write-back files"
        )

    def read(
        self, paths: Sequence[str] = (), *, only_named: bool = False, is_planned: bool = False
    ) -> Reading:
        """Reads the documents, and says so where there are none, unless a plan will (`is_planned`).

        The other arguments are as in `read_documents`.

        Raises:
            UsageError: as there, and where a path that was named holds no document.
        """
        with open_cache(self.root, self.environ) as cache:
            reading = read_documents(
                self.root,
                self.config.documents,
                paths,
                known=self.config.known,
                base=self.base,
                only_named=only_named,
                must_match=self.config.on_no_documents == "fail",
                index=self.config.index,
                cache=cache,
                on_progress=self.on_progress,
            )
        for warning in () if is_planned else reading.warnings:
            self.say(f"warning: {warning}")
        if reading.warnings and not reading.known and not (self.root / DEFAULT_PATH).exists():
            folders = find_folders(self.checkout.paths)
            for folder in folders[:_MOST_FOLDERS]:
                self.say(f"{folder} looks like postmortems: `pmsync init` writes a configuration for it")
            if folders[_MOST_FOLDERS:]:
                self.say(f"so do {len(folders) - _MOST_FOLDERS} folders more")
        return reading

    def make_status(self, postmortems: Sequence[Postmortem], plan: Plan | None) -> "StatusReport":
        """Returns where the follow-ups stand: by the tracker, or without a plan by the documents."""
        from pmsync.reports.follow_ups import make_status

        config, page = self.config, self.documents_page
        return make_status(
            postmortems,
            self.interruption.now(),
            bindings=plan.bindings if plan else None,
            orphans=plan.orphans if plan else (),
            owners=config.owners,
            teams=config.teams,
            due_within=config.due_within,
            repository=self.documents_repository,
            page=f"{page}/blob/HEAD/" if page else "",
        )

    def is_current(self) -> bool:
        """Whether the checkout is the default branch's head on GitHub too; False where nothing tells."""
        branch = self.checkout.default_branch
        if self.is_local or branch is None:
            return self.is_local
        try:
            with self.connect() as connection:
                return Git(connection, self.documents_repository).find_head(branch) == self.checkout.head
        except TrackerError:
            return False

    def lacks(self, commits: Collection[str]) -> bool:
        """Whether the checkout lacks one of these commits: a clone that is behind, or another past.

        One that holds the default branch's head on GitHub lacks nothing, whatever was rewritten there, or
        was never fetched.
        """
        if self.head or holds(self.root, commits):
            return False
        try:
            with self.connect() as connection:
                branch = self.checkout.default_branch
                head = branch and Git(connection, self.documents_repository).find_head(branch)
        except TrackerError:
            return True
        return not (head and holds(self.root, [head]))

    def find_past(self, commits: Collection[str]) -> frozenset[str]:
        """The paths that the checkout's history has held; of a shallow one, those that `commits` hold too."""
        past = read_past(self.clone) | self.checkout.paths
        if not self.head and not is_shallow(self.checkout):
            return past
        at_hand = {path: TreeEntry(*entry) for path, entry in read_tree(self.clone).items()}
        with self.connect() as connection:
            git = Git(connection, self.documents_repository)
            for commit in sorted(commits):
                with suppress(Refused):
                    past |= frozenset(git.list_files(git.read_commit(commit).tree, at_hand))
        return past

    def find_linked(self, refs: Collection[IssueRef]) -> frozenset[IssueRef]:
        """Of these issues, those that an annotation with a word of ours names in any file of the checkout."""
        lines = find_lines(self.clone, [f"#{ref.number}](" for ref in refs])
        found = (it for line in lines for it in find_annotations(line, 0, len(line), cell=True))
        return frozenset(it.ref for it in found if it.status).intersection(refs)

    def look_up(self, repository: str) -> tuple[str, str]:
        """The present name and the id of a repository on GitHub; empty where nobody here may see it.

        Raises:
            TrackerError: GitHub did not answer; who went on might not know issues of ours again.
        """
        try:
            with self.connect() as connection:
                data = connection.request("GET", f"/repos/{repository}").data
        except Refused:
            return "", ""
        return str(take(data, "full_name")), str(take(data, "id"))

    @property
    def repository_id(self) -> str:
        """The id of the documents' repository as far as a workflow tells it."""
        name = self.environ.get("GITHUB_REPOSITORY", "").strip()
        return self.environ.get("GITHUB_REPOSITORY_ID", "").strip() if name else ""

    @cached_property
    def found_id(self) -> str:
        """The id of the documents' repository, asked for once where no workflow tells it.

        Raises:
            TrackerError: as `look_up` says.
        """
        return self.repository_id or self.look_up(self.documents_repository)[1]

    @cached_property
    def _token(self) -> str | None:
        """The token, looked up once: that may start another program."""
        return find_token(self.environ)

    @contextmanager
    def connect(self, *, patient: bool = False) -> "Iterator[Connection]":
        """Connects to GitHub; `patient` waits for hourly limits to pass.

        Raises:
            UsageError: there is no token.
        """
        from pmsync.github.connection import HOUR_WAIT, MAX_WAIT, Connection

        token = self._token
        if token is None:
            raise UsageError(
                "no GitHub token: set GITHUB_TOKEN (or GH_TOKEN), or log in with `gh auth login`"
                " (--tracker local needs none)"
            )
        with Connection(
            token,
            base_url=find_api_url(self.environ),
            clock=self.interruption,
            say=self.say,
            max_wait=HOUR_WAIT if patient else MAX_WAIT,
            on_request=self.on_request,
        ) as connection:
            yield connection

    @contextmanager
    def open_tracker(self, *, patient: bool = False, given: int = 0) -> Iterator[Tracker]:
        """Opens the place where issues live.

        Args:
            patient: wait for hourly limits to pass.
            given: the highest number that documents name, which no new issue in a file may get.

        Raises:
            UsageError: the configuration or the environment lacks what is needed for that.
        """
        config = self.config
        if self.is_local:
            from pmsync.trackers.local import LocalTracker

            yield LocalTracker(
                self.root,
                label=config.label,
                previous_labels=config.previous_labels,
                clock=self.interruption,
                given=given,
            )
            return
        from pmsync.trackers.github import GithubTracker

        repository = self.issues_repository
        with self.connect(patient=patient) as connection:
            yield GithubTracker(
                connection,
                repository,
                label=config.label,
                label_color=config.label_color,
                label_description=config.label_description,
                previous_labels=config.previous_labels,
            )

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """For the time of the block a first signal is only noted, and no second run works in this checkout.

        The system lets go of the lock even after a crash.

        Raises:
            PmsyncError: another run holds the lock, or its file cannot be made or opened.
        """
        from filelock import FileLock, Timeout

        place = self._lock_file
        lock = FileLock(place, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise PmsyncError(
                f"another pmsync is at work in {self.root}: wait for it to end, then run again"
            ) from None
        except (OSError, NotImplementedError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            raise PmsyncError(
                f"the lock {shown(str(place))} cannot be taken ({why or 'no locks on this file system'}):"
                " see that its folder can be written to, and that nothing else lies in its place"
            ) from None
        try:
            with self.interruption.armed():
                yield
        finally:
            lock.release()

    @property
    def _lock_file(self) -> Path:
        """In git's folder for whoever uses this checkout; without git, in the user's own name elsewhere."""
        name = hashlib.sha256(encode(str(self.root))).hexdigest()[:16]
        if self.checkout.git_folder:
            return self.checkout.git_folder / f"pmsync-{name}.lock"
        return Path(tempfile.gettempdir()) / f"pmsync-{getattr(os, 'getuid', int)()}-{name}.lock"


def open_session(
    *,
    environ: Mapping[str, str],
    base: Path,
    config_path: Path | None = None,
    tracker: str | None = None,
    repository: str | None = None,
) -> Session:
    """Finds the repository around `base` and reads its configuration.

    Args:
        environ: the environment's variables.
        base: the current folder.
        config_path: another configuration than `.github/pmsync.yml`.
        tracker: instead of the configured one.
        repository: instead of the configured one, for issues.

    Raises:
        UsageError: the configuration cannot be used.
    """
    root = documents.find_root(base)
    config = _read_config(config_path, root)
    if tracker:
        config = replace(config, tracker=tracker)
    if repository:
        config = replace(config, repository=repository)
    variant = _find_variant(config_path, root) if config_path else ""
    named = (base / config_path).resolve() if config_path else None
    return Session(root=root, base=base, config=config, environ=environ, variant=variant, config_path=named)


def _read_config(path: Path | None, root: Path) -> Config:
    """Reads the configuration; the commit's where a sparse checkout leaves that out of the work tree."""
    file = path or root / DEFAULT_PATH
    name = name_of(file, root)
    if not file.exists() and hides_files(root):
        committed = read_committed(root, "HEAD", [name])
        if name in committed:
            return decode_config(committed[name], name)
    return load_config(path, root)


def _find_variant(config_path: Path, root: Path) -> str:
    name = name_of(config_path, root)
    if name == DEFAULT_PATH.as_posix():
        return ""
    stem = re.sub("[^a-z0-9]+", "-", config_path.stem.lower()).strip("-")
    return f"-{stem}-{hashlib.sha256(encode(name)).hexdigest()[:8]}".replace("--", "-")
