import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pmsync.cli import main
from tests.conftest import Checkout

Status = Callable[..., Result]

EARLIER = """---
date: 2020-01-10
severity: SEV-1
---
# Checkout down

## Action items

- [ ] Alert on the length of the checkout queue (owner: Mara, due: 2020-02-01)
- [ ] Bound the checkout queue
- [x] Restart it
"""
LATER = """---
date: 2021-05-01
severity: sev2
---
# Checkout down again

## Action items

- [ ] Add an alert on the length of the checkout queue (owner: Mara Lindqvist)
"""


@pytest.fixture
def status(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> Status:
    config = "owners: {Mara: mara-l, Mara Lindqvist: mara-l}\nteams: {Payments: [Mara]}\ndue_within: gitlab\n"
    repo.commit(
        {
            "postmortems/earlier.md": EARLIER,
            "postmortems/later.md": LATER,
            "postmortems/README.md": "# Our postmortems\n\nSee below.\n",
            ".github/pmsync.yml": config,
        }
    )
    monkeypatch.chdir(repo.path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["status", "--offline", "--tracker", "local", *arguments])

    return run


def test_the_whole_report_comes_from_documents_and_configuration(status: Status) -> None:
    told = json.loads(status("--format", "json").stdout)
    figures = told["figures"]
    assert (figures["postmortems"], figures["open"], figures["overdue"], figures["done"]) == (2, 3, 3, 1)
    assert (figures["unowned"], figures["by_team"]) == (1, {"Payments": {"open": 2, "overdue": 2}})
    assert figures["by_owner"] == {"mara-l": {"open": 2, "overdue": 2}}
    dues = {
        row["line"]: (row["due_date"], row["due_by"])
        for row in told["follow_ups"]
        if row["severity"] == "SEV-1"
    }
    assert dues[9] == ("2020-02-01", "stated")
    assert dues[10] == ("2020-01-17", "policy")
    (echo,) = [row["echo"] for row in told["follow_ups"] if row["echo"]]
    assert (echo["document"], echo["line"]) == ("postmortems/earlier.md", 9)


def test_filters_hold_in_every_form(status: Status) -> None:
    for form in ("text", "markdown", "json", "csv", "html"):
        shown = status(
            "--format", form, "--severity", "2", "--overdue", "--sort", "age", "--limit", "5"
        ).stdout
        assert "Add an alert" in shown or "alert on the length" in shown
        assert "Bound the checkout queue" not in shown
    later = csv.DictReader(StringIO(status("--format", "csv", "--since", "2021-01-01").stdout))
    assert [row["document"] for row in later] == ["postmortems/later.md"]
    done = csv.DictReader(StringIO(status("--format", "csv", "--state", "done").stdout))
    assert [row["title"] for row in done] == ["Restart it"]
    nobody = status("--format", "csv", "--owner", "nobody-known")
    assert nobody.exit_code == 0
    assert len(nobody.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["overdue:SEV-1"], "2 SEV-1 overdue"),
        (["unowned"], "1 open without an owner"),
        (["overdue", "--team", "Payments"], "2 overdue"),
        (["overdue:SEV-3"], ""),
    ],
)
def test_a_scheduled_job_can_be_made_to_fail(status: Status, wanted: list[str], told: str) -> None:
    result = status("--fail-on", *wanted)
    assert result.exit_code == bool(told)
    assert told in result.stderr
    assert "Checkout" in result.stdout or "checkout" in result.stdout


def test_what_is_overdue_alone_fails_nothing(status: Status) -> None:
    assert status().exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fail-on", "late"], "write 'overdue', 'overdue:SEV-1' or 'unowned'"),
        (["--since", "soon"], "'soon' is no date"),
        (["--merge"], "--merge needs the JSON of at least one report"),
        (["--merge", "nowhere.json"], "nowhere.json cannot be read"),
        (["--limit", "-1"], "-1 is not in the range"),
    ],
)
def test_wrong_usage_is_one_sentence(status: Status, arguments: list[str], told: str) -> None:
    result = status(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_reports_of_several_repositories_are_merged_without_any_repository(
    status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status("--format", "json", "--output", str(tmp_path / "a.json"))
    status("--format", "json", "--severity", "SEV-1", "--output", str(tmp_path / "b.json"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = CliRunner().invoke(main, ["status", "--merge", "../a.json", "../b.json", "--format", "json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["figures"]["open"] == 5


@pytest.mark.parametrize("name", ["mara-l", "@mara-l", "Mara", "mara lindqvist"])
def test_an_owner_is_asked_for_by_login_or_by_any_name(status: Status, name: str) -> None:
    done = status("--owner", name, "--format", "json")
    assert json.loads(done.stdout)["figures"]["follow_ups"] == 2
    assert done.stderr == ""


def test_a_name_that_nobody_has_is_told(status: Status) -> None:
    done = status("--owner", "Maara", "--owner", "Mara", "--team", "Paying", "--severity", "9")
    assert done.exit_code == 0
    assert [line.rpartition(" ")[2] for line in done.stderr.splitlines()] == ["Maara", "Paying", "9"]
    assert status("--owner", "Maara", "--quiet").stderr == ""
