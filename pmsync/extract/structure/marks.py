"""Where annotations of ours stand."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from pmsync.extract.structure.outline import Span


class Marks:
    """Offsets of our annotations, to be asked which of them lie within a span.

    Only those with one of our status words count here: an author's own link to an issue has none, and
    makes no action item of what it stands in.
    """

    def __init__(self, offsets: Iterable[int]) -> None:
        self._offsets = sorted(offsets)

    def __bool__(self) -> bool:
        return bool(self._offsets)

    def within(self, span: Span) -> bool:
        """Whether any lies within `span`."""
        at = bisect_left(self._offsets, span[0])
        return at < len(self._offsets) and self._offsets[at] <= span[1]

    def outside(self, spans: Iterable[Span]) -> "Marks":
        """Those that lie within none of `spans`."""
        left = list(self._offsets)
        for start, end in spans:
            del left[bisect_left(left, start) : bisect_right(left, end)]
        return Marks(left)
