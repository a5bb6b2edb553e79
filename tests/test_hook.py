"""The hook for pre-commit works from this very repository."""

import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.children import run
from tests.conftest import Checkout

ROOT = Path(__file__).parents[1]
UNEXPECTED = 3
"""pre-commit's exit code where it could not even begin: no index to install from, say."""


def commit_project(folder: Path) -> str:
    """Commits this project as it lies here into a repository of its own, which pre-commit installs from."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    project = Checkout(folder)
    project.git("init", "--quiet")
    return project.commit()


def run_hook(here: Checkout, home: Path) -> CompletedProcess[Any]:
    """Runs the hook over what is staged; pre-commit installs it in an environment of its own, once."""
    done = run(
        [sys.executable, "-m", "pre_commit", "run", "--verbose"],
        cwd=here.path,
        env=os.environ | {"PRE_COMMIT_HOME": str(home), "PIP_NO_COMPILE": "1"},
        check=False,
        timeout=280,
    )
    if done.returncode == UNEXPECTED:
        pytest.skip(f"pre-commit cannot install hooks on this machine: {done.stdout[-300:]}")
    return done


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="pre-commit installs from a git repository")
def test_the_hook_stops_a_commit_with_a_placeholder_and_lets_a_good_one_pass(
    repo: Checkout, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    hook = {"repo": str(project), "rev": commit_project(project), "hooks": [{"id": "pmsync-check"}]}
    repo.write(".pre-commit-config.yaml", json.dumps({"repos": [hook]}))
    good = "# Down\n\n## Action items\n\n- [ ] Alert on memory over 90 % (@ada, due: 2999-03-20)\n"
    repo.write("postmortems/a.md", good + "- [ ] <describe the action>\n")
    repo.write("notes/b.md", "## Action items\n\n- [ ] TBD\n")
    repo.git("add", ".")
    refused = run_hook(repo, tmp_path / "home")
    assert refused.returncode == 1
    assert "postmortems/a.md:6: PM005 error" in refused.stdout
    assert "notes/b.md" not in refused.stdout
    repo.write("postmortems/a.md", good)
    repo.git("add", ".")
    passed = run_hook(repo, tmp_path / "home")
    assert passed.returncode == 0, passed.stdout
