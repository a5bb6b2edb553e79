"""What the shapes cannot show: front matter, stickiness, control comments, damaged text, what is told."""

import re

import pytest

from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.model import ActionItem, Known, Postmortem, Status

MARK = "([#12](https://github.com/acme/shop/issues/12): open)"


def lines_of(postmortem: Postmortem) -> list[int]:
    return [item.line for item in postmortem.items]


def only(text: str) -> ActionItem:
    (item,) = read("a.md", text).items
    return item


# ---------------------------------------------------------------------------- front matter


def test_front_matter_says_what_the_document_is() -> None:
    text = (
        "---\ntitle: Search was slow\ndate: 2026-01-09\nseverity: SEV-2\n"
        "owner: '@ops'\nlabels: [search, slo]\n"
        "---\n\n# Another heading\n\n## Action items\n\n- Warm the cache\n"
    )
    postmortem = read("postmortems/search.md", text)

    assert postmortem.title == "Search was slow"
    assert postmortem.date == "2026-01-09"
    assert postmortem.severity == "SEV-2"
    assert postmortem.owner == "ops"
    assert postmortem.labels == ("search", "slo")
    assert lines_of(postmortem) == [13]


LIST = "\n## Action items\n\n- Warm the cache\n"


@pytest.mark.parametrize(
    "head",
    [
        "---\ndraft: true\n---\n# Down\n",
        "---\nstatus: Draft\n---\n# Down\n",
        "---\nstatus: borrador\n---\n# Down\n",
        "# Down\n\nStatus: Draft\n",
        "# Down\n\n**Status:** DRAFT – to be reviewed on Monday\n",
        "# Down\n\n- **Date:** 2026-01-09\n- **Status:** In draft\n",
        "# Down\n\n| Date | 2026-01-09 |\n|---|---|\n| Status | draft v2 |\n",
        "# Down\n\nDate: 2026-01-09 · Severity: SEV-2 · Status: 🚧 Draft\n",
        "# Down\n\n## Status\n\nDraft\n",
        "# Ausfall\n\n**Stand:** Entwurf\n",
        "# 障害\n\nステータス: 下書き\n",
    ],
)
def test_a_document_that_calls_itself_a_draft_is_one(head: str) -> None:
    postmortem = read("a.md", head + LIST)
    assert postmortem.is_draft
    assert postmortem.is_other
    assert len(postmortem.items) == 1


@pytest.mark.parametrize(
    "head",
    [
        "# Down\n",
        "---\nstatus: final\n---\n# Down\n\nStatus: Draft\n",
        "---\ndraft: false\n---\n# Down\n",
        "# Down\n\nStatus: Complete, was a draft until Monday\n",
        "# Down\n\nStatus: Draft / In review / Final\n",
        "# Down\n\nDraft policies were to blame.\n",
        "# Drafts were lost\n\nStatus: resolved\n",
    ],
)
def test_another_document_is_no_draft(head: str) -> None:
    assert not read("a.md", head + LIST).is_draft


def test_the_status_of_an_item_makes_no_draft_of_its_document() -> None:
    table = "| Action | Owner | Status |\n|---|---|---|\n| Warm the cache | Ada | draft |\n"
    assert not read("a.md", f"# Down\n\n## Action items\n\n{table}").is_draft
    assert not read("a.md", "# Down\n\n## Action items\n\n- Warm it\n  - Status: draft\n").is_draft


def test_pmsync_false_leaves_a_document_alone() -> None:
    postmortem = read("a.md", "---\npmsync: false\n---\n## Action items\n- Fix it\n")

    assert postmortem.opted_out
    assert postmortem.items == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: [a\n---\n## Action items\n", 3),
        ("---\ntitle: x\nowner: @alice\n---\n", 3),
        ("---\ntitle: x\n\tb: y\n---\n", 3),
        ("---\na: " + "[" * 5000 + "\n---\n", 1),
        ("---\na: b\nc: " + "x" * 70_000 + "\n---\n", 1),
    ],
)
def test_broken_front_matter_is_one_sentence_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError, match=r"^The front matter [^\n]+\.$") as caught:
        read("a.md", text)

    assert caught.value.line == line
    assert caught.value.document == "a.md"


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nSome words between two rules.\n\n---\n\n## Action items\n\n- Fix it\n",
        "---\n- a\n- b\n---\n\n## Action items\n\n- Fix it\n",
        "---\nnever: closed\n\n## Action items\n\n- Fix it\n",
    ],
)
def test_rules_around_prose_are_no_front_matter(text: str) -> None:
    assert [item.title for item in read("a.md", text).items] == ["Fix it"]


def test_front_matter_hides_nothing_and_moves_no_line() -> None:
    text = "\ufeff---\r\ntitle: x\r\n---\r\n## Action items\r\n- Fix it\r\n"
    item = only(text)

    assert item.line == 5
    assert item.slot is not None
    assert text[: item.slot.at].endswith("Fix it")


def test_without_front_matter_the_head_of_the_document_is_asked() -> None:
    text = "# 2026-05-04 Mail was late\n\n| Field | Value |\n|---|---|\n| Severity | SEV-3 |\n"
    text += "| Date | 3 May 2026 |\n"
    postmortem = read("a.md", text)

    assert (postmortem.title, postmortem.date, postmortem.severity) == (
        "2026-05-04 Mail was late",
        "2026-05-03",
        "SEV-3",
    )
    assert read("postmortems/2026-02-03-disk.md", "").date == "2026-02-03"
    assert read("postmortems/disk.md", "").title == "Disk"


# ------------------------------------------------------------------------------ stickiness


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        (f"## Timeline\n\n- Other\n- Fix it {MARK}\n", 4, "list"),
        (f"## Timeline\n\n- [ ] Fix it {MARK}\n", 3, "checkbox"),
        (f"## Lessons\n\n- Outer\n  - Fix it {MARK}\n", 4, "list"),
        (f"Some prose.\nFix it {MARK}\nMore prose.\n", 2, "plain"),
        (f"## Impact\n\n| What | Note |\n|---|---|\n| a | b |\n| Fix it {MARK} | c |\n", 6, "table"),
        (
            "| What | Issue |\n|---|---|\n| Fix it | [#12](https://github.com/acme/shop/issues/12): done |\n",
            3,
            "table",
        ),
        (f"## Fix the retry loop {MARK}\n\nText.\n", 1, "heading"),
        (f"# Postmortem template\n\n- Fix it {MARK}\n", 3, "list"),
        (f"## Action items\n\n- TBD {MARK}\n", 3, "list"),
    ],
)
def test_what_bears_our_annotation_stays_an_item_whatever_is_around_it(
    text: str, line: int, kind: str
) -> None:
    item = only(text)

    assert (item.line, item.kind) == (line, kind)
    assert item.annotation is not None
    assert item.annotation.ref.number == 12
    assert item.links == ()


def test_an_annotated_outer_entry_is_no_category() -> None:
    item = only(f"## Action items\n\n- Monitoring: {MARK}\n  - Add an alert\n  - Add a dashboard\n")

    assert (item.line, item.end_line) == (3, 5)


def test_an_authors_own_link_makes_no_item_of_a_timeline() -> None:
    text = "## Timeline\n\n- Broke ([#12](https://github.com/acme/shop/issues/12))\n"

    assert read("a.md", text).items == ()


def test_an_annotation_is_neither_text_nor_title_nor_link() -> None:
    plain = only("## Action items\n\n- Fix it.\n  - now\n")
    marked = only(f"## Action items\n\n- Fix it. {MARK}\n  - now\n")

    assert (marked.text, marked.detail, marked.title, marked.body) == (
        plain.text,
        plain.detail,
        "Fix it",
        "- now",
    )
    assert (marked.links, marked.ticket) == ((), None)
    assert marked.annotation is not None
    assert marked.annotation.status is Status.OPEN


# ------------------------------------------------------------------------- control comments


def test_a_comment_takes_a_list_that_the_rules_leave() -> None:
    text = "## Thoughts\n\n<!-- pmsync: items -->\n- One thing\n- Two things\n\nText.\n\n- Not this\n"

    assert lines_of(read("a.md", text)) == [4, 5]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("- 10:00 Call the port\n- 10:30 Call the ships", [4, 5]),
        ("10:00 Call the port\n10:30 Call the ships", [4, 5]),
        ("Anything that is said here\nor there", [4, 5]),
        ("| Time | Event |\n|---|---|\n| 10:00 | Call the port |", [6]),
    ],
)
def test_a_comment_overrules_every_doubt_about_the_whole(written: str, lines: list[int]) -> None:
    text = f"## Thoughts\n\n<!-- pmsync: items -->\n{written}\n"

    assert lines_of(read("a.md", text)) == lines


def test_a_comment_leaves_a_table_that_says_itself_that_it_holds_tasks() -> None:
    table = "| Action item | Owner |\n|---|---|\n| Fix it | Ada |\n"

    assert lines_of(read("a.md", f"# Down\n\n{table}")) == [5]
    assert lines_of(read("a.md", f"# Down\n\n<!-- pmsync: ignore -->\n{table}")) == []


def test_a_comment_leaves_a_list_or_an_entry() -> None:
    text = (
        "## Action items\n\n- Keep\n- Leave <!-- pmsync: ignore -->\n- Leave too\n"
        "  <!-- pmsync: ignore -->\n\n"
        "<!-- pmsync: ignore -->\n* All\n* of\n"
    )

    assert lines_of(read("a.md", text)) == [3]


def test_a_word_of_the_configuration_heads_action_items() -> None:
    text = "## Ganz Eigenes\n\n- Fix it\n"

    assert read("a.md", text).items == ()
    assert lines_of(read("a.md", text, known=Known(sections=("ganz eigenes",)))) == [3]


def test_whom_the_configuration_names_is_known_where_owners_stand() -> None:
    text = "## Action items\n\n- Zorvan: cap the mails\n- Monitoring: keep a week\n- Ask the vendor (ZR)\n"

    known = Known(people=("Zorvan Roux", "Payments team"))
    assert [item.owner for item in read("a.md", text).items] == [None, None, None]
    assert [item.owner for item in read("a.md", text, known=known).items] == ["Zorvan", None, "ZR"]


# ----------------------------------------------------------------------------- damaged text


def test_bytes_that_are_no_utf8_are_shown_as_such_and_kept() -> None:
    item = only("## Action items\n\n- Fix the caf\udce9 page\n")

    assert item.title == "Fix the caf\ufffd page"
    assert item.text == "Fix the caf\udce9 page"


def test_an_item_that_is_a_heading_of_two_lines_stays_one_with_its_annotation() -> None:
    mark = " ([#1](https://github.com/o/r/issues/1): open)"

    for each in ("", mark):
        assert len(read("a.md", f"Action items\n| a | b | | #5 |{each}\n---\n").items) == 1


def test_it_is_told_what_announces_an_item_where_no_heading_does() -> None:
    table = "## Details\n\n| Action | Owner | Due |\n|---|---|---|\n| Rotate | Ada | 2026-12-01 |\n"
    text = f"{table}\n## Notes\n\n<!-- pmsync: items -->\n\n- Warm the cache\n"

    assert [each.reason for each in read("a.md", text).findings if each.taken] == [
        "the columns of its table announce tasks",
        "`pmsync: items` stands before it",
    ]


def test_bytes_that_are_no_utf8_are_told_with_their_line() -> None:
    (notice,) = read("a.md", "## Action items\n\n- Fix the caf\udce9 page\n").warnings

    assert (notice.document, notice.line) == ("a.md", 3)
    assert "UTF-8" in notice.text


@pytest.mark.parametrize("line_break", ["\n", "  \n", "\\\n", "\r\n", "  \r\n", "\\\r\n"])
def test_no_sign_of_a_line_break_gets_into_what_is_shown(line_break: str) -> None:
    item = only(f"## Action items\n\n- Raise the limit{line_break}  to ten\n")

    assert item.title == "Raise the limit to ten"


def test_mojibake_is_repaired_in_what_is_shown_alone() -> None:
    item = only("It wasnâ€™t us.\n\n## Action items\n\n- Donâ€™t guess.\n  - Itâ€™s bad.\n")

    assert item.title == "Don’t guess"
    assert item.body == "- It’s bad."
    assert item.text == "Donâ€™t guess."


def test_one_strange_line_is_left_as_it_is() -> None:
    assert only("## Action items\n\n- Show Ã© instead of it\n").title == "Show Ã© instead of it"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_gives_the_same_items(ending: str) -> None:
    text = ending.join(["# Outage", "", "## Action items", "", "- [ ] Fix it", "- [x] Test it", ""])
    items = read("a.md", text).items

    assert [(item.title, item.done) for item in items] == [("Fix it", False), ("Test it", True)]
    assert all(item.box is not None and text[item.box.start : item.box.end] in {" ", "x"} for item in items)
    assert [item.line for item in items] == ([1, 1] if ending == "\r" else [5, 6])


def test_what_quotes_an_item_with_its_link_is_an_item_only_where_no_other_has_it() -> None:
    mark = "([#1](https://github.com/o/r/issues/1): open)"
    quotes = f"## Timeline\n\n- 10:00 Rotate the keys {mark} was not done\n\nSo *Rotate the keys* {mark}.\n"

    alone = read("a.md", quotes).items
    (item,) = read("a.md", f"{quotes}\n## Action items\n\n- Rotate the keys {mark}\n  - as {mark}\n").items
    assert [(each.line, each.is_sticky) for each in alone] == [(3, True), (5, True)]
    assert (item.line, item.is_sticky) == (9, False)


def test_what_can_be_ticked_is_no_quotation_though_it_bears_anothers_link() -> None:
    mark = "([#1](https://github.com/o/r/issues/1): open)"
    table = f"| What | Status |\n|-|-|\n| Keys {mark} | open |\n"
    notes = f"## Notes\n\n- [ ] Rotate the keys in the US {mark}\n\n{table}"
    items = read("a.md", f"{notes}\n## Action items\n\n- Rotate the keys {mark}\n").items
    assert [(each.line, each.is_sticky) for each in items] == [(3, False), (7, False), (11, False)]


def test_a_link_behind_the_last_bulleted_line_is_that_of_the_entry_where_that_is_the_item() -> None:
    mark = "([#1](https://github.com/o/r/issues/1): open)"
    text = f"## Action items\n\n- Rename the well\n  • on the map\n  • on its sign {mark}\n"
    (item,) = read("a.md", text).items
    assert (item.line, item.title, item.annotation and item.annotation.ref.number) == (
        3,
        "Rename the well",
        1,
    )


# ------------------------------------------------------------------------------- an item's parts


def test_a_title_is_cut_at_a_word_and_nothing_is_lost() -> None:
    sentence = "Introduce " + "a careful limit " * 30 + "everywhere"
    item = only(f"## Action items\n\n- {sentence}\n")

    assert len(item.title) <= 256
    assert item.title.endswith("…")
    assert item.body == sentence


def test_a_body_stands_by_itself() -> None:
    text = (
        "## Action items\n\n- **Harden the ingress:** see [the plan][p].\n  - [ ] limits\n"
        "  - [x] time-outs\n\n"
        "  > quoted\n\n[p]: https://example.com/plan\n"
    )
    item = only(text)

    assert item.title == "Harden the ingress"
    assert (
        item.body == "see [the plan](https://example.com/plan).\n\n- [ ] limits\n- [x] time-outs\n\n> quoted"
    )
    assert item.detail == only(text.replace("[x] time", "[ ] time")).detail


def test_a_status_cell_is_a_box_in_the_tables_own_words() -> None:
    text = (
        "## Action items\n\n| Task | Status |\n|---|---|\n| One | ✅ Shipped |\n| Two | TODO |\n| Three | |\n"
        "| Four | waiting for [the vendor](https://example.com) |\n"
    )
    one, two, three, four = read("a.md", text).items

    assert [item.done for item in (one, two, three, four)] == [True, False, False, False]
    assert one.box is not None
    assert (one.box.tick, one.box.untick, text[one.box.start : one.box.end]) == (
        "✅ Shipped",
        "TODO",
        "✅ Shipped",
    )
    assert two.box is not None
    assert (two.box.tick, two.box.untick) == ("✅ Shipped", "TODO")
    assert three.box is not None
    assert three.box.start == three.box.end
    assert four.box is None


@pytest.mark.parametrize(
    ("status", "other"),
    [
        ("open", "done"),
        ("IN PROGRESS", "DONE"),
        ("⬜ À faire", "✅ Fait"),
        ("Yes", "No"),
        ("offen", "erledigt"),
        ("❌", "✅"),
        (":x:", ":white_check_mark:"),
        (":construction: half", ":white_check_mark: half"),
    ],
)
def test_a_status_is_turned_in_its_own_manner(status: str, other: str) -> None:
    item = only(f"## Action items\n\n| Task | Status |\n|---|---|\n| One | {status} |\n")

    assert item.box is not None
    assert (item.box.untick if item.box.ticked else item.box.tick) == other


def test_where_no_link_is_rendered_there_is_no_slot() -> None:
    text = "## Action items\n\n<ul>\n<li>Fix it</li>\n</ul>\n"

    assert only(text).slot is None


# ----------------------------------------------------------------------------- what is told


def test_a_document_without_items_is_never_silent() -> None:
    for text in ("", "# Outage\n\nProse.\n", "# Postmortem template\n\n## Action items\n\n- Fix it\n"):
        postmortem = read("a.md", text)
        assert postmortem.items == ()
        assert len(postmortem.warnings) == 1


def test_a_heading_with_nothing_under_it_is_told_with_its_line() -> None:
    text = "# Outage\n\n## Action items\n\nTBD\n\n## Follow-ups\n\n- Fix it\n"
    (warning,) = read("a.md", text).warnings

    assert warning.line == 3
    assert "Action items" in warning.text


def test_every_section_and_entry_is_explained() -> None:
    text = (
        "# Outage\n\n## Timeline\n\n- 10:00 Start\n\n## Corrective measures\n\n"
        "Improvements:\n- Try more\n\nTasks:\n- Fix it\n- TBD\n"
    )
    findings = read("a.md", text).findings
    sections = {finding.text: finding.taken for finding in findings if finding.is_section}
    rules = {finding.text: finding.rule for finding in findings if finding.is_section}
    entries = {finding.text: finding for finding in findings if not finding.is_section}

    assert sections["Timeline"] is False
    assert sections["Tasks"] is True
    assert rules["Tasks"] == "within"
    assert entries["Fix it"].taken
    assert not entries["Try more"].taken
    assert re.search("specific tasks", entries["Try more"].reason)
    assert not entries["TBD"].taken
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)


def test_a_document_in_which_no_heading_is_found_says_so() -> None:
    findings = read("a.md", "Some prose that names nothing.\n\n* a\n* b\n").findings

    assert [(finding.line, finding.reason) for finding in findings] == [
        (1, "no heading or label is found in it")
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Wrong prices in the e-mail template",
        "The template of the invoice was empty",
        "Incident response took an hour",
        "[INC-12] Checkout down",
        "Guide dogs could not be booked",
    ],
)
def test_a_title_that_only_mentions_templates_or_guides_is_a_postmortems(title: str) -> None:
    text = f"# {title}\n\nWe use [a form](x.md) and `<b>`.\n\n## Action items\n\n- [ ] Fix it\n"

    assert len(read("postmortems/a.md", text).items) == 1


# ------------------------------------------------------------------- annotations on their own


def test_an_issue_column_that_nobody_knows_any_more_still_holds_the_items_link() -> None:
    text = (
        "## Action items\n\n| Action | Wohin |\n|---|---|\n"
        "| Oil the gate | [#12](https://github.com/acme/shop/issues/12): open |\n"
    )
    item = only(text)

    assert item.annotation is not None
    assert item.annotation.ref.number == 12
    assert (item.body, item.detail, item.links) == ("", "", ())


def test_what_is_explained_is_shown_without_mojibake() -> None:
    damaged = "\u00e2\u20ac\u2122"
    postmortem = read(
        "a.md", f"## Action items\n\n- Renew the gate{damaged}s lock\n- Tell Kim{damaged}s team\n"
    )

    words = [finding.text for finding in postmortem.findings]
    assert words == ["Action items", "Renew the gate\u2019s lock", "Tell Kim\u2019s team"]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("postmortems/README.md", "# Our postmortems\n"),
        ("postmortems/_index.md", "# Incidents\n"),
        ("postmortems/template.md", "# Incident report\n\n## Action items\n\n- [ ] [What to do]\n"),
        ("postmortems/a.md", "---\ndraft: true\n---\n# Checkout down\n"),
        ("postmortems/a.md", "---\nstatus: Draft\n---\n# Checkout down\n"),
    ],
)
def test_index_pages_templates_and_drafts_are_told_from_postmortems(document: str, text: str) -> None:
    assert read(document, text).is_other
    assert not read("postmortems/a.md", "# Checkout down\n\nIt was.\n").is_other


@pytest.mark.parametrize(
    ("entry", "title", "word"),
    [
        ("**TODO** Patch it", "Patch it", "TODO"),
        ("**[Todo]**: Patch it", "Patch it", "Todo"),
        ("DONE: Patch it", "Patch it", "DONE"),
        ("(done) Patch it", "Patch it", "done"),
        ("Done is better than perfect: patch it", None, None),
        ("TODO lists shall be shared", None, None),
        ("[TODO](https://example.com/list) Patch it", None, None),
        ("**Todo list** Patch it", None, None),
    ],
)
def test_a_word_for_the_state_that_opens_an_item_is_a_box(
    entry: str, title: str | None, word: str | None
) -> None:
    text = f"## Action items\n\n- {entry}\n"
    item = only(text)
    assert (text[item.box.start : item.box.end] if item.box else None) == word
    if title:
        assert (item.title, item.done) == (title, (word or "").lower() == "done")
        swapped = text.replace(word or "", item.box.untick if item.done else item.box.tick)  # type: ignore[union-attr]
        assert (only(swapped).text, only(swapped).done) == (item.text, not item.done)


@pytest.mark.parametrize(
    ("entry", "body"),
    [
        ("Alert on `memory_limit` of all hosts", ""),
        ("Call `__init__` once", ""),
        ("See [the plan](https://example.com/plan)", "See [the plan](https://example.com/plan)"),
    ],
)
def test_a_body_says_the_title_again_only_where_that_lost_something(entry: str, body: str) -> None:
    assert only(f"## Action items\n\n- {entry}\n").body == body
