"""Promises about any text: reading never fails, spans lie in the document, our marks change nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pmsync.annotation import render
from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.model import ActionItem, IssueRef, Postmortem, Status
from tests.extract.test_shapes import NAMES, load_shape

LINES = st.sampled_from(
    [
        "# Outage", "## Action items", "### Tasks:", "**Corrective measures**", "Improvements:", "TODO list:",
        "Prevention", "## Timeline", "###Follow-ups", "Action items", "------", "===", "***", "", "", "  ",
        "- Add an alert", "- [ ] Write it (owner: @ann)", "1. Move the job", "  - nested", "   continued",
        "   continued",
        "- [x] Fix it ([#4](https://github.com/o/r/issues/4): done)",
        "> - quoted", "> ## Action items", ">",
        "> > deep", "| Action | Status | Ticket |", "|---|:-:|---|", "| Rotate keys | Done | OPS-1 |",
        "| a \\| b | | #5 |", "a | b", "•\u00a0Bullet", "-Glued", "&nbsp;• Odd", "10:30 AM Alert",
        "Monitor the queue", "<!-- pmsync: items -->", "<!-- pmsync: ignore -->", "<!-- open",
        "-->", "```", "~~~", "    code", "\t- tabbed", "<details>", "<h2>Action items</h2>", "<li>one</li>",
        "[ref]: https://github.com/o/r/issues/9", "- see [it][ref]", "---", "pmsync: false", "title: x",
        "\ufeff", "\x00", "\udc80\udcff", "Ã©tÃ©", "â€™", "\u2028", "\x0b", "\x85", "## 1. Fix the cache",
        "Owner: @bo", "**Monitoring:** We will look.", "- Monitoring", "- **Tasks:**", "* Improvements: none",
    ]
)  # fmt: skip
ENDINGS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n"])
DOCUMENTS = st.lists(st.tuples(LINES, ENDINGS), max_size=30).map(
    lambda lines: "".join(line + ending for line, ending in lines)
)
ANYTHING = st.text(
    alphabet=st.one_of(st.sampled_from("-*+#|>[]()`_~:.!\\<&@x1 \t\r\n"), st.characters()), max_size=300
)
HEADED = st.tuples(st.sampled_from(["## Action items\n\n", "Tasks:\n", "- **Tasks:**\n  - "]), ANYTHING).map(
    "".join
)

SHAPES = st.sampled_from(NAMES).map(load_shape)


def read_any(text: str) -> Postmortem | None:
    try:
        return read("postmortems/any.md", text)
    except DocumentError:
        if not text.lstrip("\ufeff").startswith("---"):
            raise
        return None


def identity(item: ActionItem) -> tuple[object, ...]:
    return item.line, item.kind, item.title, item.text, item.detail, item.section


@settings(max_examples=300, deadline=None)
@given(st.one_of(DOCUMENTS, ANYTHING, HEADED))
def test_whatever_the_text_it_is_read_and_every_span_lies_in_it(text: str) -> None:
    postmortem = read_any(text)
    if postmortem is None:
        return
    last = text.count("\n") + 1
    assert postmortem.title
    for item in postmortem.items:
        assert 1 <= item.line <= item.end_line <= last
        assert 0 < len(item.title) <= 256
        assert "\n" not in item.title
        for span in filter(None, (item.annotation, item.box)):
            assert 0 <= span.start <= span.end <= len(text)
        if item.slot:
            assert 0 <= item.slot.at <= len(text)
        assert item.ticket is None or item.ticket in item.links
    assert [item.line for item in postmortem.items] == sorted(item.line for item in postmortem.items)
    for told in (*postmortem.findings, *postmortem.warnings):
        assert told.line is None or 1 <= told.line <= last
    says_none = any(told.reason == "it says that there is none" for told in postmortem.findings)
    if not (postmortem.items or postmortem.opted_out or says_none):
        assert postmortem.warnings


def annotated(text: str, item: ActionItem, number: int) -> str:
    assert item.slot is not None
    ref = IssueRef("o/r", number)
    mark = render(
        ref,
        f"https://github.com/o/r/issues/{number}",
        Status.OPEN,
        documents_repository="o/r",
        bare=item.slot.bare,
    )
    at = item.slot.at
    return text[:at] + item.slot.lead + mark + text[at:]


@settings(max_examples=300, deadline=None)
@given(st.one_of(DOCUMENTS, HEADED, SHAPES))
def test_annotating_never_changes_which_items_are_found(text: str) -> None:
    postmortem = read_any(text)
    if postmortem is None:
        return
    new = text
    for number, item in reversed(list(enumerate(postmortem.items, 1))):
        if item.slot is not None and item.annotation is None:
            new = annotated(new, item, number)
    again = read_any(new)
    assert again is not None
    assert [identity(item) for item in again.items] == [identity(item) for item in postmortem.items]
    for before, after in zip(postmortem.items, again.items, strict=True):
        assert (after.annotation is None) == (before.slot is None and before.annotation is None)


@settings(max_examples=300, deadline=None)
@given(st.one_of(DOCUMENTS, HEADED, SHAPES))
def test_ticking_a_box_changes_neither_the_items_nor_what_they_say(text: str) -> None:
    postmortem = read_any(text)
    if postmortem is None:
        return
    new = text
    for item in reversed(postmortem.items):
        if item.box is not None:
            other = item.box.untick if item.box.ticked else item.box.tick
            new = new[: item.box.start] + other + new[item.box.end :]
    again = read_any(new)
    assert again is not None
    assert [identity(item) for item in again.items] == [identity(item) for item in postmortem.items]
