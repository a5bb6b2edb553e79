"""Who may own an item: names as people write them, those that a document knows, and where it puts them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pmsync.extract.fields.links import is_key
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import is_team
from pmsync.lexicon.languages import given_names
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of
from pmsync.model import without_roles

Words = tuple[str, ...]

_LONGEST = 60
_MOST_WORDS = 4
SHORTEST_DAY = 4
"""Letters of a day of the week that is no short name: `Friday`, not `Mo`."""
_SHORTEST_FORM = 4
"""Letters that the short form of a first name has: `Theo` of `Theodora`."""
_NAME = re.compile(
    r"(?:[^\W\d_]{1,2}\. )?[^\W\d_][\w.'’-]*(?: (?:& )?[^\W\d_][\w.'’-]*){0,2}"
    r"|[A-ZÀ-Þ][a-zß-ÿ]+/[A-ZÀ-Þ][a-zß-ÿ]+"
)
_HONORIFIC = re.compile(r"\A[^\W\d_]{1,2}\. (?P<name>[A-ZÀ-Þ])")
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĄĆČĎĐĘĚĹŁŃŇÓŐŘŚŠŤŮŹŻŽİА-ЯЄІЇ][\w.'’-]*"
_PARTICLE = r"(?:[vV][ao]n|[dD](?:e[nlr]?|[aio]s?|u)|l[ae]|el|bin|al|ter|zu)"
_PERSON = re.compile(
    rf"(?:[^\W\d_]{{1,2}}\. )?{_CAPITAL}(?: (?:{_PARTICLE} ){{0,2}}{_CAPITAL}){{0,2}}(?=\s|\Z)"
)
"""The name that a part of a sentence begins with."""
_TITLED = re.compile(
    rf"(?:(?:[A-ZÀ-Þ]\. ?){{1,2}}|(?:Mr|Ms|Mrs|Dr|Prof|Fr|Hr|Frau|Herr|Sr|Sra|Dra|Mme|Sig)\.? )"
    rf"{_CAPITAL}(?: {_CAPITAL})?"
)
"""`M. Oyelaran`, `Fr. Sobotta`: nobody but a person is called so."""
_LISTED = re.compile(r"\s*[,;]\s*|\s+[&+/]\s+")
_JOINED = re.compile(r"\s+[&+]\s+")
_ROLE = re.compile(r"\((?P<inside>[^()]+)\)\Z")
"""`SRE (Mara)`"""
_FILE = re.compile(r"\w_\w|\.[a-z]{2,4}(?=\s|\Z)")
"""`runbook.md`, `SESSION_NOTES`"""
_LOGIN = re.compile(r"@?[^\W_][\w.-]{1,38}")


@dataclass(frozen=True, slots=True)
class Owners:
    """What a document shows of owners outside of the entry that is read.

    Attributes:
        names: the people and teams that it knows, as words.
        places: where its entries have owners at their end: `(`, `–`; `^(` where brackets that open them
            hold teams.
    """

    names: frozenset[Words] = frozenset()
    places: frozenset[str] = frozenset()

    def know(self, words: str, vocabulary: Vocabulary) -> bool:
        """Whether words are nothing but names that the document knows, first names, teams, and `Dr. Lind`.

        Whoever is joined to one of these by a sign is somebody, too: `Bea + hub ops`.
        """
        joined = [] if "," in words else _JOINED.split(words.strip())
        if len(joined) > 1 and all(may_own(part, vocabulary) for part in joined):
            return any(self.know(part, vocabulary) for part in joined)
        return all(self._knows(part, vocabulary) for part in split_names(words, vocabulary))

    def _knows(self, name: str, vocabulary: Vocabulary) -> bool:
        if name.startswith("@"):
            return bool(_LOGIN.fullmatch(name))
        return (
            all(words_of(part) in self.names for part in without_roles(name).split("/"))
            or is_team(name, vocabulary)
            or bool(vocabulary.phrases("teams").all_of(words_of(name)))
            or are_first_names(name, vocabulary)
            or _TITLED.fullmatch(name) is not None
            or _is_full_name(name, vocabulary)
            or _is_role(name, vocabulary)
        )

    def stand_in(self, place: str, words: str, vocabulary: Vocabulary) -> bool:
        """Whether words in some place at an entry's end are its owners."""
        if len(words) > _LONGEST or not words.strip() or ":" in words:
            return False
        return self.know(words, vocabulary) or (place in self.places and are_names(words, vocabulary))

    def lead(self, words: str, vocabulary: Vocabulary) -> bool:
        """Whether words in the brackets that open an entry own it, as teams do beside it: `(on-call) …`."""
        return "^(" in self.places and may_own(words, vocabulary)


NOBODY = Owners()
"""A document that shows nothing of owners."""


def split_names(words: str, vocabulary: Vocabulary) -> list[str]:
    """Takes a list of names apart: `Ada, Ben`, `Ada and Ben`, `@ada + @ben`."""
    joints = vocabulary.phrases("joint")
    parts: list[str] = []
    for part in _LISTED.split(words.strip()):
        run: list[str] = []
        for word in part.split():
            if run and joints.all_of(words_of(word)):
                parts.append(" ".join(run))
                run = []
            else:
                run.append(word)
        parts.append(" ".join(run))
    return parts


def are_names(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words may be a list of names, by their form."""
    return all(
        is_name(without_roles(part), vocabulary)
        or is_team(part, vocabulary)
        or ends_in_group(part, vocabulary)
        for part in split_names(words, vocabulary)
    )


def is_name(part: str, vocabulary: Vocabulary, *, is_login: bool = False) -> bool:
    """Whether a part may name a person or a team: up to three words, the first with a capital.

    It may be a login too where `is_login`: one word without a capital.
    """
    words = words_of(part)
    is_known = vocabulary.table("fields").all_of(words) or vocabulary.phrases("nobody").all_of(words)
    return (
        bool(_NAME.fullmatch(part))
        and not is_known
        and (is_login or not _FILE.search(part))
        and (
            not part[0].islower()
            or bool(_HONORIFIC.match(part))
            or (is_login and " " not in part and not vocabulary.any_of("topic", "term").has(words))
        )
        and not is_key(part)
        and not vocabulary.is_work(part)
        and not vocabulary.is_past(part)
        and not vocabulary.is_placeholder(part)
        and not vocabulary.phrases("state", "marks").has(words)
        and (vocabulary.months().name_of(words) is None or words[0] in given_names())  # `Jan`
        and (len(part) < SHORTEST_DAY or not vocabulary.phrases("weekdays").all_of(words))
    )


def is_first_name(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word with a capital is a person's first name, and nothing else that is known."""
    words = words_of(word)
    return (
        len(words) == 1
        and words[0] in given_names()
        and word[0].isupper()
        and not word.isupper()
        and vocabulary.months().name_of(words) is None
        and not is_topic(word, vocabulary)
    )


def is_called(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word with a capital is a person's first name, or the short form of one: `Tobi`."""
    is_short = word.lower() in _short_forms()
    return is_first_name(word, vocabulary) or (is_short and not is_topic(word, vocabulary))


@cache
def _short_forms() -> frozenset[str]:
    """What first names begin with."""
    return frozenset(name[:size] for name in given_names() for size in range(_SHORTEST_FORM, len(name)))


def _is_role(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words are a team's, or letters for one, and who of it: `Data team (Ada)`, `SRE (Mara)`."""
    found = _ROLE.search(words)
    if found is None or not are_first_names(found["inside"], vocabulary):
        return False
    role = words[: found.start()].strip()
    is_loud = role.isalpha() and role.isupper() and not is_topic(role, vocabulary)
    is_group = bool(vocabulary.phrases("fields", "group").all_of(words_of(role)))
    return is_loud or is_group or is_team(role, vocabulary) or ends_in_group(role, vocabulary)


def _is_full_name(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words are a first name and others with a capital that are not known: `Ada Byron`."""
    first, _, others = words.partition(" ")
    return (
        bool(others)
        and bool(_PERSON.fullmatch(words))
        and words_of(first)[0] in given_names()
        and not vocabulary.is_work(words)
        and not is_topic(others, vocabulary)
        and not vocabulary.phrases("system").has(words_of(words))
    )


def are_first_names(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words are a first name, or several: `Ana/Ben`."""
    return all(is_first_name(word, vocabulary) for word in without_roles(words).split("/"))


def may_be_will(words: str, vocabulary: Vocabulary) -> bool:
    """Whether a word for what is to come has a capital, as the name `Will`."""
    return words.istitle() and bool(vocabulary.phrases("future").all_of(words_of(words)))


def is_topic(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words rather say what an entry is about than who does it."""
    bare = words_of(_HONORIFIC.sub(r"\g<name>", words))
    known = vocabulary.any_of("topic", "term", "system", "lead", "declared", "levels", "work", "past")
    return (
        known.has(bare)
        or bool(vocabulary.announce(words).category)
        or any(char.isdigit() for char in words)
        or vocabulary.phrases("state", "marks").has(bare)
        or (vocabulary.phrases("state", "unfinished").has(bare) and not may_be_will(words, vocabulary))
        or is_unfilled(words, vocabulary)
    )


def may_own(words: str, vocabulary: Vocabulary) -> bool:
    """Whether words do not say what else stands in brackets: a number, a state, a level, when, nothing."""
    bare = words_of(words)
    states = (vocabulary.phrases("state", name) for name in ("marks", "unfinished"))
    return (
        1 <= len(bare) <= _MOST_WORDS
        and sum(map(str.isalpha, words)) > 1
        and not any(map(str.isdigit, words))
        and not any(one.has(bare) for one in states)
        and not vocabulary.any_of("term", "levels", "when").all_of(bare)
        and not is_unfilled(words, vocabulary)
    )


def forms_of(names: Iterable[str], vocabulary: Vocabulary) -> frozenset[Words]:
    """The ways in which people are called elsewhere: `Ada Byron` is Ada, Byron and AB; teams keep theirs."""
    forms: set[Words] = set()
    for name in names:
        words = words_of(name)
        if not words or is_unfilled(name, vocabulary) or len(words) > _MOST_WORDS:
            continue
        forms.add(words)
        first, last = name.split()[0], name.split()[-1]
        if (
            len(words) > 1
            and not is_team(name, vocabulary)
            and all(word[0].isupper() for word in (first, last))
        ):
            singles = [word for word in (first, last) if len(word) > 2]
            forms |= {words_of(word) for word in singles if not is_topic(word, vocabulary)}
            forms |= {(words[0][:size],) for size in range(_SHORTEST_FORM, len(words[0]))}
            forms.add(("".join(word[0] for word in words),))
    return frozenset(forms)


def read_names(text: str, vocabulary: Vocabulary, *, is_stated: bool) -> list[str]:
    """The names that a text begins with: `Imogen F. (IC), Nasser (identity)`.

    Args:
        text: what stands behind `Authors:`.
        vocabulary: the words.
        is_stated: it is all that is stated, so that one name may be without a capital, or a team's.
    """
    names: list[str] = []
    parts = split_names(without_roles(text), vocabulary)
    for part in parts:
        words = part.strip(" *_|@[]")
        found = _PERSON.match(words)
        name = found.group() if found else words.rstrip(".")
        if not is_name(name, vocabulary) or is_topic(name, vocabulary):
            break
        names.append(name)
        if name != words:
            break
    lone = parts[0].strip(" .*_|@[]")
    is_lone = is_stated and not names and len(parts) == 1 and not vocabulary.is_placeholder(lone)
    is_login = bool(_LOGIN.fullmatch(lone)) and not is_topic(lone, vocabulary)
    if is_lone and (is_login or ends_in_group(lone, vocabulary)):
        names.append(lone)
    return names


def ends_in_group(name: str, vocabulary: Vocabulary) -> bool:
    """Whether words end as a team's name does, be it without capitals: `data team`."""
    words = words_of(name)
    return 1 < len(words) < _MOST_WORDS and bool(vocabulary.phrases("fields", "group").all_of(words[-1:]))
