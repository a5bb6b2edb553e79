"""What not every GitHub can do (the emulator deletes nothing): a test says so; others keep its promise."""

from collections.abc import Callable
from typing import TypeVar

AnyTest = TypeVar("AnyTest", bound=Callable[..., None])


def needs(*abilities: str) -> Callable[[AnyTest], AnyTest]:
    """Says what a GitHub must be able to do for a test: `delete` issues, close them as a `duplicate`."""

    def mark(test: AnyTest) -> AnyTest:
        vars(test)["needs"] = frozenset(abilities)
        return test

    return mark


def needs_of(test: Callable[..., None]) -> frozenset[str]:
    """What `needs` said of a test."""
    found: frozenset[str] = vars(test).get("needs", frozenset())
    return found
