"""Two syncs to be spoilt: what stands in documents and on GitHub before, and what should stand there after.

    scene → prepare(world) → a fault, a run → the fault gone, a run → picture(world) == that without faults

A picture is all that matters of a world, with issue numbers replaced by the order of their links.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github.state import Lag
from tests.persons import Seen, Shop
from tests.sync.world import DOCUMENT, World, find_links, postmortem

OTHER = "postmortems/2026-03-09-search.md"

_LINK = re.compile(r"#(\d+)\]\(([^()\s]*/)\d+(\.md)?\)")
_FLEETING = re.compile(r" (id|src|n|block)=[0-9a-f]+|#L\d+")
"""What two runs may differ in: random ids, which of two equal items an issue was first made for, and the
repository's name (`src`, and in links)."""


# ---------------------------------------------------------------------------- scenes


@dataclass(frozen=True)
class Scene:
    """Something to sync.

    Attributes:
        name: for a test's id.
        prepare: makes the world ready for the run that is to be spoilt.
        actions: what that run does without faults.
    """

    name: str
    prepare: Callable[[World], None]
    actions: tuple[str, ...]


def _prepare_first(world: World) -> None:
    """Five items, two of the same text, in two documents."""
    world.write(
        DOCUMENT,
        postmortem(
            "[ ] Alert on memory before the cart fills it",
            "[ ] Review the runbook with the whole team",
            "Patch the cart service against long lists",
            "[ ] Review the runbook with the whole team",
        ),
    )
    world.write(OTHER, postmortem("1. Shard the index by language", title="Search was slow"))


TEXT = "Whoever works on this: ask Bob first."


def _prepare_mixed(world: World) -> None:
    """A year of changes at once: text, boxes both ways, a closed issue, one that a person opened."""
    world.write(
        DOCUMENT,
        postmortem(
            "Alert on memory before the cart fills it",
            "[ ] Patch the cart service against long lists",
            "[x] Write down how to empty a cart by hand",
            "Shard the index by language",
        ),
    )
    world.write(OTHER, postmortem("Rotate the keys of the search cluster", title="Search was slow"))
    world.configure(done_items="create")
    world.sync()
    alert, patch, shard = (world.link(words).number for words in ("Alert", "Patch", "Shard"))
    for number in (alert, patch):
        world.person.comment(number, "I had a look.")
        world.person.label(number, "team-cart")
        world.person.assign(number, "alice")
    world.person.rewrite(alert, f"{TEXT}\n\n{world.issue(alert).body}")
    world.person.retitle(patch, "Cart: long lists")
    world.person.close(shard, "not_planned")
    named = world.person.open("Cache the ten commonest queries", "My own words.")
    world.edit(DOCUMENT, "Alert on memory before", "Alert on memory and disk before")
    world.edit(DOCUMENT, "[ ] Patch", "[x] Patch")
    world.edit(DOCUMENT, "[x] Write", "[ ] Write")
    world.write(OTHER, world.text(OTHER) + f"- Cache the ten commonest queries (#{named})\n")


FIRST = Scene("five-items", _prepare_first, ("create",) * 5)
MIXED = Scene("mixed", _prepare_mixed, ("update", "close", "reopen", "follow", "adopt"))
SCENES = (FIRST, MIXED)


# --------------------------------------------------------------------------- pictures


def picture(world: World) -> dict[str, Any]:
    """All that matters of a world, the same whatever numbers its issues got."""
    issues = world.issues()
    here = world.env["GITHUB_REPOSITORY"]
    texts = {path: world.text(path).replace(here, "acme/shop") for path in sorted(world.wrote)}
    linked = list(dict.fromkeys(link.number for text in texts.values() for link in find_links(text)))
    places = {number: str(place) for place, number in enumerate(linked, 1)}

    def placed(match: re.Match[str]) -> str:
        return f"#{places.get(int(match[1]), match[1])}]({match[2]})"

    return {
        "documents": {path: _LINK.sub(placed, text) for path, text in texts.items()},
        "linked": [_portrait(issues[number], here) if number in issues else None for number in linked],
        "others": sorted(repr(_portrait(issue, here)) for n, issue in issues.items() if n not in places),
    }


def _portrait(issue: Seen, here: str) -> dict[str, Any]:
    return {
        "title": issue.title,
        "body": _FLEETING.sub("", issue.body).replace(here, "acme/shop"),
        "state": (issue.is_open, issue.reason),
        "labels": sorted(issue.labels),
        "assignees": sorted(issue.assignees),
        "comments": issue.comments,
    }


# ------------------------------------------------------------------------- once more


def keep(world: World, person: Shop) -> Callable[[], None]:
    """Remembers a world's files and issues; what is returned brings them back, two hours later."""
    shop = person.github.shop
    files, wrote = _files(world), dict(world.wrote)
    kept = copy.deepcopy((shop.issues, shop.labels, shop._versions), {id(shop): shop})

    def bring_back() -> None:
        for path in _files(world).keys() - files.keys():
            path.unlink()
        for path, data in files.items():
            path.write_bytes(data)
        world.wrote = dict(wrote)
        shop.issues, shop.labels, shop._versions = copy.deepcopy(kept, {id(shop): shop})
        person.github.mend()
        person.github.lag = Lag()
        person.github.clock.advance(2 * 3600)

    return bring_back


def _files(world: World) -> dict[Path, bytes]:
    return {world.repo.path / name: data for name, (data, _) in world.files().items()}
