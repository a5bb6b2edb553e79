"""What a run says of itself is what happened: in annotations, outputs, the summary, the comment."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.action.conftest import Workflow
from tests.action.harness import Runner
from tests.action.test_action import DOCUMENT, POSTMORTEM, link, pulls
from tests.children import run
from tests.github.faults import Kind, Request
from tests.github.state import Issue, Protection

CONFIG = ".github/pmsync.yml"
BRANCH = "pmsync/write-back"


@pytest.fixture
def merged(workflow: Workflow) -> Workflow:
    """A new postmortem was merged."""
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})
    return workflow


@pytest.fixture
def protected(merged: Workflow) -> Workflow:
    merged.github.shop.protections["main"] = Protection()
    return merged


def pull_updates(request: Request) -> bool:
    return request.method == "PATCH" and "/pulls/" in request.path


# ---------------------------------------------------------------------------- what landed


@pytest.mark.parametrize("kind", [Kind.FORBIDDEN, Kind.ERROR_BEFORE, Kind.ERROR_AFTER, Kind.DROP_AFTER])
def test_a_commit_that_landed_is_told_although_the_stale_proposal_could_not_be_closed(
    protected: Workflow, kind: Kind
) -> None:
    protected.run()
    (pull,) = pulls(protected)
    protected.github.shop.protections.clear()
    protected.github.person("bob").close(protected.github.shop.open_issues[0])
    protected.github.fail(kind, of=pull_updates, lasting=True)
    result = protected.run("schedule")
    head = protected.log()[0]
    assert link(1, "done") in protected.text(DOCUMENT)
    assert result.outputs["changed"] == "1"
    assert f"Written back in commit [`{head[:7]}`]" in result.summary
    assert "nothing was written back" not in result.log + result.summary
    told = [text for level, _, text in result.annotations if level == "error"]
    if pull.is_open:
        assert result.code == 1
        named = f"pull request #{pull.number}, of which nothing is left, could not be closed"
        assert any(named in text or "the commit is made, but not what follows it" in text for text in told)


def test_a_proposal_that_stands_is_told_although_its_pull_request_got_no_answer(protected: Workflow) -> None:
    opening = Kind.ERROR_BEFORE
    protected.github.fail(opening, at=1, of=lambda it: it.method == "POST" and it.path.endswith("/pulls"))
    result = protected.run()
    assert result.code == 0, result.log
    assert result.outputs["changed"] == "1"
    assert result.outputs["pull-request"] == str(pulls(protected)[0].number)


def test_what_was_not_written_back_is_not_said_to_be_linked(merged: Workflow) -> None:
    merged.run(write_back="none")
    token = merged.github.actions_token(contents="read", issues="write", pull_requests="write")
    result = merged.run("schedule", token=token)
    assert result.code == 1
    assert "2 linked" not in result.summary.lower()
    assert "2 left for the next run" in result.summary.lower()
    assert result.outputs["changed"] == "0"


# ------------------------------------------------------------------------- nothing was found


def warnings(result_annotations: list[tuple[str, str, str]]) -> list[str]:
    return [text for level, _, text in result_annotations if level == "warning"]


@pytest.mark.parametrize(
    ("event", "glob"),
    [("push", "postmortem/**/*.md"), ("schedule", "incidents"), ("workflow_dispatch", "incidents/one.md")],
)
def test_a_glob_that_matches_nothing_is_a_warning_and_a_line_in_the_summary(
    merged: Workflow, event: str, glob: str
) -> None:
    merged.github.person("alice").push({CONFIG: f"documents: [postmortems/*.md, {glob}]\n"})
    result = merged.run(event)
    assert result.code == 0, result.log
    (told,) = warnings(result.annotations)
    assert glob in told
    assert "documents:" in told
    assert "there is no document at" in result.summary


def test_a_repository_without_any_postmortem_is_a_warning_and_not_a_green_silence(workflow: Workflow) -> None:
    result = workflow.run()
    assert result.code == 0, result.log
    assert ["postmortems/**/*.md" in told for told in warnings(result.annotations)] == [True]
    assert "there is no document at" in result.summary


def test_a_job_without_a_checkout_is_told_which_step_it_lacks(merged: Workflow) -> None:
    runner = merged.checkout()
    shutil.rmtree(runner.workspace)
    runner.workspace.mkdir()
    result = merged.run(runner=runner)
    assert any("actions/checkout" in told for told in warnings(result.annotations))
    assert "actions/checkout" in result.summary


@pytest.mark.parametrize("event", ["push", "schedule"])
def test_a_run_that_finds_nothing_fails_where_the_configuration_says_so(merged: Workflow, event: str) -> None:
    settings = "documents: [postmortems/*.md, wrong/*.md]\non_no_documents: fail\n"
    merged.github.person("alice").push({CONFIG: settings})
    result = merged.run(event)
    assert result.code == 1
    assert any(level == "error" and "wrong/*.md" in text for level, _, text in result.annotations)
    assert "wrong/\\*.md" in result.summary or "wrong/*.md" in result.summary
    assert result.outputs["created"] == "2", "what can be done is done"
    assert link(1) in merged.text(DOCUMENT)


@pytest.mark.parametrize(("word", "code", "level"), [("warn", 0, "warning"), ("fail", 1, "error")])
def test_a_glob_that_matches_nothing_is_told_on_a_pull_request_without_a_comment(
    workflow: Workflow, word: str, code: int, level: str
) -> None:
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    alice.push({CONFIG: f"documents: [wrong/*.md]\non_no_documents: {word}\n"})
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({"README.md": "# Shop, reworded\n"}, branch="feature")
    pull = alice.open_pull("Reword")
    result = workflow.run_pull(pull)
    assert result.code == code, result.log
    assert [(it, "wrong/*.md" in text) for it, _, text in result.annotations] == [(level, True)]
    assert "there is no document at" in result.summary
    assert not pull.comments


# ------------------------------------------------------------------------------ wrong inputs


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("write_back", "pull_request", ["push", "pull-request", "none"]),
        ("commit_on", "merges", ["all", "merge", "schedule"]),
        ("comment", "maybe", ["true", "false"]),
        ("dry_run", "si", ["true", "false"]),
        ("force", "please", ["true", "false"]),
    ],
)
def test_a_wrong_word_in_an_input_is_an_annotation_that_names_the_right_ones(
    merged: Workflow, name: str, value: str, words: list[str]
) -> None:
    result = merged.run(**{name: value})
    assert result.code == 2
    ((level, _, text),) = result.annotations
    assert level == "error"
    assert all(f"'{word}'" in text for word in (name.replace("_", "-"), value, *words))
    assert "Usage:" not in result.log
    assert text in re.sub(r"\\(.)", r"\1", result.summary)
    assert not merged.github.writes


def test_an_input_left_empty_is_as_if_it_were_not_given(merged: Workflow) -> None:
    result = merged.run(write_back="", commit_on="", comment="", dry_run="", force="")
    assert result.code == 0, result.log
    assert result.outputs["changed"] == "1"


def test_pip_failing_is_an_annotation_that_says_what_it_wants(merged: Workflow) -> None:
    runner = merged.checkout()
    (runner.folder / "pmsync").unlink()
    python = runner.folder / "python"
    python.write_text(
        f'#!/bin/bash\nif [ "$2" = pip ]; then echo no index >&2; exit 23; fi\n'
        f'exec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    result = merged.run(runner=runner, python=str(python))
    assert result.code == 1
    ((level, _, text),) = result.annotations
    assert level == "error"
    assert "pip" in text
    assert "index" in text
    assert not (runner.folder / "pmsync" / "installed.txt").exists()


# --------------------------------------------------------------------------------- comments


@pytest.fixture
def proposed(workflow: Workflow) -> Issue:
    """A pull request with a new postmortem."""
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push({DOCUMENT: POSTMORTEM}, branch="feature")
    return alice.open_pull("Add a postmortem")


def test_a_refusal_comes_first_in_a_comment_however_long_the_plan(
    workflow: Workflow, proposed: Issue
) -> None:
    items = "".join(f"- [ ] Do thing number {number} {'thoroughly ' * 15}\n" for number in range(400))
    text = POSTMORTEM.partition("- [ ]")[0] + items
    workflow.github.person("alice").push({DOCUMENT: text}, branch="feature")
    workflow.run_pull(proposed)
    (comment,) = proposed.comments
    assert "Cut here" in comment.body
    assert comment.body.count("sync refuses this plan") == 1
    assert comment.body.index("sync refuses this plan") < comment.body.index("Do thing number 1")
    assert comment.body.count("<details>") == comment.body.count("</details>") == 1


def test_a_comment_links_the_lines_of_the_pull_requests_own_commit(
    workflow: Workflow, proposed: Issue
) -> None:
    text = POSTMORTEM.partition("- [ ]")[0] + "- [ ] Alert on memory (owner: @ada, due: 2026-04-01)\n"
    workflow.github.person("alice").push({DOCUMENT: text}, branch="feature")
    workflow.run_pull(proposed)
    (comment,) = proposed.comments
    head = workflow.github.shop.git.head("feature")
    line = text.count("\n")
    assert f"[{line}](https://github.com/acme/shop/blob/{head}/{DOCUMENT}?plain=1#L{line})" in comment.body
    assert "| Alert on memory | ada | 2026-04-01 |" in comment.body


def old_run(workflow: Workflow, pull: Issue) -> tuple[Runner, dict[str, object]]:
    """The checkout and the payload of a run for the pull request as it is now."""
    git, head = workflow.github.shop.git, pull.pull
    assert head is not None
    payload = {
        "action": "synchronize",
        "number": pull.number,
        "pull_request": {
            "number": pull.number,
            "base": {"sha": git.head(head.base), "ref": head.base},
            "head": {"sha": git.head(head.head), "ref": head.head},
        },
    }
    return workflow.checkout(pull=pull), payload


def test_an_old_run_started_again_does_not_put_the_old_comment_back(
    workflow: Workflow, proposed: Issue
) -> None:
    runner, payload = old_run(workflow, proposed)
    assert workflow.run("pull_request", payload, runner=runner).code == 0
    newer = POSTMORTEM.replace("Alert a month", "Alert a whole month")
    workflow.github.person("alice").push({DOCUMENT: newer}, branch="feature")
    workflow.run_pull(proposed)
    before = [comment.body for comment in proposed.comments]
    writes = len(workflow.github.writes)
    again = workflow.run("pull_request", payload, runner=runner)
    assert again.code == 0, again.log
    assert [comment.body for comment in proposed.comments] == before
    assert "a whole month" in before[0]
    assert len(workflow.github.writes) == writes
    assert "has moved on" in again.summary


def test_a_run_for_a_pull_request_that_was_closed_meanwhile_leaves_its_comment(
    workflow: Workflow, proposed: Issue
) -> None:
    runner, payload = old_run(workflow, proposed)
    workflow.github.person("alice").close(proposed)
    assert workflow.run("pull_request", payload, runner=runner).code == 0
    assert not proposed.comments


# -------------------------------------------------------------------------------- proposals


@pytest.mark.parametrize("keeps_branch", [True, False])
@pytest.mark.parametrize("write_back", ["push", "pull-request"])
def test_a_proposal_that_a_person_closed_costs_no_writes(
    protected: Workflow, write_back: str, keeps_branch: bool
) -> None:
    protected.run(write_back=write_back)
    (pull,) = pulls(protected)
    alice = protected.github.person("alice")
    alice.close(pull)
    if not keeps_branch:
        alice.delete_branch(BRANCH)
    writes = len(protected.github.writes)
    for _ in range(2):
        result = protected.run("schedule", write_back=write_back)
        assert result.code == 0, result.log
        assert any(f"#{pull.number} was closed unmerged" in text for text in warnings(result.annotations))
    assert len(protected.github.writes) == writes
    assert not pull.is_open


def patch_in(summary: str) -> str:
    (patch,) = re.findall(r"(?s)```+diff\n(.*?)\n```+", summary)
    return str(patch) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        POSTMORTEM.replace("\n", "\r\n").encode(),
        POSTMORTEM.replace("ran out.", "ran out,\rand more.\r").encode(),
    ],
)
def test_the_patch_in_the_summary_is_taken_by_git_apply(protected: Workflow, content: bytes) -> None:
    protected.github.person("alice").push({DOCUMENT: content})
    protected.github.shop.actions_may_open_pulls = False
    runner = protected.checkout()
    result = protected.run(runner=runner)
    assert result.code == 1
    summary = (runner.folder / "summary.md").read_bytes().decode("utf-8")
    assert apply(runner.workspace, patch_in(summary).encode()) == written(protected)


def test_the_whole_patch_is_a_file_for_later_steps_whatever_its_bytes(protected: Workflow) -> None:
    content = POSTMORTEM.encode().replace(b"\nDate", b"\nCaf\xe9 \x1b[0m\r\n\nDate")
    content = content.replace(b"\n- [ ] Alert", b"\n  " + b"why " * 60_000 + b"\xff\n- [ ] Alert")
    protected.github.person("alice").push({DOCUMENT: content})
    protected.github.shop.actions_may_open_pulls = False
    runner = protected.checkout()
    result = protected.run(runner=runner)
    assert result.code == 1
    assert "the output `patch`" in result.summary
    patch = Path(result.outputs["patch"]).read_bytes()
    assert apply(runner.workspace, patch) == written(protected)


def apply(workspace: Path, patch: bytes) -> bytes:
    run(["git", "apply", "--whitespace=nowarn", "-"], cwd=workspace, input=patch, text=False)
    return (workspace / DOCUMENT).read_bytes()


def written(workflow: Workflow) -> bytes:
    return workflow.github.shop.git.file(BRANCH, DOCUMENT)
