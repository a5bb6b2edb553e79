"""Phrases found in text by its words, never by patterns of characters: linear whatever the text says.

A phrase is words in order: `a|b` either, `word*` any ending, `*ed` any beginning, `*` any word, `#` a number
or a letter, `word?` may be missing, `two_words|one` an alternative of two words. Case, accents, punctuation
and emoji do not matter; a letter of a script without blanks (Chinese, Japanese, Korean, Thai) is a word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from pmsync.lexicon.words import Word, words_in, words_of

_PHRASE_ENDS = re.compile(r"[,\n]")
_WIDEST_GAP = 3
"""Characters between two words of a phrase that is found in running text; more, and they are apart."""
_MOST_MET = 10_000
"""Words remembered by a set of phrases, so that no text can fill the memory."""
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
"""What people write who have no such keys: `Naechste Schritte`."""
_APART = re.compile(r"[^\s'’/_.\\*-]|\n")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a sequence of words: from `start` to just before `end`, and what it stands for."""

    start: int
    end: int
    name: str


class _Element(NamedTuple):
    """One word of a phrase: any of its alternatives, or what begins or ends one of a single word."""

    words: frozenset[str]
    longer: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    is_number: bool
    is_optional: bool

    def ends(self, words: Sequence[str], at: int) -> Iterator[int]:
        """Yields where it may end that begins at `at`."""
        word = words[at] if at < len(words) else ""
        if at < len(words) and (
            word in self.words
            or word.startswith(self.prefixes)
            or word.endswith(self.suffixes)
            or (self.is_number and (word.isdecimal() or len(word) == 1))
        ):
            yield at + 1
        for longer in self.longer:
            if tuple(words[at : at + len(longer)]) == longer:
                yield at + len(longer)


def _alternatives(element: str) -> Iterator[tuple[str, ...]]:
    """The alternatives of an element, each as its words; of one word with the `*` before or behind it."""
    for alternative in element.removesuffix("?").split("|"):
        # Most are a plain word: these are not taken apart, since a start of the program reads thousands.
        if alternative.isascii() and alternative.isalpha():
            yield (alternative.lower(),)
            continue
        for spelling in dict.fromkeys((alternative, alternative.translate(_SPELT_OUT))):
            words = words_of(spelling)
            if len(words) == 1:
                yield ("*" * spelling.startswith("*") + words[0] + "*" * spelling.endswith("*"),)
            else:
                yield words or (spelling,)


@cache
def _elements(phrase: str) -> tuple[_Element, ...]:
    """Reads a phrase; done when its first word is first met."""
    return tuple(map(_read_element, phrase.split()))


def _read_element(element: str) -> _Element:
    alternatives = list(_alternatives(element))
    single = [words[0] for words in alternatives if len(words) == 1]
    return _Element(
        frozenset(single),
        tuple(words for words in alternatives if len(words) > 1),
        tuple(word[:-1] for word in single if word.endswith("*")),
        tuple(word[1:] for word in single if word.startswith("*")),
        is_number="#" in single,
        is_optional=element.endswith("?"),
    )


def _ends(phrase: str, words: Sequence[str], at: int) -> set[int]:
    """All ends of a phrase where it begins at `at`; empty where it does not stand there."""
    ends = {at}
    for element in _elements(phrase):
        taken = {end for start in ends for end in element.ends(words, start)}
        ends = taken | ends if element.is_optional else taken
        if not ends:
            break
    return ends - {at}


class Phrases:
    """A set of phrases, each of which stands for a name.

    Looked up by first word, so that a look costs the same however many phrases there are.
    """

    def __init__(self, named: Mapping[str, Iterable[str]]) -> None:
        """Takes lists of phrases (as the lexicon's files have them, with commas between) by name."""
        self._by_first: dict[str, dict[tuple[str, str], None]] = {}
        for name, lists in named.items():
            for source in lists:
                for phrase in _PHRASE_ENDS.split(source):
                    self._add(phrase, name)
        self._prefixes = sorted({len(first) - 1 for first in self._by_first if first.endswith("*")} - {0})
        self._suffixes = sorted({len(first) - 1 for first in self._by_first if first.startswith("*")} - {0})
        self._candidates = lru_cache(maxsize=_MOST_MET)(self._look_up)

    def _add(self, phrase: str, name: str) -> None:
        for element in phrase.split():
            for words in _alternatives(element):
                self._by_first.setdefault(words[0], {})[phrase, name] = None
            if not element.endswith("?"):
                break

    def _look_up(self, word: str) -> tuple[tuple[str, str], ...]:
        """The phrases that may begin with `word`, and their names."""
        starts = (f"{word[:size]}*" for size in self._prefixes if size <= len(word))
        ends = (f"*{word[-size:]}" for size in self._suffixes if size <= len(word))
        firsts = (word, *starts, *ends, "*", "#")
        return tuple(phrase for first in firsts for phrase in self._by_first.get(first, ()))

    def all_at(self, words: Sequence[str], at: int) -> Iterator[Found]:
        """Yields every phrase that begins at `at`, at every end that it can have."""
        if at < len(words):
            for phrase, name in self._candidates(words[at]):
                for end in _ends(phrase, words, at):
                    yield Found(at, end, name)

    def at(self, words: Sequence[str], at: int = 0) -> Found | None:
        """Returns the longest phrase that begins at `at`."""
        return max(self.all_at(words, at), key=lambda found: found.end, default=None)

    def find(self, words: Sequence[str]) -> list[Found]:
        """Returns the phrases in `words` from the left, the longest of each place, none within another."""
        found: list[Found] = []
        for at in range(len(words)):
            if (not found or found[-1].end <= at) and (longest := self.at(words, at)):
                found.append(longest)
        return found

    def find_all(self, words: Sequence[str]) -> list[Found]:
        """Returns the longest phrase of each name at each place; they may overlap."""
        found: list[Found] = []
        for at in range(len(words)):
            best: dict[str, Found] = {}
            for one in self.all_at(words, at):
                if one.name not in best or best[one.name].end < one.end:
                    best[one.name] = one
            found.extend(best.values())
        return found

    def has(self, words: Sequence[str]) -> bool:
        """Whether any phrase stands anywhere in `words`."""
        return any(next(self.all_at(words, at), None) for at in range(len(words)))

    def all_of(self, words: Sequence[str]) -> set[str]:
        """The names of the phrases that the words are, nothing else."""
        return {found.name for found in self.all_at(words, 0) if found.end == len(words)}

    def name_of(self, words: Sequence[str]) -> str | None:
        """The name, the first as they were given, of a phrase that the words are, nothing else."""
        return next((found.name for found in self.all_at(words, 0) if found.end == len(words)), None)

    def find_in(self, text: str) -> list[Found]:
        """Returns the phrases in running text by their offsets, as `find` does."""
        return [
            Found(run[one.start].start, run[one.end - 1].end, one.name)
            for run in _runs(text)
            for one in self.find([word.bare for word in run])
        ]


def blanked(words: Sequence[str], found: Iterable[Found]) -> list[str]:
    """Returns `words` with what was found blanked, so that nothing is joined across it."""
    rest = list(words)
    for one in found:
        rest[one.start : one.end] = [""] * (one.end - one.start)
    return rest


@lru_cache(maxsize=8)
def _runs(text: str) -> tuple[list[Word], ...]:
    """The words of `text`, cut where two of them are too far apart to belong to one phrase."""
    runs: list[list[Word]] = []
    for word in words_in(text):
        end = runs[-1][-1].end if runs else 0
        if not runs or word.start - end > _WIDEST_GAP or _APART.search(text, end, word.start):
            runs.append([])
        runs[-1].append(word)
    return tuple(runs)
