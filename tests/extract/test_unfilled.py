"""What only holds a place: a closed list, and the README tells all of it."""

import itertools
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.lexicon.vocabulary import load_vocabulary

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")


def listed() -> Iterator[str]:
    """Yields every phrase of the lexicon's lists, its alternatives written out."""
    for file in resources.files("pmsync.lexicon").iterdir():
        if file.name.endswith(".toml"):
            words = tomllib.loads(file.read_text("utf-8"))
            for phrase in re.split(r"[,\n]", words.get("unfilled", "")):
                for chosen in itertools.product(*(word.split("|") for word in phrase.split())):
                    yield " ".join(chosen)


def told() -> str:
    """Returns the README's list as one line, a comma after each phrase."""
    (words,) = re.findall(r"(?s)<summary>words</summary>(.*?)</details>", README)
    return re.sub(r"\s+", " ", re.sub(r"(?m)^- \w+:|\.$", ",", words))


def test_the_readme_lists_every_placeholder_that_gives_way() -> None:
    phrases = {phrase for phrase in listed() if phrase}
    assert phrases == {phrase.strip() for phrase in told().split(",") if phrase.strip()}


@pytest.mark.parametrize(
    "value", re.findall(r"`([^`]+)`", README.split("- signs alone:")[1].split("- one of")[0])
)
def test_the_examples_in_the_readme_are_placeholders(value: str) -> None:
    assert is_unfilled(value, load_vocabulary(value))


@pytest.mark.parametrize(
    "value", ["TBD", "*tbd*", "[TODO]", "N/A", "n/a.", "Create ticket", "à définir", "", "~~-~~"]
)
def test_case_brackets_and_emphasis_do_not_matter(value: str) -> None:
    assert is_unfilled(value, load_vocabulary(value))


@pytest.mark.parametrize(
    "value",
    [
        "BEA-1234",
        "[GH-12]",
        "#12",
        "acme/shop#7",
        "<https://x.test/1>",
        "[link](https://x.test)",
        "Ana",
        "none of us",
        "✅",
    ],
)
def test_what_says_something_is_no_placeholder(value: str) -> None:
    assert not is_unfilled(value, load_vocabulary(value))
