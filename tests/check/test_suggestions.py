"""What is suggested can be committed as it is: it reads as it should, and nothing is made up."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.check import Settings, check
from pmsync.check.suggestions import Gap, find_gaps, suggest
from pmsync.extract import read
from pmsync.model import Postmortem

DAY = date(2026, 3, 31)
HEAD = "# Queue was full\n\n**Date:** 2026-03-01\n**Severity:** SEV-2\n\n## Action items\n\n"


def gaps_of(postmortem: Postmortem, owner: str = "@ada", due: date | None = DAY) -> list[Gap]:
    found = check([postmortem], Settings(), date(2026, 3, 2)).diagnostics
    days = {item.place: due for item in postmortem.items} if due else {}
    return list(find_gaps(found, [postmortem], owner=owner, due=days))


def lines_for(text: str, **named: object) -> list[str | None]:
    gaps = gaps_of(read("a.md", HEAD + text), **named)  # type: ignore[arg-type]
    return [suggest(gap, read) for gap in gaps]


@pytest.mark.parametrize(
    ("line", "suggested"),
    [
        ("- [ ] Page on queue length", "- [ ] Page on queue length (owner: @ada, due: 2026-03-31)"),
        ("1. Page on queue length (@bob)", "1. Page on queue length (@bob) (due: 2026-03-31)"),
        ("- Page on it (due: 2026-04-01)", "- Page on it (due: 2026-04-01) (owner: @ada)"),
        (
            "- Page on queue length <!-- x -->",
            "- Page on queue length (owner: @ada, due: 2026-03-31) <!-- x -->",
        ),
        (
            "- Page ([#3](https://github.com/acme/shop/issues/3): open)",
            "- Page (owner: @ada, due: 2026-03-31) ([#3](https://github.com/acme/shop/issues/3): open)",
        ),
    ],
)
def test_the_fields_stand_where_people_write_them(line: str, suggested: str) -> None:
    assert lines_for(line + "\n") == [suggested]


@pytest.mark.parametrize(
    ("line", "suggested"),
    [
        ("- Page on it (owner: TBD, due: TBD)", "- Page on it (owner: @ada, due: 2026-03-31)"),
        ("- Page on it (owner: TBD)", "- Page on it (owner: @ada) (due: 2026-03-31)"),
        ("- Page on it (owner: )", "- Page on it (owner: @ada) (due: 2026-03-31)"),
        ("- Page on it [Owner: ?] [Due: ?]", "- Page on it [Owner: @ada] [Due: 2026-03-31]"),
    ],
)
def test_a_place_that_is_held_for_a_field_is_filled(line: str, suggested: str) -> None:
    assert lines_for(line + "\n") == [suggested]


@pytest.mark.parametrize("detail", ["Owner: TBD", "**Owner:**", "Due: –"])
def test_where_a_line_below_holds_the_place_nothing_is_written_above(detail: str) -> None:
    assert lines_for(f"- Page on queue length\n  - {detail}\n") == [None]


TABLE = "| What | Owner | Due |\n|---|---|---|\n"


@pytest.mark.parametrize(
    ("row", "suggested"),
    [
        ("| Page on queue length |  |  |", "| Page on queue length | @ada | 2026-03-31 |"),
        ("| Page on `a\\|b` | - | 2026-04-01 |", "| Page on `a\\|b` | @ada | 2026-04-01 |"),
        ("| Page on queue length | TBD | **TBD** |", "| Page on queue length | @ada | 2026-03-31 |"),
        ("|Page on queue length||TBD|", "|Page on queue length|@ada|2026-03-31|"),
        ("| Page on queue length | bob | — |", "| Page on queue length | bob | 2026-03-31 |"),
    ],
)
def test_in_a_table_they_stand_in_their_columns(row: str, suggested: str) -> None:
    assert lines_for(TABLE + row + "\n") == [suggested]


def test_a_table_without_a_place_for_it_gets_nothing() -> None:
    assert lines_for("| What | Due |\n|---|---|\n| Page on queue length | 2026-04-01 |\n") == [None]


def test_nothing_is_proposed_that_nobody_said() -> None:
    assert lines_for("- Page on queue length\n", owner="", due=None) == []
    assert lines_for("- Page on queue length (due: soon)\n", owner="") == [None]


def test_what_a_rule_does_not_find_is_not_mended() -> None:
    allowed = "- Page on queue length <!-- pmsync: allow PM001 the vendor's --> \n"
    (line,) = lines_for(allowed)
    assert line is not None
    assert "owner" not in line
    assert lines_for("- [x] Page on queue length\n") == []


@pytest.mark.parametrize("line", ["- Page on queue length\r\n", "- Page on queue \udcff length\n"])
def test_a_line_that_would_not_come_back_as_it_was_is_left_alone(line: str) -> None:
    assert lines_for(line) == [None]


def test_an_item_is_known_by_its_words_wherever_it_stands() -> None:
    first, second = (
        gaps_of(read("a.md", HEAD + text))[0].key
        for text in ("- Page on queue length\n", "Some prose.\n\n* [ ] Page on **queue** length\n")
    )
    assert first == second
    assert gaps_of(read("b.md", HEAD + "- Page on queue length\n"))[0].key != first


@pytest.mark.parametrize("shape", sorted((Path(__file__).parents[1] / "extract/shapes").glob("*.md")))
def test_in_every_shape_of_document_what_is_suggested_reads_as_it_should(shape: Path) -> None:
    before = read("a.md", shape.read_bytes().decode("utf-8", "surrogateescape"))
    for gap in gaps_of(before)[:5]:
        suggestion = suggest(gap, read)
        if suggestion is None:
            continue
        lines = before.text.split("\n")
        lines[gap.line - 1] = suggestion
        after = read("a.md", "\n".join(lines))
        assert len(after.items) == len(before.items)
        (now,) = (item for item in after.items if item.line == gap.item.line)
        assert now.title == gap.item.title
        assert (now.owner, now.due) == (
            "ada" if gap.owner else gap.item.owner,
            DAY.isoformat() if gap.due else gap.item.due,
        )


HOSTILE = [
    "|" * 50_000,
    ": " + " " * 100_000 + "x",
    "(" * 50_000,
    "[:(" * 20_000,
    "TBD," * 20_000,
    "\\|" * 40_000,
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words[:4]))
def test_no_text_makes_it_busy(words: str) -> None:
    """The suite's bound on a test is the bound here: what grew with the square of this would take an hour."""
    for text in (f"- Page {words}\n", f"- Page on it\n  - {words}\n", f"{TABLE}| Page {words} |  |  |\n"):
        lines_for(text)


@given(st.text(max_size=60))
def test_whatever_an_item_says_a_suggestion_is_one_line_that_keeps_every_word_of_it(words: str) -> None:
    for gap in gaps_of(read("a.md", f"{HEAD}- Page {words}\n")):
        suggestion = suggest(gap, read)
        if suggestion is not None:
            kept = iter(suggestion)
            was = gap.postmortem.text.split("\n")[gap.line - 1]
            assert "\n" not in suggestion
            # Signs alone (`:.`, `[-]`) hold a place, which the suggestion takes.
            assert all(char in kept for char in was if char.isalnum())
