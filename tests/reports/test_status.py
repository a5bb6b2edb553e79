import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pmsync.model import ActionItem, Annotation, Binding, Box, Issue, IssueRef, Kind, Postmortem, Status
from pmsync.reports.figures import count, headline
from pmsync.reports.follow_ups import StatusReport, make_status
from pmsync.reports.selection import Listing
from pmsync.reports.status import render, render_markdown
from tests.reports.scenes import make_scene

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


def note(status: Status, number: int) -> Annotation:
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
        document=items[0].document if items else DOCUMENT,
        text="",
        title="Checkout down",
        date=written,
        severity="SEV-1",
        items=items,
    )
    return make_status([postmortem], NOW, bindings=bindings, **fields)


def figures(made: StatusReport) -> dict[str, Any]:
    return count(made).as_json()


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
    assert figures(made)["open"] == 1
    assert figures(made)["overdue"] == 1
    assert figures(made)["done"] == 1
    assert figures(made)["wont_do"] == 1
    assert figures(made)["oldest_days"] == 20
    assert figures(made)["median_days_to_close"] == 18


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
    made = figures(make_status(postmortems, NOW))["by_severity"]
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
    assert "0–30 days" in made
    assert "unknown" not in made.partition("<script")[0]


def test_due_today_is_not_overdue() -> None:
    (one,) = report(item(1, "x", due="2026-03-20")).follow_ups
    assert one.overdue_days is None


def test_done_is_never_overdue() -> None:
    (one,) = report(item(1, "x", due="2026-01-01", done=True)).follow_ups
    assert one.overdue_days is None


def test_offline_everything_comes_from_the_documents() -> None:
    box = Box(start=0, end=1, ticked=False)
    made = report(
        item(1, "open one", annotation=note(Status.OPEN, 11)),
        item(2, "ticked by hand", annotation=note(Status.OPEN, 12), done=True),
        item(3, "closed one", annotation=note(Status.DONE, 13)),
        item(4, "unticked by hand", annotation=note(Status.DONE, 14), box=box),
        item(5, "dropped", annotation=note(Status.WONT_DO, 15)),
        item(6, "issue gone", annotation=note(Status.MISSING, 16)),
        item(7, "elsewhere", ticket="OPS-1"),
        item(8, "plain"),
        item(9, "decided against", done=True, declined=True),
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
        "decided against": "won't do",
    }
    assert figures(made)["open"] == 4
    assert figures(made)["without_issue"] == 1
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
    assert figures(made)["by_owner"] == {
        "ada-l": {"open": 1, "overdue": 0},
        "bob": {"open": 1, "overdue": 0},
        "eve": {"open": 1, "overdue": 0},
    }
    assert figures(made)["unowned"] == 1


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
    assert shown.endswith(
        "from the tracker\n1 SEV-1 follow-up is overdue; "
        "0 % of the 1 that fell due in the last 90 days were done in time.\n"
    )
    assert re.search(r"#10 +Late one +SEV-1 +Ada +2026-03-01 +19 d +20 d +postmortems/a.md:1", shown)
    assert "Done one" not in shown
    assert "| [#10](https://github.com/acme/shop/issues/10) | Late one | SEV-1 | Ada |" in render(
        made, "markdown"
    )


@pytest.mark.parametrize("width", range(60, 201))
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
    assert row.endswith(".md:26")
    assert "SEV-1" in row
    assert "19 d" in row
    assert width - len(row) <= 2, "the title has all the room that is left"


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_whatever_stands_in_the_other_columns_the_line_is_never_cut(width: int) -> None:
    late = replace(
        item(1234, "A title " * 9, owner="Ada Augusta Lovelace"), document="docs/incidents/2021.md"
    )
    one = report(
        late,
        replace(late, line=26, text="other", due="2030-01-01", priority="P9"),
        issues={1234: replace(issue(123456, age=1), assignees=("ada", "grace", "barbara-the-third"))},
        written="2021-03-01",
        due_within={"SEV-1": 30},
    )
    severe = replace(one.follow_ups[0].incident, severity="unclassified as yet")
    made = replace(one, follow_ups=tuple(replace(f, incident=severe) for f in one.follow_ups))
    rows = [line for line in render(made, width=width).split("\n") if "A title" in line]
    assert [row.endswith(end) for row, end in zip(rows, (":1234", ":26"), strict=True)] == [True, True]
    assert max(map(len, rows)) <= width


def test_a_short_path_is_only_cut_at_a_folder() -> None:
    one = replace(item(26, "x"), document="docs/of/the/reliability/group/cart.md")
    assert render(report(one), width=80).split("\n")[1].endswith("  …/cart.md:26")


def test_nothing_to_follow_up_is_said() -> None:
    made = make_status([], NOW)
    assert headline(made, count(made)) == "No follow-up is open; 0 were done."
    for form in ("text", "markdown", "json", "html"):
        assert render(made, form)


def test_the_page_is_self_contained_and_inert() -> None:
    evil = '"><script>alert(1)</script><a href="javascript:x">\x1b[0m\u202e'
    bad = Annotation(ref=IssueRef("", 9), url="javascript:alert(1)", status=Status.OPEN, start=0, end=1)
    made = render(
        report(item(1, evil, owner=evil, due=evil), item(2, "linked", annotation=bad)),
        "html",
    )
    assert made.count("<script") == 1
    assert "\x1b" not in made
    assert "\u202e" not in made
    nonce = re.search(
        r"""content="default-src 'none'; script-src 'nonce-(\w{32})'; style-src 'nonce-""", made
    )
    assert nonce
    assert f'<script nonce="{nonce[1]}">' in made
    assert not re.search(r"""(src|href)=["'](?!https://github\.com/)""", made)
    assert "javascript:alert" not in made


def test_the_page_states_every_bar_as_numbers_too() -> None:
    made = render(report(item(1, "x", owner="Ada", due="2026-03-01"), item(2, "y", owner="Ada")), "html")
    row = re.search(
        r'<tr><th scope="row">Ada</th><td class="number">2</td><td class="number late">1</td>',
        made,
        re.DOTALL,
    )
    assert row


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_every_format_can_be_encoded_whatever_a_document_holds(form: Any) -> None:
    render(report(item(1, "caf\udce9", owner="\udcff")), form).encode()


def test_the_same_numbers_stand_in_every_form() -> None:
    made = make_scene().report()
    told = count(made)
    page = re.sub(r"<[^>]*>", " ", render(made, "html"))
    for form in (render(made), render(made, "markdown"), page):
        assert inert_free(headline(made, told)) in inert_free(form)
        for words in ("overdue", "done", "without an owner", "asked before"):
            number = {
                "overdue": told.overdue,
                "done": told.done,
                "without an owner": told.unowned,
                "asked before": told.echoes,
            }[words]
            assert re.search(rf"\b{number} {words}|{words}\s+{number}\b", form), words
    told_again = json.loads(render(made, "json"))["figures"]
    assert (told_again["overdue"], told_again["on_time"]["share"]) == (told.overdue, told.on_time.share)


def inert_free(text: str) -> str:
    return text.replace("\u200b", "").replace("\\", "")


def test_a_report_for_an_issue_holds_no_clock() -> None:
    made = make_scene(3).report()
    later = replace(made, generated=NOW + timedelta(hours=3))
    first, second = (
        render_markdown(each, count(each), Listing(), with_clock=False) for each in (made, later)
    )
    assert first == second
    assert render(made, "markdown") != render(later, "markdown")


def test_links_are_clickable_where_the_terminal_has_colours_and_nowhere_else() -> None:
    made = make_scene(1).report()
    link = "\x1b]8;"
    assert link in render(made, color=True, width=100)
    assert "https://github.com/acme/shop/issues/1" in render(made, color=True, width=100)
    assert link not in render(made, width=100)


def test_a_link_of_a_documents_making_breaks_no_terminal() -> None:
    bad = Annotation(
        ref=IssueRef("", 9), url="https://x/\x1b]8;;evil\x07 bold red", status=Status.OPEN, start=0, end=1
    )
    shown = render(report(item(1, "x", annotation=bad)), color=True, width=100)
    assert "evil\x07" not in shown
    assert "\x1b]8;;evil" not in shown


def test_wide_characters_cut_no_line_number() -> None:
    one = replace(item(26, "障害" * 40), document="文書/" + "とても長い名前の障害報告書" * 3 + ".md")
    made = report(
        replace(one, owner="インフラ担当の山田太郎と鈴木花子", due="来月の終わりまでには必ず終える")
    )
    severe = replace(made.follow_ups[0].incident, severity="重大な障害につき至急の対応を要する")
    made = replace(made, follow_ups=tuple(replace(f, incident=severe) for f in made.follow_ups))
    for width in (60, 66, 79, 80, 95, 109, 110, 139, 140, 200):
        row = next(line for line in render(made, width=width).split("\n") if "障害" in line)
        assert row.endswith(".md:26")
        assert cell_len(row) <= width


def test_a_policys_date_is_told_from_a_stated_one() -> None:
    made = report(item(1, "x"), item(2, "y", due="2026-05-01"), due_within={"SEV-1": 30})
    assert "2026-04-17*" in render(made)
    assert "* due by policy" in render(made)
    assert "2026-04-17 (policy)" in render(made, "markdown")
    assert "by policy" in render(made, "html")
    assert "2026-05-01*" not in render(made)


def test_what_is_left_out_of_a_list_is_counted() -> None:
    made = make_scene().report()
    more = count(made).open - 5
    assert f"and {more} more" in render(made, listing=Listing(limit=5))
    assert f"and {more} more" in render(made, "markdown", listing=Listing(limit=5))


def test_charts_of_mermaid_hold_no_word_of_a_document() -> None:
    evil = '"]\n```\n<script>'
    made = render(
        report(item(1, evil, priority=evil, type=evil, owner=evil), issues={1: issue(1, age=40)}), "markdown"
    )
    charts = re.findall(r"(?s)```mermaid\n(.*?)\n```", made)
    assert len(charts) == 2
    assert not any("script" in chart for chart in charts)


@given(st.text(max_size=60))
def test_hostile_text_opens_no_element_of_the_page(text: str) -> None:
    plain = render(report(item(1, "x", owner="y", priority="z"), written=""), "html")
    hostile = render(report(item(1, text or "x", owner=text, priority=text), written=""), "html")
    names = [sorted(set(re.findall(r"<(/?[a-z0-9]+)", page))) for page in (plain, hostile)]
    assert set(names[1]) <= set(names[0])
