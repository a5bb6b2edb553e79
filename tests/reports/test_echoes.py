from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pmsync.reports import echoes
from pmsync.reports.echoes import Echo, Wording, find_echoes, read_alike, telling_words

PAIRS = yaml.safe_load(Path(__file__).with_name("echoes.yml").read_text("utf-8"))


def alike(earlier: str, later: str) -> bool:
    return read_alike(telling_words(earlier), telling_words(later))


def wording(title: str, number: int, **fields: Any) -> Wording:
    since = date(2025, 1, 1) + timedelta(number)
    told = {"asks": True, "answers": True, "since": since, "document": ("", f"{number}.md")} | fields
    return Wording(
        title=title,
        echo=Echo(
            document=told["document"][1],
            repository="",
            line=1,
            day=told["since"],
            status=fields.pop("status", "open"),
            overdue_days=93,
            url=None,
        ),
        **{name: value for name, value in told.items() if name != "status"},
    )


@pytest.mark.parametrize("pair", PAIRS["different"], ids=" / ".join)
def test_what_asks_for_something_else_is_never_an_echo(pair: list[str]) -> None:
    assert not alike(*pair)


def test_most_of_what_asks_for_the_same_is_an_echo() -> None:
    found = [pair for pair in PAIRS["same"] if alike(*pair)]
    assert len(found) / len(PAIRS["same"]) >= 0.8, [pair for pair in PAIRS["same"] if pair not in found]


def test_the_latest_earlier_postmortem_is_told() -> None:
    title = "Alert on replication lag of orders"
    first, second, third = find_echoes([wording(title, number) for number in (3, 1, 2)])
    assert (first and first.document, second, third and third.document) == ("2.md", None, "1.md")
    assert str(first) == "asked before in 2025-01-03, still open, 93 days late"


def test_only_what_is_open_asks_and_only_what_is_undone_answers() -> None:
    title = "Alert on replication lag of orders"
    was_done = find_echoes([wording(title, 1, answers=False), wording(title, 2)])
    is_done = find_echoes([wording(title, 1), wording(title, 2, asks=False)])
    undated = find_echoes([wording(title, 1, since=None), wording(title, 2)])
    same_day = find_echoes([wording(title, 1), wording(title, 1, document=("", "other.md"))])
    same_document = find_echoes([wording(title, 1), wording(title, 2, document=("", "1.md"))])
    assert {*was_done, *is_done, *undated, *same_day, *same_document} == {None}


TITLES = st.lists(
    st.sampled_from(["queue", "lag", "disk", "key", "feed", "cron", "node", "mail"]), min_size=1, max_size=6
)


@given(st.lists(TITLES.map(" ".join), max_size=30))
def test_an_echo_is_told_wherever_one_title_in_all_is_alike(titles: list[str]) -> None:
    wordings = [wording(title, number) for number, title in enumerate(titles)]
    told = find_echoes(wordings)
    for place, echo in enumerate(told):
        before = [other for other in range(place) if alike(titles[other], titles[place])]
        assert (echo.document if echo else None) == (f"{max(before)}.md" if before else None)


def test_ten_thousand_follow_ups_are_compared_with_few_of_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0

    def counting(*words: frozenset[str]) -> bool:
        nonlocal compared
        compared += 1
        return read_alike(*words)

    def titles() -> Iterator[str]:
        for number in range(5000):
            yield f"Alert on lag of shard {number % 100} in region {number % 7}"
            yield f"Alert on lag of service {number}"

    monkeypatch.setattr(echoes, "read_alike", counting)
    find_echoes([wording(title, number) for number, title in enumerate(titles())])
    assert compared < 10_000 * 100
