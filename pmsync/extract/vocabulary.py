"""What the words of a postmortem say, by language: the data of `lexicon/`, matched word by word."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pmsync.extract.phrases import Found, Phrases
from pmsync.extract.words import fold, strip_numbering, words_of


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


@dataclass(frozen=True, slots=True)
class _Said:
    """One phrase within a label that announces something."""

    rank: Rank
    words: str
    weak: bool


_RANKS = {"specific": Rank.SPECIFIC, "measures": Rank.MEASURES, "general": Rank.GENERAL, "other": Rank.OTHER}
_FOLLOW_UP = ("specific_weak", "measures_weak", "general_weak")
_FEW_TOPICS = 2
_LONGEST_LABEL = 300
_LONGEST_OPENING = 200

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
"""What some put between the parts of a word: `Präventions-Maßnahmen`."""
_JOINTS = re.compile(
    r"[/&+,;|:–—]|\s-\s|\s(?:and|et|y|e|und|i|og|och|en|и|та|ve|及|和|与|및)\s", re.IGNORECASE
)
_OF = (["of"], ["des"], ["de"], ["del"], ["da"], ["der"])


class Vocabulary:
    """The words of all languages, with further headings from the configuration.

    All of them at once: postmortems mix languages, and teams use English headings over text of their own.
    """

    def __init__(self, lexicon: dict[str, Any], sections: Sequence[str] = ()) -> None:
        self._lexicon = lexicon
        self._known: dict[tuple[str, ...], Phrases] = {}
        own = [fold(section) for section in sections if fold(section)]
        self._strong = Phrases(
            {name: [*(own if name == "specific" else ()), *self.lists(name)] for name in _RANKS}
        )
        self._weak = self.any_of(*(f"{name}_weak" for name in _RANKS))
        self._parts = Phrases(
            {
                f"{name} {kind}": [words[kind]]
                for name, words in lexicon.items()
                for kind in ("head", "aim", "gone")
                if kind in words
            }
        )
        self.announce = lru_cache(maxsize=4096)(self._announce)

    def lists(self, *path: str) -> list[Any]:
        """All languages' values under a key, or a table's key."""
        return [value for language in self._lexicon.values() if (value := _dig(language, path)) is not None]

    def any_of(self, *names: str) -> Phrases:
        """The phrases under several keys, each of which stands for its key."""
        if names not in self._known:
            self._known[names] = Phrases({name: self.lists(name) for name in names})
        return self._known[names]

    def phrases(self, *path: str) -> Phrases:
        """The phrases under a key (`work`), or a table's key (`fields`, `owner`)."""
        if path not in self._known:
            self._known[path] = Phrases({path[-1]: self.lists(*path)})
        return self._known[path]

    def table(self, name: str, *keys: str) -> Phrases:
        """The phrases of a table, each under its key (`columns`: owner, due …); of some keys, or of all."""
        path = (name, "*", *keys)
        if path not in self._known:
            all_keys = dict.fromkeys(key for words in self._lexicon.values() for key in words.get(name, {}))
            self._known[path] = Phrases({key: self.lists(name, key) for key in keys or all_keys})
        return self._known[path]

    def until(self) -> Phrases:
        """What stands before the date by which something is due."""
        path = ("until", "due")
        if path not in self._known:
            self._known[path] = Phrases({"until": [*self.lists("until"), *self.lists("fields", "due")]})
        return self._known[path]

    def months(self) -> Phrases:
        """The months by name, each of which stands for its number."""
        path = ("months",)
        if path not in self._known:
            years = self.lists("months")
            self._known[path] = Phrases({str(at + 1): [year[at] for year in years] for at in range(12)})
        return self._known[path]

    @cache  # noqa: B019 — vocabularies are few, and live as long as the process
    def pairs(self) -> list[tuple[str, str]]:
        """The words for done and not done that belong together."""
        return [(done, undone) for pairs in self.lists("state", "pairs") for done, undone in pairs]

    # ----------------------------------------------------------------------------- labels

    def _announce(self, label: str) -> Announcement:
        """Says what `label` (plain text) announces."""
        label = label[:_LONGEST_LABEL]
        outside = _BRACKETS.sub(" ", label)
        said = self._read_label(strip_numbering(outside if fold(outside) else label))
        in_brackets = (words_of(found.group()) for found in _BRACKETS.finditer(label))
        return replace(said, done=said.done or any(map(self._is_done, in_brackets)))

    def _read_label(self, label: str) -> Announcement:
        """What a label's words announce, all of them."""
        words = words_of(label)
        if not words:
            return Announcement()
        found = self._phrases(label, words) + self._composed(words)
        joined = label if found else _HYPHEN.sub("", label)
        if joined != label and (said := self._read_label(joined)).rank is not Rank.NONE:
            return said
        rest = _without(words, found)
        category = self._is_category(label, words)
        best = self._best(words, found)
        return Announcement(
            rank=best.rank if best else Rank.NONE,
            phrase=best.words if best else "",
            exact=self._is_filler(rest) if found else category,
            weak=best is not None and all(one.weak for one in found if one.rank is best.rank),
            category=category,
            term=self.phrases("term").has(words) and self._is_grouping(rest),
            done=self._is_done(words) or (category and self.phrases("done").at(words) is not None),
        )

    def _is_done(self, words: tuple[str, ...]) -> bool:
        """`Measures already taken`, `We have taken these steps`."""
        is_already = self.phrases("already").has(words) and not self.phrases("yet").has(words)
        return is_already or self.phrases("settled").has(words)

    def _is_filler(self, words: Sequence[str]) -> bool:
        """Whether the words change nothing about what stands beside them."""
        rest = _left(words, self._filler().find(words))
        return all(word.isdecimal() or not word for word in rest)

    def _is_grouping(self, words: Sequence[str]) -> bool:
        """Whether the words only group action items."""
        for phrases in (self.any_of(*_FOLLOW_UP), self.any_of("term", "topic")):
            words = _left(words, phrases.find(words))
        return self._is_filler(words)

    def _filler(self) -> Phrases:
        """What changes nothing about a phrase beside it, and what only says that it is yet to come."""
        return self.any_of("qualifier", "aim")

    def _is_category(self, label: str, words: tuple[str, ...]) -> bool:
        """Whether a label only groups: `Monitoring and alerting`, not `Incident response automation`."""
        found = self.any_of("term", "topic").find(words)
        if not found or not self._is_filler(_left(words, found)):
            return False
        parts = (words_of(part) for part in _JOINTS.split(label))
        return max(len(self.phrases("topic").find(part)) for part in parts) <= _FEW_TOPICS

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

    def _composed(self, words: tuple[str, ...]) -> list[_Said]:
        """What a noun and its modifier, of one language, announce together: `Maßnahmen zur Vermeidung`."""
        found = self._parts.find_all(words)
        kinds = {"gone": Rank.OTHER, "aim": Rank.MEASURES}
        if self.phrases("needed").has(words):
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
                        return [
                            _Said(rank, " ".join(words[one.start : one.end]), weak=False) for one in parts
                        ]
        return []

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
                    or self.phrases("done").all_of(rest)
                )
                if one.name not in known and (ends or self.phrases("goes_on").at(rest)):
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

    def _speaks_of_past(self, words: tuple[str, ...]) -> bool:
        """`Les actions suivantes ont été réalisées`."""
        composed = self._composed(words)
        return bool(composed) and composed[0].rank is Rank.OTHER

    def _best(self, words: tuple[str, ...], found: list[_Said]) -> _Said | None:
        """The phrase that decides: tasks before measures; of the others the first in the label."""
        folded = " ".join(words)
        others = (one.words for one in found if one.rank is Rank.OTHER and folded.startswith(one.words))
        of_something = any(folded[len(opening) :].split(None, 1)[:1] in _OF for opening in others)
        past = self._speaks_of_past(words)
        if past:
            found = [one for one in found if not one.weak]
        ranks = (Rank.MEASURES, Rank.OTHER) if past else (Rank.SPECIFIC, Rank.MEASURES)
        for rank in () if of_something else ranks:
            for one in found:
                if one.rank is rank:
                    return one
        return min(found, key=lambda one: (folded.find(one.words), one.rank is not Rank.OTHER), default=None)

    # ---------------------------------------------------------------------------- entries

    def is_section_name(self, text: str) -> bool:
        """Whether a line of plain text is the well-known name of a section, and nothing else."""
        said = self.announce(text)
        return said.exact and said.rank is not Rank.NONE and not text.endswith((".", ",", ";", "!", "?"))

    def is_work(self, text: str) -> bool:
        """Whether `text` begins with a verb of work."""
        words = words_of(text[:_LONGEST_OPENING])
        work = self.phrases("work")
        return work.at(words) is not None or (
            words[:1] in {("to",), ("also",), ("then",)} and work.at(words, 1) is not None
        )

    def is_past(self, text: str) -> bool:
        """Whether `text` begins with a verb that says it was done."""
        words = words_of(text[:_LONGEST_OPENING])
        is_told = self.phrases("told").at(words) is not None and not (
            self.phrases("undone").at(words) or self.phrases("work").at(words)
        )
        return is_told or self.phrases("past").at(words) is not None

    def is_lead(self, text: str) -> bool:
        """Whether `text` says no more than that an action item follows (`Action item 3`)."""
        words = words_of(text[:_LONGEST_OPENING])
        while words and words[-1].isdecimal():
            words = words[:-1]
        return bool(self.phrases("lead").all_of(words))

    def leads_numbered(self, text: str) -> bool:
        """Whether `text` begins with a label of an entry and a number (`Action item 3 — Rotate the keys`)."""
        words = words_of(text[:_LONGEST_OPENING])
        leads = self.phrases("lead").all_at(words, 0)
        return any(words[one.end : one.end + 1] and words[one.end].isdecimal() for one in leads)

    def is_declared(self, text: str) -> bool:
        """Whether `text` begins with what makes an action item of it wherever it stands (`TODO: …`)."""
        lead, colon, rest = text[:_LONGEST_OPENING].partition(":")
        return bool(colon and rest.strip()) and self._is("declared", lead)

    def is_field(self, text: str) -> bool:
        """Whether `text` states a field of an item (`Owner: …`)."""
        lead, colon, _ = text[:_LONGEST_OPENING].replace("：", ":").partition(":")
        return bool(colon) and bool(self.table("fields").all_of(words_of(lead)))

    def is_placeholder(self, text: str) -> bool:
        """Whether `text` says only that there is something to fill in, or nothing."""
        words = words_of(strip_numbering(text[:_LONGEST_LABEL]))
        return (
            not any(words)
            or (len(words) == 1 and len(words[0]) == 1)
            or (bool(self.phrases("placeholder").all_of(words)) or words[:2] == ("lorem", "ipsum"))
        )

    def is_sample(self, text: str) -> bool:
        """Whether `text` begins as an example does (`e.g. Add an alert`, `Example: …`)."""
        lead, colon, _ = text[:_LONGEST_OPENING].partition(":")
        return self._opens("sample", text) or (bool(colon) and self._is("example", lead))

    def is_prose(self, text: str) -> bool:
        """Whether `text` begins as a sentence of prose does, and promises nothing."""
        return self._opens("prose", text) and not self._opens("promise", text)

    def is_closing(self, text: str) -> bool:
        """Whether `text` begins as a closing remark does."""
        return self._opens("closing", text)

    def says_was_done(self, sentence: str) -> bool:
        """Whether a sentence says that something was done, and nothing that is yet to come."""
        words = words_of(sentence)
        undone, past = self.phrases("undone"), self.phrases("past")
        ends = [
            one.end
            for one in self.phrases("perfect").find(words)
            if not undone.all_of(words[one.end - 1 : one.end])
        ]
        ends += [one.end + 1 for one in self.phrases("doer").find(words) if past.at(words, one.end)]
        return bool(ends) and not self.phrases("future").has(words[: min(ends)])

    def expects(self, sentence: str) -> bool:
        """Whether a sentence speaks of what is yet to come."""
        return self.phrases("future").has(words_of(sentence))

    def promises(self, sentence: str) -> bool:
        """Whether a sentence says who will do something."""
        return self.phrases("promise").has(words_of(sentence))

    def _is(self, name: str, text: str) -> bool:
        return bool(self.phrases(name).all_of(words_of(text)))

    def _opens(self, name: str, text: str) -> bool:
        return self.phrases(name).at(words_of(text[:_LONGEST_OPENING])) is not None


def _dig(language: dict[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 — what TOML holds
    value: Any = language
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


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


_SCRIPTS = {
    "ar": r"[\u0600-\u06ff]",
    "fa": r"[\u0600-\u06ff]",
    "el": r"[\u0370-\u03ff]",
    "he": r"[\u0590-\u05ff]",
    "hi": r"[\u0900-\u097f]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "ko": r"[\u1100-\u11ff\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
    "th": r"[\u0e00-\u0e7f]",
    "uk": r"[\u0400-\u04ff]",
    "zh": r"[\u4e00-\u9fff]",
}
"""What the languages are written in that share no letters with the others: read only where it stands."""


@cache
def _read_language(name: str) -> dict[str, Any]:
    file = resources.files(__package__).joinpath("lexicon", f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _languages() -> tuple[str, ...]:
    files = resources.files(__package__).joinpath("lexicon").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


@lru_cache(maxsize=32)
def _vocabulary(languages: tuple[str, ...], sections: tuple[str, ...]) -> Vocabulary:
    return Vocabulary({name: _read_language(name) for name in languages}, sections)


def load_vocabulary(text: str, sections: tuple[str, ...] = ()) -> Vocabulary:
    """Returns the words of all languages in which `text` may be written, read on first use.

    `sections` are the configuration's further headings.
    """
    spoken = tuple(
        name
        for name in _languages()
        if name not in _SCRIPTS or (not text.isascii() and re.search(_SCRIPTS[name], text))
    )
    return _vocabulary(spoken, sections)
