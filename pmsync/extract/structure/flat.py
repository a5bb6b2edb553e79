"""Inline Markdown as flat text of which every sign is known in the Markdown."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Span = tuple[int, int]

_MARKUP = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?P<inside>[^`\n]*)(?P=ticks)(?!`))"
    r"|(?P<blank><!--(?:(?!<!--)[\s\S])*?-->|(?:[^\S\r\n]{2,}|[^\S\r\n ])(?!\s))"
    r"|(?P<line>[^\S\r\n]*\\?(?:\r\n?|\n)[ \t>]*|<br[ \t]*/?>[ \t]*)"
    r"|<(?P<address>(?:https?://|mailto:)[^<>\s]*|[\w.+-]{1,64}@[\w.-]{1,255})>|</?[A-Za-z][^<>]{0,500}>"
    r"|!?\[(?=(?:[^\[\]!]|!(?:\[[^\[\]]*\]\([^()\n]{0,2000}\))?)*+(?P<link>\]\((?P<url>(?:[^()\n]|\([^()\n]*\)){0,2000})\)))"
    r"|\[\[(?P<wiki>[^\[\]\n]{1,200})\]\](?!\()"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<bold>\*\*\*?|(?<!\w)__(?=\S)|(?<=\S)__(?!\w))"
    r"|\*|~~|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|`+"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
)
"""What is seen of Markdown otherwise than it is written, or not at all."""


CODE = re.compile(r"`[^`\n]*`")
"""Code within a line."""
HTML_NAMES = (
    r"(?:a|abbr|b|big|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol"
    r"|p|picture|pre|q|s|samp|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul"
    r"|var|video)"
)
"""Elements that people write into Markdown: `<name>` is a place to fill in, `<span>` is not."""

_NEAR = 8
_MARKED = re.compile(r"[`*_~<\[\\&]")


@dataclass(frozen=True, slots=True)
class Flat:
    """Inline Markdown as text: no emphasis, tags, comments; a link is its text.

    Attributes:
        markdown: the Markdown.
        text: the text; many blanks are one.
        offsets: where each sign of the text, and its end, stands in the Markdown.
        links: the texts of links.
        bold: the first bold words.
    """

    markdown: str
    text: str
    offsets: Sequence[int]
    links: tuple[Span, ...]
    bold: Span | None

    def source(self, start: int, end: int) -> str:
        """The Markdown of some of the text, with the mark-up that opens and closes there."""
        since = self.offsets[start - 1] + 1 if start else 0
        is_apart = end == len(self.text) or not self.text[end].isalnum()
        until = self.offsets[end] if is_apart else self.offsets[end - 1] + 1
        return self.markdown[since:until].strip()

    def is_emphasised(self, at: int) -> bool:
        """Whether the sign at `at` opens emphasis, or stands right behind struck words."""
        before = self.markdown[max(0, self.offsets[at] - _NEAR) : self.offsets[at]]
        return before.endswith(("*", "_")) or before.rstrip().endswith("~~")

    def is_code(self, at: int) -> bool:
        """Whether the sign at `at` opens a code span."""
        return self.markdown[max(0, self.offsets[at] - 1) : self.offsets[at]] == "`"


def flatten(markdown: str) -> Flat:
    """Returns inline Markdown as flat text."""
    signs: list[str] = []
    offsets, bold = list[int](), list[int]()
    links: list[Span] = []
    opened: list[tuple[int, Span]] = []
    at = 0

    def keep(text: str, start: int, step: int = 1) -> None:
        if text.isspace() and signs and signs[-1].isspace():
            offsets[-1], text = start, ""
        signs.extend(text)
        offsets.extend(start + step * index for index in range(len(text)))

    while at < len(markdown):
        found = _MARKUP.search(markdown, at)
        start, end = found.span() if found else (len(markdown), len(markdown))
        if opened and opened[-1][1][0] <= start:
            begin, (close, behind) = opened.pop()
            keep(markdown[at:close], at)
            links.append((begin, len(signs)))
            at = max(at, behind)
            continue
        keep(markdown[at:start], at)
        at, kind = end, found.lastgroup if found else None
        if not found:
            break
        if kind == "link":
            opened.append((len(signs), found.span("link")))
        elif kind == "bold":
            bold.append(len(signs))
        elif kind == "entity":
            keep(html.unescape(found.group()), end - 1, 0)
        elif kind in {"blank", "line"}:
            keep(" " if kind == "blank" else "\n", start)
        elif kind == "wiki":
            keep(f"[{found['wiki']}]", start + 1)
        elif name := {"code": "inside", "address": "address", "escaped": "escaped"}.get(kind or ""):
            keep(found[name], found.start(name))
    first = (bold[0], bold[1]) if len(bold) > 1 else None
    return Flat(markdown, "".join(signs), (*offsets, len(markdown)), tuple(links), first)


@lru_cache(maxsize=128)
def plain(markdown: str) -> str:
    """Returns inline Markdown as text on one line: no emphasis, tags, comments; a link is its text."""
    text = flatten(markdown).text if _MARKED.search(markdown) else markdown
    return " ".join(text.split())
