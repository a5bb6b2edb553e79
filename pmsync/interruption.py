"""Ctrl-C and SIGTERM: a question that can be asked, and an end that cannot be missed.

Python calls a signal's handler between any two steps of the program, within another handler too. So a
handler takes no lock, and what it counts with is one step of its own; what waits looks at its flag.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from types import FrameType

from pmsync.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)

GRACE = 2.0
"""Seconds that the process has, after a second signal, to end by itself; a GitHub runner kills it soon."""

_GLANCE = 0.1
"""Seconds between two looks at the flag."""


class Interruption:
    """The signals of one process or run, and the clock whose waits they break off.

    A signal raises `KeyboardInterrupt`; while armed the first only sets a flag, and the second raises. It is
    raised once: further signals disturb nobody who is telling or tidying up because of it.
    """

    def __init__(self) -> None:
        self._signals = count(1)
        self._raises = count(1)
        self._is_asked = False
        self._is_armed = False
        self._is_finishing = False
        self._is_closed = False

    def __call__(self) -> bool:
        """Whether it was asked to stop."""
        return self._is_asked

    def catch(self) -> None:
        """Takes the signals from now to the end of the process, whatever that hangs in.

        What the handlers cannot reach (a look-up of a host, a callback that loses exceptions) is ended by a
        thread that is told of every signal by the system's own handler.
        """
        reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        threading.Thread(target=_end_after_two, args=(reader,), daemon=True).start()
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        sys.unraisablehook = self._lose
        for number in SIGNALS:
            signal.signal(number, self._note)

    def close(self) -> None:
        """Lets no later signal change how the process ends: all is done and told."""
        self._is_closed = True  # first: from here on none raises, and no `armed` that ends late undoes it
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """For the time of the block the first signal is only noted, by whoever asks."""
        self._is_armed = True
        before = {number: signal.signal(number, self._note) for number in SIGNALS}
        try:
            yield
        finally:
            self._is_armed = False
            # Struck on its way out, this runs when the generator is collected: then Python may be closing.
            for number, handler in before.items() if not self._is_closed else ():
                signal.signal(number, handler)

    @contextmanager
    def disarmed(self) -> Iterator[None]:
        """For the time of the block every signal raises again, as while a person is asked something."""
        was_armed, self._is_armed = self._is_armed, False
        try:
            yield
        finally:
            self._is_armed = was_armed

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """For the time of the block waits are seen through: only a second signal breaks anything off."""
        self._is_finishing = True
        try:
            yield
        finally:
            self._is_finishing = False

    def now(self) -> datetime:
        """Returns the present in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Waits, unless it was or is asked to stop; while finishing, in any case.

        Raises:
            Interrupted: it was.
        """
        end = time.monotonic() + seconds
        while self._is_finishing or not self._is_asked:
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _GLANCE))
        raise Interrupted("interrupted while waiting")

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_asked = True
        is_first = next(self._signals) == 1
        if not self._is_closed and not (is_first and self._is_armed) and next(self._raises) == 1:
            raise KeyboardInterrupt

    def _lose(self, lost: "sys.UnraisableHookArgs") -> None:
        """Where Python drops an interrupt, as in a finalizer, nothing is said; the next is raised anew."""
        if lost.exc_type is KeyboardInterrupt:
            self._raises = count(1)
        else:
            sys.__unraisablehook__(lost)


def _end_after_two(reader: socket.socket) -> None:
    """Ends the process some time after its second signal, if it has not ended by itself."""
    for _ in range(2):
        reader.recv(1)
    time.sleep(GRACE)
    os._exit(Interrupted.exit_code)
