"""A document's front matter: read, never written."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from pmsync.errors import DocumentError

_LINE_END = r"(?:\r\n|\r|\n)"
_FENCE_BELOW = r"(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)"
_FENCED = re.compile(
    rf"\ufeff?---[ \t]*{_LINE_END}(?P<payload>(?:(?!{_FENCE_BELOW})[^\r\n]*{_LINE_END})*+){_FENCE_BELOW}"
)
_KEY = re.compile(r"[A-Za-z_][\w .-]*:(?:\s|$)")

_LIMIT = 64 * 1024
"""More is no front matter."""
_MAX_DEPTH = 50
"""The YAML parser's time grows with the square of it."""

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
    fenced = _FENCED.match(text)
    payload = fenced["payload"] if fenced else ""
    first = next((line for line in payload.splitlines() if line.strip() and not line.startswith("#")), "")
    if fenced is None or not _KEY.match(first):
        return FrontMatter()
    if len(payload) > _LIMIT:
        raise DocumentError(document, f"The front matter is over {_LIMIT // 1024} KiB; shorten it.", 1)
    loaded = _load(document, payload)
    if not isinstance(loaded, dict):
        return FrontMatter()
    named = {str(key).strip().lower(): value for key, value in loaded.items()}
    return FrontMatter(
        end=fenced.end(),
        values={name: value.strip() for name, value in named.items() if isinstance(value, str)},
        lists={name: tuple(_texts(value)) for name, value in named.items() if isinstance(value, list)},
    )


def _load(document: str, payload: str) -> object:
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    depths = accumulate(1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", payload))
    if max(depths, default=0) > _MAX_DEPTH:
        raise DocumentError(document, "The front matter nests too deeply to be read; flatten it.", 1)
    try:
        # Plain strings throughout: `010`, `no` and `2026-13-45` then mean what they say.
        return YAMLHandler().load(payload.replace("\ufeff", ""), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0] or "it cannot be read"
        raise DocumentError(
            document,
            f"The front matter is no valid YAML ({problem}); correct it, or quote the value.",
            mark.line + 2 if mark else 1,
        ) from None


def _texts(values: list[object]) -> Iterator[str]:
    return (value.strip() for value in values if isinstance(value, str) and value.strip())


def as_date(value: str) -> str | None:
    """Returns the ISO date that `value` begins with, if it is one."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", value)
    try:
        return datetime.date.fromisoformat(found.group()).isoformat() if found else None
    except ValueError:
        return None
