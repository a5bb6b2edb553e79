"""Markdown and headings as plain words."""

import html
import re
import unicodedata
from functools import lru_cache

LINE_BULLET = re.compile(
    r"(?:&nbsp;|\s)*(?:[•●▪◦‣⁃∙·○■□➢➤➔→►▶❖✦–—]"
    r"|[-+*](?=[\s\[“\"`]|[^\W\d_])(?!.*\*\s*\Z)"
    r"|\(?(?:\d{1,3}[.)]|[a-hA-H]\))(?=&nbsp;|\s)"
    r"|[①-⑳]|(?=[✅☑⬜☐🔲❌]))(?:&nbsp;|\s)*"
    r"(?P<box>\[[ xX]?\](?![(\[])\s*)?"
)
"""What opens an entry that Markdown takes for a line of a paragraph: `•`, `-Text`, `2.` after text."""

_NUMBERING = re.compile(
    r"[^\w\s(\[]{0,4}\s*(?:(?:§|#)?\s*(?:\d{1,3}(?:[.\-]\d{1,3})*|[ivxlcdm]{1,6}|[a-z])\s*[.):]+(?!\d)"
    r"|\d{1,3}(?:\.\d{1,3})*\s)\s*",
    re.IGNORECASE,
)
_LEAD_NUMBER = re.compile(
    r"\s*(?:action items?|actions?|tasks?|items?|steps?|recommendations?|measures?|improvements?"
    r"|ai|cap?a|follow-?ups?|acci[óo]n|a[çc][ãa]o|mesure|ma(?:ß|ss)nahme|tarea|tarefa|t[âa]che|aufgabe)"
    r"[ #.-]{0,2}\d{1,3}\s*[:.)–—-]+\s*",
    re.IGNORECASE,
)
"""`Action item 3:` before the item's own words."""

_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\((?:[^()\n]|\([^()\n]*\)){0,2000}\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]*)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`\n]*\1(?!`)")
_EMPHASIS = re.compile(r"\*+|~~|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|(?<!\\)`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOT_WORD = re.compile(r"[^\w]+|_+")


def plain(markdown: str) -> str:
    """Returns inline Markdown as text on one line: no emphasis, tags, comments; a link is its text."""
    text = markdown
    if "<" in text:
        text = _CODE.sub(lambda code: code.group().replace("<", "&lt;"), text)
        text = _TAG.sub("", _AUTOLINK.sub(r"\1", _COMMENT.sub(" ", text)))
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", text))
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """Returns `text` as words alone: no case, accents, punctuation; one blank between."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        text = "".join(char for char in text if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def strip_numbering(text: str) -> str:
    """Returns `text` without a leading `7.`, `3.1`, `a)`, `IV.` or `Action 2:`."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def is_numbered(text: str) -> bool:
    """Whether `text` begins with a number of its own (`1.`, `3.1`, `Action 2:`)."""
    found = _LEAD_NUMBER.match(text) or _NUMBERING.match(text)
    return bool(found and any(char.isdigit() for char in found.group()) and found.end() < len(text))


def flat(text: str) -> str:
    """Returns `text` in lower case without accents, each character in its place: offsets stay good."""
    if text.isascii():
        return text.lower()
    return "".join(char.lower() if char.isascii() else _flat_char(char) for char in text)


@lru_cache(maxsize=4096)
def _flat_char(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0].lower()
    return base if len(base) == 1 else char
