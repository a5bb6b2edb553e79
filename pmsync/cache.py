"""What was read of documents, kept by the hash of their content: what did not change is not read again.

It lies in git's folder, else in the user's cache folder, is never committed, and can be deleted at any time.
Whatever is wrong with it, documents are read as if there were none: it can only save time.
"""

import contextlib
import hashlib
import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pmsync.model import (
    ActionItem,
    Annotation,
    Box,
    Finding,
    IssueRef,
    Kind,
    Known,
    Notice,
    Postmortem,
    Slot,
    Status,
)
from pmsync.text import encode

MOST = 20_000
"""Documents that are kept; the oldest give way."""

_PATIENCE = 2.0
"""Seconds to wait for another run that uses it."""

_HERE = Path(__file__).parent
_READER = ("extract", "lexicon", "annotation.py", "cache.py", "model.py", "text.py")
"""What decides how a document is read: a change in any of it, and nothing kept is good any more."""


@dataclass(slots=True)
class ReadCache:
    """What was read before, and what is to be kept of this run.

    Attributes:
        file: where it is kept; None keeps nothing.
    """

    file: Path | None = None
    _fresh: dict[str, bytes] = field(default_factory=dict)
    _kept: sqlite3.Connection | None = None

    def find(self, document: str, text: str, known: Known) -> Postmortem | None:
        """Returns what was read of this very document before; None where it was not."""
        if self._kept is None:
            return None
        try:
            query = "SELECT value FROM postmortems WHERE key = ?"
            row = self._kept.execute(query, (_key(document, text, known),)).fetchone()
            return _unpack(row[0], text) if row else None
        except (sqlite3.Error, zlib.error, ValueError, TypeError, KeyError):
            self._drop()  # spoilt: it is made anew at the end
            return None

    def keep(self, postmortem: Postmortem, known: Known) -> None:
        """Notes what was read of a document, for later runs."""
        if self.file:
            key = _key(postmortem.document, postmortem.text, known)
            self._fresh[key] = _pack(postmortem)

    def open(self) -> None:
        """Opens what is kept, if it is of this reader."""
        if self.file and self.file.exists():
            try:
                self._kept = _connect(self.file)
                if self._kept.execute("SELECT version FROM reader").fetchone() != (reader_version(),):
                    self._drop()
            except sqlite3.Error:
                self._drop()

    def close(self) -> None:
        """Writes what is new, all at once; where that cannot be, the next run reads it again."""
        with contextlib.suppress(OSError, sqlite3.Error):
            if self.file and self._fresh:
                self._kept = self._kept or _create(self.file)
                _write(self._kept, self._fresh)
        self._drop()

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


@contextmanager
def open_cache(root: Path, environ: Mapping[str, str]) -> Iterator[ReadCache]:
    """Opens the cache of a repository for the time of the block.

    Args:
        root: the repository's top.
        environ: the environment's variables.
    """
    opened = ReadCache(_find_place(root, environ))
    opened.open()
    try:
        yield opened
    finally:
        opened.close()


@cache
def reader_version() -> str:
    """Returns what changes whenever documents may be read in another way."""
    libraries = map(version, ("markdown-it-py", "python-frontmatter", "pyyaml"))
    digest = hashlib.sha256(" ".join([str(sys.version_info), *libraries]).encode())
    for name in _READER:
        place = _HERE / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in {".py", ".toml"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _find_place(root: Path, environ: Mapping[str, str]) -> Path | None:
    """In git's folder; without one of the checkout's own, in the user's cache folder."""
    if (root / ".git").is_dir():
        return root / ".git" / "pmsync-cache.sqlite"
    home = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    name = hashlib.sha256(encode(str(root))).hexdigest()[:16]
    return Path(home) / "pmsync" / f"{name}.sqlite" if home else None


def _connect(file: Path) -> sqlite3.Connection:
    """Opens a cache that waits for no disk: what a power cut leaves half written fails zlib's checksum."""
    kept = sqlite3.connect(file, timeout=_PATIENCE)
    kept.execute("PRAGMA synchronous = OFF")
    return kept


def _create(file: Path) -> sqlite3.Connection:
    """Begins anew, in the place of whatever is there."""
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = _connect(file)
    with kept:
        kept.execute("CREATE TABLE reader (version TEXT)")
        kept.execute("CREATE TABLE postmortems (key TEXT UNIQUE, value BLOB)")
        kept.execute("INSERT INTO reader VALUES (?)", (reader_version(),))
    return kept


def _write(kept: sqlite3.Connection, fresh: Mapping[str, bytes]) -> None:
    oldest = "DELETE FROM postmortems WHERE rowid <= (SELECT max(rowid) FROM postmortems) - ?"
    with kept:
        kept.executemany("INSERT OR REPLACE INTO postmortems VALUES (?, ?)", fresh.items())
        kept.execute(oldest, (MOST,))


def _key(document: str, text: str, known: Known) -> str:
    """Returns what a reading depends on, beside the reader: name, what is known, and content."""
    digest = hashlib.sha256(json.dumps([document, known.sections, known.people]).encode())
    digest.update(encode(text))
    return digest.hexdigest()


# ------------------------------------------------------------------------------- values


def _pack(postmortem: Postmortem) -> bytes:
    """Returns a postmortem as bytes, without its text."""
    return zlib.compress(json.dumps(asdict(replace(postmortem, text=""))).encode("ascii"), 1)


def _unpack(data: bytes, text: str) -> Postmortem:
    """Returns the postmortem that `_pack` made the bytes of."""
    value = json.loads(zlib.decompress(data))
    return Postmortem(
        **value
        | {
            "text": text,
            "labels": tuple(value["labels"]),
            "items": tuple(_item(each) for each in value["items"]),
            "findings": tuple(Finding(**each) for each in value["findings"]),
            "warnings": tuple(Notice(**each) for each in value["warnings"]),
        }
    )


def _item(value: dict[str, Any]) -> ActionItem:
    note, slot, box = value["annotation"], value["slot"], value["box"]
    return ActionItem(
        **value
        | {
            "kind": Kind(value["kind"]),
            "links": tuple(value["links"]),
            "annotation": _annotation(note) if note else None,
            "slot": Slot(**slot) if slot else None,
            "box": Box(**box) if box else None,
        }
    )


def _annotation(value: dict[str, Any]) -> Annotation:
    status = Status(value["status"]) if value["status"] else None
    others = tuple(map(_annotation, value["others"]))
    return Annotation(**value | {"ref": IssueRef(**value["ref"]), "status": status, "others": others})
