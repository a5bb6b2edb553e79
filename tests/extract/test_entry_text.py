"""An entry's text is parsed once: every sign of it is known where it stands, and so is every field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.extract import read
from pmsync.extract.fields.entry_text import read_entry
from pmsync.extract.structure.flat import flatten
from pmsync.lexicon.vocabulary import load_vocabulary
from pmsync.model import ActionItem
from tests.extract.hostile import MARKS

PIECES = st.lists(
    st.sampled_from([*MARKS, "word", " ", "\n", "\r\n", "&amp;", "[t](u)", "`a*`"]), max_size=12
)
LONG = 100_000


def read_item(line: str) -> ActionItem:
    (item,) = read("postmortems/a.md", f"# Outage\n\n## Action items\n\n- [ ] {line}\n").items
    return item


@given(PIECES)
def test_every_sign_of_the_flat_text_stands_in_the_markdown_in_order(pieces: list[str]) -> None:
    markdown = "".join(pieces)
    flat = flatten(markdown)
    assert len(flat.offsets) == len(flat.text) + 1
    assert list(flat.offsets) == sorted(flat.offsets)
    if "&" not in markdown:
        assert all(
            char.isspace() or markdown[at] == char for char, at in zip(flat.text, flat.offsets, strict=False)
        )
    assert flat.source(0, len(flat.text)) == markdown.strip()


@given(PIECES)
def test_what_opens_ends_and_heads_a_text_lies_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    entry = read_entry(text, "", load_vocabulary(text))
    size = len(entry.flat.text)
    assert 0 <= entry.start <= entry.head[0] <= entry.head[1] <= max(entry.behind, size)
    for ends in (entry.ends, entry.head_ends):
        starts = [end.start for end in ends]
        assert starts == sorted(starts, reverse=True)
        assert all(entry.start <= start <= size for start in starts)


@pytest.mark.parametrize(
    ("line", "title", "owner", "due", "priority"),
    [
        (
            "Owner: Priya - Separate queue for the mail workers",
            "Separate queue for the mail workers",
            "Priya",
            None,
            None,
        ),
        ("Owner: Ada, due: 2026-03-01 - Fix the lag", "Fix the lag", "Ada", "2026-03-01", None),
        ("Owner: Ada - Fix the lag (@ben)", "Fix the lag", "Ada", None, None),
        ("Fix the lag (Will, due 2026-03-01)", "Fix the lag", "Will", "2026-03-01", None),
        ("Fix the lag, @ada, 2026-03-01", "Fix the lag", "ada", "2026-03-01", None),
        ("@ada: fix the lag", "fix the lag", "ada", None, None),
        ("@ada + @ben fix the lag", "fix the lag", "ada + ben", None, None),
        (
            "Fix the lag — @ada et @zoé, avant la version 3",
            "Fix the lag",
            "ada et zoé",
            "avant la version 3",
            None,
        ),
        ("Fix the lag → @Ada Byron, January 30, 2026", "Fix the lag", "Ada Byron", "2026-01-30", None),
        (
            "Fix the lag (AB/CD, by 2026-03-01)",
            "Fix the lag (AB/CD, by 2026-03-01)",
            None,
            "2026-03-01",
            None,
        ),
        ("Fix the lag [[Ada Byron]] 📅 2026-03-01", "Fix the lag", "Ada Byron", "2026-03-01", None),
        ("Fix the lag (before the meeting on 21 March 2026)", "Fix the lag", None, "2026-03-21", None),
        ("Fix the lag (`NOTES_v2.md` SS20)", "Fix the lag (NOTES_v2.md SS20)", None, None, None),
        ("Fix the lag. Owner: X, due: 2026-03-01", "Fix the lag", None, "2026-03-01", None),
        ("Fix the lag – by hand", "Fix the lag – by hand", None, None, None),
        ("(@ada) Fix the lag", "Fix the lag", "ada", None, None),
        ("TODO(bea): fix the lag", "fix the lag", "bea", None, None),
        ("Fix the lag [Field Eng / 27-Nov-2026 / HIGH]", "Fix the lag", "Field Eng", "2026-11-27", "High"),
        ("Fix the lag (Ana / Ben, 2026-03-01)", "Fix the lag", "Ana / Ben", "2026-03-01", None),
        ("TODO Priya: fix the lag", "fix the lag", "Priya", None, None),
        ("TODO Docs: fix the lag", "TODO Docs: fix the lag", None, None, None),
        ("Fix the lag. @ada is on it", "Fix the lag", "ada", None, None),
        ("Fix the lag as @ada asked", "Fix the lag as @ada asked", None, None, None),
        ("Fix the lag (Fr. Sobotta)", "Fix the lag", "Fr. Sobotta", None, None),
        ("M. Oyelaran: fix the lag", "fix the lag", "M. Oyelaran", None, None),
        ("Fix the lag. Due 2026-03-01. Open", "Fix the lag", None, "2026-03-01", None),
        ("`P1` Fix the lag", "Fix the lag", None, None, "P1"),
        ("Fix the lag `P1`", "Fix the lag", None, None, "P1"),
        ("Fix the lag. Owner: [Ada](https://example.com/ada)", "Fix the lag", "Ada", None, None),
        ("**Fix the lag (owner: Ada):** it is long", "Fix the lag", "Ada", None, None),
        ("Fix the lag by 1 March 2026", "Fix the lag", None, "2026-03-01", None),
        ("Fix the lag [Optional]", "Fix the lag [Optional]", None, None, None),
        ("Remove `@Override` from `Foo`", "Remove @Override from Foo", None, None, None),
        ("Make sure that the restore is done", "Make sure that the restore is done", None, None, None),
        ("Do nothing before merging PR #881", "Do nothing before merging PR #881", None, None, None),
        ("Grant `s3:*` to all", "Grant s3:* to all", None, None, None),
        ("Fix the lag (@ada, @ben)", "Fix the lag", "ada, ben", None, None),
        ("Fix the lag → **Ada**, Fri 6 Mar 2026", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag; Ada; by 2026-03-06", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag. Ada, 2026-03-06", "Fix the lag", "Ada", "2026-03-06", None),
        ("Fix the lag (Ada, 06/03/2026)", "Fix the lag", "Ada", "06/03/2026", None),
        ("Fix the lag (Ada/Ben, P1)", "Fix the lag", "Ada/Ben", None, "P1"),
        ("Fix the lag — Outstanding — Ada Lind — Urgent", "Fix the lag", "Ada Lind", None, "Urgent"),
        ("Fix the lag – Ada & Ben, next sprint", "Fix the lag", "Ada & Ben", "next sprint", None),
        ("Fix the lag – P2, end of April", "Fix the lag", None, "end of April", "P2"),
        ("Fix the lag @Ada Lind @April 17, 2026", "Fix the lag", "Ada Lind", "2026-04-17", None),
        ("@ada.lind + @ben – fix the lag", "fix the lag", "ada.lind + ben", None, None),
        ("Fix the lag by Friday the 3rd of April 2026", "Fix the lag", None, "2026-04-03", None),
        ("**TODO by 2026-05-21** — Fix the lag", "Fix the lag", None, "2026-05-21", None),
        ("Kafka: fix the lag", "Kafka: fix the lag", None, None, None),
        ("[Backend] Fix the lag", "[Backend] Fix the lag", None, None, None),
        ("Fix the lag – this is what matters", "Fix the lag – this is what matters", None, None, None),
        ("Rotate the keys (90 days)", "Rotate the keys (90 days)", None, None, None),
        ("Let tickets go from Resolved → Closed", "Let tickets go from Resolved → Closed", None, None, None),
        (
            "Fix the lag of the data team: it grows",
            "Fix the lag of the data team: it grows",
            None,
            None,
            None,
        ),
    ],
)
def test_what_was_read_leaves_the_title_and_nothing_else_does(
    line: str, title: str, owner: str | None, due: str | None, priority: str | None
) -> None:
    item = read_item(line)
    assert (item.title, item.owner, item.due, item.priority) == (title, owner, due, priority)


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("Fix the lag — Completed 30 Sep — Ada", True),
        ("Fix the lag (Ada, done on the 3rd)", True),
        ("**Lag** : done by Ada that night", True),
        ("Failover: done by hand", False),
        ("DONE(ilse): the lag is gone", True),
        ("DONE Priya: the lag is gone", True),
        ("TODO(ilse): the lag is gone", False),
        ("Fix the lag — Outstanding — Ada", False),
        ("Let tickets go from Resolved → Closed", False),
    ],
)
def test_a_mark_set_apart_at_the_end_says_that_it_is_done(line: str, done: bool) -> None:
    assert read_item(line).done is done


@pytest.mark.parametrize(
    ("head", "lines", "owners"),
    [
        ("Lead: Ada", ["[Ada] Fix it", "[Ben] Test it"], ["Ada", "Ben"]),
        ("Lead: Ada", ["[Ada] Fix it", "[Ben] Test it", "[Backend] Log it"], ["Ada", "Ben", None]),
        ("Lead: Ada", ["Ada: fix it", "Kafka: keep it", "Redis: watch it"], ["Ada", None, None]),
        ("Authors: Ada Lind, Ben van Dam", ["(AL) Fix it", "(Ben) Test it"], ["AL", "Ben"]),
        (
            "Present (4 May): Ada Lind, Jo-Ann Dam",
            ["Ada will fix it", "Ada and Jo-Ann will test it"],
            ["Ada", "Ada and Jo-Ann"],
        ),
        ("Lead: Ada", ["Kafka will keep it", "We will test it"], [None, None]),
        ("Lead: Theodora Banks", ["Theo: fix it", "Test it"], ["Theo", None]),
        ("Author: hkw", ["Fix it (hkw)", "Test it (nasrin)"], ["hkw", None]),
        ("Lead: the on-call engineer", ["Monitoring: fix it", "Kafka: keep it"], [None, None]),
        ("Severity: SEV1", ["Zorvan: fix it", "Quell: test it"], [None, None]),
        ("Authors: Ada Lind, Ben Dam", ["Fix it (AL/BD)", "Test it (CI/CD)"], ["AL/BD", None]),
        (
            "Lead: Ada",
            ["Fix it → @ada", "Log it → @ben", "Test it → client team"],
            ["ada", "ben", "client team"],
        ),
    ],
)
def test_whom_the_document_names_is_an_owner_where_owners_stand(
    head: str, lines: list[str], owners: list[str | None]
) -> None:
    text = f"# Outage\n\n{head}\n\n## Action items\n\n" + "".join(f"- {line}\n" for line in lines)
    assert [item.owner for item in read("postmortems/a.md", text).items] == owners


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("Fix the lag (completed 2026-02-02)", "Fix the lag (completed 2026-02-02)"),
        ("Fix the lag. **It grows** (owner: Ada)", "**It grows**"),
        ("**Fix `a.*`** for good. It grows.", "It grows."),
        ("Fix the lag (owner: Ada, due: soon)", "Fix the lag (owner: Ada, due: soon)"),
        ("Fix the lag (owner: Ada, due: TBD)", ""),
        ("Fix the lag. Due: 2026-03-01 or so", "Due: 2026-03-01 or so"),
        ("**Owner:** Ada **Due:** 2026-03-01 Fix the lag", "**Owner:** Ada **Due:** 2026-03-01 Fix the lag"),
    ],
)
def test_what_no_field_tells_stays_in_the_body(line: str, body: str) -> None:
    assert read_item(line).body == body


@pytest.mark.parametrize(
    "piece",
    ["(", "[", ":", "- a: b", "@a ", '"', "> ", "Owner: A - ", " – Ada – 2026-03-01", "[![a](b)", "#12 "],
)
def test_a_text_of_any_length_is_parsed_to_its_end(piece: str) -> None:
    text = piece * (LONG // len(piece))
    assert read_entry(text, text, load_vocabulary(text)).flat.markdown
