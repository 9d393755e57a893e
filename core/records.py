"""Telemetry records as numpy arrays, for those who write rows fast or read thousands at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ring import Layout

_DTYPES = {"d": "<f8", "f": "<f4", "q": "<i8", "i": "<i4", "I": "<u4", "h": "<i2", "B": "u1", "?": "?"}


def record_dtype(layout: Layout, *, scalars: bool = True) -> np.dtype[np.void]:
    """The packed numpy type of a ring's records.

    Args:
        layout: the ring's fields.
        scalars: fields of count 1 read as numbers; False keeps them as arrays of one, to write through views.
    """
    return np.dtype(
        [
            (f.name, _DTYPES[f.code]) if f.count == 1 and scalars else (f.name, _DTYPES[f.code], (f.count,))
            for f in layout.fields
        ]
    )


def to_array(layout: Layout, payloads: Sequence[bytes]) -> NDArray[Any]:
    """[n] structured array of packed records, oldest first."""
    return np.frombuffer(b"".join(payloads), record_dtype(layout))
