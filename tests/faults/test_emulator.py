"""A tenth of the sweep, on a GitHub that nobody of this project wrote."""

from tests.faults.replay import Replay
from tests.github.faults import Kind


def test_one_more_sync_ends_as_if_there_had_been_no_fault(emulated_replay: Replay) -> None:
    struck = 0
    for number, kind in enumerate(Kind):
        for where in emulated_replay.spoilt(kind, start=1 + number % 10, step=10):
            emulated_replay.heal(where)
            struck += 1
    assert struck >= 10
