"""Which issue is an item's.

In this order, and only an issue that no other item's link claims can be taken:

1. its link, whatever the issue's title, label or creator now is;
2. the same source, document and text, equals meeting equals in order;
3. the same source and text, its document no longer holding the item, or being gone from the default branch
   too and from this checkout's history (renamed, moved); but what is open takes a settled issue only where
   its whole document was renamed;
4. a reworded orphan of the same document;
5. none: it is created.

An item whose author named a tracker gets that one instead of 4 and 5. All of it is pure: where more must be
known first, `find_issues` returns the questions instead, to be asked again once they are answered.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import TypeVar

from pmsync.model import Absence, ActionItem, Issue, IssueRef, Notice, Place, Postmortem, Status
from pmsync.reconcile.drafts import is_drafted_for
from pmsync.reconcile.knowledge import (
    MAX_FORMER,
    AskElsewhere,
    AskPast,
    AskRepository,
    AskWriter,
    Knowledge,
    ListClosed,
    Question,
    ReadIssue,
)
from pmsync.reconcile.markers import (
    Key,
    Marker,
    document_digest,
    find_sources,
    read_inputs,
    repository_digest,
    source_digest,
    text_digest,
    title_is_intact,
)
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.rewording import REWORDED_AT_LEAST, REWORDED_MARGIN, REWORDED_PAIRS, find_alike
from pmsync.reconcile.trust import (
    Marked,
    Twin,
    find_twins,
    is_trusted,
    tell_forged,
    tell_unclear,
    without_copies,
)

K = TypeVar("K")
T = TypeVar("T")

_ANY_TIME_ZONE = timedelta(days=1)
RENAME_PASSES = 5
"""How often moved items are looked for at most: each find can make another one's origin plain."""

BY_LINK = "by link"
"""How an issue was found that the item's own annotation names."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """An item that looks for its issue, and what it is known by.

    Attributes:
        item: the item.
        document: digest of its document's path.
        text: digest of its own text.
    """

    item: ActionItem
    document: str
    text: str

    @property
    def name(self) -> tuple[str, str]:
        """What equal items of one document have in common, and the keys of their issues too."""
        return self.document, self.text


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

    @property
    def is_linked(self) -> bool:
        """Whether the item's annotation names this issue, by its new or an old reference."""
        return self.how == BY_LINK and self.issue is not None

    @property
    def is_beside(self) -> bool:
        """Whether what has an annotation's form is the author's own link, which stays as it is."""
        return self.how != BY_LINK and is_authors_own(self.item)


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
        commits: those that issues of this source were last written from.
        notices: what people should look at.
        errors: why items get no issue that should have one.
    """

    found: tuple[Found, ...]
    tracked: tuple[ActionItem, ...] = ()
    unmatched: tuple[tuple[ActionItem, Key], ...] = ()
    twins: tuple[Twin, ...] = ()
    orphans: tuple[Issue, ...] = ()
    keys: frozenset[Key] = frozenset()
    commits: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()
    errors: tuple[Notice, ...] = ()


def find_issues(
    postmortems: Sequence[Postmortem], known: Knowledge, policy: Policy
) -> Matching | frozenset[Question]:
    """Finds every item's issue, or returns what must be known first.

    Args:
        postmortems: all that were read; what is not among them orphans nothing.
        known: of the tracker so far.
        policy: what else decides.
    """
    search = _Search(postmortems, known_with_names(postmortems, known), policy)
    for step in (
        search.know_repository,
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
    search.ask_for_links()
    return frozenset(search.questions) or search.result()


def known_with_names(postmortems: Sequence[Postmortem], known: Knowledge) -> Knowledge:
    """Adds what items are linked to which issue: of several blocks in its body that tells its own."""
    names: dict[IssueRef, set[tuple[str, str]]] = defaultdict(set)
    for item in (item for postmortem in postmortems for item in postmortem.items):
        if item.annotation and len(known.all_blocks.get(item.annotation.ref, ())) > 1:
            names[item.annotation.ref].add((document_digest(item.document), text_digest(item)))
    return replace(known, names={ref: frozenset(each) for ref, each in names.items()}) if names else known


def with_own_links(
    postmortems: Sequence[Postmortem], known: Knowledge
) -> tuple[Postmortem, ...] | frozenset[Question]:
    """Gives each item that bears several annotations the one of the issue that was made for it.

    A merge of two write-backs leaves them so. Where no issue's marker names the item, the last one stays.
    """
    questions: set[Question] = set()

    def settle(item: ActionItem) -> ActionItem:
        annotation = item.annotation
        if annotation is None or not annotation.others or item.slot is None:
            return item
        each_other = (annotation, *annotation.others)
        for it in each_other:
            if known.leads_here(it.ref) and it.ref not in known.issues and it.ref not in known.absent:
                questions.add(ReadIssue(it.ref))
        issues = ((it, known.issues.get(it.ref)) for it in each_other)
        markers = ((it, known.marker_of(issue)) for it, issue in issues if issue)
        own = (it for it, marker in markers if marker and marker.key.text == text_digest(item))
        chosen = next(own, annotation)
        rest = tuple(replace(it, others=()) for it in each_other if it is not chosen)
        return replace(item, annotation=replace(chosen, others=rest))

    settled = tuple(replace(each, items=tuple(map(settle, each.items))) for each in postmortems)
    return frozenset(questions) or settled


def parse_ticket(ticket: str, repository: str) -> IssueRef | None:
    """The issue of `repository` that an author's ticket names; None for any other tracker's key."""
    match = re.search(r"(?:^|/)([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d{1,9})(?:[#?/].*)?$", ticket)
    short = re.fullmatch(r"(?:([\w.-]+/[\w.-]+))?#(\d{1,9})", ticket)
    found = match or short
    if not found or not repository:
        return None
    ref = IssueRef(found[1] or repository, int(found[2]))
    return ref if ref.repository.casefold() == repository.casefold() else None


def is_authors_own(item: ActionItem) -> bool:
    """Whether what has the form of an annotation, but no word of ours, may be the author's own link.

    It is, where the issue is none of ours; a path to a local issue is always ours.
    """
    annotation = item.annotation
    return annotation is not None and annotation.status is None and bool(annotation.ref.repository)


class _Search:
    """The state of one search: which items still look for an issue, which issues are still free."""

    def __init__(self, postmortems: Sequence[Postmortem], known: Knowledge, policy: Policy) -> None:
        self.known = known
        self.policy = policy
        self.source = source_digest(policy.source)
        self.sources = {self.source}
        asked = known.repositories.get(policy.source, ("", ""))
        self.repository = repository_digest(policy.repository_id or asked[1])
        self.postmortems = {postmortem.document: postmortem for postmortem in postmortems}
        digests = {document: document_digest(document) for document in self.postmortems}
        self.seekers: dict[Place, Seeker] = {
            item.place: Seeker(item, digests[item.document], text_digest(item))
            for postmortem in postmortems
            for item in postmortem.items
        }
        self.read = {digests[postmortem.document] for postmortem in postmortems if not postmortem.opted_out}
        self.waiting = {document_digest(path) for path in policy.waiting}
        self.existing = {document_digest(path) for path in policy.existing} | set(digests.values())
        self.unread = self.existing - self.read
        self.retained = {document_digest(path) for path in policy.retained or ()}
        self.found: dict[Place, Found] = {}
        self.tracked: set[Place] = set()
        self.claimed: set[IssueRef] = set()
        self.free: dict[IssueRef, Marked] = {}
        self.ours: list[Marked] = []
        self.origins: dict[str, str] = {}
        self.twins: list[Twin] = []
        self.notices: list[Notice] = []
        self.errors: list[Notice] = []
        self.doubtful: dict[tuple[str, str], Issue] = {}
        self.questions: set[Question] = set()

    # -- steps ---------------------------------------------------------------------------

    def know_repository(self) -> None:
        """Where issues are of another name, finds out whether that was this repository's before.

        A marker holds the repository's id where that was known. Else the page that the issue's text links
        to tells the name, and GitHub who bears it now.
        """
        names = set[str]()
        for block in self.known.blocks.values() if self.policy.source else ():
            marker = block.marker
            if marker.key.source in self.sources:
                continue
            if marker.repository:
                names |= set() if self.repository else {self.policy.source}
            else:
                names |= {it for it in find_sources(block.text) if source_digest(it) == marker.key.source}
        for name in sorted(names)[:MAX_FORMER]:
            if name not in self.known.repositories:
                self.questions.add(AskRepository(name))
            elif self.known.repositories[name][0].casefold() == self.policy.source.casefold():
                self.sources.add(source_digest(name))

    def by_link(self) -> None:
        """Step 1. A link into another tracker counts as none."""
        holders: dict[IssueRef, list[Seeker]] = defaultdict(list)
        for seeker in self.seekers.values():
            annotation = seeker.item.annotation
            if annotation is None or not self.known.leads_here(annotation.ref):
                continue
            issue = self.known.issues.get(annotation.ref)
            if issue and not _is_same_host(annotation.url, issue.url):
                continue
            holders[issue.ref if issue else annotation.ref].append(seeker)
        for ref, seekers in holders.items():
            is_unknown = ref not in self.known.issues and ref not in self.known.absent
            # Whose it is of several, its marker tells, however long it has been closed.
            if is_unknown and (len(seekers) > 1 or self._must_be_read(seekers[0].item)):
                self.questions.add(ReadIssue(ref))
        if self.questions:
            return
        self._learn_former_names(holders)
        self.claimed |= holders.keys()
        for ref, seekers in holders.items():
            self._tie_linked(ref, seekers)

    def trust_markers(self) -> None:
        """Finds the free issues that are ours, sets aside copies and twins, and reports forged markers."""
        marked = [
            Marked(issue, marker)
            for issue in sorted(self.known.distinct.values(), key=lambda issue: issue.ref.number)
            if (marker := self._marker_of(issue))
        ]
        self._read_namesakes(
            each.marker.key.text
            for each in marked
            if each.issue.is_open and each.issue.ref not in self.claimed
        )
        ours = list(self._trusted(marked))
        self.claimed |= {
            each.issue.ref for each in ours if each.marker.key.document in self.unread | self.waiting
        }  # whatever its document says of it now, no other item may have it
        if not self.questions:
            self.ours, copies = without_copies(ours, self.claimed)
            self.notices += copies
            self.free, self.twins = find_twins(self.ours, self.claimed, lambda it: bool(self._is_trusted(it)))

    def by_key(self) -> None:
        """Step 2. Equal free items meet equal free issues, in the order of document and number.

        Where an issue bears several blocks and it cannot be told which is its own, its items are left. So
        are, here and below, those that their author tracks otherwise, maybe where our link was.
        """
        issues = self._free_by(lambda marker: marker.key.name)
        for name, seekers in self._seeking_ours_by(lambda seeker: seeker.name).items():
            for seeker, each in zip(seekers, issues.get(name, ()), strict=False):
                self._take(seeker, each, "by text")
        for ref in self.known.all_blocks.keys() - self.known.blocks.keys() - self.claimed:
            self._leave_unclear(self.known.distinct[ref])

    def _leave_unclear(self, issue: Issue) -> None:
        """Leaves the items of which an issue may be the one, and tells."""
        names = {block.marker.key.name for block in self.known.all_blocks[issue.ref]}
        seekers = [seeker for seeker in self._seeking() if seeker.name in names]
        if seekers and self._is_trusted(issue):
            for seeker in seekers:
                self._find(seeker, Found(item=seeker.item, issue=issue, how="unclear", is_left=True))
            self.notices.append(tell_unclear(issue))

    def by_duplicate(self) -> None:
        """An item whose issue was closed as a duplicate takes an open one of its key that nobody has.

        So two runs that made an issue each, and each linked its own, end with the same one.
        """
        issues = self._free_by(lambda marker: marker.key.name, lambda each: each.issue.is_open)
        for place, found in list(self.found.items()):
            heirs = issues.get(self.seekers[place].name)
            if heirs and _is_duplicate(found):
                self._take(self.seekers[place], heirs.pop(0), "by text")

    def ask_for_closed(self) -> None:
        """Whatever still looks for an issue may have a closed one, and by its key before by anything else."""
        if not self.known.closed_known and any(
            self._may_create(seeker) and _find_ticket(seeker.item) is None for seeker in self._seeking()
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

    def by_ticket(self) -> None:
        """An item whose author named a tracker has it."""
        for seeker in self._seeking():
            ticket = _find_ticket(seeker.item)
            if ticket is not None and self._may_create(seeker):
                self._tie_named(seeker, ticket)

    def by_rewording(self) -> None:
        """Step 4. Alike enough, and clearly more so than any other pair with either of the two.

        A document counts as the same under the name that it had before, where other items tell that.
        """
        for without_new in (False, True):
            orphans = self._free_by(lambda marker: marker.key.document, lambda each: each.issue.is_open)
            for document, seekers in self._seeking_ours_by(lambda seeker: seeker.document).items():
                lost = [*orphans.get(document, ()), *orphans.get(self.origins.get(document, ""), ())]
                self._tie_reworded(self._without_new(seekers, without_new), lost)

    def ask_for_links(self) -> None:
        """What seems gone with its document may have moved with it to where no document is read."""
        lost = frozenset(
            each.issue.ref
            for each in self.free.values()
            if each.marker.key.document not in self.read and self._is_orphan(each)
        )
        if lost and self.known.elsewhere is None:
            self.questions.add(AskElsewhere(lost))
        if lost:
            self._knows_past()

    def result(self) -> Matching:
        """What is left over is unmatched, or an orphan."""
        left = self._find_left()
        for ref, ticket in left.items():
            text = f"is open, but its item names {ticket} instead: close it, or take that out of the item"
            title = self.known.distinct[ref].title
            self.notices.append(Notice(text=f"{ref} \u201c{title}\u201d {text}"))
        taken = {each.marker.key for each in self.ours}
        unmatched = []
        ordinals: dict[tuple[str, str], Iterator[int]] = defaultdict(lambda: count(1))
        for seeker in self._seeking():
            if self._may_create(seeker) and seeker.name in self.doubtful:
                self._leave_doubtful(seeker, self.doubtful[seeker.name])
                continue
            key = next(
                key
                for n in ordinals[seeker.name]
                if (key := Key(source=self.source, document=seeker.document, text=seeker.text, ordinal=n))
                not in taken
            )
            taken.add(key)
            unmatched.append((seeker.item, key))
        return Matching(
            found=tuple(self.found[place] for place in self.seekers if place in self.found),
            tracked=tuple(self.seekers[place].item for place in self.seekers if place in self.tracked),
            unmatched=tuple(unmatched),
            twins=tuple(self.twins),
            orphans=tuple(
                each.issue
                for each in self.free.values()
                if self._is_orphan(each) and each.issue.ref not in left
            ),
            keys=frozenset(taken),
            commits=frozenset(each.marker.at for each in self.ours) - {""},
            notices=tuple(self.notices),
            errors=tuple(self.errors),
        )

    def _leave_doubtful(self, seeker: Seeker, issue: Issue) -> None:
        """Makes no second issue where an App, which may be the very one at work, has made one."""
        self.tracked.add(seeker.item.place)
        text = (
            f"{issue.ref} is an issue for this item, but its author {issue.author!r} does not count here, so"
            " that a second one would be made: list that login under trusted_authors: in the configuration,"
            " or close that issue and take its marker out"
        )
        self.errors.append(Notice(text=text, document=seeker.item.document, line=seeker.item.line))

    # -- by link -------------------------------------------------------------------------

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

    def _learn_former_names(self, holders: Mapping[IssueRef, Sequence[Seeker]]) -> None:
        """Finds out what the documents' repository was called before, where it holds the issues as well.

        Markers keep the name that it had when they were written. That it was another's shows where an
        item is linked to an issue that names the very same document and text.
        """
        here = self.known.repository.casefold()
        if self.policy.source.casefold() != here:
            return
        for ref, seekers in holders.items():
            block = self.known.blocks.get(ref)
            if block is None or ref.repository.casefold() != here:
                continue
            if block.marker.key.name in {seeker.name for seeker in seekers}:
                self.sources.add(block.marker.key.source)

    def _tie_linked(self, ref: IssueRef, seekers: Sequence[Seeker]) -> None:
        """Gives an issue to the one of its holders that its marker names; to all where it has none."""
        issue = self.known.issues.get(ref)
        if issue is None:
            absence = self.known.absent.get(ref)
            for seeker in seekers:
                self._find(seeker, Found(item=seeker.item, issue=None, how=BY_LINK, absence=absence))
            return
        marker = self._marker_of(issue)
        if issue.ref in self.known.all_blocks and issue.ref not in self.known.blocks:
            self.notices.append(tell_unclear(issue))
        if marker and (self._is_pasted(issue, marker, seekers) or not self._counts(issue, marker, seekers)):
            marker = None
        if marker is None:
            for seeker in seekers:
                if not is_authors_own(seeker.item):
                    self._find(seeker, Found(item=seeker.item, issue=issue, how=BY_LINK))
            return
        named = marker.key
        if named.document in self.unread | (self.waiting - {seeker.document for seeker in seekers}):
            for seeker in seekers:
                self._leave_unread(seeker, issue)
            return
        keeper = min(seekers, key=lambda it: (it.document != named.document, it.text != named.text))
        self._find(keeper, Found(item=keeper.item, issue=issue, how=BY_LINK, marker=marker))
        self._note_origin(keeper, marker)
        for seeker in seekers:
            is_same = seeker.text == keeper.text and seeker.document != keeper.document
            if is_same or (seeker.item.is_sticky and seeker is not keeper):
                self._leave_copy(seeker, keeper, issue)

    def _leave_copy(self, seeker: Seeker, keeper: Seeker, issue: Issue) -> None:
        self._find(seeker, Found(item=seeker.item, issue=issue, how="a copy", is_left=True))
        self._tell(
            f"a copy of {keeper.item.document}:{keeper.item.line}, with its link"
            f" to {issue.ref}: delete the link here for an issue of its own",
            seeker.item,
        )

    def _leave_unread(self, seeker: Seeker, issue: Issue) -> None:
        self._find(seeker, Found(item=seeker.item, issue=issue, how="a copy", is_left=True))
        self._tell(
            f"its link to {issue.ref} is that of an item in another document, which is there, unread:"
            " delete the link here for an issue of its own",
            seeker.item,
        )

    def _is_pasted(self, issue: Issue, marker: Marker, seekers: Sequence[Seeker]) -> bool:
        """Whether a linked issue's body is another's, which it and its items do not fit."""
        others = (block for ref, block in self.known.blocks.items() if ref != issue.ref)
        return (
            marker.key.text not in {seeker.text for seeker in seekers}
            and not title_is_intact(issue, marker)
            and any(block.marker.id == marker.id for block in others)
        )

    def _marker_of(self, issue: Issue) -> Marker | None:
        """The marker in an issue, where it is of this repository's documents, by its present key."""
        marker = self.known.marker_of(issue)
        if marker is None:
            return None
        if self.repository and marker.repository:
            is_ours = marker.repository == self.repository
        else:
            is_ours = marker.key.source in self.sources
        return replace(marker, key=replace(marker.key, source=self.source)) if is_ours else None

    def _counts(self, issue: Issue, marker: Marker, seekers: Sequence[Seeker]) -> bool:
        """Whether a linked issue's marker counts; asked only where it would decide something."""
        item = seekers[0].item
        if len(seekers) == 1 and read_inputs(item, self.postmortems[item.document]) == marker.inputs:
            return True
        return self._is_trusted(issue) is not False

    # -- by marker -----------------------------------------------------------------------

    def _is_trusted(self, issue: Issue) -> bool | None:
        """Whether the marker in an issue counts; None, and a question, where its author must be looked up."""
        trusted = is_trusted(issue, self.known, self.policy)
        if trusted is None:
            self.questions.add(AskWriter(issue.author))
        return trusted

    def _trusted(self, marked: Sequence[Marked]) -> Iterator[Marked]:
        """Yields the issues whose markers count, asking and telling only where one would decide something."""
        wanted = {seeker.text for seeker in self._seeking()}
        linked = {each.marker.id for each in marked if each.issue.ref in self.claimed}
        for each in marked:
            if each.marker.id in linked:  # a linked issue or a copy of one: who wrote it decides nothing
                yield each
            elif each.issue.is_open or each.marker.key.text in wanted:
                trusted = self._is_trusted(each.issue)
                if trusted:
                    yield each
                elif trusted is False:
                    self.notices.append(tell_forged(each.issue))
                    if each.issue.author.endswith("[bot]"):
                        self.doubtful[each.marker.key.name] = each.issue

    def _read_namesakes(self, loose: Iterable[str]) -> None:
        """Asks for linked issues that nobody had to read, where `loose` ones may be copies or twins of them.

        Args:
            loose: the texts of open issues that no link claims; the item may have moved to another document.
        """
        texts = set(loose)
        for place, found in self.found.items():
            annotation = found.item.annotation
            is_unread = found.issue is None and found.absence is None
            if annotation and is_unread and self.seekers[place].text in texts:
                self.questions.add(ReadIssue(annotation.ref))

    # -- by what has moved, was named or reworded ------------------------------------------

    def _tie_renamed(self, renamed: dict[str, str], *, without_new: bool) -> None:
        """Goes once over all texts; `without_new` as if the items that get a new issue had theirs already."""
        sought = {seeker.text for seeker in self._seeking()}
        issues = self._free_by(
            lambda marker: marker.key.text,
            lambda each: (
                each.marker.key.text in sought
                and (each.issue.is_open or not without_new)
                and self._has_left(each.marker)
            ),
        )  # closed issues are known only where something new needs one
        for text, seekers in self._seeking_ours_by(lambda seeker: seeker.text).items():
            gained = _group(self._without_new(seekers, without_new), lambda seeker: seeker.document)
            lost = _group(issues.get(text, ()), lambda each: each.marker.key.document)
            only = next(iter(lost)) if len(lost) == len(gained) == 1 else None
            for document in sorted(gained):
                origin = only or renamed.get(document, "")
                left = lost.get(origin, [])
                for seeker in gained[document]:
                    each = next((it for it in left if not self._is_anew(seeker, it)), None)
                    if each is not None:
                        left.remove(each)
                        renamed[document] = origin
                        self._take(seeker, each, "renamed document")

    def _is_anew(self, seeker: Seeker, each: Marked) -> bool:
        """Whether an open item is to be done anew, and not what a settled issue was about.

        It is, unless that issue's document is gone and was this one: as other items tell, or the issue's own
        text, which names this postmortem, of no later day.
        """
        issue, document = each.issue, each.marker.key.document
        if issue.is_open or seeker.item.done:
            return False
        postmortem = self.postmortems[seeker.item.document]
        day = issue.created and (issue.created.date() + _ANY_TIME_ZONE).isoformat()
        if document in self.existing | self.retained or (day and (postmortem.date or "") > day):
            return True
        block = self.known.blocks.get(issue.ref)
        is_named = block is not None and is_drafted_for(block.text, postmortem)
        return not is_named and self.origins.get(seeker.document) != document

    def _tie_named(self, seeker: Seeker, ticket: str) -> None:
        """Gives an item the issue that its author named, where we can follow that."""
        item, ref = seeker.item, parse_ticket(ticket, self.known.repository)
        issue = self.known.issues.get(ref) if ref else None
        if ref is None or ref in self.known.absent:
            self.tracked.add(item.place)
            self._tell_absent_ticket(ref, item)
        elif issue is None:
            self.questions.add(ReadIssue(ref))
        elif not _is_same_host(ticket, issue.url):
            self.tracked.add(item.place)
        elif issue.ref in self.claimed and issue.ref in self.known.blocks:
            self._tell(f"it names {ref}, which is another item's issue: it gets none of its own", item)
            self.tracked.add(item.place)
        else:
            free = self.free.pop(issue.ref, None)
            marker = free.marker if free else None
            self._find(seeker, Found(item=item, issue=issue, marker=marker, how="named by its author"))

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

    def _tie_reworded(self, seekers: Sequence[Seeker], lost: Sequence[Marked]) -> None:
        """Ties items and orphans of one document that are each other's clearly best."""
        if len(seekers) * len(lost) > REWORDED_PAIRS:
            return
        pairs = find_alike([it.item.title for it in seekers], [it.issue.title for it in lost])
        by_seeker = _group(pairs, lambda pair: pair[1])
        by_issue = _group(pairs, lambda pair: pair[2])
        for likeness, here, there in pairs:
            seeker, each = seekers[here], lost[there]
            is_taken = seeker.item.place in self.found or each.issue.ref not in self.free
            if likeness < REWORDED_AT_LEAST or is_taken:
                continue
            text = each.marker.key.text  # equals are no rivals
            rivals = [other for other, _, i in by_seeker[here] if lost[i].marker.key.text != text]
            rivals += [other for other, i, _ in by_issue[there] if seekers[i].text != seeker.text]
            if all(likeness >= other + REWORDED_MARGIN for other in rivals):
                self._take(seeker, each, f"reworded, {likeness:.2f}")

    # -- small questions -------------------------------------------------------------------

    def _seeking(self) -> list[Seeker]:
        """The items that still look for an issue, in document order."""
        return [
            seeker
            for place, seeker in self.seekers.items()
            if place not in self.found and place not in self.tracked
        ]

    def _seeking_ours_by(self, key: Callable[[Seeker], K]) -> dict[K, list[Seeker]]:
        """Groups the items that still look, but for those that their author tracks otherwise.

        Within a group those that would get a new issue come first. Else a new issue would go, once made, to
        an equal item above that was to get none.
        """
        seekers = (it for it in self._seeking() if not self._is_tracked_otherwise(it))
        return _group(sorted(seekers, key=lambda it: not self._may_create(it)), key)

    def _is_tracked_otherwise(self, seeker: Seeker) -> bool:
        """Whether an item names a tracker that counts before our issue; what is done may name what did it."""
        ticket = _find_ticket(seeker.item)
        if ticket is None:
            return False
        return self._may_create(seeker) or parse_ticket(ticket, self.known.repository) is None

    def _find_left(self) -> dict[IssueRef, str]:
        """Open issues that no item has, though one is there, and what that names instead, for people."""
        told = ((seeker, _find_ticket(seeker.item)) for seeker in self.seekers.values())
        named = [(seeker, ticket) for seeker, ticket in told if ticket is not None]
        return {
            each.issue.ref: ticket
            for each in self.free.values()
            for seeker, ticket in named
            if each.issue.is_open
            and each.marker.key.document == seeker.document
            and (each.marker.key.text == seeker.text or each.issue.title == seeker.item.title)
        }

    def _free_by(
        self, key: Callable[[Marker], K], allowed: Callable[[Marked], bool] = lambda _: True
    ) -> dict[K, list[Marked]]:
        return _group(filter(allowed, self.free.values()), lambda each: key(each.marker))

    def _may_create(self, seeker: Seeker) -> bool:
        """Whether an item would get a new issue if it has none."""
        item = seeker.item
        postmortem = self.postmortems[item.document]
        return self.policy.is_selected(item.document) and not any(self.policy.why_no_issue(item, postmortem))

    def _without_new(self, seekers: Sequence[Seeker], is_asked: bool) -> list[Seeker]:
        """Leaves out the items that would get a new issue, where that is asked for."""
        return [seeker for seeker in seekers if not (is_asked and self._may_create(seeker))]

    def _has_left(self, marker: Marker) -> bool:
        """Whether an item may have moved: its document was read and does not hold it, or is gone.

        That is gone which the default branch does not hold either, and which this checkout's history once
        did: else it is another branch's, and none of ours.
        """
        document = marker.key.document
        if document in self.read or document in self.existing or document in self.retained:
            return document in self.read
        return self._knows_past() and self.known.may_have_held(document)

    def _knows_past(self) -> bool:
        """Whether it was told which paths this checkout's history has held, where it has any; else asks.

        Issues in files are the checkout's own, and so is what they were made from.
        """
        if self.known.repository and self.policy.has_history and self.known.past is None:
            self.questions.add(AskPast(frozenset(each.marker.at for each in self.free.values()) - {""}))
            return False
        return True

    def _is_orphan(self, each: Marked) -> bool:
        """Whether an unclaimed issue's item is gone: from a document that was read, or with its document."""
        named = each.marker.key
        is_read = named.document in self.read
        return each.issue.is_open and named.source == self.source and (is_read or self._is_gone(each))

    def _is_gone(self, each: Marked) -> bool:
        """Whether the document that an issue names is known to be gone, and its link not merely elsewhere."""
        document = each.marker.key.document
        is_there = document in self.existing or document in self.retained
        return (
            self.policy.retained is not None
            and not is_there
            and each.issue.ref not in (self.known.elsewhere or ())
        )

    def _take(self, seeker: Seeker, each: Marked, how: str) -> None:
        """Gives a free issue to an item."""
        del self.free[each.issue.ref]
        self.claimed.add(each.issue.ref)
        self._find(seeker, Found(item=seeker.item, issue=each.issue, marker=each.marker, how=how))
        self._note_origin(seeker, each.marker)

    def _find(self, seeker: Seeker, found: Found) -> None:
        self.found[seeker.item.place] = found

    def _note_origin(self, seeker: Seeker, marker: Marker) -> None:
        """Takes the name that an item's document had before, where its issue still knows it by that."""
        if marker.key.document not in self.existing | self.retained:
            self.origins.setdefault(seeker.document, marker.key.document)

    def _tell(self, text: str, item: ActionItem) -> None:
        self.notices.append(Notice(text=text, document=item.document, line=item.line))


def _group(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    grouped: dict[K, list[T]] = defaultdict(list)
    for thing in things:
        grouped[key(thing)].append(thing)
    return grouped


def _is_same_host(link: str, page: str) -> bool:
    """Whether a link may lead to where an issue's page is: another host is another tracker."""
    hosts = [re.match(r"https?://(?:www\.)?([^/:?#]+)", url, re.IGNORECASE) for url in (link, page)]
    one, other = (host[1].casefold() if host else None for host in hosts)
    return one is None or other is None or one == other


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
