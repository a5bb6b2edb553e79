"""Bytes as text and back, how untrusted text is shown, and when two texts are the same."""

import re

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Controls (tab and line feed are let through), lone surrogates, and the marks that reverse a line."""


_UNDECODED = re.compile("[\udc80-\udcff]")


def decode(data: bytes) -> str:
    """Returns bytes as text, losslessly: what is no UTF-8 stands as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Returns the bytes that `decode` made `text` from."""
    return text.encode("utf-8", "surrogateescape")


def find_undecoded(text: str) -> int | None:
    """Returns where the first byte stands that is no UTF-8, in what `decode` made; None for none."""
    found = _UNDECODED.search(text)
    return found.start() if found else None


def split_lines(text: str) -> list[str]:
    """Returns the lines of a text, whatever ends them on some system."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def shown(text: str) -> str:
    """Returns `text` safe for a terminal, a page or a request.

    Bytes that were no UTF-8 (carried as surrogates), control characters and bidirectional overrides
    become U+FFFD; everything else stays as it is.
    """
    return _UNSHOWABLE.sub("\ufffd", text)


def comparable(text: str) -> str:
    """Returns `text` without what GitHub's editor changes: line endings, trailing and outer blanks."""
    return "\n".join(line.rstrip() for line in split_lines(text)).strip()
