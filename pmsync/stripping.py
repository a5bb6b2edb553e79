"""What pmsync wrote into documents, taken out of them again: links and words go, boxes and issues stay."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pmsync import documents
from pmsync.errors import DocumentError
from pmsync.model import Notice, Postmortem
from pmsync.reading import Reading
from pmsync.reconcile.edits import strip
from pmsync.text import shown


@dataclass(frozen=True, slots=True)
class Stripped:
    """What was taken out.

    Attributes:
        annotations: how many, by document; none is 0.
        errors: which documents could not be read or written, and why.
    """

    annotations: Mapping[str, int]
    errors: Sequence[Notice]


def run(reading: Reading, *, dry_run: bool) -> Stripped:
    """Takes the annotations out of all documents that are chosen; `dry_run` only counts them."""
    counts: dict[str, int] = {}
    errors = list(reading.errors)
    for postmortem in reading.chosen:
        count = _count(postmortem)
        try:
            if count and not dry_run:
                text = strip(postmortem.text, postmortem.items)
                documents.replace(reading.sources[postmortem.document], text)
        except DocumentError as error:
            errors.append(Notice.of(error))
        else:
            counts[postmortem.document] = count
    return Stripped(counts, errors)


def _count(postmortem: Postmortem) -> int:
    found = [item.annotation for item in postmortem.items if item.annotation]
    return sum(1 + len(annotation.others) for annotation in found)


def render(done: Stripped, format: Literal["text", "json"], *, dry_run: bool) -> str:  # noqa: A002
    """Says what was taken out of which document."""
    told = {document: count for document, count in done.annotations.items() if count}
    if format == "json":
        rows = [{"document": document, "annotations": count} for document, count in told.items()]
        return json.dumps({"documents": rows, "errors": list(map(str, done.errors))}, indent=2)
    verb = "to take out" if dry_run else "taken out"
    lines = [
        f"{shown(document)}: {count} annotation{'s' * (count != 1)} {verb}"
        for document, count in told.items()
    ]
    return "\n".join(lines) or "There is no annotation of pmsync's."
