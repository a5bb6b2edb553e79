"""The HTTP side: a threaded server for a whole test session, whatever it answers for."""

import contextlib
import json
import select
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from requests.structures import CaseInsensitiveDict

from tests.github.client_side import HEADER, doom
from tests.github.faults import RETRY_AFTER, Front, Kind, Request
from tests.github.routes import Answer

PATIENCE = 120.0
"""Seconds that a slow answer keeps a client of another process waiting, at most."""

UNICORN = b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>\n"
LIMITED = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

Rules = Callable[[Request, Mapping[str, str], bytes], Answer]
"""Answers a request, given its headers and body; `request.path` still has the prefix that was asked for."""


class Server(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1, answering for what was last `put`."""

    daemon_threads = True
    request_queue_size = 128  # the default, 5, makes the sixth client of a moment wait a second
    front: Front
    rules: Rules

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """The API's base URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, front: Front, rules: Rules) -> None:
        """Answers from now on for `front`, by `rules`."""
        self.front, self.rules = front, rules

    def process(self, request: Request, headers: Mapping[str, str], raw: bytes) -> Answer:
        """Carries out one request: logs it, spoils it if a fault says so, else answers by the rules."""
        front, rules = self.front, self.rules
        try:
            with front.lock:
                hooks = front.admit(request)
            for hook in hooks:  # without the lock: they may make requests
                hook.act()
            with front.lock:
                answer = self._spoil(request, rules, headers, raw)
        except BaseException as defect:  # noqa: BLE001 - the test is to hear of it, not this thread
            front.defects.append(defect)
            answer = _say(500, f"A defect of the test server: {defect!r}")
        request.status = 0 if request.fault and request.fault.is_silent else answer.status
        return answer

    def _spoil(self, request: Request, rules: Rules, headers: Mapping[str, str], raw: bytes) -> Answer:
        fault = request.fault
        if fault and not fault.is_processed:
            return _refuse(fault)
        answer = rules(request, headers, raw)
        return _refuse(fault) if fault in {Kind.ERROR_AFTER, Kind.HTML_502_AFTER} else answer


@contextmanager
def serving() -> Iterator[Server]:
    """Runs a server for as long as the block lasts."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        """Says nothing: the log is `front.requests`."""

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        request, front = Request(self.command, unquote(path), query, target=path), self.server.front
        answer = self.server.process(request, CaseInsensitiveDict(self.headers.items()), raw)
        if request.fault and request.fault.is_silent:
            self.close_connection = True
            self._fail_silently(front, request.fault)
        else:
            self._send(answer, request.fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815

    def _fail_silently(self, front: Front, fault: Kind) -> None:
        in_process = self.headers.get(HEADER) is not None
        slow, kill = fault.name.startswith("SLOW"), fault.name.startswith("KILL")
        if in_process and (slow or kill):
            doom(self.server.server_port, self.client_address[1], "slow" if slow else "kill")
        elif kill and front.on_kill:
            front.on_kill()
        elif slow:
            select.select([self.connection], [], [], PATIENCE)  # readable once the client has hung up
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer, fault: Kind | None) -> None:
        body = answer.body
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} | answer.headers
        if fault is Kind.CUT_JSON:
            raw = raw[: len(raw) // 2]
        if answer.status not in {204, 304}:
            headers["Content-Length"] = str(len(raw))
        if fault is Kind.TRUNCATED:
            raw = raw[: len(raw) // 2]
            self.close_connection = True
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        with contextlib.suppress(OSError):  # one write: in two, the second would wait for the first's receipt
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + raw)


def _refuse(fault: Kind | None) -> Answer:
    """What a fault answers in place of the truth."""
    told = {"Retry-After": str(RETRY_AFTER)}
    match fault:
        case Kind.ERROR_BEFORE | Kind.ERROR_AFTER:
            return _say(500, "Server Error")
        case Kind.HTML_502_BEFORE | Kind.HTML_502_AFTER:
            return Answer(502, UNICORN, {"Content-Type": "text/html; charset=utf-8"})
        case Kind.UNAUTHORIZED:
            return _say(401, "Bad credentials")
        case Kind.FORBIDDEN:
            return _say(403, "Resource not accessible by integration")
        case Kind.SECONDARY:
            return _say(403, LIMITED, told)
        case Kind.SECONDARY_SILENT:
            return _say(403, LIMITED)
        case Kind.TOO_MANY:
            return _say(429, LIMITED, told)
        case Kind.TOO_MANY_SILENT:
            return _say(429, LIMITED)
        case Kind.NOT_FOUND:
            return _say(404, "Not Found")
        case Kind.GONE:
            return _say(410, "This issue was deleted")
        case _:
            return Answer(500)


def _say(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"message": message, "status": str(status)}, headers or {})
