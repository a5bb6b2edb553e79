"""The page that GitHub makes of a document: annotating it changes nothing there but our links.

`cmarkgfm` is GitHub's own renderer (cmark-gfm) as a library; pmsync reads with another one.
"""

import html
import re
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pmsync.extract import read
from pmsync.model import Binding, Issue, IssueRef, Postmortem, Status
from pmsync.reconcile.edits import annotate
from pmsync.text import decode
from tests.reconcile.test_edits import PLACEMENTS

SHOP = "acme/shop"

_LINK = re.compile(
    r'(?P<blank>[ \t]?)\(<a href="https://github\.com/acme/shop/issues/\d+">#\d+</a>: open\)'
    r'|(?P<bare>[ \t]?)<a href="https://github\.com/acme/shop/issues/\d+"'
    r'(?: title="was: (?P<was>[^"]*)")?>#\d+</a>: open'
)


def render(text: str) -> str:
    """The page as GitHub renders it, blanks at the ends of lines and cells aside, which no browser shows."""
    shown = text.encode("utf-8", "replace").decode().removeprefix("\ufeff")
    page = cmarkgfm.github_flavored_markdown_to_html(shown, options=Options.CMARK_OPT_UNSAFE)
    return re.sub(r"[ \t]+(?=\n|</|<br)", "", page)


def without_links(page: str) -> str:
    def before(found: re.Match[str]) -> str:
        inline = render(f"was {html.unescape(found['was'] or '')}").strip()
        return inline.removeprefix("<p>was").removesuffix("</p>").strip()

    return re.sub(r"[ \t]+(?=\n|</|<br)", "", _LINK.sub(before, page))


def annotated(text: str) -> tuple[str, int]:
    """A document with an open issue for each item, and how many links it got."""
    before = read("postmortems/a.md", text)
    bindings = [
        Binding(
            item=item,
            issue=Issue(
                ref=IssueRef(SHOP, number), url=f"https://github.com/{SHOP}/issues/{number}", title=item.title
            ),
            identity="new",
            status=Status.OPEN,
        )
        for number, item in enumerate(before.items, 1)
    ]

    def again(document: str, changed: str) -> Postmortem:
        return read(document, changed)

    done = annotate(before, bindings, documents_repository=SHOP, read=again)
    return done.after.text, sum(item.annotation is not None for item in done.after.items)


def holds(text: str) -> int:
    """Holds a document to the promise; returns how many links it got."""
    after, links = annotated(text)
    page = render(after)
    assert without_links(page) == without_links(render(text)), after
    assert len(_LINK.findall(page)) == links, after
    return links


@pytest.mark.parametrize("path", sorted(PLACEMENTS.glob("*.before.md")), ids=lambda path: path.stem)
def test_annotating_a_placement_changes_nothing_but_our_links_on_githubs_page(path: Path) -> None:
    holds(decode(path.read_bytes()))


TASKS = st.sampled_from(
    [
        "Alert on memory before the cart fills it",
        "**Patch the till:** against negative prices",
        "Rotate `keys` and [certificates](https://example.com/c) <!-- soon -->",
        "Shard the index\\",
        "Write ~~down~~ up how to empty a queue <br>",
        "Rehearse the failover  ",
        "Watch the *disk | queue* `a|b`",
        "Call <b>Bob</b> & Ann ^id-1",
    ]
)
LINES_BELOW = st.sampled_from(
    [
        "", "", "", "\n<br>\ntext", "\n  <br>\n  text", "\n<br/>", "\n</details>\nmore", "\n<span>\nmore",
        "\n  more of it", "\nlazily more", "\n\n  a second paragraph", "\n  - nested", "\n> quoted",
        "\n```\ncode\n```", "\n<!-- a comment -->", "\n<div>\nhtml\n</div>",
    ]
)  # fmt: skip
ENTRIES = st.lists(st.tuples(TASKS, LINES_BELOW), min_size=1, max_size=4)
MARKS = st.sampled_from(["- ", "* ", "1. ", "- [ ] ", "> - ", "  - ", "- - "])


def lists(mark: str, entries: list[tuple[str, str]]) -> str:
    return "".join(f"{mark}{task}{below}\n" for task, below in entries)


def tables(head: str, entries: list[tuple[str, str]]) -> str:
    header, rule, row = {
        "two": ("| Task | Ticket |", "|---|---|", "| {} | |"),
        "placeholder": ("| Action item | Issue |", "|:-|-:|", "| {} | TBD |"),
        "bare": ("Task | Owner", "--- | ---", "{} | Ann"),
        "one": ("| Task |", "|---|", "| {} |"),
        "one without a pipe": ("Task", "| --- |", "| {} |"),
        "one without a pipe, closed": ("Task", "--- |", "{} |"),
        "one, opened": ("Task", "| ---", "| {}"),
    }[head]
    rows = [row.format(task.strip().rstrip("\\")) for task, _ in entries]
    return "\n".join([header, rule, *rows]) + "\n"


LISTS = st.builds(lists, MARKS, ENTRIES)
TABLES = st.builds(
    tables,
    st.sampled_from(
        [
            "two",
            "placeholder",
            "bare",
            "one",
            "one without a pipe",
            "one without a pipe, closed",
            "one, opened",
        ]
    ),
    ENTRIES,
)


@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes long
@given(st.lists(st.one_of(LISTS, TABLES), min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_annotating_any_document_changes_nothing_but_our_links_on_githubs_page(
    parts: list[str], end: str
) -> None:
    text = "# Down\n\n" + "\n".join(f"## Action items\n\n{part}" for part in parts)
    holds(text.replace("\n", end))


@pytest.mark.parametrize(
    "text",
    [
        "- Alert on memory\n<br>\ntext\n\n- Patch the till\n",
        "> - Alert on memory\n> <br>\n> text\n",
        "Task\n| --- |\n| Alert on memory |\n| Patch the till |\n",
        "Task\n--- |\nAlert on memory |\nPatch the till |\n",
    ],
)
def test_what_github_reads_otherwise_gets_its_link_where_github_shows_it(text: str) -> None:
    assert holds(f"# Down\n\n## Action items\n\n{text}") == text.count("Alert") + text.count("Patch")


def test_what_github_takes_for_html_gets_no_link() -> None:
    text = "# Down\n\n## Action items\n\n- Alert on memory\n<br>\ntext\n- Patch the till\n"
    assert holds(text) == 1
