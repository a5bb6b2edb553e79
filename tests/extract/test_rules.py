"""Each rule has a document of its own, that is read wrong without it: `rules/NAME.md` and `rules/NAME.yml`.

In the YAML file, `items` lists the lines of the expected items, and `document` names the file where its name
matters.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pmsync.extract import read
from pmsync.extract.rules import RULES

DOCUMENTS = Path(__file__).parent / "rules"
NAMES = [rule.name for rule in RULES]


def load(name: str) -> tuple[str, str, list[int]]:
    said: dict[str, Any] = yaml.safe_load((DOCUMENTS / f"{name}.yml").read_text(encoding="utf-8"))
    text = (DOCUMENTS / f"{name}.md").read_text(encoding="utf-8")
    return said.get("document", f"postmortems/{name}.md".replace("template", "x")), text, said["items"]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_reads_its_own_document_right(name: str) -> None:
    document, text, lines = load(name)
    assert [item.line for item in read(document, text).items] == lines


@pytest.mark.parametrize("name", NAMES)
def test_without_a_rule_its_own_document_is_read_wrong(name: str) -> None:
    document, text, lines = load(name)
    assert [item.line for item in read(document, text, without={name}).items] != lines


@pytest.mark.parametrize("name", NAMES)
def test_what_a_rule_decided_is_explained_in_its_words(name: str) -> None:
    document, text, _ = load(name)
    rule = next(rule for rule in RULES if rule.name == name)
    reasons = " ".join(finding.reason for finding in read(document, text).findings)
    lost = " ".join(finding.reason for finding in read(document, text, without={name}).findings)
    assert reasons != lost
    if isinstance(rule.sentence, str):
        assert rule.sentence in reasons


def test_every_rule_has_a_name_of_its_own_and_a_document() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert sorted(path.stem for path in DOCUMENTS.glob("*.yml")) == sorted(NAMES)
    assert sorted(path.stem for path in DOCUMENTS.glob("*.md")) == sorted(NAMES)
