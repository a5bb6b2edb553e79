"""A change of an item's own fields, carried to its issue; what people edited there is left alone. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import count

from pmsync.model import Issue, IssueEdit, Postmortem
from pmsync.reconcile.drafts import draft_block, find_login
from pmsync.reconcile.markers import (
    Inputs,
    Key,
    ManagedBlock,
    Marker,
    block_digest,
    digest,
    document_digest,
    keep_boxes,
    label_digest,
    login_digest,
    read_inputs,
    source_digest,
    text_digest,
    title_is_intact,
    write_block,
)
from pmsync.reconcile.matching import Found
from pmsync.reconcile.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an item's changed fields make of its issue.

    Attributes:
        edited: the parts of it that a person edited, and that are left so.
        edit: None where nothing of it is to be written.
        key: that its marker then bears.
        reason: why, for people.
    """

    edited: tuple[str, ...]
    edit: IssueEdit | None = None
    key: Key | None = None
    reason: str = ""


def find_update(
    found: Found, block: ManagedBlock, postmortem: Postmortem, policy: Policy, *, taken: Collection[Key]
) -> Update | None:
    """Returns what to write to an item's issue; None where the item says what it was written from.

    Args:
        found: the item and its issue, whose marker counts.
        block: the managed block of that issue.
        postmortem: the document that the item stands in.
        policy: how the team wants it.
        taken: keys that markers bear; a new one differs from them.
    """
    item, issue, marker = found.item, found.issue, found.marker
    inputs = read_inputs(item, postmortem)
    if issue is None or marker is None or inputs == marker.inputs:
        return None
    labels = _new_labels(postmortem, issue, marker)
    assignees = _new_assignees(found, postmortem, policy, is_new=inputs.owner != marker.inputs.owner)
    has_title, has_block = title_is_intact(issue, marker), block.is_intact
    edited = tuple(name for name, intact in (("title", has_title), ("text", has_block)) if not intact)
    retitled = has_title and issue.title != item.title
    if not (has_block or retitled or labels or assignees):
        return Update(edited=edited)
    text = keep_boxes(draft_block(item, postmortem, policy.pages, with_title=not has_title), block.text)
    renewed = replace(
        marker,
        key=_renew_key(marker.key, found, policy, taken),
        inputs=inputs,
        title=digest(item.title) if has_title else marker.title,
        block=block_digest(text) if has_block else marker.block,
        assignee=login_digest(assignees[0]) if assignees else marker.assignee,
        at=policy.commit or marker.at,
    )
    ours = write_block(text, renewed) if has_block else str(renewed)
    start = block.start if has_block else block.marker_start
    edit = IssueEdit(
        title=item.title if retitled else None,
        body=issue.body[:start] + ours + issue.body[block.end :],
        add_labels=labels,
        add_assignees=assignees,
        remove_assignees=_former_assignees(issue, marker) if assignees else (),
        title_was=issue.title if retitled else None,
        body_was=issue.body,
    )
    return Update(edited=edited, edit=edit, key=renewed.key, reason=_say_what_changed(inputs, marker.inputs))


def _new_labels(postmortem: Postmortem, issue: Issue, marker: Marker) -> tuple[str, ...]:
    """The labels that the document came to ask for since: what a person took off stays off."""
    present = {label.casefold() for label in issue.labels}
    return tuple(
        label
        for label in postmortem.labels
        if label_digest(label) not in marker.inputs.labels and label.casefold() not in present
    )


def _new_assignees(found: Found, postmortem: Postmortem, policy: Policy, *, is_new: bool) -> tuple[str, ...]:
    """The login of an owner whom the document came to name since (`is_new`)."""
    login = find_login(found.item.owner or postmortem.owner, policy.owners)
    present = {each.casefold() for each in found.issue.assignees} if found.issue else set()
    return (login,) if login and is_new and login.casefold() not in present else ()


def _former_assignees(issue: Issue, marker: Marker) -> tuple[str, ...]:
    """Whom we assigned, where nobody else is by now: a new owner takes that place."""
    is_ours = len(issue.assignees) == 1 and login_digest(issue.assignees[0]) == marker.assignee
    return issue.assignees if is_ours else ()


def _renew_key(key: Key, found: Found, policy: Policy, taken: Collection[Key]) -> Key:
    """The key of an item as it now is: what its issue bears, where that still holds, else a free one."""
    now = replace(
        key,
        source=source_digest(policy.source),
        document=document_digest(found.item.document),
        text=text_digest(found.item),
    )
    return key if now == key else next(it for n in count(1) if (it := replace(now, ordinal=n)) not in taken)


def _say_what_changed(now: Inputs, before: Inputs) -> str:
    if now.content != before.content:
        return "the item's text changed"
    return "its owner changed" if now.owner != before.owner else "its document's labels changed"
