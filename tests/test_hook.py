"""The hook for pre-commit works from this very repository."""

import os
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


def try_hook(here: Checkout, home: Path) -> CompletedProcess[Any]:
    """Runs the hook as pre-commit installs it, in an environment of its own, over what is staged."""
    done = run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "pmsync-check", "--verbose"],
        cwd=here.path,
        env=os.environ | {"PRE_COMMIT_HOME": str(home)},
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
    good = "# Down\n\n## Action items\n\n- [ ] Alert on memory over 90 % (@ada, due: 2999-03-20)\n"
    repo.write("postmortems/a.md", good + "- [ ] <describe the action>\n")
    repo.write("notes/b.md", "## Action items\n\n- [ ] TBD\n")
    repo.git("add", ".")
    refused = try_hook(repo, tmp_path / "home")
    assert refused.returncode == 1
    assert "postmortems/a.md:6: PM005 error" in refused.stdout
    assert "notes/b.md" not in refused.stdout
    repo.write("postmortems/a.md", good)
    repo.git("add", ".")
    passed = try_hook(repo, tmp_path / "home")
    assert passed.returncode == 0, passed.stdout
