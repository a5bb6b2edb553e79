"""Expressions of GitHub's workflows, as far as ours use them; anything else fails loudly.

docs.github.com/actions/reference/workflows-and-actions/expressions
"""

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|!|\(|\)|,|[\w-]+(?:\.(?:[\w-]+|\*))*)")
_IN_TEXT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def interpolate(text: str, context: Mapping[str, Any]) -> str:
    """Returns `text` with its expressions replaced by their values."""
    return _IN_TEXT.sub(lambda found: as_text(evaluate(found[1], context)), text)


def as_text(value: Any) -> str:
    """How a value is written into text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """Returns what an expression is worth."""
    tokens, at = [], 0
    expression = expression.strip()
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        assert found, f"not understood: {expression[at:]}"
        tokens.append(found[1])
        at = found.end()
    reader = _Reader(tokens, context)
    value = reader.either()
    assert not reader.tokens, f"left over: {reader.tokens}"
    return value


class _Reader:
    def __init__(self, tokens: list[str], context: Mapping[str, Any]) -> None:
        self.tokens, self.context = tokens, context

    def next(self, *wanted: str) -> str:
        return self.tokens.pop(0) if self.tokens and (not wanted or self.tokens[0] in wanted) else ""

    def either(self) -> Any:
        value = self.both()
        while self.next("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.next("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        while sign := self.next("==", "!="):
            other = self.single()
            value = (_plain(value) == _plain(other)) is (sign == "==")
        return value

    def single(self) -> Any:
        token = self.next()
        if token == "!":
            return not self.single()
        if token == "(":
            value = self.either()
            assert self.next(")")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in {"true", "false"}:
            return token == "true"
        if self.next("("):
            given = []
            while not self.next(")"):
                given.append(self.either())
                assert self.next(",") or self.tokens[0] == ")"
            return _FUNCTIONS[token](*given)
        return _look_up(self.context, token.split("."))


def _look_up(value: Any, names: list[str]) -> Any:
    for at, name in enumerate(names):
        if name == "*":
            return [_look_up(each, names[at + 1 :]) for each in value or []]
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _plain(value: Any) -> Any:
    """Texts are compared without case; what is missing is as empty text."""
    return "" if value is None else value.casefold() if isinstance(value, str) else value


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return _plain(what) in map(_plain, where)
    return str(_plain(what)) in str(_plain(where))


_FUNCTIONS = {
    "cancelled": lambda: False,
    "contains": _contains,
    "endsWith": lambda text, end: str(_plain(text)).endswith(str(_plain(end))),
    "format": lambda text, *values: text.format(*values),
}
