"""GitHub's own description of its REST API (OpenAPI), and whether requests and answers are as it says.

`openapi/api.github.com.json` is cut from npm's `@octokit/openapi`: the operations that our GitHub serves, and
what they name. `make openapi` cuts it anew. Whatever test uses our GitHub, `rules` hands each exchange to
`mismatches`, and what that finds makes the test fail.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, reduce
from operator import getitem
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from tests.github.faults import Request
from tests.github.routes import Answer

FILE = Path(__file__).parent / "openapi" / "api.github.com.json"

OURS = "pmsync/"
"""How the User-Agent of those begins whose requests are checked too; tests ask for nonsense on purpose."""

ADDED = {
    ("components", "schemas", "validation-error", "properties", "status"): {"type": "string"},
}
"""What GitHub answers and does not describe, by the place where it belongs. README.md has the reasons."""

ANYWHERE = {
    301: "moved_permanently",
    304: "not_modified",
    307: "moved_permanently",
    400: "bad_request",
    401: "requires_authentication",
    403: "forbidden",
    404: "not_found",
    410: "gone",
    422: "validation_failed",
}
"""What any operation may answer, whether it lists it or not: which of the described `responses` that is."""


class Undescribed(Exception):
    """A request or an answer is not as GitHub describes it."""


def mismatches(request: Request, headers: Mapping[str, str], raw: bytes, answer: Answer) -> Iterator[str]:
    """Where an exchange is not as described: a sentence each, with the place within the JSON.

    Args:
        request: without Enterprise's `/api/v3`.
        headers: the request's.
        raw: its body.
        answer: what is answered.
    """
    operation = find_operation(request.method, request.target)
    is_ours = headers.get("User-Agent", "").startswith(OURS)
    if operation is None:
        if is_ours and request.path != "/graphql":
            yield f"{request.method} {request.target}: no such operation"
        return
    found: list[str] = []
    if is_ours:
        found += operation.request_mismatches(request.query, json.loads(raw) if raw else None)
    if not isinstance(answer.body, bytes):
        found += operation.answer_mismatches(answer.status, answer.body)
    yield from (f"{operation}: {each}" for each in found)


@cache
def operations() -> tuple["Operation", ...]:
    """All that is described."""
    document = json.loads(FILE.read_text())
    for (*way, name), schema in ADDED.items():
        reduce(getitem, way, document)[name] = schema
    document = as_json_schema(document)
    return tuple(
        Operation(document, method.upper(), path, said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    )


def find_operation(method: str, path: str) -> "Operation | None":
    """What a path as sent (its percent signs kept) asks for; by a repository's id as by its name."""
    named = re.sub(r"^(/api/v3)?(/repositories/\d+)?", lambda match: "/repos/by/id" if match[2] else "", path)
    found = (each for each in operations() if each.method == method and each.pattern.fullmatch(named))
    return next(found, None)


class Operation:
    """A method on a path, as GitHub describes it.

    Attributes:
        method: in capitals.
        path: with the names of its parameters in braces.
    """

    def __init__(
        self, document: Mapping[str, Any], method: str, path: str, described: Mapping[str, Any]
    ) -> None:
        self.method, self.path = method, path
        self._document, self._described = document, described
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def _parameters(self) -> list[Mapping[str, Any]]:
        return [self._resolve(each) for each in self._described.get("parameters", ())]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Its path: a parameter is one segment, unless the description says that it may be more."""
        long = {each["name"] for each in self._parameters if each.get("x-multi-segment")}
        segments = re.sub(r"\{([^}]+)\}", lambda match: ".+" if match[1] in long else "[^/]+", self.path)
        return re.compile(segments)

    def request_mismatches(self, query: str, body: object) -> Iterator[str]:
        """Where a request is not as described."""
        given = dict(parse_qsl(query, keep_blank_values=True))
        known = {each["name"]: each for each in self._parameters if each["in"] == "query"}
        for name, text in given.items():
            if name in known:
                schema = known[name]["schema"]
                yield from self._invalid(f"?{name}", schema, _as_type(text, schema.get("type")))
            else:
                yield f"?{name}: no such parameter"
        yield from (
            f"?{name}: missing" for name in known.keys() - given.keys() if known[name].get("required")
        )
        described = self._described.get("requestBody")
        if body is None and not (described and described.get("required")):
            return
        if described is None:
            yield "body: none is described"
        else:
            yield from self._invalid("body", described["content"]["application/json"]["schema"], body)

    def answer_mismatches(self, status: int, body: object) -> Iterator[str]:
        """Where an answer is not as described for its status."""
        described = self._described["responses"].get(str(status))
        if described is None and status in ANYWHERE:
            described = self._document["components"]["responses"][ANYWHERE[status]]
        if described is None:
            yield f"{status}: no such answer"
            return
        content = self._resolve(described).get("content")
        if content:
            yield from self._invalid(str(status), content["application/json"]["schema"], body)
        elif body is not None:
            yield f"{status}: a body, where none is described"

    def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        found: Mapping[str, Any] = self._document["components"][kind][name]
        return found

    def _invalid(self, what: str, schema: Mapping[str, Any], value: object) -> Iterator[str]:
        if what not in self._validators:
            whole = {"components": self._document["components"], "allOf": [schema]}
            self._validators[what] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        for error in self._validators[what].iter_errors(value):
            place = "".join(f"/{each}" for each in error.instance_path)
            yield f"{what}: {place}: {error.message[:300]}"


def _as_type(text: str, kind: object) -> object:
    """A query's text, as its parameter's type has it."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def as_json_schema(node: Any, *, is_part: bool = False) -> Any:
    """What OpenAPI 3.0 says, with its schemas as JSON Schema has them.

    `nullable` becomes a type, for an `enum` too that does not list null; and an object has no properties but
    those it names, which is stricter than the description, unless it `is_part` of an `allOf`.
    """
    if isinstance(node, list):
        return [as_json_schema(each, is_part=is_part) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {name: as_json_schema(each, is_part=name == "allOf") for name, each in node.items()}
    if "properties" in node and not is_part:
        plain.setdefault("additionalProperties", False)
    if plain.pop("nullable", False) is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain
