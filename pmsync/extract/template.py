"""Telling a template, or a brief to write one, from a postmortem."""

import posixpath
import re

from pmsync.extract.frontmatter import FrontMatter
from pmsync.extract.outline import Outline, Shape
from pmsync.extract.sections import Section
from pmsync.extract.vocabulary import fold, plain

_REPORT = r"(?:post ?mortems?|incidents?|outages?|rca|root cause|reports?|retrospectives?|reviews?|rapport|informe|relatorio|bericht|incidente|vorfall|after action)"
_TEMPLATE = r"(?:templates?|modele|plantilla|modelo|vorlage|gabarit)"
_TITLE = re.compile(
    rf"{_TEMPLATE}(?: (?:for|of|de|do|da|del|d|fur|einen|um|un|une|a|an|the|your))* {_REPORT}\b|{_REPORT}(?: \w+){{0,2}} {_TEMPLATE}\Z|\A{_TEMPLATE}\Z"
)
_GUIDE = re.compile(
    r"(?:post ?mortems?|incidents?|post incident reviews?|incident (?:response|management|reviews?|reports?|postmortems?)) (?:process|processes|guide|guides|guidelines|policy|policies|procedures?|playbook|handbook|culture|checklist|framework|best practices|training|workflow|instructions|project|101)\Z"
    r"|(?:guide|guidelines|introduction|sop|policy|handbook|training|best practices|playbook|skill|how) (?:to|for|on|of|about)? ?(?:\w+ ){0,5}?(?:post ?mortems?|incident reviews?)\b|\bwhat (?:is|are) (?:an? )?(?:\w+ )?post ?mortems?|\Asop post"
)
_NAME = re.compile(r"(?:\A|[-_. /])(?:issue_)?template(?:[-_. /]|\Z)", re.IGNORECASE)
_GENERIC = re.compile(
    r"(?:(?:post|mortem|postmortem|incident|report|review|rca|root|cause|analysis|outage|template|retrospective|the|of|on|for|a|title|name|date|short|brief|number|id|titre|titulo|nome|numero|de|do|la|le|l|d|del|\d+|inc|x+|y+|m+|dd) ?)*"
)
_SLOTS = re.compile(r"\[[^\[\]\n]{1,120}\](?![(\[:])|<[^<>\n]{2,80}>|\{\{[^{}\n]{1,80}\}\}|\bYYYY-MM-DD\b|_{3,}")
_SLOT_WORDS = re.compile(r"\b(?:title|name|date|brief|short|incident|description|summary|service|yyyy|number|id|insert|your|titre|nom|titulo|nome|data|fecha|titel|datum)\b")
_SAYS_SO = re.compile(
    r"\b(?:this (?:document |file |page )?is (?:a|the|our) (?:\w+ ){0,3}template|(?:use|copy|duplicate|fill (?:in|out)) this (?:\w+ ){0,2}template|replace (?:all |the )?(?:text|placeholders?|everything) (?:in|between|with)"
    r"|utilisez ce modele|use este modelo|use esta plantilla|diese vorlage)\b"
)
_ASSIGNMENT = re.compile(r"\b(?:write|writing|create|draft) (?:a|your|an|the|my|out)? ?(?:first |own )?(?:post ?mortem|incident report)\b(?!s? (?:for|of|about|on) (?:this|the|that))")
_BRIEF = re.compile(r"\b(?:must|should|needs? to|has to) (?:contain|include|describe|list)\b")

_MANY_SLOTS = 6
_SLOTTED_SHARE = 0.25


def template_reason(document: str, outline: Outline, root: Section, front: FrontMatter) -> str | None:
    """Says why a document is a template, or a brief for writing a postmortem; None where it is neither.

    It goes by what the document calls itself (title, opening words, file name, the front matter of an
    issue template), and by the share of its lines that still wait to be filled in.
    """
    path, name = posixpath.split(document)
    if _NAME.search(name.rpartition(".")[0] or name) or posixpath.basename(path).upper() == "ISSUE_TEMPLATE":
        return "its file name says that it is a template"
    if {"name", "about"} <= front.values.keys():
        return "its front matter is that of an issue template"
    title = _title(outline)
    if _TITLE.search(fold(title)):
        return "its title says that it is a template"
    if _GUIDE.search(fold(title)):
        return "its title says that it is about postmortems in general"
    if _is_open_title(title):
        return "its title is a placeholder"
    opening = fold(" ".join(block.text for block in outline.blocks[:6] if block.shape is Shape.PARAGRAPH)[:2000])
    if _SAYS_SO.search(opening):
        return "it says that it is a template"
    if _ASSIGNMENT.search(opening):
        return "it is an assignment to write a postmortem"
    briefs = sum(1 for section in root.sections() if section.label and _BRIEF.search(fold(section.title)))
    if briefs >= 2:
        return "it says what sections should contain: a brief, not a postmortem"
    return _unfilled(outline)


def _title(outline: Outline) -> str:
    for block in outline.blocks:
        if block.shape in {Shape.HEADING, Shape.PARAGRAPH} and block.lines:
            return plain(block.lines[0].text)
    return ""


def _is_open_title(title: str) -> bool:
    """`Postmortem: [Incident title]`, `Incident title`; not `[INC-12] Checkout down`."""
    slots = _SLOTS.findall(title)
    rest = fold(_SLOTS.sub(" ", title))
    if slots and _SLOT_WORDS.search(fold(" ".join(slots))):
        return bool(_GENERIC.fullmatch(rest))
    return rest in {"incident title", "title", "postmortem title", "post mortem title", "title of incident", "incident name", "titre de l incident", "titulo do incidente", "titulo del incidente"}


def _unfilled(outline: Outline) -> str | None:
    lines = slotted = 0
    for line in outline.clean.split("\n"):
        if not line.strip():
            continue
        lines += 1
        found = _SLOTS.search(line[:2000])
        if found and re.search(r"[a-z]{3}|YYYY|__", found.group()) and not re.search(r"[-*+] \[[ xX]\]\s*\S", line[: found.end() + 2]):
            slotted += 1
    if slotted >= _MANY_SLOTS and slotted >= lines * _SLOTTED_SHARE:
        return "most of it still waits to be filled in"
    return None
