"""What a USB serial port probably is, by the numbers its chip answers with.

Boards and adapters share chips, so this is a guess, and is worded as one. Numbers: the USB ID Repository
(linux-usb.org/usb.ids), the boards' own pages, and for moteus adapters the names that they give themselves.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """What it may be.

    Attributes:
        likely: in words.
        source_kind: `source.kind` of a profile that would read it; empty when it is no amplifier, or when it
            cannot be known.
    """

    likely: str
    source_kind: str = ""


UNKNOWN = Guess("serial device")

_BY_NAME = {
    "fdcanusb": Guess("fdcanusb (moteus)"),
    "mjcanfd": Guess("mjcanfd-usb (moteus)"),
}
"""Part of the product's own name -> guess: several of these share a chip's default numbers."""

_BY_PRODUCT = {
    (0x2458, 0x0001): Guess("BLED112 (Myo armband)", "myo"),
    (0x0403, 0x6015): Guess("OpenBCI dongle (Cyton, Cyton + Daisy), or another FTDI adapter", "cyton"),
    (0x0403, 0x6001): Guess("FTDI adapter: USB-RS485 to an Ability Hand, an older Arduino, ..."),
    (0x0403, 0x6010): Guess("FTDI adapter with two ports"),
    (0x0403, 0x6011): Guess("FTDI adapter with four ports"),
    (0x0403, 0x6014): Guess("FTDI adapter: U2D2 to Dynamixel servos, or another device"),
    (0x10C4, 0xEA60): Guess("CP210x adapter: USB-UART to an Ability Hand, uMyo base, ESP32 board, ..."),
    (0x1A86, 0x7523): Guess("CH340 adapter: an Arduino-like board (MyoWare, SpikerShield), ...", "ascii"),
    (0x1A86, 0x5523): Guess("CH341 adapter: an Arduino-like board, ...", "ascii"),
    (0x1A86, 0x55D3): Guess("CH343 adapter: an Arduino-like board, ...", "ascii"),
    (0x1A86, 0x55D4): Guess("CH9102 adapter: an ESP32 board, ...", "ascii"),
    (0x067B, 0x2303): Guess("PL2303 adapter"),
    (0x0483, 0x5740): Guess("STM32 board: fdcanusb (moteus), or another device"),
    (0x1209, 0x2323): Guess("mjcanfd-usb (moteus)"),
    (0x16C0, 0x0483): Guess("Teensy board", "ascii"),
    (0x2341, 0x0043): Guess("Arduino Uno: MyoWare, SpikerShield (kind spikershield), ...", "ascii"),
    (0x2341, 0x0001): Guess("Arduino Uno: MyoWare, SpikerShield (kind spikershield), ...", "ascii"),
    (0x2341, 0x0042): Guess("Arduino Mega 2560", "ascii"),
    (0x2341, 0x8036): Guess("Arduino Leonardo", "ascii"),
}
"""(vendor, product) -> guess."""

_BY_VENDOR = {
    0x2341: Guess("Arduino board", "ascii"),
    0x2A03: Guess("Arduino board", "ascii"),
    0x239A: Guess("Adafruit board", "ascii"),
    0x1B4F: Guess("SparkFun board", "ascii"),
    0x2E8A: Guess("Raspberry Pi Pico", "ascii"),
    0x303A: Guess("ESP32 board", "ascii"),
    0x2886: Guess("Seeed board", "ascii"),
    0x0403: Guess("FTDI adapter"),
    0x10C4: Guess("Silicon Labs adapter"),
    0x1A86: Guess("WCH adapter: an Arduino-like board, ...", "ascii"),
}


def guess(vendor: int | None, product: int | None, name: str = "") -> Guess:
    """The most telling entry: the product's own name, its numbers, its vendor."""
    for part, found in _BY_NAME.items():
        if part in name.lower():
            return found
    if vendor is None:
        return UNKNOWN
    return _BY_PRODUCT.get((vendor, product or 0)) or _BY_VENDOR.get(vendor, UNKNOWN)
