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
        errors: why the others were not.
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
        return frozenset((*self.sources, *(error.document for error in self.errors)))


def read_documents(
    root: Path,
    configured: Sequence[str],
    paths: Sequence[str] = (),
    *,
    sections: Sequence[str] = (),
    base: Path | None = None,
    only_named: bool = False,
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
        cache: what was read before.
        on_progress: told of each document.

    Raises:
        UsageError: a path that is not there.
    """
    named = documents.find_documents(root, paths, base=base)
    files = set(named) if only_named and paths else {*named, *documents.find_documents(root, configured)}
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
    nothing = f"there is no document at {shown(' '.join(configured))}: see `documents:` in .github/pmsync.yml"
    return Reading(
        sources=sources,
        postmortems=tuple(postmortems),
        errors=tuple(errors),
        warnings=() if files else (Notice(text=nothing),),
        selected=frozenset(names[path] for path in named) if paths else None,
    )


def _read(source: documents.Source, sections: Sequence[str], cache: ReadCache) -> Postmortem:
    """Reads one document, unless it was read before."""
    postmortem = cache.find(source.document, source.text, sections)
    if postmortem is None:
        postmortem = read(source.document, source.text, sections=sections)
        cache.keep(postmortem, sections)
    return postmortem
