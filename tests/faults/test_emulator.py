"""A tenth of the sweep, on a GitHub that nobody of this project wrote."""

from tests.faults.stage import Stage
from tests.github.faults import Kind


def test_one_more_sync_ends_as_if_there_had_been_no_fault(emulated_stage: Stage) -> None:
    struck = 0
    for number, kind in enumerate(Kind):
        for where in emulated_stage.spoilt(kind, start=1 + number % 10, step=10):
            emulated_stage.heal(where)
            struck += 1
    assert struck >= 10
