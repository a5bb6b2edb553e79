"""What a repository shows of its postmortems before anybody configured anything: where, how many, whose."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from pmsync.documents import EXCLUDES
from pmsync.model import UNTOLD, ActionItem, Known, Postmortem
from pmsync.reading import read_documents

_FOLDER = re.compile(
    r"(?i)(post[-_ ]?mortems?|post[-_ ]?incidents?([-_ ]?reviews?)?|incidents|outages|rcas?|root[-_ ]?causes?"
    r"|incident[-_ ]?(reports?|reviews?|postmortems?)|coes|pirs)"
)
"""What a folder of postmortems is called."""

_DEPTH = 4
"""How many folders deep one is looked for."""

_NONE_OF_THEIRS = frozenset({"node_modules", "vendor", "third_party"})
_JIRA_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}-\d{1,7}")
_TRACKERS = {
    "atlassian": "Jira",
    "jira": "Jira",
    "linear.app": "Linear",
    "gitlab": "GitLab",
    "youtrack": "YouTrack",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found at one place.

    Attributes:
        place: a folder, or the configured globs.
        postmortems: its documents.
        failed: how many more cannot be read.
    """

    place: str
    postmortems: tuple[Postmortem, ...]
    failed: int = 0

    @property
    def items(self) -> tuple[ActionItem, ...]:
        """All action items."""
        return tuple(item for postmortem in self.postmortems for item in postmortem.items)

    @property
    def others(self) -> tuple[str, ...]:
        """The documents that are no postmortems: index pages, templates, guides."""
        return tuple(
            it.document for it in self.postmortems if it.is_other and not it.is_draft and not it.items
        )

    @property
    def exclusions(self) -> tuple[str, ...]:
        """What takes the others of a folder away: by name, or by path where a postmortem has that name."""
        kept = {PurePosixPath(it.document).name for it in self.postmortems if it.document not in self.others}
        names = ((PurePosixPath(path).name, path) for path in self.others)
        globs = (path if name in kept else f"{self.place}/**/{name}" for name, path in names)
        return tuple(f"{EXCLUDES}{glob}" for glob in dict.fromkeys(globs))

    @property
    def owners(self) -> tuple[str, ...]:
        """Who owns each item that somebody owns."""
        owners = (
            item.owner or postmortem.owner for postmortem in self.postmortems for item in postmortem.items
        )
        return tuple(filter(None, owners))

    @property
    def elsewhere(self) -> Counter[str]:
        """Other trackers that items name, and how often."""
        return Counter(filter(None, map(_name_tracker, self.items)))

    def __str__(self) -> str:
        counted = {
            "document": len(self.postmortems) - len(self.others),
            "item": len(self.items),
            "name": len(count_names(self.owners)),
        }
        parts = [f"{count} {word}{'s' * (count != 1)}" for word, count in counted.items()]
        parts += [f"{count} in {tracker}" for tracker, count in self.elsewhere.most_common()]
        others = len(self.others)
        parts += [f"{others} index {'page or template' if others == 1 else 'pages or templates'}"] * bool(
            others
        )
        parts += [f"{self.failed} that cannot be read"] * bool(self.failed)
        return f"{self.place}: {', '.join(parts)}"


def count_names(owners: Iterable[str]) -> Counter[str]:
    """Returns how often each name occurs, as it is mostly written; in any case it is one, as in `owners:`."""
    spelled: dict[str, Counter[str]] = {}
    for owner in owners:
        spelled.setdefault(owner.casefold(), Counter())[owner] += 1
    return Counter({found.most_common(1)[0][0]: found.total() for found in spelled.values()})


def find_folders(paths: Iterable[str]) -> list[str]:
    """Returns the folders that are called as those of postmortems are and hold Markdown, outermost only.

    Args:
        paths: every file there is, relative to the repository.
    """
    found = set()
    for path in paths:
        parts = PurePosixPath(path).parts
        if not path.endswith(".md") or any(it.startswith(".") or it in _NONE_OF_THEIRS for it in parts):
            continue
        depth = next((at for at, name in enumerate(parts[:-1][:_DEPTH], 1) if _FOLDER.fullmatch(name)), None)
        if depth:
            found.add("/".join(parts[:depth]))
    return sorted(found)


def survey(root: Path, globs: Sequence[str], place: str, *, known: Known = UNTOLD) -> Survey:
    """Reads the documents that globs find, however many of them cannot be read."""
    reading = read_documents(root, globs, known=known)
    return Survey(place, reading.postmortems, sum(bool(error.document) for error in reading.errors))


def propose_since(surveys: Collection[Survey], most: int) -> date | None:
    """Returns from which day on postmortems have no more than so many open items; None where all have not."""
    dated = sorted(
        (it for found in surveys for it in found.postmortems if it.date),
        key=lambda it: it.date or "",
        reverse=True,
    )
    count, since = 0, None
    for postmortem in dated:
        count += sum(not item.done and not item.ticket for item in postmortem.items)
        if count > most:
            return since or date.fromisoformat(postmortem.date or "")
        since = date.fromisoformat(postmortem.date or "")
    return None


def _name_tracker(item: ActionItem) -> str | None:
    ticket = item.ticket if not item.annotation else None
    if ticket and _JIRA_KEY.fullmatch(ticket):
        return "Jira"
    return next((name for part, name in _TRACKERS.items() if ticket and part in ticket.lower()), None)
