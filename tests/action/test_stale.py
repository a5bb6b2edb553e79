"""A run whose checkout is no longer the branch's head: run again, delivered late, or after a long wait."""

import pytest

from tests.action.conftest import Workflow
from tests.action.harness import Runner
from tests.action.test_action import DOCUMENT, POSTMORTEM, link
from tests.children import run

REWORDED = POSTMORTEM.replace("Alert a month before", "Alert two months before")


def test_a_run_done_again_puts_back_no_old_wording(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    old = workflow.checkout()
    workflow.run()
    alice.push({DOCUMENT: workflow.text(DOCUMENT).replace("Alert a month", "Alert two months")})
    workflow.run()
    issues = {issue.number: (issue.title, issue.state) for issue in workflow.github.shop.open_issues}
    text = workflow.text(DOCUMENT)
    result = workflow.run(runner=old)
    assert result.code == 0, result.log
    assert "documents are read from that commit" in result.log
    assert {issue.number: (issue.title, issue.state) for issue in workflow.github.shop.open_issues} == issues
    assert workflow.text(DOCUMENT) == text


def test_a_run_that_was_delivered_late_makes_no_issue_of_what_was_reworded_or_removed(
    workflow: Workflow,
) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM, "postmortems/gone.md": POSTMORTEM.replace("Renew", "Replace")})
    late = workflow.checkout()
    alice.push({DOCUMENT: REWORDED, "postmortems/gone.md": None})
    result = workflow.run(runner=late)
    assert result.code == 0, result.log
    titles = [issue.title for issue in workflow.github.shop.open_issues]
    assert len(titles) == 2
    assert "Alert two months before" in titles[1]
    assert link(2) in workflow.text(DOCUMENT)
    workflow.run()
    assert len(workflow.github.shop.issues) == 2


def test_a_run_that_waited_takes_what_the_branch_got_meanwhile(workflow: Workflow) -> None:
    """What a run of pmsync wrote back before it starts no newer run."""
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    first = workflow.checkout()
    alice.push({"postmortems/2026-04-01-second.md": POSTMORTEM.replace("Renew", "Replace")})
    second = workflow.checkout()
    workflow.run(runner=first)
    workflow.run(runner=second)
    assert len(workflow.github.shop.open_issues) == 4
    writes = len(workflow.github.writes)
    workflow.run()
    assert len(workflow.github.writes) == writes


def test_the_configuration_is_the_heads_too(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    late = workflow.checkout()
    alice.push({".github/pmsync.yml": "label: follow-up\n"})
    result = workflow.run(runner=late)
    assert result.code == 0, result.log
    assert [issue.labels for issue in workflow.github.shop.open_issues] == [["follow-up"]] * 2


def test_a_reopening_is_not_undone_while_the_proposal_is_unmerged(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    workflow.run()
    text = workflow.text(DOCUMENT).replace("- [ ] Renew", "- [x] Renew")
    alice.push({DOCUMENT: text})
    workflow.run(write_back="pull-request")
    issue = workflow.github.shop.issue(1)
    assert issue.state == "closed"
    for _ in range(3):
        alice.reopen(issue)
        workflow.run_issue(issue, "reopened", write_back="pull-request")
        assert issue.state == "open"


def test_a_reopening_is_not_undone_where_a_box_can_bear_no_link(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    workflow.run(write_back="none")
    alice.push({DOCUMENT: POSTMORTEM.replace("- [ ] Renew", "- [x] Renew")})
    workflow.run(write_back="none")
    issue = workflow.github.shop.issue(1)
    assert issue.state == "closed"
    for _ in range(3):
        alice.reopen(issue)
        workflow.run_issue(issue, "reopened", write_back="none")
        assert issue.state == "open"


def test_a_tick_after_a_late_write_back_is_obeyed(workflow: Workflow) -> None:
    """Nothing runs between the commit that shows the reopening and the tick."""
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM})
    workflow.run()
    issue = workflow.github.shop.issue(1)
    alice.push({DOCUMENT: workflow.text(DOCUMENT).replace("- [ ] Renew", "- [x] Renew")})
    workflow.run(write_back="none")
    alice.reopen(issue)
    workflow.run_issue(issue, "reopened")
    assert "- [ ] Renew" in workflow.text(DOCUMENT)
    writes = len(workflow.github.writes)
    workflow.run()
    assert len(workflow.github.writes) == writes
    alice.push({DOCUMENT: workflow.text(DOCUMENT).replace("- [ ] Renew", "- [x] Renew")})
    workflow.run()
    assert issue.state == "closed"


# ------------------------------------------------------ a work tree that is not the commit's


@pytest.mark.parametrize("suffix", ["md", "pm"])
def test_what_earlier_steps_left_in_the_work_tree_is_not_synced(workflow: Workflow, suffix: str) -> None:
    alice = workflow.github.person("alice")
    document = DOCUMENT.removesuffix("md") + suffix
    alice.push({document: POSTMORTEM, ".github/pmsync.yml": f"documents: ['postmortems/*.{suffix}']\n"})
    workflow.run()
    runner = workflow.checkout()
    here = runner.workspace / document
    here.write_text(here.read_text("utf-8").replace("- [ ] Renew", "- [x] Renew at once, and"), "utf-8")
    made = runner.workspace / f"postmortems/made.{suffix}"
    made.write_text(POSTMORTEM.replace("Renew", "Replace"), "utf-8")
    before = workflow.text(document)
    result = workflow.run(runner=runner)
    assert (result.code, result.outputs["created"], result.outputs["closed"]) == (0, "0", "0"), result.log
    assert [issue.title for issue in workflow.github.shop.open_issues] == [
        issue.title for issue in workflow.github.shop.issues.values()
    ]
    assert workflow.text(document) == before


def test_a_sparse_checkout_hides_neither_documents_nor_the_configuration(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    config = "label: follow-up\nindex: postmortems/README.md\n"
    index = "# Postmortems\n\n<!-- pmsync:index -->\n<!-- /pmsync:index -->\n"
    alice.push(
        {
            DOCUMENT: POSTMORTEM,
            "postmortems/2025/old.md": POSTMORTEM.replace("Renew", "Replace"),
            "postmortems/README.md": index,
            ".github/pmsync.yml": config,
        }
    )
    runner = workflow.checkout()
    run(["git", "sparse-checkout", "set", "--no-cone", f"/{DOCUMENT}"], cwd=runner.workspace)
    assert not (runner.workspace / ".github/pmsync.yml").exists()
    result = workflow.run(runner=runner)
    assert result.code == 0, result.log
    assert [issue.labels for issue in workflow.github.shop.open_issues] == [["follow-up"]] * 4
    assert "2025/old.md" in workflow.text("postmortems/README.md")


SPARSE = ["git", "sparse-checkout", "set", "--no-cone"]
COMMIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Link"]


def _link(late: Runner, place: str, target: str) -> None:
    """Commits a symbolic link to the default branch, and leaves the checkout as it was."""
    run(["git", "switch", "--quiet", "--create", "link"], cwd=late.workspace)
    (late.workspace / place).parent.mkdir(exist_ok=True)
    (late.workspace / place).symlink_to(target)
    run(["git", "add", "."], cwd=late.workspace)
    run(COMMIT, cwd=late.workspace)
    run(["git", "push", "--quiet", "origin", "link:main"], cwd=late.workspace)
    run(["git", "switch", "--quiet", "main"], cwd=late.workspace)


def test_a_configuration_that_is_a_link_is_followed_where_commits_are_read(workflow: Workflow) -> None:
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM, "team/pmsync.yml": "label: follow-up\n"})
    late = workflow.checkout()
    _link(late, ".github/pmsync.yml", "../team/pmsync.yml")
    result = workflow.run(runner=late)
    assert result.code == 0, result.log
    assert [issue.labels for issue in workflow.github.shop.open_issues] == [["follow-up"]] * 2


@pytest.mark.parametrize("target", ["../../../outside.yml", "/etc/hostname", "../nowhere.yml"])
def test_a_configuration_that_leads_out_of_the_commit_is_refused(workflow: Workflow, target: str) -> None:
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})
    late = workflow.checkout()
    (late.workspace.parent / "outside.yml").write_text("label: stolen\n")
    _link(late, ".github/pmsync.yml", target)
    result = workflow.run(runner=late)
    assert result.code == 2, result.log
    assert ".github/pmsync.yml on the default branch leads to no file there" in result.log
    assert not workflow.github.shop.issues


def test_documents_behind_a_link_are_read_from_commits_too(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({"docs/incidents/2026-03-01-tls.md": POSTMORTEM})
    late = workflow.checkout()
    _link(late, "postmortems", "docs/incidents")
    result = workflow.run(runner=late)
    assert (result.code, result.outputs["created"]) == (0, "2"), result.log
    assert link(1) in workflow.text("docs/incidents/2026-03-01-tls.md")


def test_an_event_of_an_issue_knows_the_label_that_a_sparse_checkout_hides(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({DOCUMENT: POSTMORTEM, ".github/pmsync.yml": "label: follow-up\n"})
    workflow.run()
    issue = workflow.github.shop.issue(1)
    alice.close(issue)
    runner = workflow.checkout()
    run([*SPARSE, f"/{DOCUMENT}"], cwd=runner.workspace)
    result = workflow.run_issue(issue, "closed", runner=runner)
    assert result.code == 0, result.log
    assert "- [x] Renew" in workflow.text(DOCUMENT)


def test_a_preview_in_a_sparse_checkout_shows_what_is_hidden(workflow: Workflow) -> None:
    alice = workflow.github.person("alice")
    alice.push({"README.md": "# Shop\n", ".github/pmsync.yml": "label: follow-up\ndocuments: [incidents]\n"})
    git = workflow.github.shop.git
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({"incidents/tls.md": POSTMORTEM}, branch="feature")
    pull = alice.open_pull("Postmortem")
    runner = workflow.checkout(pull=pull)
    run([*SPARSE, "/README.md"], cwd=runner.workspace)
    result = workflow.run_pull(pull, runner=runner)
    assert result.code == 0, result.log
    assert "Alert a month before" in result.summary
