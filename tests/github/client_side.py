"""What only the client can feel: being killed, and waiting for an answer that does not come.

A client in this process cannot be killed by a signal, and its real time-out would cost real seconds. So
its HTTP connections are made to say that they are in this process; the server then only notes what
should happen to it, closes, and the connection raises it. A client in another process gets the real
thing: silence for as long as it listens, or whatever `front.on_kill` does (such as `os.kill`).
"""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Literal
from unittest import mock

import urllib3.connection

from tests.github.faults import Front

HEADER = "X-Test-In-Process"

Fate = Literal["kill", "slow"]
_fates: dict[tuple[int, int], Fate] = {}


class Killed(BaseException):
    """The client's process is gone: nothing may catch this but the test."""


def doom(server_port: int, client_port: int, fate: Fate) -> None:
    """Notes, in the server, what the client at the other end of a connection is to feel."""
    _fates[server_port, client_port] = fate


@contextmanager
def mortal_connections() -> Iterator[None]:
    """Makes this process's HTTP connections feel kills and time-outs, at once."""
    connection = urllib3.connection.HTTPConnection
    end_headers, get_response = connection.endheaders, connection.getresponse

    def say_where(self: urllib3.connection.HTTPConnection, *args: object, **named: object) -> None:
        self.putheader(HEADER, "1")
        end_headers(self, *args, **named)  # type: ignore[arg-type]

    def feel(self: urllib3.connection.HTTPConnection) -> object:
        ports = (self.sock.getpeername()[1], self.sock.getsockname()[1]) if self.sock else (0, 0)
        try:
            return get_response(self)
        except (OSError, HTTPException):
            fate = _fates.pop(ports, None)
            if fate == "kill":
                raise Killed from None
            if fate == "slow":
                raise TimeoutError("timed out") from None
            raise

    with mock.patch.multiple(connection, endheaders=say_where, getresponse=feel):
        yield


def run_mortal(front: Front, work: Callable[[], object]) -> int | None:
    """Runs `work` in a child process that the kill faults really kill.

    Unlike `Killed`, nothing of it survives: no `finally`, no `atexit`. The child keeps nothing in memory
    for the parent; look at files and at the server.

    Returns:
        None if it was killed, else 0, or 1 where `work` raised (its traceback is then on stderr).
    """
    with warnings.catch_warnings():  # forking beside the server's thread: the child never touches its locks
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        code = 1
        try:
            with mock.patch.object(urllib3.connection.HTTPConnection, "putheader", _without_header):
                work()
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        except BaseException:  # noqa: BLE001 - whatever it was, it must not run the parent's tests again
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    front.on_kill = lambda: os.kill(child, 9)
    status = None
    try:
        _, status = os.waitpid(child, 0)
    finally:
        front.on_kill = None
        if status is None:  # the test was given up
            os.kill(child, 9)
            os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


_put_header = urllib3.connection.HTTPConnection.putheader


def _without_header(self: urllib3.connection.HTTPConnection, header: str, *values: str) -> None:
    if header != HEADER:
        _put_header(self, header, *values)
