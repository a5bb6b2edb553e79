"""Writing the documents back: one commit on the branch, or else one pull request.

    the branch's head → each document's blob → rewrite → revisions → commit → the branch moves
                 ↑                                                              │ it moved meanwhile
                 └──────────────────────────────────────────────────────────────┘

What is committed is made from the blobs at the branch's head, so that neither a stale checkout, nor a
filter on line endings, nor Git LFS can bring in anything but pmsync's own edits.
"""

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pmsync.errors import DocumentError, Interrupted, OutcomeUnknown, Refused, TrackerError
from pmsync.markdown import code
from pmsync.model import Notice
from pmsync.repository import texts
from pmsync.repository.git_objects import Commit, File, Git, TreeEntry, blob_id, find_home, take
from pmsync.repository.patch import make_patch
from pmsync.text import decode, encode

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

BRANCH = "pmsync/write-back"
"""Where proposals stand unless told otherwise; no other branch is ever moved other than forward."""

_WAITS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before each try: GitHub may answer a while with a branch's old head."""

_HALF_DONE = "the commit is made, but not what follows it; the next run does that"

_NOT_FORWARD = re.compile("not a fast.?forward", re.IGNORECASE)

_LFS = b"version https://git-lfs.github.com/spec/"

Rewrite = Callable[[str, str], str | None]
"""Takes a document's path and text, and returns the text that it should have; None leaves it as it is.

Bytes that are no UTF-8 stand as surrogates. It may raise `DocumentError` or `TrackerError`, and may be
asked about one document more than once, with other texts.
"""


class Mode(enum.StrEnum):
    """How documents reach the branch."""

    PUSH = "push"
    """by a commit on the branch, or by a pull request where it refuses that"""
    PULL_REQUEST = "pull-request"
    """by a pull request"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of a write-back.

    Attributes:
        documents: those whose text differs (or differed) from what it should be: at the branch's head, or
            in the work tree where that was written.
        commit: the commit made in this run; None where nothing was written.
        branch: the one that the commit, or the pull request, is on.
        is_pushed: whether that commit is on the documents' own branch.
        pull_request: the open pull request that holds them, where there is one.
        url: its page.
        patch: what could not be pushed or proposed, for `git apply`.
        warnings: what people should look at.
        errors: what failed; exit code 1.
    """

    documents: tuple[str, ...] = ()
    commit: str | None = None
    branch: str = ""
    is_pushed: bool = False
    pull_request: int | None = None
    url: str = ""
    patch: str = ""
    warnings: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()

    @property
    def has_landed(self) -> bool:
        """Whether the branch, or an open pull request, holds the documents as they should be."""
        return self.is_pushed or self.pull_request is not None

    def facts(self) -> dict[str, Any]:
        """Returns where the documents were written to, for JSON."""
        pull = None if self.pull_request is None else {"number": self.pull_request, "url": self.url}
        where = {"branch": self.branch or None, "commit": self.commit, "pull_request": pull}
        return {"documents": list(self.documents), **where}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What documents should become.

    Attributes:
        documents: the paths to look at.
        rewrite: what a document should say.
        mode: whether to commit to the branch, or to propose.
        branch: where a proposal stands; whoever else proposes has another.
        at_hand: by document, bytes that the branch may hold: then they are not fetched.
        done_at: a commit at which no document needs an edit.
        is_whole: whether `documents` are all that may need writing: only then is a pull request of which
            nothing is left closed, once the documents that it changes were looked at too.
    """

    documents: tuple[str, ...]
    rewrite: Rewrite
    mode: Mode = Mode.PUSH
    branch: str = BRANCH
    at_hand: Mapping[str, bytes] = field(default_factory=dict)
    done_at: str | None = None
    is_whole: bool = True


def write_back(
    connection: "Connection", repository: str, wanted: Wanted, *, pause: Callable[[float], None]
) -> Written:
    """Brings documents to the text that they should have, on the branch or in a pull request.

    Args:
        connection: to GitHub.
        repository: the documents', `owner/name`; written to by its present name, on its default branch.
        wanted: the documents, and what they should become.
        pause: waits that many seconds.

    Raises:
        TrackerError: as `Connection.request` says, and nothing was written. What concerns one document, the
            write itself, or what comes after it, is in the result.
    """
    repository, branch = find_home(connection, repository)
    attempt = _Attempt(Git(connection, repository), branch, wanted)
    try:
        written = _try_until_done(attempt, pause)
    except (TrackerError, Interrupted, KeyboardInterrupt) as error:
        if not attempt.landed:
            raise
        written = Written(errors=(Notice(text=f"{_HALF_DONE}: {str(error) or 'interrupted'}"),))
    return _with_landed(written, attempt.landed)


def _try_until_done(attempt: "_Attempt", pause: Callable[[float], None]) -> Written:
    """Tries as often as the branch moves, or an answer is lost; within bounds."""
    for wait in _WAITS:
        if wait:
            pause(wait)
        try:
            written = attempt.write()
        except OutcomeUnknown:
            continue  # whatever happened: read the branch again, and see
        if written is not None:
            return written
    if attempt.landed:
        return Written(errors=(Notice(text=f"{_HALF_DONE}: GitHub kept failing"),))
    text = f"the branch {code(attempt.branch)} kept moving, or GitHub kept failing: nothing was written back"
    return Written(errors=(Notice(text=f"{text}, the next run does it"),))


def _with_landed(written: Written, landed: Sequence[Written]) -> Written:
    """Returns what the last try told, and what earlier ones had written already."""
    commits = [it for it in (*landed, written) if it.commit]
    documents = dict.fromkeys(document for it in (*landed, written) for document in it.documents)
    if not commits:
        return written
    last = commits[-1]
    return replace(
        written,
        commit=last.commit,
        branch=written.branch or last.branch,
        is_pushed=last.is_pushed,
        documents=tuple(documents),
    )


@dataclass(frozen=True, slots=True)
class _Revision:
    """One document's change: its mode, and its bytes before and after."""

    document: str
    mode: str
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class _Pull:
    """A pull request from our branch."""

    number: int
    url: str
    branch: str
    body: str
    is_open: bool
    is_merged: bool
    head: str


@dataclass(frozen=True, slots=True)
class _Tip:
    """The head of our branch.

    Attributes:
        digest: of what the commit there changes; None where it is somebody else's.
        base: the commit that it was made on.
        documents: those that it changes, where they matter.
    """

    sha: str
    digest: str | None
    base: str
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One write-back under way: what it is about, each of its steps, and what those wrote (`landed`)."""

    git: Git
    branch: str
    wanted: Wanted
    landed: list[Written] = field(default_factory=list)

    def write(self) -> Written | None:
        """Reads, rewrites and writes once. Returns None where the branch moved meanwhile."""
        sha = self.git.find_head(self.branch)
        if sha is None:
            return Written(errors=(Notice(text=f"there is no branch {code(self.branch)} to write to"),))
        if self.wanted.branch == self.branch:
            text = f"{code(self.branch)} is the default branch: proposals need one of their own"
            return Written(errors=(Notice(text=f"{text}, see write_back_branch: in the configuration"),))
        tip = self._read_tip()
        if sha == self.wanted.done_at or not (self.wanted.documents or tip):
            return self._finish(Written(), tip)
        head = self.git.read_commit(sha)
        revisions, told = self._revise(head, tip.documents if tip else ())
        if not revisions:
            return self._finish(told, tip)
        told = replace(told, documents=tuple(revision.document for revision in revisions))
        if self.wanted.mode is Mode.PUSH and not self._is_decided(tip, revisions):
            return self._push(head, revisions, told, tip)
        return self._propose(head, revisions, told, tip)

    # ------------------------------------------------------------------ what should be written

    def _revise(self, head: Commit, proposed: Sequence[str]) -> tuple[list[_Revision], Written]:
        """Rewrites each document as it is at the head; tells of those that cannot be.

        What a standing pull request changes (`proposed`) is looked at whether or not the work tree has it.
        """
        revisions: list[_Revision] = []
        warnings: list[Notice] = []
        errors: list[Notice] = []
        for document in dict.fromkeys((*self.wanted.documents, *proposed)):
            entry = self.git.find_entry(head.tree, document)
            problem = _why_not(entry)
            if entry is None:
                if document in self.wanted.documents:
                    text = f"is not on {self.branch}: nothing to write back"
                    warnings.append(Notice(document=document, text=text))
            elif problem:
                errors.append(Notice(document=document, text=problem))
            else:
                old = self._read(document, entry)
                try:
                    new = self._rewrite(document, old)
                except DocumentError as error:
                    errors.append(Notice(document=error.document, line=error.line, text=str(error)))
                except TrackerError as error:
                    errors.append(Notice(document=document, text=str(error)))
                else:
                    revisions += [_Revision(document, entry.mode, old, new)] if new != old else []
        return revisions, Written(warnings=tuple(warnings), errors=tuple(errors))

    def _read(self, document: str, entry: TreeEntry) -> bytes:
        """Returns a document's bytes at the head."""
        here = self.wanted.at_hand.get(document, b"")
        return here if blob_id(here) == entry.sha else self.git.read_blob(entry.sha)

    def _rewrite(self, document: str, old: bytes) -> bytes:
        if old.startswith(_LFS):
            raise DocumentError(
                document, "is kept in Git LFS, which holds no text to write into: take it out of LFS"
            )
        new = self.wanted.rewrite(document, decode(old))
        return old if new is None else encode(new)

    # ---------------------------------------------------------------------- to the branch itself

    def _push(
        self, head: Commit, revisions: Sequence[_Revision], told: Written, tip: _Tip | None
    ) -> Written | None:
        """Commits onto the branch; proposes where it refuses. Returns None where it moved."""
        try:
            commit = self._commit(head, revisions)
        except Refused as refused:
            return _failed(told, revisions, self._explain_contents(refused))
        try:
            self.git.move_branch(self.branch, commit)
        except Refused as refused:
            if _NOT_FORWARD.search(str(refused)) or self.git.find_head(self.branch) != head.sha:
                return None
            return self._propose(head, revisions, told, tip, commit)
        except OutcomeUnknown:
            if self.git.find_head(self.branch) != commit:
                raise
        told = replace(told, commit=commit, branch=self.branch, is_pushed=True)
        return self._finish(self._land(told), tip)

    def _land(self, told: Written) -> Written:
        """Remembers what is written, whatever fails from here on."""
        self.landed.append(told)
        return told

    def _commit(self, head: Commit, revisions: Sequence[_Revision]) -> str:
        """Makes one commit that holds every revision, and belongs to no branch yet."""
        tree = self.git.add_files(head.tree, [File(it.document, it.mode, it.new) for it in revisions])
        message = texts.commit_message(len(revisions), _digest(revisions), tree)
        return self.git.add_commit(message, tree, head.sha)

    def _explain_contents(self, refused: Refused) -> str:
        return _explain(refused, f"GitHub refused to write to {self.git.repository}", "contents: write")

    # ------------------------------------------------------------------------ by a pull request

    def _propose(
        self,
        head: Commit,
        revisions: Sequence[_Revision],
        told: Written,
        tip: _Tip | None,
        commit: str | None = None,
    ) -> Written | None:
        """Brings our branch and its pull request to the revisions, touching what differs."""
        digest = _digest(revisions)
        pull = self._find_pull()
        if pull and self._declined(pull) == digest:
            text = (
                f"pull request #{pull.number} was closed unmerged: nothing is written back until its content "
                "changes, or it is reopened"
            )
            return _warned(told, text)
        if tip and tip.digest is None and not (pull and pull.is_merged and pull.head == tip.sha):
            held = f"pull request #{pull.number}" if pull and pull.is_open else "it"
            text = (
                f"the branch {code(self.wanted.branch)} holds a commit that is not pmsync's, and is left "
                f"alone, so nothing is written back: merge {held}, or delete the branch"
            )
            return _warned(told, text)
        made = None
        if not (tip and tip.digest == digest and self._merges(tip, head, revisions)):
            try:
                made = commit or self._commit(head, revisions)
                self._place(made, tip)
            except Refused as refused:
                if tip is None and self.git.find_head(self.wanted.branch):
                    return None  # made by another run at the same moment
                return _failed(told, revisions, self._explain_contents(refused))
        told = replace(told, commit=made, branch=self.wanted.branch)
        if made:
            self._land(told)
        try:
            return _with_pull(told, self._show(pull, told.documents, digest))
        except Refused as refused:
            return _failed(told, revisions, _explain_pulls(refused, self.wanted.branch))

    def _merges(self, tip: _Tip, head: Commit, revisions: Sequence[_Revision]) -> bool:
        """Whether the documents still are what our commit was made on; else it may conflict with them."""
        if tip.base == head.sha:
            return True
        tree = self.git.read_commit(tip.base).tree
        entries = ((self.git.find_entry(tree, it.document), blob_id(it.old)) for it in revisions)
        return tree == head.tree or all(entry and entry.sha == old for entry, old in entries)

    def _place(self, commit: str, tip: _Tip | None) -> None:
        """Points our branch at a commit, if it is still where it was read."""
        if tip is None:
            self.git.add_branch(self.wanted.branch, commit)
        elif self.git.find_head(self.wanted.branch) == tip.sha:
            self.git.move_branch(self.wanted.branch, commit, force=True)
        else:
            raise OutcomeUnknown("our branch moved meanwhile")

    def _show(self, pull: _Pull | None, documents: Sequence[str], digest: str) -> _Pull:
        """Opens the pull request, or brings the text of the open one up to date."""
        if pull is None or not pull.is_open:
            body, head = texts.pull_body(documents, digest), self.wanted.branch
            fields = {"title": texts.PULL_TITLE, "head": head, "base": self.branch, "body": body}
            try:
                return _read_pull(self.git.connection.request("POST", self._pulls, body=fields).data)
            except OutcomeUnknown:
                opened = self._find_pull()
            except Refused as refused:
                opened = self._find_pull() if refused.status == 422 else None
                if opened is None or not opened.is_open:
                    raise
            if opened is None or not opened.is_open:
                raise OutcomeUnknown("the pull request may or may not have been opened")
            return opened
        if texts.digest_of_pull(pull.body) not in {None, digest}:
            body = texts.pull_body(documents, digest, pull.body)
            self.git.connection.request("PATCH", f"{self._pulls}/{pull.number}", body={"body": body})
        return pull

    def _finish(self, told: Written, tip: _Tip | None) -> Written:
        """Closes a pull request of ours of which nothing is left, now that the branch has it all."""
        if not self.wanted.is_whole or told.errors or tip is None or tip.digest is None:
            return told
        named = f"the pull request from {code(self.wanted.branch)}"
        try:
            pull = self._find_pull()
            if pull and pull.is_open and texts.digest_of_pull(pull.body):
                named = f"pull request #{pull.number}"
                fields = {"state": "closed", "body": texts.retired_body(pull.body)}
                self.git.connection.request("PATCH", f"{self._pulls}/{pull.number}", body=fields)
        except Refused as refused:
            what = f"{named}, of which nothing is left, could not be closed"
            text = _explain(refused, what, "pull-requests: write")
            return replace(told, errors=(*told.errors, Notice(text=text)))
        return told

    def _is_decided(self, tip: _Tip | None, revisions: Sequence[_Revision]) -> bool:
        """Whether a pull request holds the very revisions, or did until a person closed it.

        A token that may not even look at pull requests proposes none: it pushes.
        """
        try:
            pull = self._find_pull()
            if pull is None:
                return False
            held = tip.digest if pull.is_open and tip else self._declined(pull)
        except Refused:
            return False
        return held == _digest(revisions)

    def _declined(self, pull: _Pull) -> str | None:
        """Returns the digest of what a person closed unmerged; None where nobody did."""
        if pull.is_open or pull.is_merged:
            return None
        marked = texts.digest_of_pull(pull.body)
        if marked:
            return marked
        commit = self.git.read_commit(pull.head)
        return texts.digest_of_commit(commit.message, commit.tree)

    def _read_tip(self) -> _Tip | None:
        sha = self.git.find_head(self.wanted.branch)
        if sha is None:
            return None
        commit = self.git.read_commit(sha)
        digest = texts.digest_of_commit(commit.message, commit.tree)
        changed = tuple(self.git.find_changed(sha)) if digest and self.wanted.is_whole else ()
        return _Tip(sha, digest, next(iter(commit.parents), ""), changed)

    def _find_pull(self) -> _Pull | None:
        """Returns the open pull request from our branch, else the newest closed one."""
        owner = self.git.repository.partition("/")[0]
        parameters = {"state": "all", "head": f"{owner}:{self.wanted.branch}", "base": self.branch}
        found = [_read_pull(it) for it in self.git.connection.entries(self._pulls, parameters)]
        return max(found, key=lambda pull: (pull.is_open, pull.number), default=None)

    @property
    def _pulls(self) -> str:
        return f"/repos/{self.git.repository}/pulls"


def _explain_pulls(refused: Refused, branch: str) -> str:
    there = f"the changes are on the branch {code(branch)}"
    if "not permitted to create" in str(refused):
        return (
            f"{there}, but GitHub Actions may not open a pull request: "
            "tick 'Allow GitHub Actions to create and approve pull requests' in the settings of the "
            "repository (and of its organization) under Actions, General"
        )
    return _explain(refused, f"{there}, but GitHub refused the pull request", "pull-requests: write")


def _explain(refused: Refused, what: str, permission: str) -> str:
    """Says what was refused, and which permission it takes where that is why."""
    if refused.status != 403:
        return f"{what}: {refused}"
    need = f"give the job 'permissions: {permission}' (or the token that right)"
    return f"{what}: {need}. GitHub said: {refused}"


def _why_not(entry: TreeEntry | None) -> str:
    """Returns why nothing may be written at an entry of the tree; empty where it may."""
    if entry is None or entry.mode in {"100644", "100755"}:
        return ""
    if entry.mode == "120000":
        return "is a symbolic link, or lies behind one: pmsync writes through none, name the file itself"
    if entry.kind == "commit":
        return "lies in a submodule: run pmsync in the submodule's own repository"
    return "is no file on the branch"


def _digest(revisions: Iterable[_Revision]) -> str:
    return texts.digest_of((it.document, it.mode, blob_id(it.new)) for it in revisions)


def _read_pull(data: object) -> _Pull:
    return _Pull(
        number=int(take(data, "number")),
        url=str(take(data, "html_url")),
        branch=str(take(data, "head", "ref")),
        body=str(take(data, "body") or ""),
        is_open=take(data, "state") == "open",
        is_merged=bool(take(data, "merged_at")),
        head=str(take(data, "head", "sha")),
    )


def _with_pull(told: Written, pull: _Pull | None) -> Written:
    if pull is None or not pull.is_open:
        return told
    return replace(told, branch=pull.branch, pull_request=pull.number, url=pull.url)


def _warned(told: Written, text: str) -> Written:
    return replace(told, warnings=(*told.warnings, Notice(text=text)))


def _failed(told: Written, revisions: Sequence[_Revision], text: str) -> Written:
    """Returns a result that says what failed, and holds what could not be written as a patch."""
    patch = "".join(make_patch(it.document, decode(it.old), decode(it.new)) for it in revisions)
    return replace(told, patch=patch, errors=(*told.errors, Notice(text=text)))
