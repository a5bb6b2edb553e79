"""Labels say how late a follow-up is; what people put on or took off stays as people left it."""

import re
from datetime import timedelta

import pytest

from tests.github.clock import Clock
from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, World, postmortem

SOON, LATER = "2026-03-10", "2026-05-01"
OTHER = "postmortems/2026-03-09-search.md"
ALERT, PATCH, BOUND = f"Alert on memory (due: {SOON})", f"Patch the till (due: {LATER})", "Bound the queue"


def days(clock: Clock, number: int) -> None:
    clock.advance(timedelta(days=number).total_seconds())


@pytest.fixture
def world(world: World) -> World:
    """The clocks start on 2026-03-02."""
    world.configure(nudges=True)
    world.write(DOCUMENT, postmortem(ALERT, PATCH, BOUND))
    world.sync()
    return world


@pytest.fixture
def now(world: World) -> Clock:
    clock = getattr(world.person, "clock", None) or world.person.github.clock  # type: ignore[attr-defined]
    assert isinstance(clock, Clock)
    return clock


def labels(world: World, number: int) -> set[str]:
    return set(world.issue(number).labels) - {"postmortem"}


def test_what_falls_due_is_labelled_and_labelled_anew_when_it_is_late(world: World, now: Clock) -> None:
    days(now, 52)
    assert [change["reason"] for change in world.plan().data["changes"]] == [
        "overdue since 2026-03-10",
        "due on 2026-05-01",
    ]
    assert [labels(world, number) for number in (1, 2, 3)] == [{"due-soon"}, set(), set()]
    world.sync()
    assert [labels(world, number) for number in (1, 2, 3)] == [{"overdue"}, {"due-soon"}, set()]
    world.settled()


def test_a_new_issue_bears_its_label_from_the_start(world: World, now: Clock) -> None:
    assert [labels(world, number) for number in (1, 2, 3)] == [{"due-soon"}, set(), set()]
    world.settled()
    days(now, 9)
    assert world.sync().data["changes"][0]["reason"] == "overdue since 2026-03-10"
    assert labels(world, 1) == {"overdue"}
    world.settled()


def test_a_new_issue_of_what_is_done_bears_none(world: World) -> None:
    world.configure(nudges=True, done_items="create")
    world.write(DOCUMENT, postmortem(f"[x] Reap the carts (due: {SOON})"))
    world.sync()
    assert labels(world, world.link("Reap").number) == set()


def test_a_label_of_its_own_that_a_new_issue_bears_is_never_taken_off(world: World, now: Clock) -> None:
    world.configure(nudges=True, labels=["due-soon"])
    world.write(DOCUMENT, postmortem(f"Reap the carts (due: {SOON})"))
    world.sync()
    days(now, 9)
    world.sync()
    assert labels(world, world.link("Reap").number) == {"due-soon", "overdue"}


def test_it_goes_when_the_date_is_put_off_or_the_issue_is_closed(world: World, now: Clock) -> None:
    days(now, 60)
    world.sync()
    assert [labels(world, number) for number in (1, 2)] == [{"overdue"}, {"due-soon"}]
    world.edit(DOCUMENT, f"due: {SOON}", "due: 2026-09-01")
    world.person.close(2)
    world.sync()
    assert [labels(world, number) for number in (1, 2)] == [set(), set()]
    world.settled()


def test_it_goes_when_a_box_closes_the_issue(world: World, now: Clock) -> None:
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    world.sync()
    world.sync()
    assert labels(world, world.link("Alert").number) == {"due-soon"}
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    done = world.sync()
    assert done.actions == ["close"]
    assert labels(world, world.link("Alert").number) == set()
    world.settled(loose=[2, 3])


def test_a_label_that_a_person_put_on_is_never_taken_off(world: World, now: Clock) -> None:
    world.person.label(2, "due-soon")
    world.person.label(3, "overdue")
    assert world.sync().actions == []
    days(now, 52)
    assert world.sync().actions == ["nudge"]  # the first, which is overdue
    assert labels(world, 2) == {"due-soon"}
    days(now, 9)
    world.sync()
    assert labels(world, 2) == {"due-soon", "overdue"}
    world.person.close(2)
    world.sync()
    assert labels(world, 2) == {"due-soon"}
    assert labels(world, 3) == {"overdue"}


def test_one_that_a_person_took_off_is_not_put_on_again_for_the_same_date(world: World, now: Clock) -> None:
    days(now, 9)
    world.sync()
    world.person.unlabel(1, "overdue")
    for _ in range(2):
        days(now, 1)
        assert world.sync().actions == []
    world.person.close(1)
    world.sync()
    world.person.reopen(1)
    world.sync()
    assert labels(world, 1) == set()
    world.edit(DOCUMENT, f"due: {SOON}", "due: 2026-03-11")
    world.sync()
    assert world.sync().actions in ([], ["nudge"])
    assert labels(world, 1) == {"overdue"}
    world.settled()


def test_what_the_marker_keeps_beside_is_kept(world: World, now: Clock) -> None:
    before = world.issue(2)
    days(now, 52)
    world.sync()
    after = world.issue(2)
    assert after.body.replace(" nudge=s20260501", "") == before.body
    assert after.title == before.title
    world.edit(DOCUMENT, "Patch the till", "Patch the till and the cart")
    assert world.sync().actions == ["update"]
    assert " nudge=s20260501 " in world.issue(2).body


def test_only_issues_that_bear_our_marker_are_labelled(world: World) -> None:
    number = world.person.open("Empty the carts by hand")
    reference = f"#{number}" if not world.is_local else f".pmsync/issues/{number}.md"
    world.write(DOCUMENT, postmortem(f"Empty the carts (due: {SOON}) (tracked in {reference})"))
    world.sync()
    world.sync()
    assert labels(world, number) == set()


def test_an_issue_of_another_repositorys_documents_is_not_labelled(shop: World) -> None:
    shop.configure(nudges=True)
    shop.write(DOCUMENT, postmortem(PATCH))
    shop.sync()
    body = re.sub(r" (id|src)=\w+", r" \1=0123456789abcdef", shop.issue(1).body)
    number = shop.person.open("Theirs", body, ["postmortem"])
    shop.write(OTHER, postmortem(f"Empty the carts (due: {SOON}) (#{number})"))
    for _ in range(2):
        shop.sync()
    assert shop.link("Empty", OTHER).number == number
    assert (labels(shop, number), shop.issue(number).body) == (set(), body)


def test_an_issue_that_was_transferred_is_not_labelled(shop: World, github: GitHub) -> None:
    """A workflow's token cannot write there, and would fail in every run."""
    github.create_repository("acme/api").create_label("postmortem")
    shop.configure(nudges=True)
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    github.person("alice").transfer(github.shop.issue(1), github.repository("acme/api"))
    shop.sync()
    assert shop.sync().actions == []


def test_an_issue_that_bears_anothers_body_is_not_labelled(world: World, now: Clock) -> None:
    body, before = world.issue(2).body, labels(world, 1)
    world.person.retitle(1, "All mine now")
    world.person.rewrite(1, body)
    days(now, 52)  # what is due soon would be overdue by then
    world.sync()
    assert (labels(world, 1), world.issue(1).body) == (before, body)


def test_one_that_a_person_puts_on_again_is_theirs(world: World, now: Clock) -> None:
    world.sync()
    world.person.unlabel(1, "due-soon")
    assert world.sync().actions == []
    world.settled()
    world.person.label(1, "due-soon")
    days(now, 9)
    assert world.sync().actions == ["nudge"]
    assert labels(world, 1) == {"due-soon", "overdue"}
    world.settled()


def test_no_label_without_the_option_or_in_a_run_over_some_documents(world: World, now: Clock) -> None:
    days(now, 52)
    assert world.plan(DOCUMENT).actions == []
    world.configure()
    assert world.sync().actions == []
    assert labels(world, 2) == set()


def test_a_policy_makes_things_due_too(world: World) -> None:
    world.configure(nudges=True, due_within={"SEV-1": 10})
    world.write(DOCUMENT, "---\ndate: 2026-02-20\nseverity: SEV-1\n---\n" + postmortem("Reap the carts"))
    world.sync()
    assert labels(world, world.link("Reap").number) == {"due-soon"}


def test_a_second_sync_changes_nothing_on_any_day(world: World, now: Clock) -> None:
    for _ in range(6):
        world.sync()
        world.settled()
        days(now, 4)
