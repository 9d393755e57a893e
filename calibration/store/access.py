"""Tables of accounts, logins and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from . import words
from .base import Base, Rule, Versioned, choice, count, flag, moment, new_id, text


def _is_tied(row: Any) -> bool:
    return bool((row.role == "wearer") == (row.patient_id is not None))


class Account(Versioned):
    """Somebody who can log in. The name is lower case, so that no two look alike."""

    __tablename__ = "account"
    __table_args__ = (ForeignKeyConstraint(["patient_id"], ["patient.id"]),)
    RULES = (
        Rule(
            "wearer_is_tied",
            "(role = 'wearer') = (patient_id IS NOT NULL)",
            _is_tied,
            "a wearer's account names its patient, and only such a one",
        ),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True, info={"length": 80, "filled": True})
    role: Mapped[str] = choice(words.ROLES)
    patient_id: Mapped[str | None] = mapped_column(String(64), index=True)
    password_hash: Mapped[str] = text(400)
    disabled: Mapped[bool] = flag(default=False)


class LoginSession(Base):
    """Somebody who is logged in. The token itself is nowhere but in their browser."""

    __tablename__ = "login_session"
    __table_args__ = (ForeignKeyConstraint(["account_id"], ["account.id"]),)
    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), index=True)
    address: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = moment()
    seen_at: Mapped[datetime] = moment()


class LoginDelay(Base):
    """How often a name, or an address, was wrong in a row, and when it is looked at again."""

    __tablename__ = "login_delay"
    of: Mapped[str] = mapped_column(String(120), primary_key=True)
    """ "name ..." or "address ..."."""
    failures: Mapped[int] = count()
    last_at: Mapped[datetime] = moment()
    not_before: Mapped[datetime] = moment()


class AuditEntry(Base):
    """One line of the audit trail. Values are never in it: a deleted patient leaves only the fact."""

    __tablename__ = "audit_entry"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = moment()
    who: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(80))
    verb: Mapped[str] = mapped_column(String(40))
    patient: Mapped[str] = mapped_column(String(64), index=True)
    simulated: Mapped[bool] = mapped_column()
    what: Mapped[str] = mapped_column(String(64))
    """Table."""
    row: Mapped[str] = mapped_column(String(120))
    fields: Mapped[str] = mapped_column(String(1000))
    """Names of what was changed; of a deletion, how many rows of which table."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """Number and hash of the last entry: without it, entries cut off at the end would not be missed."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = count()
    hash: Mapped[str] = mapped_column(String(64))
