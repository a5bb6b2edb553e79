"""A JSON Schema of `.github/pmsync.yml`, for editors and CI: made from the declarations that read the file.

It asks for no more than reading does, and cannot ask for all of it: what it lets through, reading may refuse.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pmsync import config
from pmsync.check.levels import DEFAULT, Level
from pmsync.check.rules import RULES
from pmsync.config import OPTIONS, Config, OneOf, Option

_DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest that yaml-language-server knows."""

_TEXT = {"type": "string", "minLength": 1}
_VALUES: Mapping[Callable[[str], object], Mapping[str, Any]] = {
    config._text: _TEXT,
    config._glob: _TEXT | {"pattern": r"^(?!/)(?![A-Za-z]:)(?!(.*/)?\.\.(/|$))"},
    config._label: _TEXT | {"maxLength": 50},
    config._listed_label: _TEXT | {"maxLength": 50, "pattern": "^[^,]*$"},
    config._color: {"type": ["string", "integer"], "pattern": "^#?[0-9A-Fa-f]{6}$"},
    config._description: {"type": "string", "maxLength": 100},
    config._repository: _TEXT | {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]{1,100}$"},
    config._login: _TEXT | {"pattern": r"^@?[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$"},
    config._date: {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    config._count: {"type": "integer", "minimum": 0, "maximum": 999_999},
    config._days: {"type": "integer", "minimum": 1, "maximum": 3650},
    config._branch: _TEXT,
    config._flag: {"type": "boolean"},
    config._page: _TEXT
    | {"pattern": r"^(?!/)(?![A-Za-z]:)(?!(.*/)?\.\.(/|$))[^*?\[]*\.([mM][dD]|[mM]arkdown)$"},
    config._level: {"enum": [str(level) for level in Level]},
}
"""What one value looks like, by what reads it."""


def make_schema() -> dict[str, Any]:
    """Returns the schema of the whole file."""
    return {
        "$schema": _DIALECT,
        "title": "Configuration of pmsync",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {key: _describe(key, option) for key, option in OPTIONS.items()},
    }


def render_schema() -> str:
    """Returns the text of the schema's file."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def _describe(key: str, option: Option) -> dict[str, Any]:
    value = _value_schema(option.convert)
    default = getattr(Config(), key)
    stated = [default] if isinstance(default, str | int) and default != "" else []
    return {
        "description": option.doc.replace("`", "'"),
        **({"default": stated[0]} if stated else {}),
        **_with_presets(_SHAPES[option.shape](value), option.presets),
    }


def _with_presets(shape: dict[str, Any], presets: Collection[str]) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(presets)}, shape]} if presets else shape


def _value_schema(convert: Callable[[str], object]) -> dict[str, Any]:
    return {"enum": list(convert.words)} if isinstance(convert, OneOf) else dict(_VALUES[convert])


def _list(value: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [value, {"type": "array", "items": value}]}


def _mapping(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


def _rules(value: dict[str, Any]) -> dict[str, Any]:
    by_severity = {
        "type": "object",
        "description": f"By severity of the incident; '{DEFAULT}' stands for all others.",
        "additionalProperties": value,
    }
    codes = {
        rule.code: {"description": f"{rule.name}: {rule.what}", "anyOf": [value, by_severity]}
        for rule in RULES
    }
    return {"type": "object", "additionalProperties": False, "properties": codes}


_SHAPES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "one": lambda value: value,
    "list": _list,
    "mapping": _mapping,
    "lists": lambda value: _mapping(_list(value)),
    "rules": _rules,
}
