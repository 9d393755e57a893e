"""What 'has pain' means. Nobody agrees; so it has a name, is chosen, and stands in each table's header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..entries import one_of
from .people import DIARY_DAYS, Pain

LEAST_DIARY_DAYS = 5
"""A week's diary with fewer days written says neither yes nor no. Ours."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to say who has pain.

    Attributes:
        key: to choose it by.
        words: as the header says it, after "has phantom pain:".
        has: of one kind of pain at one visit; None where what it needs was not answered.
        source: where it comes from.
    """

    key: str
    words: str
    has: Callable[[Pain], bool | None]
    source: str


def _above(value: float | None, least: float) -> bool | None:
    return None if value is None else value >= least


def _any(value: float | None) -> bool | None:
    return None if value is None else value > 0


def _diary(pain: Pain) -> bool | None:
    if pain.diary_days is None or pain.diary_days < LEAST_DIARY_DAYS or pain.diary_pain_days is None:
        return None
    return pain.diary_pain_days > 0


DEFINITIONS: dict[str, Definition] = {
    definition.key: definition
    for definition in (
        Definition(
            "worst-above-0",
            "NRS worst of the last 24 hours above 0",
            lambda pain: _any(pain.worst),
            "any pain; ours as a definition, the item as in Valerio 2019 (FACTS section 4)",
        ),
        Definition(
            "worst-4-or-more",
            "NRS worst of the last 24 hours 4 or more",
            lambda pain: _above(pain.worst, 4.0),
            "4 of 10 is how trials admit people with phantom pain, e.g. Oatway et al., PMC12598989 [S]",
        ),
        Definition(
            "average-above-0",
            "NRS average of the last 7 days above 0",
            lambda pain: _any(pain.average),
            "any pain; ours",
        ),
        Definition(
            "said", "the patient says yes when asked", lambda pain: pain.said, "FACTS section 4, schema"
        ),
        Definition(
            "diary",
            f"a day with pain in the diary of the last {DIARY_DAYS} days, {LEAST_DIARY_DAYS} of them written",
            _diary,
            "pain comes in episodes, one day does not show it: diary study, pubmed 11728798 [S]; days ours",
        ),
    )
}
DEFAULT = "worst-above-0"


def definition_named(key: str) -> Definition:
    """By key.

    Raises:
        EntryError: there is none; names those that there are.
    """
    one_of("definition", key, DEFINITIONS)
    return DEFINITIONS[key]
