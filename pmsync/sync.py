"""The spine: the one way of the data, for the command line and the Action alike.

    bytes → text → items → drafts ─┐
                                   ├→ plan → (shown) → apply → outcomes → edits → text → bytes
    tracker → issues ──────────────┘

The plan is made once. What the documents get is what it bound, as the issues are after what came of it; a
document that changed on its branch meanwhile is bound again item by item, and no other with it.
"""

import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pmsync import documents
from pmsync.apply import apply
from pmsync.errors import DocumentError, Interrupted, TrackerError
from pmsync.extract import read
from pmsync.git import ignore
from pmsync.model import ActionItem, Binding, Change, Issue, Notice, Outcome, Plan, Postmortem
from pmsync.noticeboard import foresee_dashboard, keep_dashboard
from pmsync.planning import Planning
from pmsync.reading import Reading
from pmsync.reconcile.bindings import bind_outcomes, rebind
from pmsync.reconcile.dashboard import Name
from pmsync.reconcile.drafts import Pages
from pmsync.reconcile.edits import Annotated, annotate
from pmsync.reconcile.nudges import add_nudges
from pmsync.reconcile.policy import Policy
from pmsync.reports.dashboard import render_dashboard
from pmsync.reports.index_page import rewrite_index
from pmsync.repository.write_back import BRANCH, Mode, Wanted, Written, write_back
from pmsync.session import Session
from pmsync.text import encode


class WriteBack(enum.StrEnum):
    """How documents get their links and status."""

    FILES = "files"
    PUSH = "push"
    PULL_REQUEST = "pull-request"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run came to.

    Attributes:
        plan: with each item's issue as it is now, and with all that was told, and all that failed.
        outcomes: of its changes; None where it was only planned, or refused.
        written: what became of the documents.
        dashboard: the issue that holds the status report; None where there is none.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] | None = None
    written: Written = field(default_factory=Written)
    dashboard: Issue | None = None

    @property
    def errors(self) -> tuple[Notice, ...]:
        """What failed, where it belongs in the documents."""
        return (*self.plan.errors, *(outcome.notice for outcome in self.outcomes or () if outcome.notice))


def run(
    session: Session,
    reading: Reading,
    way: WriteBack | None = None,
    *,
    force: bool = False,
    patient: bool = False,
    for_report: bool = False,
    confirm: Callable[[Plan], None] | None = None,
) -> Done:
    """Plans; then, unless that is all or the plan is too large, carries it out and writes the documents back.

    Args:
        session: what is worked with.
        reading: the documents.
        way: how documents are written; None stops before the first write of any kind.
        force: carry out a plan however large it is.
        patient: wait for hourly limits to pass.
        for_report: look up what was settled earlier too, so that a report can tell when.
        confirm: shows a person the plan before the first write, and raises where that is not wanted.

    Raises:
        UsageError: documents cannot be written in that way, or there is no way to the tracker.
        TrackerError: the tracker could not be read; nothing was written then.
    """
    if way in {WriteBack.PUSH, WriteBack.PULL_REQUEST}:
        session.require_documents_repository()
    items = (item for postmortem in reading.postmortems for item in postmortem.items)
    refs = (item.annotation.ref for item in items if item.annotation)
    given = max((ref.number for ref in refs if not ref.repository), default=0)
    with session.open_tracker(patient=patient, given=given) as tracker:
        planning = Planning(tracker, _make_policy(session, reading), session, session.on_progress)
        if way is None:
            plan = _make_whole_plan(planning, session, reading, force=force)
        elif confirm:
            plan = _confirm(partial(_make_whole_plan, planning, session, reading, force=force), confirm)
        else:
            plan = _make_plan(planning, session, reading, force=force)
        if way is None or plan.excess:
            done = Done(plan=plan)
        else:
            done = _carry_out(plan, planning, session, reading, way)
        if for_report or (way and _has_dashboard(session, reading)):
            done = _with_settled(done, planning)
        if done.outcomes is not None and _has_dashboard(session, reading):
            done = _keep_dashboard(done, planning, session, reading)
        told = (*done.plan.warnings, *(Notice(text=sentence) for sentence in tracker.drain_warnings()))
    return replace(done, plan=replace(done.plan, warnings=tuple(dict.fromkeys(told))))


def _make_plan(planning: Planning, session: Session, reading: Reading, *, force: bool) -> Plan:
    """Makes the plan of a run; `force` lets it be as large as it is."""
    plan = planning.plan(reading.postmortems, reading.errors)
    plan = _without_unwritable(plan, _Rewriting(session, reading, planning, plan.bindings))
    if _has_nudges(session, reading):
        plan = _with_nudges(plan, planning, session, reading)
    return replace(
        plan,
        warnings=reading.warnings + plan.warnings,
        excess=() if force else plan.excess,
        waiting=reading.waiting,
        unpublished=reading.unpublished,
    )


def _make_whole_plan(planning: Planning, session: Session, reading: Reading, *, force: bool) -> Plan:
    """Makes a plan for people to look at: with what would be written besides."""
    plan = _make_plan(planning, session, reading, force=force)
    rewriting = _Rewriting(session, reading, planning, plan.bindings)
    if not _read_index(rewriting)[1]:
        page = Notice(text="its table of postmortems is brought up to date", document=rewriting.index)
        plan = replace(plan, pages=(page,))
    return _with_dashboard(plan, planning, session, reading) if _has_dashboard(session, reading) else plan


def _with_dashboard(plan: Plan, planning: Planning, session: Session, reading: Reading) -> Plan:
    """Adds to a plan what a sync would do with the dashboard."""
    settled = _with_settled(Done(plan=plan), planning).plan
    text = render_dashboard(session.make_status(reading.postmortems, settled))
    try:
        told = foresee_dashboard(planning, _name_dashboard(session), text)
    except TrackerError as error:
        return replace(plan, errors=(*plan.errors, Notice(text=f"the dashboard cannot be foreseen: {error}")))
    return replace(plan, pages=(*plan.pages, Notice(text=told))) if told else plan


def _name_dashboard(session: Session) -> Name:
    """Names the dashboard by the repository's id too, by which it is found once that has another name.

    Raises:
        TrackerError: GitHub did not answer; who went on might make a second one.
    """
    repository = session.documents_repository
    id_ = session.found_id
    if not id_ and repository.casefold() == session.issues_repository.casefold():
        raise TrackerError(f"{repository}, whose issues can be read, cannot be looked up")
    return Name.of(repository, id_, session.variant)


def _with_nudges(plan: Plan, planning: Planning, session: Session, reading: Reading) -> Plan:
    """Adds to a plan the labels that say how late its issues are; one that was transferred gets none."""
    report = session.make_status(reading.postmortems, plan)
    due = {follow_up.item.place: follow_up.due for follow_up in report.follow_ups if follow_up.due}

    def counts(issue: Issue) -> bool:
        is_here = (
            session.is_local or issue.ref.repository.casefold() == planning.tracker.repository.casefold()
        )
        return is_here and planning.counts(issue)

    return add_nudges(plan, due, report.today, counts)


def _confirm(make: Callable[[], Plan], confirm: Callable[[Plan], None]) -> Plan:
    """Makes a plan that is confirmed. Since people take their time, it is made anew once they have answered.

    Where it then differs from what they saw, as another run may have come first, they are asked again.
    """
    seen: object = ((), ())
    while (outline := _outline(plan := make())) != seen and not plan.excess:
        confirm(plan)
        seen = outline
    return replace(plan, pages=())


def _outline(plan: Plan) -> tuple[object, ...]:
    """What people see of a plan; two that are made of the same differ in their issues' random ids alone."""
    changes = tuple(
        (
            change.action,
            change.item,
            change.issue and change.issue.ref,
            change.reason,
            change.draft and (change.draft.title, change.draft.labels, change.draft.assignees),
        )
        for change in plan.changes
    )
    return changes, plan.pages


def _carry_out(plan: Plan, planning: Planning, session: Session, reading: Reading, way: WriteBack) -> Done:
    """Applies a plan, and writes into the documents what came of it."""
    if session.is_local or way is WriteBack.FILES:
        ignore(session.checkout, documents.LEFTOVERS)
        folders = {source.path.parent for source in reading.sources.values()}
        documents.remove_leftovers(session.root, folders)
    noted = _apply_quietly(plan.notes, planning, session)
    outcomes = apply(
        plan,
        planning.tracker,
        is_interrupted=session.interruption,
        on_progress=session.on_progress,
        is_ours=planning.counts,
        newest=planning.newest,
    )
    planning.learn(outcomes)
    bindings = bind_outcomes(plan.bindings, outcomes)
    written = _write_to_the_end(_Rewriting(session, reading, planning, bindings), way)
    unwritten = _find_unwritten(written, way, reading)
    forgotten = _forget(plan, planning, session, written) if way is WriteBack.PUSH else ()
    plan = replace(
        plan,
        changes=_without_said(plan.changes, {*written.documents, *unwritten}),
        bindings=bindings,
        warnings=(*plan.warnings, *written.warnings),
        errors=(*plan.errors, *noted, *written.errors, *forgotten),
    )
    outcomes = (*outcomes, *_written_alone(plan, unwritten))
    return Done(plan=plan, outcomes=outcomes, written=written)


def _with_settled(done: Done, planning: Planning) -> Done:
    """Adds to what is bound the issues that were settled earlier, as far as they can be read."""
    try:
        bindings = planning.with_settled(done.plan.bindings)
    except TrackerError as error:
        text = f"what was closed earlier could not be read, so the report does not tell when: {error}"
        return replace(done, plan=replace(done.plan, errors=(*done.plan.errors, Notice(text=text))))
    return replace(done, plan=replace(done.plan, bindings=bindings))


def _has_nudges(session: Session, reading: Reading) -> bool:
    """Whether a run labels issues by how late they are: one of all documents."""
    return session.config.nudges and reading.selected is None


def _has_dashboard(session: Session, reading: Reading) -> bool:
    """Whether a run keeps the dashboard: one of all documents of the default branch, not broken off."""
    if not session.config.dashboard or session.is_local:
        return False
    checkout = session.checkout
    is_there = checkout.is_default_head or checkout.default_branch in {None, checkout.branch}
    return is_there and reading.is_whole and not session.interruption()


def _keep_dashboard(done: Done, planning: Planning, session: Session, reading: Reading) -> Done:
    """Brings the dashboard in step with what came of a run."""
    text = render_dashboard(session.make_status(reading.postmortems, done.plan))
    name = partial(_name_dashboard, session)
    kept = keep_dashboard(planning, name, session.config.label, text, is_interrupted=session.interruption)
    warnings, errors = (*done.plan.warnings, *kept.warnings), (*done.plan.errors, *kept.errors)
    return replace(done, plan=replace(done.plan, warnings=warnings, errors=errors), dashboard=kept.issue)


def _forget(plan: Plan, planning: Planning, session: Session, written: Written) -> tuple[Notice, ...]:
    """Lets markers forget the boxes that the default branch now shows otherwise."""
    landed = written.documents if written.is_pushed else ()
    over = tuple(it for it in plan.afterwards if it.item and it.item.document in landed)
    return _apply_quietly(over, planning, session)


def _apply_quietly(changes: tuple[Change, ...], planning: Planning, session: Session) -> tuple[Notice, ...]:
    """Carries out what no plan shows; returns what failed of it."""
    done = apply(Plan(changes=changes), planning.tracker, is_interrupted=session.interruption)
    return tuple(outcome.notice for outcome in done if outcome.notice)


def _find_unwritten(written: Written, way: WriteBack, reading: Reading) -> Collection[str]:
    """Returns the documents that do not say what they should: what failed, or all where nothing landed."""
    failed = {it.document for it in written.errors}
    is_refused = way is not WriteBack.FILES and not written.has_landed and (written.documents or "" in failed)
    return reading.sources if way is WriteBack.NONE or is_refused else failed


def proposal_branch(session: Session) -> str:
    """Returns the branch of the write-back's pull request: as configured, else one for each configuration."""
    return session.config.write_back_branch or BRANCH + session.variant


def _make_policy(session: Session, reading: Reading) -> Policy:
    """Gathers what decides a plan beside items and issues."""
    config, checkout = session.config, session.checkout
    return Policy(
        source=session.documents_repository,
        repository_id=session.repository_id,
        labels=(config.label, *config.labels),
        labels_for=config.labels_for,
        owners=config.owners,
        trusted_authors=frozenset(config.trusted_authors),
        done_items="create" if config.done_items == "create" else "skip",
        on_removed="close" if config.on_removed == "close" else "report",
        since=config.since,
        max_creates=config.max_creates,
        has_history=checkout.head is not None,
        commit="" if session.is_local else checkout.base or "",
        existing=checkout.paths | reading.known,
        retained=frozenset() if session.is_local and checkout.retained is None else checkout.retained,
        knows_default_branch=checkout.head is None or checkout.default_branch is not None,
        is_default_head=checkout.is_default_head,
        selected=reading.selected,
        waiting=frozenset(notice.document for notice in reading.waiting),
        is_telling=_has_nudges(session, reading) or _has_dashboard(session, reading),
        pages=Pages(
            root=session.documents_page,
            revision=checkout.revision or "HEAD",
            changed=checkout.changed,
            issues=session.issues_page,
        ),
    )


def _without_said(changes: Sequence[Change], differing: Collection[str]) -> tuple[Change, ...]:
    """Leaves out what concerns documents alone that did not differ: a clone may be behind its branch."""
    return tuple(
        change
        for change in changes
        if change.action.writes_issue or change.item is None or change.item.document in differing
    )


def _written_alone(plan: Plan, unwritten: Collection[str]) -> tuple[Outcome, ...]:
    """The outcomes of changes that concern documents alone."""
    return tuple(
        Outcome(change=change, issue=change.issue)
        for change in plan.changes
        if change.item and not change.action.writes_issue and change.item.document not in unwritten
    )


# ----------------------------------------------------------------- what documents should say


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """What documents should say, by the bindings of a plan, or of what came of it."""

    session: Session
    reading: Reading
    planning: Planning
    bindings: Sequence[Binding]

    def annotate(self, before: Postmortem, bindings: Sequence[Binding]) -> Annotated:
        """Writes `bindings` into one document's text, and reads the result again."""
        return annotate(
            before, bindings, documents_repository=self.session.documents_repository, read=self.read
        )

    def annotate_all(self, postmortems: Iterable[Postmortem]) -> Iterator[Annotated]:
        """Writes what is bound into documents that say what was read."""
        bound: dict[str, list[Binding]] = defaultdict(list)
        for binding in self.bindings:
            bound[binding.item.document].append(binding)
        for postmortem in postmortems:
            yield self.annotate(postmortem, bound[postmortem.document])

    def annotate_moved(self, document: str, text: str) -> Annotated | None:
        """Writes what is bound into a document that says something else on its branch.

        Returns:
            None where the configuration leaves the document out.

        Raises:
            DocumentError: the text cannot be read.
            TrackerError: nothing was planned for it, since the work tree lacks it, and nothing can be now.
        """
        before = next((it for it in self.reading.postmortems if it.document == document), None)
        if before is None and document in self.session.checkout.paths:
            return None
        now = self.read(document, text)
        if before is None:
            return self.annotate(now, self.planning.plan_alone(now).bindings)
        bindings = [binding for binding in self.bindings if binding.item.document == document]
        return self.annotate(now, rebind(bindings, before.items, now.items))

    @property
    def index(self) -> str:
        """The index page; empty where there is none, or not all documents were looked at."""
        return self.session.config.index if self.reading.is_whole else ""

    def rewrite_index(self, text: str) -> str:
        """Returns the index page with the present table in it.

        Raises:
            DocumentError: there is no place for one.
        """
        plan = replace(Plan(), bindings=tuple(self.bindings))
        return rewrite_index(self.index, text, self.session.make_status(self.reading.postmortems, plan))

    def read(self, document: str, text: str) -> Postmortem:
        """Reads a document's text."""
        return read(document, text, known=self.session.config.known)


def _without_unwritable(plan: Plan, rewriting: _Rewriting) -> Plan:
    """Takes out of `plan` what could not be written without changing how a document reads."""
    alone = {
        change.item.document for change in plan.changes if change.item and not change.action.writes_issue
    }
    touched = [it for it in rewriting.reading.chosen if it.document in alone]
    refused = [item for annotated in rewriting.annotate_all(touched) for item in annotated.refused]
    places = {item.place for item in refused}
    changes = tuple(
        change
        for change in plan.changes
        if change.action.writes_issue or change.item is None or change.item.place not in places
    )
    return replace(plan, changes=changes, warnings=(*plan.warnings, *_tell_refused(refused)))


def _tell_refused(items: Iterable[ActionItem]) -> Iterator[Notice]:
    """Tells of links that cannot be written; that an item has no place for one, the plan tells itself."""
    for item in items:
        if item.slot or item.annotation:
            text = "its link cannot be written here without changing how the document reads"
            yield Notice(text=text, document=item.document, line=item.line)


# ------------------------------------------------------------------------- writing them back


def _write_to_the_end(rewriting: _Rewriting, way: WriteBack) -> Written:
    """Writes the documents back, even where the run was interrupted; only a second signal breaks that off."""
    try:
        with rewriting.session.interruption.finishing():
            match way:
                case WriteBack.NONE:
                    return Written()
                case WriteBack.FILES:
                    return _write_files(rewriting)
                case WriteBack.PUSH | WriteBack.PULL_REQUEST:
                    return _write_to_github(rewriting, Mode(way))
    except (KeyboardInterrupt, Interrupted):
        text = "interrupted before all documents were written back; the next run does it"
        return Written(errors=(Notice(text=text),))


def _write_files(rewriting: _Rewriting) -> Written:
    """Writes the documents of the work tree."""
    written: list[str] = []
    warnings: list[Notice] = []
    errors: list[Notice] = []
    for annotated in rewriting.annotate_all(rewriting.reading.chosen):
        after = annotated.after
        source = rewriting.reading.sources[after.document]
        warnings += _tell_refused(annotated.refused)
        if after.text == source.text:
            continue
        try:
            documents.replace(source, after.text)
            written.append(after.document)
        except DocumentError as error:
            errors.append(Notice.of(error))
    try:
        written += _write_index(rewriting)
    except DocumentError as error:
        errors.append(Notice.of(error))
    return Written(documents=tuple(written), warnings=tuple(warnings), errors=tuple(errors))


def _write_index(rewriting: _Rewriting) -> list[str]:
    """Writes the index page of the work tree; returns it where it changed.

    Raises:
        DocumentError: it cannot be read or written, or has no place for a table.
    """
    if not rewriting.index:
        return []
    root = rewriting.session.root
    source = documents.read_source(root, root / rewriting.index, only_inside=True)
    text = rewriting.rewrite_index(source.text)
    if text == source.text:
        return []
    documents.replace(source, text)
    return [source.document]


def _read_index(rewriting: _Rewriting) -> tuple[dict[str, bytes], bool]:
    """The index page as it is at hand, and whether that is as it should be."""
    if not rewriting.index:
        return {}, True
    root = rewriting.session.root
    try:
        source = documents.read_source(root, root / rewriting.index, only_inside=True)
        return {rewriting.index: source.data}, rewriting.rewrite_index(source.text) == source.text
    except DocumentError:
        return {}, False  # what is wrong with it the branch's own tells


def _write_to_github(rewriting: _Rewriting, mode: Mode) -> Written:
    """Writes the documents on GitHub: in one commit, or by one pull request.

    Every chosen document that holds an issue is looked at, since the branch may lack what the work tree
    has; none is, where the work tree is the branch's head, and nothing is to be written.
    """
    session, reading = rewriting.session, rewriting.reading
    annotated = list(rewriting.annotate_all(reading.chosen))
    texts = {it.after.document: it.after.text for it in annotated}
    read_here = {it.document: it.text for it in reading.chosen}
    bound = {binding.item.document for binding in rewriting.bindings}
    looked_at = [document for document in texts if document in bound]
    index, is_index_done = _read_index(rewriting)
    is_same = session.checkout.changed.isdisjoint({*looked_at, *index})
    is_done = texts == read_here and is_same and is_index_done
    at_hand = {document: encode(read_here[document]) for document in looked_at}

    def rewrite(document: str, text: str) -> str | None:
        if document == rewriting.index:
            return rewriting.rewrite_index(text)
        if read_here.get(document) == text:
            return texts[document]
        moved = rewriting.annotate_moved(document, text)
        return moved.after.text if moved else None

    wanted = Wanted(
        documents=(*looked_at, *filter(None, [rewriting.index])),
        rewrite=rewrite,
        mode=mode,
        branch=proposal_branch(session),
        at_hand=at_hand | index,
        done_at=session.checkout.revision if is_done else None,
        is_whole=reading.selected is None and not reading.errors and not reading.waiting,
    )
    try:
        with session.connect() as connection:
            repository, pause = session.documents_repository, session.interruption.sleep
            written = write_back(connection, repository, wanted, pause=pause)
    except TrackerError as error:
        written = Written(errors=(Notice(text=f"nothing was written back; the next run does it: {error}"),))
    told = [notice for it in annotated for notice in _tell_refused(it.refused)]
    return replace(written, warnings=(*written.warnings, *told))
