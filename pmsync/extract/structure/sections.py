"""Blocks → a tree of sections: what stands under which heading or label.

Real postmortems head their sections with more than Markdown headings: a bold line, `Label:`, a line led
by an emoji, a line that holds nothing but "Corrective and preventative measures". All become sections
here; what they announce is the vocabulary's to say.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from pmsync.extract.structure.bullets import LINE_BULLET
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Line, Outline, Shape
from pmsync.lexicon.announcement import Announcement, Rank
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import fold, is_numbered, strip_numbering, words_of


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive lines of one paragraph, up to the next label."""

    lines: tuple[Line, ...]
    block: Block

    @property
    def end(self) -> int:
        """Just past its last line."""
        return self.lines[-1].end


@dataclass(slots=True, eq=False)
class Section:
    """A heading or label and what stands under it. Built once, by `read_sections`; then only read.

    Attributes:
        title: as plain text, without emphasis and closing colon, but with its numbering.
        label: the line that heads it; None for the document itself.
        style: how it is written; labels of one style are of one rank unless one opens the other.
        level: a heading's level; 7 for labels.
        inline: what follows the label on its own line, and in its paragraph.
        block: the block that holds the label.
        parts: blocks, passages and sections, in order.
    """

    title: str
    announcement: Announcement
    label: Line | None = None
    style: str = ""
    level: int = 0
    parent: "Section | None" = None
    inline: Passage | None = None
    block: Block | None = None
    parts: list["Block | Passage | Section"] = field(default_factory=list)

    @property
    def rank(self) -> Rank:
        """What it announces."""
        return self.announcement.rank

    @property
    def is_known(self) -> bool:
        """Whether its label announces something, and says nothing else."""
        return self.announcement.is_known

    @property
    def has_entries(self) -> bool:
        """Whether anything stands under it that could be a list of entries."""
        lines = sum(len(part.lines) for part in self.parts if isinstance(part, Passage))
        return lines > 1 or any(isinstance(part, Section | Block) for part in self.parts)

    @property
    def is_numbered(self) -> bool:
        """Whether its title begins with a number."""
        return is_numbered(self.title)

    @property
    def end(self) -> int:
        """Just past the last of what stands under it."""
        last: Block | Passage | Section | Line | None = self
        while isinstance(last, Section):
            last = last.parts[-1] if last.parts else last.inline or last.label
        return last.end if last else 0

    def above(self) -> "Iterator[Section]":
        """Yields the sections that hold it, the nearest first."""
        at = self.parent
        while at is not None:
            yield at
            at = at.parent

    @property
    def is_beneath_other(self) -> bool:
        """Whether a section that holds it announces something else than follow-up work."""
        return any(above.rank is Rank.OTHER for above in self.above())

    def sections(self) -> Iterator["Section"]:
        """Yields this section and all below it, in document order."""
        yield self
        for part in self.parts:
            if isinstance(part, Section):
                yield from part.sections()


_WORD = re.compile(r"\w+")
SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_a-z])")
"""Between two sentences of a text."""
_MOST_WRAPPED = 3
"""Lines that a sentence before a list may be wrapped over."""
_LABEL_LIMIT = 120
_FEW_WORDS = 9
_FEWEST_WORDS = 4
"""Of a sentence that says by itself what it leads in."""
_FEW_LETTERS = 5
_FEW_OF_LABEL = 5
_MOST_LABELS = 8
"""Labels that stand one below the other; a document with more is not written for reading."""
_LONGEST_LINE = 2000

_HASHES = re.compile(r"(?=##|\\)\\?(?P<marks>#{1,6})(?:\\#)*\s*(?P<words>[^\s#].*)", re.DOTALL)
"""A heading that Markdown takes for text: `##Action items`, `\\# Tasks`."""
_WIKI = re.compile(r"(?P<marks>={2,6})\s*(?P<words>[^=\s][^=]{0,120}?)\s*(?P=marks)\Z")
"""`== Action items ==`, as wikis have it."""
_EMPHASISED = re.compile(
    r"(?P<lead>(?:\s?:[a-z][a-z0-9_+-]{1,40}:\s?)?[^\w*<]{0,12}(?:\d{1,2}[.)]\s*)?)"
    r"(?P<mark>\*{1,3}|_{1,3}|<(?P<tag>b|strong|u|h[1-6])>)"
    r"(?P<words>[^*\n]{1,160}?)(?:(?P=mark)|</(?P=tag)>)(?P<colon>\s*[:：]?)\s*",
    re.IGNORECASE,
)
_HTML_HEADING = re.compile(
    r"<(?P<tag>h(?P<level>[1-6])|b|strong|summary)\b[^<>]*>(?P<words>.{1,200}?)</(?P=tag)>", re.IGNORECASE
)
_ATTRIBUTES = re.compile(r"[ \t]{0,8}\{[#:.][^{}\n]{0,80}\}\s*\Z")
"""`## Tasks {#tasks}`, as static sites have it."""
_CODE = re.compile(r"`[^`\n]{0,160}[_./(][^`\n]{0,160}`")
"""The name of a file or function, whatever words are part of it."""
_BRACKETS = re.compile(r"\([^()]*\)")
_NUMBER = re.compile(r"\s{0,3}(?P<number>\d{1,2})[.)]\s")
_IN_ENTRY = re.compile(r"<(?:li|td|th|p)\b[^<>]*>|(?:\A|>)[^<>]*\w", re.IGNORECASE)
"""What stands before words in bold that are a part of an entry, or of a sentence, rather than its heading."""


def read_sections(outline: Outline, vocabulary: Vocabulary, repair: Callable[[str], str]) -> Section:
    """Returns the document as a section that holds all others; `repair` undoes mojibake in labels."""
    return _Reader(outline, vocabulary, repair).read()


class _Reader:
    def __init__(self, outline: Outline, vocabulary: Vocabulary, repair: Callable[[str], str]) -> None:
        self.repair = repair
        self.vocabulary = vocabulary
        self.root = Section("", Announcement())
        self.current = self.root
        self.source = outline.clean
        self.numbered: set[int] = set()
        self.blocks = list(self._unlisted(outline.blocks))
        first = next((block for block in self.blocks if block.shape is Shape.HEADING), None)
        self.title = first if first and first.level == 1 else None

    def read(self) -> Section:
        for block, following in zip_longest(self.blocks, self.blocks[1:]):
            match block.shape:
                case Shape.HEADING:
                    self._open_heading(block)
                case Shape.PARAGRAPH | Shape.HTML:
                    self._cut(block, following)
                case _:
                    self.current.parts.append(block)
        self._settle_titles()
        return self.root

    def _settle_titles(self) -> None:
        """A title announces only where nothing else does: a heading those below it, a first line all others.

        A first line is no title that begins with what it announces, or heads a list.
        """
        titles = [(each, each) for each in self.root.sections() if each.block and each.block is self.title]
        first = self.root.parts[0] if self.root.parts else None
        if isinstance(first, Section) and first.level > 6:
            opens = fold(strip_numbering(first.title)).startswith(first.announcement.phrase)
            heads_list = any(isinstance(part, Block) for part in first.parts)
            titles += [] if opens or heads_list else [(first, self.root)]
        for title, whole in titles:
            if any(each.rank.is_follow_up for each in whole.sections() if each is not title):
                title.announcement = Announcement()

    def _plain(self, markdown: str) -> str:
        return plain(self.repair(_ATTRIBUTES.sub("", markdown)))

    # ------------------------------------------------------------------ what opens a section

    def _open_heading(self, block: Block) -> None:
        title = self._plain(block.text)
        if not fold(title):
            return  # a line of `# =====` divides, and heads nothing
        announcement = self.vocabulary.announce(title)
        if block is self.title and not (announcement.exact and announcement.rank.is_follow_up):
            announcement = Announcement()
        if block.level > 2 and not announcement.is_known:
            self._raise_label(block.level - 1)
        self._open(Section(title, announcement, block.lines[0], "#", block.level, block=block))

    def _raise_label(self, level: int) -> None:
        """Makes a heading of an announcing label right before one of a lower level: `**Action items**`."""
        label = self.current
        is_bare = not (label.parts or label.inline)
        if label.parent and label.level > 6 and is_bare and label.rank.is_follow_up:
            self.current, label.level = label.parent, level
            self.current.parts.remove(label)
            self._open(label)

    def _open(self, section: Section) -> None:
        if section.level > 6 and section.is_known and not section.announcement.term:
            alike = (one.level for one in self.current.above() if one.style == section.style != "html")
            section.level = next((level for level in alike if level <= 6), section.level)
        parent = self._parent_for(section)
        section.parent = parent
        parent.parts.append(section)
        self.current = section

    def _parent_for(self, section: Section) -> Section:
        """The section that a new one belongs under."""
        chain = [self.current, *self.current.above()]
        at = next(one for one in chain if one.level < min(section.level, 7))
        labels = [one for one in chain if 6 < one.level <= section.level]
        if not 0 < len(labels) <= _MOST_LABELS:
            return at
        if section.rank is not Rank.NONE:
            return next((label for label in labels if _is_umbrella(label, section)), at)
        holder = next((label for label in labels if label.style == section.style), labels[0])
        if holder.style == section.style:
            is_within = holder.rank.is_follow_up and not holder.has_entries
        else:
            is_within = not self.vocabulary.promises(section.title)
        return holder if is_within else holder.parent or self.root

    # --------------------------------------------------------------------------------- labels

    def _cut(self, block: Block, following: Block | None) -> None:
        """Opens sections at the labels among a block's lines, and cuts the block there."""
        ends = following is None or following.shape in {Shape.HEADING, Shape.CODE, Shape.RULE}
        lines: list[Line] = []
        for line, below in zip_longest(block.lines, block.lines[1:]):
            if block.shape is Shape.HTML:
                section = self._html_heading(line.text)
            elif below is not None and below.text.startswith(": "):  # what defines the line
                section = None
            else:
                section = self._label(line, lines, block, heads=below is not None or not ends)
            if section is None:
                lines.append(line)
                continue
            self._keep(lines, block)
            section.label, section.block = line, block
            self._open(section)
            lines = [*section.inline.lines] if section.inline else []
        self._keep(lines, block)

    def _keep(self, lines: Sequence[Line], block: Block) -> None:
        """Puts some lines of a block where they stand: beside the label before them, or beneath it."""
        current, passage = self.current, Passage(tuple(lines), block)
        if current.inline and current.block is block:
            current.inline = passage
        elif lines and block.shape is Shape.HTML:
            part = replace(block, start=lines[0].start, end=lines[-1].end, lines=passage.lines)
            current.parts.append(part)
        elif lines:
            current.parts.append(passage)

    def _html_heading(self, line: str) -> Section | None:
        """The section that a line of HTML opens, if it does."""
        found = _HTML_HEADING.search(line[:500])
        if found is None or _IN_ENTRY.search(line[: found.start()]):
            return None
        section = self._section(found["words"], "html", int(found["level"] or 7))
        section.title = self._plain(found["words"])
        is_label = section.level <= 6 or section.rank is not Rank.NONE or section.announcement.done
        return section if section.title and is_label else None

    def _label(self, line: Line, before: Sequence[Line], block: Block, *, heads: bool) -> Section | None:
        """The section that `line` opens, if any; `heads` says that something stands under it."""
        text = line.text
        if len(text) > _LONGEST_LINE:
            return None
        if found := _HASHES.match(text) or _WIKI.match(text):
            return self._section(found["words"], "#", len(found["marks"]))
        if found := _EMPHASISED.match(text):
            return self._emphasised(line, found, block, heads=heads)
        if LINE_BULLET.match(text):
            return None
        words = self._plain(text)
        is_wrapped = bool(before) and _continues(before[-1].text, words)
        if words.endswith((":", "：")):
            return self._lead_in([*before[-_MOST_WRAPPED:], line] if is_wrapped else [line], heads=heads)
        return None if is_wrapped else self._bare(line, words, before, block, heads=heads)

    def _emphasised(self, line: Line, found: re.Match[str], block: Block, *, heads: bool) -> Section | None:
        """`**Label**` on a line of its own; `**Label:**` before other words, where it is known."""
        is_strong = found["mark"] not in {"*", "_"}
        section = self._section(found["lead"] + found["words"], "bold" if is_strong else "italic")
        if not 0 < len(section.title) <= _LABEL_LIMIT:
            return None
        rest = line.text[found.end() :]
        if not rest:
            is_sibling = self.current.style == "italic" and len(section.title.split()) <= _FEW_OF_LABEL
            is_label = is_strong or is_sibling
            return section if (is_label and heads) or section.is_known else None
        has_colon = ":" in found["colon"] or found["words"].rstrip().endswith((":", "："))
        section.style, section.level = "inline bold", 8
        section.inline = Passage((replace(line, start=line.start + found.end(), text=rest),), block)
        states = self.vocabulary.table("fields", "owner", "due", "priority", "status")
        is_field = states.all_of(words_of(section.title)) and self._is_within()
        return section if has_colon and section.is_known and not is_field else None

    def _lead_in(self, lines: Sequence[Line], *, heads: bool) -> Section | None:
        """`Corrective measures:`, or a sentence that ends with a colon, perhaps wrapped over lines."""
        text = " ".join(line.text for line in lines)
        count = len(_WORD.findall(self._plain(text)))
        if len(lines) > 1:
            section = self._sentence(text)
            return section if section.rank.is_follow_up else None
        section = self._sentence(text) if count > _FEW_WORDS else self._section(text, "colon")
        return section if count and (heads or section.announcement.exact) else None

    def _sentence(self, markdown: str) -> Section:
        """The section that the last sentence of a text leads in."""
        *before, last = SENTENCE_END.split(markdown)
        if before and len(_WORD.findall(last)) < _FEWEST_WORDS:  # `We will improve it. These include:`
            section = self._section(f"{before[-1]}. {last}", "sentence", 9)
            if section.rank.is_follow_up:
                return section
        return self._section(last, "sentence", 9)

    def _bare(
        self, line: Line, words: str, before: Sequence[Line], block: Block, *, heads: bool
    ) -> Section | None:
        """A line of words alone that are known, or look like a heading by what stands around them."""
        if len(words) > _LABEL_LIMIT or words.endswith((".", "!", ";", ",")):
            return None
        section = self._section(line.text, "bare")
        said, is_alone = section.announcement, heads and len(block.lines) == 1
        is_sibling = self.current.style == "bare" and _holds_list_last(self.current)
        is_label = (
            section.is_known
            or id(block) in self.numbered
            or (not before and said.term and said.exact and self._is_within())
            or (is_alone and _is_in_capitals(words))
            or (is_alone and is_sibling and len(words.split()) <= _FEW_OF_LABEL)
            or (is_alone and section.rank.is_follow_up and words.endswith("?"))
        )
        is_field = self.vocabulary.is_field(words) and self._is_within()
        return section if is_label and not is_field else None

    def _section(self, markdown: str, style: str, level: int = 7) -> Section:
        says = _CODE.sub("`…`", markdown) if style in {"colon", "sentence"} else markdown
        title = self._plain(markdown).rstrip(" :：")
        return Section(title, self._announce(says), style=style, level=level)

    def _announce(self, markdown: str) -> Announcement:
        return self.vocabulary.announce(self._plain(markdown).rstrip(" :："))

    def _is_within(self) -> bool:
        """Whether what is read stands under a follow-up section."""
        return any(section.rank.is_follow_up for section in (self.current, *self.current.above()))

    # ------------------------------------------------------------------------------- oddities

    def _unlisted(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """The blocks in order; those within a quote, or a list of whole sections, stand for it.

        `6. Distribution` is the name of a section where `5. Actions arising` was one.
        """
        number = 0
        for block in flatten(blocks):
            found = _NUMBER.match(self.source, block.start) if _is_line(block) else None
            own = int(found["number"]) if found else 0
            goes_on = own == number + 1 > 1
            if goes_on:
                self.numbered.add(id(block.children[0].children[0]))
            if goes_on or (block.shape is Shape.LIST and self._lists_sections(block.children)):
                number = own
                yield from (inner for entry in block.children for inner in flatten(entry.children))
            else:
                yield block

    def _lists_sections(self, entries: Sequence[Block]) -> bool:
        """Whether each entry of a list holds something, or is alone, and most are labels by their words.

        Where all are in capitals, and some hold something or are known, others may not: what they head
        follows the list.
        """
        if not all(entry.children for entry in entries):
            return False
        titles = [entry.children[0].text.partition("\n")[0] for entry in entries]
        are_loud = all(_is_in_capitals(self._plain(entry.children[0].text)) for entry in entries)
        hold = all(map(_holds_more, entries)) or len(entries) == 1
        if not hold and not are_loud:
            return False
        said = [self._announce(title) for title in titles]
        if are_loud and any(
            one.is_known or len(entry.children) > 1 for one, entry in zip(said, entries, strict=True)
        ):
            return True
        heads = [
            one.is_known or _is_in_capitals(self._plain(title))
            for one, title in zip(said, titles, strict=True)
        ]
        most = sum(heads) * 2 > len(entries)
        has_lines = any(len(entry.children) == 1 and _holds_more(entry) for entry in entries)
        names_other = any(one.rank is Rank.OTHER and one.exact and not one.category for one in said)
        return hold and most and (names_other or not has_lines)


def _holds_more(entry: Block) -> bool:
    """Whether anything stands below an entry's first line."""
    return len(entry.children) > 1 or any(len(child.lines) > 1 for child in entry.children)


def _is_line(block: Block) -> bool:
    """Whether a list is a single line of a few words."""
    entries = [entry.children for entry in block.children]
    return [len(children) for children in entries] == [1] and len(entries[0][0].text.split()) <= _FEW_WORDS


def _holds_list_last(section: Section) -> bool:
    """Whether what stands under a label ends with a list: the line below, over another, is a label too."""
    last = section.parts[-1] if section.parts else None
    return isinstance(last, Block) and last.shape is Shape.LIST


def _is_in_capitals(words: str) -> bool:
    """`ACTIONS FOR THE DEPOTS (new)`: words without a small letter."""
    letters = [char for char in _BRACKETS.sub("", words) if char.isalpha()]
    return len(letters) > _FEW_LETTERS and all(map(str.isupper, letters))


def _is_umbrella(label: Section, topic: Section) -> bool:
    """Whether `topic` stands under `label`: `Measures:` / `Tasks:`; not `Action items:` / `Timeline:`."""
    if not label.rank.is_follow_up:
        return False
    is_wider = label.rank is Rank.MEASURES and topic.rank is not Rank.MEASURES
    return not (label.has_entries or label.inline) or (is_wider and topic.rank.is_follow_up)


def _continues(before: str, words: str) -> bool:
    """Whether a line goes on with the sentence of the line before, and so is no label."""
    goes_on = before[-1:].isalnum() and words[:1].islower()
    return goes_on or before.endswith((",", " and", " the", " of", " to", "-"))


def flatten(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks in order; a quote's blocks stand for it."""
    for block in blocks:
        if block.shape is Shape.QUOTE:
            yield from flatten(block.children)
        else:
            yield block
