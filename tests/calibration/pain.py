"""People in the follow-up, made up for tests."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from innervate.calibration.followup.people import Pain, PainVisit, Person, PromisScore

SURGERY = date(2025, 1, 1)


def on(day):
    """Day 0 is surgery."""
    return SURGERY + timedelta(days=day)


def visit(day, worst=None, id_=None, **more):
    """Phantom pain, worst NRS; other answers by name."""
    more.setdefault("phantom", Pain(worst=worst))
    return PainVisit(id_ or f"v{day}", on(day), **more)


def person(id_="a", *visits, tmr="secondary", **more):
    """Amputated a year before TMR, or at it."""
    amputation = SURGERY if tmr == "primary" else on(-400)
    return Person(id_, tmr, amputation, SURGERY, tuple(visits), **more)


nrs = st.none() | st.integers(0, 10)
pains = st.builds(Pain, said=st.none() | st.booleans(), worst=nrs, average=nrs)
scores = st.builds(
    PromisScore,
    domain=st.sampled_from(("interference", "intensity")),
    form=st.sampled_from(("4a", "8a")),
    version=st.sampled_from(("1.0", "1.1")),
    t=st.integers(30, 80),
)


@st.composite
def visits(draw):
    """Some visits on days from before the baseline to after the last window, ids apart."""
    days = draw(st.lists(st.integers(-300, 1200), max_size=6))
    return tuple(
        PainVisit(
            f"v{at}",
            on(day),
            draw(pains),
            draw(pains),
            neuroma_tender=draw(st.none() | st.booleans()),
            opioid_mg_day=draw(st.none() | st.integers(0, 90)),
            promis=tuple(draw(st.lists(scores, max_size=2, unique_by=lambda s: s.instrument))),
        )
        for at, day in enumerate(days)
    )


@st.composite
def people(draw, most=8):
    """A cohort: some leave, some are simulated."""
    found = []
    for at in range(draw(st.integers(0, most))):
        seen = draw(visits())
        last = max((v.on for v in seen), default=SURGERY)
        withdrew, died = (
            draw(st.none() | st.integers(0, 500).map(lambda d, last=last: last + timedelta(days=d)))
            for _ in range(2)
        )
        tmr = draw(st.sampled_from(("primary", "secondary")))
        more = {"simulated": draw(st.booleans()), "withdrew": withdrew, "died": died}
        found.append(person(f"p{at}", *seen, tmr=tmr, **more))
    return found
