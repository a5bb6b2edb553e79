"""The test server breaks as it says: which request, how, for how long, and whether the work was done."""

import threading
from typing import Any

import pytest
import requests

from tests.conftest import Checkout
from tests.github.client_side import Killed, run_mortal
from tests.github.faults import RETRY_AFTER, Kind, writes
from tests.github.state import GitHub
from tests.github.test_server import ISSUES, ask

FAULTY_STATUS = {
    Kind.ERROR_BEFORE: 500,
    Kind.ERROR_AFTER: 500,
    Kind.HTML_502_BEFORE: 502,
    Kind.HTML_502_AFTER: 502,
    Kind.UNAUTHORIZED: 401,
    Kind.FORBIDDEN: 403,
    Kind.SECONDARY: 403,
    Kind.SECONDARY_SILENT: 403,
    Kind.TOO_MANY: 429,
    Kind.TOO_MANY_SILENT: 429,
    Kind.NOT_FOUND: 404,
    Kind.GONE: 410,
}


def create(github: GitHub) -> Any:
    """Asks for an issue; returns its JSON. Raises whatever the fault makes of it."""
    answer = ask(github, "POST", ISSUES, {"title": "x"})
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize("kind", Kind)
def test_a_fault_fails_one_request_before_or_after_the_work(github: GitHub, kind: Kind) -> None:
    fault = github.fail(kind)
    with pytest.raises((requests.RequestException, ValueError, Killed)):
        create(github)
    assert len(github.shop.issues) == int(kind.is_processed)
    assert fault.fired == 1
    assert github.requests[-1].fault is kind
    assert github.requests[-1].status == (0 if kind.is_silent else FAULTY_STATUS.get(kind, 201))
    assert create(github)["number"] == int(kind.is_processed) + 1


@pytest.mark.parametrize("kind", FAULTY_STATUS)
def test_a_refusal_has_its_status(github: GitHub, kind: Kind) -> None:
    github.fail(kind)
    answer = ask(github, "GET", ISSUES)
    assert answer.status_code == FAULTY_STATUS[kind]
    asks_to_wait = kind in {Kind.SECONDARY, Kind.TOO_MANY}
    assert answer.headers.get("retry-after") == (str(RETRY_AFTER) if asks_to_wait else None)


def test_broken_bodies_break_each_in_their_way(github: GitHub) -> None:
    github.fail(Kind.TRUNCATED)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        create(github)
    github.fail(Kind.CUT_JSON)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        create(github)
    github.fail(Kind.HTML_502_AFTER)
    assert "text/html" in ask(github, "POST", ISSUES, {"title": "x"}).headers["Content-Type"]


def test_a_fault_strikes_the_kth_request_that_counts_or_all_from_there_on(github: GitHub) -> None:
    github.fail(Kind.ERROR_BEFORE, at=2, of=writes)
    statuses = [ask(github, method, ISSUES, {"title": "x"}).status_code for method in ("POST", "GET", "POST")]
    assert statuses == [201, 200, 500]
    lasting = github.fail(Kind.NOT_FOUND, at=2, lasting=True, of=lambda request: "/labels" in request.path)
    statuses = [ask(github, "GET", "/repos/acme/shop/labels").status_code for _ in range(4)]
    assert statuses == [200, 404, 404, 404]
    assert lasting.fired == 3
    github.mend()
    assert ask(github, "GET", "/repos/acme/shop/labels").status_code == 200


def test_a_slow_answer_outlasts_a_time_out_at_no_cost(github: GitHub) -> None:
    github.fail(Kind.SLOW_BEFORE)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{github.url}{ISSUES}", timeout=3600)


def test_a_client_of_another_process_is_really_killed(github: GitHub, repo: Checkout) -> None:
    def work() -> None:
        try:
            create(github)
        finally:
            repo.write("finally.txt", "reached")

    github.fail(Kind.KILL_AFTER)
    assert run_mortal(github, work) is None
    assert len(github.shop.issues) == 1
    assert not (repo.path / "finally.txt").exists()
    assert run_mortal(github, work) == 0
    assert (repo.path / "finally.txt").exists()


def test_a_client_of_another_process_waits_until_its_own_time_out(github: GitHub) -> None:
    github.fail(Kind.SLOW_AFTER)

    def work() -> None:
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.post(
                f"{github.url}{ISSUES}",
                json={"title": "x"},
                headers={"Authorization": f"Bearer {github.token}"},
                timeout=0.2,
            )

    assert run_mortal(github, work) == 0
    assert len(github.shop.issues) == 1


def test_something_else_can_happen_between_two_requests(github: GitHub) -> None:
    seen: list[int] = []

    def meanwhile() -> None:
        create(github)
        seen.append(len(github.shop.issues))

    github.meanwhile(meanwhile, at=2, of=writes)
    assert [create(github)["number"], create(github)["number"]] == [1, 3]
    assert seen == [2]


def test_a_defect_of_a_hook_is_told_to_the_test(github: GitHub) -> None:
    github.meanwhile(lambda: 1 / 0)
    assert ask(github, "GET", ISSUES).status_code == 500
    assert [type(defect) for defect in github.defects] == [ZeroDivisionError]
    github.defects.clear()


def test_requests_at_the_same_moment_are_carried_out_one_by_one(github: GitHub) -> None:
    threads = [threading.Thread(target=create, args=[github]) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(github.shop.issues) == list(range(1, 21))
