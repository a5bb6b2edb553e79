"""What can go wrong in a way that a user can mend.

Every message is one clear sentence: what, where, and what to do about it. Anything raised that is
not a `PmsyncError` is a defect of pmsync.
"""

from datetime import datetime


class PmsyncError(Exception):
    """Something a user can fix; `str()` is the sentence to show. Exit code 1."""

    exit_code = 1


class UsageError(PmsyncError):
    """Wrong options, or a configuration that cannot be used. Exit code 2."""

    exit_code = 2


class DocumentError(PmsyncError):
    """One document that cannot be read or written; the others go on.

    Attributes:
        document: its path as the user knows it.
        line: the line (from 1) where the trouble is, where there is one.
    """

    def __init__(self, document: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.document = document
        self.line = line


class TrackerError(PmsyncError):
    """The tracker could not do what was asked."""


class Refused(TrackerError):
    """A definite no to one request: nothing was written, and others may still pass.

    Attributes:
        status: the HTTP status, 0 where there is none.
        fields: the fields that the answer names as invalid, such as `assignees`.
    """

    def __init__(self, message: str, status: int = 0, fields: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.status = status
        self.fields = fields


class OutcomeUnknown(TrackerError):
    """A write whose outcome is unknown: it may or may not have happened. Never simply send it again."""


class Unusable(TrackerError):
    """No request can pass: a bad token, a repository that is not there, a host out of reach."""


class OutOfBudget(TrackerError):
    """A rate limit that would take longer to wait for than allowed: stop here, go on later.

    Attributes:
        resume_at: when requests will pass again, where it is known.
    """

    def __init__(self, message: str, resume_at: datetime | None = None) -> None:
        super().__init__(message)
        self.resume_at = resume_at


class MergeError(PmsyncError):
    """A merge that came to nothing. Exit code 129: git takes lower ones for conflicts in a finished one."""

    exit_code = 129


class Interrupted(PmsyncError):
    """Ctrl-C or SIGTERM: what was made has been written back. Exit code 130."""

    exit_code = 130
