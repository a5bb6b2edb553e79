r"""Markdown → blocks with exact offsets.

Structure comes from markdown-it-py (block rules only); this module turns its line numbers into offsets
of the text, because an edit needs to know where a byte stands. markdown-it also breaks lines at a lone
`\r`; `Outline.line_at` counts by `\n`, as people's editors and GitHub do.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, partial
from itertools import pairwise, takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from pmsync.annotation import without
from pmsync.extract.structure.flat import plain

Span = tuple[int, int]

_MAX_NESTING = 200
"""Enough for any document written by hand; the CommonMark preset's 20 loses lists ten levels deep."""

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_LONGEST_LABEL = 80
_TAG = re.compile(rf"(?:{open_tag}|{close_tag})\s*")
_PIPE = re.compile(r"\|")
_FRAMED = re.compile(r"(?P<frame>[|+]).*(?P=frame)", re.DOTALL)
"""A line between pipes."""
_DELIMITER = re.compile(r"[|+](?:[ \t]*:?[-=]+:?[ \t]*[|+])+")
_FEWEST_ROWS = 3
"""Of a table without a line that divides."""
_BULLET = re.compile(r"(?:(?P<sure>[•●▪◦‣⁃∙・○■□➢➤➔►▶])|\(?[a-h][.)](?=\s))\s*(?=\S)")
"""What opens a line of an entry's paragraph as if that were an entry; what is not sure does so twice."""


class Shape(Enum):
    """What a block is, with what markdown-it calls it."""

    HEADING = ("heading",)
    PARAGRAPH = ("paragraph",)
    LIST = ("bullet_list", "ordered_list")
    ENTRY = ("list_item",)
    TABLE = ("table",)
    ROW = ("tr",)
    QUOTE = ("blockquote",)
    CODE = ("fence", "code_block")
    HTML = ("html_block",)
    RULE = ("hr",)


_SHAPES = {name: shape for shape in Shape for name in shape.value}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block's own text, without the marks of the blocks around it and outer blanks."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """A block of the document.

    Attributes:
        start: offset of its first line's first character (marks and indentation included).
        end: just past its last character; trailing blank lines do not belong to it.
        lines: its own text: of a heading, paragraph, code or HTML block.
        children: the blocks within: of a list its entries, of a table its rows (the header first).
        level: a heading's, 1 to 6.
        cells: of a row, between the pipes, padding included.
        within: the paragraph that Markdown takes a paragraph's lines for a part of, where it does.
    """

    shape: Shape
    start: int
    end: int
    lines: tuple[Line, ...] = ()
    children: tuple["Block", ...] = ()
    level: int = 0
    cells: tuple[Span, ...] = ()
    within: Span | None = None

    @property
    def text(self) -> str:
        """Its own text, one line of it a line."""
        return "\n".join(line.text for line in self.lines)

    @property
    def span(self) -> Span:
        """Where its own text stands; of a block without any, where the block stands."""
        return (self.lines[0].start, self.lines[-1].end) if self.lines else (self.start, self.end)

    def walk(self) -> Iterator["Block"]:
        """Yields this block and all within it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A document as blocks.

    Attributes:
        text: as read.
        clean: the same, of the same length, with everything blanked that is not the document's own
            wording (front matter, our annotations, NUL); blocks quote this one.
        blocks: the outermost ones.
        references: link reference definitions, by normalised label.
    """

    text: str
    clean: str
    blocks: tuple[Block, ...]
    references: dict[str, str]
    newlines: tuple[int, ...]

    def line_at(self, offset: int) -> int:
        r"""Returns the line (from 1, ended by `\n`) on which `offset` stands."""
        return bisect_right(self.newlines, offset - 1) + 1

    def walk(self) -> Iterator[Block]:
        """Yields every block, in document order."""
        for block in self.blocks:
            yield from block.walk()


def _are_even(rows: Sequence[Block], lines: Sequence[Line]) -> bool:
    """Whether three rows of a wiki or grid have as many cells each, and none goes on below itself."""
    sizes = {len(row.cells) for row in rows}
    is_grid = lines[0].text.startswith("+") and len(lines) == 2 * len(rows) + 1
    is_wiki = lines[0].text.startswith("||")
    return len(rows) >= _FEWEST_ROWS and len(sizes) == 1 and sizes != {1} and (is_grid or is_wiki)


def _with_flush_lists(blocks: Iterable[Block]) -> list[Block]:
    """Moves a list into the entry right above it that ends with a colon, though it is not indented."""
    kept: list[Block] = []
    for block in blocks:
        above = kept[-1] if kept and kept[-1].shape is block.shape is Shape.LIST else None
        entry = above.children[-1] if above else None
        if above and entry and [one.text.rstrip("*_ ")[-1:] for one in entry.children] in ([":"], ["："]):
            entry = replace(entry, end=block.end, children=(*entry.children, block))
            kept[-1] = replace(above, end=block.end, children=(*above.children[:-1], entry))
        else:
            kept.append(block)
    return kept


def _with_bulleted_lines(blocks: Sequence[Block]) -> list[Block]:
    """Makes a list of the further lines of an entry that open with bullets which Markdown does not know."""
    first = blocks[0] if blocks and blocks[0].shape is Shape.PARAGRAPH else None
    bullets = _bullets(first.lines[1:]) if first else {}
    if first is None or not (len(bullets) > 1 or any(found["sure"] for found in bullets.values())):
        return [*blocks]
    within = first.within or first.span
    head = first.lines[: min(bullets) + 1]
    inner = _as_list(first.lines[1:], bullets, within)
    return [replace(first, lines=head, end=head[-1].end, within=within), inner, *blocks[1:]]


def _bullets(lines: Sequence[Line]) -> dict[int, re.Match[str]]:
    """The bullets that lines open with which Markdown does not know, by the line's index."""
    return {at: found for at, line in enumerate(lines) if (found := _BULLET.match(line.text))}


def _as_list(lines: Sequence[Line], bullets: dict[int, re.Match[str]], within: Span) -> Block:
    """The list of the entries that open with bullets, within a paragraph."""
    entries = []
    for at, end in pairwise([*bullets, len(lines)]):
        size = bullets[at].end()
        first = replace(lines[at], start=lines[at].start + size, text=lines[at].text[size:])
        start, last = lines[at].start, lines[end - 1].end
        text = Block(
            shape=Shape.PARAGRAPH, start=start, end=last, lines=(first, *lines[at + 1 : end]), within=within
        )
        children = tuple(_with_bulleted_lines([text]))
        entries.append(Block(shape=Shape.ENTRY, start=start, end=last, children=children))
    return Block(shape=Shape.LIST, start=entries[0].start, end=entries[-1].end, children=tuple(entries))


def _ends_entry(state: StateBlock, line: int, _: int, silent: bool) -> bool:
    """The name of a section, right after a list, ends it, where CommonMark takes it for more of the entry."""
    if not silent or state.sCount[line] > 0 or state.blkIndent == 0:
        return False
    whole = state.src[state.bMarks[line] : state.eMarks[line]]
    text = without(whole, 0, len(whole))  # `won't do`, as we have it there, names a section
    return len(text) <= _LONGEST_LABEL and bool(state.env["is_section_name"](plain(text).rstrip(" :")))


def _ends_lazily(state: StateBlock, line: int, _: int, silent: bool) -> bool:
    """For GitHub a tag alone on a line that only lazily continues an entry or a quote ends it.

    cmark-gfm looks at the container that the line is in (blocks.c, `open_new_blocks`).
    """
    is_lazy = state.parentType == "blockquote" or state.sCount[line] < state.blkIndent
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    return silent and is_lazy and _TAG.fullmatch(state.src, start, end) is not None


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    parser.block.ruler.before("paragraph", "label", _ends_entry, {"alt": ["paragraph"]})
    parser.block.ruler.before("paragraph", "tag", _ends_lazily, {"alt": ["paragraph", "blockquote"]})
    return parser


def _blank(text: str, spans: tuple[Span, ...]) -> str:
    """`text` with everything within `spans`, which are in order, made blank but line endings."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], re.sub(r"[^\r\n]", " ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def read_outline(
    text: str,
    *,
    hidden: tuple[Span, ...] = (),
    annotations: tuple[Span, ...] = (),
    is_section_name: Callable[[str], bool] = lambda _: False,
) -> Outline:
    """Parses `text`.

    Args:
        text: the document.
        hidden: spans that are no Markdown (front matter, a byte order mark), blanked before parsing.
        annotations: spans blanked in `clean`, after parsing: they never change the structure.
        is_section_name: whether a line of plain text heads a section by its words alone.
    """
    source = _blank(text, hidden).replace("\0", "\ufffd")
    clean = _blank(source, annotations)
    environment: dict[str, Any] = {"is_section_name": is_section_name}
    tokens = _parser().parse(source, environment)
    references = {label: found["href"] for label, found in environment.get("references", {}).items()}
    blocks = _Builder(source, clean).build(tokens)
    newlines = tuple(match.start() for match in re.finditer("\n", text))
    return Outline(text=text, clean=clean, blocks=blocks, references=references, newlines=newlines)


class _Builder:
    """Walks markdown-it's tokens once, with a stack of its own (documents may nest deeply)."""

    def __init__(self, source: str, clean: str) -> None:
        self.source = source
        self.clean = clean
        breaks = [match.span() for match in _LINE_BREAK.finditer(source)]
        self.starts = [0, *(end for _, end in breaks)]
        self.ends = [*(start for start, _ in breaks), len(source)]

    def build(self, tokens: Iterable[Token]) -> tuple[Block, ...]:
        holders: list[tuple[Token, list[Block]]] = []
        blocks: list[Block] = []
        content = ""
        for token in tokens:
            shape = _SHAPES.get(token.type.removesuffix("_open").removesuffix("_close"))
            if token.type == "inline":
                content = token.content
            elif shape and token.nesting > 0:
                holders.append((token, blocks))
                blocks = []
            elif shape and token.nesting < 0:
                opening, siblings = holders.pop()
                siblings.append(self._block(shape, opening, content, blocks))
                blocks = siblings
            elif shape:
                blocks.append(self._block(shape, token, "", []))
        return tuple(_with_flush_lists(self._with_broken_tables(blocks)))

    def _block(self, shape: Shape, token: Token, content: str, children: list[Block]) -> Block:
        first, last = self._bounds(token)
        start, end = self.starts[first], self.ends[last - 1]
        match shape:
            case Shape.PARAGRAPH:
                return self._paragraph(start, self._lines(first, last, content))
            case Shape.HEADING:
                lines, level = self._lines(first, last, content), int(token.tag[1:])
                return Block(shape=shape, start=start, end=end, lines=lines, level=level)
            case Shape.CODE | Shape.HTML:
                lines = tuple(self._line(number, self._unmarked(number)) for number in range(first, last))
                return Block(shape=shape, start=start, end=end, lines=lines)
            case Shape.ROW:
                line = self._line(first, self._unmarked(first).rstrip())
                cells = split_row(self.source, line.start, line.end)
                return Block(shape=shape, start=start, end=line.end, cells=cells)
            case Shape.ENTRY:
                children = _with_bulleted_lines(children)
        end = children[-1].end if children else end
        return Block(shape=shape, start=start, end=end, children=tuple(children))

    def _bounds(self, token: Token) -> Span:
        """The token's lines, without the blank ones that markdown-it counts in at its end."""
        first, last = token.map or (0, 1)
        while last - 1 > first and not self._unmarked(last - 1):
            last -= 1
        return first, last

    def _unmarked(self, number: int) -> str:
        """A line without its indentation and the marks of quotes."""
        return self.source[self.starts[number] : self.ends[number]].lstrip(" \t>")

    def _lines(self, first: int, last: int, content: str) -> tuple[Line, ...]:
        parts = content.split("\n")
        # markdown-it strips a paragraph of more than blanks (U+2028): lines are missing then at its start.
        while first + len(parts) < last and not self._unmarked(first).strip():
            first += 1
        return tuple(self._line(number, part.strip()) for number, part in enumerate(parts, first))

    def _line(self, number: int, content: str) -> Line:
        """Where `content` stands on a line, of which containers only ever take characters off the left."""
        start = self.source.rfind(content, self.starts[number], self.ends[number])
        end = start + len(content)
        return Line(start, end, self.clean[start:end].rstrip())

    def _paragraph(self, start: int, lines: tuple[Line, ...]) -> Block:
        """A paragraph; or a list, where bullets are of two kinds, one deeper: `• Process` over `◦ Ask`."""
        whole = Block(shape=Shape.PARAGRAPH, start=start, end=lines[-1].end, lines=lines)
        bullets = {at: found for at, found in _bullets(lines).items() if found["sure"]}
        depths = {at: lines[at].start - self.source.rfind("\n", 0, lines[at].start) for at in bullets}
        outer = {at: found for at, found in bullets.items() if found["sure"] == lines[0].text[:1]}
        inner = [depths[at] for at in bullets if at not in outer]
        if not outer or not inner or min(inner) <= max(depths[at] for at in outer):
            return whole
        return _as_list(lines, outer, whole.span)

    def _with_broken_tables(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """Makes tables of rows that Markdown takes for text.

        Blank lines stand between, the line below the header has other columns, or there is none.
        """
        at = 0
        while at < len(blocks):
            table = blocks[at] if blocks[at].shape is Shape.TABLE else None
            at += table is not None
            columns = len(table.children[0].cells) if table else 0
            following = map(blocks.__getitem__, range(at, len(blocks)))
            paragraphs = list(takewhile(partial(self._is_rows, columns), following))
            lines = [line for block in paragraphs for line in block.lines]
            rows = [self._line_row(line) for line in lines if not _DELIMITER.fullmatch(line.text)]
            at += len(paragraphs)
            if table:
                end = rows[-1].end if rows else table.end
                yield replace(table, end=end, children=(*table.children, *rows))
            elif len(rows) > 1 and (_DELIMITER.fullmatch(lines[1].text) or _are_even(rows, lines)):
                yield Block(shape=Shape.TABLE, start=rows[0].start, end=rows[-1].end, children=tuple(rows))
            else:
                yield from paragraphs or blocks[at : at + 1]
                at += not paragraphs

    def _is_rows(self, columns: int, block: Block) -> bool:
        """Whether the lines of a paragraph are rows, of a table with so many columns."""
        return block.shape is Shape.PARAGRAPH and all(
            _FRAMED.fullmatch(line.text) and columns in {0, len(self._line_row(line).cells)}
            for line in block.lines
        )

    def _line_row(self, line: Line) -> Block:
        """A line of text as a row; `||` divides the headers of wikis."""
        cells = split_row(self.source, line.start, line.end)
        if line.text.startswith("||") and line.text.endswith("||"):
            cells = tuple((start, end) for start, end in cells if start < end)
        return Block(shape=Shape.ROW, start=line.start, end=line.end, cells=cells)


def split_row(text: str, start: int, end: int) -> tuple[Span, ...]:
    r"""Returns the spans of a table row's cells: between the pipes, padding included.

    A pipe after a backslash separates nothing; a pipe in a code span does (GitHub's rule). Pipes at
    either end of the row are its borders.
    """
    pipes = [
        match.start()
        for match in _PIPE.finditer(text, start, end)
        if match.start() == start or text[match.start() - 1] != "\\"
    ]
    edges = [start - 1, *pipes, end]
    if pipes and pipes[0] == start:
        edges.pop(0)
    if pipes and pipes[-1] == end - 1 and len(edges) > 2:
        edges.pop()
    return tuple((left + 1, right) for left, right in pairwise(edges))
