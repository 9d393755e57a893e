"""All that a tree of our objects remembers, as bytes, and back into a tree that was made anew. No pickle.

For flight logs whose beginning was overwritten. The tree is made again by the same program from the same
settings; `put` then restores what had changed in it. Taken are numbers, texts, enums, arrays, frozen
dataclasses of ours and containers of these; objects of ours are entered. Everything else (functions, sockets)
is taken to be the same, and so are the ends of the process: classes with `remembers_nothing`.

What there is to take is looked up once, when the tree is new; `take` itself is quick enough for a turn. Views
of what is taken are left out, and arrays of the same shape are filled in place, so that views stay views. Of
a table of views (in containers of containers, or without an array of its own) only the arrays behind it are
taken: such tables are made once. A new object where there was none at the start is not seen. Whether that is
right for a tree is seen by restoring it and going on: tests do.

Format: u32 length, JSON, then the arrays one after the other.
"""

from __future__ import annotations

import json
import struct
import sys
from collections import deque
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

_OURS = __name__.split(".", maxsplit=1)[0]
_SAME = {"?": 1}
"""Stands for what is not taken."""
_LENGTH = struct.Struct("<I")
_CONTAINERS = (tuple, list, deque, dict)


@dataclass
class _Node:
    """One object of the tree: where it hangs, and what of it is taken."""

    parent: int
    name: str
    item: int = -1
    """Of a tuple or list; -1 when the attribute is the object itself."""
    arrays: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


class Memory:
    """See the module.

    Args:
        root: new, as its constructor left it.
        skip: names of attributes not to be entered, wherever they are.
    """

    def __init__(self, root: object, skip: frozenset[str] = frozenset()) -> None:
        self._root = root
        self._taker = _Taker()
        plan = _Plan(root, skip, self._taker)
        self._nodes, self._loose = plan.nodes, plan.loose

    def take(self) -> bytes:
        """What the tree remembers now."""
        take = self._taker.take
        values: list[list[Any] | None] = []
        shapes: list[tuple[str, tuple[int, ...]]] = []
        blobs: list[bytes] = []
        for node, found in zip(self._nodes, self._objects(), strict=True):
            if found is None:
                values.append(None)
                continue
            values.append([take(getattr(found, name)) for name in node.values])
            for name in node.arrays:
                array = getattr(found, name)
                shapes.append((array.dtype.str, array.shape))
                blobs.append(array.tobytes())
        blobs += [array.tobytes() for array in self._loose]
        text = json.dumps((values, shapes), separators=(",", ":")).encode()
        return b"".join((_LENGTH.pack(len(text)), text, *blobs))

    def put(self, content: bytes) -> None:
        """Inverse of `take`, into a tree of the same make.

        Raises:
            ValueError: not from such a tree.
        """
        try:
            (length,) = _LENGTH.unpack_from(content)
            values, shapes = json.loads(content[_LENGTH.size : _LENGTH.size + length])
            self._put(values, iter(shapes), memoryview(content)[_LENGTH.size + length :])
        except (LookupError, TypeError, AttributeError, StopIteration, struct.error) as error:
            raise ValueError(f"not a snapshot of this program: {error!r}") from error

    def _put(self, values: Any, shapes: Any, blobs: memoryview) -> None:
        at = 0
        objects = self._objects()
        for k, (node, images) in enumerate(zip(self._nodes, values, strict=True)):
            found = next(objects)
            if images is None:
                if node.item < 0:
                    setattr(self._parents[node.parent], node.name, None)
                    self._parents[k] = None
                continue
            for name, image in zip(node.values, images, strict=True):
                now = getattr(found, name)
                made = _made(image, now)
                if made is not now:
                    setattr(found, name, made)
            for name in node.arrays:
                kind, shape = next(shapes)
                flat, at = _array_at(blobs, at, kind, shape)
                now = getattr(found, name)
                made = _filled(flat.reshape(shape), now)
                if made is not now:
                    setattr(found, name, made)
        for array in self._loose:
            flat, at = _array_at(blobs, at, array.dtype.str, array.shape)
            array[...] = flat.reshape(array.shape)

    def _objects(self) -> Any:
        """Each node's object; None where there is none now."""
        self._parents: list[Any] = []
        for node in self._nodes:
            found: Any = self._root
            if node.parent >= 0:
                found = self._parents[node.parent]
                found = None if found is None else getattr(found, node.name)
                if node.item >= 0 and found is not None:
                    found = found[node.item]
            self._parents.append(found)
            yield found


class _Plan:
    """Looks through a new tree for what there is to take."""

    def __init__(self, root: object, skip: frozenset[str], taker: _Taker) -> None:
        self._skip, self._taker = skip, taker
        self._seen = {id(root)}
        self._owned: set[int] = set()
        self._tables: list[tuple[_Node, str, Any]] = []
        self._views: list[tuple[_Node, str, Any]] = []
        self.nodes = [_Node(-1, "")]
        self.loose: list[Any] = []
        """Arrays that only tables of views know."""
        found = [root]
        for k, one in enumerate(found):
            for name in _attributes(one):
                if name not in skip:
                    found += self._look(k, name, getattr(one, name))
        whole: set[int] = set()
        for node, name, array in self._views:
            owner = _owner(array)
            if id(owner) not in self._owned:
                node.arrays.append(name)
                if array.nbytes == owner.nbytes:
                    whole.add(id(owner))
        self._owned |= whole
        for node, name, table in self._tables:
            arrays = [one for one in _arrays_in(table) if not self._is_taken(one)]
            first = table.values() if isinstance(table, dict) else table
            if any(one is array for one in first for array in arrays if array.base is None):
                node.values.append(name)
                continue
            for array in arrays:
                owner = _owner(array)
                if id(owner) not in self._owned:
                    self._owned.add(id(owner))
                    self.loose.append(owner)

    def _is_taken(self, array: Any) -> bool:
        """With another attribute; or it cannot change."""
        owner = _owner(array)
        return id(owner) in self._owned or not owner.flags.writeable

    def _look(self, parent: int, name: str, value: Any) -> list[object]:
        """Sort one attribute; returns the objects to be entered."""
        node = self.nodes[parent]
        if _is_object(value):
            return self._enter(parent, name, [value], single=True)
        if isinstance(value, tuple | list) and value and all(map(_is_object, value)):
            return self._enter(parent, name, list(value), single=False)
        if _is_array(value):
            if value.flags.writeable and value.base is None:
                self._owned.add(id(value))
                node.arrays.append(name)
            elif value.flags.writeable:
                self._views.append((node, name, value))
        elif isinstance(value, _CONTAINERS) and _arrays_in(value):
            self._tables.append((node, name, value))
        elif self._taker.take(value) != _SAME:
            node.values.append(name)
        return []

    def _enter(self, parent: int, name: str, values: list[object], *, single: bool) -> list[object]:
        new = []
        for k, value in enumerate(values):
            if id(value) not in self._seen:
                self._seen.add(id(value))
                self.nodes.append(_Node(parent, name, -1 if single else k))
                new.append(value)
        return new


def _is_object(value: object) -> bool:
    """An object of ours that may change."""
    kind = type(value)
    if kind.__module__.split(".", maxsplit=1)[0] != _OURS or isinstance(value, type | Enum):
        return False
    return not getattr(value, "remembers_nothing", False) and not _is_frozen(value)


def _is_frozen(value: object) -> bool:
    parameters: Any = getattr(type(value), "__dataclass_params__", None)
    return is_dataclass(value) and bool(parameters.frozen)


def _is_array(value: object) -> bool:
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        return False
    array: Any = value
    return not array.dtype.hasobject and array.dtype.names is None


def _owner(array: Any) -> Any:
    """The array whose memory it is."""
    found = array
    while array is not None:
        found = array if _is_array(array) else found
        array = getattr(array, "base", None)  # a view by strides has a stand-in between it and its owner
    return found


def _arrays_in(table: Any) -> list[Any]:
    """All arrays in a container, however deep."""
    found = []
    for one in table.values() if isinstance(table, dict) else table:
        if _is_array(one):
            found.append(one)
        elif isinstance(one, _CONTAINERS):
            found += _arrays_in(one)
    return found


def _array_at(blobs: memoryview, at: int, kind: str, shape: list[int]) -> tuple[Any, int]:
    numpy: Any = sys.modules["numpy"]
    count = 1
    for length in shape:
        count *= length
    flat = numpy.frombuffer(blobs, kind, count, at) if count else numpy.empty(0, kind)
    return flat, at + flat.nbytes


def _filled(found: Any, now: Any) -> Any:
    """An array of `found`'s numbers: `now` itself where it fits."""
    if _is_array(now) and now.dtype == found.dtype and now.shape == found.shape and now.flags.writeable:
        now[...] = found
        return now
    return found.copy()


class _Taker:
    """Images of single values, ready for JSON."""

    def take(self, value: object) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if isinstance(value, Enum):
            return {"e": _name(kind), "v": value.value}
        if isinstance(value, bytes):
            return {"b": value.hex()}
        if isinstance(value, tuple | list | deque):
            return {kind.__name__[0]: [self.take(each) for each in value]}
        if isinstance(value, dict):
            return {"m": [[self.take(k), self.take(v)] for k, v in value.items()]}
        numpy: Any = sys.modules.get("numpy")
        if _is_array(value) or (numpy is not None and isinstance(value, numpy.generic)):
            return self._array(value)
        if _is_frozen(value) and kind.__module__.split(".", maxsplit=1)[0] == _OURS:
            each = {f.name: self.take(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
            return {"f": _name(kind), "v": each}
        return _SAME

    @staticmethod
    def _array(value: Any) -> Any:
        return {"a": value.dtype.str, "s": list(value.shape), "h": value.tobytes().hex(), "0": value.ndim}


def _attributes(value: object) -> list[str]:
    names = list(getattr(value, "__dict__", ()))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return [name for name in names if name not in ("__dict__", "__weakref__") and hasattr(value, name)]


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    """A class of ours that the program has loaded: nothing is imported because a file says so."""
    module, _, qualified = name.partition(":")
    found = getattr(sys.modules.get(module), qualified, None)
    if module.split(".", maxsplit=1)[0] != _OURS or not isinstance(found, type):
        raise ValueError(f"no class {name!r} of ours")
    if not (issubclass(found, Enum) or is_dataclass(found)):
        raise ValueError(f"{name!r} is neither an enum nor a dataclass")
    return found


def _made(image: Any, now: Any) -> Any:
    """The value of an image; `now` is what stands there, and is filled where it can be."""
    if not isinstance(image, dict):
        return image
    if "?" in image:
        return now
    if "e" in image:
        return _class(image["e"])(image["v"])
    if "f" in image:
        return _frozen(image, now)
    if "a" in image:
        return _array(image, now)
    if "b" in image:
        return bytes.fromhex(image["b"])
    if "m" in image:
        return {_made(k, None): _made(v, now.get(_made(k, None)) if now else None) for k, v in image["m"]}
    return _sequence(image, now)


def _sequence(image: dict[str, Any], now: Any) -> Any:
    ((letter, images),) = image.items()
    known = list(now) if isinstance(now, tuple | list | deque) else []
    known += [None] * (len(images) - len(known))
    made = [_made(one, was) for one, was in zip(images, known, strict=False)]
    if letter == "t":
        return tuple(made)
    if letter not in "ld" or not isinstance(now, list | deque):
        return deque(made) if letter == "d" else made
    now.clear()
    now.extend(made)
    return now


def _frozen(image: dict[str, Any], now: Any) -> Any:
    kind = _class(image["f"])
    made = object.__new__(kind)
    for name, one in image["v"].items():
        object.__setattr__(made, name, _made(one, getattr(now, name, None) if type(now) is kind else None))
    return made


def _array(image: dict[str, Any], now: Any) -> Any:
    flat, _ = _array_at(memoryview(bytes.fromhex(image["h"])), 0, image["a"], image["s"])
    found = flat.reshape(image["s"])
    return _filled(found, now) if image["0"] or _is_array(now) else found[()]
