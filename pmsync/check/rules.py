"""The rules: one table, from which the README's, `--explain` and SARIF's are made.

Each finds what it is about in one postmortem, and knows nothing of the others. Where a reason names a source,
that is a book or guide that says so of action items:

- SRE Workbook: "The Site Reliability Workbook", chapter 10 "Postmortem Culture", which takes a bad one apart
- Plan the Work: "Postmortem Action Items: Plan the Work and Work the Plan", ;login: 42 (1), 2017, Google
- PagerDuty: "Postmortems", postmortems.pagerduty.com, on writing follow-up actions
- Atlassian: "Incident Management Handbook", chapter "Incident postmortems"
- Etsy: "Debriefing Facilitation Guide", 2016, on the structure of the discussion
"""

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice

from pmsync.check import alike
from pmsync.check.levels import Level, read_number
from pmsync.check.words import (
    find_vague,
    is_group,
    is_lessening,
    is_severe,
    is_unfilled,
    is_urgent,
    same_name,
    split_owners,
)
from pmsync.model import SETTLED, ActionItem, Postmortem

LONGEST_TITLE = 200
"""Characters of a sentence that still says one thing; of wide ones half as many."""

_PLACEHOLDERS = frozenset({"placeholder", "slots"})
"""The rules of reading that refuse what was never filled in; or is empty, or says that there is nothing."""

_CODE = re.compile(r"(`+)[^`\n]*\1|<!--(?:(?!<!--).)*?-->", re.DOTALL)
_SLOT = re.compile(
    r"(?<!\w)(?:\[([^\[\]\n]{1,60})\](?![(\[:])|<([^<>\n/][^<>\n]{1,60})>|\{\{([^{}\n]{1,60})\}\})(?!\w)"
)
"""`[owner]`, which is no link, `<describe>`, `{{ ticket }}`."""
_BLANK = re.compile(r"(?<![\w-])(?:TBD|TBA|TBC|XXX|FIXME|(?<!\?)\?{3,9}(?!\?))(?![\w-])")
_KEY = re.compile(r"(?:[A-Z][A-Z0-9_]{0,11}-|#)(?:\?+|N+|X+|#+|_+|TODO|TBD)")
"""`GH-???`, `OPS-XXX`, `#NNN`."""
_BOX = re.compile(r"\s*\[[ xX]?\](?=\s)")
_LONGEST_TEXT = 4000
"""Characters of an item that are looked at: the items of a list in HTML may each hold all that follow."""
_MOST_SLOTS = 20
_QUOTED = 60
_ARRIVED_LATE = "is past already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """An open item of an earlier postmortem."""

    day: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """One postmortem, and what its rules look at beside it.

    Attributes:
        postmortem: as it was read.
        owners: every spelling of an owner that the configuration knows; empty where it knows none.
        today: the day of the check.
        is_new: whether the document is only about to arrive, so that its dates lie ahead.
        past: the open items of all postmortems, each known by an `Echo`.
    """

    postmortem: Postmortem
    owners: frozenset[str] = frozenset()
    today: date
    is_new: bool = False
    past: alike.Index = field(default_factory=alike.Index)

    @cached_property
    def open(self) -> tuple[ActionItem, ...]:
        """The items with something left to do."""
        return open_items(self.postmortem)

    @cached_property
    def left_open(self) -> tuple[int, ...]:
        """The lines where a placeholder stands in an action item's place."""
        return tuple(sorted(set(_find_left_open(self.postmortem))))


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a rule finds: where, and what is wrong there."""

    text: str
    line: int
    end_line: int

    @classmethod
    def of(cls, item: ActionItem, text: str) -> "Flaw":
        """What is wrong with an item; its title stands in the place of `{}`."""
        title = item.title if len(item.title) <= _QUOTED else f"{item.title[: _QUOTED - 1].rstrip()}…"
        return cls(text.replace("{}", f"“{title}”", 1), item.line, item.end_line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        code: what it is known by, everywhere.
        name: the same, for people.
        what: what it finds, as a clause.
        why: the reason, one sentence.
        source: the book or guide that says so.
        fix: what to do, as a command in one clause.
        bad: what it finds, as a line of a document.
        good: the same made good.
        level: how grave it is where the configuration says nothing.
        find: finds it.
    """

    code: str
    name: str
    what: str
    why: str
    source: str
    fix: str
    bad: str = ""
    good: str = ""
    level: Level = Level.WARNING
    find: Callable[[Case], Iterable[Flaw]] = lambda _case: ()


def open_items(postmortem: Postmortem) -> tuple[ActionItem, ...]:
    """Returns the items with something left to do, as the document says."""
    return tuple(
        item
        for item in postmortem.items
        if not item.done and not (item.annotation and item.annotation.status in SETTLED)
    )


# ------------------------------------------------------------------------- of an item alone


def _find_unowned(case: Case) -> Iterator[Flaw]:
    if not case.postmortem.owner:
        yield from (Flaw.of(item, "{} has no owner") for item in case.open if not item.owner)


def _find_undated(case: Case) -> Iterator[Flaw]:
    for item in case.open:
        if not item.due:
            yield Flaw.of(item, "{} has no due date")
        elif item.due_date is None:
            yield Flaw.of(item, f"{{}} is due “{item.due}”, which is no day")


def _find_unverifiable(case: Case) -> Iterator[Flaw]:
    for item in case.open:
        words = find_vague(item.title, item.body)
        if words:
            yield Flaw.of(item, f"{{}} has no end that can be checked: “{words}”")


def _find_crowds(case: Case) -> Iterator[Flaw]:
    for item in case.open:
        if not item.owner or same_name(item.owner) in case.owners:
            continue
        names = split_owners(item.owner, lambda name: same_name(name) in case.owners)
        persons = [name for name in names if not is_group(name)]
        if len(persons) > 1:
            yield Flaw.of(item, f"{{}} has {len(persons)} owners: {item.owner}")
        elif names and not persons:
            yield Flaw.of(item, f"{{}} is owned by a whole group: {item.owner}")


def _find_placeholders(case: Case) -> Iterator[Flaw]:
    for line in case.left_open:
        yield Flaw("a placeholder stands in an action item's place", line, line)
    for item in case.open:
        left = _placeholder_in(item.text, case.postmortem.text)
        # Of a field that says `TBD`, the rule of that field tells.
        if left and not (left.isalpha() and left not in f"{item.title} {item.body}"):
            yield Flaw.of(item, f"a placeholder is left in {{}}: {left}")


def _find_left_open(postmortem: Postmortem) -> Iterator[int]:
    """The lines of entries that reading refused since they are to be filled in; “None” says there is nothing.

    A short entry alone in its list is read as a label over what follows.
    """
    lines = postmortem.text.split("\n")
    for finding in postmortem.findings:
        line = lines[finding.line - 1] if finding.line <= len(lines) else ""
        if finding.is_section:
            is_open = finding.taken and _is_slot_alone(finding.text)
        else:
            is_open = finding.rule in _PLACEHOLDERS and (
                is_unfilled(finding.text) or _placeholder_in(line, postmortem.text) is not None
            )
        if is_open:
            yield finding.line


def _is_slot_alone(text: str) -> bool:
    bare = _BOX.sub("", text).strip()
    return bool(_SLOT.fullmatch(bare)) and _placeholder_in(bare, "") is not None


def _placeholder_in(text: str, document: str) -> str | None:
    """The first place to fill in of an item's own words, outside code; a link's label is none."""
    bare = _CODE.sub(" ", text[:_LONGEST_TEXT])
    for found in islice(_SLOT.finditer(bare), _MOST_SLOTS):
        words = next(filter(None, found.groups()))
        is_open = is_unfilled(words, in_brackets=True) or _KEY.fullmatch(words)
        if is_open and f"{found.group()}:" not in document:
            return found.group()
    blank = _BLANK.search(bare)
    return blank.group() if blank else None


def _find_untimely(case: Case) -> Iterator[Flaw]:
    day = case.postmortem.date
    for item in case.open:
        due = item.due_date
        if due and day and due.isoformat() < day:
            yield Flaw.of(item, f"{{}} is due {due}, before the incident of {day}")
        elif due and case.is_new and not item.annotation and due < case.today:
            yield Flaw.of(item, f"{{}} is due {due}, which {_ARRIVED_LATE}")


def _find_strangers(case: Case) -> Iterator[Flaw]:
    if not case.owners:
        return
    for item in case.open:
        if not item.owner or same_name(item.owner) in case.owners:
            continue
        names = split_owners(item.owner, lambda name: same_name(name) in case.owners)
        unknown = [name for name in names if same_name(name) not in case.owners]
        if unknown:
            yield Flaw.of(item, f"{{}} is owned by {', '.join(unknown)}, whom `owners:` does not know")


def _find_overlong(case: Case) -> Iterator[Flaw]:
    for item in case.open:
        if item.title.endswith("…") or _width(item.title) > LONGEST_TITLE:
            yield Flaw.of(item, "{} is more than one sentence can hold")


def _width(title: str) -> int:
    """How many characters it has; one of a script without blanks counts as two."""
    return sum(2 if char >= "\u1100" else 1 for char in title)


# ---------------------------------------------------------------------- of items together


def _find_repeats(case: Case) -> Iterator[Flaw]:
    for at, first in alike.group(item.title for item in case.open):
        yield Flaw.of(case.open[at], f"{{}} says the same as line {case.open[first].line}")


def _find_shared_links(case: Case) -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for item in case.open:
        link = item.annotation.url if item.annotation else item.ticket
        if not link:
            continue
        known = first.setdefault(link.casefold(), item.line)
        if known != item.line:
            yield Flaw.of(item, f"{{}} has the link of line {known}: {link}")


def _find_only_lessening(case: Case) -> Iterator[Flaw]:
    """Items whose kind or priority is not stated may be all that is asked for: then nothing is said."""
    severity, items = case.postmortem.severity, case.postmortem.items
    if not severity or not items or not is_severe(severity, read_number(severity)):
        return
    if all(item.type and is_lessening(item.type) for item in items):
        text = f"no follow-up of this {severity} incident prevents it: all of them only lessen the next one"
        yield Flaw(text, 1, 1)
    elif all(item.priority and not is_urgent(item.priority, read_number(item.priority)) for item in items):
        text = f"no follow-up of this {severity} incident has one of the two highest priorities"
        yield Flaw(text, 1, 1)


# --------------------------------------------------------------------- of the document


def _find_nothing_to_do(case: Case) -> Iterator[Flaw]:
    """A section whose entries are placeholders is no empty one: those are told by themselves."""
    sections = sorted(one.line for one in case.postmortem.findings if one.is_section)
    for warning in case.postmortem.warnings:
        if warning.line is None:
            if not case.left_open:
                yield Flaw("no action item is recognised in this document", 1, 1)
            continue
        after = bisect_right(sections, warning.line)
        until = sections[after] if after < len(sections) else sys.maxsize
        first = bisect_left(case.left_open, warning.line)
        if first == len(case.left_open) or case.left_open[first] >= until:
            text = "this heading announces follow-up work, but no item stands below it"
            yield Flaw(text, warning.line, warning.line)


def _find_undescribed(case: Case) -> Iterator[Flaw]:
    missing = [
        name
        for name, value in (("date", case.postmortem.date), ("severity", case.postmortem.severity))
        if not value
    ]
    if missing:
        yield Flaw(f"the document states no {' and no '.join(missing)}", 1, 1)


def _find_echoes(case: Case) -> Iterator[Flaw]:
    day = case.postmortem.date
    for item in case.open if day else ():
        for key in case.past.find(item.title):
            if isinstance(key, Echo) and day and key.day < day:
                yield Flaw.of(item, f"{{}} was asked for on {key.day} and never done: {key.place}")
                break


UNREADABLE = Rule(
    code="PM000",
    name="unreadable",
    what="a document that cannot be read: merge conflicts, broken front matter, no text",
    why="Nothing in it is seen by anybody who looks at follow-ups.",
    source="",
    fix="mend what the message names",
    bad="<<<<<<< HEAD",
    good="(the conflict settled)",
    level=Level.ERROR,
)
"""Found by reading, before any rule looks at a postmortem; it cannot be switched off."""

RULES: tuple[Rule, ...] = (
    Rule(
        code="PM001",
        name="no-owner",
        what="an action item that nobody owns",
        why="What is everybody's is nobody's: an item without an owner is not done.",
        source="SRE Workbook, chapter 10: action items without clear owners are less likely to be resolved",
        fix="name one person, as `(owner: Ada)`, `@ada` or in the table's Owner column",
        bad="- [ ] Page on queue length over 10,000 (due: 2026-03-20)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_unowned,
    ),
    Rule(
        code="PM002",
        name="no-due-date",
        what="an action item with no due date, or one such as “soon”, “ASAP” or “Q3”",
        why="Follow-ups compete with features, and what has no day loses; “soon” cannot be overdue.",
        source="Atlassian, Incident postmortems: priority actions are due in four or eight weeks",
        fix="name the day, as `(due: 2026-03-20)` or in the table's Due column",
        bad="- [ ] Page on queue length over 10,000 (owner: Ada, due: ASAP)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_undated,
    ),
    Rule(
        code="PM003",
        name="no-verifiable-end",
        what="“improve”, “investigate”, “be more careful”, with nothing that could be shown in the end",
        why="Nobody can tell when it is finished, so it stays open, or is closed with nothing done.",
        source="SRE Workbook, chapter 10, on “Improve”; Plan the Work: actionable, specific and bounded",
        fix="say what will be there that is not there now, and how far it goes",
        bad="- [ ] Improve monitoring (owner: Ada, due: 2026-03-20)",
        good="- [ ] Page when more than 1 % of payments fail for 5 minutes (owner: Ada, due: 2026-03-20)",
        find=_find_unverifiable,
    ),
    Rule(
        code="PM004",
        name="many-owners",
        what="an action item with several owners, or a whole team",
        why="Each waits for the others; one person answers for an item, whoever helps.",
        source="SRE Workbook, chapter 10: better a single owner and multiple collaborators",
        fix="name the one person who answers for it, or map the team to somebody in `owners:`",
        bad="- [ ] Page on queue length over 10,000 (owner: Platform team, due: 2026-03-20)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_crowds,
    ),
    Rule(
        code="PM005",
        name="placeholder",
        what="a placeholder that was never filled in: `TBD`, `<describe>`, `[GH-???]`",
        why="It was meant to be filled in, and becomes an issue that says nothing.",
        source="SRE Workbook, chapter 10, on what a bad postmortem leaves empty",
        fix="fill it in, or remove it",
        bad="- [ ] <describe the action>",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        level=Level.ERROR,
        find=_find_placeholders,
    ),
    Rule(
        code="PM006",
        name="untimely",
        what="an action item due before the incident, or past already in a document that is new",
        why="A date that was never possible is a slip, and makes the item overdue from its first day.",
        source="Etsy, Debriefing Facilitation Guide: remediations are achievable and time-bound",
        fix="correct the date, or tick the item if it is done",
        bad="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2025-03-20)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_untimely,
    ),
    Rule(
        code="PM007",
        name="no-follow-up",
        what="a follow-up heading with nothing below it, or no action item in the whole document",
        why="A postmortem without subsequent action is indistinguishable from no postmortem.",
        source="SRE Workbook, chapter 10, quoting Google's VP for 24/7 Operations",
        fix="list what will be done below a heading such as “Action items”, or set `pmsync: false`",
        bad="## Action items",
        good="## Action items\n\n- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_nothing_to_do,
    ),
    Rule(
        code="PM008",
        name="nothing-prevents",
        what="a severe incident whose follow-ups all only detect or mitigate, or are all of low priority",
        why="It will happen again: at least one follow-up of what users felt is a P0 or P1.",
        source="SRE Workbook, chapter 10: preventative items, and one P[01] after a user-affecting outage",
        fix="add one that keeps it from happening again, or raise the priority of the one that does",
        bad="| Page on queue length | Ada | 2026-03-20 | mitigate |",
        good="| Refuse new tickets over 100,000 | Ada | 2026-03-20 | prevent |",
        find=_find_only_lessening,
    ),
    Rule(
        code="PM009",
        name="said-twice",
        what="two action items of one document that say the same",
        why="Two issues for one piece of work: one of them stays open for ever.",
        source="SRE Workbook, chapter 10: each action item has a tracking bug",
        fix="leave one of the two",
        bad="- [ ] Page on queue length over 10,000\n- [ ] Page on the queue length (over 10,000)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_repeats,
    ),
    Rule(
        code="PM010",
        name="unknown-owner",
        what="an owner whom `owners:` in the configuration does not know",
        why="The issue is assigned to nobody, and the name may be misspelt.",
        source="SRE Workbook, chapter 10: official ownership results in accountability",
        fix="correct the name, or add it to `owners:` in the configuration",
        bad="- [ ] Page on queue length over 10,000 (owner: Aad, due: 2026-03-20)",
        good="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_strangers,
    ),
    Rule(
        code="PM011",
        name="shared-link",
        what="two action items of one document with the same issue or ticket",
        why="Closing the one closes the other, done or not.",
        source="SRE Workbook, chapter 10: each action item has a tracking bug",
        fix="give each its own, or make one item of them",
        bad="- [ ] Page on queue length (OPS-12)\n- [ ] Bound the queue (OPS-12)",
        good="- [ ] Page on queue length (OPS-12)\n- [ ] Bound the queue (OPS-13)",
        find=_find_shared_links,
    ),
    Rule(
        code="PM012",
        name="too-long",
        what="an action item that says more than one sentence can hold",
        why="It is several pieces of work, of which one may be done and the others forgotten.",
        source="PagerDuty, Postmortems: each action item's scope as narrow as possible",
        fix="split it, or put what explains it below, as nested lines",
        bad="- [ ] Page on queue length, and bound the queue, and write down the restart, and …",
        good="- [ ] Page on queue length over 10,000\n- [ ] Refuse new tickets over 100,000",
        find=_find_overlong,
    ),
    Rule(
        code="PM013",
        name="undescribed",
        what="a document that states no date, or no severity",
        why="Nobody can tell how old its follow-ups are, or which to do first.",
        source="PagerDuty, Postmortems: follow-ups bear severity and date, so that they are found",
        fix="write lines such as `**Date:** 2026-03-01` and `**Severity:** SEV-2` below the title",
        bad="# Queue was full",
        good="# Queue was full\n\n**Date:** 2026-03-01\n**Severity:** SEV-2",
        find=_find_undescribed,
    ),
    Rule(
        code="PM014",
        name="echo",
        what="an action item that an earlier postmortem asked for too, and that was never done",
        why="It would have prevented this one: more postmortems do not help what is not done.",
        source="SRE Workbook, chapter 10: without tracking, action items are forgotten, resulting in outages",
        fix="do it before anything new, and tick the earlier item when it is done",
        bad="- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        good="- [x] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)",
        find=_find_echoes,
    ),
)
"""In the order of their codes, which never change their meaning."""

ALL_RULES = (UNREADABLE, *RULES)


def rule_of(code: str) -> Rule | None:
    """Returns a rule by its code or name, whatever the case."""
    wanted = code.strip().casefold()
    return next((rule for rule in ALL_RULES if wanted in {rule.code.casefold(), rule.name}), None)


def index_open(postmortems: Iterable[Postmortem]) -> alike.Index:
    """Returns the open items of dated postmortems, the earliest first, to be asked for echoes."""
    index = alike.Index()
    for postmortem in sorted(postmortems, key=lambda each: (each.date or "", each.document)):
        for item in open_items(postmortem) if postmortem.date else ():
            index.add(item.title, Echo(day=postmortem.date or "", place=f"{item.document}:{item.line}"))
    return index
