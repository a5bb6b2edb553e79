"""Items and what is known of the tracker → the plan: everything that sync would do, as one value."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Literal

from pmsync.model import (
    Absence,
    Action,
    ActionItem,
    Binding,
    Change,
    Draft,
    Issue,
    IssueEdit,
    IssueRef,
    Knowledge,
    Notice,
    Plan,
    Postmortem,
    Status,
)
from pmsync.reconcile.drafts import Pages, draft_block, draft_issue, find_login
from pmsync.reconcile.edits import make_edits
from pmsync.reconcile.identity import (
    AskCurrent,
    Found,
    Matching,
    Question,
    ReadIssue,
    Surroundings,
    Twin,
    find_issues,
    is_authors_own,
    is_ours_to_follow,
    parse_ticket,
)
from pmsync.reconcile.markers import (
    Key,
    Marker,
    digest,
    document_digest,
    find_block,
    find_marker,
    label_digest,
    read_inputs,
    source_digest,
    text_digest,
    title_is_intact,
    write_block,
)

MAX_SHARE = 0.30
"""The share of open (or linked) issues beyond which closing (or missing) them is implausible…"""

MAX_FEW = 3
"""…but this many never are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a team wants it: what of the configuration decides a plan.

    Attributes:
        source: the documents' repository, `owner/name`; empty where there is none.
        labels: given to each new issue, the one that pmsync lists by first.
        owners: tracker login by owner's name.
        trusted_authors: logins whose markers count at once.
        done_items: what becomes of items that were done before they had an issue.
        on_removed: what becomes of orphans.
        since: postmortems before it get no new issues.
        existing: every document path in the work tree.
        retained: paths that the default branch still holds.
        is_default_head: whether the work tree is the default branch's head; orphans are closed only there.
        selected: the documents to act on; None for all.
        made: ids of markers made in this run.
        moved: issues that this run closed or reopened: what they say is followed, no box commands them.
        bound: what a plan that was carried out said of each item; None where it gets no issue.
        pages: where documents can be read.
    """

    source: str
    labels: tuple[str, ...]
    owners: Mapping[str, str]
    trusted_authors: frozenset[str] = frozenset()
    done_items: Literal["skip", "create"] = "skip"
    on_removed: Literal["report", "close"] = "report"
    since: date | None = None
    existing: frozenset[str] = frozenset()
    retained: frozenset[str] = frozenset()
    is_default_head: bool = False
    selected: frozenset[str] | None = None
    made: frozenset[str] = frozenset()
    moved: frozenset[IssueRef] = frozenset()
    bound: Mapping[ActionItem, Binding | None] = field(default_factory=dict)
    pages: Pages = field(default_factory=Pages)


def make_plan(
    postmortems: Sequence[Postmortem],
    knowledge: Knowledge,
    policy: Policy,
    *,
    errors: Sequence[Notice] = (),
) -> Plan | frozenset[Question]:
    """Plans, or returns what must be known of the tracker first.

    Args:
        postmortems: all documents that could be read.
        knowledge: of the tracker, so far.
        policy: how the team wants it.
        errors: what failed before (documents that could not be read); told with the plan.
    """
    planner = _Planner(postmortems, knowledge, policy)
    around = Surroundings(
        source=policy.source,
        trusted_authors=policy.trusted_authors,
        existing=policy.existing,
        retained=policy.retained,
        made=policy.made,
        bound=policy.bound,
        may_create=lambda item: planner.is_selected(item) and planner.refusal(item) is None,
    )
    matching = find_issues(postmortems, knowledge, around)
    if not isinstance(matching, Matching):
        return matching
    plan = planner.plan(matching, errors)
    merged = {change.issue.ref for change in plan.changes if change.issue and change.action is Action.MERGE}
    pairs = [(twin.issue.ref, twin.stays.ref) for twin in matching.twins if twin.issue.ref in merged]
    doubtful = {ref for pair in pairs for ref in pair} - knowledge.fresh
    # Where lists lag, or another run heals too, the one that stays may just have been closed for the other.
    if doubtful:
        return frozenset(map(ReadIssue, doubtful))
    if knowledge.is_current is None and any(change.action is Action.RETIRE for change in plan.changes):
        return frozenset({AskCurrent()})
    return plan


def find_excess(plan: Plan, knowledge: Knowledge, *, max_creates: int) -> list[str]:
    """Returns why a plan is implausibly large, one sentence each; nothing where it is plausible.

    Args:
        plan: the plan.
        knowledge: what it was made from.
        max_creates: how many new issues are plausible.
    """
    creates = sum(change.action is Action.CREATE for change in plan.changes)
    closes = sum(
        change.issue is not None and change.action in {Action.CLOSE, Action.RETIRE} for change in plan.changes
    )  # not twins, however many: each of their items keeps an open one
    bound = {binding.issue.ref for binding in plan.bindings if binding.issue}
    open_issues = len(
        {
            issue.ref
            for issue in knowledge.issues.values()
            if issue.is_open and (issue.ref in bound or find_marker(issue))
        }
    )
    linked = sum(binding.item.annotation is not None for binding in plan.bindings)
    missing = sum(change.action is Action.FOLLOW and change.issue is None for change in plan.changes)
    reasons = []
    if creates > max_creates:
        reasons.append(f"it would create {creates} issues, more than max_creates: {max_creates}")
    if closes > max(MAX_FEW, MAX_SHARE * open_issues):
        reasons.append(f"it would close {closes} of {open_issues} open issues")
    if missing > max(MAX_FEW, MAX_SHARE * linked):
        reasons.append(f"it finds {missing} of {linked} linked issues missing")
    return reasons


class _Planner:
    """Builds one plan. What an item's own line decides stands in methods named for it."""

    def __init__(self, postmortems: Sequence[Postmortem], knowledge: Knowledge, policy: Policy) -> None:
        self.postmortems = {postmortem.document: postmortem for postmortem in postmortems}
        self.knowledge = knowledge
        self.policy = policy
        self.changes: list[Change] = []
        self.bindings: list[Binding] = []
        self.drifts: list[Notice] = []
        self.skipped: list[Notice] = []
        self.warnings: list[Notice] = []
        self.keys: set[Key] = set()
        self.votes: Counter[tuple[object, Action]] = Counter()

    def plan(self, matching: Matching, errors: Sequence[Notice]) -> Plan:
        """Turns whose issue is whose into changes, in document order, then twins and orphans."""
        self.keys = set(matching.keys)
        for postmortem in self.postmortems.values():
            if self._is_selected(postmortem.document):
                self.warnings += postmortem.warnings
        self.warnings += matching.notices
        found = {id(each.item): each for each in matching.found}
        unmatched = {id(item): key for item, key in matching.unmatched}
        self._count_votes(matching.found)
        for item in (item for postmortem in self.postmortems.values() for item in postmortem.items):
            if not self.is_selected(item):
                continue
            if id(item) in found:
                self._bind(found[id(item)])
            elif id(item) in unmatched:
                self._create(item, unmatched[id(item)])
            else:
                self._skip(item, f"tracked elsewhere ({item.ticket})", "tracked elsewhere")
        acted_on = {each.issue.ref for each in matching.found if each.issue and self.is_selected(each.item)}
        for twin in matching.twins:
            if self.policy.selected is None or twin.stays.ref in acted_on:
                self._merge(twin)
        orphans = matching.orphans if self.policy.selected is None else ()
        for issue in orphans:
            self._retire(issue)
        return Plan(
            changes=tuple(self.changes),
            bindings=tuple(self.bindings),
            drifts=tuple(self.drifts),
            skipped=tuple(self.skipped),
            orphans=orphans,
            warnings=tuple(self.warnings),
            errors=tuple(errors),
        )

    # -- what applies to an item -----------------------------------------------------------

    def is_selected(self, item: ActionItem) -> bool:
        """Whether this run acts on the item's document."""
        return self._is_selected(item.document)

    def refusal(self, item: ActionItem) -> str | None:
        """Why an item without an issue gets none; None where it gets one."""
        if item.done and self.policy.done_items == "skip":
            return "already done"
        stated, since = self.postmortems[item.document].date, self.policy.since
        if since and stated and stated < since.isoformat():
            return f"its postmortem is of {stated}, before since: {since}"
        return None

    # -- items without an issue ------------------------------------------------------------

    def _create(self, item: ActionItem, key: Key) -> None:
        if refusal := self.refusal(item):
            self._skip(item, refusal, "already done" if item.done else f"before since: {self.policy.since}")
            if item.annotation and is_ours_to_follow(item.annotation.ref, self.knowledge.repository):
                self._warn(f"its link to {item.annotation.ref} is another item's: delete it here", item)
            return
        postmortem = self.postmortems[item.document]
        self.keys.add(key)
        draft = draft_issue(
            item,
            postmortem,
            key,
            pages=self.policy.pages,
            labels=self.policy.labels,
            owners=self.policy.owners,
        )
        self._change(Action.CREATE, item, None, "new", "it has no issue yet", draft=draft)
        if item.done:
            edit = IssueEdit(is_open=False, state_reason="completed")
            self._change(Action.CLOSE, item, None, "new", "already done in the document", edit=edit)
        if item.slot is None and item.annotation is None:
            self._warn("no link can be rendered here: its issue is known by its text alone", item)
        self.bindings.append(Binding(item=item, issue=None, identity="new"))

    def _skip(self, item: ActionItem, why: str, reason: str) -> None:
        self.skipped.append(
            Notice(text=f"{item.title}: {why}", document=item.document, line=item.line, reason=reason)
        )

    # -- items with an issue ---------------------------------------------------------------

    def _bind(self, found: Found) -> None:
        if found.is_left:
            self.bindings.append(Binding(item=found.item, issue=found.issue, identity=found.how))
            return
        if found.issue is None:
            self._bind_unread(found)
            return
        item, issue = found.item, found.issue
        command = self._command(found)
        if command:
            self._state(found, command)
        self._update(found, reopening=command is Action.REOPEN)
        ticked = None
        if command is None and item.box is not None and issue.status in {Status.OPEN, Status.DONE}:
            ticked = self._follow_box(found)
        binding = Binding(
            item=item,
            issue=issue,
            identity=found.how,
            status=issue.status,
            ticked=ticked,
            beside=_is_beside(found),
        )
        self.bindings.append(binding)
        if command is None or not self._is_linked(found):
            self._write(binding, found)

    def _bind_unread(self, found: Found) -> None:
        item, annotation = found.item, found.item.annotation
        binding = Binding(item=item, issue=None, identity=found.how)
        if found.absence is Absence.NOT_VISIBLE and annotation:
            self._warn(f"{annotation.ref} is not visible to this token: its annotation stays", item)
        if found.absence is Absence.MISSING and annotation:
            binding = replace(binding, status=Status.MISSING)
            self._warn(
                f"{annotation.ref} is gone: delete the annotation for a new issue, and add"
                " <!-- pmsync: ignore --> for none",
                item,
            )
            if annotation.status is not Status.MISSING:
                self._change(Action.FOLLOW, item, None, found.how, f"{annotation.ref} is gone")
        self.bindings.append(binding)

    def _base(self, found: Found) -> Status:
        """What pmsync last saw of this very issue; that is never what somebody's hand made of the word."""
        annotation, issue = found.item.annotation, found.issue
        if (
            annotation is None
            or not self._is_linked(found)
            or (issue and _is_hand_written(found.item, issue))
        ):
            return Status.OPEN
        return annotation.status or Status.OPEN

    def _is_linked(self, found: Found) -> bool:
        """Whether the item's annotation names this issue, by its new or an old reference."""
        annotation = found.item.annotation
        if annotation is None or found.issue is None or _is_beside(found):
            return False
        named = self.knowledge.issues.get(annotation.ref)
        return annotation.ref == found.issue.ref or (named is not None and named.ref == found.issue.ref)

    def _wish(self, found: Found) -> Action | None:
        """What the document commands: a box against the annotated status, unless the issue moved too."""
        item, issue = found.item, found.issue
        if issue is None or issue.is_pull_request or found.is_left or issue.ref in self.policy.moved:
            return None
        if self._base(found) is not issue.status:
            return None
        ticked = item.box is not None and item.box.ticked
        if issue.status is Status.OPEN and (ticked or (item.done and not issue.was_reopened)):
            return Action.CLOSE
        if issue.status is Status.DONE and item.box is not None and not ticked:
            return Action.REOPEN
        return None

    def _count_votes(self, found: Sequence[Found]) -> None:
        """An issue that several items share is closed only when all of them are done."""
        for each in found:
            if each.issue is not None and not each.is_left and self._wish(each) is not Action.CLOSE:
                self.votes[each.issue.ref, Action.CLOSE] += 1

    def _command(self, found: Found) -> Action | None:
        wish = self._wish(found)
        if wish is Action.CLOSE and found.issue is not None and self.votes[found.issue.ref, wish]:
            return None
        return wish

    def _state(self, found: Found, command: Action) -> None:
        item = found.item
        ticked = item.box is not None and item.box.ticked
        if any(change.action is command and change.issue == found.issue for change in self.changes):
            return
        if command is Action.CLOSE:
            edit = IssueEdit(is_open=False, state_reason="completed")
            reason = "ticked in the document" if ticked else "marked done in the document"
        else:
            edit = IssueEdit(is_open=True)
            reason = "unticked in the document"
        self._change(command, item, found.issue, found.how, reason, edit=edit)

    def _follow_box(self, found: Found) -> bool | None:
        """What the box should say when nothing is commanded; None leaves it alone."""
        item, issue = found.item, found.issue
        if issue is None or item.box is None or self._wish(found) is not None:
            return None
        if issue.is_pull_request and issue.is_open:
            return None
        return issue.status is Status.DONE

    def _is_overruled(self, found: Found, issue: Issue) -> bool:
        """Whether a person changed the box, and the issue, which says otherwise, moved as well."""
        box, was_done = found.item.box, self._base(found) is Status.DONE
        return box is not None and was_done != box.ticked != (issue.status is Status.DONE)

    def _update(self, found: Found, *, reopening: bool) -> None:
        """Carries a change of the item's own fields to its issue, leaving alone what people edited."""
        item, issue, marker = found.item, found.issue, found.marker
        if issue is None or not (issue.is_open or reopening):
            return
        if marker is None:
            self._tell_unmarked(found, issue)
            return
        postmortem = self.postmortems[item.document]
        inputs = read_inputs(item, postmortem)
        block = find_block(issue.body)
        if inputs == marker.inputs or block is None:
            return
        labels = self._new_labels(postmortem, issue, marker)
        login = find_login(item.owner or postmortem.owner, self.policy.owners)
        assigned = {each.casefold() for each in issue.assignees}
        is_new = inputs.owner != marker.inputs.owner and (login or "").casefold() not in assigned
        assignees = (login,) if login and is_new else ()
        has_title, has_block = title_is_intact(issue, marker), block.is_intact
        parts = [name for name, intact in (("title", has_title), ("text", has_block)) if not intact]
        if parts:
            self.drifts.append(
                Notice(
                    text=f"{issue.ref}: its {' and '.join(parts)} was edited by a person, and is left so",
                    document=item.document,
                    line=item.line,
                )
            )
        retitled = has_title and issue.title != item.title
        if not (has_block or retitled or labels or assignees):
            return
        text = draft_block(item, postmortem, self.policy.pages)
        renewed = replace(
            marker,
            key=self._renew_key(marker.key, found),
            inputs=inputs,
            title=digest(item.title) if has_title else marker.title,
            block=digest(text) if has_block else marker.block,
        )
        ours = write_block(text, renewed) if has_block else str(renewed)
        start = block.start if has_block else block.marker_start
        body = issue.body[:start] + ours + issue.body[block.end :]
        reason = (
            "the item's text changed"
            if inputs.content != marker.inputs.content
            else "its owner changed"
            if inputs.owner != marker.inputs.owner
            else "its document's labels changed"
        )
        edit = IssueEdit(
            title=item.title if retitled else None,
            body=body,
            add_labels=labels,
            add_assignees=assignees,
            title_was=issue.title if retitled else None,
            body_was=issue.body,
        )
        self._change(Action.UPDATE, item, issue, found.how, reason, edit=edit)

    def _tell_unmarked(self, found: Found, issue: Issue) -> None:
        """Tells of a linked issue under our label that bears no text of ours: a person took it out.

        Or it never had any: one that its author named and that bears the label is passed over.
        """
        item = found.item
        ticket = parse_ticket(item.ticket or "", self.knowledge.repository)
        is_labelled = self.policy.labels[0].casefold() in {label.casefold() for label in issue.labels}
        if (
            self._is_linked(found)
            and is_labelled
            and ticket != issue.ref
            and not issue.is_pull_request
            and find_block(issue.body) is None
        ):
            self.drifts.append(
                Notice(
                    text=f"{issue.ref}: its text bears no part of pmsync's, and is left to people",
                    document=item.document,
                    line=item.line,
                )
            )

    def _new_labels(self, postmortem: Postmortem, issue: Issue, marker: Marker) -> tuple[str, ...]:
        """The labels that the document came to ask for since: what a person took off stays off."""
        present = {label.casefold() for label in issue.labels}
        return tuple(
            label
            for label in postmortem.labels
            if label_digest(label) not in marker.inputs.labels and label.casefold() not in present
        )

    def _renew_key(self, key: Key, found: Found) -> Key:
        now = replace(
            key,
            source=source_digest(self.policy.source),
            document=document_digest(found.item.document),
            text=text_digest(found.item),
        )
        if now == key:
            return key
        renewed = next(each for n in count(1) if (each := replace(now, ordinal=n)) not in self.keys)
        self.keys.add(renewed)
        return renewed

    def _write(self, binding: Binding, found: Found) -> None:
        """Plans the document's edit, where there is one to make."""
        item, issue = binding.item, binding.issue
        postmortem = self.postmortems[item.document]
        edits = make_edits(
            postmortem.text, [binding], documents_repository=self.policy.source, document=item.document
        )
        if item.annotation is None and item.slot is None:
            self._warn("no link can be rendered here: its issue is known by its text alone", item)
        if not edits or issue is None:
            return
        if self._is_linked(found):
            action, reason = Action.FOLLOW, _state_of(issue)
            if item.annotation and item.annotation.ref != issue.ref:
                reason = f"the issue moved to {issue.ref}"
            elif item.annotation and (item.annotation.status is None or _is_hand_written(item, issue)):
                reason = f"{_state_of(issue)}: the word changed by hand is put back"
            elif self._is_overruled(found, issue):
                reason = f"the issue became {issue.status} meanwhile: that wins over the box"
        elif found.marker is None:
            action, reason = Action.ADOPT, _state_of(issue)
        else:
            action, reason = Action.LINK, "its link is not in the document"
        self._change(action, item, issue, found.how, reason)

    # -- issues without an item ------------------------------------------------------------

    def _merge(self, twin: Twin) -> None:
        marker, block = find_marker(twin.issue), find_block(twin.issue.body)
        untouched = (
            marker
            and block
            and block.is_intact
            and title_is_intact(twin.issue, marker)
            and not twin.issue.comments
            and not (twin.issue.body[: block.start] + twin.issue.body[block.end :]).strip()
        )
        if not untouched:
            self.warnings.append(
                Notice(
                    text=f"{twin.issue.ref} is a second issue for the item of {twin.stays.ref}, and people"
                    " have worked on it: close the one that you do not need"
                )
            )
            return
        edit = IssueEdit(
            is_open=False,
            state_reason="duplicate",
            comment=f"A second issue for the same action item: duplicate of #{twin.stays.ref.number}.",
        )
        self._change(
            Action.MERGE,
            None,
            twin.issue,
            "by key",
            f"a second issue for the item of {twin.stays.ref}",
            edit=edit,
        )

    def _retire(self, issue: Issue) -> None:
        marker = find_marker(issue)
        changed = {document_digest(path) for path in self.policy.pages.changed}
        is_committed = marker is not None and marker.key.document not in changed
        if self._may_retire() and is_committed:
            edit = IssueEdit(is_open=False, state_reason="not_planned")
            self._change(Action.RETIRE, None, issue, "by key", "its item is gone", edit=edit)
        else:
            self.warnings.append(
                Notice(
                    text=f"{issue.ref} \u201c{issue.title}\u201d is open, but its item is gone: close it,"
                    " or restore the item"
                )
            )

    def _may_retire(self) -> bool:
        """Whether orphans are closed: never by a checkout that is, or turns out to be, behind its remote."""
        is_head = self.policy.is_default_head and self.knowledge.is_current is not False
        return self.policy.on_removed == "close" and is_head

    # -- small things ------------------------------------------------------------------------

    def _is_selected(self, document: str) -> bool:
        return self.policy.selected is None or document in self.policy.selected

    def _warn(self, text: str, item: ActionItem) -> None:
        self.warnings.append(Notice(text=text, document=item.document, line=item.line))

    def _change(
        self,
        action: Action,
        item: ActionItem | None,
        issue: Issue | None,
        identity: str,
        reason: str,
        *,
        draft: Draft | None = None,
        edit: IssueEdit | None = None,
    ) -> None:
        self.changes.append(
            Change(
                action=action,
                item=item,
                issue=issue,
                identity=identity,
                reason=reason,
                draft=draft,
                edit=edit,
            )
        )


def _is_hand_written(item: ActionItem, issue: Issue) -> bool:
    """Whether an annotation says closed of an issue that never was."""
    annotation = item.annotation
    return (
        annotation is not None
        and annotation.status in {Status.DONE, Status.WONT_DO, Status.DUPLICATE}
        and issue.is_open
        and not issue.was_reopened
    )


def _state_of(issue: Issue) -> str:
    """An issue's state as a clause; the annotation's word is added where people say it otherwise."""
    if issue.is_pull_request:
        if issue.status is Status.WONT_DO:
            return f"the pull request was closed without a merge ({issue.status})"
        return f"the pull request is {'merged' if issue.merged else issue.status}"
    if issue.status is Status.WONT_DO:
        return f"the issue is closed as not planned ({issue.status})"
    if issue.status is Status.DUPLICATE:
        return "the issue is closed as a duplicate"
    return f"the issue is {issue.status}"


def _is_beside(found: Found) -> bool:
    """Whether what has an annotation's form is the author's own link, which stays as it is."""
    return found.how != "by link" and is_authors_own(found.item)
