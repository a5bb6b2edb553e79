"""What a pull request's documents lack is told at its line."""

from dataclasses import replace

from pmsync.action.findings import find_gaps
from pmsync.extract import read

TEXT = """\
# Queue was full

## Action items

- [ ] Raise the limit (@ada, due: 2026-03-20)
- [ ] Alert on its length (@ada)
- [ ] Write a runbook
- [x] Restart the workers
- [ ] TBD
"""


def gaps(text: str = TEXT, owner: str | None = None) -> list[tuple[int | None, str]]:
    postmortem = replace(read("a.md", text), owner=owner)
    return [(gap.line, gap.text) for gap in find_gaps(postmortem)]


def test_missing_owners_and_dates_and_placeholders_are_told_and_done_items_left() -> None:
    assert gaps() == [
        (6, "the action item has no due date"),
        (7, "the action item has no owner and no due date"),
        (9, "a placeholder stands in an action item's place: fill it in"),
    ]


def test_a_documents_owner_stands_in_for_an_items() -> None:
    assert gaps(owner="bob")[1] == (7, "the action item has no due date")
