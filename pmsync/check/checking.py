"""All rules over all postmortems."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pmsync.check.levels import Level, Levels, choose_level
from pmsync.check.rules import RULES, UNREADABLE, Case, Flaw, Rule, index_open, rule_of
from pmsync.check.words import names_template, same_name
from pmsync.model import Notice, Postmortem

_ALLOW = re.compile(r"<!--\s*pmsync:\s*allow\b\s*(?P<said>(?:(?!-->).)*)-->", re.IGNORECASE | re.DOTALL)
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
class _Allowance:
    """A comment that allows some rules at the lines around it.

    Attributes:
        line: where it stands.
        after: the line of text that it follows; its own where text stands before it.
    """

    codes: frozenset[str]
    line: int
    after: int


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
        allowances = list(_read_allowances(postmortem, warnings))
        here = list(_apply(case, settings))
        kept = [one for one in here if not any(_allows(each, one, postmortem) for each in allowances)]
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


def _read_allowances(postmortem: Postmortem, warnings: list[Notice]) -> Iterator[_Allowance]:
    """Yields the comments that allow something; what is wrong with one goes to `warnings`."""
    text = postmortem.text
    if "<!--" not in text:
        return
    for found in _ALLOW.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        codes, reason = _split_codes(found["said"])
        unknown = [code for code in codes if rule_of(code) is None]
        if not codes or unknown:
            what = f"“{', '.join(unknown)}” is no rule" if unknown else "no rule is named"
            trouble = f"this comment allows nothing: {what}; write `<!-- pmsync: allow PM003 reason -->`"
        elif not _OWN_WORDS.search(reason):
            trouble = "this comment allows nothing without a reason: write it after the rule's code"
        else:
            yield _Allowance(frozenset(codes), line, _line_before(text, found.start(), line))
            continue
        warnings.append(Notice(text=trouble, document=postmortem.document, line=line))


def _split_codes(said: str) -> tuple[list[str], str]:
    """`PM001, PM003 the vendor's` → the codes and the reason."""
    codes, at = [], 0
    while found := _CODE.match(said, at):
        codes.append(found["code"].upper())
        at = found.end()
    return codes, said[at:]


def _line_before(text: str, start: int, line: int) -> int:
    """The line of the last text before an offset; several comments may stand between."""
    before = _ALLOW.sub(lambda comment: "\n" * comment.group().count("\n"), text[:start])
    kept = before.rstrip()
    return line - before.count("\n", len(kept))


def _allows(allowance: _Allowance, diagnostic: Diagnostic, postmortem: Postmortem) -> bool:
    """Whether it stands in or right after what is wrong; of the whole document anywhere in it."""
    if diagnostic.rule.code not in allowance.codes:
        return False
    is_item = any(item.line == diagnostic.line for item in postmortem.items)
    if diagnostic.line == 1 and not is_item:
        return True
    lines = range(diagnostic.line, diagnostic.end_line + 1)
    return allowance.line in lines or allowance.after in lines
