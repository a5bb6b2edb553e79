"""`pmsync sync --write-back`: the same from the command line."""

import pytest
from click.testing import Result

from pmsync.repository.write_back import BRANCH
from tests import children
from tests.action.conftest import Workflow
from tests.action.harness import Runner, base_environ
from tests.action.inside import run_inside
from tests.action.test_action import DOCUMENT, POSTMORTEM, link


def sync(workflow: Workflow, *arguments: str, token: str = "token-bob") -> Result:
    """Runs `pmsync sync` in a fresh clone of `acme/shop`, which stays as it was."""
    runner = workflow.checkout()
    done = run(workflow, runner, "sync", *arguments, token=token)
    status = children.run(["git", "status", "--porcelain"], cwd=runner.workspace)
    assert status.stdout == ""
    return done


def run(workflow: Workflow, runner: Runner, *arguments: str, token: str = "token-bob") -> Result:
    """Runs `pmsync` in a clone."""
    environ = base_environ() | {
        "GITHUB_API_URL": workflow.github.url,
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": token,
    }
    return run_inside(arguments, runner.workspace, environ, runner.clock)


@pytest.fixture(autouse=True)
def postmortem(workflow: Workflow) -> None:
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})


def test_push_commits_to_the_default_branch_and_leaves_the_work_tree_alone(workflow: Workflow) -> None:
    before = workflow.log()
    done = sync(workflow, "--write-back", "push")
    assert done.exit_code == 0, done.stderr
    assert workflow.log()[1:] == before
    assert link(1) in workflow.text(DOCUMENT)
    assert "commit" in done.stderr


def test_a_pull_request_is_opened_and_named(workflow: Workflow) -> None:
    done = sync(workflow, "--write-back", "pull-request")
    assert done.exit_code == 0, done.stderr
    assert workflow.text(DOCUMENT) == POSTMORTEM
    assert link(1) in workflow.text(DOCUMENT, BRANCH)
    assert "pull request #3" in done.stderr


def test_some_documents_alone_can_be_written_back(workflow: Workflow) -> None:
    other = "postmortems/other.md"
    workflow.github.person("alice").push({other: POSTMORTEM.replace("certificate", "password")})
    done = sync(workflow, DOCUMENT, "--write-back", "push")
    assert done.exit_code == 0, done.stderr
    assert link(1) in workflow.text(DOCUMENT)
    assert "/issues/" not in workflow.text(other)


def test_a_token_that_may_not_push_is_told_and_exits_1(workflow: Workflow) -> None:
    token = workflow.github.actions_token(issues="write", contents="read")
    done = sync(workflow, "--write-back", "push", token=token)
    assert done.exit_code == 1
    assert "contents: write" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(workflow.github.shop.open_issues) == 2


def test_issues_in_files_are_not_written_back_to_github(workflow: Workflow) -> None:
    done = sync(workflow, "--tracker", "local", "--write-back", "push")
    assert done.exit_code == 2
    assert "--write-back files" in done.stderr


def test_links_that_the_work_tree_alone_has_still_reach_the_branch(workflow: Workflow) -> None:
    runner = workflow.checkout()
    assert run(workflow, runner, "sync").exit_code == 0
    assert "/issues/" not in workflow.text(DOCUMENT)
    done = run(workflow, runner, "sync", "--write-back", "push")
    assert done.exit_code == 0, done.stderr
    assert link(1) in workflow.text(DOCUMENT)
    assert len(workflow.github.shop.open_issues) == 2


def test_a_work_tree_that_is_behind_closes_no_pull_request(workflow: Workflow) -> None:
    behind = workflow.checkout()
    other = "postmortems/other.md"
    workflow.github.person("alice").push({other: POSTMORTEM.replace("certificate", "password")})
    assert sync(workflow, "--write-back", "pull-request").exit_code == 0
    before = workflow.log(BRANCH)
    done = run(workflow, behind, "sync", "--write-back", "pull-request")
    assert done.exit_code == 0, done.stderr
    assert workflow.log(BRANCH) == before
    assert [issue.is_open for issue in workflow.github.shop.issues.values() if issue.pull] == [True]


def test_a_document_that_the_configuration_leaves_out_is_proposed_no_longer(workflow: Workflow) -> None:
    assert sync(workflow, "--write-back", "pull-request").exit_code == 0
    config: dict[str, str | bytes | None] = {
        ".github/pmsync.yml": "documents: [elsewhere/*.md]\n",
        "elsewhere/a.md": "# A\n",
    }
    workflow.github.person("alice").push(config)
    done = sync(workflow, "--write-back", "pull-request")
    assert done.exit_code == 0, done.stderr
    assert [issue.is_open for issue in workflow.github.shop.issues.values() if issue.pull] == [False]


def test_the_default_branch_is_githubs_and_not_what_the_clone_remembers(workflow: Workflow) -> None:
    runner = workflow.checkout()
    git = workflow.github.shop.git
    head = git.head("main")
    assert head
    git.set_ref("refs/heads/trunk", head)
    workflow.github.shop.default_branch = "trunk"
    done = run(workflow, runner, "sync", "--write-back", "push")
    assert done.exit_code == 0, done.stderr
    assert link(1) in workflow.text(DOCUMENT, "trunk")
    assert workflow.text(DOCUMENT) == POSTMORTEM


def test_a_quiet_write_back_asks_for_little_more_than_the_issues(workflow: Workflow) -> None:
    assert sync(workflow, "--write-back", "push").exit_code == 0
    with workflow.github.watch() as seen:
        assert sync(workflow, "--write-back", "push").exit_code == 0
    assert not [request for request in seen if request.is_write]
    assert len([request for request in seen if "/issues" not in request.path]) <= 3


def test_a_repository_renamed_since_it_was_cloned_gets_links_of_its_present_name(workflow: Workflow) -> None:
    runner, repository = workflow.checkout(), workflow.github.shop
    workflow.github.person("alice").rename(repository, "store")
    done = run(workflow, runner, "sync", "--write-back", "push")
    assert done.exit_code == 0, done.stderr
    text = repository.git.file("main", DOCUMENT).decode()
    assert "https://github.com/acme/store/issues/1)" in text
    assert "acme/shop" not in text
    head = repository.git.head("main")
    assert run(workflow, runner, "sync", "--write-back", "push").exit_code == 0
    assert repository.git.head("main") == head
    assert len(repository.open_issues) == 2
