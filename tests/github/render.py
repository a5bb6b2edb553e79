"""State as GitHub's JSON: the fields of its REST description that clients read, in their documented shape."""

from base64 import encodebytes
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from tests.github.clock import START
from tests.github.gitdata import Commit, Entry, Signature
from tests.github.state import (
    Comment,
    GitHub,
    Issue,
    Label,
    Milestone,
    Repository,
    Review,
    ReviewComment,
    User,
)

Json = dict[str, object]

_LINKS_OF_A_REPOSITORY = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "ssh", "stargazers",
    "statuses", "subscribers", "subscription", "svn", "tags", "teams", "trees",
)  # fmt: skip
_COUNTS_OF_A_REPOSITORY = (
    "forks", "forks_count", "open_issues", "size", "stargazers_count", "watchers", "watchers_count",
)  # fmt: skip


def moment(when: datetime | None) -> str | None:
    """A moment to the second, in UTC, ending in `Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


class Renderer:
    """Renders for one call: `api` and `html` are the bases of its URLs."""

    def __init__(self, github: GitHub, api: str) -> None:
        self.github, self.api, self.html = github, api, github.html

    # ---- accounts and repositories

    def user(self, login: str) -> Json:
        """A user in short."""
        user = self.github.find_user(login) or User(login, 0)
        page = f"apps/{login.removesuffix('[bot]')}" if user.kind == "Bot" else login
        url = f"{self.api}/users/{quote(user.login)}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "avatar_url": f"{self.html}/{quote(user.login)}.png",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.html}/{page}",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
            "type": user.kind,
            "site_admin": False,
            "user_view_type": "public",
        }

    def account(self, user: User) -> Json:
        """A user asked for by login, or by its own token."""
        counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
        unsaid = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location"))
        made = {"created_at": moment(START), "updated_at": moment(START)}
        return self.user(user.login) | counts | unsaid | made | {"name": user.login.title()}

    def maybe_user(self, login: str | None) -> Json | None:
        """The same where there may be none."""
        return self.user(login) if login else None

    def repository_url(self, repository: Repository) -> str:
        """Where the API has a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def repository(self, repository: Repository) -> Json:
        """A repository, as it stands within something else."""
        page, url = f"{self.html}/{repository.full_name}", self.repository_url(repository)
        body: Json = {f"{name}_url": f"{url}/{name}" for name in _LINKS_OF_A_REPOSITORY}
        body |= dict.fromkeys(_COUNTS_OF_A_REPOSITORY, 0)
        body |= {f"has_{name}": False for name in ("discussions", "downloads", "pages", "projects", "wiki")}
        body |= {
            "homepage": None,
            "language": None,
            "license": None,
            "mirror_url": None,
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
            "visibility": "private" if repository.private else "public",
            "owner": self.user(repository.owner),
            "html_url": page,
            "url": url,
            "description": None,
            "fork": False,
            "default_branch": repository.default_branch,
            "has_issues": repository.has_issues,
            "archived": repository.archived,
            "disabled": False,
            "clone_url": f"{page}.git",
            "created_at": moment(repository.created_at),
            "updated_at": moment(repository.created_at),
            "pushed_at": moment(repository.created_at),
            "open_issues_count": len(
                [each for each in repository.issues.values() if each.is_here and each.is_open]
            ),
        }
        return body

    def full_repository(self, repository: Repository, permissions: dict[str, bool] | None) -> Json:
        """A repository asked for by itself."""
        body = self.repository(repository) | {"network_count": 0, "subscribers_count": 0}
        return body | ({"permissions": permissions} if permissions is not None else {})

    # ---- issues

    def label(self, repository: Repository, label: Label) -> Json:
        """A label."""
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self.repository_url(repository)}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": label.default,
            "description": label.description,
        }

    def milestone(self, repository: Repository, milestone: Milestone, creator: str) -> Json:
        """A milestone."""
        url = f"{self.repository_url(repository)}/milestones/{milestone.number}"
        return {
            "id": milestone.id,
            "node_id": f"MI_{milestone.id}",
            "url": url,
            "html_url": f"{self.html}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "number": milestone.number,
            "title": milestone.title,
            "description": None,
            "creator": self.user(creator),
            "open_issues": 1,
            "closed_issues": 0,
            "state": "open",
            "created_at": moment(milestone.created_at),
            "updated_at": moment(milestone.created_at),
            "due_on": None,
            "closed_at": None,
        }

    def page(self, issue: Issue) -> str:
        """Where people see an issue or a pull request."""
        where = "pull" if issue.pull else "issues"
        return f"{self.html}/{issue.repository.full_name}/{where}/{issue.number}"

    def labels(self, issue: Issue) -> list[Json]:
        """An issue's labels."""
        labels = map(issue.repository.find_label, issue.labels)
        return [self.label(issue.repository, label) for label in labels if label]

    def issue(self, issue: Issue, *, full: bool = True) -> Json:
        """An issue; `full` as read by number rather than listed."""
        repository = issue.repository
        base = f"{self.repository_url(repository)}/issues/{issue.number}"
        page = self.page(issue)
        body: Json = {
            "id": issue.id,
            "node_id": f"I_{issue.id}",
            "url": base,
            "repository_url": self.repository_url(repository),
            "labels_url": f"{base}/labels{{/name}}",
            "comments_url": f"{base}/comments",
            "events_url": f"{base}/events",
            "timeline_url": f"{base}/timeline",
            "html_url": page,
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "user": self.user(issue.author),
            "author_association": repository.association(issue.author),
            "labels": self.labels(issue),
            "assignee": self.maybe_user(issue.assignees[0] if issue.assignees else None),
            "assignees": [self.user(login) for login in issue.assignees],
            "milestone": self.milestone(repository, issue.milestone, issue.author)
            if issue.milestone
            else None,
            "locked": issue.locked,
            "active_lock_reason": issue.lock_reason,
            "comments": len(issue.comments),
            "created_at": moment(issue.created_at),
            "updated_at": moment(issue.updated_at),
            "closed_at": moment(issue.closed_at),
            "type": self.issue_type(issue.type) if issue.type else None,
            "performed_via_github_app": None,
        }
        if full:
            body["closed_by"] = self.maybe_user(issue.closed_by)
        if issue.pull:
            body["draft"] = issue.pull.draft
            body["pull_request"] = {
                "url": f"{self.repository_url(repository)}/pulls/{issue.number}",
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": moment(issue.pull.merged_at),
            }
        return body

    def issue_type(self, name: str) -> Json:
        """An organisation's issue type."""
        return {
            "id": len(name),
            "node_id": f"IT_{len(name)}",
            "name": name,
            "description": None,
            "color": "gray",
            "is_enabled": True,
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment on an issue."""
        repository = issue.repository
        base = f"{self.repository_url(repository)}/issues"
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{base}/comments/{comment.id}",
            "html_url": f"{self.page(issue)}#issuecomment-{comment.id}",
            "issue_url": f"{base}/{issue.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "author_association": repository.association(comment.author),
            "created_at": moment(comment.created_at),
            "updated_at": moment(comment.updated_at),
            "performed_via_github_app": None,
        }

    # ---- pull requests

    def branch_of_pull(self, repository: Repository, name: str, sha: str, full_name: str) -> Json:
        """A pull request's head or base."""
        owner, repository_name = full_name.split("/", 1)
        is_fork = full_name != repository.full_name
        of = {"full_name": full_name, "name": repository_name, "fork": is_fork}
        return {
            "label": f"{owner}:{name}",
            "ref": name,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repository) | of,
        }

    def pull(self, issue: Issue, *, full: bool = True) -> Json:
        """A pull request; `full` as read by number rather than listed."""
        pull, repository = issue.pull, issue.repository
        if pull is None:
            raise TypeError(f"#{issue.number} is no pull request")
        plain = self.issue(issue)
        names = (
            "id", "node_id", "html_url", "number", "state", "locked", "title", "body", "user", "labels",
            "assignee", "assignees", "milestone", "active_lock_reason", "created_at", "updated_at",
            "closed_at", "author_association", "draft",
        )  # fmt: skip
        body: Json = {name: plain[name] for name in names}
        url, issue_url = f"{self.repository_url(repository)}/pulls/{issue.number}", plain["url"]
        head_of = pull.fork or repository.full_name
        body |= {
            "url": url,
            "issue_url": issue_url,
            "diff_url": f"{plain['html_url']}.diff",
            "patch_url": f"{plain['html_url']}.patch",
            "commits_url": f"{url}/commits",
            "review_comments_url": f"{url}/comments",
            "review_comment_url": f"{self.repository_url(repository)}/pulls/comments{{/number}}",
            "comments_url": f"{issue_url}/comments",
            "statuses_url": f"{self.repository_url(repository)}/statuses/{pull.head_sha}",
            "head": self.branch_of_pull(repository, pull.head, pull.head_sha, head_of),
            "base": self.branch_of_pull(repository, pull.base, pull.base_sha, repository.full_name),
            "merged_at": moment(pull.merged_at),
            "merge_commit_sha": pull.merge_sha,
            "requested_reviewers": [],
            "requested_teams": [],
            "auto_merge": None,
            "_links": {
                "self": {"href": url},
                "html": {"href": plain["html_url"]},
                "issue": {"href": issue_url},
                "comments": {"href": f"{issue_url}/comments"},
                "review_comments": {"href": f"{url}/comments"},
                "review_comment": {"href": f"{self.repository_url(repository)}/pulls/comments{{/number}}"},
                "commits": {"href": f"{url}/commits"},
                "statuses": {"href": f"{self.repository_url(repository)}/statuses/{pull.head_sha}"},
            },
        }
        if full:
            body |= {
                "merged": pull.merged_at is not None,
                "merged_by": self.maybe_user(pull.merged_by),
                "mergeable": None if not issue.is_open else True,
                "mergeable_state": "clean" if issue.is_open else "unknown",
                "rebaseable": None,
                "comments": len(issue.comments),
                "review_comments": 0,
                "maintainer_can_modify": pull.maintainer_can_modify,
                "commits": 1,
                "additions": 0,
                "deletions": 0,
                "changed_files": 0,
            }
        return body

    def review_comment(self, issue: Issue, comment: ReviewComment) -> Json:
        """A comment on a line of a pull request; without a line once its commit is not the last."""
        repository, plain = issue.repository, self.comment(issue, comment)
        url = f"{self.repository_url(repository)}/pulls/comments/{comment.id}"
        pull_url = f"{self.repository_url(repository)}/pulls/{issue.number}"
        page = f"{self.page(issue)}#discussion_r{comment.id}"
        names = ("id", "body", "user", "author_association", "created_at", "updated_at")
        is_current = issue.pull is not None and issue.pull.head_sha == comment.commit
        body: Json = {name: plain[name] for name in names}
        return body | {
            "node_id": f"PRRC_{comment.id}",
            "url": url,
            "html_url": page,
            "pull_request_url": pull_url,
            "pull_request_review_id": comment.review,
            "diff_hunk": "@@ -1 +1 @@",
            "path": comment.path,
            **({"line": comment.line} if is_current else {}),
            "original_line": comment.line,
            "side": "RIGHT",
            "commit_id": comment.commit,
            "original_commit_id": comment.commit,
            "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull_url}},
        }

    def review(self, issue: Issue, review: Review) -> Json:
        """A review of a pull request."""
        pull_url = f"{self.repository_url(issue.repository)}/pulls/{issue.number}"
        page = f"{self.page(issue)}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self.user(review.author),
            "body": review.body,
            "state": "COMMENTED",
            "html_url": page,
            "pull_request_url": pull_url,
            "author_association": issue.repository.association(review.author),
            "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
            "submitted_at": moment(review.at),
            "commit_id": review.commit,
        }

    # ---- git data

    def ref(self, repository: Repository, name: str, sha: str, kind: str) -> Json:
        """A reference."""
        base = f"{self.repository_url(repository)}/git"
        return {
            "ref": name,
            "node_id": f"REF_{name}",
            "url": f"{base}/{name}",
            "object": {"type": kind, "sha": sha, "url": f"{base}/{kind}s/{sha}"},
        }

    def signature(self, signature: Signature) -> Json:
        """Who made a commit."""
        when = datetime.fromisoformat(signature.date)
        return {"name": signature.name, "email": signature.email, "date": moment(when)}

    def verification(self, repository: Repository, sha: str) -> Json:
        """Whether GitHub signed it."""
        is_verified = sha in repository.verified
        return {
            "verified": is_verified,
            "reason": "valid" if is_verified else "unsigned",
            "signature": "-----BEGIN PGP SIGNATURE-----" if is_verified else None,
            "payload": f"commit {sha}" if is_verified else None,
            "verified_at": moment(self.github.clock.now()) if is_verified else None,
        }

    def git_commit(self, repository: Repository, commit: Commit) -> Json:
        """A commit as git has it."""
        base = f"{self.repository_url(repository)}/git"
        page = f"{self.html}/{repository.full_name}/commit"
        return {
            "sha": commit.sha,
            "node_id": f"C_{commit.sha}",
            "url": f"{base}/commits/{commit.sha}",
            "html_url": f"{page}/{commit.sha}",
            "author": self.signature(commit.author),
            "committer": self.signature(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{base}/trees/{commit.tree}"},
            "parents": [
                {"sha": sha, "url": f"{base}/commits/{sha}", "html_url": f"{page}/{sha}"}
                for sha in commit.parents
            ],
            "verification": self.verification(repository, commit.sha),
        }

    def commit(self, repository: Repository, commit: Commit) -> Json:
        """A commit as the repository's pages have it, its authors as users where known."""
        plain = self.git_commit(repository, commit)
        base = f"{self.repository_url(repository)}/commits"
        inner = {name: plain[name] for name in ("author", "committer", "message", "tree", "verification")}
        return {
            "sha": commit.sha,
            "node_id": plain["node_id"],
            "url": f"{base}/{commit.sha}",
            "html_url": plain["html_url"],
            "comments_url": f"{base}/{commit.sha}/comments",
            "commit": inner | {"url": plain["url"], "comment_count": 0},
            "author": self._by_email(commit.author.email),
            "committer": self._by_email(commit.committer.email),
            "parents": [
                {
                    "sha": sha,
                    "url": f"{base}/{sha}",
                    "html_url": f"{self.html}/{repository.full_name}/commit/{sha}",
                }
                for sha in commit.parents
            ],
        }

    def _by_email(self, email: str) -> Json | None:
        if email == "noreply@github.com":
            return self.user("web-flow")
        for user in self.github.users.values():
            if email.casefold() in {user.email.casefold(), f"{user.login}@example.com".casefold()}:
                return self.user(user.login)
        return None

    def changed_file(self, repository: Repository, head: str, file: Json) -> Json:
        """A changed file, with the links that GitHub gives it."""
        page, name = f"{self.html}/{repository.full_name}", quote(str(file["filename"]))
        return file | {
            "blob_url": f"{page}/blob/{head}/{name}",
            "raw_url": f"{page}/raw/{head}/{name}",
            "contents_url": f"{self.repository_url(repository)}/contents/{name}?ref={head}",
        }

    def entry(self, repository: Repository, entry: Entry) -> Json:
        """A line of a tree."""
        base = f"{self.repository_url(repository)}/git"
        body: Json = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.size is not None:
            body["size"] = entry.size
        if entry.kind != "commit":
            body["url"] = f"{base}/{entry.kind}s/{entry.sha}"
        return body

    def tree(self, repository: Repository, sha: str, entries: Iterable[Entry]) -> Json:
        """A tree."""
        return {
            "sha": sha,
            "url": f"{self.repository_url(repository)}/git/trees/{sha}",
            "tree": [self.entry(repository, entry) for entry in entries],
            "truncated": False,
        }

    def blob(self, repository: Repository, sha: str, content: bytes) -> Json:
        """A blob, its bytes in Base64 with line breaks, as GitHub sends them."""
        return {
            "sha": sha,
            "node_id": f"B_{sha}",
            "size": len(content),
            "url": f"{self.repository_url(repository)}/git/blobs/{sha}",
            "content": encodebytes(content).decode(),
            "encoding": "base64",
        }

    def content(self, repository: Repository, entry: Entry, ref: str, content: bytes | None = None) -> Json:
        """A path's contents; `content` only for a file asked for by itself."""
        url = f"{self.repository_url(repository)}/contents/{entry.path}?ref={ref}"
        kinds = {"blob": "file", "tree": "dir", "commit": "submodule"}
        kind = "symlink" if entry.mode == "120000" else kinds[entry.kind]
        git = f"{self.repository_url(repository)}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
        way = "tree" if kind == "dir" else "blob"
        page = f"{self.html}/{repository.full_name}/{way}/{ref}/{entry.path}"
        body: Json = {
            "type": kind,
            "name": entry.path.rsplit("/", 1)[-1],
            "path": entry.path,
            "sha": entry.sha,
            "size": entry.size or 0,
            "url": url,
            "git_url": git,
            "html_url": page,
            "download_url": None if kind == "dir" else f"{page}?raw=true",
            "_links": {"self": url, "git": git, "html": page},
        }
        if content is not None:
            large = len(content) > 1024 * 1024  # docs: over 1 MB the content is empty, the encoding "none"
            body["content"] = "" if large else encodebytes(content).decode()
            body["encoding"] = "none" if large else "base64"
        return body
