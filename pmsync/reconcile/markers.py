"""The marker: the hidden comment by which an issue of ours is known, and the digests it is made of.

An issue's body holds one managed block, from `BLOCK_START` to the end of the marker. Everything outside
it belongs to people. The marker is hex and a letter only, so that no text can end it early (`--` would).
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from pmsync.model import ActionItem, Issue, Postmortem
from pmsync.text import comparable

BLOCK_START = "<!-- pmsync -->"
"""Where the managed block begins."""

_DIGEST = 16
"""Hex digits of a digest: 64 bits, so that a thousand repositories of a million items do not collide."""

_LABEL_DIGEST = 8

_MAX_LABELS = 100
"""As many as GitHub takes on one issue; more would make the marker unreadable."""

_MARKER = re.compile(
    r"<!-- pmsync:1 id=(?P<id>[0-9a-f]{16}) src=(?P<source>[0-9a-f]{16}) doc=(?P<document>[0-9a-f]{16})"
    r" text=(?P<text>[0-9a-f]{16}) n=(?P<ordinal>[0-9a-f]{1,8})"
    r" in=(?P<inputs>[0-9a-f]{32}(?:[0-9a-f]{8}){0,100})"
    r"(?: repo=(?P<repository>[0-9a-f]{16}))?(?: box=(?P<box>[01]))?"
    r"(?: at=(?P<at>[0-9a-f]{40}|[0-9a-f]{64}))?(?: who=(?P<assignee>[0-9a-f]{16}))?"
    r"(?: nudge=(?P<nudge>[osOS][0-9]{8}))?(?: next=(?P<next>[os][0-9]{8}))?(?: gone=(?P<gone>[01]))?"
    r" title=(?P<title>[0-9a-f]{16}) block=(?P<block>[0-9a-f]{16}) -->"
)

_BOX = re.compile(r"^([ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+\[)([ xX])(\])([^\n]*)", re.MULTILINE)
"""A task's box, and what stands behind it."""

_PAGE = re.compile(r"https?://[^/\s()<>]{1,200}/([\w.-]{1,100}/[\w.-]{1,100})/blob/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What an item is known by without a link: three digests and its place among equals.

    Attributes:
        source: the documents' repository.
        document: the document's path.
        text: the item's normalised text.
        ordinal: from 1, among items of the same document and text.
    """

    source: str
    document: str
    text: str
    ordinal: int

    @property
    def name(self) -> tuple[str, str]:
        """Document and text: what equals share."""
        return self.document, self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Digests of what an item's issue was written from. A change in one allows the matching update.

    Attributes:
        content: the item's raw text and detail.
        owner: its owner.
        labels: of each label that its document asks for, sorted.
    """

    content: str
    owner: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return self.content + self.owner + "".join(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What the comment says.

    Attributes:
        id: random, one per creation; the same id in two issues is a person's copy.
        key: of the item when the issue was last written.
        inputs: likewise.
        title: digest of the title as we wrote it.
        block: digest of the block's text as we wrote it.
        repository: digest of the id of the documents' repository, which outlives its name; where known.
        box: what the item's box said when it was last obeyed; None where it never was, or where the
            document has said something else since.
        at: the newest commit of the documents' default branch that it was last written from, where known.
        assignee: digest of the login that we assigned; empty where we did not.
        nudge: which label of how late it is we put on, and for which due date (`o20260320`); in capitals,
            once a person took it off; empty for none.
        next_nudge: the one that we are about to put on, likewise.
        is_gone: we closed the issue for want of an item; False once a person has reopened it since. None for
            an issue that has an item.
    """

    id: str
    key: Key
    inputs: Inputs
    title: str
    block: str
    repository: str = ""
    box: bool | None = None
    at: str = ""
    assignee: str = ""
    nudge: str = ""
    next_nudge: str = ""
    is_gone: bool | None = None

    def __str__(self) -> str:
        key, inputs = self.key, self.inputs
        return (
            f"<!-- pmsync:1 id={self.id} src={key.source} doc={key.document} text={key.text}"
            f" n={key.ordinal:x} in={inputs}"
            f"{self._optional} title={self.title} block={self.block} -->"
        )

    @property
    def _optional(self) -> str:
        """What is not always there; older markers have none of it."""
        box, gone = ("" if it is None else f"{it:d}" for it in (self.box, self.is_gone))
        fields = {
            "repo": self.repository,
            "box": box,
            "at": self.at,
            "who": self.assignee,
            "nudge": self.nudge,
            "next": self.next_nudge,
            "gone": gone,
        }
        return "".join(f" {name}={value}" for name, value in fields.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedBlock:
    """The managed block of one issue.

    Attributes:
        marker: its marker.
        start: where the block begins in the body; equal to `marker_start` where its start was taken out.
        marker_start: where the marker begins.
        end: just past the marker.
        text: what stands between start and marker.
    """

    marker: Marker
    start: int
    marker_start: int
    end: int
    text: str

    @property
    def is_intact(self) -> bool:
        """Whether the block is as we wrote it, its boxes aside: to tick one is to work, not to edit."""
        known = {block_digest(self.text), digest(self.text)}  # the latter by a marker of an older version
        return self.start < self.marker_start and self.marker.block in known


# ------------------------------------------------------------------------------ digests


def digest(text: str) -> str:
    """Digests `text`, blind to what GitHub's editor changes: line endings, trailing and outer blanks."""
    return hashlib.sha256(comparable(text).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def block_digest(text: str) -> str:
    """Digests the text of a managed block, blind to which of its boxes are ticked."""
    return digest(_BOX.sub(r"\1 \3\4", text))


def ticked_boxes(text: str) -> frozenset[str]:
    """Returns what stands behind each ticked box of a text."""
    return frozenset(match[4].strip() for match in _BOX.finditer(text) if match[2] != " ")


def keep_boxes(text: str, before: str) -> str:
    """Returns a block's new text with its boxes as they are on the issue; new ones as in the document."""
    known = {match[4].strip(): match[2] for match in _BOX.finditer(before)}
    return _BOX.sub(
        lambda match: f"{match[1]}{known.get(match[4].strip(), match[2])}{match[3]}{match[4]}", text
    )


def normalise(text: str) -> str:
    """Reduces an item's raw text to what identifies it: its words, in one case, one blank between them.

    Frozen: another version of this function needs another version of the marker, since keys in existing
    issues were made with it. Emphasis, punctuation, emojis and broken bytes do not count; where nothing
    else is there, they do.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.sub(r"[\W_]+", " ", folded).strip()
    return words or " ".join(folded.split())


def source_digest(repository: str) -> str:
    """Digests the documents' repository (`owner/name`, without case; empty where there is none)."""
    return digest(repository.casefold())


def find_sources(text: str) -> set[str]:
    """The repositories whose files a block links to; one of them is that of its document."""
    return {match[1] for match in _PAGE.finditer(text)}


def repository_digest(repository_id: str) -> str:
    """Digests the id of the documents' repository; empty where that is not known."""
    return digest(repository_id) if repository_id else ""


def document_digest(document: str) -> str:
    """Digests a document's path."""
    return digest(document)


def text_digest(item: ActionItem) -> str:
    """Digests an item's normalised text."""
    return digest(normalise(item.text or item.title))


def read_inputs(item: ActionItem, postmortem: Postmortem) -> Inputs:
    """Digests what the issue of `item`, in `postmortem`, is written from.

    Rewrapping is no change, nor is striking: of that, the issue's state speaks.
    """
    content = "\n".join(" ".join(part.replace("~~", "").split()) for part in (item.text, item.detail))
    return Inputs(
        content=digest(content),
        owner=digest((item.owner or postmortem.owner or "").casefold()),
        labels=tuple(sorted({label_digest(label) for label in postmortem.labels[:_MAX_LABELS]})),
    )


def login_digest(login: str | None) -> str:
    """Digests a login (without case); empty for none."""
    return digest(login.casefold()) if login else ""


def label_digest(label: str) -> str:
    """Digests one label's name (without case, as GitHub compares them), shorter than the others."""
    return digest(label.casefold())[:_LABEL_DIGEST]


# ---------------------------------------------------------------------------- the block


def new_id() -> str:
    """Makes a random id for one creation."""
    return secrets.token_hex(_DIGEST // 2)


def write_block(text: str, marker: Marker) -> str:
    """Returns the managed block: `text`, closed by `marker`."""
    return f"{BLOCK_START}\n{text.strip()}\n\n{marker}"


def write_marker(body: str, block: ManagedBlock, marker: Marker) -> str:
    """Returns an issue's body with another marker in its block, and all else as it is."""
    return body[: block.marker_start] + str(marker) + body[block.end :]


def find_block(body: str) -> ManagedBlock | None:
    """Finds the one managed block in an issue's body; None where there is none, or several."""
    blocks = find_blocks(body)
    return blocks[0] if len(blocks) == 1 else None


def find_blocks(body: str) -> tuple[ManagedBlock, ...]:
    """Finds the managed blocks in an issue's body, of each id one: the first that is intact, else the first.

    There are several where somebody pasted the body of another issue.
    """
    blocks: dict[str, ManagedBlock] = {}
    since = 0
    for match in _MARKER.finditer(body):
        opening = body.find(BLOCK_START, since, match.start())
        start = match.start() if opening < 0 else opening
        inner = "" if opening < 0 else body[opening + len(BLOCK_START) : match.start()]
        block = ManagedBlock(
            marker=_read_marker(match),
            start=start,
            marker_start=match.start(),
            end=match.end(),
            text=inner,
        )
        if not (other := blocks.get(block.marker.id)) or (block.is_intact and not other.is_intact):
            blocks[block.marker.id] = block
        since = match.end()
    return tuple(blocks.values())


def choose_block(
    blocks: Collection[ManagedBlock],
    issue: Issue,
    names: Collection[tuple[str, str]],
    elsewhere: Collection[str],
) -> ManagedBlock | None:
    """Chooses an issue's own block from several: the one that fits its item, its title, and no other issue.

    Args:
        blocks: those in its body.
        issue: the issue.
        names: document and text of the items that are linked to it.
        elsewhere: ids of markers in other issues.

    Returns:
        None where that leaves more than one.
    """
    left = list(blocks)
    for fits in (
        lambda block: block.marker.key.name in names,
        lambda block: title_is_intact(issue, block.marker),
        lambda block: block.marker.id not in elsewhere,
        lambda block: block.is_intact,
    ):
        left = list(filter(fits, left)) or left
    return left[0] if len(left) == 1 else None


def title_is_intact(issue: Issue, marker: Marker) -> bool:
    """Whether the issue's title is as we wrote it."""
    return digest(issue.title) == marker.title


def _read_marker(match: re.Match[str]) -> Marker:
    inputs = match["inputs"]
    labels = inputs[2 * _DIGEST :]
    return Marker(
        id=match["id"],
        key=Key(
            source=match["source"],
            document=match["document"],
            text=match["text"],
            ordinal=int(match["ordinal"], 16),
        ),
        inputs=Inputs(
            content=inputs[:_DIGEST],
            owner=inputs[_DIGEST : 2 * _DIGEST],
            labels=tuple(labels[i : i + _LABEL_DIGEST] for i in range(0, len(labels), _LABEL_DIGEST)),
        ),
        title=match["title"],
        block=match["block"],
        repository=match["repository"] or "",
        box=None if match["box"] is None else match["box"] == "1",
        at=match["at"] or "",
        assignee=match["assignee"] or "",
        nudge=match["nudge"] or "",
        next_nudge=match["next"] or "",
        is_gone=None if match["gone"] is None else match["gone"] == "1",
    )
