"""The process: `pmsync`, which `python -m pmsync` is as well."""

import os
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

from pmsync.errors import Interrupted
from pmsync.interruption import Interruption


def main() -> None:
    """Runs the command line; signals, however early or many, end it with an exit code and no traceback."""
    interruption = Interruption()
    try:
        try:
            interruption.catch()
            from pmsync.cli import main as command  # what takes its time comes after the handlers

            command(obj=interruption)
        finally:
            interruption.close()
    except BaseException as end:
        interruption.close()  # a signal may have struck within, before it closed anything
        if not interruption():
            raise
        if isinstance(end, Exception):
            traceback.print_exception(end)
        _end(Interrupted.exit_code)


def _end(code: int) -> NoReturn:
    """Ends the process with `code`, and nothing else.

    Python ends itself by SIGINT instead, once an interrupt has left an `exec` (by which dataclasses are
    made), though it was caught (`exit_sigint` in CPython's `Modules/main.c`).
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
