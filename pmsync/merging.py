"""git's merge driver for documents: what pmsync wrote is settled, and git merges what people wrote.

git-scm.com/docs/gitattributes, "Defining a custom merge driver".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pmsync.config import load_config
from pmsync.documents import EXCLUDES, make_source
from pmsync.errors import MergeError, UsageError
from pmsync.extract import read
from pmsync.git import merge_files
from pmsync.model import UNTOLD, Known, Postmortem
from pmsync.reconcile.edits import essence
from pmsync.reconcile.merge import settle
from pmsync.text import encode, shown

ATTRIBUTES = ".gitattributes"

NAME = "pmsync"
"""What the driver is called in `.gitattributes` and in git's configuration."""

_DRIVER = (
    "if command -v pmsync >/dev/null; then pmsync merge-driver %O %A %B %L %P;"
    " else git merge-file --marker-size=%L %A %O %B; fi"
)
"""Where pmsync is not on the path, a conflict would be left without marks, and theirs be lost unseen."""


def merge(root: Path, document: str, files: Sequence[Path], marker_size: int) -> bool:
    """Merges three versions of a document, and writes the result into the second.

    Args:
        root: the repository's top.
        document: its path.
        files: where its base, ours and theirs are.
        marker_size: how long conflict markers are to be.

    Returns:
        Whether conflicts are left, marked as git marks them.

    Raises:
        MergeError: a version cannot be read or written, or git cannot merge them.
    """
    try:
        base, ours, theirs = (file.read_bytes() for file in files)
        settled = _settle(document, [base, ours, theirs], _read_known(root))
        merged = merge_files(settled, marker_size)
        if merged is None:
            raise MergeError(f"git merge-file cannot merge {shown(document)}: see what `git status` says")
        result, has_conflicts = merged
        if result != ours:
            files[1].write_bytes(result)
    except OSError as error:
        raise MergeError(f"{error.filename} cannot be read or written: {error.strerror or error}") from error
    return has_conflicts


def make_attributes(documents: Sequence[str]) -> str:
    """Returns the lines of `.gitattributes` by which git uses the driver for documents, as configured."""
    lines = []
    for glob in documents:
        pattern = glob.removeprefix(EXCLUDES)
        name = pattern.rpartition("/")[2]
        pattern = pattern if "*" in name or "." in name else f"{pattern.rstrip('/')}/**"
        quoted = f'"{pattern}"' if set(pattern) & set(' "\\') else pattern
        lines.append(f"{quoted} {'!merge' if glob.startswith(EXCLUDES) else f'merge={NAME}'}\n")
    return "".join(lines)


def make_settings() -> Mapping[str, str]:
    """Returns what each clone's configuration needs, by name, for git to find the driver."""
    return {
        f"merge.{NAME}.name": "Settles links, boxes and status of action items",
        f"merge.{NAME}.driver": _DRIVER,
    }


def _read_known(root: Path) -> Known:
    """What the configuration tells of documents; nothing where it is itself being merged."""
    try:
        return load_config(None, root).known
    except UsageError:
        return UNTOLD


def _settle(document: str, versions: Sequence[bytes], known: Known) -> Sequence[bytes]:
    """Returns the versions for git to merge: as they are, where they cannot all be read as before."""

    def understand(text: str) -> Postmortem:
        return read(document, text, known=known)

    try:
        texts = [make_source(document, Path(), data).text for data in versions]
        before = [understand(text) for text in texts]
        settled = settle(*before)
        after = [understand(text) for text in settled]
    except Exception:  # noqa: BLE001 - however reading fails, git can merge the lines
        return versions
    is_same = all(
        [essence(item) for item in one.items] == [essence(item) for item in other.items]
        for one, other in zip(before, after, strict=True)
    )
    return [encode(text) for text in settled] if is_same else versions
