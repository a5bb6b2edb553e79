"""A small world to sync in: a git repository, a tracker, people, and `pmsync` itself, run in this process.

    world.write("postmortems/a.md", postmortem("Alert on memory", "Patch the cart"))
    world.sync()
    world.person.close(1, "not_planned")
    assert world.sync().actions == ["follow"]
    world.settled()

Tests speak of issues by number, and of documents by the text that people wrote: the same on every tracker.
"""

import contextlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from pmsync.cli import main
from pmsync.errors import Interrupted
from pmsync.interruption import Interruption
from tests.conftest import Checkout
from tests.github.faults import Front, Request
from tests.persons import Seen, Somebody

DOCUMENT = "postmortems/2026-03-01-cart.md"
"""Where most tests keep their items."""

_LINK = r"\[(?:[\w.-]+/[\w.-]+)?#(?P<{0}>\d+)\]\((?P<{0}_url>[^()\s]+)\)"
_ANNOTATION = re.compile(
    rf"[ \t]?\({_LINK.format('number')}(?:: (?P<word>[^()\n]*))?\)"
    rf"|(?<=\|)[ \t]?{_LINK.format('bare')}: (?P<bare_word>open|done|won't do|duplicate|missing)"
)
_BOX = re.compile(r"(?m)^(?P<lead>[ \t>]*(?:[-+*]|\d+[.)])[ \t]+)\[[ xX]?\]")
_LEAD = re.compile(r"(?m)^(?P<lead>- (?:\*\*|\[)?)DONE(?=\*\*|\]|:)")
_STATUS = re.compile(r"(?<=\|) (?:open|done) (?=\|)")


def postmortem(*items: str, title: str = "The cart was down", front: str = "", more: str = "") -> str:
    """A document with these items in one list; an item that starts with a box or a mark keeps it."""
    lines = [item if re.match(r"[-*|]|\d+\.", item) else f"- {item}" for item in items]
    head = f"---\n{front.strip()}\n---\n" if front else ""
    return (
        f"{head}# {title}\n\nIt was down for an hour.\n\n## Action items\n\n" + "\n".join(lines) + f"\n{more}"
    )


def stripped(text: str) -> str:
    """A document without annotations, and with every box and status cell the same: what is people's alone."""
    return _STATUS.sub(
        " open ", _BOX.sub(r"\g<lead>[ ]", _LEAD.sub(r"\g<lead>TODO", _ANNOTATION.sub("", text)))
    )


@dataclass(frozen=True)
class Link:
    """An annotation as it stands in a document, read by other rules than pmsync's own."""

    number: int
    url: str
    word: str | None


def find_links(text: str) -> list[Link]:
    """The annotations of a text, in order."""
    return [
        Link(int(m["number"] or m["bare"]), m["number_url"] or m["bare_url"], m["word"] or m["bare_word"])
        for m in _ANNOTATION.finditer(text)
    ]


@dataclass(frozen=True)
class Ran:
    """What a run of the command line came to."""

    code: int
    out: str
    err: str

    @cached_property
    def data(self) -> dict[str, Any]:
        """Its result as JSON."""
        assert self.out, f"no result: {self.err}"
        data: dict[str, Any] = json.loads(self.out)
        return data

    @property
    def actions(self) -> list[str]:
        """The actions of its changes, in order."""
        return [change["action"] for change in self.data["changes"]]

    @property
    def identities(self) -> list[str]:
        """How the issue of each item was found, in document order."""
        return [item["identity"] for item in self.data["items"]]

    def tells(self, *words: str, of: str = "warnings") -> bool:
        """Whether one and the same notice holds all these words; `of` says among which."""
        return any(all(word in notice for word in words) for notice in self.data[of])


@dataclass
class World:
    """All of it. Make one by the fixture `world` (both trackers), `local`, `shop` or `emulated`.

    Attributes:
        repo: the git repository that holds the documents.
        person: somebody who works on issues by hand, wherever they live.
        env: what the command line is given besides the tests' clean environment.
        wrote: what people wrote, by document; what pmsync must bring back to the byte.
        insists: whether a sync takes documents that nobody committed, as most tests do.
    """

    repo: Checkout
    person: Somebody
    env: dict[str, str] = field(default_factory=dict)
    wrote: dict[str, str] = field(default_factory=dict)
    insists: bool = True

    @property
    def is_local(self) -> bool:
        """Whether issues are files."""
        return self.person.name == "local"

    # ---- documents, as people write them

    def write(self, path: str, text: str) -> None:
        """Writes a document, byte for byte, annotations that people kept or copied included."""
        self.repo.write(path, text)
        self.wrote[path] = stripped(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces one place of a document, as in an editor."""
        text = self.text(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in:\n{text}"
        self.write(path, text.replace(old, new))

    def text(self, path: str = DOCUMENT) -> str:
        """A document's text, its line ends kept."""
        return self.repo.read(path)

    def line(self, words: str, path: str = DOCUMENT) -> str:
        """The one line of a document that holds these words."""
        found = [line for line in self.text(path).split("\n") if words in line]
        assert len(found) == 1, f"{words!r} stands on {len(found)} lines of:\n{self.text(path)}"
        return found[0]

    def remove(self, path: str) -> None:
        """Deletes a document."""
        (self.repo.path / path).unlink()
        self.wrote.pop(path, None)

    def rename(self, path: str, new: str) -> None:
        """Moves a document."""
        target = self.repo.path / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.repo.path / path).rename(target)
        self.wrote[new] = self.wrote.pop(path)

    def unwrite(self) -> None:
        """Puts the documents back to what people wrote, as while a write-back is not merged yet."""
        for path, text in self.wrote.items():
            self.repo.write(path, text)

    def configure(self, **options: object) -> None:
        """Writes the configuration: values as in YAML (JSON is YAML)."""
        text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in options.items())
        if self.is_local:
            text += "tracker: local\n"
        self.repo.write(".github/pmsync.yml", text)

    def links(self, path: str | None = None) -> list[Link]:
        """The annotations of a document, or of all."""
        paths = [path] if path else sorted(self.wrote)
        return [link for each in paths for link in find_links(self.text(each))]

    def link(self, words: str, path: str = DOCUMENT) -> Link:
        """The annotation on the line that holds these words."""
        found = find_links(self.line(words, path))
        assert len(found) == 1, f"{len(found)} links in {self.line(words, path)!r}"
        return found[0]

    # ---- the command line

    def run(self, *args: str) -> Ran:
        """Runs `pmsync` in the repository. Whatever it raises but its own errors, the test sees raised."""
        options = ["--tracker", "local"] if self.is_local else []
        options += ["--allow-uncommitted"] if args[0] == "sync" and self.insists else []
        with contextlib.chdir(self.repo.path):
            done = CliRunner(env=self.env).invoke(
                main, [args[0], *options, *args[1:]], catch_exceptions=False
            )
        return Ran(done.exit_code, done.stdout, done.stderr)

    def sync(self, *args: str, code: int = 0) -> Ran:
        """Runs `pmsync sync`, and holds it to its exit code."""
        return self._held(code, "sync", *args)

    def plan(self, *args: str, code: int = 0) -> Ran:
        """Runs `pmsync plan`."""
        return self._held(code, "plan", *args)

    def status(self, *args: str, code: int = 0) -> Ran:
        """Runs `pmsync status`."""
        return self._held(code, "status", *args)

    def _held(self, code: int, command: str, *args: str) -> Ran:
        ran = self.run(command, *(() if "--format" in args else ("--format", "json")), *args)
        assert ran.code == code, f"{command} exited {ran.code}\n{ran.err}\n{ran.out}"
        return ran

    # ---- issues and requests

    def issues(self) -> dict[int, Seen]:
        """Every issue there is, by number, whatever its label."""
        return self.person.issues()

    def issue(self, number: int) -> Seen:
        """One issue."""
        return self.issues()[number]

    @property
    def requests(self) -> list[Request]:
        """Every request so far; none where issues are files."""
        return self.person.front.requests if self.person.front else []

    @contextmanager
    def watch(self) -> Iterator[list[Request]]:
        """Gives a list that holds, after the block, the requests made within it."""
        front = self.person.front or Front("")
        with front.watch() as seen:
            yield seen

    def files(self) -> Mapping[str, tuple[bytes, int]]:
        """Every file outside of `.git`, issues included: its bytes, and when it was written."""
        found = {}
        for folder, folders, names in os.walk(self.repo.path):
            folders[:] = [name for name in folders if name != ".git"]
            for name in names:
                path = Path(folder) / name
                if not path.is_symlink():
                    found[str(path.relative_to(self.repo.path))] = (
                        path.read_bytes(),
                        path.stat().st_mtime_ns,
                    )
        return found

    # ---- what must hold whenever a sync is over

    def settled(self, *, loose: Collection[int] = (), shared: Collection[int] = (), code: int = 0) -> Ran:
        """Holds the world to its promises, and returns the second sync.

        A second sync finds nothing to do and writes nothing; every open issue of ours stands beside exactly
        one item; the documents are what people wrote.

        Args:
            loose: issues of ours that no document names (orphans, reported twins).
            shared: issues that several items name (copies, an adopted issue).
            code: the exit code of every further run, where a document cannot be read.
        """
        self.is_intact(loose=loose, shared=shared)
        before = self.files()
        with self.watch() as seen:
            again = self.sync(code=code)
        assert again.actions == [], again.out
        assert [str(request) for request in seen if request.is_write] == []
        assert self.files() == before
        self.plan("--exit-code", code=code)
        return again

    def is_intact(self, *, loose: Collection[int] = (), shared: Collection[int] = ()) -> None:
        """Holds documents and issues to each other; the part of `settled` that runs nothing."""
        for path, text in self.wrote.items():
            assert stripped(self.text(path)) == stripped(text), path
        numbers = [link.number for link in self.links() if link.number not in shared]
        assert len(set(numbers)) == len(numbers), f"two items have one issue: {sorted(numbers)}"
        ours = {number for number, issue in self.issues().items() if issue.is_ours and issue.is_open}
        assert ours - {*numbers, *shared} == set(loose), "issues of ours that no item names"

    def clone(self, name: str) -> "World":
        """A second checkout of the same documents, as they are, with the same issues."""
        path = self.repo.path.with_name(name)
        shutil.copytree(self.repo.path, path)
        return World(Checkout(path), self.person.moved(path), dict(self.env), dict(self.wrote))


@dataclass
class Clone(World):
    """A clone of `acme/shop`, as somebody works in it."""

    def push(self, message: str = "Change") -> str:
        """Commits everything and pushes the branch that is checked out."""
        sha = self.repo.commit(message=message)
        self.repo.git("push", "--quiet", "origin", "HEAD")
        return sha

    def pull(self) -> None:
        self.repo.git("pull", "--quiet", "--ff-only")

    def branch(self, name: str) -> None:
        self.repo.git("checkout", "--quiet", "-b", name)


Clones = Callable[[str], Clone]


@contextmanager
def unwaiting(now: Callable[[], Any], sleep: Callable[[float], None]) -> Iterator[None]:
    """Gives `pmsync` another clock, so that no test waits; signals are only caught in the main thread."""
    armed = Interruption.armed

    def asleep(self: Interruption, seconds: float) -> None:
        if self():
            raise Interrupted("interrupted while waiting")
        sleep(seconds)

    def arm(self: Interruption) -> contextlib.AbstractContextManager[None]:
        in_main = threading.current_thread() is threading.main_thread()
        return armed(self) if in_main else contextlib.nullcontext()

    with mock.patch.multiple(Interruption, now=lambda _: now(), sleep=asleep, armed=arm):
        yield
