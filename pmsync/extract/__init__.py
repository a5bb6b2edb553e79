"""Text → postmortem: its action items, and why each was or was not taken. Pure.

front matter → outline (blocks) → sections (labels) → entries → action items
"""

from collections.abc import Collection

from pmsync.model import UNTOLD, Known, Postmortem


def read(document: str, text: str, *, known: Known = UNTOLD, without: Collection[str] = ()) -> Postmortem:
    r"""Reads one document.

    Args:
        document: its path relative to the repository, with `/`.
        text: the whole text; it may begin with U+FEFF, hold lone surrogates (bytes that are no UTF-8),
            NUL, and line endings of any kind.
        known: what the configuration tells of headings and people.
        without: names of rules (`pmsync.extract.reader.RULES`) that are left out, to see what they are for.

    Returns:
        The postmortem. Its findings say for each section and entry why it was, or was not, taken.

    Raises:
        DocumentError: the front matter cannot be read, or a merge was left undone.
    """
    from pmsync.extract.reader import read_postmortem

    return read_postmortem(document, text, known, frozenset(without))
