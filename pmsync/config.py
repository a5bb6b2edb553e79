"""The configuration, `.github/pmsync.yml`: read whole, every problem told at once, never guessed at.

Each option is a field of `Config` and a row of `OPTIONS`, which says how it is written and what it is for;
the file written by `pmsync init` is made from that, and a test holds the README to it.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pmsync.check.levels import DEFAULT, BySeverity, Level, comparable_severity
from pmsync.check.rules import RULES
from pmsync.check.words import same_name
from pmsync.documents import EXCLUDES
from pmsync.errors import UsageError
from pmsync.model import Known
from pmsync.text import shown

if TYPE_CHECKING:
    import yaml

DEFAULT_PATH = Path(".github/pmsync.yml")
"""Where the configuration stands, from the repository's root."""

MAX_BYTES = 64 * 1024
"""What is longer is no configuration, and deep nesting can exhaust a YAML reader."""

_MAX_DEPTH = 8
"""Far more than any option needs. YAML readers are slow (Python) or crash (C) on deep nesting."""

_T = TypeVar("_T")
_Read = TypeVar("_Read")
_Problems = list[tuple[int, str]]
"""The line of each problem, and what it is."""


# --------------------------------------------------------------------------- one value


def _quoted(value: str) -> str:
    """Returns the file's own words, short and on one line, for a message."""
    words = " ".join(value.split())
    return f"'{words[:40]}…'" if len(words) > 40 else f"'{words}'"


def _text(value: str) -> str:
    text = value.strip()
    if not text:
        raise ValueError("is empty: write a value or remove the line")
    if "\n" in text or "\t" in text or shown(text) != text:
        raise ValueError(f"{_quoted(text)} has a line break or a control character: write one plain line")
    return text


def _glob(value: str) -> str:
    glob = _text(value)
    if glob.startswith("/") or re.match(r"[A-Za-z]:", glob) or ".." in glob.split("/"):
        raise ValueError(
            f"{_quoted(glob)} leaves the repository: write a path from its root, as 'docs/**/*.md'"
        )
    if any("**" in part and part != "**" for part in glob.split("/")):
        raise ValueError(
            f"{_quoted(glob)} has '**' beside other characters: it must stand alone between slashes"
        )
    return glob


def _document_glob(value: str) -> str:
    text = _text(value)
    return EXCLUDES * text.startswith(EXCLUDES) + _glob(text.removeprefix(EXCLUDES))


def _page(value: str) -> str:
    page = _glob(value)
    if re.search(r"[*?[]", page) or not re.search(r"(?i)\.(md|markdown)$", page):
        raise ValueError(
            f"{_quoted(page)} is no Markdown file: write its path, as 'docs/incidents/README.md'"
        )
    return page


def _label(value: str) -> str:
    label = _text(value)
    if len(label) > 50:
        raise ValueError(f"{_quoted(label)} has {len(label)} characters: GitHub takes at most 50 for a label")
    return label


def _listed_label(value: str) -> str:
    label = _label(value)
    if "," in label:
        raise ValueError(
            f"{_quoted(label)} has a comma: GitHub cannot list issues by such a label, choose one without"
        )
    return label


def _color(value: str) -> str:
    color = _text(value).removeprefix("#")
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", color):
        raise ValueError(f"{_quoted(color)} is no colour: write six hexadecimal digits, as 'd93f0b'")
    return color.lower()


def _description(value: str) -> str:
    description = _text(value) if value.strip() else ""
    if len(description) > 100:
        raise ValueError(f"has {len(description)} characters: GitHub takes at most 100")
    return description


def _repository(value: str) -> str:
    name = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", name):
        raise ValueError(f"{_quoted(name)} is no repository: write it as 'owner/name'")
    return name


def _branch(value: str) -> str:
    """Takes what git does: git-scm.com/docs/git-check-ref-format."""
    name = _text(value)
    parts = name.split("/")
    if (
        re.search(r"[ ~^:?*\[\\]|\.\.|@\{|\.$", name)
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
        or name.startswith(("-", "refs/"))
        or name == "@"
        or len(name.encode()) > 200
    ):
        raise ValueError(f"{_quoted(name)} is no name for a branch: write one as 'bot/pmsync'")
    return name


def _login(value: str) -> str:
    login = _text(value).removeprefix("@")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", login):
        raise ValueError(f"{_quoted(login)} is no GitHub login")
    return login


def _date(value: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"{_quoted(value)} is no date: write it as '2026-03-01'")


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise ValueError(f"{_quoted(value)} is no count: write a whole number, as '50'")
    return int(value)


def _days(value: str) -> int:
    days = _count(value) if value.isdecimal() else 0
    if not 1 <= days <= 3650:
        raise ValueError(f"{_quoted(value)} is no number of days: write a whole number from 1, as '30'")
    return days


def _flag(value: str) -> bool:
    if value.casefold() not in {"true", "false"}:
        raise ValueError(f"{_quoted(value)} is not possible: write 'true' or 'false'")
    return value.casefold() == "true"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Converts a value that has to be one of a few words."""

    words: tuple[str, ...]

    def __call__(self, value: str) -> str:
        """Returns `value`; `ValueError` where it is another word."""
        if value not in self.words:
            choices = " or ".join(f"'{word}'" for word in self.words)
            raise ValueError(f"{_quoted(value)} is not possible: write {choices}")
        return value


def _one_of(*words: str) -> OneOf:
    return OneOf(words)


def _level(value: str) -> Level:
    return Level(_one_of(*Level)(value))


def _suggestion(word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.strip().casefold().replace("-", "_"), known, n=1)
    return f": did you mean '{near[0]}'?" if near else ""


# ------------------------------------------------------------------------- the options


DUE_POLICIES: Mapping[str, Mapping[str, int]] = {
    "gitlab": {
        f"{word}{level}": days for word in ("SEV-", "P") for level, days in enumerate((7, 30, 60, 90), 1)
    },
    "atlassian": {"P1": 28, "SEV-1": 28, "P2": 56, "SEV-2": 56},
}
"""Policies by name. GitLab's handbook, on issue triage, "Severity SLOs", has corrective actions done in 7,
30, 60 and 90 days by their severity. Atlassian's incident management handbook, on postmortems, gives priority
actions four weeks or eight, "depending on the service": here, on the first or second severity."""


@dataclass(frozen=True, slots=True)
class Option:
    """What is said of one option.

    Attributes:
        shape: one value, a list of them, or a mapping of a text to a value, or to a list of values, or one of
            a rule's code to a value or to a mapping of severities.
        convert: one value's text to what it means; `ValueError` says what is wrong with it.
        example: YAML that follows the key, for the file that `pmsync init` writes.
        doc: one sentence or two for people.
        presets: what a name stands for where it is written in place of the value.
        fault: says what is wrong with the whole value, where each part is right; empty where nothing is.
    """

    shape: Literal["one", "list", "mapping", "lists", "rules"]
    convert: Callable[[str], object]
    example: str
    doc: str
    presets: Mapping[str, object] = field(default_factory=dict)
    fault: Callable[[Any], str] = lambda _: ""


def _excludes_first(globs: tuple[str, ...]) -> str:
    """Says so where an exclusion has nothing before it that it could take away from."""
    if not globs or not globs[0].startswith(EXCLUDES):
        return ""
    return f"{_quoted(globs[0])} has nothing to leave out: write what to read before it, as 'docs/**/*.md'"


def _one_login_each(owners: Mapping[str, str]) -> str:
    """Says so where a name stands for two logins, in whatever spelling: only one of them could count."""
    first: dict[str, str] = {}
    for name, login in owners.items():
        known = first.setdefault(same_name(name), name)
        if owners[known].casefold() != login.casefold():
            return f"{_quoted(name)} and {_quoted(known)} are the same name: remove one, or write more of it"
    return ""


OPTIONS: Mapping[str, Option] = {
    "documents": Option(
        "list",
        _document_glob,
        '["postmortems/**/*.md", "!postmortems/README.md"]',
        "Where the postmortems are: paths or globs from the repository's root; `!` before one takes away.",
        fault=_excludes_first,
    ),
    "tracker": Option(
        "one",
        _one_of("github", "local"),
        "github",
        "Where issues live: `github`, or `local` for files under `.pmsync/issues/`.",
    ),
    "repository": Option(
        "one",
        _repository,
        "acme/reliability",
        "The issues' repository, `owner/name`, if it is not the documents' own.",
    ),
    "label": Option(
        "one",
        _listed_label,
        "postmortem",
        "The label of every issue that pmsync makes; it finds them again by it. No comma.",
    ),
    "label_color": Option(
        "one",
        _color,
        '"d93f0b"',
        "The colour that the label gets when pmsync makes it: six hexadecimal digits.",
    ),
    "label_description": Option(
        "one",
        _description,
        '"An action item of a postmortem"',
        "The description that the label gets when pmsync makes it: at most 100 characters.",
    ),
    "previous_labels": Option(
        "list",
        _listed_label,
        "[incident-follow-up]",
        "What `label` was before: issues that still bear one of these are found too. No comma.",
    ),
    "labels": Option("list", _label, "[reliability]", "Further labels for each new issue."),
    "labels_for": Option(
        "mapping",
        _label,
        "{SEV-1: sev-1, P0: urgent, prevent: prevention}",
        "A label more for new issues of a severity, priority or type, by the word for that.",
    ),
    "owners": Option(
        "mapping",
        _login,
        '{Ada: ada-l, "Payments team": pay-lead}',
        "Names as postmortems write them, and the GitHub login to assign for each, who may have several. "
        "These names are known wherever an owner may stand (`Ada: …`).",
        fault=_one_login_each,
    ),
    "teams": Option(
        "lists",
        _text,
        "{Payments: [ada-l, Jo]}",
        "Teams, and the names or logins of their people, for the status report.",
    ),
    "due_within": Option(
        "mapping",
        _days,
        "{SEV-1: 30, SEV-2: 60}",
        "When an item without a due date falls due: days from the postmortem's date by priority or severity, "
        "or a policy's name, `gitlab` or `atlassian`. Unset, never.",
        DUE_POLICIES,
    ),
    "trusted_authors": Option(
        "list",
        _login,
        '["acme-pmsync[bot]"]',
        "Logins whose issues may carry pmsync's marker without a look at their rights (an App's, say).",
    ),
    "sections": Option(
        "list", _text, '["Homework"]', "Your own headings for action items, besides those that pmsync knows."
    ),
    "since": Option(
        "one", _date, "2026-01-01", "Postmortems dated before this day get no new issues. Unset, all may."
    ),
    "drafts": Option(
        "one",
        _one_of("wait", "sync"),
        "wait",
        "A document that calls itself a draft, in front matter or status line: let it `wait`, or `sync` it.",
    ),
    "done_items": Option(
        "one",
        _one_of("skip", "create"),
        "skip",
        "An item that is done before it ever had an issue: `skip` it, or `create` one.",
    ),
    "on_removed": Option(
        "one",
        _one_of("report", "close"),
        "report",
        "An open issue whose item is gone: `report` it, or `close` it as not planned, at the default branch's"
        " head alone, which a clone must know (`git remote set-head origin -a`).",
    ),
    "max_creates": Option(
        "one",
        _count,
        "50",
        "A run that would create more issues than this is refused before it writes anything.",
    ),
    "on_no_documents": Option(
        "one",
        _one_of("warn", "fail"),
        "warn",
        "A path or glob of `documents` that matches nothing: `warn` of it, or `fail` the run.",
    ),
    "write_back_branch": Option(
        "one",
        _branch,
        "bot/pmsync",
        "The branch of pmsync's pull request. Unset, `pmsync/write-back`, and another for each other "
        "configuration.",
    ),
    "check": Option(
        "rules",
        _level,
        "{PM003: off, PM001: {SEV-1: error, default: warning}}",
        "What each rule of `pmsync check` is: `error`, `warning` or `off`, also by severity of the incident.",
    ),
    "index": Option(
        "one",
        _page,
        "docs/incidents/README.md",
        "A page with a table of all postmortems, between the comments `<!-- pmsync:index -->` and "
        "`<!-- /pmsync:index -->`.",
    ),
    "dashboard": Option(
        "one",
        _flag,
        "true",
        "Whether an issue on GitHub is kept that holds the status report, to be pinned.",
    ),
    "nudges": Option(
        "one",
        _flag,
        "true",
        "Whether issues get the label `overdue` or `due-soon` while they are, by the due date of their item.",
    ),
    "suggestions": Option(
        "one",
        _flag,
        "true",
        "Whether the Action suggests, on a pull request's lines, an owner and a due date where they lack.",
    ),
}
"""Every key that the file may hold, in the order to show them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What `.github/pmsync.yml` says, as `OPTIONS` documents it; without a file, the defaults."""

    documents: tuple[str, ...] = ("postmortems/**/*.md",)
    tracker: str = "github"
    repository: str = ""
    label: str = "postmortem"
    label_color: str = "d93f0b"
    label_description: str = "An action item of a postmortem"
    previous_labels: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    labels_for: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    due_within: Mapping[str, int] = field(default_factory=dict)
    trusted_authors: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    since: date | None = None
    drafts: str = "wait"
    done_items: str = "skip"
    on_removed: str = "report"
    max_creates: int = 50
    on_no_documents: str = "warn"
    write_back_branch: str = ""
    check: Mapping[str, Level | BySeverity] = field(default_factory=dict)
    index: str = ""
    dashboard: bool = False
    nudges: bool = False
    suggestions: bool = False

    @property
    def known(self) -> Known:
        """What it tells of how documents are written: headings, and the names of those who own items."""
        return Known(sections=self.sections, people=(*self.owners, *self.teams))


# ----------------------------------------------------------------------------- reading


def load_config(path: Path | None, root: Path) -> Config:
    """Reads the configuration.

    Args:
        path: the file that the user named; None for `.github/pmsync.yml` under `root`, if it exists.
        root: the repository's root.

    Raises:
        UsageError: it is not there (though named), cannot be read, or says something impossible: one
            line for each problem, `file:line: what, and what to do`.
    """
    file = path or root / DEFAULT_PATH
    name = name_of(file, root)
    if path is None and not file.exists():
        other = file.with_suffix(".yaml")
        if other.exists():
            raise UsageError(f"{name_of(other, root)} is not read: rename it to {name}")
        return Config()
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):  # a pipe would be waited for without end
                raise UsageError(f"{name}: is no regular file, as a configuration is")
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{name}: there is no such configuration file") from None
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from None
    return decode_config(data, name)


def decode_config(data: bytes, name: str) -> Config:
    """Returns what a file's bytes say; `name` is the file's in messages. Raises as `load_config`."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: is larger than {MAX_BYTES // 1024} KiB, no configuration is")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8: save the file as UTF-8") from None
    return parse_config(text, name)


def parse_config(text: str, name: str = str(DEFAULT_PATH)) -> Config:
    """Returns what `text` (YAML) says; `name` is the file's in messages. Raises as `load_config`."""
    problems: _Problems = []
    values: dict[str, Any] = dict(_read_options(text, problems))
    if problems:
        raise UsageError("\n".join(shown(f"{name}:{line}: {what}") for line, what in sorted(problems)))
    return Config(**values)


def name_of(file: Path, root: Path) -> str:
    """Returns the file's path as a user of the repository knows it."""
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(file)


def _read_options(text: str, problems: _Problems) -> Iterator[tuple[str, object]]:
    """Yields each option that `text` sets and what to; what is wrong with it goes to `problems`."""
    for key, key_line, node in _top_level(text, problems):
        option = OPTIONS.get(key)
        if option is None:
            problems.append((key_line, f"unknown key {_quoted(key)}{_suggestion(key, tuple(OPTIONS))}"))
            continue
        found: _Problems = []
        value = _read_preset(node, option, found)
        if value is None:
            value = _READERS[option.shape](node, option.convert, found)
            if not found and (fault := option.fault(value)):
                found.append((_line(node), fault))
        problems += [(line, f"{key}: {what}") for line, what in found]
        if not found:
            yield key, value


def _top_level(text: str, problems: _Problems) -> list[tuple[str, int, "yaml.Node"]]:
    """Returns the key, its line and the value of each entry of the file."""
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                problems.append((_line(event), "has an alias (*): write the value out"))
                return []
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                problems.append((_line(event), "is nested too deeply for a configuration"))
                return []
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(error))
        return []
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.append((line, "has a character that YAML does not allow: remove it"))
        return []
    if root is None or _is_null(root):
        return []
    if not isinstance(root, yaml.MappingNode):
        problems.append((_line(root), "is not a mapping: write lines of the form 'key: value'"))
        return []
    return list(_entries(root, problems))


def _entries(mapping: "yaml.MappingNode", problems: _Problems) -> Iterator[tuple[str, int, "yaml.Node"]]:
    """Yields key, its line and value; a key that is no text, or stands twice, is a problem."""
    import yaml

    first: dict[str, int] = {}
    for key, value in mapping.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append((_line(key), "has a key that is no text"))
        elif key.value in first:
            problems.append((_line(key), f"key '{key.value}' stands twice, first on line {first[key.value]}"))
        else:
            first[key.value] = _line(key)
            yield key.value, _line(key), value


def _read_one(node: "yaml.Node", convert: Callable[[str], _T], problems: _Problems) -> _T | None:
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        kind = "list" if isinstance(node, yaml.SequenceNode) else "mapping"
        problems.append((_line(node), f"must be one value, not a {kind}"))
    elif _is_null(node):
        problems.append(
            (_line(node), "has no value: write one (in quotes if it begins with '#'), or remove the key")
        )
    else:
        try:
            # The text as written: a date, `no` or `007` is not turned into something else first.
            return convert(node.value)
        except ValueError as error:
            problems.append((_line(node), str(error)))
    return None


def _read_list(node: "yaml.Node", convert: Callable[[str], _T], problems: _Problems) -> tuple[_T | None, ...]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        problems.append((_line(node), "must be a list, not a mapping"))
        return ()
    entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(dict.fromkeys(_read_one(entry, convert, problems) for entry in entries))


def _read_mapping(
    node: "yaml.Node", convert: Callable[[str], _T], problems: _Problems
) -> Mapping[str, _T | None]:
    return _read_named(node, "value", partial(_read_one, convert=convert), problems)


def _read_lists(
    node: "yaml.Node", convert: Callable[[str], _T], problems: _Problems
) -> Mapping[str, tuple[_T | None, ...]]:
    return _read_named(node, "[value]", partial(_read_list, convert=convert), problems)


def _read_named(
    node: "yaml.Node", form: str, read: Callable[..., _Read], problems: _Problems
) -> Mapping[str, _Read]:
    """Reads a mapping whose values have all one form; no two names may be the same without blanks."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        problems.append((_line(node), f"must be a mapping: write lines of the form 'name: {form}' under it"))
        return {}
    values: dict[str, _Read] = {}
    for key, line, value in _entries(node, problems):
        name = key.strip()
        found: _Problems = []
        if not name:
            problems.append((line, "a name is empty"))
        elif name in values:
            problems.append((line, f"{_quoted(name)} stands here twice"))
        values[name] = read(value, problems=found)
        problems += [(at, f"{key}: {what}") for at, what in found]
    return values


def _read_preset(node: "yaml.Node", option: Option, problems: _Problems) -> object:
    """Returns what a name stands for; None where there is no name, or no option of names."""
    import yaml

    if not option.presets or not isinstance(node, yaml.ScalarNode) or _is_null(node):
        return None
    if node.value not in option.presets:
        names = " or ".join(f"'{name}'" for name in option.presets)
        problems.append((_line(node), f"{_quoted(node.value)} is no policy: write {names}, or a mapping"))
    return option.presets.get(node.value, {})


def _read_rules(node: "yaml.Node", convert: Callable[[str], _T], problems: _Problems) -> Mapping[str, object]:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        problems.append((_line(node), "must be a mapping: write lines of the form 'PM003: off' under it"))
        return {}
    codes = tuple(rule.code for rule in RULES)
    values: dict[str, object] = {}
    for key, line, value in _entries(node, problems):
        found: _Problems = []
        if key not in codes:
            found.append((line, f"is no rule: write one of {codes[0]} to {codes[-1]}"))
        elif isinstance(value, yaml.MappingNode):
            values[key] = _read_mapping(value, convert, found)
            found += _same_severities(value)
        else:
            values[key] = _read_one(value, convert, found)
        problems += [(at, f"{key}: {what}") for at, what in found]
    return values


def _same_severities(node: "yaml.MappingNode") -> _Problems:
    """Severities that are one, however they are spelt: only one of them could count."""
    first: dict[str, str] = {}
    problems: _Problems = []
    for key, line, _ in _entries(node, []):
        known = key if key == DEFAULT else comparable_severity(key)
        if first.setdefault(known, key) != key:
            problems.append((line, f"'{key}' and '{first[known]}' are the same severity: remove one"))
    return problems


_READERS: Mapping[str, Callable[["yaml.Node", Callable[[str], Any], _Problems], object]] = {
    "one": _read_one,
    "list": _read_list,
    "mapping": _read_mapping,
    "lists": _read_lists,
    "rules": _read_rules,
}


def _is_null(node: "yaml.Node") -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _line(marked: "yaml.Node | yaml.Event") -> int:
    mark = marked.start_mark
    return mark.line + 1 if mark else 1


def _syntax_problem(error: "yaml.MarkedYAMLError") -> tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = error.problem or "cannot be understood"
    if "'\\t'" in problem:
        problem = "has a tab where YAML wants blanks: indent with blanks"
    elif "'@'" in problem or "'`'" in problem:
        problem = "has a value that begins with '@' or '`': put it in quotes"
    elif "expected a single document" in (error.context or ""):
        problem = "holds more than one YAML document: remove the second '---'"
    else:
        problem = f"is no valid YAML: {problem}"
    return line, problem
