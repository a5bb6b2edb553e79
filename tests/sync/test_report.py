"""What a report tells of the past it asks the tracker, at the cost of a list."""

import pytest

from tests.github.clock import Clock
from tests.sync.world import DOCUMENT, World, postmortem

DAY = 24 * 3600


@pytest.fixture
def world(shop: World, clock: Clock) -> World:
    """A world in which a follow-up was done, and its document said so, a while ago."""
    shop.write(DOCUMENT, postmortem("Alert on memory", "Patch the till"))
    shop.sync()
    clock.advance(5 * DAY)
    shop.person.close(1)
    shop.sync()
    clock.advance(DAY)
    return shop


def test_what_was_settled_in_earlier_runs_is_dated_by_its_issue(world: World) -> None:
    figures = world.status().data["figures"]
    assert (figures["closed_undated"], figures["median_days_to_close"]) == (0, 5)
    assert sum(month["closed"] for month in figures["by_month"].values()) == 1
    assert world.status("--offline").data["figures"]["closed_undated"] == 1


def test_it_costs_one_request_for_a_hundred_closed_issues_and_a_sync_none(world: World) -> None:
    with world.watch() as seen:
        world.status()
    assert [request.path for request in seen] == ["/repos/acme/shop/issues"] * 2
    with world.watch() as seen:
        world.sync()
    assert len(seen) == 1


def test_an_issue_that_cannot_be_found_any_more_leaves_the_rest_dated(world: World, clock: Clock) -> None:
    world.person.close(2)
    clock.advance(DAY)
    world.sync()
    world.person.delete(1)
    figures = world.status().data["figures"]
    assert (figures["done"], figures["closed_undated"], figures["median_days_to_close"]) == (2, 1, 6)
