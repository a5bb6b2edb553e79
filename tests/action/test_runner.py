"""Whatever text reaches the runner, it does only what pmsync asks of it."""

import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pmsync.action.runner import (
    MAX_SUMMARY,
    Level,
    Note,
    Runner,
    as_command,
    as_commands,
    as_output,
)
from tests.action.harness import read_log, read_outputs

TEXT = st.text() | st.sampled_from(
    [
        "\n::error::x",
        "%0A::set-output name=a::b",
        "a,line=3::x",
        "::stop-commands::x",
        "##[error]x",
        "\r\n::x::",
    ]
)


@given(TEXT, TEXT, TEXT, st.integers(1, 99) | st.none())
def test_an_annotation_is_one_command_whatever_it_says(
    text: str, title: str, document: str, line: int | None
) -> None:
    note = Note(level=Level.WARNING, text=text, title=title, document=document, line=line)
    (command,) = read_log(as_command(note) + "\n")
    assert command.name == "warning"
    assert command.properties.keys() <= {"title", "file", "line"}
    if document.isascii() and document.isprintable() and document:
        assert command.properties["file"] == document


@given(TEXT, TEXT)
def test_an_output_holds_its_value_and_sets_no_other(first: str, second: str) -> None:
    text = as_output("one", first.replace("\r", "")) + as_output("two", second.replace("\r", ""))
    assert read_outputs(text) == {"one": first.replace("\r", ""), "two": second.replace("\r", "")}


@given(st.lists(TEXT))
def test_nothing_said_while_commands_are_off_is_a_command(lines: list[str]) -> None:
    stream = io.StringIO()
    runner = Runner({}, stream)
    with runner.commands_off():
        for line in lines:
            runner.say(line)
    assert read_log(stream.getvalue()) == ()


def test_commands_are_on_again_even_after_a_failure() -> None:
    stream = io.StringIO()
    runner = Runner({}, stream)
    try:
        with runner.commands_off():
            raise ValueError
    except ValueError:
        runner.annotate([Note(level=Level.ERROR, text="failed")])
    assert [command.text for command in read_log(stream.getvalue())] == ["failed"]


def test_ten_annotations_of_a_level_are_made_and_the_rest_is_counted() -> None:
    notes = [Note(level=Level.WARNING, text=f"warning {it}") for it in range(25)]
    notes += [Note(level=Level.ERROR, text=f"error {it}") for it in range(10)]
    commands = read_log("\n".join(as_commands(notes)))
    assert [it.name for it in commands] == ["error"] * 10 + ["warning"] * 10
    assert commands[9].text == "error 9"
    assert commands[-1].text == "and 16 more: see the job's summary"


def test_a_summary_is_added_below_what_is_there_and_stays_under_a_mebibyte(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    Runner({"GITHUB_STEP_SUMMARY": str(file)}, io.StringIO()).summarize("line 🔥\n" * 300_000)
    assert file.read_text().startswith("before\nline 🔥\n")
    assert file.stat().st_size < MAX_SUMMARY + 100 < 1024 * 1024


def test_lone_surrogates_reach_no_file(tmp_path: Path) -> None:
    file = tmp_path / "output"
    Runner({"GITHUB_OUTPUT": str(file)}, io.StringIO()).set_outputs({"json": "a\udcff"})
    assert read_outputs(file.read_text()) == {"json": "a?"}
