"""Documents that wait: drafts, and those of which issues would say what nobody else can read yet.

What everybody can read of a document is what the default branch says, as last fetched. A document that is
not tracked, has changes that are not committed, or is on another branch, may say more; that is put into
issues only where somebody wants it. Annotations, boxes and status cells do not count: pmsync writes them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.git import find_ignored, read_committed
from pmsync.model import DRAFT, ActionItem, Notice, Postmortem
from pmsync.reading import Reading
from pmsync.session import Session
from pmsync.text import decode

Said = Counter[Postmortem]
"""What issues would say of a document: for each of its items the document as if it held that one alone."""


def sift(session: Session, reading: Reading) -> Reading:
    """Tells apart what is to be synced: drafts wait, and what is not published is noted."""
    return mark_unpublished(session, hold_drafts(session, reading))


def hold_drafts(session: Session, reading: Reading) -> Reading:
    """Lets documents wait that call themselves drafts, unless the configuration wants them synced."""
    if session.config.drafts == "sync":
        return reading
    drafts = (
        Notice(document=it.document, text="calls itself a draft, and waits", reason=DRAFT)
        for it in reading.chosen
        if it.is_draft
    )
    return replace(reading, waiting=(*reading.waiting, *drafts))


def hold_unpublished(reading: Reading) -> Reading:
    """Lets documents wait that are not published."""
    held = tuple(
        replace(notice, text=f"{notice.text} (--allow-uncommitted takes it)")
        for notice in reading.unpublished
    )
    return replace(reading, waiting=(*reading.waiting, *held), unpublished=())


def mark_unpublished(session: Session, reading: Reading) -> Reading:
    """Notes which documents are not published, and why; none where issues are files."""
    if session.is_local:
        return reading
    return replace(reading, unpublished=tuple(_find_unpublished(session, reading)))


def _find_unpublished(session: Session, reading: Reading) -> Iterator[Notice]:
    checkout = session.checkout
    if checkout.git_folder is None and not (session.clone / ".git").exists():
        return  # nothing is under version control here, so there is nothing to compare with
    is_shown = checkout.head is not None and checkout.head in checkout.published
    doubtful = [
        it
        for it in reading.chosen
        if not is_shown or it.document in checkout.changed or it.document not in checkout.paths
    ]
    names = [it.document for it in doubtful]
    shown = [read_committed(session.clone, commit, names) for commit in checkout.published] if names else []
    for it in doubtful:
        versions = [version.get(it.document) for version in shown] or [None]
        if reading.sources[it.document].data in versions:
            continue
        if _listen(session, it.document, it.text) not in (
            Said() if data is None else _listen(session, it.document, decode(data)) for data in versions
        ):
            why = _tell_why(session, it.document, is_new=all(data is None for data in versions))
            yield Notice(document=it.document, text=why, reason=why)


def _listen(session: Session, document: str, text: str) -> Said | None:
    """Returns what issues would say of a text, whatever its line ends; None where it cannot be read."""
    try:
        heard = read(document, text.replace("\r\n", "\n"), known=session.config.known)
    except DocumentError:
        return None
    about = replace(heard, text="", findings=(), warnings=(), items=())
    return Counter(replace(about, items=(_without_place(item),)) for item in heard.items)


def _without_place(item: ActionItem) -> ActionItem:
    """Returns an item without where it stands, its state and its links, among which may be ours."""
    bare = replace(item, line=0, end_line=0, done=False, links=(), ticket=None)
    return replace(bare, annotation=None, slot=None, box=None)


def _tell_why(session: Session, document: str, *, is_new: bool) -> str:
    checkout = session.checkout
    if checkout.git_folder is None:
        return "git does not answer here, so nothing tells whether it is committed"
    if find_ignored(session.clone, [document]):
        return "git ignores it"
    if checkout.head is None or document in checkout.changed or document not in checkout.paths:
        return "not committed" if is_new else "changed, and not committed"
    if checkout.default_branch is None and checkout.revision is None:
        return "committed, and not pushed"
    branch = f"on {checkout.branch}" if checkout.branch else "checked out"
    return f"only {branch}" + (f", not on {checkout.default_branch}" if checkout.default_branch else "")
