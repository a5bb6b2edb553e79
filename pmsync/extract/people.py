"""The people and teams that a document names: who wrote it, led the response, took part, was on call."""

import re
from collections.abc import Callable, Iterator

from pmsync.extract.fields.names import read_names
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Outline
from pmsync.extract.structure.sections import Section
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import strip_numbering, words_of

_HEAD_LINES = 40
_LONGEST_LINE = 300
_LINES_UNDER = 12
_BETWEEN = re.compile(r"(?:[^:：|.\n]{1,40}(?=[:：]))?[\s:：|*_(>–—-]*")
"""What stands between whose names they are and the names: `Participants of the review (25 November): …`."""
_BEFORE = re.compile(r"(?:\A|[|·•,;:(/.–—-]|\s{2})[\s*_>#-]*\Z")
"""What stands before a statement: nothing, or the statement before it."""
_ENDS = re.compile(r"\s*(?:[|·•/–—]|(?<!\b\w)\.\s|\.?\Z|\s(?=[^\W\d_][\w ]{1,20}:))")
_MARK = re.compile(r"[\s>#*+•-]+")
_LINKED = re.compile(r"\[(?P<name>[^\[\]\n]{2,60})\]\((?:mailto:|https?://[^\s()]{1,200}?/(?:~|people/))")
"""`[Ada Byron](https://wiki.example/display/~ada)`"""
_HEADING = re.compile(r"\s*(?:#|={3,}|-{3,}|\*\*)")


def find_people(
    outline: Outline, root: Section, vocabulary: Vocabulary, repair: Callable[[str], str]
) -> Iterator[str]:
    """Yields the names at a document's head, under headings such as `Responders`, and of linked people."""
    lines = [line for line in outline.clean[: _HEAD_LINES * _LONGEST_LINE].split("\n") if line.strip()]
    for line in lines[:_HEAD_LINES]:
        yield from _stated_on(plain(repair(line[:_LONGEST_LINE])), vocabulary)
    for link in _LINKED.finditer(outline.clean):
        yield from read_names(plain(repair(link["name"])), vocabulary, is_stated=False)
    for section in root.sections():
        title = words_of(strip_numbering(section.title))
        if section.label and _names_people(title, vocabulary):
            end = section.label.end
            yield from _named_under(outline.clean[end : end + _LINES_UNDER * _LONGEST_LINE], vocabulary)


def _names_people(words: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    return bool(vocabulary.table("document", "owner", "people").all_of(words))


def _stated_on(line: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The names on a line that says whose they are: `Authors: Ada, Ben`, `written by Ada`."""
    for found in vocabulary.table("document", "owner", "people").find_in(line):
        between = _BETWEEN.match(line, found.end)
        is_title = line[found.start].isupper() and ":" in (between.group() if between else "")
        if not is_title and not _BEFORE.search(line, 0, found.start):
            continue
        start = between.end() if between else found.end
        is_named = between is not None and not between.group().isspace()
        stop = _ENDS.search(line, start)
        value = line[start : stop.start() if stop else len(line)]
        yield from read_names(value, vocabulary, is_stated=is_named)


def _named_under(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The names on the lines under a heading, up to the next."""
    for line in text.split("\n")[:_LINES_UNDER]:
        words = plain(line[:_LONGEST_LINE])
        if not words:
            continue
        if _HEADING.match(line) and line.strip(" -="):
            break
        mark = _MARK.match(words)
        yield from read_names(words[mark.end() if mark else 0 :], vocabulary, is_stated=False)
