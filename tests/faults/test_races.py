"""Two syncs of the same documents, from two checkouts at the same moment."""

from collections.abc import Iterator
from itertools import count

import pytest

from pmsync.errors import Interrupted
from pmsync.rivals import Rivals
from tests.faults.replay import Replay
from tests.faults.scenes import picture
from tests.github.state import GitHub, Lag
from tests.sync.world import DOCUMENT, Ran, World, postmortem


def meet(replay: Replay, github: GitHub, lag: Lag) -> Iterator[tuple[World, World, str]]:
    """Lets another checkout sync between any two requests of a sync; yields both when they are through."""
    for k in count(1):
        replay.set()
        github.lag = lag
        one, other = replay.world, replay.world.clone(f"other-{k}")
        ran: list[Ran] = []
        github.meanwhile(lambda other=other, ran=ran: ran.append(other.sync()), at=k)
        done = one.run("sync")
        github.mend()
        assert done.code == 0 or "was made by another run at the same moment" in done.out, done.out
        if not ran:
            return
        yield one, other, f"the other one came before request {k}"


def check_one_open_issue_for_each_item(replay: Replay, world: World, where: str) -> None:
    """The picture is as if one had been alone; whatever else was made is closed as a duplicate."""
    seen = picture(world)
    assert seen["documents"] == replay.wanted["documents"], where
    assert seen["linked"] == replay.wanted["linked"], where
    linked = {link.number for link in world.links()}
    others = [issue for number, issue in world.issues().items() if number not in linked]
    assert {(issue.is_open, issue.reason) for issue in others} <= {(False, "duplicate")}, where


@pytest.mark.parametrize(
    "lag", [Lag(), Lag(seconds=3600), Lag(requests=4, hides_edits=True)], ids=["", "lag", "short-lag"]
)
def test_two_syncs_at_the_same_moment_leave_one_open_issue_for_each_item(
    replay: Replay, github: GitHub, lag: Lag
) -> None:
    for one, other, where in meet(replay, github, lag):
        for world in (one, other, one, other):
            world.sync()
        github.clock.advance(3600)
        for world in (other, one, other):
            world.sync()
        for world in (one, other):
            check_one_open_issue_for_each_item(replay, world, where)
            assert world.sync().actions == [], where


@pytest.mark.parametrize("lag", [Lag(), Lag(seconds=3600)], ids=["", "lag"])
def test_two_syncs_at_the_same_moment_make_one_issue_too_many_at_most(
    replay: Replay, github: GitHub, lag: Lag
) -> None:
    for one, _, where in meet(replay, github, lag):
        alone = len(replay.wanted["linked"]) + len(replay.wanted["others"])
        assert len(one.issues()) <= alone + 1, where


def test_a_second_issue_that_a_person_worked_on_is_told_and_left_open(
    first_replay: Replay, github: GitHub
) -> None:
    for one, other, where in meet(first_replay, github, Lag()):
        linked = {link.number for world in (one, other) for link in world.links()}
        surplus = one.issues().keys() - linked
        if not surplus:
            continue
        number = min(surplus)
        one.person.comment(number, "On it.")
        told = one.sync()
        assert told.tells(f"#{number}", "people have worked on it"), where
        assert one.issue(number).is_open, where
        assert one.sync().actions == [], where
        return
    pytest.fail("no two syncs made an issue each")


def test_an_interruption_while_another_run_is_looked_for_loses_no_link(
    local: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted("interrupted")

    monkeypatch.setattr(Rivals, "find_ahead", interrupt)
    local.write(DOCUMENT, postmortem("Alert on memory", "Patch the till"))
    local.sync()
    assert [link.number for link in local.links()] == [1, 2]
