"""Items and what is known of the tracker → the plan: everything that sync would do, as one value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

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
    Notice,
    Plan,
    Postmortem,
    Status,
)
from pmsync.reconcile.boxes import (
    find_wish,
    follow,
    is_back,
    is_hand_written,
    is_overruled,
    is_unsure,
    remember,
)
from pmsync.reconcile.doubts import find_doubts
from pmsync.reconcile.drafts import draft_issue, find_labels
from pmsync.reconcile.edits import make_edits
from pmsync.reconcile.knowledge import (
    AskCurrent,
    AskLacking,
    Knowledge,
    Question,
    ReadIssue,
)
from pmsync.reconcile.markers import (
    Key,
    ManagedBlock,
    document_digest,
    find_block,
    repository_digest,
    ticked_boxes,
    title_is_intact,
    write_marker,
)
from pmsync.reconcile.matching import (
    Found,
    Matching,
    find_issues,
    known_with_names,
    parse_ticket,
    with_own_links,
)
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.trust import Twin, is_within_reach
from pmsync.reconcile.update import find_update

MAX_SHARE = 0.30
"""The share of open (or linked) issues beyond which closing (or missing) them is implausible…"""

MAX_FEW = 3
"""…but this many never are."""

_BACK = "its item is back"
"""Why an issue is reopened that was closed for want of an item."""


_NO_DEFAULT_BRANCH = (
    "on_removed: close closes nothing here, since this clone does not know which branch of origin is the"
    " default one: `git remote set-head origin -a` lets it know"
)


def make_plan(
    postmortems: Sequence[Postmortem], known: Knowledge, policy: Policy, *, errors: Sequence[Notice] = ()
) -> Plan | frozenset[Question]:
    """Plans, or returns what must be known of the tracker first.

    Args:
        postmortems: all documents that could be read.
        known: of the tracker, so far.
        policy: how the team wants it.
        errors: what failed before (documents that could not be read); told with the plan.
    """
    settled = with_own_links(postmortems, known)
    if not isinstance(settled, tuple):
        return settled
    postmortems, known = settled, known_with_names(settled, known)
    matching = find_issues(postmortems, known, policy)
    if not isinstance(matching, Matching):
        return matching
    plan = _Planner(postmortems, known, policy, matching).plan(errors)
    if questions := _doubt(plan, matching, known, policy):
        return questions
    return replace(plan, excess=_find_excess(plan, known, policy.max_creates))


def _doubt(plan: Plan, matching: Matching, known: Knowledge, policy: Policy) -> frozenset[Question]:
    """What must be known before a plan is carried out, and not for most of them."""
    merged = {change.issue.ref for change in plan.changes if change.issue and change.action is Action.MERGE}
    pairs = [(twin.issue.ref, twin.stays.ref) for twin in matching.twins if twin.issue.ref in merged]
    # Where lists lag, or another run heals too, the one that stays may just have been closed for the other.
    questions: set[Question] = {ReadIssue(ref) for pair in pairs for ref in pair if ref not in known.fresh}
    if known.is_current is None and any(map(_is_for_the_head, plan.changes)):
        questions.add(AskCurrent())
    others = matching.commits - {policy.commit}
    writes = any(change.action.writes_issue for change in (*plan.changes, *plan.notes))
    if policy.commit and others and known.lacking is None and (writes or policy.is_telling):
        questions.add(AskLacking(others))
    return frozenset(questions)


def _is_for_the_head(change: Change) -> bool:
    """Whether only the default branch's present documents may ask for it: an item is gone, or is back."""
    return change.action is Action.RETIRE or (change.action is Action.REOPEN and change.reason == _BACK)


def _find_excess(plan: Plan, known: Knowledge, max_creates: int) -> tuple[str, ...]:
    """Returns why a plan is implausibly large, one clause each; nothing where it is plausible."""
    counted = Counter(change.action for change in plan.changes if change.issue)
    creates = sum(change.action is Action.CREATE for change in plan.changes)
    closes = (
        counted[Action.CLOSE] + counted[Action.RETIRE]
    )  # not twins: each of their items keeps an open one
    bound = {binding.issue.ref for binding in plan.bindings if binding.issue}
    ours = bound | known.blocks.keys()
    open_issues = sum(issue.is_open and ref in ours for ref, issue in known.distinct.items())
    linked = sum(binding.item.annotation is not None for binding in plan.bindings)
    missing = sum(change.action is Action.FOLLOW and change.issue is None for change in plan.changes)
    reasons = []
    if known.lacking:
        reasons.append(
            "this checkout is behind, or of another past: issues were written from documents of the default"
            f" branch that it does not hold ({', '.join(sorted(it[:7] for it in known.lacking)[:3])});"
            " pull first"
        )
    if creates > max_creates:
        reasons.append(f"it would create {creates} issues, more than max_creates: {max_creates}")
    if closes > max(MAX_FEW, MAX_SHARE * open_issues):
        reasons.append(f"it would close {closes} of {open_issues} open issues")
    if missing > max(MAX_FEW, MAX_SHARE * linked):
        reasons.append(f"it finds {missing} of {linked} linked issues missing")
    return tuple(reasons)


class _Planner:
    """Builds one plan. What an item's own line decides stands in methods named for it."""

    def __init__(
        self, postmortems: Sequence[Postmortem], known: Knowledge, policy: Policy, matching: Matching
    ) -> None:
        self.postmortems = {postmortem.document: postmortem for postmortem in postmortems}
        self.known = known
        self.policy = policy
        self.matching = matching
        self.changes: list[Change] = []
        self.notes: list[Change] = []
        self.afterwards: list[Change] = []
        self.bindings: list[Binding] = []
        self.drifts: list[Notice] = []
        self.skipped: list[Notice] = []
        self.warnings: list[Notice] = []
        self.keys: set[Key] = set(matching.keys)
        self.kept_open = _kept_open(matching.found)

    def plan(self, errors: Sequence[Notice]) -> Plan:
        """Turns whose issue is whose into changes, in document order, then twins and orphans."""
        for postmortem in self.postmortems.values():
            if self.policy.is_selected(postmortem.document):
                self.warnings += postmortem.warnings
        self.warnings += [
            notice
            for notice in self.matching.notices
            if not notice.document or self.policy.is_selected(notice.document)
        ]
        self._plan_items()
        self._tell_doubts()
        orphans = self._plan_issues_without_item()
        return Plan(
            changes=tuple(self.changes),
            notes=tuple(self.notes),
            afterwards=tuple(self.afterwards),
            bindings=tuple(self.bindings),
            drifts=tuple(self.drifts),
            skipped=tuple(self.skipped),
            orphans=orphans,
            warnings=tuple(self.warnings),
            errors=(*errors, *self.matching.errors),
        )

    def _plan_items(self) -> None:
        found = {each.item.place: each for each in self.matching.found}
        unmatched = {item.place: key for item, key in self.matching.unmatched}
        doubtful = {(error.document, error.line) for error in self.matching.errors}
        items = [item for postmortem in self.postmortems.values() for item in postmortem.items]
        for place, item in {item.place: item for item in items}.items():
            if not self.policy.is_selected(item.document):
                continue
            if place in found:
                self._bind(found[place])
            elif place in unmatched:
                self._create(item, unmatched[place])
            elif (item.document, item.line) not in doubtful:
                self._skip(item, f"tracked elsewhere ({item.ticket})", "tracked elsewhere")

    def _tell_doubts(self) -> None:
        """Marks updates by which a link stands beside another item's words, and warns of them."""
        doubts = find_doubts(self.changes)
        for at, change in enumerate(self.changes):
            if change.item and change.issue and (doubt := doubts.get(change.issue.ref)) and change.edit:
                self.changes[at] = replace(change, doubt=doubt)
                self._warn(f"{change.issue.ref} \u201c{change.issue.title}\u201d: {doubt}", change.item)

    def _plan_issues_without_item(self) -> tuple[Issue, ...]:
        """Plans what becomes of twins and orphans; returns the orphans."""
        acted_on = {
            each.issue.ref
            for each in self.matching.found
            if each.issue and self.policy.is_selected(each.item.document)
        }
        for twin in self.matching.twins:
            if self.policy.selected is None or twin.stays.ref in acted_on:
                self._merge(twin)
        unclaimed = self.matching.orphans if self.policy.selected is None else ()
        orphans = tuple(issue for issue in unclaimed if self._was_here(issue))
        for issue in orphans:
            self._retire(issue)
        for issue in unclaimed:
            if issue not in orphans:
                text = "is open, but this branch never held its document: it may be another branch's"
                self.warnings.append(Notice(text=f"{issue.ref} \u201c{issue.title}\u201d {text}"))
        return orphans

    # -- items without an issue ------------------------------------------------------------

    def _create(self, item: ActionItem, key: Key) -> None:
        postmortem = self.postmortems[item.document]
        why, reason = self.policy.why_no_issue(item, postmortem)
        if why:
            self._skip(item, why, reason)
            if item.annotation and self.known.leads_here(item.annotation.ref):
                self._warn(f"its link to {item.annotation.ref} is another item's: delete it here", item)
            return
        self.keys.add(key)
        draft = draft_issue(
            item,
            postmortem,
            key,
            pages=self.policy.pages,
            labels=(*self.policy.labels, *find_labels(item, postmortem, self.policy.labels_for)),
            owners=self.policy.owners,
            commit=self.policy.commit,
            repository=self._repository,
        )
        new = Found(item=item, issue=None, how="new")
        self._change(Action.CREATE, new, "it has no issue yet", draft=draft)
        if item.done:
            edit = IssueEdit(
                is_open=False,
                state_reason=_closing_reason(item),
                body=_with_box(draft.body, ticked=True),
                body_was=draft.body,
            )
            self._change(Action.CLOSE, new, "already done in the document", edit=edit)
        self._warn_if_homeless(item)
        self.bindings.append(Binding(item=item, issue=None, identity="new", beside=new.is_beside))

    @property
    def _repository(self) -> str:
        """Digest of the id of the documents' repository, where it is known."""
        asked = self.known.repositories.get(self.policy.source, ("", ""))
        return repository_digest(self.policy.repository_id or asked[1])

    def _skip(self, item: ActionItem, why: str, reason: str) -> None:
        self.skipped.append(
            Notice(text=f"{item.title}: {why}", document=item.document, line=item.line, reason=reason)
        )

    # -- items with an issue ---------------------------------------------------------------

    def _bind(self, found: Found) -> None:
        item, issue = found.item, found.issue
        binding = Binding(
            item=item,
            issue=issue,
            identity=found.how,
            beside=found.is_beside,
            is_ours=found.marker is not None,
        )
        if issue is None:
            self._bind_unread(found, binding)
            return
        if found.is_left:
            self.bindings.append(binding)
            return
        wish = find_wish(found, is_head=self._is_head)
        if wish and found.marker is None and not is_within_reach(issue, self.known):
            self._warn(f"{issue.ref} is another repository's issue: close or reopen it there", item)
            self.bindings.append(replace(binding, status=issue.status))
            return
        if is_unsure(found):
            self._warn(f"{issue.ref} was reopened: close it there", item)
        command = None if wish is Action.CLOSE and issue.ref in self.kept_open else wish
        is_pending = wish is not None or (issue.is_pull_request and issue.is_open)
        ticked = None if is_pending else follow(item, issue.status)
        note = self._write_issue(found, issue, wish, command, ticked=ticked)
        binding = replace(binding, status=issue.status, ticked=ticked)
        self.bindings.append(binding)
        planned = len(self.changes)
        if command is None or not found.is_linked:
            self._write(binding, found, issue)
        if note:  # where the document tells the same, people need not be told twice
            (self.changes if len(self.changes) == planned else self.notes).append(note)

    def _bind_unread(self, found: Found, binding: Binding) -> None:
        item, annotation = found.item, found.item.annotation
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
                self._change(Action.FOLLOW, found, f"{annotation.ref} is gone")
        self.bindings.append(binding)

    def _write_issue(
        self, found: Found, issue: Issue, wish: Action | None, command: Action | None, *, ticked: bool | None
    ) -> Change | None:
        """Plans what an item asks of its issue: its state and text. Returns what its marker is to note alone.

        Once its document shows the box as `ticked`, there is nothing to keep that says otherwise.
        """
        block = self.known.blocks.get(issue.ref)
        may_update = issue.is_open or command is Action.REOPEN
        if found.marker is None or block is None:
            if command:
                self._command(found, issue, command)
            if may_update and block is None and self._should_bear_block(found, issue):
                text = f"{issue.ref}: its text bears no part of pmsync's, and is left to people"
                self._drift(text, found.item)
            return None
        box = remember(found, command, self.policy) if wish is command else found.marker.box
        is_gone = None if may_update else found.marker.is_gone
        is_noted = box == found.marker.box and is_gone is found.marker.is_gone
        marker = replace(
            found.marker,
            repository=self._repository or found.marker.repository,
            box=box,
            is_gone=is_gone,
            at=self.policy.commit or found.marker.at,
        )
        noted = write_marker(issue.body, block, marker)
        was_updated = False
        if command:
            self._command(found, issue, command, body=noted)
            is_noted = True
            block = replace(block, end=block.marker_start + len(str(marker)))
            issue = replace(issue, body=noted)
        kept = marker if command else replace(found.marker, box=box, is_gone=is_gone)
        found = replace(found, issue=issue, marker=kept)
        if may_update:
            was_updated = self._update(found, issue, block)
        if not was_updated and not is_noted:
            return _note(found, issue, noted)
        if not was_updated and None not in {box, ticked} and box != ticked:
            forgotten = write_marker(issue.body, block, replace(marker, box=None))
            self.afterwards.append(_note(found, issue, forgotten))
        return None

    def _command(self, found: Found, issue: Issue, command: Action, *, body: str | None = None) -> None:
        """Plans to close or reopen an issue, once for all items that share it."""
        if any(change.action is command and change.issue == issue for change in self.changes):
            return
        ticked = found.item.box is not None and found.item.box.ticked
        edit = IssueEdit(
            is_open=command is Action.REOPEN,
            state_reason=None if command is Action.REOPEN else _closing_reason(found.item),
            body=body,
            body_was=None if body is None else issue.body,
            state_was=issue.state,
        )
        marked = "decided against in the document" if found.item.declined else "marked done in the document"
        done = "ticked in the document" if ticked and not found.item.declined else marked
        undone = _BACK if is_back(found, is_head=self._is_head) else "unticked in the document"
        self._change(command, found, undone if edit.is_open else done, edit=edit)

    def _update(self, found: Found, issue: Issue, block: ManagedBlock) -> bool:
        """Plans to carry a change of the item's own fields to its issue; returns whether there is one."""
        item = found.item
        update = find_update(found, block, self.postmortems[item.document], self.policy, taken=self.keys)
        if update is None:
            return False
        if update.edited:
            parts = " and ".join(update.edited)
            self._drift(f"{issue.ref}: its {parts} was edited by a person, and is left so", item)
        if update.edit and update.key:
            self.keys.add(update.key)
            self._change(Action.UPDATE, found, update.reason, edit=update.edit)
        return update.edit is not None

    def _should_bear_block(self, found: Found, issue: Issue) -> bool:
        """Whether a linked issue under our label once bore text of ours, so that a person took it out.

        One that its author named and that bears the label never did.
        """
        ticket = parse_ticket(found.item.ticket or "", self.known.repository)
        is_labelled = self.policy.labels[0].casefold() in {label.casefold() for label in issue.labels}
        return found.is_linked and is_labelled and ticket != issue.ref and not issue.is_pull_request

    def _write(self, binding: Binding, found: Found, issue: Issue) -> None:
        """Plans the document's edit, where there is one to make."""
        item = binding.item
        text = self.postmortems[item.document].text
        self._warn_if_homeless(item)
        if make_edits(text, [binding], documents_repository=self.policy.source, document=item.document):
            action, reason = _why_written(found, issue)
            self._change(action, found, reason)

    # -- issues without an item ------------------------------------------------------------

    def _merge(self, twin: Twin) -> None:
        issue, block = twin.issue, self.known.blocks[twin.issue.ref]
        others = issue.body[: block.start] + issue.body[block.end :]
        other = self.known.blocks.get(twin.stays.ref)
        is_ticked = ticked_boxes(block.text) - ticked_boxes(other.text if other else "")
        is_intact = block.is_intact and title_is_intact(issue, block.marker)
        is_untouched = is_intact and not is_ticked and not others.strip()
        if not is_untouched or issue.comments:
            self.warnings.append(
                Notice(
                    text=f"{issue.ref} is a second issue for the item of {twin.stays.ref}, and people"
                    " have worked on it: close the one that you do not need"
                )
            )
            return
        edit = IssueEdit(
            is_open=False,
            state_reason="duplicate",
            comment=f"A second issue for the same action item: duplicate of {_name(twin)}.",
            title_was=issue.title,
            body_was=issue.body,
            state_was=issue.state,
            comments_was=issue.comments,
        )
        reason = f"a second issue for the item of {twin.stays.ref}"
        self._close(Action.MERGE, issue, reason, edit)

    def _was_here(self, issue: Issue) -> bool:
        """Whether the document that an issue names was read, or was once in the checkout's history."""
        named = self.known.blocks[issue.ref].marker.key.document
        return named in map(document_digest, self.postmortems) or self.known.may_have_held(named)

    def _retire(self, issue: Issue) -> None:
        """Closes an orphan, where that is wanted; what a person reopened since stays open, which is noted."""
        block = self.known.blocks[issue.ref]
        changed = {document_digest(path) for path in self.policy.pages.changed}
        is_committed = block.marker.key.document not in changed
        is_wanted = self.policy.on_removed == "close" and is_committed and block.marker.is_gone is None
        if is_wanted and self._is_head:
            edit = IssueEdit(
                is_open=False,
                state_reason="not_planned",
                state_was=issue.state,
                body=self._with_gone(issue, block, is_gone=True),
                body_was=issue.body,
            )
            self._close(Action.RETIRE, issue, "its item is gone", edit)
            return
        if block.marker.is_gone:
            edit = IssueEdit(body=self._with_gone(issue, block, is_gone=False), body_was=issue.body)
            self.notes.append(
                Change(
                    action=Action.UPDATE,
                    item=None,
                    issue=issue,
                    identity="",
                    reason="a person reopened it",
                    edit=edit,
                )
            )
        self.warnings.append(
            Notice(
                text=f"{issue.ref} \u201c{issue.title}\u201d is open, but its item is gone: close it,"
                " or restore the item"
            )
        )
        if is_wanted and not self.policy.knows_default_branch:
            self.warnings.append(Notice(text=_NO_DEFAULT_BRANCH))

    def _with_gone(self, issue: Issue, block: ManagedBlock, *, is_gone: bool) -> str:
        """The body of an orphan whose marker tells who closed it."""
        marker = replace(block.marker, is_gone=is_gone, at=self.policy.commit or block.marker.at)
        return write_marker(issue.body, block, marker)

    @property
    def _is_head(self) -> bool:
        """Whether this is the default branch's head, and not, or as it turns out, behind its remote."""
        return self.policy.is_default_head and self.known.is_current is not False

    # -- small things ------------------------------------------------------------------------

    def _warn(self, text: str, item: ActionItem) -> None:
        self.warnings.append(Notice(text=text, document=item.document, line=item.line))

    def _warn_if_homeless(self, item: ActionItem) -> None:
        if item.slot is None and item.annotation is None:
            self._warn("no link can be rendered here: its issue is known by its text alone", item)

    def _drift(self, text: str, item: ActionItem) -> None:
        self.drifts.append(Notice(text=text, document=item.document, line=item.line))

    def _change(
        self,
        action: Action,
        found: Found,
        reason: str,
        *,
        draft: Draft | None = None,
        edit: IssueEdit | None = None,
    ) -> None:
        """Plans a change of an item that has an issue."""
        self.changes.append(
            Change(
                action=action,
                item=found.item,
                issue=found.issue,
                identity=found.how,
                reason=reason,
                draft=draft,
                edit=edit,
            )
        )

    def _close(self, action: Action, issue: Issue, reason: str, edit: IssueEdit) -> None:
        """Plans to close an issue that has no item."""
        self.changes.append(
            Change(action=action, item=None, issue=issue, identity="", reason=reason, edit=edit)
        )


def _kept_open(found: Sequence[Found]) -> frozenset[IssueRef]:
    """The issues that not all of their items want closed."""
    return frozenset(
        each.issue.ref
        for each in found
        if each.issue is not None and not each.is_left and find_wish(each) is not Action.CLOSE
    )


def _note(found: Found, issue: Issue, body: str) -> Change:
    """The change of an issue's marker alone."""
    return Change(
        action=Action.UPDATE,
        item=found.item,
        issue=issue,
        identity=found.how,
        reason="what became of its box is noted in its marker",
        edit=IssueEdit(body=body, body_was=issue.body),
    )


def _closing_reason(item: ActionItem) -> str:
    """Returns why an issue is closed whose item says that it is settled."""
    return "not_planned" if item.declined else "completed"


def _with_box(body: str, *, ticked: bool) -> str:
    """The body of a draft, with a marker that keeps its item's box."""
    block = find_block(body)
    return write_marker(body, block, replace(block.marker, box=ticked)) if block else body


def _name(twin: Twin) -> str:
    """How the issue that stays is spoken of on its twin."""
    ref = twin.stays.ref
    is_here = ref.repository.casefold() == twin.issue.ref.repository.casefold()
    return f"#{ref.number}" if is_here else str(ref)


def _why_written(found: Found, issue: Issue) -> tuple[Action, str]:
    """Which change it is that a document gets its issue's link or state, and why."""
    annotation = found.item.annotation
    if annotation is None or not found.is_linked:
        if found.marker is None:
            return Action.ADOPT, _state_of(issue)
        return Action.LINK, "its link is not in the document"
    if annotation.ref != issue.ref:
        return Action.FOLLOW, f"the issue moved to {issue.ref}"
    if annotation.others and annotation.status is issue.status:
        return Action.FOLLOW, f"its other link, {annotation.others[0].ref}, is taken out"
    if annotation.status is None or is_hand_written(found, issue):
        return Action.FOLLOW, f"{_state_of(issue)}: the word changed by hand is put back"
    if is_overruled(found, issue):
        return Action.FOLLOW, f"the issue became {issue.status} meanwhile: that wins over the box"
    return Action.FOLLOW, _state_of(issue)


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
