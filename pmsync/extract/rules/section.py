"""Whether entries under a heading or label are follow-up work, by what it and those above it announce."""

from dataclasses import dataclass

from pmsync.extract.rules.rule import Rule
from pmsync.extract.structure.bullets import BOX
from pmsync.extract.structure.outline import Block, Shape
from pmsync.extract.structure.sections import SENTENCE_END, Section
from pmsync.lexicon.announcement import Announcement, Rank


@dataclass(frozen=True, slots=True)
class Place:
    """A section, as the rules look at it.

    Attributes:
        above: the follow-up section that holds it.
        is_beside_praise: another section of the one that holds it says what went well.
        promises: it says who will do something.
        names_work: it begins with a verb of work.
        states_fields: who does it, or by when, follows at once.
        sums_up: it says only that what follows is told in short, and tasks follow.
    """

    section: Section
    above: Section | None
    is_beside_praise: bool = False
    promises: bool = False
    names_work: bool = False
    states_fields: bool = False
    sums_up: bool = False

    @property
    def said(self) -> Announcement:
        """What it announces."""
        return self.section.announcement


def _is_detail(place: Place) -> bool:
    """Whether neither it nor the label over it, within a follow-up section, says anything that is known."""
    section, above = place.section, place.above
    if above is None or place.promises or section.is_numbered or section.style in {"#", "sentence"}:
        return False
    return all(said.rank is Rank.NONE and not said.category for said in (place.said, above.announcement))


def _stands_within(place: Place) -> bool:
    said = place.said
    is_topic = place.section.is_numbered or said.category or said.done
    says_more = is_topic or place.sums_up or (place.states_fields and not said.exact)
    return place.above is not None and (said.rank is not Rank.OTHER or says_more)


def _lists_boxes(place: Place) -> bool:
    """Whether a phase of a plan, or a word like "verification" within one, has nothing but boxes under it."""
    is_phase = place.said.term and place.said.rank is not Rank.OTHER
    if not is_phase and (place.above is None or not place.said.weak):
        return False
    lists = [part for part in place.section.parts if isinstance(part, Block) and part.shape is Shape.LIST]
    texts = [entry.children[0].text if entry.children else "" for one in lists for entry in one.children]
    return bool(lists) and len(lists) == len(place.section.parts) and all(map(BOX.match, texts))


def _could_be_better(place: Place) -> bool:
    return place.is_beside_praise and place.said.rank is Rank.GENERAL


def _is_announced(place: Place) -> bool:
    return place.said.rank.is_follow_up


def _stands_under_other(place: Place) -> bool:
    """Whether it stands beneath something else, and does not say plainly that it is follow-up work.

    Improvements with a heading of their own do, or with an owner or a day, or where somebody promises them.
    """
    section, said = place.section, place.said
    is_told = said.rank is Rank.GENERAL and (section.style == "#" or place.promises)
    is_plain = (
        said.rank is Rank.SPECIFIC
        or place.states_fields
        or ((said.rank is Rank.MEASURES or is_told) and not said.weak)
    )
    return not is_plain and section.is_beneath_other


def _explains(place: Place) -> bool:
    """Whether a sentence that announces nothing leads in a list, or two do where the heading is certain."""
    section, above = place.section, place.above
    is_plain = place.said.rank is Rank.NONE and not (place.promises or place.names_work)
    if above is None or section.style != "sentence" or not is_plain or section.label is None:
        return False
    is_certain = above.rank.is_certain and not above.announcement.weak
    return not is_certain or bool(SENTENCE_END.search(section.label.text))


SECTION_RULES: tuple[Rule[Place], ...] = (
    Rule("explains", "not taken: a sentence leads it in that announces no work", _explains),
    Rule("detail", "not taken: it is a detail of “{0.above.title}”".format, _is_detail),
    Rule("within", "taken: stands under “{0.above.title}”".format, _stands_within, takes=True),
    Rule("boxes", "taken: all that stands under it are boxes", _lists_boxes, takes=True),
    Rule("retrospective", "not taken: it stands beside what went well, as lessons do", _could_be_better),
    Rule("under-other", "not taken: it stands under a section of something else", _stands_under_other),
    Rule("announced", "taken: {0.said}".format, _is_announced, takes=True),
)
"""A section over which none decides announces no follow-up work."""
