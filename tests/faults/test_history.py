"""The state machine of `history`: clones of one repository, old and new, and write-backs that land late."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.history import History
from tests.github.clock import Clock
from tests.github.state import GitHub
from tests.pace import THOROUGH
from tests.sync.world import unwaiting

PACE = settings(
    max_examples=400 if THOROUGH else 12,
    stateful_step_count=25 if THOROUGH else 14,
    phases=list(Phase) if THOROUGH else [Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes long
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_whoever_set_a_state_last_is_never_overruled_by_any_clone(
    fresh_github: Callable[[], GitHub], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = Clock()

    def make_github() -> GitHub:
        clock.advance(2 * 3600)
        github = fresh_github()
        github.clock = clock
        return github

    made: dict[str, Any] = {
        "make_github": staticmethod(make_github),
        "make_folder": staticmethod(lambda: tmp_path_factory.mktemp("clones")),
    }
    with unwaiting(clock.now, clock.sleep):
        run_state_machine_as_test(type("AnyHistory", (History,), made), settings=PACE)
