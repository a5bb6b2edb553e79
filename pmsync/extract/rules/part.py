"""Why a whole list, table or text, or what stands under one label, is not taken, as its reader finds."""

from pmsync.extract.rules.rule import Rule

TIMELINE: Rule[object] = Rule("timeline", "it begins with times, as a timeline does")
FACTS: Rule[object] = Rule("facts", "it gives facts (owner, status…), and no actions")
INSTRUCTIONS: Rule[object] = Rule("instructions", "it is all in italics, as a template's instructions are")
FOOTER: Rule[object] = Rule("footer", "it is text below the entries")
PART_RULES = (TIMELINE, FACTS, INSTRUCTIONS, FOOTER)

REPAIR: Rule[str] = Rule("repair", "its entries tell how the incident was ended")
ASIDE: Rule[str] = Rule("aside", "the tasks are listed elsewhere")
SPECIFIC: Rule[str] = Rule("specific-beats-general", "{} beside it lists the specific tasks".format)
GROUP_RULES = (REPAIR, ASIDE, SPECIFIC)
"""Of these, the last is told what lists the tasks."""
