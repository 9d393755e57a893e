"""`*.imb`: a decoder for one patient, one limb and one montage; signed, checked whole, never executed.

A zip of three stored members (`container.py`): `manifest.json` (all settings, the SHA-256 of the decoder),
`decoder.npz` (arrays, never pickled) and `signature.json` (Ed25519 over the manifest's SHA-256 and the
profile's safety digest). The zip's comment is the SHA-256 of every byte before it, so a flipped byte anywhere
is found before anything is parsed; the signature, checked next, says who wrote it and for whom.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.clock import now, wall_offset_s
from ..core.errors import BundleError, ProfileError
from ..core.settings import build, write_private
from .container import DAMAGED, DECODER, MANIFEST, SIGNATURE, read_members, zip_members
from .model import Model
from .packing import SCHEMA, SCHEMA_VELOCITIES, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Wearer:
    """Whom a model is for.

    Attributes:
        patient_id: as in the profile.
        limb_device: such as "ability-hand".
        limb_level: such as "transradial".
        limb_side: "left" or "right".
        simulated: True when nobody real wears it.
    """

    patient_id: str
    limb_device: str
    limb_level: str
    limb_side: str
    simulated: bool = False


@dataclass(frozen=True)
class Bundle:
    """A model read from a file whose signature was good.

    Attributes:
        model: what was trained.
        wearer: for whom.
        sha256: hex, of the file.
        parent: hex, of the bundle this one replaced; empty for the first.
        created_unix_s: wall time at which it was written.
        version: of the software that wrote it.
        signer: public key, hex.
    """

    model: Model
    wearer: Wearer
    sha256: str
    parent: str
    created_unix_s: float
    version: str
    signer: str


def write_bundle(
    path: Path,
    model: Model,
    wearer: Wearer,
    private_key: Ed25519PrivateKey,
    safety_digest: str,
) -> str:
    """Write and sign a bundle, mode 0600, atomically. One that was there stays as `.previous` and is named
    as parent.

    Args:
        path: such as `model.imb`.
        model: from calibration.
        wearer: for whom.
        private_key: of the clinic (`keys.load_key`).
        safety_digest: `Profile.safety_digest()` of the profile it is to run under.

    Returns:
        Hex SHA-256 of the new file.

    Raises:
        BundleError: it cannot be written there.
    """
    from importlib.metadata import PackageNotFoundError, version

    from .keys import public_hex

    try:
        software = version("innervate")
    except PackageNotFoundError:
        software = "unknown"
    try:
        parent = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        arrays = pack(model)
        manifest = json.dumps(
            {
                "schema": SCHEMA if model.regressor is None else SCHEMA_VELOCITIES,
                "wearer": asdict(wearer),
                "safety_digest": safety_digest,
                "pipeline": asdict(model.settings),
                "classes": model.classes,
                "rest_class": model.rest_class,
                "temperature": model.decoder.temperature,
                "turns": model.decoder.turns,
                "thresholds": model.thresholds,
                **({} if model.regressor is None else {"velocities": {"dofs": model.regressor.dofs}}),
                "metrics": dict(model.metrics),
                "parent": parent,
                "created_unix_s": now() + wall_offset_s(),
                "version": software,
                "sha256": {DECODER: hashlib.sha256(arrays).hexdigest()},
            },
            indent=1,
            allow_nan=False,
        ).encode()
        signature = private_key.sign(_signed_part(manifest, safety_digest))
        signed = json.dumps({"public_key": public_hex(private_key), "ed25519": signature.hex()}).encode()
        content = zip_members({MANIFEST: manifest, DECODER: arrays, SIGNATURE: signed})
        if path.exists():
            _keep_as(path, previous_path(path))
        write_private(path, content)
    except OSError as error:
        raise BundleError(f"{path}: the model cannot be written: {error.strerror}") from error
    return hashlib.sha256(content).hexdigest()


def read_bundle(path: Path, trusted_keys: Sequence[str], safety_digest: str) -> Bundle:
    """Read a bundle, whole or not at all.

    Args:
        path: the file.
        trusted_keys: public keys (hex) whose signatures count.
        safety_digest: of the profile it is to run under.

    Raises:
        BundleError: one line: damaged, foreign, for another patient or safety table, or of another schema.
    """
    members, digest = read_members(path)
    manifest = _parse(path, MANIFEST, members[MANIFEST])
    signer = _check_signature(path, members, manifest, trusted_keys, safety_digest)
    if manifest.get("schema") not in (SCHEMA, SCHEMA_VELOCITIES):
        raise BundleError(
            f"{path}: bundle schema {manifest.get('schema')!r}; this version reads {SCHEMA} and "
            f"{SCHEMA_VELOCITIES}",
            "update innervate, or calibrate again",
        )
    if manifest.get("sha256") != {DECODER: hashlib.sha256(members[DECODER]).hexdigest()}:
        raise BundleError(f"{path}: {DECODER} is not the one that was signed", DAMAGED)
    try:
        return Bundle(
            unpack(manifest, members[DECODER]),
            build(Wearer, manifest["wearer"], "wearer"),
            digest,
            str(manifest["parent"]),
            float(manifest["created_unix_s"]),
            str(manifest["version"]),
            signer,
        )
    except (BundleError, ProfileError) as error:
        raise BundleError(f"{path}: {error.what}", error.mend) from error
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path}: not complete: {error}", DAMAGED) from error


def check_fits(bundle: Bundle, channels: Sequence[str], rate_hz: float, unit: str) -> None:
    """Refuse a bundle that was made for another source.

    Raises:
        BundleError: names what differs.
    """
    made = bundle.model.settings
    if tuple(channels) != made.channels:
        wanted, found = ", ".join(made.channels), ", ".join(channels)
        raise BundleError(
            f"the model was made for channels {wanted}; the source gives {found}",
            "wire it as at calibration, or calibrate again",
        )
    if abs(rate_hz - made.rate_hz) > 1e-3 * made.rate_hz:
        raise BundleError(
            f"the model was made for {made.rate_hz:g} Hz; the source gives {rate_hz:g} Hz",
            "set the source's rate, or calibrate again",
        )
    if unit != made.unit:
        raise BundleError(
            f"the model was made for a signal in {made.unit}; the source gives {unit}", "calibrate again"
        )


def previous_path(path: Path) -> Path:
    """Where the bundle before this one is kept."""
    return path.with_name(path.name + ".previous")


def roll_back(path: Path) -> None:
    """Exchange a bundle with the one before it; doing it twice changes nothing.

    Raises:
        BundleError: there is none to go back to.
    """
    previous = previous_path(path)
    if not previous.exists():
        raise BundleError(f"{path}: there is no previous model to go back to")
    try:
        aside = path.with_name(path.name + ".aside")
        if path.exists():
            _keep_as(path, aside)
        previous.replace(path)
        if aside.exists():
            aside.replace(previous)
    except OSError as error:
        raise BundleError(f"{path}: the previous model cannot be brought back: {error.strerror}") from error


def _keep_as(path: Path, other: Path) -> None:
    """A second name for the same file, so that `path` is there at every moment."""
    building = other.with_name(other.name + ".new")
    building.unlink(missing_ok=True)
    os.link(path, building)
    building.replace(other)


def _signed_part(manifest: bytes, safety_digest: str) -> bytes:
    return f"innervate bundle\n{hashlib.sha256(manifest).hexdigest()}\n{safety_digest}\n".encode()


def _parse(path: Path, name: str, content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: {name} is not JSON", DAMAGED) from error
    if not isinstance(parsed, dict):
        raise BundleError(f"{path}: {name} is not a table", DAMAGED)
    return parsed


def _check_signature(
    path: Path,
    members: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    trusted_keys: Sequence[str],
    safety_digest: str,
) -> str:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed = _parse(path, SIGNATURE, members[SIGNATURE])
    key, signature = signed.get("public_key"), signed.get("ed25519")
    if not isinstance(key, str) or not isinstance(signature, str):
        raise BundleError(f"{path}: not signed", DAMAGED)
    if key not in trusted_keys:
        raise BundleError(
            f"{path}: signed with key {key[:16]}..., which this limb does not trust",
            "calibrate here, or add the clinic's key to limb.trusted_keys",
        )
    made_for = manifest.get("safety_digest")
    if made_for != safety_digest:
        raise BundleError(
            f"{path}: made for another patient, limb, montage or safety table than this profile's",
            "use this patient's model, or calibrate again",
        )
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), _signed_part(members[MANIFEST], safety_digest)
        )
    except (InvalidSignature, ValueError) as error:
        raise BundleError(f"{path}: the signature does not match its content", DAMAGED) from error
    return key
