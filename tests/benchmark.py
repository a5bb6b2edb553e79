"""Prints how long reading takes (`make bench`), as counts and ratios; it asserts nothing.

The first line reads a thousand generated postmortems. Each further one reads a hostile text at two sizes,
the second four times the first: a ratio near 4 is linear, near 16 quadratic.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from markdown_it import MarkdownIt

from pmsync.check import Settings, check
from pmsync.extract import read
from tests.extract.hostile import HEAD, HOSTILE

SMALL = 25_000
LARGE = 100_000

WORDS = ["alert", "queue", "cache", "deploy", "restart", "monitor", "limit", "retry", "owner", "disk"]


def generate(seed: int, boxes: int = 6, cells: int = 6) -> str:
    """Returns a postmortem of about 5 KB, with so many follow-ups in a list and in a table."""
    chance = random.Random(seed)

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count)).capitalize()

    times = "\n".join(f"- {hour:02}:{hour + 7:02} {words(14)}" for hour in range(12))
    tasks = "\n".join(
        f"- [ ] Add {words(8).lower()} (owner: @{chance.choice(WORDS)}, due: 2026-03-01)"
        for _ in range(boxes)
    )
    rows = "\n".join(f"| Fix {words(5).lower()} | {chance.choice(WORDS)} | Open |" for _ in range(cells))
    return (
        f"# {words(5)}\n\n**Date:** 2026-01-02\n\n## Summary\n\n{words(120)}.\n\n## Timeline\n\n{times}\n\n"
        f"## Root cause\n\n{words(150)}.\n\n## Lessons learned\n\n{words(60)}.\n\n"
        f"## Action items\n\n{tasks}\n\n"
        f"| Action | Owner | Status |\n|---|---|---|\n{rows}\n\n## Appendix\n\n{words(60)}.\n"
    )


def seconds(text: str) -> float:
    """Returns how long one reading of `text` takes."""
    start = time.perf_counter()
    read("postmortems/benchmark.md", text)
    return time.perf_counter() - start


def parsing(texts: list[str]) -> float:
    """Returns how long markdown-it takes for the blocks of `texts`: what reading is held against."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    start = time.perf_counter()
    for text in texts:
        parser.parse(text)
    return time.perf_counter() - start


def start_up() -> float:
    """Returns how long the command takes for a single document, the best of five."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "outage.md")
        document.write_text(generate(0), encoding="utf-8")
        command = [sys.executable, "-m", "pmsync", "items", str(document)]
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
            best = min(best, time.perf_counter() - start)
        return best


def status() -> Iterator[str]:
    """Yields what `pmsync status` costs on 2,000 postmortems with 10,000 follow-ups."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "--quiet", folder], check=True, timeout=60)
        Path(folder, "postmortems").mkdir()
        for seed in range(2000):
            Path(folder, "postmortems", f"{seed}.md").write_text(generate(seed, 3, 2), encoding="utf-8")
        command = [sys.executable, "-c", _MEASURED, "status", "--offline", "--tracker", "local"]
        for what, form in (("first", "text"), ("again", "text"), ("again", "html"), ("again", "json")):
            start = time.perf_counter()
            output = ["--format", form, "--output", f"{folder}/out"]
            done = subprocess.run(
                [*command, *output], cwd=folder, capture_output=True, text=True, timeout=600
            )
            took = time.perf_counter() - start
            size = Path(folder, "out").stat().st_size // 1024
            yield f"status, {what}, as {form}: {took:.1f} s, {done.stdout.strip()} MB of memory, {size} KB"


_MEASURED = """
import resource, sys
from pmsync.cli import main
try:
    main(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Prints the table."""
    read("postmortems/warm-up.md", generate(0))
    documents = [generate(seed) for seed in range(1000)]
    start = time.perf_counter()
    items = sum(len(read("postmortems/generated.md", text).items) for text in documents)
    took = time.perf_counter() - start
    size = sum(map(len, documents)) / len(documents)
    write(f"{len(documents)} documents of {size:.0f} characters: {items} items, {took:.2f} s")
    write(f"that is {took / parsing(documents):.1f} times a bare parse of their blocks by markdown-it")
    write_check(documents, took)
    write(f"start-up: `pmsync items` on one document takes {start_up():.2f} s")
    for told in status():
        write(told)
    line = "Fix the cache and the queue "
    took = seconds(HEAD + "- " + line * (1024 * 1024 // len(line)))
    write(f"one line of 1 MiB: {took:.2f} s")
    write(f"{'hostile text':24}{SMALL // 1000:>7} KB{LARGE // 1000:>7} KB{'ratio':>8}")
    for name, make in HOSTILE.items():
        small, large = seconds(make(SMALL)), seconds(make(LARGE))
        write(f"{name:24}{small:9.3f}{large:10.3f}{large / max(small, 1e-4):8.1f}")


def write_check(documents: list[str], reading: float) -> None:
    """Prints how long all rules take over documents that are read already, beside the reading of them."""
    postmortems = [read(f"postmortems/{number}.md", text) for number, text in enumerate(documents)]
    start = time.perf_counter()
    found = len(check(postmortems, Settings(), date(2026, 3, 2)).diagnostics)
    took = time.perf_counter() - start
    write(f"checking them: {found} diagnostics, {took:.2f} s, {took / reading:.2f} times the reading")


def write(line: str) -> None:
    """Prints one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
