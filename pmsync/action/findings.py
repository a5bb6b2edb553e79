"""What the documents of a pull request lack to be acted on. Pure."""

from collections.abc import Iterator

from pmsync.model import ActionItem, Notice, Postmortem

_PLACEHOLDERS = frozenset({"placeholder", "sample", "slots"})
"""The rules of reading that refuse what was never filled in."""


def find_gaps(postmortem: Postmortem) -> Iterator[Notice]:
    """Yields, line by line, what open items lack (an owner, a due date), and placeholders."""
    gaps = [
        *_placeholders(postmortem),
        *(
            _notice(postmortem, item.line, f"the action item has no {' and no '.join(lacks)}")
            for item in postmortem.items
            if not item.done and (lacks := list(_lacks(item, postmortem)))
        ),
    ]
    yield from sorted(gaps, key=lambda gap: gap.line or 0)


def _placeholders(postmortem: Postmortem) -> Iterator[Notice]:
    for finding in postmortem.findings:
        if finding.rule in _PLACEHOLDERS and not finding.is_section:
            yield _notice(
                postmortem, finding.line, "a placeholder stands in an action item's place: fill it in"
            )


def _lacks(item: ActionItem, postmortem: Postmortem) -> Iterator[str]:
    if not (item.owner or postmortem.owner):
        yield "owner"
    if not item.due:
        yield "due date"


def _notice(postmortem: Postmortem, line: int, text: str) -> Notice:
    return Notice(text=text, document=postmortem.document, line=line)
