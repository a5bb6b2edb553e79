"""Items, documents and issues that are no longer there; or only seem so."""

import shutil
from pathlib import Path

import pytest

from tests.children import run
from tests.conftest import Checkout
from tests.github.state import GitHub
from tests.persons import Shop
from tests.sync.world import DOCUMENT, Clones, World, postmortem

OTHER = "postmortems/2026-03-09-search.md"
ALERT, PATCH, BOOK = (
    "Alert on memory before the cart fills it",
    "Patch the till against negative prices",
    "Write down how to empty a queue by hand",
)


def orphans(ran: object) -> list[int]:
    return [orphan["number"] for orphan in ran.data["orphans"]]  # type: ignore[attr-defined]


@pytest.fixture
def world(world: World) -> World:
    world.write(DOCUMENT, postmortem(ALERT, PATCH))
    world.write(OTHER, postmortem(BOOK))
    world.sync()
    world.repo.commit()
    return world


# -------------------------------------------------------------------- items and documents


def publish(world: World) -> None:
    """Pushes the work tree's commit to the default branch on GitHub, where there is one."""
    if isinstance(world.person, Shop):
        world.repo.git(
            "push", "--quiet", "--force", str(world.person.github.shop.git.path), "HEAD:refs/heads/main"
        )


def test_the_issue_of_a_deleted_item_is_reported_and_stays_open(world: World) -> None:
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [2])
    assert done.tells("#2", "its item is gone")
    assert world.issue(2).is_open
    world.settled(loose={2})


def test_the_issues_of_a_deleted_document_are_reported(world: World) -> None:
    world.remove(DOCUMENT)
    world.repo.commit()
    assert orphans(world.sync()) == [1, 2]
    world.settled(loose={1, 2})


def test_a_closed_issue_without_an_item_is_history(world: World) -> None:
    world.person.close(2)
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    assert orphans(world.sync()) == []
    world.settled()


def test_an_opted_out_document_orphans_nothing(world: World) -> None:
    world.write(DOCUMENT, f"---\npmsync: false\n---\n{world.text()}")
    before = world.text()
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [])
    assert world.text() == before
    world.settled()


def test_a_document_with_broken_front_matter_is_said_and_orphans_nothing(world: World) -> None:
    world.write(DOCUMENT, f"---\nowner: [\n---\n{world.text()}")
    before = world.text()
    done = world.sync(code=1)
    assert (done.actions, orphans(done)) == ([], [])
    assert done.tells(DOCUMENT, of="errors")
    assert world.text() == before


def test_a_document_that_is_not_selected_orphans_nothing(world: World) -> None:
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    done = world.sync(OTHER)
    assert (done.actions, orphans(done)) == ([], [])


def test_a_document_that_the_configuration_no_longer_covers_orphans_nothing(world: World) -> None:
    world.configure(documents=[OTHER])
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [])


def test_a_refused_document_orphans_nothing(world: World) -> None:
    text = world.text()
    world.repo.write(DOCUMENT, b"\xff\xfe" + text.encode("utf-16-le"))
    done = world.sync(code=1)
    assert (done.actions, orphans(done)) == ([], [])
    assert done.tells(DOCUMENT, "UTF-16", of="errors")


def test_a_document_that_the_default_branch_still_holds_orphans_nothing(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    head = shop.repo.commit()
    shop.repo.git("remote", "add", "origin", "https://github.com/acme/shop.git")
    shop.repo.git("update-ref", "refs/remotes/origin/main", head)
    shop.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    shop.repo.git("checkout", "--quiet", "-b", "tidy")
    shop.remove(DOCUMENT)
    shop.repo.commit()
    assert orphans(shop.sync()) == []
    shop.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert orphans(shop.sync()) == [1]


@pytest.mark.parametrize("has_git", [True, False], ids=["without a commit", "without git"])
def test_nothing_is_gone_where_nothing_tells_what_the_default_branch_holds(
    shop: World, has_git: bool
) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.sync()
    shop.remove(DOCUMENT)
    if not has_git:
        shutil.rmtree(shop.repo.path / ".git")
    done = shop.sync()
    assert orphans(done) == []
    assert not done.tells("gone")
    assert shop.status().data["orphans"] == []


@pytest.mark.parametrize("name", ["main", "production"])
def test_a_clone_that_knows_no_default_branch_looks_at_the_one_of_a_usual_name(
    clones: Clones, name: str
) -> None:
    clone = clones("clone")
    clone.write(DOCUMENT, postmortem(ALERT))
    clone.push()
    clone.sync()
    clone.remove(DOCUMENT)
    clone.push()
    clone.repo.git("branch", "--quiet", "--move", "main", name)
    clone.repo.git("remote", "set-head", "origin", "--delete")
    clone.repo.git("update-ref", f"refs/remotes/origin/{name}", "HEAD")
    if name != "main":
        clone.repo.git("update-ref", "-d", "refs/remotes/origin/main")
    assert orphans(clone.sync()) == ([1] if name == "main" else [])


@pytest.mark.parametrize("on_removed", ["report", "close"])
def test_a_document_that_moved_with_its_links_to_where_none_is_read_orphans_nothing(
    world: World, on_removed: str
) -> None:
    world.configure(on_removed=on_removed)
    world.rename(DOCUMENT, "pm/cart.md")
    world.repo.commit()
    publish(world)
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [])
    world.repo.write("pm/cart.md", "# Changes\n\n- See [#2](https://github.com/acme/shop/issues/2)\n")
    world.repo.commit()
    publish(world)
    assert orphans(world.plan()) == [1, 2]


def test_orphans_are_closed_as_not_planned_where_that_is_configured(world: World) -> None:
    world.configure(on_removed="close")
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    world.repo.commit()
    publish(world)
    done = world.sync()
    assert done.actions == ["retire"]
    assert (world.issue(2).is_open, world.issue(2).reason) == (False, "not_planned")
    world.settled()


@pytest.mark.parametrize("is_followed", [False, True], ids=["at once", "after a sync"])
def test_an_item_that_comes_back_gets_its_issue_back(world: World, is_followed: bool) -> None:
    world.configure(on_removed="close")
    line = f"{world.line('Patch')}\n"
    before = world.text(DOCUMENT)
    world.edit(DOCUMENT, line, "")
    world.repo.commit()
    publish(world)
    assert world.sync().actions == ["retire"]
    if is_followed:
        world.settled()
    world.write(DOCUMENT, before)
    world.repo.commit()
    publish(world)
    assert world.sync().actions == ["reopen"]
    assert world.issue(2).is_open
    assert world.text(DOCUMENT) == before
    world.settled()


def test_what_a_person_closed_as_not_planned_stays_so_though_its_item_comes_back(world: World) -> None:
    line = f"{world.line('Patch')}\n"
    before = world.text(DOCUMENT)
    world.edit(DOCUMENT, line, "")
    world.person.close(2, "not_planned")
    world.repo.commit()
    publish(world)
    world.sync()
    world.write(DOCUMENT, before)
    world.sync()
    assert not world.issue(2).is_open
    assert "won't do" in world.line("Patch")


def test_an_orphan_that_a_person_reopened_is_not_closed_again(world: World) -> None:
    world.configure(on_removed="close")
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    world.repo.commit()
    publish(world)
    assert world.sync().actions == ["retire"]
    world.person.reopen(2)
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [2])
    assert world.issue(2).is_open
    assert world.sync().actions == []
    assert world.issue(2).is_open


def test_what_a_person_reopened_and_closed_again_stays_closed_though_its_item_comes_back(
    world: World,
) -> None:
    world.configure(on_removed="close")
    before = world.text(DOCUMENT)
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    world.repo.commit()
    publish(world)
    world.sync()
    world.person.reopen(2)
    world.sync()
    world.person.close(2, "not_planned")
    world.sync()
    world.write(DOCUMENT, before)
    world.repo.commit()
    publish(world)
    world.sync()
    assert not world.issue(2).is_open


def test_an_orphan_stays_open_where_the_remote_has_moved_on(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.configure(on_removed="close")
    shop.sync()
    shop.edit(DOCUMENT, f"{shop.line('Patch')}\n", "")
    shop.repo.commit()
    publish(shop)
    shop.repo.git("commit", "--quiet", "--amend", "--message", "Another commit than the remote's")
    done = shop.sync()
    assert (done.actions, orphans(done)) == ([], [2])
    assert shop.issue(2).is_open


def test_an_orphan_stays_open_while_its_deletion_is_not_committed(world: World) -> None:
    world.configure(on_removed="close")
    world.repo.commit()
    publish(world)
    world.edit(DOCUMENT, f"{world.line('Patch')}\n", "")
    done = world.sync()
    assert (done.actions, orphans(done)) == ([], [2])
    assert world.issue(2).is_open


def test_the_issues_of_a_branchs_document_are_no_orphans_of_the_default_branch(clones: Clones) -> None:
    clone = clones("clone")
    clone.configure(on_removed="close")
    clone.write(DOCUMENT, postmortem(ALERT))
    clone.push()
    clone.branch("feature")
    clone.write(OTHER, postmortem(BOOK))
    clone.repo.commit()
    assert clone.sync("--allow-uncommitted").actions == ["create", "create"]
    clone.repo.git("stash", "--quiet")
    clone.repo.git("checkout", "--quiet", "main")
    done = clone.sync()
    assert ("close" in done.actions, orphans(done)) == (False, [])
    assert done.tells("#2", "another branch's")
    assert clone.issue(2).is_open


def test_a_clone_that_cannot_close_orphans_says_what_lets_it(clones: Clones) -> None:
    clone = clones("clone")
    clone.configure(on_removed="close")
    clone.write(DOCUMENT, postmortem(ALERT, PATCH, BOOK))
    clone.push()
    clone.sync()
    clone.edit(DOCUMENT, f"{clone.line('Patch')}\n{clone.line('empty a queue')}", "")
    clone.push()
    clone.repo.git("remote", "set-head", "origin", "--delete")
    done = clone.plan()
    assert (done.actions, orphans(done)) == ([], [2, 3])
    assert sum("git remote set-head origin -a" in warning for warning in done.data["warnings"]) == 1
    clone.repo.git("remote", "set-head", "origin", "-a")
    done = clone.plan()
    assert (done.actions, done.data["warnings"]) == (["retire", "retire"], [])


def test_orphans_are_closed_at_the_head_of_the_default_branch_alone(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.configure(on_removed="close")
    shop.sync()
    head = shop.repo.commit()
    shop.repo.git("remote", "add", "origin", "https://github.com/acme/shop.git")
    shop.repo.git("update-ref", "refs/remotes/origin/main", head)
    shop.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    shop.repo.git("checkout", "--quiet", "-b", "tidy")
    shop.edit(DOCUMENT, f"{shop.line('Patch')}\n", "")
    shop.repo.commit()
    done = shop.sync()
    assert (done.actions, orphans(done)) == ([], [2])
    assert shop.issue(2).is_open


# -------------------------------------------------------------------------------- issues


def test_a_deleted_issue_is_missing_and_never_made_again_by_itself(world: World) -> None:
    world.person.delete(1)
    done = world.sync()
    assert done.actions == ["follow"]
    assert done.tells(DOCUMENT, "gone", "delete the annotation")
    assert world.link("Alert").word == "missing"
    with world.watch() as seen:
        assert world.sync().actions == []
    assert len(seen) <= 1
    assert len(world.issues()) == 2
    world.settled()


def test_deleting_the_annotation_of_a_missing_issue_replaces_it(world: World) -> None:
    world.person.delete(1)
    world.sync()
    line = world.line("Alert")
    world.edit(DOCUMENT, line, f"- {ALERT}")
    assert world.sync().actions == ["create"]
    assert world.link("Alert").number == 4
    world.settled()


def test_on_missing_the_box_is_neither_read_nor_changed(world: World) -> None:
    world.edit(DOCUMENT, "- Alert", "- [ ] Alert")
    world.sync()
    world.person.delete(1)
    world.sync()
    world.edit(DOCUMENT, "- [ ] Alert", "- [x] Alert")
    assert world.sync().actions == []
    assert "- [x] Alert" in world.text()


def test_a_second_404_means_missing_only_where_the_token_can_list(shop: World, github: GitHub) -> None:
    github.create_repository("acme/secret", private=True)
    link = "([acme/secret#7](https://github.com/acme/secret/issues/7): open)"
    shop.write(
        DOCUMENT,
        postmortem(f"{ALERT} {link}", f"{PATCH} ([#99](https://github.com/acme/shop/issues/99): open)"),
    )
    done = shop.sync()
    assert done.tells("acme/secret#7 is not visible to this token")
    assert shop.link("Alert").word == "open"
    assert done.tells("acme/shop#99 is gone")
    assert shop.link("Patch").word == "missing"
    shop.settled()


def test_a_transferred_issue_is_followed_and_its_link_rewritten(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    shop.sync()
    api = github.create_repository("acme/api")
    api.create_label("postmortem")
    assert isinstance(shop.person, Shop)
    token = github.add_token("alice")
    shop.env["GITHUB_TOKEN"] = token
    moved = shop.person.alice.transfer(shop.person.at(1), api)
    done = shop.sync()
    assert done.actions == ["follow"]
    assert (
        f"[acme/api#{moved.number}](https://github.com/acme/api/issues/{moved.number}): open" in shop.text()
    )
    assert len(shop.issues()) == 1
    assert shop.sync().actions == []
    github.person("bob").close(moved)
    assert shop.sync().actions == ["follow"]
    assert "[x] Alert" in shop.text()


def test_a_renamed_repository_makes_nothing_twice_and_its_links_are_rewritten(
    shop: World, github: GitHub
) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    github.person("alice").rename(github.shop, "store")
    done = shop.sync()
    assert "create" not in done.actions
    assert shop.link("Alert").url == "https://github.com/acme/store/issues/1"
    with shop.watch() as seen:
        assert shop.sync().actions == []
    assert not any(request.is_write for request in seen)
    shop.write(OTHER, postmortem(BOOK))
    assert shop.sync().actions == ["create"]
    assert shop.link("empty a queue", OTHER).url == "https://github.com/acme/store/issues/3"


def test_a_renamed_repository_known_by_its_new_name_makes_nothing_twice(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    github.person("alice").rename(github.shop, "store")
    shop.env["GITHUB_REPOSITORY"] = "acme/store"
    assert "create" not in shop.sync().actions
    assert len(github.repository("acme/store").live_issues) == 2
    assert shop.link("Alert").url == "https://github.com/acme/store/issues/1"
    shop.edit(DOCUMENT, shop.line("Alert"), f"- {ALERT}")
    assert shop.sync().actions == ["link"]
    assert shop.link("Alert").number == 1
    shop.edit(DOCUMENT, "negative prices", "negative and zero prices")
    assert shop.sync().actions == ["update"]
    assert shop.sync().actions == []


def test_the_case_of_a_repositorys_name_makes_no_difference(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.sync()
    shop.env["GITHUB_REPOSITORY"] = "ACME/Shop"
    with shop.watch() as seen:
        assert shop.sync().actions == []
    assert len(seen) == 1
    shop.unwrite()
    assert shop.sync().actions == ["link", "link"]
    assert "https://github.com/acme/shop/issues/1" in shop.text()


def test_a_previous_label_still_finds_its_issues(world: World) -> None:
    world.configure(label="incident", previous_labels=["postmortem"])
    world.unwrite()
    done = world.sync()
    assert "create" not in done.actions
    world.settled()


def test_a_changed_label_alone_loses_no_linked_issue(world: World) -> None:
    world.configure(label="incident")
    assert world.sync().actions == []
    world.settled()


def test_without_git_a_document_that_is_not_selected_is_still_there(local: World) -> None:
    shutil.rmtree(local.repo.path / ".git")
    local.write(DOCUMENT, postmortem(ALERT))
    local.sync()
    local.write("docs/other.md", postmortem(ALERT))
    local.configure(documents=["docs/*.md"])
    assert local.sync().identities == ["new"]


def test_a_shallow_clone_tells_of_the_document_that_is_gone_from_files(local: World, tmp_path: Path) -> None:
    local.write(DOCUMENT, postmortem(ALERT))
    local.write(OTHER, postmortem(PATCH))
    local.sync()
    local.repo.commit()
    local.remove(DOCUMENT)
    local.repo.commit()
    path = tmp_path / "shallow"
    url = f"file://{local.repo.path}"
    run(["git", "clone", "--quiet", "--depth", "1", url, str(path)], cwd=tmp_path)
    shallow = World(Checkout(path), local.person.moved(path), dict(local.env))
    assert orphans(shallow.sync()) == [1]
