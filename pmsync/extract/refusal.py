"""Why words that stand in an action item's place are none."""

import re

from pmsync.extract.vocabulary import Rank, Vocabulary
from pmsync.extract.words import HTML_NAMES, fold, plain, words_of

CONTROL = re.compile(r"<!--\s*pmsync:\s*(?P<order>items|ignore)\s*-->", re.IGNORECASE)
"""A person's own word on what is an action item."""

_SLOT = re.compile(
    r"\[[^\[\]\n]{0,200}\](?!\(|\[|:)|\{\{[^{}]{0,200}\}\}|\{[^{}\n]{1,80}\}"
    rf"|<(?!https?:|mailto:|/?{HTML_NAMES}(?:\s[^<>]*)?/?>)[^<>\n]{{2,200}}>"
    r"|_{3,}|\.{3,}|…"
)
_LINKS = re.compile(
    r"\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|<?https?://[^\s<>]+>?|(?<!\w)#\d+|\b[A-Z]{2,10}-\d+\b"
)
_IN_BRACKETS = re.compile(r"\W*\(.*\)\W*", re.DOTALL)
_REMARK = re.compile(r"(?<=\?)[\s.*_]*\([^()]*\)[\s.]*\Z")
_IN_ANY_BRACKETS = re.compile(r"[(（][^()（）\n]{0,200}[)）]")
_BETWEEN_FIELDS = re.compile(r"[,、，;；|/]")
_MASKED = re.compile(r"[\s\W]*(?:(?:[yY]{4}|[mM]{2}|[dD]{2}|[xX]{2,})[\W_]*)+")
"""`YYYY-MM-DD`, `XXX`"""
_UNFILLED = "a placeholder, not yet filled in"
_EMPTY_LABEL = "a label with nothing under it"
_CODE = re.compile(r"`[^`\n]{1,80}`")
_FEW_CODES = 2
_SHORT = 3
"""Letters of the words that may be left around a slot: `[Owner] to [do something]`."""


def refusal(markdown: str, vocabulary: Vocabulary, *, is_alone: bool = True) -> str | None:
    """Says why an entry is no action item: a placeholder, a prompt, a pointer; None where it is one.

    Args:
        markdown: the entry's first paragraph.
        vocabulary: the words.
        is_alone: nothing further belongs to the entry, so that a label there has nothing under it.
    """
    whole = plain(markdown)
    if not re.search(r"\w{2}", whole):
        return "it is empty"
    if _is_unfilled(markdown, whole, vocabulary):
        return _UNFILLED
    if is_alone and _is_label(whole, vocabulary):
        return _EMPTY_LABEL
    if _IN_BRACKETS.fullmatch(whole):
        return "a remark in brackets"
    if vocabulary.is_pointer(plain(_LINKS.sub(" ", markdown))):
        return "a pointer to where the items are"
    if _is_question(whole, vocabulary):
        return "a question to the author, not a task"
    return None


def _is_unfilled(markdown: str, whole: str, vocabulary: Vocabulary) -> bool:
    bare = _SLOT.sub(" ", markdown)
    if bare != markdown:
        bare = _IN_ANY_BRACKETS.sub(lambda found: _without_unfilled(found.group(), vocabulary), bare)
    words = plain(bare)
    if vocabulary.is_placeholder(words) or vocabulary.is_sample(words) or _names_columns(markdown):
        return True
    if bare != markdown:
        left = fold(words).split()
        is_task = len(left) > 1 and vocabulary.is_work(words)
        if not is_task and all(len(word) <= _SHORT for word in left):
            return True
        if vocabulary.is_lead(words.rstrip(" :：")):
            return True
    lead, colon, rest = whole.partition(":")
    return bool(colon) and vocabulary.is_lead(lead) and vocabulary.is_placeholder(plain(_SLOT.sub(" ", rest)))


def _without_unfilled(brackets: str, vocabulary: Vocabulary) -> str:
    """Nothing, where brackets hold fields alone that nobody filled in: `(due: YYYY-MM-DD, owner: XXX)`."""
    for part in _BETWEEN_FIELDS.split(brackets[1:-1]):
        name, _, value = part.replace("：", ":").partition(":")
        is_open = vocabulary.is_placeholder(value) or bool(_MASKED.fullmatch(value))
        if not (is_open and vocabulary.table("fields").all_of(words_of(name))):
            return brackets
    return " "


def _names_columns(markdown: str) -> bool:
    """Whether nothing but words in code stands there: `` `Task` - `Owner` - `Due` ``."""
    return len(_CODE.findall(markdown)) >= _FEW_CODES and not re.search(r"\w", _CODE.sub(" ", markdown))


def _is_question(whole: str, vocabulary: Vocabulary) -> bool:
    """`What was done?`, also behind a category's label, and with examples after it."""
    lead, colon, rest = _REMARK.sub("", whole).partition(":")
    if colon and not vocabulary.is_work(lead) and vocabulary.is_question(rest):
        return True
    return vocabulary.is_question(whole)


def _is_label(whole: str, vocabulary: Vocabulary) -> bool:
    said = vocabulary.announce(whole.rstrip(" :："))
    if said.term or (said.exact and said.rank is not Rank.NONE and len(fold(whole).split()) > 1):
        return True
    return whole.endswith((":", "：")) and not vocabulary.is_work(whole)
