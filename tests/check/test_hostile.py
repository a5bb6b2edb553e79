"""No document makes a check hang: what is not linear would not end within the bound of a test."""

from collections.abc import Callable
from datetime import date

import pytest

from pmsync.check import Settings, check
from pmsync.extract import read
from pmsync.model import ActionItem, Kind, Notice, Postmortem
from tests.extract.hostile import HOSTILE

SIZE = 200_000
HEAD = "# Down\n\n## Action items\n\n"


def look(postmortem: Postmortem) -> None:
    check([postmortem], Settings(owners={"Ada": "ada"}), date(2026, 3, 2))


def repeated(words: str) -> str:
    return words * (SIZE // len(words))


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_to_reading_is_checked(make: Callable[[int], str]) -> None:
    look(read("a.md", make(SIZE // 10)))


@pytest.mark.parametrize(
    "words",
    [
        "<!-- pmsync: allow ",
        "<!-- pmsync: allow PM001 x -->",
        "<!--",
        "?",
        "[TBD",
        "`",
        "{{a",
        "Improve ",
        "??? ",
        "PM001,",
    ],
)
def test_marks_without_end_are_checked(words: str) -> None:
    text = HEAD + "- " + repeated(words)
    item = ActionItem(
        document="a.md", line=5, end_line=5, kind=Kind.LIST, section="", title="x", text=text, body=text
    )
    look(Postmortem(document="a.md", text=text, title="Down", items=(item,)))
    look(Postmortem(document="a.md", text=f"<!-- pmsync: allow{' ' * SIZE}", title="Down", items=(item,)))


@pytest.mark.parametrize("title", ["Alert on the memory of pod {}", "Alert on the memory of the pod"])
def test_as_many_items_as_fit_into_a_document_are_checked(title: str) -> None:
    items = tuple(
        ActionItem(
            document="a.md",
            line=at,
            end_line=at,
            kind=Kind.LIST,
            section="",
            title=title.format(at),
            ticket="OPS-1",
        )
        for at in range(1, 30_000)
    )
    warnings = tuple(Notice(text="x", document="a.md", line=at) for at in range(1, 30_000))
    look(
        Postmortem(
            document="a.md",
            text="\n" * 30_000,
            title="Down",
            date="2026-03-01",
            items=items,
            warnings=warnings,
        )
    )
