"""What all tables share: types that read alike on both engines, versions, and checks said once.

A column says its choice or its ends in `info`; the database's CHECK and the check in code
(`checks.check_row`) are both made from that.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from .rights import Verb

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""Migrations must be able to name what they change."""


class UtcTime(TypeDecorator[datetime]):
    """A moment. Kept as UTC without a zone, to the microsecond: SQLite has no zones."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What checks look for."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC, without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without its zone: {value}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware again."""
        return None if value is None else value.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between columns of one row.

    Attributes:
        name: of the constraint.
        sql: as the database checks it; the same on both engines.
        holds: the same in Python.
        says: for people, when it does not hold.
    """

    name: str
    sql: str
    holds: Callable[[Any], bool]
    says: str


def in_order(earlier: str, later: str) -> Rule:
    """`later` does not come before `earlier`; either may be unknown."""

    def holds(row: Any) -> bool:
        first, second = getattr(row, earlier), getattr(row, later)
        return first is None or second is None or first <= second

    return Rule(
        f"{earlier}_then_{later}",
        f"{earlier} IS NULL OR {later} IS NULL OR {earlier} <= {later}",
        holds,
        f"{later} comes before {earlier}",
    )


def text(length: int = 200, *, optional: bool = False) -> MappedColumn[Any]:
    """A word or a line; never empty where it must be there."""
    return mapped_column(String(length), nullable=optional, info={"length": length, "filled": not optional})


def choice(words: tuple[str, ...], *, optional: bool = False) -> MappedColumn[Any]:
    """One of `words`."""
    return mapped_column(String(40), nullable=optional, info={"words": words})


def number(least: float, most: float, *, optional: bool = False) -> MappedColumn[Any]:
    """A number from `least` to `most`."""
    return mapped_column(Float, nullable=optional, info={"ends": (least, most)})


def count(least: int = 0, most: int = 1_000_000_000, *, optional: bool = False) -> MappedColumn[Any]:
    """A whole number from `least` to `most`."""
    return mapped_column(Integer, nullable=optional, info={"ends": (least, most)})


def day(*, optional: bool = False) -> MappedColumn[Any]:
    """A date."""
    return mapped_column(Date, nullable=optional)


def moment(*, optional: bool = False) -> MappedColumn[Any]:
    """A moment, aware."""
    return mapped_column(UtcTime, nullable=optional)


def content(kind: type[dict[Any, Any]] | type[list[Any]] = dict) -> MappedColumn[Any]:
    """JSON; empty where nothing is said, so that there is one way to say nothing."""
    return mapped_column(JSON(none_as_null=True), nullable=False, default=kind)


def flag(*, default: bool | None = None, optional: bool = False) -> MappedColumn[Any]:
    """Yes or no."""
    return mapped_column(nullable=optional, default=default)


def new_id() -> str:
    """An id nobody can guess, the same on both engines; never used again after a deletion."""
    return secrets.token_hex(16)


class Base(DeclarativeBase):
    """Adds the CHECKs that columns and rules ask for."""

    metadata = MetaData(naming_convention=NAMING)
    RULES: ClassVar[tuple[Rule, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = cls.__dict__.get("__table__")
        if isinstance(table, Table):
            _add_checks(table, cls.RULES)


def _add_checks(table: Table, rules: tuple[Rule, ...]) -> None:
    for column in table.columns:
        if "words" in column.info:
            words = ", ".join(f"'{word}'" for word in column.info["words"])
            table.append_constraint(
                CheckConstraint(f"{column.name} IN ({words})", name=f"{column.name}_words")
            )
        if "ends" in column.info:
            least, most = column.info["ends"]
            sql = f"{column.name} >= {least:g} AND {column.name} <= {most:.12g}"
            table.append_constraint(CheckConstraint(sql, name=f"{column.name}_ends"))
        if column.info.get("filled"):
            table.append_constraint(
                CheckConstraint(f"length({column.name}) > 0", name=f"{column.name}_filled")
            )
    for rule in rules:
        table.append_constraint(CheckConstraint(rule.sql, name=rule.name))


class Versioned(Base):
    """A row that people edit: who saved last, and a version that grows with every save."""

    __abstract__ = True
    version: Mapped[int] = mapped_column(nullable=False)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, nullable=False)
    changed_by: Mapped[str] = mapped_column(String(100), nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy gives the class
        """The version is part of every UPDATE's WHERE."""
        return {"version_id_col": cls.version}


class OfPatient(Versioned):
    """A row of one patient. What hangs on it says the patient too, so that it cannot hang on another's."""

    __abstract__ = True
    SEEN_BY: ClassVar[Verb] = Verb.SEE
    WRITTEN_BY: ClassVar[Verb] = Verb.EDIT

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(String(64), nullable=False, index=True)


def of_patient(*parents: str, unique: tuple[str, ...] = (), named: str | None = None) -> tuple[Any, ...]:
    """Constraints of a patient's table: the patient is there; each of `parents` ("limb": column `limb_id`)
    is a row of the same patient; and the row can be such a parent itself. `named`: what `unique` is called
    where a name of all its columns is longer than PostgreSQL's 63 letters."""
    made: list[Any] = [
        ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        UniqueConstraint("patient_id", "id"),
    ]
    made += [
        ForeignKeyConstraint(["patient_id", f"{parent}_id"], [f"{parent}.patient_id", f"{parent}.id"])
        for parent in parents
    ]
    if unique:
        made.append(UniqueConstraint(*unique, name=named))
    return tuple(made)


def hangs_on(*, optional: bool = False) -> MappedColumn[Any]:
    """Id of a row of the same patient; the constraint comes from `of_patient`."""
    return mapped_column(String(32), nullable=optional, index=True)
