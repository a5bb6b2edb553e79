"""Talking to GitHub: one request at a time, each sent once unless it is certain to be new.

PyGithub carries the requests (address, authentication, version header, TLS); its own retries and
redirects are switched off, since they send a POST again after a lost answer, follow a 301 for every
verb, and take a 307 for success. What to do after each kind of answer is decided here:

    a definite no (4xx)                → `Refused`, or `Unusable` for a bad token
    a rate limit (403 and 429 by it)   → waited for within bounds and sent again; else `OutOfBudget`
    no connection was ever made        → sent again, a bounded number of times; then `Unusable`
    connection lost, time-out, 5xx,
    an answer that is cut or no JSON   → a read is sent again, a bounded number of times;
                                         a write is never: `OutcomeUnknown`
    a redirect                         → a read follows it on the same host; a write is `Moved`
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import github
import requests
import urllib3.exceptions
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.utils import parse_header_links

from pmsync import __version__
from pmsync.errors import OutcomeUnknown, OutOfBudget, Refused, TrackerError, Unusable
from pmsync.github.clock import Clock
from pmsync.github.environment import DEFAULT_API, read_address
from pmsync.github.pacing import Pace, clock_time
from pmsync.interruption import Interruption
from pmsync.text import shown

API_VERSION = "2022-11-28"
PER_PAGE = 100
TIMEOUT = 15.0
"""Seconds to connect, and to wait for more of an answer. GitHub itself gives up after ten."""
MAX_WAIT = 120.0
"""Seconds that a single wait may take, unless told otherwise."""
HOUR_WAIT = 3700.0
"""The bound that waits for the hourly limits to pass."""
TRIES = 4
"""How often a request is sent that certainly did nothing, before giving up."""
PAUSES = (0.5, 2.0, 4.0)
"""Seconds before its second, third and fourth try."""
REFUSALS = 3
"""How many rate-limit refusals of one request are waited for."""
SECONDARY_PAUSE = 60.0
"""Seconds to wait after a rate-limit refusal that names no time; doubled with each further one."""
LONGEST_PAUSE = 86_400.0
"""Seconds beyond which an answer that asks for a pause is not believed: GitHub's limits last an hour."""
REDIRECTS = 5

Json: TypeAlias = Any
"""Decoded JSON: whoever uses it checks what it is."""

_READS = frozenset({"GET", "HEAD"})
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_UNRELATED = re.compile(r"(?i)archived|locked|blocked|disabled")
"""In a 403's message: no permission would help."""
_PERMISSIONS = (
    ("/pulls", "pull-requests: write"),
    ("/git/", "contents: write"),
    ("/contents", "contents: write"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered to a request that it carried out.

    Attributes:
        status: 2xx, or 304.
        headers: by lower-case name.
        data: the decoded body; None where it is empty.
        redirected: whether a redirect was followed to get it.
    """

    status: int
    headers: Mapping[str, str]
    data: Json = None
    redirected: bool = False

    @property
    def next_page(self) -> str | None:
        """The URL of the next page of a list, where there is one."""
        links = parse_header_links(self.headers.get("link", ""))
        return next((link["url"] for link in links if link.get("rel") == "next"), None)


class Moved(Refused):
    """A write that GitHub redirected instead of carrying it out."""


class _Redirected(Exception):
    """Breaks off PyGithub's handling of an answer before it follows a redirect by itself."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(status, location)
        self.status = status
        self.location = location


class _Trouble(Exception):
    """No usable answer: `str()` says what happened; `sent` is False where nothing can have arrived."""

    def __init__(self, text: str, *, sent: bool = True, status: int | None = None) -> None:
        super().__init__(text)
        self.sent = sent
        self.status = status


class Connection:
    """Requests to one GitHub, with one token.

    Args:
        token: sent to `base_url`'s host alone, and never written anywhere.
        base_url: `https://api.github.com`, or an Enterprise Server's `https://host/api/v3`.
        timeout: seconds, to connect and between two pieces of an answer.
        clock: tells and passes the time.
        say: told about every wait, in a sentence.
        max_wait: seconds that a single wait may take (`HOUR_WAIT` to see the hourly limits through).
        on_request: called after each request with its verb, its path (query included) and the
            answer's status, None where there was none.

    Attributes:
        pace: when writes may go out.

    Raises:
        UsageError: the address is none.
        Unusable: the token cannot be used at all.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = DEFAULT_API,
        timeout: float = TIMEOUT,
        clock: Clock | None = None,
        say: Callable[[str], None] = lambda _text: None,
        max_wait: float = MAX_WAIT,
        on_request: Callable[[str, str, int | None], None] = lambda _verb, _path, _status: None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock: Clock = clock or Interruption()
        self.say = say
        self.pace = Pace(self.clock, say, max_wait)
        self._on_request = on_request
        self._address = read_address(self.base_url, "GITHUB_API_URL")
        if not re.fullmatch(r"[!-~]+", token):
            raise Unusable(
                "the GitHub token is empty or holds characters that no token has; "
                "set GITHUB_TOKEN to the token alone"
            )
        _silence_logging()
        self._requester = github.Github(
            auth=github.Auth.Token(token),
            base_url=self.base_url,
            user_agent=f"pmsync/{__version__}",
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=API_VERSION,
        ).requester
        self._wire = _make_wire(
            self._address.scheme, self._address.hostname or "", self._address.port, timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the sockets. The connection can be used again all the same."""
        self._wire.close()
        self._requester.close()

    @property
    def host(self) -> str:
        """The host that is talked to, for sentences."""
        return self._address.netloc.rpartition("@")[2]

    def request(
        self,
        verb: str,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        body: Json = None,
    ) -> Answer:
        """Sends one request and returns the answer that carried it out.

        Args:
            verb: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
            path: begins with `/`, is percent-encoded, and stands below the base URL; or a whole URL, of
                which only path and query are used.
            parameters: the query.
            body: sent as JSON.

        Raises:
            Refused: a definite no; `Moved` where a write was redirected.
            OutcomeUnknown: a write may or may not have happened.
            Unusable: the token is bad, or the host cannot be reached.
            OutOfBudget: a rate limit that takes longer to wait for than allowed.
            TrackerError: a read failed, each time it was tried.
        """
        is_read = verb in _READS
        failures = refusals = hops = 0
        while True:
            if not is_read and "/git/" not in path:
                self.pace.admit()
            try:
                status, answered, text = self._send(verb, path, parameters, body)
                limit = _find_limit(status, answered, text, refusals, self.clock.now())
                if limit is None:
                    return self._judge(verb, path, status, answered, text, redirected=hops > 0)
            except _Redirected as redirect:
                if not is_read:
                    raise self._moved(verb, path, redirect) from None
                hops += 1
                path, parameters = self._follow(path, parameters, redirect, hops), None
                continue
            except _Trouble as trouble:
                failures += 1
                if trouble.sent and not is_read:
                    raise OutcomeUnknown(
                        f"{trouble} after {verb} {urlsplit(path).path}: "
                        "it may or may not have been carried out"
                    ) from None
                self._pause_after(trouble, failures)
                continue
            refusals += 1
            self._sit_out(limit, refusals)

    def pages(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Answer]:
        """Yields the answers that make up a list, a hundred entries each.

        Raises:
            What `request` raises; `TrackerError` where an answer is no list.
        """
        answer = self.request("GET", path, {"per_page": PER_PAGE, **(parameters or {})})
        asked = set[str]()
        while True:
            if not isinstance(answer.data, list):
                raise TrackerError(
                    f"{self.host} answered GET {path} with something other than a list: "
                    "check that GITHUB_API_URL names a GitHub REST API"
                )
            yield answer
            if answer.next_page is None:
                return
            further = self._here(answer.next_page)
            if further in asked:
                raise TrackerError(f"{self.host} answered GET {path} with pages that go round in a circle")
            asked.add(further)
            answer = self.request("GET", further)

    def entries(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Iterator[Json]:
        """Yields the entries of a list; raises what `pages` raises."""
        for answer in self.pages(path, parameters):
            yield from answer.data

    # ------------------------------------------------------------------------ one exchange

    def _send(
        self,
        verb: str,
        path: str,
        parameters: Mapping[str, str | int] | None,
        body: Json,
    ) -> tuple[int, Mapping[str, str], str]:
        """Sends one request, once, and returns status, headers and text of the answer."""
        status: int | None = None
        try:
            status, answered, text = self._requester.requestJson(
                verb,
                path,
                parameters=dict(parameters or {}),
                headers={"Accept": "application/vnd.github+json"},
                input=body,
                cnx=self._wire,
            )
        except _Redirected as redirect:
            status = redirect.status
            raise
        except _Trouble as trouble:
            status = trouble.status
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._network_trouble(error) from None
        except (ValueError, OverflowError):  # PyGithub reads numbers out of headers
            raise _Trouble(f"{self.host} answered something that cannot be understood") from None
        else:
            return status, answered, text
        finally:
            self._on_request(verb, _with_query(path, parameters), status)

    def _network_trouble(self, error: Exception) -> _Trouble:
        """Says what an exception of the network libraries means."""
        cause = error.args[0] if error.args else None
        reason = getattr(cause, "reason", None)
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error):
            raise Unusable(
                f"the certificate of {self.host} is not trusted here; "
                "set REQUESTS_CA_BUNDLE to your organisation's certificates"
            ) from None
        if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(
            reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
        ):
            return _Trouble(f"{self.host} cannot be reached", sent=False)
        if isinstance(error, requests.Timeout):
            return _Trouble(f"{self.host} did not answer in time")
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return _Trouble(f"the answer of {self.host} was cut off")
        return _Trouble(f"the connection to {self.host} was lost")

    # ------------------------------------------------------------------------- judgements

    def _judge(
        self, verb: str, path: str, status: int, headers: Mapping[str, str], text: str, *, redirected: bool
    ) -> Answer:
        """Turns an answer that is no rate limit into an `Answer`, or into what it means."""
        if status >= 500 or status == 408:
            raise _Trouble(f"{self.host} answered {status}", status=status)
        try:
            data = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            data = None
            if status < 400:
                raise _Trouble(f"{self.host} answered something that is not JSON", status=status) from None
        if status < 400:
            return Answer(status, headers, data, redirected)
        details = data if isinstance(data, dict) else {}
        message = shown(str(details.get("message") or "no reason given")).strip().rstrip(".")
        what = f"{verb} {urlsplit(path).path}"
        if status == 401:
            raise Unusable(
                f"{self.host} does not accept the token ({message}): it is wrong, expired or revoked; "
                "set GITHUB_TOKEN to a valid one"
            )
        if status == 403:
            need = f"the token lacks the permission `{_permission(verb, path, headers)}`"
            because = f"({message})" if _UNRELATED.search(message) else f"({message}): {need}"
            raise Refused(f"{self.host} refused {what} {because}", status)
        fields, reasons = _invalid_fields(details.get("errors"))
        because = "; ".join([message, *reasons])
        raise Refused(f"{self.host} answered {status} to {what}: {because}", status, fields)

    def _moved(self, verb: str, path: str, redirect: _Redirected) -> Moved:
        return Moved(
            f"{self.host} did not carry out {verb} {urlsplit(path).path}: it says that this moved"
            + (f" to {shown(redirect.location)}" if redirect.location else ""),
            redirect.status,
        )

    def _follow(
        self, path: str, parameters: Mapping[str, str | int] | None, redirect: _Redirected, hops: int
    ) -> str:
        """Returns the URL that a read is redirected to, the query of the old one kept."""
        if not redirect.location or hops > REDIRECTS:
            raise TrackerError(f"{self.host} redirects GET {urlsplit(path).path} without end or aim")
        here = self.base_url + path if path.startswith("/") else path
        try:
            target = urlsplit(urljoin(here, redirect.location))
        except ValueError:
            raise TrackerError(
                f"{self.host} redirects to what is no URL: {shown(redirect.location)}"
            ) from None
        if (target.scheme, target.netloc) != (self._address.scheme, self._address.netloc):
            raise TrackerError(
                f"{self.host} redirects to {shown(target.netloc)}, where the token must not go; "
                "set GITHUB_API_URL to the right address"
            )
        query = target.query or urlencode([*parse_qsl(urlsplit(path).query), *(parameters or {}).items()])
        return target._replace(query=query, fragment="").geturl()

    def _here(self, url: str) -> str:
        """Returns `url` on our own host, whatever host it names."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise TrackerError(f"{self.host} names a next page that is no URL: {shown(url)}") from None
        return self._address._replace(path=parts.path, query=parts.query).geturl()

    def _pause_after(self, trouble: _Trouble, failures: int) -> None:
        """Waits before a request that certainly did nothing is sent again.

        Raises:
            TrackerError: it has failed too often by now; `Unusable` where nothing ever arrived.
        """
        if failures < TRIES:
            pause = PAUSES[failures - 1]
            self.say(f"{trouble}; trying again in {pause:g} s")
            self.clock.sleep(pause)
        elif trouble.sent:
            raise TrackerError(f"{trouble}, {failures} times in a row; try again later") from None
        else:
            raise Unusable(
                f"{trouble}, after {failures} tries; check the network and GITHUB_API_URL"
            ) from None

    def _sit_out(self, limit: "_Limit", refusals: int) -> None:
        """Waits until a rate limit lets requests through again.

        Raises:
            OutOfBudget: that would take too long, or was done too often.
        """
        if limit.is_secondary:
            self.pace.slow_down()
        reason = f"{self.host} asks for a pause ({limit.name})"
        if refusals > REFUSALS:
            until = self.clock.now() + timedelta(seconds=limit.seconds)
            raise OutOfBudget(
                f"{reason}, {refusals} times for one request: go on after {clock_time(until)}", until
            )
        self.pace.wait(limit.seconds, reason)


@dataclass(frozen=True, slots=True)
class _Limit:
    """A rate limit that refused a request, and how many seconds to leave it alone."""

    name: str
    seconds: float
    is_secondary: bool


def _find_limit(
    status: int, headers: Mapping[str, str], text: str, refusals: int, now: datetime
) -> _Limit | None:
    """Returns the rate limit that an answer speaks of; None where it is about something else.

    What such an answer says stands in "Rate limits for the REST API", "Exceeding the rate limit".

    Args:
        status: of the answer.
        headers: of the answer.
        text: of the answer.
        refusals: how often this request was refused for a limit before.
        now: to reckon with the moment that the answer names.
    """
    if status not in (403, 429):
        return None
    spent = headers.get("x-ratelimit-remaining") == "0"
    after = headers.get("retry-after", "")
    is_primary = Requester.isPrimaryRateLimitError(_message(text))
    is_secondary = Requester.isSecondaryRateLimitError(_message(text))
    if status == 403 and not (spent or after or is_primary or is_secondary):
        return None
    name = "hourly rate limit" if is_primary or (spent and not is_secondary) else "secondary rate limit"
    reset = headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        seconds = float(after)
    elif spent and reset.isdecimal():
        seconds = max(float(reset) - now.timestamp(), 0.0) + 1
    else:
        seconds = SECONDARY_PAUSE * 2**refusals
    return _Limit(name, min(seconds, LONGEST_PAUSE), is_secondary=name.startswith("secondary"))


def _message(text: str) -> str:
    """Returns the message in an error's body; empty where there is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return str(data.get("message") or "") if isinstance(data, dict) else ""


def _invalid_fields(errors: Json) -> tuple[frozenset[str], list[str]]:
    """Returns the names of the fields that a 422 calls invalid, and its reasons as clauses."""
    entries = errors if isinstance(errors, list) else [] if errors is None else [errors]
    fields, reasons = set(), []
    for entry in entries:
        if isinstance(entry, dict):
            name = str(entry.get("field") or "")
            fields |= {name} - {""}
            clause = str(entry.get("message") or f"{name} {entry.get('code') or ''}".strip())
        else:
            clause = str(entry)
        reasons.append(shown(clause))
    return frozenset(fields), reasons


def _permission(verb: str, path: str, headers: Mapping[str, str]) -> str:
    """Returns the permission that a refused request needs, as a workflow's `permissions:` writes it."""
    if accepted := headers.get("x-accepted-github-permissions"):
        return ", ".join(
            shown(name).strip().replace("_", "-").replace("=", ": ") for name in re.split(r"[;,]", accepted)
        )
    needed = next((name for part, name in _PERMISSIONS if part in path), "issues: write")
    return needed if verb not in _READS else needed.replace("write", "read")


def _with_query(path: str, parameters: Mapping[str, str | int] | None) -> str:
    """Returns path and query as they are sent, for the eyes of people."""
    parts = urlsplit(path)
    query = "&".join(filter(None, [parts.query, urlencode(parameters or {})]))
    return f"{parts.path}?{query}" if query else parts.path


def _silence_logging() -> None:
    """Undoes what importing PyGithub does to logging: a handler that writes to the standard error.

    Nothing of a request is logged at any level; `on_request` is there for that.
    """
    logger = logging.getLogger("github")
    logger.handlers = [logging.NullHandler()]
    logger.propagate = False
    logger.setLevel(logging.CRITICAL)


def _make_wire(
    scheme: str, host: str, port: int | None, timeout: float
) -> HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass:
    """Returns PyGithub's own connection, set to send once and to leave redirects alone."""
    kind = HTTPSRequestsConnectionClass if scheme == "https" else HTTPRequestsConnectionClass
    wire = kind(host, port, timeout=timeout, retry=0, pool_size=1)  # type: ignore[arg-type]
    wire.session.hooks["response"] = [_watch]
    return wire


def _watch(response: requests.Response, **_settings: object) -> None:
    """Looks at each answer before PyGithub does."""
    response.encoding = "utf-8"  # JSON is; requests would guess where the header does not say
    if response.status_code in _REDIRECTED:
        response.close()
        raise _Redirected(response.status_code, response.headers.get("location", ""))
    if response.status_code == 202 and response.request.method in _READS:
        response.close()
        raise _Trouble("GitHub is still working on the answer", status=202)
