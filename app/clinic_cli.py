"""`innervate clinic`, `backup`, `restore`: the clinic's store from the command line.

Whoever can read the database's files sees all of it, so these verbs ask for no password; the trail names the
user of this computer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .clinic_keeping import Keeping
    from .clinic_rows import Rows

Where = Annotated[
    str, typer.Option("--store", help="Folder, or postgresql://...; default: $INNERVATE_STORE, or your data.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="The patient's code.")]
Table = Annotated[str, typer.Argument(help="Table: limb, pain_entry, ...; `clinic tables` lists them.")]
RowId = Annotated[str, typer.Argument(help="The row's id.")]
Version = Annotated[int, typer.Argument(help="The version that you have read.")]
Values = Annotated[list[str], typer.Argument(help="NAME=VALUE; NAME= is unknown.")]

clinic = typer.Typer(
    help="Patients, limbs, visits, models, pain, accounts, audit trail.", no_args_is_help=True
)
account = typer.Typer(help="Who can log in.", no_args_is_help=True)
model = typer.Typer(help="A limb's models.", no_args_is_help=True)
clinic.add_typer(account, name="account")
clinic.add_typer(model, name="model")


def _rows(where: str, *, as_json: bool = False, make: bool = False) -> Rows:
    """Imported when its libraries are there."""
    from ..calibration.store.door import need_store

    need_store()
    from .clinic_rows import Rows

    return Rows(where, as_json=as_json, make=make)


def _keeping(where: str, *, as_json: bool = False, make: bool = False) -> Keeping:
    """Imported when its libraries are there."""
    from ..calibration.store.door import need_store

    need_store()
    from .clinic_keeping import Keeping

    return Keeping(where, as_json=as_json, make=make)


@clinic.command("init")
def init(store: Where = "", as_json: JsonFlag = False) -> None:
    """Make the store, or bring it to this version; a backup is made before that."""
    _rows(store, as_json=as_json, make=True).init()


@clinic.command("tables")
def tables(store: Where = "", as_json: JsonFlag = False) -> None:
    """List the tables of a patient, and what each column may be."""
    _rows(store, as_json=as_json).tables()


@clinic.command("patients")
def patients(store: Where = "", as_json: JsonFlag = False) -> None:
    """List the patients."""
    _rows(store, as_json=as_json).patients()


@clinic.command("new")
def new(
    code: Code,
    name: Annotated[str, typer.Option(help="Nothing needs it.")] = "",
    simulated: Annotated[bool, typer.Option("--simulated", help="Nobody real; never changes.")] = False,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """A new patient."""
    _rows(store, as_json=as_json).new(code, name, simulated=simulated)


@clinic.command("list")
def list_rows(table: Table, code: Code, store: Where = "", as_json: JsonFlag = False) -> None:
    """A patient's rows of one table."""
    _rows(store, as_json=as_json).rows(table, code)


@clinic.command("add")
def add(table: Table, code: Code, values: Values, store: Where = "", as_json: JsonFlag = False) -> None:
    """A new row: innervate clinic add limb p7 level=transtibial side=left."""
    _rows(store, as_json=as_json).add(table, code, values)


@clinic.command("change")
def change(
    table: Table,
    row_id: RowId,
    version: Version,
    values: Values,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Save over the version that you have read; if somebody saved since, both values are shown."""
    _rows(store, as_json=as_json).change(table, row_id, version, values)


@clinic.command("remove")
def remove(
    table: Table, row_id: RowId, version: Version, store: Where = "", as_json: JsonFlag = False
) -> None:
    """Remove one row that nothing hangs on."""
    _rows(store, as_json=as_json).remove(table, row_id, version)


@clinic.command("recording")
def recording(
    code: Code,
    path: Annotated[Path, typer.Argument(help="A recording: EMG-BIDS folder, .bdf, .edf, .xdf or .npz.")],
    task: Annotated[str, typer.Option(help="What the person did.")] = "recording",
    limb: Annotated[str, typer.Option(help="The limb's id.")] = "",
    visit: Annotated[str, typer.Option(help="The visit's id.")] = "",
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Copy a recording among the patient's files."""
    _rows(store, as_json=as_json).recording(code, path, task, limb, visit)


@clinic.command("export")
def export(
    code: Code,
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """One patient: all rows as JSON, all recordings (EMG-BIDS) and models as files."""
    _rows(store, as_json=as_json).export(code, folder)


@clinic.command("delete")
def delete(
    code: Code,
    yes: Annotated[str, typer.Option("--yes", help="The code once more: this cannot be undone.")] = "",
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Delete a patient, really: rows, files, accounts. Backups that hold the patient are named."""
    _rows(store, as_json=as_json).delete(code, yes)


@clinic.command("audit")
def audit(
    verify: Annotated[
        bool, typer.Option("--verify", help="Name what was changed, removed or moved.")
    ] = False,
    anchor: Annotated[str, typer.Option(help="A head (NUMBER:HASH) that you wrote down earlier.")] = "",
    patient: Annotated[str, typer.Option(help="Only about this one.")] = "",
    last: Annotated[int, typer.Option(help="So many entries.", min=1)] = 50,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Who saw and changed what. With --verify: exit code 1 when the trail is not whole."""
    desk = _keeping(store, as_json=as_json)
    if verify or anchor:
        if not desk.verify(anchor):
            raise typer.Exit(1)
    else:
        desk.trail(patient, last)


@account.command("add")
def account_add(
    name: Annotated[str, typer.Argument(help="To log in with.")],
    role: Annotated[str, typer.Argument(help="clinician, wearer or developer.")],
    patient: Annotated[str, typer.Option(help="A wearer's own code.")] = "",
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """A new account; the password is asked for, or read from standard input."""
    _keeping(store, as_json=as_json).account_add(name, role, patient)


@account.command("list")
def account_list(store: Where = "", as_json: JsonFlag = False) -> None:
    """All accounts."""
    _keeping(store, as_json=as_json).account_list()


@account.command("password")
def account_password(
    name: Annotated[str, typer.Argument(help="Whose.")], store: Where = "", as_json: JsonFlag = False
) -> None:
    """A new password; all sessions of the account end."""
    _keeping(store, as_json=as_json).account_password(name)


@account.command("disable")
def account_disable(
    name: Annotated[str, typer.Argument(help="Whose.")],
    undo: Annotated[bool, typer.Option("--undo", help="May log in again.")] = False,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """No more logins, and all sessions end."""
    _keeping(store, as_json=as_json).account_disable(name, disabled=not undo)


@model.command("use")
def model_use(row_id: RowId, version: Version, store: Where = "", as_json: JsonFlag = False) -> None:
    """Make a model the limb's current one."""
    _rows(store, as_json=as_json).model_use(row_id, version)


@model.command("back")
def model_back(
    limb: Annotated[str, typer.Argument(help="The limb's id.")], store: Where = "", as_json: JsonFlag = False
) -> None:
    """Put the model in use that was in use before."""
    _rows(store, as_json=as_json).model_back(limb)


@model.command("compare")
def model_compare(
    first: RowId,
    second: Annotated[str, typer.Argument(help="The other's id.")],
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """On what two models differ."""
    _rows(store, as_json=as_json).model_compare(first, second)


@model.command("export")
def model_export(
    row_id: RowId,
    bundle: Annotated[Path, typer.Argument(help="File to write.")],
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Copy a model's bundle for the limb's computer, after a look that it is the one kept."""
    _rows(store, as_json=as_json).model_export(row_id, bundle)


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Zip to write; default: a new one in the store's folder.")
    ] = None,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Back the clinic's store up: tables, recordings, models, in one file that is read back."""
    _keeping(store, as_json=as_json).backup(file)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="There may be a store; it is kept aside, and where is said.")
    ] = False,
    store: Where = "",
    as_json: JsonFlag = False,
) -> None:
    """Put a backup in the store's place. A damaged one, or one of a newer version, is refused."""
    _keeping(store, as_json=as_json, make=True).restore(file, replace=replace)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    from .clinic_serve_cli import register as register_pages

    register_pages(clinic)
    app.add_typer(clinic, name="clinic")
    app.command("backup")(backup)
    app.command("restore")(restore)
