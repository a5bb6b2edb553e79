"""Untrusted words act nowhere: no mark-up comes of them, and nothing that GitHub finds by itself."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pmsync.markdown import code, command, fit, inert, link, plain
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


@given(st.integers(200, 3000), st.sampled_from(["ä", "🔥", "x"]))
def test_what_is_too_long_is_cut_at_a_line_and_never_above_its_limit(limit: int, letter: str) -> None:
    text = "".join(f"{letter * 30}\n" for _ in range(100))
    fitted = fit(text, limit, "Cut")
    assert len(fitted.encode()) <= limit or fitted == text
    assert all(line == letter * 30 for line in fitted.split("\n\n_Cut")[0].splitlines())


# ------------------------------------------------------------------------------ paths

NASTY = [
    "fixes #1.md",
    "@team/read.md",
    "`code` @team.md",
    "``",
    " blank ",
    "line\nbreak ::set-output name=x::y.md",
    "<!-- pmsync:write-back " + "a" * 64 + " -->",
    "https://example.com/x.md",
    "\u202egnp.md",
    "\udcff.md",
    "",
]


@pytest.mark.parametrize("path", NASTY)
def test_a_path_is_one_code_span_and_nothing_else(path: str) -> None:
    (paragraph,) = [it for it in MarkdownIt().parse(f"- {code(path, 200)}") if it.type == "inline"]
    assert [it.type for it in paragraph.children or []] == ["code_inline"]


@given(st.text() | st.sampled_from(NASTY))
def test_a_path_neither_pings_nor_closes_nor_forges(path: str) -> None:
    said = code(path, 200)
    assert "\n" not in said
    assert "@" not in said.replace("@\u200b", "")
    assert "#" not in said.replace("#\u200b", "")
    assert "<!--" not in said
    assert said.encode("utf-8")  # no surrogate is left


LIVE_WORDS = ["@team", "fixes #1", "closes acme/shop#12", "GH-7", "<!-- pmsync:1", "https://x.y", "www.x.y"]


@pytest.mark.parametrize("words", LIVE_WORDS)
@pytest.mark.parametrize("shown_as", [inert, code])
def test_wherever_words_are_shown_github_finds_nothing_in_them(
    words: str, shown_as: Callable[[str], str]
) -> None:
    live = r"@\w|#\d|(?i:gh)-\d|<!--|\w://|(?i:www)\."
    assert not re.search(live, shown_as(f"see {words} now"))


@pytest.mark.parametrize(
    "words", ["@team", "see @acme/sre", "&#64;team", "<!-- pmsync:1 -->", "# a", "1. a", "- a"]
)
def test_in_an_issue_of_ours_words_ping_nobody_and_mark_nothing_up(words: str) -> None:
    assert words_of(plain(words)).replace("\u200b", "") == words
    assert "@team" not in plain(words)


@given(LIVELY, LIVELY)
def test_no_text_ends_or_extends_a_workflow_command(text: str, name: str) -> None:
    made = command("warning", text, file=name)
    assert not re.search(r"[\r\n]", made)
    given_name, said = re.fullmatch(r"::warning(?: file=([^:,]*))?::(.*)", made, re.DOTALL).groups()  # type: ignore[union-attr]
    assert unquote(given_name or "") == name.encode("utf-8", "replace").decode()
    assert unquote(said) == shown(text.replace("\r", ""))
