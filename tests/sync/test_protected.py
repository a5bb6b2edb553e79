"""Documents that are there and were not read keep their issues; a body that somebody pasted takes none."""

import pytest

from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, World, postmortem

OTHER = "postmortems/2026-03-09-search.md"
ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"

UNREAD = ["front matter", "opted out", "not text"]


def hide(world: World, how: str) -> None:
    """Makes the first document one that is not read."""
    if how == "not text":
        world.repo.write(DOCUMENT, b"\xff\xfe" + world.text().encode("utf-16-le"))
        world.wrote.pop(DOCUMENT)
    else:
        front = "owner: [" if how == "front matter" else "pmsync: false"
        world.write(DOCUMENT, f"---\n{front}\n---\n{world.text()}")


@pytest.fixture
def world(world: World) -> World:
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    world.sync()
    return world


@pytest.mark.parametrize("how", UNREAD)
def test_a_copy_of_an_item_does_not_take_the_issue_of_a_document_that_was_not_read(
    world: World, how: str
) -> None:
    before = world.issues()
    line = world.line("Alert")
    hide(world, how)
    world.write(OTHER, postmortem(line.replace("- [ ] Alert", "- [x] Alert").replace("memory", "all memory")))
    done = world.run("sync", "--format", "json")
    assert done.code == (how != "opted out")
    assert done.actions == []
    assert done.tells("#1", "another document")
    assert world.issues() == before


@pytest.mark.parametrize("how", UNREAD)
def test_the_issue_of_a_document_that_was_not_read_is_nobodys_twin(world: World, how: str) -> None:
    body = world.issue(1).body.replace(" id=", " id=0123456789abcdef was=")
    body = body.replace(body[body.index(" was=") : body.index(" src=")], "")
    twin = world.person.open(world.issue(1).title, body, ["postmortem"])
    before = world.issues()
    hide(world, how)
    done = world.run("sync", "--format", "json")
    assert "merge" not in done.actions
    assert world.issues() == before
    assert world.issue(twin).is_open


# ---------------------------------------------------------------------------- pasted bodies


@pytest.mark.parametrize("above", [True, False])
def test_the_body_of_another_issue_pasted_beside_ones_own_changes_nothing(world: World, above: bool) -> None:
    world.edit(DOCUMENT, world.line("Alert"), f"{world.line('Alert')}\n- [ ] {PATCH}")
    world.sync()
    one, two = world.issue(1).body, world.issue(2).body
    world.person.rewrite(2, f"{one}\n\n{two}" if above else f"{two}\n\n{one}")
    mine = world.issue(2).body
    done = world.sync()
    assert (done.actions, done.data["warnings"]) == ([], [])
    world.edit(DOCUMENT, "negative prices", "odd prices")
    assert world.sync().actions == ["update"]
    assert one in world.issue(2).body
    assert "odd prices" in world.issue(2).title
    assert len(world.issue(2).body) < len(mine) + 20
    assert world.issue(1).body == one
    world.settled()


def test_a_pasted_body_does_not_hide_an_issue_whose_link_was_lost(world: World) -> None:
    world.edit(DOCUMENT, world.line("Alert"), f"{world.line('Alert')}\n- [ ] {PATCH}")
    world.sync()
    world.person.rewrite(2, f"{world.issue(1).body}\n\n{world.issue(2).body}")
    world.unwrite()
    assert world.sync().actions == ["link", "link"]
    assert world.link("Patch").number == 2
    world.settled()


def test_a_body_that_was_pasted_over_ones_own_is_told_and_never_written(world: World) -> None:
    world.edit(DOCUMENT, world.line("Alert"), f"{world.line('Alert')}\n- [ ] {PATCH}")
    world.sync()
    world.person.rewrite(2, world.issue(1).body)
    before = world.issues()
    world.edit(DOCUMENT, "negative prices", "odd prices")
    done = world.sync()
    assert done.actions == []
    assert done.tells("#2", "#1")
    assert world.issues() == before
    world.person.close(2)
    world.sync()
    assert world.link("Patch").word == "done"


# -------------------------------------------------------------------------- foreign issues


def test_a_link_typed_by_hand_closes_no_issue_of_another_repository(shop: World, github: GitHub) -> None:
    github.create_repository("acme/api")
    api = github.repository("acme/api")
    theirs = github.person("bob").open_issue("Theirs", repository=api)
    typed = f"([acme/api#{theirs.number}](https://github.com/acme/api/issues/{theirs.number}): open)"
    shop.write(DOCUMENT, postmortem(f"[x] {ALERT} {typed}"))
    done = shop.sync()
    assert done.actions == []
    assert done.tells("acme/api#1", "another repository")
    assert theirs.state == "open"


# ----------------------------------------------------------------------------- bad merges


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_annotations_on_one_line_the_one_of_the_items_own_issue_stays(
    world: World, order: tuple[int, int]
) -> None:
    world.edit(DOCUMENT, world.line("Alert"), f"{world.line('Alert')}\n- [ ] {PATCH}")
    world.sync()
    annotated = world.text()
    one, two = (world.line(words).partition(" ([")[2] for words in ("Alert", "Patch"))
    both = " ".join(f"([{(one, two)[number - 1]}" for number in order)
    world.write(DOCUMENT, annotated.replace(world.line("Alert"), f"- [ ] {ALERT} {both}"))
    assert world.sync().actions == ["follow"]
    assert world.text() == annotated
    world.settled()


def test_a_merge_that_was_left_undone_is_refused_with_its_line(world: World) -> None:
    line = world.line("Alert")
    other = line.replace("memory", "disk")
    world.repo.write(
        DOCUMENT, world.text().replace(line, f"<<<<<<< HEAD\n{line}\n=======\n{other}\n>>>>>>> b")
    )
    before = world.text()
    done = world.sync(code=1)
    assert done.actions == []
    assert done.tells(f"{DOCUMENT}:7", "merge", of="errors")
    assert world.text() == before


def test_a_merge_that_a_postmortem_shows_in_a_code_block_is_read_past(world: World) -> None:
    shown = "\n```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> b\n```\n"
    world.write(DOCUMENT, world.text() + shown)
    assert world.sync().actions == []


# ---------------------------------------------------------------------------- one link, twice


@pytest.mark.parametrize("moves", [True, False])
def test_a_copy_of_a_done_item_does_not_share_its_issue_once_that_is_open_again(
    shop: World, github: GitHub, moves: bool
) -> None:
    """What was closed is not read again; whose it is of two items, its marker has to tell all the same."""
    github.create_repository("acme/api").create_label("postmortem")
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    shop.sync()
    shop.person.close(1)
    shop.sync()
    line = shop.line("Alert")
    shop.edit(DOCUMENT, line, f"{line}\n{line.replace('memory', 'all memory')}")
    issue = github.shop.issue(1)
    if moves:
        issue = github.person("alice").transfer(issue, github.repository("acme/api"))
    github.person("alice").reopen(issue)
    done = shop.sync()
    first = shop.text().split("\n")[6]
    assert f"{'acme/api' if moves else ''}#1](" in first
    assert ": open)" in first
    assert done.tells(":8", "#1", "is another item's")
