"""The Inspire driver against the virtual hand: what it asks and writes, on a clock of our own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.command import Setpoint
from innervate.core.errors import ProfileError
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.inspire.codec import (
    Read,
    Register,
    Write,
    closed_percent,
    pack_six,
)
from innervate.firmware_bridge.inspire.device import (
    ANSWER_S,
    Options,
    open_limb,
)
from innervate.firmware_bridge.settings import PartSettings

from .hand_bench import at
from .inspire_bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


def test_asking_moves_nothing_and_tells_all(bench: Bench) -> None:
    before = list(bench.hand.position)
    said = bench.ready()
    assert all(isinstance(request, Read) for _, request in bench.asked)
    assert bench.hand.position == before
    assert said.position_deg == pytest.approx([closed_percent(round(raw)) for raw in before])
    assert said.temperature_c == (30.0,) * 6
    assert said.force_n == (0.0,) * 6
    assert said.limiting == (False,) * 6
    assert said.fault == 0


def test_a_far_target_of_somebody_else_is_taken_back_before_the_hand_is_made_quicker(bench: Bench) -> None:
    bench.hand.target = [0] * 6
    bench.hand.put(Register.SPEED_SET, b"\x14\x00" * 6)
    said = bench.ready()
    bench.run(0.15, lambda _: at(*said.position_deg))
    writes = [request.address for _, request in bench.asked if isinstance(request, Write)]
    assert writes[0] == Register.ANGLE_SET
    assert writes.index(Register.ANGLE_SET) < writes.index(Register.FORCE_SET)
    assert bench.hand.target == pytest.approx([1000 - 10 * deg for deg in said.position_deg], abs=1)
    assert bench.hand.six(Register.FORCE_SET) == (500,) * 6
    assert bench.hand.six(Register.SPEED_SET) == (200,) * 6


def test_the_hand_follows_the_set_point_and_its_speed(bench: Bench) -> None:
    start = bench.ready().position_deg
    t0 = bench.t_s
    bench.run(0.2, lambda _: at(*start))

    def ramp(t_s: float) -> Setpoint:
        return Setpoint(tuple(deg + 60.0 * max(t_s - t0 - 0.2, 0.0) for deg in start), (60.0,) * 6)

    bench.run(0.8, ramp)
    wanted = ramp(bench.t_s).position_deg
    # 66 ms of the hand itself, a heartbeat or two of ours: at 60 percent a second about 6 percent.
    lag = [a - b for a, b in zip(wanted, bench.said[-1].position_deg, strict=True)]
    assert all(0.0 < percent < 7.0 for percent in lag)
    assert bench.hand.six(Register.SPEED_SET) == (600,) * 6  # 75 percent a second
    bench.run(0.3, lambda _: at(*wanted))
    assert bench.said[-1].position_deg == pytest.approx(wanted, abs=0.06)


@pytest.mark.parametrize(
    ("delay_s", "sets_s", "reads_s"), [(0.0002, 0.0101, 0.041), (0.0012, 0.016, 0.09), (0.0035, 0.021, 0.10)]
)
def test_a_heartbeat_is_never_overrun(delay_s: float, sets_s: float, reads_s: float) -> None:
    """A quick hand, one behind a USB adapter, and one as slow as a third party measured (6 ms a question)."""
    bench = Bench(delay_s)
    said = bench.ready()
    bench.asked.clear()
    start_s = bench.t_s
    bench.run(1.0, lambda t_s: at(*said.position_deg, rate=30.0 + 60.0 * (t_s > start_s + 0.5)))
    for register, most_s in (
        (Register.ANGLE_SET, sets_s),
        (Register.ANGLE_ACT, sets_s),
        (Register.FORCE_ACT, reads_s),
        (Register.ERROR, reads_s),
    ):
        times = bench.times(register)
        gaps = [b - a for a, b in pairwise(times)]
        assert max(gaps) < most_s, register
    assert bench.limb.unanswered == 0
    assert bench.hand.at_once == 0
    bench.close()


def test_a_hand_slower_than_a_heartbeat_is_known_to_be_asked() -> None:
    """The guard seats its set-point on the answer to a question of which it knows that it was put."""
    bench = Bench(delay_s=0.0162)
    put: list[bool] = []
    ask = bench.limb.ask

    def noted() -> bool:
        put.append(ask())
        return put[-1]

    bench.limb.ask = noted  # type: ignore[method-assign]
    bench.run(0.3)
    said = bench.said[-1]
    assert 4 <= sum(put) <= 12
    bench.run(0.2, lambda _: at(*said.position_deg))
    assert bench.hand.targets >= 3
    assert bench.limb.unanswered == 0
    bench.close()


def test_lost_answers_stop_nothing_and_only_the_newest_set_point_goes_out(bench: Bench) -> None:
    said = bench.ready()
    bench.run(0.2, lambda _: at(*said.position_deg))
    bench.talks = False
    bench.asked.clear()
    start_s = bench.t_s
    bench.run(0.3, lambda t_s: at(20.0 + 10.0 * (t_s - start_s)))
    times = [t_s for t_s, _ in bench.asked]
    assert all(b - a > ANSWER_S for a, b in pairwise(times[1:]))
    assert 5 <= bench.limb.unanswered <= 10
    bench.talks = True
    bench.asked.clear()
    bench.run(0.2, lambda _: at(24.0))
    sets = [request for _, request in bench.asked if request.address == Register.ANGLE_SET]
    assert len(sets) > 10
    assert bench.hand.target == [760] * 6
    # It may have been switched off meanwhile: what it must know is told again.
    assert {Register.FORCE_SET, Register.SPEED_SET} <= {request.address for _, request in bench.asked}


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.floats(0.01, 0.12), st.booleans(), st.booleans()), min_size=1, max_size=6),
    st.floats(0.0, 0.02),
)
def test_whatever_is_lost_one_question_at_a_time_and_in_the_end_the_newest_set_point(
    spells: list[tuple[float, bool, bool]], delay_s: float
) -> None:
    bench = Bench(delay_s)
    bench.run(0.3)
    for number, (seconds, talks, holds) in enumerate(spells):
        bench.talks = talks
        bench.run(seconds, (lambda _, n=number: at(30.0 + n)) if holds else None)  # type: ignore[misc]
    bench.talks = True
    bench.run(0.2)  # as the guard does after a silence
    bench.asked.clear()
    bench.run(0.4, lambda _: at(50.0, rate=10.0))
    assert bench.hand.six(Register.ANGLE_SET) == (500,) * 6
    assert {request.data for _, request in bench.asked if request.address == Register.ANGLE_SET} == {  # type: ignore[union-attr]
        pack_six((500,) * 6)
    }
    assert bench.hand.six(Register.FORCE_SET) == (500,) * 6
    bench.close()


def test_leaving_holds_where_it_is(bench: Bench) -> None:
    said = bench.ready()
    bench.run(0.1, lambda _: at(60.0, rate=30.0))  # under way
    bench.run(0.05, lambda _: at(60.0))
    bench.limb.leave()
    bench.hear()
    request = bench.asked[-1][1]
    assert isinstance(request, Write)
    assert request.address == Register.ANGLE_SET
    bench.answer_now()
    bench.run(0.2)
    assert bench.said[-1].position_deg < (60.0,) * 6
    assert bench.said[-1].position_deg != said.position_deg


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_what_is_no_number_is_not_sent(bench: Bench, wrong: float) -> None:
    bench.ready()
    assert not bench.limb.hold(at(wrong))
    assert not bench.limb.hold(at(10.0, rate=wrong))
    bench.run(0.1)
    assert bench.hand.targets == 0


@pytest.mark.parametrize(
    ("name", "value"), [("id", "0"), ("id", "255"), ("force_g", "49"), ("force_g", "1001"), ("speed", "1")]
)
def test_settings_that_cannot_be_are_named(name: str, value: str) -> None:
    part = PartSettings("inspire-rh56", "unused", 115_200, options=((name, value),))
    with pytest.raises(ProfileError, match=name):
        open_limb(part)


def test_settings_at_their_bounds_are_taken() -> None:
    for hand_id, force_g in ((1, 50), (254, 1000)):
        assert Options(hand_id, force_g).force_g == force_g


def test_while_a_question_is_under_way_nothing_counts_as_sent(bench: Bench) -> None:
    bench.ready()
    bench.beats_no_more()
    assert bench.limb.ask()
    assert not bench.limb.ask()
    assert not bench.limb.hold(at(20.0))
    bench.hear()
    bench.run(0.1)
    assert bench.hand.six(Register.ANGLE_SET) == (800,) * 6
    assert bench.limb.hold(at(21.0))
    bench.hear()


def test_it_is_slower_than_its_set_point_never() -> None:
    """SPEED_SET 1000 is 125 percent a second: the set-point stays below."""
    assert all(
        joint.max_rate_deg_s <= 125.0 for joint in part_model(PartSettings("inspire-rh56", "p")).joints
    )
