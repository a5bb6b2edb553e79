"""Every request of a sync spoilt in every way: what is said, what is left, what one more sync makes of it."""

import pytest

from tests.faults.replay import KILLS, Replay
from tests.github.faults import Kind, Request
from tests.github.state import GitHub, Lag
from tests.pace import THOROUGH
from tests.sync.world import DOCUMENT, World, postmortem

DOWN = (
    Kind.DROP_BEFORE,
    Kind.DROP_AFTER,
    Kind.ERROR_AFTER,
    Kind.CUT_JSON,
    Kind.SLOW_AFTER,
    Kind.UNAUTHORIZED,
    Kind.FORBIDDEN,
    Kind.SECONDARY_SILENT,
    Kind.TOO_MANY,
    Kind.NOT_FOUND,
    Kind.GONE,
)
"""Faults that can last; the others differ from these by one request only."""

LOST = (Kind.DROP_AFTER, Kind.HTML_502_AFTER, Kind.TRUNCATED, Kind.SLOW_AFTER, Kind.KILL_AFTER)
"""Faults after which a list that lags says nothing of what was made."""

STOPPING = {Kind.UNAUTHORIZED, *KILLS}
WAITED_FOR = {Kind.SECONDARY, Kind.SECONDARY_SILENT, Kind.TOO_MANY, Kind.TOO_MANY_SILENT}


def creations(request: Request) -> bool:
    """Counts requests that create an issue."""
    return request.method == "POST" and request.path.endswith("/issues")


def every_third(kind: Kind) -> dict[str, int]:
    """Which requests are spoilt: all when thorough, else every third one, from another one by kind."""
    return {"start": 1, "step": 1} if THOROUGH else {"start": 1 + list(Kind).index(kind) % 3, "step": 3}


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name.lower())
def test_one_more_sync_ends_as_if_there_had_been_no_fault(replay: Replay, kind: Kind) -> None:
    spoilt = 0
    for where in replay.spoilt(kind):
        replay.heal(where)
        spoilt += 1
    assert spoilt >= 6


@pytest.mark.parametrize("kind", DOWN, ids=lambda kind: kind.name.lower())
def test_one_more_sync_ends_as_if_github_had_never_been_down(replay: Replay, kind: Kind) -> None:
    for where in replay.spoilt(kind, lasting=True, **every_third(kind)):
        replay.heal(where)


@pytest.mark.parametrize("kind", LOST, ids=lambda kind: kind.name.lower())
@pytest.mark.parametrize("hides_edits", [False, True], ids=["", "hides-edits"])
def test_lists_that_lag_make_no_second_issue(
    replay: Replay, github: GitHub, kind: Kind, hides_edits: bool
) -> None:
    def lag() -> None:
        github.lag = Lag(seconds=3600, hides_edits=hides_edits)

    for where in replay.spoilt(kind, before=lag, **every_third(kind)):
        replay.world.sync()
        github.clock.advance(3600)
        replay.heal(where)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in STOPPING], ids=lambda kind: kind.name)
def test_a_failure_on_the_third_item_still_makes_and_writes_back_the_other_four(
    first_replay: Replay, github: GitHub, kind: Kind
) -> None:
    first_replay.set()
    fault = github.fail(kind, at=3, of=creations)
    ran = first_replay.world.run("sync", "--format", "json")
    assert fault.fired
    linked = {link.number for link in first_replay.world.links()}
    assert linked == {issue.number for issue in github.shop.open_issues}
    is_made = kind.is_processed or kind in WAITED_FOR
    assert (len(linked), ran.code) == ((5, 0) if is_made else (4, 1))
    first_replay.heal()


def test_a_token_revoked_at_the_third_item_still_writes_back_the_first_two(
    first_replay: Replay, github: GitHub
) -> None:
    first_replay.set()
    github.fail(Kind.UNAUTHORIZED, at=3, of=creations, lasting=True)
    ran = first_replay.world.run("sync", "--format", "json")
    github.mend()
    assert ran.code == 1
    assert len(first_replay.world.links()) == 2
    assert len(ran.data["left"]) == 2
    first_replay.heal()


def test_an_issue_that_cannot_be_read_is_told_and_stops_no_other(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem("Alert on memory before the cart fills it", "Patch the cart service"))
    shop.sync()
    for number in (1, 2):
        shop.person.close(number)
    github.fail(Kind.ERROR_BEFORE, lasting=True, of=lambda request: request.path.endswith("/issues/1"))
    ran = shop.sync(code=1)
    assert ran.actions == ["follow"]
    assert ran.tells("acme/shop#1 could not be read", of="errors")
    assert [link.word for link in shop.links()] == ["open", "done"]
    shop.plan(code=1)
    shop.status(code=1)
    github.mend()
    assert shop.sync().actions == ["follow"]
    shop.settled()


def test_a_tracker_down_for_most_reads_is_not_asked_for_each_item(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(*(f"Do the {n}th thing that we agreed on" for n in range(20))))
    shop.sync()
    for number in range(1, 21):
        shop.person.close(number)
    github.fail(Kind.ERROR_BEFORE, lasting=True, of=lambda request: "/issues/" in request.path)
    with shop.watch() as seen:
        ran = shop.run("sync")
    assert ran.code == 1
    assert len(seen) < 20
    assert sum(github.clock.sleeps) < 60
