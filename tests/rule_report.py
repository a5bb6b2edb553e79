"""Prints what each rule of reading is good for (`make rules FOLDERS="…"`).

Every labelled document is read with all rules, and again without each of them. A row names a rule, how many
owners' documents it helps and hurts, and which documents these are. Labels are a `labels.json` in the folder,
`{"NAME": {"items": [{"line": N, "ambiguous"?: true}], "source"?: "OWNER/…"}}`.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.extract.rules import RULES


@dataclass(frozen=True)
class Labelled:
    """A document with the lines of its items; a line that is ambiguous counts neither for nor against."""

    name: str
    owner: str
    text: str
    lines: frozenset[int]
    ambiguous: frozenset[int]

    def wrong(self, without: frozenset[str] = frozenset()) -> int:
        """How many lines are missed or wrongly taken."""
        try:
            found = {item.line for item in read(f"postmortems/{self.name}", self.text, without=without).items}
        except DocumentError:
            found = set()
        return len((found ^ self.lines) - self.ambiguous)


def load(folder: Path) -> Iterator[Labelled]:
    """Yields the labelled documents of a folder."""
    for name, said in json.loads((folder / "labels.json").read_text(encoding="utf-8")).items():
        items = said["items"]
        yield Labelled(
            name=f"{folder.name}/{name}",
            owner=said.get("source", folder.name).partition("/")[0],
            text=(folder / name).read_bytes().decode("utf-8", "surrogateescape"),
            lines=frozenset(item["line"] for item in items if not item.get("ambiguous")),
            ambiguous=frozenset(item["line"] for item in items if item.get("ambiguous")),
        )


def main(folders: list[str]) -> None:
    """Prints the table."""
    documents = [document for folder in folders for document in load(Path(folder))]
    if not documents:
        sys.exit('name folders of labelled documents: make rules FOLDERS="…"')
    before = [document.wrong() for document in documents]
    print(f"{len(documents)} documents, {sum(before)} lines wrong\n")  # noqa: T201 — a report
    print(f"{'rule':24}{'helps':>6}{'hurts':>6}  owners' documents")  # noqa: T201
    for rule in RULES:
        helps: dict[str, list[str]] = {}
        hurts: dict[str, list[str]] = {}
        for document, wrong in zip(documents, before, strict=True):
            difference = document.wrong(frozenset({rule.name})) - wrong
            if difference:
                side = helps if difference > 0 else hurts
                side.setdefault(document.owner, []).append(f"{document.name} ({difference:+})")
        named = ", ".join(name for side in (helps, hurts) for names in side.values() for name in names)
        print(f"{rule.name:24}{len(helps):6}{len(hurts):6}  {named[:150]}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
