"""An item's title and body, as an issue should have them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from pmsync.annotation import without
from pmsync.extract.fields import Fields, is_bare_field, is_team, named_end, team_first
from pmsync.extract.links import inline_references
from pmsync.extract.outline import Span
from pmsync.extract.phrases import Phrases
from pmsync.extract.tail import read_tail
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import plain, words_of

TITLE_LIMIT = 256

_BOLD = re.compile(
    r"[\s\W]{0,6}?(?:\d{1,3}[.)]\s+)?(?P<mark>\*\*\*?|__)(?=\S)(?P<words>[^*\n]{2,300}?)(?P=mark)[\s:：.–—-]*"
)
_LEAD = re.compile(
    r"\W{0,4}(?P<lead>[A-Za-zÀ-ÿ -]{2,40}?(?:\s\d{1,3})?)\s*[*_]{0,3}\s*[:：]\s*[*_]{0,3}\s*(?=\S)"
)
_CATEGORY = re.compile(r"(?:category|type)\s*:\s*[^.:\n]{1,60}\.\s+(?=\S)", re.IGNORECASE)
_SENTENCE = re.compile(
    r"(?<![.\s][A-Za-z])(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)(?<!cf)(?<!approx)(?<!resp)(?<!\bp)(?<!\b[A-Z][a-z])"
    r"[.!?…]+[\"”’)\]]*\s+(?=[\"“‘(\[`A-ZÀ-Þ0-9@])"
)
_FIELD = (
    r"(?:owner|assignee|assigned to|dri|due(?: date)?|deadline|eta|priority|prio|type|status|tracking"
    r"|tracked in|task|ticket|issue|bug|jira|pr)"
)
_TRAILERS = (
    rf"[(\[]\s*(?:done|completed?|fixed|wip|todo|in progress|p[0-5]|critical|high|medium|low"
    rf"|{_FIELD}\b[^()\[\]]{{0,120}}|@[\w/-]+(?:\s*,\s*@[\w/-]+)*)\s*[)\]]",
    r"[(\[]\s*(?:done|completed?|fixed),?\s+(?:on\s+)?\d{4}-\d{2}-\d{2}\s*[)\]]",
    r"\[[^\[\]()]{1,60}\]",
    r"[(\[]?\s*(?:tracked in |see |issue |ticket |pr |bug )?"
    r"(?:(?:[\w.-]{1,100}/[\w.-]{1,100})?\#\d{1,7}|[A-Z][A-Z0-9_]{1,11}-\d{1,7}|https?://\S+)\s*[)\]]?",
    r"(?<=[-–—:.;,*_ ])(?:done|completed?|fixed)(?:\s+(?:on\s+)?\d{4}-\d{2}-\d{2})?(?=[\s.*_!]*\Z)",
    r"@[\w-]+(?:/[\w-]+)?",
    r"(?:due|by|until)\s+\d{4}-\d{2}-\d{2}",
    r"📅\s*\d{4}-\d{2}-\d{2}",
    r"[✅✔☑✓]\ufe0f?",
    r"[*_~]+",
)
_TRAILER = re.compile(rf"(?>\s*[-–—,;.:|]?\s*(?:{'|'.join(_TRAILERS)}))+[\s.]*\Z", re.IGNORECASE)
"""Fields, tickets and marks at an item's end, which are told elsewhere."""
_COMMAS = re.compile(r"[,;|]")
_BARE_FIELD = re.compile(r"@[\w/-]+|p[0-5]|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_LAST_PART = re.compile(r"\s*(?:[,;|]|(?<=\s)[–—-])\s+(?P<part>[^,;|]{2,60})\Z")
_MOST_PARTS = 6
_LAST_FIELD = re.compile(r"(?<=\s)(?:@[\w-]+(?:/[\w-]+)?|📅\s*\d{4}-\d{2}-\d{2})[\s.]*\Z")
_BEFORE_FIELDS = " \t\r\n,;:|([–—-"
_LIST_MARK = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])?[ \t]+(?=\S)")
_LAST_BRACKET = re.compile(r"\s*[(\[](?P<inside>[^()\[\]]{1,160})[)\]][\s.]*\Z")
_LEADER = re.compile(
    r"\A(?:[\s✅✔☑✓⬜☐🔄❌🔲\ufe0f~*_]|\d\ufe0f?\u20e3"
    r"|\\?\[ ?\\?\]|[(\[](?i:done|completed?|fixed|wip|todo|p\d)[)\]](?!\())+"
)
_SHORTCODE = re.compile(
    r"(?<![\w:`]):(?:[a-z][a-z0-9_+-]{1,40}:(?![\w:`])|[a-z]{1,30}(?:_[a-z]{1,30}){1,5}:)"
)
"""`:warning:`; of several words, also before a letter."""
_ESCAPED_BOX = re.compile(r"\A[\s*_]*\\?\[[ xX✓✔✅☑]?\ufe0f?\\?\](?![(\[:])[\s*_]*")
_NUMBERED = r"(?:AI|AP|CA|PA|REC|ACT|ACTION|ITEM|TASK|FIX|REM|FU|CAPA)[-_ .#]?\d{1,3}"
_ID = re.compile(
    rf"\A[\s*_]*(?:[(\[](?:{_NUMBERED}|[A-Z][-.]?\d{{1,2}})[)\]](?!\()"
    rf"|(?:{_NUMBERED}|(?!S3|H2|K8|M5|C5|T3|R5|L[2-7]|V\d|X\d)[A-Z][-.]?\d{{1,2}})"
    r"[*_]{0,3}(?:\s*[.):：]|\s+[–—-])(?=[\s*_])"
    r"|(?<=\*\*)[A-Z]{1,2}[-.]?\d{1,2}[.):]?\*\*(?=\s)"
    r"|\d{1,3}[*_]{0,3}[.):](?=[\s*_]))"
    r"[*_]{0,3}(?:\s*[:：–—-](?=\s))?\s*(?=\S)"
)
"""`A1:`, `[P-3]`, `1)`, `AI-2 –`: an item's own number."""
_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（"}
_DEPTH = {"(": 1, "[": 1, "（": 1, ")": -1, "]": -1, "）": -1}
_JOINING = Phrases({"": ["and, by, to, on, p#, priority, in, at, und, et, y, e"]})
_LEAD_ENDS = re.compile(r"[:：.–—-][\s*_]*\Z")
"""What parts a bold lead-in from what follows; bold words of a sentence are no lead-in."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_TICKET_LINK = re.compile(
    r"[\s(\[–—:,.-]*\[\W{0,2}(?:(?:see|the|tracking|tracked|github|gh|gitlab|in)\W)?"
    r"(?:jira|link|issue|ticket|pr|bug|mr|task|story|epic|pull request|#\d+|[A-Z]{2,10}-\d+)s?"
    r"(?:\W{0,2}(?:link|issue|ticket|#?\d+))?\W{0,2}\]\([^()\s]{1,500}\)[)\].\s]*\Z",
    re.IGNORECASE,
)
"""`… - [jira link](https://…)`"""
_LINKED = re.compile(r"\]\((?!\s*\))")
"""Links and images, which a title cannot hold."""
_CODE = re.compile(r"(?<!`)`([^`\n]+)`")
_LONGEST_TRAILER = 400
_LONGEST_LINK = 700
_LONGEST_PARAGRAPH = 20_000
_SHORTEST_SENTENCE = 8
_DEEPEST_QUOTE = 20
_EMPTY_BOX = re.compile(r"^([ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+)\[\](?=[ \t])", re.MULTILINE)
_BOX_STATE = re.compile(r"^([ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+\[)[ xX](\])", re.MULTILINE)
_INDENT = re.compile(r"(?<=\n)[ \t>]+|\r(?=\n)")
_QUOTE_MARK = re.compile(r"^[ \t]*> ?")
_CONTROL = re.compile(r"(?<![ \t])[ \t]*<!--\s*pmsync:\s*\w+\s*-->", re.IGNORECASE)
_EDGES = " \t\r\n*_~:：-–—•·"


def make_title(markdown: str, vocabulary: Vocabulary, told: Fields | None = None) -> tuple[str, str]:
    """Returns an item's title, and what of its first paragraph neither the title nor a field says.

    The title is the bold lead-in where there is one that says something by itself ("Monitoring" does
    not), else the first sentence; plain text on one line, never empty, cut at a word, its brackets paired.

    Args:
        markdown: the first paragraph.
        vocabulary: the words.
        told: the fields that were read from it.
    """
    words = _without_lead(_SHORTCODE.sub(" ", markdown).strip(), vocabulary) or markdown.strip()
    title, rest = _title_and_rest(words, vocabulary)
    if rest != words and _loses_words(words, f"{title} {rest}", told or Fields(), vocabulary):
        rest = words
    return title, rest


def _title_and_rest(whole: str, vocabulary: Vocabulary) -> tuple[str, str]:
    words = whole[: named_end(whole, vocabulary)] if len(whole) <= _LONGEST_PARAGRAPH else whole
    words = words[:-_LONGEST_LINK] + _TICKET_LINK.sub("", words[-_LONGEST_LINK:]) or words
    bold = _BOLD.match(words)
    if bold:
        title = _paired(_ID.sub("", plain(bold["words"])).strip(_EDGES).rstrip("."))
        rest = words[bold.end() :].strip()
        if title and _is_lead_in(words, bold) and len(title) <= TITLE_LIMIT:
            says_enough = len(_WORD.findall(title)) > 1 and not vocabulary.announce(title).category
            if says_enough or not plain(rest):
                return title, words if _holds_more(bold["words"], title) else rest
            words = _ID.sub("", f"{title}: {rest}") if title else rest
    text = plain(words)
    end = sentence_end(text)
    has_rest = end < len(text)
    title = text[:end].rstrip()
    trimmed = (
        _trim(title, vocabulary) or _trim(text, vocabulary) or text.strip() or plain(whole) or "(untitled)"
    )
    if len(trimmed) > TITLE_LIMIT:
        return _paired(cut(trimmed)), words
    # What the title drops at its end (owner, date, link) is said elsewhere; sentences after it are not.
    rest = _markdown_rest(words, title) if has_rest else ""
    said = words.removesuffix(rest)
    return _paired(trimmed), words if _holds_more(said, trimmed) else rest


def _holds_more(markdown: str, title: str) -> bool:
    """Whether Markdown has a link or image, or code of which `title` does not hold every sign."""
    return bool(_LINKED.search(markdown)) or any(
        code.strip() not in title for code in _CODE.findall(markdown)
    )


def sentence_end(text: str) -> int:
    """Where the first sentence ends, its blank included: not within brackets, nor after a mere word."""
    depth = at = 0
    for end in _SENTENCE.finditer(text):
        depth += sum(_DEPTH.get(char, 0) for char in text[at : end.end()])
        at = end.end()
        if depth <= 0 and end.start() > _SHORTEST_SENTENCE:
            return end.end()
    return len(text)


def _paired(title: str) -> str:
    """`title` up to a bracket that is never closed, and without one that was never opened."""
    open_at: list[int] = []
    lone: set[int] = set()
    for at, char in enumerate(title):
        if char in _PAIRS.values():
            open_at.append(at)
        elif char in _PAIRS:
            if open_at and title[open_at[-1]] == _PAIRS[char]:
                open_at.pop()
            else:
                lone.add(at)
    if open_at and open_at[0] > len(title) // 3:
        title = title[: open_at[0]].rstrip(" ,;:–—-")
    lone.update(open_at)
    if not lone:
        return title
    kept = "".join(char for at, char in enumerate(title) if at not in lone)
    return " ".join(kept.split()).strip() or title


def _loses_words(words: str, kept: str, told: Fields, vocabulary: Vocabulary) -> bool:
    """Whether `words` say anything that neither `kept` nor a field holds: links, names, remarks."""
    lost = set(words_of(plain(words))) - set(words_of(plain(kept)))
    for value in (told.owner, told.due, told.priority, told.type, told.status):
        lost -= set(words_of(value or ""))
    if told.due:
        lost = {word for word in lost if not word.isdecimal() and not vocabulary.months().all_of((word,))}
    known = (
        vocabulary.table("fields"),
        vocabulary.until(),
        vocabulary.phrases("state", "marks"),
        vocabulary.phrases("unfilled"),
        _JOINING,
    )
    return any(not any(phrases.at((word,)) for phrases in known) for word in lost)


def _is_lead_in(words: str, bold: re.Match[str]) -> bool:
    """Whether bold words stand before what they head, rather than in a sentence that begins with them."""
    behind = words[bold.end("words") :].lstrip("*_ \t")
    return (
        not behind or behind.startswith(("\n", "\r", "(")) or bool(_LEAD_ENDS.search(bold.group().rstrip()))
    )


def cut(title: str) -> str:
    """Returns `title` in at most 256 characters, cut at a word with `…`."""
    if len(title) <= TITLE_LIMIT:
        return title
    head = title[: TITLE_LIMIT - 1]
    at = head.rfind(" ")
    return (head[:at] if at > TITLE_LIMIT // 2 else head).rstrip(" ,;:.-–—") + "…"


def _without_lead(words: str, vocabulary: Vocabulary) -> str:
    """`words` without a box, `Action item 3:`, `A1:`, `Platform team:` and `Category: Code fix.`."""
    words = _ESCAPED_BOX.sub("", words, count=1)
    team = team_first(words, vocabulary)
    if team and team["joint"].strip() != "to":
        words = words[team.end() :]
    lead = _LEAD.match(words)
    if lead and vocabulary.is_lead(lead["lead"]):
        words = words[lead.end() :]
    words = _ID.sub("", words, count=1) or words
    found = _CATEGORY.match(words)
    return words[found.end() :] if found else words


def _trim(title: str, vocabulary: Vocabulary) -> str:
    """`title` without the fields and tickets at its end, marks of emphasis and a final stop."""
    head, tail = title[:-_LONGEST_TRAILER], title[-_LONGEST_TRAILER:]
    tail = tail[: read_tail(tail, vocabulary).start]
    title = head + tail
    bracket = _LAST_BRACKET.search(tail)
    if bracket and _holds_fields(bracket["inside"], vocabulary):
        tail = tail[: bracket.start()]
        title = head + tail
    found = _TRAILER.search(tail)
    if found and (head or tail[: found.start()].strip(_EDGES)):
        title = head + tail[: found.start()]
    for _ in range(_MOST_PARTS):
        part = _LAST_PART.search(title, max(0, len(title) - _LONGEST_TRAILER))
        if not part or not _holds_fields(part["part"].rstrip("."), vocabulary):
            break
        title = title[: part.start()]
    title = _LEADER.sub("", title).rstrip(" \t\r\n~*_")
    return title.strip(" \t\r\n:：-–—").rstrip(".;,；、。").strip()


def _holds_fields(inside: str, vocabulary: Vocabulary) -> bool:
    """Whether brackets hold fields alone: `@ada, due: 2026-03-20`."""
    parts = [part.strip() for part in _COMMAS.split(inside)]
    return all(
        vocabulary.is_field(part)
        or _BARE_FIELD.fullmatch(part)
        or is_bare_field(part, vocabulary)
        or is_team(part, vocabulary)
        for part in parts
    )


def _markdown_rest(words: str, title: str) -> str:
    """The Markdown after the sentence that became the title: found by its last words."""
    tail = title.rstrip()[-12:]
    at = words.find(tail, max(0, len(title) - len(tail) - 4))
    return words[at + len(tail) :].strip() if at >= 0 else words


def dedent(source: str) -> str:
    """Takes off the indentation and quote marks that all lines of a nested passage share."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for _ in range(_DEEPEST_QUOTE):
        if not all(line.lstrip(" \t").startswith(">") for line in lines if line.strip()) or not any(lines):
            break
        lines = [_QUOTE_MARK.sub("", line) for line in lines]
    lines = [line.expandtabs(4) for line in lines]
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    width = min(indents, default=0)
    return "\n".join(line[width:].rstrip() for line in lines).strip("\n")


def make_body(
    text: str, rest: str, detail: Span, references: Mapping[str, str], repair: Callable[[str], str]
) -> str:
    """Puts together what an item says beyond its title, as Markdown that stands by itself."""
    below = dedent(without(text, *detail)) if detail[0] < detail[1] else ""
    below = _EMPTY_BOX.sub(r"\1[ ]", _CONTROL.sub("", below)).strip("\n")
    parts = [_INDENT.sub("", _CONTROL.sub("", rest)).strip(), below]
    body = "\n\n".join(part for part in parts if part.strip())
    return repair(inline_references(body, references))


def without_fields(rest: str, title: str, told: Fields, vocabulary: Vocabulary) -> str:
    """Returns the Markdown behind a title without the fields at its end: an issue tells them by themselves.

    All of it stays where that would lose a word that neither the title nor a field says.
    """
    words, before = rest, ""
    while words != before and len(words) <= _LONGEST_PARAGRAPH:
        before, words = words, _without_last_field(words, vocabulary)
    lost = _loses_words(rest, f"{title} {words}", replace(told, status=None), vocabulary)
    return rest if lost else words


def _without_last_field(words: str, vocabulary: Vocabulary) -> str:
    """`words` without what stands at their end, where that is a field."""
    since = max(0, len(words) - _LONGEST_TRAILER)
    for found in (_LAST_BRACKET.search(words, since), _LAST_PART.search(words, since)):
        if found and _holds_fields(found.group(1), vocabulary):
            return words[: found.start()].rstrip()
    bare = _LAST_FIELD.search(words, since)
    end = bare.start() if bare else named_end(words, vocabulary)
    return words[:end].rstrip(_BEFORE_FIELDS) if end < len(words) else words


def without_field_lines(body: str, told: Fields, vocabulary: Vocabulary) -> str:
    """Returns a body without the lines that say nothing but fields, as `- Owner: Ada` does."""
    told = replace(told, status=None)
    lines = body.split("\n")
    kept, is_code = [], False
    for at, line in enumerate(lines):
        is_code ^= line.lstrip().startswith(("```", "~~~"))
        mark = _LIST_MARK.match(line)
        words = plain(line[mark.end() if mark else 0 :])
        heads_more = at + 1 < len(lines) and _indent(lines[at + 1]) > _indent(line)
        is_told = vocabulary.is_field(words) and not _loses_words(words, "", told, vocabulary)
        if is_code or heads_more or not is_told:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0


def raw_detail(text: str, detail: Span) -> str:
    """An item's detail for hashing: as the document has it, without annotations and the state of boxes."""
    return _BOX_STATE.sub(r"\1 \2", without(text, *detail)).strip()
