"""A pull request has at most one comment of ours, and it changes only when there is news."""

import pytest

from pmsync.action.changes import ask_changed
from pmsync.errors import Refused, TrackerError
from pmsync.github.connection import Answer, Connection
from pmsync.repository.comment import COMMENT_MARKER, MAX_COMMENT, NOTHING_LEFT, stick
from tests.github.state import GitHub, Issue


@pytest.fixture
def pull(github: GitHub) -> Issue:
    return github.person("alice").open_pull("Add a postmortem")


def say(github: GitHub, pull: Issue, text: str | None, token: str = "") -> None:
    with Connection(token or github.token, base_url=github.url, clock=github.clock) as api:
        stick(api, "acme/shop", pull.number, text)


def bodies(pull: Issue) -> list[str]:
    return [comment.body for comment in pull.comments]


@pytest.mark.parametrize("token", ["token-actions", "token-bob"])
def test_one_comment_is_posted_and_then_edited_in_place(github: GitHub, pull: Issue, token: str) -> None:
    say(github, pull, "first", token)
    say(github, pull, "second", token)
    assert bodies(pull) == [f"{COMMENT_MARKER}\nsecond"]


def test_an_equal_comment_is_never_edited(github: GitHub, pull: Issue) -> None:
    say(github, pull, "same\ntext")
    pull.comments[0].body = pull.comments[0].body.replace("\n", "\r\n")
    writes = len(github.writes)
    say(github, pull, "same\ntext\n")
    assert len(github.writes) == writes


def test_nothing_to_say_is_not_said(github: GitHub, pull: Issue) -> None:
    say(github, pull, None)
    assert not pull.comments


def test_a_comment_is_cut_to_one_line_when_nothing_is_left(github: GitHub, pull: Issue) -> None:
    say(github, pull, "a plan")
    say(github, pull, None)
    say(github, pull, None)
    assert bodies(pull) == [f"{COMMENT_MARKER}\n{NOTHING_LEFT}"]
    assert len(github.writes) == 2


def test_a_strangers_comment_with_our_marker_is_not_ours(github: GitHub, pull: Issue) -> None:
    github.person("mallory").comment(pull, f"{COMMENT_MARKER}\nforged")
    github.person("bob").comment(pull, f"> {COMMENT_MARKER}\nquoted")
    say(github, pull, "the plan")
    say(github, pull, "the plan, again")
    assert bodies(pull)[:2] == [f"{COMMENT_MARKER}\nforged", f"> {COMMENT_MARKER}\nquoted"]
    assert bodies(pull)[2:] == [f"{COMMENT_MARKER}\nthe plan, again"]


def test_two_variants_keep_two_comments(github: GitHub, pull: Issue) -> None:
    for word in ("first", "second"):
        for variant in ("", "-payments-0a1b2c3d"):
            with Connection(github.token, base_url=github.url, clock=github.clock) as api:
                stick(api, "acme/shop", pull.number, word + variant, variant)
    assert bodies(pull) == [
        f"{COMMENT_MARKER}\nsecond",
        "<!-- pmsync:comment-payments-0a1b2c3d -->\nsecond-payments-0a1b2c3d",
    ]


def test_our_comment_is_found_behind_a_hundred_others(github: GitHub, pull: Issue) -> None:
    for number in range(150):
        github.person("bob").comment(pull, f"comment {number}")
    say(github, pull, "first")
    say(github, pull, "second")
    assert len(pull.comments) == 151


def test_a_long_comment_is_cut_at_a_lines_end(github: GitHub, pull: Issue) -> None:
    say(github, pull, "\n".join(f"- line {number} 🔥" for number in range(9000)))
    (body,) = bodies(pull)
    assert MAX_COMMENT - 100 < len(body.encode()) <= MAX_COMMENT
    assert body.endswith("🔥\n\n_Cut here: the job's summary has the rest._")


def test_a_token_that_may_only_read_is_told_by_its_status(github: GitHub, pull: Issue) -> None:
    token = github.actions_token(contents="read", pull_requests="read", issues="read")
    with pytest.raises(Refused) as refused:
        say(github, pull, "a plan", token)
    assert refused.value.status == 403


class Odd(Connection):
    """A server that answers every request alike."""

    def __init__(self, data: object) -> None:
        super().__init__("x")
        self.data = data

    def request(self, *_: object, **__: object) -> Answer:
        return Answer(200, {}, self.data)


@pytest.mark.parametrize("data", [None, {}, {"message": "hello"}, 1, [1], [None], [{"body": 3}], ["text"]])
def test_an_answer_of_odd_shape_is_one_sentence(data: object) -> None:
    marked = [{"body": f"{COMMENT_MARKER} x"}] if data == [{"body": 3}] else data
    with pytest.raises(TrackerError, match="GITHUB_API_URL"):
        stick(Odd(marked), "acme/shop", 1, "a plan")
    with pytest.raises(TrackerError, match="GITHUB_API_URL"):
        ask_changed(Odd(data), "acme/shop", 1)
