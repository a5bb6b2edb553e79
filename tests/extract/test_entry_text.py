"""An entry's text is parsed once: every sign of it is known where it stands, and so is every field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.extract import read
from pmsync.extract.fields.entry_text import read_entry
from pmsync.extract.structure.flat import flatten
from pmsync.lexicon.vocabulary import load_vocabulary
from pmsync.model import ActionItem
from tests.extract.hostile import MARKS

PIECES = st.lists(
    st.sampled_from([*MARKS, "word", " ", "\n", "\r\n", "&amp;", "[t](u)", "`a*`"]), max_size=12
)
LONG = 100_000


def read_item(line: str) -> ActionItem:
    (item,) = read("postmortems/a.md", f"# Outage\n\n## Action items\n\n- [ ] {line}\n").items
    return item


@given(PIECES)
def test_every_sign_of_the_flat_text_stands_in_the_markdown_in_order(pieces: list[str]) -> None:
    markdown = "".join(pieces)
    flat = flatten(markdown)
    assert len(flat.offsets) == len(flat.text) + 1
    assert list(flat.offsets) == sorted(flat.offsets)
    if "&" not in markdown:
        assert all(
            char.isspace() or markdown[at] == char for char, at in zip(flat.text, flat.offsets, strict=False)
        )
    assert flat.source(0, len(flat.text)) == markdown.strip()


@given(PIECES)
def test_what_opens_ends_and_heads_a_text_lies_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    entry = read_entry(text, "", load_vocabulary(text))
    size = len(entry.flat.text)
    assert 0 <= entry.start <= entry.head[0] <= entry.head[1] <= max(entry.behind, size)
    for ends in (entry.ends, entry.head_ends):
        starts = [end.start for end in ends]
        assert starts == sorted(starts, reverse=True)
        assert all(entry.start <= start <= size for start in starts)


@pytest.mark.parametrize(
    ("line", "title", "owner", "due", "priority"),
    [
        (
            "Owner: Priya - Separate queue for the mail workers",
            "Separate queue for the mail workers",
            "Priya",
            None,
            None,
        ),
        ("Owner: Ada, due: 2026-03-01 - Fix the lag", "Fix the lag", "Ada", "2026-03-01", None),
        ("Owner: Ada - Fix the lag (@ben)", "Fix the lag", "Ada", None, None),
        ("Fix the lag (Will, due 2026-03-01)", "Fix the lag", "Will", "2026-03-01", None),
        ("Fix the lag, @ada, 2026-03-01", "Fix the lag", "ada", "2026-03-01", None),
        ("@ada: fix the lag", "fix the lag", "ada", None, None),
        ("(@ada) Fix the lag", "Fix the lag", "ada", None, None),
        ("`P1` Fix the lag", "Fix the lag", None, None, "P1"),
        ("Fix the lag `P1`", "Fix the lag", None, None, "P1"),
        ("Fix the lag. Owner: [Ada](https://example.com/ada)", "Fix the lag", "Ada", None, None),
        ("**Fix the lag (owner: Ada):** it is long", "Fix the lag", "Ada", None, None),
        ("Fix the lag by 1 March 2026", "Fix the lag", None, "2026-03-01", None),
        ("Fix the lag [Optional]", "Fix the lag [Optional]", None, None, None),
        ("Remove `@Override` from `Foo`", "Remove @Override from Foo", None, None, None),
        ("Make sure that the restore is done", "Make sure that the restore is done", None, None, None),
        ("Do nothing before merging PR #881", "Do nothing before merging PR #881", None, None, None),
        ("Grant `s3:*` to all", "Grant s3:* to all", None, None, None),
        ("Fix the lag (@ada, @ben)", "Fix the lag", "ada, ben", None, None),
        ("Fix the lag → **Ada**, Fri 6 Mar 2026", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag; Ada; by 2026-03-06", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag. Ada, 2026-03-06", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag (Ada, 06/03/2026)", "Fix the lag", "Ada", "06/03/2026", None),
        ("Fix the lag (Ada/Ben, P1)", "Fix the lag", "Ada/Ben", None, "P1"),
    ],
)
def test_what_was_read_leaves_the_title_and_nothing_else_does(
    line: str, title: str, owner: str | None, due: str | None, priority: str | None
) -> None:
    item = read_item(line)
    assert (item.title, item.owner, item.due, item.priority) == (title, owner, due, priority)


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("Fix the lag (completed 2026-02-02)", "Fix the lag (completed 2026-02-02)"),
        ("Fix the lag. **It grows** (owner: Ada)", "**It grows**"),
        ("**Fix `a.*`** for good. It grows.", "It grows."),
        ("Fix the lag (owner: Ada, due: soon)", "Fix the lag (owner: Ada, due: soon)"),
        ("Fix the lag (owner: Ada, due: TBD)", ""),
        ("Fix the lag. Due: 2026-03-01 or so", "Due: 2026-03-01 or so"),
        ("**Owner:** Ada **Due:** 2026-03-01 Fix the lag", "**Owner:** Ada **Due:** 2026-03-01 Fix the lag"),
    ],
)
def test_what_no_field_tells_stays_in_the_body(line: str, body: str) -> None:
    assert read_item(line).body == body


@pytest.mark.parametrize(
    "piece",
    ["(", "[", ":", "- a: b", "@a ", '"', "> ", "Owner: A - ", " – Ada – 2026-03-01", "[![a](b)", "#12 "],
)
def test_a_text_of_any_length_is_parsed_to_its_end(piece: str) -> None:
    text = piece * (LONG // len(piece))
    assert read_entry(text, text, load_vocabulary(text)).flat.markdown
