"""A team's year of postmortems, generated: what the page, the browser and the benchmark look at."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from pmsync.model import ActionItem, Binding, Issue, IssueRef, Kind, Postmortem
from pmsync.reports.follow_ups import StatusReport, make_status

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
REPOSITORY = "acme/shop"
TITLES = [
    "Checkout down",
    "Prices of yesterday",
    "Refunds paid twice",
    "Search found nothing",
    "Mail queue stuck",
]
WHAT = [
    "queue length",
    "replication lag",
    "certificate expiry",
    "cache hit rate",
    "disk usage",
    "retry storms",
]
WHERE = ["checkout", "the price service", "the mail sender", "search", "the booking database", "the gateway"]
HOW = [
    "Alert on {} in {}",
    "Limit {} in {}",
    "Write down how to handle {} in {}",
    "Test {} in {} every night",
]
OWNERS = ["Mara", "jo-w", "Priya", "Tomasz", None]


@dataclass
class Scene:
    """Postmortems, and the issues of their items."""

    postmortems: list[Postmortem] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)

    def report(self) -> StatusReport:
        """The report of it, as from GitHub."""
        return make_status(
            self.postmortems,
            NOW,
            bindings=self.bindings,
            owners={"Mara": "mara-l"},
            teams={"Payments": ["Mara", "jo-w"], "Search": ["Priya"]},
            due_within={"SEV-1": 30, "SEV-2": 60},
            repository=REPOSITORY,
            page=f"https://github.com/{REPOSITORY}/blob/HEAD/",
        )


def make_scene(count: int = 24, items: int = 5, seed: int = 7) -> Scene:
    """Returns `count` postmortems with up to `items` follow-ups each."""
    chance, scene, number = random.Random(seed), Scene(), 0
    for place in range(count):
        day = NOW.date() - timedelta(5 + place * 420 // count)
        document = f"postmortems/{day}-{place}.md"
        made = []
        for line in range(chance.randint(min(items, 2), items)):
            number += 1
            due = day + timedelta(chance.choice([30, 60, 90]))
            item = ActionItem(
                document=document,
                line=20 + line,
                end_line=20 + line,
                kind=Kind.CHECKBOX,
                section="Action items",
                title=chance.choice(HOW).format(chance.choice(WHAT), chance.choice(WHERE)),
                owner=chance.choice(OWNERS),
                due=due.isoformat() if chance.random() < 0.6 else None,
                priority=chance.choice(["P1", "P2", None]),
                type=chance.choice(["prevent", "detect", "mitigate", None]),
                text=f"{number}",
            )
            made.append(item)
            scene.bindings.append(
                Binding(item=item, issue=make_issue(number, day, chance), identity="by link")
            )
        scene.postmortems.append(
            Postmortem(
                document=document,
                text="",
                title=f"{chance.choice(TITLES)}, {day:%d %B}",
                date=day.isoformat(),
                severity=chance.choice(["SEV-1", "sev2", "3", None]),
                items=tuple(made),
            )
        )
    return scene


def make_issue(number: int, day: date, chance: random.Random) -> Issue:
    """Returns an issue filed a day after its postmortem, and closed, or not, some time later."""
    filed = datetime.combine(day + timedelta(1), time(9), UTC)
    closed = filed + timedelta(chance.randint(1, 160))
    is_open = closed > NOW or chance.random() < 0.3
    return Issue(
        ref=IssueRef(REPOSITORY, number),
        url=f"https://github.com/{REPOSITORY}/issues/{number}",
        title="as on GitHub",
        is_open=is_open,
        state_reason=None if is_open else "not_planned" if chance.random() < 0.1 else "completed",
        created=filed,
        closed=None if is_open else closed,
    )
