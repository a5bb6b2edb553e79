"""The files that a repository needs to use pmsync: its configuration and its workflow."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from zlib import crc32

from pmsync import __version__
from pmsync.config import DEFAULT_PATH, OPTIONS, Config, load_config
from pmsync.errors import UsageError
from pmsync.git import ask_git
from pmsync.github.environment import parse_remote

UNKNOWN_OWNER = "OWNER"
"""Stands in the workflow for whoever holds your copy of pmsync, where nothing tells."""

_DEFAULTS = Config()

_WORKFLOW = ".github/workflows/pmsync.yml"

HOOKS = ".pre-commit-config.yaml"
"""Where pre-commit is told what to run."""

_FOLDER = re.compile(r"(?i)(post[-_ ]?mortems?|incident[-_ ]?(reports?|reviews?)|incidents|rcas?)")
"""What a folder of postmortems is called."""

SCHEMA = "pmsync/schema.json"
"""The configuration's schema, from the top of this repository."""

_DEPTH = 4
"""How many folders deep one is looked for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is to be known of a repository before it is set up.

    Attributes:
        branch: the default branch.
        documents: globs of the postmortems.
        config: the configuration that is there already; None where there is none.
    """

    branch: str
    documents: tuple[str, ...]
    config: Config | None = None


def find_gaps(setup: Mapping[str, str]) -> str | None:
    """Returns what a person must fill in before the files of `setup` can be used; None where nothing."""
    open_files = [path for path, text in setup.items() if re.search(rf"[ /]{UNKNOWN_OWNER}/", text)]
    if not open_files:
        return None
    where = " and ".join(open_files)
    return f"replace {UNKNOWN_OWNER} in {where} by the account or organisation that holds your pmsync"


def look_around(root: Path) -> Surroundings:
    """Returns what the repository at `root` shows of itself; where it shows nothing, the defaults.

    Raises:
        UsageError: there is a configuration, and it cannot be used.
    """
    if (root / DEFAULT_PATH).exists():
        config = load_config(None, root)
        return Surroundings(_default_branch(root), config.documents, config)
    folders = _find_folders(root)
    documents = tuple(f"{folder}/**/*.md" for folder in folders) or _DEFAULTS.documents
    return Surroundings(_default_branch(root), documents)


def make_setup(
    surroundings: Surroundings, since: date | None = None, *, pre_commit: bool = False
) -> dict[str, str]:
    """Returns the text of each file to write, by its path from the repository's root.

    A configuration that is there already is kept, and the workflow is made from it.

    Args:
        surroundings: what is known of the repository.
        since: postmortems before this day shall get no issues.
        pre_commit: whether documents shall be checked before each commit, by pre-commit (pre-commit.com).
    """
    made = {_WORKFLOW: _make_workflow(surroundings)}
    if not surroundings.config:
        made = {DEFAULT_PATH.as_posix(): _make_configuration(surroundings.documents, since)} | made
    return made | ({HOOKS: f"repos:\n{make_hook(surroundings)}"} if pre_commit else {})


def make_hook(surroundings: Surroundings) -> str:
    """Returns what has to stand below `repos:` in `HOOKS` for documents to be checked before each commit."""
    folders = (re.escape(glob.partition("/**")[0]) for glob in surroundings.documents)
    values = {
        "repo": find_copy().page,
        "rev": find_copy().revision,
        "files": f"^({'|'.join(folders)})/.*\\.md$",
    }
    repo, rev, pattern = (json.dumps(values[key], ensure_ascii=False) for key in ("repo", "rev", "files"))
    return (
        f"  - repo: {repo}\n    rev: {rev}\n    hooks:\n      - id: pmsync-check\n        files: {pattern}\n"
    )


def write_setup(root: Path, setup: Mapping[str, str]) -> None:
    """Writes the files of `setup` under `root`: all of them, or none.

    Raises:
        UsageError: one exists already, would stand outside the repository, or cannot be written.
    """
    existing = [path for path in setup if (root / path).exists() or (root / path).is_symlink()]
    if existing:
        verb = "exists" if len(existing) == 1 else "exist"
        raise UsageError(
            f"{', '.join(existing)} {verb} already: nothing is overwritten; remove or rename first"
        )
    inside = root.resolve()
    for path in setup:
        if not (root / path).parent.resolve().is_relative_to(inside):
            raise UsageError(f"{path} would be written outside the repository: its folder is a link")
    written: list[Path] = []
    try:
        for path, text in setup.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                written.append(file)
                stream.write(text)
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror or error}") from None


# ------------------------------------------------------------------------ looking around


def _find_folders(root: Path) -> list[str]:
    """Returns folders of Markdown files that are called as postmortems are, outermost only."""
    found: list[str] = []
    for folder, inner, _ in os.walk(root):
        path = Path(folder).relative_to(root)
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name != "node_modules")
        if len(path.parts) >= _DEPTH:
            inner.clear()
        if _FOLDER.fullmatch(path.name) and next(Path(folder).rglob("*.md"), None):
            found.append(path.as_posix())
            inner.clear()
    return found


def _default_branch(root: Path) -> str:
    for ref in ("refs/remotes/origin/HEAD", "HEAD"):
        if branch := ask_git(root, "symbolic-ref", "--short", ref):
            return branch.removeprefix("origin/")
    return "main"


# -------------------------------------------------------------------- the action at hand


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of pmsync: `owner/name` on a host, and which commit or tag of it."""

    host: str
    name: str
    commit: str

    @property
    def revision(self) -> str:
        """The commit, or the tag of the release."""
        return self.commit or f"v{__version__}"

    @property
    def page(self) -> str:
        """The page of its repository."""
        return f"https://{self.host}/{self.name}"

    @property
    def action(self) -> str:
        """The action for a workflow: `owner/name@commit`."""
        return f"{self.name}@{self.revision}{f' # v{__version__}' if self.commit else ''}"

    @property
    def schema(self) -> str:
        """The address of the configuration's schema."""
        return f"{self.page}/raw/{self.revision}/{SCHEMA}"


def find_copy() -> Copy:
    """Returns the very pmsync that runs now.

    A checkout tells which that is, and so does what pip noted of an installation from git (PEP 610).
    Else the release is named, and whoever holds it is left open.
    """
    url, commit = _noted_origin() or _checked_out_origin()
    host, name = parse_remote(url)
    return Copy(host or "github.com", name or f"{UNKNOWN_OWNER}/pmsync", commit)


def _noted_origin() -> tuple[str, str] | None:
    try:
        noted = json.loads(distribution("pmsync").read_text("direct_url.json") or "{}")
        return str(noted["url"]), str(noted["vcs_info"]["commit_id"])
    except (PackageNotFoundError, ValueError, KeyError, TypeError):
        return None


def _checked_out_origin() -> tuple[str, str]:
    home = Path(__file__).parents[1]
    if not (home / ".git").exists() or not (home / "action.yml").exists():
        return "", ""
    url = ask_git(home, "config", "--get", "remote.origin.url")
    return url or "", ask_git(home, "rev-parse", "--verify", "--quiet", "HEAD") or ""


# ------------------------------------------------------------------------------- making


def _make_configuration(documents: Sequence[str], since: date | None) -> str:
    """Returns a configuration in which every option is explained, and commented out where not set."""
    set_here = {"documents": json.dumps(list(documents), ensure_ascii=False)}
    if since:
        set_here["since"] = since.isoformat()
    blocks = [
        f"# yaml-language-server: $schema={find_copy().schema}\n"
        "# Configuration of pmsync. What is commented out shows the form; without it, the default holds.\n"
    ]
    for key, option in OPTIONS.items():
        line = f"{key}: {set_here[key]}" if key in set_here else f"# {key}: {option.example}"
        blocks.append(f"# {option.doc}\n{line}\n")
    return "\n".join(blocks)


def _make_workflow(surroundings: Surroundings) -> str:
    config = surroundings.config or _DEFAULTS
    ours = [_bears(label) for label in (config.label, *config.previous_labels)]
    paths = [*surroundings.documents, DEFAULT_PATH.as_posix()]
    # Not on the hour, when everyone's runs start; the same for the same repository.
    minute = 7 + crc32("\n".join(surroundings.documents).encode()) % 46
    values = {
        "__BRANCH__": json.dumps(surroundings.branch, ensure_ascii=False),
        "__PATHS__": json.dumps(paths, ensure_ascii=False),
        "__MINUTE__": str(minute),
        "__OURS__": " || ".join(ours),
        "__ACTION__": find_copy().action,
    }
    text = files("pmsync").joinpath("templates/workflow.yml").read_text("utf-8")
    return re.sub("__[A-Z]+__", lambda found: values[found[0]], text)


def _bears(label: str) -> str:
    """Returns the condition, in GitHub's expressions, that an issue bears a label, which stays plain text."""
    text = label.replace("'", "''")
    value = f"'{text}'"
    if "{" in text or "}" in text:
        escaped = re.sub("[{}]", lambda brace: {"{": "{0}", "}": "{1}"}[brace[0]], text)
        value = f"format('{escaped}', '{{', '}}')"
    return f"contains(github.event.issue.labels.*.name, {value})"
