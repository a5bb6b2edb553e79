"""The figures, recomputed by hand."""

import itertools
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.model import ActionItem, Binding, Issue, IssueRef, Kind, Postmortem
from pmsync.reports.charts import columns
from pmsync.reports.figures import (
    Cohort,
    Figures,
    Month,
    OnTime,
    Progress,
    Tally,
    count,
    headline,
    in_words,
    measure,
)
from pmsync.reports.follow_ups import People, StatusReport, make_status

NOW = datetime(2024, 3, 20, 12, 0, tzinfo=UTC)


class Desk:
    """Where a repository is put together, one item after the other."""

    def __init__(self) -> None:
        self.postmortems: list[Postmortem] = []
        self.bindings: list[Binding] = []
        self.lines = itertools.count(10)

    def postmortem(
        self, day: str | None, *items: ActionItem, severity: str | None = None, **more: Any
    ) -> str:
        document = f"postmortems/{len(self.postmortems)}.md"
        self.postmortems.append(
            Postmortem(
                document=document,
                text="",
                title=f"Outage {len(self.postmortems)}",
                date=day,
                severity=severity,
                items=tuple(items),
                **more,
            )
        )
        return document

    def item(self, title: str = "Do it", **fields: Any) -> ActionItem:
        """An item of the postmortem that comes next."""
        line = next(self.lines)
        return ActionItem(
            document=f"postmortems/{len(self.postmortems)}.md",
            line=line,
            end_line=line,
            kind=Kind.LIST,
            section="Action items",
            title=title,
            text=title,
            **fields,
        )

    def filed(
        self, opened: datetime, closed: datetime | None = None, *, number: int = 0, **fields: Any
    ) -> ActionItem:
        """An item with an issue."""
        reason = fields.pop("reason", "completed")
        assignees = fields.pop("assignees", ())
        item = self.item(**fields)
        number = number or len(self.bindings) + 1
        issue = Issue(
            ref=IssueRef("acme/shop", number),
            url=f"https://github.com/acme/shop/issues/{number}",
            title="x",
            is_open=closed is None,
            state_reason=reason if closed else None,
            created=opened,
            closed=closed,
            assignees=assignees,
        )
        self.bindings.append(Binding(item=item, issue=issue, identity="by link"))
        return item

    def report(self, now: datetime = NOW, **more: Any) -> StatusReport:
        return make_status(self.postmortems, now, bindings=self.bindings, **more)

    def figures(self, now: datetime = NOW, **more: Any) -> Figures:
        return count(self.report(now, **more))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00+00:00")


def test_a_small_year_counts_as_by_hand(desk: Desk) -> None:
    desk.postmortem(
        "2024-01-10",
        desk.filed(day("2024-01-11"), day("2024-01-31"), due="2024-02-09"),  # in time, 20 days
        desk.filed(day("2024-01-11"), day("2024-03-01"), due="2024-02-28"),  # two days late, 50 days
        desk.filed(day("2024-01-11"), due="2024-03-10", owner="Mara"),  # ten days late, open
        desk.filed(day("2024-01-11"), day("2024-02-01"), due="2024-01-20", reason="not_planned"),
        severity="SEV-1",
    )
    desk.postmortem(
        "2023-11-05",
        desk.filed(day("2023-11-05"), day("2023-11-05"), due="2023-12-01"),  # closed on its first day
        desk.filed(day("2023-11-06"), due="2023-12-15"),  # 96 days late
        desk.filed(day("2023-11-06"), due="2024-03-29"),  # due in nine days
        severity="2",
    )
    desk.postmortem(None, desk.item(ticket="OPS-1"))
    desk.postmortem("2024-03-01")
    made = desk.figures()
    assert (made.postmortems, made.follow_ups, made.open, made.done, made.wont_do) == (4, 8, 3, 3, 1)
    assert (made.overdue, made.due_soon, made.tracked_elsewhere) == (2, 1, 1)
    assert (made.without_issue, made.unowned, made.without_due_date) == (0, 2, 0)
    assert made.without_items == ("postmortems/3.md",)
    assert made.on_time == OnTime(due=3, on_time=1, share=33)  # 2023-12-21 to 2024-03-19
    assert made.on_time_before == OnTime(due=2, on_time=1, share=50)  # 2023-09-22 to 2023-12-20
    assert made.on_time_by_month["2024-02"] == OnTime(2, 1, 50)
    assert made.on_time_by_month["2024-03"] == OnTime(1, 0, 0)
    assert made.done_within["2024-01"] == Cohort(3, within_30=33, within_60=67, within_90=None)
    assert made.done_within["2023-11"] == Cohort(3, within_30=33, within_60=33, within_90=33)
    assert (made.median_days_to_close, made.p90_days_to_close) == (35, 50)
    assert (made.closed_at_once, made.closed_undated) == (1, 0)
    assert made.by_month["2023-11"] == Month(opened=3, closed=1, open=2)
    assert made.by_month["2024-01"] == Month(opened=4, closed=1, open=5)
    assert made.by_month["2024-02"] == Month(opened=0, closed=1, open=4)
    assert made.by_month["2024-03"] == Month(opened=0, closed=1, open=3)
    assert next(iter(made.by_month)) == "2023-04"
    assert made.by_severity == {"SEV-1": Tally(1, 1), "SEV-2": Tally(2, 1)}
    assert made.by_age == {
        "0–30 days": 0, "31–90 days": 1, "91–180 days": 2, "181–365 days": 0, "over a year": 0,
    }  # fmt: skip
    assert (made.oldest_days, made.median_age_days) == (136, 136)
    assert [(one.document, one.days) for one in made.oldest][:1] == [("postmortems/1.md", 136)]
    assert made.by_postmortem == {
        "postmortems/0.md": Progress(all=3, done=2, open=1, overdue=1),
        "postmortems/1.md": Progress(all=3, done=1, open=2, overdue=1),
    }
    assert headline(desk.report(), made) == (
        "1 SEV-1 follow-up is overdue (and 1 more); 33 % of the 3 that fell due in the last 90 days were done"
        " in time, 50 % of 2 in the 90 days before."
    )


def test_a_day_is_one_of_utc_wherever_a_moment_was_written_down(desk: Desk) -> None:
    auckland, hawaii = timezone(timedelta(hours=13)), timezone(timedelta(hours=-10))
    desk.postmortem(
        "2024-02-01",
        # 1 March, 9:00 in Auckland, is still the leap day in UTC; 29 February, 20:00 in Hawaii, no longer is.
        desk.filed(day("2024-02-02"), datetime(2024, 3, 1, 9, tzinfo=auckland), due="2024-02-29"),
        desk.filed(day("2024-02-02"), datetime(2024, 2, 29, 20, tzinfo=hawaii), due="2024-02-29"),
        desk.filed(day("2024-02-02"), due="2024-03-20"),
    )
    made = desk.figures()
    assert made.on_time_by_month["2024-02"] == OnTime(due=2, on_time=1, share=50)
    assert (made.overdue, made.due_soon) == (0, 1)
    assert desk.figures(datetime(2024, 3, 21, 9, tzinfo=auckland)).overdue == 0
    assert desk.figures(datetime(2024, 3, 20, 15, tzinfo=hawaii)).overdue == 1


def test_a_leap_day_is_a_day_and_a_year_later_there_is_none(desk: Desk) -> None:
    desk.postmortem("2024-02-29", desk.filed(day("2024-02-29")), severity="SEV-1")
    assert desk.figures(day("2024-03-30")).by_age["0–30 days"] == 1
    assert desk.figures(day("2024-03-31")).by_age["31–90 days"] == 1
    assert desk.figures(day("2025-02-28")).by_age["181–365 days"] == 1
    assert desk.figures(day("2025-03-01")).by_age["over a year"] == 1
    assert list(desk.figures(day("2025-02-28")).by_month)[-1] == "2025-02"
    (one,) = desk.report(day("2024-03-01"), due_within={"sev1": 366}).follow_ups
    assert one.due == date(2025, 3, 1)


def test_without_dates_nothing_is_late_and_nothing_is_guessed(desk: Desk) -> None:
    desk.postmortem(None, desk.item(due="soon"), desk.item("Other", done=True), severity="SEV-1")
    made = desk.figures(due_within={"SEV-1": 7})
    assert (made.open, made.overdue, made.without_due_date, made.closed_undated) == (1, 0, 1, 1)
    assert made.by_age["unknown"] == 1
    assert (
        made.oldest_days is made.median_days_to_close is made.p90_days_to_close is made.on_time.share is None
    )


def test_from_documents_alone_no_share_is_told_that_only_a_tracker_knows(desk: Desk) -> None:
    desk.postmortem(
        "2024-01-01", desk.item(due="2024-02-01"), desk.item("Other", due="2024-02-01", done=True)
    )
    made = count(make_status(desk.postmortems, NOW))
    assert (made.open, made.overdue, made.done) == (1, 1, 1)
    assert made.on_time == OnTime()
    assert made.by_month == made.on_time_by_month == made.done_within == {}


def test_an_issue_of_several_items_counts_once_and_in_each_postmortem(desk: Desk) -> None:
    desk.postmortem("2024-01-01", desk.filed(day("2024-01-01"), number=7, due="2024-02-01", owner="Mara"))
    desk.postmortem("2024-02-01", desk.filed(day("2024-01-01"), number=7, owner="Mara"))
    made = desk.figures()
    assert (made.follow_ups, made.open, made.overdue, made.by_owner) == (1, 1, 1, {"Mara": Tally(1, 1)})
    assert {name: one.open for name, one in made.by_postmortem.items()} == {
        "postmortems/0.md": 1,
        "postmortems/1.md": 1,
    }


def test_index_pages_templates_and_drafts_are_no_postmortems(desk: Desk) -> None:
    desk.postmortem("2024-01-01", is_other=True)
    desk.postmortem("2024-01-01", desk.item(), is_other=True)
    desk.postmortem("2024-01-01")
    desk.postmortem("2024-01-01", opted_out=True)
    made = desk.figures()
    assert (made.postmortems, made.without_items) == (2, ("postmortems/2.md",))


def test_a_decision_is_neither_open_nor_missed(desk: Desk) -> None:
    desk.postmortem(
        "2024-01-01",
        desk.filed(day("2024-01-01"), day("2024-03-01"), due="2024-02-01", reason="not_planned"),
        desk.filed(day("2024-01-01"), day("2024-03-01"), due="2024-02-01", reason="duplicate"),
    )
    made = desk.figures()
    assert (made.open, made.wont_do, made.duplicate) == (0, 1, 1)
    assert made.on_time == OnTime()
    assert made.done_within["2024-01"].follow_ups == 0
    assert made.median_days_to_close is None
    assert made.by_postmortem == {}


# ------------------------------------------------------------------------- the due policy


def test_a_date_stated_on_the_item_wins_over_the_policy(desk: Desk) -> None:
    desk.postmortem(
        "2024-01-01",
        desk.item("stated", due="2024-06-01"),
        desk.item("by severity"),
        desk.item("by priority", priority="p3"),
        desk.item("in words", due="next quarter"),
        severity="Sev 1",
    )
    told = {
        f.item.title: (f.due and f.due.isoformat(), f.due_by)
        for f in desk.report(due_within={"SEV-1": 7, "P3": 60}).follow_ups
    }
    assert told == {
        "stated": ("2024-06-01", "stated"),
        "by severity": ("2024-01-08", "policy"),
        "by priority": ("2024-03-01", "policy"),
        "in words": ("2024-01-08", "policy"),
    }


def test_there_is_no_policy_unless_one_is_set(desk: Desk) -> None:
    desk.postmortem("2024-01-01", desk.item(), severity="SEV-1")
    assert [f.due for f in desk.report().follow_ups] == [None]


# ---------------------------------------------------------------------- persons and teams


def test_names_of_one_login_are_one_person_and_count_for_their_team(desk: Desk) -> None:
    owners = {"mara": "mara-l", "Mara Lindqvist": "mara-l", "Jo": "jo-w"}
    desk.postmortem(
        "2024-01-01",
        desk.item(owner="Mara"),
        desk.item(owner="Mara Lindqvist, Jo"),
        desk.filed(day("2024-01-01"), assignees=("Mara-L",)),
        desk.item(owner="Payments"),
        desk.item(owner="Somebody"),
    )
    made = desk.figures(owners=owners, teams={"Payments": ["Mara Lindqvist", "jo-w"]})
    assert {name.lower(): tally.open for name, tally in made.by_owner.items()} == {
        "jo-w": 1, "mara-l": 3, "payments": 1, "somebody": 1,
    }  # fmt: skip
    assert made.by_team == {"Payments": Tally(4, 0)}


def test_an_owner_that_is_mapped_as_a_whole_is_not_taken_apart() -> None:
    people = People({"Ada, Grace & co": "duo"}, {})
    assert people.persons("Ada, Grace & co") == ("duo",)
    assert people.persons("Ada, Grace & Jo") == ("Ada", "Grace", "Jo")
    assert people.persons("R&D") == ("R&D",)
    assert people.persons("acme/sre") == ("acme/sre",)


@pytest.mark.parametrize("stated", ["Ada and Jo", "@ada, Jo", "ada & @jo", "Ada (lead)/Jo", "Ada und Jo"])
def test_people_are_known_however_they_are_named(stated: str) -> None:
    people = People({"@Ada": "ada-l", "Jo": "jo-w"}, {"Payments": ["@ada-l"]})
    assert people.persons(stated) == ("ada-l", "jo-w")
    assert people.teams(people.persons(stated)) == ("Payments",)


def test_owners_stand_by_name_and_in_no_order_of_merit(desk: Desk) -> None:
    desk.postmortem("2024-01-01", *[desk.item(f"{n}", owner=o) for n, o in enumerate(["Zoe", "Zoe", "Abe"])])
    assert list(desk.figures().by_owner) == ["Abe", "Zoe"]


# ------------------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("stated", "kind"),
    [("Prevention", "prevent"), ("detective", "detect"), ("Mitigation", "mitigate"), ("process", "other"),
     (None, "unstated")],
)  # fmt: skip
def test_a_kind_of_measure_is_known_by_how_it_begins(stated: str | None, kind: str) -> None:
    assert measure(stated) == kind


days_of_2024 = st.integers(0, 500).map(lambda number: day("2023-01-01") + timedelta(number))


@given(
    st.lists(st.tuples(days_of_2024, st.none() | days_of_2024, st.sampled_from(["completed", "not_planned"])))
)
def test_figures_never_contradict_each_other(
    issues: list[tuple[datetime, datetime | None, str]],
) -> None:
    desk = Desk()
    items = [desk.filed(opened, closed, reason=reason, due="2024-01-15") for opened, closed, reason in issues]
    desk.postmortem("2023-06-01", *items, severity="SEV-1")
    made = desk.figures(day("2024-05-20"))
    assert made.open + made.done + made.wont_do == made.follow_ups == len(issues)
    assert sum(made.by_age.values()) == made.open == sum(tally.open for tally in made.by_severity.values())
    assert made.overdue == made.open
    assert list(made.by_month.values())[-1].open == made.open
    for month in made.on_time_by_month.values():
        assert 0 <= month.on_time <= month.due


def test_one_is_told_as_one(desk: Desk) -> None:
    desk.postmortem("2024-03-01")
    assert in_words(desk.figures())[-1] == "1 postmortem without any item"
    desk.postmortem("2024-03-02")
    assert in_words(desk.figures())[-1] == "2 postmortems without any item"


@pytest.mark.parametrize(("now", "years"), [("2024-03-20", 2), ("2024-11-20", 1), ("2024-12-20", 1)])
def test_no_two_years_of_a_chart_stand_side_by_side(desk: Desk, now: str, years: int) -> None:
    months = list(desk.figures(day(now)).by_month)
    marks = columns("Opened", {"opened": [0] * len(months)}, months).months
    told = [place for place, mark in enumerate(marks) if mark.below]
    assert len(told) == years
    assert all(after - before > 1 for before, after in itertools.pairwise(told))
