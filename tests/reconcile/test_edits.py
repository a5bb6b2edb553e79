"""Write-back: only our own part of a document changes, and all of it can be taken back.

Each placement is a pair of files in `tests/placements/`: `X.before.md` as its author wrote it, and
`X.after.md` with the first item's issue open, the second's done, and so on (`STATUSES`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pmsync.extract import read
from pmsync.model import (
    ActionItem,
    Annotation,
    Binding,
    Box,
    Edit,
    Issue,
    IssueRef,
    Kind,
    Postmortem,
    Slot,
    Status,
)
from pmsync.reconcile.edits import annotate, apply_edits, make_edits, strip, verify
from pmsync.text import decode, encode

PLACEMENTS = Path(__file__).parent.parent / "placements"
NAMES = sorted(path.name.removesuffix(".before.md") for path in PLACEMENTS.glob("*.before.md"))

STATUSES = (Status.OPEN, Status.DONE, Status.WONT_DO, Status.DUPLICATE, Status.MISSING)
HOME = "acme/shop"
DOCUMENT = "postmortems/outage.md"

Bind = Callable[[Sequence[ActionItem]], list[Binding]]


def make_issue(number: int, status: Status = Status.OPEN, repository: str = HOME) -> Issue:
    reasons = {Status.WONT_DO: "not_planned", Status.DUPLICATE: "duplicate"}
    return Issue(
        ref=IssueRef(repository, number),
        url=f"https://github.com/{repository}/issues/{number}"
        if repository
        else f".pmsync/issues/{number}.md",
        title="an issue",
        is_open=status is Status.OPEN,
        state_reason=reasons.get(status),
    )


def bind(items: Iterable[ActionItem], statuses: Sequence[Status] = STATUSES) -> list[Binding]:
    """Binds items to issues 1, 2, 3…; every fourth one is another repository's."""
    bindings = []
    for index, item in enumerate(items):
        status = statuses[index % len(statuses)]
        repository = "acme/api" if index % 4 == 3 else HOME
        bindings.append(
            Binding(
                item=item,
                issue=make_issue(index + 1, status, repository),
                identity="new",
                status=status,
                ticked={Status.OPEN: False, Status.DONE: True}.get(status),
            )
        )
    return bindings


def edited(before: Postmortem, bindings: Sequence[Binding]) -> Postmortem:
    edits = make_edits(before.text, bindings, documents_repository=HOME, document=before.document)
    return read(before.document, apply_edits(before.text, edits))


def box_texts(postmortem: Postmortem) -> dict[int, str]:
    return {
        index: postmortem.text[item.box.start : item.box.end]
        for index, item in enumerate(postmortem.items)
        if item.box
    }


def links_of(postmortem: Postmortem) -> list[tuple[int, Status | None] | None]:
    found = [item.annotation for item in postmortem.items]
    return [(each.ref.number, each.status) if each else None for each in found]


def load(name: str, which: str) -> Postmortem:
    return read(DOCUMENT, decode((PLACEMENTS / f"{name}.{which}.md").read_bytes()))


# ----------------------------------------------------------------------------- placements


def test_every_placement_is_a_pair() -> None:
    assert NAMES
    assert sorted(path.name for path in PLACEMENTS.iterdir()) == sorted(
        f"{name}.{which}.md" for name in NAMES for which in ("before", "after")
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_placement_is_written_byte_for_byte(name: str) -> None:
    before = load(name, "before")
    assert before.items
    after = annotate(before, bind(before.items), documents_repository=HOME, read=read)
    assert after.refused == ()
    assert encode(after.after.text) == (PLACEMENTS / f"{name}.after.md").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_placement_written_again_stays_as_it_is(name: str) -> None:
    after = load(name, "after")
    assert make_edits(after.text, bind(after.items), documents_repository=HOME, document=DOCUMENT) == ()
    again = annotate(after, bind(after.items), documents_repository=HOME, read=read)
    assert again.after is after


@pytest.mark.parametrize("name", NAMES)
def test_a_placement_stripped_is_what_its_author_wrote(name: str) -> None:
    before, after = load(name, "before"), load(name, "after")
    assert encode(strip(after.text, after.items, boxes=box_texts(before))) == encode(before.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_placement_reads_the_same_with_every_link_in_its_item(name: str) -> None:
    before, after = load(name, "before"), load(name, "after")
    assert links_of(after) == [
        (index + 1, STATUSES[index % len(STATUSES)]) for index in range(len(before.items))
    ]
    assert [(item.line, item.title, item.text) for item in after.items] == [
        (item.line, item.title, item.text) for item in before.items
    ]


@pytest.mark.parametrize("name", NAMES)
def test_when_states_change_only_our_own_part_of_a_placement_does(name: str) -> None:
    before, after = load(name, "before"), load(name, "after")
    later = edited(after, bind(after.items, STATUSES[2:] + STATUSES[:2]))
    assert later.text != after.text
    assert encode(strip(later.text, later.items, boxes=box_texts(before))) == encode(before.text)
    back = edited(later, bind(later.items))
    assert links_of(back) == links_of(after)


# -------------------------------------------------------------------------------- deciding


def make_item(text: str, **fields: object) -> ActionItem:
    defaults = {
        "document": DOCUMENT,
        "line": 1,
        "end_line": 1,
        "kind": Kind.LIST,
        "section": "",
        "title": "x",
    }
    return ActionItem(**{**defaults, "slot": Slot(at=len(text)), **fields})


def annotation_at(text: str, start: int, end: int, status: Status | None, number: int = 12) -> Annotation:
    url = f"https://github.com/acme/shop/issues/{number}"
    return Annotation(ref=IssueRef(HOME, number), url=url, status=status, start=start, end=end)


def edit_text(text: str, *bindings: Binding, document: str = DOCUMENT) -> str:
    edits = make_edits(text, bindings, documents_repository=HOME, document=document)
    assert all(text[edit.start : edit.end] != edit.new for edit in edits)
    return apply_edits(text, edits)


def binding(
    item: ActionItem,
    issue: Issue | None,
    status: Status | None,
    ticked: bool | None = None,
    *,
    beside: bool = False,
) -> Binding:
    return Binding(item=item, issue=issue, identity="by text", status=status, ticked=ticked, beside=beside)


def test_without_a_status_the_annotation_and_without_a_tick_the_box_is_left_alone() -> None:
    text = "- [ ] a"
    item = make_item(text, box=Box(start=3, end=4, ticked=False))
    issue = make_issue(1)
    assert edit_text(text, binding(item, issue, None)) == text
    assert edit_text(text, binding(item, issue, None, True)) == "- [x] a"
    assert edit_text(text, binding(item, issue, None, False)) == text
    assert edit_text(text, binding(item, None, Status.OPEN)) == text
    assert edit_text(text, binding(replace(item, slot=None), issue, Status.OPEN, True)) == "- [x] a"


def test_a_box_that_already_says_so_keeps_the_way_it_says_it() -> None:
    text = "- [X] a"
    item = make_item(text, box=Box(start=3, end=4, ticked=True), slot=None)
    assert edit_text(text, binding(item, None, None, True)) == text
    assert edit_text(text, binding(item, None, None, False)) == "- [ ] a"


def test_a_missing_issue_only_changes_its_word() -> None:
    text = "- a ([#12](https://github.com/acme/shop/issues/12): open)"
    item = make_item(text, annotation=annotation_at(text, 3, len(text), Status.OPEN))
    assert edit_text(text, binding(item, None, Status.MISSING)) == text.replace("open", "missing")


def test_a_local_issue_is_linked_from_where_the_document_is() -> None:
    item = make_item("- a")
    issue = make_issue(3, repository="")
    assert edit_text("- a", binding(item, issue, Status.OPEN)) == "- a ([#3](../.pmsync/issues/3.md): open)"
    text = "- a ([#3](../.pmsync/issues/3.md): open)"
    moved = Annotation(
        ref=IssueRef("", 3), url="../.pmsync/issues/3.md", status=Status.OPEN, start=3, end=len(text)
    )
    item = make_item(text, annotation=moved)
    new = edit_text(text, binding(item, issue, Status.OPEN), document="a/b/c.md")
    assert new == "- a ([#3](../../.pmsync/issues/3.md): open)"


def test_a_copied_link_is_replaced_but_an_authors_own_link_stays_beside_ours() -> None:
    link = "([#12](https://github.com/acme/shop/issues/12)"
    ours, theirs = f"- a {link}: open)", f"- a {link})"
    issue = make_issue(13)
    copied = make_item(ours, annotation=annotation_at(ours, 3, len(ours), Status.OPEN))
    assert edit_text(ours, binding(copied, issue, Status.OPEN)) == ours.replace("12", "13")
    mention = make_item(theirs, annotation=annotation_at(theirs, 3, len(theirs), None))
    new = edit_text(theirs, binding(mention, issue, Status.OPEN, beside=True))
    assert new == f"{theirs} ([#13](https://github.com/acme/shop/issues/13): open)"


def test_an_adopted_link_of_the_authors_stays_as_it_is_and_ours_is_stripped_to_it() -> None:
    text = "## Action items\n\n- Patch the cart ([#12](https://github.com/acme/shop/issues/12))\n"
    before = read(DOCUMENT, text)
    (item,) = before.items
    after = edited(before, [binding(item, make_issue(12, Status.DONE), Status.DONE, beside=True)])
    assert after.text == text.replace("12))", "12)) ([#12](https://github.com/acme/shop/issues/12): done)")
    assert strip(after.text, after.items) == text


def test_a_link_of_ours_gets_its_lost_word_back() -> None:
    text = "## Action items\n\n- Patch the cart ([#12](https://github.com/acme/shop/issues/12)) soon\n"
    before = read(DOCUMENT, text)
    (item,) = before.items
    after = edited(before, [binding(item, make_issue(12, Status.DONE), Status.DONE)])
    assert after.text == text.replace("12))", "12): done)")
    assert item.annotation is not None
    link = text[item.annotation.start : item.annotation.end]
    assert strip(after.text, after.items, links={0: link}) == text


def test_two_bindings_never_write_in_each_others_way() -> None:
    text = "a"
    one, other = make_item(text), make_item(text, line=2)
    edits = make_edits(
        text,
        [binding(one, make_issue(1), Status.OPEN), binding(other, make_issue(2), Status.OPEN)],
        documents_repository=HOME,
        document=DOCUMENT,
    )
    assert [edit.new for edit in edits] == [" ([#1](https://github.com/acme/shop/issues/1): open)"]


@pytest.mark.parametrize("edits", [[Edit(0, 2, ""), Edit(1, 3, "")], [Edit(2, 1, "")], [Edit(0, 9, "")]])
def test_edits_that_overlap_or_lie_outside_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply_edits("abcd", edits)


def test_edits_are_made_whatever_their_order() -> None:
    assert apply_edits("abcd", [Edit(3, 4, "D"), Edit(1, 1, "-"), Edit(0, 1, "A")]) == "A-bcD"


# ----------------------------------------------------------------------------- verifying

PLAIN = "## Action items\n\n- Fix it\n- Mend it\n- Turn it\n"


def test_a_change_that_nobody_asked_for_refuses_everything() -> None:
    before = read(DOCUMENT, PLAIN)
    bindings = bind(before.items)[:1]
    good = edited(before, bindings)
    assert verify(before, good, bindings) == ()
    for bad in (
        good.text.replace("Mend", "Bend"),
        good.text + "- More\n",
        good.text.replace("- Turn it\n", ""),
        good.text.replace("Turn it", "Turn it ([#9](https://github.com/acme/shop/issues/9): open)"),
    ):
        assert verify(before, read(DOCUMENT, bad), bindings) == before.items[:1]


def test_an_item_whose_link_is_not_as_it_should_be_is_named() -> None:
    before = read(DOCUMENT, PLAIN)
    bindings = bind(before.items)
    good = edited(before, bindings)
    assert verify(before, good, bindings) == ()
    for bad in (
        good.text.replace(": done)", ": open)"),
        good.text.replace(" ([#2]", " `([#2]").replace(": done)", ": done)`"),
    ):
        assert before.items[1] in verify(before, read(DOCUMENT, bad), bindings)


def misread(marker: str) -> Callable[[str, str], Postmortem]:
    """A reader that loses every item after an annotated line with `marker` in it."""

    def broken(document: str, text: str) -> Postmortem:
        postmortem = read(document, text)
        for index, item in enumerate(postmortem.items):
            if marker in item.title and item.annotation:
                return replace(postmortem, items=postmortem.items[: index + 1])
        return postmortem

    return broken


@pytest.mark.parametrize("culprit", ["Host 0", "Host 7", "Host 12"])
def test_one_item_that_cannot_be_written_does_not_stop_the_others(culprit: str) -> None:
    before = read(DOCUMENT, "## Action items\n\n" + "".join(f"- Host {n}: do\n" for n in range(14)))
    result = annotate(before, bind(before.items), documents_repository=HOME, read=misread(culprit + ":"))
    refused = [item.title for item in result.refused]
    assert len(refused) == 1
    assert refused[0].startswith(culprit)
    assert sum(item.annotation is not None for item in result.after.items) == 13


def test_a_culprit_is_found_in_few_readings() -> None:
    before = read(DOCUMENT, "## Action items\n\n" + "".join(f"- Host {n}: do\n" for n in range(64)))
    texts: list[str] = []
    broken = misread("Host 40:")

    def counting(document: str, text: str) -> Postmortem:
        texts.append(text)
        return broken(document, text)

    result = annotate(before, bind(before.items), documents_repository=HOME, read=counting)
    assert [item.title for item in result.refused] == [before.items[40].title]
    assert len(texts) <= 14


def test_an_item_in_a_code_span_is_reported_and_the_rest_is_written() -> None:
    text = "Action items:\n\nPatch `cart\nMend` basket\nTurn keys\n"
    before = read(DOCUMENT, text)
    result = annotate(before, bind(before.items, [Status.OPEN]), documents_repository=HOME, read=read)
    assert [item.line for item in result.refused] == [3]
    assert result.after.text.splitlines()[2:5] == [
        "Patch `cart",
        "Mend` basket ([#2](https://github.com/acme/shop/issues/2): open)",
        "Turn keys ([#3](https://github.com/acme/shop/issues/3): open)",
    ]


# ------------------------------------------------------------------------------ universal

words = st.text(st.sampled_from("abcdeé 7.,:;!?*_`~[]()<>#\\|&\"'$%^{}-+=/\udce9日"), min_size=1, max_size=30)
endings = st.sampled_from(["", "  ", "\\", " \\", "<br>", " <!-- note -->", " ^id7", " {#id}", "\t", "."])
line_ends = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def list_entries(draw: st.DrawFn) -> list[str]:
    mark = draw(st.sampled_from(["- ", "* ", "1. ", "> - ", "- [ ] ", "- [x] ", "* [X] ", "+ [] ", ""]))
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        lines.append(f"{mark}Fix the pump of {draw(words)}{draw(endings)}")
        indent = draw(st.sampled_from([" " * len(mark), "", "\t"]))
        if mark and draw(st.booleans()):
            lines.append(f"{indent}and {draw(words)}{draw(endings)}")
        if mark and draw(st.integers(0, 3)) == 0:
            lines += [
                "",
                " " * len(mark) + draw(st.sampled_from(["", "- ", "1. ", "> ", "    "])) + draw(words),
                "",
            ]
    return lines


@st.composite
def table_rows(draw: st.DrawFn) -> list[str]:
    columns = draw(
        st.permutations(["Action item", "Owner", *draw(st.sampled_from([[], ["Issue"], ["Status"]]))])
    )
    edge = draw(st.sampled_from(["|", ""]))
    blank = draw(st.sampled_from(["", " ", "  "])) if edge else " "
    cells = {
        "Action item": words.map(lambda text: "Fix the pump of " + text.replace("|", "\\|")),
        "Owner": st.sampled_from(["Ana", "", "@ben"]),
        "Issue": st.sampled_from(
            [
                "",
                " ",
                "-",
                "later",
                "TBD",
                "[GH-???]",
                "#NNN",
                "{OPS-123}",
                "<issue link>",
                "**n/a**",
                "`todo`",
            ]
        ),
        "Status": st.sampled_from(["Open", "Done", "", "In progress"]),
    }
    rows = [columns, ["---"] * len(columns)]
    rows += [[draw(cells[column]) for column in columns] for _ in range(draw(st.integers(1, 4)))]
    return [edge + "|".join(blank + cell + blank for cell in row) + edge for row in rows]


@st.composite
def documents(draw: st.DrawFn) -> str:
    sections = []
    for _ in range(draw(st.integers(1, 2))):
        heading = draw(
            st.sampled_from(["## Action items", "Action items:", "**Follow-ups**", "Next steps\n---"])
        )
        body = draw(st.one_of(list_entries(), table_rows()))
        sections.append([*heading.split("\n"), "", *body, ""])
    lines = ["# Outage", "", *(line for section in sections for line in section)]
    one = draw(line_ends)
    text = "".join(line + (draw(line_ends) if draw(st.integers(0, 9)) == 0 else one) for line in lines)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text


def count_rendered(text: str) -> int:
    """How many annotations a Markdown renderer, which knows nothing of ours, makes links of."""
    html = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(re.sub("[\ud800-\udfff]", "?", text).removeprefix("\ufeff"))
    )
    return len(
        re.findall(
            r'<a href="https://github.com/acme/\w+/issues/\d+"(?: title="was: [^"]+")?>[\w/]*#\d+</a>: \w',
            html,
        )
    )


@given(documents(), st.permutations(STATUSES), st.permutations(STATUSES))
def test_in_any_document_annotating_keeps_every_item_and_stripping_gives_the_original(
    text: str, first: Sequence[Status], second: Sequence[Status]
) -> None:
    before = read(DOCUMENT, text)
    written = annotate(before, bind(before.items, first), documents_repository=HOME, read=read)
    after = written.after
    assert [(item.line, item.title, item.text) for item in after.items] == [
        (item.line, item.title, item.text) for item in before.items
    ]
    for old, new in zip(before.items, after.items, strict=True):
        assert (new.annotation is None) == (old in written.refused)
    assert encode(strip(after.text, after.items, boxes=box_texts(before))) == encode(text)
    assert count_rendered(after.text) == len(before.items) - len(written.refused)

    held = [
        each
        for each, old in zip(bind(after.items, first), before.items, strict=True)
        if old not in written.refused
    ]
    assert make_edits(after.text, held, documents_repository=HOME, document=DOCUMENT) == ()

    later = edited(after, bind(after.items, second))
    assert encode(strip(later.text, later.items, boxes=box_texts(before))) == encode(text)


@pytest.mark.parametrize("status", STATUSES)
def test_the_word_of_a_status_never_names_a_section(status: Status) -> None:
    before = read(DOCUMENT, "## Action items\n\n> - Fix the pump of 7\n    > :\n")
    written = annotate(before, bind(before.items, [status]), documents_repository=HOME, read=read)
    assert written.refused == ()


@given(documents())
@example("## Action items\n\nFix the pump of \\  \nFix the pump of 7\n")
def test_in_any_document_at_most_what_has_no_slot_is_refused(text: str) -> None:
    before = read(DOCUMENT, text)
    written = annotate(before, bind(before.items), documents_repository=HOME, read=read)
    assert [item for item in written.refused if item.slot] == []
