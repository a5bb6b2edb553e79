import json
import os
import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.config import DEFAULT_PATH, MAX_BYTES, OPTIONS, Config, load_config, parse_config
from pmsync.errors import UsageError
from pmsync.model import Known
from pmsync.session import open_session
from tests.conftest import Checkout


def problems(text: str) -> list[str]:
    try:
        parse_config(text, "f.yml")
    except UsageError as error:
        return str(error).split("\n")
    return []


def write(root: Path, data: bytes, path: Path = DEFAULT_PATH) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


# ------------------------------------------------------------------------- what it says


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(None, tmp_path) == Config()


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n", "\ufeff# bom\n"])
def test_an_empty_file_is_the_defaults(tmp_path: Path, text: str) -> None:
    write(tmp_path, text.encode())
    assert load_config(None, tmp_path) == Config()


def test_every_option_is_read() -> None:
    config = parse_config(
        """
documents: [docs/pm/*.md, "incidents/**/*.md"]
tracker: local
repository: acme/reliability
label: incident
label_color: "#D93F0B"
label_description: From an incident
previous_labels: [postmortem, pm]
labels: [sre]
owners:
  Ada Lovelace: "@ada"
  Ops: ops-lead
trusted_authors: ["acme-bot[bot]", carol]
sections: [Homework, "À faire"]
since: 2026-01-31
done_items: create
on_removed: close
max_creates: 7
on_no_documents: fail
write_back_branch: bots/postmortems
"""
    )
    assert config == Config(
        documents=("docs/pm/*.md", "incidents/**/*.md"),
        tracker="local",
        repository="acme/reliability",
        label="incident",
        label_color="d93f0b",
        label_description="From an incident",
        previous_labels=("postmortem", "pm"),
        labels=("sre",),
        owners={"Ada Lovelace": "ada", "Ops": "ops-lead"},
        trusted_authors=("acme-bot[bot]", "carol"),
        sections=("Homework", "À faire"),
        since=date(2026, 1, 31),
        done_items="create",
        on_removed="close",
        max_creates=7,
        on_no_documents="fail",
        write_back_branch="bots/postmortems",
    )
    assert config.known == Known(sections=("Homework", "À faire"), people=("Ada Lovelace", "Ops"))


def test_a_list_of_one_may_be_written_without_brackets() -> None:
    assert parse_config("documents: docs/*.md").documents == ("docs/*.md",)


@pytest.mark.parametrize("word", ["no", "010", "10:30", "1.10", "2026-01-01", "123456"])
def test_values_are_taken_as_written_not_as_yaml_types(word: str) -> None:
    assert parse_config(f"label: {word}").label == word


def test_a_named_file_is_read_instead(tmp_path: Path) -> None:
    write(tmp_path, b"label: one\n")
    other = write(tmp_path, b"label: two\n", Path("other.yml"))
    assert load_config(other, tmp_path).label == "two"


# --------------------------------------------------------------------- what is wrong


def test_an_exclusion_with_nothing_before_it_is_a_mistake() -> None:
    assert parse_config('documents: [a/**, "!b.md"]').documents == ("a/**", "!b.md")
    with pytest.raises(UsageError, match=r":1: documents: '!b.md' has nothing to leave out: write what"):
        parse_config('documents: ["!b.md", a/**]')


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    assert problems(
        """lable: x
label: "a,b"
documents: [/abs, ../up, ok.md]
since: 2026-13-01
repository: acme
owners:
  Ada: "not a login"
  Bob: bob
  Bob: bobby
max_creates: -1
tracker: gitlab
labels: {a: b}
on_removed:
label: again
"""
    ) == [
        "f.yml:1: unknown key 'lable': did you mean 'label'?",
        "f.yml:2: label: 'a,b' has a comma: GitHub cannot list issues by such a label, choose one without",
        "f.yml:3: documents: '../up' leaves the repository: write a path from its root, as 'docs/**/*.md'",
        "f.yml:3: documents: '/abs' leaves the repository: write a path from its root, as 'docs/**/*.md'",
        "f.yml:4: since: '2026-13-01' is no date: write it as '2026-03-01'",
        "f.yml:5: repository: 'acme' is no repository: write it as 'owner/name'",
        "f.yml:7: owners: Ada: 'not a login' is no GitHub login",
        "f.yml:9: owners: key 'Bob' stands twice, first on line 8",
        "f.yml:10: max_creates: '-1' is no count: write a whole number, as '50'",
        "f.yml:11: tracker: 'gitlab' is not possible: write 'github' or 'local'",
        "f.yml:12: labels: must be a list, not a mapping",
        "f.yml:13: on_removed: has no value: write one (in quotes if it begins with '#'), or remove the key",
        "f.yml:14: key 'label' stands twice, first on line 2",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", "f.yml:1: is not a mapping"),
        ("just words\n", "f.yml:1: is not a mapping"),
        ("[a]: b\n", "f.yml:1: has a key that is no text"),
        ("label: a\nlabels:\n\t- b\n", "f.yml:3: has a tab where YAML wants blanks"),
        ("trusted_authors: [@ada]\n", "f.yml:1: has a value that begins with '@'"),
        ("labels: &x [a]\nprevious_labels: *x\n", "f.yml:2: has an alias"),
        ("label: a\n---\nlabel: b\n", "f.yml:2: holds more than one YAML document"),
        ("label: [a\n", "f.yml:2: is no valid YAML"),
        ("label: a\n\n# \x00\n", "f.yml:3: has a character that YAML does not allow"),
        ("on-removed: close\n", "f.yml:1: unknown key 'on-removed': did you mean 'on_removed'?"),
        ("zzzz: 1\n", "f.yml:1: unknown key 'zzzz'"),
        ("label: {a: b}\n", "f.yml:1: label: must be one value, not a mapping"),
        ("label: [a]\n", "f.yml:1: label: must be one value, not a list"),
        ("labels: [[a]]\n", "f.yml:1: labels: must be one value, not a list"),
        ("owners: ada\n", "f.yml:1: owners: must be a mapping"),
        ("label_color: #d93f0b\n", "f.yml:1: label_color: has no value"),
        ("label_color: red\n", "f.yml:1: label_color: 'red' is no colour"),
        (f"label_description: {'x' * 101}\n", "f.yml:1: label_description: has 101 characters"),
        (f"label: {'x' * 51}\n", "f.yml:1: label: 'xxxx"),
        ("previous_labels: ['a, b']\n", "f.yml:1: previous_labels: 'a, b' has a comma"),
        ("label: ''\n", "f.yml:1: label: is empty"),
        ('label: "a\\nb"\n', "f.yml:1: label: 'a b' has a line break"),
        ('label: "a\\u202eb"\n', "f.yml:1: label: 'a\ufffdb' has a line break or a control character"),
        ("documents: ['a**/b.md']\n", "f.yml:1: documents: 'a**/b.md' has '**' beside other characters"),
        ("documents: ['C:/x.md']\n", "f.yml:1: documents: 'C:/x.md' leaves the repository"),
        ("repository: acme/..\n", "f.yml:1: repository: 'acme/..' is no repository"),
        ("repository: https://github.com/a/b\n", "f.yml:1: repository: 'https://github.com/a/b' is no"),
        ("since: 20260101\n", "f.yml:1: since: '20260101' is no date"),
        ("max_creates: " + "9" * 5000 + "\n", "f.yml:1: max_creates: '9999"),
    ],
)
def test_a_problem_is_one_clear_sentence_with_its_line(text: str, problem: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize("piece", ["[", "[ ", "{", "- ", "? ", "a: ", "&a ", "- [\n", "'", "!"])
def test_the_worst_yaml_of_the_allowed_size_is_refused_without_harm(piece: str) -> None:
    # Read whole, some of these take minutes or more stack than there is.
    assert len(problems(piece * (MAX_BYTES // len(piece)))) == 1


@given(st.text())
def test_no_text_makes_reading_fail_otherwise(text: str) -> None:
    assert all(re.match(r"f\.yml:\d+: ", line) for line in problems(text))


def test_every_option_is_documented_in_the_order_of_its_field() -> None:
    assert list(OPTIONS) == [option.name for option in fields(Config)]


@given(st.dictionaries(st.sampled_from(list(OPTIONS)), st.text(max_size=20)))
def test_no_value_makes_reading_fail_otherwise(values: dict[str, str]) -> None:
    import yaml

    told = problems(yaml.safe_dump(values, allow_unicode=True))
    assert all(re.match(r"f\.yml:\d+: ", line) for line in told)


# ------------------------------------------------------------------------------- the file


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^nope\.yml: there is no such configuration file$"):
        load_config(tmp_path / "nope.yml", tmp_path)


def test_the_file_is_named_as_seen_from_the_repository(tmp_path: Path) -> None:
    write(tmp_path, b"lable: x\n")
    with pytest.raises(UsageError, match=r"^\.github/pmsync\.yml:1: unknown key 'lable'"):
        load_config(None, tmp_path)


def test_a_file_with_the_other_ending_is_not_overlooked(tmp_path: Path) -> None:
    write(tmp_path, b"label: x\n", Path(".github/pmsync.yaml"))
    with pytest.raises(UsageError, match=r"pmsync\.yaml is not read: rename it to \.github/pmsync\.yml$"):
        load_config(None, tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    write(tmp_path, b"#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match="is larger than 64 KiB"):
        load_config(None, tmp_path)


def test_a_file_of_other_bytes_is_told_with_the_line(tmp_path: Path) -> None:
    write(tmp_path, b"label: x\nlabels: [caf\xe9]\n")
    with pytest.raises(UsageError, match=r"pmsync\.yml:2: is not UTF-8"):
        load_config(None, tmp_path)


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / DEFAULT_PATH).mkdir(parents=True)
    with pytest.raises(UsageError, match=r"pmsync\.yml: cannot be read: Is a directory"):
        load_config(None, tmp_path)


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / DEFAULT_PATH
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match=r"pmsync\.yml: is no regular file"):
        load_config(None, tmp_path)


def test_the_example_of_each_option_is_a_value_it_takes() -> None:
    for key, option in OPTIONS.items():
        parse_config(f"{key}: {option.example}")


@pytest.mark.parametrize(
    "name",
    [
        *("a b", "a..b", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.", "a~1", "a^", "a:b", "a?", "a*"),
        *("a[b", "a\\b", "a@{b", "@", "-a", "refs/heads/a", "a\x7fb", "é" * 101),
    ],
)
def test_a_branch_that_git_would_not_take_is_told(name: str) -> None:
    with pytest.raises(UsageError, match="write_back_branch"):
        parse_config(f"write_back_branch: {json.dumps(name)}\n")


@pytest.mark.parametrize("name", ["bot/pmsync", "pmsync", "bot/é", "a-b_c.d/e"])
def test_a_branch_that_git_takes_is_taken(name: str) -> None:
    assert parse_config(f"write_back_branch: {name}\n").write_back_branch == name


def test_a_due_policy_is_a_mapping_of_days_or_a_name() -> None:
    assert parse_config("due_within: {SEV-1: 30, P2: '60'}").due_within == {"SEV-1": 30, "P2": 60}
    gitlab = parse_config("due_within: gitlab").due_within
    assert [gitlab[f"SEV-{level}"] for level in range(1, 5)] == [7, 30, 60, 90]
    atlassian = parse_config("due_within: atlassian").due_within
    assert [atlassian[f"P{level}"] for level in (1, 2)] == [28, 56]
    assert parse_config("").due_within == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("due_within: google", "'google' is no policy: write 'gitlab' or 'atlassian', or a mapping"),
        ("due_within: {SEV-1: 0}", "SEV-1: '0' is no number of days"),
        ("due_within: {SEV-1: soon}", "SEV-1: 'soon' is no number of days"),
        ("due_within: [7]", "must be a mapping"),
        ("due_within:", "must be a mapping"),
        ("teams: [Payments]", "must be a mapping: write lines of the form 'name: [value]'"),
        ("teams: {Payments: {a: b}}", "Payments: must be a list, not a mapping"),
        ('teams: {"": [ada-l]}', "a name is empty"),
        ('teams: {Pay: [ada-l], "Pay ": [jo]}', "'Pay' stands here twice"),
        ('owners: {Ada: ada-l, " Ada": ada-b}', "'Ada' stands here twice"),
    ],
)
def test_a_wrong_policy_or_team_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=rf"^\.github/pmsync\.yml:1: .*{re.escape(told)}"):
        parse_config(text)


def test_teams_have_people() -> None:
    assert parse_config("teams: {Payments: [ada-l, Jo], Search: Priya}").teams == {
        "Payments": ("ada-l", "Jo"),
        "Search": ("Priya",),
    }


@pytest.mark.parametrize(("one", "other"), [("Ada", "ada"), ('"@ada"', "ada"), ("José", "Jose")])
def test_a_name_that_stands_for_two_logins_is_a_problem(one: str, other: str) -> None:
    (problem,) = problems(f"owners:\n  {one}: ada-l\n  {other}: ada-b\n")
    assert "are the same name: remove one, or write more of it" in problem
    assert not problems(f"owners:\n  {one}: ada-l\n  {other}: Ada-L\n")


def test_a_configuration_that_a_sparse_checkout_hides_counts(repo: Checkout) -> None:
    repo.commit({str(DEFAULT_PATH): "label: follow-up\n", "a.md": "a"})
    repo.git("sparse-checkout", "set", "--no-cone", "/a.md")
    assert not (repo.path / DEFAULT_PATH).exists()
    assert open_session(environ={}, base=repo.path).config.label == "follow-up"
    repo.git("sparse-checkout", "disable")
    repo.commit({str(DEFAULT_PATH): "label: [\n"})
    repo.git("sparse-checkout", "set", "--no-cone", "/a.md")
    with pytest.raises(UsageError, match=r"^\.github/pmsync\.yml:"):
        open_session(environ={}, base=repo.path)
