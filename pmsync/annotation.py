r"""The annotation: what pmsync writes after an item, and its grammar, here and nowhere else.

    1. Validate the input ([#12](https://github.com/acme/shop/issues/12): open)
    - [x] Alert on memory ([acme/api#7](https://github.com/acme/api/issues/7): done)
    - Try it out ([#3](../.pmsync/issues/3.md): won't do)
    | Rotate the keys | [#13](https://github.com/acme/shop/issues/13): done |
    | Add an alert | [#14](https://github.com/acme/shop/issues/14 "was: TBD"): open |

It stands in parentheses, but for a table cell that holds nothing else, where it is *bare*. In a cell that
held only a placeholder it stands instead of that, which the link's title keeps. The link is
the item's identity, whatever the word says. What pmsync writes is narrow; what it understands is as wide
as people and formatters make it: other case, a typographic apostrophe, a line wrapped within, an unknown
word or none, and a remark behind the word (`: open, waiting for Bob`), which is kept.
"""

import posixpath
import re
from dataclasses import dataclass

from pmsync.model import Annotation, IssueRef, Status

_PAGE = r"https?://[^\s()<>\[\]|\\`]{1,300}/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/(?:issues|pull)"
_FILE = r"(?:\.{1,2}/){0,64}\.pmsync/issues"
_LINK = (
    r"\[(?P<label>(?:[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})?#(?P<number>[1-9][0-9]{0,9}))\]"
    rf"\((?P<url>{_PAGE}/(?P=number)|{_FILE}/(?P=number)\.md)"
    r'(?:[ \t]{1,8}"was: (?P<was>[^"\\\r\n]{1,100})")?\)'
)
_GAP = r"[ \t]{0,8}(?:(?:\r\n|\r|\n)[ \t>]{0,80})?"
"""Blanks, and at most one line break with what a quote or a list puts before the next line."""

_WORDS = r"[^()\[\]<>`|\r\n]{1,80}?"
_TAIL = rf"(?:{_GAP}:{_GAP}(?P<said>{_WORDS}(?:(?:\r\n|\r|\n)[ \t>]{{0,80}}{_WORDS})?)?)?"

_STATUS = "|".join(Status).replace("'", "['’ʼ‘]")
_BRACKETED = re.compile(rf"\([ \t]{{0,8}}{_LINK}{_TAIL}{_GAP}\)")
_BARE = re.compile(rf"[ \t]*(?P<core>{_LINK}{_TAIL})[ \t]*")
_BARE_WITH_WORD = re.compile(
    rf"(?P<core>{_LINK}[ \t]{{0,8}}:[ \t]{{0,8}}(?P<said>{_STATUS}))(?!\w)", re.IGNORECASE
)
_KEPT = re.compile(r'[^"\\|\r\n]{1,100}')
_REMARK = re.compile(r"[ \t]*(?:[,;:.–—]|[ \t]-[ \t])")
"""What parts the status word from a remark of somebody's."""

_LONGEST_WORD = 30
"""More than a word or three before any punctuation is a sentence of the author's, and no status."""

_APOSTROPHES = str.maketrans("’ʼ‘", "'''")


@dataclass(frozen=True, slots=True)
class _Written:
    """An annotation taken apart: `text[start:end]` is all of it but the blank before."""

    start: int
    end: int
    label: str
    url: str
    word: str
    remark: str
    bare: bool
    was: str

    @property
    def ref(self) -> IssueRef:
        number = int(self.label.rpartition("#")[2])
        if not self.url.startswith("http"):
            return IssueRef("", number)
        owner, name = self.url.rsplit("/", 4)[1:3]
        return IssueRef(f"{owner}/{name}", number)

    @property
    def status(self) -> Status | None:
        word = re.sub(r"[\s>]+", " ", self.word).translate(_APOSTROPHES).casefold()
        return next((status for status in Status if status == word), None)


def find_annotations(text: str, start: int, end: int, *, cell: bool = False) -> tuple[Annotation, ...]:
    """Finds what has the form of an annotation in `text[start:end]`, in order, in linear time.

    It goes by form alone: whether Markdown renders the link, and whether a link without a word is ours
    or the author's, is for others to say.

    Args:
        text: a document's text.
        start: where to look from; nothing before it becomes part of an annotation.
        end: where to stop.
        cell: the span is the inside of a table cell, where the bare form counts too where there is
            no other: as the whole of the cell, or anywhere in it with one of our words.

    Returns:
        The annotations, each with the blank (or line break) that separates it from the text before.
    """
    return tuple(
        Annotation(
            ref=written.ref,
            url=written.url,
            status=written.status,
            start=written.start if written.was else _with_lead(text, start, written.start),
            end=written.end,
            placeholder=written.was,
        )
        for written in _find(text, start, end, cell)
    )


def without(text: str, start: int, end: int, *, cell: bool = False) -> str:
    """Returns `text[start:end]` as it was without its annotations; arguments as in `find_annotations`."""
    kept, at = [], start
    for found in find_annotations(text, start, end, cell=cell):
        kept += [text[at : found.start], found.placeholder]
        at = found.end
    return "".join([*kept, text[at:end]])


def can_keep(placeholder: str) -> bool:
    """Whether an annotation can keep what it stands instead of."""
    return bool(placeholder) and _KEPT.fullmatch(placeholder) is not None


def render(
    ref: IssueRef,
    url: str,
    status: Status,
    *,
    documents_repository: str,
    bare: bool = False,
    placeholder: str = "",
) -> str:
    """Writes an annotation, without what separates it from its surroundings.

    Args:
        ref: the issue.
        url: the link's destination, as `destination` makes it.
        status: the word.
        documents_repository: `owner/name` of the documents; an issue of another one shows with its own.
        bare: without parentheses.
        placeholder: what it stands instead of.
    """
    return _compose(_label(ref, documents_repository), url, status, "", bare, placeholder)


def rewritten(
    text: str, annotation: Annotation, *, ref: IssueRef, url: str, status: Status, documents_repository: str
) -> str:
    """Returns what should stand in `text[annotation.start:annotation.end]`.

    Its form (bare or not), what separates it from the text before and anybody's remark stay. Nothing at
    all changes where it already says the same, in whatever spelling; a pull request's two addresses
    (`/issues/7`, `/pull/7`) are the same.

    Args:
        text: the document's text.
        annotation: found in that text.
        ref: the issue that it should name.
        url: the link's destination, as `destination` makes it.
        status: the word that it should carry.
        documents_repository: as in `render`.
    """
    written = _take_apart(text, annotation)
    label = _label(ref, documents_repository)
    same_link = _same_page(written.url, url) and written.label.casefold() == label.casefold()
    if same_link and written.status == status:
        return text[annotation.start : annotation.end]
    lead = text[annotation.start : written.start]
    return lead + _compose(
        label, written.url if same_link else url, status, written.remark.rstrip(), written.bare, written.was
    )


def destination(url: str, document: str) -> str:
    """Returns where a link in `document` leads to reach `url`.

    A page's address stands as it is, kept from ending the link or a table's cell; a local issue's path
    (relative to the repository) is made relative to the document's folder.
    """
    if "://" not in url:
        url = posixpath.relpath(url, posixpath.dirname(document) or ".")
    return re.sub(r"[\s()<>\[\]|\\`]", lambda odd: f"%{ord(odd[0]):02X}", url)


def _find(text: str, start: int, end: int, cell: bool) -> list[_Written]:
    found = [_parts(match, bare=False) for match in _BRACKETED.finditer(text, start, end)]
    if cell and not found:
        whole = _BARE.fullmatch(text, start, end)
        bare = [whole] if whole else _BARE_WITH_WORD.finditer(text, start, end)
        found = [_parts(match, bare=True) for match in bare]
    return [written for written in found if len(written.word) <= _LONGEST_WORD]


def _take_apart(text: str, annotation: Annotation) -> _Written:
    """Reads an annotation again that `find_annotations` found."""
    span = (annotation.start, annotation.end)
    return (_find(text, *span, cell=False) or _find(text, *span, cell=True))[0]


def _parts(match: re.Match[str], *, bare: bool) -> _Written:
    said = match["said"] or ""
    parted = _REMARK.search(said)
    at = parted.start() if parted else len(said)
    core = "core" if bare else 0
    return _Written(
        start=match.start(core),
        end=match.end(core),
        label=match["label"],
        url=match["url"],
        word=said[:at].strip(),
        remark=said[at:],
        bare=bare,
        was=match["was"] or "",
    )


def _with_lead(text: str, start: int, at: int) -> int:
    """Returns where the annotation at `at` begins with its separating blank.

    That is one blank; or, where a formatter has wrapped the annotation onto a line of its own, all from
    the end of the line before.
    """
    line = at
    while line > start and text[line - 1] in " \t>":
        line -= 1
    if line > start and text[line - 1] in "\r\n":
        line -= 2 if text[max(start, line - 2) : line] == "\r\n" else 1
        return line
    return at - 1 if at > start and text[at - 1] in " \t" else at


def _compose(label: str, url: str, status: Status, remark: str, bare: bool, was: str) -> str:
    title = f' "was: {was}"' if was else ""
    inside = f"[{label}]({url}{title}): {status}{remark}"
    return inside if bare else f"({inside})"


def _label(ref: IssueRef, documents_repository: str) -> str:
    elsewhere = ref.repository.casefold() not in {"", documents_repository.casefold()}
    return f"{ref.repository if elsewhere else ''}#{ref.number}"


def _same_page(one: str, other: str) -> bool:
    def page(url: str) -> str:
        return url.casefold().replace("/pull/", "/issues/") if "://" in url else url

    return page(one) == page(other)
