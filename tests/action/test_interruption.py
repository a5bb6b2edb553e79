"""A cancelled run writes back what it made, and tells it; only a second signal breaks that off."""

import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from pmsync.action import Runner, Settings, act
from pmsync.errors import Interrupted
from pmsync.interruption import Interruption
from pmsync.session import open_session
from tests.action.conftest import Workflow
from tests.action.harness import Result, read_log, read_outputs
from tests.action.test_action import DOCUMENT, POSTMORTEM, link, ref_updates
from tests.github.faults import Request


def creations(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/issues")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def waits() -> Iterator[mock.Mock]:
    """What was waited for while finishing, without waiting."""
    with mock.patch("pmsync.interruption.time") as time:
        time.monotonic = lambda: sum(call.args[0] for call in time.sleep.mock_calls)
        yield time.sleep


@pytest.fixture
def merged(workflow: Workflow) -> Workflow:
    workflow.github.person("alice").push({DOCUMENT: POSTMORTEM})
    return workflow


def run(workflow: Workflow) -> Result:
    """Runs the action's Python in this very process, where a signal can be told to arrive."""
    checkout = workflow.checkout()
    names = ("event.json", "outputs", "summary")
    event, outputs, summary = (checkout.folder / name for name in names)
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
    environ = checkout.environ | {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_TOKEN": workflow.github.token,
        "RUNNER_TEMP": str(checkout.folder),
    }
    stream = io.StringIO()
    code = act(
        Runner(environ, stream),
        Settings,
        lambda: open_session(environ=environ, base=Path(checkout.workspace)),
    )
    log = stream.getvalue()
    return Result(
        code=code,
        log=log,
        outputs=read_outputs(outputs.read_text()),
        summary=summary.read_text(),
        commands=read_log(log),
    )


def test_a_cancelled_run_writes_back_and_tells_what_it_made(merged: Workflow, waits: mock.Mock) -> None:
    merged.github.meanwhile(interrupt, of=creations)
    push: dict[str, str | bytes | None] = {"elsewhere.md": "moved meanwhile"}
    merged.github.meanwhile(lambda: merged.github.person("alice").push(push), of=ref_updates)
    result = run(merged)
    assert result.code == 130
    assert waits.called, "a wait is seen through"
    assert link(1) in merged.text(DOCUMENT)
    assert link(2) not in merged.text(DOCUMENT)
    assert result.outputs["created"] == "1"
    assert Path(result.outputs["json"]).exists()
    assert "1 created" in result.summary.lower()
    assert [level for level, _, text in result.annotations if "interrupted" in text] == ["error"]


def test_a_second_signal_breaks_the_write_back_off_and_tells_it(merged: Workflow) -> None:
    merged.github.meanwhile(interrupt, of=creations)
    merged.github.meanwhile(interrupt, of=ref_updates)
    result = run(merged)
    assert result.code == 130
    assert "Traceback" not in result.log
    assert result.outputs["created"] == "1"
    assert any("before all documents were written back" in text for _, _, text in result.annotations)


def test_a_signal_breaks_a_wait_off_unless_it_finishes(waits: mock.Mock) -> None:
    interruption = Interruption()
    with interruption.armed():
        interrupt()
        with interruption.finishing():
            interruption.sleep(7)
        assert sum(call.args[0] for call in waits.mock_calls) == pytest.approx(7)
        with pytest.raises(Interrupted):
            interruption.sleep(7)
        with interruption.finishing(), pytest.raises(KeyboardInterrupt):
            interrupt()
