"""`pmsync sync --write-back`: the same from the command line."""

import subprocess
import sys

import pytest

from pmsync.repository.write_back import BRANCH
from tests.action.conftest import Workflow
from tests.action.harness import ROOT, base_environ
from tests.action.test_action import DOCUMENT, POSTMORTEM, link


def sync(workflow: Workflow, *arguments: str, token: str = "token-bob") -> subprocess.CompletedProcess[str]:
    """Runs `pmsync sync` in a fresh clone of `acme/shop`."""
    runner = workflow.checkout()
    environ = base_environ() | {
        "GITHUB_API_URL": workflow.github.url,
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": token,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pmsync", "sync", *arguments],
        cwd=runner.workspace,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=runner.workspace, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
    return done


@pytest.fixture(autouse=True)
def postmortem(workflow: Workflow) -> None:
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})


def test_push_commits_to_the_default_branch_and_leaves_the_work_tree_alone(workflow: Workflow) -> None:
    before = workflow.log()
    done = sync(workflow, "--write-back", "push")
    assert done.returncode == 0, done.stderr
    assert workflow.log()[1:] == before
    assert link(1) in workflow.text(DOCUMENT)
    assert "commit" in done.stderr


def test_a_pull_request_is_opened_and_named(workflow: Workflow) -> None:
    done = sync(workflow, "--write-back", "pull-request")
    assert done.returncode == 0, done.stderr
    assert workflow.text(DOCUMENT) == POSTMORTEM
    assert link(1) in workflow.text(DOCUMENT, BRANCH)
    assert "pull request #3" in done.stderr


def test_some_documents_alone_can_be_written_back(workflow: Workflow) -> None:
    other = "postmortems/other.md"
    workflow.github.person("alice").push({other: POSTMORTEM.replace("certificate", "password")})
    done = sync(workflow, DOCUMENT, "--write-back", "push")
    assert done.returncode == 0, done.stderr
    assert link(1) in workflow.text(DOCUMENT)
    assert "/issues/" not in workflow.text(other)


def test_a_token_that_may_not_push_is_told_and_exits_1(workflow: Workflow) -> None:
    token = workflow.github.actions_token(issues="write", contents="read")
    done = sync(workflow, "--write-back", "push", token=token)
    assert done.returncode == 1
    assert "contents: write" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(workflow.github.shop.open_issues) == 2


def test_issues_in_files_are_not_written_back_to_github(workflow: Workflow) -> None:
    done = sync(workflow, "--tracker", "local", "--write-back", "push")
    assert done.returncode == 2
    assert "--write-back files" in done.stderr
