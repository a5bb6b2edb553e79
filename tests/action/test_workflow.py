"""The files that GitHub reads: the action, this repository's workflows, and the one that `init` writes."""

import re
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from pmsync import init
from pmsync.init import Surroundings, find_copy
from tests.action.expressions import interpolate
from tests.action.harness import ROOT
from tests.children import run
from tests.conftest import setup_of

PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
WORKFLOW = ".github/workflows/pmsync.yml"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which `init` has written its files."""
    branch = "release, 'x' \"y\" ${{ github.event.issue.title }}"
    for path, text in setup_of(
        Surroundings(branch, ("docs/post mortems/**/*.md",)), date(2026, 1, 1)
    ).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def check(program: str, *arguments: str) -> None:
    command = [str(Path(sys.executable).parent / program), *arguments]
    run(command, cwd=ROOT)


def test_the_written_workflow_is_one(written: Path) -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(written / WORKFLOW))


def test_the_written_workflow_passes_an_audit(written: Path) -> None:
    check("zizmor", "--offline", "--quiet", str(written / WORKFLOW))


@pytest.mark.parametrize("file", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda it: it.name)
def test_whatever_workflows_use_is_pinned(file: Path) -> None:
    jobs = yaml.safe_load(file.read_text())["jobs"].values()
    used = [step["uses"] for job in jobs for step in job["steps"] if "uses" in step]
    assert all(PINNED.fullmatch(it) or it == "./" for it in used)


def test_the_written_workflow_is_pinned_and_asks_for_no_more_than_it_needs(written: Path) -> None:
    workflow = yaml.safe_load((written / WORKFLOW).read_text())
    assert workflow["permissions"] == {}
    assert all(PINNED.fullmatch(step["uses"]) for job in workflow["jobs"].values() for step in job["steps"])
    permissions = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert permissions == {
        "review": {"contents": "read", "issues": "read", "pull-requests": "write"},
        "sync": {"contents": "write", "issues": "write", "pull-requests": "write"},
    }
    assert all(job["concurrency"] for job in workflow["jobs"].values())


def test_a_branchs_name_stays_a_name(written: Path) -> None:
    workflow = yaml.safe_load((written / WORKFLOW).read_text())
    assert workflow[True]["push"]["branches"] == ["release, 'x' \"y\" ${{ github.event.issue.title }}"]


def test_the_daily_run_is_not_on_the_hour(written: Path) -> None:
    (schedule,) = yaml.safe_load((written / WORKFLOW).read_text())[True]["schedule"]
    assert 0 < int(schedule["cron"].split()[0]) < 60


def test_nothing_given_from_outside_is_put_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert not [step for step in action["runs"]["steps"] if "${{" in step.get("run", "")]


def test_what_the_action_uses_is_pinned() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [it.partition("@")[0] for it in used] == ["actions/upload-artifact"]
    assert all(PINNED.fullmatch(it) for it in used)


def test_every_input_is_described_and_reaches_a_step() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = action["runs"]["steps"]
    passed = str([step.get("env") for step in steps]) + "".join(f"{step.get('if')} }}" for step in steps)
    for name, given in action["inputs"].items():
        assert given["description"]
        assert re.search(rf"inputs\.{name} (}}|==|\|\|)", passed)


def test_a_secret_that_a_forks_pull_request_does_not_get_leaves_the_jobs_own_token() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    (given,) = (step["env"]["GITHUB_TOKEN"] for step in steps if step.get("id") == "pmsync")
    forks = {"inputs": {"token": ""}, "github": {"token": "own", "event_name": "pull_request"}}
    assert interpolate(given, forks) == "own"
    assert interpolate(given, forks | {"inputs": {"token": "an App's"}}) == "an App's"


def test_a_secret_that_is_misnamed_makes_no_push_run_as_somebody_else() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    (given,) = (step["env"]["GITHUB_TOKEN"] for step in steps if step.get("id") == "pmsync")
    push = {"inputs": {"token": ""}, "github": {"token": "own", "event_name": "push"}}
    assert interpolate(given, push) == ""


def test_the_lock_has_a_digest_for_everything_and_names_no_registry() -> None:
    lock = (ROOT / ".github/action/requirements.txt").read_text()
    assert "://" not in lock
    assert "index" not in lock
    pinned = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    assert len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE)) == len(pinned)


def test_the_lock_holds_all_that_pmsync_needs() -> None:
    project = (ROOT / "pyproject.toml").read_text().split("dependencies = [")[1].split("]")[0]
    lock = (ROOT / ".github/action/requirements.txt").read_text().lower()
    for name in re.findall(r'"([\w-]+)', project):
        assert re.search(rf"^{name.lower()}==", lock, re.MULTILINE), f"run 'make lock': {name} is missing"


@pytest.mark.parametrize(
    ("origin", "action"),
    [
        (("git@github.com:acme/pmsync.git", "b" * 40), f"acme/pmsync@{'b' * 40} # v"),
        (("git@github.acme.com:sre/pmsync.git", ""), "sre/pmsync@v"),
    ],
)
def test_the_written_workflow_uses_the_pmsync_that_wrote_it(
    origin: tuple[str, str], action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init, "_noted_origin", lambda: origin)
    assert find_copy().action.startswith(action)
