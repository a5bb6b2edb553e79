"""Updates that a person should look at: precise rather than many."""

import pytest

from pmsync.model import Action, ActionItem, Change, Issue, IssueEdit, IssueRef, Kind
from pmsync.reconcile.doubts import find_doubts, is_unrelated


def update(number: int, old: str, new: str) -> Change:
    item = ActionItem(document="a.md", line=number, end_line=number, kind=Kind.LIST, section="", title=new)
    issue = Issue(ref=IssueRef("acme/shop", number), url="", title=old)
    edit = IssueEdit(title=new)
    return Change(action=Action.UPDATE, item=item, issue=issue, identity="by link", reason="", edit=edit)


ALERT, PATCH, TRAIN = "Alert on memory of the hosts", "Patch the till against odd prices", "Train the on-call"


def test_texts_that_were_swapped_are_told_of_both() -> None:
    doubts = find_doubts([update(1, ALERT, f"{PATCH} now"), update(2, PATCH, ALERT)])
    assert {ref.number: "#" in doubt and "swapped" in doubt for ref, doubt in doubts.items()} == {
        1: True,
        2: True,
    }


def test_three_that_changed_places_are_told_too() -> None:
    changes = [update(1, ALERT, PATCH), update(2, PATCH, TRAIN), update(3, TRAIN, ALERT)]
    assert len(find_doubts(changes)) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ALERT, "Alert on memory of all hosts"),
        (ALERT, "Page somebody once the memory is full"),
        ("Add a runbook", "Add an alert to the runbook"),
        ("Alert on memory of host 1", "Alert on memory of host 2"),
        ("Speicher überwachen", "Überwachung des Speichers einrichten"),
        ("メモリを監視する", "メモリの監視を追加する"),
    ],
)
def test_a_rewording_is_no_reason_for_doubt(old: str, new: str) -> None:
    assert find_doubts([update(1, old, new)]) == {}


def test_series_of_like_items_are_reworded_without_doubt() -> None:
    changes = [update(n, f"Watch host {n} on the farm", f"Watch host {n} on our farm") for n in range(1, 40)]
    assert find_doubts(changes) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [(ALERT, "Buy more coffee"), (PATCH, "Rotate signing keys"), ("メモリを監視する", "鍵の交換")],
)
def test_a_text_that_has_nothing_in_common_is_told(old: str, new: str) -> None:
    assert is_unrelated(old, new)
    assert "nothing in common" in find_doubts([update(1, old, new)])[IssueRef("acme/shop", 1)]
