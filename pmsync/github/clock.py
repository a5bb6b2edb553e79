"""Time, as something that can be handed in: every wait and every age of a tracker goes through it."""

from datetime import datetime
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
