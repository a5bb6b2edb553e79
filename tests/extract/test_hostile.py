"""Reading ends, whatever is repeated: the bound on every test is what fails here, never a stop-watch."""

import re
from collections.abc import Callable
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.errors import DocumentError
from pmsync.extract import read
from tests.extract.hostile import HOSTILE, MARKS, PLACES
from tests.pace import sample

SIZE = 20_000
LABEL = 300
"""Characters: no label is looked at beyond these."""
FEW = 8
"""Words that are repeated together."""
LABELS = ("title", "entry", "heading", "bold lead", "column")

WORDS = sorted(
    {
        word
        for file in resources.files("pmsync.lexicon").iterdir()
        if file.name.endswith(".toml")
        for word in re.findall(r"[^\W\d_]+", file.read_text(encoding="utf-8"))
    }
)
PIECES = st.one_of(
    st.sampled_from(MARKS), st.sampled_from(WORDS), st.sampled_from(["\n", "\t", "\u2028", "\udc80", "é"])
)


def read_any(text: str) -> None:
    try:
        read("postmortems/hostile.md", text)
    except DocumentError:
        assert text.startswith("---")


def filled(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_read_to_its_end(make: Callable[[int], str]) -> None:
    read_any(make(SIZE))


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_every_mark_repeated_is_read_to_its_end(place: str) -> None:
    for mark in MARKS:
        for glue in ("", " ", "\n"):
            read_any(place.format(filled(mark + glue, SIZE // 20)))


@pytest.mark.parametrize("name", LABELS)
def test_every_word_of_the_lexicon_repeated_is_read_to_its_end(name: str) -> None:
    for start in sample(range(0, len(WORDS), FEW), 8, LABELS.index(name)):
        read_any(PLACES[name].format(filled(" ".join([*WORDS[start : start + FEW], ""]), LABEL)))


@given(
    st.lists(PIECES, min_size=1, max_size=4),
    st.sampled_from(["", " ", ", "]),
    st.sampled_from([*PLACES.values()]),
)
def test_any_few_pieces_repeated_are_read_to_their_end(pieces: list[str], glue: str, place: str) -> None:
    read_any(place.format(filled(glue.join([*pieces, ""]), SIZE // 4)))
