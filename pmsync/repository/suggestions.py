"""Suggestions on a pull request's lines, which a person may commit with one click."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pmsync.markdown import fence
from pmsync.repository.comment import find_own
from pmsync.repository.git_objects import take

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

MOST = 5
"""How many suggestions a pull request ever gets: whoever took none of these wants no more."""


_MARKER = re.compile(r"<!-- pmsync:suggestion(?P<variant>-[a-z0-9-]+)? (?P<key>[0-9a-f]{16}) -->")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(?P<first>\d+)(?:,\d+)? @@")
_HEAD = "pmsync: what these follow-ups lack. Commit what fits, change what does not, and leave the rest."


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSuggestion:
    """What to suggest for a line.

    Attributes:
        path: the document.
        line: the line, as the pull request's head has it.
        key: what it is known by when the next run looks.
        new: the line as it could be.
        why: what is proposed and where it comes from: Markdown.
    """

    path: str
    line: int
    key: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of a pull request: its blob at the head, and the lines that can be commented on."""

    blob: str
    lines: Collection[int]


def find_standing(
    connection: "Connection", repository: str, number: int, variant: str = ""
) -> frozenset[str]:
    """Returns the keys of the suggestions that stand on a pull request, outdated and resolved ones too."""
    comments = connection.entries(f"/repos/{repository}/pulls/{number}/comments")
    marked = [it for it in comments if _key_of(it, variant)]
    return frozenset(_key_of(it, variant) for it in find_own(connection, marked))


def _mark(key: str, variant: str) -> str:
    return f"<!-- pmsync:suggestion{variant} {key} -->"


def _key_of(comment: object, variant: str) -> str:
    """The key in a comment's marker; empty where it has none of this variant."""
    found = _MARKER.match(str(take(comment, "body")))
    return found["key"] if found and (found["variant"] or "") == variant else ""


def read_changed(connection: "Connection", repository: str, number: int) -> Mapping[str, ChangedFile]:
    """Returns the files of a pull request by path, as far as GitHub shows what is changed in them."""
    files = connection.entries(f"/repos/{repository}/pulls/{number}/files")
    return {
        str(take(it, "filename")): ChangedFile(str(take(it, "sha")), _lines_of(str(it.get("patch") or "")))
        for it in files
        if take(it, "status") != "removed"
    }


def _lines_of(patch: str) -> frozenset[int]:
    """The lines of the new file that a patch shows: those added, and those around them."""
    lines, at = set(), 0
    for line in patch.split("\n"):
        hunk = _HUNK.match(line)
        if hunk:
            at = int(hunk["first"])
        elif line[:1] in {"+", " "}:
            lines.add(at)
            at += 1
    return frozenset(lines)


def post(
    connection: "Connection",
    repository: str,
    number: int,
    head: str,
    suggestions: Iterable[LineSuggestion],
    variant: str = "",
) -> None:
    """Makes suggestions, all in one review, so that whoever is told of them is told once.

    Args:
        connection: to GitHub.
        repository: the pull request's.
        number: the pull request's.
        head: its last commit, in which the lines are counted.
        suggestions: what to suggest; none makes no review.
        variant: what tells one configuration's suggestions from another's.

    Raises:
        TrackerError: as `Connection.request` says; `Refused` with 403 where the token may only read.
    """
    comments = [
        {
            "path": it.path,
            "line": it.line,
            "side": "RIGHT",
            "body": "\n\n".join([f"{_mark(it.key, variant)}\n{it.why}", fence(it.new, "suggestion")]),
        }
        for it in suggestions
    ]
    if comments:
        body = {"commit_id": head, "event": "COMMENT", "body": _HEAD, "comments": comments}
        connection.request("POST", f"/repos/{repository}/pulls/{number}/reviews", body=body)
