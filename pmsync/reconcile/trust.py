"""Whose markers count, and which of several issues with one marker or one key is the item's. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pmsync.model import Issue, IssueRef, Notice, Status
from pmsync.reconcile.knowledge import Knowledge
from pmsync.reconcile.markers import Key, Marker
from pmsync.reconcile.policy import Policy

ACTIONS_BOT = "github-actions[bot]"
"""The author of what a workflow's own token creates; only a workflow of the repository has it."""


@dataclass(frozen=True, slots=True)
class Marked:
    """An issue and the marker that it bears."""

    issue: Issue
    marker: Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A second issue for one item, and the one that stays."""

    issue: Issue
    stays: Issue


def is_trusted(issue: Issue, known: Knowledge, policy: Policy) -> bool | None:
    """Whether the marker in an issue counts; None where its author must be looked up first."""
    at_once = {ACTIONS_BOT, *map(str.casefold, policy.trusted_authors)}
    if issue.author.casefold() in at_once or issue.association == "OWNER":
        return True
    return known.writers.get(issue.author) if issue.author else False


def is_within_reach(issue: Issue, known: Knowledge) -> bool:
    """Whether an item's box may command an issue without a marker: only one of the configured repository.

    A link that somebody typed may lead anywhere that the token may write.
    """
    return issue.ref.repository.casefold() == known.repository.casefold()


def tell_forged(issue: Issue) -> Notice:
    """Tells of a marker that does not count."""
    return Notice(
        text=f"{issue.ref} bears a marker of pmsync, but its author {issue.author or 'nobody'!r}"
        " may not write to the repository: it is ignored (trusted_authors: lets it count)"
    )


def tell_unclear(issue: Issue) -> Notice:
    """Tells of an issue with several blocks, of which none can be told to be its own."""
    return Notice(
        text=f"{issue.ref} bears several markers of pmsync, and none fits it better than the others: take out"
        " what was pasted from other issues; until then its text is left as it is"
    )


def without_copies(
    ours: Iterable[Marked], claimed: Collection[IssueRef]
) -> tuple[list[Marked], list[Notice]]:
    """Sets aside issues that bear another's id, which a person duplicated with its body, and tells of them.

    Args:
        ours: issues whose markers count.
        claimed: those that an item is linked to; such a one is the original, else the lowest number.
    """
    by_id: dict[str, list[Marked]] = defaultdict(list)
    for each in ours:
        by_id[each.marker.id].append(each)
    originals, notices = [], []
    for same in by_id.values():
        same.sort(key=lambda each: (each.issue.ref not in claimed, each.issue.ref.number))
        originals.append(same[0])
        notices += [
            Notice(text=f"{ref} is a person's copy of {same[0].issue.ref}, marker included: it is left")
            for ref in (each.issue.ref for each in same[1:] if each.issue.is_open)
        ]
    return originals, notices


def find_twins(
    ours: Iterable[Marked], claimed: Collection[IssueRef], counts: Callable[[Issue], bool]
) -> tuple[dict[IssueRef, Marked], list[Twin]]:
    """Parts the unclaimed issues into those that an item can take, and the second ones of a key.

    Args:
        ours: issues whose markers count, copies aside.
        claimed: those that an item is linked to.
        counts: whether the marker of a claimed one counts, which nobody had to know until now.
    """
    by_key: dict[Key, list[Marked]] = defaultdict(list)
    for each in ours:
        by_key[each.marker.key].append(each)
    free: dict[IssueRef, Marked] = {}
    twins: list[Twin] = []
    for same in by_key.values():
        same.sort(key=lambda each: _precedence(each.issue, claimed))
        stays = same[0].issue
        if len(same) > 1 and stays.ref in claimed and not counts(stays):
            continue
        loose = [each for each in same if each.issue.ref not in claimed]
        if stays.ref in claimed and stays.status is Status.DUPLICATE:
            stays = next((each.issue for each in loose if each.issue.is_open), stays)
        free |= {each.issue.ref: each for each in loose if each.issue.ref == stays.ref}
        twins += [
            Twin(issue=each.issue, stays=stays)
            for each in loose
            if each.issue.ref != stays.ref and each.issue.is_open
        ]
    return free, twins


def _precedence(issue: Issue, claimed: Collection[IssueRef]) -> tuple[bool, bool, int]:
    """Of issues with one key the linked one stays, else the lowest number that is no duplicate."""
    return issue.ref not in claimed, issue.status is Status.DUPLICATE, issue.ref.number
