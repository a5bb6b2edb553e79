"""What becomes of each request, whatever the network and the server do to it."""

import logging
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests

from pmsync.errors import OutcomeUnknown, OutOfBudget, Refused, TrackerError, Unusable, UsageError
from pmsync.github.connection import HOUR_WAIT, REFUSALS, TRIES, Connection, Moved
from tests.github.clock import Clock
from tests.github.faults import RETRY_AFTER, Kind
from tests.github.state import GitHub
from tests.trackers.canned import Canned, canned_server

ISSUES = "/repos/acme/shop/issues"
NEW = {"title": "x"}

LOST = [
    Kind.DROP_BEFORE,
    Kind.DROP_AFTER,
    Kind.ERROR_BEFORE,
    Kind.ERROR_AFTER,
    Kind.HTML_502_BEFORE,
    Kind.HTML_502_AFTER,
    Kind.TRUNCATED,
    Kind.CUT_JSON,
    Kind.SLOW_BEFORE,
    Kind.SLOW_AFTER,
]
LIMITED = [Kind.SECONDARY, Kind.SECONDARY_SILENT, Kind.TOO_MANY, Kind.TOO_MANY_SILENT]

Connect = Callable[..., Connection]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def connect(github: GitHub, said: list[str]) -> Iterator[Connect]:
    """Makes connections to the server, closed in the end."""
    made: list[Connection] = []

    def make(**settings: object) -> Connection:
        named = {"token": github.token, "base_url": github.url, "clock": github.clock, "say": said.append}
        made.append(Connection(**(named | settings)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for connection in made:
        connection.close()


# --------------------------------------------------------------------- answers that are lost


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_never_makes_a_second_issue(github: GitHub, connect: Connect, kind: Kind) -> None:
    github.fail(kind)
    with pytest.raises(OutcomeUnknown, match="may or may not"):
        connect().request("POST", ISSUES, body=NEW)
    assert len(github.requests) == 1
    assert len(github.shop.issues) == int(kind.is_processed)


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", f"{ISSUES}/1", NEW),
        ("PUT", "/repos/acme/shop/pulls/1/merge", None),
        ("DELETE", f"{ISSUES}/comments/1", None),
    ],
)
def test_no_write_of_unknown_outcome_is_sent_again(
    github: GitHub, connect: Connect, kind: Kind, verb: str, path: str, body: dict[str, object] | None
) -> None:
    github.fail(kind, lasting=True)
    with pytest.raises((OutcomeUnknown, Refused)):  # a cut 404 is a definite no all the same
        connect().request(verb, path, body=body)
    assert len(github.requests) == 1


@pytest.mark.parametrize("kind", LOST)
def test_a_read_outlasts_a_passing_fault(
    github: GitHub, connect: Connect, kind: Kind, said: list[str]
) -> None:
    github.person("bob").open_issue("There")
    github.fail(kind)
    answer = connect().request("GET", ISSUES)
    assert [issue["title"] for issue in answer.data] == ["There"]
    assert len(github.requests) == 2
    assert "trying again in 0.5 s" in said[0]


@pytest.mark.parametrize("kind", LOST)
def test_a_read_that_keeps_failing_ends_within_bounds(github: GitHub, connect: Connect, kind: Kind) -> None:
    github.person("bob").open_issue("There")
    github.fail(kind, lasting=True)
    with pytest.raises(TrackerError, match="in a row"):
        connect().request("GET", ISSUES)
    assert len(github.requests) == TRIES
    assert sum(github.clock.sleeps) < 10


def test_a_page_that_is_no_json_is_no_answer(clock: Clock) -> None:
    with (
        canned_server([Canned(body=b"<html>Sign in to the hotel's network</html>")]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(TrackerError, match="not JSON"):
            connection.request("GET", "/x")
        with pytest.raises(OutcomeUnknown, match="not JSON"):
            connection.request("POST", "/x", body={})


def test_an_answer_that_is_never_ready_ends_within_bounds(clock: Clock) -> None:
    with (
        canned_server([Canned(202)]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(TrackerError, match="still working"):
            connection.request("GET", "/x")
        assert len(server.seen) == TRIES


# ----------------------------------------------------------------- connections never made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_host_out_of_reach_is_given_up_with_a_sentence(clock: Clock, verb: str) -> None:
    with (
        Connection("token", base_url=f"http://127.0.0.1:{free_port()}", clock=clock) as connection,
        pytest.raises(Unusable, match="cannot be reached, after 4 tries"),
    ):
        connection.request(verb, "/x")
    assert len(clock.sleeps) == TRIES - 1


def test_a_write_that_never_left_is_sent_again(clock: Clock) -> None:
    port = free_port()
    with (
        canned_server([Canned(201, b'{"number": 1}')]) as _,
        Connection("token", base_url=f"http://127.0.0.1:{port}", clock=clock) as connection,
    ):
        late: list[object] = []

        def come_up(seconds: float) -> None:
            manager = canned_server([Canned(201, b'{"number": 7}')], port)
            late.extend([manager, manager.__enter__()])

        clock.sleep = come_up  # type: ignore[method-assign]
        try:
            assert connection.request("POST", "/x", body={}).data == {"number": 7}
            assert len(late[1].seen) == 1  # type: ignore[attr-defined]
        finally:
            late[0].__exit__(None, None, None)  # type: ignore[attr-defined]


def test_an_untrusted_certificate_is_named(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def distrust(*_args: object, **_named: object) -> None:
        raise requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")

    monkeypatch.setattr(requests.Session, "get", distrust)
    with (
        Connection("token", base_url="https://ghe.example/api/v3", clock=clock) as connection,
        pytest.raises(Unusable, match=r"certificate of ghe\.example is not trusted"),
    ):
        connection.request("GET", "/x")


# -------------------------------------------------------------------------------- limits


@pytest.mark.parametrize("kind", LIMITED)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_limit_is_waited_for_and_the_request_sent_once_more(
    github: GitHub, connect: Connect, kind: Kind, verb: str, said: list[str]
) -> None:
    github.fail(kind)
    assert connect().request(verb, ISSUES, body=NEW if verb == "POST" else None).status in {200, 201}
    assert len(github.requests) == 2
    assert github.clock.sleeps[0] == (60 if "SILENT" in kind.name else RETRY_AFTER)
    assert "asks for a pause (secondary rate limit)" in said[0]


@pytest.mark.parametrize("kind", LIMITED)
def test_a_limit_that_does_not_end_stops_the_run_within_bounds(
    github: GitHub, connect: Connect, kind: Kind
) -> None:
    github.fail(kind, lasting=True)
    with pytest.raises(OutOfBudget, match="go on after 2026-03-02 09:"):
        connect().request("GET", ISSUES)
    assert len(github.requests) <= REFUSALS + 1
    assert sum(github.clock.sleeps) <= 240


@pytest.mark.parametrize(
    ("header", "number"),
    [("Retry-After", "9" * 15), ("Retry-After", "9" * 400), ("X-RateLimit-Reset", "9" * 15)],
)
def test_a_pause_without_measure_stops_the_run_and_is_no_crash(
    clock: Clock, header: str, number: str
) -> None:
    answer = Canned(429, headers={"X-RateLimit-Remaining": "0", header: number})
    with (
        canned_server([answer]) as server,
        Connection("t", base_url=server.url, clock=clock) as connection,
        pytest.raises(OutOfBudget, match="go on after 2026-03-03"),
    ):
        connection.request("GET", ISSUES)


def test_the_hourly_limit_stops_the_run_and_says_when_to_go_on(github: GitHub, connect: Connect) -> None:
    window = github.limits.use_up(github.token, is_bot=True, now=github.clock.time())
    with pytest.raises(
        OutOfBudget, match=r"hourly rate limit\): go on after 2026-03-02 10:00:0. UTC"
    ) as caught:
        connect().request("POST", ISSUES, body=NEW)
    resume = caught.value.resume_at
    assert resume is not None
    assert window.resets_at < resume.timestamp() < window.resets_at + 3
    assert not github.clock.sleeps


def test_the_hourly_limit_is_sat_out_when_asked_to(github: GitHub, connect: Connect) -> None:
    github.limits.use_up(github.token, is_bot=True, now=github.clock.time())
    assert connect(max_wait=HOUR_WAIT).request("POST", ISSUES, body=NEW).status == 201
    assert len(github.requests) == 2
    assert 3590 < sum(github.clock.sleeps) < 3610


# ------------------------------------------------------------------------- definite noes


def test_a_bad_token_is_unusable_and_never_shown(github: GitHub, connect: Connect) -> None:
    with pytest.raises(Unusable, match="does not accept the token") as caught:
        connect(token="ghp_wrongwrong").request("GET", ISSUES)
    assert "ghp_wrong" not in str(caught.value)
    assert len(github.requests) == 1


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ünï"])
def test_a_token_that_cannot_be_one_is_refused_unseen(connect: Connect, token: str) -> None:
    with pytest.raises(Unusable, match="set GITHUB_TOKEN") as caught:
        connect(token=token)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "api.github.com", "ftp://x", "https://", "http://[::1", "http://x:99999"]
)
def test_an_address_that_is_none_is_wrong_usage(connect: Connect, url: str) -> None:
    with pytest.raises(UsageError, match=r"GITHUB_API_URL: .* is no address"):
        connect(base_url=url)


def test_a_lacking_permission_is_named(github: GitHub, connect: Connect) -> None:
    connection = connect(token=github.actions_token(issues="read"))
    with pytest.raises(Refused, match="lacks the permission `issues: write`") as caught:
        connection.request("POST", ISSUES, body=NEW)
    assert caught.value.status == 403
    assert len(github.requests) == 1


def test_the_permission_is_taken_from_the_answer_where_it_says_it(clock: Clock) -> None:
    refusal = Canned(
        403,
        b'{"message": "Resource not accessible by integration"}',
        {"X-Accepted-GitHub-Permissions": "pull_requests=write"},
    )
    with (
        canned_server([refusal]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
        pytest.raises(Refused, match="lacks the permission `pull-requests: write`"),
    ):
        connection.request("POST", "/repos/a/b/issues/1/comments", body={})


def test_an_archived_repository_is_no_matter_of_permissions(github: GitHub, connect: Connect) -> None:
    with (
        canned_server([Canned(403, b'{"message": "Repository was archived so is read-only."}')]) as server,
        pytest.raises(Refused) as caught,
    ):
        connect(base_url=server.url).request("POST", ISSUES, body=NEW)
    assert "archived so is read-only" in str(caught.value)
    assert "permission" not in str(caught.value)


def test_invalid_fields_are_named(github: GitHub, connect: Connect) -> None:
    with pytest.raises(Refused, match="title is too long") as caught:
        connect().request("POST", ISSUES, body={"title": "x" * 300})
    assert (caught.value.status, caught.value.fields) == (422, frozenset({"title"}))


@pytest.mark.parametrize("errors", [b'"text"', b'["text", 1, null]', b'{"field": "x"}', b"null", b"7"])
def test_any_shape_of_errors_makes_a_sentence(clock: Clock, errors: bytes) -> None:
    refusal = Canned(422, b'{"message": "Validation Failed", "errors": ' + errors + b"}")
    with (
        canned_server([refusal]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
        pytest.raises(Refused, match="answered 422 to POST /x: Validation Failed"),
    ):
        connection.request("POST", "/x", body={})


# ----------------------------------------------------------------------------- redirects


def test_a_read_follows_a_rename_and_keeps_its_query(github: GitHub, connect: Connect) -> None:
    for number in range(3):
        github.person("bob").open_issue(f"Number {number}")
    github.person("bob").rename(github.shop, "store")
    answer = connect().request("GET", ISSUES, {"per_page": 1, "direction": "asc"})
    assert [issue["title"] for issue in answer.data] == ["Number 0"]
    assert answer.redirected


def test_a_redirect_without_a_query_keeps_ours(clock: Clock) -> None:
    answers = [Canned(301, headers={"Location": "/new"}), Canned(body=b"[]")]
    with (
        canned_server(answers) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        connection.request("GET", "/old", {"state": "all", "labels": "a b&c"})
        assert [path for _, path, _ in server.seen] == [
            "/old?labels=a+b%26c&state=all",
            "/new?labels=a+b%26c&state=all",
        ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_a_redirected_write_is_neither_followed_nor_taken_for_done(
    clock: Clock, status: int, verb: str
) -> None:
    with (
        canned_server([Canned(status, b"{}", {"Location": "/elsewhere"}), Canned()]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(Moved) as caught:
            connection.request(verb, "/here", body={})
        assert caught.value.status == status
        assert len(server.seen) == 1


def test_writing_to_a_transferred_issue_writes_nowhere(github: GitHub, connect: Connect) -> None:
    bob = github.person("bob")
    moved = bob.transfer(bob.open_issue("Theirs"), github.create_repository("acme/api"))
    with pytest.raises(Moved):
        connect(token="token-alice").request("PATCH", f"{ISSUES}/1", body={"title": "Ours"})
    assert moved.title == "Theirs"


def test_the_token_goes_to_no_other_host(clock: Clock) -> None:
    with (
        canned_server([Canned(body=b"[]")]) as other,
        canned_server([Canned(301, headers={"Location": f"{other.url}/x"})]) as server,
        Connection("secret-token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(TrackerError, match="where the token must not go"):
            connection.request("GET", "/x")
        assert not other.seen


def test_further_pages_are_fetched_from_the_same_host_whatever_a_link_says(clock: Clock) -> None:
    with canned_server([Canned(body=b"[]")]) as other:
        link = {"Link": f'<{other.url}/x?page=2>; rel="next"'}
        with (
            canned_server([Canned(body=b"[1]", headers=link), Canned(body=b"[2]")]) as server,
            Connection("token", base_url=server.url, clock=clock) as connection,
        ):
            assert [answer.data for answer in connection.pages("/x")] == [[1], [2]]
            assert [path for _, path, _ in server.seen] == ["/x?per_page=100", "/x?page=2"]
            assert not other.seen


def test_redirects_in_a_circle_end(clock: Clock) -> None:
    with (
        canned_server([Canned(302, headers={"Location": "/x"})]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(TrackerError, match="without end"):
            connection.request("GET", "/x")
        assert len(server.seen) < 10


def test_pages_in_a_circle_end(clock: Clock) -> None:
    with (
        canned_server([Canned(body=b"[1]", headers={"Link": '</x?page=2>; rel="next"'})]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        with pytest.raises(TrackerError, match="circle"):
            list(connection.pages("/x"))
        assert len(server.seen) == 2


ODD = {
    "link": Canned(body=b"[1]", headers={"Link": '<http://[>; rel="next"'}),
    "links": Canned(body=b"[1]", headers={"Link": ';;,<>; rel=;; "next'}),
    "location": Canned(301, headers={"Location": "http://["}),
    "no location": Canned(302),
    "limit": Canned(body=b"[]", headers={"X-RateLimit-Remaining": "many", "X-RateLimit-Limit": "inf"}),
    "reset": Canned(403, b'{"message": "x"}', {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}),
    "retry": Canned(429, b"slow down", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "depth": Canned(body=b"[" * 100_000),
    "refused depth": Canned(403, b"[" * 100_000),
    "bytes": Canned(body=b'["\xff\xfe"]'),
    "number": Canned(body=b"7" * 5000),
    "nothing": Canned(body=b""),
    "teapot": Canned(418, b'{"message": 7}'),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_nothing_odd_in_an_answer_leaves_but_as_a_sentence(clock: Clock, answer: Canned, verb: str) -> None:
    with (
        canned_server([answer]) as server,
        Connection("token", base_url=server.url, clock=clock) as connection,
    ):
        try:
            list(connection.pages("/x")) if verb == "GET" else connection.request(verb, "/x", body={})
        except TrackerError as error:
            told = str(error)
        else:
            told = "well"
        assert told
        assert "\n" not in told
        assert len(server.seen) <= TRIES
        assert sum(clock.sleeps) < 300


# ------------------------------------------------------------------- addresses and traces


def test_an_enterprise_server_is_reached_below_its_prefix(github: GitHub, connect: Connect) -> None:
    for number in range(101):
        github.person("bob").open_issue(f"Number {number}")
    connection = connect(base_url=f"{github.url}/api/v3/")
    assert [len(answer.data) for answer in connection.pages(ISSUES)] == [100, 1]
    github.person("bob").rename(github.shop, "store")
    assert connection.request("GET", f"{ISSUES}/1").redirected


def test_every_request_tells_its_version_and_who_asks(clock: Clock) -> None:
    with (
        canned_server([Canned()]) as server,
        Connection("tok", base_url=server.url, clock=clock) as connection,
    ):
        connection.request("GET", "/x")
        headers = server.seen[0][2]
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["User-Agent"].startswith("pmsync/")
    assert headers["Authorization"] == "token tok"


def test_bytes_are_read_as_utf8_whatever_the_header_says(clock: Clock) -> None:
    with (
        canned_server(
            [Canned(body='{"a": "naïve — ünï"}'.encode(), headers={"Content-Type": "text/html"})]
        ) as server,
        Connection("tok", base_url=server.url, clock=clock) as connection,
    ):
        assert connection.request("GET", "/x").data == {"a": "naïve — ünï"}


def test_requests_are_told_and_the_token_never_is(
    github: GitHub,
    connect: Connect,
    said: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("", "github", "github.Requester", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, name)
    told: list[tuple[str, str, int | None]] = []
    connection = connect(on_request=lambda *request: told.append(request))
    github.fail(Kind.DROP_BEFORE)
    connection.request("GET", ISSUES, {"state": "all"})
    with pytest.raises(Refused):
        connection.request("POST", ISSUES, body={"title": ""})
    assert told == [
        ("GET", f"{ISSUES}?state=all", None),
        ("GET", f"{ISSUES}?state=all", 200),
        ("POST", ISSUES, 422),
    ]
    assert len(github.requests) == 3
    out, err = capfd.readouterr()
    assert github.token not in "".join([*said, out, err, caplog.text, str(told)])


def test_importing_pygithub_leaves_no_handler_behind(connect: Connect) -> None:
    connect()
    handlers = logging.getLogger("github").handlers
    assert all(isinstance(handler, logging.NullHandler) for handler in handlers)


def test_waits_are_bounded_by_what_was_asked_for(github: GitHub, connect: Connect) -> None:
    github.fail(Kind.SECONDARY_SILENT)
    with pytest.raises(OutOfBudget) as caught:
        connect(max_wait=30).request("GET", ISSUES)
    assert caught.value.resume_at == github.clock.now() + timedelta(seconds=60)
    assert not github.clock.sleeps
