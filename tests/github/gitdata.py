"""Git objects and references, kept in a real bare repository by the real `git`.

So a test can clone by path, push past the API, and compare what the API made with what git makes. Nothing is
cached: what was pushed a moment ago is what the next request sees.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import children

MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "160000": "commit", "040000": "tree"}


class GitError(Exception):
    """What git printed when it refused."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree; `size` only for a blob. A `sha` of None removes the path."""

    path: str
    mode: str
    kind: str
    sha: str | None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


class Git:
    """A bare repository at `path`, created empty."""

    def __init__(self, path: Path, default_branch: str) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        children.run(["git", "init", "-q", "--bare", "-b", default_branch, str(path)], env=self._environment)

    def run(
        self, *arguments: str, stdin: bytes | None = None, environment: dict[str, str] | None = None
    ) -> bytes:
        """Runs git here and returns what it printed. Raises `GitError`."""
        done = children.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=b"" if stdin is None else stdin,
            text=False,
            env=self._environment | (environment or {}),
            check=False,
        )
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"git {arguments[0]} failed")
        return bytes(done.stdout)

    def word(
        self, *arguments: str, stdin: bytes | None = None, environment: dict[str, str] | None = None
    ) -> str:
        """The same as text, without the line's end."""
        return (
            self.run(*arguments, stdin=stdin, environment=environment)
            .decode("utf-8", "surrogateescape")
            .strip()
        )

    # ---- references

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """All references below `prefix`, with the object each names."""
        lines = self.word("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def ref(self, name: str) -> str | None:
        """The object that the full reference `name` names."""
        try:
            return self.word("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        except GitError:
            return None

    def head(self, branch: str) -> str | None:
        """The commit at the tip of `branch`."""
        return self.ref(f"refs/heads/{branch}")

    def set_ref(self, name: str, sha: str) -> None:
        """Creates or moves a reference."""
        self.run("update-ref", "--", name, sha)

    def delete_ref(self, name: str) -> None:
        """Deletes a reference."""
        self.run("update-ref", "-d", "--", name)

    def is_valid_ref(self, name: str) -> bool:
        """Whether git would take `name` as a full reference."""
        try:
            self.run("check-ref-format", name)
        except GitError:
            return False
        return True

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag or SHA names."""
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if found := self.ref(f"{candidate}^{{commit}}"):
                return found
        return None

    # ---- objects

    def kind(self, sha: str) -> str | None:
        """`blob`, `tree`, `commit` or `tag`; None where there is no such object."""
        if not 4 <= len(sha) <= 40 or not all(each in "0123456789abcdef" for each in sha):
            return None
        try:
            return self.word("cat-file", "-t", sha)
        except GitError:
            return None

    def blob(self, sha: str) -> bytes:
        """A blob's bytes."""
        return self.run("cat-file", "blob", sha)

    def make_blob(self, content: bytes) -> str:
        """Stores bytes."""
        return self.word("hash-object", "-w", "--stdin", stdin=content)

    def tree(self, tree_ish: str, recursive: bool = False) -> list[Entry]:
        """A tree's entries; recursively with the trees themselves, as GitHub lists them."""
        options = ["-r", "-t"] if recursive else []
        listed = self.run("ls-tree", "-z", "--long", *options, tree_ish)
        entries = []
        for line in listed.split(b"\0")[:-1]:
            head, path = line.split(b"\t", 1)
            mode, kind, sha, size = head.decode().split()
            text = path.decode("utf-8", "surrogateescape")
            entries.append(Entry(text, mode, kind, sha, None if size == "-" else int(size)))
        return entries

    def find(self, tree_ish: str, path: str) -> Entry | None:
        """The entry at `path`."""
        listed = self.run("ls-tree", "-z", "--long", tree_ish, "--", path.rstrip("/"))
        for line in listed.split(b"\0")[:-1]:
            mode, kind, sha, size = line.split(b"\t", 1)[0].decode().split()
            return Entry(path, mode, kind, sha, None if size == "-" else int(size))
        return None

    def make_tree(self, base: str | None, entries: Sequence[Entry]) -> str:
        """Stores a tree: `base` with `entries` put in, replaced or (sha None) removed."""
        with tempfile.TemporaryDirectory(dir=self.path) as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.run("read-tree", *([base] if base else ["--empty"]), environment=index)
            lines = [
                f"{entry.mode} {entry.sha}\t{entry.path}" if entry.sha else f"0 {'0' * 40}\t{entry.path}"
                for entry in entries
                if entry.kind != "tree"
            ]
            listed = "".join(line + "\0" for line in lines).encode("utf-8", "surrogateescape")
            self.run("update-index", "-z", "--replace", "--index-info", stdin=listed, environment=index)
            for entry in entries:
                if entry.kind == "tree" and entry.sha:
                    self.run(
                        "rm", "-r", "-q", "--cached", "--ignore-unmatch", "--", entry.path, environment=index
                    )
                    self.run("read-tree", f"--prefix={entry.path}/", entry.sha, environment=index)
            return self.word("write-tree", environment=index)

    def commit(self, sha: str) -> Commit:
        """Reads a commit."""
        pieces = self.run(
            "log", "-1", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", sha
        ).decode("utf-8", "replace")
        full, tree, parents, *who, message = pieces.removesuffix("\n").split("\0")
        author, committer = Signature(*who[:3]), Signature(*who[3:])
        return Commit(full, tree, tuple(parents.split()), author, committer, message.removesuffix("\n"))

    def make_commit(
        self, message: str, tree: str, parents: Sequence[str], author: Signature, committer: Signature
    ) -> str:
        """Stores a commit."""
        who = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": committer.date,
        }
        options = [option for parent in parents for option in ("-p", parent)]
        return self.word("commit-tree", tree, *options, stdin=message.encode(), environment=who)

    # ---- history

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` holds all of `old`'s history."""
        try:
            self.run("merge-base", "--is-ancestor", old, new)
        except GitError:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        """Where two histories parted."""
        try:
            return self.word("merge-base", one, other)
        except GitError:
            return None

    def log(self, *revisions: str, path: str | None = None, limit: int | None = None) -> list[str]:
        """Commits, newest first."""
        options = [f"--max-count={limit}"] if limit else []
        paths = ["--", path] if path else ["--"]
        return self.word("rev-list", *options, *revisions, *paths).split()

    def patch(self, old: str, new: str, path: str) -> str:
        """The hunks of one file's diff; empty where it is binary, or only its name changed."""
        told = self.run("diff", "-M", "--no-color", old, new, "--", path).decode("utf-8", "replace")
        _, hunk, rest = told.partition("\n@@ ")
        return f"@@ {rest}".removesuffix("\n") if hunk else ""

    def changed_files(self, old: str, new: str) -> list[dict[str, object]]:
        """What differs between two commits, as GitHub lists files."""
        raw = self.run("diff", "--raw", "-M", "-z", "--abbrev=40", old, new).decode(
            "utf-8", "surrogateescape"
        )
        counts = self.run("diff", "--numstat", "--no-renames", "-z", old, new).decode(
            "utf-8", "surrogateescape"
        )
        lines = {each.split("\t", 2)[2]: each.split("\t", 2)[:2] for each in counts.split("\0")[:-1]}
        words = iter(raw.split("\0")[:-1])
        files: list[dict[str, object]] = []
        names = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "T": "changed"}
        for head in words:
            _, _, _, sha, status = head.split()
            path, previous = next(words), None
            if status[0] in "RC":
                previous, path = path, next(words)
            added, deleted = (int(n) if n.isdigit() else 0 for n in lines.get(path, ("0", "0")))
            file: dict[str, object] = {
                "sha": None if set(sha) == {"0"} else sha,
                "filename": path,
                "status": names.get(status[0], "modified"),
                "additions": added,
                "deletions": deleted,
                "changes": added + deleted,
            }
            if patch := self.patch(old, new, path):
                file["patch"] = patch
            if previous:
                file |= {"previous_filename": previous, "additions": 0, "deletions": 0, "changes": 0}
            files.append(file)
        return files

    # ---- by hand

    def put_files(
        self,
        branch: str,
        files: dict[str, str | bytes | None],
        message: str = "Change by hand",
        *,
        modes: dict[str, str] | None = None,
        author: Signature = Signature("Alice", "alice@example.com", "2026-03-01T08:00:00Z"),
    ) -> str:
        """Commits files (None removes one) to a branch as a person's push would; returns the commit."""
        head = self.head(branch)
        entries = [
            Entry(
                path,
                (modes or {}).get(path, "100644"),
                "blob",
                None
                if content is None
                else self.make_blob(content.encode() if isinstance(content, str) else content),
            )
            for path, content in files.items()
        ]
        tree = self.make_tree(head, entries)
        commit = self.make_commit(message, tree, [head] if head else [], author, author)
        self.set_ref(f"refs/heads/{branch}", commit)
        return commit

    def file(self, branch: str, path: str) -> bytes:
        """A file's bytes at the tip of a branch."""
        return self.run("cat-file", "blob", f"refs/heads/{branch}:{path}")
