"""The memory of a command is on the issue: however late a write-back lands, nobody is overruled."""

import re

import pytest

from tests.github.faults import Kind
from tests.github.state import GitHub, Protection
from tests.sync.world import DOCUMENT, Clones, World, postmortem

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"


@pytest.fixture
def world(world: World) -> World:
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    world.sync()
    return world


def unlanded_sync(world: World, path: str = DOCUMENT) -> list[str]:
    """A sync whose write-back never reaches the branch."""
    text = world.text(path)
    actions = world.sync().actions
    world.write(path, text)
    return actions


def test_a_reopening_stays_while_the_write_back_of_a_tick_has_not_landed(world: World) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert unlanded_sync(world) == ["close"]
    world.person.reopen(1)
    for _ in range(3):
        assert "close" not in unlanded_sync(world)
        assert world.issue(1).is_open
    world.sync()
    assert "- [ ]" in world.line("Alert")
    world.settled()


def test_a_closing_stays_while_the_write_back_of_an_untick_has_not_landed(world: World) -> None:
    world.person.close(1)
    world.sync()
    world.edit(DOCUMENT, "[x] Alert", "[ ] Alert")
    assert unlanded_sync(world) == ["reopen"]
    world.person.close(1)
    for _ in range(3):
        assert "reopen" not in unlanded_sync(world)
        assert not world.issue(1).is_open
    world.sync()
    assert "- [x]" in world.line("Alert")
    world.settled()


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate"])
def test_a_tick_that_met_a_closing_never_undoes_the_reopening_after_it(world: World, reason: str) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    world.person.close(1, reason)
    unlanded_sync(world)
    world.person.reopen(1)
    assert "close" not in unlanded_sync(world)
    assert world.issue(1).is_open


def test_a_tick_after_a_reopening_that_the_document_shows_is_obeyed(world: World) -> None:
    for _ in range(2):
        world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
        assert world.sync().actions == ["close", "follow"] or not world.issue(1).is_open
        world.person.reopen(1)
        world.sync()
        assert world.issue(1).is_open
        assert "- [ ]" in world.line("Alert")
    world.settled()


def test_a_tick_after_a_late_landing_is_obeyed(world: World) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    unlanded_sync(world)
    world.person.reopen(1)
    unlanded_sync(world)
    world.sync()
    world.repo.commit()
    world.sync()
    world.settled()
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert "close" in world.sync().actions
    assert not world.issue(1).is_open
    world.settled()


def test_an_untick_after_a_closing_that_the_document_shows_is_obeyed(world: World) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    world.sync()
    for _ in range(2):
        world.edit(DOCUMENT, "[x] Alert", "[ ] Alert")
        assert "reopen" in world.sync().actions
        world.person.close(1)
        world.sync()
        assert "- [x]" in world.line("Alert")
    world.settled()


def test_a_box_without_a_link_is_obeyed_once(world: World) -> None:
    world.write(DOCUMENT, postmortem(f"[x] {ALERT}", PATCH))
    assert "close" in unlanded_sync(world)
    world.person.reopen(1)
    assert "close" not in unlanded_sync(world)
    assert world.issue(1).is_open


def test_an_item_that_was_done_when_its_issue_was_made_is_not_closed_again(world: World) -> None:
    world.configure(done_items="create")
    world.write(
        DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH, "[x] Rehearse the failover of the primary database")
    )
    assert unlanded_sync(world)[-2:] == ["create", "close"]
    world.person.reopen(3)
    assert "close" not in unlanded_sync(world)
    assert world.issue(3).is_open


def test_the_memory_is_written_by_the_request_that_closes(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    shop.sync()
    shop.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    with shop.watch() as seen:
        shop.sync()
    assert [request.method for request in seen if request.is_write] == ["PATCH"]
    assert " box=1 " in shop.issue(1).body


def test_an_issue_of_an_older_pmsync_is_read_as_ever(world: World) -> None:
    body = re.sub(r" (?:box|at)=\w+", "", world.issue(1).body)
    world.person.rewrite(1, body)
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert "close" in world.sync().actions
    world.settled()


def test_a_tick_and_a_new_wording_in_one_change_are_both_carried_out(world: World) -> None:
    world.edit(DOCUMENT, f"[ ] {ALERT}", f"[x] {ALERT} and the till")
    done = world.sync()
    assert done.actions == ["close", "update"]
    assert not world.issue(1).is_open
    assert "and the till" in world.issue(1).title
    assert " box=1" in world.issue(1).body
    world.settled()


# ------------------------------------------------------------- looked at before it is written


def test_a_reopening_during_a_long_run_is_not_closed_again(shop: World, github: GitHub) -> None:
    """The untick says reopen; meanwhile somebody reopened it and closed it for good."""
    tasks = [f"[ ] Watch animal number {number} on the farm" for number in range(35)]
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    shop.sync()
    shop.person.close(1)
    shop.sync()
    shop.write("postmortems/2026-01-01-farm.md", postmortem(*tasks))
    shop.edit(DOCUMENT, "[x] Alert", "[ ] Alert")

    def decide() -> None:
        github.clock.advance(60)
        shop.person.reopen(1)
        shop.person.close(1)

    github.meanwhile(decide, of=lambda request: request.is_write)
    done = shop.sync(code=1)
    assert done.tells("#1 was changed by somebody just now", of="errors")
    assert not shop.issue(1).is_open


def test_a_twin_that_somebody_comments_on_meanwhile_stays_open(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    body = shop.issue(1).body
    twin = shop.person.open(
        shop.issue(1).title, re.sub(r"id=\w+", "id=0123456789abcdef", body), ["postmortem"]
    )
    shop.write("postmortems/a.md", postmortem(*(f"Watch animal number {number}" for number in range(3))))

    def comment() -> None:
        github.clock.advance(60)
        shop.person.comment(twin, "I am on it")

    github.meanwhile(comment, of=lambda request: request.is_write)
    shop.sync(code=1)
    assert shop.issue(twin).is_open
    assert shop.sync().tells(f"#{twin}", "people have worked on it")


def test_a_twin_speaks_of_the_one_that_stays_by_its_repository(shop: World, github: GitHub) -> None:
    github.create_repository("acme/api").create_label("postmortem")
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    body = re.sub(r"id=\w+", "id=0123456789abcdef", shop.issue(1).body)
    title = shop.issue(1).title
    github.person("alice").transfer(github.shop.issue(1), github.repository("acme/api"))
    twin = shop.person.open(title, body, ["postmortem"])
    shop.sync()
    assert shop.issue(twin).comments[-1:] == (
        "A second issue for the same action item: duplicate of acme/api#1.",
    )


# --------------------------------------------------------------- a branch that takes no push


def test_a_reopening_stays_while_the_write_back_stands_on_a_branch_of_its_own(
    clones: Clones, github: GitHub
) -> None:
    """The branch takes no push, and the token may open no pull request: nothing has landed."""
    clone, push = clones("clone"), ("--write-back", "push")
    clone.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    clone.push()
    clone.sync(*push)
    clone.pull()
    clone.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    clone.push()
    github.shop.protections["main"] = Protection()
    github.fail(
        Kind.FORBIDDEN, lasting=True, of=lambda it: it.method == "POST" and it.path.endswith("/pulls")
    )
    done = clone.run("sync", *push)
    assert (done.code, clone.issue(1).is_open) == (1, False)
    assert "pull it into this checkout" not in done.err
    clone.person.reopen(1)
    for _ in range(3):
        clone.sync(*push, code=1)
        assert clone.issue(1).is_open


def test_a_note_that_cannot_be_written_is_told(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    shop.sync()
    shop.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    shop.person.close(1)
    github.fail(Kind.FORBIDDEN, lasting=True, of=lambda it: it.method == "PATCH")
    done = shop.run("sync")
    assert done.code == 1
    assert "postmortems/2026-03-01-cart.md:7" in done.out
    assert "`issues: write`" in done.out
