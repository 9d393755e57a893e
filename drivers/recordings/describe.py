"""`_emg.json` and `_channels.tsv` of an EMG-BIDS recording. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import tsv
from .bdf import BdfSignal, Written
from .bids_set import made_by
from .sidecars import OURS

CHANNEL_COLUMNS = ("name", "type", "units", "description", "sampling_frequency", "target_muscle")


@dataclass(frozen=True, slots=True)
class About:
    """Who and what is recorded.

    Attributes:
        patient: exact id, as in the profile.
        task: what the person does, such as "calibration" or "daily use".
        session: day or visit; may be empty.
        simulated: nobody real.
        device: what a person calls the amplifier.
        manufacturer: of it; empty where nobody said.
        serial: of it.
        mains_hz: frequency of the power line there.
        placement: how the electrodes were placed, in words.
        reference: what the channels are measured against, in words.
        hardware_filters, software_filters: in words; "n/a" for none.
        classes: movements in the order of a decoder's indices; empty: as events name them.
        meta: anything else worth keeping; JSON values.
    """

    patient: str
    task: str
    session: str = ""
    simulated: bool = False
    device: str = ""
    manufacturer: str = ""
    serial: str = ""
    mains_hz: int = 50
    placement: str = "Over the residual limb's muscles, as the montage of the patient's profile names them"
    reference: str = "As the amplifier has it"
    hardware_filters: str = tsv.NOTHING
    software_filters: str = tsv.NOTHING
    classes: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the samples' file holds.

    Attributes:
        emg: the EMG channels.
        beside: other channels.
        labels: what the file calls each, in this order.
        rate_hz: exact rate of the EMG channels.
        muscles: name of a channel -> what lies under it.
    """

    emg: Sequence[BdfSignal]
    beside: Sequence[BdfSignal]
    labels: Sequence[str]
    rate_hz: float
    muscles: Mapping[str, str]


def channel_table(signals: Signals) -> bytes:
    """`_channels.tsv`."""
    every = (*signals.emg, *signals.beside)
    return tsv.table(
        CHANNEL_COLUMNS,
        [
            (
                label,
                "EMG" if i < len(signals.emg) else "MISC",
                signal.unit,
                signal.name,
                signal.rate_hz or signals.rate_hz,
                signals.muscles.get(signal.name, ""),
            )
            for i, (label, signal) in enumerate(zip(signals.labels, every, strict=True))
        ],
    )


def emg_json(about: About, signals: Signals, done: Written | None) -> dict[str, Any]:
    """`_emg.json`; `done` is what was written, once the recording is closed."""
    every = (*signals.emg, *signals.beside)
    ours: dict[str, Any] = {
        "patient": about.patient,
        "simulated": about.simulated,
        "classes": list(about.classes),
        "names": dict(zip(signals.labels, [signal.name for signal in every], strict=True)),
        "lsb": dict(zip(signals.labels, [signal.lsb for signal in every], strict=True)),
        "meta": about.meta,
    }
    known = {
        "Manufacturer": about.manufacturer,
        "ManufacturersModelName": about.device,
        "DeviceSerialNumber": about.serial,
    }
    found: dict[str, Any] = {
        "TaskName": about.task,
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": about.placement,
        "EMGReference": about.reference,
        "SamplingFrequency": signals.rate_hz,
        "PowerLineFrequency": about.mains_hz,
        "RecordingType": "continuous",
        "SoftwareFilters": about.software_filters,
        "HardwareFilters": about.hardware_filters,
        "EMGChannelCount": len(signals.emg),
        "MiscChannelCount": len(signals.beside),
        "SoftwareVersions": made_by()["Version"],
        **{key: value for key, value in known.items() if value},
    }
    if done is not None:
        found["RecordingDuration"] = done.samples / signals.rate_hz
        ours |= {
            "samples": done.samples,
            "clipped": done.clipped,
            "rounded": done.rounded,
            "not_finite": done.not_finite,
        }
    return {**found, OURS: ours}
