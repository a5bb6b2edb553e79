"""Every request of a run that labels issues and makes the dashboard, spoilt in several ways."""

import pytest

from tests.faults.conftest import _set_replay
from tests.faults.replay import Replay
from tests.faults.scenes import Scene
from tests.github.faults import Kind
from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, World, postmortem


def _prepare(world: World) -> None:
    """An issue that is late, one that is due soon, one that somebody closed; the options new."""
    world.write(
        DOCUMENT,
        postmortem(
            "Alert on memory (due: 2026-02-20)",
            "Patch the cart service (due: 2026-03-10)",
            "Shard the index",
        ),
    )
    world.sync()
    world.person.close(3)
    world.configure(dashboard=True, nudges=True)


@pytest.fixture
def replay(_git_asked_once: None, shop: World, github: GitHub) -> Replay:
    return _set_replay(Scene("noticeboard", _prepare, ("follow", "nudge", "nudge")), shop, github)


KINDS = (
    Kind.DROP_BEFORE,
    Kind.DROP_AFTER,
    Kind.CUT_JSON,
    Kind.FORBIDDEN,
    Kind.NOT_FOUND,
    Kind.KILL_BEFORE,
    Kind.KILL_AFTER,
)
"""One of each sort; the other sweep has them all."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.lower())
def test_one_more_sync_ends_as_if_there_had_been_no_fault(replay: Replay, kind: Kind) -> None:
    spoilt = 0
    for where in replay.spoilt(kind):
        replay.heal(where)
        spoilt += 1
    assert spoilt >= 6
