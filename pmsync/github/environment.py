"""Which GitHub, which repository, which token: what the surroundings say.

A workflow's variables come first, then what a checkout and the `gh` command know.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pmsync.errors import UsageError
from pmsync.git import ask_git
from pmsync.text import shown

PATIENCE = 10.0
"""Seconds that `gh` may take to answer."""
DEFAULT_SERVER = "https://github.com"
DEFAULT_API = "https://api.github.com"

_EXAMPLES = {
    "GITHUB_API_URL": f"{DEFAULT_API} or https://HOST/api/v3",
    "GITHUB_SERVER_URL": f"{DEFAULT_SERVER} or https://HOST",
    "GH_HOST": "github.com or HOST",
}
"""The variables that say where GitHub is, and how to write each."""

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]+):(?!//)(?P<path>.+)")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def find_server_url(environ: Mapping[str, str]) -> str:
    """Returns the address of GitHub's pages: `https://github.com`, or an Enterprise Server's.

    Raises:
        UsageError: what the environment gives is no address.
    """
    if given := environ.get("GITHUB_SERVER_URL", "").strip():
        return read_address(given, "GITHUB_SERVER_URL").geturl().rstrip("/")
    if host := environ.get("GH_HOST", "").strip():
        return read_address(f"https://{host}", "GH_HOST").geturl()
    return DEFAULT_SERVER


def find_api_url(environ: Mapping[str, str]) -> str:
    """Returns the address of GitHub's API: `GITHUB_API_URL`, else the one that belongs to the server.

    Raises:
        UsageError: what the environment gives is no address.
    """
    if given := environ.get("GITHUB_API_URL", "").strip():
        return read_address(given, "GITHUB_API_URL").geturl().rstrip("/")
    parts = urlsplit(find_server_url(environ))
    if parts.hostname in (None, "github.com"):
        return DEFAULT_API
    if str(parts.hostname).endswith(".ghe.com"):
        return f"https://api.{parts.netloc}"
    return f"{parts.scheme}://{parts.netloc}/api/v3"


def read_address(url: str, variable: str) -> SplitResult:
    """Splits the address that a variable of the environment holds.

    Raises:
        UsageError: it is none that requests could go to.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageError(f"{variable}: {shown(url)!r} is no address: write it as {_EXAMPLES[variable]}")
    return parts


def find_token(environ: Mapping[str, str]) -> str | None:
    """Returns the token to use: `GITHUB_TOKEN`, `GH_TOKEN`, or what `gh auth token` gives; else None."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        if token := environ.get(name, "").strip():
            return token
    host = urlsplit(find_server_url(environ)).hostname or "github.com"
    return _ask_gh(host)


def find_repository(environ: Mapping[str, str], root: Path) -> str | None:
    """Returns the `owner/name` of the repository at `root`, or None where nothing tells it.

    `GITHUB_REPOSITORY` says it in a workflow; elsewhere the remote called `origin` does, if it is on
    the GitHub that `environ` speaks of. A host without a dot is taken for an alias of the user's own
    in the SSH configuration.
    """
    if given := environ.get("GITHUB_REPOSITORY", "").strip():
        return given
    url = ask_git(root, "config", "--get", "remote.origin.url")
    host, repository = parse_remote(url or "")
    server = urlsplit(find_server_url(environ)).hostname or "github.com"
    api = urlsplit(find_api_url(environ)).hostname or ""
    known = {server, f"ssh.{server}", f"www.{server}", api}
    return repository if host and ("." not in host or host in known) else None


def tell_host(environ: Mapping[str, str], root: Path) -> str:
    """Says which variable to set where the remote called `origin` is on no GitHub that the environment names.

    Returns:
        A sentence; empty where the remote is on it, or there is none.
    """
    if environ.get("GITHUB_REPOSITORY", "").strip() or find_repository(environ, root):
        return ""
    host, repository = parse_remote(ask_git(root, "config", "--get", "remote.origin.url") or "")
    if not host or not repository:
        return ""
    return (
        f"git's remote origin is {shown(repository)} on {shown(host)}: if that is a GitHub Enterprise Server,"
        f" set GITHUB_SERVER_URL=https://{shown(host)}"
    )


def parse_remote(url: str) -> tuple[str, str | None]:
    """Splits a git remote's URL (git-scm.com/docs/git-clone, "Git URLs") into its host and the `owner/name`.

    That is None where the URL has none.

    Reads `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name.git`.

    >>> parse_remote("git@github.com:acme/shop.git")
    ('github.com', 'acme/shop')
    """
    if "://" in url:
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return "", None
    elif match := _SCP.fullmatch(url):
        host, path = match["host"].lower(), match["path"]
    else:
        return "", None
    names = path.strip("/").removesuffix(".git").split("/")
    if len(names) != 2 or not all(_NAME.fullmatch(name) for name in names):
        return host, None
    return host, "/".join(names)


def _ask_gh(host: str) -> str | None:
    """Returns the token that the `gh` command has; None where it has none, or is not there."""
    command = ("gh", "auth", "token", "--hostname", host)
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None
