"""The merge driver: what pmsync wrote makes no conflict, and what people wrote is merged as git does."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pmsync.cli import main
from pmsync.merging import make_attributes, make_settings, merge
from tests import children
from tests.conftest import Checkout
from tests.sync.world import stripped

U = "https://github.com/acme/shop/issues"
WORDS = ("open", "done", "won't do", "duplicate", "missing")
DOCUMENT = "postmortems/a.md"


def link(number: int, word: str) -> str:
    return f"[#{number}]({U}/{number}): {word}"


def merged(folder: Path, base: str, ours: str, theirs: str, document: str = DOCUMENT) -> tuple[str, bool]:
    """What the driver makes of three texts, and whether it leaves conflicts."""
    files = [folder / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, (base, ours, theirs), strict=True):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    conflicts = merge(folder, document, files, 7)
    assert [file.read_bytes().decode("utf-8", "surrogateescape") for file in files[::2]] == [base, theirs]
    return files[1].read_bytes().decode("utf-8", "surrogateescape"), conflicts


def in_list(rows: Sequence[tuple[str, str]]) -> str:
    lines = [
        f"- {box} Repair thing number {n}{f' ({said})' if said else ''}" for n, (box, said) in rows_of(rows)
    ]
    return "# Down\n\n## Action items\n\n" + "\n".join(lines) + "\n\nThat is all.\n"


def in_table(rows: Sequence[tuple[str, str]]) -> str:
    status = {"[ ]": "open", "[x]": "done"}
    lines = [
        f"| Repair thing number {n} | {status[box]} | {f'{said} ' if said else ''}|"
        for n, (box, said) in rows_of(rows)
    ]
    head = "| Action | Status | Ticket |\n|---|---|---|\n"
    return "# Down\n\n## Action items\n\n" + head + "\n".join(lines) + "\n\nThat is all.\n"


def rows_of(rows: Sequence[tuple[str, str]]) -> "enumerate[tuple[str, str]]":
    return enumerate(rows, 1)


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, str, str]:
    """Three versions of one document, which differ in annotations, boxes and status cells alone."""
    write = draw(st.sampled_from([in_list, in_table]))
    count = draw(st.integers(1, 6))
    boxes = st.sampled_from(["[ ]", "[x]"])

    def state(n: int) -> st.SearchStrategy[tuple[str, str]]:
        return st.tuples(boxes, st.sampled_from(WORDS).map(lambda word: link(n, word)))

    before = [draw(st.one_of(state(n), st.tuples(boxes, st.just("")))) for n in range(1, count + 1)]
    sides = [[draw(st.one_of(st.just(row), state(n))) for n, row in enumerate(before, 1)] for _ in range(2)]
    return write(before), write(sides[0]), write(sides[1])


@settings(max_examples=60)
@given(versions())
def test_what_pmsync_wrote_makes_no_conflict_and_nothing_else_is_touched(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str]
) -> None:
    result, conflicts = merged(tmp_path_factory.mktemp("merge"), *texts)
    assert not conflicts, result
    assert stripped(result) == stripped(texts[0])


@settings(max_examples=40)
@given(versions(), st.sampled_from([0, 1]))
def test_what_people_changed_on_different_lines_is_there_from_both_sides(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str], side: int
) -> None:
    changed = [texts[1], texts[2]]
    changed[side] = changed[side].replace("thing number 1", "the first thing")
    changed[1 - side] = changed[1 - side].replace("That is all.", "That was all.").replace("# Down", "# Up")
    result, conflicts = merged(tmp_path_factory.mktemp("merge"), texts[0], *changed)
    assert not conflicts, result
    expected = texts[0].replace("thing number 1", "the first thing")
    assert stripped(result) == stripped(
        expected.replace("That is all.", "That was all.").replace("# Down", "# Up")
    )


# ------------------------------------------------------------------------ whose state stands


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("[ ] A (1 open)", "[x] A (1 done)", "[ ] A (1 open)", "[x] A (1 done)"),
        ("[ ] A (1 open)", "[ ] A (1 open)", "[x] A (1 done)", "[x] A (1 done)"),
        ("[ ] A", "[ ] A (1 open)", "[x] A (1 done)", "[x] A (1 done)"),
        ("[x] A (1 done)", "[ ] A (1 open)", "[x] A (1 done)", "[ ] A (1 open)"),
        ("[ ] A (1 open)", "[x] A (1 open)", "[ ] A (1 won't do)", "[x] A (1 won't do)"),
        ("[ ] A (1 open)", "[x] A (1 done)", "[ ] A (1 won't do)", "[ ] A (1 won't do)"),
        ("[x] A (1 won't do)", "[ ] A (1 open)", "[x] A (1 done)", "[x] A (1 done)"),
        ("[ ] A", "[ ] A (2 open)", "[ ] A (1 open)", "[ ] A (1 open)"),
        ("[ ] A (1 open)", "[ ] A (7 open)", "[x] A (1 done)", "[ ] A (7 open)"),
        ("[ ] A (1 open)", "[ ] A", "[ ] A (1 open)", "[ ] A"),
        ("[ ] A", "[ ] Soon A", "[ ] A (1 open)", "[ ] Soon A (1 open)"),
        ("[ ] A (1 open)", "[ ] Soon A (1 open)", "[x] A (1 done)", "[x] Soon A (1 done)"),
    ],
)
def test_the_newer_state_stands(tmp_path: Path, base: str, ours: str, theirs: str, result: str) -> None:
    def write(line: str) -> str:
        text, _, said = line.partition(" (")
        number, _, word = said.removesuffix(")").partition(" ")
        text = re.sub(r"\bA\b", "alert on memory before the cart fills it", text)
        return f"## Action items\n\n- {text}{f' ({link(int(number), word)})' if said else ''}\n"

    assert merged(tmp_path, write(base), write(ours), write(theirs)) == (write(result), False)


def test_an_item_that_one_side_took_out_is_out_though_its_state_changed(tmp_path: Path) -> None:
    base = f"## Action items\n\n- Alert on memory\n\nText.\n\n- Patch the till ({link(2, 'open')})\n"
    ours = base.replace(f"- Patch the till ({link(2, 'open')})\n", "")
    assert merged(tmp_path, base, ours, base.replace("2): open", "2): done")) == (ours, False)


def test_a_placeholder_that_both_sides_gave_up_stays_in_the_link(tmp_path: Path) -> None:
    base = "## Action items\n\n| Action | Ticket |\n|---|---|\n| Alert on memory | TBD |\n"
    given_up = base.replace("TBD", f'[#1]({U}/1 "was: TBD"): open')
    ours, theirs = given_up.replace("memory", "disks"), given_up.replace(": open", ": done")
    assert merged(tmp_path, base, ours, theirs) == (theirs.replace("memory", "disks"), False)


def test_an_item_that_got_another_owner_keeps_its_link(tmp_path: Path) -> None:
    base = "## Action items\n\n- [ ] Alert on the disk of db-1 (owner: Ben)\n- [ ] Log the queue\n"
    theirs = base.replace("[ ] Alert", "[x] Alert").replace("Ben)", f"Ben) ({link(1, 'done')})")
    expected = theirs.replace("Ben", "Tom")
    assert merged(tmp_path, base, base.replace("Ben", "Tom"), theirs) == (expected, False)


def test_a_link_never_goes_to_an_item_that_stands_elsewhere(tmp_path: Path) -> None:
    base = (
        "## Action items\n\n- [ ] Rotate the signing key\n- [ ] Add an alert on the disk of db-1\n\n"
        "### Later\n\n- [ ] Clean up\n"
    )
    ours = base.replace("- [ ] Add an alert on the disk of db-1\n", "").replace(
        "Clean up\n", "Clean up\n- [ ] Add an alert on the disk of the archive host\n"
    )
    theirs = base.replace("[ ] Add", "[x] Add").replace("db-1", f"db-1 ({link(2, 'done')})")
    result, _ = merged(tmp_path, base, ours, theirs)
    assert "- [ ] Add an alert on the disk of the archive host\n" in result


ROWS = "## Action items\n\n| Action | Ticket | Status |\n|---|---|---|\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        (
            "- [ ] Add an alert on the disk of db-1\n",
            "- [ ] Add a paging alert on the disk usage of db-1\n- [ ] Add an alert on the disk of db-2\n",
            f"- [x] Add an alert on the disk of db-1 ({link(1, 'done')})\n",
        ),
        (
            "- [ ] Log the queue\n- [ ] Add alert D\n",
            "- [ ] Log the queue\n- [ ] Add alert D slowly\n- [ ] Add alert E\n",
            f"- [ ] Log all queues ({link(1, 'open')})\n- [x] Add alert D ({link(2, 'open')})\n",
        ),
        (
            f"{ROWS}| Alert on disk of db-1 | TBD | Open |\n",
            f"{ROWS}| Alert on disk usage of db-1 | TBD | Open |\n| Alert on disk of db-2 | TBD | Open |\n",
            f'{ROWS}| Alert on disk of db-1 | [#1]({U}/1 "was: TBD"): done | Done |\n',
        ),
        (
            "### Short term\n\n- [ ] Add an alert on disk of db-1\n- [ ] Log the queue\n",
            "### Short-term work\n\n- [ ] Add a paging alert on disk of db-1\n- [ ] Log the queue\n",
            "### Short term\n\n- [x] Add an alert on disk of db-1\n- [ ] Log the queue\n",
        ),
        (
            "- [ ] Add an alert on the disk of db-1\n- [ ] Log the queue\n",
            "- [ ] Add an alert on the disk of db-2\n- [ ] Log the queue\n",
            f"- [x] Add an alert on the disk of db-1 ({link(1, 'done')})\n- [ ] Log the queue\n",
        ),
    ],
    ids=["list", "neighbours", "table", "renamed heading", "number"],
)
def test_where_a_new_item_may_be_the_old_one_people_decide(
    tmp_path: Path, base: str, ours: str, theirs: str
) -> None:
    head = "" if base.startswith("##") else "## Action items\n\n"
    result, conflicts = merged(tmp_path, head + base, head + ours, head + theirs)
    assert conflicts
    assert all(line in result for line in ours.splitlines() if line not in base)


# ---------------------------------------------------------------------- what stays a conflict


def test_a_conflict_of_peoples_is_gits_own(tmp_path: Path) -> None:
    base = f"## Action items\n\n- Alert on memory ({link(1, 'open')})\n"
    ours, theirs = base.replace("memory", "disks"), base.replace("memory", "swap").replace(": open", ": done")
    result, conflicts = merged(tmp_path, base, ours, theirs)
    assert conflicts
    assert result == (
        "## Action items\n\n<<<<<<< ours\n"
        f"- Alert on disks ({link(1, 'done')})\n=======\n"
        f"- Alert on swap ({link(1, 'done')})\n>>>>>>> theirs\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "---\na: [\n---\n## Action items\n\n- X\n",
        "## Action items\n\n<<<<<<< a\n- X\n=======\n- Y\n>>>>>>> b\n",
        "No items at all.\n",
        "",
        "caf\udce9 \udcff\n",
    ],
)
def test_what_cannot_be_read_is_merged_by_git_alone(tmp_path: Path, text: str) -> None:
    end = "One.\n\n\n\n"
    base = f"{text}{end}Two.\n"
    ours, theirs = base.replace("One", "1"), base.replace("Two", "2")
    assert merged(tmp_path, base, ours, theirs) == (
        f"{text}{end}Two.\n".replace("One", "1").replace("Two", "2"),
        False,
    )


def test_a_defect_in_reading_costs_no_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("pmsync.merging.read", fail)
    assert merged(tmp_path, "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n") == ("A\nb\nC\n", False)


def test_a_binary_file_is_left_to_people_with_an_exit_code_that_git_takes_for_a_failure(
    tmp_path: Path,
) -> None:
    for name, data in {"o": b"\0\1", "a": b"\0\2", "b": b"\0\3"}.items():
        (tmp_path / name).write_bytes(data)
    done = CliRunner().invoke(main, ["merge-driver", *(str(tmp_path / name) for name in "oab")])
    assert done.exit_code == 129
    assert "git merge-file cannot merge" in done.stderr
    assert (tmp_path / "a").read_bytes() == b"\0\2"


def test_missing_files_are_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["merge-driver", *(str(tmp_path / name) for name in "oab")])
    assert done.exit_code == 129
    assert done.stderr.startswith(f"pmsync: {tmp_path / 'o'} cannot be read")
    done = CliRunner().invoke(main, ["merge-driver"])
    assert done.exit_code == 2
    assert "%O %A %B" in done.stderr


# -------------------------------------------------------------------------- in a repository

TABLE = (
    "# Down\n\n## Action items\n\n| Action | Owner | Status | Ticket |\n|---|---|---|---|\n"
    f"| Alert on memory before the cart fills it | mara | Open | {link(1, 'open')} |\n"
    f"| Patch the till against negative prices | jo | Open | {link(2, 'open')} |\n"
    "| Write a runbook for the queue | li | Open | TBD |\n"
    "| Load test the checkout path | li | Open | |\n"
)
PENDING = f'[#3]({U}/3 "was: TBD"): open'
CHANGES = {
    "mara": {f"Open | {link(1, 'open')}": f"Done | {link(1, 'done')}", "TBD": PENDING},
    "jo": {
        "Alert on memory": "Alert at 80 % of memory",
        "TBD": PENDING,
        "li | Open | |": f"li | Open | {link(4, 'open')} |",
    },
    "li": {f"Open | {link(2, 'open')}": f"Done | {link(2, 'done')}", "TBD": PENDING.replace("open", "done")},
}


@pytest.fixture
def team(repo: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Checkout:
    """A repository in which three people each changed one annotated table on a branch of their own."""
    program = tmp_path / "bin/pmsync"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pmsync "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    repo.commit({DOCUMENT: TABLE, ".gitattributes": make_attributes(["postmortems/**/*.md"])})
    for name, changes in CHANGES.items():
        repo.git("checkout", "--quiet", "-b", name, "main")
        text = TABLE
        for old, new in changes.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        repo.commit({DOCUMENT: text})
    repo.git("checkout", "--quiet", "main")
    return repo


def merge_all(team: Checkout) -> list[str]:
    """Merges every branch; returns those that made a conflict."""
    conflicts = []
    for name in CHANGES:
        command = ["git", "merge", "--quiet", "--no-edit", name]
        if children.run(command, cwd=team.path, check=False).returncode:
            conflicts.append(name)
            team.git("merge", "--abort")
    return conflicts


def test_three_people_merge_one_annotated_table_with_the_driver_and_cannot_without(team: Checkout) -> None:
    assert merge_all(team) == ["jo", "li"]
    team.git("reset", "--quiet", "--hard", "main~1")
    assert children.run(["pmsync", "merge-driver", "--install"], cwd=team.path).returncode == 0
    assert merge_all(team) == []
    assert team.read(DOCUMENT) == (
        "# Down\n\n## Action items\n\n| Action | Owner | Status | Ticket |\n|---|---|---|---|\n"
        f"| Alert at 80 % of memory before the cart fills it | mara | Done | {link(1, 'done')} |\n"
        f"| Patch the till against negative prices | jo | Done | {link(2, 'done')} |\n"
        f"| Write a runbook for the queue | li | Open | {PENDING.replace('open', 'done')} |\n"
        f"| Load test the checkout path | li | Open | {link(4, 'open')} |\n"
    )


def test_a_rebase_and_a_cherry_pick_use_it_too(team: Checkout) -> None:
    for name, value in make_settings().items():
        team.git("config", name, value)
    team.git("merge", "--quiet", "mara")
    team.git("checkout", "--quiet", "jo")
    team.git("rebase", "--quiet", "main")
    team.git("cherry-pick", "li")
    assert "<<<<" not in team.read(DOCUMENT)
    assert "Alert at 80 % of memory before the cart fills it | mara | Done" in team.read(DOCUMENT)


def test_where_pmsync_is_not_installed_git_marks_its_conflicts_as_ever(
    team: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in make_settings().items():
        team.git("config", name, value)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    team.git("merge", "--quiet", "mara")
    done = children.run(["git", "merge", "--quiet", "jo"], cwd=team.path, check=False)
    assert done.returncode == 1
    assert "<<<<<<<" in team.read(DOCUMENT)


def test_the_driver_cannot_be_installed_outside_of_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["merge-driver", "--install"])
    assert (done.exit_code, done.stderr) == (
        2,
        "pmsync: git's configuration cannot be set here: run it in a clone\n",
    )


def test_git_takes_the_attributes_of_every_configured_document(repo: Checkout) -> None:
    globs = ["docs/incidents/**/*.md", "old post mortems/*.md", "pm", "!docs/incidents/README.md"]
    repo.write(".gitattributes", make_attributes(globs))
    wanted = {
        "docs/incidents/a.md": "pmsync",
        "docs/incidents/2026/b.md": "pmsync",
        "old post mortems/c.md": "pmsync",
        "pm/x/d.md": "pmsync",
        "docs/incidents/README.md": "unspecified",
        "docs/e.md": "unspecified",
    }
    told = subprocess.run(
        ["git", "check-attr", "-z", "merge", *wanted],
        cwd=repo.path,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    assert dict(zip(told[::3], told[2::3], strict=False)) == wanted
