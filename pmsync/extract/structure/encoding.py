"""Mojibake: UTF-8 once read as something else, undone for what is shown and sent, never in the document."""

from collections.abc import Callable
from itertools import islice

from pmsync.text import shown, split_lines

_CODECS = ("cp1252", "cp1254", "mac_roman", "cp1250", "latin-1")
_PROOF = 2
"""Repairable lines that a document needs before any is repaired: one alone may be meant as it is."""


def repairer(text: str) -> Callable[[str], str]:
    """Returns the function that makes pieces of `text` fit to be shown and sent.

    It repairs line by line where the document shows that it was damaged, ends lines as Unix does, and
    replaces what cannot be shown (`pmsync.text.shown`).
    """
    proofs = (line for line in text.split("\n") if _repair_line(line) != line)
    is_damaged = len([*islice(proofs, _PROOF)]) == _PROOF

    def repair(piece: str) -> str:
        lines = split_lines(piece)
        return shown("\n".join(map(_repair_line, lines) if is_damaged else lines))

    return repair


def _repair_line(line: str) -> str:
    """Returns `line` with its mojibake undone, or as it is.

    Encoding and decoding are strict: a line that holds anything but mojibake stays untouched, so a good
    line is never harmed and no character is guessed.
    """
    for codec in _CODECS if not line.isascii() else ():
        try:
            return line.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return line
