import contextlib
import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.errors import UsageError
from pmsync.model import Issue, IssueRef
from pmsync.reports.figures import count
from pmsync.reports.follow_ups import FollowUp, StatusReport
from pmsync.reports.status import render
from pmsync.reports.status_data import COLUMNS, read_reports
from tests.reports.scenes import NOW, Scene, make_scene
from tests.reports.test_status import item, report


def of(repository: str, seed: int) -> StatusReport:
    made = make_scene(10, seed=seed).report()
    told = {it.key: replace(it, repository=repository) for it in made.incidents}
    follow_ups = tuple(
        replace(f, incident=told[f.incident.key], url=f"https://github.com/{repository}/issues/{f.number}")
        for f in made.follow_ups
    )
    return replace(made, incidents=tuple(told.values()), follow_ups=follow_ups, repositories=(repository,))


def day_of(follow_up: FollowUp) -> date:
    return follow_up.incident.day or NOW.date()


def rows(made: StatusReport) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(render(made, "csv"), newline="")))


def test_a_report_read_back_is_the_same_in_every_form() -> None:
    made = make_scene().report()
    again = read_reports({"shop.json": render(made, "json")})
    for form in ("text", "markdown", "json", "csv"):
        assert render(again, form) == render(made, form)


def test_a_merged_report_of_three_repositories_adds_them_up() -> None:
    parts = {name: of(f"acme/{name}", seed) for seed, name in enumerate(["shop", "api", "web"])}
    whole = read_reports({f"{name}.json": render(part, "json") for name, part in parts.items()})
    figures, each = count(whole), [count(part) for part in parts.values()]
    for name in ("postmortems", "follow_ups", "open", "overdue", "due_soon", "done", "unowned", "wont_do"):
        assert getattr(figures, name) == sum(getattr(one, name) for one in each), name
    assert figures.on_time.due == sum(one.on_time.due for one in each)
    assert set(whole.repositories) == {"acme/shop", "acme/api", "acme/web"}
    assert all(name.startswith("acme/") for name in figures.by_postmortem)
    assert "of 3 repositories" in render(whole)
    assert "acme/web" in render(whole, "html")


def test_echoes_are_found_over_repositories() -> None:
    earlier, later = of("acme/shop", 1), of("acme/api", 1)
    title = "Tell harbour masters about silent feeds at once"
    first = min((f for f in earlier.follow_ups if f.is_open), key=day_of)
    last = max((f for f in later.follow_ups if f.is_open), key=day_of)
    for part, chosen in ((earlier, first), (later, last)):
        changed = tuple(
            replace(f, item=replace(f.item, title=title)) if f is chosen else f for f in part.follow_ups
        )
        object.__setattr__(part, "follow_ups", changed)
    whole = read_reports({"a": render(earlier, "json"), "b": render(later, "json")})
    (echo,) = [f.echo for f in whole.follow_ups if f.item.title == title and f.echo]
    assert echo.repository == "acme/shop"


def test_one_repository_is_not_merged_with_itself() -> None:
    text = render(make_scene(2).report(), "json")
    with pytest.raises(UsageError, match="two of the reports are of acme/shop"):
        read_reports({"a.json": text, "b.json": text})


def test_reports_without_a_repository_are_told_apart_by_their_files() -> None:
    text = render(report(item(1, "x")), "json")
    assert read_reports({"a.json": text, "b.json": text}).repositories == ("a.json", "b.json")


def test_an_issue_of_the_organisation_counts_once_whatever_repositories_name_it() -> None:
    parts = [of("acme/shop", 1), of("acme/api", 1)]
    shared = [
        replace(part, follow_ups=(replace(part.follow_ups[0], url="https://github.com/acme/ops/issues/1"),))
        for part in parts
    ]
    whole = read_reports({str(place): render(part, "json") for place, part in enumerate(shared)})
    assert count(whole).follow_ups == 1


def test_ages_of_a_merged_report_are_of_its_newest_part() -> None:
    made = make_scene(3).report()
    old = replace(of("acme/api", 3), generated=NOW - timedelta(days=9))
    whole = read_reports({"a": render(made, "json"), "b": render(old, "json")})
    assert whole.generated == NOW


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "[" * 10**5, '{"generated": 1}', '{"generated": "2026-01-01T00:00:00+00:00"}'],
)
def test_what_is_no_report_is_one_sentence(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"a\.json is no report of `pmsync status --format json` \(.*make it"
    ):
        read_reports({"a.json": text})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["generated", "source", "repositories", "follow_ups", "postmortems", "orphans"]), JSON)
def test_a_spoilt_report_is_one_sentence_or_a_report(key: str, value: Any) -> None:
    spoilt = json.loads(SMALL) | {key: value}
    with contextlib.suppress(UsageError):
        read_reports({"a.json": json.dumps(spoilt)})


@given(st.data())
def test_a_spoilt_follow_up_is_one_sentence_or_a_report(data: st.DataObject) -> None:
    spoilt = json.loads(SMALL)
    follow_up = spoilt["follow_ups"][0]
    follow_up[data.draw(st.sampled_from(sorted(follow_up)))] = data.draw(JSON)
    with contextlib.suppress(UsageError):
        made = read_reports({"a.json": json.dumps(spoilt)})
        for form in ("text", "markdown", "json", "csv", "html"):
            render(made, form)


SMALL = render(make_scene(1, 2).report(), "json")


def test_csv_holds_every_follow_up_under_the_columns_told() -> None:
    made = make_scene(4).report()
    told = rows(made)
    assert list(told[0]) == list(COLUMNS)
    assert [row["title"] for row in told] == [f.item.title for f in made.follow_ups]
    assert sum(bool(row["overdue_days"]) for row in told) == count(made).overdue


@given(st.text(max_size=30))
def test_no_cell_of_the_csv_is_a_formula(title: str) -> None:
    (row,) = rows(report(item(1, f"={title}", owner=f"@{title}", priority=f"-{title}", type=f"+{title}")))
    assert not [cell for cell in row.values() if cell[:1] in set("=+-@\t\r")]


def test_orphans_survive_being_read_back() -> None:
    orphan = Issue(ref=IssueRef("acme/shop", 9), url="https://github.com/acme/shop/issues/9", title="Gone")
    made = replace(Scene().report(), orphans=(orphan,), generated=datetime(2026, 1, 1, tzinfo=UTC))
    assert read_reports({"a": render(made, "json")}).orphans == (orphan,)
