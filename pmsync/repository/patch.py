"""A patch that `git apply` takes, for when nothing may be pushed."""

import re
from collections.abc import Iterator, Sequence

from pmsync.text import encode

_CONTEXT = 3
_PLAIN = re.compile(r"[\w./+,=@%~-]+", re.ASCII)


def make_patch(document: str, old: str, new: str) -> str:
    """Returns the difference of two texts of one document, in git's format; empty where there is none.

    Lines are compared one with one, in linear time: a write-back changes lines of a document but neither
    adds nor removes any. Where the counts differ, as in a page with a table of all postmortems, all is
    replaced between the first line that differs and the last.
    """
    if old == new:
        return ""
    before, after = _split(old), _split(new)
    lines = [
        f"diff --git {_quoted('a/' + document)} {_quoted('b/' + document)}\n",
        f"--- {_quoted('a/' + document)}\n",
        f"+++ {_quoted('b/' + document)}\n",
    ]
    if len(before) == len(after):
        for start, end in _hunks(before, after):
            lines.append(f"@@ -{_range(start, end)} +{_range(start, end)} @@\n")
            lines += _pair(before[start:end], after[start:end])
    else:
        lines += _replace_middle(before, after)
    return "".join(lines)


def _split(text: str) -> list[str]:
    """Splits at line feeds alone, as git does."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields where each stretch of changed lines begins and ends, with its context."""
    start = end = -1
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        if start >= 0 and index - _CONTEXT > end:
            yield start, end
            start = -1
        if start < 0:
            start = max(0, index - _CONTEXT)
        end = min(len(before), index + 1 + _CONTEXT)
    yield start, end


def _replace_middle(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yields one hunk, with its context, that replaces all but what both begin and end with."""
    most = min(len(before), len(after))
    head = next((at for at in range(most) if before[at] != after[at]), most)
    tail = next((at for at in range(most - head) if before[-1 - at] != after[-1 - at]), most - head)
    start, rest = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    end, new_end = len(before) - rest, len(after) - rest
    yield f"@@ -{_range(start, end)} +{_range(start, new_end)} @@\n"
    yield from (_line(" ", line) for line in before[start:head])
    yield from _replace(before[head : len(before) - tail], after[head : len(after) - tail])
    yield from (_line(" ", line) for line in before[len(before) - tail : end])


def _pair(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yields the lines of a hunk in which each line stands against one line."""
    changed = 0  # where the present run of changed lines begins
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            yield from _replace(before[changed:index], after[changed:index])
            yield _line(" ", old)
            changed = index + 1
    yield from _replace(before[changed:], after[changed:])


def _replace(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    yield from (_line("-", line) for line in before)
    yield from (_line("+", line) for line in after)


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    return f"{start + 1 if end > start else start},{end - start}"


def _quoted(path: str) -> str:
    """Quotes a path as git does (git-scm.com/docs/git-config, `core.quotePath`)."""
    if _PLAIN.fullmatch(path):
        return path
    escapes = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\t"}
    escaped = (escapes.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in encode(path))
    return f'"{"".join(escaped)}"'
