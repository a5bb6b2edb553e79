"""Documents as files: found, read as bytes and text, and replaced.

    patterns → paths → Source (bytes, text);  text → bytes → the file, whole or not at all

A text carries its bytes losslessly: what is no UTF-8 stands as surrogates, a byte order mark as U+FEFF.
"""

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pmsync.errors import DocumentError, UsageError
from pmsync.text import decode, encode, shown

MAX_BYTES = 1024 * 1024
"""A postmortem is read by people; a larger file is something else."""

SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".txt", ".text"})
"""The documents where a folder is named. Other markups (`.rst`, `.adoc`) write links in other ways."""

_OWN = frozenset({".git", ".pmsync"})
"""Folders that hold no documents, even where a pattern names them."""

_MAGIC = re.compile(r"[*?[]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
"""Byte order marks of UTF-16 and UTF-32."""

_CONTROLS = bytes(sorted({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1b"}))
_MOST_CONTROLS = 0.02
"""The share of control characters from which a file is no text: legacy encodings have none, compressed
data a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document as it was read.

    Attributes:
        document: its path relative to the root, with `/`; absolute where it lies outside.
        path: where it is, links resolved.
        data: its bytes.
        text: the same as text.
    """

    document: str
    path: Path
    data: bytes
    text: str


def find_root(start: Path) -> Path:
    """Returns the top of the git work tree that holds `start`, else `start`; links are resolved."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def find_documents(
    root: Path, patterns: Sequence[str], *, base: Path | None = None, may_lack: bool = False
) -> list[Path]:
    """Finds documents by file, folder or glob (`postmortems/**/*.md`).

    A folder stands for the Markdown and plain-text files (`SUFFIXES`) in it and below, and so does a
    folder that a glob matches; a glob takes other files only where its last part names their extension.
    Hidden names and `node_modules` are passed over unless the pattern names them; `.git` and `.pmsync`
    always. A symbolic link to a file counts as that file; below a folder or glob no link is followed to
    another folder, or out of the repository.

    Args:
        root: the repository's top.
        patterns: what to look for.
        base: the folder that relative patterns start from; `root` where there is none.
        may_lack: whether a file or folder that is named may be missing, as what a glob matches may.

    Returns:
        Paths with links resolved, each once, sorted. A glob that matches nothing adds nothing.

    Raises:
        UsageError: a file or folder that is named is not there (unless it may lack), cannot be looked into,
            is git's or pmsync's own, or is a link that leads out of the repository.
    """
    root = root.resolve()
    found: set[Path] = set()
    for pattern in patterns:
        try:
            place = (base or root).resolve() / pattern
            if not may_lack or place.exists() or _MAGIC.search(pattern):
                found.update(_find(root, place, pattern))
        except (OSError, ValueError, RuntimeError) as error:
            where = getattr(error, "filename", None)
            at = f" at {_quoted(os.fsdecode(where))}" if where else ""
            raise UsageError(f"{_quoted(pattern)} cannot be searched{at}: {_reason(error)}.") from error
    return sorted(found)


def would_find(root: Path, document: str, patterns: Sequence[str], *, base: Path | None = None) -> bool:
    """Whether `find_documents` would find a file if it were there; by its name alone.

    Args:
        root: the repository's top.
        document: the file's path relative to it, with `/`.
        patterns: what to look for.
        base: the folder that relative patterns start from; `root` where there is none.
    """
    path = root.resolve() / document
    if _OWN & set(_below(root.resolve(), path)):
        return False
    for pattern in patterns:
        parts = Path(os.path.normpath((base or root).resolve() / pattern)).parts
        plain = next((index for index, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
        start, rest = Path(*parts[:plain]), parts[plain:]
        names = path.relative_to(start).parts if path.is_relative_to(start) else ()
        is_below = names and all(_may_enter(name, rest) for name in names) and _covers(rest, names)
        if (path == start and not rest) or (is_below and _is_document(path.name, rest)):
            return True
    return False


def read_source(root: Path, path: Path, *, only_inside: bool = False) -> Source:
    """Reads a document.

    Args:
        root: the repository's top.
        path: the file, absolute or relative to `root`.
        only_inside: refuse one outside of the repository, which can only be read.

    Raises:
        DocumentError: it is not there, is no file, cannot be read, is over `MAX_BYTES`, or is no text.
    """
    root = root.resolve()
    try:
        path = (root / path).resolve()
        document = _name(root, path)
        data = _read(path, document)
    except (OSError, ValueError, RuntimeError) as error:
        raise DocumentError(_name(root, path), f"The file cannot be read: {_reason(error)}.") from error
    if only_inside and Path(document).is_absolute():
        raise DocumentError(document, "lies outside of the repository: it can only be read")
    return make_source(document, path, data)


def make_source(document: str, path: Path, data: bytes) -> Source:
    """Returns a document as it was read, from wherever its bytes come.

    Raises:
        DocumentError: they are over `MAX_BYTES`, or no text.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(document, f"The file is over {MAX_BYTES // 1024} KiB; leave it out, or split it.")
    if data.startswith(_WIDE_MARKS) or _is_wide(data):
        raise DocumentError(document, "The file is UTF-16 or UTF-32 text; save it as UTF-8.")
    if len(data.translate(None, _CONTROLS)) < len(data) * (1 - _MOST_CONTROLS):
        raise DocumentError(document, "The file is binary, not a text document; leave it out.")
    return Source(document=document, path=path, data=data, text=decode(data))


def replace(source: Source, text: str) -> None:
    """Puts `text` in a document's place: whole, or not at all.

    Nothing is touched where the bytes stay the same. The file's mode is kept, and does not matter: git
    knows no write protection, so that of a copied file is no wish of anybody's.

    Args:
        source: the document as it was read.
        text: its new text.

    Raises:
        DocumentError: the file has changed since, became a link, lies outside of the repository, or
            cannot be written.
    """
    data = encode(text)
    if data == source.data:
        return
    if Path(source.document).is_absolute():
        raise DocumentError(source.document, "The file lies outside of the repository; it is only read.")
    try:
        _require_unchanged(source)
        mode = stat.S_IMODE(source.path.stat().st_mode)
        _swap(source, data, mode)
    except (OSError, RuntimeError) as error:
        raise DocumentError(source.document, f"The file cannot be written: {_reason(error)}.") from error


LEFTOVERS = (".*.????????.pmsync", "/.pmsync/issues/.[0-9]*.????????", "/.pmsync/issues/.last.????????")
"""What a run that was killed while it wrote may leave behind, as git would ignore it."""

_LEFTOVER = re.compile(r"\..{1,32}\.[a-z0-9_]{8}\.pmsync", re.DOTALL)
_ISSUE_LEFTOVER = re.compile(r"\.(?:[0-9]{1,9}|last)\.[0-9a-f]{8}")


def remove_leftovers(root: Path, folders: Collection[Path]) -> None:
    """Removes what a killed run left beside documents (in `folders`) and issues; no other is at work."""
    issues = root / ".pmsync" / "issues"
    for folder, name in (*((folder, _LEFTOVER) for folder in folders), (issues, _ISSUE_LEFTOVER)):
        with contextlib.suppress(OSError):
            for path in list(folder.iterdir()):
                if name.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    path.unlink()


# --------------------------------------------------------------------------- finding


def _find(root: Path, place: Path, pattern: str) -> Iterator[Path]:
    """Yields what one pattern stands for; `place` is the pattern as an absolute path."""
    parts = place.parts
    plain = len(parts)
    if not place.exists():
        plain = next((index for index, part in enumerate(parts) if _MAGIC.search(part)), plain)
        if plain == len(parts):
            raise UsageError(f"There is no file or folder {_quoted(pattern)}; check the path.")
    start, rest = Path(*parts[:plain]).resolve(), parts[plain:]
    if _OWN & set(_below(root, start)):
        raise UsageError(f"{_quoted(pattern)} is a place of git's or pmsync's own; name a document.")
    if start.is_dir():
        lexical = Path(os.path.normpath(Path(*parts[:plain])))
        if lexical.is_relative_to(root) and not start.is_relative_to(root):
            raise UsageError(
                f"{_quoted(pattern)} is a link that leads out of the repository; it is not followed."
            )
        yield from _search(root, start, rest)
    elif not rest:
        yield start


def _search(root: Path, start: Path, rest: tuple[str, ...]) -> Iterator[Path]:
    """Yields the files below a folder that a glob's remaining parts match; all documents for no parts."""
    bounded = rest[: rest.index("**")] if "**" in rest else rest
    pending: list[tuple[Path, tuple[str, ...]]] = [(start, ())]
    while pending:
        folder, above = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                names = (*above, entry.name)
                if not _may_enter(entry.name, rest):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if all(map(fnmatchcase, names, bounded)):
                        pending.append((folder / entry.name, names))
                elif entry.is_file() and _covers(rest, names) and _is_document(entry.name, rest):
                    path = (folder / entry.name).resolve()
                    inside = path.is_relative_to(root if start.is_relative_to(root) else start)
                    if inside and not _OWN & set(_below(root, path)):
                        yield path


def _may_enter(name: str, rest: tuple[str, ...]) -> bool:
    if name in _OWN:
        return False
    if name.startswith("."):
        return any(part.startswith(".") and fnmatchcase(name, part) for part in rest)
    return name != "node_modules" or name in rest


def _covers(rest: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether a glob's parts match a path, or a folder above it."""
    if not rest:
        return True
    if rest[0] == "**":
        return _covers(rest[1:], names) or (bool(names) and _covers(rest, names[1:]))
    return bool(names) and fnmatchcase(names[0], rest[0]) and _covers(rest[1:], names[1:])


def _is_document(name: str, rest: tuple[str, ...]) -> bool:
    if Path(name).suffix.lower() in SUFFIXES:
        return True
    return bool(rest) and "." in rest[-1] and fnmatchcase(name, rest[-1])


def _below(root: Path, path: Path) -> tuple[str, ...]:
    """Returns the parts of a path within the repository; none for one outside."""
    return path.relative_to(root).parts if path.is_relative_to(root) else ()


def _name(root: Path, path: Path) -> str:
    """Returns a document's name: its path within the repository, else all of it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


# ------------------------------------------------------------------ reading, writing


def _read(path: Path, document: str) -> bytes:
    """Returns a file's bytes; a pipe or device is neither waited for nor read."""
    if path.is_dir():
        raise DocumentError(document, "This is a folder, not a file; name a document.")
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DocumentError(document, "This is no regular file; name a document.")
        return file.read(MAX_BYTES + 1)


def _is_wide(data: bytes) -> bool:
    """Whether it looks like UTF-16 or UTF-32 without a mark: every other byte of Latin text is NUL."""
    return len(data) > 1 and max(data[0::2].count(0), data[1::2].count(0)) > len(data) * 0.4


def _require_unchanged(source: Source) -> None:
    if source.path.is_symlink() or source.path.resolve() != source.path:
        raise DocumentError(
            source.document, "The file has become a symbolic link; it is not written through."
        )
    if _read(source.path, source.document) != source.data:
        raise DocumentError(source.document, "The file was changed in the meantime; run pmsync again.")


def _swap(source: Source, data: bytes, mode: int) -> None:
    """Writes a file beside the document, then puts it in its place in one step."""
    folder = source.path.parent
    handle, name = tempfile.mkstemp(prefix=f".{source.path.name[:32]}.", suffix=".pmsync", dir=folder)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        written.chmod(mode)
        _require_unchanged(source)
        written.replace(source.path)
    except BaseException:
        with contextlib.suppress(OSError):
            written.unlink()
        raise
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _quoted(pattern: str) -> str:
    return f"'{shown(pattern)}'"


def _reason(error: Exception) -> str:
    """Returns the system's own words for what went wrong, as a clause."""
    words = (error.strerror or "") if isinstance(error, OSError) else ""
    return words[:1].lower() + words[1:] if words else shown(str(error)) or "it has no usable name"
