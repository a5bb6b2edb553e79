"""A terminal of so many columns, whose user types nothing."""

import os
import pty
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

from tests.children import running

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def show(command: Sequence[str], *, columns: int, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """Runs a command to its end and returns what the terminal got, colours and all."""
    ours, its = pty.openpty()
    environ = {**env, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    with running(command, cwd=cwd, env=environ, stdin=its, stdout=its) as child:
        os.close(its)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        _, said = child.communicate()
    os.close(ours)
    assert child.returncode == 0, said
    return shown.decode().replace("\r\n", "\n")


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux says so where a terminal's other end is closed
        return b""


def rows(text: str, columns: int) -> int:
    """How many rows of a terminal a text takes."""
    lines = _CONTROL.sub("", text).rstrip("\n").split("\n")
    return sum(max(1, -(-cell_len(line) // columns)) for line in lines)
