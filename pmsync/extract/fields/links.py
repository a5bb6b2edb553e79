"""Trackers' links and keys in an item, and which of them is the item's own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_URL = re.compile(
    r"https?://[^\s<>\[\]()|\"'`]+(?:\([^\s<>\[\]()|\"'`]*\)[^\s<>\[\]()|\"'`]*)*", re.IGNORECASE
)
_INLINE = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,500})\]\(\s*<?(?P<url>[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)?)>?[^()\n]{0,200}\)"
)
_ANY_LINK = re.compile(r"\]\(\s*<?(https?://[^\s()<>]+)")
_REFERENCE = re.compile(r"\[(?P<text>[^\[\]\n]{1,500})\](?:\[(?P<label>[^\[\]\n]{0,200})\])?(?![(\[:])")
_KEY = re.compile(
    r"(?<![\w#&/.{-])(?:(?:[A-Za-z0-9][\w.-]{0,99}/[A-Za-z0-9][\w.-]{0,99})?(?:GH-|AB#|[#!])(?P<number>\d{1,7})"
    r"|[a-z][a-z0-9]{1,40}(?:(?:-[a-z0-9]{1,40}){1,4}[#!]\d{2,7}|!\d{3,7})"
    r"|(?:CHG|PRB|RITM|S?CTASK|PTASK)\d{5,10}|(?P<project>[A-Z][A-Z0-9_]{1,11})-(?P<serial>\d{1,7}))(?![\w-]|\.\d)"
)
"""`#12`, `GH-12`, `acme/shop#12`, `infra!123`, `CORE-12`; Azure Boards: `AB#12`, ServiceNow: `CHG0012345`"""
_COLUMN_KEY = re.compile(r"[A-Z]{1,10}-?\d{1,7}")
"""`T111`: a key where a column says that it is one."""
_BUG = re.compile(
    r"(?<!\w)(?:bug|ticket|issue|case)\s+#?(?P<number>\d{3,10})(?!\w)|(?<!\w)b/(?P<short>\d{4,12})(?!\w)",
    re.IGNORECASE,
)

_HIDDEN = re.compile(
    r"<!--(?:(?!<!--).)*?-->|</?(?!a\b|https?:)[A-Za-z][^<>]{0,500}>", re.DOTALL | re.IGNORECASE
)
"""Comments and tags: a colour is no issue number."""
_ORDINAL = re.compile(
    r"(?:incidents?|steps?|nodes?|servers?|hosts?|versions?|priority|rules?|phase|part|options?|days?|weeks?|tables?"
    r"|figures?|sections?|points?|causes?|problems?|reasons?|why|actions?|items?|tasks?|lessons?|our|the|is|number"
    r"|outage|postmortem|shard|region|attempt)\s*\Z",
    re.IGNORECASE,
)
"""What a plain number follows: `step #2` is no issue."""

_NOT_PROJECTS = frozenset(
    """
    SEV PRIORITY RISK LEVEL TIER PHASE STEP STAGE DAY WEEK FY CHAPTER LAYER VERSION RC BETA ALPHA TOP
    AI ACTION AP CA PA REC ITEM FIX INC INCIDENT PIR IR PM POSTMORTEM RCA SLO SLI SLA
    UTF ISO RFC CVE CWE GHSA PEP BCP STD NIST SP FIPS ECMA ADR
    SHA MD AES RSA EC TLS SSL HTTP HTTPS IPV OAUTH UTC GMT CET EST PST PDT COVID
    US EU AF SA ME EAST WEST NORTH SOUTH CENTRAL AZ
    ARM AMD MP USB CI CD K8S S3 EC2 M5 C5 T3 R5 DDR LTO RAID GPT BASE LATIN CP KOI8 CORE
    WINDOWS PHP JAVA NODE HTML CSS RHEL CENTOS UBUNTU DEBIAN PYTHON
    """.split()  # noqa: SIM905 — words to read, not a list to look at
)
"""What has the form of a tracker's key and is none: standards, regions, versions, an item's own number."""

_TRACKER_PATH = re.compile(
    r"/(?:issues?|pulls?|pull-requests|merge_requests|discussions|browse|tickets?|work_?items?(?:/edit)?"
    r"|_workitems/edit|stor(?:y|ies)|bugs?|tasks?|t|c|card|cases?|incidents?|show_bug\.cgi|artifacts"
    r"|boards/[^/]+/cards|projects/[^/]+/issues)(?:/[^/?#]*)?(?:[/?#]|$)",
    re.IGNORECASE,
)
_TRACKER_HOST = re.compile(
    r"https?://(?:[\w-]+\.)*(?:atlassian\.net|linear\.app|trello\.com|app\.asana\.com|app\.shortcut\.com"
    r"|app\.clubhouse\.io|app\.clickup\.com|pivotaltracker\.com|monday\.com|crbug\.com"
    r"|bugzil\.la|(?:jira|bugs|bugzilla|youtrack|phabricator|redmine|tracker)\.[\w.-]+)/",
    re.IGNORECASE,
)
_NOT_TRACKER = re.compile(r"/(?:wiki|pages|blob|tree|releases?|commits?|actions|compare)/", re.IGNORECASE)
_TRACKER_WORD = re.compile(
    r"\b(?:issues?|tickets?|jira|bugs?|prs?|pull request|mr|merge request|tracking|tracked|tracker|epic|story"
    r"|linear|asana|trello)\b",
    re.IGNORECASE,
)

_NOUN = r"(?:ticket|issue|jira|bug|pr|pull request|mr|merge request|task|story|epic)"
_FIELD_BEFORE = re.compile(
    rf"(?:\b(?:{_NOUN}|follow-?up|link|tracker|reference|ref)s?|\btrack(?:ed|ing)?(?: {_NOUN})?)"
    rf"(?:\s+(?:is|link|id|no\.?|number))?\W{{0,4}}[:=]\W{{0,4}}$"
    rf"|\btracked (?:in|at|by|under|via|with|as)\W{{0,4}}(?:{_NOUN}\W{{0,3}})?$",
    re.IGNORECASE,
)
"""`Ticket: `, `tracked in issue `."""
_WORD_BEFORE = re.compile(
    rf"(?:\b(?:{_NOUN}|see|cf|via|done in|(?:fixed|resolved) (?:in|by))\W{{0,3}})+$", re.IGNORECASE
)
"""`PR `, `see issue `."""
_NOTHING_AFTER = re.compile(
    r"(?>[\s.,;:)\]\-–—|*_>]|</?\w+>|\((?:done|completed|fixed|merged|closed|open|wip|in progress)\)|~~|✅|✔️?"
    r"|\(?\b(?:due|owner|assignee|eta|priority|status|type|by|deadline)\b\W{0,3}:[^.;\n]{0,60})*\Z",
    re.IGNORECASE,
)
"""The end of the paragraph, or nothing but fields before it."""
_APART = re.compile(r"(?:[-–—→:.,;!?|>)\]]|^|\w\s{2,}|\n)\s*[<*_`(\[]*\Z")
"""A tracker stands apart from the sentence …"""
_IN_PASSING = re.compile(r"\b(?:in|of|from|like|by|with|to|the|as|than|on)\s*[<*_`]*\Z", re.IGNORECASE)
"""… and "as we did in #12" does not."""
_SENTENCE = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]")
_SEVERAL_DIGITS = re.compile(r"\d\d")
_MARKUP = " *_`<>~"
_FAR = 200
_NEAR = 60
_LAST_FEW = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A link or key, as it stands in some text.

    Attributes:
        target: the URL, or the key as written.
        start: where it begins in that text.
        end: just past it.
        words: a link's text.
    """

    target: str
    start: int
    end: int
    words: str = ""


def normalise_label(label: str) -> str:
    """A reference's label in the form by which definitions are kept."""
    return " ".join(label.split()).lower().upper()


def inline_references(markdown: str, references: Mapping[str, str]) -> str:
    """Returns `markdown` with its reference links written out, so that it stands by itself."""
    if not references or "[" not in markdown:
        return markdown

    def expand(found: re.Match[str]) -> str:
        url = references.get(normalise_label(found["label"] or found["text"]))
        return f"[{found['text']}]({url})" if url else found.group()

    return _REFERENCE.sub(expand, markdown)


def find_mentions(markdown: str) -> tuple[Mention, ...]:
    """Finds the links to trackers and the trackers' keys in inline Markdown, in order."""
    markdown = _HIDDEN.sub(lambda match: " " * len(match.group()), markdown)
    found = list(_find_links(markdown))
    taken = [(mention.start, mention.end) for mention in found]
    # A page that is no tracker's hides what looks like a key in its address, as a tracker's does.
    taken += [match.span() for match in _URL.finditer(markdown)]
    taken += [match.span("url") for match in _INLINE.finditer(markdown)]
    spans = iter(sorted(taken))
    current = next(spans, None)
    for key in _find_keys(markdown):
        while current is not None and current[1] <= key.start:
            current = next(spans, None)
        if current is None or key.start < current[0]:
            found.append(key)
    return tuple(sorted(_distinct(found), key=lambda mention: mention.start))


def _find_links(markdown: str) -> Iterator[Mention]:
    covered = 0
    for match in _INLINE.finditer(markdown):
        if is_tracker(match["url"], match["text"]):
            yield Mention(match["url"], match.start(), match.end(), match["text"])
    inline = [match.span() for match in _INLINE.finditer(markdown)]
    for match in _URL.finditer(markdown):
        while covered < len(inline) and inline[covered][1] <= match.start():
            covered += 1
        if covered < len(inline) and inline[covered][0] <= match.start():
            continue
        url = match.group().rstrip(".,;:!?*_")
        if is_tracker(url):
            yield Mention(url, match.start(), match.start() + len(url))


def _find_keys(markdown: str) -> Iterator[Mention]:
    for match in _KEY.finditer(markdown):
        if match["project"] is not None:
            is_key = match["project"] not in _NOT_PROJECTS and not match["serial"].startswith("0")
        else:
            is_key = not (
                match.group().startswith("#")
                and _ORDINAL.search(markdown[max(0, match.start() - 16) : match.start()])
            )
        if is_key:
            yield Mention(match.group(), match.start(), match.end())
    for match in _BUG.finditer(markdown):
        yield Mention(match.group(), match.start(), match.end())


def _distinct(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda one: (one.start, -one.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def is_key(words: str) -> bool:
    """Whether words are a tracker's key and nothing else."""
    return bool(_KEY.fullmatch(words.strip()))


def is_tracker(url: str, words: str = "") -> bool:
    """Whether a link leads to an issue, ticket or pull request, by its address or by its text."""
    if not url.lower().startswith(("http://", "https://")):
        return False
    if _NOT_TRACKER.search(url):
        return False
    if _TRACKER_PATH.search(url.split("//", 1)[1]) or _TRACKER_HOST.match(url):
        return True
    return bool(_TRACKER_WORD.search(words) or is_key(words))


def find_tickets(paragraph: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """Yields the mentions in a first paragraph that stand as the item's own tracker, the last first.

    They do at the end, alone in brackets, before the item's words, or after "tracked in", "ticket:",
    "issue:", "PR:"; a mention in passing does not.
    """
    for count, mention in enumerate(reversed(mentions)):
        before = paragraph[max(0, mention.start - _NEAR) : mention.start]
        after = paragraph[mention.end : mention.end + _FAR + 1]
        if (
            _FIELD_BEFORE.search(before)
            or _is_bracketed(before, after)
            or _opens(mention, before, after)
            or (count < _LAST_FEW and _ends(mention, before, after))
        ):
            yield mention


def _opening(before: str) -> str:
    """What stands before a mention and the word that leads it in (`PR`, `see`)."""
    lead = _WORD_BEFORE.search(before)
    return before[: lead.start()] if lead else before


def lead_in(before: str) -> int:
    """How many signs lead a mention in at the end of `before` (`tracked in `, `see issue `)."""
    lead = _FIELD_BEFORE.search(before) or _WORD_BEFORE.search(before)
    return len(before) - lead.start() if lead else 0


def _is_bracketed(before: str, after: str) -> bool:
    opens = _opening(before).rstrip(_MARKUP).endswith(("(", "["))
    return opens and after.lstrip(_MARKUP).startswith((")", "]", ",", ";"))


def _opens(mention: Mention, before: str, after: str) -> bool:
    """`**PR #12**: merge it`, `#12 - merge it`, `**SHOP-27** Merge it`; not `#12 is to be merged`.

    A key that only a blank parts from the item's words may count the items, up to nine of them.
    """
    opening = _opening(before).replace("&nbsp;", " ")
    is_first = mention.start < _NEAR and not opening.strip(_MARKUP + "✅✔️☑\n")
    words = after.lstrip(_MARKUP)
    counts = not (mention.target.startswith("http") or _SEVERAL_DIGITS.search(mention.target))
    is_sentence = words != after and bool(_SENTENCE.match(words)) and not counts
    return is_first and (is_sentence or words.startswith((":", "-", "–", "—")))


def _ends(mention: Mention, before: str, after: str) -> bool:
    if len(after) > _FAR or not _NOTHING_AFTER.match(after):
        return False
    opening = _opening(before)
    is_link = bool(mention.words) or mention.target.startswith("http")
    return (is_link or bool(_APART.search(opening))) and not _IN_PASSING.search(opening)


def column_links(cell: str) -> tuple[str, ...]:
    """What a ticket column's cell leads to: any link or number there, since the column says what it is."""
    found = [mention.target for mention in find_mentions(cell)]
    found = found or _ANY_LINK.findall(cell)[:1] or [url.rstrip(".,;") for url in _URL.findall(cell)[:1]]
    number = cell.strip(" *_#`")
    if not found and number.isascii() and number.isdigit():
        found = [f"#{number}"]
    elif not found and _COLUMN_KEY.fullmatch(number):
        found = [number]
    return tuple(found)
