"""Trackers' links and keys in an item, and which of them is the item's own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_URL = re.compile(r"https?://[^\s<>\[\]()|\"'`]+(?:\([^\s<>\[\]()|\"'`]*\)[^\s<>\[\]()|\"'`]*)*", re.IGNORECASE)
_INLINE = re.compile(r"\[(?P<text>[^\[\]\n]{0,500})\]\(\s*<?(?P<url>[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)?)>?[^()\n]{0,200}\)")
_REFERENCE = re.compile(r"\[(?P<text>[^\[\]\n]{1,500})\](?:\[(?P<label>[^\[\]\n]{0,200})\])?(?![(\[:])")
_KEY = re.compile(
    r"(?<![\w#&/.-])(?:(?:[A-Za-z0-9][\w.-]{0,99}/[A-Za-z0-9][\w.-]{0,99})?(?:GH-|[#!])(?P<number>\d{1,7})"
    r"|(?P<project>[A-Z][A-Z0-9_]{1,11})-(?P<serial>\d{1,7}))(?![\w-]|\.\d)"
)
_BUG = re.compile(r"(?<!\w)(?:bug|ticket|issue|case)\s+#?(?P<number>\d{3,10})(?!\w)|(?<!\w)b/(?P<short>\d{4,12})(?!\w)", re.IGNORECASE)

_NOT_PROJECTS = frozenset(
    "SEV P S UTF SHA MD ISO RFC CVE CWE GHSA HTTP HTTPS TLS SSL IPV UTC GMT CET EST PST PDT COVID AES RSA EC Q FY GPT H V "
    "AI ACTION AP CA PA REC ITEM STEP PHASE TIER LEVEL RC BETA ALPHA VERSION ARM AMD X MP USB CI CD US EU AP SA AF ME "
    "EAST WEST NORTH SOUTH CENTRAL AZ PM POSTMORTEM RCA PRIORITY RISK R T C M L K8S S3 EC2 M5 C5 T3 R5 WINDOWS CHAPTER ADR FIPS PEP BCP STD NIST SP ECMA DDR LTO "
    "BASE LATIN CP KOI8 CORE LAYER TOP".split()
)
_TRACKER_PATH = re.compile(
    r"/(?:issues?|pulls?|pull-requests|merge_requests|browse|tickets?|work_?items?(?:/edit)?|_workitems/edit|stories|story|bugs?|tasks?|t|c|card|cases?|discussions|boards/[^/]+/cards|projects/[^/]+/issues|incidents?|show_bug\.cgi|artifacts)"
    r"(?:/[^/?#]*)?(?:[/?#]|$)",
    re.IGNORECASE,
)
_TRACKER_HOST = re.compile(
    r"https?://(?:[\w-]+\.)*(?:atlassian\.net|jira\.[\w.-]+|linear\.app|trello\.com|app\.asana\.com|app\.shortcut\.com|app\.clubhouse\.io|crbug\.com|bugs\.[\w.-]+|bugzilla\.[\w.-]+|youtrack\.[\w.-]+|"
    r"phabricator\.[\w.-]+|pivotaltracker\.com|app\.clickup\.com|monday\.com|redmine\.[\w.-]+|tracker\.[\w.-]+)/",
    re.IGNORECASE,
)
_NOT_TRACKER = re.compile(r"/wiki/|/pages/|/blob/|/tree/|/releases?/|/commits?/|/actions/|/compare/", re.IGNORECASE)
_TRACKER_WORD = re.compile(r"\b(?:issues?|tickets?|jira|bugs?|pr|prs|pull request|mr|merge request|tracking|tracked|tracker|epic|story|linear|asana|trello)\b", re.IGNORECASE)
_LEADS_IN = re.compile(
    r"(?:\btrack(?:ed|ing)?(?: (?:in|at|by|under|via|with|as|issue|ticket|bug))?|\b(?:ticket|issue|jira|bug|pr|pull request|mr|merge request|task|story|epic|follow-?up|link|tracker|reference|ref)s?)"
    r"(?:\s+(?:is|link|id|no\.?|number))?\W{0,4}[:=]\W{0,4}$|\btracked (?:in|at|by|under|via|with|as)\W{0,4}(?:(?:issue|ticket|bug|pr)\W{0,3})?$",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"(?:\b(?:ticket|issue|jira|bug|pr|pull request|mr|merge request|task|story|epic|see|cf|via|done in|fixed (?:in|by)|resolved (?:in|by))\W{0,3})+$", re.IGNORECASE)
_FIELD_AFTER = re.compile(
    r"(?>[\s.,;:)\]\-–—|*_>]|</?\w+>|\((?:done|completed|fixed|merged|closed|open|wip|in progress)\)|~~|✅|✔️?|"
    r"\(?\b(?:due|owner|assignee|eta|priority|status|type|by|deadline)\b\W{0,3}:[^.;\n]{0,60})*\Z",
    re.IGNORECASE,
)


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
        if match["project"] is None or match["project"] not in _NOT_PROJECTS:
            yield Mention(match.group(), match.start(), match.end())
    for match in _BUG.finditer(markdown):
        yield Mention(match.group(), match.start(), match.end())


def _distinct(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda one: (one.start, -one.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def is_tracker(url: str, words: str = "") -> bool:
    """Whether a link leads to an issue, ticket or pull request, by its address or by its text."""
    if not url.lower().startswith(("http://", "https://")):
        return False
    if _NOT_TRACKER.search(url):
        return False
    if _TRACKER_PATH.search(url.split("//", 1)[1]) or _TRACKER_HOST.match(url):
        return True
    return bool(_TRACKER_WORD.search(words) or _KEY.fullmatch(words.strip()))


def find_ticket(paragraph: str, mentions: tuple[Mention, ...]) -> str | None:
    """Returns the mention in a first paragraph that stands as the item's own tracker.

    It does at the end, alone in brackets, or after "tracked in", "ticket:", "issue:", "PR:"; a mention in
    passing does not.
    """
    ends = 0
    for mention in reversed(mentions):
        before, after = paragraph[max(0, mention.start - 60) : mention.start], paragraph[mention.end :]
        if _LEADS_IN.search(before):
            return mention.target
        lead = _WORD_BEFORE.search(before)
        opening = before[: lead.start()] if lead else before
        closes = after.lstrip("*_`>) ]").startswith((",", ";")) or not after.lstrip(" *_`>")[:1].isalnum()
        if opening.rstrip(" *_`<~").endswith(("(", "[")) and after.lstrip(" *_`>")[:1] in {")", "]", ",", ";"}:
            return mention.target
        at_start = not opening.strip(" *_`<~✅✔️☑\n") and mention.start < 60
        if at_start and (lead or mention.words) and closes and after.lstrip("*_` ").startswith((":", "-", "–", "—")):
            return mention.target
        if ends < 3 and _FIELD_AFTER.match(after[:200]) and len(after) <= 200:
            # "… as we did in #12" ends with a mention; a tracker stands apart from the sentence.
            apart = re.search(r"(?:[-–—:.,;!?|>)\]]|^|\w\s{2,}|\n)\s*[<*_`(\[]*\Z", opening) or mention.words or mention.target.startswith("http")
            if apart and not re.search(r"\b(?:in|of|from|like|by|with|to|the|as|than|on)\s*[<*_`]*\Z", opening, re.IGNORECASE):
                return mention.target
        ends += 1
    return None
