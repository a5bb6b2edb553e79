"""The state of a small GitHub and its rules: who may do what, and what becomes of it. No HTTP here.

A rule that says no raises `No`, with the status and body that GitHub would answer. The rules follow GitHub's
REST documentation; where it is silent, what clients have reported, and then the stricter reading.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.github.clock import Clock
from tests.github.faults import Front
from tests.github.gitdata import Git
from tests.github.limits import Limits

if TYPE_CHECKING:
    from tests.persons import Person

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: Sequence[Role] = ("none", "read", "triage", "write", "maintain", "admin")

ACTIONS = "github-actions[bot]"
TITLE_LIMIT, BODY_LIMIT, LABEL_LIMIT, LABEL_DESCRIPTION_LIMIT, ASSIGNEES_LIMIT = 256, 65_536, 50, 100, 10
DOCS = "https://docs.github.com/rest"


class No(Exception):
    """A refusal, as it is answered."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[object] = (),
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, object] = {"message": message, **more}
        if errors:
            self.body["errors"] = list(errors)
        self.body |= {"documentation_url": DOCS, "status": str(status)}


def invalid(resource: str, field_: str, code: str = "invalid", **more: object) -> No:
    """A 422 that names the field."""
    return No(422, "Validation Failed", [{"resource": resource, "code": code, "field": field_, **more}])


def too_long(resource: str, field_: str, limit: int) -> No:
    """A 422 for a text over its limit."""
    message = f"{field_} is too long (maximum is {limit} characters)"
    return invalid(resource, field_, "custom", message=message)


def not_found() -> No:
    """What GitHub says of all that does not exist, or not for you."""
    return No(404, "Not Found")


# -------------------------------------------------------------------------------- nouns


@dataclass(slots=True)
class User:
    """A login. `kind` is `User`, `Bot` or `Organization`."""

    login: str
    id: int
    kind: str = "User"

    @property
    def email(self) -> str:
        """The address that GitHub puts into its commits."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class Token:
    """A way in.

    Attributes:
        login: whose acts its requests are.
        permissions: None for a classic token (the person's own rights); else what it was given, such as
            `{"issues": "write"}`, and nothing beyond.
        repositories: ids of those that the permissions are for; None for all.
    """

    value: str
    login: str
    permissions: dict[str, str] | None = None
    repositories: frozenset[int] | None = None

    @property
    def is_bot(self) -> bool:
        """Whether it acts as an App, such as GitHub Actions."""
        return self.login.endswith("[bot]")


@dataclass(slots=True)
class Label:
    name: str
    id: int
    color: str = "ededed"
    description: str | None = None
    default: bool = False


@dataclass(slots=True)
class Comment:
    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class ReviewComment(Comment):
    """A comment on a line of a pull request."""

    path: str
    line: int
    commit: str
    review: int


@dataclass(slots=True)
class Review:
    """A review of a pull request."""

    id: int
    author: str
    body: str
    commit: str
    at: datetime


@dataclass(slots=True)
class Milestone:
    number: int
    id: int
    title: str
    created_at: datetime


@dataclass(slots=True)
class Pull:
    """What a pull request has beyond an issue. `head_sha` is kept once the branch is gone."""

    head: str
    base: str
    head_sha: str = ""
    base_sha: str = ""
    fork: str | None = None
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    maintainer_can_modify: bool = False
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)


@dataclass(slots=True)
class Issue:
    """An issue or, with `pull`, a pull request. `labels` are names, in the order they were given."""

    repository: "Repository" = field(repr=False)
    number: int
    id: int
    author: str
    title: str
    created_at: datetime
    updated_at: datetime
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    milestone: Milestone | None = None
    type: str | None = None
    locked: bool = False
    lock_reason: str | None = None
    comments: list[Comment] = field(default_factory=list)
    closed_at: datetime | None = None
    closed_by: str | None = None
    duplicate_of: int | None = None
    deleted: bool = False
    moved_to: "Issue | None" = field(default=None, repr=False)
    pull: Pull | None = None

    @property
    def is_open(self) -> bool:
        """Whether its state is open."""
        return self.state == "open"

    @property
    def is_here(self) -> bool:
        """Neither deleted nor transferred away."""
        return not self.deleted and self.moved_to is None


@dataclass(slots=True)
class Lag:
    """How far lists are behind. Reading by number never is.

    Attributes:
        seconds: on the clock.
        requests: counted from the change; whichever of the two lasts longer.
        hides_edits: lists also show an issue as it was before a fresh change, not only no fresh issue.
    """

    seconds: float = 0
    requests: int = 0
    hides_edits: bool = False

    @property
    def is_on(self) -> bool:
        """Whether lists are behind at all."""
        return bool(self.seconds or self.requests)


@dataclass(slots=True)
class Protection:
    """Why a branch takes no push.

    `classic` and `ruleset` ask for a pull request (422), `restricted` names who may push (403).
    """

    kind: Literal["classic", "ruleset", "restricted"] = "ruleset"
    bypass: frozenset[str] = frozenset()

    def refuse(self) -> No:
        """What the git-data API says to a push."""
        pull = "Changes must be made through a pull request."
        if self.kind == "restricted":
            return No(403, "You're not authorized to push to this branch.")
        if self.kind == "classic":
            return No(422, pull)
        return No(422, f"Repository rule violations found\n\n{pull}\n\n")


# --------------------------------------------------------------------------- repository


class Repository:
    """A repository: its issues, labels and settings, and a real bare git repository behind `git`.

    Attributes:
        collaborators: roles beyond what the organisation gives, by login.
        collaborators_only: whether only they (and organisation members) may write issues.
        actions_may_open_pulls: the setting "Allow GitHub Actions to create and approve pull requests".
        protections: by branch name.
        verified: the commits that GitHub signed itself.
    """

    def __init__(
        self, github: "GitHub", id_: int, owner: str, name: str, private: bool, default_branch: str
    ) -> None:
        self.github, self.id, self.owner, self.name = github, id_, owner, name
        self.private, self.default_branch = private, default_branch
        self.has_issues = True
        self.archived = False
        self.actions_may_open_pulls = True
        self.collaborators: dict[str, Role] = {}
        self.protections: dict[str, Protection] = {}
        self.verified: set[str] = set()
        self.labels: dict[str, Label] = {}
        self.milestones: list[Milestone] = []
        self.issues: dict[int, Issue] = {}
        self.created_at = github.clock.now()
        self._versions: dict[int, list[tuple[float, int, Issue]]] = {}
        self._git: Git | None = None

    def __repr__(self) -> str:
        return f"<{self.full_name}>"

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def git(self) -> Git:
        """The git repository, made on first use. Clone it by `git.path`; push to it freely."""
        if self._git is None:
            self._git = Git(self.github.folder / f"{self.id}.git", self.default_branch)
        return self._git

    @property
    def has_git(self) -> bool:
        """Whether anybody has used `git` yet."""
        return self._git is not None

    # ---- who may

    def role(self, login: str) -> Role:
        """What `login` may do here, all told."""
        roles: list[Role] = [self.collaborators.get(login, "none")]
        if login.casefold() == self.owner.casefold():
            roles.append("admin")
        member = self.github.members.get(self.owner, {}).get(login)
        if member:
            roles.append("admin" if member == "admin" else "read")
        if not self.private:
            roles.append("read")
        return max(roles, key=ROLES.index)

    def association(self, login: str) -> str:
        """How GitHub names the author's tie to this repository."""
        if login == self.owner:
            return "OWNER"
        if login in self.github.members.get(self.owner, {}):
            return "MEMBER"
        return "COLLABORATOR" if login in self.collaborators else "NONE"

    def is_assignable(self, login: str) -> bool:
        """Whether issues can be assigned to `login`."""
        return login in self.collaborators or self.association(login) in {"OWNER", "MEMBER"}

    # ---- labels

    def find_label(self, name: str) -> Label | None:
        """The label of that name, in any case."""
        return self.labels.get(name.casefold())

    def create_label(self, name: str, color: str | None = None, description: str | None = None) -> Label:
        """Makes a label; its name must be new in any case."""
        if not name.strip():
            raise invalid("Label", "name", "missing_field")
        if len(name) > LABEL_LIMIT:
            raise too_long("Label", "name", LABEL_LIMIT)
        if color is not None and not _is_color(color):
            raise invalid("Label", "color")
        if len(description or "") > LABEL_DESCRIPTION_LIMIT:
            raise too_long("Label", "description", LABEL_DESCRIPTION_LIMIT)
        if self.find_label(name):
            raise invalid("Label", "name", "already_exists")
        label = Label(name, self.github.next_id(), color or "ededed", description)
        self.labels[name.casefold()] = label
        return label

    def rename_label(self, name: str, new: str) -> None:
        """Renames a label; issues keep it."""
        label = self.labels.pop(name.casefold())
        for issue in self.issues.values():
            issue.labels = [new if each == label.name else each for each in issue.labels]
        label.name = new
        self.labels[new.casefold()] = label

    def delete_label(self, name: str) -> None:
        """Deletes a label, from all issues too."""
        if self.labels.pop(name.casefold(), None) is None:
            raise not_found()
        for issue in self.issues.values():
            issue.labels = [each for each in issue.labels if each.casefold() != name.casefold()]

    def label_names(self, names: Iterable[str]) -> list[str]:
        """The labels' own spellings, each once; unknown ones are made, grey, as GitHub does."""
        labels = [self.find_label(name) or self.create_label(name) for name in names]
        return list(dict.fromkeys(label.name for label in labels))

    # ---- issues

    def issue(self, number: int) -> Issue:
        """The issue of that number, whatever became of it."""
        return self.issues[number]

    @property
    def live_issues(self) -> list[Issue]:
        """Issues neither deleted nor transferred, without pull requests, by number."""
        return [issue for issue in self.issues.values() if issue.is_here and not issue.pull]

    @property
    def open_issues(self) -> list[Issue]:
        """The open ones of `live_issues`."""
        return [issue for issue in self.live_issues if issue.is_open]

    def create_issue(
        self,
        author: str,
        title: str,
        body: str | None = None,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        milestone: Milestone | None = None,
        pull: Pull | None = None,
    ) -> Issue:
        """Makes an issue; whether `author` may is the caller's business."""
        self.check_text(title, body)
        assignees = self.check_assignees(assignees)
        now = self.github.clock.now()
        number = max(self.issues, default=0) + 1
        issue = Issue(self, number, self.github.next_id(), author, title.strip(), now, now, body)
        issue.labels, issue.assignees = self.label_names(labels), assignees
        issue.milestone, issue.pull = milestone, pull
        self.issues[number] = issue
        self.changed(issue)
        return issue

    def edit_issue(
        self,
        issue: Issue,
        by: str,
        *,
        title: str | None = None,
        body: str | None = None,
        labels: Iterable[str] | None = None,
        assignees: Iterable[str] | None = None,
        state: str | None = None,
        state_reason: str | None = None,
        duplicate_of: int | None = None,
    ) -> None:
        """Changes what is given; labels and assignees are replaced. All or nothing."""
        self.check_text(issue.title if title is None else title, body)
        if state not in {None, "open", "closed"}:
            raise invalid("Issue", "state", value=state)
        if state_reason not in {None, "completed", "not_planned", "duplicate", "reopened"}:
            raise invalid("Issue", "state_reason", value=state_reason)
        new_assignees = None if assignees is None else self.check_assignees(assignees)
        if labels is not None:
            issue.labels = self.label_names(labels)
        if new_assignees is not None:
            issue.assignees = new_assignees
        if title is not None:
            issue.title = title.strip()
        if body is not None:
            issue.body = body
        if state is not None and state != issue.state:
            self._set_state(issue, by, state, state_reason, duplicate_of)
        self.changed(issue)

    def _set_state(
        self, issue: Issue, by: str, state: str, reason: str | None, duplicate_of: int | None
    ) -> None:
        self.follow_branches()
        issue.state = state
        if state == "closed":
            issue.closed_at, issue.closed_by = self.github.clock.now(), by
            issue.state_reason = None if issue.pull else (reason or "completed")
            issue.duplicate_of = duplicate_of
        else:
            issue.closed_at = issue.closed_by = issue.duplicate_of = None
            issue.state_reason = None if issue.pull else "reopened"

    def follow_branches(self) -> None:
        """Gives each open pull request its branches' commits now, whoever pushed; its last if it is gone."""
        for issue in self.issues.values():
            pull = issue.pull
            if pull and issue.is_open and self.has_git:
                pull.base_sha = self.git.head(pull.base) or pull.base_sha
                if not pull.fork:
                    pull.head_sha = self.git.head(pull.head) or pull.head_sha

    def comment(self, issue: Issue, author: str, body: str) -> Comment:
        """Adds a comment."""
        if not body.strip():
            raise invalid("IssueComment", "body", "missing_field")
        if len(body) > BODY_LIMIT:
            raise too_long("IssueComment", "body", BODY_LIMIT)
        now = self.github.clock.now()
        comment = Comment(self.github.next_id(), author, body, now, now)
        issue.comments.append(comment)
        self.changed(issue)
        return comment

    def find_comment(self, id_: int) -> tuple[Issue, Comment]:
        """The comment of that id and its issue."""
        for issue in self.issues.values():
            for comment in issue.comments:
                if comment.id == id_ and issue.is_here:
                    return issue, comment
        raise not_found()

    def changed(self, issue: Issue) -> None:
        """Notes that the issue was changed just now, for `updated_at` and for lists that lag."""
        clock = self.github.clock
        issue.updated_at = clock.now()
        version = copy.copy(issue)
        version.labels, version.assignees = list(issue.labels), list(issue.assignees)
        versions = self._versions.setdefault(issue.number, [])
        versions.append((clock.time(), len(self.github.requests), version))

    def listed_issues(self) -> Iterator[Issue]:
        """The issues as lists show them at this moment, by number."""
        for issue in self.issues.values():
            if not issue.is_here:
                continue
            if not self.github.lag.is_on:
                yield issue
            elif version := self._listed_version(issue):
                yield version

    def _listed_version(self, issue: Issue) -> Issue | None:
        lag, now, asked = self.github.lag, self.github.clock.time(), len(self.github.requests)
        settled = [
            version
            for when, request, version in self._versions[issue.number]
            if when + lag.seconds <= now and request + lag.requests <= asked
        ]
        if not settled:
            return None
        return settled[-1] if lag.hides_edits else issue

    def check_text(self, title: str, body: str | None) -> None:
        """Refuses a title or body that GitHub would."""
        if not title.strip():
            raise invalid("Issue", "title", "missing_field")
        if len(title) > TITLE_LIMIT:
            raise too_long("Issue", "title", TITLE_LIMIT)
        if len(body or "") > BODY_LIMIT:
            raise too_long("Issue", "body", BODY_LIMIT)

    def check_assignees(self, logins: Iterable[str]) -> list[str]:
        """The assignees' own spellings; refuses all of them for one that cannot be assigned."""
        users = []
        for login in dict.fromkeys(logins):
            user = self.github.find_user(login)
            if user is None or not self.is_assignable(user.login):
                raise invalid("Issue", "assignees", value=login)
            users.append(user.login)
        if len(users) > ASSIGNEES_LIMIT:
            raise invalid("Issue", "assignees", "custom", message="too many assignees (maximum is 10)")
        return users

    def protect(
        self,
        branch: str | None = None,
        kind: Literal["classic", "ruleset", "restricted"] = "ruleset",
        bypass: Iterable[str] = (),
    ) -> None:
        """Makes a branch (the default one) refuse pushes but from those who may bypass."""
        self.protections[branch or self.default_branch] = Protection(kind, frozenset(bypass))


def _is_color(color: str) -> bool:
    return len(color) == 6 and all(each in "0123456789abcdefABCDEF" for each in color)


# ------------------------------------------------------------------------------- GitHub


class GitHub(Front):
    """All of it: accounts, tokens, repositories, limits; as a `Front`, faults and the log of requests.

    Attributes:
        html: the base URL of pages, as in `html_url`.
        members: by organisation, its members' roles (`admin` or `member`).
        latency: seconds that the clock moves with each request.
    """

    def __init__(self, folder: Path, clock: Clock | None = None, url: str = "") -> None:
        super().__init__(url)
        self.folder, self.clock = folder, clock or Clock()
        self.html = "https://github.com"
        self.users: dict[str, User] = {}
        self.members: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[int, Repository] = {}
        self.renames: dict[str, int] = {}
        self.limits, self.lag = Limits(), Lag()
        self.latency = 0.1
        self._ids = 1000
        self.add_user(ACTIONS, "Bot")

    def next_id(self) -> int:
        """A number that nothing else has."""
        self._ids += 1
        return self._ids

    # ---- accounts

    def add_user(self, login: str, kind: str = "User") -> User:
        """Makes an account."""
        user = User(login, self.next_id(), kind)
        self.users[login.casefold()] = user
        return user

    def add_organization(self, login: str, **members: str) -> None:
        """Makes an organisation, and those of its members (`alice="admin"`) that do not exist."""
        self.add_user(login, "Organization")
        for member in members:
            if not self.find_user(member):
                self.add_user(member)
        self.members[login] = dict(members)

    def find_user(self, login: str) -> User | None:
        """The account of that login, in any case."""
        return self.users.get(login.casefold())

    def add_token(
        self,
        login: str,
        value: str | None = None,
        permissions: dict[str, str] | None = None,
        repositories: Iterable[str] | None = None,
    ) -> str:
        """Makes a token of `login` and returns its value. See `Token` for permissions."""
        value = value or f"token-{login}-{self.next_id()}"
        ids = None if repositories is None else frozenset(self.repository(name).id for name in repositories)
        self.tokens[value] = Token(value, login, permissions, ids)
        return value

    def actions_token(self, repository: str = "acme/shop", **permissions: str) -> str:
        """A `GITHUB_TOKEN` of a workflow in `repository` with exactly these permissions.

        Names are spelt as in a workflow, with `_` for `-`: `issues="write", pull_requests="read"`.
        """
        given = {name.replace("_", "-"): level for name, level in permissions.items()}
        return self.add_token(ACTIONS, permissions=given, repositories=[repository])

    # ---- repositories

    def create_repository(
        self, full_name: str, *, private: bool = False, default_branch: str = "main"
    ) -> Repository:
        """Makes a repository; its owner must exist."""
        owner, name = full_name.split("/")
        repository = Repository(self, self.next_id(), owner, name, private, default_branch)
        self.repositories[repository.id] = repository
        self.renames.pop(full_name.casefold(), None)
        return repository

    def repository(self, full_name: str) -> Repository:
        """The repository of that present name, in any case. Raises KeyError."""
        for repository in self.repositories.values():
            if repository.full_name.casefold() == full_name.casefold():
                return repository
        raise KeyError(full_name)

    @property
    def shop(self) -> Repository:
        """`acme/shop`, where most tests take place."""
        return self.repository("acme/shop")

    @property
    def token(self) -> str:
        """The default token: Actions in `acme/shop`, allowed all that pmsync asks for."""
        return "token-actions"

    def use_up(self, token: str | None = None, leave: int = 0) -> None:
        """Leaves a token (the default one) only so many requests until its window's reset."""
        found = self.tokens[token or self.token]
        self.limits.use_up(found.value, found.is_bot, self.clock.time(), leave)

    def person(self, login: str) -> "Person":
        """A person, to act by hand: see `tests.persons.Person`."""
        from tests.persons import Person

        return Person(self, login)


def make_github(folder: Path, url: str = "", clock: Clock | None = None) -> GitHub:
    """The GitHub that tests start from.

    Organisation `acme`: alice (admin), bob (write), tess (triage) and rita (member, so she reads); mallory
    is a stranger. `acme/shop` is public. Tokens: `token-actions` and `token-<login>` for each person.
    """
    github = GitHub(folder, clock, url)
    github.add_organization("acme", alice="admin", bob="member", tess="member", rita="member")
    github.add_user("mallory")
    shop = github.create_repository("acme/shop")
    shop.collaborators |= {"bob": "write", "tess": "triage"}
    for login in ("alice", "bob", "tess", "rita", "mallory"):
        github.add_token(login, f"token-{login}")
    rights = {"issues": "write", "contents": "write", "pull-requests": "write", "metadata": "read"}
    github.add_token(ACTIONS, "token-actions", rights, ["acme/shop"])
    return github
