"""Phrases found in text by its words, never by patterns of characters: linear whatever the text says.

A phrase is words in order: `a|b` either, `word*` any ending, `*ed` any beginning, `*` any word, `#` a number
or a letter, `word?` may be missing, `two_words|one` an alternative of two words. Case, accents, punctuation
and emoji do not matter; a letter of a script without blanks (Chinese, Japanese, Korean, Thai) is a word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pmsync.extract.words import Word, words_in, words_of

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
    """One word of a phrase: any of its alternatives, each some words."""

    exact: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    is_any: bool
    is_number: bool
    is_optional: bool

    def ends(self, words: Sequence[str], at: int) -> Iterator[int]:
        """Yields where the words that it takes end."""
        if at >= len(words):
            return
        word = words[at]
        if (
            self.is_any
            or (self.prefixes and word.startswith(self.prefixes))
            or (self.suffixes and word.endswith(self.suffixes))
            or (self.is_number and (word.isdecimal() or len(word) == 1))
        ):
            yield at + 1
        for alternative in self.exact:
            if word == alternative[0] and tuple(words[at : at + len(alternative)]) == alternative:
                yield at + len(alternative)


def _read_element(source: str) -> _Element:
    is_optional = source.endswith("?")
    exact: list[tuple[str, ...]] = []
    prefixes: list[str] = []
    suffixes: list[str] = []
    is_any = is_number = False
    for alternative in source.removesuffix("?").split("|"):
        bare = words_of(alternative)
        if alternative == "*":
            is_any = True
        elif alternative == "#":
            is_number = True
        elif alternative.endswith("*") and len(bare) == 1:
            prefixes.append(bare[0])
        elif alternative.startswith("*") and len(bare) == 1:
            suffixes.append(bare[0])
        elif bare:
            exact.append(bare)
    return _Element(tuple(exact), tuple(prefixes), tuple(suffixes), is_any, is_number, is_optional)


class _Phrase:
    """One phrase; its elements are read when its first word is first met."""

    __slots__ = ("_elements", "name", "source")

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        self.name = name
        self._elements: tuple[_Element, ...] | None = None

    def ends(self, words: Sequence[str], at: int) -> set[int]:
        """All ends of the phrase where it begins at `at`; empty where it does not stand there."""
        if self._elements is None:
            self._elements = tuple(_read_element(source) for source in self.source.split())
        ends = {at}
        for element in self._elements:
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
        bare = words_of(alternative)
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
