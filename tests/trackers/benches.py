"""What the contract suite stands on: a tracker, and a person who acts behind its back.

One bench for each way to have a tracker. What not every GitHub can do (the emulator deletes nothing) a test
says by `needs`; the promise is then kept by the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from pmsync.github.clock import Clock
from pmsync.github.connection import Connection
from pmsync.model import Issue, IssueRef
from pmsync.trackers.base import Tracker
from pmsync.trackers.github import GithubTracker
from pmsync.trackers.local import LocalTracker
from tests.github.state import GitHub

LABEL = "postmortem"
COLOR = "b60205"
DESCRIPTION = "A follow-up of a postmortem"
AnyTest = TypeVar("AnyTest", bound=Callable[..., None])


def needs(*abilities: str) -> Callable[[AnyTest], AnyTest]:
    """Says what a GitHub must be able to do for a test: `delete` issues, close them as a `duplicate`."""

    def mark(test: AnyTest) -> AnyTest:
        vars(test)["needs"] = frozenset(abilities)
        return test

    return mark


def needs_of(test: Callable[..., None]) -> frozenset[str]:
    """What `needs` said of a test."""
    found: frozenset[str] = vars(test).get("needs", frozenset())
    return found


class Bench(Protocol):
    """A fresh tracker and its surroundings."""

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        """A tracker as a new run would make it: it remembers nothing."""
        ...

    def ref(self, number: int) -> IssueRef: ...
    def assignee(self) -> str:
        """Somebody to whom issues can be assigned."""
        ...

    def close(self, issue: Issue, reason: str) -> None: ...
    def reopen(self, issue: Issue) -> None: ...
    def retitle(self, issue: Issue, title: str) -> None: ...
    def unlabel(self, issue: Issue, label: str) -> None: ...
    def delete(self, issue: Issue) -> None: ...


@dataclass
class LocalBench:
    """Files in a folder; the person has an editor."""

    root: Path
    clock: Clock

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        return LocalTracker(self.root, label=label, previous_labels=previous_labels, clock=self.clock)

    def ref(self, number: int) -> IssueRef:
        return IssueRef("", number)

    def assignee(self) -> str:
        return "bob"

    def close(self, issue: Issue, reason: str) -> None:
        self._replace(issue, "state: open", f"state: closed\nstate_reason: {reason}")

    def reopen(self, issue: Issue) -> None:
        self._replace(issue, "state: closed", "state: open")

    def retitle(self, issue: Issue, title: str) -> None:
        self._replace(issue, f"title: {issue.title}", f"title: {title}")

    def unlabel(self, issue: Issue, label: str) -> None:
        self._replace(issue, f"labels: [{label}]", "labels: []")

    def delete(self, issue: Issue) -> None:
        (self.root / issue.url).unlink()

    def _replace(self, issue: Issue, old: str, new: str) -> None:
        path = self.root / issue.url
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))


@dataclass
class FakeBench:
    """The enforcing server of `tests/github`; the person acts on its state."""

    github: GitHub
    connections: list[Connection] = field(default_factory=list)

    def connection(self) -> Connection:
        connection = Connection(self.github.token, base_url=self.github.url, clock=self.github.clock)
        self.connections.append(connection)
        return connection

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        return github_tracker(self.connection(), "acme/shop", label, previous_labels)

    def ref(self, number: int) -> IssueRef:
        return IssueRef("acme/shop", number)

    def assignee(self) -> str:
        return "bob"

    def close(self, issue: Issue, reason: str) -> None:
        self._edit(issue, state="closed", state_reason=reason)

    def reopen(self, issue: Issue) -> None:
        self._edit(issue, state="open")

    def retitle(self, issue: Issue, title: str) -> None:
        self._edit(issue, title=title)

    def unlabel(self, issue: Issue, label: str) -> None:
        self._edit(issue, labels=[name for name in issue.labels if name != label])

    def delete(self, issue: Issue) -> None:
        self.github.shop.issue(issue.ref.number).deleted = True

    def _edit(self, issue: Issue, **changes: object) -> None:
        shop = self.github.shop
        shop.edit_issue(shop.issue(issue.ref.number), "alice", **changes)  # type: ignore[arg-type]


@dataclass
class ApiBench:
    """A GitHub that is reached by its API alone: the emulator, a cassette, or the real one."""

    url: str
    token: str
    repository: str
    clock: Clock
    login: str
    connections: list[Connection] = field(default_factory=list)

    def connection(self) -> Connection:
        connection = Connection(self.token, base_url=self.url, clock=self.clock)
        self.connections.append(connection)
        return connection

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        return github_tracker(self.connection(), self.repository, label, previous_labels)

    def ref(self, number: int) -> IssueRef:
        return IssueRef(self.repository, number)

    def assignee(self) -> str:
        return self.login

    def close(self, issue: Issue, reason: str) -> None:
        self._edit(issue, state="closed", state_reason=reason)

    def reopen(self, issue: Issue) -> None:
        self._edit(issue, state="open")

    def retitle(self, issue: Issue, title: str) -> None:
        self._edit(issue, title=title)

    def unlabel(self, issue: Issue, label: str) -> None:
        self._edit(issue, labels=[name for name in issue.labels if name != label])

    def delete(self, issue: Issue) -> None:
        raise NotImplementedError

    def _edit(self, issue: Issue, **changes: object) -> None:
        self.connection().request(
            "PATCH", f"/repos/{self.repository}/issues/{issue.ref.number}", body=changes
        )


def github_tracker(
    connection: Connection, repository: str, label: str = LABEL, previous_labels: Sequence[str] = ()
) -> GithubTracker:
    """A tracker as most tests want it."""
    return GithubTracker(
        connection,
        repository,
        label=label,
        label_color=COLOR,
        label_description=DESCRIPTION,
        previous_labels=previous_labels,
    )
