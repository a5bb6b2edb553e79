"""What headings and labels announce."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from pmsync.lexicon.languages import Languages
from pmsync.lexicon.phrases import Found, Phrases
from pmsync.lexicon.words import fold, strip_numbering, words_of


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


@dataclass(frozen=True, slots=True)
class _Said:
    """One phrase within a label that announces something."""

    rank: Rank
    words: str
    weak: bool


_AT_BEST = {Rank.SPECIFIC: Rank.GENERAL}
"""What a label announces that says only that things could be better."""
_RANKS = {"specific": Rank.SPECIFIC, "measures": Rank.MEASURES, "general": Rank.GENERAL, "other": Rank.OTHER}
_FOLLOW_UP = ("specific_weak", "measures_weak", "general_weak")
_FEW_TOPICS = 2
_FEW_WORDS = 9
"""What is longer is a sentence: it may say much else."""
_FEW_OTHERS = 2
_SHORT = 3
"""Letters of a word that hardly says something by itself."""
_LONGEST_LABEL = 300

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
"""What some put between the parts of a word: `Präventions-Maßnahmen`."""
_JOINTS = re.compile(
    r"[/&+,;|:–—]|\s-\s|\s(?:and|et|y|e|und|i|og|och|en|и|та|ve|及|和|与|및)\s", re.IGNORECASE
)
_OF = (["of"], ["des"], ["de"], ["del"], ["da"], ["der"])


class Announcer:
    """Says what labels announce, by the words of languages and the configuration's further headings."""

    def __init__(self, languages: Languages, sections: Sequence[str] = ()) -> None:
        self.languages = languages
        own = [fold(section) for section in sections if fold(section)]
        self._strong = Phrases(
            {name: [*(own if name == "specific" else ()), *languages.lists(name)] for name in _RANKS}
        )
        self._weak = languages.any_of(*(f"{name}_weak" for name in _RANKS))
        self._parts = languages.by_language("head", "aim", "gone", "apart")

    def announce(self, label: str) -> Announcement:
        """Says what `label` (plain text) announces."""
        label = label[:_LONGEST_LABEL]
        outside = _BRACKETS.sub(" ", label)
        said = self._read_label(strip_numbering(outside if fold(outside) else label))
        in_brackets = [words_of(found.group()) for found in _BRACKETS.finditer(label)]
        is_apart = said.rank.is_follow_up and any(map(self.languages.phrases("apart").has, in_brackets))
        rank = Rank.OTHER if is_apart else said.rank
        return replace(said, rank=rank, done=said.done or any(map(self._is_done, in_brackets)))

    def _read_label(self, label: str) -> Announcement:
        """What a label's words announce, all of them."""
        words = words_of(label)
        if not words:
            return Announcement()
        kind, composed = self._composed(words)
        found = composed if kind == "apart" else self._phrases(label, words) + composed
        joined = label if found else _HYPHEN.sub("", label)
        if joined != label and (said := self._read_label(joined)).rank is not Rank.NONE:
            return said
        rest = _without(words, found)
        category = self._is_category(label, words)
        if self.languages.phrases("better").all_of(words):
            found = [replace(one, rank=_AT_BEST.get(one.rank, one.rank)) for one in found]
        best = self._best(words, found, is_past=kind == "gone")
        return Announcement(
            rank=best.rank if best else Rank.NONE,
            phrase=best.words if best else "",
            exact=self._is_filler(rest) if found else category,
            weak=best is not None and all(one.weak for one in found if one.rank is best.rank),
            category=category,
            term=self.languages.phrases("term").has(words) and self._is_grouping(rest),
            done=self._is_done(words) or (category and self.languages.phrases("done").at(words) is not None),
        )

    def _is_done(self, words: tuple[str, ...]) -> bool:
        """`Measures already taken`, `We have taken these steps`."""
        already, yet, settled = map(self.languages.phrases, ("already", "yet", "settled"))
        return (already.has(words) and not yet.has(words)) or settled.has(words)

    def _is_filler(self, words: Sequence[str]) -> bool:
        """Whether the words change nothing about what stands beside them."""
        rest = _left(words, self._filler().find(words))
        return all(word.isdecimal() or not word for word in rest)

    def _is_grouping(self, words: Sequence[str]) -> bool:
        """Whether the words only group action items."""
        for phrases in (self.languages.any_of(*_FOLLOW_UP), self.languages.any_of("term", "topic")):
            words = _left(words, phrases.find(words))
        return self._is_filler(words)

    def _filler(self) -> Phrases:
        """What changes nothing about a phrase beside it, and what only says that it is yet to come."""
        return self.languages.any_of("qualifier", "aim")

    def _is_category(self, label: str, words: tuple[str, ...]) -> bool:
        """Whether a label only groups: `Monitoring and alerting`, not `Incident response automation`."""
        found = self.languages.any_of("term", "topic").find(words)
        if not found or not self._is_filler(_left(words, found)):
            return False
        parts = (words_of(part) for part in _JOINTS.split(label))
        return max(len(self.languages.phrases("topic").find(part)) for part in parts) <= _FEW_TOPICS

    def _phrases(self, label: str, words: tuple[str, ...]) -> list[_Said]:
        """All phrases in the label; none within a longer one."""
        found = [
            _Said(_RANKS[one.name], " ".join(words[one.start : one.end]), weak=False)
            for one in self._strong.find_all(words)
        ]
        for part in dict.fromkeys([words, *(words_of(part) for part in _JOINTS.split(label))]):
            for opening in _openings(part):
                found += self._weak_phrases(opening)
        texts = {one.words for one in found}
        return [
            one
            for one in found
            if not any(f" {one.words} " in f" {text} " and len(one.words) < len(text) for text in texts)
        ]

    def _composed(self, words: tuple[str, ...]) -> tuple[str, list[_Said]]:
        """What a noun and its modifier, of one language, announce together: `Maßnahmen zur Vermeidung`.

        With the kind of the modifier; what is `gone` was done, unless it is needed yet.
        """
        found = self._parts.find_all(words)
        kinds = {"apart": Rank.OTHER, "gone": Rank.OTHER, "aim": Rank.MEASURES}
        if self.languages.phrases("needed").has(words):
            del kinds["gone"]
        for kind, rank in kinds.items():
            for modifier in found:
                language, _, name = modifier.name.partition(" ")
                if name != kind:
                    continue
                for head in found:
                    if head.name == f"{language} head" and (
                        head.end <= modifier.start or modifier.end <= head.start
                    ):
                        parts = (head, modifier)
                        if kind == "aim" and self._is_buried(words, found):
                            return "", []
                        said = [" ".join(words[one.start : one.end]) for one in parts]
                        return kind, [_Said(rank, one, weak=False) for one in said]
        return "", []

    def _is_buried(self, words: tuple[str, ...], found: Sequence[Found]) -> bool:
        """Whether a heading says more of something else than what it is found to announce."""
        rest = _left(words, found)
        rest = _left(rest, self._filler().find(rest))
        return len(words) <= _FEW_WORDS and sum(len(word) > _SHORT for word in rest) > _FEW_OTHERS

    def _weak_phrases(self, words: tuple[str, ...]) -> Iterator[_Said]:
        """The phrases that count only at the opening, behind qualifiers, or as the whole of it."""
        known: set[str] = set()
        for start in self._after_qualifiers(words):
            for one in self._weak.all_at(words, start):
                rest = words[one.end :]
                ends = (
                    not rest
                    or self._filler().at(rest)
                    or rest[0].isdecimal()
                    or self.languages.phrases("done").all_of(rest)
                )
                if one.name not in known and (ends or self.languages.phrases("goes_on").at(rest)):
                    known.add(one.name)
                    yield _Said(
                        _RANKS[one.name.removesuffix("_weak")], " ".join(words[start : one.end]), weak=True
                    )

    def _after_qualifiers(self, words: tuple[str, ...]) -> list[int]:
        """Where a phrase may begin that only qualifiers stand before."""
        reached = {0}
        for at in range(len(words)):
            if at in reached:
                ends = {one.end for one in self._filler().all_at(words, at)}
                reached |= ends | ({at + 1} if words[at].isdecimal() else set())
        return sorted(reached)

    def _best(self, words: tuple[str, ...], found: list[_Said], *, is_past: bool) -> _Said | None:
        """The phrase that decides: tasks before measures; of the others the first in the label.

        Args:
            words: the label's.
            found: the phrases in it.
            is_past: it tells what was done: `Les actions suivantes ont été réalisées`.
        """
        folded = " ".join(words)
        others = (one.words for one in found if one.rank is Rank.OTHER and folded.startswith(one.words))
        of_something = any(folded[len(opening) :].split(None, 1)[:1] in _OF for opening in others)
        if is_past:
            found = [one for one in found if not one.weak]
        ranks = (Rank.MEASURES, Rank.OTHER) if is_past else (Rank.SPECIFIC, Rank.MEASURES)
        for rank in () if of_something else ranks:
            for one in found:
                if one.rank is rank:
                    return one
        return min(found, key=lambda one: (folded.find(one.words), one.rank is not Rank.OTHER), default=None)


def _left(words: Sequence[str], found: Sequence[Found]) -> list[str]:
    """`words` with what was found blanked, so that nothing is joined across it."""
    rest = list(words)
    for one in found:
        rest[one.start : one.end] = [""] * (one.end - one.start)
    return rest


def _without(words: tuple[str, ...], found: Sequence[_Said]) -> list[str]:
    """`words` with each phrase blanked wherever it stands."""
    rest = list(words)
    for phrase in sorted({one.words for one in found}, key=len, reverse=True):
        parts = phrase.split(" ")
        for at in range(len(rest) - len(parts) + 1):
            if rest[at : at + len(parts)] == parts:
                rest[at : at + len(parts)] = [""] * len(parts)
    return rest


def _openings(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """`words`, and what is left of them without a first word of junk (mis-encoded emoji)."""
    is_junk = len(words) > 1 and not re.search(r"[a-z0-9]", words[0])
    return [words, words[1:]] if is_junk else [words]
