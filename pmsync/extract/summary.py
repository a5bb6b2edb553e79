"""What happened, in one sentence: the first one of what a document itself calls its summary."""

import re
from collections.abc import Callable, Iterator
from itertools import chain, dropwhile, takewhile

from pmsync.extract.fields.openings import sentence_end
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.frontmatter import FrontMatter
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import strip_numbering, words_of

LONGEST = 300
"""Characters of a sentence that is shown whole; a longer one is left out."""

_FEWEST_WORDS = 4
_LONGEST_PASSAGE = 2000
_LABELLED = re.compile(
    r"[\s>*_#-]{0,6}(?:(?P<mark>\*\*|__)(?P<bold>[^*\n]{2,40}?)(?P=mark)\s*[:：–—-]?"
    r"|(?P<words>[^:：*\n]{2,40})[:：])\s*(?P<text>\S.*)"
)
"""`TL;DR: …`, `**Summary** …` on a line of its own."""
_LABEL = re.compile(r"\A[^\W\d]{3,15}(?: [^\W\d]{2,15})?[:：]\s+")
"""`Impact: …`"""
_UNSPACED_END = re.compile(r"[。！？]")
_OPENS_PLACEHOLDER = ("[", "<", "{", "_", "…", "...")


def find_summary(
    root: Section, front: FrontMatter, vocabulary: Vocabulary, repair: Callable[[str], str]
) -> str:
    """Returns the sentence as plain text; empty where it is not certain that one says what happened.

    Args:
        root: the document.
        front: its front matter; `summary:` there comes first.
        vocabulary: the words.
        repair: undoes mojibake.
    """
    candidates = chain([front.values.get("summary", "")], _find_candidates(root, vocabulary))
    first = next((repair(each) for each in candidates if each.strip()), "")
    return _first_sentence(plain(first[:_LONGEST_PASSAGE]), vocabulary)


def _find_candidates(root: Section, vocabulary: Vocabulary) -> Iterator[str]:
    """Yields what stands under or beside the name of a summary, before any action items."""
    for section in root.sections():
        if section.rank.is_follow_up:
            return
        if section.label and _is_summary(section.title, vocabulary):
            parts = (section.inline, *section.parts) if section.inline else section.parts
            passages = takewhile(lambda part: isinstance(part, Passage), parts)
            yield from (_prose(part, vocabulary) for part in passages if isinstance(part, Passage))
        for part in section.parts:
            if isinstance(part, Passage):
                yield from _labelled(part, vocabulary)


def _labelled(passage: Passage, vocabulary: Vocabulary) -> Iterator[str]:
    for at, line in enumerate(passage.lines):
        found = _LABELLED.match(line.text[:_LONGEST_PASSAGE])
        if found and _is_summary(found["bold"] or found["words"], vocabulary):
            yield " ".join([found["text"], *(each.text for each in passage.lines[at + 1 :])])


def _prose(passage: Passage, vocabulary: Vocabulary) -> str:
    """Returns a passage from its first line on that is no mere fact of the document's, without a label."""
    facts = vocabulary.table("document")

    def is_fact(text: str) -> bool:
        name, colon, _ = text.partition(":")
        return bool(colon and facts.all_of(words_of(name)))

    lines = dropwhile(is_fact, (plain(line.text) for line in passage.lines))
    return _LABEL.sub("", " ".join(lines), count=1)


def _is_summary(label: str, vocabulary: Vocabulary) -> bool:
    return bool(vocabulary.phrases("summary").all_of(words_of(strip_numbering(label.strip(" :：")))))


def _first_sentence(text: str, vocabulary: Vocabulary) -> str:
    end = sentence_end(text)
    unspaced = _UNSPACED_END.search(text)
    sentence = text[: min(end, unspaced.end() if unspaced else end)].strip()
    is_one = (
        len(words_of(sentence)) >= _FEWEST_WORDS
        and len(sentence) <= LONGEST
        and not sentence.startswith(_OPENS_PLACEHOLDER)
        and not sentence.endswith((":", "：", ","))
        and not vocabulary.is_placeholder(sentence)
    )
    return sentence[:1].upper() + sentence[1:] if is_one else ""
