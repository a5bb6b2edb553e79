"""An item's owner, due date, priority, type and state, where teams write them."""

import datetime
import re
from dataclasses import dataclass

from pmsync.extract.vocabulary import Vocabulary, fold, plain, strip_numbering

_KEYS = {
    "owner": r"owners?|assignees?|assigned(?: to)?|dri|responsible(?: party| person)?|responsable|respons[áa]vel|verantwortlich|poc|lead|who",
    "due": r"due(?: date| by)?|deadline|eta|target(?: date)?|by when|[ée]ch[ée]ance|date limite|fecha l[íi]mite|plazo|prazo|frist|f[äa]llig(?: bis)?|timeline|when",
    "priority": r"priority|prio|severity|priorit[ée]|prioridade|prioridad|priorit[äa]t",
    "type": r"type|category|kind|cat[ée]gorie|tipo|categor[íi]a|typ|kategorie",
    "status": r"status|state|statut|[ée]tat|estado|situa[çc][ãa]o",
    "ticket": r"tickets?|issues?|jira|tracking|tracked in|tracker|bug|pr|link|task",
}
_KEY = "|".join(f"(?P<{name}>{words})" for name, words in _KEYS.items())
_FIELD = re.compile(
    rf"(?:(?<=[(\[,;|.\n—–•-])|(?<=\s)|\A)[ \t*_-]{{0,6}}(?:{_KEY})[ \t]{{0,3}}[*_]{{0,2}}[ \t]{{0,3}}(?:::|[:：=])[ \t]{{0,8}}[*_]{{0,2}}[ \t]{{0,8}}",
    re.IGNORECASE,
)
_VALUE_END = re.compile(r"[\n;|()\[\]]|\s[–—-]\s|\.\s+(?=[A-ZÀ-Þ@📅])|\Z")
"""What ends a field's value."""
_LONGEST_TEXT = 20_000
_LONGEST_VALUE = 120
_HANDLE = re.compile(r"(?<![\w.`/@])@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?)(?![\w@])")
_HANDLE_AT_END = re.compile(rf"(?:{_HANDLE.pattern}(?:\s*(?:,|&|and|/)?\s*)?)+\W*\Z")
_HANDLE_ALONE = re.compile(rf"[(\[]\s*(?:owner|assigned to|assignee|cc)?\s*:?\s*{_HANDLE.pattern}[^()\[\]]{{0,60}}[)\]]", re.IGNORECASE)
_NAME_AT_END = re.compile(r"\[(?P<name>[A-Z][\w'’.-]*(?: (?:and |& )?[A-Z][\w'’.-]*){0,3}(?:, [A-Z][\w'’.-]+){0,3})\][\s.]*\Z")
_NAME_TO = re.compile(r"(?P<name>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?(?:(?:,| and| &) [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?){0,3}) to (?=\w)")
_NOT_NAMES = {"need", "needs", "want", "ability", "how", "way", "ways", "able", "attempt", "try", "we", "team", "steps", "due", "changes", "improvements", "ability", "capability", "plan", "time", "option", "process", "tool", "script", "access", "tests", "alerts", "support", "documentation"}
_NOT_OWNERS = {"done", "todo", "wip", "open", "closed", "fixed", "high", "medium", "low", "critical", "prevent", "detect", "mitigate", "process", "completed", "complete", "pending", "jira", "ticket", "link", "issue", "urgent", "tbd", "optional", "draft", "pr"}

_PRIORITY = re.compile(r"[(\[]\s*(?P<level>P[0-5]|(?:critical|high|medium|low|urgent)(?: priority| prio)?)\s*[)\]]|\A\W{0,4}(?P<first>P[0-5])\b(?=\W)|(?P<last>\bP[0-5])\W*\Z", re.IGNORECASE)
_TYPE = re.compile(r"[(\[]\s*(?P<type>prevent(?:ion|ive|ative)?|detect(?:ion|ive)?|mitigat(?:e|ion)|process|repair|investigat(?:e|ion)|corrective)\s*[)\]]", re.IGNORECASE)
_CALENDAR = re.compile(r"📅\s*(?P<date>\d{4}-\d{2}-\d{2})")
_BY_DATE = re.compile(r"(?:\b(?:by|due|until|before)\s+|[(\[]\s*)(?P<date>\d{4}-\d{2}-\d{2})\b")
_ISO = re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?(?P<m>[^\W\d]{3,10})\.?,?\s+(?:de\s+)?(?P<y>\d{4})(?!\d)")
_MONTH_DAY = re.compile(r"(?P<m>[^\W\d]{3,10})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})(?!\d)")
_MONTHS = (
    ("jan",), ("feb", "fev"), ("mar",), ("apr", "avr", "abr"), ("may", "mai"), ("jun", "juin"), ("jul", "juil"),
    ("aug", "aou", "ago"), ("sep", "set"), ("oct", "okt", "out"), ("nov",), ("dec", "dez", "dic"),
)
_RELATIVE = re.compile(
    r"\b(?:(?:with)?in |next |this |first |following |by (?:the )?(?:end of )?(?:the )?)(?:(?:next |this |the )?\d{0,3}\s?-?\s?\d{0,3}\s?(?:hours?|days?|weeks?|sprints?|months?|quarters?|year)|eod|eow|eom|q[1-4](?:\s?\d{4})?|friday|monday)\b"
    r"|\bQ[1-4](?:[\s/-]+Q[1-4])?(?:\s?['’]?\d{2,4})?\b|\b\d{1,3}(?:\s?[-–]\s?\d{1,3})?[ -](?:hours?|days?|weeks?|sprints?|months?)\b",
    re.IGNORECASE,
)

_DONE_WORDS = (
    r"done|completed?|closed|resolved|fixed|finished|shipped|deployed|merged|implemented|delivered|released|yes|oui|terminée?s?|faite?s?|réalisée?s?|mergée?|hechos?|hechas?|completad[oa]s?|sí|"
    r"realizad[oa]s?|conclu[ií]d[oa]s?|feit[oa]s?|sim|erledigt|fertig|abgeschlossen|ja|cancel(?:l)?ed|won['’]?t (?:do|fix)|wontfix|obsolete|not needed|abandoned|rejected|x"
)
_DONE_SIGNS = "✅✔☑✓🟢🎉🏁💚"
_OPEN_SIGNS = "⬜🔄❌⏳🟡🔴☐◻🚧⚪🔜📋⭕🕒🟠🔵🔲❗⚠🔶🔃☒✗✘"
_STATUS_DONE = re.compile(rf"(?:{_DONE_WORDS}|100 ?%)(?!\w)(?!\s+(?:by|in q|before|until|when)\b)", re.IGNORECASE)
_NOT_DONE = re.compile(r"\b(?:not|partial(?:ly)?|in progress|almost|nearly|to be|half|pending|en cours|todo|to do|wip|ongoing|needs|open|waiting)\b", re.IGNORECASE)
_MARK = re.compile(
    rf"(?i:[(\[]\s*[{_DONE_SIGNS}]?\s*(?:already\s+)?(?:done|completed?|fixed|closed|resolved|implemented|merged|shipped|deployed"
    rf"|finished|termin[ée]e?|fait|hecho|completado|conclu[ií]do|feito|erledigt)(?:\s+(?:in|on|by|at)?\W{{0,2}}[^()\[\]]{{0,80}})?[)\]])"
    r"|\A\W{0,6}(?:DONE|COMPLETED?|FIXED|Done|Completed?|Fixed)\W{0,4}[:–—-]"
    r"|(?:[-–—:.,;|!]|\*\*)\s*[*_]{0,3}(?:DONE|COMPLETED?|FIXED|[Dd]one|[Cc]ompleted|[Cc]omplete)[*_.!\s]*\Z"
    r"|[-–—:;]\s*(?i:done|completed|fixed|closed|merged|shipped)\s+(?:(?:on|in|by|at|via|with)\s+)?(?:\d|#|\[|https?:|[A-Z]+-\d)"
    rf"|\bDONE\b[*_.!)\]]*\s*\Z|\A\W{{0,6}}[{_DONE_SIGNS}]|[{_DONE_SIGNS}]\ufe0f?\W*\Z"
    r"|:(?:white_check_mark|heavy_check_mark|check|ballot_box_with_check):"
)
_STRUCK = re.compile(r"\W*~~(?P<words>.+)~~(?P<rest>.*)\Z", re.DOTALL)
_PERFECT = re.compile(
    r"\b(?:ha(?:s|ve) (?:already |now |since |also )?been (?!asked|discussed|suggested|proposed|considered|planned|identified|scheduled|raised|known|noticed|unable|using|running)(?:\w+ly )?\w+(?:ed|en|t|de|ne|wn|ought)\b"
    r"|\b(?:a|ont) (?:déjà )?été \w+ée?s?\b|\b(?:ha|han) sido \w+d[oa]s?\b|\b(?:foi|foram) \w+d[oa]s?\b|\bwurden? (?:\w+ )?\w+t\b)",
    re.IGNORECASE,
)
_DOER = re.compile(
    r"\b(?:we|i|they|team)(?:['’]ve| have| has)? (?:already |now |since |also |then )?(?P<verb>\w+)"
    r"|\b(?:was|were) (?:already |then |also )?(?P<passive>\w+)",
    re.IGNORECASE,
)
_FUTURE = re.compile(r"\b(?:will|should|must|need|needs|ought|plan|to be|going to|not|until|once|after|when|if|that have|that has|which have|which has|sera|seront|doit|debe|deve|soll)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fields:
    """What an item's own text, or a label over it, says of it."""

    owner: str | None = None
    due: str | None = None
    priority: str | None = None
    type: str | None = None
    status: str | None = None

    def or_else(self, other: "Fields") -> "Fields":
        """These, and from `other` what is missing."""
        return Fields(
            self.owner or other.owner,
            self.due or other.due,
            self.priority or other.priority,
            self.type or other.type,
            self.status or other.status,
        )


def read_fields(text: str, vocabulary: Vocabulary) -> Fields:
    """Reads the fields in an item's Markdown: `owner: x`, `(@x)`, `[P1]`, `due: 2026-03-01`, `📅 …`."""
    found: dict[str, str] = {}
    text = text[:_LONGEST_TEXT]
    labels = list(_FIELD.finditer(text))
    for index, label in enumerate(labels):
        name = next(key for key in _KEYS if label[key] is not None)
        limit = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        limit = min(limit, label.end() + _LONGEST_VALUE)
        end = _VALUE_END.search(text, label.end(), limit)
        at = end.start() if end else limit
        value = plain(text[label.end() : at]).strip(" .,;-–—*_")
        if value and name not in found and name != "ticket":
            found[name] = value
    first = text.strip()
    owner = found.get("owner")
    return Fields(
        owner=clean_owner(owner) if owner else _inline_owner(first, vocabulary),
        due=clean_due(found["due"]) if "due" in found else _inline_due(text),
        priority=found.get("priority") or _inline_priority(first),
        type=found.get("type") or _inline_type(first),
        status=found.get("status"),
    )


def read_label(label: str, vocabulary: Vocabulary) -> Fields:
    """Reads the fields that a category's label gives to the entries under it."""
    folded = fold(strip_numbering(label))
    handle = _HANDLE.search(label)
    relative = _RELATIVE.search(label)
    priority = re.match(r"(?:priority )?(?P<level>p[0-5]|critical|high|medium|low|urgent)(?: priority)?\b", folded)
    kind = re.match(r"(?:prevent|detect|mitigat|repair|investigat|process\b)\w*", folded)
    absolute = read_date(label)
    return Fields(
        owner=handle["login"] if handle else None,
        due=absolute or (relative.group().strip() if relative else None),
        priority=priority["level"].capitalize() if priority else None,
        type=kind.group() if kind and vocabulary.announce(label).category else None,
    )


def clean_owner(value: str) -> str | None:
    """An owner as a table or field has it, without the `@` of a handle; None for a placeholder."""
    value = plain(value).strip(" .,;:-–—*_()[]")
    handle = _HANDLE.fullmatch(value)
    value = handle["login"] if handle else re.sub(r"(?<![\w.])@(?=\w)", "", value)
    return None if fold(value) in {"", "tbd", "n a", "na", "none", "unassigned", "todo", "owner", "name", "tba", "unknown"} else value[:120]


def clean_due(value: str) -> str | None:
    """A due date as ISO where it is an absolute one, else its text; None for a placeholder."""
    value = plain(value).strip(" .,;*_()[]")
    absolute = read_date(value)
    if absolute:
        return absolute
    return None if fold(value) in {"", "tbd", "n a", "na", "none", "todo", "tba", "date", "unknown"} else value[:80]


def read_date(text: str) -> str | None:
    """Returns the first absolute date in `text` as ISO; numeric ones only where day and month are plain."""
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY):
        for found in pattern.finditer(text[:2000]):
            month = int(found["m"]) if found["m"].isdigit() else _month(found["m"])
            iso = _iso(int(found["y"]), month, int(found["d"]))
            if iso:
                return iso
    found = _NUMERIC.search(text[:2000])
    if found:
        first, second = int(found["a"]), int(found["b"])
        if first > 12 or first == second:
            return _iso(int(found["y"]), second, first)
        if second > 12:
            return _iso(int(found["y"]), first, second)
    return None


def _month(word: str) -> int:
    word = fold(word)
    starts = (index for index, names in enumerate(_MONTHS, 1) if word.startswith(names))
    return next(starts, 0)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _inline_owner(text: str, vocabulary: Vocabulary) -> str | None:
    first = text.split("\n\n", 1)[0][:4000]
    alone = _HANDLE_ALONE.search(first)
    if alone:
        return alone["login"]
    at_start = re.match(rf"[\s*_]*{_HANDLE.pattern}", first)
    if at_start:
        return at_start["login"]
    tail = first[-200:]
    at_end = _HANDLE.search(tail)
    if at_end and _HANDLE_AT_END.match(tail, at_end.start()):
        return at_end["login"]
    name = _NAME_AT_END.search(first[-160:])
    if name and fold(name["name"]) not in _NOT_OWNERS and not re.fullmatch(r"P\d", name["name"]):
        return name["name"]
    doer = _NAME_TO.match(plain(first[:300]))
    if doer and not vocabulary.is_work(doer["name"]) and fold(doer["name"]).split()[-1] not in _NOT_NAMES:
        rest = plain(first[:300])[doer.end() :]
        return doer["name"] if vocabulary.is_work(rest) or rest.startswith(("be ", "do ")) else None
    return None


def _inline_due(text: str) -> str | None:
    found = _CALENDAR.search(text) or _BY_DATE.search(text[:4000])
    return read_date(found["date"]) if found else None


def _inline_priority(text: str) -> str | None:
    found = _PRIORITY.search(text.split("\n\n", 1)[0][:4000])
    if not found:
        return None
    level = found["level"] or found["first"] or found["last"]
    return level.split()[0].upper() if re.match(r"[pP]\d", level) else level.split()[0].capitalize()


def _inline_type(text: str) -> str | None:
    found = _TYPE.search(text.split("\n\n", 1)[0][:4000])
    return found["type"].lower() if found else None


# ------------------------------------------------------------------------------------ state


def is_done_status(cell: str) -> bool:
    """Whether a status cell or field says done, in any usual word."""
    words = plain(cell).strip(" *_~`.")
    if not words:
        return False
    if re.fullmatch(r"\[[xX]\]", cell.strip()):
        return True
    if any(sign in words for sign in _DONE_SIGNS):
        return True
    if words[0] in _OPEN_SIGNS or _NOT_DONE.search(words):
        return False
    return bool(_STATUS_DONE.match(words.lstrip(_DONE_SIGNS + "\ufe0f ")))


def says_done(text: str, vocabulary: Vocabulary) -> bool:
    """Whether an entry says by itself, without a box, that it is done.

    By a mark ("(DONE)", ✅, struck through), or by the past tense where that is plain: it opens with a
    verb that can be nothing else ("Added …"), or its first sentence says that something *has been* done
    and nothing that is yet to come.
    """
    first = text.strip()[:4000]
    struck = _STRUCK.match(first)
    if struck and len(struck["words"]) >= len(struck["rest"].strip()):
        return True
    if _MARK.search(first):
        return True
    words = plain(first)
    lead, colon, rest = words.partition(": ")
    body = rest if colon and len(lead.split()) <= 6 else words
    sentence = re.split(r"(?<=[.!?])\s", body, maxsplit=1)[0]
    if vocabulary.is_past(body):
        return not _FUTURE.search(sentence)
    if vocabulary.is_work(body):
        return False
    said = _PERFECT.search(sentence)
    if said is None:
        said = next(
            (one for one in _DOER.finditer(sentence) if vocabulary.is_past(one["verb"] or one["passive"])), None
        )
    return said is not None and not _FUTURE.search(sentence[: said.end()])


_PAIRS = (
    ("✅", "⬜"), ("✔️", "❌"), ("✔", "❌"), ("☑", "☐"), ("✓", "✗"), ("🟢", "🔴"), ("[x]", "[ ]"), ("[X]", "[ ]"),
    ("done", "open"), ("done", "todo"), ("done", "to do"), ("done", "not done"), ("done", "in progress"), ("done", "not started"), ("done", "pending"),
    ("done", "planned"), ("done", "backlog"), ("complete", "incomplete"), ("completed", "open"), ("complete", "open"), ("closed", "open"), ("resolved", "open"), ("fixed", "open"),
    ("finished", "open"), ("yes", "no"), ("x", ""), ("done", "wip"), ("done", "ongoing"), ("done", "new"),
    ("fait", "à faire"), ("terminé", "en cours"), ("terminée", "en cours"), ("oui", "non"), ("hecho", "pendiente"), ("completado", "pendiente"),
    ("completado", "en curso"), ("sí", "no"), ("concluído", "pendente"), ("concluído", "em andamento"), ("feito", "pendente"), ("sim", "não"),
    ("erledigt", "offen"), ("abgeschlossen", "offen"), ("erledigt", "in arbeit"), ("ja", "nein"),
)
_SIGN_FOR = {"🔄": "✅", "⏳": "✅", "🟡": "🟢", "🚧": "✅", "🔜": "✅", "📋": "✅", "⚪": "✅", "🔲": "✅", "🕒": "✅"}


def counterpart(cell: str, *, done: bool) -> str | None:
    """Returns the words of a status cell for the other state, in its own manner; None if it has none."""
    words = cell
    changed = False
    for ticked, unticked in _PAIRS:
        old, new = (unticked, ticked) if done else (ticked, unticked)
        if not old:
            continue
        found = re.search(rf"(?<!\w){re.escape(old)}(?!\w)", words, re.IGNORECASE)
        if found:
            words = words[: found.start()] + _like(found.group(), new) + words[found.end() :]
            changed = True
            if old.isalpha():
                break
    if done and not changed:
        for sign, tick in _SIGN_FOR.items():
            if sign in words:
                return words.replace(sign + "\ufe0f", tick).replace(sign, tick)
    return words if changed else None


def _like(model: str, word: str) -> str:
    """`word` in the letter case of `model`."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
