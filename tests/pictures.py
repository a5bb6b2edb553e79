"""The README's pictures, from the real thing: `postmortems/`, the tests' own GitHub, pmsync.

    postmortems → GitHub, as months pass → an issue, a comment (Markdown) → a page → Chromium → PNG
                                         → the status page                         → Chromium → PNG
                                         → a plan on a terminal                    → rich     → SVG

What is drawn depends on nothing but the repository: clock, ids and commits are the same each time. So a test
compares the SVG and the Markdown with those that are kept, and says when a picture is stale; how a browser
draws may differ from machine to machine.
"""

import html
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import cmarkgfm
from rich.console import Console
from rich.text import Text

from tests.action.conftest import Workflow
from tests.action.harness import ROOT, base_environ
from tests.action.inside import run_inside
from tests.browser.browser import visit
from tests.children import note_installed
from tests.github.clock import Clock
from tests.github.rules import open_github
from tests.github.state import GitHub, Issue
from tests.terminal import show

FOLDER = ROOT / ".github/pictures"
COLUMNS = 92
TODAY = datetime(2026, 6, 8, 9, tzinfo=UTC)
LOCKERS, PRICES = "postmortems/2025-10-07-locker-firmware.md", "postmortems/2026-05-19-price-cache.md"
ITEM = "Put one station of each model"
KEPT = (ITEM, "Count", "Publish prices", "Draw one")
"""How the titles of issues begin that stay open."""
NEW = "postmortems/2026-06-05-departure-board.md"
PEOPLE = ("mara", "jonas", "priya", "tomasz", "helene", "sana")
CONFIG = """\
owners:
  Mara Lindqvist: mara
  Jonas Weidmann: jonas
  Priya: priya
  Tomasz: tomasz
  Hélène: helene
"""
POSTMORTEM = """\
# The departure board stood still

Date: 2026-06-05
Severity: SEV-2

## Summary

For 40 minutes the board in the terminal showed ferries that had left, and 31 people missed the last one.

## Action items

- [ ] Show the time of the last update on the board (@mara, due: 2026-06-30)
- [ ] Page when the feed is silent for three minutes [P1] (owner: Priya)
- [ ] Improve the monitoring
"""

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


# ------------------------------------------------------------------------------- the scene


@dataclass(frozen=True)
class Scene:
    """What there is to draw.

    Attributes:
        texts: what is kept beside the pictures, by file: the plan as SVG, issue and comment as Markdown.
        issue: the issue, for what GitHub shows beside its text.
        page: the status report as a page.
    """

    texts: Mapping[str, str]
    issue: Issue
    page: str


def play() -> Scene:
    """Plays nine months of a small company."""
    with _settled(), open_github() as github, TemporaryDirectory() as folder:
        github.clock = Clock(datetime(2025, 9, 1, 9, tzinfo=UTC))
        for login in PEOPLE:
            github.add_user(login)
            github.add_token(login, f"token-{login}")
            github.shop.collaborators[login] = "write"
        workflow = _workflow(github, Path(folder))
        _let_months_pass(workflow)
        comment = _propose(workflow)
        issue = _find(github, ITEM)
        _edit(workflow)
        plan = _draw_terminal(_plan(workflow), "pmsync plan")
        page = _run(workflow, "status", "--format", "html")
        texts = {"plan.svg": plan, "issue.md": _readable(issue.body or ""), "comment.md": _readable(comment)}
        return Scene(texts, issue, page)


@contextmanager
def _settled() -> Iterator[None]:
    """The same environment on every machine; nobody's own git configuration."""
    who = {"GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.com"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT", "GH_", "PMSYNC_"))
    }
    with mock.patch.dict(os.environ, {**kept, **who, **git, "TZ": "UTC"}, clear=True):
        yield


def _workflow(github: GitHub, folder: Path) -> Workflow:
    libraries = folder / "libraries"
    libraries.mkdir()
    note_installed(ROOT / ".github/action/requirements.txt", libraries)
    return Workflow(github, folder, libraries)


def _let_months_pass(workflow: Workflow) -> None:
    """Merges each postmortem two days after its incident; some issues are closed on the way."""
    github, alice = workflow.github, workflow.github.person("alice")
    alice.push({".github/pmsync.yml": CONFIG, "README.md": "# Shop\n"})
    for count, file in enumerate(sorted((ROOT / "postmortems").glob("*.md"))):
        _wait_until(github, datetime.fromisoformat(f"{file.name[:10]}T09:00:00+00:00") + timedelta(days=2))
        alice.push({f"postmortems/{file.name}": file.read_bytes()})
        _sync(workflow)
        _wait_until(github, github.clock.now() + timedelta(days=8))
        for issue in [it for it in github.shop.open_issues if not it.title.startswith(KEPT)][count % 2 :: 4]:
            github.person("bob").close(issue)
        _sync(workflow)
    _wait_until(github, TODAY)


def _find(github: GitHub, title: str) -> Issue:
    (found,) = (issue for issue in github.shop.issues.values() if issue.title.startswith(title))
    return found


def _wait_until(github: GitHub, moment: datetime) -> None:
    github.clock.advance(max(0.0, (moment - github.clock.now()).total_seconds()))


def _sync(workflow: Workflow) -> None:
    result = workflow.run()
    assert result.code == 0, result.log


def _propose(workflow: Workflow) -> str:
    """Opens a pull request with a new postmortem and returns the Action's comment."""
    git, alice = workflow.github.shop.git, workflow.github.person("alice")
    git.set_ref("refs/heads/board", git.head("main") or "")
    alice.push({NEW: POSTMORTEM}, branch="board")
    pull = alice.open_pull("The departure board stood still", head="board")
    workflow.run_pull(pull)
    return pull.comments[0].body


def _edit(workflow: Workflow) -> None:
    """Has people tick a box, reword an item, add one and close an issue since the last sync."""
    alice = workflow.github.person("alice")
    lockers = workflow.text(LOCKERS).replace("- [ ] Count", "- [x] Count")
    prices = workflow.text(PRICES).replace("at one moment. Owner", "at the same moment. Owner")
    item = "- Say on the page since when a price is valid. Owner: @sana, ETA: 2026-07-15\n"
    alice.push({LOCKERS: lockers, PRICES: prices.replace("- ~~Drop", f"{item}- ~~Drop")})
    workflow.github.person("bob").close(_find(workflow.github, "Draw one"))


def _plan(workflow: Workflow) -> str:
    """What a terminal shows of a plan."""
    here = workflow.checkout().workspace
    environ = base_environ() | _environ(workflow) | {"PYTHONPATH": str(ROOT)}
    return show([sys.executable, "-m", "pmsync", "plan"], columns=COLUMNS, env=environ, cwd=here)


def _run(workflow: Workflow, *arguments: str) -> str:
    here = workflow.checkout().workspace
    done = run_inside(arguments, here, base_environ() | _environ(workflow), workflow.github.clock)
    assert done.exit_code == 0, done.output
    return done.stdout


def _environ(workflow: Workflow) -> dict[str, str]:
    return {
        "GITHUB_API_URL": workflow.github.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": "token-alice",
    }


def _readable(body: str) -> str:
    """A body without its hidden comments, whose ids differ each time and which nobody sees."""
    return _COMMENT.sub("", body).strip().replace("\r\n", "\n") + "\n"


# -------------------------------------------------------------------------------- drawing

_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, monospace; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""

_PAGE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
:root {{
  color-scheme: light dark; --line: light-dark(#d1d9e0, #3d444d); --soft: light-dark(#59636e, #9198a1);
}}
body {{
  margin: 0; padding: 20px 24px 12px; font: 15px/1.5 "Open Sans", sans-serif;
  color: light-dark(#1f2328, #f0f6fc); background: light-dark(#fff, #0d1117);
}}
h1 {{ font-size: 23px; font-weight: 600; margin: 0 0 8px; }}
h1 span {{ color: var(--soft); font-weight: 400; }}
h2, h3, h4 {{ font-size: 17px; margin: 16px 0 8px; }}
p, ul, table {{ margin: 0 0 12px; }}
body > :first-child {{ margin-top: 0; }}
header {{ border-bottom: 1px solid var(--line); padding-bottom: 12px; margin-bottom: 16px; }}
header b {{
  border: 1px solid var(--line); border-radius: 99px; padding: 2px 9px; font-size: 12px; margin-right: 6px;
}}
header b.open {{ background: #1f883d; color: #fff; border-color: #1f883d; }}
small {{ color: var(--soft); }}
a {{ color: light-dark(#0969da, #4493f8); text-decoration: none; }}
ul {{ padding-left: 26px; }}
li:has(> input) {{ list-style: none; margin-left: -20px; }}
summary {{ margin-bottom: 8px; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid var(--line); padding: 5px 10px; text-align: left; }}
code {{
  background: light-dark(#eff1f3, #212830); border-radius: 5px; padding: 2px 5px; font-size: 13px;
}}
pre {{ background: light-dark(#f6f8fa, #151b23); padding: 10px; border-radius: 6px; }}
pre code {{ padding: 0; background: none; }}
blockquote {{ margin: 0 0 12px; padding: 0 14px; border-left: 4px solid var(--line); color: var(--soft); }}
</style><body>{body}
"""


def _draw_terminal(text: str, title: str) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, _environ={})
    console.print(Text("$ ", style="bold") + Text(title), Text.from_ansi(text.rstrip()), sep="\n\n")
    drawn = console.export_svg(title=title, code_format=_SVG, unique_id="pmsync")
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def _draw_issue(issue: Issue, body: str) -> str:
    labels = "".join(f"<b>{html.escape(label)}</b>" for label in issue.labels)
    to = f"<small>assigned to {', '.join(issue.assignees)}</small>" if issue.assignees else ""
    title = f"<h1>{html.escape(issue.title)} <span>#{issue.number}</span></h1>"
    head = f'<header>{title}<b class="open">Open</b>{labels}{to}</header>'
    return _PAGE.format(title="An issue", body=head + _to_html(body))


def _to_html(body: str) -> str:
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    return cmarkgfm.github_flavored_markdown_to_html(body, options=options)


def _photograph(page: str, name: str, width: int, height: int | None, folder: Path) -> None:
    """Takes a picture of a page in both schemes; of all of it where no height is given."""
    file = folder / f"{name}.html"
    file.write_text(page, encoding="utf-8")
    steps = [
        {
            "scheme": scheme,
            "size": [width, height or 200],
            "screenshot": str(FOLDER / f"{name}-{scheme}.png"),
            "whole": height is None,
        }
        for scheme in ("light", "dark")
    ]
    visit(file, *steps)


def main() -> None:
    """Makes all pictures anew."""
    scene = play()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in scene.texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        _photograph(_draw_issue(scene.issue, scene.texts["issue.md"]), "issue", 760, None, place)
        comment = _PAGE.format(title="A comment", body=_to_html(scene.texts["comment.md"]))
        _photograph(comment, "comment", 860, None, place)
        _photograph(scene.page, "status", 1000, 940, place)


if __name__ == "__main__":
    main()
