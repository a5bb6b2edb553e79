"""Two labels of ours that say how late a follow-up is, put on and taken off by us alone. Pure.

A marker remembers which of them we put on its issue, and for which due date; in capitals, once a person took
it off. So a label that a person put on is never taken off, and one that a person took off is not put on again
while the date stays. It is told before a label is put on, and again once it is: a run that breaks off in
between leaves no label that nobody owns.
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
    remove: tuple[str, ...] = ()
    mark: str = ""


@dataclass(slots=True)
class _Bound:
    """An issue, and what the items that it serves say of it."""

    binding: Binding
    issue: Issue
    due: list[date] = field(default_factory=list)


def add_nudges(plan: Plan, due: Mapping[Place, date], today: date, counts: Callable[[Issue], bool]) -> Plan:
    """Returns a plan that also labels its issues by how late they are.

    A new issue bears its label from the start. Where another is written to anyway, a label that is not true
    any more goes with that; a new one comes with the next run.

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
    changes = [_with_label(change, due, today) for change in plan.changes]
    nudges: list[tuple[date, Change | None, Change | None]] = []
    for bound in _bound_issues(plan, due):
        ref, number = bound.issue.ref, last.get(bound.issue.ref)
        edit = None if number is None else plan.changes[number].edit
        step = _find_step(bound, edit, today, is_open=_will_be_open(plan, bound.issue))
        if step is None or ref in waiting or not counts(bound.issue):
            continue
        if number is None:
            nudges.append((min(bound.due, default=date.max), *_changes(bound, step)))
        elif not step.add:
            changes[number] = replace(
                changes[number], edit=_with_step(step, edit or IssueEdit(), bound.issue)
            )
    nudges.sort(key=lambda each: each[0])
    rest = len(nudges) - MOST
    told = [Notice(text=f"{rest} more issues get their label of how late they are with the next run")]
    return replace(
        plan,
        changes=(*changes, *(change for _, _, change in nudges[:MOST] if change)),
        notes=(*plan.notes, *(note for _, note, _ in nudges[:MOST] if note)),
        warnings=(*plan.warnings, *told * (rest > 0)),
    )


def _with_label(change: Change, due: Mapping[Place, date], today: date) -> Change:
    """Returns what makes a new issue with the label that is true of it, and as it is what makes none."""
    draft, item = change.draft, change.item
    if draft is None or item is None or item.done:
        return change
    mark, block = _mark_for(due.get(item.place), today), find_block(draft.body)
    label = _label_for(due.get(item.place), today)
    if not mark or block is None or label in {each.casefold() for each in draft.labels}:
        return change
    body = write_marker(draft.body, block, replace(block.marker, nudge=mark))
    return replace(change, draft=replace(draft, labels=(*draft.labels, label), body=body))


def _bound_issues(plan: Plan, due: Mapping[Place, date]) -> Iterator[_Bound]:
    """Yields each issue that is ours once, with the due dates of all items that it serves."""
    found: dict[IssueRef, _Bound] = {}
    days: dict[IssueRef, list[date]] = defaultdict(list)
    for binding in plan.bindings:
        if binding.issue and binding.is_ours:
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


def _find_step(bound: _Bound, edit: IssueEdit | None, today: date, *, is_open: bool) -> _Step | None:
    """Returns what becomes of an issue's labels, beside an edit that it gets anyway; None for nothing."""
    block = find_block(_body_after(bound.issue, edit))
    if block is None:
        return None
    labels = {label.casefold() for label in (*bound.issue.labels, *(edit.add_labels if edit else ()))}
    due = min(bound.due, default=None) if is_open else None
    return _choose(block.marker.nudge, block.marker.next_nudge, labels, due, today)


def _choose(mark: str, pending: str, labels: set[str], due: date | None, today: date) -> _Step | None:
    """Decides what becomes of an issue's labels.

    Args:
        mark: what its marker remembers.
        pending: what a run that broke off was about to put on.
        labels: those that it bears.
        due: the day by which it should be done; None where there is none, or nothing is left to do.
        today: the day of the run.
    """
    wanted, now = _label_for(due, today), _mark_for(due, today)
    ours = {label for label, letter in _LETTERS.items() if letter in {mark[:1], pending[:1]}}
    remove = tuple(sorted((ours & labels) - {wanted}))
    if wanted and wanted not in labels and (pending or mark.lower() != now):
        return _Step(add=wanted, remove=remove, mark=now)
    if pending or remove or (wanted in ours & labels and mark != now):
        return _Step(remove=remove, mark=now if wanted in ours else "")
    return _Step(mark=mark.upper()) if ours - labels else None  # a person took it off


def _label_for(due: date | None, today: date) -> str:
    if due is None or due > today + SOON:
        return ""
    return OVERDUE if due < today else DUE_SOON


def _mark_for(due: date | None, today: date) -> str:
    """What a marker remembers of the label for a due date; empty for none."""
    wanted = _label_for(due, today)
    return f"{_LETTERS[wanted]}{due:%Y%m%d}" if wanted else ""


def _changes(bound: _Bound, step: _Step) -> tuple[Change | None, Change | None]:
    """Returns what tells the marker alone, and the change of labels, where there is one.

    A new label is told beforehand, where the marker does not know of it.
    """
    issue, note = bound.issue, None
    change = Change(
        action=Action.NUDGE,
        item=bound.binding.item,
        issue=issue,
        identity=bound.binding.identity,
        reason=_explain(step, min(bound.due, default=None)),
    )
    if not step.add and not step.remove:
        return replace(change, edit=_with_step(step, IssueEdit(), issue)), None
    block = find_block(issue.body)
    if step.add and block and block.marker.next_nudge != step.mark:
        told = write_marker(issue.body, block, replace(block.marker, next_nudge=step.mark))
        note = replace(change, edit=IssueEdit(body=told, body_was=issue.body))
        issue = replace(issue, body=told)
    return note, replace(change, edit=_with_step(step, IssueEdit(), issue))


def _with_step(step: _Step, edit: IssueEdit, issue: Issue) -> IssueEdit:
    """Returns an edit that also labels an issue, and has its marker remember that."""
    body = _body_after(issue, edit)
    block = find_block(body)
    if block is None:
        return edit
    return replace(
        edit,
        add_labels=(*edit.add_labels, *filter(None, [step.add])),
        remove_labels=step.remove,
        body=write_marker(body, block, replace(block.marker, nudge=step.mark, next_nudge="")),
        body_was=issue.body if edit.body_was is None else edit.body_was,
    )


def _body_after(issue: Issue, edit: IssueEdit | None) -> str:
    return edit.body if edit and edit.body is not None else issue.body


def _explain(step: _Step, due: date | None) -> str:
    if step.add:
        return f"{'overdue since' if step.add == OVERDUE else 'due on'} {due}"
    return f"no longer {' and '.join(step.remove)}"
