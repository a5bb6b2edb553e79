"""What was read: the action items of documents, and why each was taken."""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from pmsync.markdown import code, inert, link
from pmsync.model import ActionItem, Finding, Postmortem
from pmsync.text import shown

Format = Literal["text", "markdown", "json"]


def render(
    postmortems: Sequence[Postmortem],
    format: Format = "text",  # noqa: A002 - the word of the command line
    *,
    explain: bool = False,
    color: bool = False,
    width: int | None = None,
) -> str:
    """Returns the items of `postmortems`.

    Args:
        postmortems: in the order to show them.
        format: `text` for a terminal, `markdown` for GitHub, `json` for programs: a list of items, or
            with `explain` a list of documents, each with its findings and items.
        explain: say of every section and entry why it was or was not taken.
        color: whether `text` may carry colours.
        width: how many cells a line of `text` has; None cuts nothing.
    """
    if format == "json":
        return _render_json(postmortems, explain=explain)
    if format == "markdown":
        return _render_markdown(postmortems, explain=explain)
    return _render_text(postmortems, explain=explain, color=color, width=width)


def json_item(item: ActionItem) -> dict[str, Any]:
    """Returns an item as every JSON result states it."""
    note = item.annotation
    return {
        "document": item.document,
        "line": item.line,
        "end_line": item.end_line,
        "kind": str(item.kind),
        "section": item.section,
        "title": item.title,
        "body": item.body,
        "done": item.done,
        "owner": item.owner,
        "due": item.due,
        "priority": item.priority,
        "type": item.type,
        "links": list(item.links),
        "issue": {
            "number": note.ref.number,
            "url": note.url,
            "status": str(note.status) if note.status else None,
        }
        if note
        else None,
    }


def _count(postmortems: Sequence[Postmortem]) -> str:
    items = sum(len(postmortem.items) for postmortem in postmortems)
    done = sum(item.done for postmortem in postmortems for item in postmortem.items)
    documents = len(postmortems)
    return (
        f"{items} action {'item' if items == 1 else 'items'}{f' ({done} done)' if done else ''}"
        f" in {documents} {'document' if documents == 1 else 'documents'}."
    )


def _about(postmortem: Postmortem) -> list[str]:
    return [fact for fact in (postmortem.title, postmortem.date, postmortem.severity) if fact]


def _facts(item: ActionItem) -> str:
    """Returns what the item states besides its title: `ada, due 2026-03-01, P1`."""
    facts = (
        item.owner,
        f"due {item.due}" if item.due else None,
        item.priority,
        item.type,
        f"tracked in {item.ticket}" if item.ticket else None,
    )
    return ", ".join(fact for fact in facts if fact)


def _without_items(postmortem: Postmortem) -> str:
    return "left alone (pmsync: false)" if postmortem.opted_out else "no action item recognised"


def _reason(finding: Finding) -> str:
    """Returns the reason, in which words that it quotes of the finding's own text are spelt as they stand."""

    def as_it_stands(quoted: re.Match[str]) -> str:
        found = re.search(re.escape(quoted[1]), finding.text, re.IGNORECASE)
        return f"“{found[0] if found else quoted[1]}”"

    return re.sub("“([^”]+)”", as_it_stands, finding.reason)


def _mark(finding: Finding) -> str:
    return "✓" if finding.taken else "·"


# ------------------------------------------------------------------------------- text


def _render_text(postmortems: Sequence[Postmortem], *, explain: bool, color: bool, width: int | None) -> str:
    from pmsync.reports.terminal import Cell, cut, folded, render_lines, table, text

    rows: list[tuple[Cell, ...]] = []
    for postmortem in postmortems:
        if explain:
            rows += [
                (
                    (f"{'' if finding.is_section else '  '}  {_mark(finding)}", "green" * finding.taken),
                    (f"{finding.line:>4}", "dim"),
                    (finding.text, "bold" * finding.is_section),
                    (_reason(finding), "" if finding.taken else "dim"),
                )
                for finding in postmortem.findings
            ]
        else:
            rows += [
                (
                    ("  ☑" if item.done else "  ☐", "green" if item.done else ""),
                    (f"{item.line:>4}", "dim"),
                    (item.title, "dim" * item.done),
                    (_annotated(item), "bold"),
                    (_facts(item), "cyan"),
                )
                for item in postmortem.items
            ]
    made = iter(folded(rows, width=width) if explain else table(rows, width=width, give=2))
    lines = []
    for postmortem in postmortems:
        facts = [fact for fact in (postmortem.date, postmortem.severity) if fact]
        taken = len("  ".join([postmortem.document, *facts, ""]))
        title = cut(postmortem.title, max(width - taken, 16) if width else None)
        about = "  ".join([title, *facts])
        lines.append(text((postmortem.document, "bold"), ("  ", ""), (about, "dim")))
        lines += [next(made) for _ in (postmortem.findings if explain else postmortem.items)]
        if not postmortem.items:
            lines.append(text((f"  {_without_items(postmortem)}", "yellow")))
        lines.append(text())
    lines.append(text((_count(postmortems), "bold")))
    return render_lines(lines, color=color)


def _annotated(item: ActionItem) -> str:
    note = item.annotation
    return f"#{note.ref.number} {note.status or ''}".strip() if note else ""


# --------------------------------------------------------------------------- Markdown


def _render_markdown(postmortems: Sequence[Postmortem], *, explain: bool) -> str:
    blocks = [f"**{_count(postmortems)}**"]
    for postmortem in postmortems:
        about = ", ".join(inert(fact) for fact in _about(postmortem))
        blocks.append(f"#### {code(postmortem.document)}\n\n{about}")
        rows = (
            [_finding_row(finding) for finding in postmortem.findings]
            if explain
            else [_item_row(item) for item in postmortem.items]
        )
        if rows:
            head = (
                "| | line | text | why |\n|---|--:|---|---|"
                if explain
                else "| | line | action item | issue | stated |\n|---|--:|---|---|---|"
            )
            blocks.append("\n".join([head, *rows]))
        if not postmortem.items:
            blocks.append(f"*{_without_items(postmortem)}*")
    return "\n\n".join(blocks) + "\n"


def _item_row(item: ActionItem) -> str:
    note = item.annotation
    issue = f"{link(f'#{note.ref.number}', note.url)} {note.status or ''}".strip() if note else ""
    mark = "☑" if item.done else "☐"
    return f"| {mark} | {item.line} | {inert(item.title)} | {issue} | {inert(_facts(item))} |"


def _finding_row(finding: Finding) -> str:
    words = inert(finding.text)
    shown_words = f"**{words}**" if finding.is_section and words else words
    return f"| {_mark(finding)} | {finding.line} | {shown_words} | {inert(_reason(finding))} |"


# ------------------------------------------------------------------------------- JSON


def _render_json(postmortems: Sequence[Postmortem], *, explain: bool) -> str:
    value: list[dict[str, Any]]
    if explain:
        value = [
            {
                "document": postmortem.document,
                "title": postmortem.title,
                "date": postmortem.date,
                "severity": postmortem.severity,
                "findings": [
                    {
                        "line": finding.line,
                        "text": finding.text,
                        "is_section": finding.is_section,
                        "taken": finding.taken,
                        "reason": _reason(finding),
                        "rule": finding.rule or None,
                    }
                    for finding in postmortem.findings
                ],
                "items": [json_item(item) for item in postmortem.items],
            }
            for postmortem in postmortems
        ]
    else:
        value = [json_item(item) for postmortem in postmortems for item in postmortem.items]
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"
