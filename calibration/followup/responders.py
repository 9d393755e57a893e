"""Who has so much less pain than before surgery that it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from .figures import Share

POINTS = 2
PERCENT = 30


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to say who responded.

    Attributes:
        key: to find it by.
        words: as a table's head says it.
        met: whether NRS before and after meet it.
        source: of its figure.
    """

    key: str
    words: str
    met: Callable[[Fraction, Fraction], bool]
    source: str


_SOURCE = "about 2 points or about 30 %: Farrar et al. 2001, Pain 94:149, pubmed 11690728 [S]"
RULES = (
    Rule("2-points", f"NRS at least {POINTS} points less", lambda old, new: old - new >= POINTS, _SOURCE),
    Rule(
        "30-percent",
        f"NRS at least {PERCENT} % less",
        lambda old, new: (old - new) * 100 >= old * PERCENT,
        _SOURCE,
    ),
)


@dataclass(frozen=True, slots=True)
class Responders:
    """Of those who were asked before surgery and in the window, and had pain before.

    Attributes:
        rule: which.
        share: of them; n counts people with pain at baseline and both answers.
        no_pain_before: both answers, but 0 at baseline: nothing can get less.
        no_pair: done in the window, but one of the two answers is missing or could not be asked for.
    """

    rule: Rule
    share: Share
    no_pain_before: int
    no_pair: int


def responders(pairs: Iterable[tuple[float | None, float | None]]) -> tuple[Responders, ...]:
    """By each rule.

    Args:
        pairs: NRS at baseline and in the window, of everybody who was seen in the window.
    """
    known: list[tuple[Fraction, Fraction]] = []
    no_pair = zero = 0
    for before, after in pairs:
        if before is None or after is None:
            no_pair += 1
        elif before == 0:
            zero += 1
        else:
            # As written: 6.3 is 63/10, so that exactly 30 % less counts as 30 % less.
            known.append((Fraction(str(before)), Fraction(str(after))))
    return tuple(
        Responders(rule, Share(sum(rule.met(*pair) for pair in known), len(known)), zero, no_pair)
        for rule in RULES
    )
