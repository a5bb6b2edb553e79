"""The fields at an item's end that bear no name: `(Olga, by 2026-03-28)`, `– Wei Zhang – Feb 28, 2026`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from pmsync.extract.dates import find_date
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import words_in, words_of

_FAR = 200
_LONGEST_JOINT = 4
_LONGEST_DATE = 28
_FEW_WORDS = 3
_DAY_SIGNS = tuple("日일號号")
_MOST_PARTS = 6
_BRACKET = re.compile(r"\s*[(\[（](?P<inside>[^()\[\]（）]{1,160})[)\]）]\s*\Z")
_JOINT = re.compile(r"\s+[–—-]{1,2}\s+|\s*[,;|·，、；]\s*")
_DASH = re.compile(r"\s+[–—-]{1,2}\s+|\s+[|·]\s+")
_JOINT_LAST = re.compile(r"(?:\s+[–—-]{1,2}|[\s,;|·，、；])+\Z")
_HANDLE = re.compile(r"@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?)")
_LEVEL = re.compile(r"P[0-5]", re.IGNORECASE)
_QUARTER = re.compile(
    r"(?:[QT][1-4]|H[12])(?:[ /-]?['’]?(?:\d{4}|\d{2}))?|\d{4}[ /-]?[QT][1-4]", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: (?:& )?[^\W\d_][\w.'’-]*){0,2}")
_UNSPACED_NAME = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,5}")


@dataclass(slots=True)
class Tail:
    """What fields stand at the end, and where they begin, with what parts them from the text before.

    Attributes:
        start: where they begin; the length of the text where there are none.
        is_certain: something there can be nothing but a field, and tells what a name beside it is.
    """

    start: int
    owner: str | None = None
    due: str | None = None
    priority: str | None = None
    is_certain: bool = False


@lru_cache(maxsize=8)
def read_tail(words: str, vocabulary: Vocabulary) -> Tail:
    """Reads the fields at the end of `words` (plain text), in brackets or behind dashes.

    A name counts only beside a date, a level or the like, and a date behind a dash only beside a name:
    so much else stands there.
    """
    nothing = Tail(len(words))
    head = words.rstrip(" .")
    window = max(0, len(head) - _FAR)
    bracket = _BRACKET.search(head, window)
    tail = Tail(len(words))
    if bracket and bracket.start():
        if _consume(bracket["inside"], tail, vocabulary, in_brackets=True):
            return nothing
        tail.start = bracket.start()
        return tail if tail.is_certain else nothing
    if not _DASH.search(head, window):
        return nothing
    rest = _consume(head[window:], tail, vocabulary, in_brackets=False)
    tail.start = window + rest
    return tail if tail.owner and tail.is_certain and rest else nothing


def _consume(text: str, tail: Tail, vocabulary: Vocabulary, *, in_brackets: bool) -> int:
    """Takes the parts of `text` from the last one back; returns where what it left ends."""
    joint = _JOINT if in_brackets else _DASH
    at = len(text)
    for _ in range(_MOST_PARTS):
        head = text[:at].rstrip()
        start, iso = _date_at_end(head, vocabulary)
        is_apart = not head[:start].strip() or joint.search(
            head[max(0, start - _LONGEST_JOINT) : start] + " "
        )
        if iso is None or not is_apart:
            start = max((found.end() for found in joint.finditer(head)), default=0)
            iso = None
        is_all = start == 0 and not in_brackets
        if not head[start:] or is_all or not _take(head[start:], iso, tail, vocabulary, in_brackets):
            return at
        before = _JOINT_LAST.search(head[:start])
        at = before.start() if before else start
        if at == 0:
            break
    return at


def _date_at_end(text: str, vocabulary: Vocabulary) -> tuple[int, str | None]:
    """Where the date begins that `text` ends with, the word before it included (`by`, `due:`)."""
    window = max(0, len(text) - _LONGEST_DATE)
    may_be = text[-1:].isdigit() or text[-1:] in _DAY_SIGNS
    found = find_date(text[window:], vocabulary) if may_be else None
    if found is None or window + found.end < len(text):
        return len(text), None
    start = window + found.start
    before = words_in(text[max(0, start - _LONGEST_DATE) : start])
    for count in range(min(_FEW_WORDS, len(before)), 0, -1):
        if vocabulary.until().all_of([word.bare for word in before[-count:]]):
            return max(0, start - _LONGEST_DATE) + before[-count].start, found.iso
    return start, found.iso


def _take(part: str, iso: str | None, tail: Tail, vocabulary: Vocabulary, in_brackets: bool) -> bool:
    """Whether `part` is a field that is not known yet, which it is then."""
    part = part.strip()
    words = words_of(part)
    until = None if iso else vocabulary.until().at(words)
    stated = " ".join(part.split()[until.end :]) if until else part
    if (iso or _QUARTER.fullmatch(stated)) and tail.due is None:
        tail.due = iso or stated
    elif (handle := _HANDLE.fullmatch(part)) and tail.owner is None:
        tail.owner = handle["login"]
    elif _LEVEL.fullmatch(part) and tail.priority is None:
        tail.priority = part.upper()
    else:
        is_owner = (in_brackets or (tail.is_certain and tail.owner is None)) and _is_name(
            part, vocabulary, in_brackets=in_brackets
        )
        if is_owner:
            tail.owner = f"{part}, {tail.owner}" if tail.owner else part
        return is_owner
    tail.is_certain = True
    return True


def _is_name(part: str, vocabulary: Vocabulary, *, in_brackets: bool) -> bool:
    """Whether a part may name a person or a team: up to three words, the first with a capital.

    Behind a dash it may be a login too, one word without.
    """
    if _UNSPACED_NAME.fullmatch(part):
        return True
    known = vocabulary.any_of("topic", "term")
    is_login = not in_brackets and " " not in part and not known.has(words_of(part))
    return (
        bool(_NAME.fullmatch(part))
        and (part[0].isupper() or is_login)
        and not vocabulary.is_work(part)
        and not vocabulary.is_past(part)
        and not vocabulary.is_placeholder(part)
        and not vocabulary.phrases("state", "marks").has(words_of(part))
        and vocabulary.months().name_of(words_of(part)) is None
    )
