"""A scene set again and again: each time with another request of its sync spoilt."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from tests.faults.scenes import picture
from tests.github.client_side import run_mortal
from tests.github.clock import Clock
from tests.github.faults import Front, Kind, Request
from tests.sync.world import Ran, World, stripped

KILLS = frozenset({Kind.KILL_BEFORE, Kind.KILL_AFTER})
LONGEST_WAIT = 120.0
LONGEST_RUN = 600.0
WORTH_SAYING = 3.0


@dataclass
class Replay:
    """A scene, ready to be played.

    Attributes:
        world: where.
        front: what requests go to.
        clock: what waits go by.
        set: brings the scene to its beginning.
        wanted: the picture after a run without faults.
    """

    world: World
    front: Front
    clock: Clock
    set: Callable[[], object]
    wanted: dict[str, Any]

    def spoilt(
        self,
        kind: Kind,
        *,
        lasting: bool = False,
        start: int = 1,
        step: int = 1,
        before: Callable[[], object] = lambda: None,
    ) -> Iterator[str]:
        """Plays the scene once for every request that there is, spoiling that one (and all later ones).

        Args:
            kind: how.
            lasting: whether all later requests are spoilt too.
            start: the first request to spoil.
            step: for a sample, only every so many.
            before: done once the scene is set.

        Yields:
            What was spoilt, once the fault is gone and the run was found to have behaved.
        """
        for k in count(start, step):
            self.set()
            before()
            fault = self.front.fail(kind, at=k, lasting=lasting)
            names, waits = self.world.files().keys(), len(self.clock.sleeps)
            with self.front.watch() as seen:
                ran = self._run(kind)
            self.front.mend()
            if not fault.fired:
                return
            where = f"{kind} at request {k}{' and all later ones' if lasting else ''}: {_asked(seen, k)}"
            assert self.world.files().keys() == names, f"{where}: something lies about"
            for path, text in self.world.wrote.items():
                assert stripped(self.world.text(path)) == stripped(text), where
            if ran:
                self._check_words(ran, where)
                self._check_waits(ran, self.clock.sleeps[waits:], where)
            yield where

    def heal(self, where: str = "") -> None:
        """Holds one more sync to the picture without faults, and a third to doing nothing."""
        ran = self.world.sync()
        assert picture(self.world) == self.wanted, f"{where}\n{ran.out}"
        self.rest(where)

    def rest(self, where: str = "") -> None:
        """Holds a sync to doing nothing."""
        before = self.world.files()
        with self.world.watch() as seen:
            again = self.world.sync()
        assert again.actions == [], f"{where}\n{again.out}"
        assert not [str(request) for request in seen if request.is_write], where
        assert self.world.files() == before, where

    def _run(self, kind: Kind) -> Ran | None:
        """Runs a sync; None if it was killed, which happens to a process of its own."""
        work = partial(self.world.run, "sync", "--format", "json")
        if kind not in KILLS:
            return work()
        assert run_mortal(self.front, work) in {None, 0}
        return None

    def _check_words(self, ran: Ran, where: str) -> None:
        """It ends well only if all was done; else it says what failed, and never the token."""
        assert ran.code in {0, 1}, where
        if ran.code == 0:
            assert picture(self.world) == self.wanted, f"{where}\n{ran.out}"
        elif ran.out:
            assert ran.data["errors"], where
        else:
            assert re.search(r"(?m)^pmsync: \S+ \S+", ran.err), where
        assert "Traceback" not in ran.err
        assert self.world.env["GITHUB_TOKEN"] not in ran.out + ran.err

    def _check_waits(self, ran: Ran, waits: list[float], where: str) -> None:
        """Waits are bounded, one by one and in sum, and the longer ones are announced."""
        assert all(wait <= LONGEST_WAIT for wait in waits), where
        assert sum(waits) <= LONGEST_RUN, where
        said = re.findall(r"(?m)^waiting \d+ s: |; trying again in [\d.]+ s$", ran.err)
        assert len(said) >= sum(wait >= WORTH_SAYING for wait in waits), f"{where}\n{ran.err}"


def _asked(seen: list[Request], k: int) -> str:
    return str(seen[k - 1]) if len(seen) >= k else "none"
