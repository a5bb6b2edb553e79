"""Write-back as values: what to change in a document's text, and how to take all of it back.

    bindings → edits → text;  text → strip → what the author wrote

Only our own annotation, a checkbox, a leading TODO and a table's status cell are ever edited, and a
placeholder in a table's issue cell, which the annotation keeps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pmsync.annotation import destination, render, rewritten
from pmsync.model import ActionItem, Binding, Edit, Place, Postmortem, Status

Reader = Callable[[str, str], Postmortem]
"""Reads a document: its path and its text → what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A document with its bindings written into it.

    Attributes:
        after: the new text, and how it reads; the document as it was where nothing changes.
        refused: the items that should have a link and got none, since it would not be rendered as one
            there, or would change how something else is read.
    """

    after: Postmortem
    refused: tuple[ActionItem, ...] = ()


def annotate(
    before: Postmortem, bindings: Sequence[Binding], *, documents_repository: str, read: Reader
) -> Annotated:
    """Writes what `bindings` say into a document's text, proven by reading the result again.

    An edit that does no good is left out and the others are made. Where the result does not tell which
    one it is, it is found by halving: k of n cost about 2·k·log n readings.

    Args:
        before: the document as read.
        bindings: those of its items.
        documents_repository: `owner/name` of the documents; issues of another show with theirs.
        read: how the result is read.
    """

    def attempt(chosen: Sequence[Binding]) -> tuple[Postmortem, set[Place]]:
        edits = make_edits(
            before.text, chosen, documents_repository=documents_repository, document=before.document
        )
        after = read(before.document, apply_edits(before.text, edits)) if edits else before
        return after, {item.place for item in verify(before, after, chosen)}

    accepted: list[Binding] = []
    refused = {binding.item.place for binding in bindings if _is_homeless(binding)}
    after = before
    pending = [list(bindings)]
    while pending:
        group = pending.pop()
        result, wrong = attempt([*accepted, *group])
        sound = [binding for binding in group if binding.item.place not in wrong]
        if not wrong:
            accepted, after = [*accepted, *group], result
        elif len(group) <= 1:
            refused.update(binding.item.place for binding in group)
        elif 0 < len(sound) < len(group):
            refused |= wrong & {binding.item.place for binding in group}
            pending.append(sound)
        else:
            middle = len(group) // 2
            pending += [group[middle:], group[:middle]]
    return Annotated(after=after, refused=tuple(item for item in before.items if item.place in refused))


def make_edits(
    text: str, bindings: Sequence[Binding], *, documents_repository: str, document: str
) -> tuple[Edit, ...]:
    """Decides what to change in a document: annotations inserted or rewritten, boxes ticked or not.

    Args:
        text: the document's text, from which the bindings' items were read.
        bindings: those of its items. One that has no slot for its link writes none.
        documents_repository: `owner/name` of the documents; issues of another show with theirs.
        document: the document's path, from which local issues' paths are counted.

    Returns:
        The edits in the text's order, none void and no two in each other's way (the first one in the
        text is made): nothing at all where everything is as it should be.
    """
    wanted = [
        edit
        for binding in bindings
        for edit in _edits_of(text, binding, documents_repository, document)
        if edit.new != text[edit.start : edit.end]
    ]
    edits: list[Edit] = []
    for edit in sorted(wanted, key=_span):
        if not edits or (edit.start >= edits[-1].end and _span(edit) != _span(edits[-1])):
            edits.append(edit)
    return tuple(edits)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Returns `text` with every edit made.

    Raises:
        ValueError: two edits overlap, or one lies outside of the text.
    """
    pieces, at = [], 0
    for edit in sorted(edits, key=_span):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"the edit of {edit.start} to {edit.end} overlaps another, or lies outside")
        pieces += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*pieces, text[at:]])


def strip(
    text: str,
    items: Sequence[ActionItem],
    *,
    boxes: Mapping[int, str] | None = None,
    links: Mapping[int, str] | None = None,
) -> str:
    """Returns what the author wrote: `text` without what pmsync put there, byte for byte.

    Args:
        text: the annotated text.
        items: as read from it.
        boxes: by an item's position among `items`, what stood in its box before pmsync changed it; other
            boxes stay as they are.
        links: likewise, what stood where the annotation is: an author's own link that was adopted.
    """
    boxes, links = boxes or {}, links or {}
    edits = []
    for index, item in enumerate(items):
        if item.annotation:
            before = links.get(index, item.annotation.placeholder)
            edits.append(Edit(item.annotation.start, item.annotation.end, before))
            edits += [Edit(it.start, it.end, it.placeholder) for it in item.annotation.others]
        if item.box and index in boxes:
            edits.append(Edit(item.box.start, item.box.end, boxes[index]))
    return apply_edits(text, edits)


def verify(before: Postmortem, after: Postmortem, bindings: Sequence[Binding]) -> tuple[ActionItem, ...]:
    """Checks a new text, read again, against what it was made from and for.

    Args:
        before: the document as it was.
        after: the document as it would be.
        bindings: what was written into it.

    Returns:
        The items (as they were) that may not be written so: their link is not rendered as one, or not as
        it should be, or their box does not read as it should. All bound items where the document no
        longer yields the same items, or where one that nobody asked for changed.
    """
    bound = {binding.item.place: binding for binding in bindings}
    everything = tuple(binding.item for binding in bindings)
    places = {item.place for item in before.items}
    if len(before.items) != len(after.items) or not bound.keys() <= places:
        return everything
    wrong = []
    for old, new in zip(before.items, after.items, strict=True):
        binding = bound.get(old.place)
        if essence(old) != essence(new):
            return everything
        if _link(new) != _wanted_link(old, binding) or _tick(new) != _wanted_tick(old, binding):
            if binding is None:
                return everything
            wrong.append(old)
    return tuple(wrong)


def _edits_of(text: str, binding: Binding, documents_repository: str, document: str) -> Iterator[Edit]:
    item, issue, status = binding.item, binding.issue, binding.status
    annotation, slot, box = item.annotation, item.slot, item.box
    if status and annotation and not binding.beside:
        new = rewritten(
            text,
            annotation,
            ref=issue.ref if issue else annotation.ref,
            url=destination(issue.url, document) if issue else annotation.url,
            status=status,
            documents_repository=documents_repository,
        )
        yield Edit(annotation.start, annotation.end, new)
        yield from (Edit(other.start, other.end, other.placeholder) for other in annotation.others)
    elif status and issue and slot:
        url = destination(issue.url, document)
        new = render(
            issue.ref,
            url,
            status,
            documents_repository=documents_repository,
            bare=slot.bare,
            placeholder=slot.placeholder,
        )
        yield Edit(slot.at, slot.at + len(slot.placeholder), slot.lead + new)
    if box and binding.ticked is not None and box.ticked != binding.ticked:
        yield Edit(box.start, box.end, box.tick if binding.ticked else box.untick)


def _is_homeless(binding: Binding) -> bool:
    """Whether its link should be written, and there is no place for it."""
    has_place = binding.item.slot or (binding.item.annotation and not binding.beside)
    return bool(binding.status and binding.issue and not has_place)


def _span(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def essence(item: ActionItem) -> tuple[object, ...]:
    """What nothing we write may change: all but places, state, and the links (ours may be among them)."""
    return (
        item.kind,
        item.section,
        item.title,
        item.body,
        item.owner,
        item.due,
        item.priority,
        item.type,
        item.text,
        item.detail,
    )


def _link(item: ActionItem) -> tuple[object, Status | None] | None:
    return (item.annotation.ref, item.annotation.status) if item.annotation else None


def _wanted_link(item: ActionItem, binding: Binding | None) -> tuple[object, Status | None] | None:
    if binding is None or binding.status is None or _is_homeless(binding):
        return _link(item)
    ref = binding.issue.ref if binding.issue else item.annotation.ref if item.annotation else None
    return (ref, binding.status) if ref else None


def _tick(item: ActionItem) -> bool | None:
    return item.box.ticked if item.box else None


def _wanted_tick(item: ActionItem, binding: Binding | None) -> bool | None:
    if item.box is None or binding is None or binding.ticked is None:
        return _tick(item)
    return binding.ticked
