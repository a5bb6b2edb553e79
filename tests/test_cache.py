import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync import cache as cache_module
from pmsync.cache import ReadCache, open_cache, reader_version
from pmsync.extract import read
from pmsync.model import UNTOLD, Known, Postmortem
from pmsync.reading import Reading, read_documents
from tests.conftest import Checkout

TEXT = (
    "---\nlabels: [a]\nseverity: SEV-1\n---\n# Down\n\n## Action items\n\n"
    "- [ ] Alert on memory ([#1](https://github.com/acme/shop/issues/1): open)\n- Patch it (caf\udce9)\n\n"
    "| Action | Owner | Issue |\n|---|---|---|\n| Do it | Ada | TBD |\n"
)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which documents were really read."""
    seen: list[str] = []

    def counting(document: str, text: str, **named: Any) -> Postmortem:
        seen.append(document)
        return read(document, text, **named)

    monkeypatch.setattr("pmsync.reading.read", counting)
    return seen


@pytest.fixture
def reading(repo: Checkout) -> Callable[..., Reading]:
    """Reads the documents of `repo` as a run does."""
    repo.commit({f"postmortems/{name}.md": TEXT.encode("utf-8", "surrogateescape") for name in "ab"})

    def run(**named: Any) -> Reading:
        with open_cache(repo.path, {}) as opened:
            return read_documents(repo.path, ["postmortems/*.md"], cache=opened, **named)

    return run


def test_a_second_run_reads_nothing_and_knows_the_same(
    reading: Callable[..., Reading], reads: list[str]
) -> None:
    first = reading()
    assert len(reads) == 2
    assert reading().postmortems == first.postmortems
    assert len(reads) == 2


def test_what_changed_is_read_again(
    reading: Callable[..., Reading], reads: list[str], repo: Checkout
) -> None:
    reading()
    repo.write("postmortems/a.md", "# Down\n\n## Action items\n\n- Something else\n")
    assert reading().postmortems[0].items[0].title == "Something else"
    assert reads == ["postmortems/a.md", "postmortems/b.md", "postmortems/a.md"]
    reading(known=Known(sections=("Homework",)))
    assert len(reads) == 5
    reading(known=Known(people=("Ada",)))
    assert len(reads) == 7


def test_another_reader_reads_everything_again(
    reading: Callable[..., Reading], reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading()
    monkeypatch.setattr(cache_module, "reader_version", lambda: "another")
    reading()
    assert len(reads) == 4
    reading()
    assert len(reads) == 4


def test_the_reader_is_known_by_its_own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = reader_version()
    monkeypatch.setattr(cache_module, "_READER", ("extract", "model.py"))
    reader_version.cache_clear()
    assert reader_version() != before
    monkeypatch.undo()
    reader_version.cache_clear()
    assert reader_version() == before


@pytest.mark.parametrize("spoilt", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_spoilt_cache_is_made_anew(
    reading: Callable[..., Reading], reads: list[str], repo: Checkout, spoilt: bytes
) -> None:
    first = reading()
    (repo.path / ".git" / "pmsync-cache.sqlite").write_bytes(spoilt)
    assert reading().postmortems == first.postmortems
    assert len(reads) == 4
    assert reading().postmortems == first.postmortems
    assert len(reads) == 4


def test_a_spoilt_entry_is_read_anew(reading: Callable[..., Reading], repo: Checkout) -> None:
    first = reading()
    with sqlite3.connect(repo.path / ".git" / "pmsync-cache.sqlite") as kept:
        kept.execute("UPDATE postmortems SET value = ?", (b"spoilt",))
    kept.close()
    assert reading().postmortems == first.postmortems


def test_where_nothing_can_be_kept_documents_are_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for environ in ({}, {"XDG_CACHE_HOME": str(tmp_path / "file")}):
        with open_cache(tmp_path, environ) as opened:
            assert opened.find("a.md", TEXT, UNTOLD) is None
            opened.keep(read("a.md", TEXT), UNTOLD)


def test_a_folder_without_git_keeps_it_with_the_user(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home")}
    for known in (False, True):
        with open_cache(tmp_path, environ) as opened:
            assert (opened.find("a.md", TEXT, UNTOLD) is not None) is known
            opened.keep(read("a.md", TEXT), UNTOLD)
    assert list((tmp_path / "home" / ".cache" / "pmsync").iterdir())


def test_the_oldest_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST", 3)
    postmortem = read("a.md", TEXT)
    for number in range(6):
        with open_cache(tmp_path, {"HOME": str(tmp_path)}) as opened:
            opened.keep(replace(postmortem, document=f"{number}.md"), UNTOLD)
    with open_cache(tmp_path, {"HOME": str(tmp_path)}) as opened:
        known = [number for number in range(6) if opened.find(f"{number}.md", TEXT, UNTOLD)]
    assert known == [3, 4, 5]


def test_git_never_sees_it(reading: Callable[..., Reading], repo: Checkout) -> None:
    reading()
    assert repo.git("status", "--porcelain") == ""


@given(st.text(st.characters(codec=None), max_size=300))
def test_a_postmortem_kept_is_the_same_as_read(text: str) -> None:
    text = text.encode("utf-8", "replace").decode() + TEXT
    postmortem = read("postmortems/a.md", text)
    kept = ReadCache()
    assert kept.find("postmortems/a.md", text, UNTOLD) is None
    assert cache_module._unpack(cache_module._pack(postmortem), text) == postmortem
