"""Documents that were there before pmsync: done items, items with a tracker, old postmortems."""

import pytest

from tests.github.state import GitHub
from tests.persons import Shop
from tests.sync.world import DOCUMENT, World, postmortem

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"
ISSUE = "https://github.com/acme/shop/issues"


# ------------------------------------------------------------------------------ done items


def test_an_item_done_before_it_had_an_issue_gets_none_and_that_is_said(world: World) -> None:
    world.write(DOCUMENT, postmortem(f"[x] {ALERT}", PATCH))
    done = world.sync()
    assert done.actions == ["create"]
    assert done.tells(ALERT, "already done", of="skipped")
    world.settled()


def test_done_items_get_issues_where_that_is_configured(world: World) -> None:
    world.configure(done_items="create")
    world.write(DOCUMENT, postmortem(f"[x] {ALERT}", PATCH))
    assert world.sync().actions == ["create", "close", "create"]
    assert (world.issue(1).is_open, world.issue(1).reason) == (False, "completed")
    assert world.link("Alert").word == "done"
    world.settled()


def test_an_item_unticked_later_gets_its_issue_then(world: World) -> None:
    world.write(DOCUMENT, postmortem(f"[x] {ALERT}"))
    world.sync()
    world.edit(DOCUMENT, "[x]", "[ ]")
    assert world.sync().actions == ["create"]
    world.settled()


# ----------------------------------------------------------------------------------- since


def test_postmortems_older_than_since_get_no_new_issues(world: World) -> None:
    old, new = "postmortems/2025-12-31-cart.md", "postmortems/2026-01-02-till.md"
    world.write(old, postmortem(ALERT, front="date: 2025-12-31"))
    world.write(new, postmortem(PATCH, front="date: 2026-01-02"))
    world.configure(since="2026-01-01")
    done = world.sync()
    assert done.actions == ["create"]
    assert done.tells(ALERT, "before since", of="skipped")
    world.settled()


def test_since_takes_no_issue_from_an_old_postmortem(world: World) -> None:
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}", front="date: 2025-12-31"))
    world.sync()
    world.configure(since="2026-01-01")
    world.edit(DOCUMENT, "[ ]", "[x]")
    assert world.sync().actions == ["close"]
    world.settled()


# -------------------------------------------------------------------------------- adoption


@pytest.mark.parametrize(
    "named",
    ["(#{n})", f"{ISSUE}/{{n}}", "[#{n}]", "(tracked in #{n})", "(issue: acme/shop#{n})"],
    ids=["short", "url", "brackets", "tracked in", "full name"],
)
def test_an_issue_named_by_the_author_is_adopted(shop: World, named: str) -> None:
    number = shop.person.open("Cart alerts", "Mine.", ["ops"])
    shop.write(DOCUMENT, postmortem(f"{ALERT} {named.format(n=number)}", PATCH))
    done = shop.sync()
    assert done.actions == ["adopt", "create"] or done.actions == ["create", "adopt"]
    assert done.identities == ["named by its author", "new"]
    assert f"[#{number}]({ISSUE}/{number}): open)" in shop.line("Alert")
    seen = shop.issue(number)
    assert (seen.title, seen.body, seen.labels) == ("Cart alerts", "Mine.", ("ops",))
    assert shop.sync().actions == []


def test_an_issue_in_a_ticket_column_is_adopted_into_its_cell(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.")
    shop.write(
        DOCUMENT,
        f"# Down\n\n## Actions\n\n| Action | Ticket |\n|---|---|\n| {ALERT} | #{number} |\n| {PATCH} | |\n",
    )
    done = shop.sync()
    assert sorted(done.actions) == ["adopt", "create"]
    assert f"]({ISSUE}/{number}): open" in shop.line("Alert")
    assert shop.sync().actions == []


def test_an_adopted_issue_follows_the_box_and_nothing_else(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.", ["postmortem"])
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT} (#{number})"))
    shop.sync()
    shop.edit(DOCUMENT, "before the cart", "long before the cart")
    shop.write(DOCUMENT, "---\nlabels: [payments]\nowner: Bob\n---\n" + shop.text())
    assert shop.sync().actions == []
    shop.edit(DOCUMENT, "[ ]", "[x]")
    assert shop.sync().actions == ["close"]
    seen = shop.issue(number)
    assert (seen.is_open, seen.title, seen.body, seen.labels) == (
        False,
        "Cart alerts",
        "Mine.",
        ("postmortem",),
    )
    shop.person.reopen(number)
    assert shop.sync().actions == ["follow"]
    assert "- [ ] Alert" in shop.text()
    assert shop.sync().actions == []


def test_an_adopted_issue_that_was_reopened_is_never_closed_by_a_box(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.", ["postmortem"])
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT} (#{number})"))
    shop.sync()
    shop.edit(DOCUMENT, "[ ]", "[x]")
    text = shop.text()
    assert shop.sync().actions == ["close"]
    shop.person.reopen(number)
    for _ in range(2):
        shop.write(DOCUMENT, text)  # the write-back has not landed
        done = shop.sync()
        assert "close" not in done.actions
        assert done.tells(f"#{number} was reopened: close it there")
        assert shop.issue(number).is_open
    assert "- [ ] Alert" in shop.text()
    assert shop.sync().actions == []


def test_an_adopted_issue_may_serve_many_items(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.")
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT} (#{number})", f"[ ] {PATCH} (#{number})"))
    assert shop.sync().actions == ["adopt", "adopt"]
    shop.settled(shared={number})
    shop.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert shop.sync().actions == []
    assert shop.issue(number).is_open
    shop.edit(DOCUMENT, "[ ] Patch", "[x] Patch")
    assert "close" in shop.sync().actions
    assert not shop.issue(number).is_open
    shop.settled(shared={number})


def test_a_pull_request_is_only_read_and_merged_counts_as_done(shop: World) -> None:
    assert isinstance(shop.person, Shop)
    alice = shop.person.alice
    pull = alice.open_pull("Fix the till")
    shop.write(DOCUMENT, postmortem(f"[ ] {PATCH} (PR #{pull.number})"))
    assert shop.sync().actions == ["adopt"]
    shop.edit(DOCUMENT, "[ ]", "[x]")
    with shop.watch() as seen:
        shop.sync()
    assert not any(request.is_write for request in seen)
    assert pull.is_open
    alice.merge(pull)
    shop.sync()
    assert ": done)" in shop.text()
    assert "[x]" in shop.text()
    assert shop.sync().actions == []


def test_a_pull_request_closed_unmerged_is_not_done(shop: World) -> None:
    assert isinstance(shop.person, Shop)
    pull = shop.person.alice.open_pull("Fix the till")
    shop.write(DOCUMENT, postmortem(f"[ ] {PATCH} (PR #{pull.number})"))
    shop.sync()
    shop.person.alice.close(pull)
    shop.sync()
    assert ": won't do)" in shop.text()
    assert "[ ]" in shop.text()


def test_another_trackers_key_is_tracked_elsewhere(world: World) -> None:
    world.write(DOCUMENT, postmortem(f"{ALERT} (OPS-123)", PATCH))
    done = world.sync()
    assert done.actions == ["create"]
    assert done.tells("tracked elsewhere", "OPS-123", of="skipped")
    world.settled()


def test_tracked_elsewhere_costs_no_request(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(f"{ALERT} (OPS-123)", PATCH))
    shop.sync()
    with shop.watch() as seen:
        shop.sync()
    assert len(seen) == 1


def test_an_issue_of_another_repository_is_tracked_elsewhere(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(f"{ALERT} (https://github.com/other/place/issues/3)", PATCH))
    done = shop.sync()
    assert done.actions == ["create"]
    assert done.tells("tracked elsewhere", of="skipped")


def test_a_mention_in_passing_is_no_tracker(shop: World) -> None:
    shop.person.open("Cart alerts", "Mine.")
    shop.write(DOCUMENT, postmortem("Check whether #1 would have been noticed by the new alert"))
    assert shop.sync().actions == ["create"]
    assert shop.link("noticed").number == 2


def test_naming_the_issue_of_another_item_takes_it_from_nobody(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    shop.write("postmortems/other.md", postmortem(f"{PATCH} (#1)"))
    done = shop.sync()
    assert done.actions == []
    assert done.tells("#1", "another item's issue")
    assert shop.issue(1).title == ALERT


def test_issues_may_live_in_another_repository(shop: World, github: GitHub) -> None:
    github.create_repository("acme/follow-ups").create_label("postmortem")
    shop.env["GITHUB_TOKEN"] = github.add_token("alice")
    shop.configure(repository="acme/follow-ups")
    shop.write(DOCUMENT, postmortem(ALERT))
    assert shop.sync().actions == ["create"]
    assert "([acme/follow-ups#1](https://github.com/acme/follow-ups/issues/1): open)" in shop.text()
    assert shop.issues() == {}
    with shop.watch() as seen:
        assert shop.sync().actions == []
    assert len(seen) == 1


def test_a_link_into_the_other_tracker_counts_as_none_and_is_replaced(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    done = shop.run("sync", "--tracker", "local")
    assert done.code == 0
    assert "(../.pmsync/issues/1.md): open)" in shop.text()
    assert shop.sync().actions == ["create"]
    assert shop.text().count("issues/1") == 1
    assert f"({ISSUE}/1): open)" in shop.text()
    shop.settled()


def test_an_item_that_names_an_issue_that_is_gone_is_told_in_every_run(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(f"{ALERT} (#999)"))
    for _ in range(2):
        done = shop.sync()
        assert done.actions == []
        assert done.tells("it names acme/shop#999, which is not there")
    assert shop.issues() == {}


@pytest.mark.emulator
def test_an_owner_whom_nobody_knows_does_not_keep_an_item_from_its_issue(emulated: World) -> None:
    emulated.configure(owners={"Ada": "nobody-at-all", "Bob": "bob"})
    emulated.write(DOCUMENT, postmortem(f"{ALERT} (owner: Ada)", f"{PATCH} (owner: Ada)", "Ask (owner: Bob)"))
    done = emulated.sync()
    assert done.tells("nobody-at-all", "owners:")
    assert [emulated.issue(number).assignees for number in (1, 2)] == [(), ()]
    emulated.settled()


def test_an_issue_on_another_host_is_tracked_elsewhere(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.")
    shop.write(DOCUMENT, postmortem(f"{ALERT} ([ticket](https://git.example/acme/shop/issues/{number}))"))
    done = shop.sync()
    assert done.actions == []
    assert shop.issue(number).is_open


def test_a_link_to_another_host_commands_no_issue_of_ours(shop: World) -> None:
    number = shop.person.open("Cart alerts", "Mine.", ["postmortem"])
    link = f"[#{number}](https://git.example/acme/shop/issues/{number})"
    shop.write(DOCUMENT, postmortem(f"[x] {ALERT} ({link}: open)"))
    shop.sync()
    assert shop.issue(number).is_open
