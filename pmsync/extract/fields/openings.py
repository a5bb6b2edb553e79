"""What opens a text: box and number, the fields before its own words, and the head of these."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from pmsync.extract.fields.ends import EDGES, MOST, Ends
from pmsync.extract.fields.inline import FAR, NEAR, SHORTCODE, WORD, Field, match_end
from pmsync.extract.fields.names import is_name
from pmsync.extract.fields.state import is_undone
from pmsync.extract.structure.flat import Flat
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.words import words_of

_LONGEST_TITLE = 256
_LONGEST_BOLD = 300

_NUMBERED = r"(?:AI|AP|CA|PA|REC|ACT|ACTION|ITEM|TASK|FIX|REM|FU|CAPA)[-_ .#]?\d{1,3}"
_OPENING = re.compile(
    rf"(?:{SHORTCODE.pattern}|\[[ xX✓✔✅☑~/>-]?\ufe0f?\](?![(\[:])|\([ xX]\)(?=\s)"
    r"|[\s✅✔☑✓⬜◻☐🔄❌🔲⏳⌛🚧🔜🔴🟠🟡🟢🔵⚪⚫➡▶👉\ufe0f]|\d\ufe0f?\u20e3"
    r"|[(\[](?i:done|completed?|fixed)[)\]]"
    rf"|[(\[](?:{_NUMBERED}|(?!P[0-5]\b)[A-Z][-.]?\d{{1,2}})[)\]](?:\s*[:：–—-](?=\s))?"
    rf"|(?:{_NUMBERED}|(?!S3|H2|K8|M5|C5|T3|R5|L[2-7]|V\d|X\d)[A-Z][-.]?\d{{1,2}})"
    r"(?:\s*[.):：]|\s+[–—-])(?:\s*[:：–—-])?(?=\s)"
    r"|\d{1,2}/(?=\s[A-ZÀ-Þ])|\d{1,3}[.):](?=\s)|\d(?:\.\d{1,2}){1,2}[.)](?=\s[A-ZÀ-Þ]))"
)
"""A box that Markdown makes none of, signs and words of state, a number (`A1:`, `[P-3]`, `1)`)."""
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[A-Z]{1,2}[-.]?\d{1,2}[.):]?")
_LEAD = re.compile(
    r"(?=[^\W\d_])(?P<lead>(?:[^\W\d_]|[ -]){2,40}?(?:\s?#?\d{1,3})?)"
    r"\s*(?:[:：]|(?<=\d)[.)](?=\s)|(?<=\d)\s[–—-](?=\s))\s*(?=\S)"
)
"""`Action 3: `, `Item #3 — `, `対策3：`; the vocabulary knows the words."""
_AFTER_FIELD = re.compile(r"(?:[)\]】]|\s[–—·|-](?=\s)|[,;|.:](?=\s)|[：\n])+\s*(?=\S)")
_BOLD_ENDS = re.compile(r"[:：.–—-]\s*\Z")
"""What parts a bold lead-in from what follows; bold words of a sentence are no lead-in."""
_AFTER_BOLD = re.compile(r"(?:[\s:：–—-]|\.(?=\s))*")
_SENTENCE = re.compile(
    r"(?<![.\s][A-Za-z])(?<!e\.g)(?<!i\.e)(?<!vs)(?<!cf)(?<!\bp)(?<!\b[A-Z][a-z])"
    r"(?<!\b(?:etc|max|ggf|bzw))(?<!(?:resp|incl|excl|inkl|evtl|godz|bzgl))(?<!approx)"
    r"[.!?…]+[\"”’)\]]*\s+(?=[\"“‘(\[`A-ZÀ-Þ0-9@])"
)
_STOP = re.compile(r"[.!?…。][\"”’)\]]*\Z")
_SHORTEST_SENTENCE = 8
_SHORT = 3
"""Letters of a word for a state; shorter ones, as `No`, may open any sentence."""
_ALONE = frozenset({"WIP", "TODO", "DOING", "FIXME"})
"""States with which no sentence begins."""
_TOLD_IN_BOLD = {"owner", "due", "priority", "state", "mark", "unfilled"}
_DEPTH = {"(": 1, "[": 1, "（": 1, ")": -1, "]": -1, "）": -1}

_BRACKETS = (
    re.compile(r"\[(?P<inside>[^\[\]\n]{1,60})\](?:\s?[:：–—-])?\s+(?=\S)"),
    re.compile(r"\((?P<inside>[^()\n]{1,60})\)(?:\s?[:：–—-])?\s+(?=\S)"),
    re.compile(r"【(?P<inside>[^【】\n]{1,60})】\s*(?=\S)"),
)
_LEADS = (
    *_BRACKETS,
    re.compile(r"(?P<inside>[^:：\n–—()\[\]]{1,60}?(?: \([^()\n]{1,40}\))?)\s?[:：]\s+(?=\S)"),
    re.compile(r"(?P<inside>[^:：\n–—→()\[\]]{1,60}?)\s(?:[–—-]{1,2}|→)\s+(?=\S)"),
)
"""Where entries may have their owner before their own words."""
_BARE_NUMBER = re.compile(r"(?:[A-Z]{1,4}\d{1,3}|A[IP])\s+(?=\S)")
"""`AP1`, `AP`, which number an entry, or say that it is one, only before an owner."""
_STATED = re.compile(
    r"(?P<state>TODO|DOING|DONE|WIP|FIXME)"
    r"(?:\((?P<login>[^()\n]{1,40})\) ?[:：]?| (?P<names>[^:：()\n]{1,40}?) ?[:：])\s+(?=\S)"
)
"""`TODO(ada): …`, `DONE Ada: …`"""
_NAME_TO = re.compile(
    r"(?P<name>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?"
    r"(?:(?:,| and| et| und| y| e| &) [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?){0,3})"
    r" (?:(?P<to>to)|will|va|vai|van|vão|vont|wird|werden) (?=\w)"
)


class Lead(NamedTuple):
    """What stands where an owner may, before an entry's own words, and where these begin."""

    start: int
    end: int
    behind: int


def sentence_end(text: str) -> int:
    """Where the first sentence ends, its blank included: not within brackets, nor after a mere word."""
    depth = at = 0
    for end in _SENTENCE.finditer(text):
        depth += sum(_DEPTH.get(char, 0) for char in text[at : end.end()])
        at = end.end()
        if depth <= 0 and end.start() > _SHORTEST_SENTENCE:
            return end.end()
    return len(text)


def _is_lead_in(flat: Flat, start: int) -> bool:
    """Whether the first bold words open the text, before what they head, and are no part of a sentence."""
    text, (begin, end) = flat.text, flat.bold or (0, 0)
    if not start < end <= begin + _LONGEST_BOLD or (begin > start and re.search(r"\w", text[start:begin])):
        return False
    after = text[end : end + FAR]
    return (
        not after.strip()
        or after.lstrip(" ").startswith(("\n", "("))
        or bool(_BOLD_ENDS.search(text, start, end) or after[: match_end(_AFTER_BOLD, after, 0)].strip())
    )


class Openings(Ends):
    """One flat text, and what opens it."""

    @cached_property
    def by_start(self) -> dict[int, Field]:
        """The fields by where they begin that may open a text."""
        named = (field for field in self.named if field.name not in {"status", "blank"})
        own = (field for field in self._references() if field.name == "ticket")
        return {field.start: field for field in (*own, *self.levels(), *self.handles, *named)}

    def first_bracket(self) -> str:
        """What stands in the brackets that open the text; empty where there are none."""
        found = next((one for one in (lead.match(self.text) for lead in _BRACKETS) if one), None)
        return found["inside"].strip() if found else ""

    def opening(self) -> tuple[list[Field], int]:
        """The fields that open the text, and where the words behind them and a number begin."""
        fields: list[Field] = []
        at = 0
        for _ in range(MOST):
            found, end = self._opening_at(at)
            fields += found
            if end == at or not self.text[end:].strip(EDGES):
                break
            at = end
        return fields, at

    def _opening_at(self, at: int) -> tuple[tuple[Field, ...], int]:
        """The fields that open the text behind `at`, and the end of what opens it there."""
        text = self.text
        for lead in self._leads(at):
            words = text[lead.start : lead.end].strip()
            if level := self._level(words, words_of(words)):
                return (Field("priority", level, lead.start, lead.end),), lead.behind
            if text[lead.start - 1 : lead.start] in {*"([【"} and self.vocabulary.is_lead(words):
                return (), lead.behind  # `[Action item] …`
            is_apart = words.isupper() or text[lead.start - 1 : lead.start] in {*"([【"}
            is_alone = words in _ALONE or not self._goes_on(words, lead)
            if is_apart and is_alone and is_undone(words, self.vocabulary):  # `[In progress] …`, `WIP: …`
                return (Field("state", words, lead.start, lead.end),), lead.behind
        field = self.by_start.get(at + (text[at : at + 1] in {*"([【"}))
        after = _AFTER_FIELD.match(text, field.end) if field else None
        if field and (after or (field.name == "priority" and field.is_sure)):
            end = after.end() if after else field.end
            if after is None or not after.group().startswith(",") or end in self.by_start:
                return (field,), end
        if (stated := _STATED.match(text, at)) and self._names_doer(stated):
            owner = self.owner(*stated.span(stated.lastgroup or 0))
            is_done = stated["state"] == "DONE"
            return ((owner, Field("mark", "", at, at)) if is_done else (owner,)), stated.end()
        for lead in (*self._leads(match_end(_BARE_NUMBER, text, at)), *self._leads(at)):
            words = text[lead.start : lead.end].strip()
            is_place = text[lead.start - 1 : lead.start] in {"(", "["}
            if self.owners.know(words, self.vocabulary) or (
                is_place and self.owners.lead(words, self.vocabulary)
            ):
                is_doer = text.startswith("to ", lead.behind)  # `@ada to rotate the keys`
                return (self.owner(lead.start, lead.end),), at if is_doer else lead.behind
        label = _LEAD.match(text, at)
        if label and (self.vocabulary.is_lead(label["lead"]) or self._asks_what(label)):
            return (), label.end()
        return self._bold_opening(at)

    def _goes_on(self, words: str, lead: Lead) -> bool:
        """Whether what stands behind words may go on with them: `(Planned) failovers are announced`."""
        is_short = words.isascii() and len(words) < _SHORT  # `[No] Friday deploys`
        is_apart = self.text[lead.end : lead.end + 1] in {"]", ":"}
        return is_short or (
            words[:1].isupper() and self.text[lead.behind : lead.behind + 1].islower() and not is_apart
        )

    def _asks_what(self, label: re.Match[str]) -> bool:
        """Whether a label asks what is to be done, and others who does it, or when: `What: … Who: …`."""
        what = "description" in self.vocabulary.table("columns").all_of(words_of(label["lead"]))
        is_said = not self.text[label.end() : label.end() + 1].islower()  # `Title: must not be empty`
        return what and is_said and any(field.name in {"owner", "due"} for field in self.named)

    def _names_doer(self, stated: re.Match[str]) -> bool:
        """Whether the words behind a state name somebody: a login in brackets, or whom the document knows."""
        if stated["login"]:
            return is_name(stated["login"], self.vocabulary, is_login=True)
        return self.owners.know(stated["names"], self.vocabulary)

    def _bold_opening(self, at: int) -> tuple[tuple[Field, ...], int]:
        """A number or fields in bold, `**TODO by 2026-03-01** – …`; else a box, signs, a number."""
        bold = self.flat.bold
        if bold and bold[0] == at:
            if _NUMBER.fullmatch(self.text, *bold):
                return (), bold[1]
            fields = tuple(one for one in self.all_of(*bold) if one.name != "unfilled" or one.is_sure)
            names = {field.name for field in fields}
            if names == {"owner"} and not self.owners.know(fields[0].value, self.vocabulary):
                fields = ()  # `**Cache Warmup:** …`, where entries end with a name in brackets
            if self._acts(*bold):
                is_sentence = self.text[bold[1] + 1 : bold[1] + 2].islower()
                return (self.owner(*bold),), at if is_sentence else bold[1] + 1
            after = _AFTER_FIELD.match(self.text, bold[1])
            end = after.end() if after else match_end(_BLANKS, self.text, bold[1])
            words = self.text[slice(*bold)]
            is_loud = words.isalnum() and words.isupper()  # `**HIGH** Include …`, not `**High** availability`
            is_told = is_loud or words.endswith((".", ":", "：")) or all(one in self.named for one in fields)
            if fields and (after or is_told) and names <= _TOLD_IN_BOLD:
                return fields, at if "mark" in names else end
        return (), match_end(_OPENING, self.text, at)

    def _acts(self, start: int, end: int) -> bool:
        """Whether bold words are somebody, and what they do follows: `**Robert** moves the spool`."""
        words = self.text[start:end]
        goes_on = self.text[end : end + 1] == " " and self.text[end + 1 : end + 2].isalpha()
        return goes_on and self.owners.know(words, self.vocabulary)

    def _leads(self, at: int) -> Iterator[Lead]:
        """What stands at `at` where owners may: in brackets, before a colon or dash, as links or handles."""
        for pattern in _LEADS:
            if found := pattern.match(self.text, at):
                yield Lead(*found.span("inside"), found.end())
        end = at
        for start, stop in self._linked:
            joint = self.text[end:start].strip()
            if start == end == at or (end > at and (joint in {",", "&", "+"} or self.joins(joint))):
                end = stop
            elif start > end:
                break
        if end > at:
            yield Lead(at, end, end + len(self.text[end:]) - len(self.text[end:].lstrip(" :–—-")))

    @cached_property
    def _linked(self) -> list[Span]:
        """The texts of links, and the handles."""
        return sorted((*self.flat.links, *((field.start, field.end) for field in self.handles)))

    def head(self, start: int, limit: int) -> tuple[str, Span, int]:
        """Returns the topic, the head, and where the words behind it begin; behind `limit` stand fields."""
        text, topic = self.text, ""
        if self.flat.bold and _is_lead_in(self.flat, start):
            end = self.flat.bold[1]
            behind = match_end(_AFTER_BOLD, text, end)
            ends = self.ends(start, end)
            words = text[start : ends[-1].start if ends else end].strip(" \n:：.–—-")
            says_enough = len(WORD.findall(words)) > 1 and not self.vocabulary.announce(words).category
            if words and (says_enough or behind >= limit) and len(words) <= _LONGEST_TITLE:
                return "", (start, end), behind
            if words:
                start, topic = match_end(_OPENING, text, behind), words
        end = start + sentence_end(text[start:limit])
        if end >= limit:
            end = limit if _STOP.search(text, max(start, limit - NEAR), limit) else len(text)
        return topic, (start, end), end

    def doer(self, start: int) -> Iterator[Field]:
        """`Alice and Bob to automate the restore`."""
        found = _NAME_TO.match(self.text, start)
        if not found or self.vocabulary.is_work(found["name"]):
            return
        is_name = not self.vocabulary.phrases("nobody").all_of(words_of(found["name"])[-1:])
        rest = self.text[found.end() :]
        is_known = self.owners.know(found["name"], self.vocabulary)
        is_told = bool(found["to"]) and is_name
        if is_known or (is_told and (self.vocabulary.is_work(rest) or rest.startswith(("be ", "do ")))):
            yield Field("owner", found["name"], *found.span("name"))
