"""The index page: a table of all postmortems between two comments of a committed document."""

import posixpath
import re
from urllib.parse import quote

from pmsync.errors import DocumentError
from pmsync.markdown import escape
from pmsync.reports.figures import Progress, progress
from pmsync.reports.follow_ups import Incident, StatusReport

START, END = "<!-- pmsync:index -->", "<!-- /pmsync:index -->"
"""Lines of the page, between which the table stands."""

_START = re.compile(rf"^[ \t]*{re.escape(START)}[ \t]*(?P<end>\r?\n|\Z)", re.MULTILINE)
_END = re.compile(rf"^[ \t]*{re.escape(END)}[ \t]*\r?$", re.MULTILINE)


def rewrite_index(page: str, text: str, report: StatusReport) -> str:
    """Returns the text of an index page with the present table in it, and all else as it is, byte for byte.

    Args:
        page: the page's path relative to the repository, with `/`.
        text: its text.
        report: what the table is made of.

    Raises:
        DocumentError: the comments are missing, stand twice, or in the wrong order.
    """
    starts, ends = list(_START.finditer(text)), list(_END.finditer(text))
    if len(starts) != 1 or len(ends) != 1 or ends[0].start() < starts[0].end():
        wrong = "lacks the comments" if not (starts and ends) else "holds other than one pair of the comments"
        where = (
            f"`{START}` and `{END}`: write each on a line of its own, where the table of postmortems belongs"
        )
        raise DocumentError(page, f"The index page {wrong} {where}.")
    newline = starts[0]["end"] or "\n"
    table = "".join(f"{line}{newline}" for line in render_index(page, report))
    return text[: starts[0].end()] + table + text[ends[0].start() :]


def render_index(page: str, report: StatusReport) -> list[str]:
    """Returns the lines of the table: every postmortem, the newest first."""
    made = {incident.key: told for incident, told in progress(report)}
    listed = [it for it in report.incidents if it.key in made or not it.is_other]
    rows = [_row(page, it, made.get(it.key)) for it in listed]
    return ["| date | postmortem | severity | open / all |", "|---|---|---|---|", *rows] if rows else []


def _row(page: str, incident: Incident, made: Progress | None) -> str:
    cells = (
        str(incident.day or "–"),
        f"[{escape(incident.title)}]({_path_between(page, incident.document)})",
        escape(incident.severity or "–"),
        f"{made.open} / {made.all}" if made and made.all else "–",
    )
    return f"| {' | '.join(cells)} |"


def _path_between(page: str, document: str) -> str:
    """Returns a document's address as seen from the page; nothing of a path ends a link or a cell."""
    path = quote(
        posixpath.relpath(document, posixpath.dirname(page) or "."), safe="/", errors="surrogateescape"
    )
    return path if path.startswith(".") else f"./{path}"
