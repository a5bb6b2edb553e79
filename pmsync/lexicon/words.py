"""Text as words alone, and the numbers that open it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_NUMBERING = re.compile(
    r"[^\w\s(\[]{0,4}\s*(?:(?:§|#)?\s*(?:\d{1,3}(?:[.\-]\d{1,3})*|[ivxlcdm]{1,6}|[a-z])\s*[.):]+(?!\d)"
    r"|\d{1,3}(?:\.\d{1,3})*\s|[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[)）])\s*",
    re.IGNORECASE,
)
_LEAD_NUMBER = re.compile(r"\s*[^\W\d_]{2,14}(?: [^\W\d_]{2,14})?[ #.-]{0,2}\d{1,3}\s*[:.)–—-]+\s+")
"""`Action item 3:` before the item's own words."""

_UNSPACED = (
    "\u0e00-\u0eff\u1100-\u11ff\u2e80-\u2fdf\u3040-\u318f\u31a0-\u4dbf\u4e00-\ua4cf\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f"
)
"""Thai and Lao, and what Chinese, Japanese and Korean are written in."""
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[{_UNSPACED}](?<=\w)|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[\u0300-\u036f])*")
_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe"})
"""Letters with a stroke, which Unicode does not take apart."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, folded, and where it stands."""

    bare: str
    start: int
    end: int


def words_in(text: str) -> list[Word]:
    """Returns the words of `text` with their offsets; see `words_of`."""
    return [Word(_bare(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def words_of(text: str) -> tuple[str, ...]:
    """Returns `text` as words alone: no case, accents, punctuation.

    A letter of a script that writes no blanks between words is a word by itself.
    """
    if text.isascii():
        return tuple(_ASCII_WORD.findall(text.lower()))
    return tuple(map(_bare, _WORD.findall(text)))


def fold(text: str) -> str:
    """Returns the words of `text` with one blank between."""
    return " ".join(words_of(text))


@lru_cache(maxsize=16384)
def _bare(word: str) -> str:
    """One word without case and accents."""
    word = word.casefold()
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    kept = "".join(char for char in parts if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept) or word


_LETTERED = re.compile(
    r"(?!P\d)(?:[A-Z]{1,3}-?\d{1,2}(?:[.):：]|\s[–—-])|[A-Z]{1,3}-\d{1,2}|(?:[A-H]|[IVX]{1,4})[.)])\s+\S"
)
"""`R2: …`, `AI-3 …`, `B. …`, `IV. …`"""


def strip_numbering(text: str) -> str:
    """Returns `text` without a leading `7.`, `3.1`, `a)`, `IV.`, `五、` or `Action 2:`."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def is_numbered(text: str) -> bool:
    """Whether `text` begins with a number of its own (`1.`, `3.1`, `Action 2:`, `R2:`, `B.`)."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    number = found.group() if found else ""
    return bool(_LETTERED.match(text)) or (number != text and any(map(str.isdigit, number)))
