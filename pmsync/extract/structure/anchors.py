"""Where headings stand on the rendered page: what GitHub appends to a document's address."""

import re
from collections import Counter

from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Outline, Shape

_DROPPED = re.compile(r"[^\w\s-]")


def find_anchors(outline: Outline) -> dict[int, str]:
    """Returns the anchor of each heading, by the offset at which it starts.

    GitHub's rule: lower case, no punctuation, blanks become hyphens; equal ones are numbered
    (docs.github.com, "Basic writing and formatting syntax", "Section links").
    """
    taken: Counter[str] = Counter()
    anchors: dict[int, str] = {}
    for block in outline.walk():
        if block.shape is Shape.HEADING:
            name = re.sub(r"\s", "-", _DROPPED.sub("", plain(block.text).lower()))
            anchors[block.start] = f"{name}-{taken[name]}" if taken[name] else name
            taken[name] += 1
    return anchors
