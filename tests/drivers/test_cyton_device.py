import os
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import ProfileError, SourceBusy, SourceError, SourceLost, SourceNotFound
from innervate.drivers.cyton import device
from innervate.drivers.cyton.codec import MOST_COUNT, microvolts_per_count
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for

Rows = list[tuple[int, ...] | None]


def ramp(n: int) -> Rows:
    return [tuple(i * 10 + channel for channel in range(8)) for i in range(n)]


def read_all(source: EmgSource, rows: int, at_once: int = 3) -> list[Any]:
    chunks, got, until_s = [], 0, now() + 10
    while got < rows and now() < until_s:
        chunks.append(source.read(at_once, now() + 0.5))
        got += len(chunks[-1])
    assert got >= rows
    return chunks


def settings(port: str, **more: Any) -> SourceSettings:
    return SourceSettings("cyton", port=port, **more)


def test_info_is_known_without_a_board_and_honest_about_the_band() -> None:
    info = source_for(settings("/dev/ttyUSB9", gain=12, channels=("ch3", "ch1"))).info
    assert (info.rate_hz, info.unit, info.channels) == (250.0, "uV", ("ch3", "ch1"))
    assert info.railed == pytest.approx(375_000)
    assert "lower" in info.notes[0]


@pytest.mark.parametrize("gain", [24, 8])
def test_readings_arrive_exactly_with_extremes(bench: Callable[..., Any], gain: int) -> None:
    rows: Rows = [(MOST_COUNT, -MOST_COUNT - 1, 0, 1, -1, 2**22, -(2**22), 12345)] * 3 + ramp(20)
    board = bench(rows, 0.001)
    with open_source(settings(board.port, gain=gain)) as source:
        chunks = read_all(source, len(rows))
        assert board.board.firmware.gains == [gain] * 8
    samples = np.concatenate([c.samples for c in chunks])
    counts = np.rint(samples.astype(np.float64) / microvolts_per_count(gain)).astype(int)
    assert counts.tolist() == [list(row) for row in rows if row]
    expected = np.array([r for r in rows if r]) * (4.5e6 / gain / (2**23 - 1))
    np.testing.assert_array_equal(samples, expected.astype(np.float32))
    assert [c.first_index for c in chunks] == np.cumsum([0, *[len(c) for c in chunks[:-1]]]).tolist()


def test_channels_are_picked_and_ordered(bench: Callable[..., Any]) -> None:
    board = bench(ramp(9), 0.001)
    with open_source(settings(board.port, channels=("ch8", "ch2"))) as source:
        samples = np.concatenate([c.samples for c in read_all(source, 9)])
    counts = np.rint(samples / microvolts_per_count(24)).astype(int)
    assert counts.tolist() == [[i * 10 + 7, i * 10 + 1] for i in range(9)]


def test_a_missing_channel_is_named() -> None:
    with pytest.raises(SourceError, match=r"no channel 'biceps'; it has ch1, ch2"):
        source_for(settings("/dev/ttyUSB9", channels=("ch1", "biceps")))


def test_lost_packets_are_counted_and_filled_in_time(bench: Callable[..., Any]) -> None:
    rows = ramp(30)
    rows[10:14] = [None] * 4
    board = bench(rows, 0.004)
    with open_source(settings(board.port)) as source:
        chunks = read_all(source, 30)
    samples = np.concatenate([c.samples for c in chunks])
    valid = np.concatenate([c.valid for c in chunks])
    assert sum(c.lost for c in chunks) == 4
    assert np.flatnonzero(~valid.all(axis=1)).tolist() == [10, 11, 12, 13]
    assert (samples[10:14] == samples[9]).all()
    assert np.rint(samples[14, 0] / microvolts_per_count(24)) == 140
    t_s = np.concatenate([c.t_s for c in chunks])
    assert t_s[-1] - t_s[0] == pytest.approx(29 * 0.004, abs=0.05)


def test_more_than_one_turn_of_the_counter_is_counted_by_the_clock(bench: Callable[..., Any]) -> None:
    rows: Rows = [*ramp(50), *[None] * 300, *ramp(50)]
    board = bench([], 0.0)
    sent = threading.Thread(target=_paced, args=(board, rows))
    with open_source(settings(board.port)) as source:
        sent.start()
        chunks = read_all(source, 400)
    sent.join()
    assert sum(c.lost for c in chunks) == 300


def _paced(board: Any, rows: Rows) -> None:
    """As a real board: 250 Hz, and silence while packets are lost."""
    board.wait_sent()
    t0_s = now()
    for i, row in enumerate(rows):
        sleep(max(0.0, t0_s + i / 250 - now()))
        if row is None:
            board.board._counter = (board.board._counter + 1) % 256
        else:
            board.board.start_counts(row)
            board.board.finish()


def test_acceleration_is_held_with_its_own_age(bench: Callable[..., Any]) -> None:
    board = bench(ramp(18), 0.001)
    with open_source(settings(board.port)) as source:
        chunks = read_all(source, 18, at_once=1)
    first = chunks[0].aux[0]
    assert (first.name, first.unit) == ("accel", "g")
    np.testing.assert_allclose(first.values[-1], [0.02, -0.01, 0.99975], rtol=1e-6)
    # The board measures it every tenth sample: what is held at the end was measured with sample 10.
    t_s = np.concatenate([c.t_s for c in chunks])
    assert chunks[-1].aux[0].t_s[-1] == pytest.approx(t_s[10], abs=0.01)


def test_a_board_left_streaming_is_taken_over(bench: Callable[..., Any]) -> None:
    board = bench(ramp(2000), 0.0005)
    fd = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"b")
    board.wait_sent()
    os.close(fd)
    board._stop.set()
    board._thread.join()
    again = threading.Thread(target=_serve_again, args=(board,))
    again.start()
    try:
        with open_source(settings(board.port)) as source:
            chunk = source.read(3, now() + 2.0)
            assert chunk.lost == 0
            assert np.rint(chunk.samples[0, 1] / microvolts_per_count(24)) == 1
    finally:
        board.unplugged = True
        again.join()


def _serve_again(board: Any) -> None:
    board.unplugged = False
    while not board.unplugged:
        if board.board.wait_for_reader(0.01):
            for row in ramp(6):
                board.board.start_counts(row)
                board.board.finish()
            while board.board.wanted and not board.unplugged:
                board.board.poll()
                sleep(0.005)


def test_unplugged_hands_out_the_rest_then_says_so(bench: Callable[..., Any]) -> None:
    board = bench(ramp(6))
    with open_source(settings(board.port)) as source:
        rows = sum(len(c) for c in read_all(source, 6))
        board.unplug()
        with pytest.raises(SourceLost, match=r"unplugged \(plug it in"):
            source.read(1, now() + 2.0)
    assert rows == 6


def test_silence_is_not_unplugged(bench: Callable[..., Any]) -> None:
    board = bench(ramp(3))
    with open_source(settings(board.port)) as source:
        read_all(source, 3)
        t_s = now()
        chunk = source.read(1, t_s + 0.05)
    assert len(chunk) == 0
    assert chunk.first_index == 3


def test_a_second_program_is_refused(bench: Callable[..., Any]) -> None:
    board = bench(ramp(3))
    with open_source(settings(board.port)), pytest.raises(SourceBusy, match="in use by another program"):
        open_source(settings(board.port))


def test_no_such_port() -> None:
    with pytest.raises(SourceNotFound, match=r"no serial port '/dev/ttyUSB99'"):
        open_source(settings("/dev/ttyUSB99"))


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError, match="file"):
        open_source(settings(str(tmp_path / "file")))


class Stranger:
    """Some other device: says `flood` all the time, or `answer` to whatever comes."""

    def __init__(self, flood: bytes = b"", answer: bytes = b"") -> None:
        self._fd, self._other = os.openpty()
        tty.setraw(self._fd)
        tty.setraw(self._other)
        os.set_blocking(self._fd, False)
        self.port = os.ttyname(self._other)
        self._flood, self._answer = flood, answer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.wait(0.005):
            try:
                heard = os.read(self._fd, 100)
            except BlockingIOError:
                heard = b""
            try:
                os.write(self._fd, self._flood + (self._answer if heard else b""))
            except BlockingIOError:
                continue

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._fd)
        os.close(self._other)


@pytest.mark.parametrize(
    ("flood", "answer", "said"),
    [
        (b"", b"", "nothing answers"),
        (bytes(range(1, 30)), b"", "bytes come, but no answer is among them; a Cyton speaks at 115200 baud"),
        (b"", b"Failure: Communications timeout - Device failed to poll Host$$$", "it says 'Failure: Comm"),
        (b"", b"OK ready$$$", "this is not a Cyton, it says 'OK ready'"),
    ],
)
def test_a_stranger_on_the_port_is_one_line(
    flood: bytes, answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_RESET_S", 0.3)
    with Stranger(flood, answer) as stranger, pytest.raises(SourceNotFound, match=said) as caught:
        open_source(settings(stranger.port))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"), [({"gain": 5}, "gain = 5"), ({"rate_hz": 1000.0}, "carries 250 Hz")]
)
def test_settings_that_a_cyton_cannot_have(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        source_for(settings("/dev/ttyUSB0", **more))
