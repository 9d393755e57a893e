"""Accounts: who can log in, as what, and how their passwords are kept.

Passwords are argon2id by argon2-cffi, with its parameters; when those grow, a hash is made anew at the next
login.
"""

from __future__ import annotations

import re
import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .access import Account, LoginSession
from .audit import Deed, append
from .checks import check_row
from .database import said_plainly
from .errors import StoreError
from .patients import Patient
from .rights import Person, Verb, demand
from .store import Store
from .words import Role

LEAST_PASSWORD, MOST_PASSWORD = 12, 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")


class Passwords:
    """Hashes and checks; what it hashes is as strong as argon2-cffi of today."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def nobody(self) -> str:
        """A hash of nobody's, checked for names there are not, so that they take as long."""
        return self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """A hash with its salt and parameters.

        Raises:
            StoreError: too short or too long.
        """
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise StoreError(
                f"a password of {len(password)} letters", f"allowed: {LEAST_PASSWORD} to {MOST_PASSWORD}"
            )
        try:
            return self._hasher.hash(password)
        except UnicodeEncodeError:
            raise StoreError("a password with half a character") from None

    def match(self, found: str, password: str) -> bool:
        """Is it the password of a hash?"""
        if len(password) > MOST_PASSWORD:
            return False
        try:
            return self._hasher.verify(found, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    def is_old(self, found: str) -> bool:
        """Made with weaker parameters than today's?"""
        return self._hasher.check_needs_rehash(found)


class Accounts:
    """Who can log in to a store.

    Args:
        store: open.
        passwords: how they are kept.
    """

    def __init__(self, store: Store, passwords: Passwords | None = None) -> None:
        self._store = store
        self._passwords = passwords or Passwords()

    def create(self, who: Person, name: str, role: Role, password: str, patient_id: str = "") -> Account:
        """A new account; a wearer's names its patient.

        Raises:
            StoreError: the name is taken or no name, the password too short, or the patient is not there.
        """
        demand(who, Verb.ACCOUNTS)
        plain = plain_name(name)
        if not plain:
            raise StoreError(f"account {name!r}", "allowed: a to z, digits, . _ @ -, at most 80")
        account = Account(
            name=plain,
            role=str(role),
            patient_id=patient_id or None,
            password_hash=self._passwords.hash(password),
            disabled=False,
            changed_at=self._store.now(),
            changed_by=who.name[:100],
        )
        check_row(account)
        with writing(self._store) as session, session.begin():
            if session.scalars(select(Account).where(Account.name == plain)).first():
                raise StoreError(f"account {plain!r}: is there already", "take another name")
            if patient_id and session.get(Patient, patient_id) is None:
                raise StoreError(f"no patient {patient_id!r}")
            session.add(account)
            note(self._store, session, who, "add", account)
        return account

    def all(self, who: Person) -> list[Account]:
        """All accounts, by name."""
        demand(who, Verb.ACCOUNTS)
        with writing(self._store) as session, session.begin():
            found = list(session.scalars(select(Account).order_by(Account.name)))
            deed = Deed("see", what="account", row=f"{len(found)} rows")
            append(session.connection(), self._store.now(), who, [deed])
        return found

    def set_password(self, who: Person, name: str, password: str) -> None:
        """A new password, set by its owner or by whoever may look after accounts; all its sessions end."""
        self._change(who, name, "password_hash", self._passwords.hash(password))

    def disable(self, who: Person, name: str, *, disabled: bool = True) -> None:
        """No more logins, and all sessions end; or again."""
        demand(who, Verb.ACCOUNTS)
        self._change(who, name, "disabled", disabled)

    def _change(self, who: Person, name: str, field: str, value: object) -> None:
        name = plain_name(name)
        if who.name != name:
            demand(who, Verb.ACCOUNTS)
        with writing(self._store) as session, session.begin():
            account = session.scalars(select(Account).where(Account.name == name)).first()
            if account is None:
                raise StoreError(f"no account {name!r}")
            setattr(account, field, value)
            account.changed_at, account.changed_by = self._store.now(), who.name[:100]
            session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
            note(self._store, session, who, "change", account, field)


def plain_name(name: str) -> str:
    """As names are kept; empty: nobody can be called that."""
    plain = name.strip().casefold()
    return plain if _NAME.fullmatch(plain) else ""


def writing(store: Store) -> Session:
    """A session of its own; `begin` it."""
    return Session(store.engine, expire_on_commit=False)


def note(store: Store, session: Session, who: Person, verb: str, account: Account, fields: str = "") -> None:
    """A line about an account into the audit trail; last in the session's transaction."""
    with said_plainly(store.place):
        session.flush()
        patient = session.get(Patient, account.patient_id) if account.patient_id else None
        simulated = patient is not None and patient.simulated
        deed = Deed(verb, account.patient_id or "", simulated, "account", account.name, fields)
        append(session.connection(), store.now(), who, [deed])
