"""The same worlds as in `tests.sync`, and scenes to play in them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

import pytest

from pmsync import session
from pmsync.git import Checkout
from tests.faults.replay import Replay
from tests.faults.scenes import FIRST, SCENES, Scene, keep, picture
from tests.github.clock import Clock
from tests.github.emulator import Emulator
from tests.github.state import GitHub
from tests.persons import Emulated, Shop
from tests.sync.conftest import emulated, local, read_once, shop  # noqa: F401 - fixtures
from tests.sync.world import World


@pytest.fixture
def _git_asked_once() -> Iterator[None]:
    """Reads what git knows of a checkout once: no scene commits or moves files, and it is most of a run."""
    known: dict[Path, Checkout] = {}
    ask = session.read_checkout

    def read_checkout(root: Path, environ: Mapping[str, str]) -> Checkout:
        if root not in known:
            known[root] = ask(root, environ)
        return known[root]

    with mock.patch.object(session, "read_checkout", read_checkout):
        yield


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def replay(_git_asked_once: None, request: pytest.FixtureRequest, shop: World, github: GitHub) -> Replay:  # noqa: F811
    """Each scene in turn, on our own GitHub."""
    return _set_replay(request.param, shop, github)


@pytest.fixture
def first_replay(_git_asked_once: None, shop: World, github: GitHub) -> Replay:  # noqa: F811
    """The scene of five new items."""
    return _set_replay(FIRST, shop, github)


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def emulated_replay(
    _git_asked_once: None,
    request: pytest.FixtureRequest,
    emulated: World,  # noqa: F811
    emulator: Emulator,
) -> Replay:
    """Each scene in turn, on the emulator: in a fresh repository each time."""
    scene: Scene = request.param

    def set_anew() -> None:
        emulator.mend()
        repository = emulator.create_repository()
        emulated.person = Emulated(emulator, repository)
        emulated.env |= {"GITHUB_TOKEN": emulator.token, "GITHUB_REPOSITORY": repository}
        for path in list(emulated.wrote):
            emulated.remove(path)
        scene.prepare(emulated)

    set_anew()
    assert emulated.sync().actions == list(scene.actions)
    return Replay(emulated, emulator, Clock(), set_anew, picture(emulated))


def _set_replay(scene: Scene, world: World, github: GitHub) -> Replay:
    assert isinstance(world.person, Shop)
    scene.prepare(world)
    bring_back = keep(world, world.person)
    assert world.sync().actions == list(scene.actions)
    return Replay(world, github, github.clock, bring_back, picture(world))
