"""An item's title and body, as an issue should have them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pmsync.annotation import without
from pmsync.extract.fields.entry_text import EntryText, fields_alone
from pmsync.extract.fields.inline import SHORTCODE, Field
from pmsync.extract.fields.links import inline_references
from pmsync.extract.fields.state import is_done_status
from pmsync.extract.fields.values import Fields
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of
from pmsync.text import split_lines

TITLE_LIMIT = 256

_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（"}
_EDGES = " \t\r\n:：-–—"
_ENDS = ".:;,，；、。 "
_GOES_ON = re.compile(r"[,;]\s+(?:and|or|und|oder|et|ou|y|o|e|en|of|och|og|oraz|и)\Z")
"""What the last but one of several entries ends with that are one sentence."""
_DEEPEST_QUOTE = 20
_CLOSES = re.compile(r"\A(?:~~|\*\*|__)\s+")
"""Mark-up whose opening stands before a text: `~~Tell them.~~ Done.`"""
_EMPTY_BOX = re.compile(r"^([ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+)\[\](?=[ \t])", re.MULTILINE)
_BOX_STATE = re.compile(r"^([ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+\[)[ xX](\])", re.MULTILINE)
_LIST_MARK = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])?[ \t]+(?=\S)")
_INDENT = re.compile(r"(?<=\n)[ \t>]+|\r(?=\n)")
_QUOTE_MARK = re.compile(r"^[ \t]*> ?")
_CONTROL = re.compile(r"(?<![ \t])[ \t]*<!--\s*pmsync:\s*\w+\s*-->", re.IGNORECASE)


def make_title(entry: EntryText) -> str:
    """Returns an item's title: its bold lead-in where that says something by itself, else its first sentence.

    It is plain text on one line, never empty, cut at a word, its brackets paired, and holds no field that
    stands at its end.
    """
    start, end = entry.head
    words = entry.flat.text[start : entry.head_ends[-1].start if entry.head_ends else end]
    title = " ".join(SHORTCODE.sub(" ", words).split()).strip(_EDGES)
    title = _GOES_ON.sub("", title).rstrip(_ENDS)
    title = f"{entry.topic}: {title}" if entry.topic and title else title or entry.topic
    return cut(_paired(title) or " ".join(entry.flat.text.split())) or "(untitled)"


def make_rest(entry: EntryText, told: Fields, vocabulary: Vocabulary) -> str:
    """Returns the Markdown of a first paragraph that neither the title nor a field says.

    All of it, where the title lacks something: a link, a reference, words that it was cut at.

    Args:
        entry: the text.
        told: what is told of the item by itself.
        vocabulary: the words.
    """
    in_title = [field for one in entry.head_ends for field in one.fields]
    tickets = {field.start for one in entry.ends for field in one.fields if field.name == "ticket"}
    links = [at for at, _ in entry.flat.links if at >= entry.start and at not in tickets]
    end = len(entry.flat.text)
    for one in entry.ends:
        is_linked = any(one.start <= at < end for at in links)
        if is_linked or not _are_told(one.fields, replace(told, status=None), vocabulary):
            break
        end = one.start
    has_link = any(at < max(entry.head[1], entry.behind) for at in links)
    is_cut = entry.head[1] - entry.head[0] > TITLE_LIMIT
    opened = [one.start for one in entry.mentions if one.start < entry.flat.offsets[entry.start]]
    is_whole = has_link or is_cut or not _are_told(in_title, told, vocabulary)
    start = entry.start if is_whole else entry.behind
    start = bisect_left(entry.flat.offsets, opened[0]) if opened else start
    return _CLOSES.sub("", entry.flat.source(start, end)) if start < end else ""


def _are_told(fields: Sequence[Field], told: Fields, vocabulary: Vocabulary) -> bool:
    """Whether all that some fields say is told by itself, as it is that something is done."""
    return all(
        set(words_of(field.value + field.more)) <= set(words_of(getattr(told, field.name, None) or ""))
        or (field.name == "status" and is_done_status(field.value, vocabulary))
        for field in fields
    )


def without_field_lines(body: str, told: Fields, vocabulary: Vocabulary) -> str:
    """Returns a body without the lines that say nothing but fields, as `- Owner: Ada` does."""
    told = replace(told, status=None)
    lines = body.split("\n")
    kept, is_code = [], False
    for at, line in enumerate(lines):
        is_code ^= line.lstrip().startswith(("```", "~~~"))
        heads_more = at + 1 < len(lines) and _indent(lines[at + 1]) > _indent(line)
        mark = _LIST_MARK.match(line)
        fields = () if is_code or heads_more else fields_alone(line[mark.end() if mark else 0 :], vocabulary)
        if not fields or not _are_told(fields, told, vocabulary):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _paired(title: str) -> str:
    """`title` without brackets that were never closed, or never opened."""
    open_at: list[int] = []
    lone: set[int] = set()
    for at, char in enumerate(title):
        if char in _PAIRS.values():
            open_at.append(at)
        elif char in _PAIRS:
            if open_at and title[open_at[-1]] == _PAIRS[char]:
                open_at.pop()
            else:
                lone.add(at)
    lone.update(open_at)
    kept = "".join(char for at, char in enumerate(title) if at not in lone)
    return " ".join(kept.split()) or title


def cut(title: str) -> str:
    """Returns `title` in at most 256 characters, cut at a word with `…`."""
    if len(title) <= TITLE_LIMIT:
        return title
    head = title[: TITLE_LIMIT - 1]
    at = head.rfind(" ")
    return (head[:at] if at > TITLE_LIMIT // 2 else head).rstrip(" ,;:.-–—") + "…"


def dedent(source: str) -> str:
    """Takes off the indentation and quote marks that all lines of a nested passage share."""
    lines = split_lines(source)
    for _ in range(_DEEPEST_QUOTE):
        if not all(line.lstrip(" \t").startswith(">") for line in lines if line.strip()) or not any(lines):
            break
        lines = [_QUOTE_MARK.sub("", line) for line in lines]
    lines = [line.expandtabs(4) for line in lines]
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    width = min(indents, default=0)
    return "\n".join(line[width:].rstrip() for line in lines).strip("\n")


def make_body(
    text: str, rest: str, detail: Span, references: Mapping[str, str], repair: Callable[[str], str]
) -> str:
    """Puts together what an item says beyond its title, as Markdown that stands by itself."""
    below = dedent(without(text, *detail)) if detail[0] < detail[1] else ""
    below = _EMPTY_BOX.sub(r"\1[ ]", _CONTROL.sub("", below)).strip("\n")
    parts = [_INDENT.sub("", _CONTROL.sub("", rest)).strip(), below]
    body = "\n\n".join(part for part in parts if part.strip())
    return repair(inline_references(body, references))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0


def raw_detail(text: str, detail: Span) -> str:
    """An item's detail for hashing: as the document has it, without annotations and the state of boxes."""
    return _BOX_STATE.sub(r"\1 \2", without(text, *detail)).strip()
