"""Files → postmortems: the documents of a run, found and read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pmsync import documents
from pmsync.cache import ReadCache
from pmsync.errors import DocumentError, UsageError
from pmsync.extract import read
from pmsync.git import find_ignored
from pmsync.model import DRAFT, UNTOLD, Known, Notice, Postmortem, Progress
from pmsync.text import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All the documents of a run.

    Attributes:
        sources: by document, the file as it was read.
        postmortems: those that were read without error, in the order of their paths.
        errors: why the others were not; without a document, what should have matched some.
        warnings: what makes the whole of it doubtful.
        selected: the documents to act on; None for all.
        waiting: of these, those that are left out for now, and why.
        unpublished: of these, those of which issues would say what the default branch does not, and why.
        ignored: documents that are there, and are not read since git ignores them.
    """

    sources: Mapping[str, documents.Source]
    postmortems: tuple[Postmortem, ...]
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    selected: frozenset[str] | None = None
    waiting: tuple[Notice, ...] = ()
    unpublished: tuple[Notice, ...] = ()
    ignored: frozenset[str] = frozenset()

    @property
    def chosen(self) -> tuple[Postmortem, ...]:
        """The postmortems to act on."""
        waiting = {notice.document for notice in self.waiting}
        return tuple(
            each
            for each in self.postmortems
            if (self.selected is None or each.document in self.selected) and each.document not in waiting
        )

    @property
    def is_whole(self) -> bool:
        """Whether it is of all documents, and no other than a draft waits."""
        return self.selected is None and all(notice.reason == DRAFT for notice in self.waiting)

    @property
    def known(self) -> frozenset[str]:
        """The documents that are there, read or not."""
        errors = (error.document for error in self.errors if error.document)
        return frozenset((*self.sources, *errors, *self.ignored))


def read_documents(
    root: Path,
    configured: Sequence[str],
    paths: Sequence[str] = (),
    *,
    known: Known = UNTOLD,
    base: Path | None = None,
    only_named: bool = False,
    must_match: bool = False,
    index: str = "",
    cache: ReadCache | None = None,
    on_progress: Progress = lambda *_: None,
) -> Reading:
    """Reads the configured documents and those named, and finds the items in each.

    The configured ones are read even where others are named: a link in any of them claims its issue. What git
    ignores is only read where it is named itself, and not by a folder or a glob.

    Args:
        root: the repository's root.
        configured: globs that say where documents are.
        paths: files, folders or globs to act on; none for all configured.
        known: what the configuration tells of headings and people.
        base: the folder that `paths` start from; the root where not given.
        only_named: read nothing but what is named, wherever it lies, as long as nothing is written.
        must_match: whether a configured glob that matches nothing is an error; else it is a warning.
        index: a page that lists the documents, and is none of them, whatever matches it.
        cache: what was read before.
        on_progress: told of each document.

    Raises:
        UsageError: a path that is not there, or holds no document.
    """
    named = {file for path in paths for file in _find_named(root, path, base)}
    globs = () if only_named and paths else configured
    found = documents.find_configured(root, globs, partial(_find_ignored, root))
    unmatched = tuple(_tell_unmatched(found))
    files = {*named, *found.paths} - {(root / index).resolve()}
    sources: dict[str, documents.Source] = {}
    names: dict[Path, str] = {}
    postmortems: list[Postmortem] = []
    errors: list[Notice] = []
    for done, path in enumerate(sorted(files)):
        on_progress("reading", done, len(files))
        try:
            source = documents.read_source(root, path, only_inside=not only_named)
            postmortems.append(_read(source, known, cache or ReadCache()))
            sources[source.document] = source
            names[path] = source.document
        except DocumentError as error:
            names[path] = error.document
            errors.append(Notice.of(error))
    return Reading(
        sources=sources,
        postmortems=tuple(postmortems),
        errors=(*(unmatched if must_match else ()), *errors),
        warnings=() if must_match else unmatched,
        selected=frozenset(names[path] for path in named if path in names) if paths else None,
        ignored=frozenset(documents.name_document(root, path) for path in found.hidden - files),
    )


def _find_named(root: Path, path: str, base: Path | None) -> Collection[Path]:
    """Returns the documents that a path stands for, without what git ignores unless it is a file's own."""
    found = documents.find_documents(root, [path], base=base)
    if found and ((base or root) / path).is_file():
        return found
    left = frozenset(found) - _find_ignored(root, found)
    if not left:
        ignored = "; git ignores what is there" if found else ""
        raise UsageError(f"there is no document at {shown(path)}{ignored}: name a file, a folder or a glob")
    return left


def _tell_unmatched(found: documents.Configured) -> Iterator[Notice]:
    """Yields one notice for each configured glob that finds no document."""
    for glob in found.unmatched:
        text = f"there is no document at {shown(glob)}: see `documents:` in the configuration"
        yield Notice(text=text)
    for glob in found.blind:
        yield Notice(text=f"git ignores every document at {shown(glob)}: none is read")


def _find_ignored(root: Path, files: Collection[Path]) -> frozenset[Path]:
    """Returns which of these files git ignores; none outside of the repository."""
    names = {documents.name_document(root, file): file for file in files}
    inside = [name for name in names if not Path(name).is_absolute()]
    return frozenset(names[name] for name in find_ignored(root, inside))


def _read(source: documents.Source, known: Known, cache: ReadCache) -> Postmortem:
    """Reads one document, unless it was read before."""
    postmortem = cache.find(source.document, source.text, known)
    if postmortem is None:
        postmortem = read(source.document, source.text, known=known)
        cache.keep(postmortem, known)
    return postmortem
