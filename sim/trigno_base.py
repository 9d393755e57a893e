"""What a virtual Trigno base answers. Pure: no port, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.errors import ProfileError
from ..drivers.trigno import codec

FRAME_S = 0.0135
"""Time between frames, whatever the rate (Delsys MAN-025)."""
_AUX_SAMPLES = 2
_AUX_CHANNELS = 6
_AUX_UNITS = ("g", "g", "g", "?/s", "?/s", "?/s")
"""An Avanti sensor with its IMU on. The degree sign is lost in ASCII."""
_ODD_SAMPLES = 17
"""1259 Hz (Avanti mode table)."""
_SENSOR = re.compile(r"SENSOR (\d+) (.+)")
_CHANNEL = re.compile(r"CHANNEL (\d+) (RATE|SAMPLES|UNITS|GAIN)\?")


@dataclass(frozen=True, slots=True)
class VirtualSensor:
    """One sensor that is switched on.

    Attributes:
        number: 1 to 16.
        start: slot of its first channel, from 1.
        emg: how many EMG channels it has.
    """

    number: int
    start: int
    emg: int


def sensors_from(texts: tuple[str, ...], channels: int) -> tuple[VirtualSensor, ...]:
    """Sensors such as ("1", "3x4"), each in the next free slot at or above its number.

    Raises:
        ProfileError: not such a text, too few of them for `channels`, or more than sixteen slots.
    """
    sensors: list[VirtualSensor] = []
    free = 1
    for text in texts or tuple(str(n) for n in range(1, channels + 1)):
        match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
        if not match:
            raise ProfileError(f"virtual Trigno's sensor {text!r}: a number, with x4 for four channels")
        number, emg = int(match[1]), int(match[2] or 1)
        start = max(free, number)
        free = start + emg
        sensors.append(VirtualSensor(number, start, emg))
    if free - 1 > codec.SLOTS or sum(sensor.emg for sensor in sensors) < channels:
        raise ProfileError(
            f"a Trigno has {codec.SLOTS} slots; {channels} channels do not fit its sensors",
            "play it over LSL",
        )
    return tuple(sensors)


class BaseFirmware:
    """Commands in, answers out; knows whether it streams.

    Args:
        sensors: that are on.
        rate_hz, samples: of their EMG, a second and a frame.
        odd_sensor: number of one with another rate; 0 for none.
        asleep: numbers of sensors that are paired but off.
        big_endian: order of the bytes of its numbers.
        old: it knows no questions about sensors, modes and rates.
    """

    greeting = codec.command(codec.BANNER + " Version 3.6.0 ")
    aux_samples = _AUX_SAMPLES

    def __init__(
        self,
        sensors: tuple[VirtualSensor, ...],
        rate_hz: float,
        samples: int,
        *,
        odd_sensor: int = 0,
        asleep: tuple[int, ...] = (),
        big_endian: bool = False,
        old: bool = False,
    ) -> None:
        self.sensors = sensors
        self._rate_hz, self._samples = rate_hz, samples
        self._odd_sensor, self._asleep, self._old = odd_sensor, asleep, old
        self.big_endian = big_endian
        self.has_reader = False
        """Somebody has joined the EMG port: without one it cannot start."""
        self.streaming = False
        self.quits = False
        self.starts = 0
        self.upsampling = self.legacy = True  # as a program that is gone may have left it
        self._plain = {
            "MASTER": "NEW MASTER",
            "MASTER?": "YES",
            "TRIGGER?": "START OFF; STOP OFF",
            "VERSION?": "3.6.0",
            "MAX SAMPLES EMG?": str(samples),
            "MAX SAMPLES AUX?": str(_AUX_SAMPLES),
            "FRAME INTERVAL?": f"{FRAME_S:g}",
            "BASE FIRMWARE?": "Firmware: 1.0.0",
            "BASE SERIAL?": "BID: 1234",
        }

    def answer(self, text: str) -> str:
        """The reply to one command."""
        if text in ("START", "STOP", "QUIT"):
            return self._act(text)
        if self._old:
            return self._set(text) if text.startswith("ENDIAN ") else codec.REFUSALS[0]
        sensor = _SENSOR.fullmatch(text)
        if sensor:
            return self._about_sensor(int(sensor[1]), sensor[2])
        return self._set(text) or self._plain.get(text) or codec.REFUSALS[0]

    def _act(self, text: str) -> str:
        if text == "START":
            if self.streaming or not self.has_reader:
                return codec.REFUSALS[1]
            self.streaming = True
            self.starts += 1
            return "OK"
        self.streaming = False
        self.quits = text == "QUIT"
        return "BYE" if self.quits else "OK"

    def _set(self, text: str) -> str:
        """Modes and questions about them; "" for anything else."""
        match text.rpartition(" "):
            case ("BACKWARDS COMPATIBILITY", _, "ON" | "OFF" as state):
                self.legacy = state == "ON"
                return "OK"
            case ("UPSAMPLE" | "UPSAMPLING", _, "ON" | "OFF" as state):
                self.upsampling = state == "ON"
                return "OK"
            case ("ENDIAN", _, "BIG" | "LITTLE" as state):
                self.big_endian = state == "BIG"
                return "OK"
            case ("BACKWARDS", _, "COMPATIBILITY?"):
                return "YES" if self.legacy else "NO"
            case ("", _, "UPSAMPLING?"):
                return f"UPSAMPLING {'ON' if self.upsampling else 'OFF'}"
            case ("", _, "ENDIANNESS?"):
                return "BIG" if self.big_endian else "LITTLE"
        return ""

    def _about_sensor(self, number: int, question: str) -> str:
        found = [sensor for sensor in self.sensors if sensor.number == number]
        if not found:
            if 1 <= number <= codec.SLOTS and question in ("PAIRED?", "ACTIVE?"):
                return "YES" if question == "PAIRED?" and number in self._asleep else "NO"
            return codec.REFUSALS[0]
        sensor = found[0]
        channel = _CHANNEL.fullmatch(question)
        if channel:
            return self._about_channel(sensor, int(channel[1]), channel[2])
        answers = {
            "PAIRED?": "YES",
            "ACTIVE?": "YES",
            "TYPE?": "O",
            "MODE?": "40",
            "CHANNELCOUNT?": str(sensor.emg + _AUX_CHANNELS),
            "EMGCHANNELCOUNT?": str(sensor.emg),
            "AUXCHANNELCOUNT?": str(_AUX_CHANNELS),
            "STARTINDEX?": str(sensor.start),
            "SERIAL?": f"SP-W06-{number:04d}",
            "FIRMWARE?": "3.6.0",
        }
        return answers.get(question, codec.REFUSALS[0])

    def _about_channel(self, sensor: VirtualSensor, channel: int, question: str) -> str:
        if not 1 <= channel <= sensor.emg + _AUX_CHANNELS:
            return codec.REFUSALS[0]
        if channel > sensor.emg:
            samples, rate_hz = _AUX_SAMPLES, _AUX_SAMPLES / FRAME_S
            unit = _AUX_UNITS[channel - sensor.emg - 1]
        elif sensor.number == self._odd_sensor:
            samples, rate_hz, unit = _ODD_SAMPLES, _ODD_SAMPLES / FRAME_S, "V"
        else:
            samples, rate_hz, unit = self._samples, self._rate_hz, "V"
        answers = {"RATE": f"{rate_hz:.15g}", "SAMPLES": str(samples), "UNITS": unit, "GAIN": "300"}
        return answers[question]
