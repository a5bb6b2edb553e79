"""Why a whole list or text under a label holds no action items."""

from dataclasses import dataclass

from pmsync.extract.rules.rule import Rule
from pmsync.extract.structure.outline import Block


@dataclass(frozen=True, slots=True)
class Whole:
    """What stands under a label, as the rules look at it: whether it gives times, or facts about something.

    Attributes:
        closes: it is text below a list, or a letter's end.
        instructs: it is text in italics alone.
    """

    block: Block
    gives_times: bool = False
    gives_facts: bool = False
    closes: bool = False
    instructs: bool = False


PART_RULES: tuple[Rule[Whole], ...] = (
    Rule("timeline", "it begins with times, as a timeline does", lambda whole: whole.gives_times),
    Rule("facts", "it gives facts (owner, status…), and no actions", lambda whole: whole.gives_facts),
    Rule(
        "instructions",
        "it is all in italics, as a template's instructions are",
        lambda whole: whole.instructs,
    ),
    Rule("footer", "it is text below the entries", lambda whole: whole.closes),
)
