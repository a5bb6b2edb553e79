"""What a change changes, attribute by attribute: from what, to what."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pmsync.extract.structure.flat import plain
from pmsync.model import Change, IssueEdit

_COMMENT = re.compile(r"<!-- pmsync[^>]{0,2000}?-->")
"""What nobody sees of an issue's body: the marks around what is ours, and the marker."""

_FACT = re.compile(r"\*\*(?P<name>Owner|Due|Priority|Type|Mentions):\*\* (?P<value>[^\n]*?)(?= · \*\*|\n|\Z)")
"""A fact as an issue of ours tells it."""

_FACTS = re.compile(r"(?m)^(?:- )?\*\*(?:Owner|Due|Priority|Type|Mentions):\*\*[^\n]*\n*")
_COMMIT = re.compile(r"(?<=/blob/)[0-9a-f]{40}(?=/)")

_MOST_LINES = 1000
"""Lines of a text that are compared; a person's has far fewer."""

_ZERO_WIDTH = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One attribute, before and after.

    Attributes:
        attribute: `title`, `text`, `owner`, `due`, `priority`, `type`, `mentions`, `assignee`, `labels`,
            `state` (of an issue), `status` or `link` (in its document).
        old: empty for none.
        new: likewise.
    """

    attribute: str
    old: str
    new: str

    def lines(self) -> list[str]:
        """The lines that go (`-`) and come (`+`)."""
        old, new = self.old.splitlines()[:_MOST_LINES], self.new.splitlines()[:_MOST_LINES]
        _, _, *lines = [*difflib.unified_diff(old, new, lineterm="", n=0)] or ("", "")
        return [line for line in lines if not line.startswith("@@")]


def find_differences(change: Change) -> tuple[Difference, ...]:
    """Returns what a change changes; its title first, the text last."""
    found = [*_of_draft(change), *_of_edit(change), *_of_document(change)]
    return tuple(each for each in found if each.old != each.new)


def visible(body: str) -> str:
    """Returns an issue's body without what nobody sees of it."""
    return _COMMENT.sub("", body).replace("\r\n", "\n").strip()


def _told_at_length(text: str) -> str:
    """A text without facts, which are told one by one, and without the commit in its links."""
    return _COMMIT.sub("…", _FACTS.sub("", text)).strip()


def _of_draft(change: Change) -> Iterator[Difference]:
    if draft := change.draft:
        yield Difference(attribute="labels", old="", new=", ".join(draft.labels))
        yield Difference(attribute="assignee", old="", new=", ".join(draft.assignees))
        yield Difference(attribute="text", old="", new=visible(draft.body))


def _of_edit(change: Change) -> Iterator[Difference]:
    edit, issue = change.edit, change.issue
    if edit is None or issue is None:
        return
    if edit.title is not None:
        yield Difference(attribute="title", old=issue.title, new=edit.title)
    if edit.is_open is not None:
        yield Difference(attribute="state", old=str(issue.status), new=_state_after(edit))
    old, new = visible(edit.body_was or issue.body), visible(edit.body or edit.body_was or issue.body)
    facts = _facts(old), _facts(new)
    for name in sorted(facts[0].keys() | facts[1].keys()):
        yield Difference(attribute=name.lower(), old=facts[0].get(name, ""), new=facts[1].get(name, ""))
    yield _names("assignee", issue.assignees, edit.add_assignees, edit.remove_assignees)
    yield _names("labels", issue.labels, edit.add_labels)
    yield Difference(attribute="text", old=_told_at_length(old), new=_told_at_length(new))


def _of_document(change: Change) -> Iterator[Difference]:
    """What the document then says of the issue."""
    if change.action.writes_issue or change.item is None:
        return
    annotation, issue = change.item.annotation, change.issue
    if issue and (annotation is None or annotation.ref != issue.ref):
        old = str(annotation.ref) if annotation else ""
        yield Difference(attribute="link", old=old, new=str(issue.ref))
    if annotation is not None:
        status = str(issue.status) if issue else "missing"
        yield Difference(attribute="status", old=str(annotation.status or ""), new=status)


def _state_after(edit: IssueEdit) -> str:
    if edit.is_open:
        return "open"
    return {"not_planned": "won't do", "duplicate": "duplicate"}.get(edit.state_reason or "", "done")


def _facts(body: str) -> dict[str, str]:
    """The facts that a body tells; the last of each, since an author's own may stand before ours."""
    return {found["name"]: plain(found["value"].replace(_ZERO_WIDTH, "")) for found in _FACT.finditer(body)}


def _names(
    attribute: str, present: tuple[str, ...], added: Iterable[str], removed: Iterable[str] = ()
) -> Difference:
    gone = {name.casefold() for name in removed}
    after = dict.fromkeys([*(name for name in present if name.casefold() not in gone), *added])
    return Difference(attribute=attribute, old=", ".join(present), new=", ".join(after))
