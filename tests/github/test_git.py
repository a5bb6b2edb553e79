"""The test server's git data is real: what the API makes, git reads, and what git makes, the API shows."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import github as pygithub
import pytest

from tests.children import run
from tests.conftest import Checkout
from tests.github.state import GitHub
from tests.github.test_server import ask, client

GIT = "/repos/acme/shop/git"


@pytest.fixture
def first(github: GitHub) -> str:
    """The first commit of acme/shop: a document, a script."""
    git = github.shop.git
    return git.put_files(
        "main", {"docs/a.md": "one\r\n", "run.sh": "#!/bin/sh\n"}, "First", modes={"run.sh": "100755"}
    )


def make_commit(github: GitHub, parent: str, files: dict[str, str], **more: object) -> Any:
    """A commit through the API, as a client would make it."""
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()
    ]
    tree = ask(github, "POST", f"{GIT}/trees", {"base_tree": parent, "tree": entries}).json()["sha"]
    commit = {"message": "Change", "tree": tree, "parents": [parent]} | more
    return ask(github, "POST", f"{GIT}/commits", commit).json()


def test_a_commit_of_the_api_is_a_commit_of_git(github: GitHub, first: str, tmp_path: Path) -> None:
    made = make_commit(github, first, {"docs/a.md": "two\r\n"})
    moved = ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": made["sha"]})
    assert moved.status_code == 200
    clone = tmp_path / "clone"
    run(["git", "clone", "--quiet", str(github.shop.git.path), str(clone)])
    assert (clone / "docs/a.md").read_bytes() == b"two\r\n"
    checkout = Checkout(clone)
    assert checkout.git("log", "--format=%H %an / %cn") == (
        f"{made['sha']} github-actions[bot] / GitHub\n{first} Alice / Alice"
    )
    assert checkout.git("diff", "--name-only", "HEAD~1") == "docs/a.md"


def test_what_git_pushes_the_api_shows(github: GitHub, first: str, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    run(["git", "clone", "--quiet", str(github.shop.git.path), str(clone)])
    pushed = Checkout(clone).commit({"docs/b.md": "b"})
    Checkout(clone).git("push", "--quiet", "origin", "main")
    assert ask(github, "GET", f"{GIT}/ref/heads/main").json()["object"]["sha"] == pushed
    content = ask(github, "GET", "/repos/acme/shop/contents/docs/b.md").json()
    assert b64decode(content["content"]) == b"b"


def test_modes_links_and_submodules_of_a_tree_survive(github: GitHub, first: str) -> None:
    git = github.shop.git
    target = git.make_blob(b"docs/a.md")
    entries = [
        {"path": "link", "mode": "120000", "type": "blob", "sha": target},
        {"path": "module", "mode": "160000", "type": "commit", "sha": first},
    ]
    tree = ask(github, "POST", f"{GIT}/trees", {"base_tree": first, "tree": entries}).json()["sha"]
    change = [{"path": "docs/a.md", "mode": "100644", "type": "blob", "content": "two"}]
    tree = ask(github, "POST", f"{GIT}/trees", {"base_tree": tree, "tree": change}).json()["sha"]
    listed = ask(github, "GET", f"{GIT}/trees/{tree}?recursive=1").json()["tree"]
    assert {each["path"]: each["mode"] for each in listed} == {
        "docs": "040000",
        "docs/a.md": "100644",
        "link": "120000",
        "module": "160000",
        "run.sh": "100755",
    }


def test_a_null_removes_a_path_and_a_tree_can_be_made_from_nothing(github: GitHub, first: str) -> None:
    gone = [{"path": "docs/a.md", "mode": "100644", "type": "blob", "sha": None}]
    tree = ask(github, "POST", f"{GIT}/trees", {"base_tree": first, "tree": gone}).json()
    assert [each["path"] for each in tree["tree"]] == ["run.sh"]
    bare = [{"path": "x/y", "mode": "100755", "type": "blob", "content": "z"}]
    tree = ask(github, "POST", f"{GIT}/trees", {"tree": bare}).json()
    assert [each["path"] for each in tree["tree"]] == ["x"]


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "../x", "mode": "100644", "type": "blob", "content": "x"},
        {"path": "/x", "mode": "100644", "type": "blob", "content": "x"},
        {"path": ".git/config", "mode": "100644", "type": "blob", "content": "x"},
        {"path": "x", "mode": "100600", "type": "blob", "content": "x"},
        {"path": "x", "mode": "100644", "type": "blob", "sha": "0" * 40},
    ],
)
def test_a_bad_tree_is_refused(github: GitHub, first: str, entry: object) -> None:
    assert ask(github, "POST", f"{GIT}/trees", {"base_tree": first, "tree": [entry]}).status_code == 422


def test_blobs_travel_in_base64_whatever_they_hold(github: GitHub, first: str) -> None:
    raw = bytes(range(256)) * 10
    sent = {"content": b64encode(raw).decode(), "encoding": "base64"}
    sha = ask(github, "POST", f"{GIT}/blobs", sent).json()["sha"]
    assert b64decode(ask(github, "GET", f"{GIT}/blobs/{sha}").json()["content"]) == raw


def test_a_branch_only_moves_forward_unless_forced(github: GitHub, first: str) -> None:
    one, other = (make_commit(github, first, {"x": text})["sha"] for text in "ab")
    assert ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": one, "force": False}).status_code == 200
    refused = ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": other})
    assert (refused.status_code, refused.json()["message"]) == (422, "Update is not a fast forward")
    assert github.shop.git.head("main") == one
    assert ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": other, "force": True}).status_code == 200


def test_references_are_made_once_and_deleted(github: GitHub, first: str) -> None:
    new = {"ref": "refs/heads/pmsync/write-back", "sha": first}
    assert ask(github, "POST", f"{GIT}/refs", new).status_code == 201
    again = ask(github, "POST", f"{GIT}/refs", new)
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")
    found = ask(github, "GET", "/repos/acme/shop/branches/pmsync/write-back").json()
    assert (found["commit"]["sha"], found["protected"]) == (first, False)
    assert ask(github, "DELETE", f"{GIT}/refs/heads/pmsync/write-back").status_code == 204
    assert ask(github, "GET", f"{GIT}/ref/heads/pmsync/write-back").status_code == 404
    assert ask(github, "GET", f"{GIT}/ref/heads/pmsync").status_code == 404
    bad = {"ref": "refs/heads/a..b", "sha": first}
    assert ask(github, "POST", f"{GIT}/refs", bad).status_code == 422


@pytest.mark.parametrize(("kind", "status"), [("classic", 422), ("ruleset", 422), ("restricted", 403)])
def test_a_protected_branch_takes_no_push_but_from_those_who_may(
    github: GitHub, first: str, kind: Any, status: int
) -> None:
    github.shop.protect(kind=kind, bypass=["alice"])
    made = make_commit(github, first, {"x": "y"})["sha"]
    refused = ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": made})
    assert refused.status_code == status
    assert github.shop.git.head("main") == first
    assert ask(github, "GET", "/repos/acme/shop/branches/main").json()["protected"]
    by_alice = ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": made}, "token-alice")
    assert by_alice.status_code == 200


def test_a_commit_is_signed_only_where_an_app_names_no_author(github: GitHub, first: str) -> None:
    plain = make_commit(github, first, {"x": "y"})
    assert plain["verification"]["verified"]
    assert plain["author"]["name"] == "github-actions[bot]"
    author = {"name": "Somebody", "email": "somebody@example.com"}
    assert not make_commit(github, first, {"x": "y"}, author=author)["verification"]["verified"]
    commit = {"message": "m", "tree": plain["tree"]["sha"], "parents": [first]}
    by_alice = ask(github, "POST", f"{GIT}/commits", commit, "token-alice").json()
    assert (by_alice["verification"]["verified"], by_alice["author"]["name"]) == (False, "alice")


def test_two_commits_are_compared(github: GitHub, first: str) -> None:
    github.person("bob").push({"docs/a.md": None, "docs/b.md": "one\r\n", "run.sh": "x\ny\n"})
    answer = ask(github, "GET", f"/repos/acme/shop/compare/{first}...main").json()
    assert (answer["status"], answer["ahead_by"], answer["behind_by"]) == ("ahead", 1, 0)
    files = {each["filename"]: (each["status"], each.get("previous_filename")) for each in answer["files"]}
    assert files == {"docs/b.md": ("renamed", "docs/a.md"), "run.sh": ("modified", None)}
    back = ask(github, "GET", f"/repos/acme/shop/compare/main...{first}").json()
    assert (back["status"], back["behind_by"]) == ("behind", 1)


def test_contents_are_files_and_folders(github: GitHub, first: str) -> None:
    listed = ask(github, "GET", "/repos/acme/shop/contents/docs").json()
    assert [(each["path"], each["type"]) for each in listed] == [("docs/a.md", "file")]
    raw = ask(github, "GET", "/repos/acme/shop/contents/docs/a.md", Accept="application/vnd.github.raw+json")
    assert raw.content == b"one\r\n"
    assert ask(github, "GET", "/repos/acme/shop/contents/docs/nothing.md").status_code == 404
    assert ask(github, "GET", f"/repos/acme/shop/contents/docs/a.md?ref={first}").status_code == 200


def test_a_push_can_land_between_reading_and_writing(github: GitHub, first: str) -> None:
    made = make_commit(github, first, {"docs/a.md": "ours"})
    bob = github.person("bob")
    github.meanwhile(
        lambda: bob.push({"docs/b.md": "theirs"}), of=lambda request: "/git/refs/" in request.path
    )
    assert ask(github, "PATCH", f"{GIT}/refs/heads/main", {"sha": made["sha"]}).status_code == 422
    assert github.shop.git.file("main", "docs/b.md") == b"theirs"


# ------------------------------------------------------------------------ pull requests


@pytest.fixture
def branch(github: GitHub, first: str) -> str:
    """A branch with one commit more than `main`."""
    github.shop.git.set_ref("refs/heads/feature", first)
    github.person("bob").push({"docs/a.md": "two\n"}, branch="feature")
    return "feature"


PULLS = "/repos/acme/shop/pulls"


def test_a_pull_request_is_opened_once_found_and_follows_its_branch(github: GitHub, branch: str) -> None:
    wanted = {"title": "t", "body": "b", "head": branch, "base": "main"}
    made = ask(github, "POST", PULLS, wanted)
    assert (made.status_code, made.json()["user"]["login"]) == (201, "github-actions[bot]")
    again = ask(github, "POST", PULLS, wanted)
    assert again.status_code == 422
    assert "already exists" in again.json()["errors"][0]["message"]
    assert len(ask(github, "GET", f"{PULLS}?head=acme:feature&base=main").json()) == 1
    assert ask(github, "GET", f"{PULLS}?head=acme:other").json() == []
    head = github.person("bob").push({"docs/c.md": "c"}, branch=branch)
    assert ask(github, "GET", f"{PULLS}/1").json()["head"]["sha"] == head
    files = ask(github, "GET", f"{PULLS}/1/files").json()
    assert [each["filename"] for each in files] == ["docs/a.md", "docs/c.md"]
    assert ask(github, "PATCH", f"{PULLS}/1", {"body": "new"}).json()["body"] == "new"


def test_a_pull_request_needs_something_to_merge(github: GitHub, first: str) -> None:
    github.shop.git.set_ref("refs/heads/same", first)
    answer = ask(github, "POST", PULLS, {"title": "t", "head": "same", "base": "main"})
    assert "No commits between" in answer.json()["errors"][0]["message"]


def test_actions_open_no_pull_request_where_the_setting_forbids_it(github: GitHub, branch: str) -> None:
    github.shop.actions_may_open_pulls = False
    wanted = {"title": "t", "head": branch, "base": "main"}
    refused = ask(github, "POST", PULLS, wanted)
    assert refused.status_code == 403
    assert "not permitted to create" in refused.json()["message"]
    assert ask(github, "POST", PULLS, wanted, "token-bob").status_code == 201


def test_a_merged_pull_request_is_merged_in_git_too(github: GitHub, branch: str) -> None:
    ask(github, "POST", PULLS, {"title": "t", "head": branch, "base": "main"})
    github.person("alice").push({"other.md": "x"})
    github.person("alice").merge(github.shop.issue(1))
    assert github.shop.git.file("main", "docs/a.md") == b"two\n"
    assert github.shop.git.file("main", "other.md") == b"x"
    github.person("alice").delete_branch(branch)
    shown = ask(github, "GET", f"{PULLS}/1").json()
    assert (shown["state"], shown["merged"]) == ("closed", True)
    assert ask(github, "PATCH", f"{PULLS}/1", {"state": "open"}).status_code == 422


def test_a_pull_request_of_a_fork_says_so(github: GitHub, branch: str) -> None:
    github.person("mallory").open_pull("from a fork", branch, fork="mallory/shop")
    shown = ask(github, "GET", f"{PULLS}/1").json()
    assert (shown["head"]["repo"]["full_name"], shown["base"]["repo"]["full_name"]) == (
        "mallory/shop",
        "acme/shop",
    )
    assert shown["head"]["label"] == "mallory:feature"


def test_pygithub_writes_back_as_pmsync_would(github: GitHub, first: str) -> None:
    shop = client(github).get_repo("acme/shop")
    head = shop.get_git_ref("heads/main")
    blob = shop.create_git_blob(b64encode(b"two\r\n").decode(), "base64")
    element = pygithub.InputGitTreeElement("docs/a.md", "100644", "blob", sha=blob.sha)
    tree = shop.create_git_tree([element], shop.get_git_tree(head.object.sha))
    commit = shop.create_git_commit("Write back", tree, [shop.get_git_commit(head.object.sha)])
    head.edit(commit.sha)
    assert github.shop.git.file("main", "docs/a.md") == b"two\r\n"
    shop.create_git_ref("refs/heads/pmsync/write-back", first)
    github.person("bob").push({"x": "y"}, branch="pmsync/write-back")
    pull = shop.create_pull(title="t", body="b", head="pmsync/write-back", base="main")
    assert [each.number for each in shop.get_pulls(head="acme:pmsync/write-back")] == [pull.number]
    assert [each.filename for each in pull.get_files()] == ["x"]
    assert shop.compare(first, "main").total_commits == 1
    content = shop.get_contents("docs/a.md")
    assert not isinstance(content, list)
    assert content.decoded_content == b"two\r\n"
    assert shop.get_branch("main").commit.sha == commit.sha
    pull.edit(state="closed")
    assert shop.get_pull(pull.number).state == "closed"


# ------------------------------------------------------------------------------ GraphQL


def commit_on_branch(github: GitHub, head: str, additions: dict[str, bytes]) -> Any:
    """Asks for `createCommitOnBranch`."""
    wanted = "createCommitOnBranch(input: $input) { commit { oid } }"
    query = f"mutation($input: CreateCommitOnBranchInput!) {{ {wanted} }}"
    given = {
        "branch": {"repositoryNameWithOwner": "acme/shop", "branchName": "main"},
        "message": {"headline": "Change", "body": "why"},
        "expectedHeadOid": head,
        "fileChanges": {
            "additions": [
                {"path": path, "contents": b64encode(raw).decode()} for path, raw in additions.items()
            ]
        },
    }
    return ask(github, "POST", "/graphql", {"query": query, "variables": {"input": given}}).json()


def test_a_commit_on_a_branch_is_made_only_on_the_head_that_was_expected(github: GitHub, first: str) -> None:
    made = commit_on_branch(github, first, {"docs/a.md": b"two\r\n", "run.sh": b"new"})
    oid = made["data"]["createCommitOnBranch"]["commit"]["oid"]
    assert github.shop.git.head("main") == oid
    assert github.shop.git.find("main", "run.sh").mode == "100755"  # type: ignore[union-attr]
    assert ask(github, "GET", f"{GIT}/commits/{oid}").json()["verification"]["verified"]
    stale = commit_on_branch(github, first, {"docs/a.md": b"three"})
    assert stale["errors"][0]["type"] == "STALE_DATA"
    assert github.shop.git.head("main") == oid
