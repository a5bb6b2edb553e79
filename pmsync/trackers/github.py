"""Issues on GitHub.

Listing by label is the one way to find issues; numbers that a list may not show yet are read one by
one. What each answer says is taken as it is: where an issue lives, which labels it got.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from pmsync.errors import OutcomeUnknown, Refused, TrackerError, Unusable, UsageError
from pmsync.github.connection import Answer, Connection, Json, Moved
from pmsync.model import Absence, Draft, Issue, IssueEdit, IssueRef
from pmsync.text import shown
from pmsync.trackers.base import only_assigned, require_unchanged

MAX_TITLE = 256
MAX_BODY = 65_536
MAX_LABEL_DESCRIPTION = 100
MAX_PROBES = 100
"""Numbers above the highest listed one that are read at most."""
SECOND_LOOK = 1.0
"""Seconds before a number that gave 404 is read again: replicas lag."""
A_MOMENT = timedelta(seconds=5)
"""How long an issue is taken to be as it was read, before people's words could be written over."""
_WRITE_ACCESS = frozenset({"admin", "maintain", "write"})
"""As docs.github.com/rest/collaborators, "Get repository permissions for a user", names them."""
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]+")


class GithubTracker:
    """The issues of one repository on GitHub; see `Tracker` for what each method promises.

    Args:
        connection: carries the requests.
        repository: `owner/name`, as the user wrote it.
        label: the one that every issue of ours bears.
        label_color: its colour when it is made here, six hex digits.
        label_description: likewise; GitHub takes a hundred characters.
        previous_labels: what `label` used to be; issues that still bear one of them are listed too.

    Raises:
        UsageError: a name that GitHub could not look up.
    """

    def __init__(
        self,
        connection: Connection,
        repository: str,
        *,
        label: str,
        label_color: str = "b60205",
        label_description: str = "",
        previous_labels: Sequence[str] = (),
    ) -> None:
        try:
            _repository_path(repository)
        except Refused as no:
            raise UsageError(f"{no}; write it as owner/name") from None
        self.repository = repository
        self._connection = connection
        self._labels = _distinct([label, *previous_labels])
        for each in self._labels:
            if "," in each:
                raise UsageError(f"GitHub cannot list a label with a comma in its name: {shown(each)!r}")
        self._label_color = label_color.removeprefix("#")
        self._label_description = label_description[:MAX_LABEL_DESCRIPTION]
        self._label_exists = False
        self._known: dict[IssueRef, Issue] = {}
        self._read_at: dict[IssueRef, datetime] = {}
        self._created: set[IssueRef] = set()
        self._refused_assignees: set[str] = set()
        self._writers: dict[str, bool] = {}
        self._unlistable: set[str] = set()
        self._warnings: dict[str, bool] = {}

    # ------------------------------------------------------------------------------ reading

    def list_issues(self, state: Literal["open", "closed", "all"]) -> Sequence[Issue]:
        """Lists what bears the label: one request for each hundred, at least one for each label."""
        found: dict[IssueRef, Issue] = {}
        for label in self._labels:
            wanted: dict[str, str | int] = {"labels": label, "state": state}
            for issue in self._list({**wanted, "sort": "created", "direction": "asc"}):
                found.setdefault(issue.ref, issue)
        self._count_creations()
        return tuple(found.values())

    def list_unlisted(self) -> Sequence[Issue]:
        """Reads the hundred newest of any label in one request, then the numbers above, one by one."""
        newest: dict[str, str | int] = {"state": "all", "sort": "created", "direction": "desc"}
        found = list(self._list(newest, pages=1))
        here = [ref.number for ref in self._known if ref.repository.casefold() == self.repository.casefold()]
        highest = max(here, default=0)
        for number in range(highest + 1, highest + 1 + MAX_PROBES):
            try:
                issue = self._read_once(IssueRef(self.repository, number))
            except Refused as no:
                if no.status == 404:
                    break
                if no.status != 410:
                    raise
            else:
                found.append(issue)
        else:
            self._warn(
                f"{MAX_PROBES} issues of {self.repository} are too new to be listed; "
                "run again in a few minutes to have the rest looked at"
            )
        return tuple(found)

    def read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one issue; a second 404 or 410 is told apart from not being allowed to look.

        One alone proves nothing, and what is taken for missing is never looked at again.
        """
        for is_last in (False, True):
            try:
                return self._read_once(ref)
            except Refused as no:
                if no.status == 403 and not self._is_here(ref):
                    return Absence.NOT_VISIBLE
                if no.status not in (404, 410):
                    raise
            if not is_last:
                self._connection.clock.sleep(SECOND_LOOK)
        return Absence.MISSING if self._can_list(ref.repository) else Absence.NOT_VISIBLE

    def may_write(self, login: str) -> bool:
        """Asks for the permission of `login` on the repository, once.

        An App's login has none there, and yet it may be the one that writes here.
        """
        key = login.casefold()
        if key not in self._writers:
            self._writers[key] = self._look_up_permission(login) or self._is_own(key)
        return self._writers[key]

    # ------------------------------------------------------------------------------ writing

    def create(self, draft: Draft) -> Issue:
        """Creates an issue, without the assignees that GitHub refuses."""
        if len(draft.body) > MAX_BODY:
            raise Refused(
                f"the text for the issue {shown(draft.title)!r} has {len(draft.body):,} characters, "
                f"GitHub takes {MAX_BODY:,}; shorten the item",
                fields=frozenset({"body"}),
            )
        self._make_label()
        assignees = self._not_refused(draft.assignees)
        try:
            issue = self._post_issue(draft, assignees)
        except Refused as no:
            left = self._drop_refused(assignees, no)
            if left == assignees:
                raise
            assignees = left
            issue = self._post_issue(draft, assignees)
        self._check_granted(issue, _distinct([self._labels[0], *draft.labels]), assignees)
        return issue

    def edit(self, ref: IssueRef, edit: IssueEdit) -> Issue:
        """Sends one request each: a label to go, new labels, assignees, text and state, a comment.

        Where the edit has conditions a read comes first, unless the issue was read a moment ago.
        """
        if edit.has_conditions:
            require_unchanged(self._read_now(ref), edit)
        issue = self._known.get(ref)
        for label in edit.remove_labels:
            issue = self._unlabel(ref, label) or issue
        if edit.add_labels:
            answer = self._write("POST", ref, "/labels", {"labels": list(edit.add_labels)})
            if not isinstance(answer.data, list):
                raise self._unclear(f"labelling {ref}")
            issue = replace(issue or self._read_once(ref), labels=_names(answer.data, "name"))
        if edit.add_assignees:
            issue = self._assign(ref, self._not_refused(edit.add_assignees)) or issue
        if edit.remove_assignees:
            issue = self._unassign(issue or self._read_once(ref), edit)
        if fields := _patch_fields(edit):
            if edit.has_conditions:
                require_unchanged(self._read_now(ref), edit)
            issue = self._remember(self._patch(ref, fields))
        if edit.comment is not None:
            self._write("POST", ref, "/comments", {"body": edit.comment})
            issue = issue or self._read_once(ref)
            issue = replace(issue, comments=issue.comments + 1)
        issue = issue or self._read_once(ref)
        self._known[issue.ref] = issue
        self._check_granted(issue, edit.add_labels, self._not_refused(edit.add_assignees))
        return issue

    def drain_warnings(self) -> Sequence[str]:
        """Returns what should be told since the last call; no sentence is told twice."""
        drained = tuple(sentence for sentence, told in self._warnings.items() if not told)
        self._warnings = dict.fromkeys(self._warnings, True)
        return drained

    # ----------------------------------------------------------------------------- requests

    def _list(self, parameters: dict[str, str | int], *, pages: int | None = None) -> Iterator[Issue]:
        """Yields the issues of one list; `pages` bounds how far it is followed.

        Raises:
            Unusable: the repository's issues cannot be listed with this token.
        """
        path = _repository_path(self.repository) + "/issues"
        try:
            for answer in islice(self._connection.pages(path, parameters), pages):
                issues = [self._parse(entry) for entry in answer.data]
                self._learn_name(issues, answer)
                yield from map(self._remember, issues)
        except Refused as no:
            raise Unusable(self._no_list_sentence(no)) from None

    def _read_once(self, ref: IssueRef) -> Issue:
        answer = self._connection.request("GET", _issue_path(ref))
        return self._remember(self._parse(answer.data))

    def _read_now(self, ref: IssueRef) -> Issue:
        """Returns an issue as it is when a write may go out, which may be long after it was listed."""
        self._connection.pace.await_turn()
        read_at = self._read_at.get(ref)
        if read_at is not None and self._connection.clock.now() - read_at <= A_MOMENT:
            return self._known[ref]
        return self._read_once(ref)

    def _post_issue(self, draft: Draft, assignees: Sequence[str]) -> Issue:
        body = {
            "title": _fit(draft.title, MAX_TITLE),
            "body": draft.body,
            "labels": list(_distinct([self._labels[0], *draft.labels])),
        }
        answer = self._post("/issues", {**body, "assignees": list(assignees)} if assignees else body)
        issue = self._written(answer, None)
        self._created.add(issue.ref)
        return self._remember(issue)

    def _make_label(self) -> None:
        """Makes the label with its colour and description, unless an issue here already bears it."""
        label = self._labels[0]
        self._label_exists = self._label_exists or any(
            _has(issue.labels, label) and self._is_here(issue.ref) for issue in self._known.values()
        )
        if self._label_exists:
            return
        try:
            self._post(
                "/labels", {"name": label, "color": self._label_color, "description": self._label_description}
            )
        except OutcomeUnknown as unknown:
            self._look_for_label(label, unknown)
        except Refused as no:
            if no.status != 422:
                need = (
                    "" if no.status == 403 else ": the token needs push access, in a workflow `issues: write`"
                )
                raise Refused(
                    f"the label {shown(label)!r} cannot be made, nor an issue without it ({no}){need}",
                    no.status,
                ) from None
            if no.fields - {"name"}:
                self._warn(f"the label {shown(label)!r} could not be given its colour or description: {no}")
        self._label_exists = True

    def _look_for_label(self, label: str, unknown: OutcomeUnknown) -> None:
        """Returns if the label is there after all.

        Raises:
            Refused: it is not, so that the issue was not created either.
        """
        path = f"{_repository_path(self.repository)}/labels/{quote(label, safe='')}"
        try:
            self._connection.request("GET", path)
        except Refused:
            raise Refused(f"the label {shown(label)!r} was not made, nor the issue: {unknown}") from None

    def _assign(self, ref: IssueRef, assignees: list[str]) -> Issue | None:
        """Adds `assignees` to an issue, without those that GitHub refuses; None where it refuses all."""
        while assignees:
            try:
                answer = self._write("POST", ref, "/assignees", {"assignees": assignees})
            except Refused as no:
                left = self._drop_refused(assignees, no)
                if left == assignees:
                    raise
                assignees = left
            else:
                return self._written(answer, ref)
        return None

    def _unassign(self, issue: Issue, edit: IssueEdit) -> Issue:
        """Takes assignees off who are there with the added ones alone: whom a person assigned wins."""
        if not only_assigned(issue.assignees, edit):
            return issue
        gone = {"assignees": list(edit.remove_assignees)}
        return self._written(self._write("DELETE", issue.ref, "/assignees", gone), issue.ref)

    def _unlabel(self, ref: IssueRef, label: str) -> Issue | None:
        """Takes a label off an issue; None where it does not bear it, or is gone: the next request tells."""
        try:
            answer = self._write("DELETE", ref, f"/labels/{quote(label, safe='')}", None)
        except Refused as no:
            if no.status != 404:
                raise
            return None
        if not isinstance(answer.data, list):
            raise self._unclear(f"unlabelling {ref}")
        return replace(self._known.get(ref) or self._read_once(ref), labels=_names(answer.data, "name"))

    def _not_refused(self, logins: Iterable[str]) -> list[str]:
        """Returns those `logins` of which GitHub has not said that it does not take them."""
        return [login for login in logins if login.casefold() not in self._refused_assignees]

    def _drop_refused(self, assignees: list[str], no: Refused) -> list[str]:
        """Returns the `assignees` without those that GitHub refuses; these are remembered and told.

        Its answer names the field, not whom; where it names no field at all, each is looked up.
        """
        is_named = "assignees" in no.fields
        if not is_named and (no.status != 422 or no.fields):
            return assignees
        is_plain = is_named and len(assignees) == 1
        refused = [login for login in assignees if is_plain or not self._is_assignable(login)]
        if is_named:
            refused = refused or list(assignees)
        for login in refused:
            self._refused_assignees.add(login.casefold())
            self._warn(
                f"GitHub does not take {shown(login)} as an assignee in {self.repository}; "
                "map the owner to a login that has access there (`owners:`)"
            )
        return [login for login in assignees if login not in refused]

    def _is_assignable(self, login: str) -> bool:
        path = f"{_repository_path(self.repository)}/assignees/{quote(login, safe='')}"
        try:
            self._connection.request("GET", path)
        except Refused:
            return False
        return True

    def _look_up_permission(self, login: str) -> bool:
        path = f"{_repository_path(self.repository)}/collaborators/{quote(login, safe='')}/permission"
        try:
            data = self._connection.request("GET", path).data
        except Refused as no:
            if no.status != 404:
                self._warn(f"the rights of {shown(login)} in {self.repository} cannot be looked up: {no}")
            return False
        return isinstance(data, dict) and not _WRITE_ACCESS.isdisjoint(
            {str(data.get("permission")), str(data.get("role_name"))}
        )

    def _is_own(self, login: str) -> bool:
        """Whether this token speaks for `login`; no App's does for a user's."""
        own = self._app_login if login.endswith("[bot]") else self._user_login
        return own.casefold() == login.casefold()

    @cached_property
    def _user_login(self) -> str:
        """Whose personal token this is; empty for any other."""
        with suppress(Refused):
            data = self._connection.request("GET", "/user").data
            return str(data.get("login") or "") if isinstance(data, dict) else ""
        return ""

    @cached_property
    def _app_login(self) -> str:
        """Which App's token this is; empty where GitHub does not say.

        An App may not ask for `/user`; see docs.github.com/graphql/reference/queries, "viewer". An Enterprise
        Server has GraphQL beside `/api/v3`, not below it.
        """
        with suppress(TrackerError):
            page = self._connection.base_url.removesuffix("/v3") + "/graphql"
            answer = self._connection.request("POST", page, body={"query": "{ viewer { login } }"}).data
            data = answer.get("data") if isinstance(answer, dict) else None
            viewer = data.get("viewer") if isinstance(data, dict) else None
            return str(viewer.get("login") or "") if isinstance(viewer, dict) else ""
        return ""

    def _can_list(self, repository: str) -> bool:
        """Whether this token can list the issues of `repository`: now, not when they were listed.

        A right lost in between makes every issue look gone. Once it cannot, it is not asked again.
        """
        key = repository.casefold()
        if key not in self._unlistable:
            try:
                self._connection.request("GET", _repository_path(repository) + "/issues", {"per_page": 1})
            except Refused:
                self._unlistable.add(key)
        return key not in self._unlistable

    def _patch(self, ref: IssueRef, fields: dict[str, str]) -> Issue:
        try:
            answer = self._write("PATCH", ref, "", fields)
        except Refused as no:
            if no.status != 422 or fields.get("state_reason") != "duplicate":
                raise
            # Enterprise Servers before 3.17 know no duplicates.
            answer = self._write("PATCH", ref, "", {**fields, "state_reason": "not_planned"})
        return self._written(answer, ref)

    def _post(self, suffix: str, body: Json) -> Answer:
        """Posts to the repository, by its new name where it was renamed."""
        try:
            return self._connection.request("POST", _repository_path(self.repository) + suffix, body=body)
        except Moved:
            self.repository = self._resolve_name(self.repository)
            return self._connection.request("POST", _repository_path(self.repository) + suffix, body=body)

    def _write(self, verb: str, ref: IssueRef, suffix: str, body: Json) -> Answer:
        """Writes to one issue, in its repository's new name where that was renamed.

        Raises:
            Refused: the issue is not there any more, or GitHub says no for another reason.
        """
        try:
            return self._connection.request(verb, _issue_path(ref) + suffix, body=body)
        except Moved as moved:
            name = self._resolve_name(ref.repository)
            if name.casefold() == ref.repository.casefold():
                raise Refused(f"{ref} was transferred elsewhere; nothing was written", moved.status) from None
        except Refused as no:
            if no.status not in (404, 410):
                raise
            raise Refused(
                f"{ref} cannot be written to: it was deleted, or this token may not see it ({no})", no.status
            ) from None
        return self._connection.request(verb, _issue_path(replace(ref, repository=name)) + suffix, body=body)

    def _resolve_name(self, repository: str) -> str:
        """Returns the canonical name of a repository that may have been renamed."""
        try:
            data = self._connection.request("GET", _repository_path(repository)).data
        except Refused as no:
            raise Unusable(self._no_list_sentence(no)) from None
        name = data.get("full_name") if isinstance(data, dict) else None
        return name if isinstance(name, str) and name.count("/") == 1 else repository

    # ------------------------------------------------------------------------------ answers

    def _parse(self, data: Json) -> Issue:
        """Reads an issue out of the answer to a read."""
        try:
            return parse_issue(data)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise TrackerError(f"{self._connection.host} answered something that is no issue") from None

    def _written(self, answer: Answer, ref: IssueRef | None) -> Issue:
        """Reads an issue out of the answer to a write to `ref` (None: to one just created)."""
        try:
            return self._parse(answer.data)
        except TrackerError:
            raise self._unclear(f"writing to {ref}" if ref else "creating an issue") from None

    def _unclear(self, what: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{self._connection.host} answered something odd after {what}: "
            "it may or may not have been carried out"
        )

    def _remember(self, issue: Issue) -> Issue:
        self._known[issue.ref] = issue
        self._read_at[issue.ref] = self._connection.clock.now()
        return issue

    def _learn_name(self, issues: Sequence[Issue], answer: Answer) -> None:
        """Takes the repository's canonical name from what a list of it says."""
        if issues:
            self.repository = issues[0].ref.repository
        elif answer.redirected:
            self.repository = self._resolve_name(self.repository)

    def _count_creations(self) -> None:
        """Tells the pace what was created lately by other runs: the hourly limit counts it too."""
        self._connection.pace.note_earlier(
            issue.created for ref, issue in self._known.items() if issue.created and ref not in self._created
        )

    def _check_granted(self, issue: Issue, labels: Iterable[str], assignees: Iterable[str]) -> None:
        """Warns of what GitHub dropped without a word."""
        dropped = [label for label in labels if not _has(issue.labels, label)]
        if dropped:
            self._warn(
                f"GitHub left out the label {shown(', '.join(dropped))} in {issue.ref.repository}: "
                "the token's user needs push access there (a workflow's token, `issues: write`)"
            )
        for login in assignees:
            if not _has(issue.assignees, login):
                self._refused_assignees.add(login.casefold())
                self._warn(
                    f"GitHub left out the assignee {shown(login)} in {issue.ref.repository}: "
                    "either has no access there (`owners:` maps names to logins), or the token may not assign"
                )

    def _no_list_sentence(self, no: Refused) -> str:
        if no.status == 404:
            return (
                f"there is no repository {shown(self.repository)} on {self._connection.host} for this token: "
                "check its name (`repository:`, `--repo`), and that the token may read its issues"
            )
        if no.status == 410:
            return (
                f"issues are disabled in {shown(self.repository)}: "
                "enable them in its settings, or name another `repository:`"
            )
        return str(no)

    def _is_here(self, ref: IssueRef) -> bool:
        return ref.repository.casefold() == self.repository.casefold()

    def _warn(self, sentence: str) -> None:
        self._warnings.setdefault(sentence, False)


def parse_issue(data: Json) -> Issue:
    """Returns the issue that `data` describes, as docs.github.com/rest/issues/issues, "Get an issue", has it.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it describes none.
    """
    owner, name = urlsplit(data["repository_url"]).path.split("/")[-2:]
    pull = data.get("pull_request")
    return Issue(
        ref=IssueRef(f"{unquote(owner)}/{unquote(name)}", int(data["number"])),
        url=str(data["html_url"]),
        title=str(data["title"]),
        body=str(data.get("body") or ""),
        is_open=data["state"] == "open",
        state_reason=data.get("state_reason"),
        labels=_names(data.get("labels"), "name"),
        assignees=_names(data.get("assignees"), "login"),
        author=str((data.get("user") or {}).get("login") or ""),
        association=str(data.get("author_association") or ""),
        comments=int(data.get("comments") or 0),
        is_pull_request=pull is not None,
        merged=bool((pull or {}).get("merged_at")),
        created=_moment(data.get("created_at")),
        closed=_moment(data.get("closed_at")),
    )


def _names(entries: Json, key: str) -> tuple[str, ...]:
    """Returns the names in a list of objects, or of strings."""
    names = (entry.get(key) if isinstance(entry, dict) else entry for entry in entries or ())
    return tuple(str(name) for name in names if name)


def _moment(text: Json) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _patch_fields(edit: IssueEdit) -> dict[str, str]:
    """Returns what of `edit` one PATCH carries."""
    state = None if edit.is_open is None else "open" if edit.is_open else "closed"
    reason = "reopened" if edit.is_open else edit.state_reason or "completed"
    wanted = {
        "title": None if edit.title is None else _fit(edit.title, MAX_TITLE),
        "body": edit.body,
        "state": state,
        "state_reason": state and reason,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _fit(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _has(names: Iterable[str], name: str) -> bool:
    """Whether `name` is among `names`, in GitHub's way: without case."""
    return name.casefold() in {each.casefold() for each in names}


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Returns `names` without those that differ from an earlier one in case alone."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


def _repository_path(repository: str) -> str:
    """Returns the path of a repository's resources.

    Raises:
        Refused: no repository can be called so.
    """
    owner, _, name = repository.partition("/")
    if not (_NAME.fullmatch(owner) and _NAME.fullmatch(name)):
        raise Refused(f"{shown(repository)!r} is no repository's name", 404)
    return f"/repos/{owner}/{name}"


def _issue_path(ref: IssueRef) -> str:
    return f"{_repository_path(ref.repository)}/issues/{ref.number}"
