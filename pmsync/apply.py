"""The plan → the tracker: each change carried out once, and what came of it.

A failure of one change never stops the others. A write of unknown outcome is looked for, never sent again:
what stays unknown is left to the next run, which starts by looking.
"""

from collections.abc import Callable
from dataclasses import replace

from pmsync.errors import Interrupted, OutcomeUnknown, OutOfBudget, TrackerError, Unusable
from pmsync.model import (
    Absence,
    Action,
    Change,
    Draft,
    Issue,
    IssueEdit,
    IssueRef,
    Outcome,
    Place,
    Plan,
    Progress,
)
from pmsync.reconcile.markers import digest
from pmsync.rivals import Rivals, tell_ahead
from pmsync.text import shown
from pmsync.trackers.base import Tracker


def apply(
    plan: Plan,
    tracker: Tracker,
    *,
    is_interrupted: Callable[[], bool],
    on_progress: Progress = lambda *_: None,
    is_ours: Callable[[Issue], bool] = lambda _: True,
    newest: int | None = None,
) -> tuple[Outcome, ...]:
    """Carries out what `plan` would write to the tracker, in its order.

    Args:
        plan: the plan; changes that only concern documents are passed over.
        tracker: where to write.
        is_interrupted: asked before each change; once true, no further one is begun.
        on_progress: told of each change.
        is_ours: whether the marker of an issue counts; asked of the first one that was made. If it does not,
            the next run would make the same again, and nothing more is made.
        newest: the highest number of an issue that was known; None where that is not known.

    Returns:
        The outcomes. Changes that were not begun (interrupted, out of budget, tracker unusable) have none,
        but for one that says why.
    """
    outcomes: list[Outcome] = []
    created: dict[Place, Issue] = {}
    changes = [change for change in plan.changes if change.action.writes_issue]
    rivals = Rivals(tracker, [change.draft for change in changes if change.draft], newest, is_ours)
    for done, change in enumerate(changes):
        if is_interrupted():
            break
        on_progress("writing issues", done, len(changes))
        issue = change.issue or (created.get(change.item.place) if change.item else None)
        if issue is None and change.edit is not None:
            continue  # its creation failed, and was told
        try:
            outcome, is_last = _try(change, issue, tracker)
        except Interrupted:
            break
        outcomes.append(outcome)
        if outcome.issue is not None and change.item and change.action is Action.CREATE:
            is_first, is_more = not created, any(later.draft for later in changes[done + 1 :])
            created[change.item.place] = outcome.issue
            if is_first and not is_ours(outcome.issue):
                outcomes[-1] = replace(outcome, error=_tell_stranger(outcome.issue))
                break
            if is_more and (ahead := _find_ahead(outcome.issue, rivals)):
                outcomes[-1] = tell_ahead(outcome, outcome.issue, ahead)
                break
        if is_last:
            break
    return tuple(outcomes)


def _find_ahead(made: Issue, rivals: Rivals) -> Issue | None:
    """What another run has made before this one, where that is known."""
    try:
        return rivals.find_ahead(made)
    except Interrupted:
        return None  # the next change is not begun, and what was made is still written back


def _tell_stranger(issue: Issue) -> str:
    return (
        f"{issue.ref} was made by {shown(issue.author) or 'nobody'!r}, whose issues do not count here: they"
        " would be made again by every run. Nothing more is made: list that login under trusted_authors: in"
        " the configuration, if it is the App whose token this is"
    )


def _try(change: Change, issue: Issue | None, tracker: Tracker) -> tuple[Outcome, bool]:
    """Carries out one change; returns what came of it, and whether no further one can be."""
    try:
        return Outcome(change=change, issue=_write(change, issue, tracker)), False
    except TrackerError as error:
        return Outcome(change=change, error=str(error)), isinstance(error, Unusable | OutOfBudget)


def _write(change: Change, issue: Issue | None, tracker: Tracker) -> Issue:
    if change.draft is not None:
        return _create(change.draft, tracker)
    if issue is None or change.edit is None:
        raise AssertionError(f"nothing to write in {change.action}")
    return _edit(issue.ref, change.edit, tracker)


def _create(draft: Draft, tracker: Tracker) -> Issue:
    try:
        return tracker.create(draft)
    except OutcomeUnknown as unknown:
        made = _find_made(draft, tracker)
        if made is None:
            raise OutcomeUnknown(f"{unknown}; not found since, the next run looks again") from unknown
        return made


def _find_made(draft: Draft, tracker: Tracker) -> Issue | None:
    """Looks for an issue that may have been made: by its marker's random id, where it would show first."""
    try:
        for look in (tracker.list_unlisted, lambda: tracker.list_issues("open")):
            for issue in look():
                if f" id={draft.marker_id} " in issue.body:
                    return issue
    except Interrupted:
        raise
    except TrackerError:
        return None  # the first error is the one to tell
    return None


def _edit(ref: IssueRef, edit: IssueEdit, tracker: Tracker) -> Issue:
    try:
        return tracker.edit(ref, edit)
    except OutcomeUnknown as unknown:
        try:
            now = tracker.read(ref)
        except Interrupted:
            raise
        except TrackerError:
            raise unknown from None
        if isinstance(now, Absence) or not _has(now, edit):
            raise OutcomeUnknown(f"{unknown}; it does not show, the next run looks again") from unknown
        return now


def _has(issue: Issue, edit: IssueEdit) -> bool:
    """Whether an issue shows all that an edit was to set (a comment aside)."""
    labels = {label.casefold() for label in issue.labels}
    assignees = {login.casefold() for login in issue.assignees}
    return (
        edit.title in {None, issue.title}
        and (edit.body is None or digest(edit.body) == digest(issue.body))
        and edit.is_open in {None, issue.is_open}
        and all(label.casefold() in labels for label in edit.add_labels)
        and all(login.casefold() in assignees for login in edit.add_assignees)
        and not any(login.casefold() in assignees for login in edit.remove_assignees)
        and not any(label.casefold() in labels for label in edit.remove_labels)
    )
