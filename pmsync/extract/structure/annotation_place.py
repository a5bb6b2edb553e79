r"""Where an item's annotation stands, or belongs: offsets in, offsets out, nothing of sections or items.

A *paragraph* here is the span of an item's first paragraph, from its text (behind list marker and box)
to the end of its last line, line break excluded; of a setext heading its text lines, of an ATX heading
its line. An entry that is one line of a larger paragraph is that line, with the paragraph as `within`.
A *cell* is the span between two pipes, padding included.

Nothing is taken on trust: a place counts only when Markdown, given the annotation there, renders its link
as a link and everything around it as before.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pmsync.annotation import can_keep, find_annotations
from pmsync.model import Annotation, Kind, Slot

Span = tuple[int, int]

_LONGEST = 16 * 1024
"""Characters of a paragraph, or of a cell, beyond which it gets no annotation: nobody's item is that
long, and inline parsing is where hostile text costs most."""

_LONGEST_CONTEXT = 16 * 1024
"""Characters of a paragraph of one-line entries beyond which each line is judged by itself."""

_FEWEST_TRIALS = 4
"""How often even a long paragraph may be parsed to find the lines that something is open across."""

_PROBE = "pmsync:probe"
"""A link destination to find again among the tokens; it stands in for an annotation's."""

_BEFORE_LINK, _AFTER_LINK = " (", ": open)"
_TRIAL = f"{_BEFORE_LINK}[#1]({_PROBE}){_AFTER_LINK}"

_OPENERS = re.compile(r"[`\[<]")
"""What can begin something that goes on past a line's end."""

_SPECIAL = re.compile(r"[`*_\[\]<>&\\~\x00\ud800-\udfff]")
"""What inline Markdown can begin, end or hide with: text without any takes a link at its end as it is."""

_BLANKS = " \t\n"
"""What Markdown drops around text; a no-break space is text."""

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LINE_END = re.compile(r"[\r\n]")
_CONTINUATION = re.compile(r"(\r\n|\r|\n)[ \t>]*")
_UNPARSABLE = re.compile("[\x00\ud800-\udfff]")
_HEADING_MARK = re.compile(r"[ \t>]*#{1,6}(?=[ \t])")
_BEHIND_HEADING_MARK = re.compile(r"(?:\A|[ \t>])#{1,6}[ \t]+\Z")
_CLOSING_HASHES = re.compile(r"(?<=[ \t])#+[ \t]*\Z")
_UNDERLINE = re.compile(r"[ \t>]*(?:=+|-+)[ \t]*")
_LONE_MARK = re.compile(r"[-+*]|[0-9]{1,9}[.)]|#{1,6}|=+|-+")
"""A line that is text only as long as nothing follows on it."""

_BREAK = re.compile(r"<br[ \t]*/?>\Z", re.IGNORECASE)
_BLOCK_ID = re.compile(r"(?<=[ \t\r\n>])(?:\^[A-Za-z0-9-]{1,100}|\{:?[ \t]?[#.][A-Za-z][^{}\r\n]{0,200}\})\Z")
"""Obsidian's `^id`, and the `{#id}` or `{: .class}` of kramdown and Pandoc."""
_TAG_LINE = re.compile(
    r"(?:\r\n|\r|\n)(?P<line>)[ \t>]{0,80}(?P<tag></?[A-Za-z][^<>\r\n]{0,1000}>)[ \t]*(?=[\r\n]|\Z)"
)
_ONE_COLUMN = re.compile(
    r"[^|\r\n]{1,1000}(?:\r\n|\r|\n)[ \t>]{0,80}(?:\|[ \t]*:?-+:?[ \t]*\|?|:?-+:?[ \t]*\|)[ \t]*[\r\n]"
)
_PIPE = re.compile(r"(?<!\\)\|")
_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t>]*(?=[\r\n]|\Z)")
_ENTRY = re.compile(r"[ \t>]{0,80}(?:[-+*]|[0-9]{1,9}[.)])[ \t]+")
_MOST_LINES = 50
"""How far above a line its entry's first one is looked for."""
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
    start, end = paragraph
    found = find_annotations(text, start, end)
    if not found or end - start > _LONGEST or _is_sealed(text, paragraph, within):
        return None
    content = _content(_probed(text, paragraph, found))
    is_text = _is_heading(text, start) or _is_paragraph(content)
    return _choose(found, _children(content)) if is_text else None


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
        end = _heading_end(text, start, end)
    end = _shown_end(text, start, end, within)
    if any(begin <= start < stop for begin, stop in _swallowed(text)):
        return None
    if not 0 < end - start <= _LONGEST or _is_sealed(text, paragraph, within):
        return None
    content = _content(text[start:end])
    if not (_is_heading(text, start) or _is_paragraph(content)):
        return None
    if not _SPECIAL.search(content):
        at = next(_ends(text, start, end), None)
        return (
            Slot(at=at) if at is not None and not _LONE_MARK.fullmatch(_last_line(text, start, at)) else None
        )
    original = _leaves(_children(content))
    for at in _ends(text, start, end):
        if not _LONE_MARK.fullmatch(_last_line(text, start, at)):
            probed = _content(text[start:at] + _TRIAL + text[at:end])
            if _without_probes(_children(probed)) == (original, 1):
                return Slot(at=at)
    return None


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
    for span, bare in ((issue_cell, True), (cell, False)):
        if span is None or span[1] - span[0] > _LONGEST:
            continue
        found = find_annotations(text, *span, cell=bare)
        if found and (chosen := _choose(found, _children(_cell_content(_probed(text, span, found))))):
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
    for span in (issue_cell, cell):
        if span is None or not 0 < span[1] - span[0] <= _LONGEST:
            continue
        start, end = span
        if not _SPECIAL.search(text, start, end) and (at := next(_ends(text, start, end), None)) is not None:
            return Slot(at=at)
        original = _leaves(_children(_cell_content(text[start:end])))
        for at in _ends(text, start, end):
            probed = _cell_content(text[start:at] + _TRIAL + text[at:end])
            if _without_probes(_children(probed)) == (original, 1):
                return Slot(at=at)
    return None


# ------------------------------------------------------------------------------ ends


def _shown_end(text: str, start: int, end: int, within: Span | None) -> int:
    """Returns where a paragraph ends for GitHub, whose renderer differs from CommonMark's rules in two ways.

    A tag alone on a line that only lazily continues an entry ends it (cmark-gfm looks at the container that
    the line is in, blocks.c, `open_new_blocks`). A table may have a header without any pipe (table.c): what
    a line holds behind its last pipe is then dropped.
    """
    line = _line_start(text, max(0, start - _NEAR), start)
    lead = len(text[line:start])
    for found in _TAG_LINE.finditer(text, start, end) if lead else ():
        if found.start("tag") - found.start("line") < lead:
            return found.start()
    if within and _ONE_COLUMN.match(text, *within):
        pipe = _PIPE.search(text, start + (text[start] == "|"), end)
        return pipe.start() if pipe else end
    return end


@lru_cache(maxsize=8)
def _swallowed(text: str) -> tuple[Span, ...]:
    """Returns what GitHub takes for HTML behind a tag alone on a line that continues an entry lazily."""
    spans = []
    for found in _TAG_LINE.finditer(text):
        lead = found.start("tag") - found.start("line")
        entry = _entry_above(text, found.start())
        if entry is not None and lead < entry:
            blank = _BLANK_LINE.search(text, found.end())
            spans.append((found.start("tag"), blank.start() if blank else len(text)))
    return tuple(spans)


def _entry_above(text: str, at: int) -> int | None:
    """Returns the column of the content of the list entry that the line ending at `at` belongs to."""
    for _ in range(_MOST_LINES):
        line = _line_start(text, 0, at)
        marker = _ENTRY.match(text, line, at)
        if marker or not text[line:at].strip(_BLANKS):
            return marker.end() - line if marker else None
        if line == 0:
            return None
        at = line - 1
    return None


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yields the offsets to try: before everything that trails, then behind all but the blanks."""
    last = _skip_blanks(text, start, end)
    slashes = len(text[start:last]) - len(text[start:last].rstrip("\\"))
    breaks = slashes % 2 == 1 and not text.startswith((" ", "\t"), last)
    at = _skip_blanks(text, start, last - breaks)
    while at > start:
        before = _skip_blanks(text, start, _skip_trailer(text, start, at))
        if before in (at, start):
            break
        at = before
    if at > start:
        yield at
    if start < last != at:
        yield last


def _skip_trailer(text: str, start: int, end: int) -> int:
    """Returns where the `<br>`, comment or block id begins that `text[start:end]` ends with, else `end`."""
    if text.endswith("-->", start, end):
        opening = text.rfind("<!--", start, end)
        return opening if opening >= 0 else end
    tail = text[max(start, end - _NEAR) : end]
    found = _BREAK.search(tail) or _BLOCK_ID.search(tail)
    return end - len(tail) + found.start() if found else end


def _skip_blanks(text: str, start: int, end: int) -> int:
    """Returns the end of the last text before `end`: before blanks, and before lines that hold no text."""
    while True:
        while end > start and text[end - 1] in " \t":
            end -= 1
        line = end
        while line > start and text[line - 1] in " \t>":
            line -= 1
        if line == start or text[line - 1] not in "\r\n":
            return end
        end = line - 1


def _heading_end(text: str, start: int, end: int) -> int:
    """Returns where a heading's text ends: before closing hashes, or before a setext underline."""
    if _is_heading(text, start):
        hashes = _CLOSING_HASHES.search(text, start, end)
        return hashes.start() if hashes else end
    last = _line_start(text, start, end)
    return last - 1 if last > start and _UNDERLINE.fullmatch(text, last, end) else end


def _is_heading(text: str, start: int) -> bool:
    """Whether an ATX heading begins at `start`, or its text does."""
    prefix = text[_line_start(text, max(0, start - _NEAR), start) : start]
    return bool(_HEADING_MARK.match(text, start) or _BEHIND_HEADING_MARK.search(prefix))


def _last_line(text: str, start: int, end: int) -> str:
    return text[_line_start(text, start, end) : end].lstrip(" \t>")


def _line_start(text: str, start: int, at: int) -> int:
    """Returns where the line begins that `at` is on, but never before `start`."""
    line = max(text.rfind("\n", start, at) + 1, start)
    return max(text.rfind("\r", line, at) + 1, line)


# ---------------------------------------------------------------------------- parsing


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


def _content(raw: str) -> str:
    """Returns a paragraph as its inline content: without what containers put before its lines."""
    return _UNPARSABLE.sub("\ufffd", _CONTINUATION.sub("\n", raw)).strip(_BLANKS)


def _cell_content(raw: str) -> str:
    return _UNPARSABLE.sub("\ufffd", raw).replace("\\|", "|").strip(_BLANKS)


def _children(content: str) -> list[Token]:
    return _markdown().parseInline(content)[0].children or []


def _is_paragraph(content: str) -> bool:
    """Whether it is text, not a block of HTML or a link definition."""
    if not content.startswith(("<", "[")):
        return True
    tokens = _markdown().parse(content)
    return bool(tokens) and tokens[0].type != "html_block"


def _probed(text: str, span: Span, found: tuple[Annotation, ...]) -> str:
    """Returns `text[span]` with each annotation's destination replaced by a numbered probe."""
    pieces, at = [], span[0]
    for index, annotation in enumerate(found):
        url = text.rindex(f"]({annotation.url}", annotation.start, annotation.end) + 2
        pieces += [text[at:url], f"{_PROBE}{index}"]
        at = url + len(annotation.url)
    return "".join([*pieces, text[at : span[1]]])


def _choose(found: tuple[Annotation, ...], children: list[Token]) -> Annotation | None:
    links = {token.attrs.get("href") for token in children if token.type == "link_open"}
    rendered = [each for index, each in enumerate(found) if f"{_PROBE}{index}" in links]
    ours = [each for each in rendered if each.status]
    if ours:
        return replace(ours[-1], others=tuple(ours[:-1]))
    return rendered[-1] if rendered else None


Leaf = tuple[str, str, str, str]


def _leaves(tokens: list[Token]) -> list[Leaf]:
    """Returns what is rendered, comparable, with neighbouring text as one."""
    leaves: list[Leaf] = []
    for token in tokens:
        _push(leaves, token, token.content)
    return leaves


def _push(leaves: list[Leaf], token: Token, content: str) -> None:
    if token.type != "text":
        leaves.append((token.type, token.tag, content, repr(token.attrs)))
    elif leaves and leaves[-1][0] == "text":
        leaves[-1] = ("text", "", leaves[-1][2] + content, "")
    elif content:
        leaves.append(("text", "", content, ""))


def _without_probes(tokens: list[Token]) -> tuple[list[Leaf], int]:
    """Returns what is rendered apart from trial annotations, and how many of those are rendered right."""
    leaves: list[Leaf] = []
    count, at, owed = 0, 0, ""
    while at < len(tokens):
        token = tokens[at]
        if token.attrs.get("href") == _PROBE and leaves and leaves[-1][2].endswith(_BEFORE_LINK):
            before = leaves.pop()[2].removesuffix(_BEFORE_LINK)
            if before:
                leaves.append(("text", "", before, ""))
            at, owed = at + 3, _AFTER_LINK
            continue
        if owed and token.content.startswith(owed):
            count += 1
        _push(leaves, token, token.content.removeprefix(owed))
        at, owed = at + 1, ""
    return leaves, count


# --------------------------------------------------------------- one-line entries


def _is_sealed(text: str, line: Span, within: Span | None) -> bool:
    """Whether an annotation at the line's end would be inside, or would undo, what a line below closes."""
    if within is None or within == line or within[1] - within[0] > _LONGEST_CONTEXT:
        return False
    line_end = _LINE_END.search(text, line[1], within[1])
    return (line_end.start() if line_end else within[1]) in _sealed_ends(text, within)


@lru_cache(maxsize=8)
def _sealed_ends(text: str, paragraph: Span) -> frozenset[int]:
    """Returns the ends of the lines of a paragraph that are sealed.

    All are tried at once; where that fails the culprits are found by halving, within a budget.
    """
    if not _OPENERS.search(text, *paragraph):
        return frozenset()
    lines = _split(text, paragraph)
    original = _leaves(_children(_content(text[slice(*paragraph)])))
    budget = max(_FEWEST_TRIALS, 4 * _LONGEST_CONTEXT // (paragraph[1] - paragraph[0]))
    sealed: set[int] = set()
    pending = [[index for index, line in enumerate(lines) if any(_ends(text, *line))]]
    while pending and budget:
        budget -= 1
        group = pending.pop()
        probed = _children(_content(_with_trials(text, lines, set(group))))
        if _without_probes(probed) == (original, len(group)):
            continue
        if len(group) == 1:
            sealed.add(lines[group[0]][1])
        else:
            middle = len(group) // 2
            pending += [group[:middle], group[middle:]]
    sealed.update(lines[index][1] for group in pending for index in group)
    return frozenset(sealed)


def _split(text: str, paragraph: Span) -> list[Span]:
    """Returns the spans of a paragraph's lines, without their line breaks."""
    breaks = [match.span() for match in _LINE_BREAK.finditer(text, *paragraph)]
    starts = [paragraph[0], *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), paragraph[1]]
    return list(zip(starts, ends, strict=True))


def _with_trials(text: str, lines: list[Span], chosen: set[int]) -> str:
    """Returns a paragraph with a trial annotation at the end of the chosen lines."""
    pieces = []
    for index, (start, end) in enumerate(lines):
        at = next(_ends(text, start, end), None) if index in chosen else None
        pieces.append(text[start:end] if at is None else text[start:at] + _TRIAL + text[at:end])
    return "\n".join(pieces)
