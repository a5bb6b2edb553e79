"""Sections → entries: which list items, rows, lines and headings are action items, and why."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pmsync.annotation import find_annotations
from pmsync.extract.outline import Block, Line, Outline, Shape, Span
from pmsync.extract.sections import Passage, Section
from pmsync.extract.tables import Table, read_table
from pmsync.extract.vocabulary import Announcement, Rank, Vocabulary, fold, plain, strip_numbering
from pmsync.model import Finding, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A unit of follow-up work where it stands; `fields` makes an action item of it.

    Attributes:
        start: offset of the line that it starts on (its text, for a plain line).
        end: just past all that belongs to it.
        paragraph: its first paragraph, from behind list marker and box; a row's description cell.
        within: the paragraph that it is a line of.
        section: the label over it.
        heading: of a heading's item, the heading's own words.
        box: the inside of its checkbox.
        row: of a table's item.
        table: the table that holds the row.
        is_done: stands under a label that says so.
        is_code: stands where no link is rendered.
    """

    kind: Kind
    start: int
    end: int
    paragraph: Span
    section: Section
    within: Span | None = None
    heading: str = ""
    box: Span | None = None
    row: Block | None = None
    table: Table | None = None
    is_done: bool = False
    is_code: bool = False


@dataclass(slots=True, eq=False)
class Group:
    """The entries under one label, and the groups below it."""

    label: Section
    rank: Rank
    entries: list[Entry] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)
    is_category: bool = False
    is_done: bool = False

    def all_entries(self) -> Iterator[Entry]:
        """Yields its entries and those of all groups below."""
        stack = [self]
        while stack:
            group = stack.pop()
            yield from group.entries
            stack.extend(reversed(group.groups))


BOX = re.compile(r"\[(?P<mark>[ xX]?)\](?![(\[:])[ \t]*")
"""A checkbox at the start of an entry."""

_LINE_BULLET = re.compile(
    r"(?:(?:&nbsp;|\s)*(?:[•●▪◦‣⁃∙·○■□➢➤➔→►▶❖✦–—]|[-+*](?=[\s\[“\"`]|[^\W\d_])(?!.*\*\s*\Z))(?:&nbsp;|\s)*"
    r"|(?:&nbsp;|\s)*\(?\d{1,3}[.)](?:&nbsp;|\s)+|(?:&nbsp;|\s)*[①-⑳]\s*|\s*(?=[✅☑⬜☐🔲❌]))(?P<box>\[[ xX]?\](?![(\[])\s*)?"
)
"""What opens an entry that Markdown takes for a line of a paragraph: `•`, `-Text`, `2.` after text."""

_CLOCK = re.compile(
    r"\W*(?:\w{3,9}\.?,?\s+){0,2}(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?[ T,]*(?:at|-|–)?\s*)?~?T?[+-]?"
    r"(?:\d{1,2}[:h.]\d{2}(?::\d{2})?|\d{1,2}\s?[ap]\.?m\b)",
    re.IGNORECASE,
)
_HTML_ENTRY = re.compile(r"<li\b", re.IGNORECASE)
_CONTROL = re.compile(r"<!--\s*pmsync:\s*(?P<order>items|ignore)\s*-->", re.IGNORECASE)

_PLACEHOLDER_WORDS = re.compile(
    r"(?:tbd|tba|tbc|todo|n a|na|none|nil|nothing|no action items?|no actions?|aucune?|ninguna?|nenhuma?|keine|wip|xxx+|fixme|etc|lorem ipsum.*"
    r"|none (?:yet|at this time|so far|needed|required|identified)|nothing (?:yet|to do)|to be (?:determined|defined|added|decided|confirmed|completed|filled)(?: .{0,20})?|not applicable|no follow ups?(?: .{0,30})?"
    r"|(?:preventi\w+ |corrective |follow up |immediate |long term |short term |another |first |second |third |your |sample |example )?(?:action|task|item|measure|step|thing|improvement|todo|follow up|recommendation|fix|description|owner|name|point)s?(?: items?| points?)?(?: (?:\d+|one|two|three|four|five|[a-z]|here))?"
    r"|(?:describe|insert|add|list|enter|fill in|write) (?:the |an? |your |any |all )?(?:\w+ ){0,3}(?:actions?|items?|tasks?|descriptions?|measures?|steps?)(?: items?)?(?: here| below| taken)?"
    r"|summary|item \w|\w)"
)
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{0,200}\](?!\(|\[|:)|\{\{[^{}]{0,200}\}\}|\{[^{}\n]{1,80}\}|<(?!https?:|mailto:)[^<>\n]{2,200}>|_{3,}|\.{3,}|…")
_LINKS = re.compile(r"\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|<?https?://[^\s<>]+>?|#\d+|\b[A-Z]{2,10}-\d+\b")
_POINTER = re.compile(r"(?:(?:please )?(?:see|refer to|cf|tracked in|listed in|documented in|available (?:at|here))\b(?: also| the| our| this| in| for| ticket| tickets| issue| issues| board| list| above| below| details| more| section)*)\W*", re.IGNORECASE)
_QUESTION = re.compile(r"(?:what|how|who|why|which|when|where|did|is there|are there|was|were|does|do we|qu|comment|pourquoi|que|como|cuando|por que|o que|wie|was|warum|wer|welche)\b.*\?\W*\Z", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(
    r"\W*(?:(?:action |tracking |target |github )?(?:owners?|assignees?|assigned(?: to)?|dri|responsible|responsable|respons[áa]vel|due(?: date)?|deadline|eta|target(?: date)?|by|priority|severity|status|state|ticket|issue|jira|tracking|bug|link|pr|type|category|effort|estimate|estimated (?:time|effort)|description|details?|why|rationale|reason|impact|acceptance criteria|verification|success criteria|expected (?:outcome|result|impact)|notes?|action|timeline|estimated (?:effort|completion)|total(?: \w+){0,3}|goal|outcome|result|references?|related(?: \w+){0,2})(?: issues?| tickets?| dates?| items?)?\W{0,4}[:：]|\W*(?:estimated|expected|success) \w+\W{0,4}[:：])",
    re.IGNORECASE,
)
_REPORTS_ACTION = re.compile(r"\W*(?:actions?|description)\W{0,4}[:：]", re.IGNORECASE)
_REMARK = re.compile(r"\W*(?:notes?|nb|n\.b|example|e\.g|i\.e|see|source|status|owners?|due|date|updated?|context|background)\b\W{0,3}[:：]", re.IGNORECASE)
_PROSE_START = re.compile(
    r"(?:the|this|that|these|those|it|its|we|our|they|there|he|she|i|in|on|at|as|by|to|for|from|with|while|when|if|because|since|however|although|overall|going|moving|most|additionally|furthermore|moreover|also|after|before|during|based|due|given|thanks?|please|here|once|both|all|some|many|finally|in conclusion|despite|unfortunately|feel|remember|note"
    r"|le|la|les|nous|ce|cette|ces|il|en|pour|afin|dans|el|los|las|nosotros|este|esta|estos|para|o|os|as|nos|n[óo]s|isso|wir|die|der|das|diese|es|um)\b",
    re.IGNORECASE,
)
_CLOSER = re.compile(r"(?:this|these|those|by|overall|we|our|with|in conclusion|to conclude|in summary|thanks?|through|it|although|finally|remember|please|feel free|here)\b", re.IGNORECASE)
_WE_WILL = re.compile(r"(?:we|the team|our team|\w+ team|i)(?: will|['’]ll| are going to| plan to| need to| should| must|['’]re going to)\b", re.IGNORECASE)

_BOLD_LEAD = re.compile(r"(?:\*\*|__)[^*_\n]{2,120}(?:[:.]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:–—-])")
"""`**Monitoring:** …`, `**Monitoring** – …`"""

_NUMBERED = re.compile(r"(?P<stem>\D{2,40}?) ?(?:\d{1,2}|[a-c])")
_LONG_LINE = 400


class Selector:
    """Finds the entries of a document; keeps what it decided, and why, in `findings`."""

    def __init__(self, outline: Outline, root: Section, vocabulary: Vocabulary) -> None:
        self.outline = outline
        self.root = root
        self.vocabulary = vocabulary
        self.findings: list[Finding] = []
        self.empty: list[Section] = []
        self.headed = False
        self.text = outline.text
        self.marks = tuple(
            mark.start
            for mark in find_annotations(self.text, 0, len(self.text))
            if mark.status is not None
        )

    # ------------------------------------------------------------------------------ the whole

    def select(self, template: str | None) -> list[Entry]:
        """Returns the document's entries, in order; `template` says why it is one, if it is."""
        groups: list[Group] = []
        self._visit(self.root, None, groups)
        taken: list[Entry] = []
        if template:
            self._say(self.root, f"no item is taken: {template}", taken=False)
            taken = []
        else:
            for group in groups:
                self._prefer_specific(group)
            self._prefer_tasks(groups)
            taken = [entry for group in groups for entry in group.all_entries()]
        return self._with_sticky(taken)

    def _visit(self, section: Section, above: Group | None, groups: list[Group]) -> None:
        """Gathers groups from `section`, depth first."""
        group = self._group_for(section, above)
        if group is not None and above is None:
            groups.append(group)
        elif group is not None and above is not None:
            above.groups.append(group)
        before: Block | None = None
        merged: set[int] = set()
        for index, part in enumerate(section.parts):
            if isinstance(part, Section):
                self._visit(part, group, groups)
                before = part.block
                continue
            if id(part) in merged:
                continue
            order = self._order_before(part, before)
            if isinstance(part, Passage) and order is None and group is not None:
                run = _run_of_lines(section.parts, index)
                if len(run) > 1:
                    merged.update(id(one) for one in run)
                    self._gather_run(run, group)
                    before = run[-1].block
                    continue
            before = part.block if isinstance(part, Passage) else part
            if order == "ignore":
                continue
            if order == "items":
                forced = group or Group(section, Rank.SPECIFIC)
                if group is None:
                    groups.append(forced)
                self._gather(part, forced, forced=True)
            elif group is not None:
                self._gather(part, group)
            else:
                self._gather_stray(part, section, groups)
        if group is not None:
            self._drop_numbered(group)
            self._finish(section, group)

    def _drop_numbered(self, group: Group) -> None:
        """`Improvement 1`, `Improvement 2`: entries that differ by their number alone are placeholders."""
        stems = [_NUMBERED.fullmatch(fold(self._words(entry))) for entry in group.entries]
        count = Counter(stem["stem"] for stem in stems if stem)
        for entry, stem in list(zip(group.entries, stems, strict=True)):
            if stem and count[stem["stem"]] > 1:
                self._tell(entry, "a placeholder, not yet filled in", taken=False)
                group.entries.remove(entry)

    def _words(self, entry: Entry) -> str:
        return entry.heading or plain(self.outline.clean[slice(*entry.paragraph)][:2000])

    def _group_for(self, section: Section, above: Group | None) -> Group | None:
        """The group that a section's entries belong to; None where they are no action items."""
        said = section.announcement
        if section.label is None:
            return None
        rank = said.rank
        is_group = said.category and rank not in {Rank.SPECIFIC, Rank.MEASURES}
        if above is not None:
            if rank is Rank.OTHER and not is_group:
                self._say(section, f"not taken: “{said.phrase}” announces {rank.value}", taken=False)
                return None
            inherited = rank if rank.is_follow_up else Rank.NONE
            self._say(section, f"taken: stands under “{above.label.title}”", taken=True)
            return Group(section, inherited, is_category=is_group, is_done=said.done or above.is_done)
        if not rank.is_follow_up:
            reason = f"“{said.phrase}” announces {rank.value}" if said.phrase else "it announces no follow-up work"
            self._say(section, f"not taken: {reason}", taken=False)
            return None
        if self._is_closed(section):
            self._say(section, "not taken: it stands under a section of something else", taken=False)
            return None
        self.headed = True
        self._say(section, f"taken: “{said.phrase}” announces {rank.value}", taken=True)
        return Group(section, rank, is_done=said.done)

    def _is_closed(self, section: Section) -> bool:
        """Whether a section above keeps this one from being follow-up work."""
        said = section.announcement
        if said.rank is Rank.SPECIFIC or (said.rank is Rank.MEASURES and not said.weak):
            return False
        at = section.parent
        while at is not None:
            if at.rank is Rank.OTHER:
                return True
            at = at.parent
        return False

    # ----------------------------------------------------------------------- the rules of choice

    def _prefer_specific(self, group: Group) -> None:
        """Specific beats general, within one section."""
        for below in group.groups:
            self._prefer_specific(below)
        tasks = [below for below in group.groups if below.rank is Rank.SPECIFIC and any(below.all_entries())]
        if not tasks:
            return
        winner = tasks[0].label.title
        for below in list(group.groups):
            is_broad = below.rank is Rank.GENERAL or (
                group.rank is not Rank.SPECIFIC and below.rank is not Rank.SPECIFIC and not below.is_done
                and not (below.is_category and below.rank is Rank.NONE)
            )
            if is_broad:
                self._drop(below, f"“{winner}” beside it lists the specific tasks")
                group.groups.remove(below)
        if group.rank is not Rank.SPECIFIC and group.entries:
            for entry in group.entries:
                self._tell(entry, f"“{winner}” beside it lists the specific tasks", taken=False)
            group.entries.clear()

    def _prefer_tasks(self, groups: list[Group]) -> None:
        """General advice elsewhere yields to a document's own list of tasks."""
        tasks = [group for group in groups if group.rank is Rank.SPECIFIC and any(group.all_entries())]
        if not tasks:
            return
        for group in list(groups):
            winner = next((one for one in tasks if _are_of_one_incident(one.label, group.label)), None)
            if group.rank is Rank.GENERAL and winner is not None:
                self._drop(group, f"“{winner.label.title}” lists the document's specific tasks")
                groups.remove(group)

    def _drop(self, group: Group, reason: str) -> None:
        for entry in group.all_entries():
            self._tell(entry, reason, taken=False)
        self._say(group.label, f"not taken: {reason}", taken=False)

    # ------------------------------------------------------------------------------- gathering

    def _gather(self, part: Block | Passage, group: Group, *, forced: bool = False) -> None:
        """Takes the entries of one part into its group."""
        if isinstance(part, Passage):
            self._gather_passage(part, group, forced=forced)
        elif part.shape is Shape.LIST:
            self._gather_list(part, group, forced=forced)
        elif part.shape is Shape.TABLE:
            self._gather_table(part, group, forced=forced)
        elif part.shape is Shape.HTML:
            self._gather_html(part, group)
        elif part.shape is Shape.CODE and not part.fenced:
            lines = [line for line in part.lines if line.text]
            if lines and all(_LINE_BULLET.match(line.text) for line in lines):
                self._gather_lines(lines, part, group, is_code=True)

    def _gather_list(self, block: Block, group: Group, *, forced: bool = False) -> None:
        if not forced and self._is_timeline([entry.children[0].text for entry in block.children if entry.children]):
            self._say_lines(block, "its entries begin with a time of day, as a timeline's do")
            return
        texts = [plain(entry.children[0].text[:200]) for entry in block.children if entry.children]
        if not forced and texts and all(_FIELD.match(text) for text in texts):
            self._say_lines(block, "its entries are fields (owner, due…) of what stands above")
            return
        for child in block.children:
            self._gather_entry(child, block, group)

    def _gather_entry(self, child: Block, block: Block, group: Group) -> None:
        first = child.children[0] if child.children else None
        if first is None or first.shape not in {Shape.PARAGRAPH, Shape.HEADING}:
            nested = [below for below in child.children if below.shape is Shape.LIST]
            for below in nested:
                self._gather_list(below, group)
            return
        entry = self._list_entry(child, first, group)
        said = self._category(child, first, block, entry)
        if said is not None and not self._bears_mark(entry.paragraph):
            words = plain(first.lines[0].text).rstrip(" :：")
            label = Section(words, said, first.lines[0], "entry", 10, parent=group.label, block=first)
            rank = said.rank
            is_group = said.category and rank not in {Rank.SPECIFIC, Rank.MEASURES}
            if rank is Rank.OTHER and not is_group:
                self._say(label, f"not taken: “{said.phrase}” announces {rank.value}", taken=False)
                return
            below_group = Group(
                label, rank if rank.is_follow_up else Rank.NONE, is_category=is_group, is_done=said.done or group.is_done
            )
            self._say(label, "a category: the entries under it are the items", taken=True)
            group.groups.append(below_group)
            for below in child.children[1:]:
                if below.shape is Shape.PARAGRAPH:
                    self._gather_passage(Passage(below.lines, below), below_group)
                else:
                    self._gather(below, below_group)
            return
        self._offer(entry, group)

    def _list_entry(self, child: Block, first: Block, group: Group) -> Entry:
        start, end = first.span
        box = BOX.match(self.outline.clean, start, end)
        return Entry(
            kind=Kind.CHECKBOX if box else Kind.LIST,
            start=child.start,
            end=child.end,
            paragraph=(box.end() if box else start, end),
            section=group.label,
            box=box.span("mark") if box else None,
            is_done=group.is_done,
        )

    def _category(self, child: Block, first: Block, block: Block, entry: Entry) -> Announcement | None:
        """What an outer entry announces, where it is only a category of the entries under it."""
        nested = [below for below in child.children[1:] if below.shape in {Shape.LIST, Shape.TABLE}]
        lists = [below for below in nested if below.shape is Shape.LIST]
        if not nested or len(first.lines) > 2:
            return None
        words = plain(self.outline.clean[slice(*entry.paragraph)])
        title = words.rstrip(" :：")
        said = self.vocabulary.announce(title)
        inner = [
            plain(leaf.children[0].text)
            for below in lists
            for leaf in below.children
            if leaf.children and leaf.children[0].lines
        ]
        if inner and all(_FIELD.match(text) for text in inner):
            return None
        boxed = sum(1 for text in inner if re.match(r"\[[ xX]?\]", text))
        if entry.box is not None:
            return said if boxed and (said.exact or said.category or title != words) else None
        known = said.exact and (said.rank is not Rank.NONE or said.category)
        if known and (said.rank is not Rank.OTHER or said.category or title != words):
            return said
        if self.vocabulary.is_work(strip_numbering(title)) or len(title.split()) > 8:
            return None
        if boxed and boxed == len(inner):
            return said
        opens = title != words or first.lines[0].text.startswith(("**", "__"))
        working = sum(1 for text in inner if self.vocabulary.is_work(strip_numbering(text.lstrip("[]xX "))))
        if opens and (title != words or not block.ordered) and working * 2 > len(inner):
            return said if said.rank is not Rank.OTHER else Announcement(Rank.NONE)
        return None

    def _gather_table(self, block: Block, group: Group, *, forced: bool = False) -> None:
        table = read_table(self.outline, block)
        if table is None or (table.is_timeline and not forced):
            self._say_lines(block, "a table of times is a timeline")
            return
        if table.is_facts and not forced:
            self._say_lines(block, "a table of facts, with no column for actions")
            return
        for row in table.rows:
            entry = self._row_entry(table, row, group)
            if entry is None:
                continue
            if self._is_band(table, row, entry):
                self._tell(entry, "a row that only groups those below it", taken=False)
            else:
                self._offer(entry, group)

    def _is_band(self, table: Table, row: Block, entry: Entry) -> bool:
        """Whether a row holds nothing but a bold or well-known category."""
        filled = [cell for cell in row.cells if self.outline.clean[slice(*cell)].strip()]
        words = self.outline.clean[slice(*entry.paragraph)].strip()
        is_label = re.fullmatch(r"(\*\*|__).+\1", words) or self.vocabulary.announce(plain(words)).category
        return len(table.headers) > 1 and len(filled) == 1 and bool(is_label)

    def _row_entry(self, table: Table, row: Block, group: Group) -> Entry | None:
        cell = table.description(row)
        if cell is None:
            return None
        return Entry(
            kind=Kind.TABLE,
            start=row.start,
            end=row.end,
            paragraph=cell,
            section=group.label,
            row=row,
            table=table,
            is_done=group.is_done,
        )

    def _gather_html(self, block: Block, group: Group) -> None:
        """`<li>` entries; no annotation can be rendered there."""
        source = self.outline.clean[block.start : block.end]
        found = [match.start() for match in _HTML_ENTRY.finditer(source)]
        spans = [(block.start + at, block.start + end) for at, end in zip(found, [*found[1:], len(source)], strict=False)]
        texts = [plain(self.outline.clean[start:end]) for start, end in spans]
        if self._is_timeline(texts):
            return
        for start, end in spans:
            close = source.find("</li>", start - block.start, end - block.start)
            stop = block.start + close if close >= 0 else end
            begin = start + len("<li>") if source[start - block.start + 3 : start - block.start + 4] == ">" else start
            entry = Entry(
                kind=Kind.LIST,
                start=start,
                end=stop,
                paragraph=(begin, stop),
                section=group.label,
                is_done=group.is_done,
                is_code=True,
            )
            self._offer(entry, group)

    def _gather_passage(self, part: Passage, group: Group, *, forced: bool = False) -> None:
        self._gather_lines(list(part.lines), part.block, group, forced=forced)

    def _gather_lines(
        self, lines: list[Line], block: Block, group: Group, *, forced: bool = False, is_code: bool = False
    ) -> None:
        """One-line entries: with bullets that are no Markdown, or with none."""
        if any(_LINE_BULLET.match(line.text) for line in lines):
            bundles: list[list[Line]] = []
            for line in lines:
                if _LINE_BULLET.match(line.text):
                    bundles.append([line])
                elif bundles:
                    bundles[-1].append(line)
            if not forced and self._is_timeline([_LINE_BULLET.sub("", bundle[0].text) for bundle in bundles]):
                return
        elif forced:
            bundles = [[line] for line in lines]
        else:
            bundles = self._one_line_entries(lines, group)
        for bundle in bundles:
            self._offer(self._line_entry(bundle, block, group, is_code=is_code), group)

    def _gather_run(self, run: Sequence[Passage], group: Group) -> None:
        """One-line paragraphs in a row: entries where most of them read as work, else prose."""
        lines = [(passage.lines[0], passage.block) for passage in run]
        if any(_LINE_BULLET.match(line.text) or _BOLD_LEAD.match(line.text) for line, _ in lines):
            for passage in run:
                self._gather_passage(passage, group)
            return
        while lines and _CLOSER.match(plain(lines[-1][0].text)) and not _WE_WILL.match(plain(lines[-1][0].text)):
            lines.pop()
        texts = [plain(line.text) for line, _ in lines]
        working = sum(1 for text in texts if self._reads_as_work(text))
        if working * 2 <= len(texts) or any(len(text) > _LONG_LINE for text in texts) or self._is_timeline(texts):
            return
        for line, block in lines:
            self._offer(self._line_entry([line], block, group), group)

    def _reads_as_work(self, text: str) -> bool:
        lead, colon, rest = text.partition(": ")
        if colon and len(lead.split()) <= 6 and not _REMARK.match(text):
            return self.vocabulary.is_work(lead) or self.vocabulary.is_work(rest) or bool(_WE_WILL.match(rest))
        return self.vocabulary.is_work(strip_numbering(text))

    def _one_line_entries(self, lines: list[Line], group: Group) -> list[list[Line]]:
        """Splits a paragraph without bullets into entries; prose gives none."""
        if _FIELD.match(plain(lines[0].text[:200])) and not _REPORTS_ACTION.match(plain(lines[0].text[:200])):
            return []
        bold = [line for line in lines if _BOLD_LEAD.match(line.text) and not _FIELD.match(plain(line.text[:200]))]
        if bold and bold[0] is lines[0] and not _REMARK.match(plain(lines[0].text)):
            bundles: list[list[Line]] = []
            for line in lines:
                if line in bold:
                    bundles.append([line])
                else:
                    bundles[-1].append(line)
            return bundles
        kept = [line for line in lines if not _FIELD.match(plain(line.text[:200])) or _REPORTS_ACTION.match(plain(line.text[:200]))]
        has_fields = len(kept) < len(lines)
        while len(kept) > 1 and _CLOSER.match(plain(kept[-1].text)) and not _PROSE_START.match(plain(kept[0].text)):
            kept.pop()
        texts = [plain(line.text) for line in kept]
        if any(len(text) > _LONG_LINE for text in texts) or self._is_timeline(texts):
            return []
        if any(_wraps(before, after) for before, after in zip(texts, texts[1:], strict=False)):
            return []
        if has_fields:
            return _bundles(lines, kept)
        if len(texts) == 1:
            is_task = group.rank is Rank.SPECIFIC and self.vocabulary.is_work(texts[0])
            return [kept] if is_task and not re.search(r"[.!?]\s+\S", texts[0]) else []
        prose = sum(1 for text in texts if _PROSE_START.match(text) and not _WE_WILL.match(text))
        return [] if prose * 2 >= len(texts) else [[line] for line in kept]

    def _line_entry(self, bundle: list[Line], block: Block, group: Group, *, is_code: bool = False) -> Entry:
        first = bundle[0]
        bullet = _LINE_BULLET.match(self.outline.clean, first.start, first.end)
        start = bullet.end() if bullet else first.start
        box = None
        if bullet and bullet["box"]:
            at = bullet.start("box")
            box = (at + 1, self.outline.clean.index("]", at))
        return Entry(
            kind=Kind.CHECKBOX if box else Kind.PLAIN,
            start=first.start,
            end=bundle[-1].end,
            paragraph=(start, bundle[-1].end),
            within=block.span,
            section=group.label,
            box=box,
            is_done=group.is_done,
            is_code=is_code,
        )

    def _offer(self, entry: Entry, group: Group) -> None:
        """Takes an entry into its group, unless something speaks against it."""
        reason = self._refusal(entry)
        if reason:
            self._tell(entry, reason, taken=False)
        else:
            group.entries.append(entry)

    # --------------------------------------------------------------- what stands outside sections

    def _gather_stray(self, part: Block | Passage, section: Section, groups: list[Group]) -> None:
        """Entries outside any follow-up section that say themselves that they are action items."""
        if isinstance(part, Passage) or part.shape not in {Shape.LIST, Shape.TABLE}:
            return
        if section.announcement.phrase.startswith(("timeline", "chrono")):
            return
        group = Group(section, Rank.SPECIFIC)
        if part.shape is Shape.TABLE:
            table = read_table(self.outline, part)
            if table is not None and table.is_tracker and section.rank is not Rank.OTHER:
                self._gather_table(part, group)
        else:
            for child in part.children:
                first = child.children[0] if child.children else None
                if first is not None and first.lines and self._self_declared(first.lines[0].text):
                    entry = self._list_entry(child, first, group)
                    if not self._refusal(entry):
                        group.entries.append(entry)
        if group.entries:
            groups.append(group)

    def _self_declared(self, text: str) -> bool:
        """`**Action item:** …`"""
        found = re.match(r"\W*(?P<lead>[^:：\n]{2,30}?)\W{0,3}[:：]\W{0,3}\w", plain(text))
        return bool(found) and fold(found["lead"]) in {"action item", "action items", "todo", "follow up", "followup"}

    # ----------------------------------------------------------------------- headings as items

    def _finish(self, section: Section, group: Group) -> None:
        """Looks at a section once all below it was read: inline tasks, headings that are items."""
        if section.inline is not None:
            self._finish_inline(section, group)
        if any(group.all_entries()):
            return
        if section.rank.is_follow_up and not group.is_category:
            if section.inline is None and not group.groups:
                self.empty.append(section)
            return
        if self._is_heading_item(section, group):
            self._offer(self._heading_entry(section, group), group)

    def _finish_inline(self, section: Section, group: Group) -> None:
        """`**Follow-up:** Added an alert.`: text beside a label that announces tasks is the item."""
        inline = section.inline
        if inline is None or section.rank is not Rank.SPECIFIC or any(group.all_entries()):
            return
        if section.style != "inline bold" and not any(above.rank.is_follow_up for above in _above(section)):
            return
        line = inline.lines[0]
        if not line.text or section.label is None:
            return
        entry = Entry(
            kind=Kind.PLAIN,
            start=section.label.start,
            end=inline.lines[-1].end,
            paragraph=(line.start, inline.lines[-1].end),
            within=inline.block.span,
            section=section,
            is_done=group.is_done,
        )
        if not self._refusal(entry):
            group.entries.append(entry)

    def _is_heading_item(self, section: Section, group: Group) -> bool:
        """A numbered or task-like sub-heading, or a bold lead-in, with nothing but prose under it."""
        if group.groups or section.style not in {"#", "bold", "html", "colon"} or _REMARK.match(section.title + ":"):
            return False
        title = strip_numbering(section.title)
        if not fold(title):
            return False
        has_text = any(
            isinstance(part, Passage) or part.shape in {Shape.LIST, Shape.PARAGRAPH}
            for part in section.parts
            if not isinstance(part, Section)
        )
        is_task = section.is_numbered or self.vocabulary.is_work(title) or self.vocabulary.is_lead(title.split(":")[0])
        if section.announcement.exact and not section.is_numbered:
            return False
        if section.style == "#" or section.style == "html":
            return is_task
        return has_text and (is_task or section.style == "bold")

    def _heading_entry(self, section: Section, group: Group) -> Entry:
        label = section.label
        assert label is not None and section.block is not None  # noqa: S101 — only labelled sections get here
        passage = next((part for part in section.parts if isinstance(part, Passage)), None)
        span = (label.start, label.end)
        within = None
        if passage is not None:
            span = (passage.lines[0].start, passage.lines[-1].end)
            within = passage.block.span if passage.block.span != span else None
        elif section.block.shape is Shape.HEADING and len(section.block.lines) == 1:
            span = (section.block.start, section.block.end)
        end = max([label.end, *(_end_of(part) for part in section.parts)])
        return Entry(
            kind=Kind.HEADING,
            start=section.block.start if section.block.shape is Shape.HEADING else label.start,
            end=end,
            paragraph=span,
            within=within,
            section=group.label.parent or group.label,
            heading=section.title,
            is_done=group.is_done,
        )

    # --------------------------------------------------------------------------------- refusals

    def _refusal(self, entry: Entry) -> str | None:
        """Why an entry in a follow-up section is no item; None where it is one."""
        source = self.outline.clean[entry.start : entry.end]
        if any(match["order"].lower() == "ignore" for match in _CONTROL.finditer(source)):
            return "marked `pmsync: ignore`"
        words = entry.heading or self.outline.clean[slice(*entry.paragraph)][:2000]
        is_alone = entry.box is None and not entry.heading and entry.end <= entry.paragraph[1]
        return refusal(words, self.vocabulary, is_alone=is_alone)

    def _is_timeline(self, texts: Sequence[str]) -> bool:
        """Whether most entries begin with a time of day."""
        timed = sum(1 for text in texts if _CLOCK.match(plain(text[:200])))
        return timed * 2 > len(texts)

    def _order_before(self, part: Block | Passage, before: Block | None) -> str | None:
        """What a control comment right before a part says of it."""
        if before is None or before.shape is not Shape.HTML or isinstance(part, Block) and part.shape is Shape.HTML:
            return None
        found = None
        for match in _CONTROL.finditer(before.text):
            found = match["order"].lower()
        return found

    # ---------------------------------------------------------------------------------- sticky

    def _with_sticky(self, taken: list[Entry]) -> list[Entry]:
        """Adds what bears our annotation: it stays an item whatever stands around it."""
        free = list(self.marks)
        for entry in taken:
            span = (entry.row.start, entry.row.end) if entry.row else entry.paragraph
            del free[bisect_left(free, span[0]) : bisect_right(free, span[1])]
        if free:
            taken = taken + list(self._sticky(free))
        for entry in taken:
            title = entry.section.title
            self._tell(entry, f"stands under “{title}”" if title else "bears our annotation", taken=True)
        return sorted(taken, key=lambda entry: entry.start)

    def _bears_mark(self, span: Span) -> bool:
        at = bisect_left(self.marks, span[0])
        return at < len(self.marks) and self.marks[at] <= span[1]

    def _sticky(self, free: list[int]) -> Iterator[Entry]:
        """Yields the innermost entries, rows and lines around the annotations at `free`."""
        group = Group(Section("", Announcement(Rank.NONE)), Rank.NONE)
        headed = {
            part.block.start: section
            for section in self.root.sections()
            for part in section.parts[:1]
            if isinstance(part, Passage)
        }
        first_of: set[int] = set()
        for block in self.outline.walk():
            if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
                first = block.children[0]
                first_of.add(id(first))
                if _any_within(free, first.span):
                    yield self._list_entry(block, first, group)
            elif block.shape is Shape.TABLE:
                table = read_table(self.outline, block)
                for row in table.rows if table else ():
                    if table and _any_within(free, (row.start, row.end)):
                        entry = self._row_entry(table, row, group)
                        if entry is not None:
                            yield entry
            elif block.shape is Shape.HEADING and _any_within(free, (block.start, block.end)):
                yield self._sticky_heading(block, group)
            elif block.shape is Shape.PARAGRAPH and id(block) not in first_of and _any_within(free, block.span):
                section = headed.get(block.start)
                if section is not None and section.label and self._is_heading_item(section, Group(section, Rank.NONE)):
                    yield self._heading_entry(section, group)
                    continue
                for line in block.lines:
                    if _any_within(free, (line.start, line.end)):
                        yield self._line_entry([line], block, group)

    def _sticky_heading(self, block: Block, group: Group) -> Entry:
        return Entry(
            kind=Kind.HEADING,
            start=block.start,
            end=block.end,
            paragraph=(block.start, block.end) if len(block.lines) == 1 else block.span,
            section=group.label,
            heading=plain(block.text),
        )

    # -------------------------------------------------------------------------------- findings

    def _say(self, section: Section, reason: str, *, taken: bool) -> None:
        at = section.label.start if section.label else 0
        title = section.title or "the document"
        self.findings.append(
            Finding(line=self.outline.line_at(at), text=title[:80], taken=taken, reason=reason, is_section=True)
        )

    def _say_lines(self, block: Block, reason: str) -> None:
        text = plain(self.outline.clean[block.start : block.end][:80])
        self.findings.append(
            Finding(line=self.outline.line_at(block.start), text=text, taken=False, reason=reason)
        )

    def _tell(self, entry: Entry, reason: str, *, taken: bool) -> None:
        words = entry.heading or plain(self.outline.clean[slice(*entry.paragraph)][:200])
        self.findings.append(
            Finding(line=self.outline.line_at(entry.start), text=words[:80], taken=taken, reason=reason)
        )


def refusal(markdown: str, vocabulary: Vocabulary, *, is_alone: bool = True) -> str | None:
    """Why words that stand in an action item's place are none: a placeholder or a prompt.

    Args:
        markdown: an entry's first paragraph.
        vocabulary: the words that make a label.
        is_alone: nothing further belongs to the entry, so that a label there has nothing under it.
    """
    bare = _PLACEHOLDER.sub(" ", markdown)
    words = plain(bare)
    whole = plain(markdown)
    if not re.search(r"\w{2}", whole):
        return "it is empty"
    folded = fold(strip_numbering(words))
    is_slotted = bare != markdown and not any(len(word) > 3 for word in folded.split())
    if not folded or is_slotted or _PLACEHOLDER_WORDS.fullmatch(folded):
        return "a placeholder, not yet filled in"
    if vocabulary.is_lead(words.rstrip(" :：")) and folded != fold(whole):
        return "a placeholder, not yet filled in"
    lead, colon, rest = words.partition(":")
    if colon and vocabulary.is_lead(lead) and (not fold(rest) or _PLACEHOLDER_WORDS.fullmatch(fold(rest))):
        return "a placeholder, not yet filled in"
    said = vocabulary.announce(whole.rstrip(" :："))
    if is_alone and ((said.exact and said.rank is not Rank.NONE and len(folded.split()) > 1) or said.term):
        return "a label with nothing under it"
    if is_alone and whole.endswith((":", "：")) and not vocabulary.is_work(whole):
        return "a label with nothing under it"
    if re.fullmatch(r"\W*\(.*\)\W*", whole, re.DOTALL):
        return "a remark in brackets"
    if _POINTER.fullmatch(plain(_LINKS.sub(" ", markdown))):
        return "a pointer to where the items are"
    if _QUESTION.match(whole):
        return "a question to the author, not a task"
    return None


def _are_of_one_incident(one: Section, other: Section) -> bool:
    """Whether two sections stand in one part of the document: one's parent holds the other."""
    return one.parent in [*_above(other)] or other.parent in [*_above(one)]


def _bundles(lines: Sequence[Line], openers: Sequence[Line]) -> list[list[Line]]:
    """`lines` cut before each of `openers`."""
    bundles: list[list[Line]] = []
    for line in lines:
        if line in openers:
            bundles.append([line])
        elif bundles:
            bundles[-1].append(line)
    return bundles


def _above(section: Section) -> Iterator[Section]:
    at = section.parent
    while at is not None:
        yield at
        at = at.parent


def _run_of_lines(parts: Sequence["Block | Passage | Section"], index: int) -> list[Passage]:
    """The one-line paragraphs in a row that begin at `index`."""
    run: list[Passage] = []
    for part in parts[index:]:
        if not isinstance(part, Passage) or len(part.lines) != 1:
            break
        run.append(part)
    return run


def _any_within(marks: Sequence[int], span: Span) -> bool:
    at = bisect_left(marks, span[0])
    return at < len(marks) and marks[at] <= span[1]


def _wraps(before: str, after: str) -> bool:
    """Whether a sentence runs on from one line to the next."""
    if after[:1].islower() or before.endswith((",", ";", "-")):
        return True
    last = fold(before[-20:]).rpartition(" ")[2]
    return last in {"a", "an", "the", "of", "to", "and", "or", "for", "with", "in", "on", "by", "that", "is", "are", "de", "la", "le", "el", "y", "et"}


def _end_of(part: "Block | Passage | Section") -> int:
    if isinstance(part, Passage):
        return part.lines[-1].end
    if isinstance(part, Section):
        return max([part.label.end if part.label else 0, *(_end_of(below) for below in part.parts[-1:])])
    return part.end


__all__ = ["BOX", "Entry", "Group", "Selector", "refusal"]
