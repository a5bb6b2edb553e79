"""The dashboard kept in step with the status report: found, made, patched where it says something else."""

from collections.abc import Callable
from dataclasses import dataclass

from pmsync.apply import apply
from pmsync.errors import TrackerError
from pmsync.model import Action, Change, Draft, Issue, IssueEdit, Notice, Plan
from pmsync.planning import Planning
from pmsync.reconcile.dashboard import Board, Name, close_second, draft_board, edit_board, find_boards
from pmsync.text import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of the dashboard.

    Attributes:
        issue: the one that stands; None where there is none.
        warnings: what people should look at.
        errors: what failed.
    """

    issue: Issue | None = None
    warnings: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()


def keep_dashboard(
    planning: Planning,
    find_name: Callable[[], Name],
    label: str,
    text: str,
    *,
    is_interrupted: Callable[[], bool],
) -> Kept:
    """Makes the dashboard say `text`: makes it, patches it, or leaves it.

    Args:
        planning: what is known of the tracker.
        find_name: tells whose dashboard.
        label: that it bears, as all issues of ours.
        text: the report.
        is_interrupted: asked before each write.
    """
    try:
        name = find_name()
        boards = find_boards(planning.issues, name)
        if not any(board.issue.is_open and planning.counts(board.issue) for board in boards):
            boards = find_boards(planning.list_all(), name)  # one that is closed, or too new for a list
        strangers = [board.issue for board in boards if not planning.counts(board.issue)]
    except TrackerError as error:
        return Kept(errors=(Notice(text=f"the dashboard could not be looked for: {error}"),))
    ours = [board for board in boards if board.issue not in strangers]
    stands = [board for board in ours if board.issue.is_open]
    if not stands:
        if reason := _why_none(ours, strangers):
            return Kept(warnings=(Notice(text=reason),))
        return _carry_out(draft_board(text, name, label), None, planning, is_interrupted)
    first, *others = stands
    kept = Kept(issue=first.issue)
    if not first.is_intact:
        said = (
            f"{first.issue.ref}, the dashboard, was edited by hand, and is left so: take out pmsync's part of"
        )
        kept = Kept(issue=first.issue, warnings=(Notice(text=f"{said} its text for a new one"),))
    elif edit := edit_board(first, text, name):
        kept = _carry_out(edit, first.issue, planning, is_interrupted)
    return _without_others(kept, first, others, planning, is_interrupted)


def foresee_dashboard(planning: Planning, name: Name, text: str) -> str:
    """Returns what would become of the dashboard, as far as open issues tell; empty where it says `text`."""
    stands = [board for board in find_boards(planning.issues, name) if board.issue.is_open]
    if not stands:
        return "the dashboard is made, unless somebody closed it"
    return f"the dashboard {stands[0].issue.ref} is patched" if edit_board(stands[0], text, name) else ""


def _why_none(ours: list[Board], strangers: list[Issue]) -> str:
    """Why no dashboard is made where none stands open; empty where one is."""
    if ours:
        closed = min(ours, key=lambda board: board.is_second).issue
        return f"the dashboard {closed.ref} is closed, and left so: reopen it, or take out dashboard:"
    if strangers:
        author = shown(strangers[0].author) or "nobody"
        return (
            f"{strangers[0].ref} bears the marker of the dashboard, but is by {author!r}, whose issues do not"
            " count here: no other is made. List that login under trusted_authors:, or remove the marker"
        )
    return ""


def _without_others(
    kept: Kept, first: Board, others: list[Board], planning: Planning, is_interrupted: Callable[[], bool]
) -> Kept:
    """Closes second dashboards, which two runs at once may make, unless people made or touched them."""
    warnings, errors = list(kept.warnings), list(kept.errors)
    for board in others:
        if board.id == first.id or not board.is_untouched:
            warnings.append(Notice(text=f"{board.issue.ref} is a second dashboard: close one of the two"))
            continue
        errors += _carry_out(close_second(board), board.issue, planning, is_interrupted).errors
    return Kept(issue=kept.issue, warnings=tuple(warnings), errors=tuple(errors))


def _carry_out(
    wanted: Draft | IssueEdit, issue: Issue | None, planning: Planning, is_interrupted: Callable[[], bool]
) -> Kept:
    """Writes once; what is unknown of it is looked for, never sent again."""
    draft, edit = (wanted, None) if isinstance(wanted, Draft) else (None, wanted)
    action = Action.CREATE if draft else Action.UPDATE
    change = Change(
        action=action, item=None, issue=issue, identity="dashboard", reason="", draft=draft, edit=edit
    )
    outcomes = apply(Plan(changes=(change,)), planning.tracker, is_interrupted=is_interrupted)
    failed = [outcome.error for outcome in outcomes if outcome.error]
    made = next((outcome.issue for outcome in outcomes if outcome.issue), issue)
    return Kept(
        issue=made, errors=tuple(Notice(text=f"the dashboard was not written: {it}") for it in failed)
    )
