"""`innervate clinic audit`, `clinic account`, `backup`, `restore`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from ..calibration.store import audit
from ..calibration.store.access import Account
from ..calibration.store.accounts import Accounts
from ..calibration.store.audit import Deed, Head
from ..calibration.store.database import snapshot, utc_now
from ..calibration.store.errors import StoreError
from ..calibration.store.restore import restore
from ..calibration.store.store import back_up
from ..calibration.store.words import ROLES, Role
from ..core.folders import private_folder
from .clinic_desk import Desk, marked
from .files import check_writable


class Keeping(Desk):
    """The trail, accounts, and backups."""

    def trail(self, patient: str, last: int) -> None:
        """The last entries."""
        with self.store() as store, snapshot(store.engine) as connection:
            lines = [line for line in audit.lines(connection) if not patient or line.patient == patient][
                -last:
            ]
            head = audit.head_of(connection)
        with self.store() as store:
            store.note(self.who, Deed("audit", patient, what="audit_entry", row=f"{len(lines)} rows"))
        texts = [marked(line.simulated, _words(line)) for line in lines]
        said = {"head": str(head), "entries": [{**asdict(line), "at": line.at.isoformat()} for line in lines]}
        self.say(said, *texts, f"head {head}")

    def verify(self, anchor: str) -> bool:
        """Is the trail whole?"""
        with self.store() as store:
            head, faults = store.verify_trail(self.who, _head(anchor) if anchor else None)
        whole = "whole" if not faults else f"{len(faults)} faults"
        said = {"head": str(head), "whole": not faults, "faults": [asdict(fault) for fault in faults]}
        self.say(said, *map(str, faults), f"{head.seq} entries, {whole}; head {head}")
        return not faults

    def account_add(self, name: str, role: str, patient: str) -> None:
        """A new account."""
        if role not in ROLES:
            raise StoreError(f"role {role!r}", f"allowed: {', '.join(ROLES)}")
        with self.store() as store:
            made = Accounts(store).create(self.who, name, Role(role), _password(), patient)
        self.say(_account(made), f"account {made.name}: {made.role}")

    def account_list(self) -> None:
        """All accounts."""
        with self.store() as store:
            found = [_account(each) for each in Accounts(store).all(self.who)]
        self.say(found, *[" ".join(str(value) for value in each.values() if value) for each in found])

    def account_password(self, name: str) -> None:
        """A new password."""
        with self.store() as store:
            Accounts(store).set_password(self.who, name, _password())
        self.say({"account": name}, f"account {name}: new password, all its sessions ended")

    def account_disable(self, name: str, *, disabled: bool) -> None:
        """Disable, or not any more."""
        with self.store() as store:
            Accounts(store).disable(self.who, name, disabled=disabled)
        self.say({"account": name, "disabled": disabled}, f"account {name}: disabled={disabled}")

    def backup(self, file: Path | None) -> None:
        """Back up."""
        if file is None:
            file = private_folder(self.place.backups) / f"clinic-{utc_now():%Y%m%dT%H%M%S}.zip"
        check_writable(file, "FILE")
        with self.store() as store:
            made = back_up(store, self.who, file)
        rows = sum(table["rows"] for table in made.tables.values())
        lines = [
            f"wrote {made.path}: {len(made.patients)} patients, {rows} rows, read back; head {made.head}"
        ]
        lines += [f"not there: {name}" for name in made.missing] + [
            f"audit trail: {fault}" for fault in made.faults
        ]
        self.say({**asdict(made), "path": str(made.path), "head": str(made.head)}, *lines)

    def restore(self, file: Path, *, replace: bool) -> None:
        """Restore."""
        done = restore(file, self.place, self.who, utc_now(), replace=replace)
        lines = [f"{self.place}: as of {done.archive.made_at}, {len(done.archive.patients)} patients"]
        lines += [f"what was there: {done.aside}"] if done.aside else []
        lines += [f"audit trail: {fault}" for fault in done.archive.faults]
        aside = str(done.aside) if done.aside else None
        said = {"aside": aside, "upgraded": done.upgraded, "faults": list(done.archive.faults)}
        self.say(said, *lines)


def _words(line: audit.Line) -> str:
    parts = (line.who, line.address, line.verb, line.patient, line.what, line.row, line.fields)
    return f"{line.seq} {line.at:%Y-%m-%d %H:%M:%S} " + " ".join(part for part in parts if part)


def _head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise StoreError(f"--anchor {text!r}", "allowed: NUMBER:HASH, as `clinic audit` prints it")
    return Head(int(seq), digest)


def _account(each: Account) -> dict[str, Any]:
    return {"name": each.name, "role": each.role, "patient": each.patient_id, "disabled": each.disabled}


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
