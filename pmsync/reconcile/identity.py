"""Which issue is an item's.

In this order, and only an issue that no other item's link claims can be taken:

1. its link, whatever the issue's title, label or creator now is;
2. the same source, document and text, equals meeting equals in order;
3. the same source and text, its document being gone or no longer holding the item (renamed, moved);
4. a reworded orphan of the same document;
5. none: it is created.

An item whose author named a tracker gets that one instead of 4 and 5. All of it is pure: where more must be
known first, `find_issues` returns the questions instead, to be asked again once they are answered.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from pmsync.model import Absence, ActionItem, Binding, Issue, IssueRef, Knowledge, Notice, Postmortem, Status
from pmsync.reconcile.markers import (
    Key,
    Marker,
    document_digest,
    find_marker,
    normalise,
    read_inputs,
    source_digest,
    text_digest,
)

K = TypeVar("K")
T = TypeVar("T")

REWORDED_AT_LEAST = 0.72
"""How alike two titles must be for one to be the other reworded."""

REWORDED_MARGIN = 0.10
"""How much more alike than the next best pair it must be."""

REWORDED_PAIRS = 2_500
"""How many pairs of one document are compared at most: where more is lost and new, it was rewritten."""

RENAME_PASSES = 5
"""How often moved items are looked for at most: each find can make another one's origin plain."""

ACTIONS_BOT = "github-actions[bot]"
"""The author of what a workflow's own token creates; only a workflow of the repository has it."""


@dataclass(frozen=True, slots=True)
class ReadIssue:
    """Read this issue by its number."""

    ref: IssueRef


@dataclass(frozen=True, slots=True)
class AskWriter:
    """Look up whether this login may write to the issues' repository."""

    login: str


@dataclass(frozen=True, slots=True)
class ListClosed:
    """List closed issues, and look for those too new for a list."""


@dataclass(frozen=True, slots=True)
class AskCurrent:
    """Ask the documents' repository whether the checkout still is its default branch's head."""


Question = ReadIssue | AskWriter | ListClosed | AskCurrent


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An item that has an issue.

    Attributes:
        issue: None where it was not read: the item is annotated as closed and nothing asks for more,
            or `absence` says why it cannot be had.
        marker: the issue's marker, where it is a trusted one of this source.
        how: for people.
        is_left: not ours to decide (a copy of another document's item): reported, never written.
    """

    item: ActionItem
    issue: Issue | None
    how: str
    marker: Marker | None = None
    absence: Absence | None = None
    is_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A second issue for one item, and the one that stays."""

    issue: Issue
    stays: Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Whose issue is whose.

    Attributes:
        found: items with an issue, in document order.
        tracked: items that their author tracks where we cannot follow.
        unmatched: items without any issue, each with the key that a new one would bear.
        twins: second issues of items that have one.
        orphans: open issues of ours that no item has.
        keys: those that markers of this source bear.
        notices: what people should look at.
    """

    found: tuple[Found, ...]
    tracked: tuple[ActionItem, ...] = ()
    unmatched: tuple[tuple[ActionItem, Key], ...] = ()
    twins: tuple[Twin, ...] = ()
    orphans: tuple[Issue, ...] = ()
    keys: frozenset[Key] = frozenset()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What identity depends on beside items and issues.

    Attributes:
        source: the documents' repository.
        trusted_authors: logins whose markers count at once.
        existing: every document path in the work tree, read or not.
        retained: paths that the default branch still holds; what is there orphans nothing unless read.
        made: ids of markers made in this run, trusted as our own.
        bound: what this run found and carried out, by item (None: it gets no issue); what still reads the
            same keeps its issue.
        may_create: whether an unmatched item would get an issue.
    """

    source: str
    trusted_authors: frozenset[str] = frozenset()
    existing: frozenset[str] = frozenset()
    retained: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    bound: Mapping[ActionItem, Binding | None] = field(default_factory=dict)
    may_create: Callable[[ActionItem], bool] = field(default=lambda item: not item.done)


def find_issues(
    postmortems: Sequence[Postmortem], knowledge: Knowledge, around: Surroundings
) -> Matching | frozenset[Question]:
    """Finds every item's issue, or returns what must be known first.

    Args:
        postmortems: all that were read; what is not among them orphans nothing.
        knowledge: of the tracker so far.
        around: what else decides.
    """
    search = _Search(postmortems, knowledge, around)
    for step in (
        search.by_plan,
        search.by_link,
        search.trust_markers,
        search.by_key,
        search.by_duplicate,
        search.ask_for_closed,
        search.by_rename,
        search.by_ticket,
    ):
        step()
        if search.questions:
            return frozenset(search.questions)
    search.by_rewording()
    return search.result()


def is_ours_to_follow(ref: IssueRef, repository: str) -> bool:
    """Whether a link leads into the tracker in use: a local one has no repository, GitHub's always have."""
    return bool(ref.repository) == bool(repository)


def _is_same_host(link: str, page: str) -> bool:
    """Whether a link may lead to where an issue's page is: another host is another tracker."""
    hosts = [re.match(r"https?://(?:www\.)?([^/:?#]+)", url, re.IGNORECASE) for url in (link, page)]
    one, other = (host[1].casefold() if host else None for host in hosts)
    return one is None or other is None or one == other


def parse_ticket(ticket: str, repository: str) -> IssueRef | None:
    """The issue of `repository` that an author's ticket names; None for any other tracker's key."""
    match = re.search(r"(?:^|/)([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d{1,9})(?:[#?/].*)?$", ticket)
    short = re.fullmatch(r"(?:([\w.-]+/[\w.-]+))?#(\d{1,9})", ticket)
    found = match or short
    if not found or not repository:
        return None
    ref = IssueRef(found[1] or repository, int(found[2]))
    return ref if ref.repository.casefold() == repository.casefold() else None


class _Search:
    """The state of one search: which items still look for an issue, which issues are still free."""

    def __init__(self, postmortems: Sequence[Postmortem], known: Knowledge, around: Surroundings) -> None:
        self.known = known
        self.around = around
        self.source = source_digest(around.source)
        self.sources = {self.source}
        self.items = [item for postmortem in postmortems for item in postmortem.items]
        self.texts = [text_digest(item) for item in self.items]
        digests = {postmortem.document: document_digest(postmortem.document) for postmortem in postmortems}
        self.documents = [digests[item.document] for item in self.items]
        self.postmortems = {postmortem.document: postmortem for postmortem in postmortems}
        self.read = {digests[postmortem.document] for postmortem in postmortems if not postmortem.opted_out}
        self.existing = {document_digest(path) for path in around.existing} | set(digests.values())
        self.retained = {document_digest(path) for path in around.retained}
        self.found: dict[int, Found] = {}
        self.tracked: set[int] = set()
        self.claimed: set[IssueRef] = set()
        self.free: dict[IssueRef, tuple[Issue, Marker]] = {}
        self.markers: list[Marker] = []
        self.origins: dict[str, str] = {}
        self.twins: list[Twin] = []
        self.notices: list[Notice] = []
        self.questions: set[Question] = set()

    # -- steps ---------------------------------------------------------------------------

    def by_plan(self) -> None:
        """What a plan that was carried out said stands, whatever the issues now look like because of it."""
        for index, item in enumerate(self.items):
            if item not in self.around.bound:
                continue
            binding = self.around.bound[item]
            if binding and binding.issue:
                issue = self.known.issues.get(binding.issue.ref, binding.issue)
                is_left = binding.status is None
                self.found[index] = Found(item=item, issue=issue, how=binding.identity, is_left=is_left)
                self.claimed.add(issue.ref)
            elif item.annotation is None:
                self.tracked.add(index)  # it was to get none, or its creation failed

    def by_link(self) -> None:
        """Step 1. A link into another tracker counts as none."""
        holders: dict[IssueRef, list[int]] = defaultdict(list)
        for index in self._open_indexes():
            item = self.items[index]
            if item.annotation and is_ours_to_follow(item.annotation.ref, self.known.repository):
                ref = item.annotation.ref
                issue = self.known.issues.get(ref)
                if issue and not _is_same_host(item.annotation.url, issue.url):
                    continue
                holders[issue.ref if issue else ref].append(index)
                if not issue and ref not in self.known.absent and self._must_be_read(item):
                    self.questions.add(ReadIssue(ref))
        if self.questions:
            return
        self._learn_former_names(holders)
        for ref, indexes in holders.items():
            if ref in self.claimed:
                continue  # by an item of the plan; these came to a branch since
            self.claimed.add(ref)
            self._settle_link(ref, indexes)

    def trust_markers(self) -> None:
        """Finds the free issues that are ours, sets aside copies and twins, and reports forged markers."""
        wanted = {self.texts[index] for index in self._open_indexes()}
        marked = [
            (issue, marker)
            for issue in sorted(self._distinct_issues(), key=lambda issue: issue.ref.number)
            if not issue.is_pull_request
            and (marker := find_marker(issue))
            and marker.key.source in self.sources
        ]
        self._read_namesakes(
            marker.key.text for issue, marker in marked if issue.is_open and issue.ref not in self.claimed
        )
        linked = {marker.id for issue, marker in marked if issue.ref in self.claimed}
        ours: list[tuple[Issue, Marker]] = []
        for issue, marker in marked:
            if marker.id in linked:  # a linked issue or a copy of one: who wrote it decides nothing
                ours.append((issue, marker))
            elif issue.is_open or marker.key.text in wanted:
                trusted = self._is_trusted(issue, marker)
                if trusted:
                    ours.append((issue, marker))
                elif trusted is False:
                    self._tell(
                        f"{issue.ref} bears a marker of pmsync, but its author {issue.author or 'nobody'!r}"
                        " may not write to the repository: it is ignored (trusted_authors: lets it count)"
                    )
        if not self.questions:
            originals = self._without_copies(ours)
            self.markers = [marker for _, marker in originals]
            self._set_free(originals)

    def _read_namesakes(self, loose: Iterable[str]) -> None:
        """Asks for linked issues that nobody had to read, where `loose` ones may be copies or twins of them.

        Args:
            loose: the texts of open issues that no link claims; the item may have moved to another document.
        """
        texts = set(loose)
        for index, found in self.found.items():
            annotation = found.item.annotation
            is_unread = found.issue is None and found.absence is None
            if annotation and is_unread and self.texts[index] in texts:
                self.questions.add(ReadIssue(annotation.ref))

    def by_key(self) -> None:
        """Step 2. Equal free items meet equal free issues, in the order of document and number."""
        issues = self._free_by(lambda marker: (marker.key.document, marker.key.text))
        for key, indexes in self._open_by(lambda i: (self.documents[i], self.texts[i])).items():
            for index, issue in zip(indexes, issues.get(key, ()), strict=False):
                self._take(index, issue, "by key")

    def by_duplicate(self) -> None:
        """An item whose issue was closed as a duplicate takes an open one of its key that nobody has.

        So two runs that made an issue each, and each linked its own, end with the same one.
        """
        issues = self._free_by(
            lambda marker: (marker.key.document, marker.key.text), lambda issue, _: issue.is_open
        )
        for index, found in self.found.items():
            heirs = issues.get((self.documents[index], self.texts[index]))
            if heirs and _is_duplicate(found):
                self._take(index, heirs.pop(0), "by key")

    def ask_for_closed(self) -> None:
        """Whatever still looks for an issue may have a closed one, and by its key before by anything else."""
        if not self.known.closed_known and any(
            self.around.may_create(item) and _find_ticket(item) is None for item in self._open_items()
        ):
            self.questions.add(ListClosed())

    def by_rename(self) -> None:
        """Step 3. One document lost what one other gained, text by text.

        Where a text alone does not decide (two renamed documents with the same item), the documents that
        other items have tied together do.
        """
        renamed = dict(self.origins)
        for is_last in (False, True):
            for _ in range(RENAME_PASSES):
                free = len(self.free)
                self._tie_renamed(renamed, without_new=is_last)
                if len(self.free) == free:
                    break

    def _tie_renamed(self, renamed: dict[str, str], *, without_new: bool) -> None:
        """Goes once over all texts; `without_new` as if the items that get a new issue had theirs already."""
        issues = self._free_by(
            lambda marker: marker.key.text,
            lambda issue, marker: self._has_left(issue, marker) and (issue.is_open or not without_new),
        )  # closed issues are known only where something new needs one
        for text, indexes in self._open_by(lambda i: self.texts[i]).items():
            if without_new:
                indexes = [i for i in indexes if not self.around.may_create(self.items[i])]
            gained = _group(indexes, lambda i: self.documents[i])
            lost = _group(issues.get(text, ()), lambda issue: self._marker(issue).key.document)
            only = next(iter(lost)) if len(lost) == len(gained) == 1 else None
            for document in sorted(gained):
                origin = only or renamed.get(document, "")
                left = lost.get(origin, [])
                for index, issue in zip(gained[document], left, strict=False):
                    renamed[document] = origin
                    self._take(index, issue, "renamed document")
                del left[: len(gained[document])]

    def by_ticket(self) -> None:
        """An item whose author named a tracker has it."""
        for index in self._open_indexes():
            item = self.items[index]
            ticket = _find_ticket(item)
            if ticket is None or not self.around.may_create(item):
                continue
            ref = parse_ticket(ticket, self.known.repository)
            issue = self.known.issues.get(ref) if ref else None
            if ref is None or ref in self.known.absent:
                self.tracked.add(index)
                self._tell_absent_ticket(ref, item)
            elif issue is None:
                self.questions.add(ReadIssue(ref))
            elif not _is_same_host(ticket, issue.url):
                self.tracked.add(index)
            elif issue.ref in self.claimed and find_marker(issue):
                self._tell(f"it names {ref}, which is another item's issue: it gets none of its own", item)
                self.tracked.add(index)
            else:
                marker = self.free.pop(issue.ref, (issue, None))[1]
                self.found[index] = Found(item=item, issue=issue, marker=marker, how="named by its author")

    def _tell_absent_ticket(self, ref: IssueRef | None, item: ActionItem) -> None:
        """Tells, in every run, of an author's ticket that leads nowhere: people know what it was to be."""
        absence = self.known.absent.get(ref) if ref else None
        if absence is Absence.MISSING:
            self._tell(
                f"it names {ref}, which is not there: correct that, or remove it for an issue of its own",
                item,
            )
        elif absence is Absence.NOT_VISIBLE:
            self._tell(f"it names {ref}, which is not visible to this token: it gets no issue", item)

    def by_rewording(self) -> None:
        """Step 4. Alike enough, and clearly more so than any other pair with either of the two.

        A document counts as the same under the name that it had before, where other items tell that.
        """
        self._tie_reworded(without_new=False)
        self._tie_reworded(without_new=True)

    def _tie_reworded(self, *, without_new: bool) -> None:
        """Goes once over all documents; `without_new` as in `_tie_renamed`."""
        orphans = self._free_by(lambda marker: marker.key.document, lambda issue, _: issue.is_open)
        for document, indexes in self._open_by(lambda i: self.documents[i]).items():
            if without_new:
                indexes = [i for i in indexes if not self.around.may_create(self.items[i])]
            lost = [*orphans.get(document, ()), *orphans.get(self.origins.get(document, ""), ())]
            if len(indexes) * len(lost) > REWORDED_PAIRS:
                continue
            texts = [self._marker(issue).key.text for issue in lost]
            pairs = find_alike([self.items[index].title for index in indexes], [it.title for it in lost])
            by_item: dict[int, list[tuple[float, int]]] = defaultdict(list)
            by_issue: dict[int, list[tuple[float, int]]] = defaultdict(list)
            for likeness, here, there in pairs:
                by_item[here].append((likeness, there))
                by_issue[there].append((likeness, here))
            for likeness, here, there in pairs:
                index, issue = indexes[here], lost[there]
                if likeness < REWORDED_AT_LEAST or issue.ref not in self.free or index in self.found:
                    continue
                rivals = [other for other, rival in by_item[here] if texts[rival] != texts[there]]
                rivals += [
                    other for other, i in by_issue[there] if self.texts[indexes[i]] != self.texts[index]
                ]
                if all(likeness >= other + REWORDED_MARGIN for other in rivals):  # equals are no rivals
                    self._take(index, issue, f"reworded, {likeness:.2f}")

    def result(self) -> Matching:
        """What is left over is unmatched, or an orphan."""
        taken = {marker.key for marker in self.markers}
        unmatched = []
        ordinals: dict[tuple[str, str], Iterator[int]] = defaultdict(lambda: count(1))
        for index in self._open_indexes():
            document, text = self.documents[index], self.texts[index]
            further = ordinals[document, text]
            keys = (Key(source=self.source, document=document, text=text, ordinal=n) for n in further)
            key = next(key for key in keys if key not in taken)
            taken.add(key)
            unmatched.append((self.items[index], key))
        orphans = [
            issue
            for issue, marker in self.free.values()
            if issue.is_open
            and marker.key.source == self.source
            and (marker.key.document in self.read or self._is_gone(marker))
        ]
        return Matching(
            found=tuple(self.found[index] for index in sorted(self.found)),
            tracked=tuple(self.items[index] for index in sorted(self.tracked)),
            unmatched=tuple(unmatched),
            twins=tuple(self.twins),
            orphans=tuple(orphans),
            keys=frozenset(taken),
            notices=tuple(self.notices),
        )

    # -- links ---------------------------------------------------------------------------

    def _must_be_read(self, item: ActionItem) -> bool:
        """Whether a linked issue that no list shows must be read: it was open, or its box says otherwise.

        A local one always is: a file costs nothing, and its path changes with the document's.
        """
        annotation, box = item.annotation, item.box
        if annotation is None or annotation.status is Status.OPEN or not self.known.repository:
            return True
        if annotation.status is None:
            return not item.done
        return annotation.status is Status.DONE and box is not None and not box.ticked

    def _learn_former_names(self, holders: Mapping[IssueRef, Sequence[int]]) -> None:
        """Finds out what the documents' repository was called before, where it holds the issues as well.

        Markers keep the name that it had when they were written. That it was another's shows where an
        item is linked to an issue that names the very same document and text.
        """
        if self.around.source.casefold() != self.known.repository.casefold():
            return
        for ref, indexes in holders.items():
            issue = self.known.issues.get(ref)
            if issue is None or issue.ref.repository.casefold() != self.known.repository.casefold():
                continue
            named = find_marker(issue)
            if named and (named.key.document, named.key.text) in {
                (self.documents[index], self.texts[index]) for index in indexes
            }:
                self.sources.add(named.key.source)

    def _settle_link(self, ref: IssueRef, indexes: Sequence[int]) -> None:
        issue = self.known.issues.get(ref)
        if issue is None:
            absence = self.known.absent.get(ref)
            for index in indexes:
                self.found[index] = Found(item=self.items[index], issue=None, how="by link", absence=absence)
            return
        marker = None if issue.is_pull_request else find_marker(issue)
        if marker and (marker.key.source not in self.sources or not self._counts(issue, marker, indexes)):
            marker = None
        if marker is None:
            for index in indexes:
                if not is_authors_own(self.items[index]):
                    self.found[index] = Found(item=self.items[index], issue=issue, how="by link")
            return
        named = marker.key
        keeper = min(
            indexes,
            key=lambda i: (self.documents[i] != named.document, self.texts[i] != named.text, i),
        )
        self.found[keeper] = Found(item=self.items[keeper], issue=issue, how="by link", marker=marker)
        self._note_origin(keeper, marker)
        for index in indexes:
            is_copy = (
                self.texts[index] == self.texts[keeper] and self.documents[index] != self.documents[keeper]
            )
            if index != keeper and is_copy:
                self.found[index] = Found(item=self.items[index], issue=issue, how="a copy", is_left=True)
                self._tell(
                    f"a copy of {self.items[keeper].document}:{self.items[keeper].line}, with its link"
                    f" to {ref}: delete the link here for an issue of its own",
                    self.items[index],
                )

    def _counts(self, issue: Issue, marker: Marker, indexes: Sequence[int]) -> bool:
        """Whether a linked issue's marker counts; asked only where it would decide something."""
        item = self.items[indexes[0]]
        changed = read_inputs(item, self.postmortems[item.document]) != marker.inputs
        return self._is_trusted(issue, marker) is not False if len(indexes) > 1 or changed else True

    # -- trust ---------------------------------------------------------------------------

    def _is_trusted(self, issue: Issue, marker: Marker) -> bool | None:
        """Whether a marker counts; None where its author must be looked up first."""
        if (
            issue.author.casefold() in {ACTIONS_BOT, *map(str.casefold, self.around.trusted_authors)}
            or issue.association == "OWNER"
            or marker.id in self.around.made
        ):
            return True
        if issue.author and issue.author not in self.known.writers:
            self.questions.add(AskWriter(issue.author))
            return None
        return self.known.writers.get(issue.author, False)

    def _without_copies(self, ours: Iterable[tuple[Issue, Marker]]) -> list[tuple[Issue, Marker]]:
        """Sets aside issues that bear another's id: a person duplicated it with its body."""
        by_id: dict[str, list[tuple[Issue, Marker]]] = defaultdict(list)
        for issue, marker in ours:
            by_id[marker.id].append((issue, marker))
        originals = []
        for same in by_id.values():
            same.sort(key=lambda pair: (pair[0].ref not in self.claimed, pair[0].ref.number))
            originals.append(same[0])
            for copy, _ in same[1:]:
                if copy.is_open:
                    self._tell(
                        f"{copy.ref} is a person's copy of {same[0][0].ref}, marker included: it is left"
                    )
        return originals

    def _set_free(self, ours: Iterable[tuple[Issue, Marker]]) -> None:
        """Makes the unclaimed issues free to take, but for the second of two with one key."""
        by_key: dict[Key, list[tuple[Issue, Marker]]] = defaultdict(list)
        for issue, marker in ours:
            by_key[marker.key].append((issue, marker))
        for same in by_key.values():
            same.sort(
                key=lambda pair: (
                    pair[0].ref not in self.claimed,
                    pair[0].status is Status.DUPLICATE,
                    pair[0].ref.number,
                )
            )
            stays = same[0]
            if len(same) > 1 and stays[0].ref in self.claimed and not self._is_trusted(*stays):
                continue
            heir = next((pair for pair in same if pair[0].is_open and pair[0].ref not in self.claimed), None)
            if heir and stays[0].ref in self.claimed and stays[0].status is Status.DUPLICATE:
                stays = heir
            for issue, marker in same:
                if issue.ref in self.claimed:
                    continue
                if issue.ref == stays[0].ref:
                    self.free[issue.ref] = (issue, marker)
                elif issue.is_open:
                    self.twins.append(Twin(issue=issue, stays=stays[0]))

    # -- small questions -------------------------------------------------------------------

    def _distinct_issues(self) -> Collection[Issue]:
        return {issue.ref: issue for issue in self.known.issues.values()}.values()

    def _open_indexes(self) -> list[int]:
        return [i for i in range(len(self.items)) if i not in self.found and i not in self.tracked]

    def _open_items(self) -> list[ActionItem]:
        """The items that still look for an issue."""
        return [self.items[index] for index in self._open_indexes()]

    def _open_by(self, key: Callable[[int], K]) -> dict[K, list[int]]:
        """Groups the open items; within a group those that would get a new issue come first.

        Else a new issue would go, once made, to an equal item above that was to get none.
        """
        first = sorted(self._open_indexes(), key=lambda i: not self.around.may_create(self.items[i]))
        return _group(first, key)

    def _free_by(
        self, key: Callable[[Marker], K], allowed: Callable[[Issue, Marker], bool] = lambda *_: True
    ) -> dict[K, list[Issue]]:
        free = [issue for issue, marker in self.free.values() if allowed(issue, marker)]
        return _group(free, lambda issue: key(self._marker(issue)))

    def _has_left(self, issue: Issue, marker: Marker) -> bool:
        """Whether the document that a marker names is gone, or was read and does not hold the item."""
        del issue
        return marker.key.document in self.read or marker.key.document not in self.existing

    def _is_gone(self, marker: Marker) -> bool:
        return marker.key.document not in self.existing and marker.key.document not in self.retained

    def _marker(self, issue: Issue) -> Marker:
        return self.free[issue.ref][1]

    def _take(self, index: int, issue: Issue, how: str) -> None:
        marker = self.free.pop(issue.ref)[1]
        self.claimed.add(issue.ref)
        self.found[index] = Found(item=self.items[index], issue=issue, marker=marker, how=how)
        self._note_origin(index, marker)

    def _note_origin(self, index: int, marker: Marker) -> None:
        """Takes the name that an item's document had before, where its issue still knows it by that."""
        if marker.key.document not in self.existing:
            self.origins.setdefault(self.documents[index], marker.key.document)

    def _tell(self, text: str, item: ActionItem | None = None) -> None:
        self.notices.append(
            Notice(text=text, document=item.document, line=item.line) if item else Notice(text=text)
        )


def _group(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    grouped: dict[K, list[T]] = defaultdict(list)
    for thing in things:
        grouped[key(thing)].append(thing)
    return grouped


def is_authors_own(item: ActionItem) -> bool:
    """Whether what has the form of an annotation, but no word of ours, may be the author's own link.

    It is, where the issue is none of ours; a path to a local issue is always ours.
    """
    annotation = item.annotation
    return annotation is not None and annotation.status is None and bool(annotation.ref.repository)


def _is_duplicate(found: Found) -> bool:
    """Whether an item's linked issue is closed as a duplicate, or was when it was last seen."""
    annotation = found.item.annotation
    status = found.issue.status if found.issue else annotation.status if annotation else None
    return status is Status.DUPLICATE and not found.is_left


def _find_ticket(item: ActionItem) -> str | None:
    """The tracker that an item's author named."""
    if item.annotation is not None and is_authors_own(item):
        return item.annotation.url
    return item.ticket


def find_alike(ones: Sequence[str], others: Sequence[str]) -> list[tuple[float, int, int]]:
    """Compares each title with each of the others; pairs too far off to matter are left out.

    Returns:
        How alike the two of a pair are, from 0 to 1, and the place of each in its list; in their order.
    """
    floor = REWORDED_AT_LEAST - REWORDED_MARGIN
    ones, others = [normalise(title) for title in ones], [normalise(title) for title in others]
    common = list(_count_common(ones, others))
    matcher = difflib.SequenceMatcher(autojunk=False)
    pairs = []
    for there, other in enumerate(others):
        matcher.set_seq2(other)  # what takes time to look at is looked at once
        for here, one in enumerate(ones):
            if 2.0 * common[here][there] < floor * (len(one) + len(other)):
                continue
            matcher.set_seq1(one)
            likeness = matcher.ratio()
            if likeness >= floor:
                pairs.append((likeness, here, there))
    return sorted(pairs, key=lambda pair: pair[1:])


def _count_common(ones: Sequence[str], others: Sequence[str]) -> Iterator[list[int]]:
    """For each of the ones, the length of its longest common subsequence with each of the others.

    No comparison finds more in common, and a whole row is had at once: Hyyrö's bit-parallel recurrence, each
    of the others a field of one large number, with a bit above it that catches its carry.
    """
    starts, holds, fields, end = [], defaultdict[str, int](int), 0, 0
    for other in others:
        starts.append(end)
        fields |= ((1 << len(other)) - 1) << end
        for place, character in enumerate(other, end):
            holds[character] |= 1 << place
        end += len(other) + 1
    for one in ones:
        unmatched = fields
        for character in one:
            matched = unmatched & holds.get(character, 0)
            unmatched = ((unmatched + matched) | (unmatched - matched)) & fields
        matched = fields ^ unmatched
        yield [
            (matched >> start & ((1 << len(other)) - 1)).bit_count()
            for start, other in zip(starts, others, strict=True)
        ]
