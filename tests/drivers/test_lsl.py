from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import SourceError, SourceLost, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source, source_for

from .lslbench import RATE_HZ, Sender, read_rows

pylsl = pytest.importorskip("pylsl")


def test_info_before_opening_and_exact_values(sender: Callable[..., Sender]) -> None:
    outlet = sender(["microvolts", "uV", "\u00b5V"])
    source = source_for(outlet.settings())
    assert source.info.channels == ("site 0", "site 1", "site 2")
    assert (source.info.rate_hz, source.info.unit, source.info.serial) == (1000.0, "uV", outlet.source_id)
    assert not outlet.outlet.have_consumers()  # info starts no samples
    rng = np.random.default_rng(1)
    sent = rng.normal(0, 100, (200, 3)).astype(np.float32)
    t0_s = now()
    with source:
        for k in range(0, 200, 10):
            outlet.push(sent[k : k + 10], t0_s + (k + 9) / RATE_HZ)
        chunks = read_rows(source, 200)
    np.testing.assert_array_equal(np.concatenate([c.samples for c in chunks]), sent)
    t_s = np.concatenate([c.t_s for c in chunks])
    assert np.rint((t_s - t0_s) * RATE_HZ).astype(int).tolist() == list(range(200))
    assert np.concatenate([c.valid for c in chunks]).all()
    assert sum(c.lost for c in chunks) == 0
    assert [c.first_index for c in chunks] == np.cumsum([0, *[len(c) for c in chunks[:-1]]]).tolist()


def test_read_returns_with_everything_that_is_there(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"])
    with open_source(outlet.settings()) as source:
        outlet.push(np.zeros((25, 1), np.float32), now())
        until_s = now() + 2
        while source._inlet.samples_available() < 25 and now() < until_s:  # type: ignore[attr-defined]
            sleep(0.005)
        assert len(source.read(10, now() + 1.0)) == 25


def test_at_the_deadline_with_what_is_there(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"])
    with open_source(outlet.settings()) as source:
        t_s = now()
        empty = source.read(10, t_s + 0.05)
        assert (len(empty), empty.samples.shape) == (0, (0, 1))
        assert now() - t_s >= 0.05
        outlet.push(np.zeros((4, 1), np.float32), now())
        assert sum(len(source.read(10, now() + 0.1)) for _ in range(2)) == 4
        t_s = now()
        assert len(source.read(10, t_s - 1.0)) == 0  # a deadline that has passed: no waiting
        assert now() - t_s < 0.05


@pytest.mark.parametrize(
    ("units", "unit", "factor"),
    [
        (["mV"], "uV", 1e3),
        (["V"], "uV", 1e6),
        (["volts"], "uV", 1e6),
        (["MICROVOLTS"], "uV", 1.0),
        ([""], "a.u.", 1.0),
        (["counts"], "a.u.", 1.0),
    ],
)
def test_units(sender: Callable[..., Sender], units: list[str], unit: str, factor: float) -> None:
    outlet = sender(units)
    with open_source(outlet.settings()) as source:
        assert source.info.unit == unit
        assert ("does not say its unit" in " ".join(source.info.notes)) == (unit != "uV")
        outlet.push(np.array([[0.25]], np.float32), now())
        assert read_rows(source, 1)[0].samples[0, 0] == pytest.approx(0.25 * factor)


def test_mixed_units_are_converted_per_channel_or_not_at_all(sender: Callable[..., Sender]) -> None:
    outlet = sender(["mV", "uV"])
    with open_source(outlet.settings()) as source:
        outlet.push(np.array([[1, 1]], np.float32), now())
        assert read_rows(source, 1)[0].samples.tolist() == [[1000, 1]]
    other = sender(["mV", "?"])
    assert source_for(other.settings()).info.unit == "a.u."


def test_an_undescribed_integer_stream_is_read(sender: Callable[..., Sender]) -> None:
    outlet = sender(["", ""], described=False, number_format=pylsl.cf_int16)
    with open_source(outlet.settings()) as source:
        assert source.info.channels == ("ch1", "ch2")
        outlet.push(np.array([[-32768, 32767]], np.int16), now())
        chunk = read_rows(source, 1)[0]
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.tolist() == [[-32768, 32767]]


def test_channels_are_picked_by_label_and_strangers_left_out(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"] * 4, labels=["a", "b", "batt", "c"], types=["EMG", "EMG", "Battery", ""])
    assert source_for(outlet.settings()).info.channels == ("a", "b", "c")
    with open_source(outlet.settings(channels=("c", "a"))) as source:
        outlet.push(np.array([[1, 2, 3, 4]], np.float32), now())
        assert read_rows(source, 1)[0].samples.tolist() == [[4, 1]]
    with pytest.raises(SourceError, match=r"no channel 'biceps'; it has a, b, c \(mend the profile"):
        _ = source_for(outlet.settings(channels=("biceps",))).info


def test_lost_samples_are_filled_in_time(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"])
    t0_s = now()
    with open_source(outlet.settings()) as source:
        outlet.push(np.array([[1], [2], [3]], np.float32), t0_s + 0.002)
        outlet.push(np.array([[8], [9]], np.float32), t0_s + 0.008)
        chunks = []
        while sum(len(c) for c in chunks) < 9:
            chunks.append(source.read(5, now() + 1.0))
    assert np.concatenate([c.samples for c in chunks])[:, 0].tolist() == [1, 2, 3, 3, 3, 3, 3, 8, 9]
    assert np.concatenate([c.valid for c in chunks])[:, 0].tolist() == [True] * 3 + [False] * 4 + [True] * 2
    assert sum(c.lost for c in chunks) == 4
    t_s = np.concatenate([c.t_s for c in chunks])
    np.testing.assert_allclose(t_s - t0_s, np.arange(9) / 1000, atol=1e-6)


def test_nan_and_inf_are_marked_and_never_handed_on(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV", "uV"])
    with open_source(outlet.settings()) as source:
        outlet.push(np.array([[1, 2], [np.nan, 3], [np.inf, 4]], np.float32), now())
        chunk = read_rows(source, 3, 3)[0]
    assert chunk.samples.tolist() == [[1, 2], [1, 3], [1, 4]]
    assert chunk.valid.tolist() == [[True, True], [False, True], [False, True]]
    assert chunk.lost == 0


def test_a_stream_that_ends_is_lost_and_a_pause_is_not(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"])
    with open_source(outlet.settings()) as source:
        outlet.push(np.zeros((5, 1), np.float32), now())
        read_rows(source, 5)
        assert len(source.read(1, now() + 0.3)) == 0
        outlet.outlet = None
        t_s = now()
        with pytest.raises(SourceLost, match=f"{outlet.name}' has ended"):
            read_rows(source, 1)
        assert now() - t_s < 2.0


def test_an_hour_of_pause_is_not_filled(sender: Callable[..., Sender]) -> None:
    outlet = sender(["uV"])
    t0_s = now()
    with open_source(outlet.settings()) as source:
        outlet.push(np.zeros((1, 1), np.float32), t0_s)
        read_rows(source, 1)
        outlet.push(np.zeros((1, 1), np.float32), t0_s + 3600)
        with pytest.raises(SourceLost, match="interrupted for 3600"):
            source.read(1, now() + 1.0)


def test_the_only_emg_stream_is_taken_and_two_are_not(sender: Callable[..., Sender]) -> None:
    first = sender(["uV"], name="amp")
    sender(["uV"], kind="Markers")
    assert source_for(SourceSettings("lsl")).info.serial == first.source_id
    assert source_for(SourceSettings("lsl", stream=first.source_id)).info.name == "amp"
    second = sender(["uV"], name="amp", kind="EXG")
    for wanted in ("", "amp"):
        with pytest.raises(SourceError, match="more than one LSL stream fits") as caught:
            _ = source_for(SourceSettings("lsl", stream=wanted)).info
        assert first.source_id in str(caught.value)
        assert second.source_id in str(caught.value)


def test_none_there() -> None:
    with pytest.raises(SourceNotFound, match=r"no LSL stream 'nobody' answered within 0\.3 s \(start the"):
        open_source(SourceSettings("lsl", stream="nobody", find_s=0.3))


@pytest.mark.parametrize(
    ("more", "wanted", "said"),
    [
        ({"rate_hz": 0.0}, {}, "no regular rate"),
        ({"number_format": pylsl.cf_string}, {}, "carries text"),
        ({}, {"rate_hz": 2000.0}, r"has 1000 Hz; source\.rate_hz = 2000 \(set source\.rate_hz = 1000"),
    ],
)
def test_streams_that_do_not_fit(
    sender: Callable[..., Sender], more: dict[str, Any], wanted: dict[str, Any], said: str
) -> None:
    outlet = sender(["uV"], **more)
    with pytest.raises(SourceError, match=said):
        open_source(outlet.settings(**wanted))
