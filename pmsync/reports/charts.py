"""The geometry of the page's charts: numbers into coordinates, for the template to draw as SVG. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 360, 170
"""Of a chart, in units of its drawing; a phone shows one unit as about one pixel."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 4, 10, 30
"""Room around the plot, for its labels."""

_LEAST = 1
"""The height of a column for nought: it is something else than a month without a number."""

_GAP = 0.3
"""The share of a month's room that stays empty."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A column: of which series, where, and what it says."""

    series: str
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label beside an axis."""

    at: float
    words: str
    below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart by month.

    Attributes:
        name: what it shows, in a few words.
        series: what its columns or its line stand for, in order.
        bars: its columns.
        line: the points of its line; empty where it has columns.
        dots: the ends of what the line joins, as columns without width.
        months: the labels below.
        ticks: the labels at the left.
    """

    name: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...] = ()
    line: str = ""
    dots: tuple[Bar, ...] = ()
    months: tuple[Mark, ...]
    ticks: tuple[Mark, ...]


def columns(
    name: str, series: Mapping[str, Sequence[int | None]], months: Sequence[str], unit: str = "", top: int = 0
) -> Chart:
    """Returns a chart of columns side by side.

    Args:
        name: what it shows.
        series: a number for each month; None draws nothing.
        months: `2026-03`.
        unit: put after numbers.
        top: the upper end; else what the largest number needs.
    """
    top = top or _round_up(max((number or 0 for numbers in series.values() for number in numbers), default=0))
    slot = _slot(months)
    width = slot * (1 - _GAP) / len(series)
    bars = [
        Bar(
            series=one,
            x=_round(_LEFT + slot * (month + _GAP / 2) + width * place),
            y=min(_y(number, top), HEIGHT - _BOTTOM - _LEAST),
            width=_round(width),
            height=max(_round(HEIGHT - _BOTTOM - _y(number, top)), _LEAST),
            words=f"{months[month]}: {number}{unit} {one}",
        )
        for place, (one, numbers) in enumerate(series.items())
        for month, number in enumerate(numbers)
        if number is not None
    ]
    return Chart(
        name=name,
        series=tuple(series),
        bars=tuple(bars),
        months=tuple(_month_marks(months)),
        ticks=tuple(_ticks(top, unit)),
    )


def line(name: str, series: str, numbers: Sequence[int], months: Sequence[str]) -> Chart:
    """Returns a chart of one line."""
    top, slot = _round_up(max(numbers, default=0)), _slot(months)
    dots = [
        Bar(
            series,
            _round(_LEFT + slot * (month + 0.5)),
            _y(number, top),
            0,
            0,
            f"{months[month]}: {number} {series}",
        )
        for month, number in enumerate(numbers)
    ]
    return Chart(
        name=name,
        series=(series,),
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        dots=tuple(dots),
        months=tuple(_month_marks(months)),
        ticks=tuple(_ticks(top, "")),
    )


def _slot(months: Sequence[str]) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(len(months), 1)


def _y(number: int, top: int) -> float:
    return _round(HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * min(number / top, 1))


def _round_up(number: int) -> int:
    """Returns the next number that halves well: 2, 4, 10, 20, 40, 100 and so on."""
    top = 2
    while top < number:
        for step in (2, 4, 10):
            if step * 10 ** (len(str(top)) - 1) > top:
                top = step * 10 ** (len(str(top)) - 1)
                break
    return top


def _ticks(top: int, unit: str) -> Iterator[Mark]:
    for number in (0, top // 2, top):
        yield Mark(_y(number, top), f"{number}{unit}")


def _month_marks(months: Sequence[str]) -> Iterator[Mark]:
    """Yields the months' names, the year below each January, and the first one's where there is room."""
    for place, month in enumerate(months):
        first = date.fromisoformat(f"{month}-01")
        year = f"{first:%Y}" if first.month == 1 or (place == 0 and first.month != 12) else ""
        yield Mark(_round(_LEFT + _slot(months) * (place + 0.5)), _MONTHS[first.month - 1], year)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _round(number: float) -> float:
    return round(number, 1)
