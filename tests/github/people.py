"""What people do by hand, on the web page and with git: the acts that pmsync must bear."""

from collections.abc import Iterable

from tests.github.gitdata import GitError, Signature
from tests.github.state import Comment, GitHub, Issue, Milestone, Pull, Repository


def as_web_editor(text: str) -> str:
    """How GitHub's web editor sends a body: every line ends in CRLF."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


class Person:
    """A login that acts directly on the state: no request is counted, no permission asked."""

    def __init__(self, github: GitHub, login: str) -> None:
        self.github, self.login = github, login
        if github.find_user(login) is None:
            github.add_user(login)

    # ---- issues

    def open_issue(
        self,
        title: str,
        body: str | None = None,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        repository: Repository | None = None,
    ) -> Issue:
        """Opens an issue, in `acme/shop` unless told otherwise."""
        with self.github.lock:
            where = repository or self.github.shop
            return where.create_issue(self.login, title, body, labels, assignees)

    def copy_issue(self, issue: Issue) -> Issue:
        """Opens a second issue with the same title, body and labels ("Duplicate issue")."""
        return self.open_issue(issue.title, issue.body, issue.labels, repository=issue.repository)

    def edit_title(self, issue: Issue, title: str) -> None:
        """Retitles an issue."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, title=title)

    def edit_body(self, issue: Issue, body: str, *, crlf: bool = True) -> None:
        """Rewrites an issue's body, by default in the web editor, which turns the whole of it to CRLF."""
        with self.github.lock:
            text = as_web_editor(body) if crlf else body
            issue.repository.edit_issue(issue, self.login, body=text)

    def close(self, issue: Issue, reason: str = "completed", duplicate_of: int | None = None) -> None:
        """Closes an issue (or a pull request, unmerged)."""
        with self.github.lock:
            issue.repository.edit_issue(
                issue, self.login, state="closed", state_reason=reason, duplicate_of=duplicate_of
            )

    def reopen(self, issue: Issue) -> None:
        """Reopens an issue."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, state="open")

    def comment(self, issue: Issue, body: str) -> Comment:
        """Comments on an issue."""
        with self.github.lock:
            return issue.repository.comment(issue, self.login, body)

    def add_label(self, issue: Issue, name: str) -> None:
        """Adds a label, made where it does not exist."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, labels=[*issue.labels, name])

    def remove_label(self, issue: Issue, name: str) -> None:
        """Takes a label off."""
        with self.github.lock:
            kept = [each for each in issue.labels if each.casefold() != name.casefold()]
            issue.repository.edit_issue(issue, self.login, labels=kept)

    def assign(self, issue: Issue, login: str) -> None:
        """Assigns somebody, besides those who are."""
        with self.github.lock:
            issue.repository.edit_issue(issue, self.login, assignees=[*issue.assignees, login])

    def unassign(self, issue: Issue, login: str) -> None:
        """Takes an assignee off."""
        with self.github.lock:
            kept = [each for each in issue.assignees if each != login]
            issue.repository.edit_issue(issue, self.login, assignees=kept)

    def lock(self, issue: Issue, reason: str | None = None) -> None:
        """Locks the conversation."""
        with self.github.lock:
            issue.locked, issue.lock_reason = True, reason
            issue.repository.changed(issue)

    def set_milestone(self, issue: Issue, title: str) -> None:
        """Puts an issue into a milestone, made where it does not exist."""
        with self.github.lock:
            repository = issue.repository
            found = [each for each in repository.milestones if each.title == title]
            if not found:
                number = len(repository.milestones) + 1
                found = [Milestone(number, self.github.next_id(), title, self.github.clock.now())]
                repository.milestones += found
            issue.milestone = found[0]
            repository.changed(issue)

    def set_type(self, issue: Issue, name: str | None) -> None:
        """Gives an issue its type, such as Bug."""
        with self.github.lock:
            issue.type = name
            issue.repository.changed(issue)

    def transfer(self, issue: Issue, repository: Repository) -> Issue:
        """Moves an issue; it keeps the labels that the new place has, and its old number leads there."""
        with self.github.lock:
            kept = [name for name in issue.labels if repository.find_label(name)]
            moved = repository.create_issue(issue.author, issue.title, issue.body, kept)
            moved.state, moved.state_reason = issue.state, issue.state_reason
            moved.closed_at, moved.closed_by = issue.closed_at, issue.closed_by
            moved.created_at, moved.comments = issue.created_at, list(issue.comments)
            moved.assignees = [login for login in issue.assignees if repository.is_assignable(login)]
            issue.moved_to = moved
            repository.changed(moved)
            return moved

    def delete(self, issue: Issue) -> None:
        """Deletes an issue for good; its number is never given again."""
        with self.github.lock:
            issue.deleted = True

    # ---- repositories

    def rename(self, repository: Repository, name: str) -> None:
        """Renames a repository; its old name leads to it until somebody takes it."""
        with self.github.lock:
            self.github.renames[repository.full_name.casefold()] = repository.id
            repository.name = name

    def push(
        self,
        files: dict[str, str | bytes | None],
        message: str = "Change by hand",
        branch: str | None = None,
        repository: Repository | None = None,
    ) -> str:
        """Pushes one commit (None removes a file) to a branch, the default one unless told otherwise."""
        with self.github.lock:
            where = repository or self.github.shop
            now = self.github.clock.now().isoformat()
            author = Signature(self.login.title(), f"{self.login}@example.com", now)
            return where.git.put_files(branch or where.default_branch, files, message, author=author)

    # ---- pull requests

    def open_pull(
        self,
        title: str,
        head: str = "feature",
        base: str | None = None,
        body: str | None = None,
        repository: Repository | None = None,
        fork: str | None = None,
        labels: Iterable[str] = (),
    ) -> Issue:
        """Opens a pull request. Its branch need not exist where only the list of issues matters.

        Args:
            title: of the pull request.
            head: the branch to merge.
            base: where to; the default branch unless told otherwise.
            body: of the pull request.
            repository: `acme/shop` unless told otherwise.
            fork: full name of the fork that `head` is in (its commits lie in this repository's store).
            labels: to begin with.
        """
        with self.github.lock:
            where = repository or self.github.shop
            base = base or where.default_branch
            pull = Pull(head, base, fork=fork)
            if where.has_git:
                pull.head_sha, pull.base_sha = where.git.head(head) or "", where.git.head(base) or ""
            return where.create_issue(self.login, title, body, labels, pull=pull)

    def merge(self, issue: Issue) -> str:
        """Merges a pull request by a merge commit, and returns it. Raises `GitError` on a conflict.

        Where its branch does not exist it only becomes merged.
        """
        with self.github.lock:
            pull, repository = issue.pull, issue.repository
            if pull is None:
                raise TypeError(f"#{issue.number} is no pull request")
            sha = self._merge_commit(issue, pull) if repository.has_git else ""
            pull.merged_at, pull.merged_by = self.github.clock.now(), self.login
            pull.merge_sha = sha or "0" * 40
            repository.edit_issue(issue, self.login, state="closed")
            return pull.merge_sha

    def _merge_commit(self, issue: Issue, pull: Pull) -> str:
        git = issue.repository.git
        head, base = git.head(pull.head) or pull.head_sha, git.head(pull.base)
        if not head or not base:
            return ""
        tree = git.word("merge-tree", "--write-tree", base, head).splitlines()[0]
        who = Signature(self.login.title(), f"{self.login}@example.com", self.github.clock.now().isoformat())
        message = f"Merge pull request #{issue.number} from {pull.head}\n\n{issue.title}"
        sha = git.make_commit(message, tree, [base, head], who, who)
        git.set_ref(f"refs/heads/{pull.base}", sha)
        pull.head_sha = head
        return sha

    def delete_branch(self, branch: str, repository: Repository | None = None) -> None:
        """Deletes a branch, as the button after a merge does."""
        with self.github.lock:
            where = repository or self.github.shop
            sha = where.git.head(branch)
            if sha is None:
                raise GitError(f"no branch {branch}")
            for issue in where.issues.values():
                if issue.pull and issue.pull.head == branch and not issue.pull.fork:
                    issue.pull.head_sha = sha
            where.git.delete_ref(f"refs/heads/{branch}")
