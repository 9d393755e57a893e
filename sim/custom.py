"""A patient of one's own from a TOML file: muscles and transfers, electrodes, movements, months.

`docs/simulated-patient.md` shows one. What a file may say is checked when it is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..core.errors import ProfileError
from ..core.movements import REST, canonical
from ..core.profile import Level, Name
from ..core.tables import read_tables
from .anatomy import body_named
from .body import NATIVE, Body, Muscle
from .maturity import Growth
from .montage import SPACING_MM, Montage, Pair, rings

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Degrees = Annotated[float, Field(ge=-360.0, le=720.0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Muscle(_Table):
    name: Name
    innervation: Literal["native", "reinnervated"] = "native"
    at_deg: Degrees
    depth_mm: Annotated[float, Field(ge=3.0, le=80.0)]
    along_mm: Annotated[float, Field(ge=-150.0, le=150.0)] = 0.0
    spread_mm: Annotated[float, Field(ge=0.5, le=20.0)] = 4.0
    units: Annotated[int, Field(ge=0, le=500)] = 0
    fibre_mm: Annotated[float, Field(ge=0.0, le=500.0)] = 0.0
    nerve: str = ""
    target: str = ""
    intended: str = ""

    @model_validator(mode="after")
    def _transferred(self) -> _Muscle:
        if self.innervation == NATIVE and (self.nerve or self.target or self.intended):
            raise ValueError("nerve, target and intended belong to reinnervated muscles")
        if self.innervation != NATIVE and not (self.nerve and self.target):
            raise ValueError("a reinnervated muscle needs its nerve and its target")
        return self


class _Electrode(_Table):
    at_deg: Degrees
    along_mm: Annotated[float, Field(ge=-150.0, le=150.0)] = 18.0
    spacing_mm: Annotated[float, Field(ge=4.0, le=60.0)] = SPACING_MM


class _Rings(_Table):
    channels: Literal[8, 16, 32, 64]
    spacing_mm: Annotated[float, Field(ge=4.0, le=60.0)] = SPACING_MM
    from_deg: Degrees = 0.0
    over_deg: Annotated[float, Field(ge=20.0, le=360.0)] = 360.0


class _Custom(_Table):
    name: Name
    level: Level
    radius_mm: Annotated[float, Field(ge=20.0, le=200.0)]
    fat_mm: Annotated[float, Field(ge=1.0, le=60.0)]
    months: Annotated[float, Field(ge=0.0, le=600.0)] = 12.0
    silent_months: Annotated[float, Field(ge=0.5, le=24.0)] = Growth().silent_months
    usable_months: Annotated[float, Field(ge=1.0, le=36.0)] = Growth().usable_months
    muscles: Annotated[tuple[_Muscle, ...], Field(min_length=1, max_length=64)]
    electrodes: Annotated[tuple[_Electrode, ...], Field(max_length=64)] = ()
    rings: _Rings | None = None
    movements: Annotated[dict[Name, dict[Name, Share]], Field(min_length=1, max_length=32)]

    @model_validator(mode="after")
    def _whole(self) -> _Custom:
        if self.usable_months <= self.silent_months:
            raise ValueError(
                f"usable_months {self.usable_months:g}; allowed: above silent_months, {self.silent_months:g}"
            )
        names = [muscle.name for muscle in self.muscles]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"muscle {name!r} is there twice")
        for muscle in self.muscles:
            if self.fat_mm + muscle.depth_mm >= self.radius_mm:
                raise ValueError(
                    f"muscle {muscle.name!r}: depth_mm {muscle.depth_mm:g} under fat_mm {self.fat_mm:g} lies "
                    f"beyond the limb's middle; allowed: below {self.radius_mm - self.fat_mm:g}"
                )
        if bool(self.electrodes) == (self.rings is not None):
            raise ValueError("say either [[electrodes]] or [rings]")
        for movement, tensed in self.movements.items():
            if canonical(movement) != movement:
                raise ValueError(f"movement {movement!r}: this project calls it {canonical(movement)!r}")
            if movement == REST and any(tensed.values()):
                raise ValueError("movement 'rest': nothing is tensed")
            for name in tensed:
                if name not in names:
                    raise ValueError(
                        f"movement {movement!r}: no muscle {name!r}; allowed: {', '.join(names)}"
                    )
        return self


def patient_named(name: str) -> Body:
    """A preset by name, or the patient that a .toml file describes.

    Raises:
        ProfileError: there is none.
    """
    return read_custom(Path(name)) if name.endswith(".toml") else body_named(name)


def read_custom(path: Path) -> Body:
    """The patient of a file: one person, taken as they are described.

    Raises:
        ProfileError: names file, key, value and what is allowed.
    """
    content = read_tables(path, "file")
    try:
        return _body(_Custom.model_validate(content))
    except ValidationError as error:
        raise ProfileError(f"{path}: {_first(error)}") from error


def _body(custom: _Custom) -> Body:
    muscles = tuple(
        Muscle(
            m.name,
            m.innervation,
            m.depth_mm,
            m.at_deg,
            m.along_mm,
            m.spread_mm,
            m.units,
            m.nerve,
            m.target,
            m.intended,
            fibre_mm=m.fibre_mm,
        )
        for m in custom.muscles
    )
    if custom.rings is not None:
        r = custom.rings
        montage = rings(r.channels, r.spacing_mm, r.from_deg, r.over_deg)
    else:
        montage = Montage(tuple(Pair(e.at_deg, e.along_mm, e.spacing_mm) for e in custom.electrodes))
    movements = {REST: dict[str, float](), **custom.movements}
    return Body(
        custom.name,
        custom.level,
        custom.radius_mm,
        custom.fat_mm,
        muscles,
        {name: tuple(tensed.get(m.name, 0.0) for m in muscles) for name, tensed in movements.items()},
        montage,
        custom.months,
        Growth(custom.silent_months, custom.usable_months),
        person=0,
    )


def _first(error: ValidationError) -> str:
    """The first complaint as: key, value, what is allowed."""
    found = error.errors()[0]
    key = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        tables: dict[str, type[BaseModel]] = {"muscles": _Muscle, "electrodes": _Electrode, "rings": _Rings}
        table = tables.get(str(found["loc"][0]), _Custom)
        return f"unknown key {key!r}; allowed: {', '.join(sorted(table.model_fields))}"
    if found["type"] == "missing":
        return f"key {key!r} is missing"
    message = found["msg"].removeprefix("Value error, ")
    if not key or isinstance(found["input"], dict | BaseModel):
        return f"{key}: {message}" if key else message
    return f"{key} = {found['input']!r}: {message}"
