"""What an item's issue should say. Item text is untrusted: it pings nobody and forges nothing."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from pmsync.check.words import same_name, split_owners
from pmsync.markdown import absolute_links, enclose, neutralise, plain, qualify, unwrap
from pmsync.model import ActionItem, Draft, Postmortem, one_spelling
from pmsync.reconcile.markers import (
    Key,
    Marker,
    block_digest,
    digest,
    login_digest,
    new_id,
    read_inputs,
    write_block,
)

MAX_BODY = 65_536
"""Characters that GitHub takes in an issue's body."""

_CUT = "\n\n*(The rest did not fit into an issue: read it in the postmortem.)*"

_FROM_ISSUE_FILES = "../../"
"""From the folder where local issues are files up to the repository."""

_HOW_TO_CLOSE = (
    "*Close this issue when the work is done, or as not planned when it will not be:"
    " the postmortem's list follows.*"
)

_POSTMORTEM = re.compile(r"post-?mortem\s*[:–—-]\s+(?=\S)", re.IGNORECASE)
_LINK = re.compile(r"(?<!!)\[([^\[\]\n]*)\]\([^()\s]*\)")
_WORD = re.compile(r"\w+")
_IN_BRACKETS = re.compile(r"\(([^()]+)\)")

_LONGEST_FACT = 300
"""Characters of a title, an owner, a date: enough for any that is one."""

_LONGEST_QUERY = 120
"""Characters of a title that are searched for: GitHub takes 256 in all."""

_MOST_MENTIONED = 20

_SHORTEST_STEM = 5
"""Letters of a word that others are formed of: `prevent`, `detect`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where documents can be read.

    Attributes:
        root: URL of the documents' repository (`https://github.com/acme/shop`); empty where issues are
            files themselves, and link documents by path.
        revision: a commit that is on the remote, or `HEAD`, which GitHub takes for the default branch.
        changed: documents that are not as they are in that commit, and are linked on the default branch.
        issues: address of a search for all issues of ours, which words can be added to; empty for files.
    """

    root: str = ""
    revision: str = "HEAD"
    changed: frozenset[str] = frozenset()
    issues: str = ""

    def of(self, path: str, *, raw: bool = False) -> str:
        """The address of a file as it was read: its page, or with `raw` its bytes (for images)."""
        revision = "HEAD" if path in self.changed else quote(self.revision, safe="/")
        return self._of(path, revision, "raw" if raw else "blob")

    def heading(self, item: ActionItem) -> str:
        """The address of the heading over an item, on its document's page as it is by now."""
        anchor = quote(item.anchor, errors="replace")
        return self._of(item.document, "HEAD", "blob") + (f"#{anchor}" if anchor else "")

    def permalink(self, item: ActionItem) -> str:
        """The address of an item's line as it was read; empty where no commit on the remote has it."""
        is_there = self.root and self.revision != "HEAD" and item.document not in self.changed
        return f"{self.of(item.document)}?plain=1#L{item.line}" if is_there else ""

    def list_issues(self, title: str) -> str:
        """The address of a search for the issues that name a postmortem; empty where issues are files.

        See docs.github.com, "Searching issues and pull requests", on `in:body` and on quotation marks.
        """
        words = " ".join(title.replace('"', " ").split())[:_LONGEST_QUERY]
        query = quote(f' in:body "{words}"', safe="", errors="replace")
        return f"{self.issues}{query}" if self.issues else ""

    def qualify(self, markdown: str) -> str:
        """Returns text of a document with its references to issues so that they lead where they did."""
        is_elsewhere = self.root and self.issues and not self.issues.startswith(f"{self.root}/issues?")
        return qualify(markdown, "/".join(self.root.split("/")[-2:])) if is_elsewhere else markdown

    def _of(self, path: str, revision: str, kind: str) -> str:
        quoted = quote(path, safe="/", errors="surrogateescape")
        return f"{self.root}/{kind}/{revision}/{quoted}" if self.root else _FROM_ISSUE_FILES + quoted

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
    login = find_login(item.owner or postmortem.owner, owners)
    marker = Marker(
        id=new_id(),
        key=key,
        inputs=read_inputs(item, postmortem),
        title=digest(item.title),
        block=block_digest(block),
        repository=repository,
        at=commit,
        assignee=login_digest(login),
    )
    return Draft(
        title=item.title,
        body=write_block(block, marker),
        labels=tuple(dict.fromkeys([*labels, *postmortem.labels])),
        assignees=(login,) if login else (),
        marker_id=marker.id,
    )


def is_drafted_for(block: str, postmortem: Postmortem) -> bool:
    """Whether a block's text, as `draft_block` writes it, names this postmortem by its title."""
    title = _name(postmortem)
    return bool(title) and f"[{title}](" in block


def draft_block(item: ActionItem, postmortem: Postmortem, pages: Pages, *, with_title: bool = False) -> str:
    """Drafts the text of the managed block: what happened, details, facts, how to close it.

    Args:
        item: the item.
        postmortem: the document that it stands in.
        pages: where the document can be read.
        with_title: say what to do, which the issue's title does unless a person changed it.
    """
    task = f"**To do:** {_fact(item.title)}" if with_title else ""
    before = [_tell_summary(postmortem), _tell_source(item, postmortem, pages), task]
    after = [_tell_facts(item, postmortem, pages), _tell_siblings(postmortem, pages), _HOW_TO_CLOSE]
    room = MAX_BODY - sum(map(len, (*before, *after))) - len(_CUT) - 1024
    details = _draft_details(item, pages, room)
    return "\n\n".join(filter(None, [*before, details, *after]))


def _tell_summary(postmortem: Postmortem) -> str:
    return f"**What happened:** {_fact(postmortem.summary)}" if postmortem.summary else ""


def _tell_source(item: ActionItem, postmortem: Postmortem, pages: Pages) -> str:
    """Where the item stands: on the page as people read it, and in the source as it was."""
    title = _name(postmortem) or "postmortem"
    severity = one_spelling(postmortem.severity or "")
    told = [f"[{title}]({pages.heading(item)})", _fact(severity), _fact(postmortem.date)]
    if permalink := pages.permalink(item):
        told.append(f"[line {item.line}]({permalink})")
    return f"**Postmortem:** {' · '.join(filter(None, told))}"


def _name(postmortem: Postmortem) -> str:
    """Its title, without the word that stands before it in an issue."""
    found = _POSTMORTEM.match(postmortem.title)
    return _fact(postmortem.title[found.end() :] if found else postmortem.title)


def _draft_details(item: ActionItem, pages: Pages, room: int) -> str:
    """The item's own text beyond its title, cut where it has over `room` characters."""
    details = _sent(_split_restated(item)[1][:MAX_BODY], item, pages)
    whole, size = enclose(details), room
    if len(whole) <= room and len(item.body) <= MAX_BODY:
        return whole
    while len(whole := enclose(details[:size].rsplit("\n", 1)[0])) > room:
        size //= 2  # what closes a fence is as long as what opens it
    return enclose(whole + _CUT)


def _sent(markdown: str, item: ActionItem, pages: Pages) -> str:
    """Returns Markdown of an item's document as an issue holds it."""
    linked = absolute_links(
        markdown, lambda to, is_image: pages.resolve(to, item.document, is_image=is_image)
    )
    return neutralise(pages.qualify(unwrap(linked))).strip("\n")


def _split_restated(item: ActionItem) -> tuple[list[str], str]:
    """Returns the links of a first paragraph that only says the title again, and the text without it."""
    first, _, below = item.body.partition("\n\n")
    words, title = _LINK.sub(r"\1", first), item.title
    for key in item.links:
        words, title = words.replace(key, " "), title.replace(key, " ")
    if _WORD.findall(words.casefold()) != _WORD.findall(title.casefold()):
        return [], item.body
    return [found.group() for found in _LINK.finditer(first)], below


def _tell_facts(item: ActionItem, postmortem: Postmortem, pages: Pages) -> str:
    """What is known of an item by name; and, since a title holds no link, what it refers to."""
    in_title = (*item.links, *re.findall(r"https?://[^\s<>()]+", item.title))
    restated, text = _split_restated(item)
    mentioned = dict.fromkeys(_sent(link, item, pages) for link in restated)
    text += " ".join(restated)
    mentioned |= dict.fromkeys(_fact(pages.qualify(link)) for link in in_title if link not in text)
    facts = {
        "Owner": _fact(item.owner or postmortem.owner),
        "Due": _fact(item.due),
        "Priority": _fact(item.priority),
        "Type": _fact(item.type),
        "Mentions": ", ".join(list(mentioned)[:_MOST_MENTIONED]),
    }
    return " · ".join(f"**{name}:** {value}" for name, value in facts.items() if value)


def _tell_siblings(postmortem: Postmortem, pages: Pages) -> str:
    """Where the issues of the other items are, which have no numbers yet when this one is made."""
    listed = pages.list_issues(_name(postmortem)) if len(postmortem.items) > 1 else ""
    return f"**Other follow-ups:** [issues of this postmortem]({listed})" if listed else ""


def find_labels(item: ActionItem, postmortem: Postmortem, labels_for: Mapping[str, str]) -> tuple[str, ...]:
    """The labels for an item's severity, priority and type.

    Args:
        item: the item.
        postmortem: the document that it stands in, which states the severity.
        labels_for: label by word; `SEV-1` stands for every spelling of it, `prevent` also for `preventive`.
    """
    labels = {one_spelling(word).casefold(): label for word, label in labels_for.items()}
    stated = (one_spelling(postmortem.severity or ""), item.priority or "", item.type or "")
    words = [word.strip().casefold() for word in stated]
    return tuple(
        label
        for word in words
        for known, label in labels.items()
        if word == known or (len(known) >= _SHORTEST_STEM and word.startswith(known))
    )


def find_login(owner: str | None, owners: Mapping[str, str]) -> str | None:
    """The tracker's login for an owner as documents write it, of several the first that has one.

    Names in brackets come last (`SRE (Mara)`). None where `owners` names nobody of them.
    """
    known = {same_name(key): login for key, login in owners.items()}
    split = split_owners(owner or "", lambda name: same_name(name) in known)
    names = [owner or "", *split, *_IN_BRACKETS.findall(owner or "")]
    logins = (known.get(same_name(name)) for name in names if name)
    return next(filter(None, logins), None)


def _fact(words: str | None) -> str:
    """Returns a title, an owner, a date: as long as any that is one."""
    line = " ".join((words or "").split())
    return plain(line if len(line) <= _LONGEST_FACT else f"{line[: _LONGEST_FACT - 1]}…")
