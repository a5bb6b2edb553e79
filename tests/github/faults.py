"""What can go wrong with the k-th request, and the log of them all."""

import enum
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """A way for a request to fail. Those `…_AFTER` (and the spoilt bodies) fail once the work is done."""

    DROP_BEFORE = "connection dropped before the write"
    DROP_AFTER = "connection dropped after the write"
    ERROR_BEFORE = "500 before the write"
    ERROR_AFTER = "500 after the write"
    HTML_502_BEFORE = "HTML 502 before the write"
    HTML_502_AFTER = "HTML 502 after the write"
    TRUNCATED = "body shorter than its Content-Length"
    CUT_JSON = "JSON cut in the middle, of honest length"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403 for lack of permission"
    SECONDARY = "403 secondary limit, with retry-after"
    SECONDARY_SILENT = "403 secondary limit, without retry-after"
    TOO_MANY = "429, with retry-after"
    TOO_MANY_SILENT = "429, without retry-after"
    NOT_FOUND = "404"
    GONE = "410"
    SLOW_BEFORE = "no answer in time, nothing written"
    SLOW_AFTER = "no answer in time, written"
    KILL_BEFORE = "client killed before the write"
    KILL_AFTER = "client killed after the write"

    @property
    def is_processed(self) -> bool:
        """Whether the request did its work before the fault struck."""
        return self in _PROCESSED

    @property
    def is_silent(self) -> bool:
        """Whether no byte of an answer is sent."""
        return self.name.startswith(("DROP", "SLOW", "KILL"))


_PROCESSED = frozenset(
    {
        Kind.DROP_AFTER,
        Kind.ERROR_AFTER,
        Kind.HTML_502_AFTER,
        Kind.TRUNCATED,
        Kind.CUT_JSON,
        Kind.SLOW_AFTER,
        Kind.KILL_AFTER,
    }
)

RETRY_AFTER = 17
"""Seconds that a refusal by fault asks to wait: odd, so that a test knows it was honoured."""


@dataclass(slots=True)
class Request:
    """One request as the server saw it.

    Attributes:
        path: without a query and without Enterprise's `/api/v3`.
        query: the raw query string.
        login: who asked; empty for nobody.
        status: what was answered; 0 for no answer at all.
        fault: what spoilt it, if anything.
        body: the JSON sent, if any.
        target: the path as it was sent, its percent signs kept.
    """

    method: str
    path: str
    query: str = ""
    login: str = ""
    status: int = 0
    fault: Kind | None = None
    body: object = None
    target: str = ""

    @property
    def is_write(self) -> bool:
        """Whether it could change anything."""
        return self.method not in {"GET", "HEAD"}

    def __str__(self) -> str:
        asked = f"{self.path}?{self.query}" if self.query else self.path
        return f"{self.method} {asked} → {self.status or 'no answer'}"


Matches = Callable[[Request], bool]


def every(request: Request) -> bool:
    """Counts all requests."""
    return True


def writes(request: Request) -> bool:
    """Counts only requests that could change anything."""
    return request.is_write


@dataclass(slots=True)
class Fault:
    """Strikes the `at`-th request (from 1) that `of` counts, or all from there on."""

    kind: Kind
    at: int = 1
    lasting: bool = False
    of: Matches = every
    seen: int = 0
    fired: int = 0

    def strikes(self, request: Request) -> bool:
        """Counts `request` and says whether it is to fail."""
        if not self.of(request):
            return False
        self.seen += 1
        hit = self.seen >= self.at if self.lasting else self.seen == self.at
        self.fired += hit
        return hit


@dataclass(slots=True)
class Hook:
    """Calls `act` right before the `at`-th request that `of` counts is processed (once)."""

    act: Callable[[], object]
    at: int = 1
    of: Matches = every
    seen: int = 0

    def is_due(self, request: Request) -> bool:
        """Counts `request` and says whether it is the one."""
        if not self.of(request):
            return False
        self.seen += 1
        return self.seen == self.at


class Front:
    """What a client meets first: it logs every request and spoils those that a test chose.

    Attributes:
        url: the base URL for the API, with no slash at its end.
        requests: every request so far, oldest first; `writes` and `watch` narrow it.
        on_kill: what a kill fault does to a client in another process.
        defects: what went wrong in the server itself or in a hook; the fixtures make tests fail of it.
        lock: held while a request is carried out.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.on_kill: Callable[[], object] | None = None
        self.defects: list[BaseException] = []
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []

    # ---- for tests

    def fail(self, kind: Kind, *, at: int = 1, lasting: bool = False, of: Matches = every) -> Fault:
        """Makes the `at`-th request from now fail (or all from there on).

        Args:
            kind: how.
            at: which, from 1, of those that `of` counts.
            lasting: whether all later ones fail too.
            of: which requests count: `every`, `writes`, or a function of a `Request`.

        Returns:
            The fault; its `fired` says how often it struck.
        """
        fault = Fault(kind, at, lasting, of)
        self._faults.append(fault)
        return fault

    def meanwhile(self, act: Callable[[], object], *, at: int = 1, of: Matches = every) -> None:
        """Lets something happen, once, right before the `at`-th request from now is processed.

        `act` may itself ask this server, or run a whole other sync.
        """
        self._hooks.append(Hook(act, at, of))

    def mend(self) -> None:
        """Ends all faults and hooks."""
        self._faults.clear()
        self._hooks.clear()

    @property
    def writes(self) -> list[Request]:
        """The requests that could change anything."""
        return [request for request in self.requests if request.is_write]

    @contextmanager
    def watch(self) -> Iterator[list[Request]]:
        """Gives a list that holds, after the block, the requests made within it."""
        seen: list[Request] = []
        start = len(self.requests)
        try:
            yield seen
        finally:
            seen.extend(self.requests[start:])

    # ---- for the server

    def admit(self, request: Request) -> list[Hook]:
        """Logs a request and decides its fault; returns the hooks that it sets off.

        Every fault and every hook counts every request.
        """
        self.requests.append(request)
        struck = [fault.kind for fault in self._faults if fault.strikes(request)]
        request.fault = struck[0] if struck else None
        return [hook for hook in self._hooks if hook.is_due(request)]
