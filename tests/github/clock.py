"""A clock that tests turn by hand, so that an hour's wait takes no time."""

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Time as the server and the client under test both see it.

    Pass `clock.time` and `clock.sleep` to the client in place of the `time` module's.

    Attributes:
        sleeps: every wait asked for, in seconds, in order.
    """

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._now

    def time(self) -> float:
        """The same as seconds since 1970, as `time.time` gives it."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Waits, as `time.sleep` does, without taking time."""
        self.sleeps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Lets time pass without anybody having asked for it."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
