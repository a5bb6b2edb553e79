"""How untrusted text is shown, and when two texts are the same."""

import re

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Controls (tab and line feed are let through), lone surrogates, and the marks that reverse a line."""


def shown(text: str) -> str:
    """Returns `text` safe for a terminal, a page or a request.

    Bytes that were no UTF-8 (carried as surrogates), control characters and bidirectional overrides
    become U+FFFD; everything else stays as it is.
    """
    return _UNSHOWABLE.sub("\ufffd", text)


def comparable(text: str) -> str:
    """Returns `text` without what GitHub's editor changes: line endings, trailing and outer blanks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
