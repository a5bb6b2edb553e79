"""Mojibake: UTF-8 once read as something else, undone for what is shown and sent, never in the document."""

import re
from collections.abc import Callable, Iterable

from pmsync.text import shown

_CODECS = ("cp1252", "cp1254", "mac_roman", "cp1250", "latin-1")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNDECODED = re.compile("[\udc80-\udcff]")
_PROOF = 2
"""Repairable lines that a document needs before any is repaired: one alone may be meant as it is."""


def repair_line(line: str) -> str:
    """Returns `line` with its mojibake undone, or as it is.

    Encoding and decoding are strict: a line that holds anything but mojibake stays untouched, so a good
    line is never harmed and no character is guessed.
    """
    if line.isascii():
        return line
    for codec in _CODECS:
        try:
            return line.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return line


def repairer(text: str) -> Callable[[str], str]:
    """Returns the function that makes pieces of `text` fit to be shown and sent.

    It repairs line by line where the document shows that it was damaged, ends lines as Unix does, and
    replaces what cannot be shown (`pmsync.text.shown`).
    """
    is_damaged = _is_damaged(text.split("\n"))

    def repair(piece: str) -> str:
        lines = _LINE_BREAK.split(piece)
        return shown("\n".join(map(repair_line, lines) if is_damaged else lines))

    return repair


def find_undecoded(text: str) -> int | None:
    """Returns where the first byte stands that is no UTF-8 (see `pmsync.text.decode`); None for none."""
    found = _UNDECODED.search(text)
    return found.start() if found else None


def _is_damaged(lines: Iterable[str]) -> bool:
    proofs = 0
    for line in lines:
        if not line.isascii() and repair_line(line) != line:
            proofs += 1
            if proofs == _PROOF:
                return True
    return False
