"""What the store refuses, by what a caller can do about it.

InnervateError
└── StoreError            a value, a file or a wish that cannot be
    ├── Conflict          somebody else changed the row since it was read
    ├── NotAllowed        this account may not do that
    ├── LoginRefused      wrong name or password, or too early after wrong ones
    ├── SessionEnded      log in again
    └── ArchiveError      a backup is damaged, newer than this version, or in the way
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.errors import InnervateError


class StoreError(InnervateError):
    """A row, a file or a wish that cannot be."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One field on which two people differ: what stands, and what was to be written."""

    field: str
    theirs: Any
    yours: Any


class Conflict(StoreError):  # noqa: N818 - says what happened
    """The row was changed after it was read; nothing of the second change was written.

    Args:
        row: such as "patient p7".
        by: who changed it.
        at: when.
        clashes: every field of the second change.
        version: what the row has now.
    """

    def __init__(self, row: str, by: str, at: datetime, clashes: tuple[Clash, ...], version: int) -> None:
        self.by, self.at, self.clashes, self.version = by, at, clashes, version
        fields = "; ".join(f"{c.field}: theirs {c.theirs!r}, yours {c.yours!r}" for c in clashes)
        super().__init__(
            f"{row}: {by} changed it at {at:%Y-%m-%d %H:%M:%S} UTC, after you read it: {fields}",
            f"look at both, then save again on version {version}",
        )


class NotAllowed(StoreError):  # noqa: N818
    """This account may not do that.

    Args:
        what: one line.
        mend: what the person can do.
        patient: whom the wish named; empty for nobody.
    """

    def __init__(self, what: str, mend: str = "", patient: str = "") -> None:
        self.patient = patient
        super().__init__(what, mend)


class LoginRefused(StoreError):  # noqa: N818
    """Wrong name or password, or too early after wrong ones.

    Args:
        what: one line.
        wait_s: seconds until the next try is looked at.
    """

    def __init__(self, what: str, wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        super().__init__(what, f"try again in {wait_s:.0f} s" if wait_s >= 1 else "")


class SessionEnded(StoreError):  # noqa: N818
    """Not logged in, or no longer."""

    def __init__(self) -> None:
        super().__init__("not logged in, or for too long", "log in again")


class ArchiveError(StoreError):
    """A backup is damaged, newer than this version, or something stands in its way."""
