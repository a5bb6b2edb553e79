"""The fields that stand together at an end of a text: `(Olga, by 2026-03-28)`, `– Ada – P1 – this week`."""

import re
from dataclasses import dataclass, replace

from pmsync.extract.fields.dates import find_dates, read_date
from pmsync.extract.fields.inline import APART, FAR, JOINTS, NEAR, NO_TITLE, Field, Inline, match_end
from pmsync.extract.fields.links import is_key
from pmsync.extract.fields.names import SHORTEST_DAY, are_names, is_name, may_be_will, split_names
from pmsync.extract.fields.state import leads_on
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import is_team
from pmsync.lexicon.phrases import Found
from pmsync.lexicon.words import words_in, words_of

MOST = 8
"""Things read one after another at one end of a text."""
EDGES = " \t\r\n*_~:：-–—•·([|,;.→»"

_LONGEST_PART = 60
_BRACKET = re.compile(r"[(\[（【](?P<inside>(?:[^()\[\]（）【】]|（\w{1,4}）){1,160})[)\]）】]")
_BRACKET_LAST = re.compile(rf"{_BRACKET.pattern}\Z")
_JOINT = re.compile(r"\s+[–—-]{1,2}\s+|\s+/{1,2}\s+|\s*[,;|·，、；]\s*")
_DASH = re.compile(r"\s[–—-]{1,2}\s|\s[→|]\s|;\s")
_DASHES = re.compile(
    r"\n(?=[@A-ZÀ-Þ])|\s+[–—-]{1,2}\s+|\n->\s+|\s+(?:[|·→»]|/{1,2}|[-=]>)\s+|;\s+|\n[:：]\s+"
    rf"|(?<!\b[^\W\d_])(?<!\b[A-Z][a-z]){NO_TITLE}\.\s+(?:[–—-]{{1,2}}\s+)?"
)
_NOBODY = re.compile(
    r"TB[ACD]|TODO|N/?A|\?+|unassigned|not assigned|no owner(?: yet)?|nobody(?: yet)?|owner\?", re.IGNORECASE
)
"""What holds a place even where it stands alone, as other words for a field do not: `(URL)`, `– none`."""
_WEAK = frozenset({"/", "->", "=>"})
"""What parts only a known name from an entry: `Stripe / Adyen`, `from draft -> released`."""
_ARROW = re.compile(r"(?:→|[-=]>)\s*")
_REMARK = re.compile(r",\s|\s[–—-]{1,2}\s")
_LEVEL = re.compile(r"P[0-5]|prio(?:rity|rität|rité|ridad|ridade|rità)?\.? ?[0-5]", re.IGNORECASE)
_SHORT = re.compile(r"[a-z]{1,3}")
"""`on`, `le`, `am`: what stands before a date in some language."""
_JOINED = re.compile(r"\s+(?P<word>[^\s@]{1,8})\s+\Z")
_LAST_WORDS = re.compile(r"(?:\S+\s+){0,2}(?<!\S)(?![A-Z]\s)[^\W\d_][^\s:]*\s+\Z")
"""Up to three words, the last of them no mere letter (`pool A @ada`)."""
_NUMBER = re.compile(r"\d{1,4}[a-zº]{0,2}")
_AMOUNT = re.compile(r"\d{1,3}[a-zº]{0,2}")
_MOST_OF_AMOUNT = 2
"""`by 512`, which no day is"""
_TAG = re.compile(r"(?<!\S)(?:#[^\W\d]\w*|[⏳⌛🔄⬜◻🔲☐🚧🔜❌🔴🟠🟡🟢🔵⚪]\ufe0f?)(?!\S)")
_TAGS_LAST = re.compile(rf"(?:\s+{_TAG.pattern})+\Z")
"""`#infra #db`, `⏳`"""
_MOST_STATE_WORDS = 3


@dataclass(frozen=True, slots=True)
class End:
    """Fields that stand together at an end of the text: `(Olga, by 2026-03-28)`.

    Attributes:
        start: where they begin, with what parts them from the words before.
        fields: what they are.
    """

    start: int
    fields: tuple[Field, ...]


class Ends(Inline):
    """One flat text, and the fields at its ends and in its brackets."""

    def ends(self, start: int, end: int) -> tuple[End, ...]:
        """The fields that the text between `start` and `end` ends with, the last ones first."""
        if closing := self._closing(start, end):
            ends = self._ends(start, closing[0].start)
            fields = [field for one in ends for field in one.fields]
            told = words_of(closing[0].value)
            is_state = closing[0].name == "state" and not self._when(told, is_done=False)
            is_told = any(is_state or field.name != "owner" for field in fields)
            if is_told and not any(field.name == "mark" and not field.is_sure for field in fields):
                # not `Shipped next week`
                return (*(End(field.start, (field,)) for field in reversed(closing)), *ends)
        return self._ends(start, end)

    def _ends(self, start: int, end: int) -> tuple[End, ...]:
        ends: list[End] = []
        at = end
        for _ in range(MOST):
            stop = self._stop(start, at)
            bracket = _BRACKET_LAST.search(self.text, max(start, stop - FAR), stop)
            if bracket and not self._is_within_field(bracket):  # `2026年3月3日（火）`
                fields = self._in_bracket(bracket)
                found = [End(bracket.start(), fields)] if fields else []
            else:
                found = [End(field.start, (field,)) for field in reversed(self._run(start, stop))]
            found = [one for one in found if self.text[start : one.start].strip(EDGES)]
            if not found:
                break
            ends += (replace(one, start=self._stop(start, one.start, keep_stop=True)) for one in found)
            at = ends[-1].start
        return tuple(ends)

    def _is_within_field(self, bracket: re.Match[str]) -> bool:
        """Whether brackets are the end of a field."""
        field = self.by_end.get(bracket.end())
        return field is not None and field.start < bracket.start()

    def all_of(self, start: int, end: int) -> tuple[Field, ...]:
        """The fields that the text between `start` and `end` is, and nothing else."""
        fields = self._run(start, self._stop(start, end), in_brackets=True)
        return fields if fields and not self.text[start : fields[0].start].strip() else ()

    def lone_name(self, end: int) -> tuple[str, str]:
        """The place and what may be names, `(Bo)` or `– Bo`, that stand alone before `end`."""
        stop = self._stop(0, end)
        bracket = _BRACKET_LAST.search(self.text, max(0, stop - FAR), stop)
        dash = max((one.end() for one in _DASH.finditer(self.text, max(0, stop - FAR), stop)), default=0)
        if not bracket and not dash:
            return "", ""
        span = bracket.span("inside") if bracket else (dash, stop)
        is_field = bracket is not None and (
            bracket.group().startswith("[") or bool(self._in_bracket(bracket))
        )
        return ("(" if bracket else "–"), "" if is_field else self.text[slice(*span)].strip()

    def _stop(self, start: int, end: int, *, keep_stop: bool = False) -> int:
        """Where the text between `start` and `end` ends without what parts fields."""
        last = start + len(self.text[start:end].rstrip())
        if last in self.by_end:
            return last
        return start + len(self.text[start:end].rstrip(JOINTS.replace(".", "") if keep_stop else JOINTS))

    def _closing(self, start: int, end: int) -> tuple[Field, ...]:
        """What counts only right behind other fields: `(Ada, 1 March): done`, `… in progress #db`."""
        stop = self._stop(start, end)
        tags = _TAGS_LAST.search(self.text, max(start, stop - FAR), stop)
        at = tags.start() if tags else stop
        said = tuple(self._tag(*one.span()) for one in _TAG.finditer(self.text, at, stop))
        begin = max(start, at - FAR // 8, *(self.text.rfind(one, start, at) + 1 for one in ")]"))
        words = words_in(self.text[begin:at])
        for count in range(min(_MOST_STATE_WORDS, len(words)), 0, -1):
            bare, first = tuple(word.bare for word in words[-count:]), begin + words[-count].start
            is_mark = self.text[max(0, first - NEAR) : first].rstrip(" \t:*_").endswith((")", "]"))
            for name, key in (("mark", "marks"),) * is_mark + (("state", "unfinished"),):
                if self.vocabulary.phrases("state", key).all_of(bare):
                    return (Field(name, " ".join(bare), first, at, is_sure=False), *said)
        return said

    def _tag(self, start: int, end: int) -> Field:
        """A tag, which may say how urgent it is, `#high`, or a sign of what is not done."""
        if self.text[start] != "#":
            return Field("state", "", start, end, is_sure=False)
        words = self.text[start + 1 : end]
        level = words.capitalize() if _LEVEL.fullmatch(words) else self._level(words, words_of(words))
        return Field("priority", level, start, end) if level else Field("tag", f"#{words}", start, end)

    def _in_bracket(self, bracket: re.Match[str]) -> tuple[Field, ...]:
        """What brackets hold that hold only fields: `(Olga, by 2026-03-28)`, `[Rick]`, `(SRE team)`."""
        start, end = bracket.span("inside")
        start = match_end(_ARROW, self.text, start)
        if fields := self.all_of(start, end):
            return fields
        words = self.text[start:end].strip()
        is_square = bracket.group().startswith("[")
        if (
            self.owners.stand_in("(", words, self.vocabulary)
            or is_team(words, self.vocabulary)
            or (is_square and is_name(words, self.vocabulary))
        ):
            return (self.owner(start, end),)
        return self._remarked(start, end)

    def _remarked(self, start: int, end: int) -> tuple[Field, ...]:
        """Somebody known with a remark, `(Dora, the patch is half written)`, and by when, if that says so."""
        joint = _REMARK.search(self.text, start, end)
        words = self.text[start : joint.start()].strip() if joint else ""
        is_owner = self.owners.know(words, self.vocabulary) or (
            self.owners.stand_in("(", words, self.vocabulary)
            and not self.vocabulary.phrases("system").has(words_of(words))
        )
        if not joint or not words or not is_owner:
            return ()
        remark = self.text[joint.end() : end]
        dues = [one for one in self.dates if one.is_sure and joint.end() <= one.start and one.end <= end]
        return (replace(self.owner(start, joint.start()), more=remark), *dues[:1])

    def _run(self, start: int, end: int, *, in_brackets: bool = False) -> tuple[Field, ...]:
        """The fields before `end`, one behind the other.

        A name counts only beside something that can be nothing but a field, and outside of brackets a date
        behind a dash only beside a name: so much else stands there.
        """
        found: list[Field] = []
        kept: tuple[Field, ...] = ()
        at = end
        for _ in range(MOST):
            fields = self._fields_before(start, self._stop(start, at), bool(found), in_brackets)
            if not fields:
                break
            if found and fields[-1].name == found[0].name == "owner":
                if not fields[-1].is_sure and fields[-1].value.islower() and not found[0].value.islower():
                    break  # `… → channel – Kofi, 20 June`: a word, and no login
                between = self.text[fields[-1].end : found[0].start]
                if "." in between:
                    break  # `It is long. Clara, 2026-02-03`: a sentence, and no name
                last = found.pop(0)
                joint = " / " if "/" in between else ", "
                joined = replace(fields[-1], value=fields[-1].value + joint + last.value, end=last.end)
                fields = (*fields[:-1], joined)
            found[:0] = fields
            at = found[0].start
            if self._is_settled(found, in_brackets) or self._is_behind_bracket(start, at, in_brackets):
                kept = tuple(found)
        is_done = any(one.name == "mark" for one in kept)
        turned = {"due": "mark", "day": "mark"} if is_done else {"day": "due"}
        return tuple(
            one if one.is_sure else replace(one, name=turned.get(one.name, one.name)) for one in kept
        )

    def _is_settled(self, found: list[Field], in_brackets: bool) -> bool:
        """Whether fields in a row are more than words that look like some."""
        told = [one for one in found if one.is_sure or one.name not in {"owner", "unfilled"}]
        if not told:
            return False  # `(owner, date)`, `(Email, name)`
        if any(one.name in {"owner", "unfilled"} for one in found):
            return True  # be it nobody yet: `– TBD – 2026-03-01`
        if in_brackets:
            return any(one.name != "day" for one in found)
        return any(one.is_sure or one.name not in {"due", "day", "state", "ticket"} for one in found)

    def _is_behind_bracket(self, start: int, at: int, in_brackets: bool) -> bool:
        """Whether what begins at `at` stands right behind brackets that hold fields: `(Ada) – 3 March`."""
        stop = self._stop(start, at)
        bracket = None if in_brackets else _BRACKET_LAST.search(self.text, max(start, stop - FAR), stop)
        return bracket is not None and bool(self._in_bracket(bracket))

    def _fields_before(self, start: int, end: int, has_more: bool, in_brackets: bool) -> tuple[Field, ...]:
        """The fields that `text[start:end]` ends with: one, or those of a part set apart by dashes."""
        field = self.by_end.get(end)
        joints = (_JOINT if in_brackets else _DASHES).finditer(self.text, start, end)
        parts = (one.end() for one in joints if in_brackets or self._parts(one, end, has_more))
        begin = max(parts, default=start)
        bracket = None if in_brackets else _BRACKET_LAST.search(self.text, max(start, end - FAR), end)
        if bracket and bracket.start() < begin and self._in_bracket(bracket):
            return ()  # `(Ada – 1 March) done`: what parts the fields stands within the brackets
        if field and field.name == "owner" and self._are_known(begin, end):
            return (self.owner(begin, end),)
        if field and field.start >= start:
            is_apart = self._is_apart(field, start, in_brackets)
            if field.name == "owner" and field.is_sure and not is_apart:
                return self._handles_before(start, field)
            if field.is_sure or is_apart:
                return (field,)
        if not in_brackets and begin == start:
            return self._listed_name(start, end) if has_more else ()
        stated = self._stated(begin, end)
        is_day = any(map(str.isdecimal, self.text[end : end + FAR // 8]))  # `(Jan, 3 May)`, not `(Jan, Feb)`
        is_told = stated is not None and (stated.name in {"priority", "state"} or not (has_more and is_day))
        is_told = is_told and not self._is_known(begin, end)
        if not is_told and (name := self._owner(begin, end, has_more, in_brackets)):
            return (name,)
        if stated or in_brackets:
            return (stated,) if stated else ()
        fields = self.all_of(begin, end)
        if not fields:
            return self._remarked(begin, end)
        are_names = all(one.name == "owner" for one in fields)  # which were looked at above
        return () if are_names or self._turns(begin) else fields

    def _is_apart(self, field: Field, start: int, in_brackets: bool) -> bool:
        """Whether a field is parted from the words before it; a mark is by emphasis or a colon, too."""
        before = self.text[max(start, field.start - NEAR) : field.start]
        last = self.by_end.get(start + len(self.text[start : field.start].rstrip()))
        is_signed = last is not None and (last.name == "sign" or (last.name == "owner" and last.is_sure))
        is_apart = not before.strip() or bool(APART.search(before)) or is_signed
        if field.name != "mark":
            return is_apart
        if not in_brackets and before.endswith("/ ") and self.text.count(" / ", start, field.start) == 1:
            return False  # `fired / resolved`
        is_set_off = before.endswith(": ") or self.flat.is_emphasised(field.start)
        is_set_off = is_set_off and not leads_on(self.text[max(start, field.start - FAR) : field.start])
        return (is_apart or is_set_off) and not self._turns(field.start)

    def _listed_name(self, start: int, end: int) -> tuple[Field, ...]:
        """Somebody known behind a comma, before other fields: `…, Ada, 2026-03-01`."""
        comma = self.text.rfind(", ", start, end) + 1
        before = self.text[max(start, comma - FAR // 8) : max(start, comma - 1)].split()[-1:]
        is_listed = self.owners.know(" ".join(before), self.vocabulary)  # `Tell Ada, Ben, 2026-03-01`
        return (self.owner(comma, end),) if comma and not is_listed and self._is_known(comma, end) else ()

    def _handles_before(self, start: int, last: Field) -> tuple[Field, ...]:
        """A handle and those joined to it, `@ada and @ben`; none that work only concerns: `with @ada`."""
        first, names = last, [last.value]
        while joint := _JOINED.search(self.text, max(start, first.start - FAR), first.start):
            other = self.by_end.get(self._stop(start, joint.start())) if self.joins(joint["word"]) else None
            if other is None or other.name != "owner" or other.start < start:
                break
            first, names = other, [other.value, *names]
        before = _LAST_WORDS.search(self.text, max(start, first.start - FAR), first.start)
        words = words_of(before.group()) if before else ()
        owned = self.vocabulary.phrases("fields", "owner")
        is_beside = self.vocabulary.phrases("beside").all_of(words[-1:])
        if is_beside and not any(owned.all_of(words[-size:]) for size in (1, 2, 3)):
            return ()
        return (replace(last, value=", ".join(names), start=first.start),)

    def joins(self, word: str) -> bool:
        """Whether a word stands between names."""
        return bool(self.vocabulary.phrases("joint").all_of(words_of(word)))

    def _parts(self, joint: re.Match[str], end: int, has_more: bool) -> bool:
        """Whether a joint parts what stands before `end` from the rest.

        The end of a line does behind a sentence, or before emphasis; an arrow before somebody known, and a
        slash where other fields follow, and another slash before these if nobody knows who it is.
        """
        if (sign := joint.group().strip()) in _WEAK:
            is_known = self._is_known(joint.end(), end)
            if sign == "/":
                return has_more and (is_known or self.text[end : end + NEAR].lstrip().startswith("/"))
            before = " ".join(self.text[max(0, joint.start() - FAR // 8) : joint.start()].split()[-1:])
            return is_known and not self.owners.know(before, self.vocabulary)
        if joint.group() != "\n":
            return True
        at = self.flat.offsets[joint.end()]
        return self.text[joint.start() - 1] in ".!?…)" or self.flat.markdown[at - 1] in "_*"

    def _is_known(self, start: int, end: int) -> bool:
        """Whether a part is somebody whom the document knows."""
        is_short = end - start <= _LONGEST_PART
        return is_short and self.owners.know(self.text[start:end].strip(), self.vocabulary)

    def _are_known(self, start: int, end: int) -> bool:
        """Whether a part is several names that are known: `@ada + @ben`."""
        words = self.text[start:end].strip()
        is_several = len(words) <= _LONGEST_PART * 2 and len(split_names(words, self.vocabulary)) > 1
        return is_several and self.owners.know(words, self.vocabulary)

    def _turns(self, at: int) -> bool:
        """Whether what stands at `at` is what a state turns into: `Resolved → Closed`."""
        before, arrow, rest = self.text[max(0, at - FAR // 8) : at].rpartition("→")
        last = words_of(before)[-1:]
        known = (self.vocabulary.phrases("state", name) for name in ("marks", "unfinished"))
        return bool(arrow and last) and not rest.strip() and any(one.all_of(last) for one in known)

    def _owner(self, start: int, end: int, has_more: bool, in_brackets: bool) -> Field | None:
        """The names that a part is: those that the document knows, or has there; else beside other fields."""
        words = self.text[start:end].strip()
        if len(words) > _LONGEST_PART * 2:
            return None
        is_sure = self.owners.stand_in("(" if in_brackets else "–", words, self.vocabulary)
        is_login = not in_brackets and is_name(words, self.vocabulary, is_login=True)
        if is_sure or ((has_more or in_brackets) and (is_login or are_names(words, self.vocabulary))):
            return self.owner(start, end, is_sure=is_sure)
        return None

    def _stated(self, start: int, end: int) -> Field | None:
        """What a part says that is set apart: a level, a state, by when, that it is done and since when."""
        words, vocabulary = self.text[start:end].strip(), self.vocabulary
        if len(words) > _LONGEST_PART:
            return None
        if _LEVEL.fullmatch(words):
            return Field("priority", words.capitalize(), start, end)
        bare = words_of(words)
        if level := self._level(words, bare):
            return Field("priority", level, start, end)
        if is_key(words):
            return Field("ticket", words, start, end, is_sure=False)
        is_nobody = bool(_NOBODY.fullmatch(words))
        if words and self.text[end : end + 1] not in {":", "："} and is_unfilled(words, vocabulary):
            return Field("unfilled", "", start, end, is_sure=is_nobody)
        mark = vocabulary.phrases("state", "marks").at(bare)
        name = "" if mark else self._when(bare, is_done=False)
        if mark and self.says_day(bare[mark.end :]) and not self._is_half(words, bare[mark.end :]):
            return Field("mark", " ".join(bare[mark.end :]), start, end)
        if name:
            is_until = vocabulary.until().at(bare) is not None
            is_day = any(vocabulary.months().name_of((word,)) for word in bare)
            is_amount = "%" in words or (len(bare) == _MOST_OF_AMOUNT and _AMOUNT.fullmatch(bare[-1]))
            name = "due" if is_until and not is_amount else name  # `by 10 %`
            return Field(name, read_date(words, vocabulary) or words, start, end, is_sure=is_until and is_day)
        if vocabulary.phrases("state", "unfinished").all_of(bare) and not may_be_will(words, vocabulary):
            return Field("state", words, start, end, is_sure=False)
        if (until := vocabulary.until().at(bare)) and len(bare) > 1:
            dates = find_dates(words, vocabulary)
            behind = " ".join(words.split()[until.end :])
            if mark and self.owners.know(behind, vocabulary):
                return Field("mark", behind, start, end)  # `done by Ada`
            name, value = ("due", dates[-1].iso) if dates else ("day", words)
            return Field(name, value, start, end, is_sure=False, more=words if dates else "")
        return None

    def _is_half(self, words: str, since: tuple[str, ...]) -> bool:
        """Whether words for done say that it is not, or not yet: `cumplido al 50%`, `done by May`."""
        return "%" in words or ("#" not in words and self.vocabulary.until().at(since) is not None)

    def _level(self, words: str, bare: tuple[str, ...]) -> str:
        """How urgent it is, where words say nothing else: `high`, `high priority`, `priorità alta`."""
        levels, names = self.vocabulary.phrases("levels"), self.vocabulary.phrases("fields", "priority")
        name = names.at(bare)
        kept = words.split()[name.end if name else 0 :]
        if not levels.all_of(bare[name.end if name else 0 :]):
            return ""
        if len(kept) > 1 and names.all_of(words_of(kept[-1])):
            kept.pop()
        return " ".join(word for word in kept if any(map(str.isalnum, word))).capitalize()

    def says_day(self, words: tuple[str, ...]) -> bool:
        """Whether words behind one for done only say since which day: `on 3 March`."""
        return self._when(words, is_done=True) == "day" and any(map(_NUMBER.fullmatch, words))

    def _when(self, words: tuple[str, ...], *, is_done: bool) -> str:
        """What words are that only say when: `due` (`next sprint`), `day` (`30 Sep`); empty for others.

        Behind a word for done short words may stand between: `done on the 3rd`.
        """
        whens = self.vocabulary.phrases("when")
        others = (self.vocabulary.until(), *map(self.vocabulary.phrases, ("weekdays", "edge")))
        at, name = 0, ""
        while at < len(words):
            if found := whens.at(words, at):
                name = "due"
            elif (found := self._day_at(words, at)) or _NUMBER.fullmatch(words[at]):
                name = name or "day"
            else:
                found = next(filter(None, (one.at(words, at) for one in others)), None)
                if not found and not (is_done and _SHORT.fullmatch(words[at])):
                    return ""
            at = found.end if found else at + 1
        return name

    def _day_at(self, words: tuple[str, ...], at: int) -> Found | None:
        """A month, or a day of the week that is no short name: `Friday`, not `Mo`."""
        days = self.vocabulary.phrases("weekdays") if len(words[at]) >= SHORTEST_DAY else None
        return self.vocabulary.months().at(words, at) or (days.at(words, at) if days else None)
