"""What a loop's decisions teach about turns, and when it comes into force."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.follower import TurnFollower
from innervate.models.following import EVERY_S, LEAST_S, STRETCH_S, Following
from innervate.models.templates import TemplateDecoder

from .template_decoders import PENALTIES, SIZE, decoder

REST = 1
STEP_S, WINDOW_S = 0.01, 0.2
WHOLE, EVERY = round(LEAST_S / STEP_S), round(EVERY_S / STEP_S)


class Use:
    """Decisions of windows by chance, said to be of any class."""

    def __init__(self, step_s: float = STEP_S) -> None:
        self.trained = self.decoder = decoder()
        self.following = Following(self.trained, REST, step_s, WINDOW_S)
        self.seen: list[tuple[np.ndarray, np.ndarray]] = []
        self._rng = np.random.default_rng(0)

    def see(self, said: int, times: int, trusted: bool = True) -> TemplateDecoder:
        for _ in range(times):
            x = 5.0 * self._rng.normal(size=SIZE)
            self.decoder.decide(x)
            posterior = np.full(4, 0.02)
            posterior[said] = 0.94
            self.seen.append((x, posterior))
            self.decoder = self.following.after(self.decoder, said, posterior, trusted)
        return self.decoder

    def taught(self, *stretches: range) -> np.ndarray:
        """Penalties after learning these of what was seen."""
        follower = TurnFollower(self.trained, REST)
        for rows in stretches:
            x = np.array([self.seen[i][0] for i in rows])
            follower.learn(self.trained.intact.by_turn(x), np.log([self.seen[i][1] for i in rows]))
        return follower.penalties


def test_a_stretch_is_its_whole_windows_twenty_a_second():
    use = Use()
    use.see(0, 60)
    assert use.see(REST, WHOLE).penalties == pytest.approx(use.taught(range(WHOLE - 1, 60, EVERY)))
    assert not np.array_equal(use.decoder.penalties, PENALTIES)
    assert use.decoder.turn == use.decoder.penalties.argmin()


def test_decisions_half_as_often_teach_the_same_windows():
    use = Use(0.025)
    use.see(0, 30)
    assert use.see(REST, 8).penalties == pytest.approx(use.taught(range(7, 30, 2)))


def test_a_long_movement_is_several_stretches():
    use = Use()
    use.see(2, 400)
    length = EVERY * round(STRETCH_S / EVERY_S + 1)
    starts = range(WHOLE - 1, 400, length)
    assert len(starts) == 3
    stretches = [range(start, min(start + length, 400), EVERY) for start in starts]
    assert use.see(REST, WHOLE).penalties == pytest.approx(use.taught(*stretches))


def test_what_was_learnt_waits_for_rest_that_stands():
    use = Use()
    use.see(0, 60)
    use.see(2, 60)
    assert use.see(3, 500) is use.trained
    assert use.see(REST, WHOLE - 1) is use.trained
    use.see(0, 60)
    assert use.see(REST, WHOLE, trusted=False) is use.trained
    assert use.see(REST, WHOLE) is not use.trained


@pytest.mark.parametrize("times", [1, WHOLE - 1])
def test_a_flicker_teaches_nothing(times):
    use = Use()
    for said in (0, 2, 3, 0):
        use.see(said, times)
    assert use.see(REST, 3 * WHOLE) is use.trained


def test_rest_and_what_is_not_to_be_trusted_teach_nothing():
    use = Use()
    use.see(REST, 300)
    use.see(0, 300, trusted=False)
    assert use.see(REST, 300) is use.trained


def test_distrust_cuts_a_movement_in_two():
    use = Use()
    use.see(0, 40)
    use.see(0, 1, trusted=False)
    use.see(0, WHOLE - 1)
    assert use.see(REST, WHOLE).penalties == pytest.approx(use.taught(range(WHOLE - 1, 40, EVERY)))


def test_nothing_new_changes_nothing_and_no_matrix_is_made_anew():
    use = Use()
    use.see(0, 60)
    changed = use.see(REST, WHOLE)
    assert use.see(REST, 500) is changed
    for (matrix, _), (trained, _) in zip(changed.products, use.trained.products, strict=True):
        assert matrix is trained
    assert np.array_equal(use.trained.penalties, PENALTIES)
