import json
from dataclasses import replace
from typing import Any

import pytest

from pmsync.model import (
    Action,
    ActionItem,
    Annotation,
    Binding,
    Change,
    Draft,
    Issue,
    IssueEdit,
    IssueRef,
    Kind,
    Notice,
    Outcome,
    Plan,
    Status,
)
from pmsync.reconcile.bindings import bind_outcomes
from pmsync.reports.plan import render

A = "postmortems/a.md"
B = "postmortems/b.md"


def item(line: int, title: str, document: str = A) -> ActionItem:
    return ActionItem(
        document=document, line=line, end_line=line, kind=Kind.LIST, section="Tasks", title=title
    )


def issue(number: int, title: str = "An issue") -> Issue:
    url = f"https://github.com/acme/shop/issues/{number}"
    return Issue(ref=IssueRef("acme/shop", number), url=url, title=title)


CREATE = Change(
    action=Action.CREATE,
    item=item(45, "Patch the gateway"),
    issue=None,
    identity="new",
    reason="no issue yet",
)
UPDATE = Change(
    action=Action.UPDATE,
    item=item(9, "Alert", B),
    issue=issue(13),
    identity="by link",
    reason="its text changed",
)
LINK = Change(
    action=Action.LINK,
    item=item(7, "Train", B),
    issue=issue(14),
    identity="reworded, 0.87",
    reason="found again",
)
MERGE = Change(
    action=Action.MERGE, item=None, issue=issue(15, "Train"), identity="twin", reason="a duplicate of #14"
)
PLAN = Plan(
    changes=(CREATE, UPDATE, LINK, MERGE),
    bindings=(
        Binding(item=CREATE.item or item(0, ""), issue=None, identity="new"),
        Binding(item=item(50, "Untouched"), issue=issue(20), identity="by link"),
    ),
    drifts=(Notice(text="the title of #13 was changed by a person", document=B, line=9),),
    skipped=(
        Notice(text="is done already", document=A, line=3),
        Notice(text="is done already", document=A, line=4),
        Notice(text="is done already", document=B, line=2),
    ),
    orphans=(issue(33, "Gone"),),
    warnings=(Notice(text="no action item recognised", document="postmortems/c.md"),),
    errors=(Notice(text="front matter is broken", document="postmortems/d.md", line=2),),
)
OUTCOMES = (
    Outcome(change=CREATE, issue=issue(40)),
    Outcome(change=UPDATE, error="GitHub refused: no write access"),
    Outcome(change=LINK, issue=LINK.issue),
)


def load(plan: Plan, **options: Any) -> dict[str, Any]:
    value = json.loads(render(plan, "json", **options))
    assert isinstance(value, dict)
    return value


# -------------------------------------------------------------------------------- JSON


def test_json_states_each_change_and_counts_them_by_action() -> None:
    value = load(PLAN)
    assert value["changes"][0] == {
        "action": "create",
        "document": A,
        "line": 45,
        "title": "Patch the gateway",
        "issue": None,
        "identity": "new",
        "reason": "no issue yet",
        "doubt": "",
        "differences": [],
    }
    assert value["changes"][1]["issue"] == {"number": 13, "url": "https://github.com/acme/shop/issues/13"}
    assert value["summary"] == {"create": 1, "link": 1, "update": 1, "merge": 1}
    assert value["warnings"] == ["postmortems/c.md: no action item recognised"]
    assert value["errors"] == ["postmortems/d.md:2: front matter is broken"]


def test_json_of_a_change_without_item_names_the_issue_alone() -> None:
    assert load(PLAN)["changes"][3] == {
        "action": "merge",
        "document": None,
        "line": None,
        "title": "Train",
        "issue": {"number": 15, "url": "https://github.com/acme/shop/issues/15"},
        "identity": "twin",
        "reason": "a duplicate of #14",
        "doubt": "",
        "differences": [],
    }


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def test_json_after_a_sync_counts_what_went_well_and_tells_the_rest() -> None:
    value = load(PLAN, outcomes=OUTCOMES)
    assert [change["issue"]["number"] for change in value["changes"]] == [40, 13, 14]
    assert value["changes"][1]["error"] == "GitHub refused: no write access"
    assert value["summary"] == {"create": 1, "link": 1}
    assert value["errors"][-1] == "postmortems/b.md:9: GitHub refused: no write access"
    assert [change["action"] for change in value["left"]] == ["merge"]


def test_a_change_of_a_document_that_could_not_be_written_is_left() -> None:
    failed = Plan(changes=(LINK,), errors=(Notice(text="is not writable", document=B),))
    assert last_line(render(failed, outcomes=())) == "1 left for the next run."
    written = [Outcome(change=LINK, issue=LINK.issue)]
    assert last_line(render(Plan(changes=(LINK,)), outcomes=written)) == "1 linked."


def test_an_issue_that_is_closed_right_after_its_creation_counts_as_both() -> None:
    close = replace(CREATE, action=Action.CLOSE, draft=None)
    made = Plan(changes=(CREATE, close))
    outcomes = (
        Outcome(change=CREATE, issue=issue(40)),
        Outcome(change=replace(close, issue=issue(40)), issue=issue(40)),
    )
    assert last_line(render(made, outcomes=outcomes)) == "1 created, 1 closed."


def test_after_a_sync_items_without_an_issue_are_only_counted() -> None:
    made = render(PLAN, outcomes=OUTCOMES)
    assert "already" not in made
    assert "3 without an issue" in made


def test_json_of_nothing_to_do_has_all_keys() -> None:
    value = load(Plan())
    assert value["changes"] == value["warnings"] == value["errors"] == []
    assert value["summary"] == {}


def test_json_tells_how_the_issue_of_each_item_was_found() -> None:
    assert load(PLAN)["items"][1] == {
        "document": A,
        "line": 50,
        "title": "Untouched",
        "issue": {"number": 20, "url": "https://github.com/acme/shop/issues/20"},
        "identity": "by link",
    }


def test_json_names_the_issue_of_a_link_that_nobody_had_to_read() -> None:
    url = "https://github.com/acme/shop/issues/2"
    link = Annotation(ref=IssueRef("acme/shop", 2), url=url, status=Status.DONE, start=0, end=0)
    settled = Binding(item=replace(item(5, "Train"), annotation=link), issue=None, identity="by link")
    new = replace(settled, identity="new")
    value = load(Plan(bindings=(settled, new)))
    assert [it["issue"] for it in value["items"]] == [{"number": 2, "url": url}, None]


def test_json_names_orphans_and_all_skipped_items() -> None:
    value = load(PLAN)
    assert value["orphans"] == [
        {"number": 33, "url": "https://github.com/acme/shop/issues/33", "title": "Gone"}
    ]
    assert len(value["skipped"]) == 3


def test_json_after_a_sync_names_the_issue_that_an_item_has_now() -> None:
    assert load(PLAN)["items"][0]["issue"] is None
    done = replace(PLAN, bindings=bind_outcomes(PLAN.bindings, OUTCOMES))
    assert load(done, outcomes=OUTCOMES)["items"][0]["issue"]["number"] == 40


# --------------------------------------------------------------------------------- text


def test_text_groups_by_document_in_the_order_of_its_lines() -> None:
    lines = render(PLAN).split("\n")
    at = lines.index(B)
    assert lines[0] == A
    assert lines[1].split() == ["+", "create", "45", "Patch", "the", "gateway"]
    assert lines[at + 1].split()[:3] == ["=", "link", "7"]
    assert lines[at + 1].endswith("found again (reworded, 0.87)")
    assert lines[at + 2].split()[:3] == ["~", "update", "9"]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_all_that_people_must_know_besides_the_changes_is_shown(form: Any) -> None:
    made = render(PLAN, form).replace("\u200b", "")
    for said in (
        "No issue for 3 items",
        "postmortems/a.md:3, postmortems/a.md:4, postmortems/b.md:2",
        "the title of #13 was changed by a person",
        "no action item recognised",
        "front matter is broken",
        "Issues without an item",
    ):
        assert said in made


def test_a_new_issue_is_shown_with_whom_it_is_for() -> None:
    draft = Draft(title="Patch the gateway", body="", labels=(), assignees=("ada", "bob"))
    shown = render(Plan(changes=(replace(CREATE, draft=draft),)))
    assert "Patch the gateway\n        assignee: ada, bob\n" in shown


def test_the_last_line_sums_up() -> None:
    assert render(PLAN).endswith(
        "\n1 to create, 1 to link, 1 to update, 1 to merge, 1 unchanged, 3 without an issue.\n"
    )
    assert render(Plan()) == "Nothing to do.\n"
    assert (
        last_line(render(PLAN, outcomes=OUTCOMES))
        == "1 created, 1 linked, 1 failed, 1 left for the next run, 1 unchanged, 3 without an issue."
    )


def test_text_after_a_sync_tells_what_failed_and_why() -> None:
    made = render(PLAN, outcomes=OUTCOMES)
    assert "+  created" in made
    assert "#40" in made
    assert "✗  update" in made
    assert "GitHub refused: no write access" in made


def test_a_long_past_is_counted_rather_than_listed() -> None:
    done = tuple(
        Notice(text=f"item {n}: already done", document=A, line=n, reason="already done")
        for n in range(1, 501)
    )
    plan = Plan(skipped=(*done, *tracked(1)))
    for form in ("text", "markdown"):
        made = render(plan, form)
        assert "No issue for 501 items: 500 already done, 1 tracked elsewhere\n" in made
        assert "item 7" not in made
        assert "OPS" not in made
        assert "item 7: already done" in render(plan, form, verbose=True)
    assert len(load(plan)["skipped"]) == 501


def test_items_tracked_elsewhere_are_counted_and_named_where_asked_for() -> None:
    plan = Plan(skipped=tracked(500))
    assert "OPS" not in render(plan)
    assert "500 tracked elsewhere" in render(plan)
    assert render(plan, verbose=True).count("(OPS") == 500


def tracked(count: int) -> tuple[Notice, ...]:
    return tuple(
        Notice(text=f"x: tracked elsewhere (OPS{n})", document=A, line=n, reason="tracked elsewhere")
        for n in range(count)
    )


def test_sentences_are_never_cut() -> None:
    long = "what to do about it is said at the end of a long sentence " * 5
    made = render(Plan(warnings=(Notice(text=long),), errors=(Notice(text=long + "!"),)), width=60)
    assert long.strip() in made
    assert long + "!" in made


def test_no_row_is_wider_than_the_terminal() -> None:
    from rich.cells import cell_len

    long = Change(
        action=Action.LINK, item=item(1, "長い題 " * 60), issue=None, identity="new", reason="because " * 20
    )
    made = render(Plan(changes=(long,)), width=80)
    assert max(cell_len(line) for line in made.split("\n")) <= 80
    assert "…" in made
    assert "長い題 " * 60 in render(Plan(changes=(long,)))


def test_colours_only_where_asked_for() -> None:
    assert "\x1b[" in render(PLAN, color=True)
    assert "\x1b" not in render(PLAN)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize("color", [True, False])
def test_text_of_documents_is_inert(form: Any, color: bool) -> None:
    evil = "\x1b[31mred\x1b[0m [bold]x[/bold] @team <img src=x> | `a` \u202e \udcff ![i](http://e.x)"
    plan = Plan(
        changes=(
            Change(
                action=Action.CREATE,
                item=item(1, evil, "a\x1b`|.md"),
                issue=None,
                identity="new",
                reason=evil,
            ),
        ),
        skipped=(Notice(text=evil, document="a\x1b.md", line=1),),
        warnings=(Notice(text="\n# heading\n" + evil),),
    )
    made = render(plan, form, color=color)
    made.encode()
    assert "\x1b[31m" not in made.replace("\x1b[31m✗", "")
    assert "\u202e" not in made
    if form == "markdown":
        for live in ("@team", "<img", "![i]", "\n# heading"):
            assert live not in made
    if form == "text":
        assert "[bold]x[/bold]" in made


# ------------------------------------------------------------------------ what changes, and how


BODY = (
    "<!-- pmsync -->\nIt stays.\n\nThe {} runbook.\n\n**Owner:** {} · **Due:** 2026-04-01\n\n"
    "<!-- pmsync:1 {} -->"
)
REWRITTEN = replace(
    UPDATE,
    issue=replace(issue(13, "Alert"), body=BODY.format("old", "Ada", 1), labels=("postmortem",)),
    edit=IssueEdit(
        title="Page",
        body=BODY.format("new", "Bob", 2),
        body_was=BODY.format("old", "Ada", 1),
        add_labels=("ops",),
    ),
)


def test_what_a_change_changes_is_shown_as_people_write_it_and_not_as_markdown() -> None:
    body, was = BODY.format("old", "Tom &amp; \\_ana\\_", 2), BODY.format("old", "Ben &amp; Ana", 1)
    assert REWRITTEN.issue
    update = replace(
        REWRITTEN,
        issue=replace(REWRITTEN.issue, body=was),
        edit=IssueEdit(body=body, body_was=was),
    )
    assert "owner: Ben & Ana → Tom & _ana_\n" in render(Plan(changes=(update,)))


def test_below_a_change_stands_what_it_changes_from_what_to_what() -> None:
    shown = render(Plan(changes=(REWRITTEN,)))
    assert "        title: “Alert” → “Page”\n" in shown
    assert "        owner: Ada → Bob · labels: postmortem → postmortem, ops\n" in shown
    assert "        text: 1 line out, 1 in\n" in shown
    assert "runbook" not in shown


def test_verbose_shows_the_lines_of_a_text_that_change_and_no_marker() -> None:
    shown = render(Plan(changes=(REWRITTEN,)), verbose=True)
    assert "        -The old runbook.\n        +The new runbook.\n" in shown
    assert "It stays" not in shown
    assert "pmsync:1" not in shown


def test_a_note_in_a_marker_changes_nothing_that_people_see() -> None:
    edit = IssueEdit(body=BODY.format("old", "Ada", 3), body_was=BODY.format("old", "Ada", 1))
    (change,) = load(Plan(changes=(replace(REWRITTEN, edit=edit),)))["changes"]
    assert change["differences"] == []


def test_what_a_new_issue_will_say_is_shown_where_asked_for() -> None:
    draft = Draft(title="x", body=BODY.format("old", "Ada", 1), labels=("postmortem",))
    made = Plan(changes=(replace(CREATE, draft=draft),))
    assert "runbook" not in render(made)
    assert "        The old runbook.\n" in render(made, show_body=True)


def test_a_closing_says_what_becomes_of_the_state() -> None:
    close = replace(UPDATE, action=Action.CLOSE, edit=IssueEdit(is_open=False, state_reason="not_planned"))
    assert "open → won't do: its text changed" in render(Plan(changes=(close,)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_changes_is_folded_never_cut(width: int) -> None:
    long = replace(REWRITTEN, edit=IssueEdit(title="Page " + "the engineer on call " * 8))
    shown = render(Plan(changes=(long,)), width=width)
    assert " ".join(shown.split()).count("the engineer on call") == 8
    assert all(len(line) <= width for line in shown.splitlines())


def test_the_title_of_a_new_issue_is_shown_whole() -> None:
    long = "Page the engineer on call " * 5
    draft = Draft(title=long.strip(), body="", labels=())
    made = replace(CREATE, item=item(45, long), draft=draft)
    assert long.strip() in " ".join(render(Plan(changes=(made,)), width=60).split())
    assert "title:" not in render(Plan(changes=(made,)))


def test_what_was_done_is_told_without_what_it_changed() -> None:
    done = render(Plan(changes=(REWRITTEN,)), outcomes=(Outcome(change=REWRITTEN, issue=issue(13)),))
    assert "→" not in done


def test_a_doubtful_update_bears_a_sign() -> None:
    assert "⚠ its text changed" in render(Plan(changes=(replace(UPDATE, doubt="swapped"),)))


# ------------------------------------------------------------------------------- for GitHub


def owned(line: int, document: str = A) -> Change:
    made = replace(item(line, f"Task {line}", document), owner="@ada", due="2026-04-01")
    return replace(CREATE, item=made)


def test_a_table_says_owner_and_due_and_links_each_line() -> None:
    source = "https://github.com/acme/shop/blob/4f0c2a9/"
    made = render(Plan(changes=(owned(3),)), "markdown", source=source)
    assert "|  | line | action item | owner | due |\n" in made
    cell = f"[3]({source}{A}?plain=1#L3)"
    assert f"| + create | {cell} | Task 3 | @\u200bada | 2026-04-01 |\n" in made


def test_many_changes_are_folded_by_document() -> None:
    short = render(Plan(changes=tuple(owned(line) for line in range(1, 16))), "markdown")
    assert "<details>" not in short
    changes = tuple(owned(line, document) for document in (A, "b<x>.md") for line in range(1, 9))
    long = render(Plan(changes=changes), "markdown")
    assert "<details><summary>postmortems/a.md: 8 create</summary>\n\n|" in long
    assert "<details><summary>b&lt;x&gt;.md: 8 create</summary>" in long
    assert long.count("<details>") == long.count("</details>") == 2


def test_a_documents_name_acts_nowhere_in_what_is_folded() -> None:
    name = "@octocat\n\n# Approved\n\nsee #1, www.evil.example.md"
    told = render(Plan(changes=tuple(owned(line, name) for line in range(1, 18))), "markdown")
    head = next(line for line in told.split("\n") if line.startswith("<details>"))
    assert head.endswith(": 17 create</summary>")
    assert "@octocat" not in told
    assert "#1" not in told
    assert "www.evil" not in told


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_refusal_is_said_first_and_once(form: Any) -> None:
    refused = Plan(changes=(owned(3),), excess=("it would create 51 issues",))
    made = render(refused, form)
    assert made.strip("*").startswith("A sync refuses this plan: it would create 51 issues")
    assert made.count("51") == 1
    assert "refuses" not in render(refused, form, outcomes=())
