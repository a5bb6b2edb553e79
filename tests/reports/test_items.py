import json
from dataclasses import replace

from pmsync.model import ActionItem, Annotation, Finding, IssueRef, Kind, Postmortem, Status
from pmsync.reports.items import render

ITEM = ActionItem(
    document="postmortems/a.md",
    line=12,
    end_line=14,
    kind=Kind.CHECKBOX,
    section="Follow-ups",
    title="Alert on memory",
    body="Before it is used up.",
    owner="ada",
    due="2026-03-01",
    priority="P1",
    type="detect",
    links=("OPS-1",),
    ticket="OPS-1",
    annotation=Annotation(
        ref=IssueRef("acme/shop", 7),
        url="https://github.com/acme/shop/issues/7",
        status=Status.OPEN,
        start=1,
        end=2,
    ),
)
DONE = ActionItem(
    document="postmortems/a.md",
    line=15,
    end_line=15,
    kind=Kind.LIST,
    section="Follow-ups",
    title="Restart",
    done=True,
)
POSTMORTEM = Postmortem(
    document="postmortems/a.md",
    text="",
    title="Out of memory",
    date="2026-02-01",
    severity="SEV-2",
    items=(ITEM, DONE),
    findings=(
        Finding(line=3, text="Timeline", taken=False, reason="tells what happened", is_section=True),
        Finding(line=12, text="Alert on memory", taken=True, reason="a checkbox under 'Follow-ups'"),
    ),
)


def test_json_is_a_list_of_items_with_exactly_the_promised_keys() -> None:
    first, second = json.loads(render([POSTMORTEM], "json"))
    assert first == {
        "document": "postmortems/a.md",
        "line": 12,
        "end_line": 14,
        "kind": "checkbox",
        "section": "Follow-ups",
        "title": "Alert on memory",
        "body": "Before it is used up.",
        "done": False,
        "owner": "ada",
        "due": "2026-03-01",
        "priority": "P1",
        "type": "detect",
        "links": ["OPS-1"],
        "issue": {"number": 7, "url": "https://github.com/acme/shop/issues/7", "status": "open"},
    }
    assert second["issue"] is None
    assert second["done"] is True


def test_json_of_no_documents_is_an_empty_list() -> None:
    assert json.loads(render([], "json")) == []


def test_json_with_explanations_states_the_findings_of_each_document() -> None:
    (document,) = json.loads(render([POSTMORTEM], "json", explain=True))
    assert document["document"] == "postmortems/a.md"
    assert document["findings"][0] == {
        "line": 3,
        "text": "Timeline",
        "is_section": True,
        "taken": False,
        "reason": "tells what happened",
        "rule": None,
    }
    assert [item["line"] for item in document["items"]] == [12, 15]


def test_text_shows_each_item_with_what_it_states() -> None:
    made = render([POSTMORTEM])
    assert made.split("\n")[0] == "postmortems/a.md  Out of memory  2026-02-01  SEV-2"
    assert "☐    12  Alert on memory  #7 open  ada, due 2026-03-01, P1, detect, tracked in OPS-1" in made
    assert "☑    15  Restart" in made
    assert made.endswith("2 action items (1 done) in 1 document.\n")


def test_text_with_explanations_says_why() -> None:
    made = render([POSTMORTEM], explain=True)
    assert "·       3  Timeline" in made
    assert "tells what happened" in made
    assert "  ✓    12  Alert on memory  a checkbox under 'Follow-ups'" in made


def test_a_document_without_items_is_not_passed_over() -> None:
    empty = Postmortem(document="x.md", text="", title="X")
    out = Postmortem(document="y.md", text="", title="Y", opted_out=True)
    for made in (render([empty, out]), render([empty, out], "markdown")):
        assert "no action item recognised" in made
        assert "left alone (pmsync: false)" in made


def test_markdown_links_the_issue() -> None:
    made = render([POSTMORTEM], "markdown")
    assert "| ☐ | 12 | Alert on memory | [#7](https://github.com/acme/shop/issues/7) open |" in made


def test_a_reason_is_folded_at_words_never_cut() -> None:
    reason = "stands under “Follow-ups”, which announces tasks, and is not a heading of another kind of thing"
    long = replace(
        POSTMORTEM, findings=(Finding(line=3, text="A long entry " * 9, taken=True, reason=reason),)
    )
    made = render([long], explain=True, width=80)
    lines = made.split("\n")[1:-3]
    assert max(map(len, lines)) <= 80
    assert " ".join(part for line in lines for part in line[line.find("  ", 12) :].split()).endswith(
        "of thing"
    )
    assert "…" not in reason
    assert reason in render([long], explain=True)


def test_a_long_title_of_a_document_is_shortened_not_wrapped() -> None:
    long = replace(POSTMORTEM, title="A very long title of a postmortem " * 5)
    head = render([long], width=80).split("\n")[0]
    assert len(head) <= 80
    assert head.startswith("postmortems/a.md  A very long")
    assert head.endswith("…  2026-02-01  SEV-2")


def test_a_reason_quotes_words_as_they_stand_in_the_document() -> None:
    reason = "“root cause” announces something else, beside “Tasks”"
    finding = Finding(line=3, text="Root Cause and fix", taken=False, reason=reason, is_section=True)
    made = render([replace(POSTMORTEM, findings=(finding,))], explain=True)
    assert "“Root Cause” announces something else, beside “Tasks”" in made
