"""The store's nerve transfers as `calibration.transfers` takes them: for warnings and the timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..transfers.rows import TWITCH, USABLE, Seen, Transfer, start_rows
from .patients import Electrode, Limb, NerveTransfer
from .visits import SiteCheck


def transfer_of(
    row: NerveTransfer,
    own_words: Mapping[str, str] | None = None,
    seen: Iterable[Seen] = (),
) -> Transfer:
    """One row.

    Args:
        row: as kept.
        own_words: movement -> what the patient calls it.
        seen: beside the first twitch that the row dates.
    """
    first = (Seen(row.first_twitch_on, TWITCH, row.changed_by),) if row.first_twitch_on else ()
    movement = row.movement or ""
    return Transfer(
        row.donor_nerve[:64].replace("/", " or "),
        row.target_muscle[:64].replace("/", " or "),
        movement[:64].replace("/", " or "),
        row.purpose,
        (own_words or {}).get(movement, ""),
        row.native_nerve_cut,
        seen=(*first, *seen),
    )


def usable(
    row: NerveTransfer, electrodes: Iterable[Electrode], checks: Iterable[SiteCheck]
) -> tuple[Seen, ...]:
    """The checks at which a site over this transfer was ready."""
    over = {electrode.id for electrode in electrodes if electrode.nerve_transfer_id == row.id}
    return tuple(
        Seen(check.at.date(), USABLE, check.changed_by)
        for check in checks
        if check.electrode_id in over and check.quality == "ready"
    )


def starting(limb: Limb, there: Iterable[NerveTransfer]) -> list[NerveTransfer]:
    """The level's usual transfers as new rows; what the limb has already is left out."""
    have = {(row.donor_nerve, row.target_muscle) for row in there}
    return [
        NerveTransfer(
            patient_id=limb.patient_id,
            limb_id=limb.id,
            donor_nerve=row.donor_nerve,
            target_muscle=row.target_muscle,
            purpose=row.purpose,
            movement=row.movement or None,
        )
        for row in start_rows(limb.level)
        if (row.donor_nerve, row.target_muscle) not in have
    ]
