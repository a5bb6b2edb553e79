"""Carrying out a plan, and writing what came of it into the documents: here, or on GitHub.

plan → apply → the documents that lack something → the work tree, or repository.write_back → told

On GitHub the branch's own blobs are rewritten, whatever the work tree holds.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from pmsync.apply import conclude
from pmsync.documents import encode
from pmsync.errors import Interrupted, TrackerError, UsageError
from pmsync.model import Notice, Outcome, Plan
from pmsync.repository import Mode, Written, blob_id, write_back
from pmsync.session import Session
from pmsync.sync import Run


class WriteBack(enum.StrEnum):
    """How documents get their links and status."""

    FILES = "files"
    PUSH = "push"
    PULL_REQUEST = "pull-request"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of a sync.

    Attributes:
        plan: with all that was told, and all that failed, since it was made.
        outcomes: of its changes.
        written: what became of the documents.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    written: Written


def require_repository(session: Session) -> str:
    """Returns the documents' repository on GitHub. To be asked before anything is done.

    Raises:
        UsageError: it is not known, or issues live in files.
    """
    if session.documents_repository:
        return session.documents_repository
    raise UsageError(
        "documents can only be written back to GitHub where their repository is known and issues do not live "
        "in files: use --write-back files"
    )


def carry_out(
    session: Session,
    run: Run,
    plan: Plan,
    way: WriteBack,
    *,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> Done:
    """Applies a plan, and writes the documents back even where that was interrupted.

    Args:
        session: what is worked with.
        run: that made the plan.
        plan: what to do.
        way: how documents are written.
        on_outcome: told of each outcome as it comes.

    Raises:
        UsageError: as `require_repository` says.
    """
    outcomes = run.apply(plan, is_interrupted=session.interruption, on_outcome=on_outcome)
    try:
        with session.interruption.finishing():
            written = _write(session, run, plan, way)
    except (KeyboardInterrupt, Interrupted):
        text = "interrupted before all documents were written back; the next run does it"
        written = Written(errors=(Notice(text=text),))
    unwritten = (
        {*run.reading.sources} if way is WriteBack.NONE else {error.document for error in written.errors}
    )
    plan, outcomes = conclude(plan, outcomes, unwritten=unwritten)
    told = (Notice(text=text) for text in run.tracker.drain_warnings())
    warnings = dict.fromkeys((*plan.warnings, *written.warnings, *told))
    plan = replace(plan, warnings=tuple(warnings), errors=plan.errors + written.errors)
    return Done(plan=plan, outcomes=outcomes, written=written)


def _write(session: Session, run: Run, plan: Plan, way: WriteBack) -> Written:
    match way:
        case WriteBack.NONE:
            return Written()
        case WriteBack.FILES:
            done = run.write_files()
            return Written(documents=tuple(done.texts), warnings=done.told, errors=done.errors)
        case WriteBack.PUSH | WriteBack.PULL_REQUEST:
            return _write_to_github(session, run, plan, Mode(way))


def _write_to_github(session: Session, run: Run, plan: Plan, mode: Mode) -> Written:
    """Writes what a run knows into the documents on GitHub: in one commit, or by one pull request.

    Every chosen document that holds an issue is looked at, since the branch may lack what the work tree
    has. A document that the branch has in the work tree's very bytes is only read where those lack
    something; none is, where the work tree is the branch's head.
    """
    behind = run.rewrite_all()
    repository = require_repository(session)
    bound = {binding.item.document for binding in plan.bindings}
    looked_at = [it for it in run.reading.chosen if it.document in bound or it.document in behind.texts]
    documents = [it.document for it in looked_at]

    def rewrite(document: str, text: str) -> str | None:
        if document in session.checkout.paths and document not in run.reading.sources:
            return None  # proposed once, but the configuration has left it out since
        return run.rewrite(document, text)[0]

    is_settled = not behind.texts and not behind.errors and session.checkout.changed.isdisjoint(documents)
    try:
        with session.connect() as api:
            written = write_back(
                api,
                repository,
                documents,
                rewrite,
                mode=mode,
                settled={
                    it.document: blob_id(encode(it.text))
                    for it in looked_at
                    if it.document not in behind.texts
                },
                settled_at=session.checkout.revision if is_settled else None,
                is_whole=run.reading.selected is None and not run.reading.errors and not behind.errors,
                pause=session.interruption.sleep,
            )
    except TrackerError as error:
        written = Written(errors=(Notice(text=f"nothing was written back; the next run does it: {error}"),))
    return replace(written, warnings=written.warnings + behind.told, errors=written.errors + behind.errors)
