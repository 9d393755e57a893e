"""Times of samples and wrong rates, on a virtual clock: a device that is late, drifts, stalls and loses."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.core.chunk import MICROVOLT
from innervate.drivers import framed
from innervate.drivers.clock import RateWatch, SampleClock
from innervate.drivers.framed import FramedSource
from innervate.drivers.frames import Rows
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import SourceInfo
from innervate.drivers.wire import Wire
from numpy.typing import NDArray

RATE_HZ, PACKET = 1000.0, 10
DELAY_S = 0.002
SEED = st.integers(0, 2**32 - 1)


class ByteDecoder:
    """A row is one byte: its counter."""

    skipped = 0

    def feed(self, data: bytes) -> Rows:
        counter = np.frombuffer(data, np.uint8).astype(np.int64)
        return Rows(counter[:, None], counter)

    def missing(self, rows: int) -> int:
        return max(1, rows)


class PlannedWire:
    """Packets that arrive when they are planned to."""

    name = "planned"

    def __init__(self, t_s: NDArray[np.float64], lost: frozenset[int]) -> None:
        self.now_s = 0.0
        self._packets = [
            (float(t), bytes((k * PACKET + i) % 256 for i in range(PACKET)))
            for k, t in enumerate(t_s)
            if k not in lost
        ][::-1]

    def read(self, until_s: float, at_least: int = 1) -> bytes:
        del at_least
        if not self._packets or self._packets[-1][0] > max(until_s, self.now_s):
            self.now_s = max(until_s, self.now_s)
            return b""
        t_s, data = self._packets.pop()
        self.now_s = max(self.now_s, t_s)
        return data

    def write(self, data: bytes) -> None:
        """Nothing listens."""

    def close(self) -> None:
        """Nothing is open."""


class PlannedSource(FramedSource):
    modulus, first_counter = 256, 0

    def __init__(self, wire: PlannedWire) -> None:
        super().__init__(SourceSettings("planned"))
        self._planned = wire
        self._picked = (0,)
        self._info = SourceInfo("planned", "planned", "", ("ch1",), RATE_HZ, MICROVOLT)

    def _connect(self) -> Wire:
        return self._planned

    def _begin(self, wire: Wire) -> None:
        """It sends anyway."""

    def _decoder(self) -> ByteDecoder:
        return ByteDecoder()


def arrivals(seed: int, drift: float, seconds: float) -> NDArray[np.float64]:
    """When each packet arrives: 3 ms of jitter, now and then 40 ms, in order, never before it is sent."""
    random = np.random.default_rng(seed)
    n = int(seconds * RATE_HZ / PACKET)
    sent_s = 100.0 + (np.arange(n) * PACKET + PACKET - 1) / (RATE_HZ * (1 + drift))
    late_s = random.exponential(0.003, n) + np.where(random.random(n) < 0.01, 0.04, 0.0)
    late_s[0] = 0.0
    return np.asarray(np.maximum.accumulate(sent_s + DELAY_S + late_s))


def read_all(source: FramedSource, wire: PlannedWire, rows: int) -> tuple[NDArray[np.float64], int]:
    """[n] times of all rows, and how many were lost."""
    times: list[NDArray[np.float64]] = []
    lost = got = 0
    while got < rows:
        chunk = source.read(PACKET, wire.now_s + 1.0)
        if len(chunk):
            times.append(chunk.t_s)
            lost += chunk.lost
            got += len(chunk)
    return np.concatenate(times), lost


@pytest.mark.parametrize("drift", [-0.01, -2e-4, 0.0, 2e-4, 0.01])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SEED, st.frozensets(st.integers(1, 1000), max_size=20))
def test_times_of_a_late_and_drifting_device_stay_near_the_truth(
    monkeypatch: pytest.MonkeyPatch, drift: float, seed: int, lost: frozenset[int]
) -> None:
    seconds = 12.0
    wire = PlannedWire(arrivals(seed, drift, seconds), lost)
    monkeypatch.setattr(framed, "now", lambda: wire.now_s)
    source = PlannedSource(wire)
    source.open()
    t_s, counted = read_all(source, wire, int(seconds * RATE_HZ))
    assert counted == PACKET * len(lost)
    assert (np.diff(t_s) >= 0).all()
    truth_s = 100.0 + DELAY_S + np.arange(len(t_s)) / (RATE_HZ * (1 + drift))
    off_s = t_s - truth_s
    if abs(drift) <= 2e-4:
        assert np.abs(off_s).max() < 1e-3
    else:
        # A drift of 1 % is known after four seconds; until then it adds up.
        assert off_s.min() > -0.045
        assert off_s.max() < 4e-3
        assert np.abs(off_s[int(6 * RATE_HZ) :]).max() < 2.5e-3
    assert source._clock.rate_hz == pytest.approx(RATE_HZ * (1 + drift), rel=5e-4)


@given(SEED, st.sampled_from([-2e-4, 2e-4]))
@settings(max_examples=10, deadline=None)
def test_a_sample_is_as_late_as_it_is_late(seed: int, drift: float) -> None:
    """`behind_s` is by how much, within a millisecond; nothing is behind before the first sample."""
    clock = SampleClock(RATE_HZ)
    assert clock.behind_s(0, 1e6) == 0.0
    t_s = arrivals(seed, drift, 8.0)
    sent_s = 100.0 + (np.arange(len(t_s)) * PACKET + PACKET - 1) / (RATE_HZ * (1 + drift))
    for k, (at_s, due_s) in enumerate(zip(t_s.tolist(), (sent_s + DELAY_S).tolist(), strict=True)):
        newest = k * PACKET + PACKET - 1
        assert k == 0 or abs(clock.behind_s(newest, at_s) - (at_s - due_s)) < 1e-3
        clock.update(newest, at_s)
    clock.reset()
    assert clock.behind_s(0, 1e6) == 0.0


def delivered(
    rate_hz: float, seconds: float, burst_s: float, stalls: tuple[float, ...] = (), trickle_s: float = 0.0
) -> Iterator[tuple[int, float]]:
    """(rows, when): in bursts; after a stall of a second what has piled up, at once or trickling in."""
    sent, t_s = 0, 0.0
    while t_s < seconds:
        t_s += burst_s
        if any(at_s <= t_s < at_s + 1.0 for at_s in stalls):
            continue
        due = int(t_s * rate_hz) - sent
        if trickle_s and due > 3 * burst_s * rate_hz:
            due = math.ceil(burst_s * rate_hz * (1.0 + 1.0 / trickle_s))
        sent += due
        yield due, t_s


def first_wrong_s(watch: RateWatch, rows: Iterator[tuple[int, float]]) -> float:
    for n, t_s in rows:
        watch.count(n, 0, t_s)
        if watch.wrong:
            return t_s
    return math.inf


@pytest.mark.parametrize("burst_s", [0.001, 0.004, 0.016])
@pytest.mark.parametrize(("factor", "within_s"), [(0.97, 8.0), (1.03, 8.0), (0.5, 1.5), (2.0, 1.5)])
def test_a_wrong_rate_is_noticed(factor: float, within_s: float, burst_s: float) -> None:
    found_s = first_wrong_s(RateWatch(RATE_HZ), delivered(RATE_HZ * factor, 20.0, burst_s))
    assert found_s <= within_s


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([200.0, 1000.0, 2000.0]),
    st.sampled_from([0.002, 0.005, 0.016]),
    st.floats(-5e-3, 5e-3),
    st.lists(st.floats(0.05, 18.0), max_size=3).map(tuple),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_bursts_and_stalls_are_no_wrong_rate(
    rate_hz: float, burst_s: float, drift: float, stalls: tuple[float, ...], trickle_s: float
) -> None:
    watch = RateWatch(rate_hz)
    assert (
        first_wrong_s(watch, delivered(rate_hz * (1 + drift), 20.0, burst_s, stalls, trickle_s)) == math.inf
    )
    assert watch.measured_hz is not None
    watch.reset()
    assert (watch.measured_hz, watch.wrong) == (None, False)


@settings(max_examples=20, deadline=None)
@given(SEED, st.floats(0, 0.2))
def test_counted_losses_are_no_wrong_rate(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    watch = RateWatch(RATE_HZ)
    for rows, t_s in delivered(RATE_HZ, 12.0, 0.01):
        watch.count(rows, int(random.binomial(rows, share)), t_s)
        assert not watch.wrong


def test_a_stream_that_is_stamped_at_twice_its_rate_is_noticed() -> None:
    watch = RateWatch(RATE_HZ)
    for rows, t_s in delivered(RATE_HZ, 1.5, 0.01):
        watch.count(rows, rows // 2, t_s)
    assert watch.wrong
