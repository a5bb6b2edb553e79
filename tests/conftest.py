"""What every test starts from: no network but loopback, a clean environment, and places to work in."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from pmsync.init import Copy, make_setup
from tests.children import run
from tests.github.client_side import mortal_connections
from tests.github.clock import Clock
from tests.github.emulator import Emulator, running
from tests.github.rules import rules_of
from tests.github.server import Server, serving
from tests.github.state import GitHub, make_github
from tests.npm import Unavailable

# --------------------------------------------------------------------------- hypothesis

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
settings.register_profile(
    "thorough", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

SKIPS_EMULATOR = os.environ.get("PMSYNC_SKIP_EMULATOR") == "1" and not os.environ.get("CI")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that use the emulator, so that `-m "not emulator"` leaves them out."""
    for item in items:
        if "emulator" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.emulator)


# ------------------------------------------------------------------------------ network

_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


LOOPBACK = {"127.0.0.1", "::1", "localhost", None}


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine."""


def _refuse_far(host: object) -> None:
    if host not in LOOPBACK:
        raise NetworkBlocked(f"Tests may not connect to {host}; use the `github` fixture or a cassette.")


def _check(connection: socket.socket, address: object) -> None:
    if connection.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
        _refuse_far(address[0])


def _guarded_connect(self: socket.socket, address: object) -> None:
    _check(self, address)
    _connect(self, address)  # type: ignore[arg-type]


def _guarded_connect_ex(self: socket.socket, address: object) -> int:
    _check(self, address)
    return _connect_ex(self, address)  # type: ignore[arg-type]


def _guarded_getaddrinfo(host: object, *arguments: object, **named: object) -> object:
    _refuse_far(host)
    return _getaddrinfo(host, *arguments, **named)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets this process look up and connect to loopback only. Child processes are not reached by it."""
    monkeypatch.setattr(socket.socket, "connect", _guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)


# -------------------------------------------------------------------------- environment

_SCRUBBED = ("GITHUB_", "GH_", "RUNNER_", "ACTIONS_", "INPUT_", "PMSYNC_", "XDG_", "GIT_")
_SCRUBBED_NAMES = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PAGER", "TERM_PROGRAM", "CLICOLOR"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Makes a test's environment the same on every machine; git has an identity and no configuration."""
    for name in os.environ:
        if name.startswith(_SCRUBBED) or name in _SCRUBBED_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    settled = {
        "HOME": str(home),
        "TZ": "UTC",
        "TERM": "dumb",
        "NO_PROXY": "127.0.0.1",  # else each request looks through all variables for a proxy
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.com",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.com",
    }
    for name, value in settled.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session", autouse=True)
def _no_power_cut() -> Iterator[None]:
    """Lets files be without waiting for the disk: no test's machine loses its power."""
    with mock.patch.object(os, "fsync", return_value=None):
        yield


# -------------------------------------------------------------------------------- places


@dataclass(frozen=True)
class Checkout:
    """A git repository with a work tree at `path`."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Runs git here and returns what it printed."""
        done = run(["git", *arguments], cwd=self.path)
        return str(done.stdout).rstrip("\n")

    def write(self, path: str, text: str | bytes) -> Path:
        """Writes a file, exactly these bytes."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def read(self, path: str) -> str:
        """A file's text, its line ends kept."""
        return (self.path / path).read_bytes().decode()

    def commit(self, files: dict[str, str | bytes] | None = None, message: str = "Change") -> str:
        """Writes `files`, commits all that changed, and returns the commit."""
        for path, text in (files or {}).items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Checkout:
    """A git repository, empty, on branch `main`."""
    path = tmp_path / "repo"
    path.mkdir()
    checkout = Checkout(path)
    checkout.git("init", "--quiet", "--initial-branch", "main")
    return checkout


setup_of = partial(make_setup, copy=Copy("github.com", "acme/pmsync", "a" * 40))
"""The files that `init` writes, where it is known who holds pmsync."""

# -------------------------------------------------------------------------------- GitHub


@pytest.fixture(scope="session", autouse=True)
def _mortal_connections() -> Iterator[None]:
    with mortal_connections():
        yield


@pytest.fixture(scope="session")
def github_server() -> Iterator[Server]:
    """The HTTP server that all tests of a session share."""
    with serving() as server:
        yield server


@pytest.fixture
def fresh_github(
    github_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], GitHub]]:
    """Makes a fresh GitHub at each call, for tests that need many: each takes the place of the last."""
    made: list[GitHub] = []

    def make() -> GitHub:
        github = make_github(tmp_path_factory.mktemp("github"), github_server.url)
        github_server.put(github, rules_of(github))
        made.append(github)
        return github

    yield make
    assert not [defect for github in made for defect in github.defects]


@pytest.fixture
def github(fresh_github: Callable[[], GitHub]) -> GitHub:
    """A fresh GitHub at `github.url`: see `tests.github.state.make_github`."""
    return fresh_github()


@pytest.fixture
def clock(github: GitHub) -> Clock:
    """The clock of `github`."""
    return github.clock


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The emulator that all tests of a session share."""
    if SKIPS_EMULATOR:
        pytest.skip("PMSYNC_SKIP_EMULATOR=1")
    with serving() as server:
        try:
            with running(server, tmp_path_factory.mktemp("emulator")) as emulator:
                yield emulator
        except Unavailable as error:
            pytest.fail(f"{error} (PMSYNC_SKIP_EMULATOR=1 leaves these tests out.)", pytrace=False)


@pytest.fixture
def emulator(emulator_process: Emulator) -> Iterator[Emulator]:
    """The emulator, its log empty and no fault planned. Take a fresh repository: `create_repository()`."""
    emulator_process.requests.clear()
    emulator_process.defects.clear()
    yield emulator_process
    emulator_process.mend()
    assert not emulator_process.defects
