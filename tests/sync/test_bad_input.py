"""What cannot be used gives one clear sentence on stderr and the right exit code; the rest is done."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import Checkout
from tests.github.faults import Kind
from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, Ran, World, postmortem

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"
BAD = "postmortems/bad.md"


def one_sentence(ran: Ran, code: int, *words: str) -> None:
    """Holds a failed run to one line on stderr, without a result."""
    assert ran.code == code, ran.err
    lines = ran.err.strip().split("\n")
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("pmsync: ")
    for word in words:
        assert word in lines[0], ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


@pytest.fixture
def full(world: World) -> World:
    world.write(DOCUMENT, postmortem(ALERT, PATCH))
    return world


# ------------------------------------------------------------------------------- GitHub


@pytest.mark.parametrize("command", ["sync", "plan", "status"])
def test_a_bad_token_is_one_sentence(shop: World, command: str) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_TOKEN"] = "wrong"
    one_sentence(shop.run(command), 1, "does not accept the token", "GITHUB_TOKEN")
    assert shop.text() == postmortem(ALERT)


def test_a_token_is_never_shown(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shown = shop.run("sync", "--verbose")
    assert "POST /repos/acme/shop/issues → 201" in shown.err
    assert shop.env["GITHUB_TOKEN"] not in shown.err + shown.out


def test_no_token_is_wrong_usage(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_TOKEN"] = ""
    shop.env["PATH"] = os.path.dirname("/usr/bin/git")  # noqa: PTH120
    ran = shop.run("sync")
    assert ran.code == 2
    assert "no GitHub token" in ran.err


def test_a_token_that_no_header_can_hold_is_one_sentence(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_TOKEN"] = "two words"
    one_sentence(shop.run("sync"), 1, "token")


def test_a_missing_repository_is_one_sentence(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_REPOSITORY"] = "acme/nowhere"
    one_sentence(shop.run("sync"), 1, "acme/nowhere", "no repository")


def test_a_repository_that_nothing_tells_is_wrong_usage(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    del shop.env["GITHUB_REPOSITORY"]
    one_sentence(shop.run("sync"), 2, "which GitHub repository", "GITHUB_REPOSITORY")


@pytest.mark.parametrize("name", ["acme", "acme/shop/more", "../..", "acme/sh op"])
def test_what_is_no_repositorys_name_is_one_sentence(shop: World, name: str) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    one_sentence(shop.run("sync", "--repo", name), 2, "owner/name")


def test_disabled_issues_are_one_sentence(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    github.shop.has_issues = False
    one_sentence(shop.run("sync"), 1, "issues are disabled")


def test_a_token_without_rights_says_which_are_missing(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH))
    shop.env["GITHUB_TOKEN"] = github.actions_token(issues="read", contents="read")
    done = shop.sync(code=1)
    assert done.tells(f"{DOCUMENT}:7", "issues: write", of="errors")
    assert "Traceback" not in done.err
    assert shop.issues() == {}
    assert shop.text() == postmortem(ALERT, PATCH)


def test_a_host_out_of_reach_is_one_sentence(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_API_URL"] = "http://127.0.0.1:9"
    ran = shop.run("sync", "--quiet")
    one_sentence(ran, 1, "127.0.0.1:9", "cannot be reached")


@pytest.mark.parametrize("url", ["shop", "ftp://example.com", "http://"])
def test_what_is_no_address_is_one_sentence(shop: World, url: str) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.env["GITHUB_API_URL"] = url
    one_sentence(shop.run("sync"), 2, "GITHUB_API_URL")


def test_a_token_revoked_half_way_keeps_what_was_made(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT, PATCH, "Buy a clock for the wall"))
    github.fail(
        Kind.UNAUTHORIZED, at=2, lasting=True, of=lambda r: r.method == "POST" and r.path.endswith("/issues")
    )
    done = shop.sync(code=1)
    assert done.tells("does not accept the token", of="errors")
    assert [link.number for link in shop.links()] == [1]
    github.mend()
    shop.sync()
    shop.settled()


# ------------------------------------------------------------------------------ documents


def bad_files() -> dict[str, bytes]:
    return {
        "binary": bytes(range(256)) * 40,
        "utf-16": "# Down\n".encode("utf-16"),
        "huge": b"# Down\n\n## Action items\n\n- x\n" + b"words " * 200_000,
        "broken front matter": b"---\nowner: [unclosed\n---\n# Down\n\n## Action items\n\n- Buy a clock\n",
        "front matter of no value": b"---\nowner: @alice\n---\n# Down\n\n## Action items\n\n- Buy a clock\n",
    }


@pytest.mark.parametrize("kind", list(bad_files()))
def test_a_document_that_cannot_be_read_is_said_and_the_rest_is_done(full: World, kind: str) -> None:
    data = bad_files()[kind]
    full.repo.write(BAD, data)
    done = full.sync(code=1)
    assert done.actions == ["create", "create"]
    assert len(done.data["errors"]) == 1
    assert done.data["errors"][0].startswith(BAD)
    assert (full.repo.path / BAD).read_bytes() == data
    full.settled(code=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_document_without_read_permission_is_said(full: World) -> None:
    full.repo.write(BAD, postmortem("Buy a clock")).chmod(0)
    assert full.sync(code=1).tells(BAD, "cannot be read", of="errors")


def test_a_link_out_of_the_repository_is_never_written_through(full: World, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(postmortem("Buy a clock"))
    (full.repo.path / BAD).symlink_to(outside)
    full.sync()
    assert outside.read_text() == postmortem("Buy a clock")
    assert full.run("sync", str(outside)).code in {1, 2}
    assert outside.read_text() == postmortem("Buy a clock")


def test_a_folder_and_a_pipe_in_a_documents_place_hang_nothing(full: World) -> None:
    (full.repo.path / BAD).mkdir()
    os.mkfifo(full.repo.path / "postmortems" / "pipe.md")
    assert full.sync().actions == ["create", "create"]


def test_a_document_changed_while_its_issues_were_made_is_left_as_it_is(shop: World, github: GitHub) -> None:
    shop.write(DOCUMENT, postmortem(ALERT))
    shop.write("postmortems/other.md", postmortem(PATCH))
    newer = postmortem(ALERT, "Buy a clock for the wall")
    github.meanwhile(lambda: shop.write(DOCUMENT, newer), of=lambda request: request.is_write)
    done = shop.sync(code=1)
    assert done.tells(DOCUMENT, "changed in the meantime", of="errors")
    assert shop.text() == newer
    assert len(shop.links("postmortems/other.md")) == 1
    assert sorted(shop.sync().actions) == ["create", "link"]
    shop.settled()


def test_a_path_that_is_not_there_is_wrong_usage(full: World) -> None:
    one_sentence(full.run("sync", "postmortems/nowhere.md"), 2, "nowhere.md")


def test_items_shows_what_it_can_and_exits_one(full: World) -> None:
    full.repo.write(BAD, b"\x00\x01" * 500)
    ran = full.run("items")
    assert (ran.code, ALERT in ran.out, BAD in ran.err) == (1, True, True)


def test_no_document_at_all_is_said(world: World) -> None:
    done = world.sync()
    assert "no document at postmortems/**/*.md" in done.err
    assert world.run("sync", "--quiet").err == ""


# ------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("labell: x\n", ("pmsync.yml:1", "labell", "did you mean 'label'")),
        ("label: [\n", ("pmsync.yml",)),
        ("on_removed: explode\n", ("pmsync.yml:1", "on_removed", "'report'")),
        ("since: tomorrow\n", ("pmsync.yml:1", "since")),
    ],
)
def test_a_broken_configuration_is_wrong_usage(full: World, text: str, words: tuple[str, ...]) -> None:
    full.repo.write(".github/pmsync.yml", text)
    one_sentence(full.run("sync"), 2, *words)


def test_every_problem_of_a_configuration_is_told_at_once(full: World) -> None:
    full.repo.write(".github/pmsync.yml", "labell: x\non_removed: explode\n")
    ran = full.run("sync")
    assert ran.code == 2
    assert len(ran.err.strip().split("\n")) == 2


def test_a_configuration_that_is_not_there_is_wrong_usage(full: World) -> None:
    one_sentence(full.run("sync", "--config", "nowhere.yml"), 2, "nowhere.yml")


# ------------------------------------------------------------------------------- the rest


def test_outside_of_git_everything_works(world: World) -> None:
    git = world.repo.path / ".git"
    git.rename(world.repo.path.with_name("git-away"))
    world.write(DOCUMENT, postmortem(ALERT))
    assert world.sync().actions == ["create"]
    world.settled()


def test_from_a_folder_below_paths_are_taken_from_there(world: World) -> None:
    world.write(DOCUMENT, postmortem(ALERT))
    below = World(Checkout(world.repo.path / "postmortems"), world.person, world.env)
    below.run("sync", Path(DOCUMENT).name)
    assert len(world.links()) == 1
    world.settled()


def test_a_checkout_that_another_run_holds_is_one_sentence(full: World) -> None:
    locks = list((full.repo.path / ".git").glob("pmsync-*.lock"))
    if not locks:
        full.run("sync", "--dry-run")
        locks = list((full.repo.path / ".git").glob("pmsync-*.lock"))
    assert len(locks) == 1
    with FileLock(locks[0]):
        one_sentence(full.run("sync"), 1, "another pmsync is at work")
        assert full.run("plan").code == 0  # looking is always allowed
    full.sync()
    full.settled()


@pytest.mark.parametrize("has_git", [True, False], ids=["git", "no-git"])
def test_a_lock_that_cannot_be_taken_is_one_sentence(
    full: World, has_git: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = full.repo.path / ".git"
    if not has_git:
        folder.rename(folder.with_name("git-away"))
        folder = tmp_path / "common"
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))
    full.run("sync", "--dry-run")
    (lock,) = folder.glob("pmsync-*.lock")
    assert has_git or f"-{os.getuid()}-" in lock.name  # what another user left there is in nobody's way
    lock.unlink()
    lock.mkdir()
    one_sentence(full.run("sync"), 1, f"{lock}", "directory", "nothing else lies in its place")
    assert full.run("plan").code == 0


def test_a_broken_local_issue_is_named_and_nothing_is_made_twice(local: World) -> None:
    local.write(DOCUMENT, postmortem(ALERT, PATCH))
    local.sync()
    (local.repo.path / ".pmsync/issues/1.md").write_text("no front matter\n")
    before = local.text()
    one_sentence(local.run("sync"), 1, ".pmsync/issues/1.md:1", "mend it")
    assert local.text() == before


def test_control_characters_of_a_document_reach_no_terminal(full: World) -> None:
    full.write(DOCUMENT, postmortem("Alert on \x1b[31mmemory\x07 before the cart fills it"))
    ran = full.run("sync", "--verbose")
    assert "\x1b" not in ran.out + ran.err
    assert "\x07" not in ran.out + ran.err


def test_a_result_can_be_written_to_a_file_and_nothing_else_goes_to_stdout(full: World) -> None:
    ran = full.run("sync", "--format", "json", "--output", "out/result.json")
    assert (ran.code, ran.out) == (0, "")
    assert '"create": 2' in (full.repo.path / "out/result.json").read_text()


def test_write_back_to_github_needs_a_repository_there_before_anything_is_written(local: World) -> None:
    local.write(DOCUMENT, postmortem(ALERT))
    one_sentence(local.run("sync", "--write-back", "push"), 2, "--write-back files")
    assert local.issues() == {}
