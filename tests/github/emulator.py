"""npm's `emulate`: a stateful GitHub REST server that nobody of this project wrote.

It runs as a child process. Clients meet it through our own server, so that requests are logged and can be
spoilt as with the in-process GitHub; all answers are the emulator's. Where it differs from GitHub: no
permissions, no limits, case-sensitive labels, no `errors` in a 422, no pull requests in issue lists, no 301,
no 410.
"""

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests import children, npm
from tests.github.faults import Front, Request
from tests.github.routes import Answer
from tests.github.server import Server
from tests.npm import Unavailable

VERSION = "0.12.2"
CACHE = npm.CACHE / "emulator"

TOKENS = [f"token-alice-{number}" for number in range(500)]
"""Alice's: each repository is given another, since a token's 5,000 requests an hour are soon used up."""

SEED = json.dumps(  # the emulator reads YAML, which JSON is
    {
        "tokens": {"token-bob": {"login": "bob", "scopes": ["repo"]}}
        | {token: {"login": "alice", "scopes": ["repo", "user"]} for token in TOKENS},
        "github": {
            "users": [
                {"login": "alice", "name": "Alice", "email": "alice@example.com"},
                {"login": "bob", "name": "Bob"},
            ],
            "orgs": [
                {
                    "login": "acme",
                    "name": "Acme",
                    "members": [{"login": "alice", "role": "admin"}, {"login": "bob"}],
                }
            ],
        },
    }
)

_HOP_BY_HOP = {"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"}


class Emulator(Front):
    """A running emulator, as its clients meet it at `url`.

    Attributes:
        port: where the emulator itself listens.
        token: a token of alice, who owns `acme`.
    """

    def __init__(self, url: str, port: int) -> None:
        super().__init__(url)
        self.port = port
        self.token = TOKENS[0]
        self._numbers = count(1)

    def answer(self, request: Request, headers: Mapping[str, str], raw: bytes) -> Answer:
        """Passes a request on, and its answer back."""
        passed = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
        target = request.target + (f"?{request.query}" if request.query else "")
        if raw:
            request.body = json.loads(raw)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(request.method, target, body=raw or None, headers=passed)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
        return Answer(response.status, body, kept)

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> object:
        """Asks the emulator itself, neither logged nor spoilt. Raises AssertionError on a refusal."""
        raw = json.dumps(body).encode() if body is not None else b""
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        path, _, query = path.partition("?")
        answer = self.answer(Request(method, path, query, target=path), headers, raw)
        assert answer.status < 400, f"{method} {path}: {answer.status} {answer.body!r}"
        return json.loads(answer.body) if isinstance(answer.body, bytes) and answer.body else None

    def create_repository(self, **settings: object) -> str:
        """Makes a fresh repository of `acme`, with a first commit, and returns its full name.

        `token` is another one from then on.
        """
        number = next(self._numbers)
        name, self.token = f"shop-{number}", TOKENS[number % len(TOKENS)]
        self.call("POST", "/orgs/acme/repos", {"name": name, "auto_init": True} | settings)
        return f"acme/{name}"


def install(cache: Path = CACHE) -> Path:
    """Installs the emulator, unless it already is, and returns its program. Raises `Unavailable`."""
    folder = npm.install(cache / f"emulate-{VERSION}", f"emulate@{VERSION}")
    return folder / "node_modules" / "emulate" / "dist" / "index.js"


@contextmanager
def running(server: Server, folder: Path) -> Iterator[Emulator]:
    """Runs the emulator behind `server` for as long as the block lasts. Raises `Unavailable`.

    Args:
        server: what its clients connect to; the emulator writes this address into its URLs.
        folder: for its seed and its log.
    """
    program, (node, _), port = install(), npm.find_node(), _free_port()
    seed, log = folder / "seed.yaml", folder / "emulator.log"
    seed.write_text(SEED)
    options = ["--service", "github", "--port", str(port), "--seed", str(seed), "--base-url", server.url]
    with log.open("w") as output:
        command = [str(node), str(program), "start", *options]
        with children.running(command, stdout=output, stderr=output, env=npm.ENVIRONMENT) as process:
            _wait_until_up(process, port, log)
            emulator = Emulator(server.url, port)
            server.put(emulator, emulator.answer)
            yield emulator


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable(f"The emulator ended at once: {log.read_text().strip()[-500:]}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/rate_limit")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise Unavailable(f"The emulator did not answer within a minute: {log.read_text().strip()[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
