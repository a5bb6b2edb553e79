"""The words of all languages, by what they are for: the data of this folder's files."""

# ruff: noqa: B019 — vocabularies are few, and live as long as the process

import re
import tomllib
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


@cache
def read_language(name: str) -> dict[str, Any]:
    """Returns the words of a language, as its file has them."""
    file = resources.files(__package__).joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


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

    def lists(self, *path: str) -> list[Any]:
        """All languages' values under a key, or a table's key."""
        values: list[Any] = list(self._words.values())
        for key in path:
            values = [value[key] for value in values if key in value]
        return values

    @cache
    def any_of(self, *names: str) -> Phrases:
        """The phrases under several keys, each of which stands for its key."""
        return Phrases({name: self.lists(name) for name in names})

    @cache
    def phrases(self, *path: str) -> Phrases:
        """The phrases under a key (`work`), or a table's key (`fields`, `owner`)."""
        return Phrases({path[-1]: self.lists(*path)})

    @cache
    def table(self, name: str, *keys: str) -> Phrases:
        """The phrases of a table, each under its key (`columns`: owner, due …); of some keys, or of all."""
        names = keys or [key for table in self.lists(name) for key in table]
        return Phrases({key: self.lists(name, key) for key in names})

    def by_language(self, *names: str) -> Phrases:
        """The phrases under several keys, each of which stands for its language and key (`de aim`)."""
        languages = self._words.items()
        return Phrases(
            {f"{at} {name}": [words[name]] for at, words in languages for name in names if name in words}
        )

    @cache
    def until(self) -> Phrases:
        """What stands before the date by which something is due."""
        return Phrases({"until": [*self.lists("until"), *self.lists("fields", "due")]})

    @cache
    def final_verbs(self) -> Phrases:
        """The verbs of work of languages that have them last."""
        return Phrases({"work": [words["work"] for words in self._words.values() if "verb_last" in words]})

    @cache
    def months(self) -> Phrases:
        """The months by name, each of which stands for its number."""
        return Phrases(
            {str(at): names for at, names in enumerate(zip(*self.lists("months"), strict=True), 1)}
        )

    @cache
    def pairs(self) -> list[tuple[str, str]]:
        """The words for done and not done that belong together."""
        return [(done, undone) for pairs in self.lists("state", "pairs") for done, undone in pairs]


def spoken_in(text: str) -> tuple[str, ...]:
    """Returns the languages in which `text` may be written."""
    return tuple(
        name
        for name in known_languages()
        if name not in _SCRIPTS or (not text.isascii() and re.search(_SCRIPTS[name], text))
    )
