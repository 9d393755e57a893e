"""Accounts, logins, and what guessing costs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from innervate.calibration.store.access import Account, LoginDelay, LoginSession
from innervate.calibration.store.accounts import Accounts, Passwords
from innervate.calibration.store.errors import LoginRefused, NotAllowed, SessionEnded, StoreError
from innervate.calibration.store.logins import LoginRules, Logins
from innervate.calibration.store.patients import Limb
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.words import Role
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from .conftest import CLINICIAN, WEARER, Wall

GOOD, BAD = "correct horse battery", "wrong horse battery"
RULES = LoginRules()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def accounts(store: Store, limb: Limb, passwords: Passwords) -> Accounts:
    del limb
    made = Accounts(store, passwords)
    made.create(CLINICIAN, "Ann", Role.CLINICIAN, GOOD)
    made.create(CLINICIAN, "wim", Role.WEARER, GOOD, "p7")
    return made


@pytest.fixture
def logins(store: Store, accounts: Accounts, passwords: Passwords) -> Logins:
    del accounts
    return Logins(store, passwords)


def test_a_login_is_a_person_until_logout(store: Store, logins: Logins) -> None:
    token = logins.login(" WIM ", GOOD, "10.0.0.9")
    assert logins.resume(token) == Person("wim", Role.WEARER, "p7", "10.0.0.9")
    assert logins.login("wim", GOOD, "10.0.0.9") != token
    logins.logout(token)
    with pytest.raises(SessionEnded):
        logins.resume(token)
    with pytest.raises(SessionEnded):
        logins.resume("a\0\ud800")
    with Session(store.engine) as session:
        assert token not in repr(session.execute(select(LoginSession.token_sha256)).all())


def test_sessions_end_when_idle_and_after_a_day_at_work(logins: Logins, wall: Wall) -> None:
    token = logins.login("ann", GOOD, "a")
    wall.pass_s(RULES.idle_s - 1)
    logins.resume(token)
    wall.pass_s(RULES.idle_s - 1)
    logins.resume(token)
    wall.pass_s(RULES.idle_s + 1)
    with pytest.raises(SessionEnded):
        logins.resume(token)
    token = logins.login("ann", GOOD, "a")
    for _ in range(int(RULES.whole_s // 600)):
        wall.pass_s(600)
        logins.resume(token)
    wall.pass_s(1)
    with pytest.raises(SessionEnded):
        logins.resume(token)


def test_guessing_gets_slower_and_slower_and_a_restart_forgets_nothing(
    store: Store, logins: Logins, passwords: Passwords, wall: Wall
) -> None:
    waits = []
    for _ in range(14):
        with pytest.raises(LoginRefused, match="wrong name or password"):
            Logins(store, passwords).login("ann", BAD, "10.6.6.6")
        if len(waits) < RULES.free_of_name - 1:
            waits.append(0.0)
            continue
        with pytest.raises(LoginRefused, match="too many wrong passwords") as refused:
            logins.login("ann", GOOD, "10.7.7.7")  # too early: it is not looked at
        waits.append(refused.value.wait_s)
        wall.pass_s(refused.value.wait_s)
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert logins.resume(logins.login("ann", GOOD, "10.7.7.7")).name == "ann"
    # Right once: the name's count begins anew.
    with pytest.raises(LoginRefused) as refused:
        logins.login("ann", BAD, "10.8.8.8")
    assert refused.value.wait_s == 0


def test_an_address_that_tries_many_names_is_slowed_too(logins: Logins, wall: Wall) -> None:
    for number in range(RULES.free_of_address):
        with pytest.raises(LoginRefused, match="wrong name"):
            logins.login(f"name{number}", BAD, "10.6.6.6")
    with pytest.raises(LoginRefused, match="too many"):
        logins.login("ann", GOOD, "10.6.6.6")
    assert logins.login("ann", GOOD, "10.1.1.1")
    wall.pass_s(RULES.first_s)
    assert logins.login("ann", GOOD, "10.6.6.6")
    wall.pass_s(RULES.forgotten_s + 1)
    assert logins.login("ann", GOOD, "10.1.1.1")


def test_a_hundred_guesses_at_once_are_not_a_hundred_guesses(logins: Logins) -> None:
    def guess(_: int) -> str:
        try:
            logins.login("ann", BAD, "10.6.6.6")
        except LoginRefused as refused:
            return refused.what
        return "in"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(guess, range(24)))
    assert said.count("wrong name or password") == RULES.free_of_name
    assert said.count("too many wrong passwords") == 24 - RULES.free_of_name


def test_nobody_learns_which_names_there_are(store: Store, logins: Logins, accounts: Accounts) -> None:
    accounts.disable(CLINICIAN, "wim")
    said = set()
    for name in ("ann", "wim", "nobody", "", "\0", "\ud800", "hunter2-typed-in-the-wrong-field"):
        with pytest.raises(LoginRefused) as refused:
            logins.login(name, GOOD if name == "wim" else BAD, "10.6.6.6")
        said.add(str(refused.value))
    assert said == {"wrong name or password"}
    with store.engine.connect() as connection:
        kept = repr(connection.execute(text("SELECT who, fields FROM audit_entry")).all())
        kept += repr(connection.execute(select(LoginDelay.of)).all())
    assert "hunter2" not in kept
    assert "'ann'" in kept


def test_hashes_are_argon2id_as_strong_as_the_library_says_and_grow_with_it(store: Store, limb: Limb) -> None:
    del limb
    today = PasswordHasher()
    old = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    Accounts(store, old).create(CLINICIAN, "ann", Role.CLINICIAN, GOOD)

    def kept() -> str:
        with Session(store.engine) as session:
            return session.scalars(select(Account.password_hash)).one()

    assert kept().startswith("$argon2id$v=19$m=8,t=1,p=1$")
    Logins(store).login("ann", GOOD, "a")
    assert kept().startswith(
        f"$argon2id$v=19$m={today.memory_cost},t={today.time_cost},p={today.parallelism}$"
    )
    before = kept()
    Logins(store).login("ann", GOOD, "a")
    assert kept() == before


def test_a_new_password_or_a_disabled_account_ends_its_sessions(
    store: Store, logins: Logins, accounts: Accounts
) -> None:
    token = logins.login("wim", GOOD, "a")
    accounts.set_password(logins.resume(token), "wim", "another good one")
    with pytest.raises(SessionEnded):
        logins.resume(token)
    with pytest.raises(LoginRefused):
        logins.login("wim", GOOD, "a")
    token = logins.login("wim", "another good one", "a")
    accounts.disable(CLINICIAN, "wim")
    with pytest.raises(SessionEnded):
        logins.resume(token)
    with Session(store.engine) as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0


def test_who_may_make_accounts_and_which(store: Store, accounts: Accounts) -> None:
    for who in (WEARER, Person("dev", Role.DEVELOPER)):
        with pytest.raises(NotAllowed):
            accounts.create(who, "eve", Role.CLINICIAN, GOOD)
        with pytest.raises(NotAllowed):
            accounts.all(who)
        with pytest.raises(NotAllowed):
            accounts.set_password(who, "ann", GOOD)
    for name, role, password, patient, says in (
        ("ANN", Role.CLINICIAN, GOOD, "", "is there already"),
        ("eve", Role.CLINICIAN, "short", "", "allowed: 12 to 1024"),
        ("eve", Role.WEARER, GOOD, "", "names its patient"),
        ("eve", Role.CLINICIAN, GOOD, "p7", "names its patient"),
        ("eve", Role.WEARER, GOOD, "p9", "no patient 'p9'"),
        ("os:root", Role.CLINICIAN, GOOD, "", "allowed: a to z"),
    ):
        with pytest.raises(StoreError, match=says):
            accounts.create(CLINICIAN, name, role, password, patient)
    assert [account.name for account in accounts.all(CLINICIAN)] == ["ann", "wim"]
    assert store.verify_trail(CLINICIAN)[1] == []
