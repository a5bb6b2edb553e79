"""A plan, or what came of it, as text for people and as JSON for machines."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pmsync.markdown import code, fold, inert, link
from pmsync.model import (
    DRAFT,
    Action,
    ActionItem,
    Annotation,
    Binding,
    Change,
    Issue,
    IssueRef,
    Notice,
    Outcome,
    Place,
    Plan,
    count_actions,
)
from pmsync.reports.differences import find_differences
from pmsync.text import shown

if TYPE_CHECKING:
    from rich.text import Text

    from pmsync.reports.terminal import Cell

Format = Literal["text", "markdown", "json"]


@dataclass(frozen=True, slots=True)
class _Words:
    """How one action is shown: a symbol and its colour, in the plan and once it is done."""

    symbol: str
    style: str
    to_do: str
    done: str


_WORDS: Mapping[Action, _Words] = {
    Action.CREATE: _Words("+", "green", "create", "created"),
    Action.LINK: _Words("=", "cyan", "link", "linked"),
    Action.ADOPT: _Words("⚭", "cyan", "adopt", "adopted"),
    Action.UPDATE: _Words("~", "yellow", "update", "updated"),
    Action.CLOSE: _Words("✓", "magenta", "close", "closed"),
    Action.REOPEN: _Words("↺", "blue", "reopen", "reopened"),
    Action.FOLLOW: _Words("←", "cyan", "follow", "followed"),
    Action.MERGE: _Words("⋈", "magenta", "merge", "merged"),
    Action.RETIRE: _Words("×", "magenta", "retire", "retired"),
    Action.NUDGE: _Words("⚑", "yellow", "nudge", "nudged"),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A change as it is shown: with what came of it, where it was tried."""

    change: Change
    issue: Issue | None
    error: str | None = None
    tried: bool = False


def render(
    plan: Plan,
    format: Format = "text",  # noqa: A002 - the word of the command line
    *,
    source: str = "",
    outcomes: Sequence[Outcome] | None = None,
    written: Mapping[str, Any] | None = None,
    verbose: bool = False,
    show_body: bool = False,
    told: Collection[Notice] = (),
    color: bool = False,
    width: int | None = None,
) -> str:
    """Returns a plan, or with `outcomes` what came of it.

    Args:
        plan: what was planned.
        format: `text` for a terminal, `markdown` for GitHub, `json` for programs.
        source: the address under which documents can be linked, for `markdown`; empty links no lines.
        outcomes: what came of its changes, in the order they were tried; changes without one were not.
        written: where documents were written to, for `json`.
        verbose: show how texts change, and name every item that gets no issue.
        show_body: of a new issue, in `text`, all that it will say.
        told: what was said before to whoever reads this, and is not said again; errors are.
        color: whether `text` may carry colours.
        width: how many cells a line of `text` has; None cuts nothing.
    """
    rows, is_done = list(_rows(plan, outcomes)), outcomes is not None
    if format == "json":
        return _render_json(plan, rows, written, is_done=is_done)
    untold = {name: tuple(it for it in getattr(plan, name) if it not in told) for name in _NOTICES}
    sections = list(_told_sections(replace(plan, **untold), rows, is_done=is_done, verbose=verbose))
    if format == "markdown":
        return _render_markdown(plan, rows, sections, source, is_done=is_done)
    return _Text(plan, rows, sections, is_done, verbose, show_body, width).render(color=color)


_NOTICES = ("drifts", "unpublished", "waiting", "warnings")
"""What a plan says besides its changes, that a person need be told once only."""


def _rows(plan: Plan, outcomes: Sequence[Outcome] | None) -> Iterator[_Row]:
    """Yields each change with what came of it, where it was tried."""
    known = {_aim(outcome.change): outcome for outcome in outcomes or ()}
    for change in plan.changes:
        outcome = known.get(_aim(change))
        if outcome:
            yield _Row(change, outcome.issue or change.issue, outcome.error, tried=True)
        else:
            yield _Row(change, change.issue)


def _aim(change: Change) -> tuple[Action, Place | None, IssueRef | None]:
    """Returns what tells a change from all others: applying may name the issue that it just made."""
    if change.item:
        return change.action, change.item.place, None
    return change.action, None, change.issue.ref if change.issue else None


def _summary(plan: Plan, rows: Sequence[_Row], *, is_done: bool) -> str:
    if is_done:
        counted = count_actions(row.change for row in rows if row.tried and not row.error)
        parts = [f"{count} {_WORDS[Action(action)].done}" for action, count in counted.items()]
        failed = sum(row.error is not None for row in rows)
        left = sum(not row.tried for row in rows)
        parts += [f"{failed} failed"] * bool(failed) + [f"{left} left for the next run"] * bool(left)
    else:
        parts = [f"{count} to {action}" for action, count in plan.summary.items()]
    unchanged = _unchanged(plan)
    parts += [f"{unchanged} unchanged"] * bool(unchanged)
    parts += [f"{len(plan.skipped)} without an issue"] * bool(plan.skipped)
    return ", ".join(parts) or "nothing to do"


def _refusal(plan: Plan, *, is_done: bool) -> str:
    """Returns that a sync refuses the plan, and why; empty where it does not."""
    return f"A sync refuses this plan: {plan.refusal}" if plan.excess and not is_done else ""


def _unchanged(plan: Plan) -> int:
    """Returns how many items have their issue and nothing to be done about it."""
    changed = {change.item.place for change in plan.changes if change.item}
    return sum(binding.item.place not in changed for binding in plan.bindings)


def _by_document(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """Groups by document, both in the order of appearance; issues without an item go under ''."""
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        item = row.change.item
        grouped.setdefault(item.document if item else "", []).append(row)
    grouped[""] = grouped.pop("", [])
    return {document: sorted(group, key=_line) for document, group in grouped.items() if group}


def _line(row: _Row) -> int:
    return row.change.item.line if row.change.item else 0


def _title(change: Change) -> str:
    return change.item.title if change.item else change.issue.title if change.issue else ""


def _why(change: Change) -> str:
    """Returns how its state changes and why, and how the issue was found where that says more."""
    if change.action is Action.CREATE:
        return ""
    state = next((f"{it.old} → {it.new}" for it in find_differences(change) if it.attribute in _STATES), "")
    how = (
        ""
        if change.identity in {"", "new", "by link"} or change.identity in change.reason
        else change.identity
    )
    reason = f"{change.reason} ({how})" if how and change.reason else change.reason or change.identity
    return ("⚠ " if change.doubt else "") + ": ".join(filter(None, [state, reason]))


def _in_words(change: Change) -> list[str]:
    """Returns what else a change changes: its title, then short attributes together, then the text."""
    found = {it.attribute: it for it in find_differences(change) if it.attribute not in (*_STATES, "link")}
    title, text = found.pop("title", None), found.pop("text", None)
    lines = [f"title: “{title.old}” → “{title.new}”"] if title else []
    pairs = [
        f"{it.attribute}: {' → '.join(filter(None, [it.old, it.new or 'none']))}" for it in found.values()
    ]
    lines += [" · ".join(pairs)] if pairs else []
    if text and not change.draft:
        signs = Counter(line[:1] for line in text.lines())
        lines.append(f"text: {signs['-']} {'line' if signs['-'] == 1 else 'lines'} out, {signs['+']} in")
    return lines


def _number(issue: Issue | None) -> str:
    return f"#{issue.ref.number}" if issue else ""


def _told(notices: Iterable[Notice]) -> list[tuple[str, str]]:
    """Returns places and text of each notice; those that say the same are put together."""
    places: dict[str, list[str]] = {}
    for notice in notices:
        line = f":{notice.line}" if notice.line else ""
        places.setdefault(notice.text, []).append(f"{notice.document}{line}")
    return [(", ".join(filter(None, found)), words) for words, found in places.items()]


_STATES = ("state", "status")
"""What tells how an issue stands, there and in the document."""

_Section = tuple[str, str, list[tuple[str, str]]]
"""Heading, style, and places and text of each line."""

_MOST_SKIPPED = 20
"""How many items without an issue are named to people; a team's past can hold hundreds."""


def _skipped_section(skipped: Sequence[Notice], *, verbose: bool) -> _Section:
    """Returns how many items get no issue and why; named where asked for, or where no reason counts them."""
    count = f"{len(skipped)} {'item' if len(skipped) == 1 else 'items'}"
    counted = Counter(notice.reason for notice in skipped if notice.reason)
    reasons = ", ".join(f"{number} {reason}" for reason, number in counted.most_common())
    named = [notice for notice in skipped if verbose or not notice.reason]
    most = len(named) if verbose else _MOST_SKIPPED
    rest = len(named) - most
    more = [("", f"… and {rest} more (--verbose names all)")] if rest > 0 else []
    return f"No issue for {count}{f': {reasons}' if reasons else ''}", "dim", _told(named[:most]) + more


def _waiting_section(waiting: Sequence[Notice], *, verbose: bool) -> _Section:
    """Returns how many documents are left out for now; drafts are only named where all is."""
    count = f"{len(waiting)} {'document waits' if len(waiting) == 1 else 'documents wait'}"
    drafts = sum(notice.reason == DRAFT for notice in waiting)
    named = [notice for notice in waiting if verbose or notice.reason != DRAFT]
    return f"{count}{f': {drafts} called a draft' if drafts else ''}", "dim", _told(named)


def _mark(plan: Plan, document: str) -> str:
    """Returns what is to be known of a document beside its name; empty for most."""
    why = next((notice.text for notice in plan.unpublished if notice.document == document), "")
    return f"({why})" if why else ""


def _told_sections(plan: Plan, rows: Sequence[_Row], *, is_done: bool, verbose: bool) -> Iterator[_Section]:
    """Yields what is said besides the changes."""
    if plan.drifts:
        yield "Left as people changed it", "cyan", _told(plan.drifts)
    if plan.skipped and not is_done:  # told by the plan, only counted after a sync
        yield _skipped_section(plan.skipped, verbose=verbose)
    if plan.unpublished and not is_done:
        heading = "Not published yet (sync asks first, or takes it with --allow-uncommitted)"
        yield heading, "yellow", _told(plan.unpublished)
    if plan.waiting:
        yield _waiting_section(plan.waiting, verbose=verbose)
    if plan.pages:
        yield "Besides", "cyan", _told(plan.pages)
    if plan.warnings:
        yield "Warnings", "yellow", _told(plan.warnings)
    if errors := _errors(plan, rows):
        yield "Errors", "bold red", _told(errors)


def _errors(plan: Plan, rows: Sequence[_Row]) -> list[Notice]:
    """Returns what failed before planning, and what failed of the plan."""
    failed = (Outcome(change=row.change, error=row.error).notice for row in rows)
    return [*plan.errors, *filter(None, failed)]


# ------------------------------------------------------------------------------- text


@dataclass(frozen=True, slots=True)
class _Text:
    """A plan as lines for a terminal; attributes as of `render`."""

    plan: Plan
    rows: Sequence[_Row]
    sections: Iterable[_Section]
    is_done: bool
    verbose: bool
    show_body: bool
    width: int | None

    def render(self, *, color: bool) -> str:
        """Returns all of it."""
        from pmsync.reports.terminal import render_lines, table, text

        grouped = _by_document(self.rows)
        cells = [self._cells(row) for group in grouped.values() for row in group]
        made = iter(table(cells, width=self.width, give=3))
        refusal = _refusal(self.plan, is_done=self.is_done)
        lines = [text((f"{refusal}.", "bold red")), text()] if refusal else []
        for document, group in grouped.items():
            mark = f" {_mark(self.plan, document)}".rstrip()
            lines.append(text((document or "Issues without an item", "bold"), (mark, "yellow")))
            for row in group:
                line = next(made)
                lines += [line, *self._told_below(row), *self._details(row.change, line.plain)]
            lines.append(text())
        for heading, style, told in self.sections:
            lines.append(text((heading, style)))
            lines += [
                text((f"  {places}: " if places else "  ", "dim"), (words, "")) for places, words in told
            ]
            lines.append(text())
        summary = _summary(self.plan, self.rows, is_done=self.is_done).capitalize()
        lines.append(text((summary + ".", "bold")))
        return render_lines(lines, color=color)

    def _cells(self, row: _Row) -> "tuple[Cell, ...]":
        words, failed = _WORDS[row.change.action], row.error is not None
        return (
            ("  ✗" if failed else f"  {words.symbol}", "bold red" if failed else words.style),
            (words.done if row.tried and not failed else words.to_do, words.style),
            (f"{_line(row) or '':>4}", "dim"),
            (_title(row.change), ""),
            (_number(row.issue), "bold"),
            ("", "") if self._is_narrow else _reason(row),
        )

    @property
    def _is_narrow(self) -> bool:
        """Whether a line has no room for the reason beside the title."""
        return self.width is not None and self.width < _WIDE

    def _told_below(self, row: _Row) -> "Iterator[Text]":
        """Yields the reason of a change on a line of its own, where the one above has no room for it."""
        from pmsync.reports.terminal import indented

        words, style = _reason(row)
        if self._is_narrow and words:
            yield from indented(words, style, width=self.width)

    def _details(self, change: Change, above: str) -> "Iterator[Text]":
        """Yields what a change that is still to be made changes, below its own line (`above`)."""
        from pmsync.reports.terminal import indented, one_line

        if self.is_done:
            return
        if change.draft and one_line(change.draft.title) not in above:
            yield from indented(f"title: {change.draft.title}", "dim", width=self.width)
        for line in _in_words(change):
            yield from indented(line, "dim", width=self.width)
        text = next((it for it in find_differences(change) if it.attribute == "text"), None)
        if change.draft is None and text and self.verbose:
            for line in text.lines():
                yield from indented(line, _SIGNS.get(line[:1], "dim"), width=self.width)
        if change.draft and text and self.show_body:
            for line in text.new.split("\n"):
                yield from indented(line, "", width=self.width)


_SIGNS = {"+": "green", "-": "red"}
_WIDE = 90
"""Columns from which on a title and a reason can be read beside one another."""


def _reason(row: _Row) -> tuple[str, str]:
    """Why a change is made, or that it failed, and in which style that is said."""
    return ("failed, see below", "red") if row.error is not None else (_why(row.change), "dim")


# --------------------------------------------------------------------------- Markdown

_MOST_UNFOLDED = 15
"""Changes, or sentences of one kind, that are shown at once; more are folded."""

_COLUMNS = ("", "line", "action item", "owner", "due", "issue", "what changes, and why")


def _render_markdown(
    plan: Plan, rows: Sequence[_Row], sections: Iterable[_Section], source: str, *, is_done: bool
) -> str:
    refusal = _refusal(plan, is_done=is_done)
    blocks = [f"**{inert(refusal)}**"] if refusal else []
    blocks.append(f"**{_summary(plan, rows, is_done=is_done).capitalize()}.**")
    for document, group in _by_document(rows).items():
        mark = inert(_mark(plan, document))
        heading = f"{code(document)} {mark}".rstrip() if document else "Issues without an item"
        table = _markdown_table([_markdown_cells(row, source) for row in group])
        if len(rows) <= _MOST_UNFOLDED:
            blocks.append(f"#### {heading}\n\n{table}")
        else:
            counted = ", ".join(f"{count} {action}" for action, count in _count(group).items())
            title = f"{document} {_mark(plan, document)}".strip() or heading
            blocks.append(fold(f"{title}: {counted}", table))
    for heading, _, told in sections:
        said = "\n".join(f"- {f'{code(places)}: ' if places else ''}{inert(words)}" for places, words in told)
        is_long = len(told) > _MOST_UNFOLDED
        blocks.append(fold(heading, said) if is_long else f"#### {heading}\n\n{said}".strip())
    return "\n\n".join(blocks) + "\n"


def _count(rows: Iterable[_Row]) -> Mapping[str, int]:
    return Counter(_WORDS[row.change.action].to_do for row in rows)


def _markdown_table(rows: Sequence[tuple[str, ...]]) -> str:
    """Returns the table of one document, without columns in which nothing stands."""
    used = [at for at, name in enumerate(_COLUMNS) if not name or any(row[at] for row in rows)]
    lines = [[_COLUMNS[at] for at in used], ["--:" if _COLUMNS[at] == "line" else "---" for at in used]]
    lines += [[row[at] for at in used] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_cells(row: _Row, source: str) -> tuple[str, ...]:
    """Returns the cells of one change, as `_COLUMNS` names them."""
    change, item = row.change, row.change.item
    words = _WORDS[change.action]
    details = [] if row.tried else _in_words(change)
    return (
        f"{words.symbol} {words.done if row.tried else words.to_do}" if not row.error else "✗ failed",
        _line_link(item, source) if item else "",
        inert(_title(change)),
        inert(item.owner or "") if item else "",
        inert(item.due or "") if item else "",
        link(_number(row.issue), row.issue.url) if row.issue else "",
        "<br>".join(map(inert, [row.error] if row.error else filter(None, [_why(change), *details]))),
    )


def _line_link(item: ActionItem, source: str) -> str:
    path = quote(item.document, safe="/", errors="surrogateescape")
    return link(str(item.line), f"{source}{path}?plain=1#L{item.line}") if source else str(item.line)


# ------------------------------------------------------------------------------- JSON


def _render_json(
    plan: Plan, rows: Sequence[_Row], written: Mapping[str, Any] | None, *, is_done: bool
) -> str:
    done = [row for row in rows if not is_done or (row.tried and not row.error)]
    value = {
        "changes": [_json_change(row) for row in rows if row.tried or not is_done],
        "summary": count_actions(row.change for row in done),
        "warnings": [*filter(None, [_refusal(plan, is_done=is_done)]), *map(str, plan.warnings)],
        "errors": [str(notice) for notice in _errors(plan, rows)],
        "left": [_json_change(row) for row in rows if is_done and not row.tried],
        "drifts": [str(notice) for notice in plan.drifts],
        "skipped": [str(notice) for notice in plan.skipped],
        "waiting": [str(notice) for notice in plan.waiting],
        "unpublished": [str(notice) for notice in plan.unpublished],
        "pages": [str(notice) for notice in plan.pages],
        "orphans": [{**_json_issue(issue), "title": issue.title} for issue in plan.orphans],
        "items": [_json_binding(binding) for binding in plan.bindings],
    }
    value |= {"written": written} if written is not None else {}
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _json_change(row: _Row) -> dict[str, Any]:
    change = row.change
    value: dict[str, Any] = {
        "action": str(change.action),
        "document": change.item.document if change.item else None,
        "line": change.item.line if change.item else None,
        "title": _title(change),
        "issue": _json_issue(row.issue) if row.issue else None,
        "identity": change.identity,
        "reason": change.reason,
        "doubt": change.doubt,
        "differences": [asdict(difference) for difference in find_differences(change)],
    }
    return value | ({"error": row.error} if row.error else {})


def _json_binding(binding: Binding) -> dict[str, Any]:
    linked = binding.item.annotation if binding.identity == "by link" else None  # not all need be read
    issue = binding.issue or linked
    return {
        "document": binding.item.document,
        "line": binding.item.line,
        "title": binding.item.title,
        "issue": _json_issue(issue) if issue else None,
        "identity": binding.identity,
    }


def _json_issue(issue: Issue | Annotation) -> dict[str, Any]:
    return {"number": issue.ref.number, "url": issue.url}
