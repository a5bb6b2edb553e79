"""A patch is what `git apply` takes, and gives the new text byte for byte."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmsync.repository.patch import make_patch
from tests.children import run


def apply(folder: Path, document: str, old: bytes, patch: str) -> bytes:
    """Applies a patch with git to a file that holds `old`, and returns what the file then holds."""
    file = folder / document
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(old)
    run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=folder,
        input=patch.encode("utf-8", "surrogateescape"),
        text=False,
        env={"GIT_CEILING_DIRECTORIES": str(folder.parent), "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    return file.read_bytes()


def patched(folder: Path, document: str, old: bytes, new: bytes) -> bytes:
    texts = (it.decode("utf-8", "surrogateescape") for it in (old, new))
    return apply(folder, document, old, make_patch(document, *texts))


LINES = st.lists(st.sampled_from([b"a", b"b", b"- [ ] do", b"\xff", b"", b"c\rd"]), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.data(), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_git_applies_any_patch_to_the_very_bytes(
    tmp_path: Path, lines: list[bytes], data: st.DataObject, ending: bytes, ends: bool
) -> None:
    changed = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    tail = ending if ends and lines else b""
    old = ending.join(lines) + tail
    new = ending.join(line + b" (#1)" if it else line for line, it in zip(lines, changed, strict=True)) + tail
    if old != new:
        assert patched(tmp_path, "a.md", old, new) == new


@pytest.mark.parametrize(
    "name", ["with blank.md", 'q"uote.md', "bäck\\slash.md", "tab\there.md", "new\nline.md"]
)
def test_a_patch_finds_a_file_of_any_name(tmp_path: Path, name: str) -> None:
    assert patched(tmp_path, f"docs/{name}", b"one\ntwo\n", b"one\ntwo (x)\n") == b"one\ntwo (x)\n"


def test_a_change_in_the_number_of_lines_is_still_a_patch(tmp_path: Path) -> None:
    assert patched(tmp_path, "a.md", b"one\ntwo", b"one\n1.5\ntwo\n") == b"one\n1.5\ntwo\n"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, LINES, LINES, LINES, st.booleans())
def test_git_applies_a_patch_that_adds_or_removes_lines(
    tmp_path: Path,
    head: list[bytes],
    gone: list[bytes],
    come: list[bytes],
    tail: list[bytes],
    ends: bool,
) -> None:
    old, new = (b"\n".join([*head, *middle, *tail]) + b"\n" * ends for middle in (gone, come))
    if old != new and old and new:
        assert patched(tmp_path, "a.md", old, new) == new


def test_a_row_more_in_a_long_page_is_a_small_patch() -> None:
    rows = [f"| {number} |\n" for number in range(50)]
    patch = make_patch("a.md", "".join(rows), "".join([*rows[:20], "| new |\n", *rows[20:]]))
    assert [line for line in patch.split("\n") if line.startswith(("+|", "-|"))] == ["+| new |"]
    assert patch.count("\n") == 3 + 1 + 3 + 1 + 3


def test_equal_texts_need_no_patch() -> None:
    assert make_patch("a.md", "one\n", "one\n") == ""
