"""How GitHub answers a request: who asks, the limits, then the route."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.github import git_routes, issue_routes, pull_routes  # noqa: F401 - they name their paths
from tests.github.description import Undescribed, mismatches
from tests.github.faults import Request
from tests.github.routes import NOBODY, Answer, Call, dispatch
from tests.github.server import LIMITED, Rules, serving
from tests.github.state import GitHub, No, make_github

ENTERPRISE_PREFIX = "/api/v3"


@contextmanager
def open_github() -> Iterator[GitHub]:
    """A fresh GitHub on a server of its own, where fixtures do not reach (a hypothesis state machine)."""
    with serving() as server, TemporaryDirectory() as folder:
        github = make_github(Path(folder), server.url)
        server.put(github, rules_of(github))
        yield github
        assert not github.defects


def rules_of(github: GitHub) -> Rules:
    """The rules by which a server answers for `github`."""

    def answer(request: Request, headers: Mapping[str, str], raw: bytes) -> Answer:
        answer = _answer(github, request, headers, raw)
        github.defects += map(Undescribed, mismatches(request, headers, raw, answer))
        return answer

    return answer


def _answer(github: GitHub, request: Request, headers: Mapping[str, str], raw: bytes) -> Answer:
    github.clock.advance(github.latency)
    prefix = ENTERPRISE_PREFIX if request.path.startswith(f"{ENTERPRISE_PREFIX}/") else ""
    # docs: an Enterprise Server has GraphQL at /api/graphql, and none below /api/v3
    own = {"/api/graphql": "/graphql", f"{ENTERPRISE_PREFIX}/graphql": "/none"}
    request.path = own.get(request.path, request.path.removeprefix(prefix))
    token = headers.get("Authorization", "").partition(" ")[2].strip()
    viewer = github.tokens.get(token) if token else NOBODY
    call = Call(github, request, viewer or NOBODY, github.url + prefix, headers.get("Accept", ""))
    request.login = call.login
    window = github.limits.window(call.viewer.value, call.viewer.is_bot, github.clock.time())
    try:
        if viewer is None:
            raise No(401, "Bad credentials")
        if request.path != "/rate_limit":
            _limit(call)
        request.body = _parse(raw)
        answer = dispatch(call)
    except No as no:
        answer = Answer(no.status, no.body, no.headers)
    if request.method == "GET" and answer.status == 200 and not isinstance(answer.body, bytes):
        tag = f'W/"{hashlib.sha256(json.dumps(answer.body).encode()).hexdigest()}"'
        if headers.get("If-None-Match") == tag:  # docs: an unchanged answer costs nothing
            window.used -= 1
            answer = Answer(304)
        answer.headers["ETag"] = tag
    answer.headers |= window.headers() | {"Date": formatdate(github.clock.time(), usegmt=True)}
    return answer


def _limit(call: Call) -> None:
    """Refuses a request that is over a limit, else counts it."""
    github, now = call.github, call.github.clock.time()
    window = github.limits.window(call.viewer.value, call.viewer.is_bot, now)
    if not window.remaining:
        github.limits.refusals.append(call.request)
        raise No(403, f"API rate limit exceeded for {call.login or '127.0.0.1'}.")
    window.used += 1
    wait = github.limits.secondary_wait(call.request, now)
    if wait > 0:
        github.limits.refusals.append(call.request)
        told = {"Retry-After": str(int(wait) + 1)} if github.limits.tells_retry_after else {}
        raise No(403, LIMITED, headers=told)


def _parse(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise No(400, "Problems parsing JSON") from None
