"""What a GitHub runner is told: workflow commands, outputs, the job's summary.

Whatever a line of output says, the runner acts on some of them. So untrusted text reaches it only
escaped, as a command's message, or while commands are switched off.
"""

import enum
import json
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pmsync.errors import UsageError
from pmsync.markdown import command, fit

MAX_ANNOTATIONS = 10
"""How many annotations of one level GitHub shows for a step ("Usage limits" of GitHub Actions)."""

MAX_SUMMARY = 1_000_000
"""Bytes; a step's summary above 1 MiB is thrown away whole ("Workflow commands", job summaries)."""

_CUT = "Cut here: the run's JSON result has the rest."


class Level(enum.StrEnum):
    """How grave an annotation is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An annotation: something said of a line of a document, or of none."""

    level: Level
    text: str
    title: str = ""
    document: str = ""
    line: int | None = None


def as_command(note: Note) -> str:
    """Returns the workflow command that makes an annotation."""
    return command(note.level, note.text, title=note.title, file=note.document, line=str(note.line or ""))


def as_commands(notes: Sequence[Note]) -> list[str]:
    """Returns the commands for as many notes as GitHub shows, and one that counts the rest.

    The gravest level comes first; of a level with too many notes the last place goes to the count.
    """
    commands = []
    for level in Level:
        here = [note for note in notes if note.level is level]
        if len(here) > MAX_ANNOTATIONS:
            rest = len(here) - MAX_ANNOTATIONS + 1
            here = here[: MAX_ANNOTATIONS - 1]
            here.append(Note(level=level, text=f"and {rest} more: see the job's summary"))
        commands += [as_command(note) for note in here]
    return commands


def as_output(name: str, value: str) -> str:
    """Returns the lines that set an output ("Workflow commands", multiline strings).

    Their end cannot be guessed, nor so forged by `value`.
    """
    end = f"pmsync-{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


@dataclass(frozen=True, slots=True)
class Runner:
    """The runner that a step runs on, as its environment describes it.

    Attributes:
        environ: the step's environment.
        stream: where the runner reads commands.
    """

    environ: Mapping[str, str]
    stream: TextIO

    @property
    def event(self) -> str:
        """The name of the event."""
        return self.environ.get("GITHUB_EVENT_NAME", "")

    @property
    def ref(self) -> str:
        """What is checked out."""
        return self.environ.get("GITHUB_REF", "")

    def read_payload(self) -> dict[str, Any]:
        """Returns what GitHub says of the event.

        Raises:
            UsageError: there is no such file, or it is no JSON object.
        """
        path = self.environ.get("GITHUB_EVENT_PATH", "")
        try:
            payload = json.loads(Path(path).read_bytes())
        except (OSError, ValueError):
            payload = None
        if not isinstance(payload, dict):
            raise UsageError(
                "the event's payload cannot be read: 'pmsync action' runs in a GitHub workflow, where "
                "GITHUB_EVENT_PATH names it"
            )
        return payload

    def folder(self) -> Path:
        """Returns the folder for a run's files, outside the repository."""
        return Path(self.environ.get("RUNNER_TEMP") or self.environ.get("TMPDIR") or "/tmp")  # noqa: S108

    @contextmanager
    def commands_off(self) -> Iterator[None]:
        """Makes the runner take every line for what it is: text."""
        token = secrets.token_hex(16)
        print(f"::stop-commands::{token}", file=self.stream, flush=True)
        try:
            yield
        finally:
            sys.stderr.flush()
            print(f"::{token}::", file=self.stream, flush=True)

    def say(self, text: str) -> None:
        """Writes to the step's log. Only while commands are off may `text` be untrusted."""
        print(text.rstrip("\n"), file=self.stream, flush=True)

    def annotate(self, notes: Sequence[Note]) -> None:
        """Makes annotations."""
        for line in as_commands(notes):
            print(line, file=self.stream, flush=True)

    def set_outputs(self, outputs: Mapping[str, str]) -> None:
        """Sets the step's outputs."""
        self._append("GITHUB_OUTPUT", "".join(as_output(name, value) for name, value in outputs.items()))

    def summarize(self, text: str) -> None:
        """Adds Markdown to the job's summary."""
        self._append("GITHUB_STEP_SUMMARY", fit(text, MAX_SUMMARY, _CUT).rstrip("\n") + "\n")

    def _append(self, variable: str, text: str) -> None:
        path = self.environ.get(variable)
        if path:
            with Path(path).open("a", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
