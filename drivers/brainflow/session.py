"""One board in BrainFlow's hands, as a wire that carries rows of its table."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.clock import CLOCK, now
from ...core.errors import SourceLost
from .boards import Board
from .library import refusal

_BUFFER_S = 20
_LEAST_S = 1e-3
"""BrainFlow cannot be waited for, only asked: when the last wanted sample may come, and then at this pace
until it has. Measured with 3 samples of 250 Hz: 0.6 ms after BrainFlow had them (p99 1.2 ms)."""


class Session:
    """Prepared when it is made; BrainFlow reads the board in threads of its own.

    Args:
        shim: BrainFlow's module.
        number: board id.
        params: `BrainFlowInputParams`.
        board: its description.
        rate_hz: at which samples come.
        config: texts for the board.

    Raises:
        SourceNotFound, SourceBusy, ProfileError: BrainFlow's reason.
    """

    def __init__(
        self, shim: Any, number: int, params: Any, board: Board, rate_hz: float, config: tuple[str, ...]
    ) -> None:
        self.name = params.serial_port or params.ip_address or params.mac_address or board.name
        self._shim, self._board, self._rate_hz = shim, board, rate_hz
        self._port = params.serial_port
        self._row_bytes = 8 * board.width
        self.shim_board: Any = None
        try:
            self.shim_board = shim.BoardShim(number, params)
            self.shim_board.prepare_session()
            for text in config:
                self.shim_board.config_board(text)
        except shim.BrainFlowError as error:
            self.close()
            raise refusal(error, board.name, self._port) from error

    def start(self) -> None:
        """Let the samples come.

        Raises:
            SourceNotFound, SourceBusy, ProfileError: BrainFlow's reason.
        """
        try:
            self.shim_board.start_stream(max(1000, round(_BUFFER_S * self._rate_hz)))
        except self._shim.BrainFlowError as error:
            raise refusal(error, self._board.name, self._port) from error

    def stop(self) -> None:
        """No more samples."""
        with contextlib.suppress(self._shim.BrainFlowError):
            self.shim_board.stop_stream()

    def read(self, until_s: float, at_least: int = 1) -> bytes:
        """As `Wire.read`: whole rows, each `8 * width` bytes."""
        rows = -(-at_least // self._row_bytes)
        try:
            while True:
                have = self.shim_board.get_board_data_count()
                now_s = now()
                if have >= rows or now_s >= until_s:
                    break
                due_s = now_s + max(_LEAST_S, (rows - have - 1) / self._rate_hz)
                CLOCK.sleep_until(min(due_s, until_s))
            if not have:
                return b""
            table = self.shim_board.get_board_data(have)
        except self._shim.BrainFlowError as error:
            raise SourceLost(f"{self._board.name}: {error}", "start the limb again") from error
        return np.ascontiguousarray(table.T).tobytes()

    def read_preset(self, preset: int) -> NDArray[np.float64] | None:
        """[n, width] all that has come in a further table; None when nothing has."""
        with contextlib.suppress(self._shim.BrainFlowError):
            if self.shim_board.get_board_data_count(preset):
                table: NDArray[np.float64] = self.shim_board.get_board_data(preset=preset).T
                return table
        return None

    def write(self, data: bytes) -> None:
        """Hand text to the board."""
        with contextlib.suppress(self._shim.BrainFlowError):
            self.shim_board.config_board(data.decode())

    def close(self) -> None:
        """Release the board. May be called twice."""
        if self.shim_board is None:
            return
        with contextlib.suppress(self._shim.BrainFlowError):
            self.shim_board.release_session()
        self.shim_board = None
