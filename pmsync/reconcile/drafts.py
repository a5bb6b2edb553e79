"""What an item's issue should say. Item text is untrusted: it pings nobody and forges nothing."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pmsync.model import ActionItem, Draft, Postmortem
from pmsync.reconcile.markers import Key, Marker, digest, new_id, read_inputs, write_block

MAX_BODY = 65_536
"""Characters that GitHub takes in an issue's body."""

_CUT = "\n\n*(The rest did not fit into an issue: read it in the postmortem.)*"

_FROM_ISSUE_FILES = "../../"
"""From the folder where local issues are files up to the repository."""

_ZERO_WIDTH = "\u200b"


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
    source = [f"[{_label(postmortem.title)}]({pages.of(item.document, line=item.line)})"]
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
    details = absolute_links(neutralise(item.body[:MAX_BODY]), item.document, pages).strip()
    room = MAX_BODY - len(head) - len(tail) - len(_CUT) - 1024
    if len(details) > room or len(item.body) > MAX_BODY:
        details = _close_fence(details[:room].rsplit("\n", 1)[0]) + _CUT
    return "\n\n".join(filter(None, [head, details, tail]))


def find_login(owner: str | None, owners: Mapping[str, str]) -> str | None:
    """The tracker's login for an owner as documents write it; None where `owners` does not name it."""
    name = (owner or "").strip().removeprefix("@").casefold()
    known = {key.strip().removeprefix("@").casefold(): login for key, login in owners.items()}
    return known.get(name) if name else None


# ---------------------------------------------------------------------- untrusted Markdown

_OPAQUE = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"  # a code span
    r"|<[a-z][a-z0-9+.-]*:[^\s<>]*>|\bhttps?://[^\s<>)\]]*"  # an address
    r"|\]\([^()\s]*\)",  # a link's destination
    re.IGNORECASE,
)
"""What Markdown does not read any further within a line: text in it makes no mention."""

_FENCE = re.compile(r"[ \t>]*(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")

_MENTION = re.compile(r"(?<![\w`/@.+-])@(?=[A-Za-z0-9])")

_LINK = re.compile(r"(?P<open>(?P<image>!?)\[[^\[\]\n]*\]\()(?P<to><[^<>\n]*>|[^\s()<>]+)(?=[\s)])")


def neutralise(markdown: str) -> str:
    """Returns `markdown` so that it mentions nobody, and neither opens a comment nor forges a marker.

    Mentions are broken by a zero-width space, only where GitHub would make one: not in code or addresses.
    """
    return _outside_code(markdown, lambda text: _MENTION.sub("@" + _ZERO_WIDTH, text)).replace(
        "<!--", f"<!{_ZERO_WIDTH}--"
    )


def absolute_links(markdown: str, document: str, pages: Pages) -> str:
    """Returns `markdown` with relative links and images made absolute, as seen from `document`."""

    def resolve(match: re.Match[str]) -> str:
        target = match["to"].strip("<>")
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            return match[0]
        path, hash_, anchor = target.partition("#")
        folder = "" if path.startswith("/") else posixpath.dirname(document)
        whole = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))) if path else document
        if whole.startswith(".."):
            return match[0]
        return match["open"] + pages.of(whole, raw=bool(match["image"])) + hash_ + anchor

    return _outside_code(markdown, lambda text: _LINK.sub(resolve, text), keep_links=True)


def _outside_code(markdown: str, change: Callable[[str], str], *, keep_links: bool = False) -> str:
    """Applies `change` to all that is neither code nor address (nor, but for `keep_links`, a destination)."""

    def change_line(line: str) -> str:
        parts, since = [], 0
        for match in _OPAQUE.finditer(line):
            if not (keep_links and match[0].startswith("](")):
                parts += [change(line[since : match.start()]), match[0]]
                since = match.end()
        return "".join([*parts, change(line[since:])])

    return "\n".join(line if is_code else change_line(line) for line, is_code in _read_fences(markdown))


def _read_fences(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yields each line and whether it belongs to fenced code; a fence left open is closed at the end."""
    fence = ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        yield line, bool(fence or mark)
        if mark and not fence:
            fence = mark["fence"]
        elif mark and mark["fence"].startswith(fence) and not mark["info"].strip():
            fence = ""
    if fence:
        yield fence, True


def _close_fence(markdown: str) -> str:
    """Closes a code fence left open, which would swallow what follows."""
    return "\n".join(line for line, _ in _read_fences(markdown))


def _plain(text: str | None) -> str:
    """Plain text as Markdown that shows it as it is, on one line."""
    flat = " ".join((text or "").split())
    return neutralise(re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", flat))


def _label(text: str) -> str:
    """Plain text as a link's label, never empty."""
    return _plain(text) or "postmortem"
