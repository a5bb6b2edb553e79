"""How long tests look: at everything where asked to, by default at a part, the same one each time."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether tests look as long as they can; CONTRIBUTING says how to ask for it."""


def sample(all_: Sequence[T], one_in: int, start: int = 0) -> Sequence[T]:
    """Returns every so manieth, from the one at `start`; when thorough, all."""
    return all_ if THOROUGH else all_[start % one_in :: one_in]
