"""What documents get once a plan was carried out: what it bound, as what came of it says. Pure.

bindings, outcomes → bindings → the documents that were read
└→ rebound → a document that changed meanwhile
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pmsync.model import Action, ActionItem, Binding, Issue, IssueRef, Outcome, Place, Status
from pmsync.reconcile.boxes import follow
from pmsync.reconcile.markers import normalise


def bind_outcomes(bindings: Sequence[Binding], outcomes: Sequence[Outcome]) -> tuple[Binding, ...]:
    """Returns the bindings of a plan with each issue as it is after what came of its changes.

    A box follows an issue that this run closed or reopened, or that turned out to have moved; else it stays
    as planned.
    """
    issues: dict[IssueRef, Issue] = {}
    created: dict[Place, Issue] = {}
    commanded: set[IssueRef] = set()
    for outcome in outcomes:
        change, issue = outcome.change, outcome.issue
        if issue is None:
            continue
        if change.action is Action.CREATE and change.item:
            created[change.item.place] = issue
        issues |= dict.fromkeys((issue.ref, (change.issue or issue).ref), issue)
        if change.edit and change.edit.is_open is not None:
            commanded.add(issue.ref)

    def bind(binding: Binding) -> Binding:
        made = binding.issue or created.get(binding.item.place)
        now = issues.get(made.ref) if made else None
        is_new, is_left = binding.issue is None, binding.issue is not None and binding.status is None
        if now is None or is_left:
            return binding
        has_moved = now.ref in commanded or not (is_new or now.status is binding.status)
        ticked = follow(binding.item, now.status) if has_moved else binding.ticked
        return replace(binding, issue=now, status=now.status, ticked=ticked)

    return tuple(map(bind, bindings))


def rebind(
    bindings: Sequence[Binding], before: Sequence[ActionItem], after: Sequence[ActionItem]
) -> tuple[Binding, ...]:
    """Returns the bindings of a document that reads otherwise by now.

    An item is the same by its link, else by its text and whether it is done, else by its text, equals
    in order. One that meanwhile got another link is left alone, and so is one that is new.

    Args:
        bindings: of the items as they were read.
        before: these items, those without an issue included.
        after: the document's items as they now are.
    """
    bound = {binding.item.place: binding for binding in bindings}
    rebound = []
    for old, new in pair(before, after, bound):
        binding = bound.get(old.place)
        if (
            binding
            and binding.status
            and (new.annotation is None or new.annotation.ref in _refs(old, binding))
        ):
            rebound.append(replace(binding, item=new, ticked=_ticked(binding, new)))
    return tuple(rebound)


def pair(
    before: Sequence[ActionItem], after: Sequence[ActionItem], bound: Mapping[Place, Binding]
) -> list[tuple[ActionItem, ActionItem]]:
    """Pairs the items of one document with what became of them: by link, else by text, as `rebind` says."""
    holders: dict[IssueRef, list[ActionItem]] = defaultdict(list)
    for old in before:
        for ref in _refs(old, bound.get(old.place)):
            holders[ref].append(old)
    pairs = [
        (min(linked, key=lambda old: _text(old) != _text(new)), new)
        for new in after
        if new.annotation and (linked := holders.get(new.annotation.ref))
    ]
    for key in (_text_and_state, _text):
        olds, news = {old.place for old, _ in pairs}, {new.place for _, new in pairs}
        waiting: dict[object, list[ActionItem]] = defaultdict(list)
        for old in before:
            waiting[key(old)] += [old] if old.place not in olds else []
        loose = (new for new in after if new.place not in news)
        pairs += [(waiting[key(new)].pop(0), new) for new in loose if waiting[key(new)]]
    return pairs


def _refs(item: ActionItem, binding: Binding | None) -> set[IssueRef]:
    """What an item's issue is known by: the reference in its annotation, and the present one."""
    refs = {item.annotation.ref} if item.annotation else set()
    return refs | ({binding.issue.ref} if binding and binding.issue else set())


def _text(item: ActionItem) -> tuple[object, ...]:
    return (normalise(item.text or item.title),)


def _text_and_state(item: ActionItem) -> tuple[object, ...]:
    return (*_text(item), item.done)


def _ticked(binding: Binding, now: ActionItem) -> bool | None:
    """What a box should say that may have changed since the plan was made.

    Beside the word that was read, a box that differs was changed by a person since: the next run obeys it.
    Beside another word, which another run wrote, it is a person's where that is still what the issue says.
    """
    old, status = binding.item, binding.status
    said, says = (item.annotation.status if item.annotation else None for item in (old, now))
    ticked, ticks = (item.box.ticked if item.box else None for item in (old, now))
    if said is says:
        return binding.ticked if ticked == ticks else None
    return None if status is None or (says or Status.OPEN) is status else follow(now, status)
