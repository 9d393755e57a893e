"""Delsys Trigno through its control program: commands, EMG and AUX on three connections."""

from __future__ import annotations

import contextlib
import math
import select
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT, Chunk
from ...core.errors import ProfileError, SourceBusy, SourceError, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import pick
from ..options import read_options
from ..settings import SourceSettings
from ..source import SourceInfo
from ..tcp import TcpLink, dial
from ..wire import Wire
from . import codec
from .aux import AuxStream
from .commands import Commands
from .sensors import Base, EmgSlot, agreed_rate_hz, ask_base, aux_groups, emg_slots
from .settings import TrignoOptions

_START_S = 8.0
"""START is answered late, and the first samples come up to two seconds after the answer."""
_STOP_S = 1.0
_ABSURD = 50.0
"""Ranges of input beyond which a number is no reading of a sensor."""
_FRAME_S = 0.0135
_AUX_HZ = 2 / _FRAME_S
"""Of bases that do not say it (data sheet; the legacy AUX port's 148 Hz)."""
_FRAME_NOTE = (
    "The base hands samples over in frames of {samples} ({ms:.1f} ms), after a radio and a program whose "
    "delay nobody states: for an ankle, measure it first."
)
_RANGE_NOTE = (
    "The base does not say its sensors' input range: {range_mv} mV is believed (source.options.range_mv)."
)


@dataclass(frozen=True, slots=True)
class _Session:
    """Three connections to one base, and what it said."""

    commands: Commands
    emg: TcpLink
    aux: AuxStream | None
    slots: tuple[EmgSlot, ...]
    big_endian: bool

    def close(self) -> None:
        self.commands.close()
        self.emg.close()
        if self.aux is not None:
            self.aux.close()


class TrignoSource(FramedSource):
    """All EMG channels of the sensors that are switched on; their rate is asked of the base."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._options = read_options(TrignoOptions, settings)
        if not settings.host:
            raise ProfileError(
                "source.host is empty", "set the address of the computer that runs the Trigno Control Utility"
            )
        self._session: _Session | None = None

    def _connect(self) -> Wire:
        """Ask who is there, then join the streams: a base starts only once somebody listens to its data."""
        host, options = self._settings.host, self._options
        commands = Commands(host, options.command_port, self._settings.find_s)
        emg: TcpLink | None = None
        try:
            self._set_mode(commands)
            base = ask_base(commands, aux=options.aux)
            slots = self._settle(commands, base)
            emg = dial(host, options.emg_at, self._settings.find_s)
            self._session = _Session(commands, emg, self._join_aux(base), slots, base.big_endian)
        except BaseException:
            commands.close()
            if emg is not None:
                emg.close()
            raise
        return emg

    def _set_mode(self, base: Commands) -> None:
        """The base keeps what the last program wanted. Old bases know none of this, and need not."""
        legacy = "ON" if self._options.legacy or self._options.upsample else "OFF"
        upsample = "ON" if self._options.upsample else "OFF"
        for text in ("STOP", f"BACKWARDS COMPATIBILITY {legacy}", f"UPSAMPLE {upsample}"):
            base.known(text)

    def _settle(self, commands: Commands, base: Base) -> tuple[EmgSlot, ...]:
        """Which channels, at which rate."""
        slots, notes = emg_slots(base)
        if not slots:
            raise SourceError(f"{commands.name}: no sensor measures EMG: {' '.join(notes)}")
        picked = pick([slot.name for slot in slots], self._settings.channels, "the Trigno")
        slots = tuple(slots[i] for i in picked)
        self._picked = tuple(range(len(slots)))  # the codec hands out only these
        rate_hz = agreed_rate_hz(
            commands.name, base, slots, self._settings.rate_hz, resampled=self._options.upsample
        )
        frame_s = _FRAME_S if math.isnan(base.frame_s) else base.frame_s
        samples = max(1, round(rate_hz * frame_s))
        self._info = SourceInfo(
            kind=self._settings.kind,
            name="Delsys Trigno",
            serial=commands.known("BASE SERIAL?"),
            channels=tuple(slot.name for slot in slots),
            rate_hz=rate_hz,
            unit=MICROVOLT,
            samples_per_packet=samples,
            railed=self._options.railed_uv,
            notes=(
                _FRAME_NOTE.format(samples=samples, ms=frame_s * 1e3),
                _RANGE_NOTE.format(range_mv=self._options.range_mv),
                *notes,
            ),
        )
        return slots

    def _join_aux(self, base: Base) -> AuxStream | None:
        options = self._options
        groups = aux_groups(base, options.aux_width) if options.aux else ()
        if not groups:
            return None
        rates = [channel.rate_hz for sensor in base.sensors for channel in sensor.aux]
        rate_hz = next(hz for hz in (base.aux_samples / base.frame_s, *rates, _AUX_HZ) if hz > 0)
        link = dial(self._settings.host, options.aux_at, self._settings.find_s)
        width = options.aux_width * codec.SLOTS
        return AuxStream(link, groups, width, rate_hz, big_endian=base.big_endian)

    def _begin(self, wire: Wire) -> None:
        del wire  # the session has it
        try:
            self._start(self._live())
        except BaseException:
            self._hang_up()
            raise

    def _start(self, session: _Session) -> None:
        """START, then wait for the first samples: a base that waits for a trigger would be silent forever."""
        where = session.commands.name
        answer = session.commands.ask("START", _START_S)
        if answer != "OK":
            raise SourceBusy(
                f"{where}: the base does not start: {answer[:40]!r}",
                "end other programs that use the base, then look at it in the Trigno Control Utility",
            )
        if not select.select([session.emg], [], [], _START_S)[0]:
            raise SourceNotFound(
                f"{where}: the base has started, but no sample came within {_START_S:g} s",
                "does it wait for a trigger? Switch that off in the Trigno Control Utility",
            )

    def _decoder(self) -> FrameDecoder:
        session = self._live()
        columns = [slot.column for slot in session.slots]
        scale_uv = min(slot.scale_uv for slot in session.slots)
        most = _ABSURD * self._options.railed_uv / scale_uv
        return codec.SlotDecoder(codec.SLOTS, columns, big_endian=session.big_endian, most=most)

    def _scale(self) -> NDArray[np.float64]:
        return np.array([slot.scale_uv for slot in self._live().slots])

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`."""
        chunk = super().read(min_samples, deadline_s)
        aux = self._live().aux
        return replace(chunk, aux=aux.poll()) if aux is not None and len(chunk) else chunk

    def _live(self) -> _Session:
        if self._session is None:
            raise SourceError("this trigno is not open", "call open() first")
        return self._session

    def _farewell(self, wire: Wire) -> None:
        del wire  # data goes one way
        commands = self._live().commands
        with contextlib.suppress(SourceError):
            commands.ask("STOP", _STOP_S)
        commands.ask("QUIT", _STOP_S)

    def close(self) -> None:
        """See `EmgSource`."""
        super().close()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
