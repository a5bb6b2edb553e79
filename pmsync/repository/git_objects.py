"""Git's objects and branches in a repository on GitHub, over its REST API."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pmsync.errors import Refused, TrackerError

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

_PER_PAGE = 100
_PAGES = 30
"""GitHub lists no more than 3,000 files of a commit ("Get a commit" on docs.github.com)."""


MAX_REQUEST = 4 * 1024 * 1024
"""Bytes of files that one request carries."""


def take(data: object, *keys: str | int) -> Any:  # noqa: ANN401 - JSON is what it is
    """Returns what stands at `keys` in an answer.

    Raises:
        TrackerError: it does not; the server is none that pmsync knows, or something rewrote its answer.
    """
    for key in keys:
        try:
            data = data[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            named = ".".join(map(str, keys))
            raise TrackerError(
                f"GitHub's answer lacks '{named}': check that GITHUB_API_URL names a GitHub REST API"
            ) from None
    return data


def take_list(data: object) -> list[Any]:
    """Returns an answer that is to be a list.

    Raises:
        TrackerError: it is none; the server is none that pmsync knows, or something rewrote its answer.
    """
    if isinstance(data, list):
        return data
    raise TrackerError("GitHub's answer is no list: check that GITHUB_API_URL names a GitHub REST API")


def find_home(connection: "Connection", repository: str) -> tuple[str, str]:
    """Returns a repository's present `owner/name`, and the name of its default branch."""
    data = connection.request("GET", f"/repos/{repository}").data
    return str(take(data, "full_name")), str(take(data, "default_branch"))


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as far as a write-back needs it."""

    sha: str
    tree: str
    message: str = ""
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a tree: its mode (`100644`, `120000` for a symlink…), kind and object."""

    mode: str
    kind: str
    sha: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to be stored: its path, its mode and its bytes."""

    path: str
    mode: str
    data: bytes


def _batches(files: Sequence[File]) -> Iterator[list[File]]:
    """Parts files so that no request holds more than `MAX_REQUEST` of them, unless one alone does."""
    batch: list[File] = []
    for file in files:
        if batch and sum(len(it.data) for it in (*batch, file)) > MAX_REQUEST:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def blob_id(data: bytes) -> str:
    """Returns the id that git gives to a blob of these bytes (git-scm.com/book, "Git Objects")."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Git:
    """The git objects and branches of one repository; read and made by requests."""

    connection: "Connection"
    repository: str
    _trees: dict[str, dict[str, TreeEntry]] = field(default_factory=dict)

    def find_head(self, branch: str) -> str | None:
        """Returns the id of the commit at a branch's head; None where there is no such branch."""
        try:
            answer = self.connection.request("GET", self._path("ref/heads/", branch))
        except Refused as refused:
            if refused.status in {404, 409}:  # 409: a repository without any commit
                return None
            raise
        return str(take(answer.data, "object", "sha"))

    def read_commit(self, sha: str) -> Commit:
        """Reads one commit."""
        data = self.connection.request("GET", self._path("commits/", sha)).data
        parents = tuple(str(take(parent, "sha")) for parent in take_list(take(data, "parents")))
        return Commit(sha, str(take(data, "tree", "sha")), str(take(data, "message")), parents)

    def find_changed(self, sha: str) -> Iterator[str]:
        """Yields the paths of the files that a commit adds or changes, as GitHub lists them."""
        for page in range(1, _PAGES + 1):
            parameters = {"per_page": _PER_PAGE, "page": page}
            data = self.connection.request("GET", f"/repos/{self.repository}/commits/{sha}", parameters).data
            files = take_list(take(data, "files"))
            yield from (str(take(file, "filename")) for file in files if take(file, "status") != "removed")
            if len(files) < _PER_PAGE:
                return

    def find_entry(self, tree: str, path: str) -> TreeEntry | None:
        """Returns what stands at `path` under a tree, or else at its nearest parent that is no folder.

        Folders are read one by one, and each once: a listing of the whole tree may come cut.
        """
        entry: TreeEntry | None = TreeEntry("040000", "tree", tree)
        for name in path.split("/"):
            if entry is None or entry.kind != "tree":
                return entry
            entry = self._read_tree(entry.sha).get(name)
        return entry

    def list_files(self, tree: str, at_hand: Mapping[str, TreeEntry]) -> dict[str, TreeEntry]:
        """Returns all that is no folder under a tree, by its path.

        Args:
            tree: the tree's id.
            at_hand: entries by their paths, as a checkout has them; a folder among them is not asked for.
        """
        found: dict[str, TreeEntry] = {}
        pending = [("", tree)]
        while pending:
            folder, sha = pending.pop()
            for name, entry in self._read_tree(sha).items():
                path = f"{folder}{name}"
                if entry.kind != "tree":
                    found[path] = entry
                elif at_hand.get(path) == entry:
                    inside = ((it, each) for it, each in at_hand.items() if it.startswith(f"{path}/"))
                    found |= {it: each for it, each in inside if each.kind != "tree"}
                else:
                    pending.append((f"{path}/", entry.sha))
        return found

    def read_blob(self, sha: str) -> bytes:
        """Reads one file's bytes."""
        data = self.connection.request("GET", self._path("blobs/", sha)).data
        try:
            return base64.b64decode(take(data, "content"))
        except (binascii.Error, TypeError, ValueError):
            raise TrackerError(f"GitHub's answer for blob {sha[:7]} is not the file: run again") from None

    def add_files(self, base: str, files: Sequence[File]) -> str:
        """Makes a tree that is `base` but for `files`, and returns its id.

        Text stands in the tree's own request; what is none takes one more, for its blob. Both as in
        docs.github.com/rest/git/trees, "Create a tree".

        Raises:
            TrackerError: GitHub stored other bytes than were sent.
        """
        tree = base
        for batch in _batches(files):
            body = {"base_tree": tree, "tree": [self._entry_of(it) for it in batch]}
            tree = str(take(self.connection.request("POST", self._path("trees"), body=body).data, "sha"))
        for it in files:
            stored = self.find_entry(tree, it.path)
            if stored is None or stored.sha != blob_id(it.data):
                raise TrackerError("GitHub stored other bytes than were sent: nothing is committed")
        return tree

    def add_commit(self, message: str, tree: str, parent: str) -> str:
        """Makes a commit and returns its id. It names no author, so that GitHub signs it for a bot."""
        body = {"message": message, "tree": tree, "parents": [parent]}
        return str(take(self.connection.request("POST", self._path("commits"), body=body).data, "sha"))

    def add_branch(self, branch: str, sha: str) -> None:
        """Makes a branch at a commit."""
        self.connection.request("POST", self._path("refs"), body={"ref": f"refs/heads/{branch}", "sha": sha})

    def move_branch(self, branch: str, sha: str, *, force: bool = False) -> None:
        """Moves a branch to a commit: forward only, unless `force`."""
        self.connection.request("PATCH", self._path("refs/heads/", branch), body={"sha": sha, "force": force})

    def _entry_of(self, file: File) -> dict[str, str]:
        """The entry for a file of a tree to be made: its text, or else a blob made of its bytes."""
        entry = {"path": file.path, "mode": file.mode, "type": "blob"}
        with suppress(UnicodeDecodeError):
            text = file.data.decode("utf-8")
            if "\0" not in text:
                return entry | {"content": text}
        body = {"content": base64.b64encode(file.data).decode("ascii"), "encoding": "base64"}
        blob = self.connection.request("POST", self._path("blobs"), body=body)
        return entry | {"sha": str(take(blob.data, "sha"))}

    def _read_tree(self, sha: str) -> dict[str, TreeEntry]:
        if sha not in self._trees:
            data = self.connection.request("GET", self._path("trees/", sha)).data
            self._trees[sha] = {
                str(take(it, "path")): TreeEntry(
                    str(take(it, "mode")), str(take(it, "type")), str(take(it, "sha"))
                )
                for it in take_list(take(data, "tree"))
            }
        return self._trees[sha]

    def _path(self, kind: str, name: str = "") -> str:
        return f"/repos/{self.repository}/git/{kind}{quote(name, safe='/')}"
