"""Files → postmortems: the documents of a run, found and read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pmsync import documents
from pmsync.cache import ReadCache
from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.model import Notice, Postmortem, Progress
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
    """

    sources: Mapping[str, documents.Source]
    postmortems: tuple[Postmortem, ...]
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    selected: frozenset[str] | None = None

    @property
    def chosen(self) -> tuple[Postmortem, ...]:
        """The postmortems to act on."""
        return tuple(
            each for each in self.postmortems if self.selected is None or each.document in self.selected
        )

    @property
    def known(self) -> frozenset[str]:
        """The documents that are there, read or not."""
        return frozenset((*self.sources, *(error.document for error in self.errors if error.document)))


def read_documents(
    root: Path,
    configured: Sequence[str],
    paths: Sequence[str] = (),
    *,
    sections: Sequence[str] = (),
    base: Path | None = None,
    only_named: bool = False,
    must_match: bool = False,
    index: str = "",
    cache: ReadCache | None = None,
    on_progress: Progress = lambda *_: None,
) -> Reading:
    """Reads the configured documents and those named, and finds the items in each.

    The configured ones are read even where others are named: a link in any of them claims its issue.

    Args:
        root: the repository's root.
        configured: globs that say where documents are.
        paths: files, folders or globs to act on; none for all configured.
        sections: further headings that announce items.
        base: the folder that `paths` start from; the root where not given.
        only_named: read nothing but what is named, wherever it lies, as long as nothing is written.
        must_match: whether a configured glob that matches nothing is an error; else it is a warning.
        index: a page that lists the documents, and is none of them, whatever matches it.
        cache: what was read before.
        on_progress: told of each document.

    Raises:
        UsageError: a path that is not there.
    """
    named = documents.find_documents(root, paths, base=base)
    found, unmatched = _find_configured(root, () if only_named and paths else configured)
    files = {*named, *found} - {(root / index).resolve()}
    sources: dict[str, documents.Source] = {}
    names: dict[Path, str] = {}
    postmortems: list[Postmortem] = []
    errors: list[Notice] = []
    for done, path in enumerate(sorted(files)):
        on_progress("reading", done, len(files))
        try:
            source = documents.read_source(root, path, only_inside=not only_named)
            postmortems.append(_read(source, sections, cache or ReadCache()))
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
    )


def _find_configured(root: Path, globs: Sequence[str]) -> tuple[set[Path], tuple[Notice, ...]]:
    """Returns the files that the configured globs match, and one notice for each that matches none."""
    found = {glob: documents.find_documents(root, [glob], may_lack=True) for glob in globs}
    unmatched = (
        Notice(text=f"there is no document at {shown(glob)}: see `documents:` in the configuration")
        for glob, matched in found.items()
        if not matched
    )
    return {path for matched in found.values() for path in matched}, tuple(unmatched)


def _read(source: documents.Source, sections: Sequence[str], cache: ReadCache) -> Postmortem:
    """Reads one document, unless it was read before."""
    postmortem = cache.find(source.document, source.text, sections)
    if postmortem is None:
        postmortem = read(source.document, source.text, sections=sections)
        cache.keep(postmortem, sections)
    return postmortem
