"""Backyard Brains SpikerShield ("SpikeRecorder" format), bytes only. Opens no port.

A frame is two bytes a channel: the three high bits of a 10-bit reading, then the seven low ones. Only the
first byte of a frame has bit 7 set. Newer boxes put messages between, FF FF 01 01 80 FF ... FF FF 01 01 81
FF. Nothing counts frames. Source: the vendor's published Arduino program SpikeRecorder 1.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..frames import Rows

BAUD = 230_400
TOTAL_HZ = 10_000.0
"""Readings a second, shared by the channels."""
MOST_CHANNELS = 6
MIDDLE, MOST = 512, 1023
MESSAGE_BEGINS, MESSAGE_ENDS = b"\xff\xff\x01\x01\x80\xff", b"\xff\xff\x01\x01\x81\xff"
_LONGEST_MESSAGE = 128
_CONFIRMED_BY = 2
"""Frames that must follow one that is found after damage: with one channel two bytes alone prove little."""


def channels_command(channels: int) -> bytes:
    """Send so many channels; the rate follows."""
    return b"c:%d\n" % channels


def encode(readings: NDArray[np.int64]) -> bytes:
    """Frames of [n, channels] readings from 0 to 1023: for the virtual shield and for tests."""
    frames = np.empty((*readings.shape, 2), np.uint8)
    frames[..., 0] = readings >> 7
    frames[..., 1] = readings & 0x7F
    frames[:, 0, 0] |= 0x80
    return frames.tobytes()


class _Messages:
    """Takes messages out of the stream of bytes."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What is no message."""
        data = self._held + data
        kept = b""
        while (begin := data.find(MESSAGE_BEGINS)) >= 0:
            end = data.find(MESSAGE_ENDS, begin, begin + _LONGEST_MESSAGE)
            if end >= 0:
                kept += data[:begin]
                data = data[end + len(MESSAGE_ENDS) :]
            elif len(data) - begin < _LONGEST_MESSAGE:
                self._held = data[begin:]
                return kept + data[:begin]
            else:  # a message without an end
                kept += data[: begin + 1]
                data = data[begin + 1 :]
        hold = next((n for n in range(5, 0, -1) if data.endswith(MESSAGE_BEGINS[:n])), 0)
        self._held = data[len(data) - hold :]
        return kept + data[: len(data) - hold]

    @property
    def waiting(self) -> int:
        """Bytes held back."""
        return len(self._held)


class ShieldDecoder:
    """Bytes in, rows out, each reading less 512. A `FrameDecoder`.

    A frame is believed when another's first byte follows. Bytes that are no frame were one row that is lost
    when a frame began there or as many bytes are spoilt, and none when noise came between two frames.

    Args:
        channels: as the shield was told.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._width = 2 * channels
        self._high = np.full(self._width, 0x80, np.uint8)
        self._high[0::2] = 0xF8
        self._wanted = np.zeros(self._width, np.uint8)
        self._wanted[0] = 0x80
        self._messages = _Messages()
        self._buffer = b""
        self._damage: bytes | None = None
        """Bytes since the last frame, when they are none; None in step."""
        self._begun = False
        self._lost = 0
        self.skipped = 0
        """Bytes that were part of no frame."""

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`."""
        return max(1, rows * self._width + 1 - len(self._buffer) - self._messages.waiting)

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        self._buffer += self._messages.feed(data)
        found: list[NDArray[np.uint8]] = []
        lost: list[tuple[int, int]] = []
        rows = 0
        while self._find_step():
            frames = self._frames()
            if len(frames):
                if self._lost:
                    lost.append((rows, self._lost))
                    self._lost = 0
                found.append(frames)
                rows += len(frames)
                self._begun = True
            if self._damage is None:
                break
        counts = np.concatenate(found) if found else np.empty((0, self._width), np.uint8)
        readings = (counts[:, 0::2] & 7).astype(np.int16) << 7 | counts[:, 1::2]
        lost_before = None
        if lost:
            lost_before = np.zeros(rows, np.int64)
            for at, n in lost:
                lost_before[at] += n
        return Rows(readings - MIDDLE, None, lost_before)

    def _frames(self) -> NDArray[np.uint8]:
        """Whole frames at the start of the buffer; what follows them is damaged, or not there yet."""
        count = max(0, (len(self._buffer) - 1) // self._width)
        if not count:
            return np.empty((0, self._width), np.uint8)
        seen = np.frombuffer(self._buffer, np.uint8, count * self._width + 1)
        frames = seen[:-1].reshape(count, self._width)
        good = ((frames & self._high) == self._wanted).all(axis=1)
        good &= (seen[self._width :: self._width] & 0xF8) == 0x80
        whole = count if good.all() else int(good.argmin())
        self._buffer = self._buffer[whole * self._width :]
        if whole < count:
            self._damage = b""
        return frames[:whole]

    def _find_step(self) -> bool:
        """True in step, perhaps again; False when more bytes must tell."""
        if self._damage is None and self._begun:
            return True
        at = 0
        while at < len(self._buffer):
            state = self._confirmed(at)
            if state is None:
                break
            if state:
                self._close_damage((self._damage or b"") + self._buffer[:at])
                self._buffer = self._buffer[at:]
                return True
            at += 1
        self._damage = (self._damage or b"") + self._buffer[:at]
        self._buffer = self._buffer[at:]
        return False

    def _confirmed(self, at: int) -> bool | None:
        """Does a run of frames begin here? None when more bytes must tell."""
        for _ in range(_CONFIRMED_BY + 1):
            frame = np.frombuffer(self._buffer[at : at + self._width], np.uint8)
            if not ((frame & self._high[: len(frame)]) == self._wanted[: len(frame)]).all():
                return False
            if len(frame) < self._width:
                return None
            at += self._width
        follower = self._buffer[at : at + 1]
        return None if not follower else (follower[0] & 0xF8) == 0x80

    def _close_damage(self, damage: bytes) -> None:
        """How many rows the bytes between two frames were."""
        self._damage = None
        self.skipped += len(damage)
        if not self._begun or not damage:
            return
        if max(damage) < 0x88:  # nothing that a frame cannot have
            self._lost += max(1, (len(damage) + self._channels) // self._width)
        elif len(damage) <= self._width or self._began(damage):
            self._lost += len(damage) == self._width or damage[0] & 0xF8 == 0x80

    def _began(self, damage: bytes) -> bool:
        """Is it a frame with noise in or behind it, rather than noise whose first byte looks like one?"""
        seen = np.frombuffer(damage, np.uint8)
        head = (seen[: self._width] & self._high) == self._wanted
        tail = (seen[-self._width :] & self._high) == self._wanted
        fits = self._width if head.all() else int(head.argmin())
        return fits >= min(3, self._width) or any(tail[split:].all() for split in range(1, fits + 1))
