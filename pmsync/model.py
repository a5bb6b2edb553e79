r"""The nouns of pmsync, all frozen: what is read, what is known, what is planned, what came of it.

Nothing here does anything but derive one value from another. Offsets are indexes into a document's
text (a `str` in which bytes that are no UTF-8 stand as surrogates, and a byte order mark as U+FEFF),
half open. Lines count from 1 and end at `\n`.
"""

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from pmsync.errors import DocumentError

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many of how many (0 where that is not known)."""

State = tuple[bool, str | None, datetime | None]
"""How an issue stands, and since when: `Issue.state`."""

Place = tuple[str, int, int, str]
"""What tells one item from all others: `ActionItem.place`."""

DRAFT = "draft"
"""The reason why a document waits that calls itself one."""

_ROLE = re.compile(r"\s*\([^()]*\)")
_SEVERITY = re.compile(r"(?i)(?:sev(?:erity)?[\s._:#\u2010-\u2014-]*)?([0-9])\b.*", re.DOTALL)

# ---------------------------------------------------------------------------- documents


class Kind(enum.StrEnum):
    """How an action item stands in its document."""

    LIST = "list"
    CHECKBOX = "checkbox"
    TABLE = "table"
    PLAIN = "plain"
    HEADING = "heading"


class Status(enum.StrEnum):
    """The word that an annotation carries: what pmsync last saw of the issue."""

    OPEN = "open"
    DONE = "done"
    WONT_DO = "won't do"
    DUPLICATE = "duplicate"
    MISSING = "missing"


SETTLED = frozenset({Status.DONE, Status.WONT_DO, Status.DUPLICATE})
"""The words of an issue of which nothing is left to do."""


@dataclass(frozen=True, slots=True)
class IssueRef:
    """Which issue: a number in a repository (`owner/name`; empty for the `local` tracker).

    Repository names are compared without case, as GitHub does.
    """

    repository: str
    number: int

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, IssueRef)
            and self.number == other.number
            and self.repository.casefold() == other.repository.casefold()
        )

    def __hash__(self) -> int:
        return hash((self.repository.casefold(), self.number))

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What pmsync wrote after an item, as it stands in the document.

    Attributes:
        ref: the issue that it names.
        url: the link's destination as written: an absolute URL, or a path for a local issue.
        status: the word after the link; None where it is missing or none of ours.
        start: where it begins, its separating blank included.
        end: just past its end.
        placeholder: what the author had in its place, where that only held it (`TBD`).
        others: further ones with a word of ours on the same item, as a merge of two write-backs leaves them.
    """

    ref: IssueRef
    url: str
    status: Status | None
    start: int
    end: int
    placeholder: str = ""
    others: "tuple[Annotation, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where an annotation belongs, when there is none yet.

    Attributes:
        at: the offset to insert at.
        lead: what separates it from the text before: a blank or nothing.
        bare: written without parentheses (a table cell that holds nothing else).
        placeholder: what stands at the offset and gives way: it only holds the place (`TBD`).
    """

    at: int
    lead: str = " "
    bare: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The place that says done or not: a checkbox's inside, a table's status cell, or a word that leads.

    Attributes:
        start: where its content begins.
        end: just past its content (equal to `start` in `[]` or an empty cell).
        ticked: whether it says done.
        tick: the text to put there for done.
        untick: the text to put there for not done.
        is_lead: the word `TODO` or `DONE` that an item opens with: it is kept in step, and closes, but what
            people never took back in the past reopens nothing.
    """

    start: int
    end: int
    ticked: bool
    tick: str = "x"
    untick: str = " "
    is_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """One unit of follow-up work, as its document states it.

    Attributes:
        document: path of the document, relative to the repository, with `/`.
        line: where it starts.
        end_line: where its last line of detail stands.
        kind: how it stands there.
        section: the heading or label that announces it, as plain text.
        anchor: where the nearest heading above it stands on the rendered page; empty where there is none.
        title: what to do: plain text, one line, never empty, at most 256 characters.
        body: the rest, as Markdown.
        done: whether the document says that it is done (box, status cell, struck, "(DONE)").
        declined: whether it says that it was decided against ("won't do"); it is done then, too.
        owner: who does it, as written, without the `@` of a handle.
        due: an ISO date, or the text of a relative one.
        priority: as written (`P1`, `High`).
        type: what kind of measure (`prevent`, `detect`, `mitigate`, `process`…).
        links: URLs and tracker keys found in it.
        ticket: the one of `links` that stands as the item's own tracker, where there is one.
        text: its first paragraph (or table description) as the document has it: unrepaired, without
            list marker, box or annotation. Keys hash it.
        detail: all else that belongs to it, likewise raw: following paragraphs, nested lists, or the
            other cells of its row (neither its status nor its issue cell).
        annotation: ours, where there is one.
        slot: where ours belongs; None where no link can be rendered.
        box: where done is said, for people and for us; None where nothing can be ticked.
        is_sticky: nothing but `annotation` says that it is one, as in a sentence that quotes another item;
            neither does a box, or a cell for the state.
    """

    document: str
    line: int
    end_line: int
    kind: Kind
    section: str
    title: str
    anchor: str = ""
    body: str = ""
    done: bool = False
    declined: bool = False
    owner: str | None = None
    due: str | None = None
    priority: str | None = None
    type: str | None = None
    links: tuple[str, ...] = ()
    ticket: str | None = None
    text: str = ""
    detail: str = ""
    annotation: Annotation | None = None
    slot: Slot | None = None
    box: Box | None = None
    is_sticky: bool = False

    @property
    def place(self) -> Place:
        """What tells it from all others: one line may hold several, as HTML does.

        Where no link can stand either, equal words on one line are one item.
        """
        link = self.slot.at if self.slot else self.annotation.start if self.annotation else -1
        return self.document, self.line, link, self.text

    @property
    def due_date(self) -> date | None:
        """The due date, where it is an absolute one."""
        try:
            return date.fromisoformat(self.due or "")
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a section or an entry was, or was not, taken: one line of `pmsync items --explain`.

    Attributes:
        line: where it stands.
        text: the section's or entry's first words.
        taken: whether it was taken.
        reason: why, for people.
        rule: the name of the rule that decided; empty where none did.
        is_section: a heading or label, rather than an entry.
    """

    line: int
    text: str
    taken: bool
    reason: str
    rule: str = ""
    is_section: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell: a warning or an error, and where it belongs.

    Attributes:
        reason: of an item that gets no issue, what it has in common with others: such are counted by it.
    """

    text: str
    document: str = ""
    line: int | None = None
    reason: str = ""

    @classmethod
    def of(cls, error: DocumentError) -> Self:
        """What went wrong with one document."""
        return cls(text=str(error), document=error.document, line=error.line)

    def __str__(self) -> str:
        where = (
            f"{self.document}:{self.line}: " if self.line else f"{self.document}: " if self.document else ""
        )
        return where + self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the configuration knows of how a team writes its postmortems.

    Attributes:
        sections: further words that head a list of action items.
        people: those who own items, by the names that documents have.
    """

    sections: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


UNTOLD = Known()
"""Where there is no configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """A document that was read without error.

    Attributes:
        document: its path, as in `ActionItem.document`.
        text: the whole text.
        title: from front matter or the document's own heading, never empty.
        date: ISO date of the incident or the document, where one is stated.
        severity: as written (`SEV-1`), where stated.
        summary: what happened, in a sentence of its own, as plain text; empty where none is certain.
        owner: from front matter, where stated; stands in for items without one.
        labels: further labels for its issues, from front matter.
        opted_out: `pmsync: false`; it then has no items.
        is_draft: its front matter or status line says so.
        is_other: a template, a guide, an index page or a draft, which may well have no items.
        template: why it is a template or guide rather than a postmortem; empty where it is none.
        items: in document order.
        findings: in document order.
        warnings: what a reader of the document should mend.
    """

    document: str
    text: str
    title: str
    date: str | None = None
    severity: str | None = None
    summary: str = ""
    owner: str | None = None
    labels: tuple[str, ...] = ()
    opted_out: bool = False
    is_draft: bool = False
    is_other: bool = False
    template: str = ""
    items: tuple[ActionItem, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


# ------------------------------------------------------------------------------- issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue (or pull request) as the tracker has it.

    Attributes:
        ref: its canonical repository and number (of the new place, once transferred).
        url: its page (`https://…/issues/12`), or a local issue's path relative to the repository.
        state_reason: `completed`, `not_planned`, `duplicate`, `reopened` or None.
        association: the author's: `OWNER`, `MEMBER`, … as GitHub says it.
        comments: how many.
        merged: a pull request that was merged.
    """

    ref: IssueRef
    url: str
    title: str
    body: str = ""
    is_open: bool = True
    state_reason: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    author: str = ""
    association: str = ""
    comments: int = 0
    is_pull_request: bool = False
    merged: bool = False
    created: datetime | None = None
    closed: datetime | None = None

    @property
    def status(self) -> Status:
        """The word for its state."""
        if self.is_open:
            return Status.OPEN
        if self.is_pull_request:
            return Status.DONE if self.merged else Status.WONT_DO
        return {"not_planned": Status.WONT_DO, "duplicate": Status.DUPLICATE}.get(
            self.state_reason or "", Status.DONE
        )

    @property
    def state(self) -> State:
        """What tells whether somebody closed or reopened it since."""
        return self.is_open, self.state_reason, self.closed

    @property
    def was_reopened(self) -> bool:
        """Open again after having been closed."""
        return self.is_open and self.state_reason == "reopened"


class Absence(enum.Enum):
    """Why a number gives no issue."""

    MISSING = "missing"
    """Deleted, or gone for good: said by 410, or twice by 404 in a repository that can be listed."""
    NOT_VISIBLE = "not visible"
    """This token may not see it; nothing can be said of it."""
    UNREAD = "unread"
    """Reading it failed, each time it was tried; nothing can be said of it in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an item's new issue should say. `marker_id` is the random id within its marker."""

    title: str
    body: str
    labels: tuple[str, ...]
    assignees: tuple[str, ...] = ()
    marker_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEdit:
    """What one write to an issue sets; None (and empty) leaves alone.

    Attributes:
        is_open: True to reopen, False to close.
        state_reason: with closing: `completed`, `not_planned` or `duplicate`.
        add_labels: added to those it has.
        add_assignees: likewise.
        remove_assignees: taken off once those are on, unless anybody else is assigned by then.
        remove_labels: taken off, as far as they are there.
        comment: said on the issue once all else is written, so that a failure before it leaves no trace.
        title_was: the title that `title` was worked out from; an issue that has another by now is left alone.
        body_was: the body that `body` was worked out from, likewise.
        state_was: how the issue stood when that was decided, likewise.
        comments_was: how many comments it had then, where one more would have decided otherwise.
    """

    title: str | None = None
    body: str | None = None
    is_open: bool | None = None
    state_reason: str | None = None
    add_labels: tuple[str, ...] = ()
    add_assignees: tuple[str, ...] = ()
    remove_assignees: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    comment: str | None = None
    title_was: str | None = None
    body_was: str | None = None
    state_was: State | None = None
    comments_was: int | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether it is only to be made of an issue that still is as it was."""
        return any(
            it is not None for it in (self.title_was, self.body_was, self.state_was, self.comments_was)
        )


# --------------------------------------------------------------------------------- plan


class Action(enum.StrEnum):
    """What a change does."""

    CREATE = "create"
    """a new issue, linked from the item"""
    LINK = "link"
    """an existing issue of ours gets (back) its place in the document"""
    ADOPT = "adopt"
    """an issue that a person named becomes the item's"""
    UPDATE = "update"
    """title, text, labels or assignees of an issue follow the item"""
    CLOSE = "close"
    REOPEN = "reopen"
    FOLLOW = "follow"
    """the document's status or link follows the issue"""
    MERGE = "merge"
    """a twin is closed as a duplicate"""
    RETIRE = "retire"
    """an orphan is closed as not planned"""
    NUDGE = "nudge"
    """a label of ours says how late a follow-up is, or not any more"""

    @property
    def writes_issue(self) -> bool:
        """Whether it writes to the tracker (the rest only writes into documents)."""
        return self not in {Action.LINK, Action.ADOPT, Action.FOLLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that sync would do.

    Attributes:
        item: None only for an issue without one (twin, orphan).
        issue: as it is now; None where it is to be created.
        identity: how the issue was found, for people: `by link`, `by text`, `renamed document`,
            `reworded, 0.87`, `new`…
        reason: why, for people, one clause.
        draft: with `CREATE`.
        edit: with any other action that writes to the tracker.
        doubt: why a person should look at it first, one clause; empty where nothing speaks against it.
    """

    action: Action
    item: ActionItem | None
    issue: Issue | None
    identity: str
    reason: str
    draft: Draft | None = None
    edit: IssueEdit | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """An item and what its annotation should say. The document is written from these.

    Attributes:
        issue: the item's issue as known; None where it has none (yet), or it is absent.
        identity: how it was found, as in `Change`.
        status: the word that its annotation should carry; None leaves the annotation alone.
        ticked: what its box should say; None leaves it alone.
        beside: what has an annotation's form is the author's own link: ours goes beside it.
        is_ours: the issue bears our marker of this very item.
    """

    item: ActionItem
    issue: Issue | None
    identity: str
    status: Status | None = None
    ticked: bool | None = None
    beside: bool = False
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that sync would do, made once, shown, then applied.

    Attributes:
        changes: in the order to apply them.
        notes: what markers are to keep of boxes whose change the documents tell; so it is not shown again.
        afterwards: what markers may forget once the default branch holds what is written to the documents.
        bindings: one for each item that has, or will have, an issue, in document order.
        drifts: where a person's edit is left standing: told, never counted as a change.
        skipped: items that get no issue, and why (already done, tracked elsewhere, too old).
        orphans: open issues of ours whose item is gone.
        pages: what is written besides, the index page and the dashboard; they follow the changes.
        warnings: what people should look at.
        errors: what failed before planning (documents not read); exit code 1.
        excess: why it is implausibly large, one clause each; then it is only carried out by force.
        waiting: documents that are left out for now, and why.
        unpublished: documents of which it would publish what the default branch does not say, and why.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[Change, ...] = ()
    afterwards: tuple[Change, ...] = ()
    bindings: tuple[Binding, ...] = ()
    drifts: tuple[Notice, ...] = ()
    skipped: tuple[Notice, ...] = ()
    orphans: tuple[Issue, ...] = ()
    pages: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()
    excess: tuple[str, ...] = ()
    waiting: tuple[Notice, ...] = ()
    unpublished: tuple[Notice, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many changes of each action, in the order of `Action`."""
        return count_actions(self.changes)

    @property
    def refusal(self) -> str:
        """Why a sync refuses it; empty where it does not."""
        return "; ".join(self.excess)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one change.

    Attributes:
        issue: as it is after the change; None where it failed.
        error: the sentence to show; None where all went well.
    """

    change: Change
    issue: Issue | None = None
    error: str | None = None

    @property
    def notice(self) -> Notice | None:
        """What failed, where it belongs in the documents; None where it went well."""
        if self.error is None:
            return None
        item = self.change.item
        return Notice(
            text=self.error, document=item.document if item else "", line=item.line if item else None
        )


def without_roles(stated: str) -> str:
    """Returns owners as a document names them without what stands in brackets: `Mara (lead)` is Mara."""
    return _ROLE.sub("", stated)


def one_spelling(severity: str) -> str:
    """Returns `SEV-1` for `Sev 1`, `sev1`, `1` and the like; any other word as it is."""
    found = _SEVERITY.fullmatch(severity.strip())
    return f"SEV-{found[1]}" if found else severity.strip()


def count_actions(changes: Iterable[Change]) -> dict[str, int]:
    """Counts `changes` by action, in the order of `Action`; absent actions are left out."""
    counted = Counter(change.action for change in changes)
    return {str(action): counted[action] for action in Action if counted[action]}
