"""`pmsync check` from the command line: which documents, which forms, which exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pmsync.cli import main
from pmsync.extract import read
from pmsync.model import Postmortem
from tests.conftest import Checkout
from tests.test_layout import loaded_by

GOOD = """\
# Queue was full

**Date:** 2026-03-01
**Severity:** SEV-3

## Action items

- [ ] Raise the limit to 20,000 (@ada, due: 2999-03-20)
"""
UNOWNED = GOOD.replace("@ada, ", "")
OPEN = GOOD + "- [ ] TBD\n"


@pytest.fixture
def here(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A repository with two documents, as the current folder."""
    repo.commit({"postmortems/a.md": GOOD, "postmortems/b.md": UNOWNED})
    monkeypatch.chdir(repo.path)
    return repo


def run(*args: str) -> tuple[int, list[str], str]:
    done = CliRunner().invoke(main, ["check", *args], catch_exceptions=False)
    return done.exit_code, done.stdout.splitlines(), done.stderr


def places(*args: str) -> list[str]:
    """Returns document, line and rule of all that is found."""
    done = CliRunner().invoke(main, ["check", "--format", "json", *args], catch_exceptions=False)
    found = json.loads(done.stdout)["diagnostics"]
    return [f"{one['document']}:{one['line']} {one['code']}" for one in found]


B_UNOWNED = "postmortems/b.md:8 PM001"


def test_to_check_one_document_reads_the_others_once_and_not_with_each_check(
    here: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def counting(document: str, text: str, **named: Any) -> Postmortem:
        seen.append(document)
        return read(document, text, **named)

    monkeypatch.setattr("pmsync.reading.read", counting)
    for _ in range(2):
        assert places("postmortems/b.md") == [B_UNOWNED]
    assert seen == ["postmortems/b.md", "postmortems/a.md"]


def test_warnings_pass_and_errors_fail_and_strict_fails_on_both(here: Checkout) -> None:
    assert run()[0] == 0
    assert run("--strict")[0] == 1
    assert run("--strict", "postmortems/a.md")[0] == 0
    here.write("postmortems/b.md", OPEN)
    assert run()[0] == 1


def test_a_document_with_conflict_markers_fails_and_the_others_are_checked(here: Checkout) -> None:
    here.write("postmortems/a.md", GOOD + "<<<<<<< HEAD\n- x\n=======\n- y\n>>>>>>> b\n")
    code, out, _ = run()
    assert code == 1
    assert out[0].startswith("postmortems/a.md:9: PM000 error:")
    assert any(line.startswith("postmortems/b.md:8: PM001") for line in out)


def test_a_path_may_lie_outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, elsewhere = tmp_path / "notes.txt", tmp_path / "elsewhere"
    outside.write_text(UNOWNED)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert places(str(outside)) == [f"{outside}:8 PM001"]
    assert run(str(tmp_path / "gone.md"))[0] == 2


def test_a_path_outside_is_checked_from_within_a_repository_too(here: Checkout, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(UNOWNED)
    assert places(str(outside)) == [f"{outside}:8 PM001"]


def test_what_was_asked_for_before_is_known_where_only_one_document_is_named(here: Checkout) -> None:
    here.write("postmortems/old.md", GOOD.replace("2026-03-01", "2025-03-01"))
    assert places("postmortems/a.md") == ["postmortems/a.md:8 PM014"]


def test_staged_is_what_is_about_to_be_committed_not_what_lies_in_the_folder(here: Checkout) -> None:
    assert places("--staged") == []
    here.write("postmortems/a.md", UNOWNED)
    assert places("--staged") == []
    here.git("add", "postmortems/a.md")
    here.write("postmortems/a.md", GOOD)
    assert places("--staged") == ["postmortems/a.md:8 PM001"]
    assert places("--staged", "postmortems/b.md") == []


@pytest.mark.parametrize("path", ["postmortems/c.md", "postmortems", "postmortems/*.md", "post*/c.md", None])
def test_what_is_staged_is_checked_though_it_is_gone_from_the_folder(
    here: Checkout, path: str | None
) -> None:
    here.write("postmortems/c.md", UNOWNED)
    here.write("postmortems/ours.bin", b"\0")
    here.git("add", ".")
    for name in ("a", "b", "c"):
        (here.path / f"postmortems/{name}.md").unlink()
    assert places("--staged", *[path] * (path is not None)) == ["postmortems/c.md:8 PM001"]


def test_what_was_renamed_is_no_new_document(here: Checkout) -> None:
    past = GOOD.replace("2999-03-20", "2026-03-02")
    here.commit({"postmortems/old.md": past.replace("limit", "bar")})
    here.git("mv", "postmortems/old.md", "postmortems/moved.md")
    assert places("--staged") == []
    here.write("postmortems/new.md", past.replace("limit", "age"))
    here.git("add", ".")
    assert places("--staged") == ["postmortems/new.md:8 PM006"]


def test_a_staged_document_that_cannot_be_read_is_an_error(here: Checkout) -> None:
    here.write("postmortems/a.md", GOOD + "<<<<<<< HEAD\n- x\n=======\n- y\n>>>>>>> b\n")
    here.git("add", ".")
    here.write("postmortems/a.md", GOOD)
    assert places("--staged") == ["postmortems/a.md:9 PM000"]


@pytest.mark.parametrize("name", ["é ü.md", "a b.md"])
def test_staged_names_may_be_any(here: Checkout, name: str) -> None:
    here.write(f"postmortems/{name}", UNOWNED)
    here.git("add", ".")
    assert places("--staged") == [f"postmortems/{name}:8 PM001"]


def test_changed_since_is_what_a_branch_adds_and_what_is_not_committed_yet(here: Checkout) -> None:
    here.git("switch", "-q", "-c", "feature")
    here.commit({"postmortems/c.md": UNOWNED})
    here.git("switch", "-q", "main")
    here.commit({"postmortems/b.md": UNOWNED + "\n"})
    here.git("switch", "-q", "feature")
    here.write("postmortems/d.md", UNOWNED)
    assert places("--changed-since", "main") == ["postmortems/c.md:8 PM001", "postmortems/d.md:8 PM001"]


def test_a_date_that_is_past_is_told_of_new_documents_alone(here: Checkout) -> None:
    past = GOOD.replace("2999-03-20", "2026-03-02")
    here.commit({"postmortems/old.md": past.replace("2026-03-01", "2026-02-01")})
    here.write("postmortems/old.md", past.replace("2026-03-01", "2026-02-01") + "\nMore.\n")
    here.write("postmortems/new.md", past.replace("limit", "bar"))
    assert places("--changed-since", "HEAD") == ["postmortems/new.md:8 PM006"]
    assert "postmortems/new.md:8 PM006" not in places()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--changed-since", "nowhere"), "git knows no such branch"),
        (("--staged", "--changed-since", "main"), "choose one"),
        (("--explain", "PM999"), "there is no rule PM999"),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(here: Checkout, args: tuple[str, ...], said: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, [])
    assert said in err


def test_staged_without_a_repository_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--staged")[0] == 2


def test_the_configuration_sets_levels_also_by_severity(here: Checkout) -> None:
    here.write(".github/pmsync.yml", "check: {PM001: {SEV-3: error, default: off}}\n")
    assert run()[0] == 1
    here.write(".github/pmsync.yml", "check:\n  PM001: off\n")
    assert places() == []


def test_a_comment_that_allows_nothing_is_told_on_standard_error(here: Checkout) -> None:
    here.write("postmortems/a.md", GOOD + "\n<!-- pmsync: allow PM001 -->\n")
    assert "warning: postmortems/a.md:10: this comment allows nothing" in run()[2]


def test_explain_shows_one_rule_and_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("--explain", "pm003")
    assert code == 0
    assert out[0] == "PM003 no-verifiable-end (warning by default)"


def test_checking_does_not_pay_for_the_tracker(here: Checkout) -> None:
    assert not loaded_by("check", "postmortems/a.md") & {"github", "requests", "jinja2"}
