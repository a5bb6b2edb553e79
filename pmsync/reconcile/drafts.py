"""What an item's issue should say. Item text is untrusted: it pings nobody and forges nothing."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from pmsync.markdown import absolute_links, enclose, neutralise, plain
from pmsync.model import ActionItem, Draft, Postmortem
from pmsync.reconcile.markers import Key, Marker, digest, new_id, read_inputs, write_block

MAX_BODY = 65_536
"""Characters that GitHub takes in an issue's body."""

_CUT = "\n\n*(The rest did not fit into an issue: read it in the postmortem.)*"

_FROM_ISSUE_FILES = "../../"
"""From the folder where local issues are files up to the repository."""

_LONGEST_FACT = 300
"""Characters of a title, an owner, a date: enough for any that is one."""


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

    def resolve(self, destination: str, document: str, *, is_image: bool) -> str | None:
        """The absolute address of a document's relative link; None where it is absolute, or leads out."""
        target = destination.strip("<>")
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            return None
        path, mark, rest = re.fullmatch(r"([^?#]*)([?#]?)(.*)", target, re.DOTALL).groups()  # type: ignore[union-attr]
        folder = "" if path.startswith("/") else posixpath.dirname(document)
        whole = posixpath.normpath(posixpath.join(folder, unquote(path).lstrip("/"))) if path else document
        return None if whole.startswith("..") else self.of(whole, raw=is_image) + mark + rest


def draft_issue(
    item: ActionItem,
    postmortem: Postmortem,
    key: Key,
    *,
    pages: Pages,
    labels: Sequence[str],
    owners: Mapping[str, str],
    commit: str = "",
    repository: str = "",
) -> Draft:
    """Drafts the issue of an item that has none.

    Args:
        item: the item.
        postmortem: the document that it stands in.
        key: what the marker shall say of it.
        pages: where the document can be read.
        labels: the configured label, then further ones.
        owners: tracker login by owner's name; who is not in it is only named in the text.
        commit: the newest commit of the default branch that the document was read at, where known.
        repository: digest of the id of its repository, where known.
    """
    block = draft_block(item, postmortem, pages)
    marker = Marker(
        id=new_id(),
        key=key,
        inputs=read_inputs(item, postmortem),
        title=digest(item.title),
        block=digest(block),
        repository=repository,
        at=commit,
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
    source = [f"[{_fact(postmortem.title) or 'postmortem'}]({pages.of(item.document, line=item.line)})"]
    source += filter(None, [postmortem.date, _fact(postmortem.severity), _fact(item.section)])
    facts = {
        "From": " · ".join(source),
        "Owner": _fact(item.owner or postmortem.owner),
        "Due": _fact(item.due),
        "Priority": _fact(item.priority),
        "Type": _fact(item.type),
    }
    told = "\n".join(f"- **{name}:** {value}" for name, value in facts.items() if value)
    footer = (
        "*Close this issue when the work is done, or as not planned when it will not be:"
        " the postmortem's list follows. Text outside of this part is never touched.*"
    )
    head, tail = _fact(item.title), f"{told}\n\n{footer}"
    linked = absolute_links(
        item.body[:MAX_BODY], lambda to, is_image: pages.resolve(to, item.document, is_image=is_image)
    )
    details = neutralise(linked).strip("\n")
    room = MAX_BODY - len(head) - len(tail) - len(_CUT) - 1024
    if len(details) > room or len(item.body) > MAX_BODY:
        details = enclose(details[:room].rsplit("\n", 1)[0]) + _CUT
    return "\n\n".join(filter(None, [head, enclose(details), tail]))


def find_login(owner: str | None, owners: Mapping[str, str]) -> str | None:
    """The tracker's login for an owner as documents write it; None where `owners` does not name it."""
    name = (owner or "").strip().removeprefix("@").casefold()
    known = {key.strip().removeprefix("@").casefold(): login for key, login in owners.items()}
    return known.get(name) if name else None


def _fact(words: str | None) -> str:
    """Returns a title, an owner, a date: as long as any that is one."""
    line = " ".join((words or "").split())
    return plain(line if len(line) <= _LONGEST_FACT else f"{line[: _LONGEST_FACT - 1]}…")
