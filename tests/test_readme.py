"""The README says what is true."""

import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pmsync.cli import main
from pmsync.config import OPTIONS, Config
from pmsync.model import Action, Kind, Status
from pmsync.trackers.issue_file import IssueFile
from tests.children import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
HIDDEN = {name for name, command in main.commands.items() if command.hidden}
COMMANDS = {name: command for name, command in main.commands.items() if name not in HIDDEN}


def shown_default(value: Any) -> str:
    """Returns a default as the README shows it."""
    if value is None or value == "" or value == () or value == {}:
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"


def configuration_table() -> str:
    defaults = Config()
    return "\n".join(
        f"| `{key}` | {shown_default(getattr(defaults, key))} | {option.doc} |"
        for key, option in OPTIONS.items()
    )


def test_every_configuration_key_is_documented_with_its_default() -> None:
    assert configuration_table() in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"(?m)^pmsync {command}\b.{{5,}}", README)


def test_every_documented_command_exists() -> None:
    assert set(re.findall(r"(?m)^pmsync ([a-z]+)", README)) == set(COMMANDS)


@pytest.mark.parametrize(
    "flag",
    sorted(
        {
            flag
            for command in COMMANDS.values()
            for option in command.params
            if isinstance(option, click.Option)
            for flag in option.opts
        }
    ),
)
def test_every_option_is_documented(flag: str) -> None:
    assert re.search(rf"(?m)^\|.*`{flag}[ `]", README)


def test_every_documented_option_exists() -> None:
    documented = set(re.findall(r"(?m)^\| `(--[a-z-]+)", README))
    real = {flag for command in COMMANDS.values() for option in command.params for flag in option.opts}
    assert documented <= real


@pytest.mark.parametrize("word", [*Status, *Action, *Kind])
def test_every_word_of_a_result_is_documented(word: str) -> None:
    assert f"`{word}`" in README


def test_every_figure_of_the_status_is_documented() -> None:
    from pmsync.reports.figures import Figures

    for figure in fields(Figures):
        assert re.search(rf"(?m)^\| `[^|]*\b{figure.name}`[^|]*\| .*\w\.", README), figure.name


def test_every_column_of_the_status_is_documented() -> None:
    from pmsync.reports.status_data import COLUMNS

    assert ", ".join(f"`{column}`" for column in COLUMNS) in " ".join(README.split())


WORKFLOWS = re.findall(r"(?s)```yaml\n(# \.github/workflows.*?)```", README)


@pytest.mark.parametrize("shown", WORKFLOWS, ids=lambda shown: shown.partition("\n")[0])
def test_the_workflow_shown_is_one_by_githubs_own_schema(shown: str, tmp_path: Path) -> None:
    file = tmp_path / "pmsync.yml"
    file.write_text(shown.replace("COMMIT", "0" * 40))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    run([*command, str(file)])


@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_the_inputs_and_outputs_told_are_those_of_the_action(part: str) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    (told,) = re.findall(rf"(?ms)^\*\*{part.capitalize()}\.\*\*(.*?)(?=^\*\*|\n\n)", README)
    named = set(re.findall(r"`([a-z-]+)`", told))
    assert set(action[part]) <= named
    assert named - set(action[part]) <= {"push", "pull-request", "none", "all", "merge", "schedule"}


def test_the_local_issue_shown_is_one() -> None:
    (shown,) = re.findall(r"(?s)```\n(---\ntitle:.*?)```", README)
    page = IssueFile.parse(shown)
    assert page.values["state"] == "open"
    assert page.values["labels"] == ("postmortem",)


def test_every_link_to_a_file_leads_somewhere() -> None:
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", README)
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?m)^(make [a-z]+)$", README))))
def test_every_make_command_exists(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(rf"(?m)^{command.removeprefix('make ')}:", makefile)
