"""A runner for `action.yml`: its expressions, its files, its shell, and its reading of the log.

Only what the action uses is known, so that a new expression or key fails loudly.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from tests import children
from tests.action.expressions import as_text, evaluate, interpolate
from tests.action.inside import make_python, run_noted
from tests.github.clock import Clock

ROOT = Path(__file__).parents[2]
"""The action's own folder, as the runner would have downloaded it."""

_COMMAND = re.compile(r"::([a-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)", re.DOTALL)
_OLD_COMMAND = re.compile(r"##\[([a-z-]+)( [^\]]*)?\](.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command that the runner would have carried out."""

    name: str
    properties: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run of the action left behind."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    commands: tuple[Command, ...]
    uploads: tuple[Mapping[str, str], ...] = ()

    @property
    def annotations(self) -> list[tuple[str, str, str]]:
        """Level, `file:line` and text of each."""
        return [
            (it.name, f"{it.properties.get('file', '')}:{it.properties.get('line', '')}", it.text)
            for it in self.commands
        ]


def read_log(log: str) -> tuple[Command, ...]:
    """Returns the commands that a runner finds in a log, as it does: line by line, unless stopped."""
    commands: list[Command] = []
    stopped: str | None = None
    for line in re.split(r"\r\n|\n|\r", log):
        found = _COMMAND.fullmatch(line.lstrip())
        if stopped is not None:
            if line.strip().startswith(f"::{stopped}::"):
                stopped = None
        elif found and found[1] == "stop-commands":
            stopped = found[3]
        elif found:
            properties = dict(pair.split("=", 1) for pair in (found[2] or "").split(",") if pair)
            values = {name: _unescape(value) for name, value in properties.items()}
            commands.append(Command(found[1], values, _unescape(found[3])))
        elif old := _OLD_COMMAND.search(line):
            commands.append(Command(old[1], {}, old[3]))
    return tuple(commands)


def _unescape(text: str) -> str:
    return unquote(re.sub("%(?!0D|0A|25|3A|2C)", "%25", text))


@dataclass(slots=True)
class Runner:
    """A machine with a checked-out repository.

    Attributes:
        workspace: the checkout.
        folder: for the runner's own files.
        environ: what GitHub says of itself, and of the event.
        token: the job's.
        clock: of the world that pmsync runs in, where it runs in this process.
    """

    workspace: Path
    folder: Path
    environ: dict[str, str]
    token: str
    clock: Clock = field(default_factory=Clock)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, event: str, payload: Mapping[str, Any], *, python: str = "", **inputs: str) -> Result:
        """Runs the action for an event. Inputs are named with `_` for `-`.

        Without `python`, pmsync runs in this process: see `tests.action.inside`.
        """
        inputs["python"] = python or str(make_python(self.folder))
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        known = action["inputs"]
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= known.keys()
        context = {f"inputs.{name}": given.get(name, known[name]["default"]) for name in known}
        context = {name: interpolate(str(value), self._known("", {})) for name, value in context.items()}
        payload_file = self.folder / "event.json"
        payload_file.write_text(json.dumps(payload))
        summary = self.folder / "summary.md"
        summary.write_text("")
        code, logs = 0, []
        uploads: list[Mapping[str, str]] = []
        for index, step in enumerate(action["runs"]["steps"]):
            assert step.keys() <= {
                "name",
                "id",
                "shell",
                "env",
                "run",
                "if",
                "uses",
                "with",
                "continue-on-error",
            }
            known = self._known(event, context)
            if not evaluate(step["if"], known) if "if" in step else code:
                continue
            if "uses" in step:
                uploads.append(self._upload(step, known, len(uploads)))
                continue
            failed, log = self._step(index, step, event, payload_file, summary, context)
            code = code or failed
            logs.append(log)
        log = "".join(logs)
        outputs = {
            name: interpolate(output["value"], self._known(event, context))
            for name, output in action["outputs"].items()
        }
        return Result(
            code=code,
            log=log,
            outputs=outputs,
            summary=summary.read_text(),
            commands=read_log(log),
            uploads=tuple(uploads),
        )

    def _known(self, event: str, context: Mapping[str, str]) -> Mapping[str, Any]:
        """What expressions of a step may look up."""
        return {
            "inputs": {name.removeprefix("inputs."): value for name, value in context.items()},
            "steps": {step: {"outputs": outputs} for step, outputs in self.outputs.items()},
            "github": {
                "token": self.token,
                "event_name": event,
                "server_url": self.environ.get("GITHUB_SERVER_URL", ""),
            },
        }

    def _upload(self, step: Mapping[str, Any], known: Mapping[str, Any], number: int) -> Mapping[str, str]:
        """Keeps a file as the one other action that is used would; returns what that was told."""
        assert re.fullmatch(r"actions/upload-artifact@[0-9a-f]{40}", step["uses"])
        told = {name: interpolate(as_text(value), known) for name, value in step["with"].items()}
        assert Path(told["path"]).is_file()
        url = f"https://github.com/acme/shop/actions/runs/1/artifacts/{number + 1}"
        self.outputs[step["id"]] = {"artifact-url": url}
        return told

    def _step(
        self,
        index: int,
        step: Mapping[str, Any],
        event: str,
        payload: Path,
        summary: Path,
        context: Mapping[str, str],
    ) -> tuple[int, str]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "a script must take what varies from its environment"
        script, output = self.folder / f"{index}.sh", self.folder / f"{index}.output"
        script.write_text(step["run"])
        output.write_text("")
        environ = self.environ | {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "RUNNER_TEMP": str(self.folder),
        }
        known = self._known(event, context)
        environ |= {name: interpolate(str(value), known) for name, value in step.get("env", {}).items()}
        done = children.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=environ,
            stderr=subprocess.STDOUT,
            text=False,
            check=False,
        )
        code, log = done.returncode, done.stdout.decode("utf-8", "replace")
        if not code:
            code, more = run_noted(Path(context["inputs.python"]), self.workspace, self.clock)
            log += more
        if "id" in step:
            self.outputs[step["id"]] = read_outputs(output.read_text())
        return code, log


def read_outputs(text: str) -> dict[str, str]:
    """Reads what a step wrote to `GITHUB_OUTPUT`, as the runner does."""
    outputs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, marker, end = line.partition("<<")
        if marker:
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            else:
                raise AssertionError(f"the output {name} has no end")
            outputs[name] = "\n".join(value)
        elif line:
            name, _, plain = line.partition("=")
            outputs[name] = plain
    return outputs


def base_environ() -> dict[str, str]:
    """Returns the environment of a fresh machine."""
    names = ("PATH", "HOME", "TZ", "TERM", "LANG", "NO_PROXY")
    return {name: os.environ[name] for name in names if name in os.environ}
