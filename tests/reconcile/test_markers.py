"""The marker: what it says, who cannot break it, and what it never notices."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.model import ActionItem, Issue, IssueRef, Kind, Postmortem
from pmsync.reconcile.markers import (
    BLOCK_START,
    Inputs,
    Key,
    ManagedBlock,
    Marker,
    choose_block,
    digest,
    document_digest,
    find_block,
    find_blocks,
    new_id,
    normalise,
    read_inputs,
    source_digest,
    text_digest,
    title_is_intact,
    write_block,
)

HEX = st.text("0123456789abcdef", min_size=16, max_size=16)
INPUTS = st.builds(
    Inputs,
    content=HEX,
    owner=HEX,
    labels=st.lists(HEX.map(lambda digits: digits[:8]), max_size=100).map(tuple),
)
KEYS = st.builds(Key, source=HEX, document=HEX, text=HEX, ordinal=st.integers(1, 2**32 - 1))
MARKERS = st.builds(Marker, id=HEX, key=KEYS, inputs=INPUTS, title=HEX, block=HEX)


def marker(text: str = "", **fields: object) -> Marker:
    key = Key(source="0" * 16, document="1" * 16, text="2" * 16, ordinal=1)
    inputs = Inputs(content="3" * 16, owner="4" * 16, labels=())
    made = Marker(id="a" * 16, key=key, inputs=inputs, title="5" * 16, block=digest(text))
    return replace(made, **fields)  # type: ignore[arg-type]


def issue(body: str, title: str = "Alert on memory") -> Issue:
    return Issue(ref=IssueRef("acme/shop", 1), url="", title=title, body=body)


def block_of(body: str) -> ManagedBlock:
    found = find_block(body)
    assert found is not None
    return found


@given(MARKERS, st.text(), st.text(), st.text())
def test_a_marker_is_read_as_it_was_written_whatever_stands_around(
    made: Marker, before: str, text: str, after: str
) -> None:
    body = f"{before}\n{write_block(text, made)}\n{after}"
    assert block_of(body).marker == made


@given(MARKERS)
def test_a_marker_cannot_end_its_comment_early(made: Marker) -> None:
    assert str(made).startswith("<!-- pmsync:1 id=")
    inside = str(made).removeprefix("<!--").removesuffix("-->")
    assert "--" not in inside
    assert ">" not in inside


@given(st.text())
def test_no_text_without_one_is_taken_for_a_marker(text: str) -> None:
    assert find_block(text) is None


def test_two_creations_never_share_an_id() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


# ------------------------------------------------------------------------------- digests


@pytest.mark.parametrize(
    "same",
    ["a\r\nb", "a\rb", "a  \nb\t", "\n\na\nb\n", "  a\nb"],
    ids=["crlf", "cr", "trailing", "outer", "lead"],
)
def test_digests_are_blind_to_what_a_web_editor_changes(same: str) -> None:
    assert digest(same) == digest("a\nb")


@pytest.mark.parametrize("other", ["a b", "A\nb", "a\n\nb", "a\n b", "b\na"])
def test_digests_see_every_other_change(other: str) -> None:
    assert digest(other) != digest("a\nb")


@given(st.text(st.characters(codec=None)))
def test_any_text_has_a_digest(text: str) -> None:
    assert len(digest(text)) == 16
    assert len(digest(normalise(text))) == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Alert on **memory**,\n  before the _cart_ fills.", "alert on memory before the cart fills"),
        ("~~Alert on memory~~", "alert on memory"),
        ("ALERT  ON\tMEMORY", "alert on memory"),
        ("Straße · ﬁle · Ａ", "strasse file a"),
        ("[Rotate](https://example.com/a_b) keys", "rotate https example com a b keys"),
        ("caf\udce9 \ufffd orders", "caf orders"),
        ("🔥 🔥", "🔥 🔥"),
        ("->  !!", "-> !!"),
        ("", ""),
    ],
)
def test_normalisation_is_frozen(text: str, words: str) -> None:
    """Another result here makes every unlinked item new: that needs another version of the marker."""
    assert normalise(text) == words


def test_keys_are_frozen() -> None:
    assert source_digest("Acme/Shop") == source_digest("acme/shop") == "d21b2cdf12b74c75"
    assert document_digest("postmortems/a.md") == "42eabde1e6d74904"
    assert document_digest("postmortems/A.md") != document_digest("postmortems/a.md")


# -------------------------------------------------------------------------------- inputs

ITEM = ActionItem(
    document="a.md",
    line=7,
    end_line=7,
    kind=Kind.LIST,
    section="Tasks",
    title="Alert",
    text="Alert on memory",
    detail="when it fills",
)
DOCUMENT = Postmortem(document="a.md", text="", title="Down", labels=("payments", "tills"))


def test_rewrapping_striking_and_moving_are_no_change() -> None:
    for same in (
        replace(ITEM, text="Alert\n  on memory", detail="when\nit fills"),
        replace(ITEM, text="~~Alert on memory~~", done=True),
        replace(ITEM, line=70, section="Follow-ups", kind=Kind.CHECKBOX),
    ):
        assert read_inputs(same, DOCUMENT) == read_inputs(ITEM, DOCUMENT)
    for same in (
        replace(DOCUMENT, title="Up again", severity="SEV-1", date="2026-01-01"),
        replace(DOCUMENT, labels=("Tills", "payments", "tills")),
    ):
        assert read_inputs(ITEM, same) == read_inputs(ITEM, DOCUMENT)


def test_each_field_is_seen_where_it_belongs() -> None:
    now = read_inputs(ITEM, DOCUMENT)
    assert read_inputs(replace(ITEM, text="Page on memory"), DOCUMENT).content != now.content
    assert read_inputs(replace(ITEM, detail="when it is full"), DOCUMENT).content != now.content
    assert read_inputs(replace(ITEM, owner="Ada"), DOCUMENT).owner != now.owner
    assert read_inputs(ITEM, replace(DOCUMENT, owner="Ada")).owner != now.owner
    assert read_inputs(ITEM, replace(DOCUMENT, labels=("payments",))).labels != now.labels


def test_however_many_labels_a_document_asks_for_its_marker_stays_readable() -> None:
    many = replace(DOCUMENT, labels=tuple(f"label {number}" for number in range(500)))
    made = marker(inputs=read_inputs(ITEM, many))
    assert block_of(write_block("text", made)).marker == made


def test_a_keys_text_is_the_items_own() -> None:
    assert text_digest(ITEM) == text_digest(replace(ITEM, text="*Alert* on\nmemory", detail="", title="x"))
    assert text_digest(ITEM) != text_digest(replace(ITEM, text="Page on memory"))


# --------------------------------------------------------------------------------- blocks


def test_a_block_is_found_between_what_people_wrote() -> None:
    ours = write_block("Do it.", marker("Do it."))
    found = block_of(f"Mine before.\n\n{ours}\n\nMine after.")
    assert found.is_intact
    assert found.text.strip() == "Do it."
    assert f"Mine before.\n\n{ours}\n\nMine after."[found.start : found.end] == ours


def test_a_block_is_intact_with_any_line_ends_until_a_word_changes() -> None:
    ours = write_block("Do it.\n\n- now", marker("Do it.\n\n- now"))
    assert block_of(ours.replace("\n", "\r\n")).is_intact
    assert not block_of(ours.replace("now", "later")).is_intact


def test_a_block_whose_start_was_taken_out_is_no_longer_intact() -> None:
    ours = write_block("Do it.", marker("Do it.")).replace(BLOCK_START, "")
    found = block_of(ours)
    assert not found.is_intact
    assert found.start == found.marker_start


def test_of_several_blocks_the_one_that_fits_item_and_issue_counts() -> None:
    title = "Alert on memory"
    ours = write_block("Do it.", marker("Do it.", title=digest(title)))
    other = write_block("Do that.", marker("Do that.", id="b" * 16, title=digest("Page on memory")))
    same = ours.replace("a" * 16, "c" * 16)
    name = ("1" * 16, "2" * 16)
    for body in (f"{ours}\n{other}", f"{other}\n{ours}", f"{same}\n{ours}", f"{ours}\n{same}"):
        blocks = find_blocks(body)
        assert len(blocks) == 2
        chosen = choose_block(blocks, issue(body, title), {name}, {"c" * 16})
        assert chosen is not None
        assert chosen.marker.id == "a" * 16
    assert choose_block(find_blocks(f"{ours}\n{same}"), issue(ours, title), {name}, ()) is None
    assert find_block(f"{ours}\n{ours}") == find_block(ours)


def test_a_title_is_intact_as_long_as_nobody_changed_it() -> None:
    made = marker(title=digest("Alert on memory"))
    assert title_is_intact(issue("", "Alert on memory "), made)
    assert not title_is_intact(issue("", "Alert on disks"), made)
