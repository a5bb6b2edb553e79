"""Which documents a check looks at, and what it finds there. Offline: files, and what git knows of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from pmsync import documents
from pmsync.cache import open_cache
from pmsync.check import Checked, Settings, check
from pmsync.errors import DocumentError, UsageError
from pmsync.extract import read
from pmsync.git import find_changed_since, find_staged, read_staged
from pmsync.model import Notice, Postmortem
from pmsync.reading import Reading, read_documents
from pmsync.session import Session
from pmsync.text import shown


def run(
    session: Session, paths: Sequence[str] = (), *, staged: bool = False, since: str | None = None
) -> Checked:
    """Checks documents.

    Args:
        session: the repository at hand; a folder without one will do.
        paths: files, folders or globs, wherever they lie; none for the configured documents.
        staged: of these only what is about to be committed, as it is about to be.
        since: of these only what differs from where this branch parted from another, or a commit.

    Raises:
        UsageError: a path holds no document, or git does not know what to compare with.
    """
    changes = _find_changes(session, staged, since)
    gone = _find_gone(session, paths, changes or {}) if staged else frozenset[str]()
    reading = _read_at_hand(session, paths, gone)
    if changes is not None:
        reading = replace(reading, selected=reading.known & changes.keys() | gone)
    if staged:
        reading = _as_staged(session, reading)
    return review(session, reading, past=_read_past(session, reading, paths), new=find_new(changes or {}))


def review(
    session: Session, reading: Reading, *, past: Sequence[Postmortem] = (), new: frozenset[str] = frozenset()
) -> Checked:
    """Checks what of a reading is selected; arguments as in `check`."""
    selected = reading.selected
    return check(
        reading.chosen,
        Settings(levels=session.config.check, owners=session.config.owners),
        session.interruption.now().date(),
        errors=[error for error in reading.errors if selected is None or error.document in selected],
        past=past or reading.postmortems,
        new=new,
    )


def _find_changes(session: Session, staged: bool, since: str | None) -> Mapping[str, bool] | None:
    """The paths that are asked for, and whether each is new; None for all."""
    if staged:
        changes = find_staged(session.root)
        if changes is None:
            raise UsageError("--staged asks git what is about to be committed: there is no repository here")
        return changes
    if since is None:
        return None
    changes = find_changed_since(session.root, since)
    if changes is None:
        raise UsageError(
            f"--changed-since {shown(since)}: git knows no such branch or commit here, or none that this one"
            " comes from: fetch it, with its history"
        )
    return changes


def find_new(changes: Mapping[str, bool]) -> frozenset[str]:
    """Returns those of changed paths that are new."""
    return frozenset(path for path, is_new in changes.items() if is_new)


def _find_gone(session: Session, paths: Sequence[str], changes: Mapping[str, bool]) -> frozenset[str]:
    """The documents that are about to be committed, and are not in the work tree any more."""
    patterns, base = (paths, session.base) if paths else (session.config.documents, session.root)
    return frozenset(
        path
        for path in changes
        if path != session.config.index
        and not (session.root / path).exists()
        and documents.would_find(session.root, path, patterns, base=base)
    )


def _read_at_hand(session: Session, paths: Sequence[str], gone: Collection[str]) -> Reading:
    """Reads what lies in the work tree, passing over paths that stand for nothing but what is gone."""
    there = [
        path
        for path in paths
        if documents.find_documents(session.root, [path], base=session.base, may_lack=True)
        or not any(documents.would_find(session.root, it, [path], base=session.base) for it in gone)
    ]
    if paths and not there:
        return Reading(sources={}, postmortems=())
    return session.read(there, only_named=True)


def _as_staged(session: Session, reading: Reading) -> Reading:
    """Reads the selected documents again, as the next commit has them."""
    selected = sorted(reading.selected or ())
    texts = read_staged(session.root, selected)
    postmortems = {postmortem.document: postmortem for postmortem in reading.postmortems}
    errors = {error.document: error for error in reading.errors}
    for document, outcome in _read_texts(session, texts):
        postmortems.pop(document, None)
        errors.pop(document, None)
        if isinstance(outcome, Postmortem):
            postmortems[document] = outcome
        else:
            errors[document] = outcome
    return replace(
        reading,
        postmortems=tuple(postmortems[document] for document in sorted(postmortems)),
        errors=tuple(errors[document] for document in sorted(errors)),
    )


def _read_texts(session: Session, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Postmortem | Notice]]:
    for document, data in texts.items():
        try:
            source = documents.make_source(document, session.root / document, data)
            yield document, read(document, source.text, known=session.config.known)
        except DocumentError as error:
            yield document, Notice.of(error)


def _read_past(session: Session, reading: Reading, paths: Sequence[str]) -> tuple[Postmortem, ...]:
    """All postmortems in which an item may have been asked for before; what of them cannot be read is not."""
    if not paths:
        return reading.postmortems
    config = session.config
    with open_cache(session.root, session.environ) as cache:
        others = read_documents(
            session.root, config.documents, known=config.known, index=config.index, cache=cache
        )
    named = {postmortem.document for postmortem in reading.postmortems}
    return (*reading.postmortems, *(each for each in others.postmortems if each.document not in named))
