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
        st.sampled_from("os"),
        st.integers(-40, 40),
    ),
)
_labels = st.sets(st.sampled_from([OVERDUE, DUE_SOON, "bug"]))
_due = st.one_of(st.none(), st.builds(lambda away: TODAY + timedelta(away), st.integers(-40, 40)))


def after(step: _Step | None, mark: str, labels: set[str]) -> tuple[str, set[str]]:
    if step is None:
        return mark, labels
    return step.mark, (labels - {step.remove}) | ({step.add} - {""})


@given(_marks, _labels, _due)
def test_done_twice_it_is_done_once(mark: str, labels: set[str], due: date | None) -> None:
    step = _choose(mark, labels, due, TODAY)
    assert _choose(*after(step, mark, labels), due, TODAY) is None


@given(_labels, _due)
def test_what_we_never_put_on_is_never_taken_off(labels: set[str], due: date | None) -> None:
    step = _choose("", labels, due, TODAY)
    assert step is None or not step.remove


@given(_marks, _labels, _due)
def test_a_label_is_put_on_only_where_it_is_true_and_taken_off_only_where_it_is_ours(
    mark: str, labels: set[str], due: date | None
) -> None:
    step = _choose(mark, labels, due, TODAY) or _Step()
    assert step.add != OVERDUE or (due and due < TODAY)
    assert step.add != DUE_SOON or (due and TODAY <= due <= TODAY + SOON)
    assert step.add not in labels
    assert not step.remove or mark.startswith({OVERDUE: "o", DUE_SOON: "s"}[step.remove])
    assert bool(step.mark) >= bool(step.add)
