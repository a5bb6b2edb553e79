"""The files that a repository needs to use pmsync: its configuration and its workflow."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import unified_diff
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from zlib import crc32

from pmsync import __version__
from pmsync.config import DEFAULT_PATH, OPTIONS, Config, load_config
from pmsync.documents import EXCLUDES, SUFFIXES, find_root
from pmsync.errors import UsageError
from pmsync.git import ask_git, read_checkout
from pmsync.github.environment import parse_remote, tell_host
from pmsync.merging import ATTRIBUTES, make_attributes
from pmsync.survey import Survey, count_names, find_folders, propose_since, survey
from pmsync.text import shown

_DEFAULTS = Config()

_MOST_NAMES = 30
"""Owners that the configuration lists, those of most items."""

WORKFLOW = ".github/workflows/pmsync.yml"
"""Where GitHub is told when to run pmsync."""

HOOKS = ".pre-commit-config.yaml"
"""Where pre-commit is told what to run."""

SHARED = frozenset({HOOKS, ATTRIBUTES})
"""Files of which only a part is pmsync's."""

SCHEMA = "pmsync/schema.json"
"""The configuration's schema, from the top of this repository."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is to be known of a repository before it is set up.

    Attributes:
        branch: the default branch.
        documents: globs of the postmortems.
        config: the configuration that is there already; None where there is none.
        found: what is at hand of postmortems.
    """

    branch: str
    documents: tuple[str, ...]
    config: Config | None = None
    found: tuple[Survey, ...] = field(default=(), compare=False)

    @property
    def since(self) -> date | None:
        """The day from which on no more items are open than a run may create issues for; None for all."""
        return propose_since(self.found, (self.config or _DEFAULTS).max_creates)


def require_repository(start: Path) -> Path:
    """Returns the top of the repository around a folder.

    Raises:
        UsageError: there is none.
    """
    root = find_root(start)
    if not (root / ".git").exists():
        raise UsageError(
            "there is no git repository here: run it in a clone of the one that holds your postmortems, or"
            " `git init` first"
        )
    return root


def tell_doubts(root: Path, around: Surroundings, environ: Mapping[str, str]) -> Iterator[str]:
    """Yields what a person should know beside what was found."""
    if not any(found.postmortems for found in around.found):
        yield f"nothing here looks like postmortems: see `documents:`, which is {', '.join(around.documents)}"
    if around.config:
        known = {it.document for found in around.found for it in found.postmortems}
        paths = read_checkout(root, {}).paths
        for folder in find_folders(paths):
            if not any(document.startswith(f"{folder}/") for document in known):
                yield f"{folder} looks like postmortems, and `documents:` in the configuration leaves it out"
    if told := tell_host(environ, root):
        yield told


def has_part(root: Path, path: str) -> bool:
    """Whether a file that is not pmsync's alone holds something of it already."""
    return (root / path).is_file() and "pmsync" in _read(root / path)


def tell_addition(path: str, yours: str, wanted: str) -> str:
    """Returns what to add to a file that is not pmsync's alone."""
    text = wanted.removeprefix("repos:\n")
    if all(line in yours.split("\n") for line in text.strip("\n").split("\n")):
        return f"{path} has what pmsync needs already"
    where = " below its `repos:`" if path == HOOKS else ""
    return f"{path} is yours: add this{where}\n\n{text}"


def look_around(root: Path, documents: Sequence[str] = ()) -> Surroundings:
    """Returns what the repository at `root` shows of itself; where it shows nothing, the defaults.

    Args:
        root: the repository's top.
        documents: globs of the postmortems, where somebody names them.

    Raises:
        UsageError: there is a configuration, and it cannot be used.
    """
    branch = _default_branch(root)
    if (root / DEFAULT_PATH).exists():
        config = load_config(None, root)
        found = survey(root, config.documents, ", ".join(config.documents), known=config.known)
        return Surroundings(branch, config.documents, config, (found,))
    globs = {glob: glob for glob in documents}
    if not documents:
        globs = {folder: f"{folder}/**/*.md" for folder in find_folders(read_checkout(root, {}).paths)}
    surveys = tuple(survey(root, [glob], place) for place, glob in globs.items())
    left_out = () if documents else dict.fromkeys(it for found in surveys for it in found.exclusions)
    return Surroundings(branch, (*globs.values(), *left_out) or _DEFAULTS.documents, found=surveys)


def make_setup(
    surroundings: Surroundings,
    since: date | None = None,
    *,
    copy: "Copy",
    pre_commit: bool = False,
    merge_driver: bool = False,
) -> dict[str, str]:
    """Returns the text of each file to write, by its path from the repository's root.

    A configuration that is there already is kept, and the workflow is made from it.

    Args:
        surroundings: what is known of the repository.
        since: postmortems before this day shall get no issues.
        copy: the pmsync that the workflow is to run; where nobody knows it, there is none.
        pre_commit: whether documents shall be checked before each commit, by pre-commit (pre-commit.com).
        merge_driver: whether git shall merge documents by pmsync's driver.
    """
    made = {} if copy.is_unknown else {WORKFLOW: _make_workflow(surroundings, copy)}
    if not surroundings.config:
        made = {DEFAULT_PATH.as_posix(): _make_configuration(surroundings, since, copy)} | made
    hooks = {HOOKS: f"repos:\n{make_hook(surroundings, copy)}"} if pre_commit else {}
    return made | hooks | ({ATTRIBUTES: make_attributes(surroundings.documents)} if merge_driver else {})


def make_hook(surroundings: Surroundings, copy: "Copy") -> str:
    """Returns what has to stand below `repos:` in `HOOKS` for documents to be checked before each commit.

    Where nobody knows the copy, it is the one on each machine's path.
    """
    globs = (glob for glob in surroundings.documents if not glob.startswith(EXCLUDES))
    repository = {"repo": copy.page, "rev": copy.revision}
    hook = {"id": "pmsync-check", "files": f"^({'|'.join(map(_to_documents, globs))})$"}
    if exclusions := [_to_pattern(glob) for glob in surroundings.documents if glob.startswith(EXCLUDES)]:
        hook |= {"exclude": f"^({'|'.join(exclusions)})(/|$)"}
    if copy.is_unknown:
        repository = {"repo": "local"}
        hook |= {"name": "pmsync check", "entry": "pmsync check", "language": "system"}
    lines = [f"    {key}: {_quote(value)}\n" for key, value in repository.items()] + ["    hooks:\n"]
    lines += [f"        {key}: {_quote(value)}\n" for key, value in hook.items()]
    lines[0] = lines[0].replace("    ", "  - ", 1)
    at = len(repository) + 1
    lines[at] = lines[at].replace("        ", "      - ", 1)
    return "".join(lines)


_ONE_OF = re.compile(r"(\[!?[\w-]+\])")
"""`[0-9]`, `[!a]`: one letter, in a glob."""


def _to_documents(glob: str) -> str:
    """Returns as a regular expression, which pre-commit takes, what a glob of `documents:` finds.

    One whose last part names no extension finds documents, and folders: the documents below these.
    """
    parts = glob.strip("/").split("/")
    if re.search(r"\.(?:[A-Za-z]|\[[A-Za-z]+\])+\Z", parts[-1]):
        return _to_steps(parts)
    *above, last = parts
    below = "(/.*)?" if "*" in last else "/.*"
    suffixes = "|".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
    return f"{_to_steps([*above, '*' if last == '**' else last])}{below}\\.({suffixes})"


def _to_pattern(exclusion: str) -> str:
    """Returns likewise what an exclusion says: a name alone is left out wherever it stands."""
    parts = exclusion.removeprefix(EXCLUDES).strip("/").split("/")
    return _to_steps(["**", *parts] if len(parts) == 1 else parts)


def _to_steps(parts: Sequence[str]) -> str:
    steps = ("(.*/)?" if part == "**" else f"{_to_part(part)}/" for part in parts)
    return "".join(steps).removesuffix("/")


def _to_part(part: str) -> str:
    pieces = _ONE_OF.split(part)
    return "".join(
        f"[{'^' if piece[1] == '!' else ''}{piece.strip('[!]')}]"
        if _ONE_OF.fullmatch(piece)
        else re.escape(piece).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        for piece in pieces
    )


def _quote(value: str) -> str:
    return value if re.fullmatch(r"[a-z][a-z -]*", value) else json.dumps(value, ensure_ascii=False)


def compare(root: Path, setup: Mapping[str, str]) -> dict[str, str]:
    """Returns what differs in each file of `setup` that is there already: a diff, or nothing.

    Raises:
        UsageError: one is there and cannot be read.
    """
    return {
        path: _diff(path, _read(root / path), text)
        for path, text in setup.items()
        if (root / path).exists() or (root / path).is_symlink()
    }


def write_setup(root: Path, setup: Mapping[str, str]) -> None:
    """Writes the files of `setup` under `root`, none of which is there: all of them, or none.

    Raises:
        UsageError: one exists already, would stand outside the repository, or cannot be written.
    """
    if existing := [path for path in setup if (root / path).exists() or (root / path).is_symlink()]:
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


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None


def _diff(path: str, yours: str, new: str) -> str:
    lines = (yours.splitlines(keepends=True), new.splitlines(keepends=True))
    return "".join(unified_diff(*lines, f"{path} (yours)", f"{path} (as it would be made)", n=1))


# ------------------------------------------------------------------------ looking around


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
    def is_unknown(self) -> bool:
        """Whether nothing tells who holds it."""
        return not self.name

    @property
    def action(self) -> str:
        """The action for a workflow: `owner/name@commit`."""
        is_commit = re.fullmatch("[0-9a-f]{40,64}", self.commit)
        return f"{self.name}@{self.revision}{f' # v{__version__}' if is_commit else ''}"

    @property
    def schema(self) -> str:
        """The address of the configuration's schema."""
        return f"{self.page}/raw/{self.revision}/{SCHEMA}"


def find_copy() -> Copy:
    """Returns the very pmsync that runs now.

    A checkout tells which that is, and so does what pip noted of an installation from git (PEP 610). Else
    who holds it is left open.
    """
    url, commit = _noted_origin() or _checked_out_origin()
    host, name = parse_remote(url)
    return Copy(host or "github.com", name or "", commit)


def find_kept_copy(root: Path) -> Copy | None:
    """Returns the pmsync that the workflow of a repository runs already; None where there is none."""
    text = _read(root / WORKFLOW) if (root / WORKFLOW).is_file() else ""
    found = re.search(r"uses:\s*([\w.-]+/[\w.-]*pmsync[\w.-]*@[\w./-]+)", text)
    return parse_copy(found[1]) if found else None


def _noted_origin() -> tuple[str, str] | None:
    try:
        noted = json.loads(distribution("pmsync").read_text("direct_url.json") or "{}")
        return str(noted["url"]), str(noted["vcs_info"]["commit_id"])
    except (PackageNotFoundError, ValueError, KeyError, TypeError):
        return None


def _checked_out_origin() -> tuple[str, str]:
    """Where the checkout at hand comes from, and its newest commit that is there too."""
    home = Path(__file__).parents[1]
    if not (home / ".git").exists() or not (home / "action.yml").exists():
        return "", ""
    url = ask_git(home, "config", "--get", "remote.origin.url")
    there = (ask_git(home, "for-each-ref", "--format=%(objectname)", "refs/remotes/origin") or "").split()
    bases = (ask_git(home, "merge-base", "HEAD", commit) for commit in dict.fromkeys(there))
    known = list(filter(None, bases))
    newest = ask_git(home, "rev-list", "--max-count=1", "--topo-order", *known, "--") if known else ""
    return url or "", newest or ""


def parse_copy(reference: str, host: str = "github.com") -> Copy:
    """Reads `owner/name@commit`, as a workflow names an action.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"([\w.-]+/[\w.-]+)@([\w./-]+)", reference)
    if not found:
        raise ValueError(f"{reference!r} is no action: write it as OWNER/pmsync@COMMIT")
    return Copy(host, found[1], found[2])


# ------------------------------------------------------------------------------- making


def _make_configuration(surroundings: Surroundings, since: date | None, copy: Copy) -> str:
    """Returns a configuration in which every option is explained, and commented out where not set."""
    set_here = {"documents": json.dumps(list(surroundings.documents), ensure_ascii=False)}
    if since:
        set_here["since"] = since.isoformat()
    examples = {key: option.example for key, option in OPTIONS.items()}
    if names := count_names(name for found in surroundings.found for name in found.owners):
        known = (
            f"#   {json.dumps(shown(name), ensure_ascii=False)}: LOGIN"
            for name, _ in names.most_common(_MOST_NAMES)
        )
        examples["owners"] = "\n".join(["", *known])
    schema = "" if copy.is_unknown else f"# yaml-language-server: $schema={copy.schema}\n"
    blocks = [
        f"{schema}# Configuration of pmsync."
        " What is commented out shows the form; without it, the default holds.\n"
    ]
    for key, option in OPTIONS.items():
        line = (
            f"{key}: {set_here[key]}"
            if key in set_here
            else f"# {key}: {examples[key]}".replace(": \n", ":\n")
        )
        blocks.append(f"# {option.doc}\n{line}\n")
    return "\n".join(blocks)


def _make_workflow(surroundings: Surroundings, copy: Copy) -> str:
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
        "__ACTION__": copy.action,
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
