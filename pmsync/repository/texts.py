"""What pmsync says in commits and pull requests: counts and paths, never a word of a document.

A path is untrusted: it may hold a mention, a closing word, backticks or a line break.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from pmsync.markdown import code
from pmsync.text import encode

MAX_PATHS = 50
"""How many documents a pull request names; the rest is counted."""

MAX_PATH = 200
"""How many characters of a document's path are shown."""


def count(number: int, noun: str) -> str:
    """Returns `1 document`, `2 documents`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


# ------------------------------------------------------------------------------ commits

_TRAILERS = re.compile(r"\n\nPmsync-Content: ([0-9a-f]{64})\nPmsync-Tree: ([0-9a-f]{40,64})\s*\Z")


def digest_of(contents: Iterable[tuple[str, str, str]]) -> str:
    """Returns a digest of what a write-back changes: each document's path, mode and blob."""
    lines = sorted(encode("\0".join(content)) + b"\0\n" for content in contents)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def commit_message(documents: int, digest: str, tree: str) -> str:
    """Returns the message of a write-back's commit.

    Its trailers say what it changes and that it is ours: a commit that a person amended, or made on
    top, has another tree than the one named.
    """
    return (
        f"Write issue links and status into {count(documents, 'document')}\n\n"
        f"Pmsync-Content: {digest}\nPmsync-Tree: {tree}\n"
    )


def digest_of_commit(message: str, tree: str) -> str | None:
    """Returns the digest that a commit of ours carries; None for any other commit."""
    trailers = _TRAILERS.search(message)
    return trailers[1] if trailers and trailers[2] == tree else None


# ------------------------------------------------------------------------ pull requests

PULL_TITLE = "Write issue links and status into postmortems"

_PULL_MARKER = re.compile(r"<!-- pmsync:write-back ([0-9a-f]{64}|none) -->")


def pull_body(documents: Sequence[str], digest: str, before: str = "") -> str:
    """Returns the pull request's body.

    Args:
        documents: the paths that it changes.
        digest: of what it changes.
        before: the body that it has; what a person wrote below our marker is kept.
    """
    listed = [f"- {code(document, MAX_PATH)}" for document in documents[:MAX_PATHS]]
    if len(documents) > MAX_PATHS:
        listed.append(f"- and {len(documents) - MAX_PATHS} more")
    text = (
        f"pmsync writes the issue links and status of action items into "
        f"{count(len(documents), 'document')}. Nothing else in them is changed.\n\n"
        + "\n".join(listed)
        + "\n\nThis branch is pmsync's: it is rebuilt when there is more to write, unless it holds a commit "
        "of somebody else. Closed without merging, it stays closed until its content changes."
    )
    return _with_marker(text, digest, before)


def retired_body(before: str) -> str:
    """Returns the body of a pull request that pmsync closes, since nothing is left of it."""
    return _with_marker("Nothing is left to write back, so pmsync closed this.", "none", before)


def digest_of_pull(body: str) -> str | None:
    """Returns the digest in a pull request's body, `none` for one that pmsync closed, None for no marker."""
    marker = _PULL_MARKER.search(body)
    return marker[1] if marker else None


def _with_marker(text: str, digest: str, before: str) -> str:
    marker = _PULL_MARKER.search(before)
    theirs = before[marker.end() :] if marker else ""
    return f"{text}\n\n<!-- pmsync:write-back {digest} -->{theirs}"
