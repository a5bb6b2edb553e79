import re
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from pmsync.config import OPTIONS, Config, parse_config
from pmsync.documents import find_documents
from pmsync.errors import UsageError
from pmsync.init import HOOKS, Surroundings, look_around, write_setup
from tests.children import run
from tests.conftest import setup_of

CONFIGURATION = ".github/pmsync.yml"
WORKFLOW = ".github/workflows/pmsync.yml"
ROOT = Path(__file__).parents[1]
HERE = Surroundings(branch="trunk", documents=("docs/postmortems/**/*.md",))


def git(root: Path, *arguments: str) -> None:
    run(["git", "-C", str(root), *arguments])


def test_a_bare_folder_gets_the_defaults(tmp_path: Path) -> None:
    assert look_around(tmp_path) == Surroundings("main", ("postmortems/**/*.md",))


def test_folders_of_postmortems_are_found(tmp_path: Path) -> None:
    for name in (
        "docs/Post-Mortems/2026",
        "incident reviews",
        "node_modules/x/postmortems",
        ".git/postmortems",
    ):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.md").write_text("x")
    (tmp_path / "postmortems").mkdir()
    assert look_around(tmp_path).documents == ("docs/Post-Mortems/**/*.md", "incident reviews/**/*.md")


def test_the_default_branch_is_the_remotes_where_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "work")
    assert look_around(tmp_path).branch == "work"
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert look_around(tmp_path).branch == "trunk"


def test_a_configuration_that_is_there_is_kept_and_the_workflow_is_made_from_it(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / CONFIGURATION).write_text("documents: [incidents/*.md]\nlabel: incident\n")
    setup = setup_of(look_around(tmp_path))
    assert setup.keys() == {WORKFLOW}
    workflow = yaml.safe_load(setup[WORKFLOW])
    assert workflow[True]["push"]["paths"] == ["incidents/*.md", CONFIGURATION]
    assert "github.event.issue.labels.*.name, 'incident')" in workflow["jobs"]["sync"]["if"]


def test_the_configuration_written_says_what_was_found_and_is_valid() -> None:
    made = setup_of(HERE, since=date(2026, 1, 1))[CONFIGURATION]
    assert parse_config(made) == Config(documents=HERE.documents, since=date(2026, 1, 1))


def test_the_configuration_written_explains_every_option() -> None:
    made = setup_of(HERE)[CONFIGURATION]
    for key, option in OPTIONS.items():
        assert f"# {option.doc}\n" in made
        assert f"\n{key}: " in made or f"\n# {key}: " in made


def test_the_workflow_written_runs_on_the_default_branch_and_these_documents() -> None:
    # YAML 1.1 takes the key `on` for a truth.
    workflow = yaml.safe_load(setup_of(HERE)[WORKFLOW])
    assert workflow[True]["push"] == {
        "branches": ["trunk"],
        "paths": ["docs/postmortems/**/*.md", CONFIGURATION],
    }
    assert "__" not in setup_of(HERE)[WORKFLOW]


def test_the_workflow_written_asks_for_no_more_than_it_needs() -> None:
    workflow = yaml.safe_load(setup_of(HERE)[WORKFLOW])
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["review"]["permissions"]["contents"] == "read"
    assert workflow["jobs"]["review"]["permissions"]["issues"] == "read"
    assert set(workflow["jobs"]["sync"]["permissions"]) == {"contents", "issues", "pull-requests"}
    assert not any("credentials: true" in line for line in setup_of(HERE)[WORKFLOW].splitlines())


def test_the_workflow_written_is_one_by_githubs_own_schema(tmp_path: Path) -> None:
    write_setup(tmp_path, setup_of(HERE))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    run([*command, str(tmp_path / WORKFLOW)])


def test_names_that_yaml_would_misread_are_quoted() -> None:
    odd = Surroundings(branch='no: "x" # y', documents=("a'b: c/**/*.md",))
    setup = setup_of(odd)
    assert yaml.safe_load(setup[WORKFLOW])[True]["push"]["branches"] == [odd.branch]
    assert parse_config(setup[CONFIGURATION]).documents == odd.documents


def test_the_schedule_is_never_on_the_hour() -> None:
    for name in range(50):
        text = setup_of(Surroundings("main", (f"{name}/*.md",)))[WORKFLOW]
        minute, hour, *_ = yaml.safe_load(text)[True]["schedule"][0]["cron"].split()
        assert (0 < int(minute) < 60, int(hour)) == (True, 5)


def test_the_hook_is_only_written_where_it_is_asked_for() -> None:
    assert HOOKS not in setup_of(HERE)
    (repository,) = yaml.safe_load(setup_of(HERE, pre_commit=True)[HOOKS])["repos"]
    (hook,) = repository["hooks"]
    assert hook["id"] == "pmsync-check"
    assert repository["repo"].startswith("https://")
    assert re.search(hook["files"], "docs/postmortems/2026/a.md")
    assert not re.search(hook["files"], "docs/other/a.md")


def test_the_hook_leaves_out_what_the_configuration_does() -> None:
    globs = ("docs/**/*.md", "!README.md", "!docs/old/", "!docs/**/draft-*.md")
    (repository,) = yaml.safe_load(setup_of(Surroundings("main", globs), pre_commit=True)[HOOKS])["repos"]
    (hook,) = repository["hooks"]
    paths = [
        "a.md",
        "README.md",
        "x/README.md",
        "old/b.md",
        "older/b.md",
        "x/y/draft-1.md",
        "draft-1.md",
        "README.mdx.md",
    ]
    left = [path for path in paths if not re.search(hook["exclude"], f"docs/{path}")]
    assert left == ["a.md", "older/b.md", "README.mdx.md"]
    assert all(re.search(hook["files"], f"docs/{path}") for path in paths)


PLACES = [
    "POSTMORTEM.md",
    "a.md",
    "docs/a.md",
    "docs/incident-1.md",
    "docs/incidents/a.md",
    "docs/incidents/a.txt",
    "docs/incidents/a.py",
    "docs/incidents/2026/b.markdown",
    "docs/x/postmortem.md",
    "docs/x/y/incident-2.md",
]


@pytest.mark.parametrize(
    "glob",
    [
        "docs/incidents/*.md",
        "docs/incidents/**/*.markdown",
        "**/*.md",
        "docs/*/postmortem.md",
        "POSTMORTEM.md",
        "docs/**/incident-*.md",
        "docs/incidents",
        "docs/incidents/",
        "docs/**",
        "docs/x/*",
    ],
)
def test_the_hook_is_run_for_what_the_configuration_finds(tmp_path: Path, glob: str) -> None:
    for place in PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("# It was down\n", "utf-8")
    found = {path.relative_to(tmp_path.resolve()).as_posix() for path in find_documents(tmp_path, [glob])}
    (repository,) = yaml.safe_load(setup_of(Surroundings("main", (glob,)), pre_commit=True)[HOOKS])["repos"]
    (hook,) = repository["hooks"]
    assert found == {place for place in PLACES if re.search(hook["files"], place)}


def test_the_hook_that_is_written_is_one_that_this_repository_has() -> None:
    (hook,) = yaml.safe_load(ROOT.joinpath(".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["id"] in setup_of(HERE, pre_commit=True)[HOOKS]
    assert hook["entry"] == "pmsync check"


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    setup = setup_of(HERE)
    write_setup(tmp_path, setup)
    assert {path: (tmp_path / path).read_text("utf-8") for path in setup} == setup


def test_nothing_is_overwritten_and_nothing_written_beside(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / CONFIGURATION).write_text("label: ours\n")
    with pytest.raises(UsageError, match=r"^\.github/pmsync\.yml exists already: nothing is overwritten"):
        write_setup(tmp_path, setup_of(HERE))
    assert (tmp_path / CONFIGURATION).read_text() == "label: ours\n"
    assert not (tmp_path / WORKFLOW).exists()


def test_nothing_is_written_through_a_link_out_of_the_repository(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / ".github").symlink_to(outside)
    with pytest.raises(UsageError, match="outside the repository"):
        write_setup(root, setup_of(HERE))
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written"):
        write_setup(tmp_path, setup_of(HERE))
