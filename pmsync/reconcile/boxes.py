"""What a box commands, and what it should say: a merge of box, annotated word and issue. Pure.

The annotated word is the base, since it is what pmsync last saw. Where the issue still says the same, a box
that differs is a command; where it does not, the issue has moved, and wins.

A document may say for days what it said when its box was obeyed: the word reaches it late, or never. So the
marker keeps the box as it was last obeyed, and a box that still says that commands nothing. An issue that
bears no marker keeps nothing: once somebody has reopened it, no box closes it any more.
"""

from pmsync.model import Action, ActionItem, Issue, Status
from pmsync.reconcile.matching import Found
from pmsync.reconcile.policy import Policy


def find_wish(found: Found, *, is_head: bool = False) -> Action | None:
    """What the document wants of its issue: to close it, to reopen it, or nothing.

    `is_head` tells that it is the default branch's present one, which alone brings an item back.
    """
    item, issue = found.item, found.issue
    if issue is None or issue.is_pull_request or found.is_left:
        return None
    if is_back(found, is_head=is_head):
        return Action.REOPEN
    if _base(found) is not issue.status:
        return None
    ticked = item.box is not None and item.box.ticked
    obeyed = found.marker.box if found.marker else None
    if is_unsure(found):
        return None
    if issue.status is Status.OPEN and (ticked or (item.done and not issue.was_reopened)):
        return None if obeyed is True else Action.CLOSE
    if issue.status is Status.DONE and item.box is not None and not (ticked or item.box.is_lead):
        return None if obeyed is False else Action.REOPEN
    return None


def is_back(found: Found, *, is_head: bool) -> bool:
    """Whether an item stands in its document again whose issue we had closed for want of it."""
    issue, marker = found.issue, found.marker
    is_closed = bool(marker and marker.is_gone and issue and issue.status is Status.WONT_DO)
    return is_head and is_closed and not found.item.done


def is_unsure(found: Found) -> bool:
    """Whether a tick may be the one that a person has reopened the issue after; nothing there remembers."""
    box, issue = found.item.box, found.issue
    return bool(found.marker is None and issue and issue.was_reopened and box and box.ticked)


def remember(found: Found, command: Action | None, policy: Policy) -> bool | None:
    """What the marker of an item's issue should keep of the item's box, given what it commands now.

    A box that says other than the word beside it, and commands nothing, has been answered: the issue moved
    as well, and won. Once the issue moves again, what was kept is forgotten: where the branch itself shows
    that box or word have moved on, since another checkout may still say what was obeyed.
    """
    issue, box, kept = found.issue, found.item.box, found.marker.box if found.marker else None
    if command:
        return command is Action.CLOSE
    if issue is None or box is None or issue.is_pull_request:
        return kept
    base = _base(found)
    if base in {Status.OPEN, Status.DONE} and box.ticked != (base is Status.DONE):
        return kept if box.is_lead and not box.ticked else box.ticked
    if (
        kept is None
        or issue.status not in {Status.OPEN, Status.DONE}
        or kept is (issue.status is Status.DONE)
    ):
        return kept
    has_word = base is (Status.DONE if kept else Status.OPEN)
    is_over = policy.is_shown(found.item.document) or (has_word and not policy.has_history)
    return None if is_over else kept


def follow(item: ActionItem, status: Status) -> bool | None:
    """What an item's box should say of an issue in this state; None where boxes say nothing of it."""
    return status is Status.DONE if item.box and status in {Status.OPEN, Status.DONE} else None


def is_overruled(found: Found, issue: Issue) -> bool:
    """Whether a person changed the box, and the issue, which says otherwise, moved as well."""
    box, was_done = found.item.box, _base(found) is Status.DONE
    return box is not None and was_done != box.ticked != (issue.status is Status.DONE)


def is_hand_written(found: Found, issue: Issue) -> bool:
    """Whether an annotation says closed of an issue that never was."""
    annotation, marker = found.item.annotation, found.marker
    return (
        annotation is not None
        and not (marker and marker.box)
        and annotation.status in {Status.DONE, Status.WONT_DO, Status.DUPLICATE}
        and issue.is_open
        and not issue.was_reopened
    )


def _base(found: Found) -> Status:
    """What pmsync last saw of this very issue; that is never what somebody's hand made of the word."""
    annotation, issue = found.item.annotation, found.issue
    if annotation is None or not found.is_linked or (issue and is_hand_written(found, issue)):
        return Status.OPEN
    return annotation.status or Status.OPEN
