"""Where annotations of ours stand."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping

from pmsync.extract.structure.outline import Span
from pmsync.model import IssueRef


class Marks:
    """Our annotations by offset, to be asked which of them lie within a span.

    Only those with one of our status words count here: an author's own link to an issue has none, and
    makes no action item of what it stands in.
    """

    def __init__(self, issues: Mapping[int, IssueRef]) -> None:
        self._issues = issues
        self._offsets = sorted(issues)

    def __bool__(self) -> bool:
        return bool(self._offsets)

    def within(self, span: Span) -> bool:
        """Whether any lies within `span`."""
        at = bisect_left(self._offsets, span[0])
        return at < len(self._offsets) and self._offsets[at] <= span[1]

    def besides(self, spans: Iterable[Span]) -> "tuple[Marks, Marks]":
        """Those outside of `spans`, and of these the ones of issues that none within `spans` is of."""
        inside = {
            at
            for start, end in spans
            for at in self._offsets[bisect_left(self._offsets, start) : bisect_right(self._offsets, end)]
        }
        known = {self._issues[at] for at in inside}
        outside = {at: issue for at, issue in self._issues.items() if at not in inside}
        return Marks(outside), Marks({at: issue for at, issue in outside.items() if issue not in known})
