"""What becomes of the two labels, from every state that marker and issue may be in."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pmsync.reconcile.nudges import DUE_SOON, OVERDUE, SOON, _choose, _Step

TODAY = date(2026, 3, 20)
_marks = st.one_of(
    st.just(""),
    st.builds(
        lambda letter, away: f"{letter}{TODAY + timedelta(away):%Y%m%d}",
        st.sampled_from("osOS"),
        st.integers(-40, 40),
    ),
)
_labels = st.sets(st.sampled_from([OVERDUE, DUE_SOON, "bug"]))
_due = st.one_of(st.none(), st.builds(lambda away: TODAY + timedelta(away), st.integers(-40, 40)))


def after(step: _Step | None, mark: str, pending: str, labels: set[str]) -> tuple[str, str, set[str]]:
    if step is None:
        return mark, pending, labels
    return step.mark, "", (labels - set(step.remove)) | ({step.add} - {""})


@given(_marks, _marks, _labels, _due)
def test_done_twice_it_is_done_once(mark: str, pending: str, labels: set[str], due: date | None) -> None:
    step = _choose(mark, pending, labels, due, TODAY)
    assert _choose(*after(step, mark, pending, labels), due, TODAY) is None


@given(_labels, _due)
def test_what_we_never_put_on_is_never_taken_off(labels: set[str], due: date | None) -> None:
    step = _choose("", "", labels, due, TODAY)
    assert step is None or not step.remove


@given(_marks, _labels, _due)
def test_what_a_person_took_off_is_not_put_on_again_for_the_same_date(
    mark: str, labels: set[str], due: date | None
) -> None:
    before = _choose(mark, "", labels, due, TODAY)
    remembered, _, borne = after(before, mark, "", labels)
    again = _choose(remembered, "", borne - {OVERDUE, DUE_SOON}, due, TODAY)
    assert again is None or not again.add or again.mark != remembered


@given(_marks, _marks, _labels, _due)
def test_a_label_is_put_on_only_where_it_is_true_and_taken_off_only_where_it_is_ours(
    mark: str, pending: str, labels: set[str], due: date | None
) -> None:
    step = _choose(mark, pending, labels, due, TODAY) or _Step()
    assert step.add != OVERDUE or (due and due < TODAY)
    assert step.add != DUE_SOON or (due and TODAY <= due <= TODAY + SOON)
    assert step.add not in labels
    letters = {OVERDUE: "o", DUE_SOON: "s"}
    assert all(letters[label] in {mark[:1], pending[:1]} for label in step.remove)
    assert bool(step.mark) >= bool(step.add)


@given(_marks, _labels, _due, _due)
def test_what_a_person_puts_on_after_taking_it_off_is_never_taken_off(
    mark: str, labels: set[str], due: date | None, later: date | None
) -> None:
    mark, _, labels = after(_choose(mark, "", labels, due, TODAY), mark, "", labels)
    labels = labels - {OVERDUE, DUE_SOON}
    mark, _, labels = after(_choose(mark, "", labels, due, TODAY), mark, "", labels)
    theirs = {OVERDUE, DUE_SOON} - labels
    step = _choose(mark, "", labels | theirs, later, TODAY)
    assert step is None or theirs.isdisjoint(step.remove)


@given(_marks, _labels, _due)
def test_a_run_that_broke_off_before_or_after_the_label_ends_as_if_it_had_not(
    mark: str, labels: set[str], due: date | None
) -> None:
    step = _choose(mark, "", labels, due, TODAY)
    if step and step.add:
        whole = after(step, mark, "", labels)
        for borne in (labels, labels - set(step.remove), whole[2]):
            again = _choose(mark, step.mark, borne, due, TODAY)
            assert after(again, mark, step.mark, borne) == whole
