"""A title says what to do and nothing else, and whatever it leaves out is told elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.extract import read
from pmsync.lexicon.words import words_of
from pmsync.model import ActionItem

VERBS = st.sampled_from(["Add an alert", "Rotate the keys", "Document the failover", "Test the restore"])
ENDS = st.sampled_from(
    [
        "(OPS-124)",
        "(acme/other#12)",
        "[when it snows]",
        "https://github.com/acme/other/issues/7",
        "(owner: Ada, due: 2026-03-01)",
        "– Wei Zhang – Feb 28, 2026",
        "(Olga, by 2026-03-28)",
        "[P1]",
        "@ben",
        "@ben @carla",
        "(see the plan (2nd floor)",
        "It was late. (Twice)",
        "[Rick]",
        "(done)",
        "Owner: Ada. Ticket: OPS-9",
        ":warning:",
        "\\[x\\]",
        "Due: 2026-03-01 or so",
        "due: soon",
        "(@ben, @carla)",
        "by 2026-03-01",
        "(in progress)",
        "📅 2026-03-01",
        "– Ada – due 2026-03-01",
        "Owner: [Ada](https://example.com/ada)",
        "in `a.*`",
        "- `P2`",
        "Owner: Priya - Separate queue",
    ]
)
ALL_TOLD = frozenset(
    {"owner", "due", "by", "ticket", "p", "done", "x", "warning", "feb", "28", "03", "01", "2026"}
)
"""Names of fields, marks of state and the parts of dates, which are told as what they are."""


def read_item(line: str) -> ActionItem:
    (item,) = read("postmortems/a.md", f"# Outage\n\n## Action items\n\n- {line}\n").items
    return item


@given(VERBS, st.lists(ENDS, max_size=3))
def test_every_word_of_an_item_is_in_its_title_its_body_or_a_field(verb: str, ends: list[str]) -> None:
    item = read_item(" ".join([verb, *ends]))
    told = (item.title, item.body, item.owner or "", item.due or "", item.priority or "")
    assert set(words_of(item.text)) - ALL_TOLD <= {word for part in told for word in words_of(part)}


@given(VERBS, st.lists(ENDS, max_size=4))
def test_a_title_is_never_empty_or_long_and_its_brackets_are_paired(verb: str, ends: list[str]) -> None:
    title = read_item(" ".join([verb, *ends])).title
    assert 0 < len(title) <= 256
    assert title.count("(") == title.count(")")
    assert title.count("[") == title.count("]")


@pytest.mark.parametrize(
    "number", ["A1:", "A1 –", "**A1** –", "[A1]", "P-3:", "1)", "AI-2:", "(AP-4)", "**F7.**"]
)
def test_an_entrys_own_number_is_no_part_of_its_title(number: str) -> None:
    assert read_item(f"{number} Rotate the keys").title == "Rotate the keys"


@pytest.mark.parametrize("opening", ["S3: keep", "V2 – ship", "L7: balance", "10 – 15 more"])
def test_what_only_looks_like_a_number_stays_in_the_title(opening: str) -> None:
    assert read_item(f"{opening} the keys").title == f"{opening} the keys"


@pytest.mark.parametrize("reference", ["OPS-124", "acme/other#12", "https://github.com/acme/other/issues/7"])
def test_a_reference_tracks_an_item_with_or_without_a_link_around_it(reference: str) -> None:
    bare = read_item(f"Rotate the keys ({reference})")
    linked = read_item(f"Rotate the keys ([{reference}](https://acme.atlassian.net/browse/OPS-124))")
    assert bare.ticket == reference
    assert linked.ticket is not None
    assert reference in bare.title + bare.body
    assert bare.title == linked.title == "Rotate the keys"


@pytest.mark.parametrize("reference", ["OPS-124", "acme/other#12", "https://github.com/acme/other/issues/7"])
@pytest.mark.parametrize("joint", [": ", " - ", " – "])
def test_a_reference_that_opens_an_item_tracks_it_and_stands_in_its_body(reference: str, joint: str) -> None:
    item = read_item(f"{reference}{joint}Rotate the keys")
    assert (item.title, item.ticket) == ("Rotate the keys", reference)
    assert reference in item.body


def test_a_title_is_one_line_even_where_nothing_but_a_field_is_left() -> None:
    (item,) = read("postmortems/2026-01-01-x.md", "## Action items\n-->\nOwner: @bo\n").items
    assert "\n" not in item.title
