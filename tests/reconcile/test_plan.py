"""The plan as a value: what it holds, in which order, and when it is too much."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pmsync.extract import read
from pmsync.model import Absence, Action, Issue, IssueRef, Notice, Plan, Postmortem, Status
from pmsync.reconcile.knowledge import Knowledge, ListClosed
from pmsync.reconcile.plan import make_plan
from pmsync.reconcile.policy import Policy
from tests.reconcile.test_matching import ALERT, BOOK, PATCH, SHOP, document, known, link, made_for

POLICY = Policy(source=SHOP, labels=("postmortem",), owners={})


def plan(documents: Sequence[Postmortem], knowledge: Knowledge, **policy: object) -> Plan:
    existing = frozenset(each.document for each in documents)
    made = make_plan(documents, knowledge, replace(POLICY, existing=existing, **policy))  # type: ignore[arg-type]
    assert isinstance(made, Plan), made
    return made


def boxes(path: str, *items: str) -> Postmortem:
    return read(path, "# Down\n\n## Action items\n\n" + "".join(f"- {item}\n" for item in items))


def plain(number: int, **fields: object) -> Issue:
    """Somebody's own issue."""
    ref = IssueRef(SHOP, number)
    return Issue(ref=ref, url=f"https://github.com/{SHOP}/issues/{number}", title="Mine", **fields)  # type: ignore[arg-type]


def test_a_plan_is_the_same_value_every_time_but_for_random_ids() -> None:
    documents = [document("a.md", ALERT, f"{PATCH} {link(1)}")]
    knowledge = known(made_for(documents[0].items[1], 1, is_open=False))

    def shape(made: Plan) -> list[tuple[object, ...]]:
        return [(change.action, change.item, change.issue, change.reason) for change in made.changes]

    assert shape(plan(documents, knowledge)) == shape(plan(documents, knowledge))


def test_questions_come_before_any_plan() -> None:
    documents = [document("a.md", ALERT)]
    assert make_plan(documents, known(closed=False), POLICY) == frozenset({ListClosed()})


def test_changes_come_in_document_order_then_issues_without_an_item() -> None:
    first, second = document("a.md", ALERT, PATCH), document("b.md", BOOK)
    gone = document("gone.md", "Buy a clock for the wall").items[0]
    twin = replace(made_for(first.items[1], 3))
    made = plan(
        [first, second],
        known(made_for(first.items[1], 1), made_for(gone, 2), twin),
        on_removed="close",
        is_default_head=True,
    )
    assert [(change.action, change.item and change.item.title) for change in made.changes] == [
        (Action.CREATE, ALERT),
        (Action.LINK, PATCH),
        (Action.CREATE, BOOK),
        (Action.MERGE, None),
        (Action.RETIRE, None),
    ]
    assert made.summary == {"create": 2, "link": 1, "merge": 1, "retire": 1}
    assert [binding.item.title for binding in made.bindings] == [ALERT, PATCH, BOOK]


def test_what_was_not_read_is_told_with_the_plan() -> None:
    error = Notice(text="is broken", document="b.md", line=2)
    made = make_plan([document("a.md", ALERT)], known(), POLICY, errors=[error])
    assert isinstance(made, Plan)
    assert made.errors == (error,)


def test_only_selected_documents_are_acted_on_and_their_twins_merged() -> None:
    first, second = document("a.md", f"{ALERT} {link(1)}"), document("b.md", f"{PATCH} {link(2)}", BOOK)
    issues = [made_for(first.items[0], 1), made_for(second.items[0], 2)]
    twins = [made_for(first.items[0], 3), made_for(second.items[0], 4)]
    made = plan([first, second], known(*issues, *twins), selected=frozenset({"a.md"}))
    assert [(change.action, change.issue and change.issue.ref.number) for change in made.changes] == [
        (Action.MERGE, 3)
    ]
    assert [binding.item.document for binding in made.bindings] == ["a.md"]


def test_an_issue_of_several_items_closes_with_the_last_of_them() -> None:
    some = [boxes("a.md", f"[x] {ALERT} {link(7)}", f"[ ] {PATCH} {link(7)}")]
    assert plan(some, known(plain(7))).changes == ()
    every = [boxes("a.md", f"[x] {ALERT} {link(7)}", f"[x] {PATCH} {link(7)}")]
    assert [change.action for change in plan(every, known(plain(7))).changes] == [Action.CLOSE]


def test_an_issue_of_several_items_reopens_with_the_first_of_them() -> None:
    documents = [boxes("a.md", f"[ ] {ALERT} {link(7, 'done')}", f"[x] {PATCH} {link(7, 'done')}")]
    closed = plain(7, is_open=False, state_reason="completed")
    assert [change.action for change in plan(documents, known(closed)).changes] == [Action.REOPEN]


@pytest.mark.parametrize("word", list(Status))
@pytest.mark.parametrize("ticked", [True, False])
def test_a_pull_request_is_never_written_to(word: Status, ticked: bool) -> None:
    box = "x" if ticked else " "
    for state in ({}, {"is_open": False}, {"is_open": False, "merged": True}):
        pull = plain(7, is_pull_request=True, **state)
        documents = [boxes("a.md", f"[{box}] {ALERT} {link(7, word)}")]
        assert not any(change.action.writes_issue for change in plan(documents, known(pull)).changes)


@pytest.mark.parametrize("word", [Status.WONT_DO, Status.DUPLICATE, Status.MISSING])
@pytest.mark.parametrize("ticked", [True, False])
def test_beside_a_word_that_is_no_done_no_box_commands(word: Status, ticked: bool) -> None:
    reason = {Status.WONT_DO: "not_planned", Status.DUPLICATE: "duplicate"}.get(word, "completed")
    closed = plain(7, is_open=False, state_reason=reason)
    documents = [boxes("a.md", f"[{'x' if ticked else ' '}] {ALERT} {link(7, word)}")]
    made = plan(documents, known(closed))
    assert not any(change.action.writes_issue for change in made.changes)


def test_nothing_of_an_issue_without_a_trusted_marker_is_written_but_its_state() -> None:
    documents = [
        read(
            "a.md",
            f"---\nlabels: [payments]\nowner: Ada\n---\n{document('a.md', ALERT + ' ' + link(7)).text}",
        )
    ]
    foreign = made_for(document("a.md", PATCH).items[0], 7, author="mallory")
    assert plan(documents, known(foreign, writers={"mallory": False}), owners={"Ada": "ada"}).changes == ()
    trusted = plan(documents, known(foreign, writers={"mallory": True}), owners={"Ada": "ada"})
    assert [change.action for change in trusted.changes] == [Action.UPDATE]


def test_a_closed_issue_is_not_rewritten() -> None:
    item = document("a.md", ALERT).items[0]
    closed = made_for(item, 1, is_open=False, state_reason="completed")
    assert plan([document("a.md", f"{ALERT}, always {link(1, 'done')}")], known(closed)).changes == ()


# ------------------------------------------------------------------------------------ caps


@pytest.mark.parametrize(
    ("count", "limit", "fine"), [(3, 3, True), (4, 3, False), (0, 0, True), (1, 0, False)]
)
def test_creations_are_counted(count: int, limit: int, fine: bool) -> None:
    documents = [document("a.md", *(f"Watch queue {n} and page when it fills" for n in range(count)))]
    assert (plan(documents, known(), max_creates=limit).excess == ()) is fine


@pytest.mark.parametrize(
    ("linked", "gone", "fine"), [(4, 3, True), (4, 4, False), (20, 6, True), (20, 7, False)]
)
def test_missing_issues_are_counted_against_those_linked(linked: int, gone: int, fine: bool) -> None:
    documents = [
        document("a.md", *(f"Watch queue {n} and page when it fills {link(n)}" for n in range(1, linked + 1)))
    ]
    issues = [made_for(item, number) for number, item in enumerate(documents[0].items, 1) if number > gone]
    absent = {IssueRef(SHOP, number): Absence.MISSING for number in range(1, gone + 1)}
    knowledge = known(*issues, absent=absent)
    assert (plan(documents, knowledge).excess == ()) is fine


def test_orphans_to_be_closed_count_as_closings() -> None:
    gone = document("gone.md", *(f"Watch queue {n} and page when it fills" for n in range(5)))
    knowledge = known(*(made_for(item, number) for number, item in enumerate(gone.items, 1)))
    made = plan([document("a.md", ALERT)], knowledge, on_removed="close", is_default_head=True)
    assert made.excess == ("it would close 5 of 5 open issues",)


def test_other_peoples_issues_make_no_share_of_ours_look_small() -> None:
    ours = boxes("a.md", *(f"[x] Watch queue {n} and page when it fills" for n in range(5)))
    strangers = [plain(number) for number in range(100, 160)]
    knowledge = known(*(made_for(item, number) for number, item in enumerate(ours.items, 1)), *strangers)
    assert plan([ours], knowledge).excess == ("it would close 5 of 5 open issues",)
