"""What an event of GitHub's calls for. Everything here is decided, nothing done."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pmsync.errors import UsageError
from pmsync.repository.texts import digest_of_pull

ISSUE_ACTIONS = frozenset({"closed", "reopened", "deleted", "transferred"})
"""What may happen to an issue that a document shows ("Webhook events and payloads", `issues`)."""


class CommitOn(enum.StrEnum):
    """Which events write documents back. By hand, always."""

    ALL = "all"
    MERGE = "merge"
    SCHEDULE = "schedule"


class Task(enum.StrEnum):
    """What a run is for."""

    PREVIEW = "preview"
    """say what the documents of a pull request, or of a merge queue's group, would do"""
    PLAN = "plan"
    """say what a sync would do"""
    SYNC = "sync"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one run is to do.

    Attributes:
        task: what it is for.
        writes_back: whether documents are written, with `SYNC`.
        pull_request: its number, with `PREVIEW`; 0 for a merge queue's group, which takes no comment.
        bases: what that is compared with: a commit, and the branch that it was on.
        head: its own last commit.
        author: the login of the person who opened it; empty where that was an App.
        reason: why, or what else there is to know, for people.
    """

    task: Task
    writes_back: bool = False
    pull_request: int = 0
    bases: tuple[str, ...] = ()
    head: str = ""
    author: str = ""
    reason: str = ""


def choose_job(
    event: str,
    payload: Mapping[str, Any],
    *,
    ref: str,
    default_branch: str,
    labels: Collection[str],
    own_branch: str,
    commit_on: CommitOn = CommitOn.ALL,
) -> Job:
    """Returns what an event calls for.

    Args:
        event: its name, as in `GITHUB_EVENT_NAME`.
        payload: what GitHub says of it.
        ref: what is checked out, as in `GITHUB_REF`.
        default_branch: the repository's.
        labels: those that mark our issues.
        own_branch: where our proposals stand.
        commit_on: which events write documents back.

    Raises:
        UsageError: pmsync must not run on that event.
    """
    if event == "pull_request_target":
        raise UsageError(
            "pmsync does not run on 'pull_request_target', which gives strangers' documents a token that may "
            "write: use 'pull_request' in the workflow"
        )
    if event == "pull_request":
        return _for_pull_request(payload, own_branch, default_branch)
    if event == "merge_group":
        group = _mapping(payload, "merge_group")
        bases = (str(group["base_sha"]),) if group.get("base_sha") else ()
        return Job(task=Task.PREVIEW, bases=bases, head=str(group.get("head_sha") or ""))
    if event == "issues":
        job = _for_issue(payload, labels)
    elif event in {"push", "schedule", "workflow_dispatch", "repository_dispatch", "workflow_run"}:
        job = Job(task=Task.SYNC)
    else:
        return Job(task=Task.PLAN, reason=f"the event '{event}' changes nothing")
    if job.task is Task.SYNC and ref != f"refs/heads/{default_branch}":
        return _on_another_ref(event, default_branch)
    return Job(
        task=job.task, reason=job.reason, writes_back=job.task is Task.SYNC and _commits(event, commit_on)
    )


def _for_pull_request(payload: Mapping[str, Any], own_branch: str, default_branch: str) -> Job:
    if payload.get("action") == "closed":
        return Job(task=Task.NOTHING, reason="the pull request is closed; a merge is seen as a push")
    pull = _mapping(payload, "pull_request")
    number = pull.get("number", payload.get("number"))
    if not isinstance(number, int):
        raise UsageError("the event's payload names no pull request: check GITHUB_EVENT_PATH")
    base, head = _mapping(pull, "base"), _mapping(pull, "head")
    home = _mapping(head, "repo").get("id")
    is_ours = digest_of_pull(str(pull.get("body"))) is not None  # a person's own may stand there too
    if is_ours and head.get("ref") == own_branch and home == _mapping(base, "repo").get("id"):
        return Job(task=Task.NOTHING, reason="this is pmsync's own write-back")
    bases = [str(base["sha"])] if base.get("sha") else []
    bases += [f"refs/remotes/origin/{base['ref']}"] if base.get("ref") else []
    user = _mapping(pull, "user")
    return Job(
        task=Task.PREVIEW,
        pull_request=number,
        bases=tuple(bases),
        head=str(head.get("sha") or ""),
        author=str(user.get("login") or "") if user.get("type") == "User" else "",
        reason=""
        if base.get("ref") in {None, default_branch}
        else f"only the branch {default_branch} is synced: nothing of this comes before it gets there",
    )


def _for_issue(payload: Mapping[str, Any], labels: Collection[str]) -> Job:
    action = str(payload.get("action"))
    if action not in ISSUE_ACTIONS:
        return Job(
            task=Task.NOTHING, reason="only closing, reopening, deleting or transferring an issue counts"
        )
    ours = {label.casefold() for label in labels}
    borne = _mapping(payload, "issue").get("labels")
    names = {str(it.get("name")).casefold() for it in borne or () if isinstance(it, Mapping)}
    if not ours & names:
        return Job(task=Task.NOTHING, reason="the issue does not bear the label of pmsync's issues")
    return Job(task=Task.SYNC)


def _on_another_ref(event: str, default_branch: str) -> Job:
    if event == "workflow_dispatch":
        return Job(task=Task.PLAN, reason=f"only the branch {default_branch} is synced")
    return Job(task=Task.NOTHING, reason=f"only the branch {default_branch} is synced")


def _commits(event: str, commit_on: CommitOn) -> bool:
    if event in {"workflow_dispatch", "repository_dispatch"} or commit_on is CommitOn.ALL:
        return True
    return event == {CommitOn.MERGE: "push", CommitOn.SCHEDULE: "schedule"}[commit_on]


def _mapping(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = payload.get(key)
    return value if isinstance(value, Mapping) else {}
