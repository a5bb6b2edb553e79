"""Why the entries under one label yield to those under another."""

from dataclasses import dataclass

from pmsync.extract.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Choice:
    """A group's entries, as the rules look at them that choose among groups.

    Attributes:
        tasks: what stands beside it and lists the specific tasks: its title, or the table.
        is_repair: its label may tell of the past, and its entries do, or other tasks are listed elsewhere.
        is_aside: it is a mere `**Action:** …`, stands beneath something else, or is a wish, in a document
            that lists its tasks elsewhere.
    """

    tasks: str = ""
    is_repair: bool = False
    is_aside: bool = False


GROUP_RULES: tuple[Rule[Choice], ...] = (
    Rule(
        "repair",
        "its entries tell how the incident was ended",
        lambda choice: choice.is_repair,
    ),
    Rule("aside", "the tasks are listed elsewhere", lambda choice: choice.is_aside),
    Rule(
        "specific-beats-general",
        lambda choice: f"{choice.tasks} beside it lists the specific tasks",
        lambda choice: bool(choice.tasks),
    ),
)
