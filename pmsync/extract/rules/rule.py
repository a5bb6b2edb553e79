"""Rules: each decides by itself, and by name, over a document, a section, a part, an entry or a group.

They stand in ordered tables, each beside what it looks at; the first that holds decides. Its sentence is what
`pmsync items --explain` prints, and any can be switched off by name, so that what it is good for can be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """One row of a table.

    Attributes:
        name: what it is known by, everywhere.
        sentence: why it decides so, for people; made from the subject where it names something of it.
        holds: whether it decides over a subject; any, where who asks has found so.
        takes: what it looks at is follow-up work, rather than not.
    """

    name: str
    sentence: str | Callable[[Subject], str]
    holds: Callable[[Subject], bool] = lambda _: True
    takes: bool = False

    def says(self, subject: Subject) -> str:
        """Returns its sentence about `subject`."""
        return self.sentence if isinstance(self.sentence, str) else self.sentence(subject)
