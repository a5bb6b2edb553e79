"""What the GitHub tracker promises beyond the common contract: cost, names, dropped fields, absences."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from pmsync.errors import OutcomeUnknown, Refused, TrackerError, Unusable, UsageError
from pmsync.github.connection import Connection
from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef, Status
from pmsync.trackers.github import MAX_PROBES, GithubTracker, parse_issue
from tests.github.clock import Clock
from tests.github.faults import Kind, Request, writes
from tests.github.state import GitHub, Lag
from tests.persons import COLOR, DESCRIPTION, LABEL, github_tracker
from tests.trackers.canned import Canned, canned_server

Track = Callable[..., GithubTracker]


@pytest.fixture
def track(github: GitHub) -> Iterator[Track]:
    """Makes trackers of the server's `acme/shop`, closed in the end."""
    made: list[Connection] = []

    def make(
        token: str = "", repository: str = "acme/shop", label: str = LABEL, previous: Sequence[str] = ()
    ) -> GithubTracker:
        made.append(Connection(token or github.token, base_url=github.url, clock=github.clock))
        return github_tracker(made[-1], repository, label, previous)

    yield make
    for connection in made:
        connection.close()


def draft(title: str = "Alert", **fields: object) -> Draft:
    return Draft(**({"title": title, "body": "Why.", "labels": (LABEL,)} | fields))  # type: ignore[arg-type]


def methods(requests: Sequence[Request]) -> list[str]:
    return [f"{request.method} {request.path.removeprefix('/repos/acme/shop')}" for request in requests]


def open_labelled(github: GitHub, times: int) -> None:
    for number in range(times):
        github.person("bob").open_issue(f"Number {number}", labels=[LABEL])


# ---------------------------------------------------------------------------------- cost


@pytest.mark.parametrize(("issues", "cost"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3)])
def test_a_list_costs_one_request_for_each_hundred(
    github: GitHub, track: Track, issues: int, cost: int
) -> None:
    open_labelled(github, issues)
    with github.watch() as seen:
        assert len(track().list_issues("open")) == issues
    assert len(seen) == cost


def test_a_history_of_closed_issues_costs_nothing(github: GitHub, track: Track) -> None:
    open_labelled(github, 150)
    for issue in github.shop.issues.values():
        github.person("bob").close(issue)
    with github.watch() as seen:
        assert not track().list_issues("open")
    assert len(seen) == 1


def test_a_first_sync_of_m_items_costs_m_and_four(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    tracker.list_unlisted()
    for number in range(10):
        tracker.create(draft(f"Number {number}"))
    assert len(github.requests) == 10 + 4
    assert methods(github.requests)[:4] == ["GET /issues", "GET /issues", "GET /issues/1", "POST /labels"]


def test_the_label_is_asked_for_only_where_no_issue_bears_it(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    tracker = track(label=LABEL.upper())
    tracker.list_issues("all")
    with github.watch() as seen:
        tracker.create(draft())
    assert methods(seen) == ["POST /issues"]


@pytest.mark.parametrize(
    ("edit", "asked"),
    [
        (IssueEdit(title="New"), ["PATCH"]),
        (IssueEdit(title="New", body="B", is_open=False, state_reason="not_planned"), ["PATCH"]),
        (IssueEdit(add_labels=("a", "b")), ["POST"]),
        (IssueEdit(add_assignees=("bob",)), ["POST"]),
        (IssueEdit(add_assignees=("bob",), remove_assignees=("alice",)), ["POST"]),
        (IssueEdit(comment="Said."), ["POST"]),
        (IssueEdit(body="B", add_labels=("a",)), ["POST", "PATCH"]),
        (IssueEdit(title="New", title_was="Number 0"), ["PATCH"]),
    ],
)
def test_an_edit_takes_the_fewest_writes(
    github: GitHub, track: Track, edit: IssueEdit, asked: list[str]
) -> None:
    open_labelled(github, 1)
    tracker = track()
    (issue,) = tracker.list_issues("open")
    with github.watch() as seen:
        tracker.edit(issue.ref, edit)
    assert [request.method for request in seen] == asked


def test_a_permission_is_looked_up_once_for_each_login(github: GitHub, track: Track) -> None:
    tracker = track()
    known = {
        login: tracker.may_write(login) for login in ("alice", "bob", "tess", "rita", "mallory", "nobody")
    }
    assert known == {
        "alice": True,
        "bob": True,
        "tess": False,
        "rita": False,
        "mallory": False,
        "nobody": False,
    }
    with github.watch() as seen:
        assert tracker.may_write("Alice")
    assert not seen


def test_a_permission_that_cannot_be_looked_up_is_none_and_is_told(github: GitHub, track: Track) -> None:
    github.fail(Kind.FORBIDDEN)
    tracker = track()
    assert not tracker.may_write("bob")
    assert "the rights of bob in acme/shop cannot be looked up" in tracker.drain_warnings()[0]


@pytest.mark.parametrize(("prefix", "page"), [("", "/graphql"), ("/api/v3", "/api/graphql")])
def test_an_apps_own_login_is_asked_for_where_graphql_is(clock: Clock, prefix: str, page: str) -> None:
    viewer = Canned(body=b'{"data": {"viewer": {"login": "acme[bot]"}}}')
    with (
        canned_server([Canned(404), viewer]) as server,
        Connection("token", base_url=f"{server.url}{prefix}", clock=clock) as connection,
    ):
        assert github_tracker(connection, "acme/shop").may_write("acme[bot]")
        assert server.seen[-1][:2] == ("POST", page)


# ------------------------------------------------------------------------ lists that lag


def test_an_issue_too_new_for_a_list_is_found(github: GitHub, track: Track) -> None:
    open_labelled(github, 3)
    github.clock.advance(600)
    github.lag = Lag(seconds=60)
    open_labelled(github, 2)
    tracker = track()
    assert len(tracker.list_issues("all")) == 3
    found = tracker.list_unlisted()
    assert {issue.ref.number for issue in found} >= {4, 5}


def test_what_this_run_made_itself_is_not_mistaken_for_the_end(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    github.lag = Lag(requests=1000)
    tracker.create(draft("Ours"))
    github.person("bob").open_issue("Another run's", labels=[LABEL])
    assert [issue.title for issue in tracker.list_unlisted()] == ["Another run's"]


def test_a_deleted_and_a_transferred_number_do_not_end_the_search(github: GitHub, track: Track) -> None:
    bob = github.person("bob")
    elsewhere = github.create_repository("acme/api")
    github.lag = Lag(requests=1000)
    bob.delete(bob.open_issue("Deleted"))
    bob.transfer(bob.open_issue("Moved"), elsewhere)
    bob.open_issue("Last", labels=[LABEL])
    tracker = track()
    tracker.list_issues("all")
    assert {issue.title for issue in tracker.list_unlisted()} >= {"Last"}


def test_the_search_above_the_list_is_bounded(github: GitHub, track: Track) -> None:
    github.lag = Lag(requests=10_000)
    open_labelled(github, MAX_PROBES + 20)
    tracker = track()
    tracker.list_issues("all")
    with github.watch() as seen:
        assert len(tracker.list_unlisted()) == MAX_PROBES
    assert len(seen) == MAX_PROBES + 1
    assert "too new to be listed" in tracker.drain_warnings()[0]


def test_an_issue_whose_label_was_dropped_is_found_among_the_newest(github: GitHub, track: Track) -> None:
    open_labelled(github, 2)
    mallory = track("token-mallory")
    mallory.list_issues("all")
    made = mallory.create(draft())
    assert made.labels == ()
    tracker = track()
    assert made.ref not in {issue.ref for issue in tracker.list_issues("all")}
    assert made.ref in {issue.ref for issue in tracker.list_unlisted()}


# ------------------------------------------------------------------------- names and places


def test_a_name_in_other_letters_is_taken_as_github_spells_it(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    tracker = track(repository="Acme/SHOP")
    (issue,) = tracker.list_issues("open")
    assert tracker.repository == issue.ref.repository == "acme/shop"
    assert len(github.requests) == 1


@pytest.mark.parametrize("issues", [0, 1, 150])
def test_a_renamed_repository_is_written_to_under_its_new_name(
    github: GitHub, track: Track, issues: int
) -> None:
    open_labelled(github, issues)
    github.person("alice").rename(github.shop, "store")
    tracker = track()
    assert len(tracker.list_issues("all")) == issues
    assert tracker.repository == "acme/store"
    assert tracker.create(draft()).ref == IssueRef("acme/store", issues + 1)
    assert not any(request.status in {301, 307} for request in github.writes)


def test_a_repository_renamed_in_the_middle_of_a_run_costs_no_issue(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    first = tracker.create(draft("First"))
    github.person("alice").rename(github.shop, "store")
    second = tracker.create(draft("Second"))
    assert second.ref == IssueRef("acme/store", 2)
    edited = tracker.edit(first.ref, IssueEdit(title="Edited"))
    assert edited.ref == IssueRef("acme/store", 1)
    assert [issue.title for issue in github.repository("acme/store").live_issues] == ["Edited", "Second"]


def test_a_transferred_issue_is_followed_when_read_and_refused_when_edited(
    github: GitHub, track: Track
) -> None:
    bob = github.person("bob")
    issue = bob.open_issue("Theirs", labels=[LABEL])
    moved = bob.transfer(issue, github.create_repository("acme/api"))
    tracker = track("token-alice")
    found = tracker.read(IssueRef("acme/shop", 1))
    assert isinstance(found, Issue)
    assert found.ref == IssueRef("acme/api", 1)
    for edit in (
        IssueEdit(title="Ours"),
        IssueEdit(add_labels=("a",)),
        IssueEdit(add_assignees=("bob",)),
        IssueEdit(comment="Said."),
    ):
        with pytest.raises(Refused, match="acme/shop#1 was transferred elsewhere"):
            tracker.edit(IssueRef("acme/shop", 1), edit)
    assert (moved.title, moved.labels, moved.assignees, moved.comments) == ("Theirs", [], [], [])


@pytest.mark.parametrize(
    "name", ["", "acme", "acme/", "/shop", "a/b/c", "acme/..", "../x", "a b/c", "acme/sh?op"]
)
def test_what_cannot_be_a_repository_is_wrong_usage(clock: Clock, name: str) -> None:
    with Connection("token", clock=clock) as connection, pytest.raises(UsageError, match="owner/name"):
        GithubTracker(connection, name, label=LABEL)


def test_a_label_that_cannot_be_listed_is_wrong_usage(clock: Clock) -> None:
    with Connection("token", clock=clock) as connection, pytest.raises(UsageError, match="comma"):
        GithubTracker(connection, "acme/shop", label="a,b")


# -------------------------------------------------------------------------------- absences


def test_a_deleted_issue_is_missing_once_looked_for_twice(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    github.person("alice").delete(github.shop.issue(1))
    tracker = track()
    tracker.list_issues("open")
    with github.watch() as seen:
        assert tracker.read(IssueRef("acme/shop", 1)) is Absence.MISSING
    assert [request.status for request in seen] == [410, 410, 200]


@pytest.mark.parametrize("kind", [Kind.NOT_FOUND, Kind.GONE])
def test_one_404_or_410_proves_nothing(github: GitHub, track: Track, kind: Kind) -> None:
    open_labelled(github, 1)
    tracker = track()
    github.fail(kind)
    assert isinstance(tracker.read(IssueRef("acme/shop", 1)), Issue)
    assert github.clock.sleeps == [1.0]


def test_a_right_that_is_lost_after_listing_makes_nothing_missing(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    tracker = track()
    tracker.list_issues("open")
    github.fail(Kind.NOT_FOUND, lasting=True)
    assert tracker.read(IssueRef("acme/shop", 1)) is Absence.NOT_VISIBLE


def test_an_issue_that_this_token_may_not_see_is_not_visible(github: GitHub, track: Track) -> None:
    secret = github.create_repository("acme/secret")
    github.person("alice").open_issue("Hidden", repository=secret)
    secret.private = True
    tracker = track()
    tracker.list_issues("open")
    assert tracker.read(IssueRef("acme/secret", 1)) is Absence.NOT_VISIBLE
    with github.watch() as seen:
        assert tracker.read(IssueRef("acme/secret", 2)) is Absence.NOT_VISIBLE
    assert len(seen) == 2  # whether the repository can be listed was known


def test_a_deleted_issue_of_another_repository_that_can_be_listed_is_missing(
    github: GitHub, track: Track
) -> None:
    api = github.create_repository("acme/api")
    bob = github.person("bob")
    bob.delete(bob.open_issue("Gone", repository=api))
    tracker = track()
    tracker.list_issues("open")
    assert tracker.read(IssueRef("acme/api", 1)) is Absence.MISSING


@pytest.mark.parametrize("repository", ["", "acme", "../../user", "a/b/c"])
def test_a_reference_that_names_no_repository_is_not_visible(track: Track, repository: str) -> None:
    assert track().read(IssueRef(repository, 1)) is Absence.NOT_VISIBLE


def test_a_refusal_to_show_an_issue_counts_elsewhere_as_not_visible_and_here_as_itself(
    github: GitHub, track: Track
) -> None:
    github.fail(Kind.FORBIDDEN, lasting=True)
    assert track().read(IssueRef("acme/api", 1)) is Absence.NOT_VISIBLE
    with pytest.raises(Refused, match="issues: read"):
        track().read(IssueRef("acme/shop", 1))


def test_a_missing_repository_is_unusable_and_named(track: Track) -> None:
    with pytest.raises(Unusable, match=r"no repository acme/shpo .* check its name"):
        track(repository="acme/shpo").list_issues("open")


def test_disabled_issues_are_unusable_and_named(github: GitHub, track: Track) -> None:
    github.shop.has_issues = False
    with pytest.raises(Unusable, match="issues are disabled in acme/shop"):
        track().list_issues("open")


def test_a_token_that_may_not_list_is_unusable(github: GitHub, track: Track) -> None:
    github.shop.private = True
    with pytest.raises(Unusable, match=r"issues: read|no repository acme/shop"):
        track(github.actions_token(contents="read")).list_issues("open")


# -------------------------------------------------------------------- labels and assignees


def test_the_label_is_made_once_with_colour_and_description(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    for number in range(3):
        tracker.create(draft(f"Number {number}"))
    label = github.shop.labels[LABEL]
    assert (label.color, label.description) == (COLOR, DESCRIPTION)
    assert sum(request.path.endswith("/labels") for request in github.requests) == 1


def test_a_label_that_is_there_already_is_left_alone(github: GitHub, track: Track) -> None:
    github.shop.create_label(LABEL.title(), "00ff00", "Theirs")
    tracker = track()
    tracker.list_issues("all")
    assert tracker.create(draft()).labels == (LABEL.title(),)
    assert github.shop.labels[LABEL].color == "00ff00"
    assert not tracker.drain_warnings()


def test_a_colour_that_github_refuses_is_told_and_costs_no_issue(github: GitHub) -> None:
    with Connection(github.token, base_url=github.url, clock=github.clock) as connection:
        tracker = GithubTracker(connection, "acme/shop", label=LABEL, label_color="reddish")
        tracker.list_issues("all")
        assert tracker.create(draft()).labels == (LABEL,)
        assert "could not be given its colour" in tracker.drain_warnings()[0]


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.DROP_AFTER])
def test_a_lost_answer_about_the_label_costs_no_issue_twice(github: GitHub, track: Track, kind: Kind) -> None:
    tracker = track()
    tracker.list_issues("all")
    github.fail(kind, of=writes)
    for number in range(2):
        try:
            tracker.create(draft(f"Number {number}"))
        except Refused as no:
            assert "nor the issue" in str(no)  # noqa: PT017 - only where the label is not there
    expected = ["Number 0", "Number 1"] if kind is Kind.DROP_AFTER else ["Number 1"]
    assert [issue.title for issue in github.shop.live_issues] == expected
    assert github.shop.labels[LABEL].color == COLOR


def test_without_push_access_no_label_can_be_made_and_nothing_is(github: GitHub, track: Track) -> None:
    tracker = track("token-mallory")
    tracker.list_issues("all")
    with pytest.raises(Refused, match="push access"):
        tracker.create(draft())
    assert not github.shop.issues


def test_labels_and_assignees_dropped_in_silence_are_told(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    tracker = track("token-mallory")
    tracker.list_issues("all")
    issue = tracker.create(draft(assignees=("bob",)))
    assert (issue.labels, issue.assignees) == ((), ())
    told = "\n".join(tracker.drain_warnings())
    assert "left out the label postmortem in acme/shop: the token's user needs push access" in told
    assert "left out the assignee bob in acme/shop" in told
    tracker.create(draft("Another"))
    assert not tracker.drain_warnings()


def test_an_assignee_that_is_refused_is_left_out_remembered_and_told(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    first = tracker.create(draft("First", assignees=("nobody",)))
    assert first.assignees == ()
    assert "does not take nobody as an assignee" in tracker.drain_warnings()[0]
    with github.watch() as seen:
        tracker.create(draft("Second", assignees=("Nobody",)))
    assert methods(seen) == ["POST /issues"]
    assert len(github.shop.issues) == 2
    assert not tracker.drain_warnings()


def test_among_several_assignees_only_the_refused_are_left_out(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    issue = tracker.create(draft(assignees=("bob", "nobody", "alice")))
    assert issue.assignees == ("bob", "alice")
    assert len(github.shop.issues) == 1


def test_an_assignee_ignored_by_an_edit_is_told(github: GitHub, track: Track) -> None:
    open_labelled(github, 1)
    tracker = track()
    (issue,) = tracker.list_issues("open")
    assert tracker.edit(issue.ref, IssueEdit(add_assignees=("nobody",))).assignees == ()
    assert "left out the assignee nobody" in tracker.drain_warnings()[0]


def test_an_assignee_that_an_edit_was_refused_is_not_asked_for_again(github: GitHub, track: Track) -> None:
    open_labelled(github, 2)
    tracker = track()
    first, second = tracker.list_issues("open")
    tracker.edit(first.ref, IssueEdit(add_assignees=("nobody",)))
    tracker.drain_warnings()
    with github.watch() as seen:
        tracker.edit(second.ref, IssueEdit(add_assignees=("Nobody", "bob")))
    assert [it.body for it in seen if it.is_write] == [{"assignees": ["bob"]}]
    assert not tracker.drain_warnings()


def test_labels_are_compared_without_case(github: GitHub, track: Track) -> None:
    github.person("bob").open_issue("Theirs", labels=["PostMortem"])
    tracker = track(previous=("POSTMORTEM",))
    with github.watch() as seen:
        assert len(tracker.list_issues("all")) == 1
    assert len(seen) == 1


# ------------------------------------------------------------------------ writes that fail


def test_before_words_are_written_over_an_issue_listed_a_while_ago_is_read_again(
    github: GitHub, track: Track
) -> None:
    open_labelled(github, 1)
    tracker = track()
    (issue,) = tracker.list_issues("open")
    github.clock.advance(6)
    with github.watch() as seen:
        tracker.edit(issue.ref, IssueEdit(title="New", title_was=issue.title))
        tracker.edit(issue.ref, IssueEdit(title="Newer", title_was="New"))
    assert [request.method for request in seen] == ["GET", "PATCH", "PATCH"]


def test_what_is_to_be_written_over_is_read_after_the_wait_for_a_turn(github: GitHub) -> None:
    open_labelled(github, 1)
    with Connection(github.token, base_url=github.url, clock=github.clock) as connection:
        tracker = github_tracker(connection, "acme/shop")
        (issue,) = tracker.list_issues("open")
        for _ in range(3):
            connection.pace.slow_down()
        with github.watch() as seen:
            tracker.edit(issue.ref, IssueEdit(title="Ours", title_was=issue.title))
    assert sum(github.clock.sleeps) > 5
    assert [request.method for request in seen] == ["GET", "PATCH"]


def test_a_label_that_fails_leaves_the_text_for_the_next_run(github: GitHub, track: Track) -> None:
    """The body's marker says that the labels were given: written first, it would have them forgotten."""
    open_labelled(github, 1)
    tracker = track()
    (issue,) = tracker.list_issues("open")
    with pytest.raises(Refused):
        tracker.edit(issue.ref, IssueEdit(body="With a marker", add_labels=("x" * 51,)))
    assert not github.shop.issue(1).body
    tracker.edit(issue.ref, IssueEdit(body="With a marker", add_labels=("fine",)))
    assert (github.shop.issue(1).body, "fine" in github.shop.issue(1).labels) == ("With a marker", True)


def test_a_body_over_the_limit_is_refused_before_it_is_sent(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    with pytest.raises(Refused, match="65,537 characters"):
        tracker.create(draft(body="x" * 65_537))
    assert not github.writes


def test_a_title_over_the_limit_is_cut(track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    title = tracker.create(draft("y" * 300)).title
    assert (len(title), title[-1]) == (256, "…")


def test_a_refusal_of_one_issue_leaves_the_next_alone(github: GitHub, track: Track) -> None:
    tracker = track()
    tracker.list_issues("all")
    tracker.create(draft("First"))
    for kind in (Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.GONE):
        github.fail(kind)
        with pytest.raises(Refused):
            tracker.create(draft("Refused"))
    tracker.create(draft("Second"))
    assert [issue.title for issue in github.shop.live_issues] == ["First", "Second"]


def test_a_comment_comes_after_the_state_so_that_a_twin_is_closed_whatever_happens(
    github: GitHub, track: Track
) -> None:
    open_labelled(github, 1)
    tracker = track()
    (issue,) = tracker.list_issues("open")
    github.fail(Kind.DROP_BEFORE, at=2)
    edit = IssueEdit(is_open=False, state_reason="duplicate", comment="A twin.")
    with pytest.raises(OutcomeUnknown):
        tracker.edit(issue.ref, edit)
    assert github.shop.issue(1).state_reason == "duplicate"


def test_where_duplicates_are_unknown_a_twin_is_closed_as_not_planned(github: GitHub) -> None:
    closed = (
        b'{"repository_url": "https://x/repos/acme/shop", "number": 1, "html_url": "u", "title": "t",'
        b' "state": "closed", "state_reason": "not_planned"}'
    )
    no = Canned(422, b'{"message": "Validation Failed"}')
    with (
        canned_server([no, Canned(body=closed)]) as server,
        Connection("token", base_url=server.url, clock=github.clock) as connection,
    ):
        edit = IssueEdit(is_open=False, state_reason="duplicate")
        assert (
            github_tracker(connection, "acme/shop").edit(IssueRef("acme/shop", 1), edit).status
            is Status.WONT_DO
        )


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b"null", b'{"number": null}', b'"x"', b'{"repository_url": 1}']
)
def test_an_answer_that_is_no_issue_is_no_proof_of_anything(clock: Clock, body: bytes) -> None:
    with (
        canned_server([Canned(201, body)]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        tracker = github_tracker(connection, "acme/shop")
        with pytest.raises(OutcomeUnknown, match="may or may not"):
            tracker.create(draft())
        with pytest.raises(OutcomeUnknown, match="may or may not"):
            tracker.edit(IssueRef("acme/shop", 1), IssueEdit(title="x"))
        if body != b"[]":
            with pytest.raises(OutcomeUnknown, match="may or may not"):
                tracker.edit(IssueRef("acme/shop", 1), IssueEdit(add_labels=("x",)))
        with pytest.raises(TrackerError):
            tracker.read(IssueRef("acme/shop", 1))


# ----------------------------------------------------------------------------- pull requests


def test_a_pull_request_is_known_as_one_and_merged_counts_as_done(github: GitHub, track: Track) -> None:
    bob = github.person("bob")
    merged = bob.open_pull("Merged", labels=[LABEL])
    bob.merge(merged)
    closed = bob.open_pull("Closed", labels=[LABEL])
    bob.close(closed)
    bob.open_pull("Open", labels=[LABEL])
    found = {issue.title: issue for issue in track().list_issues("all")}
    assert all(issue.is_pull_request for issue in found.values())
    assert {title: issue.status for title, issue in found.items()} == {
        "Merged": Status.DONE,
        "Closed": Status.WONT_DO,
        "Open": Status.OPEN,
    }
    read = track().read(IssueRef("acme/shop", merged.number))
    assert isinstance(read, Issue)
    assert read.merged


def test_an_issue_without_an_author_or_body_can_be_read() -> None:
    issue = parse_issue(
        {
            "repository_url": "https://ghe.example/api/v3/repos/acme/shop",
            "number": 3,
            "html_url": "https://ghe.example/acme/shop/issues/3",
            "title": "T",
            "body": None,
            "user": None,
            "state": "open",
        }
    )
    assert (issue.ref, issue.author, issue.body, issue.created) == (IssueRef("acme/shop", 3), "", "", None)
