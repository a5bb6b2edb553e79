"""The emulator is installed once, starts afresh, and breaks as the in-process server does."""

from pathlib import Path

import pytest
import requests

from tests import npm
from tests.github.client_side import Killed
from tests.github.emulator import Emulator, install
from tests.github.faults import Kind, writes
from tests.npm import Unavailable


def test_the_emulator_answers_for_itself(emulator: Emulator) -> None:
    name = emulator.create_repository()
    headers = {"Authorization": f"Bearer {emulator.token}"}
    made = requests.post(
        f"{emulator.url}/repos/{name}/issues", json={"title": "x"}, headers=headers, timeout=10
    )
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert made.json()["url"] == f"{emulator.url}/repos/{name}/issues/1"
    assert [str(request) for request in emulator.requests] == [f"POST /repos/{name}/issues → 201"]


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.DROP_AFTER, Kind.KILL_AFTER, Kind.SLOW_AFTER])
def test_the_emulator_breaks_as_the_server_does(emulator: Emulator, kind: Kind) -> None:
    url = f"{emulator.url}/repos/{emulator.create_repository()}/issues"
    headers = {"Authorization": f"Bearer {emulator.token}"}
    emulator.fail(kind, of=writes)
    with pytest.raises((requests.RequestException, Killed)):
        requests.post(url, json={"title": "x"}, headers=headers, timeout=10)
    assert len(requests.get(url, headers=headers, timeout=10).json()) == int(kind.is_processed)


def test_the_emulators_repositories_are_fresh(emulator: Emulator) -> None:
    one, other = emulator.create_repository(), emulator.create_repository()
    assert one != other
    emulator.call("POST", f"/repos/{one}/issues", {"title": "x"})
    assert emulator.call("GET", f"/repos/{other}/issues") == []


def test_each_repository_comes_with_a_token_of_its_own(emulator: Emulator) -> None:
    emulator.create_repository()
    first = emulator.token
    emulator.create_repository()
    assert emulator.token != first


def test_npm_out_of_reach_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline = {
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_fetch_retries": "0",
        "npm_config_cache": str(tmp_path / "npm"),
    }
    monkeypatch.setattr(npm, "ENVIRONMENT", npm.ENVIRONMENT | offline)
    with pytest.raises(
        Unavailable, match=r"^npm could not install emulate \S+: .*request to \S+ failed.*\.$"
    ):
        install(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]
