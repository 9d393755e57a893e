"""Bytes of a base station in, rows of all its sensors out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..frames import AuxRows, Rows
from .align import Aligner
from .codec import Packet, PacketDecoder


def hex_name(unit: int) -> str:
    """What a sensor is called: its id in hexadecimal, as the vendor's programs show it."""
    return f"{unit:08x}"


class RowDecoder:
    """A `FrameDecoder` for several sensors.

    A row that no sensor has is a lost row; in a row that some have, NaN stands for the others.

    Args:
        units: sensors in the order of the columns.
    """

    def __init__(self, units: Sequence[int]) -> None:
        self._column = {unit: column for column, unit in enumerate(units)}
        self._packets = PacketDecoder(frozenset(units))
        self._aligner = Aligner(len(units))
        self._lost = 0
        self._beside: list[tuple[str, str, list[float]]] = []

    @property
    def skipped(self) -> int:
        """Bytes that were part of no packet."""
        return self._packets.skipped

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`."""
        packets = self._aligner.packets_for(rows)
        return max(1, packets * self._packets.packet_bytes - self._packets.waiting)

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        blocks: list[NDArray[np.float32]] = []
        gaps: list[NDArray[np.int64]] = []
        aux: dict[tuple[str, str], tuple[list[int], list[list[float]]]] = {}
        rows = 0
        for packet in self._packets.feed(data):
            samples = np.array(packet.samples, np.float32)
            self._aligner.push(self._column[packet.unit], packet.data_id, samples)
            self._note(packet)
            block, lost_before = self._without_lost(self._aligner.take())
            if not len(block):
                continue
            blocks.append(block)
            gaps.append(lost_before)
            rows += len(block)
            for name, unit, values in self._beside:
                at, all_values = aux.setdefault((name, unit), ([], []))
                at.append(rows - 1)
                all_values.append(values)
            self._beside.clear()
        if not blocks:
            return Rows(np.empty((0, len(self._column)), np.float32))
        lost = np.concatenate(gaps)
        found = tuple(
            AuxRows(name, unit, np.array(at, np.int64), np.array(values, np.float32))
            for (name, unit), (at, values) in aux.items()
        )
        return Rows(np.concatenate(blocks), None, lost if lost.any() else None, found)

    def _without_lost(self, block: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The rows that somebody has, and how many are missing before each."""
        there = ~np.isnan(block).all(axis=1)
        if there.all():
            lost = np.zeros(len(block), np.int64)
            if len(block):
                lost[0], self._lost = self._lost, 0
            return block, lost
        places = np.flatnonzero(there)
        lost = np.diff(places, prepend=-1) - 1
        if len(places):
            lost[0] += self._lost
            self._lost = 0
        self._lost += len(block) - 1 - (int(places[-1]) if len(places) else -1)
        return block[there], lost

    def _note(self, packet: Packet) -> None:
        """Keep what came beside EMG until the next row."""
        name = hex_name(packet.unit)
        length = float(np.hypot.reduce(np.array(packet.quaternion, np.float64)))
        # The format does not say its scale; an orientation has length 1 whatever the scale.
        turned = [part / length if length else 0.0 for part in packet.quaternion]
        self._beside.append((f"quaternion {name}", "1", turned))
        self._beside.append((f"accel {name}", "a.u.", [float(part) for part in packet.accel]))
        if packet.battery_mv is not None:
            self._beside.append((f"battery {name}", "mV", [float(packet.battery_mv)]))
