"""How a team wants it, and what a run stands on: all that decides a plan beside items and issues."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pmsync.model import ActionItem, Postmortem
from pmsync.reconcile.drafts import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What of configuration and checkout decides a plan.

    Attributes:
        source: the documents' repository, `owner/name`; empty where there is none.
        repository_id: its id, where the surroundings tell it without being asked.
        labels: given to each new issue, the one that pmsync lists by first.
        labels_for: further labels by severity, priority or type.
        owners: tracker login by owner's name.
        trusted_authors: logins whose markers count at once.
        done_items: what becomes of items that were done before they had an issue.
        on_removed: what becomes of orphans.
        since: postmortems before it get no new issues.
        max_creates: how many new issues are plausible.
        existing: every document path in the work tree, read or not.
        retained: paths that the default branch still holds; what is there orphans nothing unless read. None
            where nothing is known of that branch: then no document is gone from it.
        has_history: whether the documents are under version control, so that others may see older ones.
        commit: the newest commit of the default branch that the checkout holds, where that is known.
        knows_default_branch: whether the checkout tells which branch is the default one, where git is asked.
        is_default_head: whether the work tree is the default branch's head; orphans are closed only there.
        selected: the documents to act on; None for all.
        waiting: of these, those that are left out for now.
        is_telling: whether issues are written to besides, with what the documents say: labels of how late
            they are, the dashboard.
        pages: where documents can be read.
    """

    source: str
    repository_id: str = ""
    labels: tuple[str, ...] = ("postmortem",)
    labels_for: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    trusted_authors: frozenset[str] = frozenset()
    done_items: Literal["skip", "create"] = "skip"
    on_removed: Literal["report", "close"] = "report"
    since: date | None = None
    max_creates: int = 50
    existing: frozenset[str] = frozenset()
    retained: frozenset[str] | None = frozenset()
    has_history: bool = False
    commit: str = ""
    knows_default_branch: bool = True
    is_default_head: bool = False
    selected: frozenset[str] | None = None
    waiting: frozenset[str] = frozenset()
    is_telling: bool = False
    pages: Pages = field(default_factory=Pages)

    def is_selected(self, document: str) -> bool:
        """Whether the run acts on a document."""
        return (self.selected is None or document in self.selected) and document not in self.waiting

    def is_shown(self, document: str) -> bool:
        """Whether a document was read as the default branch shows it to everybody."""
        return self.has_history and self.is_default_head and document not in self.pages.changed

    def why_no_issue(self, item: ActionItem, postmortem: Postmortem) -> tuple[str, str]:
        """Why an item without an issue gets none: for people, and what it has in common with others.

        Both are empty where it gets one.
        """
        if item.done and self.done_items == "skip":
            return "already done", "already done"
        stated = postmortem.date
        if self.since and stated and stated < self.since.isoformat():
            reason = f"before since: {self.since}"
            return f"its postmortem is of {stated}, {reason}", reason
        return "", ""
