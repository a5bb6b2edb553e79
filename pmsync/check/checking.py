"""All rules over all postmortems."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pmsync.check.levels import Level, Levels, choose_level
from pmsync.check.rules import RULES, UNREADABLE, Case, Flaw, Rule, index_open, rule_of
from pmsync.check.words import names_template, same_name
from pmsync.model import Notice, Postmortem

_ALLOW = re.compile(
    r"<!--\s*pmsync:\s*allow\b(?P<said>(?:(?!-->|<!--).){0,1000})-->", re.IGNORECASE | re.DOTALL
)
_CODE = re.compile(r"[\s,]*(?P<code>PM\d+)\b", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_OWN_WORDS = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a team decides.

    Attributes:
        levels: by the code of a rule; what is not named keeps its own.
        owners: names as postmortems write them, and the login of each.
    """

    levels: Levels = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that is wrong: by which rule, where, and how grave it is here.

    Attributes:
        text: what is wrong, one clause.
        line: where it begins; 1 where it is the whole document.
    """

    rule: Rule
    level: Level
    document: str
    line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a check.

    Attributes:
        documents: how many were looked at.
        diagnostics: by document and line.
        allowed: how many more there would be, if comments did not allow them.
        warnings: comments that allow nothing, and why.
    """

    documents: int
    diagnostics: tuple[Diagnostic, ...] = ()
    allowed: int = 0
    warnings: tuple[Notice, ...] = ()

    def count(self, level: Level) -> int:
        """Returns how many diagnostics are of a level."""
        return sum(diagnostic.level is level for diagnostic in self.diagnostics)

    def fails(self, *, strict: bool = False) -> bool:
        """Whether there is an error, or with `strict` anything at all."""
        return bool(self.diagnostics) if strict else self.count(Level.ERROR) > 0


@dataclass(frozen=True, slots=True)
class _Allowances:
    """What the comments of a document allow.

    Attributes:
        by_line: the codes of rules by the line of a comment, and by that of the text before it.
        anywhere: all of them.
    """

    by_line: Mapping[int, set[str]]
    anywhere: frozenset[str]

    def allow(self, diagnostic: Diagnostic, item_lines: Collection[int]) -> bool:
        """Whether a comment stands in or right after what is wrong; of the whole document anywhere in it."""
        code = diagnostic.rule.code
        if diagnostic.line == 1 and diagnostic.line not in item_lines:
            return code in self.anywhere
        lines = range(diagnostic.line, diagnostic.end_line + 1)
        return any(code in self.by_line.get(line, ()) for line in lines)


def check(
    postmortems: Sequence[Postmortem],
    settings: Settings,
    today: date,
    *,
    errors: Sequence[Notice] = (),
    past: Sequence[Postmortem] = (),
    new: Collection[str] = (),
) -> Checked:
    """Looks for what keeps follow-ups from being acted on.

    Args:
        postmortems: those to look at.
        settings: what a team decides.
        today: the day of the check.
        errors: why other documents could not be read.
        past: all postmortems that are known, in which echoes are looked for.
        new: documents that are only about to arrive.
    """
    found = [_unreadable(error) for error in errors]
    warnings: list[Notice] = []
    allowed = 0
    owners = frozenset(map(same_name, (*settings.owners, *settings.owners.values())))
    index = index_open(past or postmortems)
    for postmortem in postmortems:
        if postmortem.opted_out or is_template(postmortem):
            continue
        case = Case(
            postmortem=postmortem,
            owners=owners,
            today=today,
            is_new=postmortem.document in new,
            past=index,
        )
        allowances = _read_allowances(postmortem, warnings)
        here = list(_apply(case, settings))
        item_lines = {item.line for item in postmortem.items}
        kept = [one for one in here if not allowances.allow(one, item_lines)]
        allowed += len(here) - len(kept)
        found += kept
    return Checked(
        documents=len(postmortems) + len(errors),
        diagnostics=tuple(sorted(found, key=lambda one: (one.document, one.line, one.rule.code))),
        allowed=allowed,
        warnings=tuple(warnings),
    )


def is_template(postmortem: Postmortem) -> bool:
    """Whether a document is a form to be filled in, or a guide, in which no rule has a place."""
    return bool(postmortem.template) or (not postmortem.items and names_template(postmortem.title))


def _apply(case: Case, settings: Settings) -> Iterator[Diagnostic]:
    postmortem = case.postmortem
    for rule in RULES:
        level = choose_level(rule.level, settings.levels.get(rule.code), postmortem.severity)
        if level is not Level.OFF:
            yield from (_diagnose(rule, level, postmortem.document, flaw) for flaw in rule.find(case))


def _diagnose(rule: Rule, level: Level, document: str, flaw: Flaw) -> Diagnostic:
    return Diagnostic(
        rule=rule,
        level=level,
        document=document,
        line=flaw.line,
        end_line=max(flaw.line, flaw.end_line),
        text=flaw.text,
    )


def _unreadable(error: Notice) -> Diagnostic:
    line = error.line or 1
    flaw = Flaw(error.text[:1].lower() + error.text[1:].rstrip("."), line, line)
    return _diagnose(UNREADABLE, UNREADABLE.level, error.document, flaw)


# --------------------------------------------------------------------------- allowances


def _read_allowances(postmortem: Postmortem, warnings: list[Notice]) -> _Allowances:
    """Reads the comments that allow something; what is wrong with one goes to `warnings`."""
    text, by_line = postmortem.text, defaultdict[int, set[str]](set)
    line, after, end = 1, 1, 0
    for found in _ALLOW.finditer(text) if "<!--" in text else ():
        between = text[end : found.start()]
        line += between.count("\n")
        if between.strip():  # else it follows the same text as the comment before it
            after = line - between.count("\n", len(between.rstrip()))
        codes, reason = _split_codes(found["said"])
        trouble = _find_trouble(codes, reason)
        if trouble:
            text_of = f"this comment allows nothing{trouble}"
            warnings.append(Notice(text=text_of, document=postmortem.document, line=line))
        else:
            by_line[line].update(codes)
            by_line[after].update(codes)
        line, end = line + found.group().count("\n"), found.end()
    return _Allowances(by_line, frozenset().union(*by_line.values()))


def _find_trouble(codes: Sequence[str], reason: str) -> str:
    """Why a comment allows nothing, as the end of a sentence; empty where it does."""
    unknown = ", ".join(code for code in codes if rule_of(code) is None)
    if not codes or unknown:
        what = f"“{unknown}” is no rule" if unknown else "no rule is named"
        return f": {what}; write `<!-- pmsync: allow PM003 reason -->`"
    return "" if _OWN_WORDS.search(reason) else " without a reason: write it after the rule's code"


def _split_codes(said: str) -> tuple[list[str], str]:
    """`PM001, PM003 the vendor's` → the codes and the reason."""
    codes, at = [], 0
    while found := _CODE.match(said, at):
        codes.append(found["code"].upper())
        at = found.end()
    return codes, said[at:]
