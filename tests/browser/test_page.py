"""The report's page, in a real browser."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pmsync.model import ActionItem, Annotation, IssueRef, Kind, Postmortem, Status
from pmsync.reports.figures import count
from pmsync.reports.follow_ups import StatusReport, make_status
from pmsync.reports.status import render
from tests.browser.browser import Seen, visit
from tests.npm import Unavailable
from tests.reports.scenes import NOW, make_scene

Browse = Callable[..., Seen]
REPORT = make_scene().report()
SIZES = (390, 800, 1280)

ROWS = "[...document.querySelectorAll('.group tbody tr')].filter((row) => !row.hidden)"
SHOWN = "document.getElementById('shown').textContent"


def choose(**values: str | bool) -> str:
    """A script that sets controls of the form, as a person would."""
    lines = []
    for name, value in values.items():
        control = f"form.elements[{json.dumps(name)}]"
        kind = "checked" if isinstance(value, bool) else "value"
        lines.append(f"{control}.{kind} = {json.dumps(value)};")
        lines.append(f"{control}.dispatchEvent(new Event('input', {{bubbles: true}}));")
    return f"(() => {{ const form = document.getElementById('filter'); {' '.join(lines)} }})()"


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Shows a report in the browser, and takes steps there."""

    def show(report: StatusReport, *steps: dict[str, Any]) -> Seen:
        page = tmp_path / "status.html"
        page.write_text(render(report, "html"), encoding="utf-8")
        try:
            seen = visit(page, *steps)
        except Unavailable as error:
            pytest.skip(f"no browser: {error}")
        assert seen.said == []
        assert {*seen.asked} == {page.as_uri()}
        return replace(seen, results=seen.results[1:])

    return show


def test_the_page_is_accessible_and_no_wider_than_the_screen_in_both_themes(browse: Browse) -> None:
    steps: list[dict[str, Any]] = []
    unfold = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
    for scheme in ("light", "dark"):
        for width in SIZES:
            steps += [
                {"scheme": scheme, "size": [width, 900], "run": unfold},
                {"axe": True},
                {"run": "document.documentElement.scrollWidth"},
            ]
    results = browse(REPORT, *steps).results
    assert results[1::3] == [[]] * 6
    assert results[2::3] == [*SIZES, *SIZES]


def test_filters_show_what_they_name_and_count_it(browse: Browse) -> None:
    figures = count(REPORT)
    mine = [f for f in REPORT.counted if "mara-l" in f.owners and f.is_open]
    seen = browse(
        REPORT,
        {"run": f"{ROWS}.length"},
        {"run": choose(overdue=True)},
        {"run": f"[{ROWS}.length, {SHOWN}]"},
        {"run": choose(overdue=False, owner="=mara-l", state="open")},
        {"run": f"[{ROWS}.length, {SHOWN}]"},
        {"run": choose(owner="-", state="open")},
        {"run": f"{ROWS}.length"},
        {"run": choose(owner="", state="", words="REPLICATION lag")},
        {"run": f"{ROWS}.every((row) => row.textContent.toLowerCase().includes('replication'))"},
        {"run": "[...document.querySelectorAll('details.group:not([hidden])')].every((it) => it.open)"},
        {"run": "document.querySelector('button[type=reset]').click()"},
        {"run": "new Promise((done) => setTimeout(done, 50))"},
        {"run": f"{ROWS}.length"},
    )
    every, _, late, _, mara, _, nobody, _, found, unfolded, _, _, reset = seen.results
    assert every == reset == len(REPORT.follow_ups)
    assert late == [figures.overdue, f"{figures.overdue} of {figures.follow_ups} follow-ups shown"]
    assert mara == [len(mine), f"{len(mine)} of {figures.follow_ups} follow-ups shown"]
    assert nobody == figures.unowned
    assert found
    assert unfolded


def test_orders_put_first_what_they_name(browse: Browse) -> None:
    first = "document.querySelector('.group tbody tr').dataset"
    seen = browse(
        REPORT,
        {"run": choose(sort="late")},
        {"run": f"{first}.late"},
        {"run": choose(sort="age")},
        {"run": f"{first}.age"},
        {"run": choose(sort="newest")},
        {"run": f"{first}.day"},
        {"run": choose(sort="severity")},
        {"run": f"{first}.severity"},
    )
    assert seen.results[1::2] == [
        str(max(f.overdue_days or 0 for f in REPORT.follow_ups)),
        str(max(f.age_days or 0 for f in REPORT.follow_ups)),
        str(max(it.day.toordinal() for it in REPORT.incidents if it.day)),
        "SEV-1",
    ]


def test_the_page_is_whole_without_its_script(browse: Browse) -> None:
    seen = browse(
        REPORT,
        {"script": False, "open": True},
        {"run": "document.getElementById('filter').hidden"},
        {"run": "document.querySelectorAll('.group tbody tr').length"},
        {"run": "document.querySelectorAll('figure svg').length"},
    )
    assert seen.results[1:] == [True, len(REPORT.follow_ups), 3]


def test_paper_folds_nothing_away_and_breaks_no_date(browse: Browse) -> None:
    height = "getBoundingClientRect().height"
    hidden = (
        "[...document.querySelectorAll('details.group')]"
        f".filter((it) => it.{height} < it.querySelector('table').{height} + 1).length"
    )
    broken = "[...document.querySelectorAll('.day')].filter((it) => it.getClientRects().length > 1).length"
    seen = browse(
        REPORT,
        {"size": [700, 900], "run": hidden},
        {"media": "print", "run": hidden},
        {"run": broken},
        {"run": "getComputedStyle(document.getElementById('filter')).display"},
        {"scheme": "dark", "run": "getComputedStyle(document.body).backgroundColor"},
    )
    folded, left, dates, form, background = seen.results
    assert folded > 0
    assert (left, dates, form, background) == (0, 0, "none", "rgb(255, 255, 255)")


EVIL = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "\"'><svg onload=alert(1)>{{ 7*7 }}"
)


def test_nothing_of_a_document_acts_on_the_page(browse: Browse) -> None:
    note = Annotation(
        ref=IssueRef("", 9), url="javascript:document.title='owned'", status=Status.OPEN, start=0, end=1
    )
    items = tuple(
        ActionItem(
            document="postmortems/a.md", line=line, end_line=line, kind=Kind.LIST, section=EVIL,
            title=EVIL, owner=EVIL, due=EVIL, priority=EVIL, type=EVIL, annotation=annotation, text=str(line),
        )
        for line, annotation in ((1, None), (2, note))
    )  # fmt: skip
    postmortem = Postmortem(
        document="postmortems/a.md", text="", title=EVIL, severity=EVIL, date="2026-01-01", items=items
    )
    page = "https://github.com/a/b/blob/HEAD/"
    hostile = make_status([postmortem], NOW, teams={EVIL: [EVIL]}, repository=EVIL, page=page)
    seen = browse(
        hostile,
        {"run": "document.title"},
        {"run": "[document.scripts.length, document.querySelectorAll('main img, main [onload]').length]"},
        {"run": choose(owner=f"={EVIL}", team=EVIL, severity=EVIL)},
        {"run": f"{ROWS}.length"},
        {"run": "[...document.querySelectorAll('a[href]')].every((it) => it.protocol === 'https:')"},
    )
    title, elements, _, rows, links = seen.results
    assert title != "owned"
    assert elements == [1, 0]
    assert rows == 2
    assert links


def test_ten_thousand_follow_ups_stay_usable(browse: Browse) -> None:
    large = make_scene(2000, 8).report()
    seen = browse(
        large,
        {"run": "performance.getEntriesByType('navigation')[0].loadEventEnd < 60000"},
        {"run": choose(overdue=True)},
        {"run": f"{ROWS}.length"},
        {"run": choose(sort="age")},
        {"run": "document.querySelector('.group tbody tr').dataset.age"},
    )
    _, _, rows, _, age = seen.results
    assert len(large.follow_ups) > 9000
    assert rows == count(large).overdue
    assert age == str(max(f.age_days or 0 for f in large.follow_ups))
