"""The index page holds a table of postmortems between its comments, and is its author's in all else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.reports.follow_ups import StatusReport, make_status
from pmsync.reports.index_page import END, START, rewrite_index
from tests.reports.scenes import make_scene

PAGE = "docs/incidents/README.md"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
HEAD = "| date | postmortem | severity | open / all |\n|---|---|---|---|\n"


def report(*texts: str) -> StatusReport:
    """Of documents that lie beside the page."""
    documents = [read(f"docs/incidents/{number}.md", text) for number, text in enumerate(texts, 1)]
    return make_status(documents, NOW)


def document(title: str, *items: str, day: str = "2026-01-01", severity: str = "SEV-2") -> str:
    listed = "\n".join(f"- {item}" for item in items)
    return f"---\ndate: {day}\nseverity: {severity}\n---\n# {title}\n\n## Action items\n\n{listed}\n"


QUEUE = document("Queue was full", "[x] Bound the queue", "[ ] Page on its length")
CART = document("The cart was down", "[x] Patch the cart", day="2026-02-01", severity="sev1")


def test_the_table_lists_postmortems_the_newest_first_with_what_is_open() -> None:
    text = f"# Incidents\n\n{START}\n{END}\n"
    assert rewrite_index(PAGE, text, report(QUEUE, CART)) == (
        f"# Incidents\n\n{START}\n{HEAD}"
        "| 2026-02-01 | [The cart was down](./2.md) | SEV-1 | 0 / 1 |\n"
        "| 2026-01-01 | [Queue was full](./1.md) | SEV-2 | 1 / 2 |\n"
        f"{END}\n"
    )


def test_a_postmortem_without_items_is_listed_and_an_index_or_draft_is_not() -> None:
    made = report("# Down for a minute\n\nNothing to do.\n", "---\ndraft: true\n---\n# Draft\n\nx\n")
    text = rewrite_index(PAGE, f"{START}\n{END}", made)
    assert text == f"{START}\n{HEAD}| – | [Down for a minute](./1.md) | – | – |\n{END}"


def test_without_any_postmortem_there_is_no_table() -> None:
    assert rewrite_index(PAGE, f"{START}\n| old |\n{END}\n", report()) == f"{START}\n{END}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Incidents\n",
        f"{START}\n",
        f"{END}\n",
        f"{END}\n{START}\n",
        f"{START}\n{END}\n{START}\n{END}\n",
        f"See `{START}` and `{END}`.\n",
    ],
)
def test_a_page_without_one_pair_of_comments_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(DocumentError, match="write each on a line of its own") as refused:
        rewrite_index(PAGE, text, report(QUEUE))
    assert refused.value.document == PAGE


@given(st.text(), st.text(), st.text(), st.sampled_from(["\n", "\r\n"]))
def test_all_but_the_table_stays_as_it_is_and_twice_is_once(
    before: str, between: str, after: str, newline: str
) -> None:
    text = f"{before}\n{START}{newline}{between}\n{END}\n{after}"
    once = rewrite_index(PAGE, text, report(QUEUE, CART))
    assert once.startswith(f"{before}\n{START}{newline}")
    assert once.endswith(f"{END}\n{after}")
    assert rewrite_index(PAGE, once, report(QUEUE, CART)) == once
    table = once[len(f"{before}\n{START}{newline}") : -len(f"{END}\n{after}")]
    assert table.count("\n") == table.count(newline) == 4


HOSTILE = [
    "`a` | b | <!-- /pmsync:index --> <b>x</b> ]( https://evil/ ) ![x](y) \\",
    f"{END} @alice #1",
    "a*b_c~d",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_shown_as_it_is_and_does_nothing(title: str) -> None:
    text = rewrite_index(PAGE, f"{START}\n{END}\n", report(document(title, "x")))
    assert text.count(END) == 1
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    row = [token for token in tokens if token.type == "inline"][4:]
    assert len(row) == 4
    kinds = [child.type for child in row[1].children or ()]
    assert (kinds[0], kinds[-1], kinds.count("link_open")) == ("link_open", "link_close", 1)
    assert not {"image", "html_inline", "code_inline", "em_open", "s_open"} & set(kinds)


@pytest.mark.parametrize(
    ("path", "page", "address"),
    [
        ("docs/incidents/a (b).md", PAGE, "./a%20%28b%29.md"),
        ("docs/incidents/2026/ä|#?.md", PAGE, "./2026/%C3%A4%7C%23%3F.md"),
        ("postmortems/a.md", PAGE, "../../postmortems/a.md"),
        ("postmortems/a.md", "INDEX.md", "./postmortems/a.md"),
        ("a:b.md", "INDEX.md", "./a%3Ab.md"),
    ],
)
def test_any_path_is_linked_from_where_the_page_lies(path: str, page: str, address: str) -> None:
    made = make_status([replace(read(path, QUEUE), title="Queue")], NOW)
    assert f"[Queue]({address})" in rewrite_index(page, f"{START}\n{END}\n", made)


def test_a_thousand_postmortems_are_listed_each_on_a_line() -> None:
    made = make_scene(1000, items=2).report()
    assert rewrite_index(PAGE, f"{START}\n{END}\n", made).count("\n") == 1000 + 4
