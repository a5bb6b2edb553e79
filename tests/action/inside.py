"""The action's second step with pmsync in this process: to start a Python takes longer than most runs.

The step's script runs as on a runner, in bash. What stands in for Python notes how it was called, and
pmsync is then called so. What only a process can show (its imports, two runs at once) takes
`python=sys.executable`.
"""

import contextlib
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from click.testing import CliRunner, Result

from pmsync.cli import main
from tests.github.clock import Clock
from tests.sync.world import unwaiting

_STAND_IN = f"""#!/bin/bash
case "$1 $2" in
  "-I -c") case "$3" in *version_info*) ;; *pathsep*) printf : ;; *) exit 99 ;; esac ;;
  "-I -VV") exec {shlex.quote(sys.executable)} -I -VV ;;
  "-m pmsync") printf '%s\\0' "${{@:3}}" > "$0.called"; env -0 > "$0.env" ;;
  *) exit 99 ;;
esac
"""


def make_python(folder: Path) -> Path:
    """Makes, in a folder of the runner's own, what stands in for Python."""
    program = folder / "python"
    program.write_text(_STAND_IN)
    program.chmod(0o755)
    return program


def run_noted(program: Path, workspace: Path, clock: Clock) -> tuple[int, str]:
    """Runs pmsync as `program` was called, if it was.

    Returns:
        Its exit code, and what it said on both streams.
    """
    called, environ = Path(f"{program}.called"), Path(f"{program}.env")
    if not called.exists():
        return 0, ""
    variables = dict(line.split("=", 1) for line in _read_all(environ))
    ran = run_inside(_read_all(called), workspace, variables, clock)
    called.unlink()
    return ran.exit_code, ran.output


def run_inside(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], clock: Clock) -> Result:
    """Runs `pmsync` in this process, with this environment alone, and without waiting."""
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.chdir(folder),
        unwaiting(clock.now, clock.sleep),
    ):
        return CliRunner().invoke(main, arguments, catch_exceptions=False)


def _read_all(file: Path) -> list[str]:
    return file.read_text().split("\0")[:-1]
