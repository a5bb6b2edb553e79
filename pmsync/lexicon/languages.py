"""The words of all languages, by what they are for: the data of this folder's files."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from pmsync.lexicon.phrases import Phrases

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

_SPELT_OUT = {"de": str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})}
"""What people write who have no such keys, by language: `Naechste Schritte`."""
_ENTRY = re.compile(r"[^\s,?]+")


@cache
def read_language(name: str) -> dict[str, Any]:
    """Returns the words of a language, as its file has them, and spelt out where they may be."""
    file = resources.files(__package__).joinpath(f"{name}.toml")
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    return _with_spelt_out(words, _SPELT_OUT[name]) if name in _SPELT_OUT else words


def _with_spelt_out(value: Any, letters: dict[int, str]) -> Any:  # noqa: ANN401 — what TOML holds
    """`value` with every word that may be spelt otherwise in both ways: `nächste|naechste`."""
    if isinstance(value, dict):
        return {key: _with_spelt_out(one, letters) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_spelt_out(one, letters) if isinstance(one, str) else one for one in value]
    if not isinstance(value, str):
        return value

    def both(found: re.Match[str]) -> str:
        words = found.group().split("|")
        return "|".join(dict.fromkeys([*words, *(word.translate(letters) for word in words)]))

    return _ENTRY.sub(both, value)


@cache
def known_languages() -> tuple[str, ...]:
    """Returns the names of all languages that there are words of."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


@cache
def given_names() -> frozenset[str]:
    """Returns people's first names, each as the word that `words_of` makes of it."""
    return frozenset(resources.files(__package__).joinpath("given_names.txt").read_text("utf-8").split())


class Languages:
    """The words of some languages, all of them at once.

    Postmortems mix languages, and teams use English headings over text of their own.
    """

    def __init__(self, words: dict[str, Any]) -> None:
        """Takes each language's words by its name, as its file has them."""
        self._words = words
        self._known: dict[tuple[str, ...], Phrases] = {}

    def lists(self, *path: str) -> list[Any]:
        """All languages' values under a key, or a table's key."""
        return [value for language in self._words.values() if (value := _dig(language, path)) is not None]

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
            all_keys = dict.fromkeys(key for words in self._words.values() for key in words.get(name, {}))
            self._known[path] = Phrases({key: self.lists(name, key) for key in keys or all_keys})
        return self._known[path]

    def by_language(self, *names: str) -> Phrases:
        """The phrases under several keys, each of which stands for its language and key (`de aim`)."""
        return Phrases(
            {
                f"{language} {name}": [words[name]]
                for language, words in self._words.items()
                for name in names
                if name in words
            }
        )

    def until(self) -> Phrases:
        """What stands before the date by which something is due."""
        path = ("until", "due")
        if path not in self._known:
            self._known[path] = Phrases({"until": [*self.lists("until"), *self.lists("fields", "due")]})
        return self._known[path]

    def final_verbs(self) -> Phrases:
        """The verbs of work of languages that have them last."""
        path = ("work", "verb_last")
        if path not in self._known:
            languages = (words for words in self._words.values() if words.get("verb_last"))
            self._known[path] = Phrases({"work": [words["work"] for words in languages]})
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


def _dig(language: dict[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 — what TOML holds
    value: Any = language
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def spoken_in(text: str) -> tuple[str, ...]:
    """Returns the languages in which `text` may be written."""
    return tuple(
        name
        for name in known_languages()
        if name not in _SCRIPTS or (not text.isascii() and re.search(_SCRIPTS[name], text))
    )
