"""`make demo`: what a newcomer sees first fits on one screen, asks nothing, and leaves nothing behind."""

import os
from pathlib import Path

from tests.children import run
from tests.terminal import rows, show

ROOT = Path(__file__).parents[1]
DEMO = ROOT / ".github/scripts/demo"
COLUMNS, ROWS = 80, 40


def test_on_a_terminal_the_demo_fits_on_one_screen_and_waits_for_no_answer(tmp_path: Path) -> None:
    shown = show([str(DEMO)], columns=COLUMNS, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert rows(shown, COLUMNS) < ROWS, shown
    for said in ("create", "{+([#", "closed", "followed", "follow-ups open"):
        assert said in shown
    assert not list(tmp_path.iterdir())


def test_in_a_pipe_the_demo_is_as_short_and_leaves_the_clone_clean(tmp_path: Path) -> None:
    status = ["git", "status", "--porcelain"]
    before = run(status, cwd=ROOT, check=False).stdout
    shown = run([str(DEMO)], env=os.environ | {"TMPDIR": str(tmp_path)}).stdout
    assert len(shown.splitlines()) < ROWS, shown
    assert "\x1b" not in shown
    assert run(status, cwd=ROOT, check=False).stdout == before
