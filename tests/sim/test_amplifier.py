"""The virtual amplifier as a process: what leaves it over a real wire is what it measured, to the bit."""

import importlib.resources
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.errors import InnervateError, ProfileError, RecordingError, SourceLost
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.drivers.cyton.codec import MOST_COUNT, microvolts_per_count
from innervate.drivers.recordings.npz import Recording, write_recording
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source
from innervate.sim.amplifier import AmplifierSettings, make_feed
from innervate.sim.cyton import CytonFirmware

COUNTS = np.random.default_rng(8).integers(-MOST_COUNT - 1, MOST_COUNT + 1, (500, 8))
COUNTS[::7] = (MOST_COUNT, -MOST_COUNT - 1, 0, 1, -1, 2**22, -(2**22), 99)


def recording(emg: np.ndarray, rate_hz: float, **meta: Any) -> Recording:
    n = len(emg)
    rep = np.repeat(np.array([0, 1], np.int16), [n // 2, n - n // 2])
    label = np.where(np.arange(n) % 100 < 50, np.int16(0), np.int16(1)).astype(np.int16)
    zeros = np.zeros(n, np.int16)
    return Recording("r.npz", emg, label, rep, zeros, zeros, None, rate_hz, ("rest", "open"), meta)


@pytest.fixture
def amplifier(tmp_path: Path) -> Iterator[Any]:
    made: list[Child] = []

    def start(**settings: Any) -> tuple[Child, dict[str, Any], Path]:
        name = f"innervate-test-{tmp_path.name}"
        ring = tmp_path / "amplifier.ring"
        path = tmp_path / "amplifier.json"
        write_settings(
            path,
            AmplifierSettings(
                stream=name,
                source_id=name,
                ring=str(ring),
                link=str(tmp_path / "port"),
                realtime=False,
                **settings,
            ),
        )
        child = Child("innervate.sim.amplifier", str(path), log_path=tmp_path / "log.txt")
        made.append(child)
        return child, child.wait_ready(20.0), ring

    yield start
    for child in made:
        child.stop()


def read_all(source: EmgSource, rows: int, at_once: int) -> list[Any]:
    """At least so many rows: a read gives all that has come, more than asked for on a busy machine."""
    chunks, got, until_s = [], 0, now() + 20
    while got < rows and now() < until_s:
        chunks.append(source.read(min(at_once, rows - got), now() + 0.5))
        got += len(chunks[-1])
    assert got >= rows
    return chunks


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0, 200.0])
def test_a_recording_arrives_over_lsl_to_the_bit_and_to_the_index(
    amplifier: Any, tmp_path: Path, rate_hz: float
) -> None:
    emg = np.random.default_rng(2).normal(0, 1, (int(rate_hz * 1.6), 4)).astype(np.float32)
    write_recording(tmp_path / "r.npz", recording(emg, rate_hz))
    child, facts, ring = amplifier(recording=str(tmp_path / "r.npz"), rep=1, linger_s=5.0)
    assert facts["rate_hz"] == rate_hz
    assert facts["channels"] == ["ch1", "ch2", "ch3", "ch4"]
    played = emg[len(emg) // 2 :]
    with open_source(SourceSettings("lsl", stream=str(facts["source_id"]))) as source:
        assert source.info.unit == "a.u."
        chunks = read_all(source, len(played), 10)
        done = json.loads(child.read_line(10.0) or b"{}")
        assert done == {"done": True, "samples": len(played)}
        child.stop()
        with pytest.raises(SourceLost):
            read_all(source, 1, 1)
    np.testing.assert_array_equal(np.concatenate([c.samples for c in chunks]), played)
    assert sum(c.lost for c in chunks) == 0
    truth = RingReader(ring).new_records()
    first: Any = truth[0]
    t_s = np.concatenate([c.t_s for c in chunks])
    index = np.rint((t_s - first["t_first_sample_s"]) * rate_hz).astype(int) + first["first_index"]
    assert index.tolist() == list(range(len(played)))
    n = np.array([r["n"] for r in truth])
    assert n[0] == rate_hz / 100
    assert np.cumsum([0, *n[:-1]]).tolist() == [r["first_index"] for r in truth]
    for record in truth:
        due_s = float(str(record["t_first_sample_s"])) + (int(str(record["n"])) - 1) / rate_hz
        assert float(str(record["t_write_s"])) >= due_s  # never before it was measured
        assert record["cue_class"] in (0, 1)


def test_a_patient_over_lsl_is_the_patient(amplifier: Any) -> None:
    child, facts, ring = amplifier(seed=7, use_seed=8, seconds=1.5, linger_s=5.0)
    with open_source(SourceSettings("lsl", stream=str(facts["source_id"]), rate_hz=1000.0)) as source:
        assert source.info.unit == "uV"
        samples = np.concatenate([c.samples for c in read_all(source, 1500, 10)])
    feed = make_feed(AmplifierSettings(seed=7, use_seed=8, seconds=1.5))
    expected = []
    while (block := feed.next(50)) is not None:
        expected.append(block.samples)
    np.testing.assert_array_equal(samples, np.concatenate(expected))
    assert facts["simulated"] is True
    assert RingReader(ring).layout.meta["classes"] == facts["classes"]
    assert child.running


def test_sample_zero_waits_for_a_reader(amplifier: Any) -> None:
    _, facts, ring = amplifier(seconds=0.3)
    reader = RingReader(ring)
    sleep(0.3)
    assert reader.newest == 0
    with open_source(SourceSettings("lsl", stream=str(facts["source_id"]))) as source:
        chunks = read_all(source, 300, 10)
    first: Any = reader.new_records()[0]
    assert chunks[0].t_s[0] == pytest.approx(first["t_first_sample_s"], abs=1e-6)


@pytest.mark.parametrize("instant", [True, False])
def test_readings_arrive_over_a_cytons_wire_exactly(amplifier: Any, tmp_path: Path, instant: bool) -> None:
    emg = (COUNTS[:200] * microvolts_per_count(24)).astype(np.float32)
    write_recording(tmp_path / "r.npz", recording(emg, 250.0, units="uV"))
    child, facts, ring = amplifier(device="cyton", recording=str(tmp_path / "r.npz"), instant=instant)
    with open_source(SourceSettings("cyton", port=str(facts["port"]))) as source:
        chunks = read_all(source, 200, 3)
        assert json.loads(child.read_line(10.0) or b"{}")["done"] is True
    samples = np.concatenate([c.samples for c in chunks])
    counts = np.rint(samples.astype(np.float64) / microvolts_per_count(24)).astype(int)
    np.testing.assert_array_equal(counts, COUNTS[:200])
    truth: list[Any] = RingReader(ring).new_records()
    assert [r["first_index"] for r in truth] == list(range(200))
    on_wire_s = np.array([r["t_handed_s"] - r["t_write_s"] for r in truth])
    # 33 bytes of 10 bits at 115200 baud take 2.86 ms, and then the dongle's timer has to tick.
    assert (on_wire_s > 0.00286).all() if not instant else np.median(on_wire_s) < 0.00286
    handed = {r["first_index"]: r["t_handed_s"] for r in truth}
    for chunk in chunks:
        newest = chunk.first_index + len(chunk) - 1
        assert chunk.t_arrival_s >= handed[newest] or len(chunk) == 0


def test_a_cyton_is_stopped_and_started_again(amplifier: Any) -> None:
    _, facts, _ = amplifier(device="cyton", instant=True)
    for _ in range(2):
        with open_source(SourceSettings("cyton", port=str(facts["port"]), gain=8)) as source:
            chunks = read_all(source, 30, 3)
            assert chunks[0].first_index == 0
            assert sum(c.lost for c in chunks) == 0


def test_a_killed_amplifier_is_unplugged(amplifier: Any) -> None:
    for device in ("lsl", "cyton"):
        child, facts, _ = amplifier(device=device)
        settings = SourceSettings(
            device, port=str(facts.get("port", "")), stream=str(facts.get("source_id", ""))
        )
        with open_source(settings) as source:
            read_all(source, 20, 3)
            child.kill()
            t_s = now()
            with pytest.raises(SourceLost):
                read_all(source, 10_000, 10)
            assert now() - t_s < 3.0


@pytest.mark.slow
def test_brainflow_reads_our_cyton_exactly(
    amplifier: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board_shim = pytest.importorskip("brainflow.board_shim")
    # Before Python 3.12 it looks for its library in a module as if that were a package, and then in
    # setuptools' pkg_resources, which is no more.
    monkeypatch.setattr(board_shim, "files", lambda _: importlib.resources.files("brainflow"))
    emg = (COUNTS * microvolts_per_count(24)).astype(np.float32)
    write_recording(tmp_path / "r.npz", recording(emg, 250.0, units="uV"))
    _, facts, _ = amplifier(device="cyton", recording=str(tmp_path / "r.npz"), linger_s=5.0)
    board_shim.BoardShim.disable_board_logger()
    parameters = board_shim.BrainFlowInputParams()
    parameters.serial_port = str(facts["port"])
    cyton = board_shim.BoardIds.CYTON_BOARD.value
    board = board_shim.BoardShim(cyton, parameters)
    board.prepare_session()
    try:
        board.start_stream()
        until_s = now() + 15
        while board.get_board_data_count() < len(COUNTS) and now() < until_s:
            sleep(0.05)
        data = board.get_board_data()
        board.stop_stream()
        answer = board.config_board("x1060110X")
    finally:
        board.release_session()
    assert "Success: Channel set for 1" in answer
    eeg_uv = data[board_shim.BoardShim.get_eeg_channels(cyton)].T
    np.testing.assert_array_equal(np.rint(eeg_uv / microvolts_per_count(24)).astype(int), COUNTS)
    number = data[board_shim.BoardShim.get_package_num_channel(cyton)]
    np.testing.assert_array_equal(number, np.arange(len(COUNTS)) % 256)
    accel = data[board_shim.BoardShim.get_accel_channels(cyton)]
    np.testing.assert_allclose(accel.T, [[0.02, -0.01, 0.99975]] * len(COUNTS))


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"D", b"060110$$$"),
        (b"d", b"updating channel settings to default$$$"),
        (b"V", b"v3.1.2$$$"),
        (b"~~", b"Sample rate is 250Hz$$$"),
        (b"~0", b"Failure: sample rate$$$"),
        (b"c", b"daisy removed$$$"),
        (b"C", b"no daisy to attach!8$$$"),
        (b"x3040110X", b"Success: Channel set for 3$$$"),
        (b"x9040110X", b"Failure: invalid channel setting$$$"),
        (b"x3070110X", b"Failure: invalid channel setting$$$"),
        (b"b", b""),
        (b"bV", b""),
        (b"bsV", b"v3.1.2$$$"),
        (b"12!", b""),
    ],
)
def test_firmware_answers_as_the_vendors(sent: bytes, answer: bytes) -> None:
    whole, bytewise = CytonFirmware(), CytonFirmware()
    assert whole.feed(sent) == answer
    assert b"".join(bytewise.feed(bytes([byte])) for byte in sent) == answer


def test_firmware_resets_gains_and_channels() -> None:
    firmware = CytonFirmware()
    firmware.feed(b"x2030110X4")
    assert (firmware.gains[1], firmware.on[3]) == (6, False)
    banner = firmware.feed(b"v")
    assert (firmware.gains[1], firmware.on[3]) == (24, True)
    assert b"OpenBCI V3 8-16 channel" in banner
    assert b"0x3E" in banner
    assert banner.endswith(b"$$$")


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"body": "elbow"}, ProfileError, "'elbow'"),
        ({"schedule": "wave"}, ProfileError, "no movement 'wave'; allowed: rest, open"),
        ({"device": "yarn"}, ProfileError, "'yarn'; allowed: lsl, cyton"),
        ({"recording": "absent.npz"}, RecordingError, "no such recording"),
    ],
)
def test_what_cannot_be_is_one_line(
    amplifier: Any, settings: dict[str, Any], kind: type[InnervateError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        amplifier(**settings)


def test_a_cyton_cannot_play_2_khz(amplifier: Any, tmp_path: Path) -> None:
    write_recording(tmp_path / "r.npz", recording(np.zeros((100, 4), np.float32), 2000.0))
    with pytest.raises(ProfileError, match="not 4 at 2000 Hz"):
        amplifier(device="cyton", recording=str(tmp_path / "r.npz"))
