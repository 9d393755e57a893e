"""Load cells and IMUs beside EMG: channels of the same stream, and streams of their own."""

from collections.abc import Callable

import numpy as np
import pytest
from innervate.core.chunk import AuxBlock, Chunk
from innervate.core.clock import now, sleep
from innervate.core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for

from .lslbench import Sender, read_rows

pylsl = pytest.importorskip("pylsl")
Make = Callable[..., Sender]


def blocks(chunk: Chunk) -> dict[str, AuxBlock]:
    return {block.name: block for block in chunk.aux}


def read_until(source: EmgSource, seen: Callable[[dict[str, AuxBlock]], bool]) -> dict[str, AuxBlock]:
    """Polls, as the loop does, until the blocks are as wanted."""
    until_s = now() + 5
    while now() < until_s:
        found = blocks(source.read(1, now() + 0.01))
        if seen(found):
            return found
    raise AssertionError(f"not seen: {found}")


def test_channels_beside_emg_in_one_stream(sender: Make) -> None:
    labels = ["a", "ax", "ay", "az", "gx", "gy", "b", "heel", "batt", "toe"]
    types = ["EMG", "ACC", "ACC", "ACC", "GYRO", "GYRO", "emg", "FORCE", "Battery", "FORCE"]
    units = ["uV", "g", "g", "g", "deg/s", "deg/s", "mV", "N", "percent", "N"]
    outlet = sender(units, labels=labels, types=types)
    t0_s = now()
    with open_source(outlet.settings(channels=("b",))) as source:
        assert source.info.channels == ("b",)
        assert source.info.unit == "uV"
        said = " ".join(source.info.notes)
        assert "accel (g), gyro (deg/s), heel (N), batt (percent), toe (N)" in said
        sent = np.arange(30, dtype=np.float32).reshape(3, 10)
        outlet.push(sent, t0_s + 0.002)
        chunk = read_rows(source, 3, 3)[0]
    np.testing.assert_array_equal(chunk.samples[:, 0], sent[:, 6] * 1000)
    found = blocks(chunk)
    np.testing.assert_array_equal(found["accel"].values, sent[:, 1:4])
    np.testing.assert_array_equal(found["gyro"].values, sent[:, 4:6])
    np.testing.assert_array_equal(found["heel"].values, sent[:, 7:8])
    np.testing.assert_array_equal(found["toe"].values, sent[:, 9:10])
    assert {name: block.unit for name, block in found.items()} == {
        "accel": "g",
        "gyro": "deg/s",
        "heel": "N",
        "batt": "percent",
        "toe": "N",
    }
    for block in found.values():
        np.testing.assert_allclose(block.t_s - t0_s, [0, 0.001, 0.002], atol=1e-6)


@pytest.mark.parametrize(
    ("units", "types", "emg", "aux"),
    [
        (["uV", "g"], ["", ""], (0,), {"site 1": "g"}),  # no type, but no voltage either
        (["", "g"], ["", ""], (0, 1), {}),  # who can tell
        (["counts", "counts"], ["", ""], (0, 1), {}),
        (["uV", ""], ["", ""], (0, 1), {}),
        (["uV", ""], ["EMG", "AUX"], (0,), {"site 1": "a.u."}),
        (["uV", "uV"], ["EEG", "EEG"], (0, 1), {}),  # what else would the person have chosen it for
        (
            ["g", "g", "uV", "g", "g"],
            ["ACC", "ACC", "EMG", "ACC", "ACC"],
            (2,),
            {"accel": "g", "accel 2": "g"},
        ),
        (["g", "g", "m/s^2", "m/s^2", "V"], ["ACC"] * 4 + ["EMG"], (4,), {"accel": "g", "accel 2": "m/s^2"}),
    ],
)
def test_which_channels_are_emg(
    sender: Make, units: list[str], types: list[str], emg: tuple[int, ...], aux: dict[str, str]
) -> None:
    outlet = sender(units, types=types)
    with open_source(outlet.settings()) as source:
        assert source.info.channels == tuple(f"site {i}" for i in emg)
        outlet.push(np.zeros((1, len(units)), np.float32), now())
        found = blocks(read_rows(source, 1)[0])
    assert {name: block.unit for name, block in found.items()} == aux


def test_beside_a_gap_the_times_stay_those_of_the_measured_rows(sender: Make) -> None:
    outlet = sender(["uV", "N"], types=["EMG", "FORCE"])
    t0_s = now()
    with open_source(outlet.settings()) as source:
        outlet.push(np.array([[1, 10], [2, 20]], np.float32), t0_s + 0.001)
        read_rows(source, 2, 2)
        outlet.push(np.array([[3, 30], [4, 40]], np.float32), t0_s + 0.006)
        chunk = source.read(5, now() + 0.1)
        while len(chunk) == 0:
            chunk = source.read(5, now() + 0.1)
    assert chunk.lost == 3
    force = blocks(chunk)["site 1"]
    assert force.values[:, 0].tolist() == [30, 40]
    np.testing.assert_allclose(force.t_s - t0_s, [0.005, 0.006], atol=1e-6)


def test_streams_beside_the_emg_stream(sender: Make) -> None:
    emg = sender(["uV"])
    load = sender(["N"], name="load cell", kind="Force", types=["Force"], rate_hz=100.0)
    imu = sender(
        ["g"] * 3 + ["deg/s"] * 3, name="shank", kind="IMU", types=["ACC"] * 3 + ["GYRO"] * 3, rate_hz=0
    )
    ints = sender([""], kind="Counter", number_format=pylsl.cf_int32, rate_hz=0)
    options = (("aux", f"{load.source_id}, {imu.source_id}, {ints.source_id}"),)
    t0_s = now()
    with open_source(emg.settings(options=options)) as source:
        assert source.info.channels == ("site 0",)
        load.push(np.array([[700.5], [701.5]], np.float32), t0_s)
        imu.push(np.arange(6, dtype=np.float32)[None], t0_s - 0.5)
        ints.push(np.array([[2**24]], np.int32), t0_s)
        found = read_until(source, lambda b: len(b) == 4)  # no sample of EMG is needed for that
        assert found["load cell"].values[:, 0].tolist() == [700.5, 701.5]
        np.testing.assert_allclose(found["load cell"].t_s - t0_s, [-0.01, 0], atol=1e-6)
        assert found["shank accel"].values.tolist() == [[0, 1, 2]]
        assert (found["shank gyro"].values.tolist(), found["shank gyro"].unit) == ([[3, 4, 5]], "deg/s")
        np.testing.assert_allclose(found["shank gyro"].t_s - t0_s, [-0.5], atol=1e-6)
        assert found[ints.name].values.tolist() == [[2**24]]
        # EMG comes with what is known, the same block until there is a newer one.
        emg.push(np.zeros((5, 1), np.float32), now())
        held = blocks(read_rows(source, 5, 5)[0])["load cell"]
        assert held is found["load cell"]
        load.push(np.array([[650]], np.float32), now())
        newer = read_until(source, lambda b: b["load cell"] is not held)
        assert newer["load cell"].values.tolist() == [[650]]


@pytest.mark.parametrize("source_id", [pytest.param(None, marks=pytest.mark.slow), ""])
def test_a_stream_beside_emg_that_ends_grows_old_and_stops_nothing(
    sender: Make, source_id: str | None
) -> None:
    emg = sender(["uV"])
    more = {} if source_id is None else {"source_id": source_id}
    load = sender(["N"], kind="Force", types=["Force"], rate_hz=0, **more)
    t0_s = now()
    with open_source(emg.settings(options=(("aux", load.name),))) as source:
        load.push(np.array([[700]], np.float32), t0_s)
        seen = read_until(source, lambda b: load.name in b)[load.name]
        load.outlet = None
        sleep(0.05)
        sent_s = now()
        for k in range(20):
            emg.push(np.zeros((10, 1), np.float32), sent_s + k / 100)
            chunk = read_rows(source, 10)[-1]
        assert blocks(chunk)[load.name] is seen
        assert chunk.t_s[-1] - seen.t_s[-1] > 0.1
        if source_id is None:  # the sender starts again: found by its source_id, in the background
            again = sender(
                ["N"], name=load.name, kind="Force", types=["Force"], rate_hz=0, source_id=load.source_id
            )
            until_s = now() + 10
            while not again.outlet.have_consumers() and now() < until_s:
                source.read(1, now() + 0.02)
            again.push(np.array([[300]], np.float32), now())
            assert read_until(source, lambda b: b[load.name] is not seen)[load.name].values.tolist() == [
                [300]
            ]


def test_aux_streams_that_cannot_be(sender: Make) -> None:
    emg = sender(["uV"])
    with pytest.raises(
        SourceNotFound, match=r"no LSL stream 'scale' answered within 0\.2 s .*source\.options\.aux"
    ):
        open_source(emg.settings(find_s=0.2, options=(("aux", "scale"),)))
    text = sender([""], kind="Markers", number_format=pylsl.cf_string, rate_hz=0)
    with pytest.raises(SourceError, match="carries text"):
        open_source(emg.settings(options=(("aux", text.source_id),)))
    first, second = sender(["N"], name="twins", kind="Force"), sender(["N"], name="twins", kind="Force")
    with pytest.raises(
        SourceError, match=r"more than one LSL stream fits 'twins'.*set source\.options\.aux"
    ) as caught:
        open_source(emg.settings(options=(("aux", "twins"),)))
    assert first.source_id in str(caught.value)
    assert second.source_id in str(caught.value)
    with pytest.raises(ProfileError, match="'a' is there twice"):
        source_for(emg.settings(options=(("aux", "a, a"),)))
    with pytest.raises(
        ProfileError, match=r"source\.options\.imu = 'x': a lsl has no such option; allowed: aux"
    ):
        source_for(emg.settings(options=(("imu", "x"),)))


def test_emg_that_comes_back_does_not_wait_for_a_load_cell(sender: Make) -> None:
    emg = sender(["uV"])
    load = sender(["N"], kind="Force", types=["Force"], rate_hz=0)
    source = open_source(emg.settings(options=(("aux", load.source_id),)))
    load.push(np.array([[700]], np.float32), now())
    seen = read_until(source, lambda b: load.name in b)[load.name]
    load.outlet = emg.outlet = None
    with pytest.raises(SourceLost):
        read_rows(source, 1)
    source.close()
    again = sender(["uV"], name=emg.name, source_id=emg.source_id)
    t_s = now()
    source.open()
    assert now() - t_s < 1.5
    again.push(np.ones((3, 1), np.float32), now())
    assert blocks(read_rows(source, 3, 3)[0])[load.name] is seen
    source.close()
