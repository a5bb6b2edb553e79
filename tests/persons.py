"""Persons acting on a tracker by hand: on the web page, with git, in an editor, through the API.

Person       a login of our own GitHub, acting on its state: no request is counted, no permission asked
Somebody     who works in any tracker, speaking of issues by number: `Folder`, `Shop`, `Emulated`
Bench        the same behind the back of a tracker that a test drives itself
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pmsync.github.clock import Clock as AnyClock
from pmsync.github.connection import Connection
from pmsync.model import Issue, IssueRef
from pmsync.trackers.base import Tracker
from pmsync.trackers.github import GithubTracker
from pmsync.trackers.issue_file import IssueFile
from pmsync.trackers.local import LocalTracker
from tests.github.clock import Clock
from tests.github.emulator import Emulator
from tests.github.faults import Front
from tests.github.gitdata import GitError, Signature
from tests.github.state import Comment, GitHub, Milestone, Pull, Repository
from tests.github.state import Issue as GitHubIssue

MARKER = re.compile(r"<!-- pmsync:1 id=([0-9a-f]{16}) ")
LABEL = "postmortem"
COLOR = "b60205"
DESCRIPTION = "A follow-up of a postmortem"


# ------------------------------------------------------------------- a login of our own GitHub


def as_web_editor(text: str) -> str:
    """How GitHub's web editor sends a body: every line ends in CRLF."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


class Person:
    """A login that acts directly on the state: no request is counted, no permission asked."""

    def __init__(self, github: GitHub, login: str) -> None:
        self.github, self.login = github, login
        if github.find_user(login) is None:
            github.add_user(login)

    # ---- issues

    def open_issue(
        self,
        title: str,
        body: str | None = None,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        repository: Repository | None = None,
    ) -> GitHubIssue:
        """Opens an issue, in `acme/shop` unless told otherwise."""
        with self.github.lock:
            where = repository or self.github.shop
            return where.create_issue(self.login, title, body, labels, assignees)

    def copy_issue(self, issue: GitHubIssue) -> GitHubIssue:
        """Opens a second issue with the same title, body and labels ("Duplicate issue")."""
        return self.open_issue(issue.title, issue.body, issue.labels, repository=issue.repository)

    def edit_title(self, issue: GitHubIssue, title: str) -> None:
        """Retitles an issue."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, title=title)

    def edit_body(self, issue: GitHubIssue, body: str, *, crlf: bool = True) -> None:
        """Rewrites an issue's body, by default in the web editor, which turns the whole of it to CRLF."""
        with self.github.lock:
            text = as_web_editor(body) if crlf else body
            issue.repository.edit_issue(issue, self.login, body=text)

    def close(self, issue: GitHubIssue, reason: str = "completed", duplicate_of: int | None = None) -> None:
        """Closes an issue (or a pull request, unmerged)."""
        with self.github.lock:
            issue.repository.edit_issue(
                issue, self.login, state="closed", state_reason=reason, duplicate_of=duplicate_of
            )

    def reopen(self, issue: GitHubIssue) -> None:
        """Reopens an issue."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, state="open")

    def comment(self, issue: GitHubIssue, body: str) -> Comment:
        """Comments on an issue."""
        with self.github.lock:
            return issue.repository.comment(issue, self.login, body)

    def add_label(self, issue: GitHubIssue, name: str) -> None:
        """Adds a label, made where it does not exist."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, labels=[*issue.labels, name])

    def remove_label(self, issue: GitHubIssue, name: str) -> None:
        """Takes a label off."""
        with self.github.lock:
            kept = [each for each in issue.labels if each.casefold() != name.casefold()]
            issue.repository.edit_issue(issue, self.login, labels=kept)

    def assign(self, issue: GitHubIssue, login: str) -> None:
        """Assigns somebody, besides those who are."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, assignees=[*issue.assignees, login])

    def unassign(self, issue: GitHubIssue, login: str) -> None:
        """Takes an assignee off."""
        with self.github.lock:
            kept = [each for each in issue.assignees if each != login]
            issue.repository.edit_issue(issue, self.login, assignees=kept)

    def lock(self, issue: GitHubIssue, reason: str | None = None) -> None:
        """Locks the conversation."""
        with self.github.lock:
            issue.locked, issue.lock_reason = True, reason
            issue.repository.changed(issue)

    def set_milestone(self, issue: GitHubIssue, title: str) -> None:
        """Puts an issue into a milestone, made where it does not exist."""
        with self.github.lock:
            repository = issue.repository
            found = [each for each in repository.milestones if each.title == title]
            if not found:
                number = len(repository.milestones) + 1
                found = [Milestone(number, self.github.next_id(), title, self.github.clock.now())]
                repository.milestones += found
            issue.milestone = found[0]
            repository.changed(issue)

    def set_type(self, issue: GitHubIssue, name: str | None) -> None:
        """Gives an issue its type, such as Bug."""
        with self.github.lock:
            issue.type = name
            issue.repository.changed(issue)

    def transfer(self, issue: GitHubIssue, repository: Repository) -> GitHubIssue:
        """Moves an issue; it keeps the labels that the new place has, and its old number leads there."""
        with self.github.lock:
            kept = [name for name in issue.labels if repository.find_label(name)]
            moved = repository.create_issue(issue.author, issue.title, issue.body, kept)
            moved.state, moved.state_reason = issue.state, issue.state_reason
            moved.closed_at, moved.closed_by = issue.closed_at, issue.closed_by
            moved.created_at, moved.comments = issue.created_at, list(issue.comments)
            moved.assignees = [login for login in issue.assignees if repository.is_assignable(login)]
            issue.moved_to = moved
            repository.changed(moved)
            return moved

    def delete(self, issue: GitHubIssue) -> None:
        """Deletes an issue for good; its number is never given again."""
        with self.github.lock:
            issue.deleted = True

    # ---- repositories

    def rename(self, repository: Repository, name: str) -> None:
        """Renames a repository; its old name leads to it until somebody takes it."""
        with self.github.lock:
            self.github.renames[repository.full_name.casefold()] = repository.id
            repository.name = name

    def push(
        self,
        files: dict[str, str | bytes | None],
        message: str = "Change by hand",
        branch: str | None = None,
        repository: Repository | None = None,
    ) -> str:
        """Pushes one commit (None removes a file) to a branch, the default one unless told otherwise."""
        with self.github.lock:
            where = repository or self.github.shop
            now = self.github.clock.now().isoformat()
            author = Signature(self.login.title(), f"{self.login}@example.com", now)
            return where.git.put_files(branch or where.default_branch, files, message, author=author)

    # ---- pull requests

    def open_pull(
        self,
        title: str,
        head: str = "feature",
        base: str | None = None,
        body: str | None = None,
        repository: Repository | None = None,
        fork: str | None = None,
        labels: Iterable[str] = (),
    ) -> GitHubIssue:
        """Opens a pull request. Its branch need not exist where only the list of issues matters.

        Args:
            title: of the pull request.
            head: the branch to merge.
            base: where to; the default branch unless told otherwise.
            body: of the pull request.
            repository: `acme/shop` unless told otherwise.
            fork: full name of the fork that `head` is in (its commits lie in this repository's store).
            labels: to begin with.
        """
        with self.github.lock:
            where = repository or self.github.shop
            base = base or where.default_branch
            pull = Pull(head, base, fork=fork)
            if where.has_git:
                pull.head_sha, pull.base_sha = where.git.head(head) or "", where.git.head(base) or ""
            return where.create_issue(self.login, title, body, labels, pull=pull)

    def merge(self, issue: GitHubIssue) -> str:
        """Merges a pull request by a merge commit, and returns it. Raises `GitError` on a conflict.

        Where its branch does not exist it only becomes merged.
        """
        with self.github.lock:
            pull, repository = issue.pull, issue.repository
            if pull is None:
                raise TypeError(f"#{issue.number} is no pull request")
            sha = self._merge_commit(issue, pull) if repository.has_git else ""
            pull.merged_at, pull.merged_by = self.github.clock.now(), self.login
            pull.merge_sha = sha or "0" * 40
            repository.edit_issue(issue, self.login, state="closed")
            return pull.merge_sha

    def _merge_commit(self, issue: GitHubIssue, pull: Pull) -> str:
        git = issue.repository.git
        head, base = git.head(pull.head) or pull.head_sha, git.head(pull.base)
        if not head or not base:
            return ""
        tree = git.word("merge-tree", "--write-tree", base, head).splitlines()[0]
        who = Signature(self.login.title(), f"{self.login}@example.com", self.github.clock.now().isoformat())
        message = f"Merge pull request #{issue.number} from {pull.head}\n\n{issue.title}"
        sha = git.make_commit(message, tree, [base, head], who, who)
        git.set_ref(f"refs/heads/{pull.base}", sha)
        pull.head_sha = head
        return sha

    def delete_branch(self, branch: str, repository: Repository | None = None) -> None:
        """Deletes a branch, as the button after a merge does."""
        with self.github.lock:
            where = repository or self.github.shop
            if where.git.head(branch) is None:
                raise GitError(f"no branch {branch}")
            where.follow_branches()
            where.git.delete_ref(f"refs/heads/{branch}")


# ------------------------------------------------------------------------- in any tracker


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


class Somebody(Protocol):
    """Who works in a tracker by hand. `front` counts its requests, where there are any."""

    name: str
    front: Front | None
    can: frozenset[str]

    def issues(self) -> dict[int, Seen]: ...
    def moved(self, root: Path) -> "Somebody":
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


# ------------------------------------------------------------ behind the back of a tracker


class Bench(Protocol):
    """A fresh tracker, and a person who acts behind its back."""

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
class _ByHand:
    """The acts of a bench, done by somebody."""

    person: Somebody

    def close(self, issue: Issue, reason: str) -> None:
        self.person.close(issue.ref.number, reason)

    def reopen(self, issue: Issue) -> None:
        self.person.reopen(issue.ref.number)

    def retitle(self, issue: Issue, title: str) -> None:
        self.person.retitle(issue.ref.number, title)

    def unlabel(self, issue: Issue, label: str) -> None:
        self.person.unlabel(issue.ref.number, label)

    def delete(self, issue: Issue) -> None:
        self.person.delete(issue.ref.number)

    def assignee(self) -> str:
        return "bob"


class LocalBench(_ByHand):
    """Files in a folder."""

    def __init__(self, root: Path, clock: Clock) -> None:
        super().__init__(Folder(root, clock))
        self.root, self.clock = root, clock

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        return LocalTracker(self.root, label=label, previous_labels=previous_labels, clock=self.clock)

    def ref(self, number: int) -> IssueRef:
        return IssueRef("", number)


class ServerBench(_ByHand):
    """Our own GitHub, which enforces its rules."""

    def __init__(self, github: GitHub) -> None:
        super().__init__(Shop(github))
        self.github = github
        self.connections: list[Connection] = []

    def tracker(self, label: str = LABEL, previous_labels: Sequence[str] = ()) -> Tracker:
        connection = Connection(self.github.token, base_url=self.github.url, clock=self.github.clock)
        self.connections.append(connection)
        return github_tracker(connection, "acme/shop", label, previous_labels)

    def ref(self, number: int) -> IssueRef:
        return IssueRef("acme/shop", number)


@dataclass
class ApiBench:
    """A GitHub that is reached by its API alone: the emulator, a cassette, or the real one."""

    url: str
    token: str
    repository: str
    clock: AnyClock
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
