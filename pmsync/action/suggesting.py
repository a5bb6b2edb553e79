"""What the Action suggests on the lines of a pull request: an owner, a due date."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from pmsync.action.events import Job
from pmsync.check import Checked
from pmsync.check.suggestions import Gap, find_gaps, suggest
from pmsync.extract import read
from pmsync.model import Place, Postmortem
from pmsync.reading import Reading
from pmsync.repository.git_objects import blob_id
from pmsync.repository.suggestions import MOST, LineSuggestion, find_standing, post, read_changed
from pmsync.session import Session

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

_MOST_TRIED = 4 * MOST
"""How many gaps are looked into: each costs a reading of its document, or a few."""


def suggest_fields(
    session: Session, connection: "Connection", job: Job, checked: Checked, reading: Reading
) -> None:
    """Suggests what can be proposed, on lines that the pull request shows, and once for each.

    Raises:
        TrackerError: as `repository.suggestions.post` says.
    """
    gaps = find_gaps(
        checked.diagnostics, reading.chosen, owner=_find_owner(session, job), due=_find_due(session, reading)
    )
    first = next(gaps, None)
    if first is None:
        return
    repository, number = session.documents_repository, job.pull_request
    standing = find_standing(connection, repository, number, session.variant)
    files = read_changed(connection, repository, number)

    def is_wanted(gap: Gap) -> bool:
        document = gap.item.document
        file = files.get(document)
        return (
            file is not None
            and file.blob == blob_id(reading.sources[document].data)  # else lines count otherwise there
            and gap.line in file.lines
            and gap.key not in standing
        )

    wanted = islice(filter(is_wanted, (first, *gaps)), _MOST_TRIED)
    room = max(MOST - len(standing), 0)
    post(connection, repository, number, job.head, islice(_write(session, wanted), room), session.variant)


def _write(session: Session, gaps: Iterator[Gap]) -> Iterator[LineSuggestion]:
    def read_again(document: str, text: str) -> Postmortem:
        return read(document, text, known=session.config.known)

    for gap in gaps:
        new = suggest(gap, read_again)
        if new is not None:
            yield LineSuggestion(
                path=gap.item.document, line=gap.line, key=gap.key, new=new, why=_explain(gap)
            )


def _explain(gap: Gap) -> str:
    missing = ["no owner"] * bool(gap.owner) + ["no due date"] * bool(gap.due)
    whence = ["who opened this pull request"] * bool(gap.owner)
    whence += ["the day that `due_within:` in the configuration sets"] * bool(gap.due)
    return f"This follow-up has {' and '.join(missing)}. Proposed: {', and '.join(whence)}."


def _find_owner(session: Session, job: Job) -> str:
    """Who could own what nobody owns: whoever opened the pull request, as documents call them.

    Where `owners:` says who there is, and does not know them, nobody.
    """
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})", job.author):
        return ""
    owners = session.config.owners
    names = (name for name, login in owners.items() if login.casefold() == job.author.casefold())
    return next(names, "" if owners else f"@{job.author}")


def _find_due(session: Session, reading: Reading) -> Mapping[Place, date]:
    """The days by which items fall due by policy, as far as they lie ahead."""
    report = session.make_status(reading.chosen, None)
    return {
        follow_up.item.place: follow_up.due
        for follow_up in report.follow_ups
        if follow_up.due and follow_up.due_by == "policy" and follow_up.due >= report.today
    }
