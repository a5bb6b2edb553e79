"""What the words of a postmortem say, matched word by word."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pmsync.lexicon.announcement import Announcer
from pmsync.lexicon.languages import Languages, read_language, spoken_in
from pmsync.lexicon.words import strip_numbering, words_of

FIELD_SIGNS = {"👤": "owner", "👥": "owner", "📅": "due", "🗓": "due", "🎫": "ticket"}
"""What stands for a field's name, by the sign."""

_LONGEST_LABEL = 300
_LONGEST_VERB = 8
"""Words, each of which may be a letter."""
_LONGEST_OPENING = 200
_COUNT = re.compile(
    r"\s*[(\[（]\d{1,3}(?!\d)[^()\[\]（）]{0,40}[)\]）]\s*\Z|[\s,–—-]+\d{4}(?:-\d{2}){0,2}\s*\Z"
)


class Vocabulary(Languages):
    """The words of some languages, and what a label, an entry or a sentence says by them."""

    def __init__(self, words: dict[str, Any], sections: Sequence[str] = ()) -> None:
        """Takes each language's words by its name, and the configuration's further headings."""
        super().__init__(words)
        self.announce = lru_cache(maxsize=4096)(Announcer(self, sections).announce)

    def is_section_name(self, text: str) -> bool:
        """Whether a line of plain text is the well-known name of a section, and nothing else."""
        return self.announce(text).is_known and not text.endswith((".", ",", ";", "!", "?"))

    def is_work(self, text: str) -> bool:
        """Whether `text` begins with a verb of work."""
        words = words_of(text[:_LONGEST_OPENING])
        work = self.phrases("work")
        return work.at(words) is not None or (
            words[:1] in {("to",), ("also",), ("then",)} and work.at(words, 1) is not None
        )

    def ends_in_work(self, text: str) -> bool:
        """Whether `text` ends with a verb of work, in a language that has it last: `Alarm einrichten`."""
        words = words_of(text[-_LONGEST_OPENING:])
        starts = range(max(0, len(words) - _LONGEST_VERB), len(words))
        verbs = self.final_verbs()
        return any(found.end == len(words) for at in starts for found in verbs.all_at(words, at))

    def is_past(self, text: str) -> bool:
        """Whether `text` begins with a verb that says it was done."""
        words = words_of(text[:_LONGEST_OPENING])
        is_told = self.phrases("told").at(words) is not None and not (
            self.phrases("undone").at(words) or self.phrases("work").at(words)
        )
        return is_told or self.phrases("past").at(words) is not None

    def is_lead(self, text: str) -> bool:
        """Whether `text` says no more than that an action item follows (`Action item 3`)."""
        words = words_of(text[:_LONGEST_OPENING])
        while words and words[-1].isdecimal():
            words = words[:-1]
        return bool(self.phrases("lead").all_of(words))

    def leads_numbered(self, text: str) -> bool:
        """Whether `text` begins with a label of an entry and a number (`Action item 3 — Rotate the keys`).

        No number is one in brackets at its end, which counts the entries (`Actions (2 open)`), nor a date.
        """
        words = words_of(_COUNT.sub("", text[:_LONGEST_OPENING]))
        leads = self.phrases("lead").all_at(words, 0)
        return any(words[one.end : one.end + 1] and words[one.end].isdecimal() for one in leads)

    def is_declared(self, text: str) -> bool:
        """Whether `text` begins with what makes an action item of any entry of a list (`TODO: …`)."""
        lead, colon, rest = text[:_LONGEST_OPENING].partition(":")
        return bool(colon and rest.strip()) and self._is("declared", lead)

    def is_field(self, text: str) -> bool:
        """Whether `text` states a field of an item (`Owner: …`, `👤 Ada`)."""
        if text[:1] in FIELD_SIGNS:
            return True
        lead, colon, _ = text[:_LONGEST_OPENING].replace("：", ":").partition(":")
        return bool(colon) and bool(self.table("fields").all_of(words_of(lead)))

    def is_placeholder(self, text: str) -> bool:
        """Whether `text` says only that there is something to fill in, or nothing."""
        words = words_of(strip_numbering(text[:_LONGEST_LABEL]))
        return (
            not any(words)
            or (len(words) == 1 and len(words[0]) == 1 and words[0].isascii())
            or (bool(self.phrases("placeholder").all_of(words)) or words[:2] == ("lorem", "ipsum"))
        )

    def is_sample(self, text: str) -> bool:
        """Whether `text` begins as an example does (`e.g. Add an alert`, `Example: …`)."""
        lead, colon, _ = text[:_LONGEST_OPENING].partition(":")
        return self._opens("sample", text) or (bool(colon) and self._is("example", lead))

    def is_prose(self, text: str) -> bool:
        """Whether `text` begins as a sentence of prose does, and promises nothing."""
        return self._opens("prose", text) and not self._opens("promise", text)

    def is_closing(self, text: str) -> bool:
        """Whether `text` begins as a closing remark does."""
        return self._opens("closing", text)

    def says_was_done(self, sentence: str) -> bool:
        """Whether a sentence says that something was done, and nothing that is yet to come."""
        words = words_of(sentence)
        undone, past = self.phrases("undone"), self.phrases("past")
        ends = [
            one.end
            for one in self.phrases("perfect").find(words)
            if not undone.all_of(words[one.end - 1 : one.end])
        ]
        ends += [one.end + 1 for one in self.phrases("doer").find(words) if past.at(words, one.end)]
        return bool(ends) and not self.phrases("future").has(words[: min(ends)])

    def expects(self, sentence: str) -> bool:
        """Whether a sentence speaks of what is yet to come."""
        return self.phrases("future").has(words_of(sentence))

    def promises(self, sentence: str) -> bool:
        """Whether a sentence says who will do something."""
        return self.phrases("promise").has(words_of(sentence))

    def _is(self, name: str, text: str) -> bool:
        return bool(self.phrases(name).all_of(words_of(text)))

    def _opens(self, name: str, text: str) -> bool:
        return self.phrases(name).at(words_of(text[:_LONGEST_OPENING])) is not None


@lru_cache(maxsize=32)
def _vocabulary(languages: tuple[str, ...], sections: tuple[str, ...]) -> Vocabulary:
    return Vocabulary({name: read_language(name) for name in languages}, sections)


def load_vocabulary(text: str, sections: tuple[str, ...] = ()) -> Vocabulary:
    """Returns the words of all languages in which `text` may be written, read on first use.

    `sections` are the configuration's further headings.
    """
    return _vocabulary(spoken_in(text), sections)
