"""A source that comes back: what a person sees of it, over real wires and on a virtual clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.chunk import Chunk, empty_chunk
from innervate.core.clock import VirtualClock, now
from innervate.core.errors import SourceError, SourceLost, SourceNotFound
from innervate.core.link import LinkState
from innervate.drivers.cyton.codec import microvolts_per_count
from innervate.drivers.kept import KeptSource
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import ContextSource, SourceInfo
from innervate.drivers.table import kept_source, source_for
from innervate.sim.faults import Fault

from .wirebench import on_the_bench, read_rows, together

LSB = microvolts_per_count(24)
RATE_HZ = 1000.0


def test_a_cable_pulled_and_put_back_is_a_gap_and_no_error(tmp_path: Path) -> None:
    faults = (Fault("unplug", 100, 0.4),)
    with (
        on_the_bench(tmp_path, device="cyton", pattern_channels=8, pattern_lsb=LSB, faults=faults) as board,
        kept_source(SourceSettings("cyton", port=str(board.facts["port"]))) as source,
    ):
        chunks, links, until_s = [], set(), now() + 12
        while now() < until_s and (not chunks or sum(int(c.valid.any(axis=1).sum()) for c in chunks) < 160):
            chunks.append(source.read(3, now() + 0.05))
            links.add(source.link)
        assert LinkState.RECONNECTING in links
        assert source.link is LinkState.STREAMING
        assert "unplugged" in source.notice
    samples, valid, t_s = together(chunks)
    measured = valid.all(axis=1)
    assert measured[:100].all()
    away = np.flatnonzero(~measured)
    assert sum(c.lost for c in chunks) == len(away)
    assert (np.diff(away) == 1).all()  # one gap
    assert (samples[away] == samples[99]).all()  # nothing that nobody measured looks alive
    assert (np.diff(t_s) >= 0).all()
    assert (t_s[-1] - t_s[0]) * 250 == pytest.approx(len(samples) - 1, abs=6)
    np.testing.assert_array_equal(samples[:100], board.expected(0, 100))


class Scripted(ContextSource):
    """Sends as many rows as are due, when it is there; away: what the test says."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.info = SourceInfo("scripted", "amplifier", "", ("a", "b"), RATE_HZ, "uV")
        self.sends_hz = RATE_HZ
        self.says: SourceError | None = None
        self.silent = False
        self.opened = 0

    def open(self) -> None:
        if isinstance(self.says, SourceError):
            raise self.says
        self.opened += 1
        self._t0_s = self._clock.now()
        self._at = 0

    def close(self) -> None: ...

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        if isinstance(self.says, SourceError):
            raise SourceLost("the amplifier is unplugged", "plug it in")
        due_s = np.inf if self.silent else self._t0_s + (self._at + min_samples) / self.sends_hz
        self._clock.sleep_until(min(deadline_s, due_s))
        n = 0 if self.silent else int((self._clock.now() - self._t0_s) * self.sends_hz + 1e-6) - self._at
        if n <= 0:
            return empty_chunk(self._at, 2, self._clock.now())
        first, self._at = self._at, self._at + n
        samples = np.full((n, 2), 7.0, np.float32)
        t_s = self._t0_s + (first + 1 + np.arange(n)) / RATE_HZ
        return Chunk(first, samples, np.ones((n, 2), np.bool_), t_s, self._clock.now())


@pytest.fixture
def scripted() -> Any:
    clock = VirtualClock(100.0)
    inner = Scripted(clock)
    with KeptSource(inner, clock, (0.001,)) as kept:
        yield clock, inner, kept


def turns(clock: VirtualClock, kept: KeptSource, seconds: float) -> list[Chunk]:
    chunks, until_s = [], clock.now() + seconds
    while clock.now() < until_s:
        chunks.append(kept.read(10, clock.now() + 0.01))
    return chunks


def found_again(clock: VirtualClock, kept: KeptSource) -> list[Chunk]:
    """Until the thread that looks for it, which lives in real time, has it."""
    chunks, until_s = [], now() + 5
    while kept.link is LinkState.RECONNECTING and now() < until_s:
        chunks += turns(clock, kept, 0.01)
    return chunks


def test_while_it_is_away_rows_come_at_its_rate_and_none_is_valid(scripted: Any) -> None:
    clock, inner, kept = scripted
    turns(clock, kept, 0.5)
    inner.says = SourceNotFound("no serial port")
    away = turns(clock, kept, 2.0)
    assert kept.link is LinkState.RECONNECTING
    rows = sum(len(c) for c in away)
    assert rows == pytest.approx(2000, abs=40)
    assert not any(c.valid.any() for c in away)
    assert sum(c.lost for c in away) == rows
    inner.says = None
    found_again(clock, kept)
    back = turns(clock, kept, 0.5)
    assert kept.reconnects == 1
    assert back[-1].valid.all()


def test_indices_join_over_an_interruption(scripted: Any) -> None:
    clock, inner, kept = scripted
    chunks = turns(clock, kept, 0.3)
    inner.says = SourceNotFound("no serial port")
    chunks += turns(clock, kept, 0.3)
    inner.says = None
    chunks += found_again(clock, kept)
    chunks += turns(clock, kept, 0.3)
    samples, valid, t_s = together(chunks)
    assert len(samples) == pytest.approx((t_s[-1] - t_s[0]) * RATE_HZ + 1, abs=1.5)
    assert valid[:300].all()
    assert valid[-200:].all()


def test_a_board_that_is_switched_off_is_silent_and_then_looked_for(scripted: Any) -> None:
    clock, inner, kept = scripted
    turns(clock, kept, 0.5)
    inner.silent = True
    turns(clock, kept, 1.0)
    assert kept.link is LinkState.SILENT
    turns(clock, kept, 3.0)
    assert "sent nothing for 3 s" in kept.notice
    inner.silent = False
    found_again(clock, kept)
    assert inner.opened >= 2
    turns(clock, kept, 0.2)
    assert kept.link is LinkState.STREAMING


@pytest.mark.parametrize("sends_hz", [500.0, 2000.0, 900.0])
def test_a_device_that_lies_about_its_rate_is_noticed(scripted: Any, sends_hz: float) -> None:
    clock, inner, kept = scripted
    inner.sends_hz = sends_hz
    turns(clock, kept, 3.0)
    assert kept.link is LinkState.WRONG_RATE
    assert kept.measured_rate_hz == pytest.approx(sends_hz, rel=0.03)


def test_a_backlog_comes_in_short_pieces(scripted: Any) -> None:
    clock, _, kept = scripted
    turns(clock, kept, 0.2)
    clock.advance(1.0)  # the process was stopped
    pieces = turns(clock, kept, 0.05)
    longest = max(len(c) for c in pieces)
    assert longest <= 50
    together(pieces := [replace(c, first_index=c.first_index - pieces[0].first_index) for c in pieces])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate_hz": 500.0}, "came back with 500 Hz instead of 1000 Hz"),
        ({"channels": ("a", "c")}, "came back with channels a, c instead of a, b"),
        ({"unit": "a.u."}, "came back with unit a.u. instead of uV"),
    ],
)
def test_another_amplifier_in_its_place_is_refused(scripted: Any, change: dict[str, Any], said: str) -> None:
    clock, inner, kept = scripted
    turns(clock, kept, 0.1)
    inner.says = SourceNotFound("no serial port")
    turns(clock, kept, 0.05)
    inner.info = replace(inner.info, **change)
    inner.says = None
    with pytest.raises(SourceLost, match=said):
        found_again(clock, kept)


def test_what_no_patience_mends_ends_it(scripted: Any) -> None:
    clock, inner, kept = scripted
    turns(clock, kept, 0.1)
    inner.says = SourceError("no permission for serial port", "join the group dialout")
    turns(clock, kept, 0.05)
    with pytest.raises(SourceLost, match="no permission"):
        found_again(clock, kept)


def test_a_recording_just_ends(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such recording"):
        kept_source(SourceSettings("playback", path=str(tmp_path / "none.npz")))
    assert type(source_for(SourceSettings("lsl"))) is not KeptSource


def test_read_rows_is_the_same_with_and_without(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, device="cyton", pattern_channels=8, pattern_lsb=LSB) as board,
        kept_source(SourceSettings("cyton", port=str(board.facts["port"]))) as source,
    ):
        samples, valid, _ = together(read_rows(source, 60, 3))
    assert valid.all()
    np.testing.assert_array_equal(samples, board.expected(0, len(samples)))
