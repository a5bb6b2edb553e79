"""What a person changed on an issue stays so, until a person says otherwise."""

import pytest

from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, World, postmortem

ANIMALS = ("cows", "hens", "goats", "bees")
ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"


@pytest.fixture
def world(world: World) -> World:
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    world.sync()
    return world


def no_write(world: World) -> None:
    """A sync now changes nothing on the tracker."""
    before = world.issues()
    with world.watch() as seen:
        world.sync()
    assert not any(request.is_write for request in seen)
    assert world.issues() == before


# ---------------------------------------------------------------------------- text, title


def test_an_edited_title_is_left_and_the_plan_says_so(world: World) -> None:
    world.person.retitle(2, "Patch all tills")
    no_write(world)
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    done = world.sync()
    assert done.tells("title was edited by a person", of="drifts")
    assert world.issue(2).title == "Patch all tills"
    assert "negative and zero prices" in world.issue(2).body
    world.settled()


def test_an_edited_block_is_left_and_the_title_still_follows(world: World) -> None:
    mine = world.issue(2).body.replace("Close this issue", "CLOSE THIS ISSUE")
    world.person.rewrite(2, mine)
    no_write(world)
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    done = world.sync()
    assert done.tells("text was edited by a person", of="drifts")
    assert world.issue(2).title == "Patch the till against negative and zero prices"
    assert "CLOSE THIS ISSUE" in world.issue(2).body
    world.settled()


def test_where_both_were_edited_nothing_is_written_and_it_is_no_change(world: World) -> None:
    world.person.retitle(2, "Patch all tills")
    world.person.rewrite(2, world.issue(2).body.replace("Close this issue", "CLOSE THIS ISSUE"))
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    done = world.sync()
    assert (done.actions, done.tells("title and text", of="drifts")) == ([], True)
    assert world.issue(2).title == "Patch all tills"
    assert world.settled().tells("title and text", of="drifts")


def test_text_around_the_block_is_theirs_through_every_update(world: World) -> None:
    body = f"Seen again on Monday.\n\n{world.issue(2).body}\n\nSee also the wiki.\n"
    world.person.rewrite(2, body)  # a web editor turns all of it to CRLF
    no_write(world)
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    assert world.sync().actions == ["update"]
    after = world.issue(2).body
    assert after.startswith("Seen again on Monday.\n\n<!-- pmsync -->\n")
    assert after.rstrip().endswith("-->\n\nSee also the wiki.")
    assert world.issue(2).title.endswith("negative and zero prices")
    world.settled()
    world.edit(DOCUMENT, "negative and zero prices", "odd prices")
    assert world.sync().actions == ["update"]
    assert world.issue(2).body.startswith("Seen again on Monday.")


def test_what_a_person_writes_during_a_long_run_is_not_written_over(shop: World, github: GitHub) -> None:
    tasks = [f"Watch {animal} {number} on the farm" for number in range(10) for animal in ANIMALS]
    shop.write(DOCUMENT, postmortem(*tasks))
    shop.sync()
    github.clock.advance(3700)
    shop.write(DOCUMENT, shop.text().replace("on the farm", "on our farm"))
    last = len(tasks)
    mine = shop.issue(last).body.replace("Close this", "CLOSE THIS")
    github.meanwhile(lambda: shop.person.rewrite(last, mine), of=lambda request: request.is_write)
    done = shop.sync(code=1)
    assert done.tells(f"#{last} was changed by somebody just now", "run again", of="errors")
    assert shop.issue(last).body == mine
    assert shop.sync().tells("text was edited by a person", of="drifts")
    assert "CLOSE THIS" in shop.issue(last).body
    shop.settled()


def test_line_ends_of_a_web_editor_are_no_edit(world: World) -> None:
    world.person.rewrite(2, world.issue(2).body)
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    done = world.sync()
    assert (done.actions, done.data["drifts"]) == (["update"], [])
    assert "negative and zero prices" in world.issue(2).title


def test_a_title_put_back_as_it_was_follows_again(world: World) -> None:
    title = world.issue(2).title
    world.person.retitle(2, "Patch all tills")
    world.sync()
    world.person.retitle(2, title)
    world.edit(DOCUMENT, "negative prices", "odd prices")
    world.sync()
    assert world.issue(2).title == "Patch the till against odd prices"


def test_a_body_whose_marker_was_deleted_is_never_written(world: World) -> None:
    world.person.rewrite(2, "All new, by hand.")
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    assert world.sync().actions == []
    assert world.issue(2).body.strip() == "All new, by hand."
    world.person.close(2)
    assert world.sync().actions == ["follow"]


def test_a_moved_line_or_a_new_commit_is_no_reason_to_write(world: World) -> None:
    world.repo.commit()
    world.edit(DOCUMENT, "It was down for an hour.", "It was down\n\nfor\n\nan hour and a half.")
    no_write(world)
    world.repo.commit()
    no_write(world)
    world.settled()


def test_a_rewrapped_item_is_no_reason_to_write(world: World) -> None:
    line = world.line("Patch")
    world.write(DOCUMENT, world.text().replace(line, line.replace("against", "\n  against")))
    no_write(world)


# ---------------------------------------------------------------------- labels, assignees


def test_a_label_taken_off_stays_off(world: World) -> None:
    world.write(DOCUMENT, world.text().replace("# The cart", "---\nlabels: [payments]\n---\n# The cart", 1))
    world.sync()
    assert set(world.issue(2).labels) == {"postmortem", "payments"}
    world.person.unlabel(2, "payments")
    no_write(world)
    world.edit(DOCUMENT, "negative prices", "negative and zero prices")
    world.sync()
    assert world.issue(2).labels == ("postmortem",)
    world.settled()


def test_a_documents_further_label_is_added_and_only_that(world: World) -> None:
    world.write(DOCUMENT, "---\nlabels: [payments]\n---\n" + world.text())
    world.sync()
    world.person.unlabel(1, "payments")
    world.person.label(2, "mine")
    world.edit(DOCUMENT, "[payments]", "[payments, tills]")
    assert world.sync().actions == ["update", "update"]
    assert set(world.issue(1).labels) == {"postmortem", "tills"}
    assert set(world.issue(2).labels) == {"postmortem", "payments", "mine", "tills"}
    world.settled()


def test_a_label_that_the_document_drops_is_not_removed(world: World) -> None:
    world.write(DOCUMENT, "---\nlabels: [payments]\n---\n" + world.text())
    world.sync()
    world.edit(DOCUMENT, "labels: [payments]", "labels: []")
    world.sync()
    assert "payments" in world.issue(1).labels
    world.settled()


def test_a_label_in_other_case_is_the_same_label(world: World) -> None:
    world.person.label(2, "Payments")
    world.write(DOCUMENT, "---\nlabels: [PAYMENTS]\n---\n" + world.text())
    world.sync()
    assert [label.lower() for label in world.issue(2).labels].count("payments") == 1
    world.settled()


def test_configured_labels_are_given_at_creation_alone(world: World) -> None:
    world.configure(labels=["reliability"])
    no_write(world)
    world.edit(DOCUMENT, world.line("Patch"), f"{world.line('Patch')}\n- Write a runbook for tills")
    world.sync()
    assert set(world.issue(3).labels) == {"postmortem", "reliability"}
    assert "reliability" not in world.issue(2).labels


def test_an_assignee_taken_off_stays_off_until_the_owner_changes(world: World) -> None:
    world.configure(owners={"Bob": "bob", "Ada": "alice"})
    world.edit(DOCUMENT, PATCH, f"{PATCH} (owner: Bob)")
    world.sync()
    assert world.issue(2).assignees == ("bob",)
    world.person.unassign(2, "bob")
    no_write(world)
    world.edit(DOCUMENT, "negative prices", "odd prices")
    world.sync()
    assert world.issue(2).assignees == ()
    world.edit(DOCUMENT, "owner: Bob", "owner: Ada")
    world.sync()
    assert world.issue(2).assignees == ("alice",)
    world.settled()


def test_an_assignee_of_ours_gives_way_to_the_new_owner(world: World) -> None:
    world.configure(owners={"Bob": "bob", "Ada": "alice"})
    for now, login in ((f"{PATCH} (owner: Bob)", "bob"), (f"{PATCH} (owner: Ada)", "alice")):
        world.edit(
            DOCUMENT, world.line(PATCH), world.line(PATCH).replace(" (owner: Bob)", "").replace(PATCH, now)
        )
        assert world.sync().actions == ["update"]
        assert world.issue(2).assignees == (login,)
        world.settled()
    world.edit(DOCUMENT, "owner: Ada", "owner: Carol")
    world.sync()
    assert world.issue(2).assignees == ("alice",)  # Carol has no login


@pytest.mark.parametrize("also", [True, False])
def test_whom_a_person_assigned_no_new_owner_replaces(world: World, also: bool) -> None:
    world.configure(owners={"Bob": "bob", "Ada": "alice"})
    world.edit(DOCUMENT, PATCH, f"{PATCH} (owner: Bob)")
    world.sync()
    if not also:
        world.person.unassign(2, "bob")
    world.person.assign(2, "tess")
    world.edit(DOCUMENT, "owner: Bob", "owner: Ada")
    world.sync()
    assert set(world.issue(2).assignees) == {"tess", "alice", *(["bob"] if also else [])}
    world.settled()


def test_a_new_owner_is_added_and_nobody_replaced(world: World) -> None:
    world.configure(owners={"Bob": "bob"})
    world.person.assign(2, "alice")
    world.edit(DOCUMENT, PATCH, f"{PATCH} (owner: Bob)")
    world.sync()
    assert set(world.issue(2).assignees) == {"alice", "bob"}
    world.settled()


def test_a_login_in_other_case_is_the_same_login(world: World) -> None:
    world.configure(owners={"Bob": "BOB"})
    world.person.assign(2, "bob")
    world.edit(DOCUMENT, PATCH, f"{PATCH} (owner: Bob)")
    world.sync()
    assert world.issue(2).assignees == ("bob",)
    world.settled()


def test_an_unmapped_owner_is_text(world: World) -> None:
    world.edit(DOCUMENT, PATCH, f"{PATCH} (owner: Carol)")
    world.sync()
    assert world.issue(2).assignees == ()
    assert "**Owner:** Carol" in world.issue(2).body


def test_milestone_lock_and_type_are_never_touched(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(PATCH))
    shop.sync()
    issue = shop.person.at(1)  # type: ignore[attr-defined]
    alice = shop.person.alice  # type: ignore[attr-defined]
    alice.set_milestone(issue, "Spring")
    alice.set_type(issue, "Bug")
    alice.lock(issue, "resolved")
    shop.edit(DOCUMENT, "negative prices", "odd prices")
    assert shop.sync().actions == ["update"]
    assert (issue.milestone.title, issue.type, issue.locked) == ("Spring", "Bug", True)


# ---------------------------------------------------------------------------------- state


def test_what_a_person_closed_or_reopened_stays_so(world: World) -> None:
    for reason in ("completed", "not_planned"):
        world.person.close(1, reason)
        world.sync()
        world.settled()
        assert not world.issue(1).is_open
        world.person.reopen(1)
        world.sync()
        world.settled()
        assert world.issue(1).is_open


def test_on_wont_do_the_box_is_neither_read_nor_changed(world: World) -> None:
    world.person.close(1, "not_planned")
    world.sync()
    assert "[ ]" in world.line("Alert")
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    no_write(world)
    assert "[x]" in world.line("Alert")
    assert world.link("Alert").word == "won't do"
    world.settled()


def test_a_box_ticked_while_the_issue_was_closed_otherwise_loses_and_is_told(world: World) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    world.person.close(1, "not_planned")
    done = world.sync()
    assert done.actions == ["follow"]
    assert "box" in done.data["changes"][0]["reason"]
    assert world.issue(1).reason == "not_planned"
    assert world.link("Alert").word == "won't do"
    world.settled()


def test_a_box_ticked_while_the_issue_was_reopened_loses_and_is_told(world: World) -> None:
    world.person.close(1, "not_planned")
    world.sync()
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    world.person.reopen(1)
    done = world.sync()
    assert done.actions == ["follow"]
    assert "box" in done.data["changes"][0]["reason"]
    assert world.issue(1).is_open
    assert "[ ]" in world.line("Alert")
    world.settled()


def test_a_box_ticked_later_on_a_reopened_issue_closes_it_again(world: World) -> None:
    world.person.close(1)
    world.sync()
    world.person.reopen(1)
    world.sync()
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert world.sync().actions == ["close"]
    assert not world.issue(1).is_open
    world.settled()


def test_a_box_and_an_issue_that_say_the_same_need_nothing_but_the_word(world: World) -> None:
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    world.person.close(1)
    assert world.sync().actions == ["follow"]
    assert world.link("Alert").word == "done"
    world.settled()


def test_striking_an_item_closes_its_issue_once_and_never_again(world: World) -> None:
    line = world.line("Patch")
    world.edit(DOCUMENT, line, line.replace(PATCH, f"~~{PATCH}~~"))
    assert world.sync().actions == ["close"]
    assert not world.issue(2).is_open
    world.settled()
    world.person.reopen(2)
    world.sync()
    assert world.issue(2).is_open
    assert world.link("Patch").word == "open"
    world.settled()


def test_a_struck_item_with_a_box_does_not_ping_pong(world: World) -> None:
    line = world.line("Alert")
    world.edit(DOCUMENT, line, line.replace(ALERT, f"~~{ALERT}~~"))
    world.sync()
    assert not world.issue(1).is_open
    world.settled()
    world.person.reopen(1)
    world.sync()
    assert world.issue(1).is_open
    world.settled()


def test_done_said_in_words_closes_an_issue_that_was_never_reopened(world: World) -> None:
    line = world.line("Patch")
    world.edit(DOCUMENT, line, line.replace(PATCH, f"{PATCH} (DONE)"))
    world.sync()
    assert not world.issue(2).is_open
    world.settled()
    world.person.reopen(2)
    world.sync()
    assert world.issue(2).is_open
    world.settled()


def test_without_an_annotation_the_base_is_open(world: World) -> None:
    world.unwrite()
    world.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert "close" in world.sync().actions
    assert (world.issue(1).is_open, world.issue(1).reason) == (False, "completed")
    assert world.link("Alert").word == "done"
    world.settled()


def test_the_words_of_a_tables_own_are_used(world: World) -> None:
    path = "postmortems/table.md"
    rows = ("| Shard the index by language | Closed |", "| Cache the commonest queries | In progress |")
    text = "# Slow\n\n## Action items\n\n| Action | Status |\n|---|---|\n" + "\n".join(rows) + "\n"
    world.write(path, text)
    world.sync()
    number = world.link("Cache", path).number
    world.person.close(number)
    world.sync()
    assert "| Closed |" in world.line("Cache", path)
    world.person.reopen(number)
    world.sync()
    assert "Closed" not in world.line("Cache", path)
    assert "| Closed |" in world.line("Shard", path)


def test_a_status_cell_in_any_usual_word_is_left_while_nothing_changed(world: World) -> None:
    path = "postmortems/table.md"
    row = "| Shard the index by language | In progress |"
    world.write(path, f"# Slow\n\n## Action items\n\n| Action | Status |\n|---|---|\n{row}\n")
    world.sync()
    world.settled()
    assert "| In progress |" in world.line("Shard", path)
    world.edit(path, "| In progress |", "| Blocked by Ada |")
    no_write(world)
    assert "| Blocked by Ada |" in world.line("Shard", path)


def test_an_issue_whose_text_a_person_replaced_is_told_and_left(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    world.sync()
    world.person.rewrite(1, "We do this in another way now.")
    world.edit(DOCUMENT, ALERT, f"{ALERT} and page")
    done = world.sync()
    assert done.actions == []
    assert done.tells("#1", "bears no part of pmsync's", of="drifts")
    assert world.issue(1).body.strip() == "We do this in another way now."


def test_an_issue_under_our_label_that_its_author_named_is_no_drift(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.", ["postmortem"])
    shop.write(DOCUMENT, postmortem(f"{ALERT} (#{number})"))
    shop.sync()
    assert shop.sync().data["drifts"] == []
