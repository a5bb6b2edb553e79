"""Lines of plain text → entries: where tasks stand one a line, with bullets that are no Markdown or none."""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import dropwhile, pairwise

from pmsync.extract.fields.dates import read_date
from pmsync.extract.fields.entry_text import read_entry
from pmsync.extract.fields.names import is_called, split_names
from pmsync.extract.structure.bullets import LINE_BULLET
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Line
from pmsync.extract.structure.sections import SENTENCE_END
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import strip_numbering

_CLOCK = re.compile(
    r"\W*(?:\w{3,9}\.?,?\s+){0,2}"
    r"(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?![\d.])[ T,]*(?:at|-|–)?\s*)?~?T?[+-]?"
    r"(?:\d{1,2}[:h]\d{2}(?::\d{2})?|\d{1,2}\.\d{2}(?![.\d])|\d{1,2}\s?[ap]\.?m\b)",
    re.IGNORECASE,
)
_BOLD_LEAD = re.compile(r"(?:\*\*|__)[^*_\n]{2,120}(?:[:.]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:–—-])")
"""`**Monitoring:** …`, `**Monitoring** – …`"""
_FORMS = (
    re.compile(r"[*_]{0,3}[A-Z]{1,4}[-#. ]?\d{1,3}[*_]{0,3}\s?[.:)–—→/-][*_]{0,3}\s+\S"),
    re.compile(r"(\*\*|__)[^*_\n]{2,60}\1:?\s+\w"),
    re.compile(r"[\[(](?![ xX]?[\])])[^()\[\]\n]{1,40}[\])]\s+(?:~~|\*\*)?\w"),
    re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){1,2}|\(\d{1,2}\)|[A-Z]{1,3}\d?[.-]\d{1,2})[.:)]?\s+\S|[A-H]\.\s+\S"),
    re.compile(r"[A-ZÀ-Þ][\w’'-]*(?:,? (?:\w{1,3} |[&+] )?[A-ZÀ-Þ][\w’'-]*){0,2}\s→\s+\w"),
)
"""How lines begin alike: `R1. Add an alert`, `**Robert** look at it`, `[Olga] Rotate it`, `5.1 Add an alert`,
`A. Add an alert`, `Olga → rotate`."""
_LED = re.compile(r"(?P<names>[^\W\d_][\w’'-]*(?:\s?[ ,&+/]\s?[\w’'-]+){0,3}):\s+\S")
"""`mika: purge the cache`, `mika + jo: …`"""
_BRACKET = re.compile(r"\A[(\[][^()\[\]]{1,40}[)\]]\s+")
"""`(Ines) treat it as unknown`"""
_STOP = re.compile(r"[.!?…。]\W*\Z")
_LONGEST_DATE = 20
_DEEPEST = 100
_START = 200

Bundle = list[Line]
"""The lines of one entry."""


def most(said: Iterable[object]) -> bool:
    """Whether more of them are true than are not."""
    told = list(map(bool, said))
    return sum(told) * 2 > len(told)


def is_timeline(texts: Iterable[str]) -> bool:
    """Whether most of the texts begin with a time of day."""
    return most(_CLOCK.match(plain(text[:_START])) for text in texts)


def opens_with_time(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text begins with a time of day or a date."""
    return bool(_CLOCK.match(text) or (text[:1].isdigit() and read_date(text[:_LONGEST_DATE], vocabulary)))


def has_bullets(lines: Sequence[Line]) -> bool:
    """Whether any line opens with a bullet of its own."""
    return any(LINE_BULLET.match(line.text) for line in lines)


def cut_at_bullets(lines: Sequence[Line], text: str) -> list[Bundle]:
    """Cuts lines at their bullets; deeper ones belong to the bullet above. `text` is the document's."""
    openers: list[Line] = []
    indent = 0
    for line in lines:
        depth = len(re.split(r"[\r\n]", text[max(0, line.start - _DEEPEST) : line.start])[-1])
        if LINE_BULLET.match(line.text) and (not openers or depth <= indent):
            indent = depth
            openers.append(line)
    return _cut_before(lines, openers)


def cut_paragraph(lines: Sequence[Line], vocabulary: Vocabulary, *, one_is_enough: bool) -> list[Bundle]:
    """Cuts a paragraph without bullets into entries; prose gives none, a lone task if `one_is_enough`."""
    openers = [line for line in lines if not _is_mere_field(line, vocabulary)]
    bold = [line for line in openers if _BOLD_LEAD.match(line.text)]
    if bold and (bold[0] is lines[0] or len(bold) > 1):
        return _cut_before(lines, bold)
    if opens_alike(lines):
        return _cut_before(lines, led_alike(openers))
    if _are_led_by_people(openers, vocabulary):
        return _cut_before(lines, openers)
    if any(plain(line.text)[:1].islower() for line in openers[1:]):
        return []
    has_fields = len(openers) < len(lines)
    openers = _without_closing(openers, vocabulary) or openers[:1]
    texts = [plain(line.text) for line in openers]
    *stops, stops_last = (bool(_STOP.search(text)) for text in texts or [""])
    if stops and stops_last and not any(stops):
        return []  # a text that is wrapped: only its last line ends as a sentence does
    if has_fields:
        return _cut_before(lines, openers)
    if len(texts) == 1:
        is_task = bears_field(texts[0], vocabulary) or (one_is_enough and vocabulary.is_work(texts[0]))
        return [openers] if is_task and not SENTENCE_END.search(texts[0]) else []
    is_list = most(not vocabulary.is_prose(text) for text in texts)
    return [[line] for line in openers] if is_list else []


def _are_led_by_people(lines: Sequence[Line], vocabulary: Vocabulary) -> bool:
    """Whether all lines say before a colon who does it, and most of those are first names."""
    led = [found["names"] for line in lines if (found := _LED.match(line.text))]
    names = (split_names(one.title(), vocabulary) for one in led)
    people = most(any(is_called(name, vocabulary) for name in several) for several in names)
    return len(led) == len(lines) > 1 and people


def _without_closing(lines: Sequence[Line], vocabulary: Vocabulary) -> list[Line]:
    """Lines without the remarks that end them."""
    return list(dropwhile(lambda line: vocabulary.is_closing(plain(line.text)), reversed(lines)))[::-1]


def cut_run(lines: Sequence[Line], vocabulary: Vocabulary) -> list[Bundle]:
    """Cuts one-line paragraphs in a row: those that begin alike, else all, where most read as work."""
    kept = _without_closing(lines, vocabulary)
    is_work = most(reads_as_task(plain(line.text), vocabulary) for line in kept)
    return [[line] for line in led_alike(lines) or (kept if is_work else [])]


def led_alike(lines: Sequence[Line]) -> list[Line]:
    """The lines that begin in one form, if there are several."""
    forms = ([line for line in lines if form.match(line.text)] for form in _FORMS)
    return next((led for led in forms if len(led) > 1), [])


def opens_alike(lines: Sequence[Line]) -> bool:
    """Whether the first of some lines begins as others do."""
    return led_alike(lines)[:1] == [*lines[:1]]


def stands_alone(line: Line) -> bool:
    """Whether a one-line paragraph is an entry by its own form: a bullet or a bold lead-in."""
    return bool(LINE_BULLET.match(line.text) or _BOLD_LEAD.match(line.text))


def reads_as_task(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a line begins with a verb of work, behind a lead-in too, or says who, when or how urgent.

    It may end with the verb where a language has it last.
    """
    behind = (text.partition(": ")[2], _BRACKET.sub("", text))
    is_work = any(map(vocabulary.is_work, (strip_numbering(text), *behind))) or vocabulary.ends_in_work(text)
    return is_work or bears_field(text, vocabulary)


def bears_field(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a line says who does it, when, or how urgent it is."""
    told = read_entry(text, "", vocabulary).fields
    return bool(told.owner or told.due or told.priority)


def _cut_before(lines: Sequence[Line], openers: Collection[Line]) -> list[Bundle]:
    """Lines from each opener up to the next."""
    heads = set(openers)
    starts = [at for at, line in enumerate(lines) if line in heads]
    return [list(lines[start:end]) for start, end in pairwise([*starts, len(lines)])]


def _is_mere_field(line: Line, vocabulary: Vocabulary) -> bool:
    """Whether a line states a field, other than the action (`Action: …`), or defines the line above."""
    words = plain(line.text[:_START])
    is_field = vocabulary.is_field(words) and not vocabulary.is_lead(words.partition(":")[0])
    return is_field or words.startswith(": ")
