"""REST paths: what each asks for, who may ask, and the answer. The rules themselves are in `state`.

Only paths that pmsync could use are here, and search is not: whoever asks for anything else gets a 404.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from tests.github.faults import Request
from tests.github.render import Renderer
from tests.github.state import (
    ROLES,
    GitHub,
    No,
    Repository,
    Role,
    Token,
    not_found,
)

NOBODY = Token("", "")
Item = TypeVar("Item")
LEVELS = ("none", "read", "write", "admin")


@dataclass(slots=True)
class Answer:
    """What is sent back. A `body` of None sends none; bytes are sent as they are."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request, with all that its handler needs."""

    github: GitHub
    request: Request
    viewer: Token
    api: str
    accept: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    place: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        if self.place is None:
            raise not_found()
        return self.place

    @property
    def login(self) -> str:
        """Who asks; empty for nobody."""
        return self.viewer.login

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(self.request.query, keep_blank_values=True))

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent, empty where there is none."""
        if self.request.body is None:
            return {}
        if not isinstance(self.request.body, dict):
            raise No(400, "Body should be a JSON object")
        return self.request.body

    @cached_property
    def show(self) -> Renderer:
        """Renders answers to this call."""
        return Renderer(self.github, self.api)

    def number(self, name: str = "number") -> int:
        """A number within the path."""
        if not self.parts[name].isdecimal():
            raise not_found()
        return int(self.parts[name])

    # ---- what the body holds

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A string within the body."""
        value = self.body.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, str):
            raise No(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
        return value

    def names(self, name: str) -> list[str] | None:
        """A list of strings (or of objects with a name) within the body; None where it is not given."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise No(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not an array.")
        return [each["name"] if isinstance(each, dict) else str(each) for each in value]

    # ---- who may

    def sees(self, repository: Repository) -> bool:
        """Whether the repository exists for this viewer."""
        if not repository.private:
            return True
        if self.viewer.permissions is not None and not self._covers(repository):
            return False
        return self.viewer.is_bot or bool(self.login and repository.role(self.login) != "none")

    def _covers(self, repository: Repository) -> bool:
        return self.viewer.repositories is None or repository.id in self.viewer.repositories

    def may(self, role: Role, *resources: str, level: str | None = None) -> bool:
        """Whether the viewer has `role`, and its token, if a limited one, the permission.

        Args:
            role: what a person needs.
            resources: for which of these a limited token needs a permission.
            level: `read` or `write`; what `role` suggests unless told otherwise.
        """
        repository, viewer = self.repository, self.viewer
        level = level or ("read" if role == "read" else "write")
        if (role, level) == ("read", "read") and not repository.private:
            return True
        if viewer.permissions is not None:
            given = {"metadata": "read"} | viewer.permissions
            best = max((LEVELS.index(given.get(each, "none")) for each in resources), default=0)
            if not self._covers(repository) or best < LEVELS.index(level):
                return False
            if viewer.is_bot:
                return True
        return bool(viewer.login) and ROLES.index(repository.role(viewer.login)) >= ROLES.index(role)

    def require(
        self, role: Role, *resources: str, level: str | None = None, otherwise: No | None = None
    ) -> None:
        """Refuses what `may` denies, in GitHub's words for this kind of token."""
        if self.may(role, *resources, level=level):
            return
        if not self.login:
            raise No(401, "Requires authentication")
        if self.viewer.permissions is not None:
            kind = "integration" if self.viewer.is_bot else "personal access token"
            raise No(403, f"Resource not accessible by {kind}")
        raise otherwise or No(403, "Must have admin rights to Repository.")

    def require_authentication(self) -> None:
        """Refuses nobody's requests."""
        if not self.login:
            raise No(401, "Requires authentication")

    def require_writable(self) -> None:
        """Refuses writes to an archived repository."""
        if self.repository.archived:
            raise No(403, "Repository was archived so is read-only.")

    # ---- pages

    def page(self, found: Sequence[Item], show: Callable[[Item], object]) -> Answer:
        """Answers with the page asked for, each of it as `show` has it, and its `Link` header."""
        size = max(1, min(100, _natural(self.query.get("per_page"), 30)))
        page = max(1, _natural(self.query.get("page"), 1))
        last = max(1, -(-len(found) // size))
        links: dict[str, int] = {}
        if page > 1:
            links |= {"prev": min(page - 1, last), "first": 1}
        if page < last:
            links |= {"next": page + 1, "last": last}
        base = self._page_base()
        header = ", ".join(
            f'<{base}?{urlencode(self.query | {"page": str(number)})}>; rel="{name}"'
            for name, number in links.items()
        )
        chosen = found[(page - 1) * size : page * size]
        return Answer(200, [show(each) for each in chosen], {"Link": header} if header else {})

    def _page_base(self) -> str:
        """As GitHub does, pages of a repository's lists are linked by its id."""
        path = self.request.path
        if self.place and path.startswith("/repos/"):
            path = "/".join(["", "repositories", str(self.place.id), *path.split("/")[4:]])
        return self.api + path


def _natural(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


# ------------------------------------------------------------------------------- routing

Handler = Callable[[Call], Answer]
AnyHandler = TypeVar("AnyHandler", bound=Handler)
_ROUTES: dict[str, list[tuple[str, re.Pattern[str], Handler]]] = {}


def route(method: str, path: str) -> Callable[[AnyHandler], AnyHandler]:
    """Names the path that a handler answers: `{x}` is one segment, `{x*}` one or more.

    `~` stands for a repository, by name or by id.
    """
    pattern = re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", path)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
    pattern = pattern.replace("~", r"/(?:repos/(?P<owner_>[^/]+)/(?P<repo_>[^/]+)|repositories/(?P<id_>\d+))")

    def register(handler: AnyHandler) -> AnyHandler:
        _ROUTES.setdefault(method, []).append((path, re.compile(pattern), handler))
        return handler

    return register


def served() -> list[tuple[str, str]]:
    """Every method and path that is answered, as `route` was told them."""
    return [(method, path) for method, routes in _ROUTES.items() for path, _, _ in routes]


def dispatch(call: Call) -> Answer:
    """Finds the handler and asks it. Raises `No`."""
    for _, pattern, handler in _ROUTES.get(call.request.method, ()):
        if found := pattern.fullmatch(call.request.path):
            call.parts = {name: value for name, value in found.groupdict().items() if value is not None}
            if "repo_" in call.parts or "id_" in call.parts:
                call.place = _find_repository(call)
            if call.place and call.request.is_write:
                call.require_authentication()
                call.require_writable()
            return handler(call)
    raise not_found()


def _find_repository(call: Call) -> Repository:
    """The repository that the path names; an old name is redirected, as GitHub does: 301, writes 307."""
    github, parts = call.github, call.parts
    moved = False
    if "id_" in parts:
        repository = github.repositories.get(int(parts["id_"]))
    else:
        name = f"{parts['owner_']}/{parts['repo_']}"
        try:
            repository = github.repository(name)
        except KeyError:
            repository = github.repositories.get(github.renames.get(name.casefold(), 0))
            moved = True
    if repository is None or not call.sees(repository):
        raise not_found()
    if moved:
        rest = "".join(f"/{part}" for part in call.request.path.split("/")[4:])
        query = f"?{call.request.query}" if call.request.query else ""
        raise redirect(call, 307 if call.request.is_write else 301, repository, rest + query)
    return repository


def redirect(call: Call, status: int, repository: Repository, rest: str) -> No:
    url = f"{call.api}/repositories/{repository.id}{rest}"
    words = "Moved Permanently" if status == 301 else "Temporary Redirect"
    return No(status, words, headers={"Location": url}, url=url)


# ---------------------------------------------------------------------- accounts and meta


@route("GET", "/user")
def get_viewer(call: Call) -> Answer:
    call.require_authentication()
    if call.viewer.is_bot:
        raise No(403, "Resource not accessible by integration")
    user = call.github.find_user(call.login)
    if user is None:
        raise not_found()
    return Answer(200, call.show.account(user))


@route("GET", "/users/{login}")
def get_user(call: Call) -> Answer:
    user = call.github.find_user(call.parts["login"])
    if user is None:
        raise not_found()
    return Answer(200, call.show.account(user))


@route("GET", "/rate_limit")
def get_rate_limit(call: Call) -> Answer:
    now = call.github.clock.time()
    window = call.github.limits.window(call.viewer.value, call.viewer.is_bot, now)
    core = {
        "limit": window.limit,
        "used": window.used,
        "remaining": window.remaining,
        "reset": int(window.resets_at),
    }
    return Answer(200, {"resources": {"core": core, "search": core, "graphql": core}, "rate": core})


@route("GET", "~")
def get_repository(call: Call) -> Answer:
    repository = call.repository
    call.require("read", "metadata")
    permissions = None
    if call.login:
        rank = ROLES.index(repository.role(call.login))
        permissions = {
            "admin": rank >= 5,
            "maintain": rank >= 4,
            "push": rank >= 3,
            "triage": rank >= 2,
            "pull": rank >= 1,
        }
    return Answer(200, call.show.full_repository(repository, permissions))


@route("GET", "~/collaborators/{login}/permission")
def get_permission(call: Call) -> Answer:
    refusal = No(403, "Must have push access to view collaborator permission.")
    call.require("write", "metadata", level="read", otherwise=refusal)
    user = call.github.find_user(call.parts["login"])
    if user is None or user.kind == "Bot":
        raise No(404, f"{call.parts['login']} is not a user")
    role = call.repository.role(user.login)
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    shown = call.show.user(user.login) | {"role_name": role}
    return Answer(200, {"permission": coarse, "role_name": role, "user": shown})


@route("GET", "~/assignees/{login}")
def check_assignee(call: Call) -> Answer:
    if not call.repository.is_assignable(call.parts["login"]):
        raise not_found()
    return Answer(204)
