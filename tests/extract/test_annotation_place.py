"""Where annotations belong and stand. `‹` and `›` bound the paragraph or cell, `▲` is the slot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pmsync.extract import read
from pmsync.extract.structure.annotation_place import (
    find_annotation,
    find_cell_annotation,
    find_cell_slot,
    find_slot,
)
from pmsync.model import IssueRef, Kind, Slot, Status

SHOP = "https://github.com/acme/shop/issues/12"
LINK = f"[#12]({SHOP})"
OURS = f"({LINK}: open)"

Span = tuple[int, int]


def take_marks(marked: str) -> tuple[str, list[Span]]:
    """Returns the text without the marks, and the spans that they bound."""
    pieces = marked.replace("▲", "").replace("›", "‹").split("‹")
    offsets = [sum(map(len, pieces[: index + 1])) for index in range(len(pieces) - 1)]
    return "".join(pieces), list(zip(offsets[::2], offsets[1::2], strict=True))


def with_slot(marked: str, slot: Slot | None) -> str | None:
    text, _ = take_marks(marked)
    return slot and text[: slot.at] + "▲" + text[slot.at :]


def expected(marked: str) -> str:
    return marked.replace("‹", "").replace("›", "")


def slotted(marked: str, kind: Kind = Kind.LIST) -> str | None:
    text, (span,) = take_marks(marked)
    return with_slot(marked, find_slot(text, span, kind=kind))


# ----------------------------------------------------------------------------- paragraphs


@pytest.mark.parametrize(
    "marked",
    [
        "- ‹Fix it▲›",
        "- ‹Fix it.▲  ›\n",
        "- ‹Fix it▲\t›\r\n- More",
        "1. ‹**Patch it:** Validate▲› ",
        "- ‹Fix it\n  at once▲  ›\n  \n",
        "- ‹Fix it\nlazily▲›\n",
        "> - ‹Fix it\n>   at once▲ ›\n",
        "> ‹Fix it\r> at once▲›\r\r",
        "- ‹Fix it▲\\›\n",
        "- ‹Fix it▲ \\›",
        "- ‹Fix it\\\\▲›",
        "- ‹Fix it▲<br>›",
        "- ‹Fix it▲ <BR /> ›",
        "- ‹Fix it▲ <!-- P1 -->›",
        "- ‹Fix it▲<!-- a --> <!-- b -->  ›",
        "- ‹Fix it▲ <!-- a\n  b -->›",
        "- ‹Fix it #fix▲ ^block-1›",
        "- ‹Fix 2^10▲›",
        "- ‹Fix it▲ {#fix-it}›",
        "- ‹Fix it▲\n  {: .late}›",
        "- ‹Fix it▲ {#fix} <!-- x --><br>›",
        "- ‹Return {:ok, it}▲›",
        "- ‹Set `a` to ${#b}▲›",
        "- ‹Ship `a | b`▲›",
        "- ‹See https://example.org/a_b▲›",
        "- ‹See <https://example.org>▲›",
        "- ‹See [the notes](notes.md)▲›",
        "- ‹See [the notes▲›",
        "- ‹See [the notes](notes▲›",
        "- ‹See ![the▲›",
        "- ‹Say `never▲›",
        "- ‹Set <a href=▲›",
        "- ‹A *star▲›",
        "- ‹**Fix it**▲›",
        "- ‹~~Fix it~~▲›",
        "- ‹Fix it \\*▲›",
        "- ‹Fix it &amp;▲›",
        "- ‹Fix [ref]▲›\n\n[ref]: /x\n",
        "- ‹Zurück 🧠 é▲›",
        "- ‹bytes \udce9\udcff▲›",
        "- ‹NUL \x00 within▲›",
        "- ‹<b>Fix</b> it▲›",
        "- ‹[x] or [y]▲›",
        "- ‹\u3000Fix it\u00a0▲›",
        "- ‹Fix it\x0b\x0c▲ ›",
        "- ‹Fix `it <br> <!-- x -->`▲›",
        "- ‹Fix `it <!-- x` -->▲›",
    ],
)
def test_it_belongs_after_the_text_and_before_what_trails(marked: str) -> None:
    assert slotted(marked) == expected(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "## ‹Fix it▲› ##\n",
        "## ‹Fix it▲ ##›\n",
        "‹### Fix it▲ # ›\n",
        "‹### Fix C#▲›\n",
        "- ## ‹Fix it▲ ##›\n",
        "‹Fix it▲›\n=====\n",
        "‹Fix it\nat once▲\n------›\n",
        "‹Fix it▲\r\n------›\r\n",
        "‹Fix it ##▲›\n=====\n",
        "## ‹[Fix]: it▲›\n",
        "### Fix it\n\n‹Because it is▲ \\›\n",
    ],
)
def test_a_heading_keeps_its_closing_hashes_and_its_underline(marked: str) -> None:
    assert slotted(marked, Kind.HEADING) == expected(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "‹<div>Fix it</div>›",
        "‹<!-- Fix it -->›",
        "‹[fix]: https://example.org›",
        "- ‹›",
        "- ‹ <!-- x --> ›",
        f"- ‹{'x' * 20_000}›",
        "- ‹Fix\n  *›",
        "- ‹Fix\n  12.›",
    ],
)
def test_where_no_link_can_be_rendered_there_is_no_slot(marked: str) -> None:
    assert slotted(marked) is None


@pytest.mark.parametrize(
    ("paragraph", "usable"),
    [
        (["Fix it", "Mend it", "Turn it"], [True, True, True]),
        (["Fix `it", "Mend` it", "Turn it"], [False, True, True]),
        (["Fix it", "Mend [it", "Turn](x) it"], [True, False, True]),
        (["Fix it", "Mend <b class=", "'x'> it"], [True, False, True]),
        (["Fix ![it", "Mend](x) it", "Turn it"], [False, True, True]),
        (["Fix `it", "Mend it", "Turn it"], [True, True, True]),
        (["Fix **it", "Mend** it", "Turn it\\"], [True, True, True]),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\n> "])
def test_a_line_that_ends_inside_what_a_later_line_closes_has_none(
    paragraph: list[str], usable: list[bool], line_end: str
) -> None:
    text = "> " + line_end.join(paragraph)
    starts = [text.index(line) for line in paragraph]
    found = [
        find_slot(text, (start, start + len(line)), kind=Kind.PLAIN, within=(2, len(text)))
        for start, line in zip(starts, paragraph, strict=True)
    ]
    assert [slot is not None for slot in found] == usable


@pytest.mark.parametrize(
    "marked",
    [
        f"- ‹Fix `it {OURS}›`",
        f"- ‹Fix `it {OURS}` now›",
        f"- ‹Fix <b title='{OURS}'>it</b>›",
        f"- ‹Fix <!-- {OURS} --> it›",
        f"- ‹Fix it <!--\n {OURS} -->›",
        f"‹<div>Fix it {OURS}›",
        f"- ‹Fix ![it {OURS}](x.png)›",
        f"- ‹{'x' * 20_000} {OURS}›",
    ],
)
def test_what_markdown_does_not_render_as_a_link_is_no_annotation(marked: str) -> None:
    text, (span,) = take_marks(marked.replace("›`", "`›"))
    assert find_annotation(text, span) is None


def test_a_line_within_a_code_span_of_its_paragraph_bears_no_annotation() -> None:
    text = f"Fix `it {OURS}\nMend` it {OURS}"
    first = (0, text.index("\n"))
    last = (first[1] + 1, len(text))
    assert find_annotation(text, first, within=(0, len(text))) is None
    assert find_annotation(text, last, within=(0, len(text))) is not None


@pytest.mark.parametrize(
    "marked",
    [
        f"- ‹Fix it {OURS}›",
        f"- ‹Fix it {OURS} \\›",
        f"> 1. ‹Fix it\n>    {OURS} <!-- x -->›",
        f"- ‹Fix `it` {OURS} and `that`›",
        f"## ‹Fix it {OURS} ##›",
        f"## ‹<div>Fix it {OURS}›",
        f"- ‹bytes \udce9 {OURS} \x00›",
        f"- ‹{OURS}›",
    ],
)
def test_an_annotation_is_found_wherever_it_stands_in_the_paragraph(marked: str) -> None:
    text, (span,) = take_marks(marked)
    annotation = find_annotation(text, span)
    assert annotation is not None
    assert text[annotation.start : annotation.end].endswith(OURS)
    assert (annotation.ref, annotation.status) == (IssueRef("acme/shop", 12), Status.OPEN)


def test_of_several_annotations_the_last_with_a_word_of_ours_counts() -> None:
    one, two, three = (f"https://github.com/acme/shop/issues/{number}" for number in (1, 2, 3))
    text = f"Fix ([#1]({one}): open) it ([#2]({two}): done) now ([#3]({three}))"
    assert find_annotation(text, (0, len(text))).ref.number == 2
    text = f"Fix ([#1]({one})) it ([#3]({three}): doing) `([#2]({two}): done)`"
    assert find_annotation(text, (0, len(text))).ref.number == 3


# --------------------------------------------------------------------------------- tables


def cell_slotted(marked: str) -> str | None:
    text, (cell, *others) = take_marks(marked)
    return with_slot(marked, find_cell_slot(text, cell, others[0] if others else None))


@pytest.mark.parametrize(
    "marked",
    [
        "|‹ Fix it▲ ›| Bob |",
        "|‹ Fix it\u00a0▲ ›| Bob |",
        "|‹ Fix it▲ ›|‹",
        "‹Fix it▲› | Bob",
        "| Bob |‹ Fix it▲›\r\n",
        "|‹ Fix `a\\|b`▲ ›|",
        "|‹ Fix `a ▲›|` b |".replace(" ▲", "▲ "),
        "|‹ Fix it▲<br> ›|",
        "|‹ Fix it ›|‹ OPS-7▲  ›|",
        "|‹ Fix it ›|‹ -▲ ›|",
        "|‹ Fix it ›|‹ a \\| b▲›|",
    ],
)
def test_in_a_row_it_goes_after_the_issue_cells_text_else_the_items(marked: str) -> None:
    marked = marked.removesuffix("‹")
    assert cell_slotted(marked) == expected(marked)


@pytest.mark.parametrize("blank", ["", " ", "    ", "\t"])
def test_an_empty_issue_cell_takes_it_bare_and_keeps_its_padding(blank: str) -> None:
    text, (cell, issue_cell) = take_marks(f"|‹ Fix it ›|‹{blank}›|")
    assert find_cell_slot(text, cell, issue_cell) == Slot(at=issue_cell[0], bare=True)


@pytest.mark.parametrize(
    ("marked", "status"),
    [
        (f"|‹ Fix it ›|‹ {LINK}: done ›|", Status.DONE),
        (f"|‹ Fix it ›|‹ {LINK} ›|", None),
        (f"|‹ Fix it ›|‹ OPS-7 ({LINK}: done) ›|", Status.DONE),
        (f"|‹ Fix it ({LINK}: done) ›|‹ ›|", Status.DONE),
        (f"|‹ Fix it `a\\|b` ({LINK}: done) ›|", Status.DONE),
        (f"|‹ Fix it ({LINK}: open) ›|‹ {LINK}: done ›|", Status.DONE),
    ],
)
def test_a_rows_annotation_is_found_in_either_cell_the_issue_cell_first(
    marked: str, status: Status | None
) -> None:
    text, (cell, *others) = take_marks(marked)
    annotation = find_cell_annotation(text, cell, others[0] if others else None)
    assert annotation is not None
    assert annotation.status is status


@pytest.mark.parametrize(
    "marked",
    [
        f"|‹ Fix {LINK}: done ›|",
        f"|‹ Fix `({LINK}: done)` ›|‹ `{LINK}: done` ›|",
        f"|‹ Fix it ›|‹ see {LINK} ›|",
    ],
)
def test_a_link_of_the_authors_in_a_row_is_none(marked: str) -> None:
    text, (cell, *others) = take_marks(marked)
    assert find_cell_annotation(text, cell, others[0] if others else None) is None


# ------------------------------------------------------------------------------ universal

scraps = st.sampled_from(
    [
        *"[](){}<>`*_~!\\#^|=-+.:",
        " ",
        "  ",
        "\n",
        "\r\n",
        "a",
        "b1",
        "é",
        "\udcff",
        "<br>",
        "<!-- ",
        " -->",
        *[
            "](x)",
            "``",
            "https://example.org/",
            "<b>",
            "</b>",
            "&amp;",
            "{#id}",
            " ^id",
            "![",
            "\n  ",
            "\t",
            OURS,
        ],
    ]
)


@given(
    st.lists(scraps, min_size=1, max_size=25).map("".join).map(lambda text: "x" + text.replace("\n\n", "\n"))
)
def test_an_annotation_put_into_a_slot_is_rendered_found_and_gone_without_a_trace(paragraph: str) -> None:
    blocks = MarkdownIt("commonmark").parse(paragraph.replace("\udcff", "?"))
    if [block.type for block in blocks] != ["paragraph_open", "inline", "paragraph_close"]:
        return
    slot = find_slot(paragraph, (0, len(paragraph)), kind=Kind.LIST)
    if slot is None:
        return
    ours = "([#987](https://github.com/acme/shop/issues/987): done)"
    new = paragraph[: slot.at] + slot.lead + ours + paragraph[slot.at :]
    html = MarkdownIt("commonmark").render(new.replace("\udcff", "?"))
    assert html.count('(<a href="https://github.com/acme/shop/issues/987">#987</a>: done)') == 1
    found = find_annotation(new, (0, len(new)))
    assert found is not None
    assert found.ref.number in {987, 12}
    if OURS not in paragraph:
        assert new[: found.start] + new[found.end :] == paragraph


@pytest.mark.parametrize(
    "hostile", ["[", "![", "`a", "<!--", "-->", "*a_", "<a ", "\\", " \\", "> ", "\n", "<br>", " ^a"]
)
def test_hostile_paragraphs_are_answered(hostile: str) -> None:
    for size in (10_000, 1_000_000):
        text = "x" + hostile * (size // len(hostile))
        slot = find_slot(text, (0, len(text)), kind=Kind.LIST)
        assert slot is None or size == 10_000
        assert find_annotation(text, (0, len(text))) is None


def test_an_annotation_that_an_earlier_version_put_below_a_heading_is_its_items() -> None:
    mark = " ([#3](https://github.com/acme/shop/issues/3): open)"
    text = (
        f"# Down\n\n## Action items\n\n### 1. Add an alert\n\nNobody was told.{mark}\n\n"
        "### 2. Patch it\n\nIt broke.\n"
    )
    one, two = read("a.md", text).items
    assert (one.annotation and one.annotation.ref.number, two.annotation) == (3, None)
    without = read("a.md", text.replace(mark, "")).items[0]
    assert (one.text, one.detail, one.title, one.body) == (
        without.text, without.detail, without.title, without.body,
    )  # fmt: skip


def test_a_heading_that_bears_an_annotation_keeps_its_detail_under_another_section() -> None:
    mark = " ([#3](https://github.com/acme/shop/issues/3): open)"
    text = f"# Down\n\n## Action items\n\n### 1. Add an alert{mark}\n\nNobody was told.\n"
    (before,) = read("a.md", text).items
    (after,) = read("a.md", text.replace("## Action items", "## Thoughts")).items
    assert (before.text, before.detail, before.body) == (after.text, after.detail, after.body)
    assert after.annotation is not None
