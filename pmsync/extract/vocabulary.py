"""What the words of a postmortem say, by language: the data of `vocabulary.toml`, compiled."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pmsync.extract.words import fold, strip_numbering


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
class _Found:
    """One phrase within a label."""

    rank: Rank
    words: str
    weak: bool


_RANKS = {"specific": Rank.SPECIFIC, "measures": Rank.MEASURES, "general": Rank.GENERAL, "other": Rank.OTHER}
_FEW_TOPICS = 2
_LONGEST_LABEL = 300
_LONGEST_OPENING = 200

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_JOINTS = re.compile(r"\s*[/&+,;|:–—]\s*|\s+-\s+|\s+(?:and|et|y|e|und)\s+", re.IGNORECASE)
_OF = r"(?:of|des|de|del|da|der)\b"
_ALREADY = re.compile(
    r"\b(?:implemented|completed|already (?:done|taken|made)|have already|in place|made"
    r"|mises? en place|implementadas?)\b"
)
_YET = re.compile(r"\b(?:will|be|to|should|must|not|partly|partially)\b")

_WILD = {"*": r"\w+", "#": r"(?:\d+|[a-z])"}
_FOLDED_GAP = r"\s+"
_FLAT_GAP = r"[\s'’/_-]{1,3}"


class Vocabulary:
    """The compiled words of all languages, with further headings from the configuration.

    All of them at once: postmortems mix languages, and teams use English headings over text of their own.
    """

    def __init__(self, words: dict[str, Any], sections: Sequence[str] = ()) -> None:
        self._words = words
        own = [re.escape(fold(section)) for section in sections if fold(section)]
        self._strong = {
            rank: self._anywhere(name, literal=own if rank is Rank.SPECIFIC else ())
            for name, rank in _RANKS.items()
        }
        qualifier = self._either("qualifier")
        self._weak = {
            rank: re.compile(
                rf"(?:(?:{qualifier}|\d+)\s+)*?(?P<phrase>{self._either(f'{name}_weak')})"
                rf"(?=\s*\Z|\s+(?:{qualifier}|\d|from|that|which|until|who|by|after|before)(?!\w))"
            )
            for name, rank in _RANKS.items()
        }
        self._filler = re.compile(rf"(?<!\w)(?:{qualifier}|\d+)(?!\w)")
        self._category = self._anywhere("term", "topic")
        self._follow_up = self._anywhere("specific_weak", "measures_weak", "general_weak")
        self._term = self._anywhere("term")
        self._topic = self._anywhere("topic")
        self._group_done = self._opening("done")

        self._work = frozenset(self._gather("work"))
        self._past = frozenset(self._gather("past"))
        self._lead = re.compile(rf"(?:{self._either('lead')})(?:\s+\d+)?\Z")
        self._declared = re.compile(rf"(?:{self._either('declared')})\Z")
        self._placeholder = re.compile(rf"(?:{self._either('placeholder')}|\w|lorem ipsum .*)\Z")
        self._sample = re.compile(rf"(?:{self._either('sample')})(?!\w)")
        self._example = re.compile(rf"(?:{self._either('example')})\Z")
        self._exercise = re.compile(rf"(?:{self._either('exercise')})\Z")
        self._pointer = re.compile(rf"(?:{self._either('pointer')})\Z")
        self._prose = self._opening("prose")
        self._closing = self._opening("closing")
        self._ask = self._opening("ask")
        self._promise = self._opening("promise")
        self._hanging = frozenset(self._gather("hanging"))
        self._perfect = re.compile(rf"\b(?:{self._either('perfect')})(?!\w)")
        self._settled = self._anywhere("settled")
        self._told = self._opening("told")
        self._undone = frozenset(self._gather("undone"))
        self._doer = re.compile(rf"\b(?:{self._either('doer')})\s+(?P<verb>\w+)")
        self._future = self._anywhere("future")
        names = ("owner", "due", "priority", "type", "status", "ticket", "detail")
        self._field = re.compile(rf"(?:{'|'.join(self._either('fields', name) for name in names)})\Z")
        self.announce = lru_cache(maxsize=4096)(self._announce)

    # -------------------------------------------------------------------------- compiling

    def _gather(self, *path: str) -> list[Any]:
        """All languages' values under a key, or a table's key."""
        return [value for language in self._words.values() for value in _dig(language, path)]

    def _either(self, *path: str, gap: str = _FOLDED_GAP) -> str:
        """A pattern for any phrase under a key, the longest first."""
        return (
            "|".join(sorted((_compile(phrase, gap) for phrase in self._gather(*path)), key=len, reverse=True))
            or "(?!)"
        )

    def _anywhere(self, *names: str, literal: Sequence[str] = ()) -> re.Pattern[str]:
        return re.compile(
            rf"(?<!\w)(?:{'|'.join([*literal, *(self._either(name) for name in names)])})(?!\w)"
        )

    def _opening(self, name: str) -> re.Pattern[str]:
        return re.compile(rf"(?:{self._either(name)})(?!\w)")

    def pattern(self, *path: str) -> str:
        """A pattern for any phrase under a key (`fields`, `owner`), over text as `words.flat` makes it."""
        return self._either(*path, gap=_FLAT_GAP)

    def folded_pattern(self, *path: str) -> str:
        """The same, over text as `words.fold` makes it."""
        return self._either(*path)

    def pairs(self) -> list[tuple[str, str]]:
        """The words for done and not done that belong together."""
        return [(done, undone) for done, undone in self._gather("state", "pairs")]

    # ----------------------------------------------------------------------------- labels

    def _announce(self, label: str) -> Announcement:
        """Says what `label` (plain text) announces."""
        label = label[:_LONGEST_LABEL]
        outside = _BRACKETS.sub(" ", label)
        said = self._read_label(strip_numbering(outside if fold(outside) else label))
        if said.rank is not Rank.NONE or said.category:
            return said
        inside = (self._read_label(found.group()) for found in _BRACKETS.finditer(label))
        return next((one for one in inside if one.exact and one.rank.is_follow_up and not one.weak), said)

    def _read_label(self, label: str) -> Announcement:
        """What a label's words announce, all of them."""
        folded = fold(label)
        if not folded:
            return Announcement()
        found = self._phrases(label, folded)
        rest = folded
        for one in found:
            rest = rest.replace(one.words, " ")
        category = self._is_category(label, folded)
        best = self._best(folded, found)
        return Announcement(
            rank=best.rank if best else Rank.NONE,
            phrase=best.words if best else "",
            exact=not self._filler.sub(" ", rest).strip() if found else category,
            weak=best is not None and all(one.weak for one in found if one.rank is best.rank),
            category=category,
            term=bool(self._term.search(folded))
            and not self._filler.sub(" ", self._category.sub(" ", self._follow_up.sub(" ", rest))).strip(),
            done=bool(self._settled.search(folded))
            or (category and bool(self._group_done.match(folded)))
            or (bool(_ALREADY.search(folded)) and not _YET.search(folded)),
        )

    def _is_category(self, label: str, folded: str) -> bool:
        """Whether a label only groups: `Monitoring and alerting`, not `Incident response automation`."""
        found = list(self._category.finditer(folded))
        if not found or self._filler.sub(" ", self._category.sub(" ", folded)).strip():
            return False
        parts = [fold(part) for part in _JOINTS.split(label)]
        longest = max(len(self._topic.findall(part)) for part in parts)
        return longest <= _FEW_TOPICS

    def _phrases(self, label: str, folded: str) -> list[_Found]:
        """All phrases in the label; none within a longer one."""
        found = [
            _Found(rank, match.group(), weak=False)
            for rank, pattern in self._strong.items()
            for match in pattern.finditer(folded)
        ]
        for part in dict.fromkeys([folded, *(fold(part) for part in _JOINTS.split(label))]):
            for opening in _openings(part):
                for rank, pattern in self._weak.items():
                    match = pattern.match(opening)
                    if match:
                        found.append(_Found(rank, match["phrase"], weak=True))
        return [
            one
            for one in found
            if not any(
                f" {one.words} " in f" {two.words} " and len(one.words) < len(two.words) for two in found
            )
        ]

    @staticmethod
    def _best(folded: str, found: list[_Found]) -> _Found | None:
        """The phrase that decides: tasks before measures; of the others the first in the label."""
        timeline = any(
            one.rank is Rank.OTHER and re.match(rf"{re.escape(one.words)} {_OF}", folded) for one in found
        )
        for rank in () if timeline else (Rank.SPECIFIC, Rank.MEASURES):
            for one in found:
                if one.rank is rank:
                    return one
        return min(found, key=lambda one: folded.find(one.words), default=None)

    # ---------------------------------------------------------------------------- entries

    def is_exercise(self, label: str) -> bool:
        """Whether a label may as well head the exercises of a course (`Tasks`)."""
        return bool(self._exercise.match(fold(strip_numbering(label[:_LONGEST_LABEL]))))

    def is_section_name(self, text: str) -> bool:
        """Whether a line of plain text is the well-known name of a section, and nothing else."""
        said = self.announce(text)
        return said.exact and said.rank is not Rank.NONE and not text.endswith((".", ",", ";", "!", "?"))

    def is_work(self, text: str) -> bool:
        """Whether `text` begins with a verb of work."""
        words = fold(text[:_LONGEST_OPENING]).split(None, 2)
        return bool(words) and (
            words[0] in self._work
            or (words[0] in {"to", "also", "then"} and words[1:2] != [] and words[1] in self._work)
        )

    def is_past(self, text: str) -> bool:
        """Whether `text` begins with a verb that says it was done."""
        folded = fold(text[:_LONGEST_OPENING])
        verb = folded.partition(" ")[0]
        is_told = bool(self._told.match(folded)) and verb not in self._undone | self._work
        return is_told or verb in self._past

    def is_lead(self, text: str) -> bool:
        """Whether `text` says no more than that an action item follows (`Action item 3`)."""
        return bool(self._lead.match(fold(text[:_LONGEST_OPENING])))

    def is_declared(self, text: str) -> bool:
        """Whether `text`, before a colon, makes an action item of what follows wherever it stands."""
        return bool(self._declared.match(fold(text[:_LONGEST_OPENING])))

    def is_field(self, text: str) -> bool:
        """Whether `text` states a field of an item (`Owner: …`)."""
        lead, colon, _ = text[:_LONGEST_OPENING].replace("：", ":").partition(":")
        return bool(colon) and bool(self._field.match(fold(lead)))

    def is_placeholder(self, text: str) -> bool:
        """Whether `text` says only that there is something to fill in, or nothing."""
        folded = fold(strip_numbering(text[:_LONGEST_LABEL]))
        return not folded or bool(self._placeholder.match(folded))

    def is_sample(self, text: str) -> bool:
        """Whether `text` begins as an example does (`e.g. Add an alert`, `Example: …`)."""
        lead, colon, _ = text[:_LONGEST_OPENING].partition(":")
        return bool(self._sample.match(fold(text[:_LONGEST_OPENING]))) or (
            bool(colon) and bool(self._example.match(fold(lead)))
        )

    def is_pointer(self, text: str) -> bool:
        """Whether `text` (without its links) only points elsewhere."""
        return bool(self._pointer.match(fold(text[:_LONGEST_LABEL])))

    def is_prose(self, text: str) -> bool:
        """Whether `text` begins as a sentence of prose does, and promises nothing."""
        opening = fold(text[:_LONGEST_OPENING])
        return bool(self._prose.match(opening)) and not self._promise.match(opening)

    def is_promise(self, text: str) -> bool:
        """Whether `text` begins with who will do it: `We will …`."""
        return bool(self._promise.match(fold(text[:_LONGEST_OPENING])))

    def is_closing(self, text: str) -> bool:
        """Whether `text` begins as a closing remark does."""
        return bool(self._closing.match(fold(text[:_LONGEST_OPENING])))

    def is_question(self, text: str) -> bool:
        """Whether `text` is a question to the author, as templates ask them."""
        return text.rstrip(" *_").endswith("?") and bool(self._ask.match(fold(text[:_LONGEST_OPENING])))

    def hangs(self, text: str) -> bool:
        """Whether `text` ends in the middle of a sentence."""
        return fold(text[-40:]).rpartition(" ")[2] in self._hanging

    def says_was_done(self, sentence: str) -> bool:
        """Whether a sentence says that something was done, and nothing that is yet to come."""
        folded = fold(sentence)
        ends = [
            match.end()
            for match in self._perfect.finditer(folded)
            if match.group().rpartition(" ")[2] not in self._undone
        ]
        ends += [match.end() for match in self._doer.finditer(folded) if match["verb"] in self._past]
        return bool(ends) and not self._future.search(folded[: min(ends)])

    def expects(self, sentence: str) -> bool:
        """Whether a sentence speaks of what is yet to come."""
        return bool(self._future.search(fold(sentence)))


def _dig(language: dict[str, Any], path: Sequence[str]) -> Iterator[Any]:
    value: Any = language
    for key in path:
        value = value.get(key, {})
    yield from value


def _openings(part: str) -> list[str]:
    """`part`, and what is left of it without a first word of junk (mis-encoded emoji)."""
    first, _, rest = part.partition(" ")
    is_junk = bool(rest) and not re.search(r"[a-z0-9]", first)
    return [part, rest] if is_junk else [part]


def _compile(phrase: str, gap: str) -> str:
    """One phrase of the data file as a pattern."""
    pattern, needs_gap = "", False
    for word in phrase.split():
        token = f"(?:{'|'.join(_compile_word(one) for one in word.removesuffix('?').split('|'))})"
        if not word.endswith("?"):
            pattern += (gap if needs_gap else "") + token
            needs_gap = True
        else:
            pattern += f"(?:{gap}{token})?" if needs_gap else f"(?:{token}{gap})?"
    return pattern


def _compile_word(word: str) -> str:
    if word in _WILD:
        return _WILD[word]
    return r"\w*".join(re.escape(fold(part)) for part in word.split("*"))


@cache
def _words() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=8)
def load_vocabulary(sections: tuple[str, ...] = ()) -> Vocabulary:
    """Returns the vocabulary, read on first use, with the configuration's further headings."""
    return Vocabulary(_words(), sections)
