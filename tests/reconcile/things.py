"""Issues and markers, made as tests need them."""

from pmsync.model import Draft, Issue, IssueRef


def issue_of(draft: Draft, number: int = 1, repository: str = "acme/shop", **fields: object) -> Issue:
    """The issue that a draft becomes."""
    given = {
        "ref": IssueRef(repository, number),
        "url": f"https://github.com/{repository}/issues/{number}",
        "title": draft.title,
        "body": draft.body,
        "labels": draft.labels,
        "assignees": draft.assignees,
        "author": "github-actions[bot]",
    }
    return Issue(**(given | fields))  # type: ignore[arg-type]
