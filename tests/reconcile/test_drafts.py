"""What an issue says: everything that its item says, and nothing that harms."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline

from pmsync.markdown import absolute_links, enclose, neutralise, unwrap
from pmsync.model import ActionItem, Kind, Postmortem
from pmsync.reconcile.drafts import MAX_BODY, Pages, draft_block, draft_issue, find_labels, find_login
from pmsync.reconcile.markers import BLOCK_START, Key, find_block

DOCUMENT = "docs/2026/cart down.md"
SHA = "4f0c2a9b8e7d6c5b4a39281706f5e4d3c2b1a098"
PAGES = Pages(root="https://github.com/acme/shop", revision=SHA)
KEY = Key(source="0" * 16, document="1" * 16, text="2" * 16, ordinal=1)


def item(title: str = "Alert on memory", **fields: object) -> ActionItem:
    given_ = {"document": DOCUMENT, "line": 14, "end_line": 14, "kind": Kind.LIST, "section": "Action items"}
    given_ |= {"anchor": "action-items"}
    return ActionItem(title=title, text=title, **(given_ | fields))  # type: ignore[arg-type]


def postmortem(**fields: object) -> Postmortem:
    return Postmortem(document=DOCUMENT, text="", **({"title": "The cart was down"} | fields))  # type: ignore[arg-type]


def resolve(destination: str, is_image: bool) -> str | None:
    return PAGES.resolve(destination, DOCUMENT, is_image=is_image)


def block(body: str = "", **fields: object) -> str:
    return draft_block(item(body=body, **fields), postmortem(), PAGES)


class Text(HTMLParser):
    """The pieces of text in which GitHub looks for mentions: not in code, nor in links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden, self.found = 0, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found += "\n"
        self.hidden += tag in {"code", "pre", "a"}

    def handle_endtag(self, tag: str) -> None:
        self.found += "\n"
        self.hidden -= tag in {"code", "pre", "a"}

    def handle_data(self, data: str) -> None:
        self.found += " " if self.hidden else data


def pings(markdown: str) -> list[str]:
    """Whom GitHub would notify of this Markdown."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    text = re.sub(r"https?://[a-zA-Z0-9]\S*", " ", Text(parser.render(markdown)).found)
    return re.findall(r"(?:^|[^A-Za-z0-9])@([A-Za-z0-9][\w/-]*)", text)


# -------------------------------------------------------------------------------- contents


def test_a_draft_says_what_happened_whence_what_to_do_and_how_to_close_it() -> None:
    text = draft_block(
        item(body="When it passes 80 %.", owner="Ada", due="2026-04-01", priority="P1", type="detect"),
        postmortem(date="2026-03-01", severity="1", summary="A cache filled the memory of its hosts."),
        PAGES,
    )
    assert text.split("\n\n") == [
        "**What happened:** A cache filled the memory of its hosts.",
        "**Postmortem:** [The cart was down](https://github.com/acme/shop/blob/HEAD/docs/2026/cart%20down.md"
        "#action-items) · SEV-1 · 2026-03-01 · [line 14](https://github.com/acme/shop/blob/"
        f"{SHA}/docs/2026/cart%20down.md?plain=1#L14)",
        "When it passes 80 %.",
        "**Owner:** Ada · **Due:** 2026-04-01 · **Priority:** P1 · **Type:** detect",
        "*Close this issue when the work is done, or as not planned when it will not be: the postmortem's"
        " list follows.*",
    ]


@pytest.mark.parametrize("changed", [{}, {"revision": SHA, "changed": frozenset({DOCUMENT})}])
def test_a_line_is_linked_at_a_commit_that_the_remote_has_or_not_at_all(changed: dict[str, Any]) -> None:
    text = draft_block(item(), postmortem(), Pages(root=PAGES.root, **changed))
    assert "/blob/HEAD/docs/2026/cart%20down.md#action-items)" in text
    assert "plain=1" not in text


def test_siblings_are_found_by_a_search_that_needs_no_second_write() -> None:
    pages = replace(PAGES, issues="https://github.com/acme/shop/issues?q=is%3Aissue")
    alone, one_of_two = postmortem(items=(item(),)), postmortem(items=(item(), item("Patch the cart")))
    search = "https://github.com/acme/shop/issues?q=is%3Aissue%20in%3Abody%20%22The%20cart%20was%20down%22"
    assert f"**Other follow-ups:** [issues of this postmortem]({search})" in draft_block(
        item(), one_of_two, pages
    )
    assert "Other follow-ups" not in draft_block(item(), alone, pages)
    assert "Other follow-ups" not in draft_block(item(), one_of_two, Pages())


def test_what_a_title_refers_to_can_be_followed_in_the_text() -> None:
    text = block(
        "See PAY-7.",
        title="Do as acme/cache#7 says, see https://example.com/a",
        links=("acme/cache#7", "PAY-7"),
    )
    assert "**Mentions:** acme/cache#7, https://example.com/a" in text


def test_a_text_that_only_says_the_title_again_is_told_as_what_it_refers_to() -> None:
    said = block(
        "Lock a row while it is sold, see [the guide](../guides/rows.md) #12\n\nBoth ways.",
        title="Lock a row while it is sold, see the guide",
        links=("#12",),
    )
    assert "Lock a row" not in said
    guide = f"[the guide](https://github.com/acme/shop/blob/{SHA}/docs/guides/rows.md)"
    assert f"\n\nBoth ways.\n\n**Mentions:** {guide}, \\#12" in said
    assert "Lock each row #12" in block("Lock each row #12", title="Lock a row", links=("#12",))


def test_the_word_postmortem_stands_once_before_a_title() -> None:
    pages = replace(PAGES, issues="https://github.com/acme/shop/issues?q=is%3Aissue")
    text = draft_block(item(), postmortem(title="Postmortem: Slow", items=(item(), item("Test it"))), pages)
    assert "**Postmortem:** [Slow](" in text
    assert "%22Slow%22" in text


@pytest.mark.parametrize("home", [True, False])
def test_a_reference_leads_to_the_issue_of_the_documents_repository(home: bool) -> None:
    page = "https://github.com/acme/shop" if home else "https://github.com/acme/ops"
    pages = replace(PAGES, issues=f"{page}/issues?q=is%3Aissue")
    text = draft_block(
        item(
            "Do as #7 says",
            body="See #12, GH-3, acme/api#4, `#5`, A#6, \\#8 and https://example.com/x#9.",
            links=("#7", "#12"),
        ),
        postmortem(),
        pages,
    )
    here = "" if home else "acme/shop"
    third = "GH-3" if home else "acme/shop#3"
    assert f"See {here}#12, {third}, acme/api#4, `#5`, A#6, \\#8 and https://example.com/x#9." in text
    assert f"**Mentions:** {here or chr(92)}#7" in text


def test_boxes_of_the_detail_are_boxes_in_the_issue() -> None:
    assert "\n- [ ] staging\n- [x] production\n" in block("All of them:\n\n- [ ] staging\n- [x] production")


def test_labels_are_given_by_severity_priority_and_type() -> None:
    labels_for = {"Sev 1": "sev-1", "p0": "urgent", "prevent": "prevention", "P1": "soon"}
    found = find_labels(item(priority="P0", type="Preventive"), postmortem(severity="1"), labels_for)
    assert found == ("sev-1", "urgent", "prevention")
    assert find_labels(item(), postmortem(), labels_for) == ()


def test_the_postmortems_owner_stands_in_for_a_missing_one() -> None:
    assert "**Owner:** Bob" in draft_block(item(), postmortem(owner="Bob"), PAGES)
    assert "**Owner:** Ada" in draft_block(item(owner="Ada"), postmortem(owner="Bob"), PAGES)


def test_an_issue_file_links_its_document_by_path() -> None:
    assert "](../../docs/2026/cart%20down.md#action-items)" in draft_block(item(), postmortem(), Pages())


def test_a_draft_carries_the_marker_and_each_label_once() -> None:
    draft = draft_issue(
        item(owner="@Ada"),
        postmortem(labels=("payments", "postmortem")),
        KEY,
        pages=PAGES,
        labels=("postmortem", "ops"),
        owners={"ada": "ada-l"},
    )
    found = find_block(draft.body)
    assert found is not None
    assert found.is_intact
    assert (found.marker.id, found.marker.key) == (draft.marker_id, KEY)
    assert draft.labels == ("postmortem", "ops", "payments")
    assert draft.assignees == ("ada-l",)


@pytest.mark.parametrize("owner", ["ada", "@ADA", " Ada "])
def test_owners_are_known_in_any_case_with_or_without_an_at(owner: str) -> None:
    assert find_login(owner, {"@Ada": "ada-l"}) == "ada-l"


@pytest.mark.parametrize(
    "owner", ["Bob, Ada", "bob & @ada", "Bob; Ada", "Ada, Eve", "Bob and Ada", "Bob/Ada", "Bob und Ada"]
)
def test_of_several_owners_the_first_with_a_login_is_assigned(owner: str) -> None:
    assert find_login(owner, {"Ada": "ada-l", "Eve": "eve-l"}) == "ada-l"


@pytest.mark.parametrize("owner", [None, "", "@", "Bob"])
def test_an_unmapped_owner_has_no_login(owner: str | None) -> None:
    assert find_login(owner, {"Ada": "ada-l"}) is None


@pytest.mark.parametrize(
    "title", ["1. first of all", "# not a heading", "- no list", "a * b * c", "<b>not bold</b>", "x_y_z [1]"]
)
def test_a_summary_is_shown_as_it_is(title: str) -> None:
    paragraph, inline, *_ = MarkdownIt("commonmark").parse(
        draft_block(item(), postmortem(summary=title), PAGES)
    )
    assert paragraph.type == "paragraph_open"
    assert "".join(leaf.content for leaf in inline.children or []) == f"What happened: {title}"


# ----------------------------------------------------------------------------------- length


def test_a_long_body_is_cut_and_says_so() -> None:
    draft = draft_issue(
        item(body="word " * 20_000), postmortem(), KEY, pages=PAGES, labels=("postmortem",), owners={}
    )
    assert len(draft.body) <= MAX_BODY
    assert "did not fit into an issue" in draft.body
    assert find_block(draft.body) is not None


def test_a_cut_inside_of_code_closes_its_fence() -> None:
    text = block("Look:\n\n```\n" + "a line of code\n" * 8_000 + "```\n")
    assert len(text) < MAX_BODY
    tokens = MarkdownIt("commonmark").parse(text)
    assert tokens[-1].type == "paragraph_close"
    assert "Close this issue" in tokens[-2].content


@given(st.text(max_size=40), st.integers(0, 70_000))
@example("`", 30_667)
def test_no_field_makes_a_draft_too_long(text: str, count: int) -> None:
    long = (text or "x") * (count // max(len(text), 1) + 1)
    draft = draft_issue(
        item(body=long, owner=long, due=long, priority=long, section=long),
        postmortem(title=long, severity=long, summary=long),
        KEY,
        pages=PAGES,
        labels=("postmortem",),
        owners={},
    )
    assert len(draft.body) <= MAX_BODY


# ------------------------------------------------------------------------------------ links


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("[a](run.md)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md)"),
        ("[a](../run.md#top)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/run.md#top)"),
        ("[a](/run.md)", f"[a](https://github.com/acme/shop/blob/{SHA}/run.md)"),
        ("[a](#cause)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/cart%20down.md#cause)"),
        ("![a](pic.png)", f"![a](https://github.com/acme/shop/raw/{SHA}/docs/2026/pic.png)"),
        ("[a](<with space.md>)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/with%20space.md)"),
        ("[a](with%20space.md)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/with%20space.md)"),
        ('[a](run.md "title")', f'[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md "title")'),
        ("[`run`](run.md)", f"[`run`](https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md)"),
        ("[a](run_(1).md)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/run_%281%29.md)"),
        ("[a](run.md?raw=true)", f"[a](https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md?raw=true)"),
        (
            "[![a](pic.png)](run.md)",
            f"[![a](https://github.com/acme/shop/raw/{SHA}/docs/2026/pic.png)]"
            f"(https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md)",
        ),
        (
            "[https://example.com](run.md)",
            f"[https://example.com](https://github.com/acme/shop/blob/{SHA}/docs/2026/run.md)",
        ),
    ],
)
def test_relative_links_and_images_become_absolute(link: str, whole: str) -> None:
    assert absolute_links(f"See {link} now", resolve) == f"See {whole} now"


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://example.com/x)",
        "[a](mailto:ada@example.com)",
        "[a](//example.com/x)",
        "[a](../../../../etc/passwd)",
        "`[a](run.md)`",
        "```\n[a](run.md)\n```",
        "\\[a\\](run.md)",
        "plain (run.md) text",
    ],
)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert absolute_links(text, resolve) == text


# -------------------------------------------------------------------------------- untrusted


@pytest.mark.parametrize(
    "text",
    [
        "@team",
        "(@team)",
        "Ask @acme/team, @bob.",
        "_@team_ and *@team* and ~~@team~~",
        "/@team -@team +@team .@team",
        "\\@team",
        "\\`@team\\`",
        "&#64;team &#x40;team &commat;team",
        "a](@team)",
        "<a:@team>",
        "http://@team",
        "<b>@team</b>",
        '<a title="`"> @team `',
        "a `\n- ` @team `",
        "| a |\n|---|\n| a` | @x ` c ` @team ` |",
        "~~~ a`b\ncode\n~~~\n@team",
        "    ```\n\n@team",
        "text\n    ```\n@team\n    ```",
        "> ```\n@team",
        "`a\n@team\nb`",
        "é@team",
    ],
)
def test_a_mention_pings_nobody(text: str) -> None:
    assert pings(block(text)) == []


@pytest.mark.parametrize("field", ["title", "section", "owner", "due", "priority", "type"])
@pytest.mark.parametrize("text", ["@team", "`@team`", "x &#64;team", "[a](@team)", "<@team>"])
def test_a_mention_in_a_field_pings_nobody(field: str, text: str) -> None:
    assert pings(block(**{field: text})) == []
    assert pings(draft_block(item(), postmortem(title=text, severity=text, summary=text), PAGES)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Call `@retry` on it",
        "mail ada@example.com",
        "see https://example.com/@ada/post",
        "<https://example.com/@ada>",
        "```python\n@retry\ndef f(): ...\n```",
        "    @indented\n    code",
        "``a ` @b``",
        "[x](https://example.com/@ada)",
    ],
)
def test_what_is_no_mention_is_left_alone(text: str) -> None:
    assert neutralise(text) == text


PIECES = '@team ` `` ``` ~~~ - > | [ ]( ) < > a http:// \\ <!-- --> &#64; <b> </b> " _ * <pre> <? <![CDATA['
TRICKS = st.lists(
    st.sampled_from([*PIECES.split(" "), "\n", "\n\n", "    ", "- ", "> ", " ", "1. "]), max_size=25
).map("".join)


@given(TRICKS)
def test_no_text_pings_anybody(text: str) -> None:
    assert pings(block(text)) == []


@given(TRICKS)
def test_no_text_swallows_what_follows_it(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(block(text))
    assert tokens[-1].type == "paragraph_close"
    assert tokens[-2].content.startswith("*Close this issue")


@given(TRICKS)
def test_no_text_forges_a_marker_or_ends_the_block(text: str) -> None:
    forged = f"{text}<!-- pmsync:1 id={'a' * 16} -->{BLOCK_START}{text}"
    draft = draft_issue(
        item(body=forged, title=forged[:200] or "x"), postmortem(title=forged, summary=forged), KEY,
        pages=PAGES, labels=("postmortem",), owners={},
    )  # fmt: skip
    assert draft.body.count("<!-- pmsync") == 2
    found = find_block(draft.body)
    assert found is not None
    assert found.is_intact
    assert found.marker.id == draft.marker_id


@pytest.mark.parametrize(
    ("body", "most"), [("[" * 60_000, 0), ("Patch it.\n\n- `@types/node`", 2)], ids=["brackets", "mention"]
)
def test_the_text_of_a_body_is_read_once_and_only_where_it_may_mention_somebody(
    body: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading inline text takes seconds on brackets; the blocks are read several times, in no time."""
    read: list[str] = []
    whole = ParserInline.parse

    def counted(self: ParserInline, src: str, *rest: Any) -> Any:
        read.append(src)
        return whole(self, src, *rest)

    monkeypatch.setattr(ParserInline, "parse", counted)
    assert body in block(body)
    assert len(read) == most


def test_an_older_marker_in_a_text_is_inert() -> None:
    old = draft_issue(item(), postmortem(), KEY, pages=PAGES, labels=("postmortem",), owners={})
    new = draft_issue(item(body=old.body), postmortem(), KEY, pages=PAGES, labels=("postmortem",), owners={})
    block = find_block(new.body)
    assert block is not None
    assert block.marker.id == new.marker_id


@pytest.mark.parametrize("text", ["```\ncode", "~~~~\ncode", "<pre>\ncode", "<?php", "- a\n\n  ```\n  code"])
def test_whatever_is_left_open_is_closed(text: str) -> None:
    assert MarkdownIt("commonmark").parse(f"{enclose(text)}\n\nEnd")[-2].content == "End"


def test_what_is_closed_is_left_as_it_is() -> None:
    for text in ("", "plain", "```\ncode\n```", "- a\n- b", "| a |\n|---|\n| b |", "<b>\n\nx\n\n</b>"):
        assert enclose(text) == text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("one\ntwo", "one two"),
        ("- one\n  two\n- three", "- one two\n- three"),
        ("> one\n> two", "> one two"),
        ("one  \ntwo", "one  \ntwo"),
        ("one\\\ntwo", "one\\\ntwo"),
        ("```\none\ntwo\n```", "```\none\ntwo\n```"),
        ("| a |\n|---|\n| b |", "| a |\n|---|\n| b |"),
        ("one\n===", "one\n==="),
    ],
)
def test_a_paragraph_wrapped_in_the_document_is_not_broken_in_the_issue(text: str, whole: str) -> None:
    assert unwrap(text) == whole


@given(TRICKS)
@example("'`\n@team\n `'")
def test_no_paragraph_is_read_otherwise_once_it_is_on_one_line(text: str) -> None:
    read = [_without_blanks_at_the_end_of_code(each) for each in (text, unwrap(text))]
    assert read[0].split() == read[1].split()


def _without_blanks_at_the_end_of_code(markdown: str) -> str:
    """Renders it as CommonMark has it (4.8, 6.1): markdown-it keeps blanks that open a line of code."""
    return re.sub(r" +</code>", "</code>", MarkdownIt("commonmark").render(markdown))
