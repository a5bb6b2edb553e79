"""The command line: commands, streams and exit codes."""

import io
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import click
import pytest
from click.testing import CliRunner

from pmsync import __version__
from pmsync.cli import _Progress, main
from pmsync.extract import read as read_text
from pmsync.init import Copy
from tests import children
from tests.conftest import Checkout

DOCUMENT = "postmortems/a.md"
TEXT = "# Down\n\n## Action items\n\n- Alert on memory before the cart fills it\n- [ ] Patch the till\n"
COMMANDS = ["items", "plan", "sync", "status"]


@pytest.fixture
def here(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A repository with one document and issues in files, as the current folder."""
    repo.commit({DOCUMENT: TEXT, ".github/pmsync.yml": "tracker: local\n"})
    monkeypatch.chdir(repo.path)
    return repo


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, args, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_every_command_says_what_it_is_for() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name, command in main.commands.items():
        if not command.hidden:
            assert name in out
            assert command.help
            assert run(name, "--help")[0] == 0
    for option in ("--config", "--tracker", "--repo", "--format", "--output", "--verbose", "--quiet"):
        assert option in run("sync", "--help")[1]


def test_every_option_says_what_it_does() -> None:
    for command in main.commands.values():
        if command.hidden:
            continue
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.name}"


def test_the_version_is_the_packages() -> None:
    assert run("--version") == (0, f"pmsync, version {__version__}\n", "")


@pytest.mark.parametrize(
    "args", [("nonsense",), ("sync", "--nonsense"), ("sync", "--format", "nonsense"), ()]
)
def test_wrong_usage_exits_two_and_says_so_on_stderr(args: tuple[str, ...]) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert "Usage: " in err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_is_all_that_goes_to_stdout(here: Checkout, command: str) -> None:
    code, out, err = run(command, "--format", "json")
    assert code == 0
    json.loads(out)
    assert "Traceback" not in err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_text_without_a_terminal_has_no_colour(here: Checkout, command: str, form: str) -> None:
    code, out, _ = run(command, "--format", form)
    assert code == 0
    assert "Alert on memory" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("command", ["plan", "sync", "items"])
def test_quiet_says_nothing_but_the_result(here: Checkout, command: str) -> None:
    here.write("postmortems/empty.md", "# Down\n\n## Action items\n\nNone yet.\n")
    assert run(command, "--quiet")[2] == ""


def test_a_document_without_items_is_a_warning_never_silence(here: Checkout) -> None:
    here.write("postmortems/empty.md", "# The cart was down\n\nIt was bad.\n\n## Action items\n")
    _, out, _ = run("plan", "--format", "json")
    assert any("postmortems/empty.md" in warning for warning in json.loads(out)["warnings"])
    assert "postmortems/empty.md" in run("items")[2]


def test_plan_exits_three_only_if_asked_to_and_only_for_changes(here: Checkout) -> None:
    assert run("plan")[0] == 0
    assert run("plan", "--exit-code")[0] == 3
    run("sync")
    assert run("plan", "--exit-code")[0] == 0


def test_items_explains_what_it_took_and_what_not(here: Checkout) -> None:
    here.write(DOCUMENT, TEXT + "\n## Timeline\n\n- 09:00 it went down\n")
    out = run("items", "--explain")[1]
    assert "Timeline" in out
    assert "Action items" in out


def test_items_reads_any_file_by_name_wherever_it_lies(here: Checkout, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.md"
    outside.write_text(TEXT)
    assert "Alert on memory" in run("items", str(outside))[1]


def test_output_goes_to_a_file_with_its_folders(here: Checkout) -> None:
    assert run("plan", "--format", "markdown", "--output", "out/of/plan.md") == (0, "", "")
    assert "Alert on memory" in here.read("out/of/plan.md")


def test_output_that_cannot_be_written_is_wrong_usage(here: Checkout) -> None:
    here.write("taken", "a file")
    code, _, err = run("plan", "--output", "taken/plan.md")
    assert code == 2
    assert err.startswith("pmsync: --output taken/plan.md")


def test_an_interrupt_anywhere_is_one_word_and_130(here: Checkout) -> None:
    with mock.patch("pmsync.reading.read", side_effect=KeyboardInterrupt):
        assert run("plan") == (130, "", "pmsync: interrupted\n")


def test_a_signal_while_writing_leaves_a_written_document(here: Checkout) -> None:
    """The first Ctrl-C only asks to stop: what was made is written back."""
    items = "".join(f"- Watch queue number {n} and page when it fills\n" for n in range(5))
    here.write(DOCUMENT, f"# Down\n\n## Action items\n\n{items}")
    from pmsync.trackers.local import LocalTracker

    create = LocalTracker.create
    made: list[object] = []

    def create_then_stop(self: LocalTracker, draft: object) -> object:
        made.append(create(self, draft))  # type: ignore[arg-type]
        if len(made) == 2:
            signal.raise_signal(signal.SIGINT)
        return made[-1]

    with mock.patch.object(LocalTracker, "create", create_then_stop):
        code, _, err = run("sync")
    assert code == 130
    assert "written back" in err
    assert here.read(DOCUMENT).count("]: open") + here.read(DOCUMENT).count("): open") == 2
    assert run("sync")[0] == 0
    assert len(made) == 2
    assert len(list((here.path / ".pmsync/issues").glob("*.md"))) == 5


def test_it_runs_as_a_module_and_a_broken_pipe_is_no_traceback(here: Checkout) -> None:
    items = "".join(f"- Watch queue number {n} and page when it fills\n" for n in range(1000))
    here.write(DOCUMENT, f"# Down\n\n## Action items\n\n{items}")
    done = children.run(
        ["sh", "-c", '"$0" -m pmsync items --format json | head -c 10', sys.executable], cwd=here.path
    )
    assert "Traceback" not in done.stderr


def test_reading_again_what_was_written_gives_the_same_items(here: Checkout) -> None:
    before = [item.title for item in read_text(DOCUMENT, TEXT).items]
    run("sync")
    after = read_text(DOCUMENT, here.read(DOCUMENT)).items
    assert [item.title for item in after] == before
    assert all(item.annotation for item in after)


def test_no_summary_of_a_command_is_cut_on_a_terminal_of_eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in run("--help")[1].partition("Commands:")[2]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("path", ["typo/*.md", "postmortems/2025-*.md", "empty"])
def test_a_path_that_holds_no_document_is_wrong_usage(here: Checkout, command: str, path: str) -> None:
    (here.path / "empty").mkdir()
    code, out, err = run(command, DOCUMENT, path)
    assert (code, out) == (2, "")
    assert err == f"pmsync: there is no document at {path}: name a file, a folder or a glob\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_repository_without_postmortems_yet_is_fine_and_told(here: Checkout, command: str) -> None:
    (here.path / DOCUMENT).unlink()
    code, out, err = run(command)
    assert code == 0
    said = "there is no document at postmortems/**/*.md: see `documents:` in the configuration\n"
    assert (out + err).count(said) == 1


def test_a_plan_says_that_no_document_was_found_before_any_issue_is_called_an_orphan(here: Checkout) -> None:
    run("sync")
    here.write(".github/pmsync.yml", "tracker: local\ndocuments: [typo/*.md]\n")
    (here.path / DOCUMENT).unlink()
    here.commit({})
    first, *orphans = json.loads(run("plan", "--quiet", "--format", "json")[1])["warnings"]
    assert first.startswith("there is no document at typo/*.md")
    assert len(orphans) == 2
    assert "“Patch the till” is open, but its item is gone" in orphans[1]


def test_a_plan_that_sync_would_refuse_says_so_in_its_result(here: Checkout) -> None:
    here.write(".github/pmsync.yml", "tracker: local\nmax_creates: 1\n")
    code, out, err = run("plan", "--format", "json")
    said = "sync refuses this plan: it would create 2 issues, more than max_creates: 1"
    assert (code, err) == (0, f"pmsync: a {said}\n")
    assert json.loads(out)["warnings"][0] == f"A {said}"


def test_a_refused_sync_says_so_in_its_result_and_that_nothing_was_tried(here: Checkout) -> None:
    here.write(".github/pmsync.yml", "tracker: local\nmax_creates: 1\n")
    code, out, err = run("sync", "--yes", "--format", "json")
    result = json.loads(out)
    (why,) = result["errors"]
    assert (code, err) == (1, f"pmsync: {why}\n")
    assert why.startswith("refused before the first write: it would create 2 issues")
    assert (result["changes"], result["summary"], len(result["left"])) == ([], {}, 2)
    assert result["written"]["documents"] == []


def test_verbose_names_items_that_get_no_issue(here: Checkout) -> None:
    here.write(DOCUMENT, TEXT + "- [x] Restart the cart\n")
    assert "Restart" not in run("plan")[1]
    assert "No issue for 1 item: 1 already done" in run("plan")[1]
    assert "Restart the cart: already done" in run("plan", "--verbose")[1]


@pytest.mark.parametrize("name", ["GITHUB_API_URL", "GITHUB_SERVER_URL"])
@pytest.mark.parametrize("address", ["nonsense", "http://[", "ftp://github.com"])
def test_a_variable_that_holds_no_address_is_wrong_usage(
    here: Checkout, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    monkeypatch.setenv(name, address)
    monkeypatch.setenv("GITHUB_TOKEN", "x")
    code, out, err = run("plan", "--tracker", "github", "--repo", "acme/shop")
    assert (code, out) == (2, "")
    assert err.startswith(f"pmsync: {name}: '{address}' is no address")


ON_TERMINAL = mock.patch("click.testing._NamedTextIOWrapper.isatty", return_value=True, create=True)


def answer(*args: str, text: str) -> tuple[int, str, str]:
    """Runs a command on a terminal, where somebody types `text`."""
    with ON_TERMINAL:
        done = CliRunner().invoke(main, args, input=text, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(("text", "made"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_on_a_terminal_sync_shows_the_plan_and_asks(here: Checkout, text: str, made: bool) -> None:
    before = here.read(DOCUMENT)
    code, out, err = answer("sync", text=text)
    assert "Patch the till" in err
    assert "Make these changes? [y/N]" in err
    assert code == (0 if made else 1)
    assert ("2 created" in out) is made
    assert err.endswith("pmsync: nothing was changed\n") is not made
    assert (here.read(DOCUMENT) != before) is made
    assert (here.path / ".pmsync").exists() is made


def test_what_was_told_with_the_question_is_not_told_again_with_the_result(here: Checkout) -> None:
    here.write("postmortems/README.md", "# Postmortems\n\nAll of them.\n")
    here.write("postmortems/soon.md", f"---\nstatus: draft\n---\n{TEXT}")
    _, out, err = answer("sync", text="y\n")
    assert ("an index page" in err, "1 document waits" in err) == (True, True)
    assert ("an index page" in out, "1 document waits" in out) == (False, False)
    assert "an index page" in answer("sync", "--format", "json", text="")[1]


def test_nothing_is_asked_where_there_is_nothing_to_do_or_somebody_said_yes(here: Checkout) -> None:
    assert "[y/N]" not in answer("sync", "--dry-run", text="")[2]
    assert "[y/N]" not in answer("sync", "--yes", text="")[2]
    assert "[y/N]" not in answer("sync", text="")[2]


@pytest.mark.parametrize("lacking", ["stdin", "stdout"])
def test_without_a_terminal_on_both_ends_nothing_is_asked(here: Checkout, lacking: str) -> None:
    with mock.patch("pmsync.cli.sys.stdin", mock.Mock(isatty=lambda: lacking != "stdin")):
        assert run("sync")[0] == 0


def test_an_interrupt_instead_of_an_answer_changes_nothing(here: Checkout) -> None:
    def strike(*_: object, **__: object) -> bool:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise click.Abort from None  # as click does
        return True

    with mock.patch("click.confirm", strike):
        code, _, err = answer("sync", text="")
    assert code == 130
    assert err.endswith("pmsync: interrupted: nothing was changed\n")
    assert not (here.path / ".pmsync").exists()


def test_a_plan_that_another_run_overtook_while_somebody_thought_is_asked_about_again(here: Checkout) -> None:
    """Else each of the two would make its own issues."""
    asked: list[str] = []

    def think(text: str, **_: object) -> bool:
        asked.append(text)
        if len(asked) == 1:
            children.run([sys.executable, "-c", MAKES_THE_FIRST])
        return True

    with ON_TERMINAL, mock.patch("click.confirm", think):
        done = CliRunner().invoke(main, ["sync"], catch_exceptions=False)
    assert done.exit_code == 0
    assert len(asked) == 2
    assert "link" in done.stderr
    assert len(list((here.path / ".pmsync/issues").glob("*.md"))) == 2


MAKES_THE_FIRST = """
from unittest import mock
from click.testing import CliRunner
from pmsync.cli import main
with mock.patch("pmsync.session.Session.at_work"), mock.patch("pmsync.sync._write_to_the_end") as written:
    from pmsync.repository.write_back import Written
    written.return_value = Written()
    assert CliRunner().invoke(main, ["sync"], catch_exceptions=False).exit_code == 0
"""


@pytest.mark.parametrize("answer", ["tomorrow", "2026-02-30", "20260101", "2026-1-1"])
def test_init_asks_again_where_an_answer_is_no_date(
    here: Checkout, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    with mock.patch("click.testing._NamedTextIOWrapper.isatty", return_value=True, create=True):
        done = CliRunner().invoke(
            main, ["init"], input=f"{answer}\n2026-01-02\n\n\n\n", catch_exceptions=False
        )
    assert done.exit_code == 0
    assert f"'{answer}' is no date: write it as 2026-01-01" in done.output
    assert "\nsince: 2026-01-02\n" in here.read(".github/pmsync.yml")


@pytest.mark.usefixtures("known")
def test_init_beside_a_configuration_writes_the_workflow_alone(here: Checkout) -> None:
    file = here.path / ".github/pmsync.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("label: incident\n")
    code, out, err = run("init")
    assert (code, out) == (0, "wrote .github/workflows/pmsync.yml\n")
    assert "made from .github/pmsync.yml, which is kept" in err
    assert file.read_text() == "label: incident\n"
    code, _, err = run("init", "--since", "2026-01-01")
    assert code == 2
    assert "write `since:` into it" in err


def test_init_refuses_a_wrong_option_in_plain_words(here: Checkout) -> None:
    code, _, err = run("init", "--since", "tomorrow")
    assert code == 2
    assert "'tomorrow' is no date: write it as 2026-01-01" in err


def test_init_leaves_hooks_of_yours_alone_and_says_what_to_add(here: Checkout) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    here.write(".pre-commit-config.yaml", "repos: []\n")
    code, _, err = run("init", "--pre-commit")
    assert code == 0
    assert ".pre-commit-config.yaml is yours: add this below its `repos:`" in err
    assert "      - id: pmsync-check\n" in err
    assert here.read(".pre-commit-config.yaml") == "repos: []\n"


@pytest.fixture
def known() -> Iterator[None]:
    """Where it is known who holds pmsync."""
    with mock.patch("pmsync.init.find_copy", return_value=Copy("github.com", "acme/pmsync", "a" * 40)):
        yield


def test_init_writes_no_workflow_whose_action_nobody_knows(here: Checkout) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    with mock.patch("pmsync.init.find_copy", return_value=Copy("github.com", "", "")):
        code, out, err = run("init", "--pre-commit")
        assert (code, out) == (0, "wrote .github/pmsync.yml\nwrote .pre-commit-config.yaml\n")
        assert "run `pmsync init --action OWNER/pmsync@COMMIT` for one" in err
        assert "OWNER" not in here.read(".github/pmsync.yml") + here.read(".pre-commit-config.yaml")
        code, out, _ = run("init", "--action", "sre/pmsync@v1")
    assert (code, out) == (0, "wrote .github/workflows/pmsync.yml\n")
    assert "uses: sre/pmsync@v1\n" in here.read(".github/workflows/pmsync.yml")


@pytest.mark.usefixtures("known")
def test_init_says_what_it_found_and_proposes_from_it(here: Checkout) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    rows = "\n".join(
        f"| Repair thing {n} for good | {'Mara Lind' if n else 'Jo'} | OPS-{n + 1} |" for n in range(4)
    )
    head = "\n\n## Action items\n\n| Action | Owner | Ticket |\n|---|---|---|\n"
    here.commit({"docs/incidents/b.md": f"# Cart\n\nDate: 2026-01-02{head}{rows}\n"})
    code, _out, err = run("init")
    assert code == 0
    assert (
        "docs/incidents: 1 document, 4 items, 2 names, 4 in Jira\npostmortems: 1 document, 2 items, 0 names\n"
        in err
    )
    made = here.read(".github/pmsync.yml")
    assert '\ndocuments: ["docs/incidents/**/*.md", "postmortems/**/*.md"]\n' in made
    assert '\n# owners:\n#   "Mara Lind": LOGIN\n#   "Jo": LOGIN\n' in made
    assert run("items")[0] == 0


@pytest.mark.usefixtures("known")
def test_init_proposes_the_day_from_which_on_a_run_has_room(here: Checkout) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    for month in (1, 2, 3):
        items = "".join(f"- Repair thing {n} of month {month}\n" for n in range(20))
        here.write(
            f"postmortems/{month}.md", f"# Down\n\nDate: 2026-0{month}-07\n\n## Action items\n\n{items}"
        )
    _code, out, _err = answer("init", text="\n\n\n")
    assert "empty for 2026-02-07" in out
    assert "\nsince: 2026-02-07\n" in here.read(".github/pmsync.yml")


@pytest.mark.usefixtures("known")
def test_init_can_be_run_again_and_shows_what_differs(here: Checkout) -> None:
    run("init", "--merge-driver")
    assert run("init")[1] == "kept .github/workflows/pmsync.yml, which is as it would be made now\n"
    here.write(".github/workflows/pmsync.yml", here.read(".github/workflows/pmsync.yml") + "# mine\n")
    here.write("rca/a.md", TEXT)
    code, out, err = run("init", "--merge-driver")
    assert code == 0
    assert "kept .github/workflows/pmsync.yml, which differs from what would be made now" in out
    assert "\n-# mine\n" in out
    assert "rca looks like postmortems, and `documents:` in the configuration leaves it out" in err
    assert ".gitattributes has what pmsync needs already" in err
    here.write(".gitattributes", "*.png binary\n")
    assert "add this\n\npostmortems/**/*.md merge=pmsync" in run("init", "--merge-driver")[2]
    assert here.read(".gitattributes") == "*.png binary\n"


def test_init_run_again_knows_what_it_wrote(here: Checkout) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    with mock.patch("pmsync.init.find_copy", return_value=Copy("github.com", "", "")):
        answer("init", text="\nsre/pmsync@v1\ny\ny\n")
        code, out, err = answer("init", text="")
    assert (code, out) == (0, "kept .github/workflows/pmsync.yml, which is as it would be made now\n")
    assert err == "postmortems/**/*.md: 1 document, 2 items, 0 names\n"


@pytest.mark.usefixtures("known")
def test_init_leaves_index_pages_and_templates_out_and_takes_names_in_any_case_for_one(
    here: Checkout,
) -> None:
    (here.path / ".github/pmsync.yml").unlink()
    here.write("postmortems/README.md", "# Postmortems\n\nAll of them.\n")
    here.write("postmortems/2026/README.md", "# 2026\n\nAll of them.\n")
    here.write("postmortems/template.md", "# Postmortem template\n\n## Action items\n\n- <what>\n")
    items = "- Repair the belt (owner: Priya)\n- Repair the door (owner: priya)\n- Repair it (owner: Priya)\n"
    here.write("postmortems/b.md", f"# Belt\n\n## Action items\n\n{items}")
    _, _, err = run("init")
    assert "postmortems: 2 documents, 5 items, 1 name, 3 index pages or templates\n" in err
    made = here.read(".github/pmsync.yml")
    globs = ["postmortems/**/*.md", "!postmortems/**/README.md", "!postmortems/**/template.md"]
    assert f"\ndocuments: {json.dumps(globs)}\n" in made
    assert '\n# owners:\n#   "Priya": LOGIN\n\n' in made
    assert "index page" not in run("plan")[1]


def test_init_outside_of_git_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("init")
    assert (code, out) == (2, "")
    assert err.startswith("pmsync: there is no git repository here: run it in a clone")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reference", ["pmsync", "acme/pmsync", "a b/c@d"])
def test_init_takes_no_action_that_is_none(here: Checkout, reference: str) -> None:
    code, _, err = run("init", "--action", reference)
    assert code == 2
    assert "is no action: write it as OWNER/pmsync@COMMIT" in err


def test_a_shell_completes_documents() -> None:
    environ = {"_PMSYNC_COMPLETE": "bash_complete", "COMP_WORDS": "pmsync plan post", "COMP_CWORD": "2"}
    done = CliRunner().invoke(main, env=environ, prog_name="pmsync")
    assert done.output == "file,post\n"


def test_a_repository_without_a_configuration_is_told_which_folders_look_like_postmortems(
    repo: Checkout,
) -> None:
    repo.write("docs/incidents/a.md", TEXT)
    repo.write("ignored/rca/a.md", TEXT)
    repo.write(".gitignore", "ignored\n")
    code, _, err = run("-C", str(repo.path), "items")
    assert code == 0
    assert err.endswith(
        "docs/incidents looks like postmortems: `pmsync init` writes a configuration for it\n"
    )
    assert "rca" not in err


def test_any_command_works_in_another_folder_as_git_does(
    here: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here.path.parent)
    before = Path.cwd()
    assert "Patch the till" in run("-C", here.path.name, "items")[1]
    assert "Patch the till" in run("-C", here.path.name, "-C", "postmortems", "items", "a.md")[1]
    assert Path.cwd() == before
    assert run("-C", "nowhere", "items") == (
        *(2, "", "pmsync: -C nowhere: cannot be entered (No such file or directory)\n"),
    )


def test_no_hidden_command_is_suggested() -> None:
    assert "No such command 'actio'" in run("actio")[2]
    assert "'action'" not in run("actio")[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_that_are_not_hidden(shell: str) -> None:
    environ = {
        "_PMSYNC_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "pmsync ",
        "COMP_CWORD": "" if shell == "fish" else "1",
    }
    done = CliRunner(env=environ).invoke(main, prog_name="pmsync")
    assert "merge-driver" in done.stdout
    assert "action\n" not in done.stdout


class Terminal(io.StringIO):
    """Standard error as it is on a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_keeps_to_its_line_when_something_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    with _Progress() as progress:
        progress("writing issues", 1, 40)
        progress.tell("waiting for GitHub: [bold]\x1b[31m")
    assert "\r\x1b[2Kwaiting for GitHub: [bold]\ufffd[31m\n" in terminal.getvalue()
    assert "1/40" in terminal.getvalue()
