"""The worlds that tests sync in."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from pmsync.extract import reader
from tests.children import run
from tests.conftest import Checkout
from tests.github.clock import Clock
from tests.github.emulator import Emulator
from tests.github.state import GitHub
from tests.persons import Emulated, Folder, Shop
from tests.sync.world import Clone, Clones, World, unwaiting

_read = lru_cache(maxsize=1000)(reader.read_postmortem)


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads each text once, whoever writes it again: nothing else decides what it is read as."""
    monkeypatch.setattr(reader, "read_postmortem", _read)


@pytest.fixture
def local(repo: Checkout) -> Iterator[World]:
    """A world whose issues are files."""
    clock = Clock()
    with unwaiting(clock.now, clock.sleep):
        yield World(repo, Folder(repo.path, clock))


@pytest.fixture
def shop(repo: Checkout, github: GitHub) -> Iterator[World]:
    """A world with our own GitHub; `world.person` is the `Shop`, `github` the rest of it."""
    with unwaiting(github.clock.now, github.clock.sleep):
        yield World(repo, Shop(github), _environment(github.url, github.token, "acme/shop"))


@pytest.fixture
def emulated(repo: Checkout, emulator: Emulator) -> Iterator[World]:
    """A world with the emulator."""
    clock = Clock()
    repository = emulator.create_repository()
    with unwaiting(clock.now, clock.sleep):
        yield World(
            repo, Emulated(emulator, repository), _environment(emulator.url, emulator.token, repository)
        )


@pytest.fixture(params=["local", "shop"])
def world(request: pytest.FixtureRequest) -> World:
    """A world of each tracker in turn."""
    made: World = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["local", "shop", pytest.param("emulated", marks=pytest.mark.emulator)])
def any_world(request: pytest.FixtureRequest) -> World:
    """The same with the emulator, for the main road."""
    made: World = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def clones(shop: World, github: GitHub, tmp_path: Path) -> Clones:
    """Makes clones of the repository, which holds a first commit."""
    github.person("alice").push({"README.md": "# Shop\n"})

    def clone(name: str) -> Clone:
        path = tmp_path / name
        run(["git", "clone", "--quiet", str(github.shop.git.path), str(path)], cwd=tmp_path)
        return Clone(Checkout(path), shop.person, dict(shop.env))

    return clone


def _environment(url: str, token: str, repository: str) -> dict[str, str]:
    return {
        "GITHUB_API_URL": url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_TOKEN": token,
        "GITHUB_REPOSITORY": repository,
    }
