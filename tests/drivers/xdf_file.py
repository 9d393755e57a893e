"""A tiny XDF file, byte by byte, from the format's specification (sccn/xdf, version 1.0)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def chunk(tag: int, content: bytes) -> bytes:
    """NumLengthBytes, Length, Tag, Content."""
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def header(
    stream: int, name: str, kind: str, channels: int, rate_hz: float, form: str, desc: str = ""
) -> bytes:
    xml = (
        f'<?xml version="1.0"?><info><name>{name}</name><type>{kind}</type>'
        f"<channel_count>{channels}</channel_count><nominal_srate>{rate_hz}</nominal_srate>"
        f"<channel_format>{form}</channel_format><source_id>{name}</source_id><desc>{desc}</desc></info>"
    )
    return chunk(2, struct.pack("<I", stream) + xml.encode())


def numbers(stream: int, values: np.ndarray, t_s: np.ndarray) -> bytes:
    rows = [
        b"\x08" + struct.pack("<d", t) + row.astype("<f4").tobytes()
        for t, row in zip(t_s, values, strict=True)
    ]
    return chunk(3, struct.pack("<I", stream) + b"\x04" + struct.pack("<I", len(rows)) + b"".join(rows))


def texts(stream: int, said: Sequence[tuple[float, str]]) -> bytes:
    rows = [b"\x08" + struct.pack("<d", t) + b"\x01" + bytes([len(text)]) + text.encode() for t, text in said]
    return chunk(3, struct.pack("<I", stream) + b"\x01" + bytes([len(rows)]) + b"".join(rows))


def write_xdf(path: Path, chunks: Sequence[bytes]) -> None:
    first = chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')
    path.write_bytes(b"XDF:" + first + b"".join(chunks))


def labels(names: Sequence[str], unit: str) -> str:
    rows = "".join(f"<channel><label>{n}</label><unit>{unit}</unit><type>EMG</type></channel>" for n in names)
    return f"<channels>{rows}</channels>"
