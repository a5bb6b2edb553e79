"""The JSON Schema of the configuration says what reading says."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from pmsync.config import OPTIONS, parse_config
from pmsync.errors import UsageError
from pmsync.init import SCHEMA, Surroundings, make_setup
from pmsync.schema import make_schema, render_schema
from tests.children import run

ROOT = Path(__file__).parents[1]
VALIDATOR = Draft7Validator(make_schema())


def load(text: str) -> Any:
    """Reads YAML as editors do: in YAML 1.2 neither a date nor `off` is anything but text, `true` is none."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [
            (tag, rule)
            for tag, rule in rules
            if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
        ]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])
    return yaml.load(text, loader)


def is_read(text: str) -> bool:
    try:
        parse_config(text)
    except UsageError:
        return False
    return True


def test_the_file_shipped_is_made_from_the_declarations() -> None:
    assert (ROOT / SCHEMA).read_text("utf-8") == render_schema(), "run `make schema`"


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(json.loads(render_schema()))


def test_every_option_is_in_it_with_what_is_said_of_it() -> None:
    properties = make_schema()["properties"]
    assert list(properties) == list(OPTIONS)
    assert all(said["description"] for said in properties.values())


@pytest.mark.parametrize("key", OPTIONS)
def test_the_example_of_every_option_is_valid(key: str) -> None:
    text = f"{key}: {OPTIONS[key].example}\n"
    assert is_read(text)
    VALIDATOR.validate(load(text))


def test_the_file_that_init_writes_is_valid_and_names_the_schema() -> None:
    made = make_setup(Surroundings("main", ("docs/**/*.md",)))[".github/pmsync.yml"]
    assert re.match(rf"# yaml-language-server: \$schema=https://\S+/raw/\S+/{SCHEMA}\n", made)
    VALIDATOR.validate(load(made))
    whole = re.sub(r"(?m)^# (?=[a-z_]+: )", "", made)
    assert is_read(whole)
    VALIDATOR.validate(load(whole))


@pytest.mark.parametrize(
    "text",
    re.findall(r"(?s)```yaml\n(# \.github/pmsync\.yml.*?)```", (ROOT / "README.md").read_text("utf-8")),
)
def test_every_example_of_the_readme_is_valid(text: str) -> None:
    assert is_read(text)
    VALIDATOR.validate(load(text))


@pytest.mark.parametrize(
    "text",
    [
        "colour: red\n",
        "tracker: gitlab\n",
        "label: 'a, b'\n",
        "max_creates: many\n",
        "since: soon\n",
        "documents: /etc/**\n",
        "documents: a/../b\n",
        "owners: [Ada]\n",
        "check: strict\n",
        "check: {PM999: off}\n",
        "check: {PM001: loud}\n",
        "check: {PM001: {SEV-1: loud}}\n",
        "check: {PM000: off}\n",
        "labels: {a: b}\n",
        "repository: shop\n",
        "label_color: red\n",
    ],
)
def test_what_the_schema_refuses_reading_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(load(text))
    assert not is_read(text)


def test_the_schema_works_with_the_tool_that_ci_uses(tmp_path: Path) -> None:
    file = tmp_path / "pmsync.yml"
    file.write_text(make_setup(Surroundings("main", ("a/**/*.md",)))[".github/pmsync.yml"])
    run([sys.executable, "-m", "check_jsonschema", "--schemafile", str(ROOT / SCHEMA), str(file)])
