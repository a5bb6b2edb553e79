"""Time, as something that can be handed in: every wait and every age of a tracker goes through it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and passes it.

    An implementer of `sleep` may raise to break off the wait (an interrupt); no request is under way
    at that moment.
    """

    def now(self) -> datetime:
        """Returns the present, with a time zone."""
        ...

    def sleep(self, seconds: float) -> None:
        """Returns after `seconds`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Returns the present in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Blocks for `seconds`."""
        time.sleep(seconds)
