"""Suggestions stand on lines that a pull request shows, once each, and are few."""

import pytest

from pmsync.errors import Refused
from pmsync.github.connection import Connection
from pmsync.repository.suggestions import LineSuggestion, find_standing, post, read_changed
from tests.github.state import GitHub, Issue, ReviewComment

BEFORE = "".join(f"line {number}\n" for number in range(1, 31))
AFTER = BEFORE.replace("line 15\n", "line 15\nnew\n")


@pytest.fixture
def pull(github: GitHub) -> Issue:
    git, alice = github.shop.git, github.person("alice")
    alice.push({"a.md": BEFORE, "gone.md": "x", "b.bin": b"\0"})
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({"a.md": AFTER, "new.md": "one\ntwo\n", "gone.md": None, "b.bin": b"\0\1"}, branch="feature")
    return alice.open_pull("Change documents")


def connect(github: GitHub, token: str = "") -> Connection:
    return Connection(token or github.token, base_url=github.url, clock=github.clock)


def suggest(
    github: GitHub, pull: Issue, *places: tuple[str, int], variant: str = "", token: str = ""
) -> None:
    keys = (f"{index:016x}" for index in range(99))
    suggestions = [
        LineSuggestion(path=path, line=line, key=key, new="```new", why="why")
        for (path, line), key in zip(places, keys, strict=False)
    ]
    with connect(github, token) as api:
        assert pull.pull
        post(api, "acme/shop", pull.number, pull.pull.head_sha, suggestions, variant)


def standing(github: GitHub, pull: Issue, variant: str = "", token: str = "") -> set[str]:
    with connect(github, token) as api:
        return set(find_standing(api, "acme/shop", pull.number, variant))


def comments(pull: Issue) -> list[ReviewComment]:
    assert pull.pull
    return pull.pull.review_comments


def test_the_lines_of_a_file_are_those_that_the_pull_request_shows(github: GitHub, pull: Issue) -> None:
    with connect(github) as api:
        files = read_changed(api, "acme/shop", pull.number)
    assert {path: sorted(file.lines) for path, file in files.items()} == {
        "a.md": list(range(13, 20)),
        "new.md": [1, 2],
        "b.bin": [],
    }
    assert files["new.md"].blob == github.shop.git.run("rev-parse", "feature:new.md").decode().strip()


@pytest.mark.parametrize("token", ["token-actions", "token-bob"])
def test_all_are_made_in_one_review_and_known_again(github: GitHub, pull: Issue, token: str) -> None:
    suggest(github, pull, ("a.md", 16), ("new.md", 1), token=token)
    assert [(it.path, it.line) for it in comments(pull)] == [("a.md", 16), ("new.md", 1)]
    assert comments(pull)[0].body.endswith("\nwhy\n\n````suggestion\n```new\n````")
    assert [str(it) for it in github.writes] == [f"POST /repos/acme/shop/pulls/{pull.number}/reviews → 200"]
    assert standing(github, pull, token=token) == {"0" * 16, f"{1:016x}"}


def test_outdated_ones_are_known_too(github: GitHub, pull: Issue) -> None:
    suggest(github, pull, ("a.md", 16))
    github.person("alice").push({"a.md": BEFORE}, branch="feature")
    assert standing(github, pull) == {"0" * 16}


def test_a_strangers_copy_of_our_marker_keeps_nothing_back(github: GitHub, pull: Issue) -> None:
    suggest(github, pull, ("a.md", 16), token="token-mallory")
    assert standing(github, pull) == set()


def test_each_configuration_has_its_own(github: GitHub, pull: Issue) -> None:
    suggest(github, pull, ("a.md", 16), variant="-payments-0a1b2c3d")
    assert standing(github, pull) == set()
    assert standing(github, pull, "-payments-0a1b2c3d") == {"0" * 16}


def test_nothing_to_suggest_makes_no_review(github: GitHub, pull: Issue) -> None:
    suggest(github, pull)
    assert not github.writes


def test_a_token_that_may_only_read_is_told_by_its_status(github: GitHub, pull: Issue) -> None:
    token = github.actions_token(contents="read", pull_requests="read", issues="read")
    with pytest.raises(Refused) as refused:
        suggest(github, pull, ("a.md", 16), token=token)
    assert refused.value.status == 403
