"""Whose issue is whose, as a pure function: what it asks, and what holds for any documents and issues."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.extract import read
from pmsync.model import Absence, ActionItem, Issue, IssueRef, Postmortem
from pmsync.reconcile.drafts import Pages, draft_issue
from pmsync.reconcile.knowledge import AskWriter, Knowledge, ListClosed, Question, ReadIssue
from pmsync.reconcile.markers import Key, document_digest, normalise, source_digest, text_digest
from pmsync.reconcile.matching import Matching, find_issues, parse_ticket
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.rewording import REWORDED_AT_LEAST, REWORDED_MARGIN, find_alike
from tests.reconcile.things import issue_of

SHOP = "acme/shop"
ALERT, PATCH, BOOK = (
    "Alert on memory before the cart fills it",
    "Patch the till against negative prices",
    "Write down how to empty a queue by hand",
)

TITLES = st.one_of(
    st.text("aab 漢", max_size=12),
    st.lists(st.sampled_from(f"{ALERT} {PATCH} {BOOK}".split()), max_size=9).map(" ".join),
)


def document(path: str, *items: str) -> Postmortem:
    return read(path, "# Down\n\n## Action items\n\n" + "".join(f"- {item}\n" for item in items))


def made_for(item: ActionItem, number: int, ordinal: int = 1, **fields: object) -> Issue:
    """The issue that an earlier run made for an item."""
    key = Key(
        source=source_digest(SHOP),
        document=document_digest(item.document),
        text=text_digest(item),
        ordinal=ordinal,
    )
    bare = Postmortem(document=item.document, text="", title="Down")
    draft = draft_issue(item, bare, key, pages=Pages(), labels=("postmortem",), owners={})
    return issue_of(draft, number, **fields)


def link(number: int, word: str = "open") -> str:
    return f"([#{number}](https://github.com/{SHOP}/issues/{number}): {word})"


def known(*issues: Issue, closed: bool = True, **more: object) -> Knowledge:
    return Knowledge(
        repository=SHOP,
        issues={issue.ref: issue for issue in issues},
        closed_known=closed,
        fresh=frozenset(issue.ref for issue in issues),
        **{"is_current": True, "elsewhere": frozenset(), **more},  # type: ignore[arg-type]
    )


def around(*documents: Postmortem, **more: object) -> Policy:
    existing = frozenset(each.document for each in documents)
    return Policy(source=SHOP, existing=existing, **more)  # type: ignore[arg-type]


def find(documents: Sequence[Postmortem], knowledge: Knowledge, **more: object) -> Matching:
    found = find_issues(documents, knowledge, around(*documents, **more))
    assert isinstance(found, Matching), found
    return found


def asked(documents: Sequence[Postmortem], knowledge: Knowledge, **more: object) -> frozenset[Question]:
    found = find_issues(documents, knowledge, around(*documents, **more))
    assert not isinstance(found, Matching), found
    return found


# ------------------------------------------------------------------------------ questions


def test_a_linked_issue_annotated_open_and_not_listed_is_read() -> None:
    documents = [document("a.md", f"{ALERT} {link(7)}", f"{PATCH} {link(8, 'done')}")]
    assert asked(documents, known()) == {ReadIssue(IssueRef(SHOP, 7))}


@pytest.mark.parametrize("word", ["done", "won't do", "duplicate", "missing"])
def test_a_linked_issue_annotated_as_closed_is_not(word: str) -> None:
    assert len(find([document("a.md", f"{ALERT} {link(7, word)}")], known()).found) == 1


def test_an_unticked_box_beside_done_is_reason_to_look() -> None:
    text = f"# Down\n\n## Action items\n\n- [ ] {ALERT} {link(7, 'done')}\n- [x] {PATCH} {link(8, 'done')}\n"
    assert asked([read("a.md", text)], known()) == {ReadIssue(IssueRef(SHOP, 7))}


def test_an_absent_issue_is_not_asked_for_again() -> None:
    ref = IssueRef(SHOP, 7)
    found = find([document("a.md", f"{ALERT} {link(7)}")], known(absent={ref: Absence.MISSING}))
    assert found.found[0].absence is Absence.MISSING
    assert found.unmatched == ()


def test_closed_issues_are_asked_for_only_where_something_would_be_created() -> None:
    documents = [document("a.md", ALERT)]
    assert asked(documents, known(closed=False)) == {ListClosed()}
    assert find(documents, known(closed=False), selected=frozenset()).unmatched
    linked = [document("a.md", f"{ALERT} {link(1)}")]
    assert find(linked, known(made_for(linked[0].items[0], 1), closed=False)).found


def test_an_item_tracked_elsewhere_asks_for_nothing() -> None:
    found = find([document("a.md", f"{ALERT} (OPS-12)")], known(closed=False))
    assert [item.title for item in found.tracked] == [ALERT]


def test_a_closed_issue_by_key_comes_before_an_open_one_of_a_renamed_document() -> None:
    here, gone = document("a.md", ALERT), document("gone.md", ALERT)
    closed, other = made_for(here.items[0], 1, is_open=False), made_for(gone.items[0], 2)
    assert asked([here], known(other, closed=False)) == {ListClosed()}
    assert find([here], known(closed, other)).found[0].issue == closed


@given(st.lists(TITLES, max_size=6), st.lists(TITLES, max_size=6))
def test_every_pair_of_titles_alike_enough_to_matter_is_found(ones: list[str], others: list[str]) -> None:
    floor = REWORDED_AT_LEAST - REWORDED_MARGIN
    compared = [
        (SequenceMatcher(None, normalise(one), normalise(other), autojunk=False).ratio(), here, there)
        for here, one in enumerate(ones)
        for there, other in enumerate(others)
    ]
    assert find_alike(ones, others) == [pair for pair in compared if pair[0] >= floor]


def test_a_closed_issue_keeps_no_done_item_from_a_moved_one_that_the_next_run_would_give_it() -> None:
    """They are listed only where something new needs that: the next run, without it, sees one issue."""
    done = document("a.md", f"[x] {ALERT}")
    closed = made_for(document("gone.md", ALERT).items[0], 1, is_open=False)
    moved = made_for(document("left.md", ALERT).items[0], 2)
    for knowledge in (known(closed, moved), known(moved, closed=False)):
        assert [each.issue for each in find([done], knowledge).found] == [moved]


def test_a_copy_of_a_closed_issue_is_known_for_one_even_where_the_item_has_moved() -> None:
    moved = document("a.md", f"[x] {ALERT} {link(1, 'done')}", f"[x] {ALERT}")
    first = made_for(document("gone.md", ALERT).items[0], 1, is_open=False)
    copy = replace(first, ref=IssueRef(SHOP, 2), is_open=True)
    assert asked([moved], known(copy, closed=False)) == {ReadIssue(first.ref)}
    found = find([moved], known(first, copy, closed=False))
    assert [each.issue for each in found.found] == [first]


def test_rights_are_asked_for_once_a_login_and_only_of_those_who_need_it() -> None:
    documents = [document("a.md", ALERT, PATCH, BOOK)]
    first, second, third = documents[0].items
    issues = [
        made_for(first, 1, author="bob", association="MEMBER"),
        made_for(second, 2, author="bob", association="MEMBER"),
        made_for(third, 3, author="alice", association="OWNER"),
    ]
    assert asked(documents, known(*issues)) == {AskWriter("bob")}
    trusting = find(documents, known(*issues), trusted_authors=frozenset({"bob"}))
    assert [found.how for found in trusting.found] == ["by text"] * 3
    forged = find(documents, known(*issues, writers={"bob": False}))
    assert [found.issue.ref.number for found in forged.found if found.issue] == [3]
    assert len(forged.notices) == 2


def test_a_closed_issue_that_no_item_could_be_is_nobodys_question() -> None:
    documents = [document("a.md", f"{ALERT} {link(1)}", PATCH)]
    old = document("gone.md", BOOK).items[0]
    issues = [
        made_for(documents[0].items[0], 1),
        made_for(old, 2, author="mallory", is_open=False, association="NONE"),
    ]
    assert [item.title for item, _ in find(documents, known(*issues)).unmatched] == [PATCH]


# --------------------------------------------------------------------------- the five steps


def test_the_order_of_the_steps() -> None:
    before = document("a.md", ALERT, PATCH, "Rotate the keys of every cart in spring")
    moved = document("b.md", BOOK)
    issues = [made_for(item, number) for number, item in enumerate([*before.items, *moved.items], 1)]
    after = document(
        "a.md",
        f"{ALERT} {link(1)}",
        PATCH,
        BOOK,
        "Rotate the keys of every cart in the spring",
        "Buy a clock for the wall",
    )
    found = find([after], known(*issues))
    assert [(each.how.split(",")[0], each.issue.ref.number) for each in found.found if each.issue] == [
        ("by link", 1),
        ("by text", 2),
        ("renamed document", 4),
        ("reworded", 3),
    ]
    assert [item.title for item, _ in found.unmatched] == ["Buy a clock for the wall"]


def test_a_linked_issue_is_taken_by_nobody_else() -> None:
    after = document("a.md", f"{PATCH} {link(1)}", ALERT)
    found = find([after], known(made_for(document("a.md", ALERT).items[0], 1)))
    assert [each.item.title for each in found.found] == [PATCH]
    assert [item.title for item, _ in found.unmatched] == [ALERT]


def test_a_text_that_two_documents_lost_decides_nothing_alone() -> None:
    lost = [document("x.md", ALERT).items[0], document("y.md", ALERT).items[0]]
    issues = [made_for(item, number) for number, item in enumerate(lost, 1)]
    found = find([document("new.md", ALERT)], known(*issues))
    assert (len(found.found), len(found.unmatched)) == (0, 1)


def test_a_text_that_two_documents_gained_decides_nothing_alone() -> None:
    issue = made_for(document("x.md", ALERT).items[0], 1)
    found = find([document("a.md", ALERT), document("b.md", ALERT)], known(issue))
    assert (len(found.found), len(found.unmatched)) == (0, 2)


def test_an_item_stays_with_a_document_that_was_not_read() -> None:
    """An opted-out, broken or unselected document still has its items."""
    issue = made_for(document("x.md", ALERT).items[0], 1)
    here = document("a.md", ALERT)
    found = find_issues([here], known(issue), Policy(source=SHOP, existing=frozenset({"a.md", "x.md"})))
    assert isinstance(found, Matching)
    assert (len(found.found), len(found.unmatched), found.orphans) == (0, 1, ())


def test_rewording_needs_likeness_and_a_clear_margin() -> None:
    alike = made_for(document("a.md", "Alert on memory before any cart fills it").items[0], 1)
    assert find([document("a.md", ALERT)], known(alike)).found[0].how.startswith("reworded, 0.9")
    unlike = made_for(document("a.md", BOOK).items[0], 1)
    assert find([document("a.md", ALERT)], known(unlike)).unmatched
    rival = made_for(document("a.md", "Alert on memory before each cart fills it").items[0], 2)
    assert find([document("a.md", ALERT)], known(alike, rival)).unmatched
    closed = replace(alike, is_open=False)
    assert find([document("a.md", ALERT)], known(closed)).unmatched


def test_a_wholly_rewritten_document_takes_no_time() -> None:
    lost = document("a.md", *(f"Watch queue {number} and page when it fills" for number in range(300)))
    issues = [made_for(item, number) for number, item in enumerate(lost.items, 1)]
    new = document("a.md", *(f"Look at queue {number} and ring when it is full" for number in range(300)))
    found = find([new], known(*issues))
    assert (len(found.unmatched), len(found.orphans)) == (300, 300)


@pytest.mark.parametrize(
    ("ticket", "number"),
    [
        ("#5", 5),
        ("acme/shop#5", 5),
        ("ACME/Shop#5", 5),
        ("https://github.com/acme/shop/issues/5", 5),
        ("https://github.com/acme/shop/pull/5", 5),
        ("https://github.com/acme/shop/issues/5#issuecomment-1", 5),
        ("acme/api#5", None),
        ("https://github.com/acme/api/issues/5", None),
        ("OPS-5", None),
        ("https://example.com/browse/OPS-5", None),
        ("https://github.com/acme/shop/discussions/5", None),
    ],
)
def test_only_issues_of_the_trackers_repository_are_followed(ticket: str, number: int | None) -> None:
    assert parse_ticket(ticket, SHOP) == (IssueRef(SHOP, number) if number else None)
    assert parse_ticket(ticket, "") is None


# ------------------------------------------------------------------- for any documents at all

TEXTS = [ALERT, PATCH, BOOK, f"{ALERT} again", "Alert on memory after the cart fills it"]
PATHS = ["a.md", "b.md", "c.md"]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Postmortem], Mapping[IssueRef, Issue]]:
    """Documents as they once were, the issues made for some of their items, and documents as they are now."""
    issues: dict[IssueRef, Issue] = {}
    for path in PATHS:
        places: Counter[str] = Counter()
        for text in draw(st.lists(st.sampled_from(TEXTS), max_size=4)):
            places[text] += 1
            if draw(st.booleans()):
                issue = made_for(
                    document(path, text).items[0],
                    len(issues) + 1,
                    draw(st.sampled_from([places[text], 1])),
                    is_open=draw(st.booleans()),
                    state_reason=draw(st.sampled_from(["completed", "duplicate"])),
                )
                issues[issue.ref] = issue
    numbers = st.integers(1, len(issues) + 1)
    item = st.builds(
        lambda text, number: f"{text} {link(number)}" if number else text,
        st.sampled_from(TEXTS),
        st.none() | numbers,
    )
    now = [document(path, *draw(st.lists(item, max_size=4))) for path in PATHS if draw(st.booleans())]
    return now, issues


@given(scenes())
def test_every_item_has_one_place_and_every_issue_one_item(
    scene: tuple[list[Postmortem], Mapping[IssueRef, Issue]],
) -> None:
    documents, issues = scene
    gone = IssueRef(SHOP, len(issues) + 1)
    knowledge = replace(known(), issues=issues, absent={gone: Absence.MISSING})
    found = find(documents, knowledge)
    items = [item for each in documents for item in each.items]
    placed = [each.item for each in found.found] + [item for item, _ in found.unmatched]
    assert Counter(map(id, placed)) == Counter(map(id, items))
    held = Counter(each.issue.ref for each in found.found if each.issue and not each.is_left)
    assert all(count == 1 for count in held.values())
    assert not held.keys() & {twin.issue.ref for twin in found.twins}
    assert not held.keys() & {orphan.ref for orphan in found.orphans}
    keys = [key for _, key in found.unmatched]
    assert len(set(keys)) == len(keys)


@given(scenes())
def test_what_is_found_is_found_again_once_it_is_linked(
    scene: tuple[list[Postmortem], Mapping[IssueRef, Issue]],
) -> None:
    """However an issue was found, the next run finds it by its link."""
    documents, issues = scene
    knowledge = known(*issues.values(), absent={IssueRef(SHOP, len(issues) + 1): Absence.MISSING})
    numbers = held_numbers(find(documents, knowledge))
    linked = [
        document(
            each.document,
            *(
                f"{item.text} {link(numbers[item.document, item.line])}"
                if (item.document, item.line) in numbers
                else item.text
                for item in each.items
            ),
        )
        for each in documents
    ]
    again = find(linked, knowledge)
    assert numbers.items() <= held_numbers(again).items()
    assert {found.how for found in again.found if (found.item.document, found.item.line) in numbers} <= {
        "by link",
        "a copy",
    }


def held_numbers(matching: Matching) -> dict[tuple[str, int], int]:
    """By an item's place, the number of its issue."""
    numbers = {}
    for found in matching.found:
        ref = found.issue.ref if found.issue else found.item.annotation and found.item.annotation.ref
        if ref:
            numbers[found.item.document, found.item.line] = ref.number
    return numbers
