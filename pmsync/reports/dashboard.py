"""The status report as the text of an issue: as long as one may be, and the same until something happens."""

from pmsync.markdown import enclose, fit
from pmsync.reports.figures import count
from pmsync.reports.follow_ups import StatusReport
from pmsync.reports.selection import Listing
from pmsync.reports.status import render_markdown

MAX_TEXT = 60_000
"""Bytes; GitHub takes 65,536 characters in an issue's body, in which people's words may stand beside ours."""

_FEWER = (200, 100, 50, 20)
"""How many follow-ups are listed, until the text is short enough."""

_CUT = "Cut here: `pmsync status` tells the rest."
_FOOTER = (
    "*pmsync keeps this up to date, as `dashboard:` in its configuration asks. Text outside of this part is"
    " never touched; closed, it is left closed.*"
)


def render_dashboard(report: StatusReport) -> str:
    """Returns what the dashboard issue says."""
    figures = count(report)
    for limit in _FEWER:
        text = render_markdown(report, figures, Listing(limit=limit), with_clock=False)
        if len(text.encode("utf-8", "replace")) <= MAX_TEXT:
            break
    else:
        text = enclose(fit(text, MAX_TEXT, _CUT))
    return f"{text.rstrip()}\n\n{_FOOTER}"
