"""Conflict markers: a document that a merge left undone says two things at once, and neither counts."""

import re

from markdown_it import MarkdownIt

from pmsync.errors import DocumentError

_MARK = re.compile(r"^(?:[<>]{7}(?: .*)?|={7})\r?$", re.MULTILINE)
"""The lines that git puts around two versions; git-scm.com/docs/git-merge, "How conflicts are presented"."""


def require_merged(document: str, text: str) -> None:
    """Returns if no merge was left undone in a document. What stands in a code block is only shown.

    Raises:
        DocumentError: one was, at that line.
    """
    marks = [*_MARK.finditer(text)] if "<<<<<<<" in text else []
    conflicts = [*re.finditer("<=+>", "".join(mark[0][0] for mark in marks))]
    if not conflicts:
        return
    tokens = MarkdownIt("commonmark").parse(text)
    shown = [range(*token.map) for token in tokens if token.type == "fence" and token.map]
    for conflict in conflicts:
        line = text.count("\n", 0, marks[conflict.start()].start())
        if not any(line in span for span in shown):
            raise DocumentError(
                document, "a merge was left undone here (<<<<<<<): settle it, then run again", line + 1
            )
