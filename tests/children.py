"""Child processes: none outlasts the test that started it, and none is waited for without end."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PATIENCE = 120.0
"""Seconds that a child gets, on a machine however busy: against hanging, not against being slow."""


def note_installed(lock: Path, libraries: Path) -> None:
    """Notes as the action does that `libraries` holds what the lock names, for this Python."""
    python = run([sys.executable, "-I", "-VV"]).stdout
    (libraries / "installed.txt").write_text(python + lock.read_text("utf-8"), "utf-8")


@contextmanager
def running(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = subprocess.PIPE,
    stderr: int | IO[Any] | None = subprocess.PIPE,
    text: bool = True,
) -> Iterator[subprocess.Popen[Any]]:
    """Runs a command beside the block; after it the command is killed, with all that it started."""
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, text=text, process_group=0
    ) as child:
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def run(
    command: Sequence[str],
    *,
    input: str | bytes | None = None,  # noqa: A002 - as in subprocess
    timeout: float = PATIENCE,
    check: bool = True,
    text: bool = True,
    **named: Any,
) -> subprocess.CompletedProcess[Any]:
    """Runs a command to its end, as `subprocess.run` does, and returns what it printed."""
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    with running(command, stdin=stdin, text=text, **named) as child:
        out, err = child.communicate(input, timeout=timeout)
    done = subprocess.CompletedProcess(command, child.returncode, out, err)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)} exited {done.returncode}\n{out!r}\n{err!r}")
    return done
