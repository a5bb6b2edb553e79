"""Everything can be seen first, and what looks implausible is refused before the first write."""

import contextlib

import pytest
from click.testing import CliRunner

from pmsync.cli import main
from tests.github.faults import Kind
from tests.github.state import GitHub
from tests.sync.test_costs import tasks
from tests.sync.world import DOCUMENT, World, postmortem
from tests.test_cli import ON_TERMINAL

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"


def refused(world: World, *words: str) -> None:
    """A sync is refused with one sentence that holds these words, and writes nothing."""
    files, issues = world.files(), world.issues()
    done = world.run("sync")
    assert done.code == 1
    assert done.err.count("\n") == 1, done.err
    for word in (*words, "--force"):
        assert word in done.err
    assert (world.files(), world.issues()) == (files, issues)


def test_more_creations_than_allowed_are_refused(world: World) -> None:
    world.configure(max_creates=3)
    world.write(DOCUMENT, postmortem(*tasks(4)))
    refused(world, "4 issues", "max_creates: 3")
    assert world.sync("--force").actions == ["create"] * 4
    world.settled()


def test_as_many_creations_as_allowed_are_made(world: World) -> None:
    world.configure(max_creates=3)
    world.write(DOCUMENT, postmortem(*tasks(3)))
    world.sync()
    assert len(world.issues()) == 3


def test_fifty_creations_are_allowed_by_default(local: World) -> None:
    local.write(DOCUMENT, postmortem(*tasks(51)))
    refused(local, "51 issues", "max_creates: 50")
    local.write(DOCUMENT, postmortem(*tasks(50)))
    local.sync()


@pytest.mark.parametrize(
    ("count", "ticked", "passes"), [(6, 3, True), (6, 4, False), (20, 6, True), (20, 7, False)]
)
def test_more_closings_than_a_third_are_refused(world: World, count: int, ticked: int, passes: bool) -> None:
    world.write(DOCUMENT, postmortem(*(f"[ ] {task}" for task in tasks(count))))
    world.sync()
    world.write(DOCUMENT, world.text().replace("[ ]", "[x]", ticked))
    if passes:
        assert world.sync().actions == ["close"] * ticked
    else:
        refused(world, f"close {ticked} of {count}")
        assert world.sync("--force").actions == ["close"] * ticked
    world.settled()


def test_more_missing_issues_than_a_third_are_refused(world: World) -> None:
    world.write(DOCUMENT, postmortem(*tasks(6)))
    world.sync()
    for number in range(1, 5):
        world.person.delete(number)
    refused(world, "4 of 6 linked issues missing")
    world.sync("--force")
    assert [link.word for link in world.links()].count("missing") == 4
    world.settled()


def test_a_refused_plan_can_be_seen(world: World) -> None:
    world.configure(max_creates=1)
    world.write(DOCUMENT, postmortem(*tasks(2)))
    planned = world.plan("--exit-code", code=3)
    assert planned.actions == ["create"] * 2
    assert "a sync refuses this plan" in planned.err
    dry = world.sync("--dry-run")
    assert dry.data == planned.data
    assert "a sync refuses this plan" in dry.err
    shown = world.plan("--format", "text")
    assert shown.out.startswith("A sync refuses this plan: it would create 2 issues")
    assert "refuses" not in shown.err


def test_a_plan_tells_how_each_issue_was_found(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT, PATCH, "Write down how to empty a queue by hand"))
    world.sync()
    world.write(
        DOCUMENT,
        postmortem(world.line("Alert"), PATCH, "Write down how to empty any queue by hand", "Buy a clock"),
    )
    identities = world.plan().identities
    assert identities[:2] == ["by link", "by text"]
    assert identities[2].startswith("reworded, 0.")
    assert identities[3] == "new"


def test_a_plan_writes_nothing(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    files = world.files()
    with world.watch() as seen:
        world.plan()
        world.sync("--dry-run")
        world.status()
    assert not any(request.is_write for request in seen)
    assert world.files() == files
    assert world.issues() == {}


def test_a_refusal_of_one_item_never_stops_the_others(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(*tasks(5)))
    github.fail(Kind.FORBIDDEN, at=3, of=lambda r: r.method == "POST" and r.path.endswith("/issues"))
    done = shop.sync(code=1)
    assert len(done.data["errors"]) == 1
    assert done.tells(f"{DOCUMENT}:9", "403" if "403" in done.data["errors"][0] else "refused", of="errors")
    assert len(shop.links()) == 4
    github.mend()
    assert shop.sync().actions == ["create"]
    shop.settled()


def test_a_name_that_owners_knows_is_assigned_wherever_it_stands(shop: World) -> None:
    shop.configure(owners={"Bob": "bob", "BL": "bob"})
    shop.write(DOCUMENT, postmortem(f"Bob: {ALERT}", f"{PATCH} (BL)", "Monitoring: keep a week of it"))
    shop.sync()
    assert [shop.issue(n).assignees for n in (1, 2, 3)] == [("bob",), ("bob",), ()]
    shop.settled()


def test_an_assignee_that_is_refused_costs_no_issue(shop: World) -> None:
    shop.configure(owners={"Ghost": "ghost", "Bob": "bob"})
    shop.write(
        DOCUMENT, postmortem(f"{ALERT} (owner: Ghost)", f"{PATCH} (owner: Bob)", "Buy a clock (owner: Ghost)")
    )
    with shop.watch() as seen:
        done = shop.sync()
    assert done.actions == ["create"] * 3
    assert done.tells("ghost", "owners:")
    assert [shop.issue(n).assignees for n in (1, 2, 3)] == [(), ("bob",), ()]
    refusals = [request for request in seen if request.status == 422]
    assert len(refusals) == 1  # the login is remembered
    assert not [request for request in seen if "/assignees/" in request.path]  # and never checked beforehand
    shop.settled()


def test_without_push_access_dropped_labels_are_said(shop: World, github: GitHub) -> None:
    github.shop.create_label("postmortem")
    shop.env["GITHUB_TOKEN"] = "token-rita"
    shop.write(DOCUMENT, postmortem(ALERT))
    done = shop.run("sync", "--format", "json")
    said = done.err + done.out
    assert "label" in said
    assert "push access" in said
    assert len(shop.issues()) <= 1


def test_a_body_longer_than_github_takes_is_cut_and_says_so(shop: World) -> None:
    details = "\n".join(f"  - step {n}: look at the gauge and write down what it shows" for n in range(2000))
    shop.write(DOCUMENT, postmortem(f"{ALERT}\n{details}"))
    shop.sync()
    body = shop.issue(1).body
    assert len(body) <= 65_536
    assert "did not fit" in body
    shop.settled()


@pytest.mark.parametrize("name", ["sync", "plan", "status"])
def test_an_enterprise_servers_address_is_taken(shop: World, github: GitHub, name: str) -> None:
    shop.env |= {"GITHUB_API_URL": f"{github.url}/api/v3", "GITHUB_SERVER_URL": "https://github.example.com"}
    shop.write(DOCUMENT, postmortem(ALERT))
    assert shop.run(name).code == 0
    if name == "sync":
        assert "https://github.example.com/acme/shop/blob/" in shop.issue(1).body


def test_the_permalink_names_a_commit_that_is_on_the_remote(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    head = shop.repo.commit()
    shop.env["GITHUB_SHA"] = head
    shop.sync()
    assert f"https://github.com/acme/shop/blob/{head}/{DOCUMENT}?plain=1#L7" in shop.issue(1).body
    shop.settled()


def test_without_such_a_commit_the_default_branch_is_linked(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.repo.commit()
    shop.sync()
    assert f"https://github.com/acme/shop/blob/HEAD/{DOCUMENT}" in shop.issue(1).body


def test_a_plan_says_of_each_attribute_from_what_to_what(world: World) -> None:
    world.configure(owners={"Ada": "alice", "Bob": "bob"})
    world.write(DOCUMENT, postmortem("Alert on memory (owner: Ada, due: 2026-04-01)", "[ ] Patch the till"))
    (made, _) = world.plan().data["changes"]
    told = {it["attribute"]: (it["old"], it["new"]) for it in made["differences"]}
    assert (told["labels"], told["assignee"]) == (("", "postmortem"), ("", "alice"))
    assert "**Owner:** Ada · **Due:** 2026-04-01" in told["text"][1]
    world.sync()
    world.edit(
        DOCUMENT,
        "Alert on memory (owner: Ada, due: 2026-04-01)",
        "Page on memory (owner: Bob, due: 2026-05-01)",
    )
    world.edit(DOCUMENT, "[ ] Patch", "[x] Patch")
    update, close = world.plan().data["changes"]
    assert {it["attribute"]: (it["old"], it["new"]) for it in update["differences"]} == {
        "title": ("Alert on memory", "Page on memory"),
        "owner": ("Ada", "Bob"),
        "due": ("2026-04-01", "2026-05-01"),
        "assignee": ("alice", "bob"),
    }
    assert close["differences"] == [{"attribute": "state", "old": "open", "new": "done"}]


def test_links_that_were_swapped_are_told_before_anything_is_written(world: World) -> None:
    world.write(DOCUMENT, postmortem("Alert on memory of the hosts", "Patch the till against odd prices"))
    world.sync()
    text = world.text()
    swapped = text.replace("Alert on memory of the hosts", "§").replace(
        "Patch the till against odd prices", "Alert on memory of the hosts"
    )
    world.write(DOCUMENT, swapped.replace("§", "Patch the till against odd prices"))
    planned = world.plan()
    assert all("swapped" in change["doubt"] for change in planned.data["changes"])
    assert planned.tells("#1", "would get the text of", "#2")
    assert "⚠ the item's text changed" in world.plan("--format", "text").out


def test_each_plan_counts_for_itself_the_issues_that_cannot_be_read(shop: World, github: GitHub) -> None:
    """On a terminal a plan is made twice: once to be shown, and once the answer is there."""
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    for number in (1, 2):
        shop.person.close(number)
    shop.write(DOCUMENT, shop.text() + "- Write down how to empty a queue by hand\n")
    github.fail(Kind.ERROR_BEFORE, lasting=True, of=lambda it: it.path.endswith(("/issues/1", "/issues/2")))
    with ON_TERMINAL, contextlib.chdir(shop.repo.path):
        done = CliRunner(env=shop.env).invoke(main, ["sync"], input="y\ny\n", catch_exceptions=False)
    assert (done.exit_code, len(shop.issues())) == (1, 3)
    assert done.stdout.count("#1 could not be read") == 1
