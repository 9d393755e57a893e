"""What kind of person: each number with its source, and how people differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Traits:
    """One simulated person.

    "Set by data": so that a cued contraction spreads as those of the first half of the people in
    `../shared/data` do (`benchmarks.simulated_signal`, which keeps the others apart).

    Attributes:
        visual_delay_s: what they see is so old when their muscles answer it. Corrections of reaching begin
            0.16 s after the hand is seen to be off (Saunders and Knill, Exp Brain Res 2003).
        reaction_s, reaction_spread_s: from knowing what is wanted to the first excitation; a trained person's
            choice reaction, as in `sim.schedule`.
        rise_s: of excitation from nothing to all there is; half of it, for half of all, is the 0.15 s in
            which people reach a moderate force quickly. Ours.
        unlike, effort_unlike: spread (log) between two contractions that are meant to be the same: of each
            muscle's share, and of all together. Set by data, see below.
        wobble, wobble_own: spread (log) of excitation while it is held: of all muscles together (common
            drive) and of each on its own. Steady forces under visual feedback vary by 5 % (Jones et al., J
            Neurophysiol 2002); people without it, as here, by several times that. Set by data.
        wobble_s: how long such a deviation lasts: levels 0.2 s apart correlate by a half. Set by data.
        apart_s: spread of the moments at which the muscles of one contraction begin: channels reach half of
            their level 0.07 (forearm) and 0.13 s (leg) apart. Set by data.
        tone: excitation of a muscle at rest: nobody relaxes all the way. Ours, between the sets of data.
        tone_spread: of it (log) between muscles. Ours.
        least_effort, most_effort: range in which they work by choice: comfortable, not maximal. Ours.
        approach_s: they mean to arrive after about so long, so that speed falls with the distance left. Ours.
        decide_s: they look and decide again after so long. Tracking is corrected about twice a second (Craik,
            Br J Psychol 1947); a movement that has begun is judged more often. Ours, shorter than his.
        learning: share of a surprise by which they correct what they believe of the limb. Ours.
        tires_s: of effort 1 until half of it is gone. Ours.
        patience_s: they give up a trial after so long. Ours.
    """

    visual_delay_s: float = 0.16
    reaction_s: float = 0.25
    reaction_spread_s: float = 0.05
    rise_s: float = 0.30
    unlike: float = 0.15
    effort_unlike: float = 0.08
    wobble: float = 0.17
    wobble_own: float = 0.15
    wobble_s: float = 0.45
    apart_s: float = 0.09
    tone: float = 0.02
    tone_spread: float = 0.4
    least_effort: float = 0.25
    most_effort: float = 0.75
    approach_s: float = 0.5
    decide_s: float = 0.20
    learning: float = 0.3
    tires_s: float = 120.0
    patience_s: float = 60.0


_SPREAD = 0.15
"""How much people differ in each of what `drawn` draws, as a share; ours."""
_DRAWN = (
    "visual_delay_s",
    "reaction_s",
    "rise_s",
    "unlike",
    "wobble",
    "approach_s",
    "decide_s",
    "effort_unlike",
    "wobble_own",
    "apart_s",
    "tone",
)


def drawn(seed: int, about: Traits | None = None) -> Traits:
    """One of many people: what `_DRAWN` names, log-normal about `about`'s."""
    about = about or Traits()
    rng = np.random.default_rng([seed, 23])
    factors = np.exp(rng.normal(0.0, _SPREAD, len(_DRAWN)))
    return replace(
        about,
        **{name: float(getattr(about, name) * by) for name, by in zip(_DRAWN, factors, strict=True)},
    )
