"""The test server keeps its word: what it enforces, and that PyGithub understands it."""

import sys
from pathlib import Path
from typing import Any

import github as pygithub
import pytest
import requests

from tests.children import run
from tests.github.rules import open_github
from tests.github.state import GitHub, Issue
from tests.persons import as_web_editor


def ask(
    github: GitHub, method: str, path: str, body: object = None, token: str | None = None, **headers: str
) -> requests.Response:
    """One request, redirects not followed."""
    known = {"Authorization": f"Bearer {token or github.token}"} if token != "" else {}
    return requests.request(
        method, github.url + path, json=body, headers=known | headers, allow_redirects=False, timeout=10
    )


def client(github: GitHub, token: str | None = None, prefix: str = "") -> pygithub.Github:
    """PyGithub without pacing or retries."""
    return pygithub.Github(
        base_url=github.url + prefix,
        auth=pygithub.Auth.Token(token or github.token),
        retry=None,
        per_page=100,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )


def titles(answer: requests.Response) -> list[str]:
    return [issue["title"] for issue in answer.json()]


ISSUES = "/repos/acme/shop/issues"


# ------------------------------------------------------------------------- who may what


def test_an_unknown_token_is_turned_away(github: GitHub) -> None:
    assert ask(github, "GET", "/repos/acme/shop", token="nonsense").status_code == 401


def test_nobody_reads_what_is_public_and_writes_nothing(github: GitHub) -> None:
    assert ask(github, "GET", ISSUES, token="").status_code == 200
    assert ask(github, "POST", ISSUES, {"title": "x"}, token="").status_code == 401


def test_a_private_repository_does_not_exist_for_strangers(github: GitHub) -> None:
    github.create_repository("acme/secret", private=True)
    seen = {
        token: ask(github, "GET", "/repos/acme/secret/issues", token=token).status_code
        for token in ("token-alice", "token-rita", "token-mallory", "token-actions", "")
    }
    assert seen == {
        "token-alice": 200,
        "token-rita": 200,
        "token-mallory": 404,
        "token-actions": 404,
        "": 404,
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", ISSUES, {"title": "x"}),
        ("PATCH", f"{ISSUES}/1", {"title": "x"}),
        ("POST", f"{ISSUES}/1/comments", {"body": "x"}),
        ("POST", f"{ISSUES}/1/labels", {"labels": ["x"]}),
        ("POST", "/repos/acme/shop/labels", {"name": "x"}),
        ("POST", "/repos/acme/shop/git/blobs", {"content": "x"}),
        ("POST", "/repos/acme/shop/pulls", {"title": "x", "head": "y", "base": "main"}),
    ],
)
def test_an_actions_token_can_only_do_what_it_was_given(
    github: GitHub, method: str, path: str, body: object
) -> None:
    github.person("alice").open_issue("one")
    token = github.actions_token(issues="read", contents="read", pull_requests="read")
    refused = ask(github, method, path, body, token)
    assert refused.status_code == 403
    assert refused.json()["message"] == "Resource not accessible by integration"
    assert ask(github, "GET", f"{ISSUES}/1", token=token).status_code == 200


def test_an_actions_token_writes_in_its_own_repository_only(github: GitHub) -> None:
    github.create_repository("acme/api")
    assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 201
    assert ask(github, "POST", "/repos/acme/api/issues", {"title": "x"}).status_code == 403
    assert ask(github, "GET", "/repos/acme/api/issues").status_code == 200


def test_without_rights_labels_and_assignees_are_silently_dropped(github: GitHub) -> None:
    body = {"title": "x", "labels": ["bug"], "assignees": ["bob"]}
    made = ask(github, "POST", ISSUES, body, "token-mallory")
    assert (made.status_code, made.json()["labels"], made.json()["assignees"]) == (201, [], [])
    edited = ask(github, "PATCH", f"{ISSUES}/1", {"labels": ["bug"], "title": "y"}, "token-mallory")
    assert (edited.json()["title"], edited.json()["labels"]) == ("y", [])
    assert "bug" not in github.shop.labels
    made = ask(github, "POST", ISSUES, body, "token-tess")
    assert [label["name"] for label in made.json()["labels"]] == ["bug"]


def test_only_the_author_or_somebody_with_triage_edits_an_issue(github: GitHub) -> None:
    github.person("alice").open_issue("one")
    seen = {
        login: ask(github, "PATCH", f"{ISSUES}/1", {"title": login}, f"token-{login}").status_code
        for login in ("rita", "mallory", "tess", "bob")
    }
    assert seen == {"rita": 403, "mallory": 403, "tess": 200, "bob": 200}


def test_an_author_is_named_with_their_tie_to_the_repository(github: GitHub) -> None:
    github.create_repository("bob/own")
    seen = {
        login: ask(github, "POST", ISSUES, {"title": "x"}, f"token-{login}").json()["author_association"]
        for login in ("alice", "mallory", "actions")
    }
    assert seen == {"alice": "MEMBER", "mallory": "NONE", "actions": "NONE"}
    own = ask(github, "POST", "/repos/bob/own/issues", {"title": "x"}, "token-bob").json()
    assert own["author_association"] == "OWNER"
    assert github.shop.issue(3).author == "github-actions[bot]"


def test_permissions_are_told_to_those_who_may_push(github: GitHub) -> None:
    path = "/repos/acme/shop/collaborators/{}/permission"
    told = {
        login: ask(github, "GET", path.format(login)).json() for login in ("alice", "bob", "tess", "mallory")
    }
    assert {login: each["permission"] for login, each in told.items()} == {
        "alice": "admin",
        "bob": "write",
        "tess": "read",
        "mallory": "read",
    }
    assert told["tess"]["role_name"] == "triage"
    assert ask(github, "GET", path.format("ghost")).status_code == 404
    assert ask(github, "GET", path.format("alice"), token="token-mallory").status_code == 403


def test_an_archived_repository_takes_no_write(github: GitHub) -> None:
    github.shop.archived = True
    assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 403
    assert ask(github, "GET", ISSUES).status_code == 200


# ----------------------------------------------------------------------------- issues


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"title": ""}, "title", "missing_field"),
        ({"title": "x" * 257}, "title", "custom"),
        ({"title": "x", "body": "x" * 65_537}, "body", "custom"),
        ({"title": "x", "assignees": ["ghost"]}, "assignees", "invalid"),
        ({"title": "x", "assignees": ["bob", "mallory"]}, "assignees", "invalid"),
    ],
)
def test_a_bad_issue_is_refused_whole_and_the_field_named(
    github: GitHub, body: object, field: str, code: str
) -> None:
    answer = ask(github, "POST", ISSUES, body)
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    assert not github.shop.issues


def test_the_longest_title_and_body_pass(github: GitHub) -> None:
    assert ask(github, "POST", ISSUES, {"title": "x" * 256, "body": "é" * 65_536}).status_code == 201


def test_labels_are_one_in_any_case_and_unknown_ones_are_made_grey(github: GitHub) -> None:
    label = {"name": "Postmortem", "color": "b60205", "description": "x" * 100}
    assert ask(github, "POST", "/repos/acme/shop/labels", label).status_code == 201
    again = ask(github, "POST", "/repos/acme/shop/labels", {"name": "postMORTEM", "color": "b60205"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_exists")
    made = ask(github, "POST", ISSUES, {"title": "x", "labels": ["postmortem", "new"]}).json()
    assert [each["name"] for each in made["labels"]] == ["Postmortem", "new"]
    assert github.shop.labels["new"].color == "ededed"
    assert titles(ask(github, "GET", f"{ISSUES}?labels=POSTMORTEM,New")) == ["x"]
    assert titles(ask(github, "GET", f"{ISSUES}?labels=postmortem,other")) == []


@pytest.mark.parametrize(
    "label", [{"name": "x", "color": "#b60205"}, {"name": "x", "description": "x" * 101}]
)
def test_a_bad_label_is_refused(github: GitHub, label: object) -> None:
    assert ask(github, "POST", "/repos/acme/shop/labels", label).status_code == 422


def test_lists_page_sort_and_link(github: GitHub) -> None:
    for number in range(1, 8):
        github.clock.advance(60)
        github.person("alice").open_issue(f"t{number}")
    github.clock.advance(60)
    github.person("alice").edit_title(github.shop.issue(2), "t2, edited")
    first = ask(github, "GET", f"{ISSUES}?per_page=3&direction=asc")
    assert titles(first) == ["t1", "t2, edited", "t3"]
    assert set(first.links) == {"next", "last"}
    assert first.links["next"]["url"].startswith(f"{github.url}/repositories/{github.shop.id}/issues?")
    second = requests.get(first.links["next"]["url"], timeout=10)
    assert titles(second) == ["t4", "t5", "t6"]
    assert set(second.links) == {"prev", "first", "next", "last"}
    assert set(requests.get(first.links["last"]["url"], timeout=10).links) == {"prev", "first"}
    assert titles(ask(github, "GET", ISSUES))[0] == "t7"
    assert titles(ask(github, "GET", f"{ISSUES}?sort=updated&per_page=1")) == ["t2, edited"]
    assert len(titles(ask(github, "GET", f"{ISSUES}?per_page=1000"))) == 7


def test_a_list_shows_open_issues_unless_asked_otherwise(github: GitHub) -> None:
    alice = github.person("alice")
    alice.open_issue("one")
    alice.close(alice.open_issue("two"))
    assert titles(ask(github, "GET", ISSUES)) == ["one"]
    assert titles(ask(github, "GET", f"{ISSUES}?state=closed")) == ["two"]
    assert sorted(titles(ask(github, "GET", f"{ISSUES}?state=all"))) == ["one", "two"]


def test_pull_requests_stand_among_the_issues(github: GitHub) -> None:
    pull = github.person("bob").open_pull("a pull request")
    listed = ask(github, "GET", ISSUES).json()[0]
    assert listed["pull_request"]["merged_at"] is None
    github.person("alice").merge(pull)
    assert ask(github, "GET", f"{ISSUES}/1").json()["pull_request"]["merged_at"]


def test_an_edit_replaces_labels_and_leaves_the_rest(github: GitHub) -> None:
    ask(github, "POST", ISSUES, {"title": "x", "body": "y", "labels": ["a", "b"], "assignees": ["bob"]})
    edited = ask(github, "PATCH", f"{ISSUES}/1", {"labels": ["c"]}).json()
    assert [each["name"] for each in edited["labels"]] == ["c"]
    assert (edited["body"], [each["login"] for each in edited["assignees"]]) == ("y", ["bob"])


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate", None])
def test_a_closed_issue_keeps_its_reason_until_it_is_reopened(github: GitHub, reason: str | None) -> None:
    github.person("alice").open_issue("x")
    closed = ask(github, "PATCH", f"{ISSUES}/1", {"state": "closed", "state_reason": reason}).json()
    assert (closed["state"], closed["state_reason"]) == ("closed", reason or "completed")
    assert closed["closed_at"]
    assert closed["closed_by"]["login"] == "github-actions[bot]"
    same = ask(github, "PATCH", f"{ISSUES}/1", {"state": "closed", "state_reason": "not_planned"}).json()
    assert same["state_reason"] == (reason or "completed")
    again = ask(github, "PATCH", f"{ISSUES}/1", {"state": "open"}).json()
    assert (again["state_reason"], again["closed_at"]) == ("reopened", None)


def test_a_refused_edit_changes_nothing(github: GitHub) -> None:
    github.person("alice").open_issue("x")
    edit = {"title": "y", "body": "z", "assignees": ["ghost"]}
    assert ask(github, "PATCH", f"{ISSUES}/1", edit).status_code == 422
    assert (github.shop.issue(1).title, github.shop.issue(1).body) == ("x", None)


def test_the_web_editor_turns_a_whole_body_to_crlf(github: GitHub) -> None:
    issue = github.person("alice").open_issue("x", "one\ntwo\n")
    github.person("alice").edit_body(issue, f"{issue.body}three\n")
    assert ask(github, "GET", f"{ISSUES}/1").json()["body"] == "one\r\ntwo\r\nthree\r\n"
    assert as_web_editor("a\r\nb\n") == "a\r\nb\r\n"


def test_assignees_added_later_are_ignored_where_they_cannot_be(github: GitHub) -> None:
    github.person("alice").open_issue("x")
    added = ask(github, "POST", f"{ISSUES}/1/assignees", {"assignees": ["bob", "ghost"]})
    assert (added.status_code, [each["login"] for each in added.json()["assignees"]]) == (201, ["bob"])


def test_a_locked_issue_takes_comments_from_its_team_only(github: GitHub) -> None:
    issue = github.person("alice").open_issue("x")
    github.person("alice").lock(issue, "too heated")
    assert ask(github, "POST", f"{ISSUES}/1/comments", {"body": "x"}, "token-mallory").status_code == 403
    assert ask(github, "POST", f"{ISSUES}/1/comments", {"body": "x"}, "token-bob").status_code == 201


def test_search_is_not_there(github: GitHub) -> None:
    assert ask(github, "GET", "/search/issues?q=x").status_code == 404


# ------------------------------------------------------------------- moved, gone, renamed


@pytest.fixture
def issue(github: GitHub) -> Issue:
    """Issue 1 of acme/shop."""
    return github.person("alice").open_issue("one", "body")


def test_a_transferred_issue_is_redirected_reading_and_writing(github: GitHub, issue: Issue) -> None:
    api = github.create_repository("acme/api")
    moved = github.person("alice").transfer(issue, api)
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/comments")):
        answer = ask(github, method, f"{ISSUES}/1{path}", {} if method != "GET" else None)
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{github.url}/repositories/{api.id}/issues/{moved.number}{path}"
    followed = ask(
        github, "GET", answer.headers["Location"].removeprefix(github.url).removesuffix("/comments")
    )
    assert followed.json()["repository_url"] == f"{github.url}/repos/acme/api"
    assert titles(ask(github, "GET", ISSUES)) == []


def test_an_issue_transferred_out_of_sight_is_not_found(github: GitHub, issue: Issue) -> None:
    github.person("alice").transfer(issue, github.create_repository("acme/secret", private=True))
    assert ask(github, "GET", f"{ISSUES}/1").status_code == 404


def test_a_deleted_issue_is_gone_and_its_number_never_given_again(github: GitHub, issue: Issue) -> None:
    github.person("alice").delete(issue)
    assert ask(github, "GET", f"{ISSUES}/1").status_code == 410
    assert ask(github, "PATCH", f"{ISSUES}/1", {"title": "x"}).status_code == 410
    assert ask(github, "POST", ISSUES, {"title": "x"}).json()["number"] == 2


def test_issues_that_are_disabled_are_gone(github: GitHub, issue: Issue) -> None:
    github.shop.has_issues = False
    assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 410
    assert ask(github, "GET", f"{ISSUES}/1").status_code == 410


def test_a_renamed_repository_is_redirected_301_to_read_307_to_write(github: GitHub, issue: Issue) -> None:
    github.person("alice").rename(github.shop, "store")
    shop = github.repository("acme/store")
    read = ask(github, "GET", f"{ISSUES}?state=all")
    assert (read.status_code, read.headers["Location"]) == (
        301,
        f"{github.url}/repositories/{shop.id}/issues?state=all",
    )
    assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 307
    assert ask(github, "PATCH", f"{ISSUES}/1", {"title": "x"}).status_code == 307
    assert len(shop.issues) == 1
    assert ask(github, "POST", "/repos/acme/store/issues", {"title": "x"}).status_code == 201


# -------------------------------------------------------------------- limits and list lag


def test_a_used_up_token_is_refused_until_the_reset(github: GitHub) -> None:
    github.use_up(leave=1)
    last = ask(github, "GET", ISSUES)
    assert (last.status_code, last.headers["x-ratelimit-remaining"]) == (200, "0")
    refused = ask(github, "GET", ISSUES)
    assert refused.status_code == 403
    assert "rate limit exceeded" in refused.json()["message"]
    assert ask(github, "GET", "/rate_limit").json()["rate"]["remaining"] == 0
    assert ask(github, "GET", ISSUES, token="token-bob").status_code == 200
    github.clock.advance(int(refused.headers["x-ratelimit-reset"]) - github.clock.time())
    assert ask(github, "GET", ISSUES).status_code == 200
    assert len(github.limits.refusals) == 1


def test_an_unchanged_answer_costs_nothing(github: GitHub) -> None:
    first = ask(github, "GET", ISSUES)
    second = ask(github, "GET", ISSUES, **{"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    github.person("alice").open_issue("x")
    assert ask(github, "GET", ISSUES, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("tells", [True, False])
def test_the_81st_write_within_a_minute_is_refused(github: GitHub, tells: bool) -> None:
    github.limits.tells_retry_after = tells
    statuses = [ask(github, "POST", ISSUES, {"title": "x"}).status_code for _ in range(80)]
    assert set(statuses) == {201}
    refused = ask(github, "POST", ISSUES, {"title": "x"})
    assert refused.status_code == 403
    assert "secondary rate limit" in refused.json()["message"]
    assert int(refused.headers["x-ratelimit-remaining"]) > 0
    assert ask(github, "GET", ISSUES).status_code == 200
    github.clock.advance(float(refused.headers["retry-after"]) if tells else 60)
    assert ("retry-after" in refused.headers) is tells
    assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 201


def test_the_501st_write_within_an_hour_is_refused(github: GitHub) -> None:
    for _ in range(500):
        github.clock.advance(1)
        assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 201
    github.clock.advance(60)
    refused = ask(github, "POST", ISSUES, {"title": "x"})
    assert refused.status_code == 403
    assert int(refused.headers["retry-after"]) > 2500


def test_a_fresh_issue_is_not_listed_but_can_be_read(github: GitHub) -> None:
    github.lag.seconds = 30
    ask(github, "POST", ISSUES, {"title": "x"})
    assert titles(ask(github, "GET", ISSUES)) == []
    assert ask(github, "GET", f"{ISSUES}/1").status_code == 200
    github.clock.advance(30)
    assert titles(ask(github, "GET", ISSUES)) == ["x"]


def test_lag_can_be_counted_in_requests(github: GitHub) -> None:
    github.lag.requests = 3
    ask(github, "POST", ISSUES, {"title": "x"})
    assert [len(titles(ask(github, "GET", ISSUES))) for _ in range(4)] == [0, 0, 1, 1]


def test_lag_can_hide_edits_too(github: GitHub, issue: Issue) -> None:
    github.lag.seconds, github.lag.hides_edits = 30, True
    github.clock.advance(60)
    github.person("alice").close(issue)
    assert titles(ask(github, "GET", ISSUES)) == ["one"]
    assert ask(github, "GET", f"{ISSUES}/1").json()["state"] == "closed"
    github.clock.advance(30)
    assert titles(ask(github, "GET", ISSUES)) == []


# --------------------------------------------------------------------- agreeing with PyGithub


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_pygithub_does_all_that_pmsync_needs_of_issues(github: GitHub, prefix: str) -> None:
    hub = client(github, prefix=prefix)
    shop = hub.get_repo("acme/shop")
    assert (shop.full_name, shop.default_branch) == ("acme/shop", "main")
    shop.create_label("postmortem", "b60205", "made by pmsync")
    made = shop.create_issue("one", "body", assignees=["bob"], labels=["postmortem"])
    assert (made.number, made.user.login, made.state_reason) == (1, "github-actions[bot]", None)
    assert made.html_url == "https://github.com/acme/shop/issues/1"
    assert made.repository.full_name == "acme/shop"
    for number in range(250):
        github.person("alice").open_issue(f"by hand {number}", labels=["postmortem"])
    assert len(list(shop.get_issues(labels=["postmortem"], state="all"))) == 251
    made.edit(title="two", body="other", state="closed", state_reason="not_planned")
    assert (made.title, made.state, made.state_reason) == ("two", "closed", "not_planned")
    made.edit(state="open")
    assert made.state_reason == "reopened"
    made.create_comment("hello")
    assert [comment.body for comment in made.get_comments()] == ["hello"]
    made.add_to_labels("extra")
    made.add_to_assignees("alice")
    again = shop.get_issue(1)
    assert [label.name for label in again.labels] == ["postmortem", "extra"]
    assert [user.login for user in again.assignees] == ["bob", "alice"]
    assert shop.get_collaborator_permission("bob") == "write"
    assert shop.has_in_assignees("bob")
    assert hub.get_rate_limit().rate.limit == 1000


def test_pygithub_raises_what_it_should(github: GitHub, issue: Issue) -> None:
    shop = client(github).get_repo("acme/shop")
    with pytest.raises(pygithub.UnknownObjectException):
        shop.get_issue(99)
    with pytest.raises(pygithub.BadCredentialsException):
        client(github, "nonsense").get_repo("acme/shop")
    github.person("alice").delete(issue)
    with pytest.raises(pygithub.GithubException) as gone:
        shop.get_issue(1)
    assert gone.value.status == 410
    github.use_up()
    with pytest.raises(pygithub.RateLimitExceededException):
        shop.get_issue(2)


# ------------------------------------------------------------------------------ the log


def test_every_request_is_logged_with_who_asked_and_what_was_answered(github: GitHub) -> None:
    with github.watch() as seen:
        ask(github, "GET", f"{ISSUES}?state=all")
        ask(github, "POST", ISSUES, {"title": "x"}, "token-bob")
    assert [str(request) for request in seen] == [
        "GET /repos/acme/shop/issues?state=all → 200",
        "POST /repos/acme/shop/issues → 201",
    ]
    assert [request.login for request in seen] == ["github-actions[bot]", "bob"]
    assert github.writes == seen[1:]
    assert seen[1].body == {"title": "x"}


def test_each_test_starts_afresh(github: GitHub, fresh_github: Any) -> None:
    ask(github, "POST", ISSUES, {"title": "x"})
    other = fresh_github()
    assert not other.requests
    assert titles(ask(other, "GET", ISSUES)) == []


def test_a_github_can_be_opened_without_fixtures() -> None:
    with open_github() as github:
        assert ask(github, "POST", ISSUES, {"title": "x"}).status_code == 201


# ------------------------------------------------------------------------- the sandbox


def test_tests_cannot_leave_this_machine() -> None:
    with pytest.raises(Exception, match="may not connect to"):
        requests.get("http://192.0.2.1/", timeout=1)
    with pytest.raises(Exception, match="may not connect to"):
        requests.get("https://api.github.com/", timeout=1)


def test_child_processes_get_a_clean_environment(tmp_path: Path) -> None:
    program = "import os; print(sorted(n for n in os.environ if n.startswith(('GITHUB_', 'GH_'))))"
    done = run([sys.executable, "-c", program])
    assert done.stdout.strip() == "[]"
