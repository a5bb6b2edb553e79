"""What was lost, or left behind: numbers that documents still name, files of a run that was killed."""

from tests.sync.world import DOCUMENT, World, postmortem

ALERT, PATCH = "Alert on memory before the cart fills it", "Patch the till against negative prices"


def test_a_number_that_a_document_names_is_not_given_again_when_the_files_were_lost(local: World) -> None:
    local.write(DOCUMENT, postmortem(ALERT, PATCH))
    local.sync()
    for file in (local.repo.path / ".pmsync" / "issues").iterdir():
        file.unlink()
    local.write("postmortems/new.md", postmortem("Buy a clock for the wall"))
    local.sync()
    assert list(local.issues()) == [3]
    assert [link.number for link in local.links(DOCUMENT)] == [1, 2]


def test_what_a_killed_run_left_is_ignored_by_git_and_removed_by_the_next(local: World) -> None:
    local.write(DOCUMENT, postmortem(ALERT))
    local.sync()
    local.repo.commit()
    left = [
        ".pmsync/issues/.3.0123abcd",
        ".pmsync/issues/.last.0123abcd",
        "postmortems/.2026-03-01-cart.md.a_b1c2d3.pmsync",
    ]
    kept = ["postmortems/.notes.pmsync", ".pmsync/issues/.mine"]
    for path in (*left, *kept):
        local.repo.write(path, "half")
    assert sorted(local.repo.git("status", "--porcelain", "-uall").split("\n")) == sorted(
        f"?? {path}" for path in kept
    )
    local.sync()
    assert not [path for path in left if (local.repo.path / path).exists()]
    assert all((local.repo.path / path).exists() for path in kept)


def test_a_worktree_ignores_the_same(local: World) -> None:
    local.write(DOCUMENT, postmortem(ALERT))
    local.configure()
    local.repo.commit()
    other = local.repo.path.with_name("worktree")
    local.repo.git("worktree", "add", "--quiet", "-b", "feature", str(other))
    world = World(type(local.repo)(other), local.person.moved(other), dict(local.env), dict(local.wrote))
    world.sync()
    world.repo.commit()
    world.repo.write("postmortems/.a.md.a_b1c2d3.pmsync", "half")
    assert world.repo.git("status", "--porcelain", "-uall") == ""
