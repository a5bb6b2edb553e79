"""A real headless Chromium for tests, got by npm alone: no system package, no display.

npm's `@sparticuz/chromium` carries the browser inside the package, `puppeteer-core` drives it, and `axe-core`
checks accessibility in it. They are installed once into a cache folder, as the emulator is.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import children, npm

PACKAGES = ("@sparticuz/chromium@147.0.0", "puppeteer-core@24.43.1", "axe-core@4.14.1")
_VERSIONS = [package.rpartition("@")[2] for package in PACKAGES]
DRIVER = Path(__file__).parent / "drive.mjs"


@dataclass(frozen=True)
class Seen:
    """What came of one visit to a page.

    Attributes:
        results: of each step: what its script returned, or what axe found.
        said: on the browser's console, errors included.
        asked: every address that was asked for.
    """

    results: list[Any]
    said: list[str]
    asked: list[str]


def visit(page: Path, *steps: dict[str, Any]) -> Seen:
    """Opens a page and takes steps there; see `drive.mjs`. Raises `Unavailable` where there is no browser."""
    folder = npm.install(npm.CACHE / "browser" / "-".join(_VERSIONS), *PACKAGES)
    node, _ = npm.find_node()
    asked = json.dumps({"page": page.as_uri(), "steps": [{"open": True}, *steps]})
    done = children.run([str(node), str(DRIVER), str(folder)], input=asked, env=npm.ENVIRONMENT)
    return Seen(**json.loads(done.stdout))
