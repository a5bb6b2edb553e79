"""Lines for a terminal: styled where it has colours, cut where it has a width."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pmsync.text import shown

if TYPE_CHECKING:
    from rich.text import Text

Cell = tuple[str, str]
"""A piece of a line, and its style (`rich`'s words; empty for none)."""


def render_lines(lines: Iterable["Text"], *, color: bool) -> str:
    """Returns `lines` as one string. Sentences are left to the terminal to wrap, never cut."""
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        width=10_000,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return out.getvalue()


def text(*cells: Cell) -> "Text":
    """Returns one line made of `cells`; untrusted text is safe in them."""
    from rich.text import Text

    line = Text()
    for words, style in cells:
        line.append(one_line(words), style or None)
    return line


def table(rows: Iterable[tuple[Cell, ...]], *, width: int | None, give: int) -> list["Text"]:
    """Returns `rows` in columns two blanks apart, as wide as their widest cell; empty columns vanish.

    Args:
        rows: of equally many cells.
        width: of the terminal, to which lines are cut; None cuts nothing.
        give: the column that gives way where all would be wider than `width`.
    """
    from rich.cells import cell_len
    from rich.text import Text

    made = [[Text(one_line(words), style) for words, style in row] for row in rows]
    if not made:
        return []
    widths = [max(cell_len(row[column].plain) for row in made) for column in range(len(made[0]))]
    if width:
        widths = [wide if column == give else min(wide, width // 3) for column, wide in enumerate(widths)]
        rest = sum(wide + 2 for column, wide in enumerate(widths) if wide and column != give)
        widths[give] = min(widths[give], max(width - rest, 16))
    lines = []
    for row in made:
        line = Text()
        for cell, wide in zip(row, widths, strict=True):
            if wide:
                cell.truncate(wide, overflow="ellipsis", pad=True)
                line.append_text(cell).append("  ")
        line.rstrip()
        if width:
            line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def folded(rows: Iterable[tuple[Cell, ...]], *, width: int | None) -> list["Text"]:
    """Returns `rows` as `table` does, but with the last column folded at words rather than cut.

    Each row stays one of the texts returned, of as many lines as it takes. Of a narrow terminal the last
    column but one takes two fifths at most, so that both can be read.
    """
    import textwrap

    from rich.cells import cell_len

    rows = list(rows)
    if not rows or width is None:
        return table(rows, width=width, give=0)
    heads = table([row[:-1] for row in rows], width=width * 3 // 5, give=len(rows[0]) - 2)
    indent = max(cell_len(head.plain) for head in heads) + 2
    lines = []
    for head, row in zip(heads, rows, strict=True):
        words, style = row[-1]
        parts = textwrap.wrap(one_line(words), max(width - indent, 16)) or [""]
        head.pad_right(indent - cell_len(head.plain))
        lines.append(head.append(f"\n{' ' * indent}".join(parts), style=style or None))
    return lines


def indented(words: str, style: str, *, width: int | None, indent: int = 8) -> list["Text"]:
    """Returns one line of text, set in and folded at words."""
    import textwrap

    line = one_line(words)
    room = len(line) + 1 if width is None else max(width - indent, 16)
    return [text((" " * indent, ""), (part, style)) for part in textwrap.wrap(line, room) or [""]]


def cut(words: str, room: int | None) -> str:
    """Returns `words`, shortened to `room` cells (a wide character takes two); None shortens nothing."""
    from rich.cells import cell_len, set_cell_size

    if room is None or cell_len(words) <= room:
        return words
    return f"{set_cell_size(words, max(room - 1, 0)).rstrip()}…"


def one_line(words: str) -> str:
    """Returns `words` safe for a terminal, on one line."""
    return shown(" ".join(words.split()) if "\n" in words or "\t" in words or "\r" in words else words)
