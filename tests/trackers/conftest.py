"""The benches that the contract suite runs on."""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import pytest
import vcr
from vcr.request import Request

from pmsync.github.connection import Connection
from tests.github.clock import Clock
from tests.persons import ApiBench, Bench, LocalBench, ServerBench
from tests.trackers.abilities import needs_of

CASSETTES = Path(__file__).parent / "cassettes"
RECORDED_FROM = {name: os.environ.get(f"PMSYNC_RECORD_{name}", "") for name in ("URL", "TOKEN", "OWNER")}
"""Read before tests scrub the environment; empty for the emulator."""
EMULATED = frozenset[str]()
"""What the emulator can of that which tests say they need."""

# What every cassette calls the place that it was recorded at.
URL, TOKEN, REPOSITORY, LOGIN = "https://api.github.com", "a-token", "acme/shop", "alice"


AnyBench = TypeVar("AnyBench", ServerBench, ApiBench)
Json: TypeAlias = Any


@dataclass(frozen=True)
class Place:
    """Where an API bench works: a repository of its own on some GitHub."""

    url: str
    token: str
    repository: str
    login: str


@pytest.fixture(
    params=[
        "local",
        "server",
        "cassette",
        pytest.param("emulator", marks=pytest.mark.emulator),
    ]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A fresh tracker of each kind, with somebody to act behind its back."""
    if request.param in {"cassette", "emulator"} and (lacking := needs_of(request.function) - EMULATED):
        pytest.skip(f"the emulator cannot {', '.join(lacking)}")
    if request.param == "local":
        yield LocalBench(tmp_path, Clock())
        return
    if request.param == "server":
        with closing(ServerBench(request.getfixturevalue("github"))) as made:
            yield made
    elif request.param == "emulator":
        with closing(_api_bench(_emulated_place(request))) as made:
            yield made
    elif request.config.getoption("--record-mode") in {None, "none"}:
        with _replayed(request) as made:
            yield made
    else:
        with _recorded(request) as made:
            yield made


@contextmanager
def closing(bench: AnyBench) -> Iterator[AnyBench]:
    """Gives a bench and closes its connections."""
    try:
        yield bench
    finally:
        for connection in bench.connections:
            connection.close()


def _api_bench(place: Place) -> ApiBench:
    return ApiBench(place.url, place.token, place.repository, Clock(), place.login)


def _emulated_place(request: pytest.FixtureRequest, *, directly: bool = False) -> Place:
    """Takes a fresh repository of the emulator; `directly` goes round the server in front of it.

    (That one runs in this process, where a cassette would record its requests as well.)
    """
    emulator = request.getfixturevalue("emulator")
    url = f"http://127.0.0.1:{emulator.port}" if directly else emulator.url
    return Place(url, emulator.token, emulator.create_repository(), "alice")


# ---------------------------------------------------------------------------- cassettes


@contextmanager
def _replayed(request: pytest.FixtureRequest) -> Iterator[ApiBench]:
    path = _cassette_path(request)
    assert path.exists(), f"no cassette {path.name}: see tests/trackers/cassettes/README.md"
    with (
        _recorder("none").use_cassette(str(path)) as cassette,
        closing(_api_bench(Place(URL, TOKEN, REPOSITORY, LOGIN))) as bench,
    ):
        yield bench
    assert cassette.all_played, "the cassette holds requests that were not made"


@contextmanager
def _recorded(request: pytest.FixtureRequest) -> Iterator[ApiBench]:
    path = _cassette_path(request)
    path.unlink(missing_ok=True)
    place = _github_place() if RECORDED_FROM["URL"] else _emulated_place(request, directly=True)
    recorder = _recorder("all", _scrubber(place))
    path.parent.mkdir(exist_ok=True)
    with recorder.use_cassette(str(path)), closing(_api_bench(place)) as bench:
        yield bench
    if RECORDED_FROM["URL"]:
        with Connection(place.token, base_url=place.url) as connection:
            connection.request("DELETE", f"/repos/{place.repository}")


def _github_place() -> Place:
    """Makes a private repository to record with."""
    url, token, owner = RECORDED_FROM["URL"], RECORDED_FROM["TOKEN"], RECORDED_FROM["OWNER"]
    with Connection(token, base_url=url) as connection:
        login = connection.request("GET", "/user").data["login"]
        path = "/user/repos" if owner in {"", login} else f"/orgs/{owner}/repos"
        name = f"pmsync-cassette-{secrets.token_hex(4)}"
        made = connection.request("POST", path, body={"name": name, "private": True})
        return Place(url, token, made.data["full_name"], login)


def _cassette_path(request: pytest.FixtureRequest) -> Path:
    name = request.node.name.removeprefix("test_").replace("cassette", "")
    return CASSETTES / (re.sub(r"\W+", "-", name).strip("-") + ".yaml")


def _recorder(mode: str, scrub: Callable[[str], str] = lambda text: text) -> vcr.VCR:
    def scrub_request(sent: Request) -> Request:
        sent.uri = scrub(sent.uri)
        sent.headers = {"Content-Type": "application/json"} if sent.body else {}
        return sent

    def scrub_response(answer: dict[str, Any]) -> dict[str, Any]:
        kept: Mapping[str, list[str]] = answer["headers"]
        answer["headers"] = {
            name: [scrub(value) for value in values]
            for name, values in kept.items()
            if name.lower() in {"link", "location", "content-type"}
        }
        data = json.loads(scrub(answer["body"]["string"].decode()) or "null")
        answer["body"]["string"] = json.dumps(_without_ballast(data)).encode() if data is not None else b""
        return answer

    return vcr.VCR(
        record_mode=vcr.mode(mode),
        match_on=["method", "path", "query", "body"],
        decode_compressed_response=True,
        before_record_request=scrub_request,
        before_record_response=scrub_response if mode != "none" else None,
    )


def _without_ballast(data: Json) -> Json:
    """Returns an answer without the links and personal data that pmsync never looks at."""
    if isinstance(data, list):
        return [_without_ballast(entry) for entry in data]
    if not isinstance(data, dict):
        return data
    if "login" in data:
        return {"login": data["login"]}
    kept = {"repository_url", "html_url"}
    return {
        key: _without_ballast(value)
        for key, value in data.items()
        if key in kept or not key.endswith(("_url", "node_id", "reactions"))
    }


def _scrubber(place: Place) -> Callable[[str], str]:
    """Returns what turns the recorded place's names into those that replays use, and drops the token."""

    def scrub(text: str) -> str:
        for name, replay in (
            (place.url, URL),
            (place.repository, REPOSITORY),
            (place.login, LOGIN),
            (place.token, TOKEN),
        ):
            text = text.replace(name, replay)
        return re.sub(r"http://127\.0\.0\.1:\d+", URL, text)

    return scrub
