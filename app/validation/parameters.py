"""All values that the figures come from, and two digests: of the values, and of the code.

The settings' hash is over values alone: constants of the simulator, its tasks and these rows, the defaults of
its settings, the presets. A comment or a moved function changes nothing; a number does.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType

import numpy as np

_ROOT = __package__.rsplit(".", 2)[0]
_FOLDER = Path(__file__).parents[2]
SUBJECTS = (
    "sim.anatomy",
    "sim.background",
    "sim.body",
    "sim.firing",
    "sim.level_table",
    "sim.levels_arm",
    "sim.levels_leg",
    "sim.maturity",
    "sim.montage",
    "sim.motor_units",
    "sim.patient",
    "sim.person",
    "sim.plant",
    "sim.potentials",
    "sim.sampling",
    "sim.schedule",
    "sim.simulate",
    "sim.superposition",
    "sim.twitch",
    "sim.disturbances.*",
    "sim.user.*",
    "calibration.tasks.*",
    "calibration.train",
    "app.closed.*",
    "app.validation.*",
    "controller.intent",
    "controller.settings",
    "models.design",
)
"""Modules whose values count; a star takes those of a package. One that is not there counts nothing."""
CODE = (*SUBJECTS, "calibration.*", "controller.decider", "controller.mapping", "models.*", "models.signal.*")
"""Modules whose code the figures also come from."""
_ELSEWHERE = tuple(f"app.validation.{name}" for name in ("judge", "kept", "margins", "parameters", "report"))
"""They only say what was found."""
_WORDS = frozenset(("what", "source", "text", "n_read"))
"""Fields that only describe; so do constants that are words, and those of words by words."""
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")


def settings_hash() -> str:
    """Of every parameter's value, 12 hex digits."""
    return digest(values(_loaded(SUBJECTS)))


def digest(found: Mapping[str, str]) -> str:
    """Of parameters by name, whatever their order."""
    lines = "\n".join(f"{name} = {found[name]}" for name in sorted(found))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def values(modules: Iterator[ModuleType] | list[ModuleType]) -> dict[str, str]:
    """Parameter -> value, in words that do not depend on the process."""
    found: dict[str, str] = {}
    for module in modules:
        for name, value in vars(module).items():
            said = None
            if _CONSTANT.fullmatch(name) and not _is_words(value):
                said = _said(value)
            elif isinstance(value, type) and value.__module__ == module.__name__ and is_dataclass(value):
                said = _defaults(value)
            if said is not None:
                found[f"{module.__name__.removeprefix(_ROOT + '.')}.{name}"] = said
    return found


def _is_words(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(part, str) for part in value.values())
    return isinstance(value, str)


def _defaults(kind: type) -> str | None:
    """Of a dataclass: what its fields are unless somebody says otherwise."""
    said = {}
    for field in fields(kind):
        default = _said(field.default) if field.default is not None else "None"
        if default is not None:
            said[field.name] = default
    return str(sorted(said.items())) if said else None


def _said(value: object) -> str | None:
    """Plain data, arrays and dataclasses of them; None for anything else (code is no value)."""
    if value is None or isinstance(value, bool | int | str | bytes):
        return repr(value)
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, np.ndarray):
        return f"array{value.shape}{value.dtype} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, tuple | list):
        return _all([_said(part) for part in value])
    if isinstance(value, frozenset | set):
        return _all([*sorted(filter(None, (_said(part) for part in value)))])
    if isinstance(value, Mapping):
        return _all([_all([_said(key), _said(part)]) for key, part in value.items()])
    if is_dataclass(value) and not isinstance(value, type):
        parts = [(f.name, getattr(value, f.name)) for f in fields(value) if f.name not in _WORDS]
        # A function in it is code: left out.
        return type(value).__name__ + str(
            [(name, _said(part)) for name, part in parts if not isinstance(part, Callable)]  # type: ignore[arg-type]
        )
    return None


def _all(parts: list[str | None]) -> str | None:
    return None if None in parts else "(" + ", ".join(map(str, parts)) + ")"


def code_digest() -> str:
    """Of the code, comments and docstrings left out, 12 hex digits; figures of other code are not used."""
    said = hashlib.sha256()
    for name in _names(CODE):
        path = _FOLDER.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        said.update(name.encode() + b"\0" + bare(path.read_text(encoding="utf-8")).encode())
    return said.hexdigest()[:12]


def bare(source: str) -> str:
    """What a module does: its syntax tree without any bare strings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _loaded(names: tuple[str, ...]) -> list[ModuleType]:
    return [importlib.import_module(f"{_ROOT}.{name}") for name in _names(names)]


def _names(patterns: tuple[str, ...]) -> list[str]:
    """Modules that there are, each once."""
    found: set[str] = set()
    for pattern in patterns:
        folder = _FOLDER.joinpath(*pattern.removesuffix(".*").split("."))
        if pattern.endswith(".*"):
            if folder.is_dir():
                inside = pkgutil.iter_modules([str(folder)])
                found |= {f"{pattern[:-2]}.{module.name}" for module in inside if not module.ispkg}
        elif folder.with_suffix(".py").is_file():
            found.add(pattern)
    return sorted(found - set(_ELSEWHERE))
