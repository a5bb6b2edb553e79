"""What only its author can read goes into no issue unasked: ignored, not committed, a branch's, a draft."""

import pytest

from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, Clone, Clones, Ran, World, find_links, postmortem

OTHER = "postmortems/2026-03-09-search.md"
ALERT, PATCH, SECRET = (
    "Alert on memory before the cart fills it",
    "Patch the till against negative prices",
    "Tell nobody about the leak before Monday",
)
CAREFUL = ("sync", "--format", "json")


@pytest.fixture
def careful(shop: World) -> World:
    """A world in which a sync takes what everybody can read, and one such document."""
    shop.insists = False
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.repo.commit()
    return shop


def careful_sync(world: World, code: int = 0) -> Ran:
    """A sync that nobody is there to answer for."""
    ran = world.run(*CAREFUL)
    assert ran.code == code, ran.err + ran.out
    return ran


# ------------------------------------------------------------------------------ ignored


def test_a_glob_never_reads_what_git_ignores(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    world.repo.write(".gitignore", "private*.md\n")
    world.repo.write("postmortems/private-notes.md", postmortem(SECRET))
    world.sync()
    assert [issue.title for issue in world.issues().values()] == [ALERT]
    assert "Monday" not in world.run("items").out
    assert "Monday" not in world.run("items", "postmortems").out
    assert "Monday" in world.run("items", "postmortems/private-notes.md").out


def test_what_git_tracks_is_read_though_a_pattern_ignores_it(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    world.repo.commit()
    world.repo.write(".gitignore", "postmortems/\n")
    assert world.sync().actions == ["create"]


def test_an_ignored_document_that_is_named_waits_like_any_that_is_not_committed(careful: World) -> None:
    careful.repo.write(".gitignore", "postmortems/private*.md\n")
    careful.repo.write("postmortems/private.md", postmortem(SECRET))
    ran = careful.run(*CAREFUL, "postmortems/private.md")
    assert (ran.code, ran.actions) == (1, [])
    assert ran.tells("postmortems/private.md", "git ignores it", of="waiting")
    assert careful.issues() == {}


def test_a_document_that_came_to_be_ignored_orphans_nothing(world: World) -> None:
    world.configure(on_removed="close")
    world.write(DOCUMENT, postmortem(ALERT))
    world.sync()
    world.repo.write(".gitignore", "postmortems/\n")
    ran = world.sync()
    assert ran.actions == []
    assert ran.data["orphans"] == []
    assert ran.tells("git ignores every document at postmortems/**/*.md")


def test_what_is_ignored_beside_a_submodule_is_not_read(world: World, clones: Clones) -> None:
    inner = clones("inner")
    world.write(DOCUMENT, postmortem(ALERT))
    world.repo.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet", "add"),
        *(str(inner.repo.path), "postmortems/inner"),
    )
    world.repo.write("postmortems/inner/a.md", postmortem(PATCH))
    world.repo.write(".gitignore", "private.md\n")
    world.repo.write("postmortems/private.md", postmortem(SECRET))
    assert "Monday" not in world.run("items").out


# ------------------------------------------------------------------------ not published


def test_a_document_that_is_not_committed_is_shown_as_such_and_not_synced(careful: World) -> None:
    careful.write(OTHER, postmortem(SECRET))
    plan = careful.plan()
    assert plan.actions == ["create", "create"]
    assert plan.data["unpublished"] == [f"{OTHER}: not committed"]
    assert f"{OTHER} (not committed)" in careful.run("plan").out
    assert f"#### `{OTHER}` (not committed)" in careful.run("plan", "--format", "markdown").out
    ran = careful_sync(careful, code=1)
    assert [change["title"] for change in ran.data["changes"]] == [ALERT]
    assert ran.tells(OTHER, "not committed", "--allow-uncommitted", of="waiting")
    assert find_links(careful.text(OTHER)) == []
    careful.repo.commit()
    assert careful_sync(careful).actions == ["create"]


def test_it_is_synced_where_somebody_insists(careful: World) -> None:
    careful.write(OTHER, postmortem(SECRET))
    assert careful.sync("--allow-uncommitted").actions == ["create", "create"]
    careful.repo.commit()
    careful.settled()


def test_a_repository_without_a_commit_publishes_nothing_unasked(shop: World) -> None:
    shop.insists = False
    shop.write(DOCUMENT, postmortem(ALERT))
    assert careful_sync(shop, code=1).actions == []
    assert shop.issues() == {}


def test_an_item_that_is_changed_and_not_committed_changes_no_issue(careful: World) -> None:
    careful_sync(careful)
    careful.repo.commit()
    careful.edit(DOCUMENT, "before the cart fills it", "since Mallory broke it")
    ran = careful_sync(careful, code=1)
    assert ran.actions == []
    assert ran.tells(DOCUMENT, "changed, and not committed", of="waiting")
    assert careful.issue(1).title == ALERT
    careful.repo.commit()
    assert careful_sync(careful).actions == ["update"]


def test_an_item_taken_out_and_not_committed_is_no_orphan(careful: World) -> None:
    careful.edit(DOCUMENT, f"- {ALERT}", f"- {ALERT}\n- {PATCH}")
    careful.repo.commit()
    careful_sync(careful)
    careful.repo.commit()
    line = careful.line(PATCH)
    careful.edit(DOCUMENT, f"\n{line}", "")
    ran = careful_sync(careful, code=1)
    assert (ran.actions, ran.data["orphans"]) == ([], [])
    careful.repo.commit()
    assert len(careful_sync(careful).data["orphans"]) == 1


def test_what_is_changed_beside_what_issues_say_waits_for_nobody(careful: World) -> None:
    careful_sync(careful)  # the links that it wrote are not committed
    careful.edit(DOCUMENT, "It was down for an hour.", "It was down for two hours.\n\nOr three.")
    ran = careful_sync(careful)
    assert ran.data["waiting"] == []


def test_a_box_that_is_ticked_and_not_committed_is_obeyed(careful: World) -> None:
    careful.write(DOCUMENT, postmortem(f"[ ] {ALERT}"))
    careful.repo.commit()
    careful_sync(careful)
    careful.edit(DOCUMENT, "[ ] Alert", "[x] Alert")
    assert careful_sync(careful).actions == ["close"]


def test_line_ends_that_git_changes_are_no_change(careful: World) -> None:
    careful.repo.write(DOCUMENT, careful.text().replace("\n", "\r\n"))
    assert careful_sync(careful).actions == ["create"]


@pytest.fixture
def branch(clones: Clones) -> Clone:
    """A clone with one document on the default branch, and another one that is only on a feature branch."""
    clone = clones("feature")
    clone.insists = False
    clone.write(DOCUMENT, postmortem(ALERT))
    clone.push()
    clone.branch("feature")
    clone.write(OTHER, postmortem(SECRET))
    return clone


@pytest.mark.parametrize("pushed", [True, False])
def test_a_document_of_another_branch_waits_until_it_is_merged(branch: Clone, pushed: bool) -> None:
    (branch.push if pushed else branch.repo.commit)()
    ran = careful_sync(branch, code=1)
    assert [change["title"] for change in ran.data["changes"]] == [ALERT]
    assert ran.tells(OTHER, "only on feature, not on main", of="waiting")
    branch.write(DOCUMENT, postmortem(ALERT))
    branch.repo.git("checkout", "--quiet", "main")
    branch.repo.git("merge", "--quiet", "feature")
    assert careful_sync(branch).actions == ["link", "create"]


def test_a_branch_that_was_squashed_and_fetched_says_what_everybody_can_read(
    branch: Clone, clones: Clones
) -> None:
    branch.push()
    other = clones("other")
    other.write(OTHER, branch.text(OTHER))
    other.push()
    branch.repo.git("fetch", "--quiet")
    assert careful_sync(branch).data["waiting"] == []


def test_a_commit_that_is_not_pushed_yet_counts_on_the_default_branch_alone(branch: Clone) -> None:
    branch.repo.commit()
    branch.repo.git("checkout", "--quiet", "main")
    branch.repo.git("merge", "--quiet", "feature")
    assert careful_sync(branch).actions == ["create", "create"]


def test_the_name_of_a_branch_is_shown_as_text_alone(branch: Clone) -> None:
    branch.repo.git("checkout", "--quiet", "-b", "<b>@alice")
    branch.repo.commit()
    out = branch.run("plan", "--format", "markdown").out
    assert "only on" in out
    assert "<b>" not in out
    assert "only on @alice" not in out


def test_a_clone_that_does_not_know_its_default_branch_goes_by_its_usual_name(branch: Clone) -> None:
    branch.push()
    branch.repo.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    ran = careful_sync(branch, code=1)
    assert ran.tells(OTHER, "only on feature", of="waiting")


def test_where_nothing_tells_the_default_branch_a_document_waits_until_it_is_pushed(branch: Clone) -> None:
    branch.repo.commit()
    branch.repo.git("branch", "--quiet", "-m", "feature", "production")
    branch.repo.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    branch.repo.git("update-ref", "-d", "refs/remotes/origin/main")
    branch.repo.git("update-ref", "refs/remotes/origin/production", "main")
    assert careful_sync(branch, code=1).tells(OTHER, "not pushed", of="waiting")
    branch.repo.git("update-ref", "refs/remotes/origin/production", "production")
    assert careful_sync(branch).actions == ["create"]


def test_an_issue_links_to_no_commit_that_the_remote_lacks(branch: Clone, github: GitHub) -> None:
    pushed = branch.repo.git("rev-parse", "HEAD")
    branch.repo.commit()
    lacking = branch.repo.git("rev-parse", "HEAD")
    branch.run(*CAREFUL, "--allow-uncommitted")
    bodies = [issue.body or "" for issue in github.shop.open_issues]
    assert len(bodies) == 2
    assert not any(lacking in body for body in bodies)
    assert all("/blob/HEAD/" in body or f"/blob/{pushed}/" in body for body in bodies)


def test_a_repository_that_git_does_not_answer_for_publishes_nothing_unasked(careful: World) -> None:
    (careful.repo.path / ".git/HEAD").write_text("nonsense\n")
    ran = careful_sync(careful, code=1)
    assert ran.tells("git does not answer here", of="waiting")


def test_issues_in_files_are_made_of_whatever_there_is(local: World) -> None:
    local.insists = False
    local.write(DOCUMENT, postmortem(ALERT))
    assert careful_sync(local).actions == ["create"]
    local.settled()


def test_what_is_not_published_stands_in_no_dashboard_and_on_no_index_page(careful: World) -> None:
    careful.configure(dashboard=True, index="postmortems/README.md")
    careful.repo.write("postmortems/README.md", "# Ours\n\n<!-- pmsync:index -->\n<!-- /pmsync:index -->\n")
    careful.repo.commit()
    careful_sync(careful)
    careful.repo.commit()
    before = {number: issue.body for number, issue in careful.issues().items()}
    page = careful.text("postmortems/README.md")
    careful.write(OTHER, postmortem(SECRET, title="The leak"))
    careful_sync(careful, code=1)
    assert {number: issue.body for number, issue in careful.issues().items()} == before
    assert careful.text("postmortems/README.md") == page
    careful.repo.commit()
    careful_sync(careful)
    assert any("Monday" in issue.body for issue in careful.issues().values() if issue.title != SECRET)


# ------------------------------------------------------------------------------- drafts


@pytest.mark.parametrize("front", ["status: draft", "draft: true", "status: Entwurf"])
def test_a_draft_waits_and_is_counted(world: World, front: str) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    world.write(OTHER, postmortem(SECRET, front=front))
    ran = world.sync()
    assert [change["title"] for change in ran.data["changes"]] == [ALERT]
    assert ran.data["waiting"] == [f"{OTHER}: calls itself a draft, and waits"]
    said = world.run("plan").out
    assert "1 document waits: 1 called a draft" in said
    assert OTHER not in said
    assert OTHER in world.run("plan", "-v").out


def test_a_draft_is_synced_where_the_configuration_says_so(world: World) -> None:
    world.configure(drafts="sync")
    world.write(DOCUMENT, postmortem(ALERT, front="draft: true"))
    assert world.sync().actions == ["create"]


def test_a_document_that_became_a_draft_again_orphans_nothing_and_is_not_written(world: World) -> None:
    world.configure(on_removed="close")
    world.write(DOCUMENT, postmortem(f"[ ] {ALERT}", PATCH))
    world.repo.commit()
    world.sync()
    text = postmortem(f"[ ] {ALERT} and on disks", front="status: draft")
    world.write(DOCUMENT, text)
    world.repo.commit()
    world.person.close(1)
    ran = world.sync()
    assert (ran.actions, ran.data["orphans"]) == ([], [])
    assert world.text() == text
    assert world.status().data["figures"]["follow_ups"] == 1


def test_an_item_that_left_a_draft_for_another_document_does_not_take_its_issue(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT, PATCH))
    world.sync()
    world.write(DOCUMENT, postmortem(ALERT, front="status: draft"))
    world.write(OTHER, postmortem(PATCH))
    assert world.sync().identities == ["new"]


# ---------------------------------------------------------- exclusions, and what is no postmortem


def test_what_is_excluded_is_not_read_and_orphans_nothing(world: World) -> None:
    world.configure(on_removed="close")
    world.write(DOCUMENT, postmortem(ALERT))
    world.sync()
    world.configure(on_removed="close", documents=["postmortems/**/*.md", f"!{DOCUMENT}"])
    ran = world.sync()
    assert (ran.actions, ran.data["orphans"], ran.data["warnings"]) == ([], [], [])


def test_index_pages_and_templates_are_told_once_and_an_exclusion_ends_that(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    world.repo.write("postmortems/README.md", "# Our incidents\n\n- [The cart](2026-03-01-cart.md)\n")
    world.repo.write("postmortems/template.md", postmortem("<what to do>", title="[Title]"))
    world.sync()
    out = world.run("plan").out
    assert out.count("index page") == 1
    assert "postmortems/README.md, postmortems/template.md: " in out
    assert '`"!path"` under `documents:`' in out
    world.configure(documents=["postmortems/**/*.md", "!README.md", "!postmortems/template.md"])
    assert world.plan().data["warnings"] == []
