"""The Action's inputs: words → settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.action.events import CommitOn
from pmsync.errors import UsageError
from pmsync.sync import WriteBack
from pmsync.text import shown

_WAYS = (WriteBack.PUSH, WriteBack.PULL_REQUEST, WriteBack.NONE)
"""How the Action writes back: never into the work tree, which nobody sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The Action's inputs, as `action.yml` describes them."""

    write_back: WriteBack = WriteBack.PUSH
    commit_on: CommitOn = CommitOn.ALL
    comment: bool = True
    dry_run: bool = False
    force: bool = False

    @classmethod
    def read(cls, inputs: Mapping[str, str]) -> "Settings":
        """Returns what the inputs say; one left empty has its default.

        Args:
            inputs: by name, with `_` for `-`.

        Raises:
            UsageError: a word is none of those that an input takes: one line for each.
        """
        problems: list[str] = []

        def choose(name: str, choices: Sequence[str], default: str) -> str:
            given = inputs.get(name, "").strip()
            word = given.lower() or default
            if word not in choices:
                named = [f"'{choice}'" for choice in choices]
                problems.append(
                    f"the input '{name.replace('_', '-')}' is '{shown(given)}': write "
                    f"{', '.join(named[:-1])} or {named[-1]}"
                )
                return default
            return word

        settings = cls(
            write_back=WriteBack(choose("write_back", _WAYS, WriteBack.PUSH)),
            commit_on=CommitOn(choose("commit_on", tuple(CommitOn), CommitOn.ALL)),
            comment=choose("comment", ("true", "false"), "true") == "true",
            dry_run=choose("dry_run", ("true", "false"), "false") == "true",
            force=choose("force", ("true", "false"), "false") == "true",
        )
        if problems:
            raise UsageError("\n".join(problems))
        return settings
