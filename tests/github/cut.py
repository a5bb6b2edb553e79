"""Cuts what our GitHub serves out of GitHub's description of its REST API: `make openapi`.

The whole is 13 MB, in a package of 390 MB; the cut keeps the operations that are served and what they name,
and of that nothing but what a request or an answer can be held to.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests import npm
from tests.github import rules  # noqa: F401 - it names the paths that are served
from tests.github.description import FILE
from tests.github.routes import served

PACKAGE, VERSION = "@octokit/openapi", "23.0.2"
NAME = "api.github.com.json"

_SAID_TO_PEOPLE = {
    "default", "deprecated", "description", "discriminator", "example", "examples", "externalDocs", "headers",
    "links", "summary", "tags", "title",
}  # fmt: skip
_METHODS = {"delete", "get", "patch", "post", "put"}


def download() -> Path:
    """The package's folder, with no other description in it than ours. Raises `Unavailable`."""
    folder = npm.install(npm.CACHE / "openapi" / VERSION, f"{PACKAGE}@{VERSION}")
    package = folder / "node_modules" / PACKAGE
    for file in (package / "generated").glob("*.json"):
        if file.name != NAME:
            file.unlink()
    return package


def cut(document: Mapping[str, Any], wanted: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The part of a description that is about `wanted`: methods and paths, spelt as for `routes.route`."""
    shapes = {(method, _shape(path)) for method, path in wanted}
    paths = {
        path: {
            method: _bare(said)
            for method, said in item.items()
            if method in _METHODS and (method.upper(), _shape(path)) in shapes
        }
        for path, item in document["paths"].items()
    }
    kept: dict[str, Any] = {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": {path: methods for path, methods in paths.items() if methods},
        "components": {"responses": _bare(document["components"]["responses"], named=True)},
    }
    while missing := [place for place in set(_references(kept)) if not _holds(kept, place)]:
        for kind, name in missing:
            kept["components"].setdefault(kind, {})[name] = _bare(document["components"][kind][name])
    return kept


def _shape(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", path.replace("~", "/repos/{}/{}"))


def _bare(node: Any, *, named: bool = False) -> Any:
    """A part of the description without prose; `named` where its keys are names that GitHub gave."""
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _bare(each, named=not named and name in {"properties", "responses"})
        for name, each in node.items()
        if named or _counts(name)
    }


def _counts(name: str) -> bool:
    if name.startswith("x-"):
        return name == "x-multi-segment"
    return name not in _SAID_TO_PEOPLE and ("/" not in name or name == "application/json")


def _references(node: Any) -> Iterator[tuple[str, str]]:
    """What a part of the description refers to: a kind of component and a name."""
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            _, _, kind, name = node["$ref"].split("/")
            yield kind, name
        for each in node.values():
            yield from _references(each)


def _holds(document: Mapping[str, Any], place: tuple[str, str]) -> bool:
    kind, name = place
    return name in document["components"].get(kind, {})


def render(document: Mapping[str, Any]) -> str:
    """The JSON of a description, a line for each operation and component, so that a change can be read."""
    return f"{_render(document, depth=3)}\n"


def _render(node: Any, depth: int) -> str:
    if not depth or not isinstance(node, dict):
        return json.dumps(node, sort_keys=True)
    members = (f"{json.dumps(name)}: {_render(node[name], depth - 1)}" for name in sorted(node))
    return "{\n" + ",\n".join(members) + "\n}"


def main() -> None:
    """Writes the cut, and the licence of what it was cut from."""
    package = download()
    document = json.loads((package / "generated" / NAME).read_text())
    FILE.write_text(render(cut(document, served())))
    shutil.copy(package / "LICENSE", FILE.parent)


if __name__ == "__main__":
    main()
