"""Several checkouts of one repository, old and new: nothing is written from what is not the present state."""

from pathlib import Path

import pytest

from tests.children import run
from tests.conftest import Checkout
from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, Clone, Clones, Ran, World, postmortem

OTHER = "postmortems/2026-03-09-search.md"
ALERT, PATCH, BOOK = (
    "Alert on memory before the cart fills it",
    "Patch the till against negative prices",
    "Write down how to empty a queue by hand",
)


@pytest.fixture
def synced(clones: Clones) -> Clone:
    """A clone whose two items have issues, all of it on the default branch."""
    clone = clones("synced")
    clone.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    clone.push()
    clone.sync()
    clone.push()
    return clone


# ------------------------------------------------------------------- a clone that is behind


def test_a_clone_that_was_not_pulled_puts_back_no_old_wording(synced: Clone, clones: Clones) -> None:
    stale = clones("stale")
    synced.edit(DOCUMENT, "negative prices", "negative and zero prices")
    synced.push()
    assert synced.sync().actions == ["update"]
    done = refused(stale)
    assert "behind" in done.err
    assert "--force" in done.err
    assert "zero prices" in stale.issue(2).title
    assert stale.sync("--force").actions == ["update"]
    assert "zero prices" not in stale.issue(2).title


def test_a_clone_that_was_not_pulled_brings_no_item_back(synced: Clone, clones: Clones) -> None:
    synced.configure(on_removed="close")
    synced.push()
    stale = clones("stale")
    synced.edit(DOCUMENT, f"{synced.line('Patch')}\n", "")
    synced.push()
    assert synced.sync().actions == ["retire"]
    stale.run("sync")
    assert not stale.issue(2).is_open
    assert synced.sync().actions == []


def test_a_clone_that_was_not_pulled_notes_nothing_in_a_marker(synced: Clone, clones: Clones) -> None:
    synced.person.close(1)
    synced.sync()
    synced.edit(DOCUMENT, "[x] Alert", "[ ] Alert")
    synced.push()
    stale = clones("stale")
    for old, new in (("[ ] Alert", "[ ] Alert"), ("[ ] Alert", "[x] Alert")):
        synced.edit(DOCUMENT, old, new)
        synced.push()
        synced.sync()
        synced.push()
    synced.person.reopen(1)
    synced.sync()
    before = synced.issue(1)
    refused(stale)
    assert synced.issue(1) == before


def test_a_clone_that_was_not_pulled_puts_no_old_report_on_the_dashboard(
    synced: Clone, clones: Clones
) -> None:
    synced.configure(dashboard=True)
    synced.push()
    stale = clones("stale")
    synced.edit(DOCUMENT, "The cart was down", "The cart was slow")
    synced.write(OTHER, postmortem(BOOK, title="Search was slow"))
    synced.push()
    synced.sync()
    before = synced.issues()
    refused(stale)
    assert synced.issues() == before


def test_a_clone_that_was_not_pulled_labels_nothing_by_what_was_due_before(
    synced: Clone, clones: Clones, github: GitHub
) -> None:
    synced.configure(nudges=True, due_within={"SEV-1": 10})
    synced.write(DOCUMENT, "---\ndate: 2026-02-28\nseverity: SEV-1\n---\n" + synced.text())
    synced.push()
    stale = clones("stale")
    synced.edit(DOCUMENT, "SEV-1", "SEV-3")
    synced.write(OTHER, postmortem(BOOK))
    synced.push()
    synced.sync()
    refused(stale)
    assert [issue.labels for issue in synced.issues().values()] == [("postmortem",)] * 3


def test_a_clone_that_was_not_pulled_makes_no_second_issue_of_a_reworded_item(clones: Clones) -> None:
    first = clones("first")
    first.write(DOCUMENT, postmortem(ALERT))
    first.push()
    stale = clones("stale")
    first.write(DOCUMENT, postmortem(PATCH))
    first.push()
    first.sync()
    refused(stale)
    assert len(stale.issues()) == 1


def test_a_clone_that_was_not_pulled_does_not_say_that_it_wrote_what_the_branch_had(clones: Clones) -> None:
    clone = clones("clone")
    clone.write(DOCUMENT, postmortem(ALERT, PATCH))
    clone.push()
    push = ("--write-back", "push")
    first = clone.sync(*push)
    assert (first.data["summary"], first.data["written"]["documents"]) == ({"create": 2}, [DOCUMENT])
    again = clone.sync(*push)
    assert (again.actions, again.data["summary"], again.data["left"]) == ([], {}, [])
    assert (again.data["written"]["documents"], again.data["written"]["commit"]) == ([], None)
    assert clone.run("sync", *push).out == "2 unchanged.\n"
    assert clone.sync().actions == ["link", "link"]
    assert [link.number for link in clone.links()] == [1, 2]


def test_a_clone_that_is_behind_in_other_files_alone_is_not_stopped(synced: Clone, clones: Clones) -> None:
    behind = clones("behind")
    synced.repo.write("README.md", "# The shop\n")
    synced.push()
    behind.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert behind.sync().actions == ["close"]


def test_a_clone_that_fetched_and_did_not_merge_is_behind(synced: Clone, clones: Clones) -> None:
    stale = clones("stale")
    synced.edit(DOCUMENT, "negative prices", "odd prices")
    synced.push()
    synced.sync()
    stale.repo.git("fetch", "--quiet")
    refused(stale)
    stale.repo.git("merge", "--quiet", "--ff-only", "origin/main")
    assert stale.sync().actions == []


def test_a_feature_branch_that_holds_the_newest_default_branch_may_sync(
    synced: Clone, clones: Clones
) -> None:
    synced.edit(DOCUMENT, "negative prices", "odd prices")
    synced.push()
    synced.sync()
    clone = clones("feature")
    clone.branch("feature")
    clone.write(OTHER, postmortem(BOOK))
    clone.push()
    assert clone.sync().actions == ["create"]


def test_a_squashed_branch_leaves_no_commit_that_the_default_branch_lacks(
    synced: Clone, clones: Clones
) -> None:
    clone = clones("feature")
    clone.branch("feature")
    clone.write(OTHER, postmortem(BOOK))
    clone.push()
    clone.sync()
    squashed = clones("squashed")
    squashed.write(OTHER, clone.text(OTHER))
    squashed.push()
    squashed.edit(OTHER, "by hand", "with a script")
    assert squashed.sync().actions == ["update"]


def test_a_rewritten_default_branch_stops_nobody_who_holds_its_head(synced: Clone, clones: Clones) -> None:
    synced.edit(DOCUMENT, "negative prices", "odd prices")
    synced.push()
    synced.sync()
    synced.repo.git("commit", "--quiet", "--amend", "--message", "Another past")
    synced.repo.git("push", "--quiet", "--force", "origin", "HEAD")
    clone = clones("clone")
    clone.edit(DOCUMENT, "odd prices", "strange prices")
    assert clone.sync().actions == ["update"]


def test_a_plan_says_that_a_checkout_is_behind(synced: Clone, clones: Clones) -> None:
    stale = clones("stale")
    synced.edit(DOCUMENT, "negative prices", "odd prices")
    synced.push()
    synced.sync()
    assert stale.plan().tells("sync refuses", "behind")


# ------------------------------------------------------------- what another branch still holds


def test_a_branch_that_lacks_a_document_takes_none_of_its_issues(clones: Clones) -> None:
    first = clones("first")
    first.write(DOCUMENT, postmortem(ALERT))
    first.push()
    first.sync()  # its write-back never lands
    lacking = clones("lacking")
    lacking.branch("tidy")
    lacking.repo.git("rm", "--quiet", DOCUMENT)
    lacking.write(OTHER, postmortem(ALERT, title="Search was slow"))
    lacking.repo.commit()
    before = lacking.issue(1)
    assert lacking.sync().identities == ["new"]
    assert lacking.issue(1) == before


def test_a_branch_that_lacks_a_document_leaves_the_dashboard_alone(clones: Clones) -> None:
    first = clones("first")
    first.configure(dashboard=True)
    first.write(DOCUMENT, postmortem(ALERT))
    first.write(OTHER, postmortem(BOOK))
    first.push()
    first.sync()
    first.push()
    before = first.issues()
    lacking = clones("lacking")
    lacking.branch("tidy")
    lacking.repo.git("rm", "--quiet", DOCUMENT)
    lacking.repo.commit()
    lacking.sync()
    assert first.issues() == before


def test_two_branches_with_one_equal_item_have_an_issue_each(clones: Clones) -> None:
    one, other = clones("one"), clones("other")
    for clone, path in ((one, DOCUMENT), (other, OTHER)):
        clone.branch(f"branch-{clone.repo.path.name}")
        clone.write(path, postmortem(ALERT))
        clone.push()
    one.sync()
    before = one.issue(1)
    assert other.sync().identities == ["new"]
    assert other.issue(1) == before


def test_a_renamed_document_keeps_its_issues_while_the_write_back_is_not_merged(clones: Clones) -> None:
    first = clones("first")
    first.write(DOCUMENT, postmortem(ALERT, PATCH))
    first.push()
    first.sync()
    other = clones("other")
    other.repo.git("mv", DOCUMENT, OTHER)
    other.wrote[OTHER] = other.text(OTHER)
    other.push()
    assert other.sync().identities == ["renamed document"] * 2
    assert len(other.issues()) == 2
    other.settled()


def test_a_shallow_clone_knows_a_renamed_document_by_the_commit_of_its_issues(
    clones: Clones, github: GitHub, tmp_path: Path
) -> None:
    first = clones("first")
    first.write(DOCUMENT, postmortem(ALERT, PATCH))
    first.push()
    first.sync()
    other = clones("other")
    other.repo.git("mv", DOCUMENT, OTHER)
    other.push()
    path = tmp_path / "shallow"
    url = f"file://{github.shop.git.path}"
    run(["git", "clone", "--quiet", "--depth", "1", url, str(path)], cwd=tmp_path)
    shallow = Clone(Checkout(path), first.person, dict(first.env))
    shallow.wrote[OTHER] = shallow.text(OTHER)
    assert shallow.sync().identities == ["renamed document"] * 2


# --------------------------------------------------------------------- a renamed repository


@pytest.mark.parametrize("has_id", [True, False])
def test_a_renamed_repository_doubles_nothing(clones: Clones, github: GitHub, has_id: bool) -> None:
    clone = clones("clone")
    number = {"GITHUB_REPOSITORY_ID": str(github.shop.id)} if has_id else {}
    clone.env |= number
    clone.write(DOCUMENT, postmortem(ALERT, PATCH))
    clone.push()
    text = clone.text()
    clone.sync()
    clone.write(DOCUMENT, text)
    github.person("alice").rename(github.shop, "market")
    clone.env["GITHUB_REPOSITORY"] = "acme/market"
    assert clone.sync().identities == ["by text"] * 2
    assert len(github.repository("acme/market").open_issues) == 2


def test_the_id_of_a_repository_is_asked_for_where_only_markers_know_it(
    clones: Clones, github: GitHub
) -> None:
    clone = clones("clone")
    clone.env["GITHUB_REPOSITORY_ID"] = str(github.shop.id)
    clone.write(DOCUMENT, postmortem(ALERT, PATCH))
    text = clone.text()
    clone.sync()
    clone.write(DOCUMENT, text)
    github.person("alice").rename(github.shop, "market")
    clone.env["GITHUB_REPOSITORY"] = "acme/market"
    del clone.env["GITHUB_REPOSITORY_ID"]
    assert clone.sync().identities == ["by text"] * 2


def refused(world: World) -> Ran:
    """A sync that is refused, and writes nothing to the tracker."""
    with world.watch() as seen:
        done = world.run("sync", "--format", "json")
    assert done.code == 1, done.out
    assert not [str(request) for request in seen if request.is_write]
    return done
