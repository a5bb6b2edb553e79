"""The Action end to end: its steps, on a clone of a real repository, against a GitHub."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pmsync.reports.status_data import read_reports
from pmsync.repository.write_back import BRANCH
from tests.action.conftest import Workflow
from tests.github.faults import Kind, Request
from tests.github.state import Issue, Protection

DOCUMENT = "postmortems/2026-03-01-checkout.md"

POSTMORTEM = """\
# Checkout was down

Date: 2026-03-01

## What happened

A certificate ran out.

## Action items

- [ ] Renew certificates by a job (@ada, due: 2026-03-20)
- [ ] Alert a month before a certificate ends (@bob, due: 2026-04-01)
"""


def ref_updates(request: Request) -> bool:
    return request.method == "PATCH" and "/git/refs/" in request.path


def link(number: int, status: str = "open") -> str:
    return f" ([#{number}](https://github.com/acme/shop/issues/{number}): {status})"


def pulls(workflow: Workflow) -> list[Issue]:
    return [issue for issue in workflow.github.shop.issues.values() if issue.pull]


@pytest.fixture
def merged(workflow: Workflow) -> Workflow:
    """A new postmortem was merged."""
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})
    return workflow


# ---------------------------------------------------------------------- merges and issues


def test_a_merge_makes_issues_one_commit_and_a_summary(merged: Workflow) -> None:
    before = merged.log()
    result = merged.run(python=sys.executable)
    assert result.code == 0, result.log
    issues = merged.github.shop.open_issues
    assert [issue.title[:12] for issue in issues] == ["Renew certif", "Alert a mont"]
    assert all(issue.labels == ["postmortem"] for issue in issues)
    assert merged.log()[1:] == before
    lines = merged.text(DOCUMENT).splitlines()
    assert [link(issue.number) in lines[-2 + index] for index, issue in enumerate(issues)] == [True, True]
    assert "2 created" in result.summary.lower()
    assert result.outputs["created"] == "2"
    assert result.outputs["changed"] == "1"
    assert result.outputs["open"] == "2"
    assert result.outputs["overdue"].isdigit()
    assert result.outputs["pull-request"] == ""
    assert merged.log()[0] in merged.github.shop.verified


def test_a_second_run_changes_nothing(merged: Workflow) -> None:
    merged.run()
    writes = len(merged.github.writes)
    result = merged.run()
    assert result.code == 0
    assert len(merged.github.writes) == writes
    assert result.outputs["created"] == "0"
    assert result.outputs["changed"] == "0"


def test_a_closed_issue_is_shown_in_its_document(merged: Workflow) -> None:
    merged.run()
    before = merged.text(DOCUMENT)
    issue = merged.github.shop.open_issues[0]
    merged.github.person("bob").close(issue)
    result = merged.run_issue(issue, "closed")
    assert result.code == 0, result.log
    changed = [
        (old, new)
        for old, new in zip(before.splitlines(), merged.text(DOCUMENT).splitlines(), strict=True)
        if old != new
    ]
    assert len(changed) == 1
    assert link(issue.number, "done") in changed[0][1]
    assert changed[0][1].startswith("- [x]")


def test_the_dashboard_is_kept_and_linked_from_the_summary(merged: Workflow) -> None:
    merged.github.person("alice").push({".github/pmsync.yml": "dashboard: true\n"})
    result = merged.run()
    assert result.code == 0, result.log
    board = merged.github.shop.open_issues[-1]
    assert "Renew certificates" in board.body
    assert (
        f"The dashboard is [#{board.number}](https://github.com/acme/shop/issues/{board.number})."
        in result.summary
    )
    assert result.outputs["open"] == "2"
    writes = len(merged.github.writes)
    merged.run("schedule")
    assert len(merged.github.writes) == writes


INDEX = "postmortems/README.md"
INDEX_PAGE = "# Postmortems\n\n<!-- pmsync:index -->\n<!-- /pmsync:index -->\n"


@pytest.fixture
def indexed(merged: Workflow) -> Workflow:
    """The same with an index page, which the glob of documents matches too."""
    merged.github.person("alice").push({".github/pmsync.yml": f"index: {INDEX}\n", INDEX: INDEX_PAGE})
    return merged


def test_the_index_page_is_written_in_the_same_commit(indexed: Workflow) -> None:
    before = len(indexed.log())
    result = indexed.run()
    assert result.code == 0, result.log
    assert len(indexed.log()) == before + 1
    row = "| 2026-03-01 | [Checkout was down](./2026-03-01-checkout.md) | – | 2 / 2 |\n"
    assert indexed.text(INDEX).endswith(f"{row}<!-- /pmsync:index -->\n")
    assert indexed.text(INDEX).startswith("# Postmortems\n\n<!-- pmsync:index -->\n| date |")
    writes = len(indexed.github.writes)
    assert indexed.run("schedule").code == 0
    assert len(indexed.github.writes) == writes
    issue = indexed.github.shop.open_issues[0]
    indexed.github.person("bob").close(issue)
    indexed.run_issue(issue, "closed")
    assert "| 1 / 2 |" in indexed.text(INDEX)


def test_with_index_page_dashboard_and_nudges_a_second_run_changes_nothing(indexed: Workflow) -> None:
    soon = indexed.github.clock.now() + timedelta(days=3)
    indexed.github.person("alice").push(
        {
            ".github/pmsync.yml": f"index: {INDEX}\ndashboard: true\nnudges: true\n",
            "postmortems/2026-03-02-mail.md": (
                f"# Mail was late\n\n## Action items\n\n- Bound the queue of mails (due: {soon:%Y-%m-%d})\n"
            ),
        }
    )
    result = indexed.run()
    assert result.code == 0, result.log
    (late,) = (it for it in indexed.github.shop.open_issues if it.title.startswith("Bound the queue"))
    assert "due-soon" in late.labels
    assert "Mail was late" in indexed.text(INDEX)
    writes, log = len(indexed.github.writes), indexed.log()
    for event in ("push", "schedule"):
        assert indexed.run(event).code == 0
    assert (len(indexed.github.writes), indexed.log()) == (writes, log)


def test_a_checkout_that_is_behind_writes_the_index_page_of_the_head(indexed: Workflow) -> None:
    runner = indexed.checkout()
    indexed.github.person("alice").push({INDEX: INDEX_PAGE.replace("# Postmortems", "# All of them")})
    result = indexed.run(runner=runner)
    assert result.code == 0, result.log
    assert indexed.text(INDEX).startswith("# All of them\n")
    assert "| 2 / 2 |" in indexed.text(INDEX)


def test_an_index_page_without_its_comments_is_told_and_links_are_written(indexed: Workflow) -> None:
    indexed.github.person("alice").push({INDEX: "# Postmortems\n"})
    result = indexed.run()
    assert result.code == 1
    assert any(place.startswith(INDEX) for _, place, _ in result.annotations)
    assert link(1) in indexed.text(DOCUMENT)
    assert indexed.text(INDEX) == "# Postmortems\n"


def test_an_issue_that_is_not_ours_calls_for_nothing(merged: Workflow) -> None:
    issue = merged.github.person("bob").open_issue("Another", labels=["bug"])
    with merged.github.watch() as seen:
        result = merged.run_issue(issue, "closed")
    assert result.code == 0
    assert not seen


@pytest.mark.parametrize(
    ("commit_on", "event", "commits"),
    [
        ("merge", "schedule", 0),
        ("merge", "push", 1),
        ("schedule", "push", 0),
        ("schedule", "schedule", 1),
        ("merge", "workflow_dispatch", 1),
        ("all", "schedule", 1),
    ],
)
def test_commit_on_says_which_events_write_back(
    merged: Workflow, commit_on: str, event: str, commits: int
) -> None:
    before = len(merged.log())
    result = merged.run(event, commit_on=commit_on)
    assert result.code == 0, result.log
    assert len(merged.log()) - before == commits
    assert len(merged.github.shop.open_issues) == 2


def test_links_that_an_event_did_not_write_come_with_the_next_commit(merged: Workflow) -> None:
    merged.run(commit_on="schedule")
    merged.run("schedule", commit_on="schedule")
    assert len(merged.github.shop.open_issues) == 2
    assert link(1) in merged.text(DOCUMENT)


def test_write_back_none_leaves_the_documents_alone(merged: Workflow) -> None:
    before = merged.log()
    merged.run(write_back="none")
    assert merged.log() == before
    assert len(merged.github.shop.open_issues) == 2


def test_a_dry_run_writes_nothing(merged: Workflow) -> None:
    result = merged.run(dry_run="true")
    assert result.code == 0
    assert not merged.github.writes
    assert "2 to create" in result.summary.lower()


def test_an_implausibly_large_plan_is_refused_before_the_first_write(merged: Workflow) -> None:
    merged.github.person("alice").push({".github/pmsync.yml": "max_creates: 1\n"})
    result = merged.run()
    assert result.code == 1
    assert not merged.github.writes
    assert result.summary.index("creates'") < result.summary.index("'force'")
    assert merged.run(force="true").outputs["created"] == "2"


def test_the_page_is_kept_with_the_run_and_linked_from_the_summary(merged: Workflow) -> None:
    result = merged.run()
    (upload,) = result.uploads
    assert (upload["path"], upload["archive"]) == (result.outputs["page"], "false")
    assert Path(upload["path"]).name == "pmsync-status.html"
    assert result.summary.endswith(
        "\n[The status report as a page](https://github.com/acme/shop/actions/runs/1/artifacts/1)\n"
    )


def test_the_page_is_kept_though_something_failed(merged: Workflow) -> None:
    merged.github.person("alice").push({"postmortems/b.md": "---\nowner: @ada\n---\n# B\n"})
    result = merged.run()
    assert result.code == 1
    assert len(result.uploads) == 1


def test_no_page_is_kept_of_a_dry_run_of_an_issues_event_or_where_nobody_wants_it(merged: Workflow) -> None:
    assert not merged.run(dry_run="true").uploads
    assert not merged.run(upload="false").uploads
    issue = merged.github.shop.open_issues[0]
    merged.github.person("bob").close(issue)
    result = merged.run_issue(issue, "closed")
    assert not result.uploads
    assert "status report as a page" not in result.summary


# ------------------------------------------------------------------------- moving branches


def test_a_push_between_reading_and_writing_keeps_both_changes(merged: Workflow) -> None:
    alice = merged.github.person("alice")
    more = POSTMORTEM.replace("ran out.", "ran out. Nobody saw it.")
    merged.github.meanwhile(lambda: alice.push({DOCUMENT: more, "other.md": "x"}), of=ref_updates)
    result = merged.run()
    assert result.code == 0, result.log
    text = merged.text(DOCUMENT)
    assert "Nobody saw it." in text
    assert link(1) in text
    assert merged.text("other.md") == "x"
    assert len(merged.github.shop.open_issues) == 2


def test_a_box_ticked_between_reading_and_writing_is_obeyed_by_the_next_run(merged: Workflow) -> None:
    merged.run()
    shop, alice = merged.github.shop, merged.github.person("alice")
    renew, alert = shop.open_issues
    alice.close(renew)
    ticked = merged.text(DOCUMENT).replace("[ ] Alert", "[x] Alert")
    merged.github.meanwhile(lambda: alice.push({DOCUMENT: ticked}), of=ref_updates)
    assert merged.run("schedule").code == 0
    assert alert.is_open
    assert f"- [x] Alert a month before a certificate ends (@bob, due: 2026-04-01){link(2)}" in merged.text(
        DOCUMENT
    )
    assert link(1, "done") in merged.text(DOCUMENT)
    assert merged.run("schedule").code == 0
    assert not alert.is_open
    assert link(2, "done") in merged.text(DOCUMENT)


def test_two_runs_at_once_leave_one_open_issue_for_each_item(merged: Workflow) -> None:
    runners = [merged.checkout(), merged.checkout()]
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda runner: merged.run(runner=runner, python=sys.executable), runners))
    logs = results[0].log + results[1].log
    assert sorted(result.code for result in results) in ([0, 0], [0, 1]), logs
    assert all(result.code == 0 or "another run at the same moment" in result.log for result in results), logs
    assert merged.run("schedule").code == 0
    text = merged.text(DOCUMENT)
    issues = merged.github.shop.open_issues
    assert len(issues) == 2
    assert all(link(issue.number) in text for issue in issues)
    writes = len(merged.github.writes)
    assert merged.run("schedule").code == 0
    assert len(merged.github.writes) == writes


def test_a_line_ending_filter_changes_only_our_lines(merged: Workflow) -> None:
    merged.github.person("alice").push({".gitattributes": "*.md text eol=crlf\n"})
    runner = merged.checkout()
    assert b"\r\n" in (runner.workspace / DOCUMENT).read_bytes()
    result = merged.run(runner=runner)
    assert result.code == 0, result.log
    before, after = POSTMORTEM.splitlines(keepends=True), merged.text(DOCUMENT).splitlines(keepends=True)
    changed = [number for number, lines in enumerate(zip(before, after, strict=True)) if len(set(lines)) > 1]
    assert len(changed) == 2
    assert "\r" not in merged.text(DOCUMENT)


def test_crlf_in_the_repository_stays(merged: Workflow) -> None:
    merged.github.person("alice").push({DOCUMENT: POSTMORTEM.replace("\n", "\r\n")})
    merged.run()
    text = merged.text(DOCUMENT)
    assert text.count("\r\n") == text.count("\n")
    assert link(1) in text


# ---------------------------------------------------------------------- protected branches


@pytest.fixture
def protected(merged: Workflow) -> Workflow:
    merged.github.shop.protections["main"] = Protection()
    return merged


def test_a_protected_branch_gets_one_pull_request_updated_on_the_next_run(protected: Workflow) -> None:
    first = protected.run()
    assert first.code == 0, first.log
    (pull,) = pulls(protected)
    assert first.outputs["pull-request"] == str(pull.number)
    protected.github.person("bob").close(protected.github.shop.open_issues[0])
    second = protected.run("schedule")
    assert second.outputs["pull-request"] == str(pull.number)
    assert pulls(protected) == [pull]
    assert link(1, "done") in protected.text(DOCUMENT, BRANCH)
    writes = len(protected.github.writes)
    protected.run("schedule")
    assert len(protected.github.writes) == writes


def test_a_protected_branch_gets_the_index_page_by_the_pull_request_too(indexed: Workflow) -> None:
    indexed.github.shop.protections["main"] = Protection()
    assert indexed.run().code == 0
    assert "| 2 / 2 |" in indexed.text(INDEX, BRANCH)
    writes = len(indexed.github.writes)
    indexed.run("schedule")
    assert len(indexed.github.writes) == writes


def test_three_merges_before_the_pull_request_make_no_new_issue(protected: Workflow) -> None:
    alice = protected.github.person("alice")
    protected.run()
    (pull,) = pulls(protected)
    reworded = POSTMORTEM.replace("Renew certificates by a job", "Renew all certificates by a job")
    renamed = "postmortems/2026-03-01-checkout-outage.md"
    for files in ({"notes.md": "x"}, {DOCUMENT: reworded}, {DOCUMENT: None, renamed: reworded}):
        alice.push(dict(files))  # type: ignore[arg-type]
        result = protected.run()
        assert result.code == 0, result.log
        assert result.outputs["pull-request"] == str(pull.number)
    assert len(protected.github.shop.live_issues) == 2
    alice.merge(pull)
    result = protected.run()
    assert result.code == 0
    assert len(protected.github.shop.live_issues) == 2
    assert [link(1) in protected.text(renamed), link(2) in protected.text(renamed)] == [True, True]


def test_closed_by_a_person_it_stays_closed(protected: Workflow) -> None:
    protected.run()
    (pull,) = pulls(protected)
    protected.github.person("alice").close(pull)
    result = protected.run("schedule")
    assert result.code == 0
    assert pulls(protected) == [pull]
    assert not pull.is_open
    assert result.outputs["pull-request"] == ""


def test_without_the_right_to_open_pull_requests_the_summary_has_the_patch(protected: Workflow) -> None:
    protected.github.shop.actions_may_open_pulls = False
    result = protected.run()
    assert result.code == 1
    assert "Allow GitHub Actions to create and approve pull requests" in result.summary
    assert f"+- [ ] Renew certificates by a job (@ada, due: 2026-03-20){link(1)}" in result.summary
    assert len(protected.github.shop.live_issues) == 2


# --------------------------------------------------------------------------- pull requests


@pytest.fixture
def proposed(workflow: Workflow) -> Issue:
    """A pull request with a new postmortem."""
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({DOCUMENT: POSTMORTEM.replace(" (@ada, due: 2026-03-20)", "")}, branch="feature")
    return alice.open_pull("Add a postmortem")


def test_a_pull_request_gets_one_comment_kept_in_place(workflow: Workflow, proposed: Issue) -> None:
    result = workflow.run_pull(proposed, python=sys.executable)
    assert result.code == 0, result.log
    (comment,) = proposed.comments
    assert "2 to create" in comment.body.lower()
    assert "Renew certificates" in comment.body
    assert not workflow.github.shop.live_issues
    writes = len(workflow.github.writes)
    workflow.run_pull(proposed, python=sys.executable)
    assert len(workflow.github.writes) == writes
    workflow.github.person("alice").push({DOCUMENT: None, "other.md": "x"}, branch="feature")
    workflow.run_pull(proposed)
    (comment,) = proposed.comments
    assert len(comment.body.splitlines()) == 2


def test_a_draft_in_a_pull_request_is_said_to_wait_and_is_checked_all_the_same(
    workflow: Workflow, proposed: Issue
) -> None:
    workflow.github.person("alice").push({DOCUMENT: f"---\ndraft: true\n---\n{POSTMORTEM}"}, branch="feature")
    result = workflow.run_pull(proposed)
    assert result.code == 0, result.log
    (comment,) = proposed.comments
    assert "1 document waits: 1 called a draft" in comment.body
    assert "to create" not in comment.body
    assert "PM013" in comment.body


def test_a_draft_that_was_merged_waits_until_it_is_none(merged: Workflow) -> None:
    alice = merged.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM.replace("Date:", "Status: Draft\n\nDate:")})
    assert merged.run().outputs["created"] == "0"
    assert merged.text(DOCUMENT).count("issues/") == 0
    alice.push({DOCUMENT: POSTMORTEM})
    assert merged.run().outputs["created"] == "2"


def test_what_the_configuration_excludes_is_not_read(merged: Workflow) -> None:
    alice = merged.github.person("alice")
    alice.push({".github/pmsync.yml": f'documents: ["postmortems/**/*.md", "!{DOCUMENT}"]\n'})
    result = merged.run()
    assert (result.code, result.outputs["created"]) == (0, "0")


def test_a_pull_request_without_postmortems_gets_no_comment(workflow: Workflow) -> None:
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({"README.md": "# Shop, reworded\n"}, branch="feature")
    pull = alice.open_pull("Reword")
    result = workflow.run_pull(pull)
    assert result.code == 0
    assert not pull.comments
    assert not workflow.github.writes


def test_a_postmortem_without_items_is_a_warning(workflow: Workflow, proposed: Issue) -> None:
    workflow.github.person("alice").push({DOCUMENT: "# Down\n\nAll is well.\n"}, branch="feature")
    result = workflow.run_pull(proposed)
    assert [(level, said[:5]) for level, _, said in result.annotations if "action item" in said] == [
        ("warning", "no ac")
    ]
    assert len(proposed.comments) == 1


def test_a_postmortem_that_cannot_be_read_fails_the_check(workflow: Workflow, proposed: Issue) -> None:
    broken = "---\nowner: @ada\n---\n" + POSTMORTEM
    workflow.github.person("alice").push({DOCUMENT: broken}, branch="feature")
    result = workflow.run_pull(proposed)
    assert result.code == 1
    assert [level for level, _, _ in result.annotations] == ["error"]


def test_a_postmortem_that_cannot_be_read_elsewhere_is_none_of_this_pull_requests_business(
    workflow: Workflow, proposed: Issue
) -> None:
    workflow.github.person("alice").push({"postmortems/old.md": "---\nowner: @ada\n---\n"})
    result = workflow.run_pull(proposed)
    assert result.code == 0, result.log
    assert "old.md" not in result.summary


def test_what_an_item_lacks_is_annotated_at_its_line(workflow: Workflow, proposed: Issue) -> None:
    result = workflow.run_pull(proposed)
    line = next(number for number, it in enumerate(POSTMORTEM.splitlines(), 1) if "Renew" in it)
    said = [text for level, place, text in result.annotations if place == f"{DOCUMENT}:{line}"]
    assert ["no owner" in text for text in said] == [True, False]
    assert "has no due date: name the day" in said[1]


def test_what_an_item_lacks_stands_in_one_row_of_the_comment(workflow: Workflow, proposed: Issue) -> None:
    workflow.run_pull(proposed)
    (comment,) = proposed.comments
    (row,) = (line for line in comment.body.splitlines() if "PM001" in line and line.startswith("|"))
    assert "has no owner<br>⚠️ PM002" in row


def test_a_placeholder_left_in_a_pull_request_fails_its_run(workflow: Workflow, proposed: Issue) -> None:
    text = POSTMORTEM + "- [ ] <describe the action>\n"
    workflow.github.person("alice").push({DOCUMENT: text}, branch="feature")
    result = workflow.run_pull(proposed)
    assert result.code == 1
    assert [text[:13] for level, _, text in result.annotations if level == "error"] == ["a placeholder"]


def test_a_forks_read_only_token_gives_the_plan_in_the_summary(workflow: Workflow, proposed: Issue) -> None:
    token = workflow.github.actions_token(contents="read", issues="read", pull_requests="read")
    result = workflow.run_pull(proposed, token=token)
    assert result.code == 0, result.log
    assert not proposed.comments
    assert "2 to create" in result.summary.lower()
    assert "may not write one, as for a fork" in result.summary


def test_a_plan_that_cannot_be_made_is_told_everywhere(workflow: Workflow, proposed: Issue) -> None:
    workflow.github.fail(Kind.ERROR_BEFORE, lasting=True, of=lambda it: it.path.endswith("/issues"))
    result = workflow.run_pull(proposed)
    assert result.code == 0, result.log
    told = json.loads(Path(result.outputs["json"]).read_text("utf-8"))
    assert "issues cannot be read here" in told["errors"][0]
    assert "Nothing to do" not in result.log
    assert [level for level, _, text in result.annotations if "cannot be read here" in text] == ["warning"]


def test_a_commit_that_only_stands_on_the_proposals_branch_is_not_told_as_written(merged: Workflow) -> None:
    merged.github.shop.protections["main"] = Protection()
    merged.github.fail(
        Kind.FORBIDDEN, lasting=True, of=lambda it: it.method == "POST" and it.path.endswith("/pulls")
    )
    result = merged.run()
    assert (result.code, result.outputs["changed"]) == (1, "0")
    assert "Written back in commit" not in result.summary


def test_a_token_that_cannot_even_read_issues_fails_nothing(workflow: Workflow, proposed: Issue) -> None:
    workflow.github.shop.private = True
    token = workflow.github.actions_token(contents="read", pull_requests="read")
    result = workflow.run_pull(proposed, token=token)
    assert result.code == 0, result.log
    assert "no owner" in result.summary


def test_a_shallow_checkout_asks_github_for_the_changed_files(workflow: Workflow, proposed: Issue) -> None:
    runner = workflow.checkout(pull=proposed)
    (runner.workspace / ".git/shallow").write_text(
        workflow._git(runner.workspace, "rev-parse", "HEAD") + "\n"
    )
    with workflow.github.watch() as seen:
        head = workflow.github.shop.git.head("feature")
        payload = {
            "number": proposed.number,
            "pull_request": {"number": proposed.number, "base": {"sha": "0" * 40}, "head": {"sha": head}},
        }
        result = workflow.run("pull_request", payload, runner=runner)
    assert any(request.path.endswith("/files") for request in seen)
    assert "2 to create" in result.summary.lower()


# ----------------------------------------------------------------------------- suggestions

SUGGESTS = ".github/pmsync.yml"


def suggestions(pull: Issue) -> list[tuple[int, str]]:
    """Line and text of each suggestion on a pull request."""
    assert pull.pull
    comments = pull.pull.review_comments
    return [(it.line, it.body.partition("```suggestion\n")[2].removesuffix("\n```")) for it in comments]


@pytest.fixture
def suggested(workflow: Workflow, proposed: Issue) -> Issue:
    """The same, where suggestions are wanted, and a policy says when follow-ups are due."""
    day = datetime.now(UTC).date().isoformat()
    config = "suggestions: true\ndue_within: {SEV-1: 30}\nowners: {Ada L: alice}\n"
    text = POSTMORTEM.replace(" (@ada, due: 2026-03-20)", "").replace("2026-03-01", f"{day}\nSeverity: SEV-1")
    workflow.github.person("alice").push({SUGGESTS: config, DOCUMENT: text}, branch="feature")
    return proposed


def test_an_owner_and_a_due_date_are_suggested_once_where_somebody_says_them(
    workflow: Workflow, suggested: Issue
) -> None:
    due = datetime.now(UTC).date() + timedelta(30)
    expected = [(12, f"- [ ] Renew certificates by a job (owner: Ada L, due: {due})")]
    assert workflow.run_pull(suggested).code == 0
    assert suggestions(suggested) == expected
    writes = len(workflow.github.writes)
    workflow.run_pull(suggested)
    assert len(workflow.github.writes) == writes
    text = workflow.text(DOCUMENT, "feature").replace("ran out.", "ran out.\n\nNobody saw it.")
    workflow.github.person("alice").push({DOCUMENT: text}, branch="feature")
    workflow.run_pull(suggested)
    assert suggestions(suggested) == expected


def test_suggestions_are_made_only_where_they_are_wanted(workflow: Workflow, proposed: Issue) -> None:
    workflow.run_pull(proposed)
    assert suggestions(proposed) == []


def test_an_app_that_opened_a_pull_request_owns_nothing(workflow: Workflow, suggested: Issue) -> None:
    workflow.github.person("alice").push({SUGGESTS: "suggestions: true\n"}, branch="feature")
    workflow.run_pull(suggested, author="renovate[bot]", kind="Bot")
    assert suggestions(suggested) == []
    workflow.run_pull(suggested)
    assert suggestions(suggested) == [(12, "- [ ] Renew certificates by a job (owner: @alice)")]


def test_a_pull_request_gets_a_handful_of_suggestions_in_all(workflow: Workflow, suggested: Issue) -> None:
    alice = workflow.github.person("alice")
    for count in (8, 16):
        items = "".join(f"- [ ] Renew certificate {number}\n" for number in range(count))
        alice.push({SUGGESTS: "suggestions: true\n", DOCUMENT: POSTMORTEM + items}, branch="feature")
        assert workflow.run_pull(suggested).code == 0
        assert len(suggestions(suggested)) == 5


def test_a_document_that_the_merge_changes_gets_no_suggestion(workflow: Workflow, suggested: Issue) -> None:
    alice = workflow.github.person("alice")
    git = workflow.github.shop.git
    alice.push({DOCUMENT: POSTMORTEM})
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push(
        {DOCUMENT: f"{POSTMORTEM}- [ ] Renew cards\n", SUGGESTS: "suggestions: true\n"}, branch="feature"
    )
    alice.push({DOCUMENT: POSTMORTEM.replace("# Checkout", "Of 2026.\n\n# Checkout")})
    assert workflow.run_pull(suggested).code == 0
    assert suggestions(suggested) == []


def test_a_token_that_may_not_review_fails_nothing(workflow: Workflow, suggested: Issue) -> None:
    token = workflow.github.actions_token(contents="read", issues="write", pull_requests="read")
    result = workflow.run_pull(suggested, token=token)
    assert result.code == 0, result.log
    assert "No suggestions" in result.summary
    assert suggestions(suggested) == []


@pytest.mark.parametrize("is_shallow", [False, True])
def test_a_date_that_is_past_already_is_told_of_a_new_document_alone(
    workflow: Workflow, is_shallow: bool
) -> None:
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    workflow.github.clock.advance(365 * 24 * 3600)
    late = POSTMORTEM.replace("2026-04-01", "2999-04-01")
    alice.push({DOCUMENT: late, "postmortems/old.md": late.replace("certificates", "cards")})
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push(
        {
            DOCUMENT: late.replace("ran out", "had run out"),
            "postmortems/old.md": None,
            "postmortems/moved.md": late.replace("certificates", "cards"),
            "postmortems/new.md": late.replace("certificates", "licences"),
        },
        branch="feature",
    )
    result = workflow.run_merge_group(alice.open_pull("Change postmortems"), is_shallow=is_shallow)
    past = [place for _, place, text in result.annotations if "past already" in text]
    assert past == ["postmortems/new.md:11"]


@pytest.mark.parametrize("is_shallow", [False, True])
def test_a_merge_queues_group_is_told_what_its_merge_would_do(
    workflow: Workflow, proposed: Issue, is_shallow: bool
) -> None:
    elsewhere = POSTMORTEM.replace("certificate", "card")
    workflow.github.person("alice").push({"postmortems/other.md": elsewhere, DOCUMENT: None})
    workflow.github.person("alice").push({"postmortems/other.md": elsewhere}, branch="feature")
    result = workflow.run_merge_group(proposed, is_shallow=is_shallow)
    assert result.code == 0, result.log
    assert "2 to create" in result.summary.lower()
    assert "other.md" not in result.summary
    assert not workflow.github.writes


def test_a_merge_queues_group_with_a_postmortem_that_cannot_be_read_is_stopped(
    workflow: Workflow, proposed: Issue
) -> None:
    broken = "---\nowner: @ada\n---\n" + POSTMORTEM
    workflow.github.person("alice").push({DOCUMENT: broken}, branch="feature")
    assert workflow.run_merge_group(proposed).code == 1


def test_pull_request_target_is_refused(workflow: Workflow) -> None:
    result = workflow.run("pull_request_target", {"number": 1})
    assert result.code == 2
    assert "use 'pull_request'" in result.annotations[0][2]


# --------------------------------------------------------------------------------- safety

PROBES = (
    "$(touch pwned) `touch pwned` %0A::set-output name=created::99 ::error::pwned @team fixes #1 ##[error]x"
)
FORGED = "<!-- pmsync:1 id=00 --> <!-- pmsync:comment -->"


@pytest.fixture
def hostile(workflow: Workflow) -> tuple[Workflow, Issue, str]:
    """A postmortem whose name, text and pull request are full of probes."""
    document = "postmortems/$(touch pwned)`x` @team fixes #1\n::set-output name=created::99 <!-- pmsync:1.md"
    items = f"- [ ] Item {PROBES} {FORGED}\n::error::loose line\n- [ ] second ::stop-commands::x\n"
    text = f"# Title {PROBES}\n\n## Action items\n\n{items}"
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({document: text}, branch="feature")
    pull = alice.open_pull(f"Title {PROBES}")
    return workflow, pull, document


def test_hostile_words_are_inert_in_a_preview(hostile: tuple[Workflow, Issue, str]) -> None:
    workflow, pull, _ = hostile
    result = workflow.run_pull(pull)
    assert result.code == 0, result.log
    assert {command.name for command in result.commands} <= {"warning", "notice"}
    (comment,) = pull.comments
    assert not re.search(r"@\w", comment.body)
    assert comment.body.count("<!-- pmsync") == 1
    assert not list(workflow.folder.rglob("pwned"))


def test_hostile_words_are_inert_in_a_sync(hostile: tuple[Workflow, Issue, str]) -> None:
    workflow, pull, document = hostile
    workflow.github.person("alice").merge(pull)
    workflow.github.shop.protections["main"] = Protection()
    result = workflow.run()
    assert result.code == 0, result.log
    assert {command.name for command in result.commands} <= {"warning", "notice"}
    assert result.outputs["created"] == "2"
    assert not list(workflow.folder.rglob("pwned"))
    said = [
        str(request.body[key])
        for request in workflow.github.writes
        if isinstance(request.body, dict) and "/issues" not in request.path
        for key in ("message", "title", "body")
        if key in request.body
    ]
    assert said
    for text in said:
        assert not re.search(r"@\w|#\d|\n::|Item|second", text)
    assert workflow.text(document, BRANCH).count("github.com/acme/shop/issues/") == 2


def test_nothing_of_the_users_repository_can_be_imported(merged: Workflow) -> None:
    for name in ("yaml", "click", "github", "pip", "sitecustomize", "pmsync"):
        merged.github.person("alice").push({f"{name}.py": "open('pwned', 'w').close()\n"})
    result = merged.run(python=sys.executable)
    assert result.code == 0, result.log
    assert not list(merged.folder.rglob("pwned"))


def test_a_branch_of_any_name_is_inert(workflow: Workflow) -> None:
    branch = "x/$(touch${IFS}pwned)`id`%0A;@team"
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref(f"refs/heads/{branch}", git.head("main") or "")
    alice.push({DOCUMENT: POSTMORTEM}, branch=branch)
    pull = alice.open_pull("Add", head=branch)
    result = workflow.run_pull(pull)
    assert result.code == 0, result.log
    assert len(pull.comments) == 1
    assert not list(workflow.folder.rglob("pwned"))


def test_a_bad_token_is_one_sentence(merged: Workflow) -> None:
    result = merged.run(token="nonsense", python=sys.executable)
    assert result.code == 1
    assert "token" in result.annotations[0][2]
    assert "Traceback" not in result.log


# ------------------------------------------------------------------------- other surroundings


def test_an_enterprise_server_is_asked_at_its_own_address(merged: Workflow) -> None:
    runner = merged.checkout()
    runner.environ |= {
        "GITHUB_API_URL": f"{merged.github.url}/api/v3",
        "GITHUB_SERVER_URL": "https://github.acme.example",
    }
    result = merged.run(runner=runner)
    assert result.code == 0, result.log
    assert result.outputs["changed"] == "1"
    assert "https://github.acme.example/acme/shop/commit/" in result.summary


def test_issues_may_live_in_another_repository(merged: Workflow) -> None:
    tracker = merged.github.create_repository("acme/reliability")
    tracker.collaborators["bob"] = "write"
    merged.github.person("alice").push({".github/pmsync.yml": "repository: acme/reliability\n"})
    result = merged.run(token="token-bob")
    assert result.code == 0, result.log
    assert len(tracker.open_issues) == 2
    assert "([acme/reliability#1](https://github.com/acme/reliability/issues/1): open)" in merged.text(
        DOCUMENT
    )
    assert not merged.github.shop.issues
    writes = len(merged.github.writes)
    merged.run(token="token-bob")
    assert len(merged.github.writes) == writes


def test_a_schedule_whose_event_names_no_repository_syncs_all_the_same(merged: Workflow) -> None:
    runner = merged.checkout()
    merged._git(runner.workspace, "remote", "set-head", "origin", "--delete")
    result = runner.run("schedule", {"schedule": "7 5 * * *"})
    assert result.code == 0, result.log
    assert result.outputs["changed"] == "1"


def test_a_refused_item_is_told_and_the_others_are_written_back(merged: Workflow) -> None:
    merged.github.fail(
        Kind.FORBIDDEN, at=2, of=lambda it: it.method == "POST" and it.path.endswith("/issues")
    )
    result = merged.run()
    assert result.code == 1
    assert result.outputs["created"] == "1"
    assert merged.text(DOCUMENT).count("/issues/") == 1
    assert ("error", f"{DOCUMENT}:12") in [(level, place) for level, place, _ in result.annotations]
    assert merged.run("schedule").code == 0
    assert merged.text(DOCUMENT).count("/issues/") == 2
    assert len(merged.github.shop.live_issues) == 2


# ----------------------------------------------------------------------- the status report


def test_the_status_report_is_left_for_later_steps_as_a_page_and_as_json(merged: Workflow) -> None:
    result = merged.run()
    page, status = (Path(result.outputs[name]) for name in ("page", "status"))
    assert page.name == "pmsync-status.html"
    assert "Renew certificates by a job" in page.read_text("utf-8")
    report = read_reports({"status": status.read_text("utf-8")})
    assert report.repositories == ("acme/shop",)
    assert len(report.open) == int(result.outputs["open"]) == 2
    assert {f.page for f in report.open} == {
        f"https://github.com/acme/shop/blob/HEAD/{DOCUMENT}#action-items"
    }


def test_a_dry_run_leaves_no_status_report(merged: Workflow) -> None:
    result = merged.run(dry_run="true")
    assert result.code == 0
    assert not result.outputs.get("page")
