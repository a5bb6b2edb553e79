"""What a check found, in each of its forms."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from pmsync.check import Checked, Settings, check
from pmsync.check.rules import ALL_RULES
from pmsync.errors import UsageError
from pmsync.extract import read
from pmsync.model import Notice
from pmsync.reports.check import explain, render, render_rules, render_table

TEXT = """\
# Queue was full

**Date:** 2026-03-01

## Action items

- [ ] Raise the limit to 20,000 (@ada, due: 2026-03-20)
- [ ] Alert on its length
- [ ] Write a runbook <!-- pmsync: allow PM001 the vendor does it --> <!-- pmsync: allow PM002 in May -->
- [ ] <describe the action>
"""
SCHEMA = json.loads(Path(__file__).with_name("sarif").joinpath("sarif-2.1.0.json").read_text("utf-8"))
ROOT = Path(__file__).parents[2]


def made(text: str = TEXT, name: str = "postmortems/a.md", **named: Any) -> Checked:
    return check([read(name, text)], Settings(), date(2026, 3, 2), **named)


def test_text_has_a_line_for_each_then_what_to_do_then_how_many() -> None:
    assert render(made()).splitlines() == [
        "postmortems/a.md:1: PM013 warning: the document states no severity",
        "postmortems/a.md:8: PM001 warning: “Alert on its length” has no owner",
        "postmortems/a.md:8: PM002 warning: “Alert on its length” has no due date",
        "postmortems/a.md:10: PM005 error: a placeholder stands in an action item's place",
        "PM001: name one person, as (owner: Ada), @ada or in the table's Owner column",
        "PM002: name the day, as (due: 2026-03-20) or in the table's Due column",
        "PM005: fill it in, or remove it",
        "PM013: write lines such as **Date:** 2026-03-01 and **Severity:** SEV-2 below the title",
        "1 error, 3 warnings in 1 document; 2 allowed by comments;"
        " `pmsync check --explain PM005` says more of a rule.",
    ]


def test_colours_are_for_terminals_alone() -> None:
    assert "\x1b[" not in render(made())
    assert "\x1b[" in render(made(), color=True)


def test_nothing_to_mend_is_said() -> None:
    assert render(check([], Settings(), date(2026, 3, 2))) == "Nothing to mend in 0 documents.\n"


def test_statistics_count_by_rule_the_most_frequent_first() -> None:
    text = TEXT.replace("<describe the action>", "Bound the queue")
    lines = [line.split() for line in render(made(text), statistics=True).splitlines()]
    assert lines[:2] == [["2", "PM001", "no-owner", "warning"], ["2", "PM002", "no-due-date", "warning"]]
    assert [line[1] for line in lines[2:-1]] == ["PM013"]


def test_json_states_each_and_counts_them() -> None:
    value = json.loads(render(made(), "json"))
    assert value["summary"] == {
        "documents": 1,
        "errors": 1,
        "warnings": 3,
        "allowed": 2,
        "by_rule": {"PM001": 1, "PM002": 1, "PM005": 1, "PM013": 1},
    }
    assert value["diagnostics"][1] == {
        "code": "PM001",
        "name": "no-owner",
        "level": "warning",
        "document": "postmortems/a.md",
        "line": 8,
        "end_line": 8,
        "message": "“Alert on its length” has no owner",
        "fix": "name one person, as `(owner: Ada)`, `@ada` or in the table's Owner column",
    }


def test_github_gets_one_annotation_for_each() -> None:
    lines = render(made(), "github").splitlines()
    assert lines[3] == (
        "::error file=postmortems/a.md,line=10,endLine=10,title=PM005 placeholder::"
        "a placeholder stands in an action item's place: fill it in, or remove it"
    )
    assert len(lines) == 4
    assert render(check([], Settings(), date(2026, 3, 2)), "github") == ""


def test_the_table_for_github_has_a_row_for_each_place() -> None:
    rows = [line for line in render_table(made().diagnostics).splitlines() if line.startswith("| `")]
    assert len(rows) == 3
    assert "has no owner<br>⚠️ PM002" in rows[1]
    assert "❌ PM005" in rows[2]


# -------------------------------------------------------------------------------- SARIF


def sarif(checked: Checked) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(render(checked, "sarif"))
    Draft4Validator(SCHEMA).validate(value)
    return value


def test_sarif_is_valid_by_its_own_schema_and_refers_to_its_rules() -> None:
    (run,) = sarif(made())["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in ALL_RULES]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    (place,) = run["results"][3]["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "postmortems/a.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 10, "endLine": 10},
    }


def test_sarif_knows_a_result_again_when_lines_above_it_move() -> None:
    def known(text: str) -> set[str]:
        return {it["partialFingerprints"]["pmsync/v1"] for it in sarif(made(text))["runs"][0]["results"]}

    assert known(TEXT) == known(TEXT.replace("## Action items", "More.\n\n## Action items"))


def test_sarif_takes_no_words_of_a_document_for_a_link_or_an_argument() -> None:
    text = TEXT.replace("its length", "[x](javascript:1) and {0}")
    messages = [it["message"]["text"] for it in sarif(made(text))["runs"][0]["results"]]
    assert any("{{0}}" in message for message in messages)
    assert not any("[x](" in message for message in messages)


@given(name=st.text(st.characters(codec="utf-8"), min_size=1), item=st.text())
def test_sarif_is_valid_whatever_a_document_is_called_or_says(name: str, item: str) -> None:
    sarif(made(f"## Action items\n\n- [ ] {item}\n- Alert on {item}", name))


@given(item=st.text(st.sampled_from("a:,%\r\n[]<@#|*` \x1b\u202e"), max_size=40))
def test_no_words_of_a_document_act_where_they_are_shown(item: str) -> None:
    checked = made(f"## Action items\n\n- [ ] Alert on {item}\n- [ ] Page on {item}", "p/a,b:c\n.md")
    for line in render(checked, "github").splitlines():
        assert line.startswith(("::warning file=p/a%2Cb%3Ac", "::error file=p/a%2Cb%3Ac"))
    for form in ("text", "markdown", "github", "json"):
        assert not {"\x1b", "\u202e"} & set(render(checked, form))  # type: ignore[arg-type]


def test_a_document_that_cannot_be_read_is_an_error_at_its_line() -> None:
    broken = Notice(text="The file has conflict markers; settle them.", document="b.md", line=3)
    checked = made(errors=[broken])
    assert checked.fails()
    assert checked.documents == 2
    assert "b.md:3: PM000 error: the file has conflict markers; settle them" in render(checked)
    sarif(checked)


# ------------------------------------------------------------------------------ the rules


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_page(rule: Any) -> None:
    page = explain(rule.code.lower())
    assert page == explain(rule.name)
    for part in (rule.code, rule.what, rule.why, rule.source, rule.fix):
        assert part in page


def test_a_rule_that_is_none_is_told() -> None:
    with pytest.raises(UsageError, match="there is no rule PM99: they are PM000 to PM014"):
        explain("PM99")


def test_the_readme_has_the_table_of_rules() -> None:
    assert render_rules() in (ROOT / "README.md").read_text("utf-8")
