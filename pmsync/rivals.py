"""Another run that makes the same issues at the same moment: the numbers between our own tell of it.

GitHub gives no lock, and an issue that was just made is in no list. But numbers are given out in order, so
what another run makes while this one does lies between two issues of ours.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pmsync.errors import Interrupted, TrackerError
from pmsync.model import Draft, Issue, Outcome
from pmsync.reconcile.markers import Key, find_blocks
from pmsync.trackers.base import Tracker

_MOST_BETWEEN = 20
"""Numbers that are read between two of ours: where there are more, most are other people's."""


class Rivals:
    """Watches a run's creations for those of another run.

    Args:
        tracker: where issues are made.
        drafts: all that this run will make.
        newest: the highest number known before; None where that is not known.
        counts: whether the marker of an issue counts.
    """

    def __init__(
        self, tracker: Tracker, drafts: Iterable[Draft], newest: int | None, counts: Callable[[Issue], bool]
    ) -> None:
        self._tracker = tracker
        self._wanted = frozenset[Key]().union(*(_keys(draft.body) for draft in drafts))
        self._newest = newest
        self._counts = counts
        self._made: dict[Key, int] = {}

    def find_ahead(self, made: Issue) -> Issue | None:
        """Returns another run's issue for one of the same items, made before this run's; None as a rule.

        Args:
            made: what this run has just made. Each is to be told.

        Raises:
            Interrupted: while it looked.
        """
        self._made |= dict.fromkeys(_keys(made.body), made.ref.number)
        first = made.ref.number if self._newest is None else self._newest + 1
        self._newest = made.ref.number
        between = range(max(first, made.ref.number - _MOST_BETWEEN), made.ref.number)
        for issue in filter(None, (self._read(made, number) for number in between)):
            number = issue.ref.number
            is_before = any(self._made.get(key, number) >= number for key in _keys(issue.body) & self._wanted)
            if is_before and self._counts(issue):
                return issue
        return None

    def _read(self, made: Issue, number: int) -> Issue | None:
        try:
            found = self._tracker.read(replace(made.ref, number=number))
        except Interrupted:
            raise
        except TrackerError:
            return None  # nothing is known of another run then; the next one finds what it made
        return found if isinstance(found, Issue) else None


def tell_ahead(outcome: Outcome, made: Issue, ahead: Issue) -> Outcome:
    """Returns the outcome of a creation that another run is ahead of: it says so.

    Where the other run's issue is for that very item, it is linked by that run. Linked here as well, the
    later of the two would stay.
    """
    error = (
        f"{ahead.ref} was made by another run at the same moment, for one of these items: nothing more is"
        " made here. Run again once the other run has ended; what both made is closed as a duplicate then"
    )
    return replace(outcome, issue=None if _keys(ahead.body) & _keys(made.body) else made, error=error)


def _keys(body: str) -> frozenset[Key]:
    return frozenset(block.marker.key for block in find_blocks(body))
