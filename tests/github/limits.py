"""GitHub's published limits, on the injected clock.

Figures: docs.github.com, "Rate limits for the REST API" (primary: requests an hour and token; secondary:
points a minute, content-creating requests a minute and an hour).
"""

import math
from collections import deque
from dataclasses import dataclass, field

from tests.github.faults import Request

MINUTE, HOUR = 60.0, 3600.0


@dataclass(slots=True)
class Window:
    """The primary limit of one token: so many requests until the reset."""

    limit: int
    resets_at: float
    used: int = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """What every answer tells about it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(math.ceil(self.resets_at)),
            "X-RateLimit-Resource": "core",
        }


@dataclass(slots=True)
class Limits:
    """How much is allowed, and how much was used.

    Attributes:
        user: requests an hour for a person's token.
        actions: the same for the Actions token.
        content_a_minute: content-creating requests a minute and login.
        content_an_hour: the same an hour.
        content_methods: which methods create content. All writes to issues, labels, comments and pull
            requests by default, which is stricter than GitHub's wording; its git data is not content.
        points_a_minute: points a minute and login: 1 a read, 5 a write.
        tells_retry_after: whether a secondary refusal carries `retry-after`.
        refusals: every request that a limit turned away.
    """

    user: int = 5000
    actions: int = 1000
    content_a_minute: int = 80
    content_an_hour: int = 500
    content_methods: frozenset[str] = frozenset({"POST", "PATCH", "PUT", "DELETE"})
    points_a_minute: int = 900
    tells_retry_after: bool = True
    refusals: list[Request] = field(default_factory=list)
    _windows: dict[str, Window] = field(default_factory=dict)
    _content: dict[str, deque[float]] = field(default_factory=dict)
    _points: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def window(self, token: str, is_bot: bool, now: float) -> Window:
        """The token's primary window at `now`; a new one where the last is over."""
        window = self._windows.get(token)
        if window is None or now >= window.resets_at:
            window = Window(self.actions if is_bot else self.user, now + HOUR)
            self._windows[token] = window
        return window

    def use_up(self, token: str, is_bot: bool, now: float, leave: int = 0) -> Window:
        """Leaves `leave` requests in the token's present window, and returns it."""
        window = self.window(token, is_bot, now)
        window.used = window.limit - leave
        return window

    def creates_content(self, request: Request) -> bool:
        """Whether `request` counts against the content limits."""
        return (
            request.method in self.content_methods
            and "/git/" not in request.path
            and request.path != "/graphql"
        )

    def secondary_wait(self, request: Request, now: float) -> float:
        """Seconds until `request` would pass the secondary limits; 0 (and it is counted) if it does now."""
        points = self._points.setdefault(request.login, deque())
        while points and points[0][0] <= now - MINUTE:
            points.popleft()
        cost = 5 if request.is_write else 1
        if sum(each for _, each in points) + cost > self.points_a_minute:
            return points[0][0] + MINUTE - now
        if self.creates_content(request):
            wait = self._content_wait(request.login, now)
            if wait > 0:
                return wait
            self._content[request.login].append(now)
        points.append((now, cost))
        return 0

    def remember_content(self, login: str, when: float) -> None:
        """Counts content made earlier, or on the web."""
        self._content.setdefault(login, deque()).append(when)

    def _content_wait(self, login: str, now: float) -> float:
        made = self._content.setdefault(login, deque())
        while made and made[0] <= now - HOUR:
            made.popleft()
        waits = [0.0]
        if len(made) >= self.content_an_hour:
            waits.append(made[-self.content_an_hour] + HOUR - now)
        if len(made) >= self.content_a_minute:
            waits.append(made[-self.content_a_minute] + MINUTE - now)
        return max(waits)
