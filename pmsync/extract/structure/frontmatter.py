"""A document's front matter: read, never written."""

import datetime
import re
from dataclasses import dataclass, field

from pmsync.errors import DocumentError

_OPENING = re.compile(r"\ufeff?---[ \t]*(?:\r\n|\r|\n)")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KEY = re.compile(r"[A-Za-z_][\w .-]*:(?:\s|$)")

_LIMIT = 64 * 1024
"""More is no front matter; the YAML parser also overflows its stack on deep nesting beyond this."""

_MAX_DEPTH = 50
_OFF = {"false", "off", "no"}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a document's front matter says.

    Attributes:
        end: just past the closing fence; 0 where there is no front matter.
        values: plain top-level values, as text, by lower-case key.
        lists: top-level lists of plain values.
    """

    end: int = 0
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def opted_out(self) -> bool:
        """`pmsync: false`."""
        return self.values.get("pmsync", "").lower() in _OFF

    @property
    def is_draft(self) -> bool:
        """`draft: true`, as site generators have it."""
        return self.values.get("draft", "").lower() in {"true", "yes", "on"}

    def all_of(self, key: str) -> tuple[str, ...]:
        """The value or values under `key`."""
        single = self.values.get(key, "")
        return self.lists.get(key) or tuple(part.strip() for part in single.split(",") if part.strip())


def read_front_matter(document: str, text: str) -> FrontMatter:
    """Reads what stands between `---` fences at the top of `text`.

    Two rules with prose between them are no front matter: the payload has to be a mapping.

    Raises:
        DocumentError: it is meant as front matter (its first line is a key) but is no YAML.
    """
    fenced = _fences(text)
    if fenced is None:
        return FrontMatter()
    payload_start, payload_end, end = fenced
    payload = text[payload_start:payload_end]
    first = next((line for line in payload.splitlines() if line.strip() and not line.startswith("#")), "")
    if not _KEY.match(first):
        return FrontMatter()
    if len(payload) > _LIMIT:
        raise DocumentError(document, f"The front matter is over {_LIMIT // 1024} KiB; shorten it.", 1)
    return _interpret(document, payload, end)


def _fences(text: str) -> tuple[int, int, int] | None:
    """Where the payload starts and ends, and where the closing fence ends."""
    opening = _OPENING.match(text)
    if not opening:
        return None
    at = opening.end()
    while at < len(text):
        closing = _CLOSING.match(text, at)
        if closing:
            return opening.end(), at, closing.end()
        line = _LINE.match(text, at)
        at = line.end() if line and line.end() > at else len(text)
    return None


def _interpret(document: str, payload: str, end: int) -> FrontMatter:
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    if _too_deep(payload):
        raise DocumentError(document, "The front matter nests too deeply to be read; flatten it.", 1)
    try:
        # Plain strings throughout: `010`, `no` and `2026-13-45` then mean what they say.
        loaded = YAMLHandler().load(payload.replace("\ufeff", ""), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        problem = error.problem or "it cannot be read"
        raise DocumentError(
            document, f"The front matter is no valid YAML ({problem}); correct it, or quote the value.", line
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = str(error).splitlines()[0] if str(error) else "it cannot be read"
        raise DocumentError(
            document, f"The front matter is no valid YAML ({problem}); correct it.", 1
        ) from None
    if not isinstance(loaded, dict):
        return FrontMatter()
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for key, value in loaded.items():
        name = str(key).strip().lower()
        if isinstance(value, str):
            values[name] = value.strip()
        elif isinstance(value, list):
            lists[name] = tuple(part.strip() for part in value if isinstance(part, str) and part.strip())
    return FrontMatter(end=end, values=values, lists=lists)


def _too_deep(payload: str) -> bool:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", payload):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    indents = [len(line) - len(line.lstrip(" -")) for line in payload.split("\n")]
    return deepest > _MAX_DEPTH or max(indents, default=0) > 2 * _MAX_DEPTH


def as_date(value: str) -> str | None:
    """Returns the ISO date that `value` begins with, if it is one."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", value)
    try:
        return datetime.date.fromisoformat(found.group()).isoformat() if found else None
    except ValueError:
        return None
