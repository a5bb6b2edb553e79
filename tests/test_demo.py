"""`make demo`: what a newcomer sees first fits on one screen, asks nothing, and leaves nothing behind."""

import os
import pty
import re
import subprocess
from pathlib import Path

from rich.cells import cell_len

from tests.children import run, running

ROOT = Path(__file__).parents[1]
DEMO = ROOT / ".github/scripts/demo"
COLUMNS, ROWS = 80, 40

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_a_terminal(folder: Path) -> str:
    """Runs the demo on a terminal of 80 columns whose user types nothing, and returns all that was shown."""
    ours, its = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "TERM"}
    environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "TMPDIR": str(folder)}
    with running([str(DEMO)], env=environ, stdin=its, stdout=its, stderr=subprocess.PIPE) as child:
        os.close(its)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        _, said = child.communicate()
    os.close(ours)
    assert child.returncode == 0, said
    return shown.decode()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux says so where a terminal's other end is closed
        return b""


def rows(text: str) -> int:
    """How many rows of a terminal a text takes."""
    lines = _CONTROL.sub("", text).rstrip("\r\n").split("\n")
    return sum(max(1, -(-cell_len(line.rstrip("\r")) // COLUMNS)) for line in lines)


def test_on_a_terminal_the_demo_fits_on_one_screen_and_waits_for_no_answer(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path)
    assert rows(shown) < ROWS, shown
    for said in ("create", "{+([#", "closed", "followed", "follow-ups open"):
        assert said in shown
    assert not list(tmp_path.iterdir())


def test_in_a_pipe_the_demo_is_as_short_and_leaves_the_clone_clean(tmp_path: Path) -> None:
    status = ["git", "status", "--porcelain"]
    before = run(status, cwd=ROOT, check=False).stdout
    environ = os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": str(COLUMNS)}
    shown = run([str(DEMO)], env=environ).stdout
    assert len(shown.splitlines()) < ROWS, shown
    assert "\x1b" not in shown
    assert run(status, cwd=ROOT, check=False).stdout == before
