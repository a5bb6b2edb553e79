"""Which runs wait for which, in the workflow that `init` writes and in the README's: none that syncs is lost.

Of the runs that wait in one concurrency group GitHub keeps the newest alone, whatever it is for
(docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency).
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from pmsync.config import parse_config
from pmsync.init import Surroundings
from tests.action.expressions import evaluate, interpolate
from tests.action.harness import ROOT
from tests.conftest import setup_of

WORKFLOW = ".github/workflows/pmsync.yml"


def by_init(config: str = "") -> str:
    surroundings = Surroundings("main", ("postmortems/**/*.md",), parse_config(config) if config else None)
    return setup_of(surroundings)[WORKFLOW]


def by_readme() -> str:
    (shown,) = re.findall(
        r"(?s)```yaml\n(# \.github/workflows/pmsync\.yml.*?)```", (ROOT / "README.md").read_text("utf-8")
    )
    return str(shown)


@dataclass(frozen=True)
class Event:
    """What a workflow knows of an event."""

    name: str
    ref: str = "refs/heads/main"
    labels: tuple[str, ...] = ()
    head: str = ""
    force: bool | None = None

    def context(self, workflow: str) -> dict[str, Any]:
        event: dict[str, Any] = {}
        if self.name == "issues":
            event["issue"] = {"labels": [{"name": label} for label in self.labels]}
        if self.name == "pull_request":
            event["pull_request"] = {"number": 7, "head": {"sha": self.head}}
        github = {"event_name": self.name, "ref": self.ref, "event": event, "workflow": workflow, "run_id": 1}
        return {"github": github, "inputs": {} if self.force is None else {"force": self.force}}


PUSH = Event("push")
SYNCING = (
    PUSH,
    Event("schedule"),
    Event("issues", labels=("bug", "Postmortem")),
    Event("workflow_dispatch", force=False),
)
FORCED = Event("workflow_dispatch", force=True)
PULL, NEWER_PULL = (Event("pull_request", "refs/pull/7/merge", head=head) for head in ("a", "b"))
GROUP = Event("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-a")
OTHERS = (
    PULL,
    GROUP,
    Event("issues", labels=("bug",)),
    Event("issues"),
    Event("workflow_dispatch", "refs/heads/feature", force=False),
    Event("workflow_dispatch", "refs/heads/feature", force=True),
)


@dataclass(frozen=True)
class Jobs:
    """A workflow's jobs, as a runner would start them."""

    text: str
    name: str = "pmsync"

    @property
    def workflow(self) -> dict[Any, Any]:
        return dict(yaml.safe_load(self.text))

    def started(self, event: Event) -> dict[str, dict[str, Any]]:
        """The jobs that are not skipped."""
        context = event.context(self.name)
        return {
            name: job
            for name, job in self.workflow["jobs"].items()
            if evaluate(str(job.get("if", "true")), context)
        }

    def groups(self, event: Event) -> set[str]:
        """The concurrency groups that an event's run enters."""
        wanted = [job["concurrency"] for job in self.started(event).values() if "concurrency" in job]
        wanted += [self.workflow["concurrency"]] if "concurrency" in self.workflow else []
        return {
            interpolate(it["group"] if isinstance(it, dict) else it, event.context(self.name))
            for it in wanted
        }


@pytest.fixture(params=[by_init, by_readme], ids=["init", "readme"])
def jobs(request: pytest.FixtureRequest) -> Jobs:
    return Jobs(request.param())


@pytest.mark.parametrize("other", OTHERS, ids=lambda it: f"{it.name}-{it.ref}-{it.labels}-{it.force}")
def test_a_run_that_does_not_sync_never_takes_the_place_of_one_that_does(jobs: Jobs, other: Event) -> None:
    for event in (*SYNCING, FORCED):
        assert jobs.groups(event)
        assert jobs.groups(event).isdisjoint(jobs.groups(other))


def test_runs_that_sync_wait_for_each_other_and_none_is_cancelled(jobs: Jobs) -> None:
    assert len({frozenset(jobs.groups(event)) for event in SYNCING}) == 1
    assert len(jobs.groups(PUSH)) == 1
    assert "cancel-in-progress: true" not in jobs.text


def test_a_run_by_force_is_not_dropped_for_one_that_would_refuse(jobs: Jobs) -> None:
    assert jobs.groups(FORCED).isdisjoint(jobs.groups(PUSH))


def test_an_old_pull_request_run_started_again_drops_no_newer_one(jobs: Jobs) -> None:
    assert jobs.groups(PULL).isdisjoint(jobs.groups(NEWER_PULL))


def test_the_workflow_of_another_configuration_drops_none_of_this_one(jobs: Jobs) -> None:
    assert jobs.groups(PUSH).isdisjoint(Jobs(jobs.text, "payments").groups(PUSH))


@pytest.mark.parametrize("event", [PULL, GROUP], ids=lambda it: it.name)
def test_a_required_check_reports_on_every_pull_request_and_merge_group(jobs: Jobs, event: Event) -> None:
    # YAML 1.1 takes the key `on` for a truth.
    assert not (jobs.workflow[True][event.name] or {}).get("paths")
    assert len(jobs.started(event)) == 1
    assert jobs.started(event).keys() == jobs.started(PULL).keys()


def test_each_event_that_syncs_starts_one_job_and_by_hand_too(jobs: Jobs) -> None:
    assert {"push", "issues", "schedule", "workflow_dispatch"} <= jobs.workflow[True].keys()
    assert "force" in jobs.workflow[True]["workflow_dispatch"]["inputs"]
    for event in (*SYNCING, FORCED):
        assert len(jobs.started(event)) == 1


def test_an_issue_without_our_label_starts_nothing(jobs: Jobs) -> None:
    assert not jobs.started(Event("issues", labels=("bug",)))


def test_no_job_runs_without_a_limit(jobs: Jobs) -> None:
    assert all(0 < job["timeout-minutes"] <= 30 for job in jobs.workflow["jobs"].values())


ODD = 'it\'s ${{ github.token }} {0} "x": #y'


@pytest.mark.parametrize("label", ["incident", "follow up", ODD])
def test_the_condition_takes_the_configured_label_and_previous_ones(label: str) -> None:
    quoted = label.replace("'", "''")
    text = by_init(f"label: '{quoted}'\nprevious_labels: [older]\n")
    jobs = Jobs(text)
    for borne in (label, label.upper(), "older"):
        assert jobs.started(Event("issues", labels=("bug", borne)))
    assert not jobs.started(Event("issues", labels=("postmortem",)))
    assert "${{ github.token" not in text
