"""What a box commands, and what it should say: a merge of box, annotated word and issue. Pure.

The annotated word is the base, since it is what pmsync last saw. Where the issue still says the same, a box
that differs is a command; where it does not, the issue has moved, and wins.
"""

from pmsync.model import Action, ActionItem, Issue, Status
from pmsync.reconcile.matching import Found


def find_wish(found: Found) -> Action | None:
    """What the document wants of its issue: to close it, to reopen it, or nothing."""
    item, issue = found.item, found.issue
    if issue is None or issue.is_pull_request or found.is_left or _base(found) is not issue.status:
        return None
    ticked = item.box is not None and item.box.ticked
    if issue.status is Status.OPEN and (ticked or (item.done and not issue.was_reopened)):
        return Action.CLOSE
    if issue.status is Status.DONE and item.box is not None and not ticked:
        return Action.REOPEN
    return None


def follow(item: ActionItem, status: Status) -> bool | None:
    """What an item's box should say of an issue in this state; None where boxes say nothing of it."""
    return status is Status.DONE if item.box and status in {Status.OPEN, Status.DONE} else None


def is_overruled(found: Found, issue: Issue) -> bool:
    """Whether a person changed the box, and the issue, which says otherwise, moved as well."""
    box, was_done = found.item.box, _base(found) is Status.DONE
    return box is not None and was_done != box.ticked != (issue.status is Status.DONE)


def is_hand_written(item: ActionItem, issue: Issue) -> bool:
    """Whether an annotation says closed of an issue that never was."""
    annotation = item.annotation
    return (
        annotation is not None
        and annotation.status in {Status.DONE, Status.WONT_DO, Status.DUPLICATE}
        and issue.is_open
        and not issue.was_reopened
    )


def _base(found: Found) -> Status:
    """What pmsync last saw of this very issue; that is never what somebody's hand made of the word."""
    annotation, issue = found.item.annotation, found.issue
    if annotation is None or not found.is_linked or (issue and is_hand_written(found.item, issue)):
        return Status.OPEN
    return annotation.status or Status.OPEN
