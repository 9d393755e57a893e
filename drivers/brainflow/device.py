"""A board behind BrainFlow as a source of EMG."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...core.chunk import ARBITRARY, MICROVOLT, AuxBlock, Chunk
from ...core.clock import wall_offset_s
from ...core.errors import ProfileError
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import numbered, pick
from ..options import read_options
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from .boards import ARBITRARY_BOARDS, Board, board_number, describe
from .codec import TableDecoder
from .library import load_brainflow
from .session import Session
from .settings import BrainFlowOptions

_REPLAYS = (-3, -2)
"""PLAYBACK_FILE_BOARD and STREAMING_BOARD: their table is that of `master_board`."""


class BrainFlowSource(FramedSource):
    """BrainFlow turns bytes into its table; this asks for the table's rows and keeps time and losses.

    A board that is unplugged says nothing in BrainFlow: its rows stop. BrainFlow's own times are of the wall
    clock, which may be set; the rows' times here come from when they are in hand, as everywhere.
    """

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._options = read_options(BrainFlowOptions, settings)
        self._shim = load_brainflow()
        known = {each.name: each.value for each in self._shim.BoardIds}
        self._number = board_number(self._options.board, known, "board")
        told = self._number
        self._params = self._input_params()
        if told in _REPLAYS:
            told = board_number(self._options.master_board, known, "master_board")
            self._params.master_board = told
        self._board = describe(told, self._tables(told))
        self.modulus = self._board.turn // self._board.step
        names = numbered(len(self._board.emg))
        self._picked = pick(names, settings.channels, f"BrainFlow's {self._board.name}")
        self._info = SourceInfo(
            kind=settings.kind,
            name=f"{self._board.name} by BrainFlow",
            serial=self._options.serial_number or self._options.mac_address,
            channels=tuple(names[i] for i in self._picked),
            rate_hz=self._rate_hz(self._board),
            unit=ARBITRARY if told in ARBITRARY_BOARDS else MICROVOLT,
            notes=_notes(self._board, self._number),
        )
        self._session: Session | None = None
        self._more: dict[str, AuxBlock] = {}

    def _tables(self, number: int) -> dict[int, dict[str, Any]]:
        shim = self._shim.BoardShim
        try:
            return {preset: shim.get_board_descr(number, preset) for preset in shim.get_board_presets(number)}
        except self._shim.BrainFlowError as error:
            raise ProfileError(f"BrainFlow does not describe board {number}: {error}") from error

    def _input_params(self) -> Any:
        settings, options = self._settings, self._options
        params = self._shim.BrainFlowInputParams()
        params.serial_port, params.ip_address = settings.port, settings.host
        for name in ("mac_address", "serial_number", "other_info", "ip_port", "file_aux", "file_anc"):
            setattr(params, name, getattr(options, name))
        params.file = options.file or settings.path
        params.timeout = options.timeout_s
        if options.ip_protocol:
            params.ip_protocol = self._shim.IpProtocolTypes[options.ip_protocol.upper()].value
        return params

    def _rate_hz(self, board: Board) -> float:
        """The board's rate; with `config` texts, which may change it, the one that the person says it has.

        Raises:
            ProfileError: the board cannot have that rate.
        """
        asked = self._settings.rate_hz
        if asked in (0.0, board.rate_hz):
            return board.rate_hz
        if self._options.config:
            return asked
        raise ProfileError(
            f"source.rate_hz = {asked:g}; BrainFlow's {board.name} has {board.rate_hz:g} Hz",
            f"set it to {board.rate_hz:g}, or change the board's rate with source.options.config",
        )

    def _connect(self) -> Wire:
        config = self._options.config
        self._session = Session(
            self._shim, self._number, self._params, self._board, self.info.rate_hz, config
        )
        return self._session

    def _begin(self, wire: Wire) -> None:
        if isinstance(wire, Session):
            wire.start()

    def _farewell(self, wire: Wire) -> None:
        if isinstance(wire, Session):
            wire.stop()

    def _decoder(self) -> FrameDecoder:
        return TableDecoder(self._board)

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`; a board's further tables are looked at each time, never waited for."""
        chunk = super().read(min_samples, deadline_s)
        if not self._board.presets or self._session is None:
            return chunk
        for preset in self._board.presets:
            table = self._session.read_preset(preset.number)
            if table is None:
                continue
            t_s = table[:, preset.stamp_row] - wall_offset_s()
            for each in preset.beside:
                values = table[:, each.rows].astype(np.float32)
                self._more[each.name] = AuxBlock(each.name, values, t_s, ARBITRARY)
        return replace(chunk, aux=(*chunk.aux, *self._more.values())) if self._more else chunk


def _notes(board: Board, number: int) -> tuple[str, ...]:
    notes = []
    if board.called != "emg":
        notes.append(f"BrainFlow calls this board's inputs {board.called.upper()}; they are taken as EMG.")
    if board.counter_row is None:
        notes.append("The board's samples are not counted: losses are found by time, from 0.1 s on.")
    if number in _REPLAYS:
        notes.append("A BrainFlow recording or stream; where it ends, samples just stop.")
    if board.rate_hz < 400:
        notes.append(f"{board.rate_hz:g} Hz: sees only the lower part of the EMG band.")
    return tuple(notes)
