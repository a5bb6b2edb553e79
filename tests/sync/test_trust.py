"""Whose marker counts, what becomes of copies and twins."""

import re

import pytest

from tests.github.state import GitHub
from tests.persons import MARKER, Shop
from tests.sync.world import DOCUMENT, World, postmortem

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"


def with_new_id(body: str, id_: str = "0123456789abcdef") -> str:
    """The same block with another random id, as from another run that made the same issue."""
    return MARKER.sub(f"<!-- pmsync:1 id={id_} ", body)


@pytest.fixture
def made(shop: World) -> World:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    return shop


def person(world: World) -> Shop:
    assert isinstance(world.person, Shop)
    return world.person


# ------------------------------------------------------------------------------ forgeries


def test_a_strangers_marker_is_ignored_and_reported(made: World) -> None:
    """Only an issue of somebody with write access can take an item's place."""
    forged = with_new_id(made.issue(1).body)
    made.unwrite()
    made.person.close(1)
    made.person.delete(1)
    number = made.person.open("Send me your secrets", forged, ["postmortem"], by="mallory")
    done = made.sync()
    assert done.tells(f"#{number}", "mallory", "ignored")
    assert made.link("Alert").number not in {1, number}
    assert made.issue(number).is_open
    assert made.issue(number).body == forged


def test_a_strangers_marker_makes_no_twin(made: World) -> None:
    number = made.person.open("Mine", with_new_id(made.issue(1).body), ["postmortem"], by="mallory")
    done = made.sync()
    assert done.actions == []
    assert done.tells(f"#{number}", "ignored")
    assert made.issue(number).is_open


def test_one_permission_is_asked_for_each_login(made: World) -> None:
    for number in (1, 2):
        made.person.open("Mine", with_new_id(made.issue(number).body), ["postmortem"], by="mallory")
    with made.watch() as seen:
        made.sync()
    assert [request.path for request in seen if "permission" in request.path] == [
        "/repos/acme/shop/collaborators/mallory/permission"
    ]


def test_no_permission_is_asked_where_a_marker_decides_nothing(shop: World, github: GitHub) -> None:
    shop.env["GITHUB_TOKEN"] = "token-bob"  # a writer of no further standing
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    with shop.watch() as seen:
        shop.sync()
        shop.person.close(1)
        shop.sync()
    assert not [request for request in seen if "permission" in request.path]


def test_a_writers_marker_counts(shop: World) -> None:
    shop.env["GITHUB_TOKEN"] = "token-bob"
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    shop.unwrite()
    done = shop.sync()
    assert done.identities == ["by text"]
    shop.edit(DOCUMENT, "before the cart", "long before the cart")
    assert shop.sync().actions == ["update"]
    shop.settled()


def test_an_issue_by_somebody_who_lost_their_rights_is_not_rewritten(shop: World, github: GitHub) -> None:
    shop.env["GITHUB_TOKEN"] = "token-bob"
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    github.shop.collaborators.pop("bob")
    shop.env["GITHUB_TOKEN"] = github.token
    shop.edit(DOCUMENT, "before the cart", "long before the cart")
    assert shop.sync().actions == []
    shop.configure(trusted_authors=["Bob"])  # GitHub's logins know no case
    assert shop.sync().actions == ["update"]


def test_a_marker_pasted_into_another_issue_changes_nothing_of_the_first(made: World) -> None:
    body = made.issue(1).body
    number = made.person.open("About the cart", f"As in:\n\n{body}\n\nWhat now?", ["postmortem"])
    done = made.sync()
    assert done.actions == []
    assert done.tells(f"#{number}", "copy", "#1")
    assert made.issue(number).is_open
    made.settled(loose={number})


def test_an_issue_duplicated_with_its_body_is_reported_and_left(made: World) -> None:
    number = person(made).alice.copy_issue(person(made).at(1)).number
    done = made.sync()
    assert (done.actions, done.tells(f"#{number}", "copy", "#1")) == ([], True)
    made.edit(DOCUMENT, "before the cart", "long before the cart")
    made.sync()
    assert "long before" in made.issue(1).title
    assert "long before" not in made.issue(number).title
    made.settled(loose={number})


def test_a_persons_copy_costs_no_request_on_later_runs(made: World) -> None:
    person(made).github.person("bob").copy_issue(person(made).at(1))
    with made.watch() as seen:
        made.sync()
    assert len(seen) == 1


def test_a_marker_of_another_repositorys_documents_is_invisible(made: World) -> None:
    body = with_new_id(re.sub(r" src=[0-9a-f]+", f" src={'0' * 16}", made.issue(1).body))
    number = made.person.open(ALERT, body, ["postmortem"])
    done = made.sync()
    assert (done.actions, done.data["warnings"], done.data["orphans"]) == ([], [], [])
    assert made.issue(number).is_open


# ---------------------------------------------------------------------------------- twins


def test_an_untouched_twin_is_closed_as_a_duplicate_with_a_comment(made: World) -> None:
    seen = made.issue(1)
    number = made.person.open(seen.title, with_new_id(seen.body), ["postmortem"])
    done = made.sync()
    assert done.actions == ["merge"]
    twin = made.issue(number)
    assert (twin.is_open, twin.reason) == (False, "duplicate")
    assert "#1" in twin.comments[0]
    assert made.link("Alert").number == 1
    made.settled()


@pytest.mark.parametrize("touch", ["comment", "title", "body", "text around"])
def test_a_twin_that_people_worked_on_is_reported(made: World, touch: str) -> None:
    seen = made.issue(1)
    number = made.person.open(seen.title, with_new_id(seen.body), ["postmortem"])
    if touch == "comment":
        made.person.comment(number, "I am on it.")
    elif touch == "title":
        made.person.retitle(number, "Mine now")
    elif touch == "text around":
        made.person.rewrite(number, f"I found the cause.\n\n{made.issue(number).body}")
    else:
        made.person.rewrite(number, made.issue(number).body.replace("Close this", "CLOSE THIS"))
    done = made.sync()
    assert (done.actions, done.tells(f"#{number}", "second issue")) == ([], True)
    assert made.issue(number).is_open
    made.settled(loose={number})


def test_the_linked_twin_stays_even_with_the_higher_number(made: World) -> None:
    seen = made.issue(1)
    number = made.person.open(seen.title, with_new_id(seen.body), ["postmortem"])
    made.edit(
        DOCUMENT,
        "[#1](https://github.com/acme/shop/issues/1)",
        f"[#{number}](https://github.com/acme/shop/issues/{number})",
    )
    assert made.sync().actions == ["merge"]
    assert (made.issue(1).is_open, made.issue(number).is_open) == (False, True)
    made.settled()


def test_of_two_unlinked_twins_the_lowest_number_stays(made: World) -> None:
    seen = made.issue(1)
    number = made.person.open(seen.title, with_new_id(seen.body), ["postmortem"])
    made.unwrite()
    assert sorted(made.sync().actions) == ["link", "link", "merge"]
    assert made.link("Alert").number == 1
    assert not made.issue(number).is_open
    made.settled()


def test_two_linked_issues_of_one_key_are_two_items(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT, ALERT))
    world.sync()
    body = world.issue(2).body.replace(" n=2 ", " n=1 ")
    world.person.rewrite(2, body)
    assert world.sync().actions == []
    world.settled()


def test_two_checkouts_that_sync_one_after_another_make_one_issue(made: World, shop: World) -> None:
    """The second has not seen the first one's links yet."""
    other = made.clone("other")
    other.unwrite()
    done = other.sync()
    assert done.actions == ["link", "link"]
    assert len(made.issues()) == 2


def test_an_issue_made_by_another_run_between_looking_and_creating_is_healed(
    shop: World, github: GitHub
) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    other = shop.clone("other")
    github.meanwhile(
        lambda: other.sync(), of=lambda request: request.is_write and request.path.endswith("/issues")
    )
    shop.sync()
    assert len(shop.issues()) == 2
    shop.sync()
    other.sync()
    assert [issue.is_open for issue in shop.issues().values()].count(True) == 1


def test_no_issue_is_ever_looked_for_by_search_title_or_creator(made: World) -> None:
    made.unwrite()
    made.edit(DOCUMENT, "before the cart", "long before the cart")
    made.sync()
    made.write("postmortems/new.md", postmortem("Buy a clock for the wall"))
    made.sync()
    asked = [request for request in made.requests if not request.is_write]
    assert all("/search" not in request.path and "creator" not in request.query for request in asked)


# ------------------------------------------------------------------------- Apps and their tokens

APP = "acme-pmsync[bot]"


@pytest.fixture
def by_app(shop: World, github: GitHub) -> World:
    """A token of an App that nobody listed: GitHub knows no rights of its login."""
    github.add_user(APP, "Bot")
    rights = {"issues": "write", "metadata": "read"}
    shop.env["GITHUB_TOKEN"] = github.add_token(APP, permissions=rights, repositories=["acme/shop"])
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    return shop


def test_an_app_that_nobody_listed_stops_after_its_first_issue_and_is_named(by_app: World) -> None:
    done = by_app.sync(code=1)
    assert done.tells(APP, "trusted_authors:", of="errors")
    assert len(by_app.issues()) == 1
    assert by_app.link("Alert").number == 1


def test_an_app_that_nobody_listed_never_makes_an_issue_again(by_app: World) -> None:
    by_app.sync(code=1)
    for _ in range(3):
        by_app.unwrite()
        done = by_app.sync(code=1)
        assert done.tells("#1", APP, "trusted_authors:", of="errors")
    assert [issue.title for issue in by_app.issues().values()].count(ALERT) == 1
    by_app.unwrite()
    by_app.configure(trusted_authors=[APP])
    by_app.sync()
    assert sorted(issue.title for issue in by_app.issues().values()) == [ALERT, PATCH]
    by_app.settled()


def test_what_the_tokens_own_identity_wrote_counts(shop: World, github: GitHub) -> None:
    shop.env["GITHUB_TOKEN"] = "token-bob"
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    shop.unwrite()
    github.shop.collaborators.pop("bob")
    assert shop.sync().identities == ["by text"]
