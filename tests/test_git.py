"""What git knows of a checkout, whatever state that is in, and of what a pull request changes."""

from pathlib import Path
from unittest import mock

import pytest

from pmsync import git as asked
from pmsync.git import Checkout as Facts
from pmsync.git import find_changed, read_checkout
from tests.children import run
from tests.conftest import Checkout


@pytest.fixture
def clone(repo: Checkout, tmp_path: Path) -> Checkout:
    """A clone of a repository with some files."""
    repo.commit({"a.md": "a", "docs/b.md": "b", "docs/ü \n c.md": "c", ".gitignore": "*.log\n"})
    run(["git", "clone", "--quiet", str(repo.path), str(tmp_path / "clone")])
    return Checkout(tmp_path / "clone")


def facts(checkout: Checkout, **environ: str) -> Facts:
    return read_checkout(checkout.path, environ)


FILES = {"a.md", "docs/b.md", "docs/ü \n c.md", ".gitignore"}


def test_a_fresh_clone_is_the_default_branchs_head(clone: Checkout) -> None:
    head = clone.git("rev-parse", "HEAD")
    assert facts(clone) == Facts(
        paths=frozenset(FILES),
        retained=frozenset(FILES),
        head=head,
        revision=head,
        base=head,
        published=(head,),
        branch="main",
        default_branch="main",
        is_default_head=True,
        git_folder=clone.path / ".git",
    )


def test_a_clone_is_asked_with_three_starts_of_git(clone: Checkout) -> None:
    clone.write("new.md", "new")
    with mock.patch.object(asked.subprocess, "run", wraps=asked.subprocess.run) as started:
        facts(clone)
    assert started.call_count == 3


def test_paths_are_what_lies_in_the_work_tree_and_changed_is_what_was_not_committed(clone: Checkout) -> None:
    clone.write("a.md", "another")
    clone.write("new.md", "new")
    clone.write("staged/new one.md", "staged")
    clone.write("ignored.log", "ignored")
    clone.git("add", "staged")
    clone.git("mv", "docs/b.md", "docs/moved.md")
    (clone.path / "docs/ü \n c.md").unlink()
    clone.git("rm", "--quiet", "--cached", ".gitignore")
    here = facts(clone)
    assert here.paths == {"a.md", "new.md", "staged/new one.md", "docs/moved.md", ".gitignore"}
    assert here.changed == here.paths | {"docs/b.md", "docs/ü \n c.md"}
    assert here.retained == FILES


def test_a_commit_is_on_the_remote_once_it_is_pushed(clone: Checkout, repo: Checkout) -> None:
    before = clone.git("rev-parse", "HEAD")
    head = clone.commit({"new.md": "new"})
    here = facts(clone)
    assert (here.head, here.revision, here.is_default_head) == (head, None, False)
    assert here.retained == FILES
    assert facts(clone, GITHUB_SHA=head).revision == head
    clone.git("checkout", "--quiet", "--detach", before)
    repo.commit({"later.md": "later"})
    clone.git("fetch", "--quiet")
    here = facts(clone)
    assert (here.head, here.revision, here.branch, here.is_default_head) == (before, before, None, False)
    assert here.retained == FILES | {"later.md"}


def test_the_only_remote_counts_whatever_it_is_called(clone: Checkout) -> None:
    known = facts(clone)
    clone.git("remote", "rename", "origin", "upstream")
    assert facts(clone) == known


def test_an_unmerged_file_is_there_and_changed(clone: Checkout) -> None:
    clone.git("checkout", "--quiet", "-b", "other")
    clone.commit({"a.md": "theirs"})
    clone.git("checkout", "--quiet", "main")
    clone.commit({"a.md": "ours"})
    with pytest.raises(AssertionError, match="exited 1"):
        clone.git("merge", "--quiet", "other")
    here = facts(clone)
    assert here.paths == FILES
    assert here.changed == {"a.md"}


def test_without_a_commit_or_a_remote_there_is_only_the_work_tree(repo: Checkout) -> None:
    repo.write("a.md", "a")
    repo.write("b.md", "b")
    repo.git("add", "b.md")
    here = facts(repo)
    assert here == Facts(
        paths=frozenset({"a.md", "b.md"}),
        branch="main",
        default_branch="main",
        git_folder=repo.path / ".git",
    )
    repo.commit()
    assert facts(repo).is_default_head


def test_a_work_tree_beside_the_first_has_a_folder_of_its_own(clone: Checkout, tmp_path: Path) -> None:
    beside = Checkout(tmp_path / "beside")
    clone.git("worktree", "add", "--quiet", "-b", "other", str(beside.path))
    here = facts(beside)
    assert here.branch == "other"
    assert here.git_folder == Path(beside.git("rev-parse", "--absolute-git-dir"))


def test_without_git_there_is_what_lies_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    assert read_checkout(tmp_path, {}) == Facts(paths=frozenset({"a.md"}))


# ------------------------------------------------------------------- what a branch changes

NASTY = 'postmortems/a "b"\n@team.md'


@pytest.fixture
def branched(repo: Checkout) -> Checkout:
    """`feature` adds, changes, renames and removes; `main` goes on meanwhile."""
    repo.commit({"kept.md": "k", "old.md": "o", "gone.md": "g", "changed.md": "c"})
    repo.git("branch", "start")
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.git("mv", "old.md", "new.md")
    repo.git("rm", "--quiet", "gone.md")
    repo.commit({NASTY: "x", "changed.md": "c2"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"elsewhere.md": "e"})
    return repo


CHANGED = {NASTY: True, "changed.md": False, "new.md": False}
"""What is renamed is not new."""


def test_a_merge_for_a_try_is_compared_with_what_it_is_merged_into(branched: Checkout) -> None:
    head = branched.git("rev-parse", "feature")
    branched.git("merge", "--quiet", "--no-ff", "-m", "Try", "feature")
    assert find_changed(branched.path, ("0" * 40,), head) == CHANGED


def test_its_own_head_is_compared_with_where_it_left(branched: Checkout) -> None:
    branched.git("checkout", "--quiet", "feature")
    head = branched.git("rev-parse", "HEAD")
    assert find_changed(branched.path, ("0" * 40, "main"), head) == CHANGED


@pytest.mark.parametrize("bases", [(), ("0" * 40,), ("--all", "refs/remotes/origin/none")])
def test_without_its_history_nothing_is_known(branched: Checkout, bases: tuple[str, ...]) -> None:
    branched.git("checkout", "--quiet", "feature")
    assert find_changed(branched.path, bases, branched.git("rev-parse", "HEAD")) is None


def test_without_git_nothing_is_known(branched: Checkout) -> None:
    assert find_changed(branched.path.parent, ("main",), "x") is None
