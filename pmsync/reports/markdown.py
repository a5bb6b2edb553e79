"""Untrusted text made inert in Markdown as GitHub renders it."""

import re
from urllib.parse import quote

from pmsync.text import shown

_ESCAPES = str.maketrans(
    {char: f"\\{char}" for char in "\\`*_[]|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_LIVE = re.compile(r"@(?=\w)|#(?=\d)|(?i:gh-)(?=\d)|(?=://)|(?i:www)(?=\.)")
"""After each of these a zero-width space keeps GitHub from making a mention, a reference or a link
of plain words. Its address reader takes that space for a letter of a host: hence before `://`."""

_BLOCK = re.compile(r"^([#+=-]|[0-9]{1,9}(?=[.)]))")
"""What could begin a heading, a list or a rule."""


def inert(words: str) -> str:
    """Returns `words` as one line of Markdown that renders as just these words, wherever it stands.

    No markup, HTML, table cell, block, link, mention or reference comes of it: what GitHub finds by
    itself in plain words (`@team`, `#12`, `https://…`) is broken by a zero-width space.
    """
    line = _LIVE.sub("\\g<0>\u200b", shown(" ".join(words.split()))).translate(_ESCAPES)
    return _BLOCK.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)


def code(words: str) -> str:
    """Returns `words` as a code span. Not for a table's cell: a pipe would end that."""
    line = shown(" ".join(words.split())) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def link(label: str, url: str) -> str:
    """Returns a link to `url`, or the label alone where that is neither a web page nor a path.

    Args:
        label: Markdown.
        url: as it comes from a tracker or a document.
    """
    if re.match(r"(?i)https?://", url) or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|$", url):
        return f"[{label}]({quote(shown(url), safe=_URL_SAFE)})"
    return label


_URL_SAFE = "%/:?#@!$&'*+,;=~-._"
"""What may stand bare in a link's destination: anything of a URL but brackets, blanks and pipes."""
