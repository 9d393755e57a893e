"""Logging in, staying logged in, and guessing passwords slowly.

Failures are counted per name and per address, in the database, so that a restart or another process forgets
nothing, and before the password is looked at: a hundred guesses at once are a hundred failures.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .access import Account, LoginDelay, LoginSession
from .accounts import Passwords, note, plain_name, writing
from .audit import Deed
from .database import said_plainly
from .errors import LoginRefused, SessionEnded
from .rights import Person
from .store import Store
from .words import Role

_SAME = "wrong name or password"
"""One text for everything, so that nobody learns which names there are."""


@dataclass(frozen=True, slots=True)
class LoginRules:
    """Times and counts; all ours.

    Attributes:
        idle_s: without a request, until a session ends.
        whole_s: from login, until it ends whatever happens.
        free_of_name: wrong passwords of a name in a row until the first wait.
        free_of_address: the same of an address, behind which a whole clinic may sit.
        first_s: the first wait; each further failure doubles it.
        longest_s: the longest wait: 96 guesses a day.
        forgotten_s: after so long without a try the count begins anew.
        seen_every_s: how exactly the last request is kept.
    """

    idle_s: float = 900.0
    whole_s: float = 12 * 3600.0
    free_of_name: int = 3
    free_of_address: int = 20
    first_s: float = 2.0
    longest_s: float = 900.0
    forgotten_s: float = 86_400.0
    seen_every_s: float = 30.0


class Logins:
    """Sessions of a store.

    Args:
        store: open.
        passwords: how they are kept.
        rules: times and counts.
    """

    def __init__(
        self, store: Store, passwords: Passwords | None = None, rules: LoginRules | None = None
    ) -> None:
        self._store = store
        self._passwords = passwords or Passwords()
        _ = self._passwords.nobody  # made now: the first name there is not takes no longer than others
        self._rules = rules or LoginRules()

    def login(self, name: str, password: str, address: str) -> str:
        """The token of a new session.

        Raises:
            LoginRefused: wrong, or too early after wrong ones.
        """
        name = plain_name(name)
        address = "".join(letter for letter in address if letter.isprintable())[:80]
        keys = (f"name {_digest(name)}", f"address {address}")
        with said_plainly(self._store.place):
            self._count(dict(zip(keys, (self._rules.free_of_name, self._rules.free_of_address), strict=True)))
            with writing(self._store) as session, session.begin():
                account = session.scalars(select(Account).where(Account.name == name)).first()
            usable = account is not None and not account.disabled
            found = account.password_hash if account is not None and usable else self._passwords.nobody
            right = self._passwords.match(found, password)
            if account is None or not usable or not right:
                # A name there is not may be a password in the wrong field: it is not written down.
                who = Person(account.name if account else "?", Role.WEARER, address=address)
                self._store.note(who, Deed("login refused", what="account"))
                raise LoginRefused(_SAME)
            return self._open(account.id, password, address, keys)

    def resume(self, token: str) -> Person:
        """Who a token belongs to; asking counts as a request.

        Raises:
            SessionEnded: nobody, or no longer.
        """
        now = self._store.now()
        with said_plainly(self._store.place), writing(self._store) as session:
            with session.begin():
                found = session.get(LoginSession, _digest(token))
                account = session.get(Account, found.account_id) if found else None
                if found is None or account is None or account.disabled:
                    raise SessionEnded
                idle_s = (now - found.seen_at).total_seconds()
                whole_s = (now - found.opened_at).total_seconds()
                ended = idle_s > self._rules.idle_s or whole_s > self._rules.whole_s
                if not ended and idle_s > self._rules.seen_every_s:
                    found.seen_at = now
            if not ended:
                return _person(account, found.address)
        self._end(token, "session ended")
        raise SessionEnded

    def logout(self, token: str) -> None:
        """End a session; one that has ended is no error."""
        self._end(token, "logout")

    def _end(self, token: str, verb: str) -> None:
        with said_plainly(self._store.place), writing(self._store) as session, session.begin():
            found = session.get(LoginSession, _digest(token))
            account = session.get(Account, found.account_id) if found else None
            if found and account:
                session.delete(found)
                note(self._store, session, _person(account, found.address), verb, account)

    def _count(self, keys: dict[str, int]) -> None:
        for left in (2, 1, 0):
            try:
                wait_s = self._one_more_of(keys)
                break
            except IntegrityError:  # another guess made the same row first
                if not left:
                    raise
        if wait_s > 0:
            raise LoginRefused("too many wrong passwords", wait_s)

    def _one_more_of(self, keys: dict[str, int]) -> float:
        """Seconds to wait; 0: the guess was counted and may be looked at."""
        now = self._store.now()
        with writing(self._store) as session, session.begin():
            delays = {key: session.get(LoginDelay, key, with_for_update=True) for key in sorted(keys)}
            waits = [(delay.not_before - now).total_seconds() for delay in delays.values() if delay]
            if max(waits, default=0.0) > 0:
                return max(waits)
            for key, free in keys.items():
                self._one_more(session, key, delays[key], free, now)
        return 0.0

    def _one_more(
        self, session: Session, key: str, delay: LoginDelay | None, free: int, now: datetime
    ) -> None:
        if delay is None:
            delay = LoginDelay(of=key, failures=0, last_at=now, not_before=now)
            session.add(delay)
        elif (now - delay.last_at).total_seconds() > self._rules.forgotten_s:
            delay.failures = 0
        delay.failures += 1
        over = delay.failures - free
        wait_s = min(self._rules.first_s * 2.0 ** min(over, 40), self._rules.longest_s) if over >= 0 else 0.0
        delay.last_at, delay.not_before = now, now + timedelta(seconds=wait_s)

    def _open(self, account_id: str, password: str, address: str, keys: tuple[str, str]) -> str:
        now = self._store.now()
        token = secrets.token_urlsafe(32)
        with writing(self._store) as session, session.begin():
            account = session.get(Account, account_id)
            if account is None or account.disabled:
                raise LoginRefused(_SAME)
            if self._passwords.is_old(account.password_hash):
                account.password_hash = self._passwords.hash(password)
            self._sweep(session, now)
            session.execute(delete(LoginDelay).where(LoginDelay.of == keys[0]))
            of_address = session.get(LoginDelay, keys[1])
            if of_address is not None:
                # The try that was right does not count against its address; those before it still do.
                of_address.failures = max(0, of_address.failures - 1)
                of_address.not_before = now
            session.add(
                LoginSession(
                    token_sha256=_digest(token),
                    account_id=account.id,
                    address=address,
                    opened_at=now,
                    seen_at=now,
                )
            )
            note(self._store, session, _person(account, address), "login", account)
        return token

    def _sweep(self, session: Session, now: datetime) -> None:
        ended = now - timedelta(seconds=self._rules.whole_s)
        session.execute(delete(LoginSession).where(LoginSession.opened_at < ended))
        forgotten = now - timedelta(seconds=self._rules.forgotten_s)
        session.execute(delete(LoginDelay).where(LoginDelay.last_at < forgotten))


def _person(account: Account, address: str) -> Person:
    return Person(account.name, Role(account.role), account.patient_id or "", address)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()
