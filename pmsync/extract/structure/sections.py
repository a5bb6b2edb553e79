"""Blocks → a tree of sections: what stands under which heading or label.

Real postmortems head their sections with more than Markdown headings: a bold line, `Label:`, a line led
by an emoji, a line that holds nothing but "Corrective and preventative measures". All become sections
here; what they announce is the vocabulary's to say.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

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
        stack = [self]
        while stack:
            section = stack.pop()
            yield section
            stack.extend(part for part in reversed(section.parts) if isinstance(part, Section))


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

_HASHES = re.compile(r"(?=##|\\)\\?(?P<hashes>#{1,6})(?:\\#)*\s*(?=[^\s#])")
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
        self.raised: list[Section] = []
        self.blocks = list(self._unlisted(outline.blocks))
        self.title_heading = _title_heading(self.blocks)

    def read(self) -> Section:
        for index, block in enumerate(self.blocks):
            following = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            match block.shape:
                case Shape.HEADING:
                    self._open_heading(block)
                case Shape.PARAGRAPH:
                    self._paragraph(block, following)
                case Shape.HTML:
                    self._html(block)
                case _:
                    self.current.parts.append(block)
        self._settle_first_line()
        self._settle_title()
        return self.root

    def _settle_first_line(self) -> None:
        """A first line that is no heading is a title too: it announces nothing where another label does.

        It is none that begins with what it announces, or heads a list.
        """
        first = self.root.parts[0] if self.root.parts else None
        if not isinstance(first, Section) or first.level <= 6:
            return
        opens = fold(strip_numbering(first.title)).startswith(first.announcement.phrase)
        heads_list = any(isinstance(part, Block) for part in first.parts)
        others = (each for each in self.root.sections() if each is not first)
        if not (opens or heads_list) and any(each.rank.is_follow_up for each in others):
            first.announcement = Announcement()

    def _settle_title(self) -> None:
        """A title announces what is below it only where no heading there does so itself."""
        title = next((each for each in self.root.sections() if each.block is self.title_heading), self.root)
        if any(each.rank.is_follow_up for each in list(title.sections())[1:]):
            title.announcement = Announcement()

    def _plain(self, markdown: str) -> str:
        return plain(self.repair(_ATTRIBUTES.sub("", markdown)))

    # ------------------------------------------------------------------ what opens a section

    def _open_heading(self, block: Block) -> None:
        title = self._plain(block.text)
        if not fold(title):
            return  # a line of `# =====` divides, and heads nothing
        announcement = self.vocabulary.announce(title)
        if block is self.title_heading and not (announcement.exact and announcement.rank.is_follow_up):
            announcement = Announcement()
        if block.level > 2 and not announcement.is_known:
            self._raise_label(block.level - 1)
        self._open(Section(title, announcement, block.lines[0], "#", block.level, block=block))

    def _raise_label(self, level: int) -> None:
        """Makes a heading of an announcing label right before one of a lower level: `**Action items**`."""
        label, parent = self.current, self.current.parent
        if parent is None or label.level <= 6 or label.parts or label.inline or not label.rank.is_follow_up:
            return
        parent.parts.remove(label)
        label.level, self.current = level, parent
        self.raised.append(label)
        self._open(label)

    def _open(self, section: Section) -> None:
        if section.level > 6 and section.is_known and not section.announcement.term:
            alike = (one for one in self.current.above() if one in self.raised and one.style == section.style)
            section.level = next((one.level for one in alike), section.level)
        parent = self._parent_for(section)
        section.parent = parent
        parent.parts.append(section)
        self.current = section

    def _parent_for(self, section: Section) -> Section:
        """The section that a new one belongs under."""
        chain = [self.current, *self.current.above()]
        if section.level <= 6:
            return next(one for one in chain if one.level < section.level)
        at = next(one for one in chain if one.level <= 6)
        labels = [one for one in chain if 6 < one.level <= section.level]
        if len(labels) > _MOST_LABELS:
            return at
        if section.rank is not Rank.NONE:
            return next((label for label in labels if _is_umbrella(label, section)), at)
        if not labels:
            return at
        equal = next((label for label in labels if label.style == section.style), None)
        holder = equal or labels[0]
        if equal is None:
            is_within = not self.vocabulary.promises(section.title)
        else:
            is_within = holder.rank.is_follow_up and not holder.has_entries
        return holder if is_within else holder.parent or self.root

    # ----------------------------------------------------------------------------- paragraphs

    def _paragraph(self, block: Block, following: Block | None) -> None:
        """Cuts a paragraph at its labels."""
        passage: list[Line] = []
        beside: Section | None = None

        def flush() -> None:
            lines = tuple(passage)
            passage.clear()
            if beside is not None:
                beside.inline = Passage(lines, block)
            elif lines:
                self.current.parts.append(Passage(lines, block))

        for index, line in enumerate(block.lines):
            heads = index + 1 < len(block.lines) or (
                following is not None and following.shape not in {Shape.HEADING, Shape.CODE, Shape.RULE}
            )
            is_defined = any(below.text.startswith(": ") for below in block.lines[index + 1 : index + 2])
            section = None if is_defined else self._label(line, passage, block, heads=heads)
            if section is None:
                passage.append(line)
                continue
            flush()
            self._open(section)
            beside = section if section.style == "inline bold" else None
            if beside is not None:
                start = line.start + len(line.text) - len(_after_label(line.text))
                passage.append(Line(start, line.end, _after_label(line.text)))
        flush()

    def _label(self, line: Line, before: Sequence[Line], block: Block, *, heads: bool) -> Section | None:
        """The section that `line` opens, if it does.

        Args:
            line: a line of a paragraph.
            before: the lines before it in the paragraph, since the last label.
            block: the paragraph.
            heads: something stands under it.
        """
        text = line.text
        if len(text) > _LONGEST_LINE:
            return None
        if glued := _HASHES.match(text):
            return self._section(text[glued.end() :], "#", line, block, len(glued["hashes"]))
        if wiki := _WIKI.match(text):
            return self._section(wiki["words"], "#", line, block, len(wiki["marks"]))
        emphasised = _EMPHASISED.match(text)
        if emphasised:
            return self._emphasised(line, emphasised, block, heads=heads)
        words = self._plain(text)
        leads_in = words.endswith((":", "："))
        if LINE_BULLET.match(text):
            return None
        if before and _continues(before[-1].text, words):
            return self._wrapped(line, before, block) if leads_in else None
        if leads_in:
            return self._lead_in(line, words, block, heads=heads)
        section = self._section(text, "bare", line, block)
        is_alone = heads and len(block.lines) == 1
        is_sibling = is_alone and self.current.style == "bare" and len(words.split()) <= _FEW_OF_LABEL
        is_label = (
            (
                section.is_known
                or (not before and self._is_term(section))
                or (is_alone and _is_in_capitals(words))
                or (is_sibling and _holds_list_last(self.current))
                or id(block) in self.numbered
                or (is_alone and section.rank.is_follow_up and words.endswith("?"))
            )
            and len(words) <= _LABEL_LIMIT
            and not words.endswith((".", "!", ";", ","))
        )
        return section if is_label and not self._is_field(words) else None

    def _lead_in(self, line: Line, words: str, block: Block, *, heads: bool) -> Section | None:
        """`Corrective measures:`, or a sentence that ends with a colon; of several, the last."""
        count = len(_WORD.findall(words))
        if count > _FEW_WORDS:
            section = self._sentence(line.text, line, block)
        else:
            section = self._section(line.text, "colon", line, block)
        return section if count and (heads or section.announcement.exact) else None

    def _wrapped(self, line: Line, before: Sequence[Line], block: Block) -> Section | None:
        """`It is less urgent now. To prevent this in the`, `future we will:` over a list."""
        text = " ".join([*(above.text for above in before[-_MOST_WRAPPED:]), line.text])
        section = self._sentence(text, line, block)
        return section if section.rank.is_follow_up else None

    def _sentence(self, markdown: str, line: Line, block: Block) -> Section:
        """The section that the last sentence of a text leads in."""
        *before, last = SENTENCE_END.split(markdown)
        if before and len(_WORD.findall(last)) < _FEWEST_WORDS:  # `We will improve it. These include:`
            section = self._section(f"{before[-1]}. {last}", "sentence", line, block, 9)
            if section.rank.is_follow_up:
                return section
        return self._section(last, "sentence", line, block, 9)

    def _section(self, markdown: str, style: str, line: Line, block: Block, level: int = 7) -> Section:
        title = self._plain(markdown).rstrip(" :：")
        says = self._plain(_CODE.sub("`…`", markdown)) if style in {"colon", "sentence"} else title
        return Section(title, self.vocabulary.announce(says.rstrip(" :：")), line, style, level, block=block)

    def _emphasised(self, line: Line, found: re.Match[str], block: Block, *, heads: bool) -> Section | None:
        is_strong = found["mark"] not in {"*", "_"}
        section = self._section(found["lead"] + found["words"], "bold", line, block)
        if not 0 < len(section.title) <= _LABEL_LIMIT:
            return None
        if found.end() == len(line.text):
            return section if (is_strong and heads) or section.is_known else None
        has_colon = ":" in found["colon"] or found["words"].rstrip().endswith((":", "："))
        section.style, section.level = "inline bold", 8
        states = self.vocabulary.table("fields", "owner", "due", "priority", "status").all_of(
            words_of(section.title)
        )
        is_label = has_colon and section.is_known and not (states and self._is_within())
        return section if is_label else None

    def _is_term(self, section: Section) -> bool:
        """Whether a line says but by when, or how urgently, what stands under it is to be done."""
        said = section.announcement
        return said.term and said.exact and self._is_within()

    def _is_field(self, words: str) -> bool:
        """Whether a line under a follow-up section is a field of an item, not a label."""
        return self.vocabulary.is_field(words) and self._is_within()

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
            found = _NUMBER.match(self.source, block.start)
            goes_on = found is not None and int(found["number"]) == number + 1 > 1 and _is_line(block)
            if goes_on:
                self.numbered.add(id(block.children[0].children[0]))
            if block.shape is Shape.LIST and (goes_on or self._lists_sections(block)):
                number = int(found["number"]) if found and _is_line(block) else 0
                yield from (inner for entry in block.children for inner in flatten(entry.children))
            else:
                yield block

    def _lists_sections(self, block: Block) -> bool:
        """Whether each entry of a list holds something, or is alone, and most are labels by their words.

        Where all are in capitals, and some hold something or are known, others may not: what they head
        follows the list.
        """
        entries = block.children
        are_loud = all(
            entry.children and _is_in_capitals(self._plain(entry.children[0].text)) for entry in entries
        )
        if are_loud and any(len(one.children) > 1 or self._is_known(one.children[0].text) for one in entries):
            return True
        hold = all(entry.children and (_holds_more(entry) or len(entries) == 1) for entry in entries)
        if not hold or sum(self._heads(_first_line(entry)) for entry in entries) * 2 <= len(entries):
            return False
        has_lines = any(len(entry.children) == 1 and _holds_more(entry) for entry in entries)
        return not has_lines or any(map(self._is_other, entries))

    def _is_other(self, entry: Block) -> bool:
        """Whether an entry's first line names a section of something else than work: `Root cause`."""
        said = self.vocabulary.announce(self._plain(_first_line(entry)).rstrip(" :："))
        return said.rank is Rank.OTHER and said.exact and not said.category

    def _is_known(self, text: str) -> bool:
        return self.vocabulary.announce(self._plain(text).rstrip(" :：")).is_known

    def _heads(self, text: str) -> bool:
        """Whether a line is a label by its own words: well known, or in capitals."""
        return self._is_known(text) or _is_in_capitals(self._plain(text))

    def _html(self, block: Block) -> None:
        """Opens sections at the headings within an HTML block, and cuts the block there."""
        lines: list[Line] = []

        def flush() -> None:
            if lines:
                part = replace(block, start=lines[0].start, end=lines[-1].end, lines=tuple(lines))
                self.current.parts.append(part)
                lines.clear()

        for line in block.lines:
            heading = _HTML_HEADING.search(line.text[:500])
            if heading and _IN_ENTRY.search(line.text[: heading.start()]):
                heading = None
            title = self._plain(heading["words"]) if heading else ""
            level = int(heading["level"] or 7) if heading else 0
            said = self.vocabulary.announce(title)
            if not title or not (level <= 6 or said.rank is not Rank.NONE or said.done):
                lines.append(line)
                continue
            flush()
            self._open(Section(title, said, line, "html", level, block=block))
        flush()


def _first_line(entry: Block) -> str:
    """The first line of an entry's text."""
    first = entry.children[0]
    return first.lines[0].text if first.lines else first.text


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
    """Whether `topic`, a label that announces something, stands under `label` rather than beside it.

    `Corrective measures:` / `Tasks:`; not `Action items:` / `Timeline:`.
    """
    if not label.rank.is_follow_up:
        return False
    is_wider = label.rank is Rank.MEASURES and topic.rank is not Rank.MEASURES
    return not (label.has_entries or label.inline) or (is_wider and topic.rank.is_follow_up)


def _after_label(text: str) -> str:
    """What follows a bold label on its line."""
    found = _EMPHASISED.match(text)
    return text[found.end() :] if found else ""


def _continues(before: str, words: str) -> bool:
    """Whether a line goes on with the sentence of the line before, and so is no label."""
    goes_on = before[-1:].isalnum() and words[:1].islower()
    return goes_on or before.endswith((",", " and", " the", " of", " to", "-"))


def flatten(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks in order; a quote's blocks stand for it."""
    stack = list(reversed(blocks))
    while stack:
        block = stack.pop()
        if block.shape is Shape.QUOTE:
            stack.extend(reversed(block.children))
        else:
            yield block


def _title_heading(blocks: Sequence[Block]) -> Block | None:
    """The heading that is the document's title, if there is one: its first, of level one."""
    first = next((block for block in blocks if block.shape is Shape.HEADING), None)
    return first if first is not None and first.level == 1 else None
