"""When the next write may go out, so that GitHub never has to refuse one.

GitHub publishes two limits on requests that create content: 80 a minute and 500 an hour, on top of
the hourly number of requests of any kind ("Rate limits for the REST API", secondary limits). It also
asks for a second between writes; short bursts are let through in practice. What counts as creating
content is not spelt out, so every write to issues, comments, labels and pull requests does here.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from pmsync.errors import OutOfBudget
from pmsync.github.clock import Clock

BURST = 30
"""Writes that may go out back to back before the pace sets in."""
INTERVAL = 1.0
"""Seconds between writes after the burst."""
SLOWED_INTERVAL = 2.0
"""The same after the first refusal; it doubles with each further one, up to `SLOWEST_INTERVAL`."""
SLOWEST_INTERVAL = 16.0
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PER_MINUTE = 80
PER_HOUR = 500
MARGIN = timedelta(seconds=2)
"""Added to both windows: requests travel, and neither GitHub's clock nor its rounding is ours."""
WORTH_SAYING = 3.0
"""Waits from this many seconds on are announced one by one."""


def clock_time(moment: datetime) -> str:
    """Returns `moment` as it stands in a sentence."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


class Pace:
    """Lets writes through one at a time, each as early as the limits allow.

    Args:
        clock: what tells and passes the time.
        say: told about every wait, in a sentence.
        max_wait: no single wait is longer than so many seconds.
    """

    def __init__(self, clock: Clock, say: Callable[[str], None], max_wait: float) -> None:
        self._clock = clock
        self._say = say
        self._max_wait = max_wait
        self._burst = float(BURST)
        self._interval = INTERVAL
        self._credit = self._burst
        self._credited = clock.now()
        self._writes: list[datetime] = []
        self._earlier: list[datetime] = []
        self._told_of_pace = False

    def note_earlier(self, creations: Iterable[datetime]) -> None:
        """Counts content that was created, not through this pace, in place of what was noted before."""
        self._earlier = _since(creations, self._clock.now() - HOUR - MARGIN)

    def slow_down(self) -> None:
        """Takes notice of a refusal: no more bursts, and longer pauses, for the rest of the run."""
        refused_before = self._burst == 1
        self._interval = min(self._interval * 2, SLOWEST_INTERVAL) if refused_before else SLOWED_INTERVAL
        self._burst = 1.0
        self._credit = 0.0
        self._told_of_pace = False
        self._credited = self._clock.now()

    def admit(self) -> None:
        """Returns when one write may be sent, and counts it as sent.

        Raises:
            OutOfBudget: the wait would be longer than allowed.
        """
        self.await_turn()
        self._credit -= 1
        self._writes.append(self._credited)

    def await_turn(self) -> None:
        """Returns when one write may be sent: the moment to look at what it is to change.

        Raises:
            OutOfBudget: the wait would be longer than allowed.
        """
        while True:
            now = self._clock.now()
            self._gather_credit(now)
            ready, reason = self._ready_at(now)
            if ready <= now:
                return
            self._wait(ready, now, reason)

    def wait(self, seconds: float, reason: str) -> None:
        """Waits `seconds` for something else that GitHub asked for, within the same bound.

        Raises:
            OutOfBudget: that is longer than allowed.
        """
        now = self._clock.now()
        self._wait(now + timedelta(seconds=seconds), now, reason)

    def _gather_credit(self, now: datetime) -> None:
        earned = (now - self._credited).total_seconds() / self._interval
        self._credit = min(self._burst, self._credit + max(earned, 0.0))
        self._credited = now

    def _ready_at(self, now: datetime) -> tuple[datetime, str]:
        """Returns the earliest moment for the next write, and which limit sets it."""
        self._writes = _since(self._writes, now - HOUR - MARGIN)
        counted = sorted([*self._writes, *self._earlier])
        pause = timedelta(seconds=max(0.0, (1 - self._credit) * self._interval))
        return max(
            (now + pause, "GitHub asks for a pause between writes"),
            (_room_at(counted, PER_MINUTE, MINUTE, now), f"GitHub takes {PER_MINUTE} writes a minute"),
            (_room_at(counted, PER_HOUR, HOUR, now), f"GitHub takes {PER_HOUR} writes an hour"),
        )

    def _wait(self, until: datetime, now: datetime, reason: str) -> None:
        seconds = (until - now).total_seconds()
        if seconds > self._max_wait:
            raise OutOfBudget(
                f"{reason}: go on after {clock_time(until)}, or run with --wait to have that waited for; "
                "what was made so far is kept, and the next run takes up from there",
                resume_at=until,
            )
        if seconds >= WORTH_SAYING:
            self._say(f"waiting {seconds:.0f} s: {reason}")
        elif not self._told_of_pace:
            self._told_of_pace = True
            self._say(f"{reason}: going on at one every {self._interval:.0f} s")
        self._clock.sleep(seconds)


def _since(moments: Iterable[datetime], start: datetime) -> list[datetime]:
    return [moment for moment in moments if moment > start]


def _room_at(moments: list[datetime], limit: int, window: timedelta, now: datetime) -> datetime:
    """Returns when one more may follow the sorted `moments`: no `window` is to hold more than `limit`."""
    return now if len(moments) < limit else max(now, moments[-limit] + window + MARGIN)
