import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pmsync.model import ActionItem, Annotation, Binding, Box, Issue, IssueRef, Kind, Postmortem, Status
from pmsync.reports.follow_ups import StatusReport, headline, make_status
from pmsync.reports.status import render

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
DOCUMENT = "postmortems/a.md"


def item(line: int, title: str, **fields: Any) -> ActionItem:
    return ActionItem(
        document=DOCUMENT, line=line, end_line=line, kind=Kind.LIST, section="Tasks", title=title, **fields
    )


def issue(number: int, *, age: int, closed: int | None = None, **fields: Any) -> Issue:
    return Issue(
        ref=IssueRef("acme/shop", number),
        url=f"https://github.com/acme/shop/issues/{number}",
        title="as on GitHub",
        created=NOW - timedelta(days=age),
        closed=NOW - timedelta(days=closed) if closed is not None else None,
        is_open=closed is None,
        **fields,
    )


def note(status: Status, number: int = 7) -> Annotation:
    url = f"https://github.com/acme/shop/issues/{number}"
    return Annotation(ref=IssueRef("acme/shop", number), url=url, status=status, start=0, end=1)


def report(
    *items: ActionItem, issues: dict[int, Issue] | None = None, written: str = "2026-03-18", **fields: Any
) -> StatusReport:
    bindings = None
    if issues is not None:
        bindings = [
            Binding(item=one, issue=issues[one.line], identity="by link")
            for one in items
            if one.line in issues
        ]
    postmortem = Postmortem(
        document=DOCUMENT, text="", title="Checkout down", date=written, severity="SEV-1", items=items
    )
    return make_status([postmortem], NOW, bindings=bindings, **fields)


def test_the_tracker_says_what_is_open_and_since_when() -> None:
    made = report(
        item(1, "Late", owner="Ada", due="2026-03-01"),
        item(2, "Closed"),
        item(3, "Dropped"),
        issues={
            1: issue(10, age=20),
            2: issue(11, age=20, closed=2),
            3: issue(12, age=9, closed=9, state_reason="not_planned"),
        },
    )
    late, *_ = made.follow_ups
    assert made.source == "tracker"
    assert (late.number, late.status, late.age_days, late.overdue_days) == (10, "open", 20, 19)
    assert made.figures["open"] == 1
    assert made.figures["overdue"] == 1
    assert made.figures["done"] == 1
    assert made.figures["wont_do"] == 1
    assert made.figures["oldest_days"] == 20
    assert made.figures["median_days_to_close"] == 9


def test_an_age_counts_from_the_postmortem_or_an_earlier_issue_online_and_offline() -> None:
    online = report(item(1, "x"), item(2, "y"), issues={1: issue(1, age=3), 2: issue(2, age=40)},
                    written="2026-02-18")  # fmt: skip
    offline = report(item(1, "x"), written="2026-02-18")
    assert {f.item.line: f.age_days for f in online.open} == {1: 30, 2: 40}
    assert offline.open[0].age_days == 30
    assert report(item(1, "x"), issues={1: issue(1, age=3)}, written="").open[0].age_days == 3


def test_severities_count_as_one_however_they_are_spelt_the_worst_first() -> None:
    spelt = ["Sev 2", "SEV1", "sev-1", "2", "P1", "major", None, "Severity 1 (critical)", "SEV-3"]
    postmortems = [
        Postmortem(document=f"{n}.md", text="", title="x", severity=severity, items=(item(1, "x"),))
        for n, severity in enumerate(spelt)
    ]
    made = make_status(postmortems, NOW).figures["by_severity"]
    assert {name: counted["open"] for name, counted in made.items()} == {
        "P1": 1, "SEV-1": 3, "SEV-2": 2, "SEV-3": 1, "major": 1, "unstated": 1,
    }  # fmt: skip
    assert list(made) == ["P1", "SEV-1", "SEV-2", "SEV-3", "major", "unstated"]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_nobody_owns_is_counted_among_owners(form: Any) -> None:
    made = render(report(item(1, "x", owner="Ada"), item(2, "y")), form)
    assert "(nobody)" in made


def test_the_page_shows_no_age_that_nothing_has() -> None:
    made = render(report(item(1, "x")), "html")
    assert "up to a week" in made
    assert "up to a month" not in made


def test_due_today_is_not_overdue() -> None:
    (one,) = report(item(1, "x", due="2026-03-20")).follow_ups
    assert one.overdue_days is None


def test_done_is_never_overdue() -> None:
    (one,) = report(item(1, "x", due="2026-01-01", done=True)).follow_ups
    assert one.overdue_days is None


def test_offline_everything_comes_from_the_documents() -> None:
    box = Box(start=0, end=1, ticked=False)
    made = report(
        item(1, "open one", annotation=note(Status.OPEN)),
        item(2, "ticked by hand", annotation=note(Status.OPEN), done=True),
        item(3, "closed one", annotation=note(Status.DONE)),
        item(4, "unticked by hand", annotation=note(Status.DONE), box=box),
        item(5, "dropped", annotation=note(Status.WONT_DO)),
        item(6, "issue gone", annotation=note(Status.MISSING)),
        item(7, "elsewhere", ticket="OPS-1"),
        item(8, "plain"),
        written="2026-02-18",
    )
    assert made.source == "documents"
    assert {f.item.title: f.status for f in made.follow_ups} == {
        "open one": "open",
        "ticked by hand": "done",
        "closed one": "done",
        "unticked by hand": "open",
        "dropped": "won't do",
        "issue gone": "missing",
        "elsewhere": "tracked elsewhere",
        "plain": "open",
    }
    assert made.figures["open"] == 4
    assert made.figures["without_issue"] == 1
    assert {f.age_days for f in made.open} == {30}


def test_what_needs_attention_stands_first() -> None:
    made = report(
        item(1, "no date, young"),
        item(2, "due later", due="2026-05-01"),
        item(3, "late", due="2026-03-10"),
        item(4, "later still", due="2026-01-10"),
        item(5, "no date, old"),
        item(6, "done", done=True, due="2025-01-01"),
        issues={1: issue(1, age=1), 5: issue(5, age=50)},
    )
    assert [f.item.line for f in made.follow_ups] == [4, 3, 2, 5, 1, 6]


def test_the_assignees_of_an_issue_count_before_the_documents_owner() -> None:
    made = report(
        item(1, "x", owner="Ada"),
        item(2, "y", owner="ADA"),
        item(3, "z"),
        issues={1: issue(1, age=1, assignees=("bob", "eve"))},
        owners={"Ada": "ada-l"},
    )
    assert {f.item.title: f.owners for f in made.follow_ups} == {
        "x": ("bob", "eve"),
        "y": ("ada-l",),
        "z": (),
    }
    assert made.figures["by_owner"] == {
        "ada-l": {"open": 1, "overdue": 0},
        "bob": {"open": 1, "overdue": 0},
        "eve": {"open": 1, "overdue": 0},
    }
    assert made.figures["unowned"] == 1


def test_json_keeps_its_contract() -> None:
    made = report(item(1, "Late", owner="Ada", due="2026-03-01"), issues={1: issue(10, age=20)})
    value = json.loads(render(made, "json"))
    assert value["generated"] == "2026-03-20T12:00:00+00:00"
    assert value["source"] == "tracker"
    assert value["figures"]["by_severity"] == {"SEV-1": {"open": 1, "overdue": 1}}
    (follow_up,) = value["follow_ups"]
    assert (
        follow_up
        | {
            "title": "Late",
            "owner": "Ada",
            "due": "2026-03-01",
            "issue": {"number": 10, "url": "https://github.com/acme/shop/issues/10", "status": "open"},
            "postmortem": "Checkout down",
            "severity": "SEV-1",
            "opened": "2026-02-28",
            "closed": None,
            "age_days": 20,
            "overdue_days": 19,
        }
        == follow_up
    )


def test_json_lists_what_is_closed_too() -> None:
    made = report(item(1, "x"), issues={1: issue(10, age=20, closed=2)})
    (follow_up,) = json.loads(render(made, "json"))["follow_ups"]
    assert (follow_up["status"], follow_up["closed"], follow_up["age_days"]) == ("done", "2026-03-18", 18)


def test_text_and_markdown_show_the_open_ones() -> None:
    made = report(
        item(1, "Late one", owner="Ada", due="2026-03-01"), item(2, "Done one"),
        issues={1: issue(10, age=20), 2: issue(11, age=3, closed=1)},
    )  # fmt: skip
    shown = render(made)
    assert shown.startswith("1 of 2 follow-ups open, 1 overdue, the oldest 20 days.\n2026-03-20 12:00 UTC")
    assert re.search(r"#10 +Late one +Ada +SEV-1 +2026-03-01 +19 d +20 d +postmortems/a.md:1", shown)
    assert "Done one" not in shown
    assert "| [#10](https://github.com/acme/shop/issues/10) | Late one | Ada | SEV-1 |" in render(
        made, "markdown"
    )


@pytest.mark.parametrize("width", [80, 100, 119])
def test_a_narrow_terminal_keeps_the_place_and_long_titles_give(width: int) -> None:
    long = replace(
        item(
            26, "A title of quite some length, as they are, and even longer" * 2, owner="Ada Augusta Lovelace"
        ),
        document="docs/of/the/reliability/group/postmortems/2026-03-01-a-cart-that-was-down.md",
        due="2026-03-01",
    )
    made = render(report(long), width=width)
    row = next(line for line in made.split("\n") if "A title" in line)
    assert len(row) <= width
    assert row.endswith("down.md:26")
    assert "19 d late" in row


def test_a_short_path_is_only_cut_at_a_folder() -> None:
    one = replace(item(26, "x"), document="docs/of/the/reliability/group/cart.md")
    assert render(report(one), width=80).split("\n")[4].endswith("  …/cart.md:26")


def test_nothing_to_follow_up_is_said() -> None:
    made = make_status([], NOW)
    assert headline(made) == "0 of 0 follow-ups open"
    for form in ("text", "markdown", "json", "html"):
        assert render(made, form)


def test_the_page_is_self_contained_and_inert() -> None:
    evil = '"><script>alert(1)</script><a href="javascript:x">\x1b[0m\u202e'
    bad = Annotation(ref=IssueRef("", 9), url="javascript:alert(1)", status=Status.OPEN, start=0, end=1)
    made = render(
        report(item(1, evil, owner=evil, due=evil), item(2, "linked", annotation=bad)),
        "html",
    )
    assert "<script" not in made
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert re.search(r"""content="default-src 'none'; style-src 'unsafe-inline';""", made)
    assert not re.search(r"""(src|href)=["'](?!https://github\.com/)""", made)
    assert "javascript:alert" not in made


def test_the_page_states_every_bar_as_numbers_too() -> None:
    made = render(report(item(1, "x", owner="Ada", due="2026-03-01"), item(2, "y", owner="Ada")), "html")
    assert 'aria-label="2 open, 1 of them overdue"' in made
    row = re.search(r'<tr><th scope="row">Ada</th>(.*?)</td><td class="number late">1</td>', made, re.DOTALL)
    assert row


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_every_format_can_be_encoded_whatever_a_document_holds(form: Any) -> None:
    render(report(item(1, "caf\udce9", owner="\udcff")), form).encode()
