"""Ctrl-C and SIGTERM: the request in hand is finished, and what was made is written back."""

import os
import random
import re
import signal
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from itertools import count
from subprocess import Popen, TimeoutExpired

import pytest

from tests.children import PATIENCE, running
from tests.faults.replay import Replay
from tests.faults.scenes import FIRST
from tests.github.faults import Kind, Request
from tests.github.state import GitHub
from tests.sync.world import World

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def creations(request: Request) -> bool:
    """Counts requests that create an issue."""
    return request.is_write and request.path.endswith("/issues")


def start(world: World, command: str = "sync") -> AbstractContextManager[Popen[str]]:
    """Starts a command in a process of its own."""
    arguments = [command, *["--allow-uncommitted"] * (command == "sync")]
    return running(
        [sys.executable, "-m", "pmsync", *arguments], cwd=world.repo.path, env={**os.environ, **world.env}
    )


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_at_any_request_writes_back_what_was_made(
    replay: Replay, github: GitHub, number: signal.Signals
) -> None:
    for k in count(1):
        replay.set()
        writes, struck = len(github.writes), []

        def strike(struck: list[int] = struck) -> None:
            struck.append(k)  # noqa: B023 - called within this turn of the loop
            os.kill(os.getpid(), number)

        github.meanwhile(strike, at=k)
        ran = replay.world.run("sync", "--format", "json")
        github.mend()
        if not struck:
            return
        where = f"{number.name} at request {k}"
        assert ran.code == 130, where
        assert re.search("(?m)^pmsync: interrupted", ran.err), where
        assert len(github.writes) - writes <= k, f"{where}: it went on"
        ours = {issue.number for issue in github.shop.open_issues if "pmsync:1" in (issue.body or "")}
        assert ours <= {link.number for link in replay.world.links()}, where
        replay.heal(where)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_process_asked_to_end_writes_back_what_it_made(
    shop: World, github: GitHub, number: signal.Signals
) -> None:
    FIRST.prepare(shop)
    children: list[Popen[str]] = []
    github.meanwhile(lambda: children[0].send_signal(number), at=3, of=creations)
    with start(shop) as child:
        children.append(child)
        _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert {link.number for link in shop.links()} == {1, 2, 3}
    assert len(github.shop.issues) == 3
    assert shop.sync().actions == ["create", "create"]
    shop.settled()


def test_a_signal_ends_a_wait_at_once(shop: World, github: GitHub) -> None:
    FIRST.prepare(shop)
    github.fail(Kind.SECONDARY_SILENT, at=3, of=creations)
    with start(shop) as child:
        assert child.stderr
        assert "waiting 60 s" in child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, err
    assert {link.number for link in shop.links()} == {1, 2}
    github.mend()
    assert shop.sync().actions == ["create"] * 3
    shop.settled()


def test_a_second_signal_ends_even_a_request_that_hangs(shop: World, github: GitHub) -> None:
    FIRST.prepare(shop)
    children: list[Popen[str]] = []

    def strike() -> None:
        children[0].send_signal(signal.SIGINT)
        children[0].send_signal(signal.SIGTERM)

    github.fail(Kind.SLOW_AFTER, at=3, of=creations)
    github.meanwhile(strike, at=3, of=creations)
    with start(shop) as child:
        children.append(child)
        _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert "did not answer in time" not in err
    github.mend()
    assert shop.sync().actions == ["link"] * 3 + ["create"] * 2
    shop.settled()


ROUNDS = int(os.environ.get("PMSYNC_ROUNDS", "12"))
SLOWNESS = 0.05
"""Seconds that the server takes for each answer, so that signals strike requests too."""


def test_two_signals_end_a_run_whatever_it_is_at(first_replay: Replay, github: GitHub) -> None:
    """At any instant, any time apart: while it starts, asks, writes back, or ends because of the first."""
    chance = random.Random(2026)
    ends: Counter[int] = Counter()
    for turn in range(ROUNDS):
        first_replay.set()
        asked = len(github.requests)
        for k in range(1, 60):
            github.meanwhile(lambda: time.sleep(SLOWNESS), at=k)
        wait, gap = (
            chance.uniform(0, 1.5),
            chance.choice([0, 0, chance.uniform(0, 0.01), chance.uniform(0, 1)]),
        )
        first, second = chance.choice(SIGNALS), chance.choice(SIGNALS)
        where = f"turn {turn}: {first.name} after {wait:.3f} s, {second.name} {gap:.4f} s later"
        with start(first_replay.world) as child:
            try:
                out, err = child.communicate(timeout=wait)
            except TimeoutExpired:
                child.send_signal(first)
                time.sleep(gap)
                child.send_signal(second)
                out, err = child.communicate(timeout=PATIENCE)
        github.mend()
        time.sleep(SLOWNESS * 4)  # a request that was under way is with the server still
        ends[child.returncode] += 1
        if child.returncode < 0 or "Fatal Python error: init" in err:  # Python itself was starting
            assert -child.returncode in {*SIGNALS, -1}, where
            assert len(github.requests) == asked, where
        else:
            assert child.returncode == 130 or "5 created" in out, f"{where}: {child.returncode}\n{err}"
            assert "Traceback" not in err, f"{where}\n{err}"
        first_replay.heal(where)
    print(dict(ends))  # noqa: T201 - for whoever plays many rounds


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_one_signal_ends_a_command_that_writes_nothing(
    shop: World, github: GitHub, number: signal.Signals
) -> None:
    FIRST.prepare(shop)
    children: list[Popen[str]] = []
    github.fail(Kind.SLOW_AFTER)
    github.meanwhile(lambda: children[0].send_signal(number))
    with start(shop, "plan") as child:
        children.append(child)
        out, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, out, err) == (130, "", "pmsync: interrupted\n")


def test_two_signals_end_even_what_loses_interrupts() -> None:
    deaf = """
from pmsync.interruption import Interruption
Interruption().catch()
class Deaf:
    def __del__(self):
        print("here", flush=True)
        while True:
            pass
Deaf()
while True:
    pass
"""
    with running([sys.executable, "-c", deaf]) as child:
        assert child.stdout
        assert child.stdout.readline() == "here\n"
        for number in SIGNALS:
            child.send_signal(number)
        _, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, err) == (130, "")
