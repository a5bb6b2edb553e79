"""Echoes: a follow-up that asks for what an earlier postmortem asked for, and did not get. Pure.

A wrong echo costs trust, so two titles read alike only where every telling word of the shorter one stands in
the longer one, there are three of them at least, and the longer one says little more. Words are compared
without case, endings and common synonyms, verbs that only say "make it so" left out. The pairs that this is
measured on stand in `tests/reports/echoes.yml`.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

FEWEST_WORDS = 3
"""Telling words that two titles must share: "update the runbook" may mean any runbook."""

LONGEST = 1.5
"""How many times as many telling words the longer one has at most."""

MOST_CANDIDATES = 32
"""Earlier titles that one is held against at most, so that time grows with their number alone."""

_WORD = re.compile(r"\w+(?:[.-]\w+)*")
_ENDINGS = (
    (re.compile(r"ies\Z"), "y"),
    (re.compile(r"(?<!s)s\Z|(?<=[a-z]{3})(?:ing|ed)\Z"), ""),
    (re.compile(r"e\Z"), ""),
)
"""What is taken off the end of a word, one after the other, so that `caches` and `cache` are one."""
_HOLLOW = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "into",
        "and",
        "or",
        "so",
        "that",
        "this",
        "it",
        "its",
        "all",
        "our",
        "we",
        "us",
        "is",
        "are",
        "be",
        "been",
        "add",
        "create",
        "implement",
        "introduce",
        "make",
        "ensure",
        "sure",
        "set",
        "up",
        "build",
        "put",
        "place",
        "new",
        "improve",
        "write",
        "have",
        "get",
        "should",
        "must",
        "will",
        "would",
        "need",
        "needs",
        "please",
        "also",
        "more",
        "better",
        "when",
        "if",
    ]
)
_SYNONYMS = {
    word: group[0]
    for group in (
        ("alert", "alarm", "alerting"),
        ("monitor", "monitoring"),
        ("runbook", "playbook"),
        ("database", "db"),
        ("config", "configuration"),
        ("production", "prod"),
        ("document", "documentation", "docs"),
        ("test", "tests", "testing"),
        ("kubernetes", "k8s"),
        ("repository", "repo"),
        ("timeout", "time-out"),
        ("percent", "%"),
    )
    for word in group
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The earlier follow-up that asked for the same: `asked before in 2025-09-11, still open, 93 days late`.

    Attributes:
        document: where it stands.
        repository: the document's; empty where that is not known.
        line: its line there.
        day: its postmortem's.
        status: what came of it: open, missing, or won't do.
        overdue_days: how late it is.
        url: of its issue, else its place in its document.
    """

    document: str
    repository: str
    line: int
    day: date | None
    status: str
    overdue_days: int | None
    url: str | None

    def __str__(self) -> str:
        state = "not done by decision" if self.status == "won't do" else "still open"
        late = f", {self.overdue_days} day{'s' * (self.overdue_days != 1)} late" if self.overdue_days else ""
        return f"asked before in {self.day}, {state}{late}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One follow-up, as echoes are found by.

    Attributes:
        title: what it asks for.
        document: its postmortem.
        since: the postmortem's date; without one nothing is earlier or later.
        asks: it is open, so that an echo of it is worth telling.
        answers: it is open or was closed undone, so that it can be what is echoed.
        echo: what is told where it is.
    """

    title: str
    document: tuple[str, str]
    since: date | None
    asks: bool
    answers: bool
    echo: Echo


def telling_words(title: str) -> frozenset[str]:
    """Returns the words that tell one follow-up from another."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return frozenset(_root(word) for word in _WORD.findall(folded) if word not in _HOLLOW)


def read_alike(ones: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two titles, as their telling words, ask for the same."""
    shorter, longer = (ones, others) if len(ones) <= len(others) else (others, ones)
    return len(shorter) >= FEWEST_WORDS and len(longer) <= LONGEST * len(shorter) and shorter <= longer


def find_echoes(wordings: Sequence[Wording]) -> list[Echo | None]:
    """Returns for each follow-up the latest earlier one that it echoes, or None.

    Whichever of two alike is the shorter, its rarest word stands in both: only what shares one's rarest word
    is compared, and of that the latest.
    """
    words = [telling_words(wording.title) for wording in wordings]
    counted = Counter(word for each in words for word in each)
    rarest = [min(each, key=lambda word: (counted[word], word), default="") for each in words]
    by_rarest: dict[str, dict[frozenset[str], int]] = defaultdict(dict)
    by_word: dict[str, dict[frozenset[str], int]] = defaultdict(dict)
    needed = set(rarest)
    echoes: list[Echo | None] = [None] * len(wordings)
    dated = [place for place, wording in enumerate(wordings) if wording.since]
    for place in sorted(dated, key=lambda place: (wordings[place].since, place)):
        if len(words[place]) < FEWEST_WORDS:
            continue
        if wordings[place].asks:
            near = (by_word[rarest[place]], *(by_rarest[word] for word in sorted(words[place])))
            echoes[place] = _find_echo(wordings, words, place, near)
        if wordings[place].answers:
            _note(by_rarest[rarest[place]], words[place], place)
            for word in words[place] & needed:
                _note(by_word[word], words[place], place)
    return echoes


def _note(near: dict[frozenset[str], int], words: frozenset[str], place: int) -> None:
    """Notes an item as the latest of its words; only so many are kept as are ever looked at."""
    near.pop(words, None)
    near[words] = place
    if len(near) > MOST_CANDIDATES:
        del near[next(iter(near))]


def _find_echo(
    wordings: Sequence[Wording],
    words: Sequence[frozenset[str]],
    place: int,
    near: Sequence[dict[frozenset[str], int]],
) -> Echo | None:
    """Returns the latest of the earlier follow-ups at hand that asks for the same."""
    here = wordings[place]
    alike = [
        other
        for group in near
        for others, other in group.items()
        if read_alike(words[place], others)
        and wordings[other].document != here.document
        and wordings[other].since != here.since
    ]
    latest = max(alike, key=lambda other: (wordings[other].echo.day or date.min, -other), default=None)
    return None if latest is None else wordings[latest].echo


def _root(word: str) -> str:
    """Returns a word without its ending, and as its most usual synonym."""
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    for ending, left in _ENDINGS:
        if len(word) > 4:
            word = ending.sub(left, word)
        if word in _SYNONYMS:
            return _SYNONYMS[word]
    return word
