"""Prints how long reading takes (`make bench`), as counts and ratios; it asserts nothing.

The first line reads a thousand generated postmortems. Each further one reads a hostile text at two sizes,
the second four times the first: a ratio near 4 is linear, near 16 quadratic.
"""

import random
import sys
import time
from collections.abc import Callable

from pmsync.extract import read

SMALL = 25_000
LARGE = 100_000

WORDS = ["alert", "queue", "cache", "deploy", "restart", "monitor", "limit", "retry", "owner", "disk"]


def generate(seed: int) -> str:
    """Returns a postmortem of about 5 KB."""
    chance = random.Random(seed)

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count)).capitalize()

    times = "\n".join(f"- {hour:02}:{hour + 7:02} {words(14)}" for hour in range(12))
    tasks = "\n".join(
        f"- [ ] Add {words(8).lower()} (owner: @{chance.choice(WORDS)}, due: 2026-03-01)" for _ in range(6)
    )
    rows = "\n".join(f"| Fix {words(5).lower()} | {chance.choice(WORDS)} | Open |" for _ in range(6))
    return (
        f"# {words(5)}\n\n**Date:** 2026-01-02\n\n## Summary\n\n{words(120)}.\n\n## Timeline\n\n{times}\n\n"
        f"## Root cause\n\n{words(150)}.\n\n## Lessons learned\n\n{words(60)}.\n\n"
        f"## Action items\n\n{tasks}\n\n"
        f"| Action | Owner | Status |\n|---|---|---|\n{rows}\n\n## Appendix\n\n{words(60)}.\n"
    )


def repeated(piece: str, head: str = "") -> Callable[[int], str]:
    """Returns the maker of a text that repeats `piece` up to a size."""
    return lambda size: head + piece * (size // len(piece))


HEAD = "## Action items\n\n"
ANNOTATED = "- Fix it ([#1](https://github.com/o/r/issues/1): open)\n"
HOSTILE: dict[str, Callable[[int], str]] = {
    "open brackets": repeated("[", HEAD),
    "bracket pairs": repeated("[](", HEAD),
    "image openers": repeated("![", HEAD + "- "),
    "list marks": repeated("- ", HEAD),
    "numbered marks": repeated("1. ", HEAD),
    "pipes": repeated("|", HEAD + "|a|\n|-|\n"),
    "rows": repeated("| Fix it | me | open |\n", HEAD + "| Action | Owner | Status |\n|---|---|---|\n"),
    "narrow tables": repeated("|Task|\n|-|\n|Fix|\n\n", HEAD),
    "quotes": repeated("> ", HEAD),
    "quoted lines": repeated("> - Fix it\n", HEAD),
    "emphasis": repeated("*", HEAD + "- "),
    "emphasised": repeated("**a ", HEAD + "- "),
    "underscores": repeated("_", HEAD + "- a"),
    "backticks": repeated("`", HEAD + "- "),
    "code spans": repeated("` `` ", HEAD + "- "),
    "tildes": repeated("~~a", HEAD + "- "),
    "comments": repeated("<!-- ", HEAD + "- a "),
    "comment blocks": repeated("<!-- pmsync: items -->\n", HEAD),
    "tags": repeated("<a ", HEAD + "- "),
    "list tags": repeated("<li>", HEAD),
    "headings": repeated("## Tasks\n", ""),
    "nested headings": repeated("# Action items\n## Tasks\n### Fix\n", ""),
    "labels": repeated("Tasks:\n", ""),
    "bold labels": repeated("**Tasks:**\n\n", ""),
    "label pairs": repeated("Action items:\n\nTimeline:\n\n", ""),
    "items": repeated("- Fix it\n", HEAD),
    "loose items": repeated("- Fix it\n\n", HEAD),
    "boxes": repeated("- [ ] Fix it\n", HEAD),
    "annotated items": repeated(ANNOTATED, HEAD),
    "annotated elsewhere": repeated(ANNOTATED, "## Timeline\n\n"),
    "nested lists": lambda size: (
        HEAD + "\n".join(" " * (2 * (i % 80)) + "- Fix it" for i in range(size // 90))
    ),
    "nested categories": lambda size: (
        HEAD + "\n".join(" " * (2 * (i % 80)) + "- Monitoring:" for i in range(size // 90))
    ),
    "general beside tasks": repeated("## Tasks\n- Fix it\n## Prevention\n- Try it\n"),
    "quoted detail": lambda size: HEAD + "- Fix it\n  " + ">" * size,
    "numbered stubs": lambda size: HEAD + "".join(f"- Item {i}\n" for i in range(size // 10)),
    "lines": repeated("Fix it\n", "Tasks:\n"),
    "paragraphs": repeated("Fix it\n\n", HEAD),
    "bullets": repeated("• Fix it\n", HEAD),
    "blanks": repeated(" ", HEAD + "- a"),
    "blank lines": repeated("\n", HEAD + "- a"),
    "blanks in a cell": lambda size: HEAD + "|Task|\n|-|\n|a" + " " * size + "|\n",
    "fields": repeated("owner: ", HEAD + "- a "),
    "handles": repeated("@a ", HEAD + "- a "),
    "keys": repeated("AB-1 #2 ", HEAD + "- a "),
    "addresses": repeated("https://github.com/o/r/issues/1 ", HEAD + "- a "),
    "references": repeated("[a][b] ", "[b]: https://x.y/z\n\n" + HEAD + "- "),
    "definitions": lambda size: (
        "".join(f"[r{i}]: https://x.y/issues/{i}\n" for i in range(size // 30)) + HEAD + "- [r1]"
    ),
    "colons": repeated("a: ", HEAD + "- "),
    "sentences": repeated("Fix it. ", HEAD + "- "),
    "braces": repeated("{{ ", HEAD + "- "),
    "escapes": repeated("\\", HEAD + "- a"),
    "entities": repeated("&nbsp;", HEAD + "- "),
    "mojibake": repeated("â€™Ã© ", HEAD + "- "),
    "carriage returns": repeated("- Fix it\r", HEAD),
    "front matter": lambda size: "---\n" + "a: b\n" * (min(size, 60_000) // 5) + "---\n",
    "open front matter": repeated("a: b\n", "---\n"),
}  # fmt: skip


def seconds(text: str) -> float:
    """Returns how long one reading of `text` takes."""
    start = time.perf_counter()
    read("postmortems/benchmark.md", text)
    return time.perf_counter() - start


def main() -> None:
    """Prints the table."""
    read("postmortems/warm-up.md", generate(0))
    documents = [generate(seed) for seed in range(1000)]
    start = time.perf_counter()
    items = sum(len(read("postmortems/generated.md", text).items) for text in documents)
    took = time.perf_counter() - start
    size = sum(map(len, documents)) / len(documents)
    write(f"{len(documents)} documents of {size:.0f} characters: {items} items, {took:.2f} s")
    line = "Fix the cache and the queue "
    took = seconds(HEAD + "- " + line * (1024 * 1024 // len(line)))
    write(f"one line of 1 MiB: {took:.2f} s")
    write(f"{'hostile text':24}{SMALL // 1000:>7} KB{LARGE // 1000:>7} KB{'ratio':>8}")
    for name, make in HOSTILE.items():
        small, large = seconds(make(SMALL)), seconds(make(LARGE))
        write(f"{name:24}{small:9.3f}{large:10.3f}{large / max(small, 1e-4):8.1f}")


def write(line: str) -> None:
    """Prints one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
