"""The Action's way in short, on a GitHub server that nobody here wrote."""

import base64
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pmsync.repository.write_back import BRANCH
from tests.action.harness import Result, Runner, base_environ
from tests.action.test_action import DOCUMENT, POSTMORTEM
from tests.children import run
from tests.github.emulator import Emulator

pytestmark = pytest.mark.emulator


@dataclass
class Place:
    """A repository on the emulator, and a way to run the action on a clone of it."""

    emulator: Emulator
    name: str
    folder: Path
    libraries: Path
    runs: int = 0

    def text(self, branch: str = "main") -> str:
        found = self.emulator.call("GET", f"/repos/{self.name}/contents/{DOCUMENT}?ref={branch}")
        assert isinstance(found, dict)
        return base64.b64decode(found["content"]).decode()

    def issues(self, state: str = "open") -> list[dict[str, object]]:
        found = self.emulator.call("GET", f"/repos/{self.name}/issues?state={state}&labels=postmortem")
        assert isinstance(found, list)
        return found

    def run(self, event: str = "push", **inputs: str) -> Result:
        self.runs += 1
        folder = self.folder / str(self.runs)
        workspace, temporary = folder / "workspace", folder / "temp"
        temporary.mkdir(parents=True)
        (temporary / "pmsync").symlink_to(self.libraries)
        file = workspace / DOCUMENT
        file.parent.mkdir(parents=True)
        file.write_bytes(self.text().encode())
        for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Clone"]):
            run(["git", *command], cwd=workspace)
        environ = base_environ() | {
            "GITHUB_API_URL": self.emulator.url,
            "GITHUB_REPOSITORY": self.name,
            "GITHUB_REF": "refs/heads/main",
        }
        payload = {
            "ref": "refs/heads/main",
            "repository": {"full_name": self.name, "default_branch": "main"},
            "action": "closed",
            "issue": {"labels": [{"name": "postmortem"}]},
        }
        runner = Runner(workspace, temporary, environ, self.emulator.token)
        return runner.run(event, payload, python=sys.executable, **inputs)

    def writes(self) -> int:
        return sum(request.is_write for request in self.emulator.requests)


@pytest.fixture
def place(emulator: Emulator, tmp_path: Path, libraries: Path) -> Place:
    name = emulator.create_repository()
    content = base64.b64encode(POSTMORTEM.encode()).decode()
    emulator.call(
        "PUT",
        f"/repos/{name}/contents/{DOCUMENT}",
        {"message": "Add", "content": content, "branch": "main"},
    )
    return Place(emulator, name, tmp_path, libraries)


def test_a_merge_a_quiet_run_and_a_closed_issue(place: Place) -> None:
    result = place.run()
    assert result.code == 0, result.log
    assert (result.outputs["created"], result.outputs["changed"]) == ("2", "1")
    numbers = [issue["number"] for issue in place.issues()]
    assert len(numbers) == 2
    assert all(f"[#{number}](" in place.text() for number in numbers)

    writes = place.writes()
    assert place.run().code == 0
    assert place.writes() == writes

    first = min(int(str(number)) for number in numbers)
    place.emulator.call("PATCH", f"/repos/{place.name}/issues/{first}", {"state": "closed"})
    before = place.text().splitlines()
    assert place.run("issues").code == 0
    changed = [new for old, new in zip(before, place.text().splitlines(), strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0].startswith("- [x]")
    assert changed[0].endswith(": done)")


def test_a_protected_branch_gets_one_pull_request(place: Place) -> None:
    protection = {
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "enforce_admins": True,
        "required_status_checks": None,
        "restrictions": None,
    }
    place.emulator.call("PUT", f"/repos/{place.name}/branches/main/protection", protection)
    first = place.run()
    assert first.code == 0, first.log
    assert first.outputs["pull-request"]
    assert ": open)" in place.text(BRANCH)
    assert place.text() == POSTMORTEM

    writes = place.writes()
    second = place.run("schedule")
    assert second.outputs["pull-request"] == first.outputs["pull-request"]
    assert place.writes() == writes
    assert len(place.issues("all")) == 2
