"""Issues as files: what a person may do to them in an editor, and what we never do."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.errors import Refused, TrackerError
from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef, Status
from pmsync.trackers.issue_file import IssueFile, IssueFileError
from pmsync.trackers.local import LocalTracker
from tests.github.clock import Clock
from tests.persons import LABEL

ONE = IssueRef("", 1)
BY_HAND = """---
# kept for the audit
title:   Alert on memory   # soon
severity: SEV-1
state: open
labels:
  - postmortem
  # and
  - sre

assignees: alice, bob
nested: {a: [1, 2]}
---
Straight after the fence.

---

A rule above, and no final newline"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / ".pmsync" / "issues"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def tracker(tmp_path: Path) -> LocalTracker:
    return LocalTracker(tmp_path, label=LABEL, clock=Clock())


def draft(title: str = "Alert", **fields: object) -> Draft:
    return Draft(**({"title": title, "body": "Why.", "labels": (LABEL,)} | fields))  # type: ignore[arg-type]


def read(tracker: LocalTracker, number: int = 1) -> Issue:
    issue = tracker.read(IssueRef("", number))
    assert isinstance(issue, Issue)
    return issue


# ------------------------------------------------------------------------------ the file


def test_an_issue_is_a_file_that_reads_well(tmp_path: Path, tracker: LocalTracker) -> None:
    issue = tracker.create(draft(labels=(LABEL, "sre"), assignees=("bob",)))
    assert issue.url == ".pmsync/issues/1.md"
    assert (tmp_path / issue.url).read_text() == (
        "---\n"
        "title: Alert\n"
        "state: open\n"
        "labels: [postmortem, sre]\n"
        "assignees: [bob]\n"
        "author: pmsync\n"
        "created: '2026-03-02T09:00:00+00:00'\n"
        "---\n"
        "\n"
        "Why.\n"
    )


def test_closing_and_commenting_read_well(tmp_path: Path, tracker: LocalTracker) -> None:
    issue = tracker.create(draft())
    tracker.edit(issue.ref, IssueEdit(is_open=False, state_reason="duplicate", comment="Twin of 2."))
    text = (tmp_path / issue.url).read_text()
    assert "state: closed\n" in text
    assert "state_reason: duplicate\n" in text
    assert "closed: '2026-03-02T09:00:00+00:00'\n" in text
    assert text.endswith("Why.\n\n<!-- comment by pmsync on 2026-03-02T09:00:00+00:00 -->\n\nTwin of 2.\n")


def test_a_file_written_by_hand_is_understood(folder: Path, tracker: LocalTracker) -> None:
    (folder / "1.md").write_text(BY_HAND)
    issue = read(tracker)
    assert issue.title == "Alert on memory"
    assert (issue.labels, issue.assignees) == (("postmortem", "sre"), ("alice", "bob"))
    assert issue.body == "Straight after the fence.\n\n---\n\nA rule above, and no final newline"
    assert (issue.association, issue.created, issue.comments) == ("OWNER", None, 0)


def test_an_edit_rewrites_the_lines_that_change_and_no_byte_more(folder: Path, tracker: LocalTracker) -> None:
    path = folder / "1.md"
    path.write_text(BY_HAND)
    tracker.edit(ONE, IssueEdit(add_labels=("urgent",)))
    assert path.read_text() == BY_HAND.replace(
        "labels:\n  - postmortem\n  # and\n  - sre\n", "labels: [postmortem, sre, urgent]\n"
    )
    path.write_text(BY_HAND)
    tracker.edit(ONE, IssueEdit(title="Alert: sooner"))
    assert path.read_text() == BY_HAND.replace(
        "title:   Alert on memory   # soon\n", "title: 'Alert: sooner'\n"
    )


def test_an_edit_that_changes_nothing_leaves_the_file_alone(folder: Path, tracker: LocalTracker) -> None:
    path = folder / "1.md"
    path.write_text(BY_HAND)
    before = path.stat()
    tracker.edit(ONE, IssueEdit(is_open=True, add_labels=("SRE",), add_assignees=("Bob",)))
    assert path.stat() == before


def test_line_ends_byte_order_mark_and_foreign_bytes_survive(folder: Path, tracker: LocalTracker) -> None:
    path = folder / "1.md"
    path.write_bytes(
        b"\xef\xbb\xbf---\r\ntitle: A\r\nstate: open\r\nlabels: [postmortem]\r\n---\r\n\r\nCaf\xe9\r\n"
    )
    tracker.edit(ONE, IssueEdit(is_open=False))
    assert path.read_bytes() == (
        b"\xef\xbb\xbf---\r\ntitle: A\r\nstate: closed\r\nlabels: [postmortem]\r\n"
        b"state_reason: completed\r\nclosed: '2026-03-02T09:00:00+00:00'\r\n---\r\n\r\nCaf\xe9\r\n"
    )
    tracker.edit(ONE, IssueEdit(comment="Said."))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf---\r\n")
    assert b"Caf\xe9\r\n\r\n<!-- comment by" in path.read_bytes()


def test_the_mode_of_a_file_is_kept(folder: Path, tracker: LocalTracker) -> None:
    path = folder / "1.md"
    path.write_text(BY_HAND)
    path.chmod(0o640)
    tracker.edit(ONE, IssueEdit(title="New"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in folder.iterdir()] == ["1.md"]


# ---------------------------------------------------------------------- states by hand


@pytest.mark.parametrize(
    ("lines", "status", "reopened"),
    [
        ("state: open", Status.OPEN, False),
        ("state: Closed", Status.DONE, False),
        ("title: no state", Status.OPEN, False),
        ("state: closed\nstate_reason: not_planned", Status.WONT_DO, False),
        ("state: closed\nstate_reason: Not planned", Status.WONT_DO, False),
        ("state: closed\nstate_reason: won't do", Status.WONT_DO, False),
        ("state: closed\nstate_reason: duplicate", Status.DUPLICATE, False),
        ("state: closed\nstate_reason: because", Status.DONE, False),
        ("state: closed\nstate_reason: reopened", Status.DONE, False),
        ("state: closed\nstate_reason:", Status.DONE, False),
        ("state: open\nstate_reason: completed", Status.OPEN, True),
        ("state: open\nstate_reason: reopened", Status.OPEN, True),
        ("state: open\nclosed: 2026-01-02", Status.OPEN, True),
        ("state: open\nclosed:", Status.OPEN, False),
    ],
)
def test_a_state_set_by_hand_is_understood(
    folder: Path, tracker: LocalTracker, lines: str, status: Status, reopened: bool
) -> None:
    (folder / "1.md").write_text(f"---\n{lines}\n---\n")
    issue = read(tracker)
    assert (issue.status, issue.was_reopened) == (status, reopened)


def test_an_issue_closed_by_hand_was_closed_when_its_file_was_saved(
    folder: Path, tracker: LocalTracker
) -> None:
    path = folder / "1.md"
    path.write_text("---\nstate: closed\n---\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    closed = read(tracker).closed
    assert closed is not None
    assert closed.timestamp() == 1_700_000_000


def test_comments_by_hand_are_counted(folder: Path, tracker: LocalTracker) -> None:
    (folder / "1.md").write_text("---\nstate: open\n---\nBody\n\n<!-- comment by alice -->\nMine\n")
    issue = read(tracker)
    assert (issue.comments, issue.body) == (1, "Body")
    assert tracker.edit(ONE, IssueEdit(comment="Ours")).comments == 2
    assert tracker.edit(ONE, IssueEdit(body="New")).comments == 2


# ---------------------------------------------------------------------------- broken files

BROKEN = {
    "no front matter": ("Just text", 1, "does not begin with front matter"),
    "no end": ("---\nstate: open\n", 1, "has no end"),
    "bad yaml": ("---\ntitle: A\nowner: @alice\n---\n", 3, "not valid YAML"),
    "a list": ("---\n- a\n---\n", 2, "no list of `key: value` lines"),
    "unknown state": ("---\ntitle: A\nstate: clsed\n---\n", 3, "neither `open` nor `closed`"),
    "nested title": ("---\nstate: open\ntitle: {a: b}\n---\n", 3, "`title:` is no simple value"),
    "nested labels": ("---\nlabels:\n  - [a]\n---\n", 2, "`labels:` is no simple value"),
    "too long": ("---\n" + "# x\n" * 5000 + "---\n", 1, "longer than"),
    "deep": ("---\na: " + "[" * 9000 + "\n---\n", 3, "not valid YAML"),
}


@pytest.mark.parametrize(("text", "line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_its_line_and_left_as_it_is(
    folder: Path, tracker: LocalTracker, text: str, line: int, reason: str
) -> None:
    (folder / "7.md").write_text(text)
    attempts: list[Callable[[], object]] = [
        lambda: tracker.list_issues("all"),
        lambda: tracker.read(IssueRef("", 7)),
        lambda: tracker.edit(IssueRef("", 7), IssueEdit(title="x")),
    ]
    for attempt in attempts:
        with pytest.raises(TrackerError, match=rf"^\.pmsync/issues/7\.md:{line}: ") as caught:
            attempt()
        assert reason in str(caught.value)
    assert (folder / "7.md").read_text() == text


def test_all_broken_files_are_named_at_once(folder: Path, tracker: LocalTracker) -> None:
    tracker.create(draft())
    (folder / "2.md").write_text("x")
    (folder / "3.md").write_text("---\nstate: x\n---\n")
    with pytest.raises(TrackerError, match=r"2\.md:1: .*; .*3\.md:2: "):
        tracker.list_issues("open")


@pytest.mark.parametrize("head", ["{state: open, title: A}", '"state": open\n"title": A', "? state\n: open"])
def test_front_matter_that_cannot_be_edited_by_lines_is_left_as_it_is(
    folder: Path, tracker: LocalTracker, head: str
) -> None:
    path = folder / "1.md"
    path.write_text(f"---\n{head}\n---\n")
    assert read(tracker).is_open
    with pytest.raises(Refused, match=r"^\.pmsync/issues/1\.md:\d+: .*nothing was written$"):
        tracker.edit(ONE, IssueEdit(title="B", is_open=False))
    assert path.read_text() == f"---\n{head}\n---\n"


def test_files_that_are_no_issues_are_passed_over(folder: Path, tracker: LocalTracker) -> None:
    for name in ("README.md", "01.md", "0.md", "1.txt", "-1.md", "1.md~", ".1.abcd"):
        (folder / name).write_text("x")
    assert not tracker.list_issues("all")
    assert tracker.create(draft()).ref == ONE


# ------------------------------------------------------------------------------- numbers


def test_a_number_is_never_given_twice(tmp_path: Path, tracker: LocalTracker) -> None:
    tracker.create(draft("First"))
    second = tracker.create(draft("Second"))
    (tmp_path / second.url).unlink()
    assert LocalTracker(tmp_path, label=LABEL).create(draft("Third")).ref.number == 3
    assert tracker.read(second.ref) is Absence.MISSING


def test_two_runs_at_once_take_different_numbers(
    tmp_path: Path, tracker: LocalTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LocalTracker(tmp_path, label=LABEL)
    numbers = tracker._numbers

    def overtaken() -> list[int]:
        seen = numbers()
        other.create(draft("Theirs"))
        return seen

    monkeypatch.setattr(tracker, "_numbers", overtaken)
    assert tracker.create(draft("Ours")).ref.number == 2
    assert [issue.title for issue in other.list_issues("all")] == ["Theirs", "Ours"]


def test_a_number_taken_by_a_run_that_was_killed_is_no_issue(folder: Path, tracker: LocalTracker) -> None:
    (folder / "1.md").touch()
    assert not tracker.list_issues("all")
    assert tracker.read(ONE) is Absence.MISSING
    assert tracker.create(draft()).ref.number == 2


def test_a_damaged_memory_of_the_last_number_does_no_harm(folder: Path, tracker: LocalTracker) -> None:
    tracker.create(draft())
    (folder / ".last").write_text("🦄")
    assert tracker.create(draft()).ref.number == 2


# -------------------------------------------------------------------- links, rights, races


@pytest.mark.parametrize("linked", [".pmsync", ".pmsync/issues"])
def test_nothing_is_written_through_a_linked_folder(
    tmp_path: Path, tracker: LocalTracker, linked: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "issues").mkdir(parents=True)
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    (tmp_path / linked).symlink_to(outside, target_is_directory=True)
    with pytest.raises(TrackerError, match=f"{linked} is no folder of its own"):
        tracker.create(draft())
    assert not [*outside.rglob("*.md")]


def test_a_linked_file_is_neither_read_nor_written(
    tmp_path: Path, folder: Path, tracker: LocalTracker
) -> None:
    target = tmp_path / "secret.md"
    target.write_text("---\nstate: open\nlabels: [postmortem]\n---\n")
    (folder / "1.md").symlink_to(target)
    with pytest.raises(TrackerError, match=r"1\.md cannot be read"):
        tracker.list_issues("all")
    with pytest.raises(TrackerError, match=r"1\.md cannot be read"):
        tracker.edit(ONE, IssueEdit(title="x"))
    assert "title" not in target.read_text()


def test_something_that_is_no_file_does_not_hang_anything(folder: Path, tracker: LocalTracker) -> None:
    os.mkfifo(folder / "1.md")
    with pytest.raises(TrackerError, match=r"1\.md is no plain file"):
        tracker.list_issues("all")


def test_a_huge_file_is_refused(folder: Path, tracker: LocalTracker) -> None:
    (folder / "1.md").write_text("---\nstate: open\n---\n" + "x" * 2_000_000)
    with pytest.raises(TrackerError, match=r"1\.md is larger than"):
        tracker.list_issues("all")


def test_a_change_made_meanwhile_is_not_overwritten(
    folder: Path, tracker: LocalTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "1.md"
    path.write_text(BY_HAND)
    with_value = IssueFile.with_value

    def save_in_the_editor(page: IssueFile, key: str, value: str | tuple[str, ...] | None) -> IssueFile:
        path.write_text(BY_HAND.replace("SEV-1", "SEV-2"))
        return with_value(page, key, value)

    monkeypatch.setattr(IssueFile, "with_value", save_in_the_editor)
    with pytest.raises(Refused, match="changed by somebody else"):
        tracker.edit(ONE, IssueEdit(title="Ours"))
    assert "SEV-2" in path.read_text()
    assert [entry.name for entry in folder.iterdir()] == ["1.md"]


def test_a_full_disk_leaves_no_half_written_file(
    folder: Path, tracker: LocalTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="cannot be written: No space left on device"):
        tracker.create(draft())
    assert not [*folder.glob("*.md")]
    assert not [entry for entry in folder.iterdir() if entry.name != ".last"]


def test_an_issue_elsewhere_is_not_visible(tracker: LocalTracker) -> None:
    assert tracker.read(IssueRef("acme/shop", 1)) is Absence.NOT_VISIBLE
    with pytest.raises(Refused):
        tracker.edit(IssueRef("acme/shop", 1), IssueEdit(title="x"))


# ------------------------------------------------------------------------------- the text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
BODIES = st.lists(
    st.sampled_from(
        ["a", "", "---", "<!-- comment by x -->", "\\<!-- comment by x -->", "state: closed", "\r", "é\u2028"]
    ),
    max_size=6,
).map("\n".join)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(
    title=TEXTS,
    body=BODIES | TEXTS,
    labels=st.lists(NAMES, max_size=3),
    comments=st.lists(BODIES, max_size=3),
)
def test_what_is_written_is_what_is_read(
    title: str, body: str, labels: list[str], comments: list[str]
) -> None:
    clock = Clock()
    try:
        page = IssueFile.make({"title": title, "state": "open", "labels": tuple(labels)}, body)
    except IssueFileError:
        assert any(not (char.isprintable() or char in "\t\n\r\u2028\x85") for char in title)
        return
    for comment in comments:
        page = page.with_comment(comment, "pmsync", clock.now())
    again = IssueFile.parse(page.text)
    assert (again.text_of("title"), again.names("labels")) == (title, tuple(labels))
    assert (again.body, again.comments) == (body.rstrip("\r\n"), len(comments))
    other = again.with_value("state", "closed").with_value("state_reason", "not_planned").with_body("x")
    assert (other.is_open, other.body, other.comments) == (False, "x", len(comments))
    assert other.text_of("title") == title
    back = other.with_value("state", "open").with_value("state_reason", None).with_body(body)
    assert (back.values, back.body, back.comments) == (again.values, again.body, again.comments)


@given(st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n") | st.text(max_size=200))
def test_no_text_makes_reading_fail_in_any_other_way(text: str) -> None:
    problem, page = None, None
    try:
        page = IssueFile.parse(text)
    except IssueFileError as error:
        problem = error
    if problem:
        assert 1 <= problem.line <= text.count("\n") + 2
    else:
        assert page
        assert isinstance(page.body, str)
        assert page.comments >= 0
