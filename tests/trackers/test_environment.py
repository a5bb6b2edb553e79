"""Which GitHub, which repository, which token."""

import itertools
import os
from pathlib import Path

import pytest

from pmsync.errors import UsageError
from pmsync.github.environment import (
    find_api_url,
    find_repository,
    find_server_url,
    find_token,
    parse_remote,
    tell_host,
)
from tests.conftest import Checkout


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `gh` on the PATH that says how it was called."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "token-of-$*"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return program


@pytest.mark.parametrize(
    ("url", "host", "repository"),
    [
        ("https://github.com/acme/shop.git", "github.com", "acme/shop"),
        ("https://github.com/acme/shop", "github.com", "acme/shop"),
        ("https://user:secret@github.com/acme/shop/", "github.com", "acme/shop"),
        ("https://GitHub.com/Acme/Shop.Web.git", "github.com", "Acme/Shop.Web"),
        ("git@github.com:acme/shop.git", "github.com", "acme/shop"),
        ("github.com:acme/shop", "github.com", "acme/shop"),
        ("ssh://git@github.com/acme/shop.git", "github.com", "acme/shop"),
        ("ssh://git@ssh.github.com:443/acme/shop.git", "ssh.github.com", "acme/shop"),
        ("git://ghe.example:9418/acme/shop.git", "ghe.example", "acme/shop"),
        ("git@work:acme/shop.git", "work", "acme/shop"),
        ("git@ghe.example:/acme/shop.git", "ghe.example", "acme/shop"),
        ("https://github.com/acme/group/shop.git", "github.com", None),
        ("https://github.com/acme", "github.com", None),
        ("/srv/git/shop.git", "", None),
        ("../shop", "", None),
        ("https://[broken/acme/shop", "", None),
        ("", "", None),
    ],
)
def test_any_form_of_a_remote_is_read(url: str, host: str, repository: str | None) -> None:
    assert parse_remote(url) == (host, repository)


@pytest.mark.parametrize(
    ("remote", "environ", "repository"),
    [
        ("git@github.com:acme/shop.git", {}, "acme/shop"),
        ("ssh://git@ssh.github.com:443/acme/shop.git", {}, "acme/shop"),
        ("git@github-work:acme/shop.git", {}, "acme/shop"),
        ("https://gitlab.com/acme/shop.git", {}, None),
        ("https://ghe.example/acme/shop.git", {}, None),
        ("https://ghe.example/acme/shop.git", {"GH_HOST": "ghe.example"}, "acme/shop"),
        ("https://ghe.example/acme/shop.git", {"GITHUB_API_URL": "https://ghe.example/api/v3"}, "acme/shop"),
        ("https://ghe.example/acme/shop.git", {"GITHUB_SERVER_URL": "https://ghe.example"}, "acme/shop"),
        ("git@github.com:acme/shop.git", {"GITHUB_REPOSITORY": "acme/api"}, "acme/api"),
    ],
)
def test_the_repository_is_that_of_the_workflow_else_that_of_origin(
    repo: Checkout, remote: str, environ: dict[str, str], repository: str | None
) -> None:
    repo.git("remote", "add", "origin", remote)
    assert find_repository(environ, repo.path) == repository


def test_without_git_or_remote_there_is_no_repository(tmp_path: Path, repo: Checkout) -> None:
    assert find_repository({}, repo.path) is None
    assert find_repository({}, tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("environ", "api", "server"),
    [
        ({}, "https://api.github.com", "https://github.com"),
        (
            {"GITHUB_API_URL": "https://ghe.example/api/v3/"},
            "https://ghe.example/api/v3",
            "https://github.com",
        ),
        ({"GH_HOST": "ghe.example"}, "https://ghe.example/api/v3", "https://ghe.example"),
        ({"GITHUB_SERVER_URL": "https://acme.ghe.com/"}, "https://api.acme.ghe.com", "https://acme.ghe.com"),
        (
            {"GITHUB_SERVER_URL": "http://ghe.example:8080"},
            "http://ghe.example:8080/api/v3",
            "http://ghe.example:8080",
        ),
    ],
)
def test_the_api_belongs_to_the_server(environ: dict[str, str], api: str, server: str) -> None:
    assert (find_api_url(environ), find_server_url(environ)) == (api, server)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *itertools.product(
            ["GITHUB_API_URL", "GITHUB_SERVER_URL"],
            ["http://[x", "http://x:99999", "http://", "x.y", "ftp://x"],
        ),
        *itertools.product(["GH_HOST"], ["[x", "x:99999", "x:port", "/"]),
    ],
)
def test_what_is_no_address_is_wrong_usage_and_says_where_it_stands(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: .* is no address: write it as"):
        find_api_url({name: text})


def test_a_token_of_the_environment_comes_first(gh: Path) -> None:
    assert find_token({"GITHUB_TOKEN": " one\n", "GH_TOKEN": "two"}) == "one"
    assert find_token({"GITHUB_TOKEN": "", "GH_TOKEN": "two"}) == "two"


def test_else_gh_is_asked_for_the_token_of_the_host_at_hand(gh: Path) -> None:
    assert find_token({}) == "token-of-auth token --hostname github.com"
    assert find_token({"GH_HOST": "ghe.example"}) == "token-of-auth token --hostname ghe.example"


@pytest.mark.parametrize("script", ["exit 1", "echo", "exec sleep 60"])
def test_a_gh_that_has_no_token_or_hangs_gives_none(
    gh: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("pmsync.github.environment.PATIENCE", 0.2)
    gh.write_text(f"#!/bin/sh\n{script}\n")
    assert find_token({}) is None


def test_without_gh_there_is_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_token({}) is None


def test_a_remote_on_another_host_names_the_variable_to_set(repo: Checkout) -> None:
    assert tell_host({}, repo.path) == ""
    repo.git("remote", "add", "origin", "git@github.acme.com:acme/shop.git")
    assert "set GITHUB_SERVER_URL=https://github.acme.com" in tell_host({}, repo.path)
    assert tell_host({"GITHUB_SERVER_URL": "https://github.acme.com"}, repo.path) == ""
    assert tell_host({"GITHUB_REPOSITORY": "acme/shop"}, repo.path) == ""
    repo.git("remote", "set-url", "origin", "git@github.com:acme/shop.git")
    assert tell_host({}, repo.path) == ""
