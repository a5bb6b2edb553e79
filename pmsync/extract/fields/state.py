"""Done or not: what status cells, marks and the past tense say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pmsync.extract.fields.dates import find_dates
from pmsync.extract.structure.flat import CODE, plain
from pmsync.lexicon.phrases import Found, Phrases
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import fold, words_of

_DONE_SIGNS = "✅✔☑✓🟢🎉🏁💚"
_SIGN_PAIRS = (
    ("✅", "⬜"), ("✅", "🔄"), ("✅", "⏳"), ("✅", "🚧"), ("✅", "🔜"), ("✅", "📋"),
    ("✅", "🔲"), ("✅", "❌"), ("✔️", "❌"), ("✔", "❌"),
    ("☑", "☐"), ("✓", "✗"), ("🟢", "🔴"), ("🟢", "🟡"), ("🟢", "⚪"), ("[x]", "[ ]"),
    (":white_check_mark:", ":x:"), (":heavy_check_mark:", ":x:"), (":white_check_mark:", ":construction:"),
    (":white_check_mark:", ":hourglass:"), (":white_check_mark:", ":white_large_square:"),
    (":green_circle:", ":red_circle:"), (":green_circle:", ":yellow_circle:"),
)  # fmt: skip
_DONE_NAME = re.compile(
    r":(?:white_check_mark|heavy_check_mark|check|ballot_box_with_check|(?:large_)?green_circle|green_heart|tada"
    r"|checkered_flag):"
)
"""The same signs by name, as GitHub draws them."""
_SIGN_NAME = re.compile(r":[a-z][a-z0-9_+-]{0,40}:")
"""`:x:` is a cross, and not the word that says done."""
_TICKED = re.compile(r"\[[xX]\]")
_TICK = re.compile(r"[\s*_]*(?:\\?\[[xX]\\?\](?![(\[:])|\([xX]\)(?=\s))")
"""A box that an exporter escaped, or that stands where Markdown makes none."""
_STRUCK = re.compile(
    r"\W*(?:~~|<(?P<tag>s|del|strike)>)(?P<words>.+)(?:~~|</(?P=tag)>)(?P<rest>.*)\Z",
    re.DOTALL | re.IGNORECASE,
)
_ASIDE = re.compile(r"\W*[(\[][^()\[\]]*[)\]]\W*")
"""What stands in brackets after struck words says why they were struck."""
_REMARK = re.compile(r"\s[–—/-]\s|[(,;]")
_LOUD = re.compile(r"\bDONE\b[*_.!)\]]*\s*\Z")
_REFERENCE = re.compile(
    r"https?://\S+|[\w./-]{0,60}[#!]\d+|\bb/\d+|\b[A-Z][A-Z0-9]{1,11}-\d+|\b\d+(?:[./-]\d+){2}"
)
_AHEAD = re.compile(
    rf"\A(?:\[[^\[\]]{{1,40}}\]|(?:PR |MR |[Ii]ssue )?(?:{_REFERENCE.pattern})(?=\s+[A-ZÀ-Þ][a-zß-ÿ]))\s+"
)
"""`[Ada] Added an alert`, `[Ada] ~~raise the limit~~`, `#12 Count what was refused`"""
_PERCENT = re.compile(r"100\s?%")

_PURPOSE = re.compile(r"\b(?:that|which|so|because|to|for|afin|pour|para|damit)\b", re.IGNORECASE)
"""What follows these is why it was done."""
_STATE = r"(?:TODO|Todo|todo|DONE|Done|done)"
_LEAD = re.compile(
    rf"(?:\*\*\[?(?P<bold>{_STATE})\]?[ \t]*[:：]?\*\*|\[(?P<square>{_STATE})\](?![(\[:])"
    rf"|\((?P<round>{_STATE})\)"
    rf"|(?P<bare>{_STATE}(?=[ \t]*[:：])|(?:TODO|DONE)(?=[ \t]+(?:-[ \t]|[A-ZÀ-Þ`][^A-Z]))))"
    r"[ \t]*(?:[:：–—-](?=\s))?\s+(?=\S)"
)
_LONGEST_ENTRY = 4000
_NEAR = 16
_FAR = 100
_MARKUP = "*_ \t\r\n"
_SIGNED = re.compile(
    rf"\A\W{{0,6}}[{_DONE_SIGNS.replace('🟢', '')}]|[{_DONE_SIGNS}]\ufe0f?\W*\Z"
    r"|:(?:white_check_mark|heavy_check_mark|check|ballot_box_with_check):"
)
_OPEN_SIGN = re.compile(r"\W{0,6}[⏳⌛🔄⬜◻🔲☐🚧🔜❌]")
_BRACKET_OPENS = re.compile(rf"[(\[]\s*[{_DONE_SIGNS}]?\s*(?:already\s+)?\Z", re.IGNORECASE)
_BRACKET_CLOSES = re.compile(
    r"(?:,(?=\s?(?:[\d#\[]|[A-Z]+-\d)))?(?:\s+(?:in|on|by|at)?\W{0,2}[^()\[\]]{0,80})?[.!]?[)\]]",
    re.IGNORECASE,
)
_WIDE_OPENS = re.compile(r"[（【]\s*\Z")
_WIDE_CLOSES = re.compile(r"\s*[）】]\W*\Z")
"""`……【已完成】`, at the end alone: `把【完成】按钮改名` names a button."""
_AHEAD_OF = re.compile(r",?\s+(?:when|once|until|예정)(?!\w)", re.IGNORECASE)
"""`done when the alert fires`: what is still to come."""
_UNTIL_DAY = re.compile(r"[^#\[\]()]{0,24}\d")
_LEADS = re.compile(
    r"\W{0,4}[:–—]|\s(?:by|in|via|with)\s(?:\w{2,6}\s)?[#!\[h]\S{1,200}\s?[:–—-]\s", re.IGNORECASE
)
"""`Done: …`, `Fixed in #12 – …`"""
_HYPHEN = re.compile(r"\s+-\s")
"""`Done - added an alert`; not `Closed - loop alerts`, `Done - not yet`"""
_APART = re.compile(r"(?:[-–—:.,;|!)\]）】]|\u3000→|\*\*)\s*[*_]{0,3}\Z")
_LEADS_ON = re.compile(
    r"\b(?:to|as|is|are|be|been|being|was|were|gets?|not|until|once|if|when|mark(?:ed)?|auf|als|ist|sind|zu|est|sont"
    r"|comme|en|es|son|como|está|están|é|são|om|op|til|na|jako|до|в)\W*\Z",
    re.IGNORECASE,
)
"""What a word behind it belongs to a sentence with: `Make sure that they are **closed**`."""
_DASH = re.compile(r"[-–—:;]\s*\Z")
_SENTENCE_STARTS = re.compile(r"(?:[.!?;]\s|\n)[\s*_]*\Z")
_ON = re.compile(r"\s(?:[^\W\d_]{2,5}\s)?")
"""What stands between a word for done and a day: `on`, `le`, `dnia`."""
_SENTENCE_ENDS = re.compile(r"[*_]*(?:\.(?!\w)|\s*(?:\n|\Z))")
_WHERE = re.compile(
    r"\s+(?:(?:on|in|by|at|via|with)\s+)?(?:\d|#|\[|https?:|[a-z]+-\d)|\s+(?:by|par|von|por|da)\s+(?-i:@|[A-ZÀ-Þ])",
    re.IGNORECASE,
)
"""`done in #12`, `fixed 2026-03-01`, `done by Ada`"""


_YES_OR_ELSE = frozenset({("ya",), ("da",), ("si",)})
"""What says yes in one language, and something else in another: `Ya asignado`, `Da avviare`, `Si rinvia`."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The word for its state that an entry opens with.

    Attributes:
        start: where the word begins in the entry's text.
        end: just past it.
        behind: where the entry's other words begin.
        done: the word for done, in its manner.
        undone: likewise, for not done.
    """

    start: int
    end: int
    behind: int
    done: str
    undone: str


def find_lead(entry: str) -> Lead | None:
    """Returns the `**TODO**`, `[DONE]` or `todo:` that an entry opens with."""
    found = _LEAD.match(entry)
    if found is None:
        return None
    name = found.lastgroup or ""
    word = found[name]
    return Lead(*found.span(name), found.end(), _like(word, "done"), _like(word, "todo"))


def is_done_status(cell: str, vocabulary: Vocabulary) -> bool:
    """Whether a status cell or field says done, in any usual word."""
    words = plain(cell).strip(" *_~`.")
    if not words:
        return False
    if _TICKED.fullmatch(cell.strip()) or any(sign in words for sign in _DONE_SIGNS):
        return True
    if _DONE_NAME.search(words):
        return True
    folded = words_of(_SIGN_NAME.sub(" ", words))
    if vocabulary.phrases("state", "declined").all_of(folded):
        return True
    if vocabulary.phrases("state", "unfinished").has(folded):
        return False
    finished = _finished(vocabulary)
    if folded[:1] in _YES_OR_ELSE and folded[1:] and not finished.at(folded, 1):
        return False
    return bool(_PERCENT.match(words)) or finished.at(folded) is not None


def without_references(cell: str) -> str:
    """A cell's words without its only date, key or page's address: `#86 – complete`, `21/03/2025 (done)`."""
    words = plain(cell)
    return _REFERENCE.sub(" ", words) if len(_REFERENCE.findall(words)) == 1 else words


def is_done_remark(cell: str, vocabulary: Vocabulary) -> bool:
    """Whether a cell of remarks says nothing but that the row is done."""
    return bool(vocabulary.phrases("state", "marks").all_of(words_of(plain(cell))))


def opens_with_done(value: str, vocabulary: Vocabulary) -> bool:
    """Whether a value says done where something else belongs: `DONE – this sprint`."""
    return is_done_remark(_REMARK.split(value, maxsplit=1)[0], vocabulary)


def says_open(entry: str) -> bool:
    """Whether an entry opens with a sign that it is not done, whatever its heading says."""
    return bool(_OPEN_SIGN.match(entry))


def is_marked_done(entry: str, vocabulary: Vocabulary) -> bool:
    """Whether an entry bears a mark that it is done: "(DONE)", ✅, struck through."""
    entry = entry.strip()[:_LONGEST_ENTRY]
    struck = _STRUCK.match(_AHEAD.sub("", entry))
    if struck and (_ASIDE.fullmatch(struck["rest"]) or len(struck["words"]) >= len(struck["rest"].strip())):
        return not (struck["tag"] and struck["rest"].strip())
    is_signed = _TICK.match(entry) or _LOUD.search(entry) or _SIGNED.search(entry)
    return bool(is_signed) or any(_find_marks(entry, vocabulary))


def tells_done(entry: str, vocabulary: Vocabulary) -> bool:
    """Whether an entry says in the past tense, where that is plain, that it is done.

    It opens with a verb that can be nothing else ("Added …"), or its first sentence says that something
    *has been* done and nothing that is yet to come.
    """
    entry = entry.strip()[:_LONGEST_ENTRY]
    words = plain(CODE.sub("`…`", entry))  # `NOT LIKE` in code speaks of nothing that is to come
    ahead = _AHEAD.match(words)
    if ahead and not vocabulary.phrases("state", "unfinished").has(words_of(ahead.group())):
        words = words[ahead.end() :]
    body = words.partition(": ")[2] or words
    sentence = re.split(r"(?<=[.!?])\s", body, maxsplit=1)[0]
    if vocabulary.is_past(body) or vocabulary.is_past(words):
        return not vocabulary.expects(_PURPOSE.split(sentence, maxsplit=1)[0])
    return not vocabulary.is_work(body) and vocabulary.says_was_done(sentence)


def counterpart(cell: str, vocabulary: Vocabulary, *, done: bool) -> str | None:
    """Returns the words of a status cell for the other state, in its own manner; None if it has none."""
    words = cell
    for ticked, unticked in _SIGN_PAIRS:
        old, new = (unticked, ticked) if done else (ticked, unticked)
        if old in words:
            words = words.replace(old, new)
            break
    for found, new in _words_to_swap(words, vocabulary, done):
        return words[: found.start()] + _like(found.group(), new) + words[found.end() :]
    return words if words != cell else None


def _words_to_swap(cell: str, vocabulary: Vocabulary, done: bool) -> list[tuple[re.Match[str], str]]:
    lower = cell.lower()
    pairs = ((ticked, unticked) if done else (unticked, ticked) for ticked, unticked in vocabulary.pairs())
    found = [
        (match, new)
        for new, old in pairs
        if old in lower and (match := re.search(rf"(?<!\w){re.escape(old)}(?!\w)", cell, re.IGNORECASE))
    ]
    # The longest is the right one: "not done" holds "done".
    return sorted(found, key=lambda one: -len(one[0].group()))


def _like(model: str, word: str) -> str:
    """`word` in the letter case of `model`."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


@cache
def _finished(vocabulary: Vocabulary) -> Phrases:
    """All words for done."""
    words = vocabulary.lists("state", "finished")
    return Phrases({"done": ["x", *(fold(done) for done, _ in vocabulary.pairs()), *words]})


def is_undone(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words are a usual one for not done, and no others."""
    return words_of(words) in _undone(vocabulary)


@cache
def _undone(vocabulary: Vocabulary) -> frozenset[tuple[str, ...]]:
    return frozenset(words_of(undone) for _, undone in vocabulary.pairs())


def is_ahead(after: str, vocabulary: Vocabulary) -> bool:
    """Whether what follows a word for done says that it is still to come: `by 2026-12-05`; not `by #12`."""
    until = vocabulary.until().at(words_of(after[:_FAR]))
    return bool(_AHEAD_OF.match(after) or (until and _UNTIL_DAY.match(after)))


def leads_on(before: str) -> bool:
    """Whether a sentence goes on behind its words: `Set the status to …`."""
    return bool(_LEADS_ON.search(before))


def says_declined(entry: str, vocabulary: Vocabulary) -> bool:
    """Whether what says that an entry is done are words against it alone: `WONTFIX: …`, `… (cancelled)`."""
    words = entry.strip()[:_LONGEST_ENTRY]
    every = vocabulary.phrases("state", "marks").find_in(words)
    is_done = any(not is_declined(words[mark.start : mark.end], vocabulary) for mark in every)
    return not is_done and any(_find_marks(words, vocabulary))


def is_declined(status: str, vocabulary: Vocabulary) -> bool:
    """Whether a status says that it was decided against: `Won't do`, `closed as duplicate`."""
    return vocabulary.phrases("state", "declined").at(words_of(plain(status))) is not None


def _find_marks(entry: str, vocabulary: Vocabulary) -> Iterator[Found]:
    """The words for done that stand as a mark: in brackets, before a colon, at the end."""
    for found in vocabulary.phrases("state", "marks").find_in(entry):
        before = entry[max(0, found.start - _NEAR) : found.start]
        after = entry[found.end : found.end + _FAR]
        if is_ahead(after, vocabulary):
            continue
        if (
            (_BRACKET_OPENS.search(before) and _BRACKET_CLOSES.match(after))
            or (_WIDE_OPENS.search(before) and _WIDE_CLOSES.match(after))
            or (not before.strip(_MARKUP) and _LEADS.match(after))
            or (not before.strip(_MARKUP) and _HYPHEN.match(after) and vocabulary.is_past(after.lstrip(" -")))
            or (_APART.search(before) and not leads_on(before) and not after.strip(_MARKUP + ".!)]"))
            or (_DASH.search(before) and _WHERE.match(after))
            or (_SENTENCE_STARTS.search(before) and _tells_day(after, vocabulary))
        ):
            yield found


def _tells_day(after: str, vocabulary: Vocabulary) -> bool:
    """Whether a sentence says nothing but a day behind its word for done (`Closed on 2026-03-01.`)."""
    days = find_dates(after, vocabulary)
    return any(_ON.fullmatch(after, 0, day.start) and _SENTENCE_ENDS.match(after, day.end) for day in days)
