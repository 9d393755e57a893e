"""Who sees what in the default decoder's committee."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.committee import ABSENT, MEMBERS, committee
from innervate.calibration.default_decoder import FittedDefault
from innervate.core.errors import BundleError
from innervate.models.signal.features import Features

from .ring import right, ring


def names(channels: int) -> tuple[str, ...]:
    return Features("default", 40, 10, channels).names


def unseen(members: np.ndarray, channels: int) -> list[set[int]]:
    """Channels that each member goes without, by features of a single one."""
    single = [names(channels).index(f"log m0[{c}]") for c in range(channels)]
    return [set(np.flatnonzero(~member[single]).tolist()) for member in members]


@pytest.mark.parametrize(("channels", "absent"), [(4, 1), (7, 1), (8, 2), (16, 4), (64, 16)])
def test_each_goes_without_neighbours_and_every_electrode_is_missed_as_often(channels, absent):
    gone = unseen(committee(names(channels), range(channels)), channels)
    assert len(gone) == min(MEMBERS, channels)
    assert absent == channels // ABSENT
    for each in gone:
        assert len(each) == absent
        assert any(each == {(start + i) % channels for i in range(absent)} for start in range(channels))
    often = np.bincount([c for each in gone for c in each], minlength=channels)
    assert np.ptp(often) <= (channels % MEMBERS != 0)


def test_a_pair_is_not_seen_without_both():
    members, found = committee(names(8), range(8)), unseen(committee(names(8), range(8)), 8)
    for member, gone in zip(members, found, strict=True):
        for column, name in enumerate(names(8)):
            if name.startswith("log C"):
                pair = {int(c) for c in name[name.index("[") + 1 : -1].split(",")}
                assert member[column] == (not pair & gone)


def test_of_what_is_left_after_a_loss_others_are_missed():
    left = [c for c in range(8) if c != 3]
    kept = [n for n in names(8) if "3" not in n[n.index("[") :]]
    members = committee(kept, left)
    single = [kept.index(f"log m0[{c}]") for c in left]
    assert (members[:, single].sum(axis=1) == 6).all()


def test_three_channels_have_no_committee():
    assert committee(names(3), range(3)).all()


def test_a_feature_that_does_not_name_its_channels_is_refused():
    with pytest.raises(BundleError, match="'level' does not name its channels"):
        committee(("level",), range(4))


def test_a_spoilt_electrode_costs_the_committee_less_than_the_one_who_sees_all():
    """An electrode's gain is another one today, too little to be told from a contraction."""
    made, today = FittedDefault(ring(movements=8)), ring(movements=8, wear=0.8, days=(5,), seed=3)
    alone = FittedDefault(ring(movements=8))
    alone.statistics = replace(made.statistics, members=np.ones_like(made.statistics.members[:1]))
    assert right(made.log_posterior(today), today) > right(alone.log_posterior(today), today)
