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
    frozenset({"text"}),
    frozenset({"annotation", "cache", "documents", "git", "interruption", "markdown"}),
    frozenset({"github", "lexicon"}),
    frozenset({"extract"}),
    frozenset({"check"}),
    frozenset({"config", "reconcile", "reports", "repository", "trackers"}),
    frozenset({"merging", "planning", "reading", "rivals", "schema"}),
    frozenset({"apply"}),
    frozenset({"survey"}),
    frozenset({"init"}),
    frozenset({"noticeboard", "session"}),
    frozenset({"review", "sync", "waiting"}),
    frozenset({"action"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""A part imports from the layers above its own."""

INSIDE: dict[str, tuple[frozenset[str], ...]] = {
    "action": (
        frozenset({"changes", "events", "head", "runner"}),
        frozenset({"settings", "suggesting", "summary"}),
        frozenset({"run"}),
    ),
    "check": (
        frozenset({"levels", "words"}),
        frozenset({"alike"}),
        frozenset({"rules"}),
        frozenset({"checking"}),
        frozenset({"suggestions"}),
    ),
    "extract": (
        frozenset({"structure"}),
        frozenset({"fields"}),
        frozenset({"rules"}),
        frozenset({"selection", "titles"}),
        frozenset({"document_facts", "item_maker", "people", "summary"}),
        frozenset({"reader"}),
    ),
    "extract.fields": (
        frozenset({"columns", "dates", "links", "unfilled"}),
        frozenset({"state"}),
        frozenset({"values"}),
        frozenset({"html_row", "names"}),
        frozenset({"inline"}),
        frozenset({"ends"}),
        frozenset({"openings"}),
        frozenset({"entry_text", "places"}),
    ),
    "extract.rules": (frozenset({"rule"}), frozenset({"document", "entry", "part", "section"})),
    "extract.selection": (
        frozenset({"lines"}),
        frozenset({"tables"}),
        frozenset({"entries"}),
        frozenset({"reading"}),
        frozenset({"candidates"}),
        frozenset({"selection"}),
    ),
    "extract.structure": (
        frozenset({"annotation_place", "bullets", "conflict", "encoding", "flat", "frontmatter"}),
        frozenset({"outline"}),
        frozenset({"anchors", "marks", "sections"}),
    ),
    "github": (frozenset({"clock", "environment"}), frozenset({"pacing"}), frozenset({"connection"})),
    "lexicon": (
        frozenset({"words"}),
        frozenset({"phrases"}),
        frozenset({"languages"}),
        frozenset({"announcement"}),
        frozenset({"vocabulary"}),
    ),
    "reconcile": (
        frozenset({"markers"}),
        frozenset({"dashboard", "drafts", "edits", "knowledge", "nudges", "rewording"}),
        frozenset({"doubts", "policy"}),
        frozenset({"trust"}),
        frozenset({"matching"}),
        frozenset({"boxes"}),
        frozenset({"bindings", "update"}),
        frozenset({"merge", "plan"}),
    ),
    "reports": (
        frozenset({"differences", "echoes", "terminal"}),
        frozenset({"follow_ups"}),
        frozenset({"check", "figures", "items", "selection"}),
        frozenset({"charts", "index_page", "status_data"}),
        frozenset({"page", "plan"}),
        frozenset({"status"}),
        frozenset({"dashboard"}),
    ),
    "repository": (
        frozenset({"git_objects", "patch", "texts"}),
        frozenset({"comment", "write_back"}),
        frozenset({"suggestions"}),
    ),
    "trackers": (frozenset({"base", "issue_file"}), frozenset({"github", "local"})),
}
"""The same order inside of a part, module by module, and folder by folder."""

HEAVY = {
    "github": {"github"},
    "requests": {"github"},
    "urllib3": {"github"},
    "markdown_it": {"extract", "markdown"},
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


def layer(name: str, layers: tuple[frozenset[str], ...] = LAYERS) -> int:
    return next(number for number, layer in enumerate(layers) if name in layer)


def inside(part: str) -> dict[str, set[str]]:
    """Returns the modules and folders of a package, and which of them each imports."""
    folder = PACKAGE.joinpath(*part.split("."))
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).parts[0].removesuffix(".py")
        if name != "__init__":
            prefix = f"pmsync.{part}."
            named = (each.removeprefix(prefix) for each in imports(path) if each.startswith(prefix))
            found.setdefault(name, set()).update(each.split(".")[0] for each in named)
    return {module: others & found.keys() - {module} for module, others in found.items()}


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
        if other not in {part, "__version__"} and layer(other) >= layer(part)
    ]
    assert wrong == []


@pytest.mark.parametrize("part", INSIDE)
def test_a_module_imports_only_from_what_stands_before_it_in_its_part(part: str) -> None:
    modules, layers = inside(part), INSIDE[part]
    assert set(modules) == set().union(*layers)
    wrong = [
        f"{part}/{module}.py imports {other}"
        for module, others in modules.items()
        for other in others
        if layer(other, layers) >= layer(module, layers)
    ]
    assert wrong == []


def test_every_package_has_an_order_inside() -> None:
    folders = {path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")} - {Path()}
    assert {".".join(folder.parts) for folder in folders} == INSIDE.keys()


@pytest.mark.parametrize(("library", "allowed"), HEAVY.items())
def test_only_some_parts_know_a_heavy_library(library: str, allowed: set[str]) -> None:
    users = {part for part, paths in parts().items() if any(library in roots(path) for path in paths)}
    assert users <= allowed


@pytest.mark.parametrize("part", sorted(parts()))
def test_no_function_is_longer_than_forty_lines_its_docstring_aside(part: str) -> None:
    long = [
        f"{path.relative_to(PACKAGE)}: {node.name} has {lines} lines"
        for path in parts()[part]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (lines := length(node)) > 40
    ]
    assert long == []


def length(function: ast.FunctionDef) -> int:
    """Returns how many lines a function has, its docstring aside."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    told = docstring.end_lineno - docstring.lineno + 1 if docstring and docstring.end_lineno else 0
    return (function.end_lineno or 0) - function.lineno + 1 - told


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
