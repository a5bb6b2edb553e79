"""The rules of reading: a table for each level, from the whole document down to the single entry."""

from typing import Any

from pmsync.extract.rules.document import DOCUMENT_RULES
from pmsync.extract.rules.entry import ENTRY_RULES
from pmsync.extract.rules.part import GROUP_RULES, PART_RULES
from pmsync.extract.rules.rule import Rule
from pmsync.extract.rules.section import SECTION_RULES

RULES: tuple[Rule[Any], ...] = (*DOCUMENT_RULES, *SECTION_RULES, *PART_RULES, *GROUP_RULES, *ENTRY_RULES)
