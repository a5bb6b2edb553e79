"""What happened, in one sentence: the document's own, or none."""

import pytest

from pmsync.extract import read

ITEMS = "\n\n## Action items\n\n- Alert on memory\n"


def summary(text: str) -> str:
    return read("a.md", text + ITEMS).summary


@pytest.mark.parametrize(
    "text",
    [
        "# Down\n\n## Summary\n\nA cache filled the\nmemory of its hosts. It took an hour.",
        "# Down\n\n## 1. Executive summary\n\n**A cache** filled [the memory](x.md) of its hosts.",
        "# Down\n\n**TL;DR** A cache filled the memory of its hosts. It took an hour.",
        "# Down\n\nSummary: A cache filled the memory of its hosts.",
        "# Down\n\n**Summary:** A cache filled the memory of its hosts.",
        "# Down\n\nIssue summary:\n\nDuration: 42 minutes\nImpact: a cache filled the memory of its hosts.",
        "---\nsummary: A cache filled the memory of its hosts.\n---\n# Down",
    ],
)
def test_the_first_sentence_of_a_summary_says_what_happened(text: str) -> None:
    assert summary(text) == "A cache filled the memory of its hosts."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("## Zusammenfassung\n\nEin Cache füllte den Speicher.", "Ein Cache füllte den Speicher."),
        ("## Résumé\n\nUn cache a rempli la mémoire.", "Un cache a rempli la mémoire."),
        ("## 概要\n\nキャッシュがメモリを埋めた。復旧に一時間かかった。", "キャッシュがメモリを埋めた。"),
    ],
)
def test_a_summary_is_known_in_other_languages(text: str, sentence: str) -> None:
    assert summary(f"# Down\n\n{text}") == sentence


@pytest.mark.parametrize(
    "text",
    [
        "# Down\n\nA cache filled the memory of its hosts.",
        "# Down\n\n## Summary\n\n- a list\n- of things that happened",
        "# Down\n\n## Summary\n\n[Describe what happened in one sentence.]",
        "# Down\n\n## Summary\n\nTBD",
        "# Down\n\n## Summary\n\nThese are all the things that happened:\n\n- one",
        f"# Down\n\n## Summary\n\nA cache {'filled and ' * 60} burst.",
        "# Down\n\n## Root cause\n\nA cache filled the memory of its hosts.",
    ],
)
def test_where_none_is_certain_there_is_none(text: str) -> None:
    assert summary(text) == ""


def test_a_summary_behind_the_action_items_is_none() -> None:
    text = f"# Down{ITEMS}\n## Summary\n\nWe learned a lot from all of this.\n"
    assert read("a.md", text).summary == ""


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("## 7. Action items", "7-action-items"),
        ("## Action items: `now` & *later*!", "action-items-now--later"),
        ("## Tasks\n\n- Fix it\n\n## Tasks", "tasks-1"),
        ("## Action items\n\n**Short term**", "action-items"),
        ("Action items:", ""),
    ],
)
def test_an_item_knows_where_the_heading_over_it_is_on_the_page(text: str, anchor: str) -> None:
    assert read("a.md", f"{text}\n\n- Alert on memory\n").items[-1].anchor == anchor


@pytest.mark.parametrize(
    ("entry", "body"),
    [
        ("**Alert on memory.** Page at 80 % (owner: Ada, due: 2026-04-01) [P1]", "Page at 80 %"),
        ("Alert on memory. Page at 80 %. @ada", "Page at 80 %."),
        ("Alert on memory. Page at 80 %. Tell @ada of it.", "Page at 80 %. Tell @ada of it."),
        ("**Alert on memory.** See OPS-7 for more (owner: Ada)", "See OPS-7 for more"),
        ("Alert on memory\n  - Owner: Ada\n  - Due: 2026-04-01\n  - at 80 %", "- at 80 %"),
        ("Alert on memory\n  - Owner: Ada, once Bob is back", "- Owner: Ada, once Bob is back"),
        ("Alert on memory\n\n  ```\n  Owner: Ada\n  ```", "```\nOwner: Ada\n```"),
    ],
)
def test_a_body_says_no_field_again_and_loses_nothing_else(entry: str, body: str) -> None:
    assert read("a.md", f"## Action items\n\n- {entry}\n").items[0].body == body


@pytest.mark.parametrize(
    "text",
    [
        "## Follow-up\n\nNone.",
        "## Follow-up\n\n- None",
        "**Action items:** none",
        "## Maßnahmen\n\nKeine.",
        "## Follow-up\n\n| Action | Owner |\n|---|---|\n| n/a (see #84) | |",
    ],
)
def test_a_heading_under_which_stands_none_is_fine(text: str) -> None:
    postmortem = read("a.md", f"# Down\n\nIt was down.\n\n{text}\n")
    assert (postmortem.items, postmortem.warnings) == ((), ())


@pytest.mark.parametrize("text", ["", "TBD", "None of us knows yet.", "None.\n\nWe will see later."])
def test_a_heading_under_which_nothing_is_listed_is_told(text: str) -> None:
    postmortem = read("a.md", f"# Down\n\n## Follow-up\n\n{text}\n")
    assert (postmortem.items, len(postmortem.warnings)) == ((), 1)
