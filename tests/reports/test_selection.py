from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmsync.check.levels import comparable_severity
from pmsync.model import one_spelling
from pmsync.reports.figures import count
from pmsync.reports.selection import Failure, Listing, Selection
from tests.reports.scenes import NOW, make_scene

REPORT = make_scene().report()


def test_nothing_asked_for_is_everything() -> None:
    assert Selection().of(REPORT) is REPORT


@pytest.mark.parametrize(
    ("selection", "means"),
    [
        (Selection(owners=["@MARA-L"]), lambda f: "mara-l" in f.owners),
        (Selection(owners=["priya", "tomasz"]), lambda f: bool({"Priya", "Tomasz"} & {*f.owners})),
        (Selection(teams=["payments"]), lambda f: "Payments" in f.teams),
        (Selection(severities=["sev 1"]), lambda f: f.severity == "SEV-1"),
        (Selection(since=date(2026, 1, 1)), lambda f: f.incident.day >= date(2026, 1, 1)),
        (Selection(until=date(2025, 12, 31)), lambda f: f.incident.day <= date(2025, 12, 31)),
    ],
)
def test_figures_are_of_what_is_selected(selection: Selection, means: Any) -> None:
    chosen = selection.of(REPORT)
    meant = [f for f in REPORT.follow_ups if means(f)]
    assert list(chosen.follow_ups) == meant
    assert count(chosen).open == sum(f.is_open for f in meant) > 0
    assert {f.incident.key for f in meant} <= {it.key for it in chosen.incidents}
    assert count(chosen).postmortems < count(REPORT).postmortems


@pytest.mark.parametrize(
    "written", ["SEV-1", "Sev 1", "sev1", "1", "SEV\u20111", "SEV \u2013 1", "Severity: 1", "SEV-1 (major)"]
)
def test_a_severity_is_one_however_it_is_spelt(written: str) -> None:
    assert one_spelling(written) == "SEV-1"
    assert comparable_severity(written) == "1"


def test_a_postmortem_without_a_date_is_of_no_period() -> None:
    scene = make_scene(1)
    undated = [f.incident for f in scene.report().follow_ups]
    assert undated
    assert Selection(since=date(1, 1, 1)).of(scene.report()).follow_ups
    assert not Selection(until=date(2000, 1, 1)).of(scene.report()).follow_ups


def test_an_issue_that_two_postmortems_share_counts_in_each_of_them_alone() -> None:
    scene = make_scene(2, 1)
    one, other = scene.bindings[:2]
    assert one.issue
    shared = replace(one.issue, is_open=True)
    scene.bindings = [replace(one, issue=shared), replace(other, issue=shared)]
    report = scene.report()
    assert count(report).follow_ups == 1
    for incident in report.incidents:
        assert incident.day
        chosen = Selection(since=incident.day, until=incident.day).of(report)
        assert (count(chosen).follow_ups, count(chosen).open) == (1, 1)


def test_what_is_listed_leaves_the_figures_alone() -> None:
    rows, more = Listing(state="done", limit=3).of(REPORT, "open")
    assert all(f.is_done for f in rows)
    assert (len(rows), more) == (3, count(REPORT).done - 3)
    late, _ = Listing(overdue=True).of(REPORT, "all")
    assert len(late) == count(REPORT).overdue


@pytest.mark.parametrize("sort", ["urgency", "severity", "age", "date", "owner"])
def test_every_order_lists_the_same(sort: Any) -> None:
    rows, more = Listing(sort=sort).of(REPORT, "all")
    assert sorted(map(id, rows)) == sorted(map(id, REPORT.follow_ups))
    assert more == 0


def test_orders_are_what_they_say() -> None:
    def listed(sort: Any) -> list[Any]:
        return Listing(sort=sort).of(REPORT, "open")[0]

    assert [f.severity or "SEV-9" for f in listed("severity")] == sorted(
        f.severity or "SEV-9" for f in REPORT.open
    )
    assert [f.age_days for f in listed("age")] == sorted((f.age_days for f in REPORT.open), reverse=True)
    assert listed("date")[0].incident.day == max(f.incident.day for f in REPORT.open)
    assert listed("owner")[-1].owners == ()
    late = [f.overdue_days or 0 for f in listed("urgency")]
    assert late == sorted(late, reverse=True)


def test_a_scheduled_job_fails_on_what_it_names() -> None:
    figures = count(REPORT)
    assert Failure.parse("overdue").tell(REPORT) == f"{figures.overdue} overdue"
    assert Failure.parse("overdue: sev1").tell(REPORT) == (
        f"{figures.by_severity['SEV-1'].overdue} SEV-1 overdue"
    )
    assert Failure.parse("unowned").tell(REPORT) == f"{figures.unowned} open without an owner"
    nothing = Selection(since=NOW.date()).of(REPORT)
    assert [Failure.parse(what).tell(nothing) for what in ("overdue", "unowned")] == ["", ""]


@pytest.mark.parametrize("text", ["late", "overdue:", "unowned:SEV-1", ""])
def test_what_cannot_fail_is_told_how_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write 'overdue', 'overdue:SEV-1' or 'unowned'"):
        Failure.parse(text)
