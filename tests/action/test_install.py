"""The action's first step: what it installs, with which Python, and that it does so once."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.action.conftest import Workflow
from tests.action.harness import ROOT, Runner

LOCK = ROOT / ".github/action/requirements.txt"


@pytest.fixture
def runner(workflow: Workflow) -> Runner:
    """A fresh machine, on which nothing is installed."""
    runner = workflow.checkout()
    (runner.folder / "pmsync").unlink()
    return runner


def fake_python(folder: Path, libraries: Path) -> Path:
    """A Python whose pip only notes how it was called, and puts the packages in place offline."""
    program = folder / "fake python"
    program.write_text(
        f"""#!/bin/bash
if [ "$1 $2" = "-m pip" ]; then
  printf '%s\\n' "$@" "SAFE=$PYTHONSAFEPATH" "PATH=$PYTHONPATH" >> {shlex.quote(str(folder / "pip"))}
  mkdir -p "$RUNNER_TEMP/pmsync" && cp -Rs {shlex.quote(str(libraries))}/. "$RUNNER_TEMP/pmsync/"
  rm "$RUNNER_TEMP/pmsync/installed.txt"
else
  exec {shlex.quote(sys.executable)} "$@"
fi
"""
    )
    program.chmod(0o755)
    return program


def test_the_lock_alone_is_installed_once_into_a_folder_of_its_own(
    workflow: Workflow, runner: Runner, libraries: Path
) -> None:
    python = str(fake_python(runner.folder, libraries))
    for _ in range(2):
        result = workflow.run(runner=runner, python=python)
        assert result.code == 0, result.log
    said = (runner.folder / "pip").read_text().splitlines()
    assert said.count("install") == 1
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(said)
    assert said[said.index("--target") + 1] == str(runner.folder / "pmsync")
    assert said[said.index("--requirement") + 1] == str(LOCK)
    assert {"SAFE=1", "PATH="} <= set(said)


def test_an_old_python_is_told_in_one_sentence(workflow: Workflow, runner: Runner) -> None:
    old = runner.folder / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = workflow.run(runner=runner, python=str(old))
    assert result.code == 1
    assert "3.11" in result.annotations[0][2]


def test_an_input_is_a_value_and_never_a_command(workflow: Workflow) -> None:
    for name in ("write_back", "commit_on", "comment", "config", "force", "python"):
        hostile = {name: '"; touch pwned; $(touch pwned) #'}
        result = workflow.run(**{"python": sys.executable} | hostile)
        assert result.code != 0
    assert not list(workflow.folder.rglob("pwned"))
