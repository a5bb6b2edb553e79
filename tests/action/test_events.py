"""What each event calls for."""

import pytest

from pmsync.action.events import CommitOn, Job, Task, choose_job
from pmsync.errors import UsageError
from pmsync.repository.texts import pull_body
from pmsync.repository.write_back import BRANCH

MAIN = "refs/heads/main"


def choose(event: str, payload: dict[str, object] | None = None, ref: str = MAIN, **more: CommitOn) -> Job:
    labels = ("postmortem", "Incident follow-up")
    return choose_job(
        event, payload or {}, ref=ref, default_branch="main", labels=labels, own_branch=BRANCH, **more
    )


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "repository_dispatch"])
def test_the_default_branch_is_synced(event: str) -> None:
    assert choose(event) == Job(task=Task.SYNC, writes_back=True)


@pytest.mark.parametrize("ref", ["refs/heads/feature", "refs/tags/main", "refs/heads/main/x", "main", ""])
def test_a_push_to_anything_else_calls_for_nothing(ref: str) -> None:
    assert choose("push", ref=ref).task is Task.NOTHING


def test_by_hand_on_another_branch_shows_the_plan() -> None:
    assert choose("workflow_dispatch", ref="refs/heads/feature").task is Task.PLAN


@pytest.mark.parametrize("action", ["closed", "reopened", "deleted", "transferred"])
@pytest.mark.parametrize("label", ["postmortem", "POSTMORTEM", "incident follow-up"])
def test_our_issues_changes_are_synced(action: str, label: str) -> None:
    payload = {"action": action, "issue": {"labels": [{"name": "bug"}, {"name": label}]}}
    assert choose("issues", payload).task is Task.SYNC


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "closed", "issue": {"labels": [{"name": "bug"}]}},
        {"action": "closed", "issue": {"labels": []}},
        {"action": "closed", "issue": {"labels": None}},
        {"action": "closed"},
        {"action": "edited", "issue": {"labels": [{"name": "postmortem"}]}},
        {"action": "labeled", "issue": {"labels": [{"name": "postmortem"}]}},
    ],
)
def test_other_issues_and_other_changes_call_for_nothing(payload: dict[str, object]) -> None:
    assert choose("issues", payload).task is Task.NOTHING


def test_a_pull_request_is_previewed() -> None:
    pull = {"number": 7, "base": {"sha": "b", "ref": "main"}, "head": {"sha": "h"}}
    job = choose("pull_request", {"action": "opened", "pull_request": pull}, ref="refs/pull/7/merge")
    bases = ("b", "refs/remotes/origin/main")
    assert job == Job(task=Task.PREVIEW, pull_request=7, bases=bases, head="h")


def test_a_merge_queues_group_is_previewed_and_takes_no_comment() -> None:
    group = {"base_sha": "b", "head_sha": "h", "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-b"}
    job = choose("merge_group", {"action": "checks_requested", "merge_group": group}, ref="refs/heads/q")
    assert job == Job(task=Task.PREVIEW, bases=("b",), head="h")


OURS = pull_body(["a.md"], "0" * 64)


@pytest.mark.parametrize(
    ("home", "body", "task"),
    [(1, OURS, Task.NOTHING), (2, OURS, Task.PREVIEW), (1, "Mine", Task.PREVIEW), (1, None, Task.PREVIEW)],
)
def test_our_own_pull_request_is_not_previewed_but_anothers_of_that_name_is(
    home: int, body: str | None, task: Task
) -> None:
    pull = {
        "number": 7,
        "body": body,
        "base": {"sha": "b", "repo": {"id": 1}},
        "head": {"sha": "h", "ref": BRANCH, "repo": {"id": home}},
    }
    assert choose("pull_request", {"pull_request": pull}).task is task


def test_a_pull_request_into_another_branch_says_that_only_the_default_one_is_synced() -> None:
    pull = {"number": 7, "base": {"sha": "b", "ref": "release/1"}, "head": {"sha": "h"}}
    job = choose("pull_request", {"pull_request": pull})
    assert (job.task, "only the branch main is synced" in job.reason) == (Task.PREVIEW, True)


def test_a_closed_pull_request_calls_for_nothing() -> None:
    payload = {"action": "closed", "pull_request": {"number": 7}}
    assert choose("pull_request", payload).task is Task.NOTHING


def test_a_payload_without_a_pull_request_is_told() -> None:
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH"):
        choose("pull_request", {"action": "opened"})


def test_strangers_documents_never_meet_a_token_that_may_write() -> None:
    with pytest.raises(UsageError, match="use 'pull_request'"):
        choose("pull_request_target", {"pull_request": {"number": 7}})


@pytest.mark.parametrize("event", ["release", "", "whatever"])
def test_an_event_that_changes_nothing_shows_the_plan(event: str) -> None:
    assert choose(event).task is Task.PLAN


@pytest.mark.parametrize(
    ("event", "commit_on", "writes"),
    [
        ("push", CommitOn.MERGE, True),
        ("schedule", CommitOn.MERGE, False),
        ("push", CommitOn.SCHEDULE, False),
        ("schedule", CommitOn.SCHEDULE, True),
        ("workflow_dispatch", CommitOn.MERGE, True),
        ("workflow_dispatch", CommitOn.SCHEDULE, True),
    ],
)
def test_commit_on_says_which_events_write_back(event: str, commit_on: CommitOn, writes: bool) -> None:
    assert choose(event, commit_on=commit_on).writes_back is writes
