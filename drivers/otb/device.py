"""Muovi, Muovi+, Sessantaquattro and Quattrocento as sources of EMG."""

from __future__ import annotations

from ...core.chunk import MICROVOLT
from ...core.errors import ProfileError, SourceError, SourceNotFound
from ..montage import numbered, pick
from ..options import read_options
from ..settings import SourceSettings
from ..source import SourceInfo
from ..tcp import dial
from ..wire import Wire
from . import muovi, quattrocento, sessantaquattro
from .base import DialInSource, OtbSource, hear_out, settled_rate
from .ramp import FEWEST_ROWS, rows_in
from .settings import MuoviOptions, QuattrocentoOptions, SessantaquattroOptions
from .words import Layout

_MOST_16 = 2**15 - 1
_MEAN_NOTE = (
    "The firmware takes the mean out (high-pass at {hz:.1f} Hz). An electrode offset of more than "
    "{most_mv:g} mV saturates the input before that: the channel then looks flat."
)
_DELAY_NOTE = "How many samples it sends at once is stated nowhere: for an ankle, measure its delay first."
_DC_NOTE = "Nothing takes the electrodes' offset out: it is part of the values."


class MuoviSource(DialInSource):
    """Muovi: 32 channels, monopolar at gain 8."""

    _name, _channels = "OT Bioelettronica Muovi", 32

    def __init__(self, settings: SourceSettings) -> None:
        options = read_options(MuoviOptions, settings)
        super().__init__(settings, options.port, options.peer)
        self._width = options.resolution // 8
        rate_hz = muovi.RATES_HZ[self._width]
        settled_rate(settings, (rate_hz,), rate_hz, f" at {options.resolution} bits")
        names = numbered(self._channels)
        self._picked = pick(names, settings.channels, f"the {self._name}")
        self._mine = muovi.layout(self._channels, self._width)
        together = muovi.SEGMENT_BYTES // self._mine.row_bytes
        fine = self._width == 2
        self._info = SourceInfo(
            kind=settings.kind,
            name=self._name,
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=rate_hz,
            unit=MICROVOLT,
            samples_per_packet=together,
            railed=_MOST_16 * muovi.MICROVOLTS if fine else muovi.INPUT_RANGE_UV,
            notes=(
                f"The probe sends {together} samples at once: every {together / rate_hz * 1e3:g} ms.",
                *((_MEAN_NOTE.format(hz=rate_hz / 190, most_mv=300),) if fine else (_DC_NOTE, *_EEG_NOTES)),
            ),
        )

    def _scale(self) -> float:
        return muovi.MICROVOLTS

    def _start(self) -> bytes:
        return muovi.control(self._width, go=True)

    def _stop(self) -> bytes:
        return muovi.control(self._width, go=False)

    def _widest(self) -> Layout:
        return muovi.layout(64, self._width)

    def _recognise(self, name: str, data: bytes) -> Layout:
        if rows_in(data, self._mine) >= FEWEST_ROWS:
            return self._mine
        for kind, channels in (("muovi", 32), ("muovi-plus", 64)):
            if rows_in(data, muovi.layout(channels, self._width)) >= FEWEST_ROWS:
                raise SourceError(
                    f"{name}: this probe has {channels} channels", f'set source.kind = "{kind}"'
                )
        raise _stranger(name, self._name, "set its firmware back to what the vendor delivers")


_EEG_NOTES = (
    "500 Hz: sees only the lower part of the EMG band (below about 200 Hz).",
    "Steps of 286.1 nV at 24 bits are those of the vendor's script; its document says so for 16 bits only.",
)


class MuoviPlusSource(MuoviSource):
    """Muovi+: 64 channels."""

    _name, _channels = "OT Bioelettronica Muovi+", 64


class SessantaquattroSource(DialInSource):
    """Sessantaquattro and Sessantaquattro+: 8 to 64 inputs."""

    def __init__(self, settings: SourceSettings) -> None:
        options = read_options(SessantaquattroOptions, settings)
        super().__init__(settings, options.port, options.peer)
        self._options = options
        self._width = options.resolution // 8
        rate_hz = settled_rate(settings, sessantaquattro.RATES_HZ, 2000.0)
        self._emg = sessantaquattro.channels(options.inputs, options.mode)
        names = numbered(self._emg)
        self._picked = pick(names, settings.channels, "the Sessantaquattro")
        fine = self._width == 2
        mean_note = _MEAN_NOTE.format(hz=rate_hz / 190, most_mv=300 if fine else 1200)
        notes = [mean_note if options.high_pass else _DC_NOTE]
        if fine and not options.high_pass:
            notes.append("16 bits reach 9.4 mV: an electrode's offset alone may fill them. Take 24 bits.")
        notes.append(_DELAY_NOTE)
        self._info = SourceInfo(
            kind=settings.kind,
            name="OT Bioelettronica Sessantaquattro",
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=rate_hz,
            unit=MICROVOLT,
            railed=_MOST_16 * sessantaquattro.MICROVOLTS if fine else sessantaquattro.WIDE_RANGE_UV,
            notes=tuple(notes),
        )

    def _scale(self) -> float:
        return sessantaquattro.MICROVOLTS

    def _word(self, *, go: bool) -> bytes:
        chosen = self._options
        return sessantaquattro.settings_word(
            self.info.rate_hz, chosen.inputs, chosen.mode, self._width, high_pass=chosen.high_pass, go=go
        )

    def _start(self) -> bytes:
        return self._word(go=True)

    def _stop(self) -> bytes:
        return self._word(go=False)

    def _widest(self) -> Layout:
        return sessantaquattro.widest(self._emg, self._width)

    def _recognise(self, name: str, data: bytes) -> Layout:
        found = sessantaquattro.probe(data, self._emg, self._width)
        if found is None:
            raise _stranger(name, "Sessantaquattro", "switch it off and on again")
        return found


class QuattrocentoSource(OtbSource):
    """Quattrocento: 96 to 384 channels over Ethernet."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._options = options = read_options(QuattrocentoOptions, settings)
        rate_hz = settled_rate(settings, quattrocento.RATES_HZ, 2048.0)
        try:
            self._inputs = options.inputs(rate_hz)
        except ValueError as error:
            raise ProfileError(f"source.options: {error}") from error
        names = quattrocento.channel_names(options.emg_channels)
        self._picked = pick(names, settings.channels, "the Quattrocento")
        self._mine = quattrocento.layout(options.emg_channels)
        first = self._inputs[0]
        self._info = SourceInfo(
            kind=settings.kind,
            name="OT Bioelettronica Quattrocento",
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=rate_hz,
            unit=MICROVOLT,
            railed=_MOST_16 * quattrocento.MICROVOLTS,
            notes=(
                f"The amplifier filters: {first.high_pass_hz:g} to {first.low_pass_hz:g} Hz.",
                _DELAY_NOTE,
            ),
        )

    def _scale(self) -> float:
        return quattrocento.MICROVOLTS

    def _config(self, *, go: bool) -> bytes:
        chosen = self._options
        return quattrocento.config(
            self.info.rate_hz, chosen.emg_channels, self._inputs, go=go, decimate=chosen.decimate
        )

    def _start(self) -> bytes:
        return self._config(go=True)

    def _stop(self) -> bytes:
        return self._config(go=False)

    def _connect(self) -> Wire:
        """Stop what a program before us may have left running: its rows would come first, and in pieces."""
        link = dial(self._settings.host or quattrocento.HOST, self._options.port, self._settings.find_s)
        try:
            link.write(self._stop())
            hear_out(link)
        except BaseException:
            link.close()
            raise
        return link

    def _widest(self) -> Layout:
        return self._mine

    def _recognise(self, name: str, data: bytes) -> Layout:
        if rows_in(data, self._mine) < FEWEST_ROWS:
            raise _stranger(name, "Quattrocento", "end other programs that use it, then switch it off and on")
        return self._mine


def _stranger(name: str, device: str, mend: str) -> SourceError:
    return SourceNotFound(f"{name}: no {device}: where its sample counter should be, nothing counts", mend)
