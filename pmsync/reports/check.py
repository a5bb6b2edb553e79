"""What a check found: for a terminal, for GitHub, for programs; and the page of each rule."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

from pmsync import __version__
from pmsync.check import Checked, Diagnostic, Level
from pmsync.check.rules import ALL_RULES, Rule, rule_of
from pmsync.errors import UsageError
from pmsync.markdown import code, command, inert
from pmsync.text import encode, shown

Format = Literal["text", "markdown", "json", "github", "sarif"]

MAX_LISTED = 200
"""Rows of a table on GitHub; the rest is counted. A comment has 65,536 characters."""

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_COLORS = {Level.ERROR: "bold red", Level.WARNING: "yellow"}
_SARIF_ESCAPED = re.compile(r"[\[\]\\{}]")
_PARTIAL_FINGERPRINT = "pmsync/v1"


def render(
    checked: Checked,
    format: Format = "text",  # noqa: A002 - the word of the command line
    *,
    statistics: bool = False,
    color: bool = False,
) -> str:
    """Returns what a check found.

    Args:
        checked: that.
        format: `text` for a terminal, `markdown` for GitHub, `json` for programs, `github` for annotations
            (workflow commands), `sarif` for code scanning (OASIS SARIF 2.1.0).
        statistics: with `text`, how often each rule found something, instead of what.
        color: whether `text` may carry colours.
    """
    if format == "json":
        return _render_json(checked)
    if format == "sarif":
        return _render_sarif(checked)
    if format == "github":
        return "".join(f"{_as_command(one)}\n" for one in checked.diagnostics)
    if format == "markdown":
        return render_table(checked.diagnostics) or f"{_summary(checked)}\n"
    return _render_statistics(checked, color) if statistics else _render_text(checked, color)


# ------------------------------------------------------------------------------- text


def _render_text(checked: Checked, color: bool) -> str:
    from pmsync.reports.terminal import render_lines, text

    lines = [
        text(
            (f"{one.document}:{one.line}", "bold"),
            (": ", ""),
            (one.rule.code, "cyan"),
            (" ", ""),
            (f"{one.level}:", _COLORS[one.level]),
            (f" {one.text}", ""),
        )
        for one in checked.diagnostics
    ]
    lines += [text((f"{rule.code}: {_bare(rule.fix)}", "dim")) for rule in _rules_of(checked.diagnostics)]
    lines.append(text((_summary(checked), "bold")))
    return render_lines(lines, color=color)


def _render_statistics(checked: Checked, color: bool) -> str:
    """Rules by how often they found something, as `ruff check --statistics` shows them."""
    from pmsync.reports.terminal import Cell, render_lines, table, text

    rows: list[tuple[Cell, ...]] = [
        ((f"{count:>5}", "bold"), (rule.code, "cyan"), (rule.name, ""), (str(level), _COLORS[level]))
        for rule, level, count in _count_rules(checked)
    ]
    lines = table(rows, width=None, give=2)
    return render_lines([*lines, text((_summary(checked), "bold"))], color=color)


def _rules_of(diagnostics: Sequence[Diagnostic]) -> list[Rule]:
    """The rules that found something, in the order of their codes."""
    found = {one.rule.code for one in diagnostics}
    return [rule for rule in ALL_RULES if rule.code in found]


def _count_rules(checked: Checked) -> list[tuple[Rule, Level, int]]:
    counted = Counter((one.rule.code, one.level) for one in checked.diagnostics)
    rules = {rule.code: rule for rule in ALL_RULES}
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(rules[name], level, count) for (name, level), count in ordered]


def _summary(checked: Checked) -> str:
    where = f"in {_plural(checked.documents, 'document')}"
    allowed = f"; {checked.allowed} allowed by comments" if checked.allowed else ""
    if not checked.diagnostics:
        return f"Nothing to mend {where}{allowed}."
    errors, warnings = checked.count(Level.ERROR), checked.count(Level.WARNING)
    told = ", ".join(
        _plural(count, word) for count, word in ((errors, "error"), (warnings, "warning")) if count
    )
    first = min(checked.diagnostics, key=lambda one: one.level is not Level.ERROR).rule.code
    return f"{told} {where}{allowed}; `pmsync check --explain {first}` says more of a rule."


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _bare(sentence: str) -> str:
    """A fix without the marks of Markdown."""
    return sentence.replace("`", "")


# --------------------------------------------------------------------------- Markdown


def render_table(diagnostics: Sequence[Diagnostic]) -> str:
    """Returns diagnostics for GitHub: a row for each place with all its gaps, then how each is mended."""
    if not diagnostics:
        return ""
    gaps: dict[str, list[str]] = {}
    for one in diagnostics:
        gaps.setdefault(_place(one), []).append(f"{_ICONS[one.level]} {one.rule.code} {inert(one.text)}")
    rows = [f"| {place} | {'<br>'.join(told)} |" for place, told in gaps.items()][:MAX_LISTED]
    if len(gaps) > MAX_LISTED:
        rows.append(f"| | and {len(gaps) - MAX_LISTED} more |")
    table = "\n".join(["| where | gap |\n|---|---|", *rows])
    fixes = "\n".join(f"- {rule.code}: {inert(_bare(rule.fix))}." for rule in _rules_of(diagnostics))
    return f"{table}\n\n{fixes}\n"


_ICONS = {Level.ERROR: "❌", Level.WARNING: "⚠️"}


def _place(one: Diagnostic) -> str:
    """A code span, or plain words where a pipe in the path would end the cell."""
    place = f"{one.document}:{one.line}"
    return inert(place) if "|" in place else code(place)


def render_rules() -> str:
    """Returns the table of rules, as the README has it."""
    rows = (
        f"| `{rule.code}` | {rule.name} | {rule.level} | {rule.what} | {rule.why} |" for rule in ALL_RULES
    )
    return "\n".join(["| Code | Name | Level | Finds | Why |\n|---|---|---|---|---|", *rows])


def explain(code: str) -> str:
    """Returns the page of the rule that has a code or name.

    Raises:
        UsageError: there is none.
    """
    rule = rule_of(code)
    if rule is None:
        first, last = ALL_RULES[0].code, ALL_RULES[-1].code
        raise UsageError(f"there is no rule {shown(code)}: they are {first} to {last}")
    return render_page(rule)


def render_page(rule: Rule) -> str:
    """Returns the page of one rule, for people."""
    parts = [
        f"{rule.code} {rule.name} ({rule.level} by default)",
        f"Finds {rule.what}.",
        f"{rule.why}{f' ({rule.source}.)' if rule.source else ''}",
        f"To mend it: {rule.fix}.",
    ]
    if rule.bad:
        parts += [f"Instead of\n\n{_indented(rule.bad)}", f"write\n\n{_indented(rule.good)}"]
    if rule.code != "PM000":
        parts.append(
            f"Where it is meant so, `<!-- pmsync: allow {rule.code} reason -->` after the item allows it,\n"
            f"and `check: {{{rule.code}: off}}` in .github/pmsync.yml switches the rule off."
        )
    return "\n\n".join(parts) + "\n"


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in lines.split("\n"))


# ------------------------------------------------------------------------- for programs


def _as_command(one: Diagnostic) -> str:
    """An annotation: docs.github.com, "Workflow commands for GitHub Actions"."""
    return command(
        str(one.level),
        sentence(one),
        file=one.document,
        line=str(one.line),
        endLine=str(one.end_line),
        title=f"{one.rule.code} {one.rule.name}",
    )


def sentence(one: Diagnostic) -> str:
    """Returns what is wrong and what to do about it."""
    return f"{one.text}: {_bare(one.rule.fix)}"


def _render_json(checked: Checked) -> str:
    value = {
        "diagnostics": [
            {
                "code": one.rule.code,
                "name": one.rule.name,
                "level": str(one.level),
                "document": one.document,
                "line": one.line,
                "end_line": one.end_line,
                "message": one.text,
                "fix": one.rule.fix,
            }
            for one in checked.diagnostics
        ],
        "summary": {
            "documents": checked.documents,
            "errors": checked.count(Level.ERROR),
            "warnings": checked.count(Level.WARNING),
            "allowed": checked.allowed,
            "by_rule": dict(sorted(Counter(one.rule.code for one in checked.diagnostics).items())),
        },
        "warnings": [str(warning) for warning in checked.warnings],
    }
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _render_sarif(checked: Checked) -> str:
    """OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", §3.13 and after."""
    places = {rule.code: place for place, rule in enumerate(ALL_RULES)}
    driver = {
        "name": "pmsync",
        "semanticVersion": __version__,
        "rules": [_sarif_rule(rule) for rule in ALL_RULES],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(one, places[one.rule.code]) for one in checked.diagnostics],
    }
    value = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.what[:1].upper()}{rule.what[1:]}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": render_page(rule)},
        "defaultConfiguration": {"level": str(rule.level)},
    }


def _sarif_result(one: Diagnostic, place: int) -> dict[str, Any]:
    where: dict[str, Any] = {
        "artifactLocation": _artifact(one.document),
        "region": {"startLine": one.line, "endLine": one.end_line},
    }
    # What tells a result from others must not change with the lines above it (§3.27.17).
    known_by = hashlib.sha256(encode("\0".join([one.rule.code, one.document, one.text]))).hexdigest()[:32]
    return {
        "ruleId": one.rule.code,
        "ruleIndex": place,
        "level": str(one.level),
        "message": {"text": _SARIF_ESCAPED.sub(_escape, sentence(one))},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {_PARTIAL_FINGERPRINT: known_by},
    }


def _escape(found: re.Match[str]) -> str:
    """A bracket after a backslash, a brace twice: else they open a link or an argument (§3.11.5, 6)."""
    return found[0] * 2 if found[0] in "{}" else f"\\{found[0]}"


def _artifact(document: str) -> dict[str, str]:
    """A document's address: relative to the repository's root, or of a file outside of it (§3.4)."""
    if document.startswith("/"):
        return {"uri": f"file://{quote(encode(document))}"}
    return {"uri": quote(encode(document)), "uriBaseId": "%SRCROOT%"}
