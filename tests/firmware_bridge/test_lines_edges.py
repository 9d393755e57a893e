"""Several devices behind one guard at the bounds; what happens to each: test_lines.py."""

from __future__ import annotations

import pytest
from innervate.core.command import Setpoint
from innervate.core.state import Reason, State
from innervate.firmware_bridge.lines import LimbLines
from innervate.firmware_bridge.requests import Verb

from .guard_bench import MOVE
from .line_bench import LineBench, state
from .test_lines import Arm


def test_of_several_each_question_is_answered_for_all() -> None:
    first, second = LineBench(), LineBench()
    both = LimbLines((first.line, second.line))
    assert both.wants_seat
    first.seat()
    assert both.wants_seat
    second.seat()
    assert not both.wants_seat
    assert both.parts == (6, 6)
    assert both.files() == [7, 7]
    first.limb.frames_sent, second.limb.frames_bad = 3, 4
    assert both.frames == (3, 0, 4)
    first.hear(0.1)
    assert (both.quiet(0.1), both.silent(0.251), both.answering(0.251)) == (True, True, False)
    assert (both.answers(0.251), both.follows(0.1)) == ((True, False), (True, False))
    assert both.troubles(0.251, clearing=False) == (Reason.NONE, Reason.LIMB_SILENT)
    second.hear(0.2, state(0.2, 1.0))
    assert not both.at_rest(0.2)
    second.limb.takes, second.limb.wants_to_write = False, True
    assert not both.speak(0.2, Setpoint((0.0,) * 12, (0.0,) * 12))
    assert both.waits
    both.clear((True, False))
    assert (first.limb.cleared, second.limb.cleared) == (1, 0)
    first.limb.plugged = False
    both.listen(0.21)
    assert both.lost
    assert both.reconnects == 0
    both.leave()
    assert (first.limb.left, second.limb.left) == (0, 1)


def test_a_movement_waits_for_every_device_of_the_limb() -> None:
    """Muscles ask for one movement: the hand does not close while the elbow is not yet following."""
    arm = Arm()
    arm.moving()
    arm.elbow.takes = False
    arm.run(0.05, **MOVE)
    arm.assert_still(0.3, **MOVE)
    assert arm.guard.state is State.ACTIVE
    arm.elbow.takes = True
    before = arm.setpoint
    arm.run(0.1, **MOVE)
    assert arm.setpoint != before


@pytest.mark.parametrize("first", [True, False])
def test_a_release_goes_on_behind_and_before_the_device_that_fails(first: bool) -> None:
    arm = Arm()
    arm.moving()
    arm.run(0.3, **MOVE)
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.run(0.1)
    failed, other = (arm.body, arm.elbow) if first else (arm.elbow, arm.body)
    failed.plugged = False
    arm.run(0.05)
    before = other.position
    arm.run(0.2)
    assert arm.guard.state is State.PROMPTING
    assert other.position != before


def test_where_none_has_a_fault_there_is_none_and_a_pause_of_ours_is_forgiven_to_all() -> None:
    first, second = LineBench(), LineBench()
    both = LimbLines((first.line, second.line))
    assert both.newest.fault == 0
    second.hear(0.01, state(0.01, fault=5))
    assert both.newest.fault == 5
    assert both.quiet(0.1)
    both.forgive(0.1)
    assert not both.quiet(0.1)
