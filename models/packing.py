"""A model as arrays and back: what stands in a bundle's decoder member. No pickle."""

from __future__ import annotations

import io
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError
from .container import DAMAGED
from .familiar import Familiar
from .model import Model
from .network import Network
from .pipeline import PipelineSettings
from .proportional import ProportionalSpeed
from .templates import TemplateDecoder, TemplateStatistics, Weights
from .velocities import VelocityRegressor

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 3
SCHEMA_VELOCITIES = 4
"""With velocities beside the classes: a version that knows none of them refuses it, instead of driving by
classes alone."""

_STATISTICS, _INTACT, _LOST, _FAMILIAR, _NETWORK = "statistics.", "intact.", "lost.", "familiar.", "network."
_VELOCITIES = "velocities."
"""Prefixes of the arrays in the decoder's member."""


def pack(model: Model) -> bytes:
    """All arrays of a model, as the decoder's member of a bundle."""
    decoder, file = model.decoder, io.BytesIO()
    arrays: dict[str, Any] = {
        "penalties": decoder.penalties,
        "rest_rms": model.proportional.rest_rms,
        "class_rms": model.proportional.class_rms,
        **_columns(_INTACT, decoder.intact),
    }
    for prefix, many in ((_LOST, decoder.lost), (_FAMILIAR, decoder.familiar)):
        parts = [_columns(prefix, part) for part in many]
        if parts:
            arrays.update({name: np.stack([part[name] for part in parts]) for name in parts[0]})
    if decoder.network is not None:
        arrays.update(_columns(_NETWORK, decoder.network))
    if model.statistics is not None:
        arrays.update(_columns(_STATISTICS, model.statistics))
    if model.regressor is not None:
        arrays.update({_VELOCITIES + name: array for name, array in model.regressor.arrays().items()})
    np.savez(file, **arrays)
    return file.getvalue()


def _columns(
    prefix: str, part: Weights | Familiar | Network | TemplateStatistics
) -> dict[str, NDArray[np.float64]]:
    return {prefix + f.name: getattr(part, f.name) for f in fields(part)}


def unpack(manifest: Mapping[str, Any], content: bytes) -> Model:
    """Inverse, with what the manifest says beside the arrays.

    Raises:
        BundleError, KeyError, TypeError, ValueError: they do not agree, or are not what they should be.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays: dict[str, NDArray[Any]] = {name: file[name] for name in file.files}

    def part(prefix: str) -> dict[str, NDArray[Any]]:
        return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}

    def several(prefix: str) -> list[dict[str, NDArray[Any]]]:
        stacked = part(prefix)
        rows = zip(*stacked.values(), strict=True)
        return [dict(zip(stacked, row, strict=True)) for row in rows]

    network, statistics = part(_NETWORK), part(_STATISTICS)
    decoder = TemplateDecoder(
        Weights(**part(_INTACT)),
        tuple(Weights(**weights) for weights in several(_LOST)),
        arrays["penalties"],
        float(manifest["temperature"]),
        Network(**network) if network else None,
        tuple(Familiar(**one) for one in several(_FAMILIAR)),
        tuple(float(turn) for turn in manifest["turns"]),
    )
    return Model(
        PipelineSettings.from_dict(manifest["pipeline"]),
        tuple(str(name) for name in manifest["classes"]),
        int(manifest["rest_class"]),
        decoder,
        TemplateStatistics(**statistics) if statistics else None,
        ProportionalSpeed(arrays["rest_rms"], arrays["class_rms"]),
        tuple(float(t) for t in manifest["thresholds"]),
        manifest["metrics"],
        _unpack_velocities(manifest, part(_VELOCITIES)),
    )


def _unpack_velocities(
    manifest: Mapping[str, Any], arrays: dict[str, NDArray[Any]]
) -> VelocityRegressor | None:
    """Inverse; None in a bundle that drives by classes.

    Raises:
        BundleError, KeyError, TypeError: manifest and arrays do not agree, or are not what they should be.
    """
    block = manifest.get("velocities")
    if (manifest["schema"] == SCHEMA_VELOCITIES) != (block is not None) or bool(arrays) != bool(block):
        raise BundleError("schema, manifest and arrays do not agree on whether there are velocities", DAMAGED)
    if block is None:
        return None
    dofs = block["dofs"]
    if not isinstance(dofs, list) or not all(isinstance(name, str) for name in dofs):
        raise BundleError(f"velocities of {dofs!r}: a list of names", DAMAGED)
    return VelocityRegressor.of_arrays(tuple(dofs), arrays)
