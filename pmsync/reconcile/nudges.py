"""Two labels of ours that say how late a follow-up is, put on and taken off by us alone. Pure.

A marker remembers which of them we put on its issue, and for which due date. So a label that a person put on
is never taken off, and one that a person took off is not put on again while the date stays.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pmsync.model import Action, Binding, Change, Issue, IssueEdit, IssueRef, Notice, Place, Plan
from pmsync.reconcile.markers import find_block, write_marker

OVERDUE, DUE_SOON = "overdue", "due-soon"

SOON = timedelta(14)
"""As the status report has it."""

MOST = 50
"""How many issues are labelled in one run, the most urgent first; the rest with the next one."""

_LETTERS = {OVERDUE: "o", DUE_SOON: "s"}


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of an issue's labels, and what its marker is to remember then."""

    add: str = ""
    remove: str = ""
    mark: str = ""


@dataclass(slots=True)
class _Bound:
    """An issue, and what the items that it serves say of it."""

    binding: Binding
    issue: Issue
    due: list[date] = field(default_factory=list)


def add_nudges(plan: Plan, due: Mapping[Place, date], today: date, counts: Callable[[Issue], bool]) -> Plan:
    """Returns a plan that also labels its issues by how late they are.

    An issue that is written to anyway gets its label in the same change.

    Args:
        plan: without.
        due: by item, the day by which it should be done.
        today: the day of the run.
        counts: whether the marker of an issue counts, by its author.
    """
    waiting = {change.issue.ref for change in (*plan.notes, *plan.afterwards) if change.issue}
    last = {
        change.issue.ref: number
        for number, change in enumerate(plan.changes)
        if change.issue and change.edit is not None
    }
    changes, nudges = list(plan.changes), []
    for bound in _bound_issues(plan, due):
        ref, number = bound.issue.ref, last.get(bound.issue.ref)
        change = None if number is None else plan.changes[number]
        is_open = _will_be_open(plan, bound.issue)
        edit = None
        if ref not in waiting:
            edit = _nudge(bound.issue, change.edit if change else None, bound.due if is_open else [], today)
        if edit is None or not counts(bound.issue):
            continue
        if change and number is not None:
            changes[number] = replace(change, edit=edit)
        else:
            nudges.append((min(bound.due, default=date.max), _change(bound, edit)))
    nudges.sort(key=lambda each: each[0])
    rest = len(nudges) - MOST
    told = [Notice(text=f"{rest} more issues get their label of how late they are with the next run")]
    return replace(
        plan,
        changes=(*changes, *(change for _, change in nudges[:MOST])),
        warnings=(*plan.warnings, *told * (rest > 0)),
    )


def _bound_issues(plan: Plan, due: Mapping[Place, date]) -> Iterator[_Bound]:
    """Yields each issue once, with the due dates of all items that it serves."""
    found: dict[IssueRef, _Bound] = {}
    days: dict[IssueRef, list[date]] = defaultdict(list)
    for binding in plan.bindings:
        if binding.issue and not binding.issue.is_pull_request:
            ref = binding.issue.ref
            found.setdefault(ref, _Bound(binding, binding.issue))
            days[ref] += [due[binding.item.place]] if binding.item.place in due else []
    for ref, bound in found.items():
        bound.due = days[ref]
        yield bound


def _will_be_open(plan: Plan, issue: Issue) -> bool:
    """Whether an issue is open once a plan is carried out."""
    states = [
        change.edit.is_open
        for change in plan.changes
        if change.issue and change.edit and change.issue.ref == issue.ref and change.edit.is_open is not None
    ]
    return states[-1] if states else issue.is_open


def _nudge(issue: Issue, edit: IssueEdit | None, due: list[date], today: date) -> IssueEdit | None:
    """Returns an edit, or a new one, that also labels an issue; None where there is nothing to label."""
    body = edit.body if edit and edit.body is not None else issue.body
    block = find_block(body)
    if block is None:
        return None
    labels = {label.casefold() for label in (*issue.labels, *(edit.add_labels if edit else ()))}
    step = _choose(block.marker.nudge, labels, min(due, default=None), today)
    if step is None:
        return None
    edit = edit or IssueEdit()
    return replace(
        edit,
        add_labels=(*edit.add_labels, *filter(None, [step.add])),
        remove_labels=tuple(filter(None, [step.remove])),
        body=write_marker(body, block, replace(block.marker, nudge=step.mark)),
        body_was=issue.body if edit.body_was is None else edit.body_was,
    )


def _choose(mark: str, labels: set[str], due: date | None, today: date) -> _Step | None:
    """Decides what becomes of an issue's labels.

    Args:
        mark: what its marker remembers.
        labels: those that it bears.
        due: the day by which it should be done; None where there is none, or nothing is left to do.
        today: the day of the run.
    """
    wanted = _label_for(due, today)
    now = f"{_LETTERS[wanted]}{due:%Y%m%d}" if wanted and due else ""
    ours = next((label for label, letter in _LETTERS.items() if mark.startswith(letter)), "")
    is_there = bool(ours) and ours in labels
    if mark == now or (not wanted and not is_there):
        return None  # also where a person took it off: that is remembered
    if wanted == ours:
        return _Step(add="" if is_there else wanted, mark=now)
    removed = ours if is_there else ""
    if wanted and wanted not in labels:
        return _Step(add=wanted, remove=removed, mark=now)
    return _Step(remove=removed) if removed else None


def _label_for(due: date | None, today: date) -> str:
    if due is None or due > today + SOON:
        return ""
    return OVERDUE if due < today else DUE_SOON


def _change(bound: _Bound, edit: IssueEdit) -> Change:
    return Change(
        action=Action.NUDGE,
        item=bound.binding.item,
        issue=bound.issue,
        identity=bound.binding.identity,
        reason=_explain(edit, min(bound.due, default=None)),
        edit=edit,
    )


def _explain(edit: IssueEdit, due: date | None) -> str:
    if edit.add_labels:
        return f"{'overdue since' if OVERDUE in edit.add_labels else 'due on'} {due}"
    return f"no longer {edit.remove_labels[0]}" if edit.remove_labels else f"it is due on {due} now"
