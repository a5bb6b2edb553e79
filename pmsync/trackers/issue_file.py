r"""A local issue's text: front matter, body, comments. Nothing here touches a file.

Reading goes through YAML; writing replaces just the lines of the value that changes, and the result
is read again before anybody gets it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self, TypeAlias

import yaml

MAX_FRONT_MATTER = 16 * 1024
"""Characters of front matter that are read: YAML's C parser crashes on deep nesting in much more."""

Value: TypeAlias = str | tuple[str, ...]

_LISTS = frozenset({"labels", "assignees"})
_NOTHING = ("", "~", "null")
_STATES = frozenset({"open", "closed"})
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_OPENING = re.compile(r"\ufeff?---[ \t]*\r?(?:\n|\Z)")
_CLOSING = re.compile(r"(?m)^---[ \t]*\r?(?:\n|\Z)")
_COMMENT = re.compile(r"(?m)^<!-- comment by [^\n]*-->[ \t]*\r?$")
_MIMICRY = re.compile(r"(?m)^(?=\\*<!-- comment by )")
_DISGUISE = re.compile(r"(?m)^\\(?=\\*<!-- comment by )")
_BELONGS_ABOVE = re.compile(r"[ \t]+[^ \t\r\n#]|-(?:[ \t\r\n]|$)")
_BLANK = re.compile(r"[ \t]*(?:#.*)?\r?\n?")
_REASONS = {
    "completed": "completed",
    "done": "completed",
    "not planned": "not_planned",
    "wont do": "not_planned",
    "wontfix": "not_planned",
    "duplicate": "duplicate",
    "reopened": "reopened",
}
"""What people write as the reason of a state."""


class IssueFileError(ValueError):
    """A text that describes no issue. `str()` says why, `line` (from 1) says where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class IssueFile:
    """The text of a local issue, known to be readable. Make one with `parse`.

    Attributes:
        text: the whole of it.
        head: where the front matter stands in it, fences excluded.
        rest: where what follows the front matter begins.
        values: the front matter's strings and lists of strings, by key.
    """

    text: str
    head: tuple[int, int]
    rest: int
    values: dict[str, Value]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a local issue.

        Raises:
            IssueFileError: it cannot be read as one.
        """
        start = _OPENING.match(text)
        if start is None:
            raise IssueFileError(1, "it does not begin with front matter: a line `---`")
        end = _CLOSING.search(text, start.end())
        if end is None:
            raise IssueFileError(1, "its front matter has no end: a second line `---`")
        head = text[start.end() : end.start()]
        if len(head) > MAX_FRONT_MATTER:
            raise IssueFileError(1, f"its front matter is longer than {MAX_FRONT_MATTER:,} characters")
        return cls(text, (start.end(), end.start()), end.end(), _read_values(head))

    @classmethod
    def make(cls, values: dict[str, Value], body: str) -> Self:
        """Writes a new local issue."""
        head = "".join(_entry(key, value, "\n") for key, value in values.items())
        return cls.parse(f"---\n{head}---\n\n{_disguise(body)}\n")

    # ------------------------------------------------------------------------------ reading

    def text_of(self, key: str) -> str:
        """Returns a string of the front matter; empty where it is missing or a list."""
        value = self.values.get(key, "")
        return value if isinstance(value, str) else ""

    def names(self, key: str) -> tuple[str, ...]:
        """Returns a list of the front matter; a single string counts as a list with commas."""
        value = self.values.get(key, ())
        if value in _NOTHING:
            return ()
        names = value.split(",") if isinstance(value, str) else value
        return tuple(name.strip() for name in names if name.strip())

    def moment(self, key: str) -> datetime | None:
        """Returns a moment of the front matter; None where it is missing or cannot be understood."""
        try:
            moment = datetime.fromisoformat(self.text_of(key))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def is_open(self) -> bool:
        """What `state:` says."""
        return self.text_of("state").lower() != "closed"

    @property
    def state_reason(self) -> str | None:
        """The reason in GitHub's words; an open issue that tells of having been closed was reopened."""
        written = re.sub(r"[\s_-]+", " ", self.text_of("state_reason").lower()).replace("'", "")
        reason = _REASONS.get(written.strip())
        if self.is_open:
            return "reopened" if reason or self.moment("closed") else None
        return "completed" if reason in (None, "reopened") else reason

    @cached_property
    def body(self) -> str:
        """What stands between the front matter and the comments, without the line ends around it."""
        return _DISGUISE.sub("", self.text[self._body_start : self._body_end]).rstrip("\r\n")

    @property
    def comments(self) -> int:
        """How many comments there are."""
        return len(_COMMENT.findall(self.text, self._body_start))

    @property
    def _body_start(self) -> int:
        blank = re.compile(r"[ \t]*\r?\n").match(self.text, self.rest)
        return blank.end() if blank else self.rest

    @property
    def _body_end(self) -> int:
        comment = _COMMENT.search(self.text, self._body_start)
        return comment.start() if comment else len(self.text)

    @property
    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self.text[: self.head[0]] else "\n"

    # ------------------------------------------------------------------------------ writing

    def with_value(self, key: str, value: Value | None) -> Self:
        """Returns the page with one value set, or taken out (None); all other bytes stay.

        Raises:
            IssueFileError: the front matter is written in a way that cannot be edited line by line.
        """
        lines = re.findall(r"[^\n]*\n|[^\n]+", self.text[slice(*self.head)])
        found = _lines_of(key, lines)
        expected = {name: each for name, each in self.values.items() if name != key}
        if value is not None:
            expected[key] = value
        hidden = not found and key in self.values
        lines[found.start : found.stop] = [] if value is None else [_entry(key, value, self._line_end)]
        try:
            page = self.parse("".join([self.text[: self.head[0]], *lines, self.text[self.head[1] :]]))
        except IssueFileError:
            page = None
        if hidden or page is None or page.values != expected:
            raise IssueFileError(2 + found.start, f"`{key}:` is written in a way that cannot be edited here")
        return page

    def with_body(self, body: str) -> Self:
        """Returns the page with another body."""
        comments = self.text[self._body_end :]
        between = self._line_end * (2 if comments else 1)
        return self.parse(f"{self.text[: self._body_start]}{_disguise(body)}{between}{comments}")

    def with_comment(self, comment: str, author: str, moment: datetime) -> Self:
        """Returns the page with one more comment at its end."""
        opening = f"<!-- comment by {author} on {stamp(moment)} -->"
        parts = [self.text.rstrip("\r\n"), "", opening, "", _disguise(comment), ""]
        return self.parse(self._line_end.join(parts))


def stamp(moment: datetime) -> str:
    """Returns `moment` as front matter holds it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _read_values(head: str) -> dict[str, Value]:
    """Returns the strings and lists of strings of a front matter."""
    try:
        loaded = yaml.load(head, Loader=_LOADER)  # noqa: S506  (makes nothing but strings)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise IssueFileError(2 + line, f"its front matter is not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, TypeError, ValueError):
        raise IssueFileError(2, "its front matter is not valid YAML") from None
    if loaded is not None and not isinstance(loaded, dict):
        raise IssueFileError(2, "its front matter is no list of `key: value` lines")
    values: dict[str, Value] = {}
    for key, value in (loaded or {}).items():
        if isinstance(value, str):
            values[str(key)] = value
        elif isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            values[str(key)] = tuple(value)
        elif key in _LISTS or key in ("title", "state", "state_reason"):
            raise IssueFileError(_line_of(str(key), head), f"`{key}:` is no simple value")
    state = values.get("state", "open")
    if not isinstance(state, str) or state.lower() not in _STATES:
        raise IssueFileError(_line_of("state", head), f"`state: {state}` is neither `open` nor `closed`")
    return values


def _line_of(key: str, head: str) -> int:
    return 2 + _lines_of(key, head.split("\n")).start


def _lines_of(key: str, lines: Sequence[str]) -> range:
    """Returns which `lines` hold the value of a top-level `key`: none, at the end, where it is missing."""
    start = re.compile(rf"{re.escape(key)}[ \t]*:(?=[ \t\r\n]|$)")
    first = next((index for index, line in enumerate(lines) if start.match(line)), None)
    if first is None:
        return range(len(lines), len(lines))
    last = first
    for index in range(first + 1, len(lines)):
        if _BELONGS_ABOVE.match(lines[index]):
            last = index
        elif not _BLANK.fullmatch(lines[index]):
            break
    return range(first, last + 1)


def _entry(key: str, value: Value, line_end: str) -> str:
    """Returns the line that sets `key`, as YAML that says just that."""
    plain = all(text.isprintable() for text in value)
    # PyYAML writes some line separators in a way that it does not read; in quotes it escapes them.
    style = None if plain else '"'
    if isinstance(value, str) and plain:
        written = yaml.safe_dump({key: value}, width=2**30, allow_unicode=True)
        return written.rstrip("\n") + line_end
    data = value if isinstance(value, str) else list(value)
    written = yaml.safe_dump(
        [data], width=2**30, allow_unicode=plain, default_style=style, default_flow_style=True
    )
    return f"{key}: {written.strip()[1:-1]}{line_end}"


def _disguise(text: str) -> str:
    r"""Returns `text` so that none of its lines begins a comment: such a line gets a `\` more."""
    return _MIMICRY.sub(r"\\", text)
