"""What a heading or label announces, by the words of `vocabulary.toml`."""

import html
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib import resources


class Rank(Enum):
    """What a label announces, from the most definite down; the wording of `--explain`."""

    SPECIFIC = "a list of tasks"
    MEASURES = "corrective or preventive measures"
    GENERAL = "general improvements"
    OTHER = "something else than follow-up work"
    NONE = "nothing that is known"

    @property
    def is_follow_up(self) -> bool:
        """Whether entries under it are follow-up work."""
        return self in {Rank.SPECIFIC, Rank.MEASURES, Rank.GENERAL}


@dataclass(frozen=True, slots=True)
class Announcement:
    """How a label was understood.

    Attributes:
        rank: what it announces.
        phrase: the words that say so.
        exact: it says nothing else.
        weak: only its place at the opening makes the phrase count.
        category: it could group action items ("Short term", "Monitoring") and says nothing else.
        term: such a group, by when or how urgent.
        done: such a group, of finished ones.
    """

    rank: Rank
    phrase: str = ""
    exact: bool = False
    weak: bool = False
    category: bool = False
    term: bool = False
    done: bool = False


_NUMBERING = re.compile(
    r"\s*(?:(?:§|#)?\s*(?:\d{1,3}(?:[.\-]\d{1,3})*|[ivxlcdm]{1,6}|[a-z])\s*[.):]+|\d{1,3}(?:\.\d{1,3})*\s)\s*",
    re.IGNORECASE,
)
_LEAD_NUMBER = re.compile(
    r"\s*(?:action items?|actions?|tasks?|items?|steps?|recommendations?|measures?|improvements?|ai|cap?a|follow-?ups?"
    r"|acci[óo]n|a[çc][ãa]o|mesure|ma(?:ß|ss)nahme|tarea|tarefa|t[âa]che|aufgabe)[ #.-]{0,2}\d{1,3}\s*[:.)–—-]+\s*",
    re.IGNORECASE,
)
"""`Action item 3:` before the item's own words."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_JOINTS = re.compile(r"\s*[/&+,;|:–—]\s*|\s+-\s+|\s+(?:and|et|y|e|und)\s+", re.IGNORECASE)
_ALREADY = re.compile(r"\b(?:implemented|completed|already (?:done|taken|made)|in place|made|mises? en place|implementadas?)\b")
_YET = re.compile(r"\b(?:will|be|to|should|must|not|partly|partially)\b")
_NOT_WORD = re.compile(r"[^\w]+|_+")


def fold(text: str) -> str:
    """Returns `text` as words alone: no case, accents, punctuation; one blank between."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        text = "".join(char for char in text if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def strip_numbering(text: str) -> str:
    """Returns `text` without a leading `7.`, `3.1`, `a)`, `IV.`."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def is_numbered(text: str) -> bool:
    """Whether `text` begins with a number of its own (`1.`, `2)`, `3.1`)."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    return bool(found and any(char.isdigit() for char in found.group()) and found.end() < len(text))


class Vocabulary:
    """The compiled words, with further headings from the configuration."""

    def __init__(self, words: dict[str, dict[str, list[str]]], sections: Sequence[str] = ()) -> None:
        def gather(name: str) -> list[str]:
            return [phrase for language in words.values() for phrase in language.get(name, [])]

        own = [re.escape(fold(section)) for section in sections if fold(section)]
        self._strong = {
            Rank.SPECIFIC: _anywhere(gather("specific"), own),
            Rank.MEASURES: _anywhere(gather("measures")),
            Rank.GENERAL: _anywhere(gather("general")),
            Rank.OTHER: _anywhere(gather("other")),
        }
        qualifiers = "|".join(sorted({re.escape(fold(word)) for word in gather("qualifier")}))
        self._weak = {
            rank: re.compile(rf"(?:(?:{qualifiers}|\d+)\s+)*?(?P<phrase>{_either(gather(name))})(?!\w)")
            for rank, name in (
                (Rank.SPECIFIC, "specific_weak"),
                (Rank.MEASURES, "measures_weak"),
                (Rank.GENERAL, "general_weak"),
                (Rank.OTHER, "other_weak"),
            )
        }
        self._filler = re.compile(rf"(?<!\w)(?:{qualifiers}|\d+)(?!\w)")
        self._category = _anywhere([*gather("term"), *gather("topic")])
        self._term = _anywhere(gather("term"))
        self._done = re.compile(rf"(?:{_either(gather('done'))})(?!\w)")
        self._work = frozenset(fold(word) for word in gather("work"))
        self._past = frozenset(fold(word) for word in gather("past"))
        self._lead = re.compile(rf"(?:{_either(gather('lead'))})(?:\s+\d+)?\Z")
        self.announce = lru_cache(maxsize=2048)(self._announce)

    def _announce(self, label: str) -> Announcement:
        """Says what `label` (plain text) announces."""
        label = label[:300]
        unbracketed = _BRACKETS.sub(" ", label)
        label = strip_numbering(unbracketed if fold(unbracketed) else label)
        folded = fold(label)
        if not folded:
            return Announcement(Rank.NONE)
        found = self._phrases(label, folded)
        rest = folded
        for _, phrase, _ in found:
            rest = rest.replace(phrase, " ")
        exact = bool(found) and not self._filler.sub(" ", rest).strip()
        category = not self._filler.sub(" ", self._category.sub(" ", folded)).strip()
        category = category and bool(self._category.search(folded))
        term = category and bool(self._term.search(folded))
        done = category and bool(self._done.match(folded))
        done = done or (bool(_ALREADY.search(folded)) and not _YET.search(folded))
        for rank in (Rank.SPECIFIC, Rank.MEASURES):
            best = [(phrase, weak) for of, phrase, weak in found if of is rank]
            if best and not self._is_about_the_past(folded, found):
                weak = all(weak for _, weak in best)
                return Announcement(rank, best[0][0], exact, weak, category, term, done)
        if found:
            first = min(found, key=lambda one: folded.find(one[1]))
            return Announcement(first[0], first[1], exact, first[2], category, term, done)
        return Announcement(Rank.NONE, exact=category, category=category, term=term, done=done)

    def _phrases(self, label: str, folded: str) -> list[tuple[Rank, str, bool]]:
        """All phrases in the label: rank, words, whether weak; none within a longer one."""
        found = [
            (rank, match.group(), False)
            for rank, pattern in self._strong.items()
            for match in pattern.finditer(folded)
        ]
        for part in {folded, *(fold(part) for part in _JOINTS.split(label))}:
            for opening in _openings(part):
                for rank, pattern in self._weak.items():
                    match = pattern.match(opening)
                    if match:
                        found.append((rank, match["phrase"], True))
        return [
            one
            for one in found
            if not any(f" {one[1]} " in f" {two[1]} " and len(one[1]) < len(two[1]) for two in found)
        ]

    @staticmethod
    def _is_about_the_past(folded: str, found: list[tuple[Rank, str, bool]]) -> bool:
        """`Timeline of corrective actions` is a timeline."""
        return any(
            rank is Rank.OTHER and re.match(rf"{re.escape(phrase)} (?:of|des|de|del|da|der)\b", folded)
            for rank, phrase, _ in found
        )

    def is_work(self, text: str) -> bool:
        """Whether `text` begins with a verb of work."""
        words = fold(text[:200]).split(None, 2)
        return bool(words) and (words[0] in self._work or (words[0] in {"to", "also", "then"} and words[1:2] != [] and words[1] in self._work))

    def is_past(self, text: str) -> bool:
        """Whether `text` begins with a verb that says it was done."""
        words = fold(text[:200]).split(None, 1)
        return bool(words) and words[0] in self._past

    def is_lead(self, text: str) -> bool:
        """Whether `text` says no more than that an action item follows (`Action item 3`)."""
        return bool(self._lead.match(fold(text[:100])))


def _openings(part: str) -> list[str]:
    """`part`, and what is left of it without a first word of junk (mis-encoded emoji)."""
    first, _, rest = part.partition(" ")
    is_junk = bool(rest) and not re.search(r"[a-z0-9]", first)
    return [part, rest] if is_junk else [part]


def _anywhere(phrases: list[str], literal: Sequence[str] = ()) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join([*literal, _either(phrases)])})(?!\w)")


def _either(phrases: list[str]) -> str:
    return "|".join(sorted((_compile(phrase) for phrase in phrases), key=len, reverse=True)) or r"(?!)"


def _compile(phrase: str) -> str:
    """One phrase of the data file as a pattern over folded text."""
    pattern, needs_gap = "", False
    for word in phrase.split():
        choices = [
            r"\w+" if one == "*" else re.escape(fold(one)) + (r"\w*" if one.endswith("*") else "")
            for one in word.removesuffix("?").split("|")
        ]
        token = rf"(?:{'|'.join(choices)})"
        if not word.endswith("?"):
            pattern += (r"\s+" if needs_gap else "") + token
            needs_gap = True
        else:
            pattern += rf"(?:\s+{token})?" if needs_gap else rf"(?:{token}\s+)?"
    return pattern


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = resources.files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=8)
def load_vocabulary(sections: tuple[str, ...] = ()) -> Vocabulary:
    """Returns the vocabulary, read on first use, with the configuration's further headings."""
    return Vocabulary(_words(), sections)


# ---------------------------------------------------------------------------- plain text

_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\((?:[^()\n]|\([^()\n]*\)){0,2000}\)|\[[^\[\]]*\])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]*)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_EMPHASIS = re.compile(r"\*+|~~|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|(?<!\\)`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(markdown: str) -> str:
    """Returns inline Markdown as text on one line: no emphasis, tags, comments; a link is its text."""
    text = markdown
    if "<" in text:
        text = _TAG.sub("", _AUTOLINK.sub(r"\1", _COMMENT.sub(" ", text)))
    if "](" in text or "][" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", text))
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())
