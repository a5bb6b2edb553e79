"""The write-back of a run to the documents' repository on GitHub, instead of to the work tree.

run → the documents that lack something → repository.write_back, which rewrites the branch's own blobs
"""

from dataclasses import replace

from pmsync.errors import TrackerError, UsageError
from pmsync.model import Notice
from pmsync.repository import Mode, Written, write_back
from pmsync.session import Session
from pmsync.sync import Run


def find_repository(session: Session) -> str:
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


def write_back_to_github(session: Session, run: Run, mode: Mode) -> Written:
    """Writes what a run knows into the documents on GitHub: in one commit, or by one pull request.

    Args:
        session: what is worked with.
        run: after it was applied.
        mode: whether to commit or to propose.

    Returns:
        What came of it; where GitHub failed, its errors say so.

    Raises:
        UsageError: as `find_repository` says.
    """
    behind = run.rewrite_all()
    repository = find_repository(session)
    try:
        with session.connect() as api:
            written = write_back(
                api,
                repository,
                behind.texts,
                lambda document, text: run.rewrite(document, text)[0],
                mode=mode,
                branch=session.checkout.default_branch,
                is_whole=run.reading.selected is None and not run.reading.errors and not behind.errors,
                pause=session.interruption.sleep,
            )
    except TrackerError as error:
        written = Written(errors=(Notice(text=f"nothing was written back; the next run does it: {error}"),))
    return replace(written, warnings=written.warnings + behind.told, errors=written.errors + behind.errors)
