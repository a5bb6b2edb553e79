"""Phrases found in text by its words, never by patterns of characters: linear whatever the text says.

A phrase is words in order: `a|b` either, `word*` any ending, `*ed` any beginning, `*` any word, `#` a number
or a letter, `word?` may be missing, `two_words|one` an alternative of two words. Case, accents, punctuation
and emoji do not matter; a letter of a script without blanks (Chinese, Japanese, Korean, Thai) is a word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pmsync.lexicon.words import Word, words_in, words_of

_PHRASE_ENDS = re.compile(r"[,\n]")
_WIDEST_GAP = 3
"""Characters between two words of a phrase that is found in running text; more, and they are apart."""
_MOST_MET = 10_000
"""Words remembered by a set of phrases, so that no text can fill the memory."""
_APART = re.compile(r"[^\s'’/_.\\*-]|\n")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a sequence of words: from `start` to just before `end`, and what it stands for."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Element:
    """One word of a phrase: any of its alternatives.

    Attributes:
        words: alternatives of one word.
        longer: alternatives of several.
        prefixes: beginnings of words.
        suffixes: ends of words.
        is_any: any word at all.
        is_number: a number or a letter.
        is_optional: it may be missing.
    """

    words: frozenset[str]
    longer: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    is_any: bool
    is_number: bool
    is_optional: bool

    def takes(self, word: str) -> bool:
        """Whether one word is enough for it."""
        return (
            word in self.words
            or self.is_any
            or word.startswith(self.prefixes)
            or word.endswith(self.suffixes)
            or (self.is_number and (word.isdecimal() or len(word) == 1))
        )


def _read_element(source: str) -> _Element:
    words: set[str] = set()
    longer: list[tuple[str, ...]] = []
    prefixes: list[str] = []
    suffixes: list[str] = []
    alternatives = source.removesuffix("?").split("|")
    for alternative in alternatives:
        bare = words_of(alternative)
        if len(bare) == 1 and alternative.endswith("*"):
            prefixes.append(bare[0])
        elif len(bare) == 1 and alternative.startswith("*"):
            suffixes.append(bare[0])
        elif len(bare) == 1:
            words.add(bare[0])
        elif bare:
            longer.append(bare)
    return _Element(
        frozenset(words),
        tuple(longer),
        tuple(prefixes),
        tuple(suffixes),
        is_any="*" in alternatives,
        is_number="#" in alternatives,
        is_optional=source.endswith("?"),
    )


class _Phrase:
    """One phrase; its elements are read when its first word is first met."""

    __slots__ = ("_elements", "_fewest", "name", "source")

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        self.name = name
        self._elements: tuple[_Element, ...] = ()
        self._fewest = 0

    def ends(self, words: Sequence[str], at: int) -> set[int]:
        """All ends of the phrase where it begins at `at`; empty where it does not stand there."""
        if not self._elements:
            self._elements = tuple(_read_element(source) for source in self.source.split())
            self._fewest = sum(not element.is_optional for element in self._elements)
        count = len(words)
        if count - at < self._fewest:
            return set()
        ends = {at}
        for element in self._elements:
            taken: set[int] = set()
            for start in ends:
                if start < count and element.takes(words[start]):
                    taken.add(start + 1)
                for longer in element.longer:
                    if tuple(words[start : start + len(longer)]) == longer:
                        taken.add(start + len(longer))
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
        self._by_word: dict[str, list[_Phrase]] = {}
        self._by_prefix: dict[str, list[_Phrase]] = {}
        self._by_suffix: list[tuple[str, _Phrase]] = []
        self._others: list[_Phrase] = []
        for name, lists in named.items():
            for source in lists:
                for phrase in _PHRASE_ENDS.split(source):
                    if phrase.strip():
                        self._add(_Phrase(phrase.strip(), name))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})
        self._met: dict[str, tuple[_Phrase, ...]] = {}

    def _add(self, phrase: _Phrase) -> None:
        for element in phrase.source.split():
            for alternative in element.removesuffix("?").split("|"):
                self._index(alternative, phrase)
            if not element.endswith("?"):
                break

    def _index(self, alternative: str, phrase: _Phrase) -> None:
        # Most are a plain word: these are not taken apart, since a start of the program reads thousands.
        bare = (alternative,) if alternative.isascii() and alternative.isalpha() else words_of(alternative)
        if not bare or alternative in {"*", "#"}:
            self._others.append(phrase)
        elif alternative.endswith("*") and len(bare) == 1:
            self._by_prefix.setdefault(bare[0], []).append(phrase)
        elif alternative.startswith("*") and len(bare) == 1:
            self._by_suffix.append((bare[0], phrase))
        else:
            known = self._by_word.setdefault(bare[0], [])
            if not known or known[-1] is not phrase:
                known.append(phrase)

    def _candidates(self, word: str) -> tuple[_Phrase, ...]:
        """The phrases that may begin with `word`; known again when it is met again."""
        known = self._met.get(word)
        if known is None:
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            known = self._met[word] = tuple(self._look_up(word))
        return known

    def _look_up(self, word: str) -> Iterator[_Phrase]:
        yield from self._by_word.get(word, ())
        for length in self._prefix_lengths:
            if length > len(word):
                break
            yield from self._by_prefix.get(word[:length], ())
        for suffix, phrase in self._by_suffix:
            if word.endswith(suffix):
                yield phrase
        yield from self._others

    def all_at(self, words: Sequence[str], at: int) -> Iterator[Found]:
        """Yields every phrase that begins at `at`, at every end that it can have."""
        if at < len(words):
            for phrase in self._candidates(words[at]):
                for end in phrase.ends(words, at):
                    yield Found(at, end, phrase.name)

    def at(self, words: Sequence[str], at: int = 0) -> Found | None:
        """Returns the longest phrase that begins at `at`."""
        if at >= len(words) or not self._candidates(words[at]):
            return None
        return max(self.all_at(words, at), key=lambda found: found.end, default=None)

    def find(self, words: Sequence[str]) -> list[Found]:
        """Returns the phrases in `words` from the left, the longest of each place, none within another."""
        found: list[Found] = []
        at = 0
        while at < len(words):
            longest = self.at(words, at)
            if longest is not None:
                found.append(longest)
            at = longest.end if longest else at + 1
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
        found: list[Found] = []
        for run in _runs(text):
            bare = [word.bare for word in run]
            found += [Found(run[one.start].start, run[one.end - 1].end, one.name) for one in self.find(bare)]
        return found


@lru_cache(maxsize=8)
def _runs(text: str) -> tuple[list[Word], ...]:
    """The words of `text`, cut where two of them are too far apart to belong to one phrase."""
    runs: list[list[Word]] = []
    run: list[Word] = []
    for word in words_in(text):
        if run and (word.start - run[-1].end > _WIDEST_GAP or _APART.search(text, run[-1].end, word.start)):
            runs.append(run)
            run = []
        run.append(word)
    return (*runs, run) if run else ()
