r"""Markdown → blocks with exact offsets.

Structure comes from markdown-it-py (block rules only); this module turns its line numbers into offsets
of the text, because an edit needs to know where a byte stands. markdown-it also breaks lines at a lone
`\r`; `Outline.line_at` counts by `\n`, as people's editors and GitHub do.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache, partial
from itertools import pairwise, takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from pmsync.annotation import without
from pmsync.extract.structure.flat import plain

Span = tuple[int, int]

_MAX_NESTING = 200
"""Enough for any document written by hand; the CommonMark preset's 20 loses lists ten levels deep."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_LONGEST_LABEL = 80
_PREFIX = re.compile(r"[ \t>]*")
_DELIMITER = re.compile(r"[|+](?:[ \t]*:?[-=]+:?[ \t]*[|+])+")
_FEWEST_ROWS = 3
"""Of a table without a line that divides."""
_BULLET = re.compile(r"(?:(?P<sure>[•●▪◦‣⁃∙・○■□➢➤➔►▶])|\(?[a-h][.)](?=\s))\s*(?=\S)")
"""What opens a line of an entry's paragraph as if that were an entry; what is not sure does so twice."""


class Shape(Enum):
    """What a block is."""

    HEADING = auto()
    PARAGRAPH = auto()
    LIST = auto()
    ENTRY = auto()
    """one list item"""
    TABLE = auto()
    ROW = auto()
    QUOTE = auto()
    CODE = auto()
    HTML = auto()
    RULE = auto()


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
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.children))


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


def _is_framed(text: str) -> bool:
    """Whether a line stands between pipes."""
    return len(text) > 1 and text[0] == text[-1] and text[0] in "|+"


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
        if above is not None and _leads_in(entry := above.children[-1]):
            entry = replace(entry, end=block.end, children=(*entry.children, block))
            kept[-1] = replace(above, end=block.end, children=(*above.children[:-1], entry))
        else:
            kept.append(block)
    return kept


def _with_bulleted_lines(blocks: list[Block]) -> list[Block]:
    """Makes a list of the further lines of an entry that open with bullets which Markdown does not know."""
    first = blocks[0] if blocks and blocks[0].shape is Shape.PARAGRAPH else None
    lines = first.lines if first else ()
    bullets = [(at, found) for at, line in enumerate(lines) if at and (found := _BULLET.match(line.text))]
    is_sure = len(bullets) > 1 or (bullets and bullets[0][1]["sure"])
    if first is None or not is_sure:
        return blocks
    ends = [at for at, _ in bullets[1:]] + [len(lines)]
    within = first.within or first.span
    entries = [
        _bulleted(lines[at:end], found.end(), within) for (at, found), end in zip(bullets, ends, strict=True)
    ]
    head = lines[: bullets[0][0]]
    return [
        replace(first, lines=head, end=head[-1].end, within=within),
        Block(shape=Shape.LIST, start=entries[0].start, end=first.end, children=tuple(entries)),
        *blocks[1:],
    ]


def _bulleted(lines: Sequence[Line], size: int, within: Span) -> Block:
    """The entry that lines are of which the first opens with a bullet of `size` characters."""
    start, end = lines[0].start, lines[-1].end
    words = lines[0].text[size:].lstrip()
    text = Line(start + len(lines[0].text) - len(words), lines[0].end, words)
    paragraph = Block(shape=Shape.PARAGRAPH, start=start, end=end, lines=(text, *lines[1:]), within=within)
    return Block(shape=Shape.ENTRY, start=start, end=end, children=(paragraph,))


def _leads_in(entry: Block) -> bool:
    """Whether an entry is one paragraph that ends with a colon."""
    return len(entry.children) == 1 and entry.children[0].text.rstrip("*_ ").endswith((":", "："))


def _ends_entry(state: StateBlock, line: int, _: int, silent: bool) -> bool:
    """The name of a section, right after a list, ends it, where CommonMark takes it for more of the entry."""
    if not silent or state.sCount[line] > 0 or state.blkIndent == 0:
        return False
    whole = state.src[state.bMarks[line] : state.eMarks[line]]
    text = without(whole, 0, len(whole))  # `won't do`, as we have it there, names a section
    return len(text) <= _LONGEST_LABEL and bool(state.env["is_section_name"](plain(text).rstrip(" :")))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    parser.block.ruler.before("paragraph", "label", _ends_entry, {"alt": ["paragraph"]})
    return parser


def blank(text: str, spans: tuple[Span, ...]) -> str:
    """Returns `text` with everything within `spans` but line endings turned to blanks."""
    parts, at = [], 0
    for start, end in sorted(spans):
        start = max(start, at)
        parts += [text[at:start], re.sub(r"[^\r\n]", " ", text[start:end])]
        at = max(at, end)
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
    source = blank(text, hidden).replace("\0", "\ufffd")
    clean = blank(source, annotations)
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
        self.starts: list[int] = []
        self.ends: list[int] = []
        for match in _LINE.finditer(source):
            if match.start() == len(source) and self.starts and source[-1:] not in {"\n", "\r"}:
                break
            self.starts.append(match.start())
            self.ends.append(match.start() + len(match.group().rstrip("\r\n")))

    def build(self, tokens: list[Token]) -> tuple[Block, ...]:
        open_blocks: list[tuple[Token, list[Block]]] = []
        children: list[Block] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            match token.type:
                case "paragraph_open":
                    children.append(self._with_levels(self._paragraph(token, tokens[index + 1].content)))
                    index += 2
                case "heading_open":
                    children.append(self._heading(token, tokens[index + 1].content))
                    index += 2
                case (
                    "bullet_list_open"
                    | "ordered_list_open"
                    | "list_item_open"
                    | "blockquote_open"
                    | "table_open"
                ):
                    open_blocks.append((token, children))
                    children = []
                case "bullet_list_close" | "ordered_list_close":
                    children = self._close(open_blocks, children, Shape.LIST)
                case "list_item_close":
                    children = self._close(open_blocks, _with_bulleted_lines(children), Shape.ENTRY)
                case "blockquote_close":
                    children = self._close(open_blocks, children, Shape.QUOTE)
                case "table_close":
                    children = self._close(open_blocks, children, Shape.TABLE)
                case "tr_open":
                    children.append(self._row(token))
                case "fence" | "code_block":
                    children.append(self._verbatim(token, Shape.CODE))
                case "html_block":
                    children.append(self._verbatim(token, Shape.HTML))
                case "hr":
                    children.append(self._plain(token, Shape.RULE))
            index += 1
        return tuple(_with_flush_lists(self._with_broken_tables(children)))

    def _with_levels(self, paragraph: Block) -> Block:
        """Makes a list of a paragraph with bullets of two kinds, one deeper: `• Process` over `◦ Ask`."""
        lines = paragraph.lines
        kinds = [(found := _BULLET.match(line.text)) and found["sure"] for line in lines]
        depths = [line.start - self.source.rfind("\n", 0, line.start) for line in lines]
        outer = [at for at, kind in enumerate(kinds) if kind and kind == kinds[0]]
        inner = [at for at, kind in enumerate(kinds) if kind and kind != kinds[0]]
        if not outer or not inner or min(depths[at] for at in inner) <= max(depths[at] for at in outer):
            return paragraph
        ends = [*outer[1:], len(lines)]
        entries = [_bulleted(lines[at:end], 1, paragraph.span) for at, end in zip(outer, ends, strict=True)]
        entries = [replace(one, children=tuple(_with_bulleted_lines([*one.children]))) for one in entries]
        return Block(shape=Shape.LIST, start=paragraph.start, end=paragraph.end, children=tuple(entries))

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
            _is_framed(line.text) and columns in {0, len(self._line_row(line).cells)} for line in block.lines
        )

    def _line_row(self, line: Line) -> Block:
        """A line of text as a row; `||` divides the headers of wikis."""
        cells = split_row(self.source, line.start, line.end)
        if line.text.startswith("||") and line.text.endswith("||"):
            cells = tuple((start, end) for start, end in cells if start < end)
        return Block(shape=Shape.ROW, start=line.start, end=line.end, cells=cells)

    def _close(
        self, open_blocks: list[tuple[Token, list[Block]]], children: list[Block], shape: Shape
    ) -> list[Block]:
        token, siblings = open_blocks.pop()
        siblings.append(self._plain(token, shape, children=tuple(children)))
        return siblings

    def _bounds(self, token: Token) -> tuple[int, int]:
        """The token's lines, without the blank ones that markdown-it counts in at its end."""
        first, last = token.map or (0, 0)
        last = min(last, len(self.starts))
        while last - 1 > first and not self.source[self.starts[last - 1] : self.ends[last - 1]].strip(" \t>"):
            last -= 1
        return first, max(last, first + 1)

    def _plain(self, token: Token, shape: Shape, children: tuple[Block, ...] = ()) -> Block:
        first = min((token.map or (0, 0))[0], len(self.starts) - 1)
        end = children[-1].end if children else self.ends[first]
        return Block(shape=shape, start=self.starts[first], end=end, children=children)

    def _paragraph(self, token: Token, content: str) -> Block:
        first, last = self._bounds(token)
        parts = content.split("\n")
        # markdown-it strips a paragraph of more than blanks (U+2028): lines are missing then at its start.
        while first + len(parts) < last and not self.source[self.starts[first] : self.ends[first]].strip():
            first += 1
        lines = [self._suffix(first + i, part) for i, part in enumerate(parts)]
        return Block(shape=Shape.PARAGRAPH, start=self.starts[first], end=lines[-1].end, lines=tuple(lines))

    def _heading(self, token: Token, content: str) -> Block:
        first, last = self._bounds(token)
        if token.markup.startswith("#"):
            start, end = self.starts[first], self.ends[first]
            at = self.source.find(content, start, end) if content else end
            lines = [self._line(at, at + len(content))]
        else:
            lines = [self._suffix(first + i, part) for i, part in enumerate(content.split("\n"))]
        level = int(token.tag[1:])
        return Block(
            shape=Shape.HEADING,
            start=self.starts[first],
            end=self.ends[last - 1],
            lines=tuple(lines),
            level=level,
        )

    def _verbatim(self, token: Token, shape: Shape) -> Block:
        first, last = self._bounds(token)
        lines = []
        for number in range(first, last):
            at = _PREFIX.match(self.source, self.starts[number], self.ends[number])
            start = at.end() if at else self.starts[number]
            lines.append(self._line(start, max(start, self.ends[number])))
        return Block(
            shape=shape,
            start=self.starts[first],
            end=self.ends[last - 1],
            lines=tuple(lines),
        )

    def _row(self, token: Token) -> Block:
        number = (token.map or (0, 0))[0]
        prefix = _PREFIX.match(self.source, self.starts[number], self.ends[number])
        start = prefix.end() if prefix else self.starts[number]
        end = start + len(self.source[start : self.ends[number]].rstrip())
        cells = split_row(self.source, start, end)
        return Block(shape=Shape.ROW, start=self.starts[number], end=end, cells=cells)

    def _suffix(self, number: int, content: str) -> Line:
        """Where `content` stands on its line: containers only ever take characters off its left."""
        number = min(number, len(self.starts) - 1)
        content = content.strip()
        end = self.starts[number] + len(self.source[self.starts[number] : self.ends[number]].rstrip())
        return self._line(max(self.starts[number], end - len(content)), end)

    def _line(self, start: int, end: int) -> Line:
        return Line(start, end, self.clean[start:end].rstrip())


def split_row(text: str, start: int, end: int) -> tuple[Span, ...]:
    r"""Returns the spans of a table row's cells: between the pipes, padding included.

    A pipe after a backslash separates nothing; a pipe in a code span does (GitHub's rule). Pipes at
    either end of the row are its borders.
    """
    pipes = [
        match.start()
        for match in re.compile(r"\|").finditer(text, start, end)
        if match.start() == start or text[match.start() - 1] != "\\"
    ]
    edges = [start - 1, *pipes, end]
    if pipes and pipes[0] == start:
        edges.pop(0)
    if pipes and pipes[-1] == end - 1 and len(edges) > 2:
        edges.pop()
    return tuple((left + 1, right) for left, right in pairwise(edges))
