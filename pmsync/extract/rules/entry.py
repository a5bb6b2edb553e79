"""Why words that stand in an action item's place are none."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from pmsync.extract.fields.entry_text import read_entry
from pmsync.extract.fields.links import find_mentions
from pmsync.extract.fields.state import find_lead
from pmsync.extract.rules.rule import Rule
from pmsync.extract.structure.flat import HTML_NAMES, plain
from pmsync.lexicon.announcement import Rank
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

CONTROL = re.compile(r"<!--\s*pmsync:\s*(?P<order>items|ignore)\s*-->", re.IGNORECASE)
"""A person's own word on what is an action item."""

_SLOT = re.compile(
    r"\[[^\[\]\n]{0,200}\](?!\(|\[|:)|\{\{[^{}]{0,200}\}\}|\{[^{}\n]{1,80}\}"
    r"|@(?:owner|name|assignee|handle|username|user)\b|\b(?:YYYY|yyyy)-(?:MM|mm)-(?:DD|dd)\b"
    rf"|<(?!https?:|mailto:|/?{HTML_NAMES}(?:\s[^<>]*)?/?>)[^<>\n]{{2,200}}>"
    r"|_{3,}|\.{3,}|…"
)
_IN_ANY_BRACKETS = re.compile(r"[(（][^()（）\n]{0,200}[)）]")
_MASKED = re.compile(r"[\s\W]*(?:(?:[yY]{4}|[mM]{2}|[dD]{2}|[xX]{2,})[\W_]*)+")
"""`YYYY-MM-DD`, `XXX`"""
_LONGEST_LEAD = 200
_FEW_WORDS = 2
_SHORT = 3
"""Letters of the words that may be left around a slot: `[Owner] to [do something]`."""


@dataclass(frozen=True)
class Text:
    """What an entry says, as the rules look at it.

    Attributes:
        markdown: its first paragraph.
        is_alone: nothing further belongs to the entry, so that a label there has nothing under it.
        has_form: it is a task by its own form: it has a box to tick, or is a row.
        source: all of it.
        owner: the cell of a row that says who does it; `due`, until when.
    """

    markdown: str
    vocabulary: Vocabulary
    is_alone: bool = True
    has_form: bool = False
    source: str = ""
    owner: str = ""
    due: str = ""

    @cached_property
    def whole(self) -> str:
        """The paragraph as plain text."""
        return plain(self.markdown)

    @cached_property
    def bare(self) -> str:
        """The paragraph without its places to fill in."""
        return _SLOT.sub(" ", self.markdown)


def says_none(text: str, vocabulary: Vocabulary) -> bool:
    """Whether plain text says that there is nothing: `None.`, `n/a (see #12)`."""
    return bool(vocabulary.phrases("nothing").all_of(words_of(_IN_ANY_BRACKETS.sub(" ", text))))


def _is_ignored(text: Text) -> bool:
    return any(order["order"].lower() == "ignore" for order in CONTROL.finditer(text.source))


def _holds_place(text: Text) -> bool:
    state = find_lead(text.markdown)
    own = replace(text, markdown=text.markdown[state.behind :]) if state else text
    lead, _, rest = own.whole.partition(": ")
    says = rest if len(lead.split()) <= _FEW_WORDS and rest else own.whole
    return says_none(says, text.vocabulary) or text.vocabulary.is_placeholder(plain(own.bare))


def _is_sample(text: Text) -> bool:
    return text.vocabulary.is_sample(plain(text.bare)) and not find_mentions(text.markdown)


def _is_slotted(text: Text) -> bool:
    if _MASKED.fullmatch(text.due) and text.vocabulary.is_placeholder(text.owner):
        return True
    if text.bare == text.markdown:
        return False
    words = plain(text.bare)
    left = words_of(_IN_ANY_BRACKETS.sub(" ", words))
    return not text.vocabulary.is_work(words) and all(len(word) <= _SHORT for word in left)


def _is_label(text: Text) -> bool:
    whole, vocabulary = text.whole, text.vocabulary
    is_open = whole.endswith((":", "：")) and not vocabulary.is_work(whole)
    return text.is_alone and (is_open or vocabulary.announce(whole.rstrip(" :：")).is_known)


def _is_remark(text: Text) -> bool:
    """Whether a lead-in announces something else, and no work follows: `Related: …`, `Impact: …`."""
    lead, _, rest = text.whole[:_LONGEST_LEAD].partition(": ")
    said, is_work = text.vocabulary.announce(lead), text.vocabulary.is_work
    is_other = said.exact and said.rank is Rank.OTHER and not said.category
    if text.has_form or not is_other or is_work(lead) or is_work(rest):
        return False
    told = read_entry(text.markdown, "", text.vocabulary).fields
    return not (told.owner or any(map(str.isdigit, told.due or "")))  # not `Legend: 🟧 this quarter`


ENTRY_RULES: tuple[Rule[Text], ...] = (
    Rule("ignored", "marked `pmsync: ignore`", _is_ignored),
    Rule("placeholder", "empty, or a placeholder that was never filled in", _holds_place),
    Rule("sample", "an example, to be replaced", _is_sample),
    Rule("slots", "it still waits to be filled in", _is_slotted),
    Rule("remark", "its lead-in announces something else than work", _is_remark),
    Rule("empty-label", "a label with nothing under it", _is_label),
)
