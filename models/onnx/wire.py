"""What an ONNX file may not hold, read from its bytes before a runtime opens it.

ONNX is protocol buffers (https://protobuf.dev/programming-guides/encoding); the field numbers are those of
onnx.proto3. Only messages on the way to an operator or a tensor are looked into, to a fixed depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...core.errors import BundleError

STANDARD = ("", "ai.onnx", "ai.onnx.ml")
"""Domains whose operators onnxruntime has itself."""


@dataclass(frozen=True)
class _Message:
    """Fields of a message: those to look into, those that must not be there, and the one that is a domain."""

    inside: dict[int, _Message] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    domain: int | None = None


_TENSOR = _Message(refused={13: "data outside of its file", 14: "data outside of its file"})
_ATTRIBUTE = _Message(
    {5: _TENSOR, 10: _TENSOR},
    {6: "a graph inside of a graph", 11: "a graph inside of a graph", 22: "sparse data", 23: "sparse data"},
)
_NODE = _Message({5: _ATTRIBUTE}, domain=7)
_GRAPH = _Message({1: _NODE, 5: _TENSOR}, {15: "sparse data"})
_MODEL = _Message({7: _GRAPH, 8: _Message(domain=1)}, {20: "training", 25: "functions of its own"})


def check_contents(model: bytes) -> None:
    """Refuse what could read other files, run foreign code or take unknown time.

    Raises:
        BundleError: the bytes are no ONNX model, or hold external data, operators that are not standard,
            graphs inside of operators (loops and branches), functions, sparse data or training information.
    """
    view = memoryview(model)
    if not any(number == 7 for number, _ in _fields(view)):
        raise BundleError("the decoder is not an ONNX model: it has no graph")
    _check(view, _MODEL)


def _check(view: memoryview, message: _Message) -> None:
    for number, value in _fields(view):
        # Field 14 of a tensor is where its data are: 0 (in the file) is allowed, and the default.
        if number in message.refused and value != 0:
            raise BundleError(f"the ONNX decoder holds {message.refused[number]}, which is not allowed")
        if isinstance(value, int):
            continue
        if number == message.domain and (name := bytes(value).decode("utf-8", "replace")) not in STANDARD:
            raise BundleError(
                f"the ONNX decoder has operators of {name!r}", f"allowed: {', '.join(STANDARD[1:])}"
            )
        if number in message.inside:
            _check(value, message.inside[number])


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(number, value) of a message's fields; what has a length comes as its bytes, all else as a number."""
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, at = _varint(view, at)
        if size is None or at + size > len(view):
            raise BundleError(f"the decoder is not an ONNX model: field {number} is damaged")
        yield number, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            break
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise BundleError("the decoder is not an ONNX model: a number in it is cut off")
