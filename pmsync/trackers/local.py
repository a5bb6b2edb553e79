"""Issues as files: one Markdown file with front matter each, in the repository itself.

    .pmsync/issues/3.md, as the README shows it under "Issues in files"

A person edits, closes (`state: closed`, and `state_reason: not_planned` where it is not done) and
reopens it in an editor. Only the lines whose value changes are rewritten; all else in the file, keys
of the person's own included, stays as it is, byte for byte.
"""

import os
import re
import secrets
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pmsync.errors import Refused, TrackerError
from pmsync.github.clock import Clock
from pmsync.interruption import Interruption
from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef
from pmsync.text import decode, encode, shown
from pmsync.trackers.base import only_assigned, require_unchanged
from pmsync.trackers.issue_file import IssueFile, IssueFileError, Value, stamp

FOLDER = ".pmsync/issues"
LAST = ".last"
"""The file in it that holds the highest number ever given, so that none is given twice."""
AUTHOR = "pmsync"
MAX_SIZE = 1024 * 1024
"""Bytes of a file that is read."""

_FILE = re.compile(r"([1-9][0-9]{0,8})\.md")
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class LocalTracker:
    """The issues under `.pmsync/issues/`; see `Tracker` for what each method promises.

    Args:
        root: the repository's folder.
        label: the one that every issue of ours bears.
        previous_labels: what `label` used to be; issues that still bear one of them are listed too.
        clock: tells when an issue is created and closed.
        given: a number that was given already, though the files may be lost; so are those below it.
    """

    repository = ""

    def __init__(
        self,
        root: Path,
        *,
        label: str,
        previous_labels: Sequence[str] = (),
        clock: Clock | None = None,
        given: int = 0,
    ) -> None:
        self._root = root
        self._folder = root / FOLDER
        self._label = label
        self._labels = {name.casefold() for name in (label, *previous_labels)}
        self._clock: Clock = clock or Interruption()
        self._highest: int | None = None
        self._given = given

    def list_issues(self, state: Literal["open", "closed", "all"]) -> Sequence[Issue]:
        """Reads every file.

        Raises:
            TrackerError: a file cannot be read as an issue. Which item it belongs to is then unknown,
                and going on without it could make a second issue.
        """
        return tuple(
            issue
            for issue in self._read_all()
            if self._bears_label(issue) and state in ("all", "open" if issue.is_open else "closed")
        )

    def list_unlisted(self) -> Sequence[Issue]:
        """Returns the issues whose label was taken off: a folder never lags."""
        return tuple(issue for issue in self._read_all() if not self._bears_label(issue))

    def read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one file."""
        if ref.repository:
            return Absence.NOT_VISIBLE
        file = self._read_file(ref.number)
        return Absence.MISSING if file is None else self._as_issue(ref.number, file)

    def may_write(self, login: str) -> bool:  # noqa: ARG002
        """Whoever can edit the files may write."""
        return True

    def create(self, draft: Draft) -> Issue:
        """Writes a new file under the next number that was never used here."""
        values: dict[str, Value] = {
            "title": draft.title,
            "state": "open",
            "labels": tuple(_missing_from((), [self._label, *draft.labels])),
            "assignees": draft.assignees,
            "author": AUTHOR,
            "created": stamp(self._clock.now()),
        }
        try:
            file = IssueFile.make(values, draft.body)
        except IssueFileError as error:
            raise Refused(f"the issue {shown(draft.title)!r} cannot be written to a file: {error}") from None
        number = self._take_number()
        try:
            self._replace(number, file.text, expected="")
        except TrackerError:
            (self._folder / f"{number}.md").unlink(missing_ok=True)
            raise
        return self._as_issue(number, file)

    def edit(self, ref: IssueRef, edit: IssueEdit) -> Issue:
        """Rewrites the lines whose values change."""
        file = None if ref.repository else self._read_file(ref.number)
        if file is None:
            raise Refused(f"{_url(ref.number)} is not there any more; nothing was written")
        require_unchanged(self._as_issue(ref.number, file), edit)
        try:
            changed = self._edited(file, edit)
        except IssueFileError as error:
            raise Refused(f"{_url(ref.number)}:{error.line}: {error}; nothing was written") from None
        if changed.text != file.text:
            self._replace(ref.number, changed.text, expected=file.text)
        return self._as_issue(ref.number, changed)

    def drain_warnings(self) -> Sequence[str]:
        """Returns nothing: what goes wrong with a file is raised."""
        return ()

    def _edited(self, file: IssueFile, edit: IssueEdit) -> IssueFile:
        """Returns the file as `edit` wants it."""
        if edit.comment is not None:
            file = file.with_comment(edit.comment, AUTHOR, self._clock.now())
        if edit.title is not None:
            file = file.with_value("title", edit.title)
        if edit.body is not None:
            file = file.with_body(edit.body)
        if edit.is_open is not None and edit.is_open != file.is_open:
            file = file.with_value("state", "open" if edit.is_open else "closed")
            file = file.with_value(
                "state_reason", "reopened" if edit.is_open else edit.state_reason or "completed"
            )
            file = file.with_value("closed", None if edit.is_open else stamp(self._clock.now()))
        gone = {label.casefold() for label in edit.remove_labels}
        kept = tuple(label for label in file.names("labels") if label.casefold() not in gone)
        if kept != file.names("labels"):
            file = file.with_value("labels", kept)
        for key, more in (("labels", edit.add_labels), ("assignees", edit.add_assignees)):
            if new := _missing_from(file.names(key), more):
                file = file.with_value(key, (*file.names(key), *new))
        if edit.remove_assignees and only_assigned(names := file.names("assignees"), edit):
            file = file.with_value("assignees", tuple(_missing_from(edit.remove_assignees, names)))
        return file

    # ------------------------------------------------------------------------------- issues

    def _read_all(self) -> list[Issue]:
        """Returns every issue, by number.

        Raises:
            TrackerError: some file cannot be read; all of them are named.
        """
        issues, troubles = [], []
        for number in self._numbers():
            try:
                file = self._read_file(number)
            except TrackerError as error:
                troubles.append(str(error))
            else:
                issues += [self._as_issue(number, file)] if file is not None else []
        if troubles:
            raise TrackerError("; ".join(troubles))
        return issues

    def _bears_label(self, issue: Issue) -> bool:
        return any(label.casefold() in self._labels for label in issue.labels)

    def _as_issue(self, number: int, file: IssueFile) -> Issue:
        return Issue(
            ref=IssueRef("", number),
            url=_url(number),
            title=file.text_of("title") or f"Issue {number}",
            body=file.body,
            is_open=file.is_open,
            state_reason=file.state_reason,
            labels=file.names("labels"),
            assignees=file.names("assignees"),
            author=file.text_of("author") or AUTHOR,
            association="OWNER",
            comments=file.comments,
            created=file.moment("created"),
            closed=None if file.is_open else file.moment("closed") or self._changed(number),
        )

    # -------------------------------------------------------------------------------- files

    def _numbers(self) -> list[int]:
        """Returns the numbers in use, sorted."""
        if not self._has_folder():
            return []
        try:
            names = [path.name for path in self._folder.iterdir()]
        except OSError as error:
            raise self._trouble(FOLDER, "read", error) from None
        return sorted(int(match[1]) for match in map(_FILE.fullmatch, names) if match)

    def _read_file(self, number: int) -> IssueFile | None:
        """Reads one file; None where there is none, or nothing but a number taken.

        Raises:
            TrackerError: it is no issue, with file and line.
        """
        text = self._read_text(number)
        if not text:
            return None
        try:
            return IssueFile.parse(text)
        except IssueFileError as error:
            raise TrackerError(
                f"{_url(number)}:{error.line}: {shown(str(error))}; mend it (it was left as it is)"
            ) from None

    def _read_text(self, number: int) -> str:
        if not self._has_folder():
            return ""
        try:
            handle = os.open(self._folder / f"{number}.md", os.O_RDONLY | _NO_FOLLOW)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise TrackerError(f"{_url(number)} is no plain file; it was left as it is")
                data = file.read(MAX_SIZE + 1)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._trouble(_url(number), "read", error) from None
        if len(data) > MAX_SIZE:
            raise TrackerError(f"{_url(number)} is larger than {MAX_SIZE:,} bytes; shorten it")
        return decode(data)

    def _replace(self, number: int, text: str, *, expected: str) -> None:
        """Puts `text` into a file in one step, if it still holds `expected`.

        Raises:
            Refused: it does not, or cannot be written; it was then left as it is.
        """
        path = self._folder / f"{number}.md"
        spare = self._folder / f".{number}.{secrets.token_hex(4)}"
        try:
            mode = stat.S_IMODE(path.lstat().st_mode)
            handle = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(encode(text))
                    file.flush()
                    os.fsync(handle)
                spare.chmod(mode)
                if self._read_text(number) != expected:
                    raise Refused(f"{_url(number)} was changed by somebody else just now; run again")
                spare.replace(path)
            finally:
                spare.unlink(missing_ok=True)
        except OSError as error:
            raise self._trouble(_url(number), "written", error) from None

    def _take_number(self) -> int:
        """Claims the next number: an empty file, which nobody else can make again."""
        try:
            if not self._has_folder():
                self._folder.mkdir(parents=True, exist_ok=True)
            if self._highest is None:  # the folder is read once; what is given since is found taken
                self._highest = max(self._numbers(), default=0)
            number = max(self._highest, self._last_number(), self._given)
            while True:
                number += 1
                try:
                    handle = os.open(
                        self._folder / f"{number}.md", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666
                    )
                except FileExistsError:
                    continue
                os.close(handle)
                break
            self._note_last(number)
        except OSError as error:
            raise self._trouble(FOLDER, "written", error) from None
        self._highest = number
        return number

    def _note_last(self, number: int) -> None:
        """Notes the highest number in place, in as many bytes as ever, so that no crash leaves it void."""
        handle = os.open(self._folder / LAST, os.O_WRONLY | os.O_CREAT | _NO_FOLLOW, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(b"%09d\n" % number)
            file.truncate()

    def _last_number(self) -> int:
        try:
            handle = os.open(self._folder / LAST, os.O_RDONLY | _NO_FOLLOW)
            with os.fdopen(handle, encoding="ascii", errors="replace") as file:
                text = file.read(16).strip()
        except OSError:
            return 0
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0

    def _has_folder(self) -> bool:
        """Whether the issues' folder is there.

        Raises:
            TrackerError: it, or the one above, is a symbolic link or no folder.
        """
        for folder in (self._folder.parent, self._folder):
            try:
                mode = folder.lstat().st_mode
            except FileNotFoundError:
                return False
            except OSError as error:
                raise self._trouble(FOLDER, "read", error) from None
            if not stat.S_ISDIR(mode):
                name = folder.relative_to(self._root).as_posix()
                raise TrackerError(
                    f"{name} is no folder of its own (a link or a file); move it out of the way"
                )
        return True

    def _changed(self, number: int) -> datetime | None:
        """When a file was last changed: the best guess for when a person closed the issue in it."""
        try:
            return datetime.fromtimestamp((self._folder / f"{number}.md").lstat().st_mtime, UTC)
        except OSError:
            return None

    @staticmethod
    def _trouble(name: str, verb: str, error: OSError) -> Refused:
        return Refused(f"{name} cannot be {verb}: {error.strerror or error}")


def _url(number: int) -> str:
    """Returns a local issue's path, relative to the repository."""
    return f"{FOLDER}/{number}.md"


def _missing_from(names: Sequence[str], more: Sequence[str]) -> list[str]:
    """Returns those of `more` that are not among `names`, compared without case, each once."""
    new: dict[str, str] = {}
    for name in more:
        new.setdefault(name.casefold(), name)
    return [name for key, name in new.items() if key not in {each.casefold() for each in names}]
