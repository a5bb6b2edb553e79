"""Each shape that a postmortem can have is a pair of files: the document, and the items it should give.

A new shape is a new pair `shapes/NAME.md` + `shapes/NAME.yml`. In the YAML file, `items` lists the line of
every expected item; any further key is an attribute to compare (`title`, `kind`, `done`, `declined`,
`owner`, `due`, `priority`, `type`, `links`, `ticket`, `section`, `body`). An item is expected not to be
done, and to have no links, unless it says so. Beside `items`, `title`, `date`, `severity` are the document's.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pmsync.extract import read
from pmsync.model import ActionItem, Postmortem

SHAPES = Path(__file__).parent / "shapes"
NAMES = sorted(path.stem for path in SHAPES.glob("*.yml"))


def read_shape(name: str) -> Postmortem:
    return read(f"postmortems/{name}.md", load_shape(name))


def load_shape(name: str) -> str:
    return (SHAPES / f"{name}.md").read_bytes().decode("utf-8", "surrogateescape")


def said(item: ActionItem, attribute: str) -> Any:
    value = getattr(item, attribute)
    return list(value) if attribute == "links" else value


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_is_read_as_its_author_meant_it(name: str) -> None:
    expected = yaml.safe_load((SHAPES / f"{name}.yml").read_text(encoding="utf-8"))
    postmortem = read_shape(name)

    assert [item.line for item in postmortem.items] == [item["line"] for item in expected["items"]]
    for item, wanted in zip(postmortem.items, expected["items"], strict=True):
        wanted = {"done": False, "links": []} | wanted
        assert {key: said(item, key) for key in wanted} == wanted
    about = {key: value for key, value in expected.items() if key != "items"}
    assert {key: getattr(postmortem, key) for key in about} == about


def test_every_shape_is_a_pair() -> None:
    assert sorted(path.stem for path in SHAPES.glob("*.md")) == NAMES
