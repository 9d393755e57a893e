"""`profile.toml`: one patient, one limb. Read once, checked whole, never changed in place.

Only programs people start import this (it brings pydantic); loop and guard get what they need as settings.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import ProfileError
from .tables import read_tables

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f/\\]+$")]
Threshold = Annotated[float, Field(ge=0.0, lt=1.0)]
Level = Literal[
    "shoulder",
    "transhumeral",
    "elbow",
    "transradial",
    "wrist",
    "partial-hand",
    "transfemoral",
    "knee",
    "transtibial",
]
Side = Literal["left", "right"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Patient(_Table):
    """Who wears it. `simulated` follows every page, plot and export."""

    id: Name
    simulated: bool = False


class NerveTransfer(_Table):
    """One nerve rerouted by targeted muscle reinnervation, and what its signal should mean."""

    donor_nerve: Name
    target_muscle: Name
    movement: Name | None = None
    """None: a sensory or pain-only transfer; no signal is expected, and none is a failure."""


class Site(_Table):
    """One electrode pair: which channel of the amplifier it is wired to, and what lies under it."""

    channel: Name
    muscle: Name = "unknown"
    innervation: Literal["native", "reinnervated"] = "native"


def option_texts(options: dict[str, str | int | float | bool]) -> tuple[tuple[str, str], ...]:
    """Options as drivers and devices read them: texts."""
    return tuple(
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in options.items()
    )


class Source(_Table):
    """Where EMG comes from."""

    kind: Name
    """Which driver: "lsl", "cyton", "muovi", ...; `innervate devices --kinds` lists them."""
    port: str = ""
    """Serial port of a dongle or board, such as /dev/ttyUSB0."""
    host: str = ""
    """Address of a device on a network, or of the interface that it dials in on."""
    stream: str = ""
    """Name or source_id of an LSL stream; empty takes the only EMG stream there is."""
    gain: Literal[1, 2, 4, 6, 8, 12, 24] = 24
    rate_hz: Annotated[float, Field(ge=100, le=10_000)] = 1000.0
    increment_ms: Annotated[float, Field(ge=4, le=50)] = 10.0
    """Time between decisions; must be whole samples of the device."""
    mains_hz: Literal[50, 60] = 50
    options: dict[Name, str | int | float | bool] = {}
    """What only this kind of device has; its page in docs/devices says what that is."""

    @property
    def option_texts(self) -> tuple[tuple[str, str], ...]:
        """`options` as the driver reads them."""
        return option_texts(self.options)


DeviceName = Literal[
    "ability-hand",
    "moteus-ankle",
    "moteus",
    "dynamixel",
    "inspire-rh56",
    "cubemars",
    "covvi",
    "virtual-electrode",
]


class Joint(_Table):
    """One joint that a servo or an actuator drives."""

    name: Name
    """ "elbow", "wrist rotation", "wrist flexion", "ankle", "knee", ...; docs/limbs lists them."""
    id: Annotated[int, Field(ge=0, le=252)] = 1
    """The actuator's number on its bus."""
    zero_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    """The actuator's own angle, at the joint, at which the joint is at 0."""
    gear: Annotated[float, Field(ge=-1000, le=1000)] = 1.0
    """Turns of what the actuator measures per turn of the joint; negative turns the sign."""
    least_deg: float = 0.0
    most_deg: float = 0.0
    """The patient's range; both 0: all that the joint may."""
    max_torque_nm: Annotated[float, Field(ge=0, le=200)] = 0.0
    """0: the device's default."""
    stiffness_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    damping_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Shares of the device's greatest or configured gains; 0: the device's default."""


class Part(_Table):
    """One device of a limb."""

    device: DeviceName
    port: Annotated[str, Field(min_length=1)]
    """Serial port; HOST:PORT of a device on a network; INTERFACE:CHANNEL of a CAN bus."""
    baud: Annotated[int, Field(ge=0, le=5_000_000)] = 0
    """0: the device's own."""
    joints: tuple[Joint, ...] = Field(default=(), max_length=16)
    """Of a device whose joints the limb decides."""
    options: dict[Name, str | int | float | bool] = {}
    """What only this device has; its page in docs/limbs says what that is."""

    @property
    def option_texts(self) -> tuple[tuple[str, str], ...]:
        """`options` as the device reads them."""
        return option_texts(self.options)


class Limb(Part):
    """What is worn: a device, and perhaps more of them (a hand on a wrist on an elbow)."""

    level: Level
    side: Side
    also: tuple[Part, ...] = Field(default=(), max_length=4)
    """More devices of the same limb; the hand comes first, what is nearer to the body later."""
    trusted_keys: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()
    """Public Ed25519 keys (hex) whose model bundles this limb accepts."""


class Cocontraction(_Table):
    """Stop and release by tensing two muscles at once, whatever is decoded (docs/command-layer.md)."""

    channels: tuple[Name, Name]
    """Of the montage, one over each muscle."""
    share: Annotated[float, Field(ge=0.1, le=1.0)] = 0.5
    """Of the strongest level in calibration: from there on a muscle counts as tensed."""
    within_ms: Annotated[float, Field(ge=20, le=200)] = 80.0
    """Both become tensed within so long, or it is no co-contraction."""
    stop_ms: Annotated[float, Field(ge=80, le=200)] = 120.0
    """Tensed together for so long: stop. Below 100, contact faults that look alike are not found in time."""
    release_ms: Annotated[float, Field(ge=500, le=5000)] = 1000.0
    """Tensed together for so long: release."""


class Control(_Table):
    """How decisions become movement."""

    rejection_threshold: Threshold | None = None
    """Least calibrated posterior of a movement that is acted on, for all of them. None: what the model learnt
    (`calibration.rejection`). Where it was chosen by hand, 0.60 to 0.75 gave the best throughput in 24 people
    (Robertson et al. 2019; unbscholar 384d2deb)."""
    thresholds: dict[Name, Threshold] = {}
    """By movement; wins over the line above and over the model. Class-specific rejection: Scheme, Hudgins and
    Englehart 2013, IEEE Trans Biomed Eng (search.isc.ac/inventory/49/6086.htm)."""
    ramp_ms: Annotated[float, Field(ge=0, le=1000)] = 200.0
    """Time a decision must stand until it moves at full speed (decision-based velocity ramp, Simon 2011)."""
    min_speed: Annotated[float, Field(ge=0.0, le=1.0)] = 0.15
    speed: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the safety table's rate used at full effort."""
    speeds: dict[Name, Annotated[float, Field(ge=0.0, le=1.0)]] = {}
    """By movement, its greatest share; the lesser of it and `speed` counts. 0: decoded, never moved."""
    majority_vote_ms: Annotated[float, Field(ge=0, le=500)] = 0.0
    """Of the decisions of this long, the commonest movement is acted on. 0, none, is the default: a vote did
    not beat no post-processing in real time, the ramp did (Simon and Hargrove 2011). It adds
    about half its length to the delay, of which 100 to 125 ms in all cost nothing (Farrell and Weir 2007,
    PMC8173529)."""
    onset_lock_ms: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """How long a started movement must not have been decided until another takes over without rest between
    them; with a lock, try 250. 0, none, is the default: locking halved errors while a contraction lasted
    (22.9 to 11.5 %, PMC5623687), where the ramp helps already, and delays every direct change of movement by
    its own length, more than the delay that costs nothing. On held contractions of wearable30d, which know no
    direct change, 250 took 40 % off what moved wrongly."""
    hysteresis: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    """By how much less probable a movement may become once started. 0 is the default: the model's
    thresholds were learnt without it, and wrong movements run on longer too. On wearable30d (sub01, within a
    day) 0.1 took a third of the stops out of held movements and added a fifth to what moved wrongly."""
    double_open_ms: Annotated[float, Field(ge=0, le=2000)] = 800.0
    """Where the profile lists `grips`: two short openings within so long choose the next one. 0: never."""
    cocontraction: Cocontraction | None = None
    """None, the default: off. It needs to know which two muscles."""
    outlier_limit: Annotated[float, Field(ge=0.0, le=100.0)] = 2.5
    """How unlike anything in training a window may be and still move the limb; 1 is the edge of what was held
    out in training, 0 switches it off. 2.5 holds next to nothing of other days and armband positions, and
    part of what knocks and loose sockets do (docs/decoding.md)."""
    adapt: bool = False
    """Learn from use, without labels, that the montage lies turned about the limb: for a person who puts a
    socket or an armband on anew each day. It needs several movements, comes into force at rest, and is
    forgotten when the limb is switched off. False is the default: that a limb changes by itself should be
    chosen by wearer and prosthetist, and where electrodes stay in place there is nothing to win."""
    keep_awake: bool = False
    """Keep the computer's processors from sleeping: sooner decisions, shorter battery."""


ButtonVerb = Literal[
    "", "stop", "release", "arm", "freeze", "unfreeze", "next-grip", "sit", "stand", "recalibrate"
]


MIN_WEIGHT_KG = 20.0


class Gait(_Table):
    """How a leg knows whether weight is on it (docs/limbs/gait-board.md)."""

    port: str = ""
    """Of the gait board. Empty: none, and muscle signals never move a leg's joint."""
    baud: Annotated[int, Field(ge=115_200, le=5_000_000)] = 460_800
    body_weight_kg: Annotated[float, Field(ge=0, le=300)] = 0.0
    unloaded_share: Annotated[float, Field(ge=0.02, le=0.25)] = 0.10
    loaded_share: Annotated[float, Field(ge=0.05, le=0.50)] = 0.25
    sensor: Literal["load", "imu"] = "load"
    swing_deg_s: Annotated[float, Field(ge=30, le=400)] = 100.0

    @model_validator(mode="after")
    def _weighed(self) -> Gait:
        if self.port and self.body_weight_kg < MIN_WEIGHT_KG:
            raise ValueError(
                f"body_weight_kg = {self.body_weight_kg:g}: the patient's own, {MIN_WEIGHT_KG:g} to 300"
            )
        return self


class Safety(_Table):
    """Bounds of this patient. They tighten a device's ceilings (in code) and never widen them."""

    max_rate_deg_s: Annotated[float, Field(gt=0, le=400)] = 120.0
    """Of the joint that travels farthest. At 120 a hand's joint moves less than 10 degrees in the 100 ms
    after its muscle signals are lost (`innervate bench faults --limb`); at 150 up to 11.4."""
    range_deg: tuple[tuple[float, float], ...] = ()
    """Per joint (least, most), in the device's joint order; empty for the device's own."""
    neutral_deg: float = 0.0
    """Ankle only: where it returns to when unloaded (shoe heel height)."""
    max_grip_n: Annotated[float, Field(ge=0, le=150)] = 0.0
    """A finger that meets this force closes no further; 0: as the hand likes."""
    gait: Gait = Gait()


class Button(_Table):
    """A button or switch that the kernel shows as an input device; of a GPIO by the gpio-key overlay."""

    path: Annotated[str, Field(pattern=r"^/")]
    key: Annotated[int, Field(ge=0, le=767)] = 0
    """Number of the key (linux/input-event-codes.h); 0: any."""
    press: ButtonVerb = "stop"
    hold: ButtonVerb = "release"
    double: ButtonVerb = ""


class Flight(_Table):
    """The flight log of a running limb: all that loop and guard see and do (docs/flight-log.md)."""

    minutes: Annotated[float, Field(ge=0, le=60)] | None = None
    """About so long reaches it back in memory, some 13 MB a minute with 8 channels. 0: no log at all. None:
    1 with a log on the disk, 6 without."""
    disk_mb: Annotated[float, Field(ge=0, le=1_000_000)] = 2000.0
    """All logs of this limb on the disk together; the oldest are deleted. 0: none there."""

    @property
    def memory_minutes(self) -> float:
        """`minutes`, or what stands for none."""
        if self.minutes is not None:
            return self.minutes
        return 1.0 if self.disk_mb else 6.0


class Profile(_Table):
    """Everything a limb needs to be run for one patient."""

    patient: Patient
    limb: Limb
    source: Source
    montage: tuple[Site, ...] = Field(min_length=1, max_length=64)
    transfers: tuple[NerveTransfer, ...] = Field(default=(), max_length=12)
    movements: tuple[Name, ...] = Field(min_length=2, max_length=32)
    model: str = ""
    """Model bundle to use, relative to the profile's folder."""
    control: Control = Control()
    safety: Safety = Safety()
    buttons: tuple[Button, ...] = Field(default=(), max_length=8)
    grips: tuple[Name, ...] = Field(default=(), max_length=16)
    """Postures that closing may mean, in the order "next" goes through; empty: all the hand has."""
    flight: Flight = Flight()

    @model_validator(mode="after")
    def _wired_once(self) -> Profile:
        seen: set[str] = set()
        for site in self.montage:
            if site.channel in seen:
                raise ValueError(f"montage: channel {site.channel!r} is wired twice; each may be listed once")
            seen.add(site.channel)
        if len(set(self.movements)) != len(self.movements):
            raise ValueError("movements: each may be listed once")
        if "rest" not in self.movements:
            raise ValueError("movements: 'rest' is missing; the limb must know when to do nothing")
        for table in ("thresholds", "speeds"):
            for name in getattr(self.control, table):
                if name not in self.movements or name == "rest":
                    allowed = ", ".join(other for other in self.movements if other != "rest")
                    raise ValueError(f"control.{table}: no movement {name!r}; allowed: {allowed}")
        if self.control.cocontraction is not None:
            self._opposing(self.control.cocontraction.channels)
        for low, high in self.safety.range_deg:
            if not low < high:
                raise ValueError(f"safety.range_deg: least {low} is not below most {high}")
        return self

    def _opposing(self, channels: tuple[str, str]) -> None:
        """Two channels of the montage."""
        for name in channels:
            if name not in self.channels:
                allowed = ", ".join(self.channels)
                raise ValueError(f"control.cocontraction.channels: no channel {name!r}; allowed: {allowed}")
        if channels[0] == channels[1]:
            raise ValueError(f"control.cocontraction.channels: {channels[0]!r} is there twice")

    @property
    def channels(self) -> tuple[str, ...]:
        """The amplifier's channels in the order decoders see them."""
        return tuple(site.channel for site in self.montage)

    def safety_digest(self) -> str:
        """Hex SHA-256 of what a bundle's signature binds: patient, limb, montage and safety table."""
        part = self.model_dump(mode="json", include={"patient", "limb", "montage", "safety"})
        # Ports and trust change when a cable is replaced or a key is added; the person's bounds do not.
        part["limb"].pop("trusted_keys")
        for wired in (part["limb"], *part["limb"]["also"], part["safety"]["gait"]):
            wired.pop("port")
            wired.pop("baud")
        return hashlib.sha256(json.dumps(part, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ProfileError: names file, key, value and what is allowed.
    """
    content = read_tables(path, "profile")
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        raise ProfileError(f"{path}: {_first_line(error)}") from error


def _first_line(error: ValidationError) -> str:
    """The first complaint as: key, value, what is allowed."""
    found = error.errors()[0]
    key = ".".join(str(part) for part in found["loc"])
    message = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_allowed(found['loc'])}"
    if found["type"] == "missing":
        return f"key {key!r} is missing"
    return message if not key else f"{key} = {found['input']!r}: {message}"


def _allowed(loc: tuple[int | str, ...]) -> str:
    table: type[BaseModel] = Profile
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        annotation = table.model_fields[part].annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        table = next(a for a in inner if isinstance(a, type) and issubclass(a, BaseModel))
    return "; allowed: " + ", ".join(sorted(table.model_fields))
