"""Each outcome measure: range, unit, which way is better, and the smallest change that is more than error.

A smallest detectable change is used only where a source that was read gives it for people like these ([S]).
Values from memory ([M]) are listed and judge nothing. Tags and facts: FACTS section 7; what was read since
stands with its address.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..entries import bounds, one_of

HIGHER, LOWER, NEITHER = "higher", "lower", "neither"
ARM, LEG, BOTH = "arm", "leg", "both"
READ, REMEMBERED = "S", "M"


@dataclass(frozen=True, slots=True)
class Detectable:
    """A smallest detectable change.

    Attributes:
        change: in the measure's unit.
        name: such as "MDC95".
        source: where it stands.
        tag: `READ` or `REMEMBERED`.
        version: it was found for this version only; empty: there is but one.
        raters: it was found for so many raters; 0: does not matter.
    """

    change: float
    name: str
    source: str
    tag: str
    version: str = ""
    raters: int = 0

    @property
    def usable(self) -> bool:
        """Whether a change may be judged by it."""
        return self.tag == READ


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of one test.

    Attributes:
        key: test and figure, as scores name it.
        name: as people call it.
        unit: of its values.
        least: lowest value.
        most: highest value; None: no upper end.
        better: `HIGHER`, `LOWER` or `NEITHER`.
        limb: `ARM`, `LEG` or `BOTH`.
        facts: what its range rests on, with tag.
        detectable: smallest detectable changes; empty: none is known here.
        rated: only a named, certified rater gives it.
        versioned: exists in versions that must not be compared.
        wholes: counts, not fractions.
        note: what else a reader must know.
    """

    key: str
    name: str
    unit: str
    least: float
    most: float | None
    better: str
    limb: str
    facts: str
    detectable: tuple[Detectable, ...] = ()
    rated: bool = False
    versioned: bool = False
    wholes: bool = False
    note: str = ""

    @property
    def range(self) -> str:
        """Such as '0 to 100'."""
        return bounds(self.least, self.most)


_ACMC = "Lindner et al. 2014, J Rehabil Res Dev 51(4):635, 25 users"
_LEGS = "Resnik and Borgia 2011, Phys Ther 91:555; its abstract, which was read, gives no figure"

MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure(
            "box-and-blocks",
            "Box and Blocks",
            "blocks in 60 s",
            0,
            None,
            HIGHER,
            ARM,
            "60 s [M]; modified and targeted versions exist [S]",
            (
                Detectable(
                    6.5,
                    "MDC",
                    "Resnik and Borgia 2012, J Prosthet Orthot, 73 people with arm amputation; abstract at "
                    "scilit.net, which does not say at what confidence",
                    READ,
                    version="modified",
                ),
            ),
            versioned=True,
            wholes=True,
        ),
        Measure(
            "clothespin",
            "Clothespin relocation",
            "s for 3 pins",
            0,
            None,
            LOWER,
            ARM,
            "3 pins, able-bodied 4.1 s up and 4.0 s down [S]",
            versioned=True,
            note="up and down are versions; the refined test is scored otherwise and is none of them",
        ),
        Measure(
            "acmc",
            "ACMC",
            "points",
            0,
            100,
            HIGHER,
            ARM,
            "version 3: 22 items of 0 to 3, Rasch-scaled to 0 to 100 by its site [S]",
            rated=True,
            versioned=True,
            note="no smallest detectable change is known in these points",
        ),
        Measure(
            "acmc-logit",
            "ACMC, in logits",
            "logit",
            -20,
            20,
            HIGHER,
            ARM,
            "version 2 is reported in logits [S]; the ends are ours, wide",
            (
                Detectable(0.55, "MDC95", f"{_ACMC}, one rater; at most so much", READ, "2", raters=1),
                Detectable(0.69, "MDC95", f"{_ACMC}, two raters", READ, "2", raters=2),
            ),
            rated=True,
            versioned=True,
        ),
        Measure(
            "shap",
            "SHAP index of function",
            "points",
            0,
            100,
            HIGHER,
            ARM,
            "26 tasks, 100 is normal [M]",
        ),
        Measure("dash", "DASH", "points", 0, 100, LOWER, ARM, "0 no disability, 100 the most [M]"),
        Measure(
            "amp",
            "AMP",
            "points",
            0,
            47,
            HIGHER,
            LEG,
            "with prosthesis 0 to 42, 47 with an aid; without 0 to 38, 43 with an aid [S]",
            (Detectable(3.4, "MDC90", _LEGS, REMEMBERED),),
            versioned=True,
            note="versions: with prosthesis, without prosthesis",
        ),
        Measure(
            "2mwt",
            "2-minute walk",
            "m",
            0,
            None,
            HIGHER,
            LEG,
            "predicts the 6-minute walk, R2 0.91 [S]",
            (Detectable(34.0, "MDC90", _LEGS, REMEMBERED),),
        ),
        Measure(
            "6mwt",
            "6-minute walk",
            "m",
            0,
            None,
            HIGHER,
            LEG,
            "FACTS section 7",
            (Detectable(45.0, "MDC90", _LEGS, REMEMBERED),),
        ),
        Measure(
            "plus-m",
            "PLUS-M",
            "T",
            0,
            100,
            HIGHER,
            LEG,
            "T-score [S]; the ends are ours, wide",
            versioned=True,
            note="versions: the form used; its smallest detectable change was not found readable "
            "(Hafner et al. 2016, J Rehabil Res Dev 53:797)",
        ),
        Measure(
            "abc",
            "ABC balance confidence",
            "points",
            0,
            100,
            HIGHER,
            LEG,
            "0 to 100, or 0 to 4 in another version [M]",
            versioned=True,
        ),
        Measure("falls", "Falls", "since the last visit", 0, None, LOWER, BOTH, "a count", wholes=True),
        Measure(
            "socket-comfort",
            "Socket comfort score",
            "points",
            0,
            10,
            HIGHER,
            BOTH,
            "0 least, 10 most comfortable: Hanspal et al. 2003, pubmed 14617445 [S]",
            note="one person's change is not told reliably: pubmed 34748757 [S]",
        ),
        Measure("skin", "Skin", "problems found", 0, None, LOWER, BOTH, "a count; ours", wholes=True),
    )
}
"""By key. None of it is a score sheet: scores are entered as the test's own form gives them."""


def measure_named(key: str) -> Measure:
    """By key.

    Raises:
        EntryError: there is none; names those that there are.
    """
    one_of("measure", key, MEASURES)
    return MEASURES[key]
