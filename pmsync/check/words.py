"""What the words of an item, an owner or a severity say: the data of `words.toml`, matched word by word."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

from pmsync.extract.structure.flat import plain
from pmsync.lexicon.phrases import Found, Phrases
from pmsync.lexicon.vocabulary import load_vocabulary
from pmsync.lexicon.words import words_in, words_of
from pmsync.model import without_roles

_GRAVE = 2
"""SEV-2 and above is a major incident (PagerDuty, "Severity Levels"); so are P0 to P2."""
_MEASURE = re.compile(r"\d|`|https?://|\b[A-Za-z]+(?:[A-Z][a-z]+|_\w+|\.\w{2,4}\b)|[:：;]\s*\w|->|→|/\w")
"""A figure, a name of code, an address, or what goes on after a colon: these can be looked for at the end."""
_ASIDE = re.compile(r"(?:\s[–—-]\s|[,(])")
_LISTED = re.compile(r"\s*[,;、，；\n]\s*")
"""What stands between names and in none."""
_WHOLE = re.compile(r"(?<!\S)(?=\S{0,99}(?:\w@\w|://)|@[\w-]{1,99}/\w)\S+|\b(?:R\s?&\s?D|Q\s?&\s?A)\b")
"""An address, a team's handle (`@acme/sre`), `R & D`."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_LONGEST_BODY = 1000
"""Characters of a detail that are looked at."""
_STEM = 5
"""Letters by which a word is known whatever its ending."""
_FEWEST_WORDS = 4
"""Of a detail that says more than the title; a stated field has fewer."""
_WITHOUT_BLANKS = "\u0e00"
"""From Thai on there are scripts that set no blanks between words."""


@cache
def _phrases(key: str) -> Phrases:
    return Phrases({key: list(_read()[key].values())})


@cache
def _read() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _joints() -> re.Pattern[str]:
    """What may stand between two names; words as they stand, in small letters, so that no initial is one."""
    words = (re.escape(word.strip()) for language in _read()["join"].values() for word in language.split(","))
    signs = r"\s+[+&]\s+|(?<=\w\w)[+&](?=@?\w\w)|(?<=\w\w)\s*/\s*(?=@?\w\w)"
    return re.compile(rf"{signs}|\s(?:{'|'.join(words)})\s")


# ----------------------------------------------------------------------------- what to do


def find_vague(title: str, body: str) -> str | None:
    """Returns the words by which nobody can tell when an item is done; None where somebody can.

    Args:
        title: what to do, as plain text.
        body: the rest of the item, as Markdown.
    """
    places = words_in(title)
    words = tuple(place.bare for place in places)
    found = next(iter(_phrases("careful").find(words)), None)
    if (
        found is None
        and not _MEASURE.search(title)
        and len(words_of(plain(body[:_LONGEST_BODY]))) < _FEWEST_WORDS
    ):
        if len(words) == 1 and max(title) < _WITHOUT_BLANKS:
            return title  # a subject, of which nothing is said
        found = _find_open_ended(words)
    return title[places[found.start].start : places[found.end - 1].end] if found else None


def _find_open_ended(words: tuple[str, ...]) -> Found | None:
    """A phrase that only says in which direction, at either end, with nothing beside it that can be shown."""
    for found in _phrases("open_ended").find_all(words):
        rest = (*words[: found.start], *words[found.end :])
        if (found.start == 0 or found.end == len(words)) and not _phrases("shown").has(rest):
            return found
    return None


def is_unfilled(words: str, *, in_brackets: bool = False) -> bool:
    """Whether words only say that something is still to be written in their place."""
    said = words_of(words)
    return bool(_phrases("unfilled").all_of(said) or (in_brackets and _phrases("slot").all_of(said)))


def content_of(text: str) -> frozenset[str]:
    """Returns the words that say what a text is about, each by its beginning: `alert` for `alerting`."""
    small = _phrases("small")
    return frozenset(word[:_STEM] for word in words_of(text) if not small.all_of((word,)))


def names_template(title: str) -> bool:
    """Whether a document's title calls it a template, whatever else it says."""
    vocabulary = load_vocabulary(title)
    return vocabulary.phrases("template", "template").has(words_of(title))


# --------------------------------------------------------------------------------- owners


def split_owners(stated: str, is_known: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Returns the owners that a document names together (`Mara (lead) and @jo`), one by one.

    Without roles in brackets, unless that is all, and without the `@` of a handle.

    Args:
        stated: the owner as the document states it.
        is_known: whether a name is known as a whole, as `Trust and Safety` may be.
    """
    names: list[str] = []
    for part in _LISTED.split(without_roles(stated).strip() or stated):
        is_whole = is_known(part) or _is_handle(part.removeprefix("@"))
        names += [part] if is_whole else _split_joined(part)
    return [name.strip(" @") for name in names if words_of(name)]


def _split_joined(part: str) -> list[str]:
    """Takes joined names apart, but for what stands within an address, and for `R & D`."""
    masked = _WHOLE.sub(lambda found: "x" * len(found.group()), part)
    names, start = [], 0
    for joint in _joints().finditer(masked):
        names.append(part[start : joint.start()])
        start = joint.end()
    return [*names, part[start:]]


def is_group(name: str) -> bool:
    """Whether a name is a team's rather than a person's (`Platform team`, `SRE`, `acme/sre`)."""
    words = words_of(name)
    if _phrases("leader").has(words):
        return False
    return _phrases("group").has(words) or bool(_phrases("department").all_of(words)) or _is_handle(name)


def _is_handle(name: str) -> bool:
    """Whether it is a team's handle on GitHub: `acme/sre`."""
    return bool(re.fullmatch(r"[A-Za-z0-9-]+/[\w.-]+", name)) and name == name.casefold()


def same_name(name: str) -> str:
    """Returns what is equal for all spellings of a name or login: `@Ada` is `ada`, and `José` is `Jose`.

    Only accents of the Latin kind are left out: other marks tell names apart (`कि`, `が`).
    """
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    bare = unicodedata.normalize("NFC", _ACCENTS.sub("", letters))
    return " ".join(bare.strip(" @.,;:*_").split())


# ------------------------------------------------------------------------ kinds and grades


def is_severe(severity: str, number: int | None) -> bool:
    """Whether an incident was major, by its severity as written and the number in it."""
    if number is not None:
        return number <= _GRAVE
    first = _ASIDE.split(severity, maxsplit=1)[0]
    return bool(_phrases("severe").all_of(words_of(first)))


def is_urgent(priority: str, number: int | None) -> bool:
    """Whether an item's priority is one of the two highest."""
    return number < _GRAVE if number is not None else bool(_phrases("severe").has(words_of(priority)))


def is_lessening(kind: str) -> bool:
    """Whether a kind of measure makes the next incident cheaper rather than rarer."""
    return _phrases("lessens").has(words_of(kind))


def keys() -> Iterator[tuple[str, frozenset[str]]]:
    """Yields each key of the words, and the languages that have it."""
    for key, languages in _read().items():
        yield key, frozenset(languages)
