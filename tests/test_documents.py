"""Documents as files: found without leaving the repository, read losslessly, replaced whole or not at all."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync import documents
from pmsync.documents import Source, find_documents, find_root, read_source, replace, would_find
from pmsync.errors import DocumentError, UsageError
from pmsync.text import decode, encode


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    return folder


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n")


def names_of(root: Path, *patterns: str, base: Path | None = None) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_documents(root, patterns, base=base)]


# --------------------------------------------------------------------------------- root


def test_the_root_is_the_top_of_the_work_tree_else_the_start(root: Path, tmp_path: Path) -> None:
    put(root, "a/b/c.md")
    assert find_root(root / "a/b") == find_root(root / "a/b/c.md") == root
    assert find_root(tmp_path) == tmp_path


def test_a_linked_work_tree_and_a_submodule_have_their_own_root(root: Path) -> None:
    put(root, "sub/.git", "sub/a/b.md")
    assert find_root(root / "sub/a") == root / "sub"


# -------------------------------------------------------------------------------- finding


TREE = (
    "a.md",
    "b.txt",
    "c.rst",
    "pm/a.md",
    "pm/2026/c.MD",
    "pm/2026/.d.md",
    "pm/.x/e.md",
    "pm/node_modules/f.md",
)
PATTERNS = (
    "a.md",
    "b.txt",
    "c.rst",
    "gone.md",
    "pm",
    "pm/",
    ".",
    "**/*.md",
    "*.md",
    "pm/**",
    "pm/*/*",
    "*/2026",
)
PATTERNS += (
    "pm/**/*.rst",
    "**/*.rst",
    "*.rst",
    "pm/.x/*.md",
    "**/.*",
    "./a.md",
    "p?/**/[a-c].*",
    "../*.md",
)


@pytest.mark.parametrize("base", ["", "pm"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_by_its_name_alone_a_file_would_be_found_as_it_is_where_it_is_there(
    root: Path, pattern: str, base: str
) -> None:
    put(root, *TREE)
    found = find_documents(root, [pattern], base=root / base, may_lack=True)
    expected = [name for name in TREE if root / name in found]
    assert [name for name in TREE if would_find(root, name, [pattern], base=root / base)] == expected


def test_files_folders_and_globs_are_found_once_each_and_sorted(root: Path) -> None:
    put(root, "pm/b.md", "pm/a.md", "pm/2026/c.MD", "pm/notes.txt", "pm/x.markdown", "other/d.md")
    put(root, "pm/chart.png", "pm/run.py", "pm/page.rst")
    assert names_of(root, "pm/**/*.md") == ["pm/a.md", "pm/b.md"]
    assert names_of(root, "pm") == ["pm/2026/c.MD", "pm/a.md", "pm/b.md", "pm/notes.txt", "pm/x.markdown"]
    assert names_of(root, "pm/b.md", "pm/*.md", str(root / "pm/b.md"), "pm/../pm/a.md") == [
        "pm/a.md",
        "pm/b.md",
    ]
    assert names_of(root, "pm/run.py") == ["pm/run.py"]
    assert names_of(root, "**") == names_of(root, ".") == names_of(root, "pm", "other")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ["top.md"]),
        ("**/*.md", ["a/b/deep.md", "a/one.md", "top.md"]),
        ("a/**/*.md", ["a/b/deep.md", "a/one.md"]),
        ("a/**", ["a/b/deep.md", "a/one.md"]),
        ("*/one.md", ["a/one.md"]),
        ("a/*", ["a/b/deep.md", "a/one.md"]),
        ("?/b", ["a/b/deep.md"]),
        ("?/[a-c]", ["a/b/deep.md"]),
        ("**/*.png", ["a/b/chart.png"]),
        ("a/[!o]*.md", []),
        ("nothing/*.md", []),
        ("**/**/b/**/deep.*", ["a/b/deep.md"]),
    ],
)
def test_globs_mean_what_they_do_in_a_shell(root: Path, pattern: str, found: list[str]) -> None:
    put(root, "top.md", "a/one.md", "a/b/deep.md", "a/b/chart.png")
    assert names_of(root, pattern) == found


def test_a_name_with_brackets_is_a_name_where_such_a_file_exists(root: Path) -> None:
    put(root, "pm/[2026] outage.md", "pm/2 outage.md")
    assert names_of(root, "pm/[2026] outage.md") == ["pm/[2026] outage.md"]


def test_relative_patterns_start_from_the_base(root: Path) -> None:
    put(root, "pm/a.md", "pm/sub/b.md")
    assert names_of(root, "a.md", "sub", base=root / "pm") == ["pm/a.md", "pm/sub/b.md"]
    assert names_of(root, "../*.md", base=root / "pm/sub") == ["pm/a.md"]


def test_hidden_names_and_node_modules_are_passed_over_unless_named(root: Path) -> None:
    put(root, ".github/pm/a.md", "node_modules/x/README.md", "pm/.draft.md", "pm/b.md", "pm/.old/c.md")
    assert names_of(root, "**/*.md") == ["pm/b.md"]
    assert names_of(root, ".github", "pm/.draft.md") == [".github/pm/a.md", "pm/.draft.md"]
    assert names_of(root, ".github/**/*.md", "pm/.*/*.md", "node_modules/*/*.md") == [
        ".github/pm/a.md",
        "node_modules/x/README.md",
        "pm/.old/c.md",
    ]


@pytest.mark.parametrize("pattern", [".pmsync", ".pmsync/issues/3.md", ".pmsync/issues/*.md", ".git/info.md"])
def test_what_is_pmsyncs_or_gits_own_is_never_a_document(root: Path, pattern: str) -> None:
    put(root, ".pmsync/issues/3.md", ".git/info.md", "pm/a.md")
    assert names_of(root, "**/*.md", ".*/**/*.md") == ["pm/a.md"]
    with pytest.raises(UsageError, match="own"):
        find_documents(root, [pattern])


@pytest.mark.parametrize("pattern", ["pm/missing.md", "missing", "a\0b.md", "x" * 5000])
def test_a_named_path_that_is_not_there_is_told(root: Path, pattern: str) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        find_documents(root, [pattern])


def test_a_link_counts_as_the_file_it_leads_to(root: Path) -> None:
    put(root, "archive/a.md", ".pmsync/issues/3.md")
    (root / "pm").mkdir()
    (root / "pm/latest.md").symlink_to(root / "archive/a.md")
    (root / "pm/broken.md").symlink_to(root / "nowhere.md")
    (root / "pm/issue.md").symlink_to(root / ".pmsync/issues/3.md")
    assert names_of(root, "pm/*.md", "archive") == ["archive/a.md"]


def test_no_glob_or_folder_leads_out_of_the_repository(root: Path, tmp_path: Path) -> None:
    put(tmp_path, "outside/secret.md")
    put(root, "pm/a.md")
    (root / "pm/link.md").symlink_to(tmp_path / "outside/secret.md")
    (root / "pm/folder").symlink_to(tmp_path / "outside")
    (root / "pm/loop").symlink_to(root / "pm")
    assert names_of(root, "pm/**/*.md", "pm", "pm/*/*.md", "**") == ["pm/a.md"]
    for pattern in ("pm/folder", "pm/folder/*.md"):
        with pytest.raises(UsageError, match="out of the repository"):
            find_documents(root, [pattern])


def test_a_file_outside_may_be_read_by_name_but_never_written(root: Path, tmp_path: Path) -> None:
    put(tmp_path, "outside/a.md")
    (path,) = find_documents(root, [str(tmp_path / "outside/a.md")])
    source = read_source(root, path)
    assert source.document == (tmp_path / "outside/a.md").as_posix()
    with pytest.raises(DocumentError, match="outside"):
        replace(source, "x")
    assert path.read_text() == "# outside/a.md\n"


# -------------------------------------------------------------------------------- reading


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_survive_being_text(data: bytes) -> None:
    assert encode(decode(data)) == data


def test_a_document_is_named_from_the_root_with_slashes(root: Path) -> None:
    put(root, "pm/2026/a.md")
    source = read_source(root, root / "pm/2026/../2026/a.md")
    assert source == Source(
        document="pm/2026/a.md",
        path=root / "pm/2026/a.md",
        data=b"# pm/2026/a.md\n",
        text="# pm/2026/a.md\n",
    )
    assert read_source(root, Path("pm/2026/a.md")) == source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbf# A\r\n", "\ufeff# A\r\n"),
        (b"caf\xe9\n", "caf\udce9\n"),
        (b"a\rb\r\nc\n", "a\rb\r\nc\n"),
        (b"", ""),
        ("日本".encode("shift-jis"), None),
        (b"one \x00 in a text that is otherwise fine and long enough to tell it from a binary\n", None),
        (b"\x1b[31mred\x1b[0m\f\n", None),
    ],
)
def test_odd_text_is_read(root: Path, data: bytes, text: str | None) -> None:
    (root / "a.md").write_bytes(data)
    source = read_source(root, Path("a.md"))
    assert source.data == encode(source.text) == data
    assert text is None or source.text == text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("# Späť\n".encode("utf-16"), "UTF-16"),
        ("# Späť\n".encode("utf-16-le"), "UTF-16"),
        ("# Action items\n".encode("utf-16-be"), "UTF-16"),
        ("# Action items\n".encode("utf-32"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "binary"),
        (b"PK\x03\x04\x14\x00\x08\x00" * 9, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"x" * (documents.MAX_BYTES + 1), "1024 KiB"),
    ],
)
def test_what_is_no_document_is_refused_in_one_sentence(root: Path, data: bytes, told: str) -> None:
    (root / "a.md").write_bytes(data)
    with pytest.raises(DocumentError, match=told) as caught:
        read_source(root, Path("a.md"))
    assert caught.value.document == "a.md"
    assert str(caught.value).count(".") == 1


def test_a_file_of_the_largest_size_is_read(root: Path) -> None:
    (root / "a.md").write_bytes(b"x" * documents.MAX_BYTES)
    assert len(read_source(root, Path("a.md")).text) == documents.MAX_BYTES


def make_folder(path: Path) -> None:
    path.mkdir()


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_nothing(path: Path) -> None:
    del path


@pytest.mark.parametrize("make", [make_folder, make_loop, make_nothing, os.mkfifo])
def test_what_is_no_file_is_refused_and_not_waited_for(root: Path, make: Callable[[Path], None]) -> None:
    make(root / "a.md")
    with pytest.raises(DocumentError, match=r"\.$") as caught:
        read_source(root, Path("a.md"))
    assert caught.value.document == "a.md"


def test_an_unreadable_file_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    put(root, "a.md")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DocumentError, match="permission denied"):
        read_source(root, Path("a.md"))


# ------------------------------------------------------------------------------- replacing


@pytest.fixture
def source(root: Path) -> Source:
    (root / "pm").mkdir()
    (root / "pm/a.md").write_bytes(b"\xef\xbb\xbffix \xe9\r\n")
    return read_source(root, root / "pm/a.md")


def content(source: Source) -> dict[str, bytes]:
    """The whole folder, so that nothing left behind goes unseen."""
    return {path.name: path.read_bytes() for path in source.path.parent.iterdir()}


def test_the_new_text_takes_the_documents_place_and_keeps_its_mode(source: Source) -> None:
    source.path.chmod(0o640)
    replace(source, source.text + "more\n")
    assert content(source) == {"a.md": b"\xef\xbb\xbffix \xe9\r\nmore\n"}
    assert stat.S_IMODE(source.path.stat().st_mode) == 0o640


def test_an_unchanged_document_is_not_touched(source: Source) -> None:
    before = source.path.stat()
    replace(source, source.text)
    after = source.path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_document_that_somebody_changed_meanwhile_is_left_to_them(source: Source) -> None:
    source.path.write_bytes(b"theirs")
    with pytest.raises(DocumentError, match="changed in the meantime"):
        replace(source, "ours")
    assert content(source) == {"a.md": b"theirs"}


def test_a_change_in_the_last_moment_is_seen_too(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def change_then_sync(handle: int) -> None:
        source.path.write_bytes(b"theirs")
        sync(handle)

    monkeypatch.setattr(os, "fsync", change_then_sync)
    with pytest.raises(DocumentError, match="changed in the meantime"):
        replace(source, "ours")
    assert content(source) == {"a.md": b"theirs"}


def test_a_document_that_is_gone_is_not_made_again(source: Source) -> None:
    source.path.unlink()
    with pytest.raises(DocumentError, match="no such file"):
        replace(source, "ours")
    assert content(source) == {}


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_document_and_nothing_else(
    source: Source, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises((DocumentError, KeyboardInterrupt)) as caught:
        replace(source, "ours")
    assert isinstance(caught.value, DocumentError) is isinstance(error, OSError)
    assert content(source) == {"a.md": source.data}


def test_nothing_is_written_through_a_link(source: Source, root: Path) -> None:
    source.path.rename(root / "moved.md")
    source.path.symlink_to(root / "moved.md")
    with pytest.raises(DocumentError, match="symbolic link"):
        replace(source, "ours")
    assert (root / "moved.md").read_bytes() == source.data


def test_nothing_is_written_through_a_folder_that_became_a_link(
    source: Source, root: Path, tmp_path: Path
) -> None:
    (root / "pm").rename(tmp_path / "outside")
    (root / "pm").symlink_to(tmp_path / "outside")
    with pytest.raises(DocumentError, match="symbolic link"):
        replace(source, "ours")
    assert (tmp_path / "outside/a.md").read_bytes() == source.data


def test_a_copy_that_is_write_protected_is_written_and_stays_so(source: Source) -> None:
    source.path.chmod(0o444)
    replace(source, "ours")
    assert content(source) == {"a.md": b"ours"}
    assert stat.S_IMODE(source.path.stat().st_mode) == 0o444
