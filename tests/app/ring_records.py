"""Records of a ring by name; what is not named is zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from innervate.core.ring import Layout


def packed(layout: Layout, **values: Any) -> bytes:
    """One record.

    Raises:
        KeyError: a value that the layout has no field for.
    """
    flat: list[float] = []
    left = dict(values)
    for field in layout.fields:
        value = left.pop(field.name, 0)
        flat += value if isinstance(value, Sequence) else [value] * field.count
    if left:
        raise KeyError(f"no such field: {', '.join(left)}")
    return layout.pack(*flat)
