"""The state machine of `machine`, in a world with files and in one with our own GitHub."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import Checkout
from tests.faults.machine import People
from tests.github.clock import Clock
from tests.github.state import ACTIONS, GitHub
from tests.pace import THOROUGH
from tests.persons import Folder, Shop
from tests.sync.conftest import _environment
from tests.sync.world import World, unwaiting

PACE = settings(
    max_examples=2000 if THOROUGH else 24,
    stateful_step_count=30 if THOROUGH else 20,
    phases=list(Phase) if THOROUGH else [Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes long
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a fresh folder; without git, whose answers are most of a run's time."""
    return lambda: tmp_path_factory.mktemp("people")


def test_whatever_people_do_one_item_has_one_issue_in_files(folder: Callable[[], Path]) -> None:
    clock = Clock()

    def make_world() -> World:
        path = folder()
        return World(Checkout(path), Folder(path, clock))

    with unwaiting(clock.now, clock.sleep):
        run(make_world)


def test_whatever_people_do_and_github_says_one_item_has_one_issue(
    fresh_github: Callable[[], GitHub], folder: Callable[[], Path]
) -> None:
    clock = Clock()

    def make_world() -> World:
        clock.advance(2 * 3600)  # so that no limit counts what an earlier example made
        github = fresh_github()
        github.clock = clock
        api = github.create_repository("acme/api")
        for name in ("postmortem", "payments"):
            api.create_label(name)
        rights = {"issues": "write", "metadata": "read"}
        github.add_token(ACTIONS, github.token, rights, ["acme/shop", "acme/api"])
        return World(Checkout(folder()), Shop(github), _environment(github.url, github.token, "acme/shop"))

    with unwaiting(clock.now, clock.sleep):
        run(make_world)


def run(make_world: Callable[[], World]) -> None:
    """Runs the machine, with a fresh world for each example."""
    made: dict[str, Any] = {"make_world": staticmethod(make_world)}
    run_state_machine_as_test(type("People", (People,), made), settings=PACE)
