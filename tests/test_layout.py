"""The order of imports, and what a start pays for."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pmsync
from tests.children import run

PACKAGE = Path(pmsync.__file__).parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"model"}),
    frozenset({"text", "annotation"}),
    frozenset(
        {
            "config",
            "documents",
            "checkout",
            "extract",
            "interruption",
            "reconcile",
            "reports",
            "repository",
            "trackers",
        }
    ),
    frozenset({"apply", "init", "planning", "reading"}),
    frozenset({"session"}),
    frozenset({"sync"}),
    frozenset({"action"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""A part imports from the layers above its own; `text` and `annotation` may also know each other."""

KNOW_EACH_OTHER = frozenset({"text", "annotation"})

HEAVY = {
    "github": {"trackers"},
    "requests": {"trackers", "repository"},
    "urllib3": {"trackers", "repository"},
    "markdown_it": {"extract", "reconcile"},
    "frontmatter": {"extract"},
    "rich": {"reports", "cli"},
    "jinja2": {"reports"},
}
"""Libraries that cost time to import, and the parts that may import them."""


def parts() -> dict[str, list[Path]]:
    """Returns the files of each part: a module or a package right under `pmsync`."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part != "__init__":
            found.setdefault(part, []).append(path)
    return found


def imports(path: Path) -> Iterator[str]:
    """Yields the dotted name of everything that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def layer(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def test_every_part_has_its_place_in_the_order() -> None:
    assert set(parts()) == set().union(*LAYERS)


@pytest.mark.parametrize("part", sorted(set().union(*LAYERS)))
def test_a_part_imports_only_from_what_stands_before_it(part: str) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports pmsync.{other}"
        for path in parts()[part]
        for name in imports(path)
        if name.startswith("pmsync.")
        for other in [name.split(".")[1]]
        if other not in {part, "__version__"}
        and not {part, other} <= KNOW_EACH_OTHER
        and layer(other) >= layer(part)
    ]
    assert wrong == []


@pytest.mark.parametrize(("library", "allowed"), HEAVY.items())
def test_only_some_parts_know_a_heavy_library(library: str, allowed: set[str]) -> None:
    users = {part for part, paths in parts().items() if any(library in roots(path) for path in paths)}
    assert users <= allowed


def loaded_by(*arguments: str) -> set[str]:
    """Returns the top-level modules that one run of the command line leaves loaded."""
    code = (
        "import sys\n"
        "from pmsync.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('\\n' + ' '.join({name.split('.')[0] for name in sys.modules}))\n"
    )
    done = run([sys.executable, "-c", code, *arguments])
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("sync", "--help")])
def test_help_does_not_pay_for_the_work(arguments: tuple[str, ...]) -> None:
    assert not loaded_by(*arguments) & {"github", "requests", "markdown_it", "rich", "yaml", "jinja2"}


def test_reading_does_not_pay_for_the_tracker(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("## Action items\n\n- Alert on memory\n")
    assert not loaded_by("items", str(document)) & {"github", "requests", "jinja2"}
