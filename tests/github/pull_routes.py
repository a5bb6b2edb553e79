"""REST paths of pull requests."""

from collections.abc import Container
from functools import partial
from typing import Any

from tests.github.git_routes import sum_changes
from tests.github.gitdata import GitError
from tests.github.routes import Answer, Call, route
from tests.github.state import Issue, No, Pull, Review, ReviewComment, Role, invalid, not_found


def _find_pull(call: Call) -> Issue:
    call.require("read", "pull-requests")
    issue = call.repository.issues.get(call.number())
    if issue is None or issue.pull is None:
        raise not_found()
    call.repository.follow_branches()
    return issue


@route("GET", "~/pulls")
def list_pulls(call: Call) -> Answer:
    call.require("read", "pull-requests")
    call.repository.follow_branches()
    query = call.query
    owner, _, branch = query.get("head", "").rpartition(":")
    found = []
    for issue in call.repository.listed_issues():
        pull = issue.pull
        if pull is None:
            continue
        of = (pull.fork or call.repository.full_name).split("/")[0]
        # docs: `head` filters only in the form `user:ref-name`; GitHub ignores one without a user
        if owner and (of.casefold() != owner.casefold() or pull.head != branch):
            continue
        if query.get("base") not in {None, "", pull.base}:
            continue
        if query.get("state", "open") in {"all", issue.state}:
            found.append(issue)
    by = "updated_at" if query.get("sort") == "updated" else "created_at"
    found.sort(key=lambda issue: (getattr(issue, by), issue.number), reverse=query.get("direction") != "asc")
    return call.page(found, lambda issue: call.show.pull(issue, full=False))


@route("POST", "~/pulls")
def create_pull(call: Call) -> Answer:
    repository = call.repository
    call.require("read", "pull-requests", level="write")
    if call.viewer.is_bot and not repository.actions_may_open_pulls:
        raise No(403, "GitHub Actions is not permitted to create or approve pull requests.")
    git = repository.git
    head = (call.text("head", required=True) or "").rpartition(":")[2]
    base = call.text("base", required=True) or ""
    head_sha, base_sha = git.head(head), git.head(base)
    if head_sha is None:
        raise invalid("PullRequest", "head")
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if not git.log(f"{base_sha}..{head_sha}"):
        raise _custom_pull_error(f"No commits between {base} and {head}")
    for issue in repository.issues.values():
        if issue.pull and issue.is_open and (issue.pull.head, issue.pull.base) == (head, base):
            raise _custom_pull_error(f"A pull request already exists for {repository.owner}:{head}.")
    pull = Pull(head, base, head_sha, base_sha, draft=bool(call.body.get("draft")))
    title, body = call.text("title", required=True) or "", call.text("body")
    issue = repository.create_issue(call.login, title, body, pull=pull)
    answer = call.show.pull(issue)
    return Answer(201, answer, {"Location": str(answer["url"])})


def _custom_pull_error(message: str) -> No:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return No(422, "Validation Failed", [error])


@route("GET", "~/pulls/{number}")
def get_pull(call: Call) -> Answer:
    issue = _find_pull(call)
    body = call.show.pull(issue)
    if files := _pull_files(issue):
        stats = sum_changes(files)
        body |= {
            "changed_files": len(files),
            "additions": stats["additions"],
            "deletions": stats["deletions"],
        }
    return Answer(200, body)


@route("PATCH", "~/pulls/{number}")
def edit_pull(call: Call) -> Answer:
    issue = _find_pull(call)
    role: Role = "read" if issue.author == call.login else "write"
    call.require(role, "pull-requests", level="write")
    pull, state, heads = issue.pull, call.text("state"), call.repository.git.refs("refs/heads/")
    if pull and (base := call.text("base")):
        if f"refs/heads/{base}" not in heads:
            raise invalid("PullRequest", "base")
        pull.base = base
    if pull and state == "open" and not issue.is_open and not _can_reopen(pull, heads):
        raise invalid("PullRequest", "state", "custom", message="state cannot be changed.")
    call.repository.edit_issue(
        issue, call.login, title=call.text("title"), body=call.text("body"), state=state
    )
    return Answer(200, call.show.pull(issue))


def _can_reopen(pull: Pull, heads: Container[str]) -> bool:
    return pull.merged_at is None and f"refs/heads/{pull.head}" in heads


def _pull_files(issue: Issue) -> list[dict[str, Any]]:
    pull, repository = issue.pull, issue.repository
    if pull is None or not repository.has_git or not pull.head_sha or not pull.base_sha:
        return []
    start = repository.git.merge_base(pull.base_sha, pull.head_sha)
    return repository.git.changed_files(start, pull.head_sha) if start else []


@route("GET", "~/pulls/{number}/files")
def list_pull_files(call: Call) -> Answer:
    issue = _find_pull(call)
    head = issue.pull.head_sha if issue.pull else ""
    return call.page(_pull_files(issue), lambda file: call.show.changed_file(call.repository, head, file))


@route("GET", "~/pulls/{number}/comments")
def list_review_comments(call: Call) -> Answer:
    issue = _find_pull(call)
    return call.page(
        issue.pull.review_comments if issue.pull else [], partial(call.show.review_comment, issue)
    )


@route("POST", "~/pulls/{number}/reviews")
def create_review(call: Call) -> Answer:
    issue = _find_pull(call)
    call.require("read", "pull-requests", level="write")
    pull, now, event = issue.pull, call.github.clock.now(), call.text("event")
    if pull is None or event != "COMMENT":
        raise No(422, "Unprocessable Entity", ["only comments are served here"])
    if not (body := call.text("body")):  # docs: "Required when using REQUEST_CHANGES or COMMENT"
        raise No(422, "Unprocessable Entity", ["Review Can not be blank"])
    shown = {str(file["filename"]): _lines_shown(str(file.get("patch", ""))) for file in _pull_files(issue)}
    review = Review(call.github.next_id(), call.login, body, call.text("commit_id") or pull.head_sha, now)
    made = []
    for given in call.body.get("comments") or []:
        path, line, text = given["path"], given["line"], given["body"]
        if line not in shown.get(path, ()):
            raise No(422, "Unprocessable Entity", ["Line could not be resolved"])
        made.append(
            ReviewComment(
                call.github.next_id(), call.login, text, now, now, path, line, review.commit, review.id
            )
        )
    pull.reviews.append(review)
    pull.review_comments += made
    return Answer(200, call.show.review(issue, review))


def _lines_shown(patch: str) -> set[int]:
    """Lines of the new file in a patch: only these can be commented on."""
    shown, at = set(), 0
    for line in patch.split("\n"):
        if line.startswith("@@"):
            at = int(line.split("+")[1].split(" ")[0].split(",")[0])
        elif not line.startswith(("-", "\\")):
            shown.add(at)
            at += 1
    return shown


@route("GET", "~/pulls/{number}/commits")
def list_pull_commits(call: Call) -> Answer:
    issue = _find_pull(call)
    pull, git = issue.pull, call.repository.git
    found = git.log("--reverse", f"{pull.base_sha}..{pull.head_sha}") if pull and pull.head_sha else []
    return call.page(found, lambda sha: call.show.commit(call.repository, git.commit(sha)))


@route("PUT", "~/pulls/{number}/merge")
def merge_pull(call: Call) -> Answer:
    issue = _find_pull(call)
    call.require("write", "contents")
    if not issue.is_open:
        raise No(405, "Pull Request is not mergeable")
    try:
        sha = call.github.person(call.login).merge(issue)
    except GitError:
        raise No(405, "Pull Request is not mergeable") from None
    return Answer(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
