"""What a tree of objects remembers, put into a tree made anew: it goes on as the first one would have."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np
import pytest
from innervate.core.command import LimbState
from innervate.core.snapshot import Memory
from innervate.core.state import Reason, State


def ours(kind: type) -> type:
    """As if it stood in the package."""
    kind.__module__ = "innervate.tests.made_up"
    return kind


@ours
class Filter:
    def __init__(self) -> None:
        self.state = np.zeros((2, 3))
        self.row = self.state[1]
        ring = np.zeros((4, 3))
        self.places = [(ring[k], ring[k, ::-1]) for k in range(4)]
        self.recent: deque[float] = deque(maxlen=3)
        self.tail = np.empty((0, 3), np.float32)
        self.count = np.int64(0)

    def push(self, x: float) -> float:
        self.state *= 0.9
        self.row += x
        self.places[int(self.count) % 4][0][:] = x
        self.recent.append(x)
        self.count = self.count + np.int64(1)
        self.tail = np.full((int(self.count) % 3, 3), x, np.float32)
        return float(
            self.state.sum() + sum(place[1][0] for place in self.places) + sum(self.recent) + self.tail.sum()
        )


@ours
class End:
    remembers_nothing = True

    def __init__(self) -> None:
        self.what = object()


@ours
class Tree:
    def __init__(self) -> None:
        self.filters = (Filter(), Filter())
        self.again = self.filters[0]
        self.end = End()
        self.state = State.STOPPED
        self.counts: dict[Reason, int] = {}
        self.said: LimbState | None = None
        self.limb: Filter | None = Filter()
        self.call = self.push
        self.x = 0.0

    def push(self, x: float) -> tuple[float, ...]:
        self.x = x
        self.state = State.ACTIVE if x > 0 else State.HOLDING
        self.counts[Reason.CONTACT] = self.counts.get(Reason.CONTACT, 0) + 1
        self.said = LimbState(x, (x, -x), limiting=(True, False), fault=3)
        return tuple(one.push(x) for one in self.filters)


def gone_on(tree: Any) -> Any:
    out = [tree.push(float(x)) for x in np.random.default_rng(3).normal(size=10)]
    return out, tree.state, tree.counts, tree.said, tree.x, tree.limb is None


@pytest.mark.parametrize("before", [0, 1, 2, 7])
def test_a_restored_tree_goes_on_as_the_first_one(before: int) -> None:
    tree, other = Tree(), Tree()
    memory, into = Memory(tree), Memory(other)
    for x in np.random.default_rng(before).normal(size=before):
        tree.push(float(x))
    tree.limb = None
    into.put(memory.take())
    assert other.filters[0].row.base is other.filters[0].state
    assert into.take() == memory.take()
    assert other.state is tree.state
    assert gone_on(other) == gone_on(tree)


def test_numbers_that_are_none_come_back() -> None:
    tree, other = Tree(), Tree()
    memory, into = Memory(tree), Memory(other)
    tree.x = math.inf
    tree.filters[1].state[0, 0] = math.nan
    into.put(memory.take())
    assert other.x == math.inf
    assert math.isnan(other.filters[1].state[0, 0])


@pytest.mark.parametrize("damage", [b"", b"\1\0\0\0", b"\2\0\0\0{}", b"\7\0\0\0[[],[]]", b"\4\0\0\0null"])
def test_what_is_no_snapshot_of_this_tree_is_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Memory(Tree()).put(damage)


def test_a_snapshot_can_make_no_object_but_data_of_ours() -> None:
    tree, other = Tree(), Tree()
    memory, into = Memory(tree), Memory(other)
    tree.push(1.0)
    for name in (b"os:system", b"innervate.core.clock:MonotonicClock", b"innervate.core.nothing:LimbState"):
        content = memory.take()
        evil = content.replace(b"innervate.core.command:LimbState", name)
        length = int.from_bytes(content[:4], "little") + len(evil) - len(content)
        with pytest.raises(ValueError, match=r"of ours|neither"):
            into.put(length.to_bytes(4, "little") + evil[4:])
