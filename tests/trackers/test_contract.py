"""The `Tracker` protocol's promises, kept by every implementation."""

import pytest

from pmsync.errors import Refused
from pmsync.model import Absence, Draft, Issue, IssueEdit, Status
from pmsync.trackers.base import Tracker
from tests.persons import LABEL, Bench
from tests.trackers.abilities import needs

BODY = "What to do.\n\n- one\n- two `<!-- x -->`\n\n<!-- pmsync:1 id=0a -->"


def draft(title: str = "Alert on memory", **fields: object) -> Draft:
    return Draft(title=title, body=BODY, labels=(LABEL,), **fields)  # type: ignore[arg-type]


def read(tracker: Tracker, issue: Issue) -> Issue:
    found = tracker.read(issue.ref)
    assert isinstance(found, Issue)
    return found


def test_an_empty_tracker_lists_nothing(bench: Bench) -> None:
    assert not bench.tracker().list_issues("all")
    assert not bench.tracker().list_unlisted()


def test_what_was_created_is_what_is_read_and_listed(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    created = tracker.create(draft())
    assert (created.title, created.body, created.is_open) == ("Alert on memory", BODY, True)
    assert created.labels == (LABEL,)
    assert created.status is Status.OPEN
    assert not created.was_reopened
    assert created.created is not None
    assert created.ref == bench.ref(created.ref.number)
    assert read(bench.tracker(), created) == created
    assert list(bench.tracker().list_issues("open")) == [created]
    assert not tracker.drain_warnings()


def test_every_creation_takes_a_new_number(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    first, second = tracker.create(draft()), bench.tracker().create(draft())
    assert first.ref.number < second.ref.number


def test_lists_tell_open_from_closed(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    done, left = tracker.create(draft("Done")), tracker.create(draft("Left"))
    bench.close(done, "completed")
    later = bench.tracker()
    assert [issue.ref for issue in later.list_issues("closed")] == [done.ref]
    assert [issue.ref for issue in later.list_issues("open")] == [left.ref]
    assert {issue.ref for issue in later.list_issues("all")} == {done.ref, left.ref}


def test_a_previous_label_is_listed_too_and_nothing_twice(bench: Bench) -> None:
    before = bench.tracker(label="follow-up")
    before.list_issues("all")
    old = before.create(Draft(title="Old", body="", labels=("follow-up",)))
    both = before.create(Draft(title="Both", body="", labels=("follow-up", LABEL)))
    now = bench.tracker(previous_labels=("follow-up",))
    assert sorted(issue.ref.number for issue in now.list_issues("all")) == [old.ref.number, both.ref.number]
    assert [issue.ref for issue in bench.tracker().list_issues("all")] == [both.ref]


def test_an_issue_without_our_label_is_found_among_the_unlisted(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    bench.unlabel(issue, LABEL)
    assert not bench.tracker().list_issues("all")
    assert [found.ref for found in bench.tracker().list_unlisted()] == [issue.ref]


@pytest.mark.parametrize(
    ("reason", "status"),
    [("completed", Status.DONE), ("not_planned", Status.WONT_DO)],
    ids=["done", "wont-do"],
)
def test_a_person_closes_and_reopens(bench: Bench, reason: str, status: Status) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    bench.close(issue, reason)
    closed = read(bench.tracker(), issue)
    assert closed.status is status
    assert closed.closed is not None
    bench.reopen(issue)
    reopened = read(bench.tracker(), issue)
    assert reopened.status is Status.OPEN
    assert reopened.was_reopened


@pytest.mark.parametrize(
    ("reason", "status"),
    [("completed", Status.DONE), ("not_planned", Status.WONT_DO)],
    ids=["done", "wont-do"],
)
def test_an_edit_closes_and_reopens(bench: Bench, reason: str, status: Status) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    closed = tracker.edit(issue.ref, IssueEdit(is_open=False, state_reason=reason))
    assert closed.status is status
    assert read(bench.tracker(), issue) == closed
    reopened = tracker.edit(issue.ref, IssueEdit(is_open=True))
    assert reopened.was_reopened
    assert read(bench.tracker(), issue) == reopened


@needs("duplicate")
def test_a_duplicate_is_closed_as_one(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    edit = IssueEdit(is_open=False, state_reason="duplicate", comment="A twin of #1.")
    closed = tracker.edit(issue.ref, edit)
    assert closed.status is Status.DUPLICATE
    assert closed.comments == 1
    assert read(bench.tracker(), issue) == closed


def test_an_edit_changes_what_it_names_and_nothing_else(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    assert tracker.edit(issue.ref, IssueEdit(title="Alert sooner")).body == BODY
    edited = tracker.edit(issue.ref, IssueEdit(body="Other words."))
    assert (edited.title, edited.body) == ("Alert sooner", "Other words.")
    assert (edited.labels, edited.is_open, edited.comments) == ((LABEL,), True, 0)
    assert read(bench.tracker(), issue) == edited


def test_an_edit_leaves_what_a_person_wrote_meanwhile(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    bench.retitle(issue, "A person's title")
    assert tracker.edit(issue.ref, IssueEdit(body="Ours")).title == "A person's title"


@pytest.mark.parametrize("field", ["title", "body"])
def test_an_edit_worked_out_from_other_words_than_are_there_now_is_refused(bench: Bench, field: str) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    stale = {"title": IssueEdit(title="Ours", title_was="Alert"), "body": IssueEdit(body="Ours", body_was="")}
    with pytest.raises(Refused, match="run again"):
        bench.tracker().edit(issue.ref, stale[field])
    assert read(bench.tracker(), issue) == issue
    now = IssueEdit(title="Ours", body="New", title_was=issue.title, body_was=BODY.replace("\n", "\r\n"))
    edited = bench.tracker().edit(issue.ref, now)
    assert (edited.title, edited.body) == ("Ours", "New")


def test_labels_and_assignees_are_added_to_those_there(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    labelled = tracker.edit(issue.ref, IssueEdit(add_labels=("sev-1",)))
    assert set(labelled.labels) == {LABEL, "sev-1"}
    assigned = tracker.edit(issue.ref, IssueEdit(add_assignees=(bench.assignee(),)))
    assert assigned.assignees == (bench.assignee(),)
    assert set(assigned.labels) == {LABEL, "sev-1"}
    assert set(read(bench.tracker(), issue).labels) == {LABEL, "sev-1"}


def test_an_assignee_is_taken_off_only_where_nobody_else_is_assigned(bench: Bench) -> None:
    tracker = bench.tracker()
    login = bench.assignee()
    issue = tracker.create(draft(assignees=(login,)))
    kept = tracker.edit(issue.ref, IssueEdit(remove_assignees=("somebody-else",)))
    assert kept.assignees == (login,)
    assert tracker.edit(issue.ref, IssueEdit(remove_assignees=(login,))).assignees == ()
    assert tracker.read(issue.ref).assignees == ()  # type: ignore[union-attr]


def test_a_label_is_taken_off_by_its_name_alone_and_need_not_be_there(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    tracker.edit(issue.ref, IssueEdit(add_labels=("due-soon", "sev-1")))
    edited = tracker.edit(issue.ref, IssueEdit(add_labels=("overdue",), remove_labels=("due-soon",)))
    assert set(edited.labels) == {LABEL, "sev-1", "overdue"}
    assert read(bench.tracker(), issue) == edited
    again = tracker.edit(issue.ref, IssueEdit(remove_labels=("due-soon",), title="Alert sooner"))
    assert set(again.labels) == {LABEL, "sev-1", "overdue"}
    assert again.title == "Alert sooner"


def test_an_assignee_is_given_at_creation(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft(assignees=(bench.assignee(),)))
    assert issue.assignees == (bench.assignee(),)


def test_comments_are_counted_and_are_no_part_of_the_body(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    tracker.edit(issue.ref, IssueEdit(comment="First."))
    assert tracker.edit(issue.ref, IssueEdit(comment="Second.")).comments == 2
    found = read(bench.tracker(), issue)
    assert (found.comments, found.body) == (2, BODY)


@needs("delete")
def test_what_was_deleted_is_missing_and_cannot_be_edited(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft())
    bench.delete(issue)
    later = bench.tracker()
    later.list_issues("all")
    assert later.read(issue.ref) is Absence.MISSING
    with pytest.raises(Refused):
        later.edit(issue.ref, IssueEdit(title="x"))
    assert later.create(draft()).ref.number > issue.ref.number


def test_a_number_that_never_was_is_missing(bench: Bench) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    assert tracker.read(bench.ref(4711)) is Absence.MISSING


TITLES = {
    "list": "- [ ] a: b #c",
    "quotes": "'quoted' \"twice\"",
    "unicode": "Ünïcode 😅 日本 \u2028 \x85 end",
    "boolean": "yes",
    "date": "2026-01-02",
    "braces": "{x: [y]}",
    "mention": "@team & *all*",
    "comment": "a # b",
    "null": "null",
    "long": "x" * 256,
}
BODIES = {
    "empty": "",
    "front-matter": "---\nstate: closed\n---",
    "crlf": "a\r\nb\r\n\r\nc",
    "late": "\n\nlate",
    "comment": "<!-- comment by x on y -->",
    "disguised": "\\<!-- comment by x on y -->",
    "unicode": "Ünïcode 😅 \u2028 end",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_any_title_survives(bench: Bench, title: str) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(draft(title))
    assert issue.title == title
    assert read(bench.tracker(), issue).title == title


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_any_body_survives(bench: Bench, body: str) -> None:
    tracker = bench.tracker()
    tracker.list_issues("all")
    issue = tracker.create(Draft(title="T", body=body, labels=(LABEL,)))
    assert issue.body == body
    found = read(bench.tracker(), issue)
    assert (found.body, found.comments, found.is_open) == (body, 0, True)
    edited = tracker.edit(issue.ref, IssueEdit(body=f"{body}\nmore", comment="Said."))
    assert (edited.body, edited.comments) == (f"{body}\nmore", 1)
    assert tracker.edit(issue.ref, IssueEdit(body=body)).body == body
