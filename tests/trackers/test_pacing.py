"""Writes go out as fast as GitHub's published limits allow, and never faster."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.errors import OutOfBudget, Refused
from pmsync.github.connection import HOUR_WAIT, MAX_WAIT, Connection
from pmsync.github.pacing import BURST, HOUR, MINUTE, PER_HOUR, PER_MINUTE, Pace
from pmsync.model import Draft
from pmsync.trackers.github import GithubTracker
from tests.github.clock import Clock
from tests.github.faults import Kind
from tests.github.state import GitHub
from tests.persons import LABEL, github_tracker


class Writer:
    """Counts when its pace let a write out."""

    def __init__(self, max_wait: float = MAX_WAIT) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        self.pace = Pace(self.clock, self.said.append, max_wait)
        self.sent: list[datetime] = []

    def write(self, times: int = 1) -> None:
        for _ in range(times):
            self.pace.admit()
            self.sent.append(self.clock.now())

    @property
    def seconds(self) -> float:
        return sum(self.clock.sleeps)

    def most_within(self, window: timedelta) -> int:
        """The most writes that any half-open window of that length holds."""
        return max(sum(start <= moment < start + window for moment in self.sent) for start in self.sent)


def test_a_burst_goes_out_at_once() -> None:
    writer = Writer()
    writer.write(BURST)
    assert not writer.clock.sleeps
    assert not writer.said


def test_after_a_burst_one_write_goes_out_each_second() -> None:
    writer = Writer()
    writer.write(BURST + 10)
    assert writer.seconds == pytest.approx(10)
    assert writer.said == ["GitHub asks for a pause between writes: going on at one every 1 s"]


def test_time_spent_on_other_things_earns_a_new_burst() -> None:
    writer = Writer()
    writer.write(BURST)
    writer.clock.advance(3600)
    writer.write(BURST)
    assert not writer.clock.sleeps


def test_no_minute_holds_more_writes_than_github_takes() -> None:
    writer = Writer()
    writer.write(300)
    assert writer.most_within(MINUTE) <= PER_MINUTE
    assert writer.seconds < 300


def test_beyond_the_hourly_limit_the_run_stops_and_says_when_to_go_on() -> None:
    writer = Writer()
    with pytest.raises(
        OutOfBudget, match=r"500 writes an hour: go on after 2026-03-02 10:00:02 UTC.*--wait"
    ) as no:
        writer.write(600)
    assert len(writer.sent) == PER_HOUR
    assert no.value.resume_at == writer.sent[0] + HOUR + timedelta(seconds=2)
    assert not any(seconds > MAX_WAIT for seconds in writer.clock.sleeps)


def test_beyond_the_hourly_limit_the_run_waits_when_asked_to() -> None:
    writer = Writer(max_wait=HOUR_WAIT)
    writer.write(600)
    assert writer.most_within(HOUR) <= PER_HOUR
    assert any("500 writes an hour" in text for text in writer.said)
    assert writer.sent[-1] - writer.sent[0] < HOUR + timedelta(minutes=5)


def test_what_others_created_in_the_last_hour_counts() -> None:
    writer = Writer()
    now = writer.clock.now()
    writer.pace.note_earlier([now - timedelta(minutes=30)] * (PER_HOUR - 3) + [now - timedelta(hours=2)] * 50)
    with pytest.raises(OutOfBudget) as no:
        writer.write(4)
    assert len(writer.sent) == 3
    assert no.value.resume_at == now + timedelta(minutes=30, seconds=2)


def test_noting_again_replaces_and_never_adds() -> None:
    writer = Writer()
    for _ in range(3):
        writer.pace.note_earlier([writer.clock.now()] * 200)
    writer.clock.advance(120)
    writer.write(30)
    assert not writer.clock.sleeps


def test_the_first_refusal_slows_the_rest_and_each_further_one_more() -> None:
    writer = Writer()
    writer.write(3)
    writer.pace.slow_down()
    writer.write(5)
    assert writer.seconds == pytest.approx(10)
    writer.pace.slow_down()
    writer.write(5)
    assert writer.seconds == pytest.approx(10 + 20)
    writer.clock.advance(3600)
    writer.clock.sleeps.clear()
    writer.write(5)
    assert writer.seconds == pytest.approx(4 * 4)


@given(
    bursts=st.lists(st.tuples(st.floats(0, 4000), st.integers(1, 120)), min_size=1, max_size=8),
    refused_after=st.integers(0, 8),
)
def test_no_rhythm_of_work_ever_breaks_a_limit(bursts: list[tuple[float, int]], refused_after: int) -> None:
    writer = Writer(max_wait=HOUR_WAIT)
    for index, (idle, writes) in enumerate(bursts):
        writer.clock.advance(idle)
        if index == refused_after:
            writer.pace.slow_down()
        writer.write(writes)
    assert writer.most_within(MINUTE) <= PER_MINUTE
    assert writer.most_within(HOUR) <= PER_HOUR
    assert all(0 < seconds <= HOUR_WAIT for seconds in writer.clock.sleeps)


# ------------------------------------------------------------------ against a server that enforces them


def fresh(github: GitHub, max_wait: float = MAX_WAIT) -> tuple[GithubTracker, Connection]:
    connection = Connection(github.token, base_url=github.url, clock=github.clock, max_wait=max_wait)
    tracker = github_tracker(connection, "acme/shop")
    tracker.list_issues("all")
    return tracker, connection


def fill(tracker: GithubTracker, times: int) -> None:
    for number in range(times):
        tracker.create(Draft(title=f"Item {number}", body="", labels=(LABEL,)))


def test_25_items_go_at_full_speed(github: GitHub) -> None:
    tracker, connection = fresh(github)
    with connection:
        fill(tracker, 25)
    assert not github.clock.sleeps
    assert not github.limits.refusals


def test_120_items_go_without_a_single_refusal(github: GitHub) -> None:
    tracker, connection = fresh(github)
    with connection:
        fill(tracker, 120)
    assert not github.limits.refusals
    assert sum(github.clock.sleeps) < 120


def test_600_items_stop_at_the_hourly_limit_and_the_next_run_takes_up_from_there(github: GitHub) -> None:
    tracker, connection = fresh(github)
    with connection, pytest.raises(OutOfBudget, match="go on after") as no:
        fill(tracker, 600)
    made = len(github.shop.issues)
    assert made == PER_HOUR - 1  # the label was a write, too
    again, connection = fresh(github)
    with connection, pytest.raises(OutOfBudget):
        fill(again, 600 - made)
    assert len(github.shop.issues) in {made, made + 1}  # an hour's count cannot tell of that label
    resume = no.value.resume_at
    assert resume is not None
    github.clock.advance(resume.timestamp() - github.clock.time() + 300)
    later, connection = fresh(github)
    with connection:
        fill(later, 40)
    assert len(github.shop.issues) >= PER_HOUR + 39
    assert len(github.limits.refusals) <= 1


def test_520_items_cross_the_hourly_limit_when_asked_to_wait(github: GitHub) -> None:
    tracker, connection = fresh(github, max_wait=HOUR_WAIT)
    with connection:
        fill(tracker, 520)
    assert len(github.shop.issues) == 520
    assert not github.limits.refusals


def test_one_refusal_costs_no_second_one(github: GitHub) -> None:
    github.limits.content_a_minute = 20  # stricter than published: the pace cannot know
    tracker, connection = fresh(github)
    with connection:
        fill(tracker, 60)
    assert len(github.shop.issues) == 60
    titles = Counter(issue.title for issue in github.shop.issues.values())
    assert set(titles.values()) == {1}
    assert len(github.limits.refusals) <= 4


def test_writes_of_git_data_are_not_paced(github: GitHub) -> None:
    _, connection = fresh(github)
    github.fail(Kind.NOT_FOUND, lasting=True)
    with connection:
        for _ in range(100):
            with pytest.raises(Refused):
                connection.request("POST", "/repos/acme/shop/git/blobs", body={"content": ""})
    assert not github.clock.sleeps
