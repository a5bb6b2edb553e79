"""The write-back of a run to the documents' repository on GitHub, instead of to the work tree.

run → the documents that lack something → repository.write_back, which rewrites the branch's own blobs
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pmsync.errors import DocumentError, TrackerError, UsageError
from pmsync.model import Notice
from pmsync.repository import Api, Mode, Written, write_back
from pmsync.session import Session
from pmsync.sync import Run
from pmsync.trackers.connection import Connection
from pmsync.trackers.environment import find_api_url, find_token


@contextmanager
def open_api(session: Session) -> Iterator[Api]:
    """Opens a connection to GitHub for the documents' repository.

    Raises:
        UsageError: there is no token.
    """
    token = find_token(session.environ)
    if token is None:
        raise UsageError("no GitHub token: set GITHUB_TOKEN (or GH_TOKEN), or log in with `gh auth login`")
    with Connection(
        token,
        base_url=find_api_url(session.environ),
        clock=session.interruption,
        say=session.say,
        on_request=session.on_request,
    ) as connection:
        yield connection


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

    Raises:
        UsageError: as `find_repository` says.
        TrackerError: GitHub could not be read.
    """
    documents, told, errors = _find_behind(run)
    with open_api(session) as api:
        written = write_back(
            api,
            find_repository(session),
            documents,
            lambda document, text: run.rewrite(document, text)[0],
            mode=mode,
            branch=session.checkout.default_branch,
            is_whole=run.reading.selected is None and not run.reading.errors and not errors,
            pause=session.interruption.sleep,
        )
    return replace(written, warnings=written.warnings + told, errors=written.errors + errors)


def _find_behind(run: Run) -> tuple[tuple[str, ...], tuple[Notice, ...], tuple[Notice, ...]]:
    """Returns the documents that lack something in the work tree, what to tell, and what failed."""
    documents: list[str] = []
    told: list[Notice] = []
    errors: list[Notice] = []
    for postmortem in run.reading.chosen:
        try:
            text, notices = run.rewrite(postmortem.document, postmortem.text)
        except DocumentError as error:
            errors.append(Notice(text=str(error), document=error.document, line=error.line))
        except TrackerError as error:
            errors.append(Notice(text=str(error), document=postmortem.document))
        else:
            told += notices
            documents += [postmortem.document] if text != postmortem.text else []
    return tuple(documents), tuple(told), tuple(errors)
