"""Two configurations of one repository: each has its own proposal and comment, and leaves the other's."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.action.conftest import Workflow
from tests.action.harness import Result
from tests.action.test_action import POSTMORTEM, link, pulls
from tests.github.state import Issue, Protection

FIRST, SECOND = "postmortems/a.md", "payments/postmortems/b.md"
OTHER = ".github/pmsync-payments.yml"
CONFIGS: dict[str, str | bytes | None] = {
    ".github/pmsync.yml": "documents: [postmortems/*.md]\n",
    OTHER: "documents: [payments/postmortems/*.md]\n",
}
TEXTS: dict[str, str | bytes | None] = {
    FIRST: POSTMORTEM,
    SECOND: POSTMORTEM.replace("certificate", "card"),
}


@pytest.fixture(params=["", "label: payments\n"], ids=["one label", "two labels"])
def both(workflow: Workflow, request: pytest.FixtureRequest) -> Workflow:
    """A protected repository of two teams, each with its own configuration."""
    workflow.github.person("alice").push(CONFIGS | TEXTS | {OTHER: f"{CONFIGS[OTHER]!s}{request.param}"})
    workflow.github.shop.protections["main"] = Protection()
    return workflow


def run_both(workflow: Workflow, event: str = "push", **inputs: str) -> tuple[Result, Result]:
    results = workflow.run(event, **inputs), workflow.run(event, config=OTHER, **inputs)
    assert [result.code for result in results] == [0, 0], results[0].log + results[1].log
    return results


def head_of(pull: Issue) -> str:
    assert pull.pull
    return pull.pull.head


@pytest.mark.parametrize("write_back", ["push", "pull-request"])
def test_each_configuration_has_a_proposal_that_the_other_neither_rebuilds_nor_closes(
    both: Workflow, write_back: str
) -> None:
    first, second = run_both(both, write_back=write_back)
    one, two = pulls(both)
    assert (first.outputs["pull-request"], second.outputs["pull-request"]) == (
        str(one.number),
        str(two.number),
    )
    assert (head_of(one), head_of(two) != head_of(one)) == ("pmsync/write-back", True)
    assert "payments" in head_of(two)
    assert link(1) in both.text(FIRST, head_of(one))
    assert "/issues/" not in both.text(SECOND, head_of(one))
    assert "/issues/" not in both.text(FIRST, head_of(two))
    assert "/issues/" in both.text(SECOND, head_of(two))
    writes = len(both.github.writes)
    for _ in range(2):
        run_both(both, "schedule", write_back=write_back)
    assert len(both.github.writes) == writes
    assert [pull.is_open for pull in pulls(both)] == [True, True]


def test_a_merged_proposal_leaves_the_other_open(both: Workflow) -> None:
    run_both(both)
    one, two = pulls(both)
    both.github.person("alice").merge(one)
    run_both(both, "schedule")
    assert pulls(both) == [one, two]
    assert two.is_open
    both.github.person("alice").merge(two)
    run_both(both, "schedule")
    assert len(both.github.shop.live_issues) == 4
    assert ["/issues/" in both.text(document) for document in (FIRST, SECOND)] == [True, True]


def test_the_branch_may_have_the_name_that_rules_prescribe(both: Workflow) -> None:
    settings = f"{CONFIGS[OTHER]!s}write_back_branch: bot/payments/links\n"
    both.github.person("alice").push({OTHER: settings})
    _, second = run_both(both)
    one, two = pulls(both)
    assert [head_of(one), head_of(two)] == ["pmsync/write-back", "bot/payments/links"]
    written = json.loads(Path(second.outputs["json"]).read_text())["written"]
    assert (written["branch"], written["documents"]) == ("bot/payments/links", [SECOND])
    assert written["pull_request"]["number"] == two.number
    assert written["commit"] == both.log("bot/payments/links")[0]


def test_a_proposal_of_that_name_is_not_previewed(both: Workflow) -> None:
    both.github.person("alice").push({".github/pmsync.yml": "write_back_branch: bot/links\n"})
    assert both.run().code == 0
    (pull,) = pulls(both)
    shop = {"repo": {"id": 1}}
    head = {"ref": head_of(pull)} | shop
    payload: dict[str, Any] = {"number": pull.number, "body": pull.body, "base": shop, "head": head}
    result = both.run("pull_request", {"pull_request": payload}, runner=both.checkout(pull=pull))
    assert "this is pmsync's own write-back" in result.log
    assert not pull.comments


def test_the_default_branch_is_never_where_proposals_stand(both: Workflow) -> None:
    both.github.person("alice").push({".github/pmsync.yml": "write_back_branch: main\n"})
    before = both.log()
    result = both.run()
    assert result.code == 1
    assert any("write_back_branch" in text for _, _, text in result.annotations)
    assert both.log() == before


def test_the_usual_configuration_named_by_its_path_is_the_same_one(both: Workflow) -> None:
    both.run()
    writes = len(both.github.writes)
    result = both.run("schedule", config=".github/pmsync.yml")
    assert result.code == 0, result.log
    assert len(both.github.writes) == writes
    assert result.outputs["pull-request"] == str(pulls(both)[0].number)


def test_each_configuration_keeps_its_own_comment_on_a_pull_request(workflow: Workflow) -> None:
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    alice.push(CONFIGS)
    git.set_ref("refs/heads/feature", git.head("main") or "")
    alice.push(TEXTS, branch="feature")
    pull = alice.open_pull("Add two postmortems")
    for _ in range(2):
        for config in ("", OTHER):
            assert workflow.run_pull(pull, config=config).code == 0
    bodies = [comment.body for comment in pull.comments]
    assert [("certificate" in body, "card" in body) for body in bodies] == [(True, False), (False, True)]
    assert len([it for it in workflow.github.writes if "/comments" in it.path]) == 2


def test_both_in_one_job_leave_their_results_side_by_side(both: Workflow) -> None:
    runner = both.checkout()
    paths = [both.run(runner=runner, config=config).outputs["json"] for config in ("", OTHER)]
    created = [json.loads(Path(path).read_text())["summary"] for path in paths]
    assert created == [{"create": 2}, {"create": 2}]
