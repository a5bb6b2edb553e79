"""Untrusted text as Markdown, and what GitHub makes of text by itself: here and nowhere else.

GitHub finds mentions, references, addresses and comments in whatever is said on it, and closes an issue whose
reference follows a closing word ("Autolinked references and URLs" and "Linking a pull request to an issue" on
docs.github.com); mails and searches look through code spans. A runner obeys workflow commands in a log
("Workflow commands for GitHub Actions"). A zero-width space takes the life out of all but the last.

    words    → inert, plain, code     one line that says just these words
             → escape                 the same in a committed file, where nothing is found in it
    Markdown → neutralise, enclose    the same Markdown, that pings nobody and swallows nothing
             → absolute_links, unwrap the same Markdown, where it reads well in an issue
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from pmsync.text import shown

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ZERO_WIDTH = "\u200b"

_LIVE = re.compile(r"[@#]|(?i:gh-)(?=\d)|(?=://)|(?i:www)(?=\.)|<(?=!--)")
"""After each of these a zero-width space keeps GitHub from making a mention, a reference, a link or a comment
of plain words. Its address reader takes that space for a letter of a host: hence before `://`."""

_MENTION = re.compile(r"(?:(?<![A-Za-z0-9])@|&(?:#0*64|#x0*40|commat);)(?=[A-Za-z0-9&])", re.IGNORECASE)
"""Where GitHub may see a mention in Markdown; it looks at what is rendered: an entity is a character."""

_REFERENCE = re.compile(r"(?<![\w/&#.\\-])(?:#|(?i:gh-))(?P<number>\d{1,9})(?![\w-])")
"""An issue of the repository that the text stands in."""

_ESCAPES = str.maketrans(
    {char: f"\\{char}" for char in "\\`*_[]|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_OPENING = re.compile(r"\A(\d{1,9}(?=[.)])|(?=[-+#=]))")
"""What could begin a heading, a list or a rule."""

_URL_SAFE = "%/:?#@!$&'*+,;=~-._"
"""What may stand bare in a link's destination: anything of a URL but brackets, blanks and pipes."""

_CODE = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
_AUTOLINK = r"<[a-z][a-z0-9+.-]{1,31}:[^\s<>]*>"
_PAGE = r"\bhttps?://[a-z0-9][^\s<>()\[\]`|\\]*"

_OPAQUE = re.compile(rf"\\[\\`<]|(?P<opaque>{_CODE}|{_AUTOLINK}|{_PAGE})", re.IGNORECASE)
"""An escape (which keeps what follows from being one), or what Markdown reads no further within a line."""

_HARD_BREAK = re.compile(r"(?:  |\\|<br ?/?>)[ \t]*\Z", re.IGNORECASE)
"""What ends a line that stays one."""

_LINK = re.compile(
    rf"\\.|{_CODE}|{_AUTOLINK}"
    r"|(?P<opening>!?\[)"
    r"|\](?:\((?P<to><[^<>\n]*>|(?:[^\s()<>]|\([^\s()<>]*\))+)(?=[\s)]))?",
    re.IGNORECASE,
)
"""The parts of inline links and images, and what hides them."""


# ------------------------------------------------------------------------------- words


def inert(words: str) -> str:
    """Returns `words` as one line of Markdown that renders as just these words, wherever it stands.

    No markup, HTML, table cell, block, link, mention or reference comes of it.
    """
    return _as_a_start(_escape(_deaden(shown(_on_one_line(words)))))


def escape(words: str) -> str:
    """Returns `words` as `inert` does, for a file of a repository: there no mention or reference is made."""
    return _as_a_start(shown(_on_one_line(words)).translate(_ESCAPES))


def plain(words: str | None) -> str:
    """Returns `words` as `inert` does, for an issue of ours: there addresses and references become links."""
    line, parts, since = _on_one_line(words or ""), [], 0
    for match in re.finditer(_PAGE, line, re.IGNORECASE):
        parts += [_escape(line[since : match.start()]), match[0]]
        since = match.end()
    return _as_a_start("".join([*parts, _escape(line[since:])]))


def code(words: str, most: int | None = None) -> str:
    """Returns `words` as a code span in which nothing acts. Not for a table's cell: a pipe would end that.

    Args:
        words: a path or the like.
        most: how many characters of it are shown.
    """
    line = shown(_on_one_line(words)) or " "
    line = _deaden(line if most is None or len(line) <= most else f"{line[: most - 1]}…")
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fence(text: str, language: str = "") -> str:
    """Returns `text` as a block of code that nothing in it can end."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def link(label: str, url: str) -> str:
    """Returns a link to `url`, or the label alone where that is neither a web page nor a path.

    Args:
        label: Markdown.
        url: as it comes from a tracker or a document.
    """
    if re.match(r"(?i)https?://", url) or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|$", url):
        return f"[{label}]({quote(shown(url), safe=_URL_SAFE)})"
    return label


def fold(words: str, markdown: str) -> str:
    """Returns `markdown` behind a line that opens it, and says just these words."""
    summary = html.escape(_deaden(shown(_on_one_line(words))))
    return f"<details><summary>{summary}</summary>\n\n{markdown}\n\n</details>"


def fit(markdown: str, most: int, note: str) -> str:
    """Returns `markdown` cut at a line's end, with a note that says so, where it has over `most` bytes."""
    data = markdown.encode("utf-8", "replace")
    if len(data) <= most:
        return markdown
    end, cut = "\n\n</details>", f"\n\n_{note}_"
    room = data[: most - len(end) - len(cut.encode())]
    kept = room[: room.rfind(b"\n") + 1].decode("utf-8", "ignore").rstrip("\n")
    is_folded = kept.count("<details>") > kept.count("</details>")
    return f"{kept}{end if is_folded else ''}{cut}"


def command(name: str, text: str, **properties: str) -> str:
    """Returns a workflow command; nothing in its text or properties can end or extend it."""
    codes = {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
    given = ",".join(
        f"{key}={''.join(codes.get(each, each) for each in value.encode('utf-8', 'replace').decode())}"
        for key, value in properties.items()
        if value
    )
    said = shown(text.replace("\r", "")).replace("%", "%25").replace("\n", "%0A")
    return f"::{name}{' ' if given else ''}{given}::{said}"


def _on_one_line(words: str) -> str:
    return " ".join(words.split())


def _deaden(words: str) -> str:
    return _LIVE.sub(rf"\g<0>{_ZERO_WIDTH}", words)


def _escape(words: str) -> str:
    return _break_mentions(words.translate(_ESCAPES))


def _as_a_start(line: str) -> str:
    return _OPENING.sub(r"\1\\", line)


def _longest_run(text: str) -> int:
    """How many backticks stand in a row at most."""
    return max(map(len, re.findall("`+", text)), default=0)


# ---------------------------------------------------------------------------- Markdown


def neutralise(markdown: str) -> str:
    """Returns `markdown` so that it mentions nobody, and neither opens a comment nor forges a marker.

    Mentions are broken only where GitHub would make one: not in code or addresses. The result is read again;
    where that finds one that was taken for code, all of them are broken.
    """
    broken = _break_comments(_outside_code(markdown, _break_opaque_apart))
    return _break_mentions(broken) if _mentions_somebody(broken) else broken


def absolute_links(markdown: str, resolve: Callable[[str, bool], str | None]) -> str:
    """Returns `markdown` with links and images led elsewhere.

    Args:
        markdown: the text.
        resolve: takes a destination, and whether it is an image's; returns another one, or None to keep it.
    """

    def change_line(line: str) -> str:
        parts, since = [], 0
        are_images: list[bool] = []
        for match in _LINK.finditer(line):
            if match["opening"]:
                are_images.append(match["opening"] == "![")
            elif match[0].startswith("]"):
                is_image = are_images.pop() if are_images else False
                if match["to"] and (whole := resolve(match["to"], is_image)):
                    parts += [line[since : match.start("to")], whole]
                    since = match.end("to")
        return "".join([*parts, line[since:]])

    return _outside_code(markdown, change_line)


def qualify(markdown: str, repository: str) -> str:
    """Returns `markdown` with `#12` and `GH-12` as `repository#12`: elsewhere they name other issues."""
    return _outside_code(
        markdown,
        lambda line: _apart_from_opaque(line, lambda text: _REFERENCE.sub(rf"{repository}#\g<number>", text)),
    )


def unwrap(markdown: str) -> str:
    """Returns `markdown` with each paragraph on one line: in an issue GitHub shows every line end of it.

    A break that Markdown itself makes stays, and so does all of a text that would be read otherwise.
    """
    if "\r" in markdown:
        return markdown
    lines = markdown.split("\n")
    outer, joined = "", set[int]()
    for token in _parse(markdown):
        if token.type == "inline" and token.map and outer == "paragraph_open":
            start, end = token.map
            joined |= {at for at in range(start + 1, end) if not _HARD_BREAK.search(lines[at - 1])}
        outer = token.type
    parts = (" " + line.lstrip(" \t>") if at in joined else "\n" + line for at, line in enumerate(lines))
    whole = "".join(parts)
    return whole[1:] if _words_by_block(whole[1:]) == _words_by_block(markdown) else markdown


def enclose(markdown: str) -> str:
    """Returns `markdown` so that it cannot swallow what follows it: a fence or HTML left open is closed."""
    last = next((token.markup for token in reversed(_parse(markdown)) if token.type == "fence"), "")
    for whole in (markdown, f"{markdown}\n{last}"):
        if _ends_apart(whole):
            return whole
    return fence(markdown)


def _outside_code(markdown: str, change_line: Callable[[str], str]) -> str:
    """Applies `change_line` to each line that is not fenced or indented code."""
    hidden = {
        number
        for token in _parse(markdown)
        if token.type in {"fence", "code_block"} and token.map
        for number in range(*token.map)
    }
    lines = markdown.split("\n")
    return "\n".join(line if number in hidden else change_line(line) for number, line in enumerate(lines))


def _break_opaque_apart(line: str) -> str:
    """Breaks the mentions of a line that stand neither in code nor in an address."""
    return _apart_from_opaque(line, _break_mentions)


def _apart_from_opaque(line: str, change: Callable[[str], str]) -> str:
    """Applies `change` to what of a line stands neither in code nor in an address."""
    parts, since = [], 0
    for match in _OPAQUE.finditer(line):
        if match["opaque"]:
            parts += [change(line[since : match.start()]), match[0]]
            since = match.end()
    return "".join([*parts, change(line[since:])])


def _break_mentions(text: str) -> str:
    return _MENTION.sub("@" + _ZERO_WIDTH, text)


def _break_comments(text: str) -> str:
    return text.replace("<!--", f"<!{_ZERO_WIDTH}--")


def _mentions_somebody(markdown: str) -> bool:
    """Whether a mention is left in what is rendered as text."""
    if not _MENTION.search(markdown):
        return False
    texts = (leaf.content for leaf in _leaves(markdown) if leaf.type in {"text", "html_inline", "html_block"})
    addresses = re.compile(rf"{_AUTOLINK}|{_PAGE}", re.IGNORECASE)
    return any(_MENTION.search(addresses.sub(" ", text)) for text in texts)


def _ends_apart(markdown: str) -> bool:
    """Whether a paragraph that follows `markdown` is one of its own."""
    tokens = _parse(f"{markdown}\n\nEnd")
    return [token.type for token in tokens[-3:]] == ["paragraph_open", "inline", "paragraph_close"] and (
        tokens[-2].content == "End" and tokens[-3].level == 0
    )


def _words_by_block(markdown: str) -> list[tuple[str, int, list[str]]]:
    return [(token.type, token.level, token.content.split()) for token in _parse(markdown)]


def _leaves(markdown: str) -> "Iterator[Token]":
    """The parts of which paragraphs and the like consist, and the blocks that have none."""
    definitions: dict[str, object] = {}
    for token in _parse(markdown, definitions):
        if token.type == "inline":
            (line,) = _inline_reader().parseInline(token.content, definitions)
            yield from line.children or ()
        else:
            yield token


def _parse(markdown: str, definitions: dict[str, object] | None = None) -> "list[Token]":
    """The blocks, their text unread: reading that takes a thousand times as long on brackets.

    Args:
        markdown: the text.
        definitions: where to note the reference links that it defines.
    """
    return _block_reader().parse(markdown, {} if definitions is None else definitions)


@cache
def _block_reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 200}).enable("table").disable("inline")


@cache
def _inline_reader() -> "MarkdownIt":
    """Brackets deeper than its bound are read as text, in which a mention is seen rather than missed."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 20})
