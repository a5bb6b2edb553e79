"""Where issues live, with a person at work there: files, our GitHub, or the emulator.

All acts are by number, so that a test reads the same on each of them.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pmsync.trackers.issue_file import IssueFile
from tests.github.clock import Clock
from tests.github.emulator import Emulator
from tests.github.faults import Front
from tests.github.people import as_web_editor
from tests.github.state import GitHub
from tests.github.state import Issue as GitHubIssue

MARKER = re.compile(r"<!-- pmsync:1 id=([0-9a-f]{16}) ")


@dataclass(frozen=True)
class Seen:
    """An issue as anybody sees it, on whatever tracker. `body` has its line ends as LF."""

    number: int
    title: str
    body: str
    is_open: bool
    reason: str | None
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    comments: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether it bears a marker."""
        return bool(MARKER.search(self.body))

    @property
    def marker_id(self) -> str:
        """Its marker's random id; empty without one."""
        found = MARKER.search(self.body)
        return found[1] if found else ""


class Office(Protocol):
    """A tracker, and somebody who works in it by hand. `front` counts requests, where there are any."""

    name: str
    front: Front | None
    can: frozenset[str]

    def issues(self) -> dict[int, Seen]: ...
    def moved(self, root: Path) -> "Office":
        """The same for another checkout: files move with it, a server does not."""
        ...

    def open(self, title: str, body: str = "", labels: Collection[str] = (), *, by: str = "alice") -> int: ...
    def close(self, number: int, reason: str = "completed") -> None: ...
    def reopen(self, number: int) -> None: ...
    def retitle(self, number: int, title: str) -> None: ...
    def rewrite(self, number: int, body: str) -> None:
        """In the web editor, where there is one: it turns the whole body to CRLF."""
        ...

    def comment(self, number: int, text: str) -> None: ...
    def label(self, number: int, name: str) -> None: ...
    def unlabel(self, number: int, name: str) -> None: ...
    def assign(self, number: int, login: str) -> None: ...
    def unassign(self, number: int, login: str) -> None: ...
    def delete(self, number: int) -> None: ...


# ------------------------------------------------------------------------------- files


class Folder:
    """Issues as files; the person has an editor."""

    name = "local"
    front: Front | None = None
    can = frozenset({"delete", "duplicate"})

    def __init__(self, root: Path, clock: Clock) -> None:
        self.root, self.clock = root, clock

    def moved(self, root: Path) -> "Folder":
        return Folder(root, self.clock)

    def issues(self) -> dict[int, Seen]:
        found = {}
        for path in sorted((self.root / ".pmsync" / "issues").glob("[0-9]*.md")):
            page = IssueFile.parse(path.read_bytes().decode())
            said = re.split(r"(?m)^<!-- comment by [^\n]*-->\n", page.text)[1:]
            found[int(path.stem)] = Seen(
                number=int(path.stem),
                title=page.text_of("title"),
                body=page.body.replace("\r\n", "\n"),
                is_open=page.is_open,
                reason=page.state_reason,
                labels=page.names("labels"),
                assignees=page.names("assignees"),
                comments=tuple(text.strip() for text in said),
            )
        return found

    def open(self, title: str, body: str = "", labels: Collection[str] = (), *, by: str = "alice") -> int:
        folder = self.root / ".pmsync" / "issues"
        folder.mkdir(parents=True, exist_ok=True)
        number = max(self.issues(), default=0) + 1
        head = f"title: {title}\nstate: open\nlabels: [{', '.join(labels)}]\nassignees: []\nauthor: {by}\n"
        (folder / f"{number}.md").write_text(f"---\n{head}---\n\n{body}\n")
        return number

    def close(self, number: int, reason: str = "completed") -> None:
        self._replace(
            number, r"^state: open\n(state_reason: .*\n)?", f"state: closed\nstate_reason: {reason}\n"
        )

    def reopen(self, number: int) -> None:
        self._replace(number, r"^state: closed$", "state: open")

    def retitle(self, number: int, title: str) -> None:
        self._replace(number, r"^title: .*$", f"title: {title}")

    def rewrite(self, number: int, body: str) -> None:
        path = self._path(number)
        path.write_bytes(IssueFile.parse(path.read_bytes().decode()).with_body(body).text.encode())

    def comment(self, number: int, text: str) -> None:
        path = self._path(number)
        page = IssueFile.parse(path.read_bytes().decode()).with_comment(text, "alice", self.clock.now())
        path.write_bytes(page.text.encode())

    def label(self, number: int, name: str) -> None:
        self._names(number, "labels", [*self.issues()[number].labels, name])

    def unlabel(self, number: int, name: str) -> None:
        self._names(number, "labels", [each for each in self.issues()[number].labels if each != name])

    def assign(self, number: int, login: str) -> None:
        self._names(number, "assignees", [*self.issues()[number].assignees, login])

    def unassign(self, number: int, login: str) -> None:
        kept = [each for each in self.issues()[number].assignees if each != login]
        self._names(number, "assignees", kept)

    def delete(self, number: int) -> None:
        self._path(number).unlink()

    def _names(self, number: int, key: str, names: list[str]) -> None:
        self._replace(number, rf"^{key}: .*$", f"{key}: [{', '.join(names)}]")

    def _replace(self, number: int, old: str, new: str) -> None:
        path = self._path(number)
        text, count = re.subn(f"(?m){old}", lambda _: new, path.read_bytes().decode(), count=1)
        assert count, f"{old} is not in {path}"
        path.write_bytes(text.encode())

    def _path(self, number: int) -> Path:
        return self.root / ".pmsync" / "issues" / f"{number}.md"


# ------------------------------------------------------------------------------ GitHub


def see(issue: GitHubIssue) -> Seen:
    """An issue of our own GitHub, as anybody sees it."""
    return Seen(
        number=issue.number,
        title=issue.title,
        body=(issue.body or "").replace("\r\n", "\n"),
        is_open=issue.is_open,
        reason=issue.state_reason,
        labels=tuple(issue.labels),
        assignees=tuple(issue.assignees),
        comments=tuple(comment.body for comment in issue.comments),
    )


class Shop:
    """`acme/shop` of the GitHub in `tests.github`, and alice, who may do everything there."""

    name = "github"
    can = frozenset({"delete", "duplicate", "transfer", "permissions", "pulls"})

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.front: Front | None = github
        self.alice = github.person("alice")

    def moved(self, root: Path) -> "Shop":
        return self

    def issues(self) -> dict[int, Seen]:
        return {issue.number: see(issue) for issue in self.github.shop.live_issues}

    def open(self, title: str, body: str = "", labels: Collection[str] = (), *, by: str = "alice") -> int:
        return self.github.person(by).open_issue(title, body, labels).number

    def close(self, number: int, reason: str = "completed") -> None:
        self.alice.close(self.at(number), reason)

    def reopen(self, number: int) -> None:
        self.alice.reopen(self.at(number))

    def retitle(self, number: int, title: str) -> None:
        self.alice.edit_title(self.at(number), title)

    def rewrite(self, number: int, body: str) -> None:
        self.alice.edit_body(self.at(number), body)

    def comment(self, number: int, text: str) -> None:
        self.alice.comment(self.at(number), text)

    def label(self, number: int, name: str) -> None:
        self.alice.add_label(self.at(number), name)

    def unlabel(self, number: int, name: str) -> None:
        self.alice.remove_label(self.at(number), name)

    def assign(self, number: int, login: str) -> None:
        self.alice.assign(self.at(number), login)

    def unassign(self, number: int, login: str) -> None:
        self.alice.unassign(self.at(number), login)

    def delete(self, number: int) -> None:
        self.alice.delete(self.at(number))

    def at(self, number: int) -> GitHubIssue:
        """The issue itself, for what only GitHub can do."""
        return self.github.shop.issue(number)


# ---------------------------------------------------------------------------- emulator


class Emulated:
    """A fresh repository of the emulator, worked in through its API, uncounted."""

    name = "emulator"
    can = frozenset[str]()

    def __init__(self, emulator: Emulator, repository: str) -> None:
        self.emulator, self.repository = emulator, repository
        self.front: Front | None = emulator

    def moved(self, root: Path) -> "Emulated":
        return self

    def issues(self) -> dict[int, Seen]:
        found: list[Any] = []
        for page in range(1, 100):
            entries: Any = self._call("GET", f"?state=all&per_page=100&page={page}")
            found += entries
            if len(entries) < 100:
                break
        return {entry["number"]: self._seen(entry) for entry in found}

    def _seen(self, entry: Any) -> Seen:
        comments: Any = self._call("GET", f"/{entry['number']}/comments") if entry["comments"] else []
        return Seen(
            number=entry["number"],
            title=entry["title"],
            body=(entry["body"] or "").replace("\r\n", "\n"),
            is_open=entry["state"] == "open",
            reason=entry["state_reason"],
            labels=tuple(label["name"] for label in entry["labels"]),
            assignees=tuple(user["login"] for user in entry["assignees"]),
            comments=tuple(comment["body"] for comment in comments),
        )

    def open(self, title: str, body: str = "", labels: Collection[str] = (), *, by: str = "alice") -> int:
        made: Any = self._call("POST", "", {"title": title, "body": body, "labels": list(labels)})
        number: int = made["number"]
        return number

    def close(self, number: int, reason: str = "completed") -> None:
        self._edit(number, state="closed", state_reason=reason)

    def reopen(self, number: int) -> None:
        self._edit(number, state="open")

    def retitle(self, number: int, title: str) -> None:
        self._edit(number, title=title)

    def rewrite(self, number: int, body: str) -> None:
        self._edit(number, body=as_web_editor(body))

    def comment(self, number: int, text: str) -> None:
        self._call("POST", f"/{number}/comments", {"body": text})

    def label(self, number: int, name: str) -> None:
        self._edit(number, labels=[*self.issues()[number].labels, name])

    def unlabel(self, number: int, name: str) -> None:
        self._edit(number, labels=[each for each in self.issues()[number].labels if each != name])

    def assign(self, number: int, login: str) -> None:
        self._edit(number, assignees=[*self.issues()[number].assignees, login])

    def unassign(self, number: int, login: str) -> None:
        self._edit(number, assignees=[each for each in self.issues()[number].assignees if each != login])

    def delete(self, number: int) -> None:
        raise NotImplementedError

    def _edit(self, number: int, **changes: object) -> None:
        self._call("PATCH", f"/{number}", changes)

    def _call(self, method: str, tail: str, body: object = None) -> object:
        return self.emulator.call(method, f"/repos/{self.repository}/issues{tail}", body)
