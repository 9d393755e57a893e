"""An exported decoder at run time: onnxruntime and numpy, one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BundleError
from .wire import check_contents

FEATURES, SCORES = "features", "scores"
"""Names of a decoder's one input [N, F] and one output [N, K]; both doubles."""
MAX_BYTES = 64 << 20
"""As much as a bundle's decoder may have."""


class OnnxDecoder:
    """Scores of an exported decoder.

    Args:
        model: what `export.export` gave.

    Attributes:
        n_features: F.
        n_outputs: classes, or DOFs.

    Raises:
        BundleError: too large, not ONNX, holds what `wire.check_contents` refuses, has other inputs or
            outputs than one of doubles each, or cannot run.
    """

    def __init__(self, model: bytes) -> None:
        if len(model) > MAX_BYTES:
            raise BundleError(
                f"an ONNX decoder of {len(model)} bytes: at most {MAX_BYTES >> 20} MiB are allowed"
            )
        check_contents(model)
        self._session = _open(model)
        self.n_features = _width(self._session.get_inputs(), FEATURES)
        self.n_outputs = _width(self._session.get_outputs(), SCORES)
        try:
            probe = self._run(np.zeros((1, self.n_features)))
        except Exception as error:  # as in `_open`
            raise BundleError(f"the ONNX decoder does not run: {error}") from error
        if probe.shape != (1, self.n_outputs):
            raise BundleError(f"the ONNX decoder puts out {probe.shape}; it promises (1, {self.n_outputs})")

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n, K] class scores, or DOF velocities. A row whose features or scores are not all finite is NaN
        throughout: trees would take a side even then.

        Args:
            features: [n, F], as `Frame.features` row by row.

        Raises:
            BundleError: they have another shape.
        """
        if features.ndim != 2 or features.shape[1] != self.n_features:
            raise BundleError(f"features {features.shape}: the ONNX decoder takes [n, {self.n_features}]")
        features = np.ascontiguousarray(features, np.float64)
        scores = self._run(features)
        good = np.isfinite(scores).all(axis=1) & np.isfinite(features).all(axis=1)
        if not good.all():
            scores[~good] = np.nan
        return scores

    def _run(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self._session.run([SCORES], {FEATURES: features})[0]
        return scores


def _open(model: bytes) -> Any:
    # Here, so that a loop whose decoder is linear does not load it.
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Bytes that look like onnxruntime's own format would otherwise pass by `check_contents`.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no base of their own
        raise BundleError(f"onnxruntime refuses the decoder: {error}") from error


def _width(ends: Any, name: str) -> int:
    found = [(end.name, end.type, end.shape) for end in ends]
    if len(found) == 1:
        ((called, kind, shape),) = found
        if called == name and kind == "tensor(double)" and len(shape) == 2 and isinstance(shape[1], int):
            return int(shape[1])
    raise BundleError(f"the ONNX decoder has {found}; allowed: one {name!r}, doubles [N, number]")
