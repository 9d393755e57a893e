"""A stream that ends and comes back: the same one, or said in one line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import SourceError, SourceLost, SourceNotFound
from innervate.core.link import LinkState
from innervate.drivers.kept import KeptSource
from innervate.drivers.lsl import source as lsl_source
from innervate.drivers.lsl.find import OWN_SOURCE_ID
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for

from .lslbench import Sender, read_rows

pylsl = pytest.importorskip("pylsl")
Make = Callable[..., Sender]


def lose(outlet: Sender, source: EmgSource) -> None:
    outlet.push(np.zeros((3, len(source.info.channels)), np.float32), now())
    read_rows(source, 3)
    outlet.outlet = None
    with pytest.raises(SourceLost, match="has ended"):
        read_rows(source, 1)
    source.close()


def test_the_sender_starts_again_and_its_samples_go_on(sender: Make) -> None:
    outlet = sender(["uV"])
    source = open_source(outlet.settings())
    lose(outlet, source)
    with pytest.raises(SourceNotFound):
        source_for(outlet.settings(find_s=0.2)).open()
    again = sender(["uV"], name=outlet.name, source_id=outlet.source_id)
    source.open()
    t_s = now()
    again.push(np.array([[7], [8], [9]], np.float32), t_s)
    chunk = read_rows(source, 3, 3)[0]
    assert (chunk.samples[:, 0].tolist(), chunk.first_index, chunk.lost) == ([7, 8, 9], 0, 0)
    np.testing.assert_allclose(chunk.t_s, t_s + np.array([-2e-3, -1e-3, 0]), atol=1e-6)
    source.close()


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ({"rate_hz": 500.0}, "500 Hz instead of 1000 Hz"),
        ({"labels": ["site 1", "site 0"]}, "channels site 1, site 0 instead of site 0, site 1"),
        ({"units": ["counts", "counts"]}, r"unit a\.u\. instead of uV"),
    ],
)
def test_a_stream_that_came_back_as_another_is_refused(sender: Make, back: dict[str, Any], said: str) -> None:
    outlet = sender(["uV", "uV"])
    source = open_source(outlet.settings())
    lose(outlet, source)
    units = back.pop("units", ["uV", "uV"])
    other = sender(units, name=outlet.name, source_id=outlet.source_id, **back)
    for _ in range(2):  # as often as it is tried
        with pytest.raises(SourceError, match=f"'{outlet.name}' came back with {said} \\(set it as it was"):
            source.open()
        source.close()
    other.outlet = None
    right = sender(["uV", "uV"], name=outlet.name, source_id=outlet.source_id)
    source.open()
    right.push(np.ones((2, 2), np.float32), now())
    assert len(read_rows(source, 2, 2)[0]) == 2
    source.close()


@pytest.mark.slow
def test_a_neighbours_stream_of_the_same_name_is_not_taken_instead(sender: Make) -> None:
    outlet = sender(["uV"], name="amp")
    source = open_source(SourceSettings("lsl", stream="amp", find_s=0.3))
    lose(outlet, source)
    neighbour = sender(["uV"], name="amp")
    with pytest.raises(SourceNotFound, match=outlet.source_id):
        source.open()
    source.close()
    # Nor where no name was given at all.
    only = open_source(SourceSettings("lsl", find_s=0.3))
    assert only.info.serial == neighbour.source_id
    lose(neighbour, only)
    sender(["uV"], name="third")
    with pytest.raises(SourceNotFound, match=neighbour.source_id):
        only.open()
    only.close()


def test_a_kept_source_comes_back_by_itself(sender: Make) -> None:
    outlet = sender(["uV"])
    source = KeptSource(source_for(outlet.settings(find_s=1.0)), back_off_s=(0.05,))
    with source:
        outlet.push(np.ones((10, 1), np.float32), now())
        read_rows(source, 10)
        outlet.outlet = None
        until_s = now() + 5
        while source.link is not LinkState.RECONNECTING and now() < until_s:
            source.read(10, now() + 0.01)
        again = sender(["uV"], name=outlet.name, source_id=outlet.source_id)
        while source.link is LinkState.RECONNECTING and now() < until_s:
            source.read(10, now() + 0.01)
            sleep(0.005)
        again.push(np.full((10, 1), 5, np.float32), now())
        values: list[float] = []
        while 5.0 not in values and now() < until_s:
            chunk = source.read(10, now() + 0.05)
            values += chunk.samples[chunk.valid[:, 0], 0].tolist()
        assert source.reconnects == 1
        assert 5.0 in values


@pytest.mark.slow
def test_a_limbs_own_outlet_is_never_the_only_amplifier(sender: Make) -> None:
    own = sender(["uV"], name="hand-emg", source_id=f"{OWN_SOURCE_ID}hand/emg")
    with pytest.raises(SourceNotFound, match="no LSL stream of type EMG"):
        open_source(SourceSettings("lsl", find_s=0.3))
    amplifier = sender(["uV"])
    assert source_for(SourceSettings("lsl")).info.serial == amplifier.source_id
    assert source_for(SourceSettings("lsl", stream="hand-emg")).info.serial == own.source_id  # asked for


def test_the_clock_of_another_machine_is_measured_and_followed(
    sender: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("innervate.drivers.lsl.offset.socket.gethostname", lambda: "not this one")
    monkeypatch.setattr("innervate.drivers.lsl.offset._AGAIN_S", 0.0)
    outlet = sender(["uV"])
    with open_source(outlet.settings()) as source:
        assert isinstance(source, lsl_source.LslSource)
        assert source._offset.remote
        source._offset.seconds += 0.0005  # as if it had drifted since
        t_s = now()
        for k in range(3):
            outlet.push(np.zeros((5, 1), np.float32), t_s + 0.005 * k)
            chunk = read_rows(source, 5, 5)[-1]
        assert abs(float(chunk.t_s[-1]) - (t_s + 0.010)) < 0.0004
        source._offset.seconds += 10.0  # a measurement that cannot be moves it by a millisecond
        source._offset.follow(now())
        assert source._offset.seconds == pytest.approx(9.999, abs=0.001)
