"""What documents get once a plan was carried out, and what one gets that changed meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pmsync.model import Action, ActionItem, Binding, Change, IssueEdit, Outcome, Postmortem, Status
from pmsync.reconcile.bindings import bind_outcomes, rebind
from tests.reconcile.test_matching import ALERT, BOOK, PATCH, link, made_for
from tests.reconcile.test_plan import boxes

CLOSING = IssueEdit(is_open=False)


def bound(item: ActionItem, number: int, status: Status = Status.OPEN, ticked: bool | None = None) -> Binding:
    issue = made_for(item, number, is_open=status is Status.OPEN)
    return Binding(item=item, issue=issue, identity="by link", status=status, ticked=ticked)


def outcome(
    binding: Binding,
    action: Action,
    *,
    is_open: bool,
    edit: IssueEdit | None = None,
) -> Outcome:
    """What came of a change of a binding's item."""
    issue = replace(made_for(binding.item, 1), is_open=is_open)
    change = Change(
        action=action,
        item=binding.item,
        issue=binding.issue,
        identity="",
        reason="",
        edit=edit,
    )
    return Outcome(change=change, issue=issue)


def rebound(
    before: Postmortem, after: Postmortem, bindings: Sequence[Binding]
) -> list[tuple[str, int | None, bool | None]]:
    """Of each item that gets something: its title, its issue and what its box shall say."""
    return [
        (each.item.title, each.issue.ref.number if each.issue else None, each.ticked)
        for each in rebind(bindings, before.items, after.items)
    ]


# --------------------------------------------------------------------------- what came of it


def test_a_new_issue_is_its_items() -> None:
    item = boxes("a.md", f"[ ] {ALERT}").items[0]
    new = Binding(item=item, issue=None, identity="new")
    (made,) = bind_outcomes([new], [outcome(new, Action.CREATE, is_open=True)])
    assert (made.issue and made.issue.ref.number, made.status, made.ticked) == (1, Status.OPEN, None)


def test_a_box_follows_an_issue_that_was_closed_for_it() -> None:
    binding = bound(boxes("a.md", f"[x] {ALERT} {link(1)}").items[0], 1)
    (made,) = bind_outcomes([binding], [outcome(binding, Action.CLOSE, is_open=False, edit=CLOSING)])
    assert (made.status, made.ticked) == (Status.DONE, True)


def test_all_items_of_one_issue_follow_it() -> None:
    shared = [
        bound(item, 1) for item in boxes("a.md", f"[x] {ALERT} {link(1)}", f"[x] {PATCH} {link(1)}").items
    ]
    made = bind_outcomes(shared, [outcome(shared[0], Action.CLOSE, is_open=False, edit=CLOSING)])
    assert [each.status for each in made] == [Status.DONE] * 2


def test_a_box_whose_command_failed_stays_for_the_next_run() -> None:
    binding = bound(boxes("a.md", f"[x] {ALERT} {link(1)}").items[0], 1)
    change = Change(
        action=Action.CLOSE, item=binding.item, issue=binding.issue, identity="", reason="", edit=CLOSING
    )
    assert bind_outcomes([binding], [Outcome(change=change, error="no")]) == (binding,)


def test_a_ticked_box_whose_new_issue_could_not_be_closed_stays_ticked() -> None:
    item = boxes("a.md", f"[x] {ALERT}").items[0]
    new = Binding(item=item, issue=None, identity="new")
    (made,) = bind_outcomes([new], [outcome(new, Action.CREATE, is_open=True)])
    assert (made.status, made.ticked) == (Status.OPEN, None)


def test_an_issue_that_somebody_closed_while_it_was_updated_takes_its_box_along() -> None:
    """Else the next run would find the box empty beside `done`, and reopen the issue."""
    binding = bound(boxes("a.md", f"[ ] {ALERT} {link(1)}").items[0], 1, ticked=False)
    edit = IssueEdit(title="x")
    (made,) = bind_outcomes([binding], [outcome(binding, Action.UPDATE, is_open=False, edit=edit)])
    assert (made.status, made.ticked) == (Status.DONE, True)


# ------------------------------------------------------------------------ a text that moved


def test_items_are_found_again_wherever_they_stand_now() -> None:
    before = boxes("a.md", f"[ ] {ALERT} {link(1)}", f"[ ] {PATCH}")
    after = boxes("a.md", f"[ ] {BOOK}", f"[ ] {PATCH}", f"[ ] {ALERT}, always {link(1)}")
    bindings = [bound(item, number, ticked=False) for number, item in enumerate(before.items, 1)]
    assert sorted(rebound(before, after, bindings)) == [
        (f"{ALERT}, always", 1, False),
        (PATCH, 2, False),
    ]


def test_a_document_that_did_not_move_keeps_every_binding() -> None:
    document = boxes("a.md", f"[ ] {ALERT} {link(1)}", f"[x] {ALERT}", f"[ ] {ALERT}", f"[ ] {PATCH}")
    bindings = [bound(item, number, ticked=False) for number, item in enumerate(document.items, 1)]
    again = rebind(bindings, document.items, document.items)
    assert sorted(again, key=lambda each: each.item.line) == bindings


def test_equal_items_keep_their_order_and_those_without_an_issue_take_none() -> None:
    before = boxes("a.md", f"[x] {ALERT}", f"[ ] {ALERT}", f"[ ] {ALERT}")
    bindings = [bound(item, number) for number, item in enumerate(before.items[1:], 1)]
    after = boxes("a.md", f"[ ] {BOOK}", f"[x] {ALERT}", f"[ ] {ALERT}", f"[ ] {ALERT}")
    assert [number for _, number, _ in rebound(before, after, bindings)] == [1, 2]


def test_an_item_that_meanwhile_got_another_link_is_left() -> None:
    before, after = boxes("a.md", f"[ ] {ALERT}"), boxes("a.md", f"[ ] {ALERT} {link(9)}")
    assert rebound(before, after, [bound(before.items[0], 1)]) == []


def test_a_copied_link_goes_to_the_item_of_the_same_words() -> None:
    before = boxes("a.md", f"[ ] {ALERT} {link(1)}", f"[ ] {PATCH} {link(1)}")
    after = boxes("a.md", f"[ ] {BOOK}", f"[ ] {ALERT} {link(1)}", f"[ ] {PATCH} {link(1)}")
    bindings = [bound(before.items[0], 1), bound(before.items[1], 2)]
    assert sorted(rebound(before, after, bindings)) == [(ALERT, 1, None), (PATCH, 2, None)]


@pytest.mark.parametrize(
    ("read", "now", "status", "ticked"),
    [
        (f"[ ] {ALERT} {link(1)}", f"[ ] {ALERT} {link(1)}", Status.DONE, True),
        (f"[x] {ALERT} {link(1)}", f"[ ] {ALERT} {link(1)}", Status.DONE, None),
        (f"[ ] {ALERT}", f"[x] {ALERT}", Status.OPEN, None),
        (f"[ ] {ALERT} {link(1)}", f"[x] {ALERT} {link(1, 'done')}", Status.OPEN, False),
        (f"[ ] {ALERT} {link(1)}", f"[ ] {ALERT} {link(1, 'done')}", Status.DONE, None),
    ],
    ids=["unchanged", "unticked since", "ticked since", "reopened since", "unticked after another run"],
)
def test_a_box_that_a_person_changed_since_is_left_to_the_next_run(
    read: str, now: str, status: Status, ticked: bool | None
) -> None:
    before, after = boxes("a.md", read), boxes("a.md", f"[ ] {BOOK}", now)
    planned = bound(before.items[0], 1, status, ticked=status is Status.DONE)
    assert rebound(before, after, [planned]) == [(ALERT, 1, ticked)]
