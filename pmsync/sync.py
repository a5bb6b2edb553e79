"""The hub: the one module that knows the way of the data.

    bytes → text → items → drafts ─┐
                                   ├→ plan → (shown) → apply → outcomes → edits → text → bytes
    tracker → issues ──────────────┘

What the documents should say after applying is not a second computation: the plan is made again from what
is then known, and its bindings are what is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pmsync import documents
from pmsync.apply import apply
from pmsync.checkout import Checkout
from pmsync.config import Config
from pmsync.errors import DocumentError, OutOfBudget, TrackerError, Unusable
from pmsync.extract import read
from pmsync.model import (
    Absence,
    ActionItem,
    Binding,
    Issue,
    IssueRef,
    Knowledge,
    Notice,
    Outcome,
    Plan,
    Postmortem,
    Status,
)
from pmsync.reconcile.drafts import Pages
from pmsync.reconcile.edits import Annotated, annotate
from pmsync.reconcile.identity import (
    AskCurrent,
    AskWriter,
    ListClosed,
    Question,
    ReadIssue,
    is_ours_to_follow,
)
from pmsync.reconcile.plan import Policy, find_excess, make_plan
from pmsync.trackers.base import Tracker

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many of how many."""

MOST_TROUBLES = 3
"""Issues that may fail to be read; a tracker that fails more often is down, and each costs seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All the documents of a run.

    Attributes:
        sources: by document, the file as it was read.
        postmortems: those that were read without error, in the order of their paths.
        errors: why the others were not.
        selected: the documents to act on; None for all.
    """

    sources: Mapping[str, documents.Source]
    postmortems: tuple[Postmortem, ...]
    errors: tuple[Notice, ...] = ()
    selected: frozenset[str] | None = None

    @property
    def chosen(self) -> tuple[Postmortem, ...]:
        """The postmortems to act on."""
        return tuple(
            each for each in self.postmortems if self.selected is None or each.document in self.selected
        )


def read_documents(
    root: Path,
    config: Config,
    paths: Sequence[str] = (),
    *,
    base: Path | None = None,
    only_named: bool = False,
    on_progress: Progress = lambda *_: None,
) -> Reading:
    """Reads the configured documents and those named, and finds the items in each.

    The configured ones are read even where others are named: a link in any of them claims its issue.

    Args:
        root: the repository's root.
        config: says where documents are, and which headings announce items.
        paths: files, folders or globs to act on; none for all configured.
        base: the folder that `paths` start from; the root where not given.
        only_named: read nothing but what is named, wherever it lies, as long as nothing is written.
        on_progress: told of each document.

    Raises:
        UsageError: a path that is not there.
    """
    named = documents.find_documents(root, paths, base=base)
    files = (
        set(named) if only_named and paths else {*named, *documents.find_documents(root, config.documents)}
    )
    sources: dict[str, documents.Source] = {}
    names: dict[Path, str] = {}
    postmortems: list[Postmortem] = []
    errors: list[Notice] = []
    for done, path in enumerate(sorted(files)):
        on_progress("reading", done, len(files))
        try:
            source = documents.read_source(root, path)
            names[path] = source.document
            if not only_named and Path(source.document).is_absolute():
                raise DocumentError(source.document, "lies outside of the repository: it can only be read")
            postmortems.append(read(source.document, source.text, sections=config.sections))
            sources[source.document] = source
        except DocumentError as error:
            names[path] = error.document
            errors.append(Notice(text=str(error), document=error.document, line=error.line))
    return Reading(
        sources=sources,
        postmortems=tuple(postmortems),
        errors=tuple(errors),
        selected=frozenset(names[path] for path in named) if paths else None,
    )


def make_policy(
    config: Config,
    reading: Reading,
    checkout: Checkout,
    *,
    documents_repository: str,
    server_url: str,
    is_local: bool,
) -> Policy:
    """Gathers what decides a plan beside items and issues.

    Args:
        config: how the team wants it.
        reading: the documents.
        checkout: what git knows.
        documents_repository: `owner/name` of the documents, empty where unknown.
        server_url: where their pages are.
        is_local: whether issues live in files, from which documents are linked by path.
    """
    web = f"{server_url}/{documents_repository}" if documents_repository and not is_local else ""
    return Policy(
        source=documents_repository,
        labels=(config.label, *config.labels),
        owners=config.owners,
        trusted_authors=frozenset(config.trusted_authors),
        done_items="create" if config.done_items == "create" else "skip",
        on_removed="close" if config.on_removed == "close" else "report",
        since=config.since,
        existing=checkout.paths
        | frozenset(reading.sources)
        | frozenset(error.document for error in reading.errors),
        retained=checkout.retained,
        is_default_head=checkout.is_default_head,
        selected=reading.selected,
        pages=Pages(root=web, revision=checkout.revision or "HEAD", changed=checkout.changed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What documents should say, or now say.

    Attributes:
        texts: by document, where it differs from what was read.
        told: items that were left alone, and why.
        errors: documents that could not be read or written.
    """

    texts: Mapping[str, str]
    told: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()


@dataclass(slots=True)
class Run:
    """One run over one reading and one tracker; what is known of the tracker grows as it goes.

    Attributes:
        reading: the documents.
        tracker: where issues live.
        policy: what decides a plan.
        max_creates: a plan that creates more is refused.
        sections: further headings that announce items.
        ask_current: asks the remote whether the checkout is its default branch's head.
        on_progress: told what is being done.
    """

    reading: Reading
    tracker: Tracker
    policy: Policy
    max_creates: int
    sections: tuple[str, ...] = ()
    ask_current: Callable[[], bool] = lambda: True
    on_progress: Progress = lambda *_: None
    knowledge: Knowledge = field(init=False)
    _lists_all: bool = field(init=False, default=False)
    _settled: Plan | None = field(init=False, default=None)
    _troubles: tuple[Notice, ...] = field(init=False, default=())

    def plan(self) -> Plan:
        """Makes the plan, asking the tracker no more than the documents force it to.

        Raises:
            TrackerError: the tracker could not be read; nothing can be planned then.
        """
        self.on_progress("listing issues", 0, 0)
        self._lists_all = self._is_first()
        listed = self.tracker.list_issues("all" if self._lists_all else "open")
        self.knowledge = Knowledge(
            repository=self.tracker.repository, issues={issue.ref: issue for issue in listed}
        )
        return self._without_unwritable(self._settle(self.reading.postmortems))

    def find_excess(self, plan: Plan) -> list[str]:
        """Returns why `plan` is implausibly large, one clause each."""
        return find_excess(plan, self.knowledge, max_creates=self.max_creates)

    def apply(
        self,
        plan: Plan,
        *,
        is_interrupted: Callable[[], bool],
        on_outcome: Callable[[Outcome], None],
    ) -> tuple[Outcome, ...]:
        """Carries out `plan` on the tracker, and learns from the outcomes."""
        outcomes = apply(plan, self.tracker, is_interrupted=is_interrupted, on_outcome=on_outcome)
        self._learn(
            {
                ref: outcome.issue
                for outcome in outcomes
                if outcome.issue is not None
                for ref in (outcome.issue.ref, (outcome.change.issue or outcome.issue).ref)
            }
        )
        made = {outcome.change.draft.marker_id for outcome in outcomes if outcome.change.draft}
        moved = {
            outcome.issue.ref
            for outcome in outcomes
            if outcome.issue and outcome.change.edit and outcome.change.edit.is_open is not None
        }
        created = {
            id(outcome.change.item): outcome.issue
            for outcome in outcomes
            if outcome.issue and outcome.change.draft
        }
        bound: dict[ActionItem, Binding | None] = dict.fromkeys(
            item for postmortem in self.reading.postmortems for item in postmortem.items
        )
        for binding in plan.bindings:
            made_for = created.get(id(binding.item))
            bound[binding.item] = (
                replace(binding, issue=made_for, status=Status.OPEN) if made_for else binding
            )
        self.policy = replace(
            self.policy, made=self.policy.made | made, moved=self.policy.moved | moved, bound=bound
        )
        return outcomes

    def rewrite(self, document: str, text: str) -> tuple[str, tuple[Notice, ...]]:
        """Says what a document should say, from all that is known now.

        Args:
            document: its path.
            text: its text, which may differ from what was read at first (a branch that moved).

        Returns:
            The text to write (equal where nothing changes), and what to tell of items left alone.

        Raises:
            DocumentError: the text cannot be read.
            TrackerError: the text holds links that must be read, and cannot be.
        """
        source = self.reading.sources.get(document)
        if source is not None and source.text == text:
            self._settled = self._settled or self._settle(self.reading.postmortems)
            before = next(each for each in self.reading.postmortems if each.document == document)
            plan = self._settled
        else:
            before = read(document, text, sections=self.sections)
            others = [each for each in self.reading.postmortems if each.document != document]
            plan = self._settle(sorted([*others, before], key=lambda each: each.document))
        annotated = self._annotate(before, plan)
        return annotated.after.text, _tell_refused(annotated.refused)

    def rewrite_all(self) -> Rewritten:
        """Says what the documents of the work tree should say."""
        texts: dict[str, str] = {}
        told: list[Notice] = []
        errors: list[Notice] = []
        for postmortem in self.reading.chosen:
            try:
                text, notices = self.rewrite(postmortem.document, postmortem.text)
            except DocumentError as error:
                errors.append(Notice(text=str(error), document=error.document, line=error.line))
            except TrackerError as error:
                errors.append(Notice(text=str(error), document=postmortem.document))
            else:
                told += notices
                if text != postmortem.text:
                    texts[postmortem.document] = text
        return Rewritten(texts=texts, told=tuple(told), errors=tuple(errors))

    def write_files(self) -> Rewritten:
        """Writes what is known into the documents of the work tree; returns what was written."""
        rewritten = self.rewrite_all()
        texts: dict[str, str] = {}
        errors = list(rewritten.errors)
        for document, text in rewritten.texts.items():
            try:
                documents.replace(self.reading.sources[document], text)
                texts[document] = text
            except DocumentError as error:
                errors.append(Notice(text=str(error), document=error.document, line=error.line))
        return replace(rewritten, texts=texts, errors=tuple(errors))

    def _annotate(self, postmortem: Postmortem, plan: Plan) -> Annotated:
        """Writes what `plan` binds into one document's text, and reads the result again."""
        return annotate(
            postmortem,
            [binding for binding in plan.bindings if binding.item.document == postmortem.document],
            documents_repository=self.policy.source,
            read=lambda path, text: read(path, text, sections=self.sections),
        )

    def _without_unwritable(self, plan: Plan) -> Plan:
        """Takes out of `plan` what could not be written without changing how a document reads."""
        touched = {
            change.item.document for change in plan.changes if change.item and not change.action.writes_issue
        }
        refused = [
            item
            for postmortem in self.reading.chosen
            if postmortem.document in touched
            for item in self._annotate(postmortem, plan).refused
        ]
        known = {id(item) for item in refused}
        return replace(
            plan,
            changes=tuple(
                change
                for change in plan.changes
                if change.action.writes_issue or id(change.item) not in known
            ),
            warnings=plan.warnings + _tell_refused(refused),
        )

    def _settle(self, postmortems: Sequence[Postmortem]) -> Plan:
        """Plans, answering questions until there are none. Each answer is final, so this ends."""
        while True:
            errors = self.reading.errors + self._troubles
            plan = make_plan(postmortems, self.knowledge, self.policy, errors=errors)
            if isinstance(plan, Plan):
                return plan
            self._answer(plan)

    def _answer(self, questions: frozenset[Question]) -> None:
        for done, question in enumerate(sorted(questions, key=str)):
            self.on_progress("reading issues", done, len(questions))
            match question:
                case ReadIssue(ref):
                    self._learn_one(ref, self._read(ref))
                case AskWriter(login):
                    writers = {**self.knowledge.writers, login: self.tracker.may_write(login)}
                    self.knowledge = replace(self.knowledge, writers=writers)
                case AskCurrent():
                    self.knowledge = replace(self.knowledge, is_current=self.ask_current())
                case ListClosed():
                    closed = () if self._lists_all else self.tracker.list_issues("closed")
                    found = (*closed, *self.tracker.list_unlisted())
                    self._learn({issue.ref: issue for issue in found})
                    self.knowledge = replace(self.knowledge, closed_known=True)

    def _read(self, ref: IssueRef) -> Issue | Absence:
        """Reads one issue. One that cannot be read is told, and stops no other; several stop the run."""
        try:
            return self.tracker.read(ref)
        except (Unusable, OutOfBudget):
            raise
        except TrackerError as error:
            if len(self._troubles) >= MOST_TROUBLES:
                raise
            self._troubles += (Notice(text=f"{ref} could not be read: {error}"),)
            return Absence.UNREAD

    def _learn_one(self, ref: IssueRef, issue: Issue | Absence) -> None:
        """Takes in what a single read said: it is never behind, as a list may be."""
        if isinstance(issue, Absence):
            self.knowledge = replace(
                self.knowledge,
                issues={known: each for known, each in self.knowledge.issues.items() if each.ref != ref},
                absent={**self.knowledge.absent, ref: issue},
                fresh=self.knowledge.fresh | {ref},
            )
        else:
            self._learn({ref: issue, issue.ref: issue})
            self.knowledge = replace(self.knowledge, fresh=self.knowledge.fresh | {ref, issue.ref})

    def _learn(self, issues: Mapping[IssueRef, Issue]) -> None:
        self._settled = None
        self.knowledge = replace(
            self.knowledge,
            repository=self.tracker.repository,
            issues={**self.knowledge.issues, **issues},
        )

    def _is_first(self) -> bool:
        """Whether no document holds a link yet: closed issues decide then too, so all are listed at once."""
        items = [item for postmortem in self.reading.postmortems for item in postmortem.items]
        linked = any(
            item.annotation and is_ours_to_follow(item.annotation.ref, self.tracker.repository)
            for item in items
        )
        return not linked and any(not item.done for item in items)


def _tell_refused(items: Sequence[ActionItem]) -> tuple[Notice, ...]:
    """Tells of links that cannot be written; that an item has no place for one, the plan tells itself."""
    return tuple(
        Notice(
            text="its link cannot be written here without changing how the document reads",
            document=item.document,
            line=item.line,
        )
        for item in items
        if item.slot or item.annotation
    )
