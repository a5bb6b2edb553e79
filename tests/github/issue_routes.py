"""REST paths of issues, their comments, labels and assignees."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.github.routes import Answer, Call, redirect, route
from tests.github.state import BODY_LIMIT, Comment, Issue, No, Role, invalid, not_found, too_long


def _require_issues(call: Call) -> None:
    call.require("read", "issues", "pull-requests")
    if not call.repository.has_issues:
        raise No(410, "Issues has been disabled in this repository.")


def _find_issue(call: Call) -> Issue:
    _require_issues(call)
    issue = call.repository.issues.get(call.number())
    if issue is None:
        raise not_found()
    if issue.deleted:
        raise No(410, "This issue was deleted")
    if issue.moved_to:
        target = issue.moved_to
        while target.moved_to:
            target = target.moved_to
        if not call.sees(target.repository):
            raise not_found()
        if target.deleted:
            raise No(410, "This issue was deleted")
        tail = "".join(f"/{part}" for part in call.request.path.split("/issues/", 1)[1].split("/")[1:])
        raise redirect(call, 301, target.repository, f"/issues/{target.number}{tail}")
    return issue


def _may_label(call: Call) -> bool:
    return call.may("triage", "issues", "pull-requests")


@route("GET", "~/issues")
def list_issues(call: Call) -> Answer:
    _require_issues(call)
    query = call.query
    found = [issue for issue in call.repository.listed_issues() if _matches(issue, query)]
    sort = query.get("sort", "created")
    keys: dict[str, Callable[[Issue], Any]] = {
        "created": lambda issue: (issue.created_at, issue.number),
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    if sort not in keys:
        raise invalid("Search", "sort")
    found.sort(key=keys[sort], reverse=query.get("direction", "desc") != "asc")
    return call.page(found, lambda issue: call.show.issue(issue, full=False))


def _matches(issue: Issue, query: dict[str, str]) -> bool:
    state = query.get("state", "open")
    wanted = {label.strip().casefold() for label in query.get("labels", "").split(",") if label.strip()}
    since = query.get("since")
    assignee, milestone = query.get("assignee"), query.get("milestone")
    return (
        state in {"all", issue.state}
        and wanted <= {label.casefold() for label in issue.labels}
        and (not since or issue.updated_at >= datetime.fromisoformat(since).astimezone(UTC))
        and ("creator" not in query or issue.author.casefold() == query["creator"].casefold())
        and (
            assignee in {None, "*" if issue.assignees else "none"}
            or str(assignee).casefold() in {login.casefold() for login in issue.assignees}
        )
        and (
            milestone in {None, "*" if issue.milestone else "none"}
            or (issue.milestone is not None and str(issue.milestone.number) == milestone)
        )
    )


@route("POST", "~/issues")
def create_issue(call: Call) -> Answer:
    _require_issues(call)
    call.require("read", "issues", level="write")
    title, body = call.text("title", required=True) or "", call.text("body")
    labels, assignees = call.names("labels") or [], call.names("assignees") or []
    if not _may_label(call):  # docs: silently dropped without push access
        labels, assignees = [], []
    issue = call.repository.create_issue(call.login, title, body, labels, assignees)
    answer = call.show.issue(issue)
    return Answer(201, answer, {"Location": str(answer["url"])})


@route("GET", "~/issues/{number}")
def get_issue(call: Call) -> Answer:
    return Answer(200, call.show.issue(_find_issue(call)))


@route("PATCH", "~/issues/{number}")
def edit_issue(call: Call) -> Answer:
    issue = _find_issue(call)
    role: Role = "read" if issue.author == call.login else "triage"
    call.require(role, "issues", *(["pull-requests"] if issue.pull else []), level="write")
    labels, assignees = call.names("labels"), call.names("assignees")
    if not _may_label(call):
        labels = assignees = None
    duplicate = call.body.get("duplicate_issue_id")
    call.repository.edit_issue(
        issue,
        call.login,
        title=call.text("title"),
        body="" if "body" in call.body and call.body["body"] is None else call.text("body"),
        labels=labels,
        assignees=assignees,
        state=call.text("state"),
        state_reason=call.text("state_reason"),
        duplicate_of=duplicate if isinstance(duplicate, int) else None,
    )
    if "milestone" in call.body and _may_label(call):
        wanted = call.body["milestone"]
        issue.milestone = next((each for each in call.repository.milestones if each.number == wanted), None)
    return Answer(200, call.show.issue(issue))


@route("GET", "~/issues/{number}/comments")
def list_comments(call: Call) -> Answer:
    issue = _find_issue(call)
    return call.page(issue.comments, lambda comment: call.show.comment(issue, comment))


@route("POST", "~/issues/{number}/comments")
def create_comment(call: Call) -> Answer:
    issue = _find_issue(call)
    call.require("read", "issues", "pull-requests", level="write")
    if issue.locked and not call.may("write", "issues", "pull-requests"):
        raise No(403, "Unable to create comment because issue is locked.")
    comment = call.repository.comment(issue, call.login, call.text("body", required=True) or "")
    answer = call.show.comment(issue, comment)
    return Answer(201, answer, {"Location": str(answer["url"])})


@route("GET", "~/issues/comments/{id}")
def get_comment(call: Call) -> Answer:
    _require_issues(call)
    return Answer(200, call.show.comment(*call.repository.find_comment(call.number("id"))))


def _find_own_comment(call: Call) -> tuple[Issue, Comment]:
    """The comment that the path names; others' are for those with write access."""
    _require_issues(call)
    issue, comment = call.repository.find_comment(call.number("id"))
    role: Role = "read" if comment.author == call.login else "write"
    call.require(role, "issues", "pull-requests", level="write")
    return issue, comment


@route("PATCH", "~/issues/comments/{id}")
def edit_comment(call: Call) -> Answer:
    issue, comment = _find_own_comment(call)
    body = call.text("body", required=True) or ""
    if len(body) > BODY_LIMIT:
        raise too_long("IssueComment", "body", BODY_LIMIT)
    comment.body, comment.updated_at = body, call.github.clock.now()
    return Answer(200, call.show.comment(issue, comment))


@route("DELETE", "~/issues/comments/{id}")
def delete_comment(call: Call) -> Answer:
    issue, comment = _find_own_comment(call)
    issue.comments.remove(comment)
    return Answer(204)


# ------------------------------------------------------------------ labels and assignees


@route("GET", "~/labels")
def list_labels(call: Call) -> Answer:
    _require_issues(call)
    labels = sorted(call.repository.labels.values(), key=lambda label: label.name)
    return call.page(labels, lambda label: call.show.label(call.repository, label))


@route("POST", "~/labels")
def create_label(call: Call) -> Answer:
    call.require("write", "issues", "pull-requests", otherwise=not_found())
    label = call.repository.create_label(
        call.text("name", required=True) or "", call.text("color"), call.text("description")
    )
    return Answer(201, call.show.label(call.repository, label))


@route("GET", "~/labels/{name*}")
def get_label(call: Call) -> Answer:
    _require_issues(call)
    label = call.repository.find_label(call.parts["name"])
    if label is None:
        raise not_found()
    return Answer(200, call.show.label(call.repository, label))


@route("GET", "~/issues/{number}/labels")
def list_issue_labels(call: Call) -> Answer:
    return call.page(call.show.labels(_find_issue(call)), dict)


@route("POST", "~/issues/{number}/labels")
def add_labels(call: Call) -> Answer:
    issue = _find_issue(call)
    call.require("triage", "issues", "pull-requests")
    given = call.request.body
    names = [str(each) for each in given] if isinstance(given, list) else call.names("labels") or []
    call.repository.edit_issue(issue, call.login, labels=[*issue.labels, *names])
    return Answer(200, call.show.labels(issue))


@route("DELETE", "~/issues/{number}/labels/{name*}")
def remove_label(call: Call) -> Answer:
    issue = _find_issue(call)
    call.require("triage", "issues", "pull-requests")
    name = call.parts["name"].casefold()
    kept = [each for each in issue.labels if each.casefold() != name]
    if len(kept) == len(issue.labels):
        raise No(404, "Label does not exist")
    call.repository.edit_issue(issue, call.login, labels=kept)
    return Answer(200, call.show.labels(issue))


@route("POST", "~/issues/{number}/assignees")
def add_assignees(call: Call) -> Answer:
    issue = _find_issue(call)
    if _may_label(call):  # docs: silently ignored without push access; so are those not assignable
        wanted = [login for login in call.names("assignees") or [] if _is_assignable(call, login)]
        call.repository.edit_issue(issue, call.login, assignees=[*issue.assignees, *wanted])
    return Answer(201, call.show.issue(issue))


@route("DELETE", "~/issues/{number}/assignees")
def remove_assignees(call: Call) -> Answer:
    issue = _find_issue(call)
    if _may_label(call):
        gone = {login.casefold() for login in call.names("assignees") or []}
        kept = [login for login in issue.assignees if login.casefold() not in gone]
        call.repository.edit_issue(issue, call.login, assignees=kept)
    return Answer(200, call.show.issue(issue))


def _is_assignable(call: Call, login: str) -> bool:
    user = call.github.find_user(login)
    return user is not None and call.repository.is_assignable(user.login)
