"""Our requests and our GitHub's answers are as GitHub describes them; README.md tells how far that goes."""

import json
import re
from collections.abc import Iterator

import pytest

from pmsync.repository.write_back import BRANCH
from tests import npm
from tests.action.conftest import Workflow, libraries, workflow  # noqa: F401 - fixtures
from tests.conftest import SKIPS_EMULATOR
from tests.github import cut
from tests.github.description import FILE, OURS, Operation, find_operation, operations
from tests.github.render import Renderer
from tests.github.routes import served
from tests.github.state import GitHub, Protection
from tests.github.test_server import ISSUES, ask

NOT_REST = ("POST", "/graphql")
ROOT_OF_THE_FILES = ("GET", "~/contents/?")  # the description's `{path}`, empty


def described(method: str, path: str) -> Operation:
    operation = find_operation(method, path)
    assert operation
    return operation


# ----------------------------------------------------------------------- what is described


def test_every_path_that_is_served_is_described_and_no_other() -> None:
    expected = set(served()) - {NOT_REST, ROOT_OF_THE_FILES}
    assert len(operations()) == len(expected), "make openapi"
    for method, path in expected:
        example = re.sub(r"\{\w+\*?\}", "1", path.replace("~", "/repos/acme/shop"))
        assert find_operation(method, example), f"{method} {path}: make openapi"


@pytest.mark.skipif(SKIPS_EMULATOR, reason="PMSYNC_SKIP_EMULATOR=1: nothing is taken from npm")
def test_the_description_is_the_one_of_the_package() -> None:
    try:
        package = cut.download()
    except npm.Unavailable as error:
        pytest.skip(str(error))
    whole = json.loads((package / "generated" / cut.NAME).read_text())
    assert FILE.read_text() == cut.render(cut.cut(whole, served())), "make openapi"
    assert (FILE.parent / "LICENSE").read_text() == (package / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/repositories/7/issues/1", "GET /repos/{owner}/{repo}/issues/{issue_number}"),
        ("/api/v3/repos/acme/shop/issues/1", "GET /repos/{owner}/{repo}/issues/{issue_number}"),
        ("/api/v3/repositories/7/labels", "GET /repos/{owner}/{repo}/labels"),
        ("/repos/acme/shop/git/ref/heads/one/two", "GET /repos/{owner}/{repo}/git/ref/{ref}"),
        ("/repos/acme/shop/labels/one%2Ftwo", "GET /repos/{owner}/{repo}/labels/{name}"),
        ("/repos/acme/shop/labels/one/two", "None"),
        ("/repos/acme/shop/hooks", "None"),
    ],
)
def test_a_path_finds_its_operation(path: str, operation: str) -> None:
    assert str(find_operation("GET", path)) == operation


# ----------------------------------------------------------------------- what is found wrong


@pytest.mark.parametrize(
    ("asked", "query", "body", "found"),
    [
        (f"GET {ISSUES}", "state=all&per_page=100&labels=a,b", None, []),
        (f"GET {ISSUES}", "state=al", None, ['?state: : "al" is not one of']),
        (f"GET {ISSUES}", "per_page=many", None, ['?per_page: : "many" is not of type "integer"']),
        (f"GET {ISSUES}", "since=today", None, ['?since: : "today" is not a "date-time"']),
        (f"GET {ISSUES}", "label=a", None, ["?label: no such parameter"]),
        (f"GET {ISSUES}", "", {}, ["body: none is described"]),
        (f"POST {ISSUES}", "", {"title": "x", "labels": ["a"]}, []),
        (f"POST {ISSUES}", "", None, ["body: : null is not of type"]),
        (f"POST {ISSUES}", "", {"body": "x"}, ['body: : "title" is a required property']),
        (f"POST {ISSUES}", "", {"title": "x", "label": "a"}, ["body: : Additional properties are not"]),
        (f"PATCH {ISSUES}/1", "", {"state": "shut"}, ['body: /state: "shut" is not one of']),
        (f"PATCH {ISSUES}/1", "", {"state_reason": None}, []),
    ],
)
def test_a_wrong_request_is_told_with_its_place(
    asked: str, query: str, body: object, found: list[str]
) -> None:
    assert_begin(described(*asked.split()).request_mismatches(query, body), found)


LABEL = {
    "id": 1,
    "node_id": "L",
    "url": "https://api.example.com/l",
    "name": "a",
    "color": "ededed",
    "default": False,
    "description": None,
}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, LABEL, []),
        (200, LABEL | {"url": "no address"}, ['200: /url: "no address" is not a "uri"']),
        (200, LABEL | {"name": None}, ['200: /name: null is not of type "string"']),
        (200, LABEL | {"colour": "red"}, ["200: : Additional properties are not allowed ('colour'"]),
        (200, {"id": 1}, ['200: : "color" is a required property']),
        (404, {"message": "Not Found", "status": "404"}, []),
        (404, {"message": 404}, ['404: /message: 404 is not of type "string"']),
        (401, {"message": "Bad credentials"}, []),
        (401, {"words": "Bad credentials"}, ["401: : Additional properties are not allowed"]),
        (304, None, []),
        (304, {}, ["304: a body, where none is described"]),
        (418, None, ["418: no such answer"]),
    ],
)
def test_a_wrong_answer_is_told_with_its_place(status: int, body: object, found: list[str]) -> None:
    operation = described("GET", "/repos/acme/shop/labels/a")
    assert_begin(operation.answer_mismatches(status, body), found)


def assert_begin(mismatches: Iterator[str], beginnings: list[str]) -> None:
    told = sorted(mismatches)[: max(1, len(beginnings))]  # a missing property is told for each
    assert [one[: len(beginning)] for one, beginning in zip(told, beginnings, strict=True)] == beginnings


def test_what_our_client_asks_and_nobody_describes_fails_the_test(github: GitHub) -> None:
    agent = {"User-Agent": f"{OURS}1"}
    ask(github, "GET", f"{ISSUES}?label=a", **agent)
    ask(github, "PUT", f"{ISSUES}/1", **agent)
    told = [str(defect) for defect in github.defects]
    github.defects.clear()
    assert told == [
        "GET /repos/{owner}/{repo}/issues: ?label: no such parameter",
        "PUT /repos/acme/shop/issues/1: no such operation",
    ]


def test_an_answer_that_nobody_describes_fails_the_test(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Renderer, "user", lambda self, login: {"login": login})
    github.person("bob").open_issue("x")
    answer = ask(github, "GET", f"{ISSUES}/1")
    told = " ".join(map(str, github.defects))
    github.defects.clear()
    assert answer.status_code == 200
    assert "GET /repos/{owner}/{repo}/issues/{issue_number}: 200: /user" in told


# -------------------------------------------------------------------------- a whole run

DOCUMENT = "postmortems/2026-03-01-checkout.md"
POSTMORTEM = """\
# Checkout was down

## Action items

- [ ] Renew certificates by a job
- [ ] Alert a month before a certificate ends
"""


def test_a_whole_run_asks_what_is_described(workflow: Workflow) -> None:  # noqa: F811 - a fixture
    github, alice = workflow.github, workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    assert workflow.run().code == 0
    github.shop.protections["main"] = Protection()
    alice.push({DOCUMENT: workflow.text(DOCUMENT).replace("Renew", "Renew all")})
    alice.close(github.shop.issue(2))
    assert workflow.run(token="token-alice").code == 0
    alice.comment(github.shop.issue(1), "Done soon.")
    alice.close(github.shop.issue(1))
    assert workflow.run("schedule").code == 0
    assert workflow.text(DOCUMENT, BRANCH).count(": done)") == 2
    github.shop.git.set_ref("refs/heads/feature", github.shop.git.head("main") or "")
    for item in ("Shard the index", "Cache the index"):
        alice.push({"postmortems/other.md": f"# Slow\n\n## Action items\n\n- {item}\n"}, branch="feature")
        pull = next((issue for issue in github.shop.issues.values() if issue.title == "Slow"), None)
        assert workflow.run_pull(pull or alice.open_pull("Slow")).code == 0
    asked = {
        f"{it.method} {shape}" for it in github.requests if (shape := described_path(it.method, it.target))
    }
    assert asked >= {
        "GET /user",
        "GET ~",
        "GET ~/git/ref/{ref}",
        "GET ~/issues",
        "GET ~/issues/{issue_number}",
        "GET ~/issues/{issue_number}/comments",
        "GET ~/pulls",
        "PATCH ~/git/refs/{ref}",
        "PATCH ~/issues/comments/{comment_id}",
        "PATCH ~/issues/{issue_number}",
        "POST ~/git/commits",
        "POST ~/git/refs",
        "POST ~/git/trees",
        "POST ~/issues",
        "POST ~/issues/{issue_number}/comments",
        "POST ~/labels",
        "POST ~/pulls",
    }


def described_path(method: str, path: str) -> str:
    operation = find_operation(method, path)
    return operation.path.replace("/repos/{owner}/{repo}", "~") if operation else ""
