"""What an engineer finds on an issue, and when it is written anew."""

import re

import pytest

from pmsync.reconcile import drafts
from tests.sync.world import DOCUMENT, World, postmortem

STEPS = "[ ] Alert on memory (owner: Ada)\n  - [ ] staging\n  - [ ] production\n"


@pytest.fixture
def world(world: World) -> World:
    world.write(DOCUMENT, postmortem(STEPS, "[ ] Patch the till"))
    world.sync()
    return world


def tick(world: World, number: int, words: str) -> None:
    world.person.rewrite(number, world.issue(number).body.replace(f"[ ] {words}", f"[x] {words}"))


def test_a_changed_template_alone_rewrites_no_issue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.issues()
    monkeypatch.setattr(drafts, "_HOW_TO_CLOSE", "*All is new in this version.*")
    world.settled()
    assert world.issues() == before
    world.edit(DOCUMENT, "Patch the till", "Patch all tills")
    assert world.sync().actions == ["update"]
    assert "All is new" in world.issue(2).body
    assert world.issue(1) == before[1]


def test_an_issue_of_version_0_1_0_is_left_as_it_is_until_its_item_changes(world: World) -> None:
    """Its block said the title once more, and no boxes; its digest was of all of its text."""
    text = "Patch the till\n\n- **From:** [The cart was down](../../postmortems/2026-03-01-cart.md)"
    body = re.sub(r"(?s)(?<=<!-- pmsync -->\n).*?(?=\n\n<!-- pmsync:1)", text, world.issue(2).body)
    world.person.rewrite(2, re.sub(r"block=\w{16}", f"block={drafts.digest(text)}", body))
    before = world.issue(2)
    world.settled()
    assert world.issue(2) == before
    world.edit(DOCUMENT, "Patch the till", "Patch all tills")
    done = world.sync()
    assert (done.actions, done.data["drifts"]) == (["update"], [])
    assert "**From:**" not in world.issue(2).body


def test_a_tick_on_the_issue_is_no_edit_and_survives_an_update(world: World) -> None:
    tick(world, 1, "staging")
    world.settled()
    world.edit(DOCUMENT, "  - [ ] production", "  - [x] production\n  - [x] the lab")
    done = world.sync()
    assert (done.actions, done.data["drifts"]) == (["update"], [])
    assert "- [x] staging\n- [ ] production\n- [x] the lab\n" in world.issue(1).body.replace("\r\n", "\n")
    world.settled()


def test_a_twin_on_which_somebody_ticked_a_box_is_left_to_people(world: World) -> None:
    seen = world.issue(1)
    number = world.person.open(seen.title, re.sub(r"(?<= id=)\w{16}", "0" * 16, seen.body), ["postmortem"])
    tick(world, number, "staging")
    assert world.sync().tells(f"#{number}", "second issue")
    assert world.issue(number).is_open
    tick(world, 1, "staging")
    assert world.sync().actions == ["merge"]


def test_labels_for_severity_and_priority_are_put_on_once_and_never_again(world: World) -> None:
    world.configure(labels_for={"SEV-1": "sev-1", "P0": "urgent", "P1": "soon"})
    other = "postmortems/other.md"
    world.write(other, postmortem("Shard the index [P0]", front="severity: 1"))
    world.sync()
    assert world.issue(3).labels == ("postmortem", "sev-1", "urgent")
    assert world.issue(1).labels == ("postmortem",)
    world.person.unlabel(3, "sev-1")
    world.edit(other, "[P0]", "[P1]")
    world.sync()
    assert world.issue(3).labels == ("postmortem", "urgent")
    world.settled()


def test_a_title_that_a_person_changed_leaves_the_task_in_the_text(world: World) -> None:
    world.person.retitle(2, "Mine now")
    world.edit(DOCUMENT, "Patch the till", "Patch all tills")
    world.sync()
    assert "**To do:** Patch all tills" in world.issue(2).body
    world.settled()
