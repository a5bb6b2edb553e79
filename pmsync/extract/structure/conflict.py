"""Conflict markers: a document that a merge left undone says two things at once, and neither counts."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from pmsync.errors import DocumentError

_MARK = re.compile(r"^(?:(<{7})(?: .*)?|(={7})|(>{7})(?: .*)?)\r?$", re.MULTILINE)
"""The lines that git puts around two versions; git-scm.com/docs/git-merge, "How conflicts are presented"."""


def require_merged(document: str, text: str) -> None:
    """Returns if no merge was left undone in a document. What stands in a code block is only shown.

    Raises:
        DocumentError: one was, at that line.
    """
    conflicts = [text.count("\n", 0, start) for start in _find_conflicts(text)] if "<<<<<<<" in text else []
    if not conflicts:
        return
    tokens = MarkdownIt("commonmark").parse(text)
    shown = [range(*token.map) for token in tokens if token.type == "fence" and token.map]
    for line in conflicts:
        if not any(line in span for span in shown):
            raise DocumentError(
                document, "a merge was left undone here (<<<<<<<): settle it, then run again", line + 1
            )


def _find_conflicts(text: str) -> Iterator[int]:
    """Yields where a conflict begins of which all three marks are there, one after the other."""
    start, seen = -1, 0
    for found in _MARK.finditer(text):
        if found[1]:
            start, seen = found.start(), 1
        elif found[2]:
            seen = 2 if seen else 0
        else:
            if seen == 2:
                yield start
            seen = 0
