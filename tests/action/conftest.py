"""A checked-out repository on a runner, beside the GitHub that it was cloned from."""

import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.action.harness import ROOT, Result, Runner, base_environ
from tests.children import note_installed, run
from tests.github.state import GitHub, Issue
from tests.sync.conftest import read_once  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the action's first step installs, put together from this Python's own packages, offline."""
    folder = tmp_path_factory.mktemp("libraries")
    for package in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not package.name.lower().startswith(("pmsync", "_pmsync", "__editable__")):
            (folder / package.name).symlink_to(package)
    note_installed(ROOT / ".github/action/requirements.txt", folder)
    return folder


@dataclass
class Workflow:
    """The workflow of `acme/shop`: what happens there, and the action's runs for it."""

    github: GitHub
    folder: Path
    libraries: Path
    branch: str = "main"
    runs: int = 0

    def checkout(
        self, ref: str = "main", *, pull: Issue | None = None, config: tuple[str, ...] = ()
    ) -> Runner:
        """Clones the repository as actions/checkout does, into a fresh workspace of a fresh runner."""
        self.runs += 1
        folder = self.folder / f"runner-{self.runs}"
        workspace, temporary = folder / "workspace", folder / "temp"
        temporary.mkdir(parents=True)
        (temporary / "pmsync").symlink_to(self.libraries)
        git = self.github.shop.git
        options = [option for setting in config for option in ("-c", setting)]
        self._git(folder, "clone", "--quiet", *options, "--branch", ref, str(git.path), str(workspace))
        revision = self._git(workspace, "rev-parse", "HEAD")
        name = f"refs/heads/{ref}"
        if pull is not None and pull.pull is not None:
            self._git(workspace, "checkout", "--quiet", "--detach", "HEAD")
            who = ["-c", "user.name=GitHub", "-c", "user.email=noreply@github.com"]
            head = f"origin/{pull.pull.head}"
            self._git(workspace, *who, "merge", "--quiet", "--no-ff", "-m", "Merge for a try", head)
            name = f"refs/pull/{pull.number}/merge"
            revision = self._git(workspace, "rev-parse", "HEAD")
        environ = base_environ() | {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_REF": name,
            "GITHUB_SHA": revision,
        }
        return Runner(workspace, temporary, environ, self.github.token, self.github.clock)

    def run(
        self,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        *,
        token: str = "",
        runner: Runner | None = None,
        **inputs: str,
    ) -> Result:
        """Runs the action on the default branch, for a push unless told otherwise."""
        runner = runner or self.checkout()
        runner.token = token or runner.token
        repository = {"full_name": "acme/shop", "default_branch": self.branch}
        given = {"ref": "refs/heads/main"} if event == "push" else {}
        return runner.run(event, {"repository": repository} | given | dict(payload or {}), **inputs)

    def run_pull(
        self,
        pull: Issue,
        *,
        token: str = "",
        author: str = "alice",
        kind: str = "User",
        runner: Runner | None = None,
        **inputs: str,
    ) -> Result:
        """Runs the action for a pull request."""
        git, head = self.github.shop.git, pull.pull
        assert head is not None
        payload = {
            "action": "synchronize",
            "number": pull.number,
            "pull_request": {
                "number": pull.number,
                "title": pull.title,
                "user": {"login": author, "type": kind},
                "base": {"sha": git.head(head.base), "ref": head.base},
                "head": {"sha": git.head(head.head), "ref": head.head},
            },
        }
        runner = runner or self.checkout(pull=pull)
        return self.run("pull_request", payload, token=token, runner=runner, **inputs)

    def run_merge_group(self, pull: Issue, *, is_shallow: bool = False, **inputs: str) -> Result:
        """Runs the action for a merge queue's group of one pull request, squashed onto the default branch."""
        git, base = self.github.shop.git, pull.pull
        assert base is not None
        parent = git.head(base.base) or ""
        tree = git.commit(git.head(base.head) or "").tree
        who = git.commit(parent).author
        head = git.make_commit(pull.title, tree, [parent], who, who)
        branch = f"gh-readonly-queue/{base.base}/pr-{pull.number}-{parent}"
        git.set_ref(f"refs/heads/{branch}", head)
        runner = self.checkout(branch)
        if is_shallow:
            (runner.workspace / ".git/shallow").write_text(f"{head}\n")
        group = {"base_sha": parent, "head_sha": head, "head_ref": f"refs/heads/{branch}"}
        payload = {"action": "checks_requested", "merge_group": group}
        return self.run("merge_group", payload, runner=runner, **inputs)

    def run_issue(self, issue: Issue, what: str, *, runner: Runner | None = None, **inputs: str) -> Result:
        """Runs the action for what happened to an issue."""
        labels = [{"name": label} for label in issue.labels]
        payload = {"action": what, "issue": {"number": issue.number, "title": issue.title, "labels": labels}}
        return self.run("issues", payload, runner=runner, **inputs)

    def text(self, document: str, branch: str = "main") -> str:
        """A document on GitHub."""
        return self.github.shop.git.file(branch, document).decode("utf-8", "surrogateescape")

    def log(self, branch: str = "main") -> list[str]:
        """The commits of a branch, newest first."""
        return self.github.shop.git.log(f"refs/heads/{branch}")

    def _git(self, folder: Path, *arguments: str) -> str:
        done = run(["git", *arguments], cwd=folder)
        return str(done.stdout).strip()


@pytest.fixture
def workflow(github: GitHub, tmp_path: Path, libraries: Path) -> Workflow:
    github.person("alice").push({"README.md": "# Shop\n"})
    return Workflow(github, tmp_path, libraries)
