"""What a run says of itself in the job's summary, on a pull request, and at documents' lines. Pure."""

from collections.abc import Iterable, Sequence

from pmsync.markdown import code, fence, inert, link
from pmsync.model import Action, Issue, Notice, Outcome
from pmsync.repository.write_back import Written
from pmsync.text import shown

MAX_PATCH = 200_000
"""Characters of a patch that a summary shows."""

MAX_LISTED = 100
"""How many notices a list names; the rest is counted."""


def join(*blocks: str) -> str:
    """Joins blocks of Markdown, leaving out empty ones."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"


def count_outcomes(outcomes: Iterable[Outcome], *actions: Action) -> int:
    """Returns how many changes of some kinds went well."""
    return sum(outcome.error is None and outcome.change.action in actions for outcome in outcomes)


def tell_notices(heading: str, notices: Sequence[Notice]) -> str:
    """Returns notices as a list under a heading, empty where there are none; nothing in them is markup."""
    if not notices:
        return ""
    lines = [f"- {_place(notice)}{inert(notice.text)}" for notice in notices[:MAX_LISTED]]
    if len(notices) > MAX_LISTED:
        lines.append(f"- and {len(notices) - MAX_LISTED} more")
    return f"#### {heading}\n\n" + "\n".join(lines)


def tell_written(written: Written, page: str) -> str:
    """Returns where documents were written back to; `page` is the repository's address."""
    blocks = []
    if written.pull_request is not None:
        blocks.append(f"Written back in pull request [#{written.pull_request}]({written.url}):")
    elif written.is_pushed and written.commit:
        blocks.append(f"Written back in commit [`{written.commit[:7]}`]({page}/commit/{written.commit}):")
    if blocks:
        blocks.append("\n".join(f"- {code(document)}" for document in written.documents))
    if written.patch:
        blocks += [_head_of_patch(written.patch), _show_patch(written.patch)]
    return join("#### Write-back", *blocks) if any(blocks) else ""


def tell_dashboard(issue: Issue | None) -> str:
    """Returns where the dashboard is, empty where there is none."""
    return f"The dashboard is {link(f'#{issue.ref.number}', issue.url)}." if issue else ""


def _place(notice: Notice) -> str:
    if not notice.document:
        return ""
    line = f":{notice.line}" if notice.line else ""
    return f"{code(notice.document + line)}: "


def _head_of_patch(patch: str) -> str:
    said = "What could not be written back, for `git apply`"
    if _show(patch) == patch:
        return f"{said}:"
    return f"{said}; some of it cannot be shown here, the output `patch` names a file that holds it all:"


def _show_patch(patch: str) -> str:
    return fence(_show(patch).removesuffix("\n"), "diff")


def _show(patch: str) -> str:
    """Returns as much of a patch as can be shown; carriage returns stay, or git would not take it."""
    return "\r".join(map(shown, patch[:MAX_PATCH].split("\r")))
