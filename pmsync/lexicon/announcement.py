"""What headings and labels announce."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product

from pmsync.lexicon.languages import Languages
from pmsync.lexicon.phrases import Found, Phrases, blanked
from pmsync.lexicon.words import fold, strip_numbering, words_in, words_of


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
        return self.is_certain or self is Rank.GENERAL

    @property
    def is_certain(self) -> bool:
        """Whether entries under it are meant to be done, rather than what could be better."""
        return self in {Rank.SPECIFIC, Rank.MEASURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """How a label was understood.

    Attributes:
        rank: what it announces.
        phrase: the words that say so.
        exact: it says nothing else.
        weak: only its place at the opening makes the phrase count.
        category: it could group action items ("Short term", "Monitoring") and says nothing else.
        term: it groups them by when or how urgent, be it "Short-term improvements".
        done: what stands under it is finished.
    """

    rank: Rank = Rank.NONE
    phrase: str = ""
    exact: bool = False
    weak: bool = False
    category: bool = False
    term: bool = False
    done: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the label announces something, and says nothing else."""
        return self.exact and self.rank is not Rank.NONE

    def __str__(self) -> str:
        """Says so, as a part of a sentence."""
        said = f"“{self.phrase}” announces {self.rank.value}"
        return said if self.phrase else "it announces no follow-up work"


_RANKS = {"specific": Rank.SPECIFIC, "measures": Rank.MEASURES, "general": Rank.GENERAL, "other": Rank.OTHER}
_WEAK = "_weak"
"""Ends the name of phrases that count only at an opening, behind qualifiers, or as the whole of it."""
_COMPOSED = {"apart": "other", "gone": "other", "aim": "measures"}
"""What a noun is taken for with a modifier of each kind, the one that decides first."""
_GROUPING = ("specific_weak", "measures_weak", "general_weak", "term", "topic")
_FEW_TOPICS = 2
_LONGEST_LABEL = 300

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
"""What some put between the parts of a word: `Präventions-Maßnahmen`."""
_JOINTS = re.compile(
    r"[/&+,;|:–—]|\s-\s|\s(?:and|et|y|e|und|i|og|och|en|и|та|ve|及|和|与|및)\s", re.IGNORECASE
)
_OF = {(word,) for word in ("of", "des", "de", "del", "da", "der")}


class Announcer:
    """Says what labels announce, by the words of languages and the configuration's further headings."""

    def __init__(self, languages: Languages, sections: Sequence[str] = ()) -> None:
        self.languages = languages
        named = {name: languages.lists(name) for rank in _RANKS for name in (rank, rank + _WEAK)}
        named["specific"] = [*map(fold, sections), *named["specific"]]
        self._phrases = Phrases(named)
        self._parts = languages.by_language("head", *_COMPOSED)

    def announce(self, label: str) -> Announcement:
        """Says what `label` (plain text) announces."""
        label = label[:_LONGEST_LABEL]
        outside = _BRACKETS.sub(" ", label)
        said = self._read(strip_numbering(outside if fold(outside) else label))
        in_brackets = [words_of(found.group()) for found in _BRACKETS.finditer(label)]
        is_apart = said.rank.is_follow_up and any(map(self.languages.phrases("apart").has, in_brackets))
        rank = Rank.OTHER if is_apart else said.rank
        return replace(said, rank=rank, done=said.done or any(map(self._is_done, in_brackets)))

    def _read(self, label: str) -> Announcement:
        """What a label's words announce, all of them."""
        words = words_of(label)
        if not words:
            return Announcement()
        kind, found = self._composed(words)
        if kind != "apart":
            found = [*_outermost([*self._stated(label, words)]), *found]
        joined = label if found else _HYPHEN.sub("", label)
        if joined != label and (said := self._read(joined)).rank is not Rank.NONE:
            return said
        rest = blanked(words, found)
        category = self._is_category(label, words)
        best = _best(words, found, is_past=kind == "gone")
        rank = _rank(best) if best else Rank.NONE
        is_wish = rank is Rank.SPECIFIC and self.languages.phrases("better").all_of(words)
        return Announcement(
            rank=Rank.GENERAL if is_wish else rank,
            phrase=" ".join(words[best.start : best.end]) if best else "",
            exact=self._is_filler(rest) if found else category,
            weak=best is not None and all(one.name.endswith(_WEAK) for one in found if _rank(one) is rank),
            category=category,
            term=self.languages.phrases("term").has(words)
            and self._is_filler(blanked(rest, self.languages.any_of(*_GROUPING).find(rest))),
            done=self._is_done(words) or (category and self.languages.phrases("done").at(words) is not None),
        )

    def _is_done(self, words: tuple[str, ...]) -> bool:
        """`Measures already taken`, `We have taken these steps`."""
        already, yet, settled = map(self.languages.phrases, ("already", "yet", "settled"))
        return (already.has(words) and not yet.has(words)) or settled.has(words)

    def _filler(self) -> Phrases:
        """What changes nothing about a phrase beside it, and what only says that it is yet to come."""
        return self.languages.any_of("qualifier", "aim")

    def _is_filler(self, words: Sequence[str]) -> bool:
        """Whether the words change nothing about what stands beside them."""
        return all(word.isdecimal() or not word for word in blanked(words, self._filler().find(words)))

    def _is_category(self, label: str, words: tuple[str, ...]) -> bool:
        """Whether a label only groups: `Monitoring and alerting`, not `Incident response automation`."""
        found = self.languages.any_of("term", "topic").find(words)
        if not found or not self._is_filler(blanked(words, found)):
            return False
        topics = self.languages.phrases("topic")
        return all(len(topics.find(words_of(part))) <= _FEW_TOPICS for part in _JOINTS.split(label))

    def _stated(self, label: str, words: tuple[str, ...]) -> Iterator[Found]:
        """Yields the phrases in the label: the weak ones where one of its parts opens, and says no more."""
        parts = [(self._openings(words[:end], start), end) for start, end in _parts(label)]
        for at in range(len(words)):
            for one in self._phrases.all_at(words, at):
                if not one.name.endswith(_WEAK) or any(
                    at in openings and one.end <= end and self._may_end(words[one.end : end])
                    for openings, end in parts
                ):
                    yield one

    def _openings(self, words: Sequence[str], start: int) -> set[int]:
        """Where a phrase may begin that only qualifiers stand before."""
        reached = {start}
        for at in range(start, len(words)):
            if at in reached:
                reached |= {one.end for one in self._filler().all_at(words, at)}
                reached |= {at + 1} if words[at].isdecimal() else set()
        return reached

    def _may_end(self, rest: tuple[str, ...]) -> bool:
        """Whether a phrase counts before what is left of its part."""
        return bool(
            not rest
            or rest[0].isdecimal()
            or self._filler().at(rest)
            or self.languages.phrases("done").all_of(rest)
            or self.languages.phrases("goes_on").at(rest)
        )

    def _composed(self, words: tuple[str, ...]) -> tuple[str, list[Found]]:
        """What a noun and its modifier, of one language, announce together: `Maßnahmen zur Vermeidung`.

        With the kind of the modifier; what is `gone` was done, unless it is needed yet.
        """
        found = self._parts.find_all(words)
        is_needed = self.languages.phrases("needed").has(words)
        for kind, name in _COMPOSED.items():
            for modifier, head in product(found, found):
                is_of_one = head.name == f"{modifier.name.removesuffix(kind)}head"
                is_apart = head.end <= modifier.start or modifier.end <= head.start
                if is_of_one and is_apart and not (kind == "gone" and is_needed):
                    return kind, [replace(head, name=name), replace(modifier, name=name)]
        return "", []


def _rank(found: Found) -> Rank:
    return _RANKS[found.name.removesuffix(_WEAK)]


def _best(words: tuple[str, ...], found: Sequence[Found], *, is_past: bool) -> Found | None:
    """The phrase that decides: tasks before measures; of the others the first in the label.

    `Impact of corrective actions` is about the first, and tasks are none in a label that tells what was done
    (`Les actions suivantes ont été réalisées`).
    """
    if is_past:
        found = [one for one in found if not one.name.endswith(_WEAK)]
    ranks = (Rank.MEASURES, Rank.OTHER) if is_past else (Rank.SPECIFIC, Rank.MEASURES)
    first = min(found, key=lambda one: (one.start, _rank(one) is not Rank.OTHER), default=None)
    if first and first.start == 0 and _rank(first) is Rank.OTHER and words[first.end : first.end + 1] in _OF:
        return first
    return next((one for rank in ranks for one in found if _rank(one) is rank), first)


def _outermost(found: Sequence[Found]) -> list[Found]:
    """The phrases that stand within no longer one."""
    spans = {(one.start, one.end) for one in found}
    return [
        one
        for one in found
        if not any(
            start <= one.start and one.end <= end and (start, end) != (one.start, one.end)
            for start, end in spans
        )
    ]


def _parts(label: str) -> list[tuple[int, int]]:
    """The words of a label that stand between joints, as spans of all its words; and all of them."""
    starts = [word.start for word in words_in(label)]
    cuts = [0, *(at for joint in _JOINTS.finditer(label) for at in joint.span()), len(label)]
    bounds = [bisect_left(starts, at) for at in cuts]
    return [(0, len(starts)), *zip(bounds[::2], bounds[1::2], strict=True)]
