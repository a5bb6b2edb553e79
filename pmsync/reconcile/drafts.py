"""What an item's issue should say. Item text is untrusted: it pings nobody and forges nothing."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pmsync.model import ActionItem, Draft, Postmortem
from pmsync.reconcile.markers import Key, Marker, digest, new_id, read_inputs, write_block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_BODY = 65_536
"""Characters that GitHub takes in an issue's body."""

_CUT = "\n\n*(The rest did not fit into an issue: read it in the postmortem.)*"

_FROM_ISSUE_FILES = "../../"
"""From the folder where local issues are files up to the repository."""

_ZERO_WIDTH = "\u200b"

_INERT = f"<!{_ZERO_WIDTH}--"
"""What was to open a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where documents can be read.

    Attributes:
        root: URL of the documents' repository (`https://github.com/acme/shop`); empty where issues are
            files themselves, and link documents by path.
        revision: a commit that is on the remote, or `HEAD`, which GitHub takes for the default branch.
        changed: documents that are not as they are in that commit, and are linked on the default branch.
    """

    root: str = ""
    revision: str = "HEAD"
    changed: frozenset[str] = frozenset()

    def of(self, path: str, *, line: int | None = None, raw: bool = False) -> str:
        """The address of a file: its page (at a line, as source), or with `raw` its bytes (for images)."""
        quoted = quote(path, safe="/", errors="surrogateescape")
        if not self.root:
            return _FROM_ISSUE_FILES + quoted
        revision = "HEAD" if path in self.changed else quote(self.revision, safe="/")
        anchor = f"?plain=1#L{line}" if line else ""
        return f"{self.root}/{'raw' if raw else 'blob'}/{revision}/{quoted}{anchor}"


def draft_issue(
    item: ActionItem,
    postmortem: Postmortem,
    key: Key,
    *,
    pages: Pages,
    labels: Sequence[str],
    owners: Mapping[str, str],
) -> Draft:
    """Drafts the issue of an item that has none.

    Args:
        item: the item.
        postmortem: the document that it stands in.
        key: what the marker shall say of it.
        pages: where the document can be read.
        labels: the configured label, then further ones.
        owners: tracker login by owner's name; who is not in it is only named in the text.
    """
    block = draft_block(item, postmortem, pages)
    marker = Marker(
        id=new_id(),
        key=key,
        inputs=read_inputs(item, postmortem),
        title=digest(item.title),
        block=digest(block),
    )
    login = find_login(item.owner or postmortem.owner, owners)
    return Draft(
        title=item.title,
        body=write_block(block, marker),
        labels=tuple(dict.fromkeys([*labels, *postmortem.labels])),
        assignees=(login,) if login else (),
        marker_id=marker.id,
    )


def draft_block(item: ActionItem, postmortem: Postmortem, pages: Pages) -> str:
    """Drafts the text of the managed block: what to do, details, whence, and how to close it."""
    source = [f"[{_plain(postmortem.title) or 'postmortem'}]({pages.of(item.document, line=item.line)})"]
    source += filter(None, [postmortem.date, _plain(postmortem.severity), _plain(item.section)])
    facts = {
        "From": " · ".join(source),
        "Owner": _plain(item.owner or postmortem.owner),
        "Due": _plain(item.due),
        "Priority": _plain(item.priority),
        "Type": _plain(item.type),
    }
    told = "\n".join(f"- **{name}:** {value}" for name, value in facts.items() if value)
    footer = (
        "*Close this issue when the work is done, or as not planned when it will not be:"
        " the postmortem's list follows. Text outside of this part is never touched.*"
    )
    head, tail = _plain(item.title), f"{told}\n\n{footer}"
    details = neutralise(absolute_links(item.body[:MAX_BODY], item.document, pages)).strip("\n")
    room = MAX_BODY - len(head) - len(tail) - len(_CUT) - 1024
    if len(details) > room or len(item.body) > MAX_BODY:
        details = enclose(details[:room].rsplit("\n", 1)[0]) + _CUT
    return "\n\n".join(filter(None, [head, enclose(details), tail]))


def find_login(owner: str | None, owners: Mapping[str, str]) -> str | None:
    """The tracker's login for an owner as documents write it; None where `owners` does not name it."""
    name = (owner or "").strip().removeprefix("@").casefold()
    known = {key.strip().removeprefix("@").casefold(): login for key, login in owners.items()}
    return known.get(name) if name else None


# ---------------------------------------------------------------------- untrusted Markdown

_CODE = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
_ADDRESS = r"<[a-z][a-z0-9+.-]{1,31}:[^\s<>]*>|\bhttps?://[a-z0-9][^\s<>()\[\]`|\\]*"

_OPAQUE = re.compile(rf"\\[\\`<]|(?P<opaque>{_CODE}|{_ADDRESS})", re.IGNORECASE)
"""An escape (which keeps what follows from being one), or what Markdown reads no further within a line."""

_LINK = re.compile(
    rf"\\.|{_CODE}|<[a-z][a-z0-9+.-]{{1,31}}:[^\s<>]*>"
    r"|(?P<opening>!?\[)"
    r"|\](?:\((?P<to><[^<>\n]*>|(?:[^\s()<>]|\([^\s()<>]*\))+)(?=[\s)]))?",
    re.IGNORECASE,
)
"""The parts of inline links and images, and what hides them."""

_MENTION = re.compile(r"(?:(?<![A-Za-z0-9])@|&(?:#0*64|#x0*40|commat);)(?=[A-Za-z0-9&])", re.IGNORECASE)
"""Where GitHub may see a mention; it looks at the rendered text, in which an entity is a character."""

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~]|&(?=#?\w{1,31};)")

_LONGEST_FACT = 300
"""Characters of a title, an owner, a date: enough for any that is one."""


def neutralise(markdown: str) -> str:
    """Returns `markdown` so that it mentions nobody, and neither opens a comment nor forges a marker.

    Mentions are broken by a zero-width space, only where GitHub would make one: not in code or addresses.
    The result is read again; where that finds one that was taken for code, all of them are broken.
    """
    inert = _outside_code(markdown, _break_mentions).replace("<!--", _INERT)
    return _break_mentions(inert) if _mentions_somebody(inert) else inert


def absolute_links(markdown: str, document: str, pages: Pages) -> str:
    """Returns `markdown` with relative links and images made absolute, as seen from `document`."""

    def change_line(line: str) -> str:
        parts, since = [], 0
        are_images: list[bool] = []
        for match in _LINK.finditer(line):
            if match["opening"]:
                are_images.append(match["opening"] == "![")
            elif match[0].startswith("]"):
                is_image = are_images.pop() if are_images else False
                if match["to"] and (whole := _resolve(match["to"], document, pages, is_image=is_image)):
                    parts += [line[since : match.start("to")], whole]
                    since = match.end("to")
        return "".join([*parts, line[since:]])

    code = _code_lines(markdown)
    return "\n".join(
        line if number in code else change_line(line) for number, line in enumerate(markdown.split("\n"))
    )


def enclose(markdown: str) -> str:
    """Returns `markdown` so that it cannot swallow what follows it: a fence or HTML left open is closed."""
    fence = next((token.markup for token in reversed(_parse(markdown)) if token.type == "fence"), "")
    for whole in (markdown, f"{markdown}\n{fence}"):
        if _ends_apart(whole):
            return whole
    longest = max(map(len, re.findall("`+", markdown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{markdown}\n{fence}"


def _resolve(destination: str, document: str, pages: Pages, *, is_image: bool) -> str | None:
    """The absolute address of a relative `destination`; None where it is absolute, or leads out."""
    target = destination.strip("<>")
    if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
        return None
    path, mark, rest = re.fullmatch(r"([^?#]*)([?#]?)(.*)", target, re.DOTALL).groups()  # type: ignore[union-attr]
    folder = "" if path.startswith("/") else posixpath.dirname(document)
    whole = posixpath.normpath(posixpath.join(folder, unquote(path).lstrip("/"))) if path else document
    return None if whole.startswith("..") else pages.of(whole, raw=is_image) + mark + rest


def _outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """Applies `change` to all that is neither code nor an address, line by line."""

    def change_line(line: str) -> str:
        parts, since = [], 0
        for match in _OPAQUE.finditer(line):
            if match["opaque"]:
                parts += [change(line[since : match.start()]), match[0]]
                since = match.end()
        return "".join([*parts, change(line[since:])])

    code = _code_lines(markdown)
    return "\n".join(
        line if number in code else change_line(line) for number, line in enumerate(markdown.split("\n"))
    )


def _code_lines(markdown: str) -> frozenset[int]:
    """The lines (from 0) that are fenced or indented code."""
    return frozenset(
        number
        for token in _parse(markdown)
        if token.type in {"fence", "code_block"} and token.map
        for number in range(*token.map)
    )


def _break_mentions(text: str) -> str:
    return _MENTION.sub("@" + _ZERO_WIDTH, text)


def _mentions_somebody(markdown: str) -> bool:
    """Whether a mention is left in what is rendered as text."""
    if not _MENTION.search(markdown):
        return False
    texts = (leaf.content for leaf in _leaves(markdown) if leaf.type in {"text", "html_inline", "html_block"})
    return any(_MENTION.search(re.sub(_ADDRESS, " ", text, flags=re.IGNORECASE)) for text in texts)


def _ends_apart(markdown: str) -> bool:
    """Whether a paragraph that follows `markdown` is one of its own."""
    tokens = _parse(f"{markdown}\n\nEnd")
    return [token.type for token in tokens[-3:]] == ["paragraph_open", "inline", "paragraph_close"] and (
        tokens[-2].content == "End" and tokens[-3].level == 0
    )


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


def _plain(text: str | None) -> str:
    """Plain text as Markdown that shows it as it is, on one line: addresses as addresses, mentions broken."""
    flat = " ".join((text or "").split())
    flat = flat if len(flat) <= _LONGEST_FACT else f"{flat[: _LONGEST_FACT - 1]}…"
    parts, since = [], 0
    for match in re.finditer(r"\bhttps?://[a-z0-9][^\s<>()\[\]`|\\]*", flat, re.IGNORECASE):
        parts += [_escape(flat[since : match.start()]), match[0]]
        since = match.end()
    whole = "".join([*parts, _escape(flat[since:])])
    return re.sub(r"\A(\d{1,9}(?=[.)])|(?=[-+#=]))", r"\1\\", whole)


def _escape(text: str) -> str:
    return _break_mentions(_SPECIAL.sub(r"\\\g<0>", text.replace("<!--", _INERT)))
