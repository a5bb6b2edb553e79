"""The process: `pmsync`, which `python -m pmsync` is as well."""

import sys
import traceback

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
        sys.exit(Interrupted.exit_code)


if __name__ == "__main__":
    main()
