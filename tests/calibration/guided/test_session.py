"""The session asks, listens, asks once more, and never differs by how samples come."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.calibration.guided.plan import LEG_RESTS, Plan, PlanError, Step, Timing, Wishes, plan_of
from innervate.calibration.guided.session import MOST_REDOS, Event, Session

from .muscles import QUICK, SIGNAL, Wearer, follow, quick_plan


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def test_six_movements_three_times_and_rest_take_less_than_five_minutes() -> None:
    six = ("open", "power", "pinch", "wrist flexion", "wrist extension", "pronation")
    plan = plan_of(Wishes(six))
    asked = [(step.movement, step.repetition) for step in plan.steps if not step.is_rest]
    assert sorted(asked) == sorted((name, rep) for name in six for rep in range(3))
    assert [step.position for step in plan.steps if step.is_rest] == [
        "sitting still",
        "reaching",
        "lifting",
        "walking",
    ]
    assert plan.minutes < 3.5  # leaves a minute and a half for what is asked again
    leg = plan_of(Wishes(("dorsiflexion",), leg=True))
    assert tuple(step.position for step in leg.steps if step.is_rest)[1:] == LEG_RESTS


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(()),
        Wishes(("rest",)),
        Wishes(("open", "open")),
        Wishes(("open",), repetitions=0),
        Wishes(("open",), side="up"),
        Wishes(("open",), positions=("on the head",)),
        Wishes(("open",), efforts=()),
        Wishes(("open",), own_words={"close": "grab"}),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_one_line(wishes: Wishes) -> None:
    with pytest.raises(PlanError) as refused:
        plan_of(wishes)
    assert "\n" not in str(refused.value)


def test_times_out_of_bounds_are_refused() -> None:
    with pytest.raises(PlanError, match=r"hold_s = 0\.1"):
        Timing(hold_s=0.1)


def test_the_wearer_reads_their_own_words_and_side() -> None:
    wishes = Wishes(("power",), side="right", own_words={"power": "squeeze the ball"}, call="Ann, 12")
    session = Session(plan_of(wishes, QUICK), SIGNAL)
    session.start()
    wearer = Wearer(session.plan)
    first = session.step
    assert first is not None
    session.push(wearer.whole(first, 0))
    session.push(np.zeros((round(0.5 * SIGNAL.rate_hz), 4), np.float32))
    view = session.view()
    assert (view.phase, view.text) == ("countdown", "Squeeze the ball, right limb.")
    assert view.how == "Comfortable, repeatable, not maximal."
    assert 0.9 < view.left_s <= 1.0


def test_a_good_wearer_is_asked_nothing_twice() -> None:
    plan = quick_plan()
    session = Session(plan, SIGNAL)
    events = follow(session, Wearer(plan))
    assert kinds(events).count("kept") == len(plan.steps)
    assert not {"again", "went on"} & set(kinds(events))
    assert session.redone == 0
    onsets = [r.judgement.onset_s for r in session.repetitions if not r.step.is_rest]
    assert all(onset is not None and abs(onset - 0.3) < 0.08 for onset in onsets)


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("late", (1.0, 1.1, 99.0)),
        ("early", (1.0, -0.6, 99.0)),
        ("short", (1.0, 0.3, 0.8)),
        ("weak", (0.0, 0.3, 99.0)),
        ("weak", (0.2, 0.3, 99.0)),
    ],
)
def test_one_repetition_is_asked_for_once_more(fault: str, done: tuple[float, float, float]) -> None:
    plan = quick_plan()
    bad = Step("power", 1)
    wearer = Wearer(plan, does=lambda step, attempt: done if step == bad and attempt == 0 else None)
    session = Session(plan, SIGNAL)
    events = follow(session, wearer)
    again = [event for event in events if event.kind == "again"]
    assert [(event.step, event.text != "") for event in again] == [(bad, True)]
    faulty = [r.judgement.faults for r in session.repetitions if not r.ok]
    assert faulty == [(fault,)]
    assert session.redone == 1


def test_noise_on_one_electrode_is_noticed_and_named() -> None:
    plan = quick_plan()
    bad = Step("open", 0)
    wearer = Wearer(plan, noise_on=lambda step, attempt: 2 if step == bad and attempt == 0 else None)
    session = Session(plan, SIGNAL)
    follow(session, wearer)
    noisy = [r for r in session.repetitions if "noisy" in r.judgement.faults]
    assert [r.step for r in noisy][:1] == [bad]
    assert noisy[0].judgement.bad_channels == (2,)


def test_it_asks_twice_at_most_then_goes_on_and_says_so() -> None:
    plan = quick_plan()
    bad = Step("open", 1)
    wearer = Wearer(plan, does=lambda step, _: (1.0, 1.1, 99.0) if step == bad else None)
    session = Session(plan, SIGNAL)
    events = follow(session, wearer)
    assert kinds(events).count("again") == MOST_REDOS
    told = [event for event in events if event.kind == "went on"]
    assert [event.step for event in told] == [bad]
    assert told[0].text == "Open began late each time. That is noted, and we go on."
    assert session.phase == "done"


def test_a_movement_without_signal_is_not_asked_for_again_each_time() -> None:
    plan = quick_plan(repetitions=3)
    wearer = Wearer(plan, does=lambda step, _: (0.0, 0.3, 99.0) if step.movement == "power" else None)
    session = Session(plan, SIGNAL)
    events = follow(session, wearer)
    assert kinds(events).count("again") == MOST_REDOS  # at its first repetition only
    assert kinds(events).count("went on") == 3


@pytest.mark.parametrize("when", ["ready", "relax", "hold"])
def test_it_hurts_ends_at_once_and_keeps_everything(when: str) -> None:
    plan = quick_plan()
    session = Session(plan, SIGNAL)
    wearer = Wearer(plan)
    if when == "ready":
        events = session.stop_hurts()
    else:
        follow(session, wearer, until=lambda s: len(s.repetitions) == 2)
        step = session.step
        assert step is not None
        more_s = {"relax": 0.2, "hold": 2.0}[when]
        session.push(wearer.whole(step, 0)[: round(more_s * SIGNAL.rate_hz)])
        assert session.phase == when
        events = session.stop_hurts()
        assert events[0].repetition is not None
        assert len(events[0].repetition.samples) == round(more_s * SIGNAL.rate_hz)
        assert events[0].repetition.stopped
    assert session.phase == "stopped"
    assert "Dr. Stone, 555 0100" in events[-1].text
    assert session.view().text == events[-1].text
    assert session.push(wearer.whole(plan.steps[1], 0)) == []
    assert session.start() == []
    assert session.stop_hurts() == []


def test_a_pause_begins_the_step_anew() -> None:
    plan = quick_plan()
    session = Session(plan, SIGNAL)
    wearer = Wearer(plan)
    follow(session, wearer, until=lambda s: len(s.repetitions) == 1)
    step = session.step
    assert step is not None
    session.push(wearer.whole(step, 0)[:600])
    session.pause()
    assert session.push(wearer.whole(step, 0)) == []
    assert (session.phase, session.step) == ("ready", step)
    follow(session, wearer)
    assert [r.index for r in session.repetitions] == list(range(len(plan.steps)))


def test_lost_samples_are_noise_and_nothing_that_is_no_number_is_kept() -> None:
    plan = quick_plan()
    session = Session(plan, SIGNAL)
    wearer = Wearer(plan)
    follow(session, wearer, until=lambda s: len(s.repetitions) == 1)
    step = session.step
    assert step is not None
    samples = wearer.whole(step, 0)
    valid = np.ones(samples.shape, np.bool_)
    valid[800:1300], samples[800:1300] = False, np.nan
    session.push(samples, valid)
    assert "noisy" in session.repetitions[-1].judgement.faults
    assert np.isfinite(session.repetitions[-1].samples).all()


def _stream(plan: Plan) -> np.ndarray:
    late = Step("open", 0)
    wearer = Wearer(plan, does=lambda step, at: (1.0, 1.1, 99.0) if (step, at) == (late, 0) else None)
    session = Session(plan, SIGNAL)
    parts: list[np.ndarray] = []
    session.start()
    counts: dict[Step, int] = {}
    while session.step is not None:
        step = session.step
        parts.append(wearer.whole(step, counts.get(step, 0)))
        counts[step] = counts.get(step, 0) + 1
        session.push(parts[-1])
    return np.concatenate(parts)


_PLAN = quick_plan(repetitions=1)
_STREAM = _stream(_PLAN)


def _told(cuts: list[int]) -> list[object]:
    session = Session(_PLAN, SIGNAL)
    events = session.start()
    edges = [0, *sorted(cut for cut in cuts if cut < len(_STREAM)), len(_STREAM)]
    for first, end in pairwise(edges):
        events += session.push(_STREAM[first:end])
    plain: list[object] = [replace(event, repetition=None) for event in events]
    for repetition in session.repetitions:
        plain += [repetition.samples.tobytes(), repetition.judgement, repetition.cue, repetition.quiet_power]
    return plain


_WHOLE = _told([])


@settings(max_examples=10)
@given(st.lists(st.integers(1, len(_STREAM) - 1), max_size=60))
def test_any_chunking_gives_the_same_session(cuts: list[int]) -> None:
    assert _told(cuts) == _WHOLE
    assert "again" in [getattr(event, "kind", "") for event in _WHOLE]
