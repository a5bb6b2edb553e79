r"""Where an item's annotation stands, or belongs: offsets in, offsets out, nothing of sections or items.

A *paragraph* here is the span of an item's first paragraph, from its text (behind list marker and box)
to the end of its last line, line break excluded; of a setext heading its text lines, of an ATX heading
its line. An entry that is one line of a larger paragraph is that line, with the paragraph as `within`.
A *cell* is the span between two pipes, padding included.

Nothing is taken on trust: a place counts only when Markdown, given the annotation there, renders its link
as a link and everything around it as before.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt

from pmsync.annotation import can_keep, find_annotations
from pmsync.model import Annotation, Kind, Slot

Span = tuple[int, int]

_LONGEST = 16 * 1024
"""Characters of a paragraph, or of a cell, beyond which it gets no annotation: nobody's item is that
long, and inline parsing is where hostile text costs most. Beyond it, too, each line of a paragraph of
one-line entries is judged by itself."""

_FEWEST_TRIALS = 4
"""How often even a long paragraph may be parsed to find the lines that something is open across."""

_PROBE = "pmsync:probe"
"""A link destination to find again in what is rendered; it stands in for an annotation's."""

_TRIAL = f" ([#1]({_PROBE}): open)"
_RENDERED_TRIAL = f' (<a href="{_PROBE}">#1</a>: open)'

_OPENERS = re.compile(r"[`\[<]")
"""What can begin something that goes on past a line's end."""

_SPECIAL = re.compile(r"[`*_\[\]<>&\\~\x00\ud800-\udfff]")
"""What inline Markdown can begin, end or hide with: text without any takes a link at its end as it is."""

_BLANKS = " \t\n"
"""What Markdown drops around text; a no-break space is text."""

_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"[\r\n]|\Z")
_CONTINUATION = re.compile(r"(\r\n|\r|\n)[ \t>]*")
_UNPARSABLE = re.compile("[\x00\ud800-\udfff]")
_HEADING_MARK = re.compile(r"[ \t>]*#{1,6}(?=[ \t])")
_BEHIND_HEADING_MARK = re.compile(r"(?:\A|[ \t>])#{1,6}[ \t]+\Z")
_CLOSING_HASHES = re.compile(r"(?<=[ \t])#+[ \t]*\Z")
_UNDERLINE = re.compile(r"(?:\r\n|\r|\n)[ \t>]*(?:=+|-+)[ \t]*\Z")
_LONE_MARK = re.compile(r"(?:\A|[\r\n])[ \t>]*(?:[-+*]|[0-9]{1,9}[.)]|#{1,6}|=+|-+)\Z")
"""A line that is text only as long as nothing follows on it."""

_TRAILER = re.compile(
    r"(?:<br[ \t]*/?>"
    r"|(?<=[ \t\r\n>])(?:\^[A-Za-z0-9-]{1,100}|\{:?[ \t]?[#.][A-Za-z][^{}\r\n]{0,200}\}))\Z",
    re.IGNORECASE,
)
"""A line break; Obsidian's `^id`, and the `{#id}` or `{: .class}` of kramdown and Pandoc."""
_ONE_COLUMN = re.compile(
    r"[^|\r\n]{1,1000}(?:\r\n|\r|\n)[ \t>]{0,80}(?:\|[ \t]*:?-+:?[ \t]*\|?|:?-+:?[ \t]*\|)[ \t]*[\r\n]"
)
_PIPE = re.compile(r"(?<!\\)\|")
_NEAR = 256
"""How far from a line's end a block id or a break can begin, and from its start an item's text."""


def find_annotation(text: str, paragraph: Span, *, within: Span | None = None) -> Annotation | None:
    """Finds the annotation of an item among those in its first paragraph.

    Args:
        text: the document's text.
        paragraph: the item's first paragraph.
        within: the paragraph that it is a line of, where it is one.

    Returns:
        The annotation that Markdown renders as a link; of several, the last that carries one of our
        words, else the last. None where there is none.
    """
    found = find_annotations(text, *paragraph)
    can_bear = found and _is_short(paragraph) and not _is_sealed(text, paragraph, within)
    return _rendered(text, paragraph, found) if can_bear and _is_text(text, paragraph) else None


def find_slot(text: str, paragraph: Span, *, kind: Kind, within: Span | None = None) -> Slot | None:
    r"""Finds where an item's annotation belongs, whether or not it has one already.

    That is the end of the paragraph's last line, before what has its meaning there only: trailing
    blanks, a `\` or `<br>` that breaks the line, a comment, a block id, a heading's closing hashes.

    Args:
        text: the document's text.
        paragraph: the item's first paragraph.
        kind: how the item stands in the document.
        within: the paragraph that it is a line of, where it is one.

    Returns:
        The slot, or None where a link put there would not be rendered as one, or would change how
        something else is.
    """
    start, end = paragraph
    if kind is Kind.HEADING:
        mark = (_CLOSING_HASHES if _is_heading(text, start) else _UNDERLINE).search(text, start, end)
        end = mark.start() if mark else end
    if within and _ONE_COLUMN.match(text, *within):
        pipe = _PIPE.search(text, start + (text[start] == "|"), end)
        end = pipe.start() if pipe else end
    span = (start, end)
    if not _is_short(span) or _is_sealed(text, paragraph, within) or not _is_text(text, span):
        return None
    ends = (at for at in _ends(text, *span) if not _LONE_MARK.search(text[start:at]))
    return _first_fitting(text, span, ends)


def find_cell_annotation(text: str, cell: Span, issue_cell: Span | None) -> Annotation | None:
    """Finds the annotation of a table row's item.

    Args:
        text: the document's text.
        cell: the cell of the item's description.
        issue_cell: the row's cell in the issue column; None where there is no such column or cell.

    Returns:
        The one rendered as a link in the issue cell, in parentheses or bare; else the one at the
        description; chosen among several as `find_annotation` does.
    """
    for span in filter(None, (issue_cell, cell)):
        found = find_annotations(text, *span, cell=span == issue_cell) if _is_short(span) else ()
        if found and (chosen := _rendered(text, span, found)):
            return chosen
    return None


def find_cell_slot(text: str, cell: Span, issue_cell: Span | None, placeholder: str = "") -> Slot | None:
    """Finds where the annotation of a table row's item belongs.

    That is the issue cell, alone there or after any text; without such a cell, or where no link can be
    rendered in it, the end of the item's own cell.

    Args:
        text: the document's text.
        cell: as in `find_cell_annotation`.
        issue_cell: likewise.
        placeholder: what the issue cell holds, padding apart, where that only holds the place.

    Returns:
        The slot, or None as in `find_slot`.
    """
    if issue_cell is not None and not text[slice(*issue_cell)].strip(" \t"):
        return Slot(at=issue_cell[0], bare=True)
    if issue_cell is not None and can_keep(placeholder):
        return Slot(at=text.index(placeholder, *issue_cell), lead="", bare=True, placeholder=placeholder)
    cells = filter(_is_short, filter(None, (issue_cell, cell)))
    return next(filter(None, (_first_fitting(text, span, _ends(text, *span)) for span in cells)), None)


def _is_short(span: Span) -> bool:
    return 0 < span[1] - span[0] <= _LONGEST


# ------------------------------------------------------------------------------ ends


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yields the offsets to try: before everything that trails, then behind all but the blanks."""
    last = _skip_blanks(text, start, end)
    slashes = len(text[start:last]) - len(text[start:last].rstrip("\\"))
    breaks = slashes % 2 == 1 and not text.startswith((" ", "\t"), last)
    at = _skip_blanks(text, start, last - breaks)
    while (before := _skip_blanks(text, start, _skip_trailer(text, start, at))) not in {at, start}:
        at = before
    yield from (each for each in dict.fromkeys((at, last)) if each > start)


def _skip_trailer(text: str, start: int, end: int) -> int:
    """Returns where the `<br>`, comment or block id begins that `text[start:end]` ends with, else `end`."""
    if text.endswith("-->", start, end):
        opening = text.rfind("<!--", start, end)
        return opening if opening >= 0 else end
    near = max(start, end - _NEAR)
    found = _TRAILER.search(text[near:end])
    return near + found.start() if found else end


def _skip_blanks(text: str, start: int, end: int) -> int:
    """Returns the end of the last text before `end`: before blanks, and before lines that hold no text."""
    kept = text[start:end].rstrip(" \t")
    while (above := kept.rstrip(" \t>")).endswith(("\r", "\n")):
        kept = above.rstrip("\r\n \t")
    return start + len(kept)


def _is_heading(text: str, start: int) -> bool:
    """Whether an ATX heading begins at `start`, or its text does."""
    prefix = text[_line_start(text, max(0, start - _NEAR), start) : start]
    return bool(_HEADING_MARK.match(text, start) or _BEHIND_HEADING_MARK.search(prefix))


def _line_start(text: str, start: int, at: int) -> int:
    """Returns where the line begins that `at` is on, but never before `start`."""
    line = max(text.rfind("\n", start, at) + 1, start)
    return max(text.rfind("\r", line, at) + 1, line)


# -------------------------------------------------------------------------- rendering


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


def _content(raw: str) -> str:
    """Returns inline content: without what containers put before lines, and tables before a pipe."""
    content = _CONTINUATION.sub("\n", raw).replace("\\|", "|")
    return _UNPARSABLE.sub("\ufffd", content).strip(_BLANKS)


@lru_cache(maxsize=8)
def _render(raw: str) -> str:
    return str(_markdown().renderInline(_content(raw)))


def _is_text(text: str, paragraph: Span) -> bool:
    """Whether it is a heading or text, not a block of HTML or a link definition."""
    content = _content(text[slice(*paragraph)])
    if not content.startswith(("<", "[")) or _is_heading(text, paragraph[0]):
        return True
    tokens = _markdown().parse(content)
    return bool(tokens) and tokens[0].type != "html_block"


def _rendered(text: str, span: Span, found: Sequence[Annotation]) -> Annotation | None:
    """The annotation to go by among those that are rendered as links; `find_annotation` says which."""
    pieces, at = [], span[0]
    for index, annotation in enumerate(found):
        url = text.rindex(f"]({annotation.url}", annotation.start, annotation.end) + 2
        pieces += [text[at:url], f"{_PROBE}{index}"]
        at = url + len(annotation.url)
    shown = _render("".join([*pieces, text[at : span[1]]]))
    rendered = [each for index, each in enumerate(found) if f'<a href="{_PROBE}{index}"' in shown]
    ours = [each for each in rendered if each.status]
    if ours:
        return replace(ours[-1], others=tuple(ours[:-1]))
    return rendered[-1] if rendered else None


def _first_fitting(text: str, span: Span, ends: Iterable[int]) -> Slot | None:
    return next((Slot(at=at) for at in ends if _fit(text, span, [at])), None)


def _fit(text: str, span: Span, places: Sequence[int]) -> bool:
    """Whether trial annotations at these offsets are rendered right, and all else as it is without them."""
    if not _SPECIAL.search(text, *span):
        return True
    pieces = [text[start:end] for start, end in pairwise((span[0], *places, span[1]))]
    shown = _render(_TRIAL.join(pieces))
    is_shown = shown.count(_RENDERED_TRIAL) == len(places)
    return is_shown and shown.replace(_RENDERED_TRIAL, "") == _render("".join(pieces))


# --------------------------------------------------------------- one-line entries


def _is_sealed(text: str, line: Span, within: Span | None) -> bool:
    """Whether an annotation at the line's end would be inside, or would undo, what a line below closes."""
    if within is None or within == line or not _is_short(within):
        return False
    end = _LINE_END.search(text, line[1], within[1])
    return end is not None and end.start() in _sealed_ends(text, within)


@lru_cache(maxsize=8)
def _sealed_ends(text: str, paragraph: Span) -> frozenset[int]:
    """Returns the ends of the lines of a paragraph that are sealed.

    All are tried at once; where that fails the culprits are found by halving, within a budget.
    """
    if not _OPENERS.search(text, *paragraph):
        return frozenset()
    lines = [line.span() for line in _LINE.finditer(text, *paragraph)]
    places = {line[1]: at for line in lines for at in [*_ends(text, *line)][:1]}
    budget = max(_FEWEST_TRIALS, 4 * _LONGEST // (paragraph[1] - paragraph[0]))
    sealed: set[int] = set()
    pending = [list(places)]
    while pending:
        group, budget = pending.pop(), budget - 1
        if budget >= 0 and _fit(text, paragraph, [places[end] for end in group]):
            continue
        middle = len(group) // 2
        if budget > 0 and middle:
            pending += [group[:middle], group[middle:]]
        else:
            sealed.update(group)
    return frozenset(sealed)
