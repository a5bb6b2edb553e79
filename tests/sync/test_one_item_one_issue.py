"""Whose issue is whose, whatever people do to their documents."""

import pytest

from tests.sync.world import DOCUMENT, World, postmortem

OTHER = "postmortems/2026-03-09-search.md"
THIRD = "postmortems/2026-03-15-mail.md"
ALERT, PATCH, BOOK = (
    "Alert on memory before the cart fills it",
    "Patch the till against negative prices",
    "Write down how to empty a queue by hand",
)


def synced(world: World, *items: str, path: str = DOCUMENT) -> list[int]:
    """Writes and syncs a document; returns the numbers of its issues."""
    world.write(path, postmortem(*items))
    world.sync()
    return [link.number for link in world.links(path)]


def numbers(world: World, path: str = DOCUMENT) -> list[int]:
    return [link.number for link in world.links(path)]


# --------------------------------------------------------------------- equals in one document


def test_two_items_of_one_text_get_an_issue_each(world: World) -> None:
    assert synced(world, ALERT, ALERT) == [1, 2]
    world.settled()


def test_the_first_of_two_equals_deleted_leaves_the_second_its_own_issue(world: World) -> None:
    synced(world, ALERT, ALERT)
    first = world.text().index("- Alert")
    second = world.text().index("- Alert", first + 1)
    world.write(DOCUMENT, world.text()[:first] + world.text()[second:])
    done = world.sync()
    assert numbers(world) == [2]
    assert [orphan["number"] for orphan in done.data["orphans"]] == [1]
    world.settled(loose={1})


def test_an_equal_added_above_gets_an_issue_of_its_own(world: World) -> None:
    synced(world, ALERT)
    world.edit(DOCUMENT, "## Action items\n\n", f"## Action items\n\n- {ALERT}\n")
    assert world.sync().actions == ["create"]
    assert numbers(world) == [2, 1]
    world.settled()


def test_equals_reordered_keep_their_issues(world: World) -> None:
    synced(world, f"{ALERT}\n  in Europe", f"{ALERT}\n  in Asia")
    text = world.text()
    head, first, second = text.partition("- Alert")[0], *text.split("- Alert")[1:]
    world.write(DOCUMENT, f"{head}- Alert{second.rstrip()}\n- Alert{first.rstrip()}\n")
    assert "create" not in world.sync().actions
    assert numbers(world) == [2, 1]
    world.settled()


def test_unlinked_equals_meet_their_issues_in_order(world: World) -> None:
    synced(world, ALERT, PATCH, ALERT)
    world.unwrite()
    done = world.sync()
    assert (done.actions, numbers(world)) == (["link"] * 3, [1, 2, 3])
    world.settled()


def test_an_equal_added_while_the_links_are_not_merged_makes_one_issue_more(world: World) -> None:
    synced(world, ALERT, ALERT)
    world.unwrite()
    world.write(DOCUMENT, postmortem(ALERT, ALERT, ALERT))
    done = world.sync()
    assert done.actions.count("create") == 1
    assert sorted(numbers(world)) == [1, 2, 3]
    world.settled()


def test_a_new_equal_takes_the_smallest_place_that_no_marker_has(world: World) -> None:
    synced(world, ALERT, ALERT)
    world.edit(DOCUMENT, "## Action items\n\n", f"## Action items\n\n- {ALERT}\n")
    world.sync()
    assert "n=3 " in world.issue(3).body
    world.settled()


# ------------------------------------------------------------------------- two documents


def test_one_text_in_two_documents_is_two_items(world: World) -> None:
    synced(world, ALERT)
    assert synced(world, ALERT, path=OTHER) == [2]
    world.settled()
    world.unwrite()
    world.sync()
    assert (numbers(world), numbers(world, OTHER)) == ([1], [2])


def test_two_renamed_documents_that_share_a_text_keep_their_issues(world: World) -> None:
    synced(world, ALERT, PATCH)
    synced(world, ALERT, BOOK, path=OTHER)
    world.unwrite()
    world.rename(DOCUMENT, "postmortems/z.md")
    world.rename(OTHER, "postmortems/a.md")
    done = world.sync()
    assert "create" not in done.actions
    assert (numbers(world, "postmortems/z.md"), numbers(world, "postmortems/a.md")) == ([1, 2], [3, 4])
    world.settled()


def test_a_document_renamed_before_its_links_were_written_keeps_its_issues(world: World) -> None:
    synced(world, ALERT, PATCH, ALERT)
    world.unwrite()
    world.rename(DOCUMENT, "postmortems/2026/renamed.md")
    done = world.sync()
    assert done.identities == ["renamed document"] * 3
    assert numbers(world, "postmortems/2026/renamed.md") == [1, 2, 3]
    world.settled()


def test_a_document_renamed_and_reworded_while_the_write_back_is_open(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.unwrite()
    world.rename(DOCUMENT, "postmortems/renamed.md")
    world.sync()
    world.unwrite()
    world.edit("postmortems/renamed.md", "negative prices", "negative or zero prices")
    done = world.sync()
    assert "create" not in done.actions
    assert numbers(world, "postmortems/renamed.md") == [1, 2]
    world.settled()


def test_an_item_moved_with_its_link_keeps_its_issue(world: World) -> None:
    synced(world, ALERT, PATCH)
    line = world.line("Patch")
    world.edit(DOCUMENT, f"{line}\n", "")
    world.write(OTHER, postmortem(line))
    done = world.sync()
    assert not {"create", "retire"} & set(done.actions)
    assert (numbers(world), numbers(world, OTHER)) == ([1], [2])
    world.settled()


def test_an_item_moved_without_its_link_keeps_its_issue(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    world.write(OTHER, postmortem(PATCH))
    done = world.sync()
    assert (done.actions, numbers(world, OTHER)) == (["link"], [2])
    world.settled()


def test_an_item_copied_with_its_link_and_other_words_gets_an_issue_of_its_own(world: World) -> None:
    synced(world, ALERT)
    line = world.line("Alert")
    world.write(OTHER, postmortem(line.replace(ALERT, "Page somebody when a disk is full")))
    assert world.sync().actions == ["create"]
    assert (numbers(world), numbers(world, OTHER)) == ([1], [2])
    assert "disk" in world.issue(2).title
    assert "memory" in world.issue(1).title
    world.settled()


def test_an_item_copied_with_its_link_into_another_document_is_reported_and_left(world: World) -> None:
    synced(world, ALERT)
    world.write(OTHER, postmortem(world.line("Alert")))
    before = world.text(OTHER)
    done = world.sync()
    assert done.actions == []
    assert done.tells(OTHER, "a copy of", DOCUMENT)
    assert world.text(OTHER) == before
    world.settled(shared={1})


def test_a_sentence_that_quotes_an_item_with_its_link_is_no_item(world: World) -> None:
    synced(world, ALERT)
    quote = f"\n## Timeline\n\n- 10:00 Nobody had done what we planned: {world.line('Alert')[2:]}\n"
    world.write(DOCUMENT, f"{world.text()}{quote}")
    world.write(OTHER, f"# The till was down\n{quote}\n## Action items\n\n- {PATCH}\n")
    before = world.text(DOCUMENT)
    done = world.sync()
    assert done.actions == ["create"]
    assert done.tells(OTHER, "a copy of", DOCUMENT)
    assert world.text(DOCUMENT) == before
    assert quote in world.text(OTHER)
    world.settled(shared={1})


def test_a_box_copied_with_its_link_and_another_text_gets_an_issue_of_its_own(world: World) -> None:
    synced(world, f"[ ] {ALERT}")
    copy = world.line("Alert").replace("Alert", "Also alert")
    world.write(OTHER, f"# The till was down\n\n## Notes\n\n{copy}\n\n## Action items\n\n- {PATCH}\n")
    assert world.sync().actions == ["create", "create"]
    assert numbers(world, OTHER) == [2, 3]
    world.settled()


def test_a_summary_that_quotes_a_box_with_its_link_does_not_take_its_issue(world: World) -> None:
    world.write(DOCUMENT, f"# Down\n\n## What could be improved\n\n- [ ] {ALERT}\n- [ ] {PATCH}\n")
    world.sync()
    link = world.line("Alert").partition(" (")[2]
    world.write(DOCUMENT, f"{world.text()}\n## Action items\n\n- [ ] Tell support, see ({link}\n")
    assert world.sync().actions == ["create"]
    world.edit(DOCUMENT, f"- [ ] {ALERT}", f"- [x] {ALERT}")
    assert world.sync().actions == ["close"]
    assert (world.issue(1).is_open, world.issue(1).title) == (False, ALERT)


def test_the_one_that_the_marker_names_keeps_the_issue_whatever_the_order(world: World) -> None:
    synced(world, ALERT, path=THIRD)
    world.write(DOCUMENT, postmortem(world.line("Alert", THIRD)))
    done = world.sync()
    assert done.tells(DOCUMENT, "a copy of", THIRD)
    world.edit(DOCUMENT, ALERT, "Page somebody when a disk is full")
    assert world.sync().actions == ["create"]
    assert (numbers(world), numbers(world, THIRD)) == ([2], [1])
    world.settled()


def test_a_copy_within_one_document_becomes_an_item_of_its_own(world: World) -> None:
    synced(world, ALERT)
    line = world.line("Alert")
    world.edit(DOCUMENT, line, f"{line}\n{line}")
    assert world.sync().actions == ["create"]
    assert sorted(numbers(world)) == [1, 2]
    world.settled()


def test_an_item_merged_into_another_leaves_one_orphan(world: World) -> None:
    synced(world, ALERT, PATCH)
    line = world.line("Patch")
    world.edit(DOCUMENT, f"{line}\n", "")
    world.edit(DOCUMENT, ALERT, f"{ALERT}, and {PATCH.lower()}")
    done = world.sync()
    assert done.actions == ["update"]
    assert [orphan["number"] for orphan in done.data["orphans"]] == [2]
    world.settled(loose={2})


def test_an_item_split_in_two_keeps_one_issue_and_gains_one(world: World) -> None:
    synced(world, f"{ALERT}, and {PATCH.lower()}")
    line = world.line("Alert")
    world.edit(DOCUMENT, line, f"{line.replace(f', and {PATCH.lower()}', '')}\n- {PATCH}")
    done = world.sync()
    assert sorted(done.actions) == ["create", "update"]
    assert numbers(world) == [1, 2]
    world.settled()


# ----------------------------------------------------------------------- rewording, stickiness


def test_an_item_reworded_before_its_link_was_written_keeps_its_issue(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.unwrite()
    world.edit(DOCUMENT, "before the cart", "well before the cart")
    done = world.sync()
    assert done.actions[0] in {"update", "link"}
    assert done.identities[0].startswith("reworded, 0.9")
    assert numbers(world) == [1, 2]
    assert "well before" in world.issue(1).title
    world.settled()


def test_a_rewording_that_could_be_either_of_two_is_neither(world: World) -> None:
    synced(world, "Rotate the keys of the cart in spring", "Rotate the keys of the cart in autumn")
    world.write(DOCUMENT, postmortem("Rotate the keys of the cart in winter"))
    done = world.sync()
    assert done.actions == ["create"]
    assert numbers(world) == [3]
    assert len(done.data["orphans"]) == 2
    world.settled(loose={1, 2})


def test_an_unlike_item_is_a_new_one(world: World) -> None:
    synced(world, ALERT)
    world.write(DOCUMENT, postmortem("Send flowers to the on-call engineer"))
    done = world.sync()
    assert (done.actions, numbers(world)) == (["create"], [2])
    world.settled(loose={1})


def test_only_an_open_orphan_of_the_same_document_counts_as_reworded(world: World) -> None:
    synced(world, ALERT)
    synced(world, PATCH, path=OTHER)
    world.write(DOCUMENT, postmortem(ALERT, f"{PATCH} again"))
    world.write(OTHER, postmortem(BOOK))
    assert world.sync().actions.count("create") == 2
    world.settled(loose={2})


def test_rewrapping_and_emphasis_change_no_identity(world: World) -> None:
    synced(world, ALERT)
    world.write(DOCUMENT, postmortem("Alert on **memory**\n  before the _cart_ fills it."))
    assert "create" not in world.sync().actions
    assert numbers(world) == [1]
    world.settled()


def test_a_reworded_heading_loses_no_linked_item(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.edit(DOCUMENT, "## Action items", "## Thoughts on the weather")
    assert world.sync().data["orphans"] == []
    world.settled()


def test_a_task_list_added_beside_improvements_drops_no_linked_item(world: World) -> None:
    world.write(DOCUMENT, f"# Cart down\n\n## Improvements\n\n- {ALERT}\n- {PATCH}\n")
    world.sync()
    assert numbers(world) == [1, 2]
    world.write(DOCUMENT, f"{world.text()}\n## Tasks\n\n- [ ] {BOOK}\n")
    done = world.sync()
    assert done.actions == ["create"]
    assert done.data["orphans"] == []
    assert numbers(world) == [1, 2, 3]
    world.settled()


# ------------------------------------------------------------------------------ annotations


def test_a_link_deleted_by_hand_comes_back(world: World) -> None:
    synced(world, ALERT, PATCH)
    annotated = world.text()
    world.write(DOCUMENT, annotated.replace(world.line("Patch"), f"- {PATCH}"))
    done = world.sync()
    assert done.actions == ["link"]
    assert "not in the document" in done.data["changes"][0]["reason"]
    assert world.text() == annotated
    world.settled()


@pytest.mark.parametrize("word", ["done", "won't do", "in progress", ""])
def test_a_word_changed_by_hand_is_no_command_and_put_back(world: World, word: str) -> None:
    synced(world, ALERT, PATCH)
    annotated = world.text()
    line = world.line("Alert")
    changed = line.replace(": open)", f": {word})" if word else ")")
    world.edit(DOCUMENT, line, changed)
    done = world.sync()
    assert done.actions == ["follow"]
    assert "by hand" in done.data["changes"][0]["reason"]
    assert world.text() == annotated
    assert world.issue(1).is_open
    world.settled()


def test_a_word_opened_by_hand_does_not_reopen(world: World) -> None:
    synced(world, ALERT)
    world.person.close(1)
    world.sync()
    annotated = world.text()
    world.edit(DOCUMENT, ": done)", ": open)")
    assert world.sync().actions == ["follow"]
    assert world.text() == annotated
    assert not world.issue(1).is_open


def test_a_new_title_and_a_lost_label_do_not_hide_a_linked_issue(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.person.retitle(1, "Something else entirely")
    world.person.unlabel(1, "postmortem")
    assert world.sync().actions == []
    world.settled()
    world.person.close(1)
    assert world.sync().actions == ["follow"]
    world.settled()


def test_letting_go_of_an_issue(world: World) -> None:
    synced(world, ALERT, PATCH)
    line = world.line("Patch")
    world.edit(DOCUMENT, line, f"- {PATCH} <!-- pmsync: ignore -->")
    done = world.sync()
    assert [orphan["number"] for orphan in done.data["orphans"]] == [2]
    assert numbers(world) == [1]
    world.settled(loose={2})


# ------------------------------------------------------------------- written back, or never


def test_an_issue_whose_write_back_was_lost_and_that_was_then_closed_is_the_items(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.unwrite()
    world.person.close(1, "not_planned")
    done = world.sync()
    assert "create" not in done.actions
    assert world.link("Alert").word == "won't do"
    assert numbers(world) == [1, 2]
    world.settled()


def test_a_write_back_that_stays_unmerged_for_days_makes_nothing_twice(world: World) -> None:
    synced(world, ALERT, PATCH)
    for day in range(3):
        world.unwrite()
        if day == 1:
            world.edit(DOCUMENT, "negative prices", "negative and zero prices")
        if day == 2:
            world.rename(DOCUMENT, "postmortems/elsewhere.md")
            world.write(OTHER, postmortem(BOOK))
        world.sync()
    assert len(world.issues()) == 3
    assert numbers(world, "postmortems/elsewhere.md") == [1, 2]
    world.settled()


def test_a_restored_document_finds_its_issues_again(world: World) -> None:
    synced(world, ALERT, PATCH)
    world.unwrite()
    text = world.text()
    world.repo.commit()
    world.remove(DOCUMENT)
    world.repo.commit()
    assert [orphan["number"] for orphan in world.sync().data["orphans"]] == [1, 2]
    world.write(DOCUMENT, text)
    done = world.sync()
    assert (done.actions, numbers(world)) == (["link", "link"], [1, 2])
    world.settled()


def test_an_item_that_cannot_bear_a_link_is_known_by_its_text(world: World) -> None:
    world.write(DOCUMENT, f"# Down\n\n## Action items\n\n<ul>\n<li>{ALERT}</li>\n</ul>\n\n- {PATCH}\n")
    world.sync()
    made = len(world.issues())
    assert made >= 1
    again = world.sync()
    assert "create" not in again.actions
    assert len(world.issues()) == made
    assert world.link("Patch").word == "open"


# ------------------------------------------------------------------ what was settled long ago


@pytest.mark.parametrize("reason", ["completed", "not_planned"])
@pytest.mark.parametrize("is_gone", [False, True])
@pytest.mark.parametrize("is_dated", [False, True])
def test_what_is_to_be_done_anew_gets_an_issue_of_its_own(
    world: World, reason: str, is_gone: bool, is_dated: bool
) -> None:
    """The document of the first time is tidied, or gone: its settled issue is not what June asks for."""
    assert synced(world, f"[ ] {ALERT}", PATCH) == [1, 2]
    world.repo.commit()
    world.person.close(1, reason)
    world.sync()
    world.repo.commit()
    if is_gone:
        world.remove(DOCUMENT)
    else:
        world.edit(DOCUMENT, f"{world.line('Alert')}\n", "")
    world.repo.commit()
    told = {"front": "date: 2099-06-01"} if is_dated else {"title": "The cart was down again"}
    world.write(OTHER, postmortem(f"[ ] {ALERT}", **told))
    world.sync()
    assert numbers(world, OTHER) == [3]
    assert "- [ ]" in world.line("Alert", OTHER)
    assert world.issue(3).is_open


def test_a_document_that_is_renamed_before_its_links_land_keeps_what_was_settled(world: World) -> None:
    synced(world, f"[ ] {ALERT}")
    world.unwrite()
    world.repo.commit()
    world.person.close(1)
    world.rename(DOCUMENT, "postmortems/2026/cart.md")
    world.repo.commit()
    assert "create" not in world.sync().actions
    assert numbers(world, "postmortems/2026/cart.md") == [1]
    world.settled()


@pytest.mark.parametrize("named", ["#1", "#50"])
def test_what_is_done_keeps_its_issue_though_it_names_that_or_what_mended_it(shop: World, named: str) -> None:
    shop.configure(on_removed="close")
    rows = "| Add a runbook | Open | |\n| Add an alert | Open | |\n"
    table = f"| Action | Status | Ticket |\n|---|---|---|\n{rows}"
    shop.write(DOCUMENT, postmortem(table))
    shop.sync()
    shop.unwrite()
    shop.write(DOCUMENT, shop.text().replace("runbook | Open | |", f"runbook | Done | {named} |"))
    assert "close" in shop.sync().actions
    assert (shop.issue(1).is_open, shop.link("runbook").word) == (False, "done")


def test_a_tracker_that_a_person_puts_in_the_place_of_our_link_stays(world: World) -> None:
    table = "| Action | Issue |\n|---|---|\n| Add a runbook | |\n| Add an alert | |\n"
    world.write(DOCUMENT, postmortem(table))
    world.sync()
    line = world.line("runbook")
    world.write(DOCUMENT, world.text().replace(line, "| Add a runbook | OPS-12 |"))
    world.configure(on_removed="close")
    done = world.sync()
    assert done.actions == []
    assert done.tells("#1", "names OPS-12 instead")
    assert not done.tells("is gone")
    assert world.line("runbook") == "| Add a runbook | OPS-12 |"
    assert world.issue(1).is_open
    world.settled(loose=[1])
