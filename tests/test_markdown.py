import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pmsync.markdown import code, inert, link
from pmsync.text import shown

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

LIVELY = st.text(st.one_of(st.sampled_from("@#`*_[]()<>|~\\!&-+=.:/ \n1ax\u202e\x1b"), st.characters()))


def words_of(markdown: str) -> str:
    """Returns the words that a paragraph renders as; fails on anything else than words."""
    tokens = MARKDOWN.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


@given(LIVELY)
def test_text_renders_as_just_its_words(text: str) -> None:
    expected = " ".join(shown(" ".join(text.split())).replace("\u200b", "").split())
    if expected:
        assert " ".join(words_of(inert(text)).replace("\u200b", "").split()) == expected


@given(LIVELY)
def test_text_never_ends_the_table_cell_it_stands_in(text: str) -> None:
    table = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {inert(text)} | end |\n")
    cells = [
        token.content for token, before in zip(table[1:], table, strict=False) if before.type == "td_open"
    ]
    assert len(cells) == 2
    assert cells[1] == "end"


@pytest.mark.parametrize(
    "text", ["@team", "see @acme/sre", "#12", "acme/shop#12", "GH-7", "gh-7", "a@b.org", "https://evil.example",
             "www.evil.example", "ftp://x.y"],
)  # fmt: skip
def test_what_github_finds_in_plain_words_is_broken(text: str) -> None:
    made = inert(text)
    assert "\u200b" in made
    assert made.replace("\u200b", "") == text.replace("#12", "\\#12" if text.startswith("#") else "#12")


def test_an_address_is_broken_before_its_slashes() -> None:
    # After them a zero-width space would be taken for a letter of the host.
    assert inert("https://a.b") == "https\u200b://a.b"


@given(LIVELY)
def test_a_code_span_shows_its_words_and_nothing_else(text: str) -> None:
    tokens = MARKDOWN.parse("x " + code(text))
    children = tokens[1].children or []
    assert [child.type for child in children] == ["text", "code_inline"]


def test_a_link_leads_to_web_pages_and_paths_only() -> None:
    assert link("#1", "https://github.com/a/b/issues/1") == "[#1](https://github.com/a/b/issues/1)"
    assert link("#1", ".pmsync/issues/1-x.md") == "[#1](.pmsync/issues/1-x.md)"
    assert link("#1", "javascript:alert(1)") == "#1"
    assert link("#1", "//evil.example") == "#1"
    assert link("#1", "") == "#1"


def test_a_link_cannot_be_broken_out_of() -> None:
    made = link("#1", "https://x.y/a) <b>|`c d`\n# e")
    tokens = MARKDOWN.parse(made)
    assert [child.type for child in tokens[1].children or []] == ["link_open", "text", "link_close"]
    assert "|" not in made
