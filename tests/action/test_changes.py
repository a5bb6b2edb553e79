"""The documents that a pull request changes are found in the checkout."""

import pytest

from pmsync.action.changes import find_changed
from tests.conftest import Checkout

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


CHANGED = {NASTY, "changed.md", "new.md"}


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
