"""A graph of ONNX operators, written down line by line. Training only: needs onnx, `innervate[export]`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.extras import optional
from .session import FEATURES, SCORES

OPSET, TREES_OPSET, IR_VERSION = 17, 3, 8
"""Old enough for the oldest onnxruntime that we allow (1.18)."""


class Graph:
    """Operators from `FEATURES` [N, n_features], doubles, to `SCORES` [N, n_outputs], doubles.

    Values are known by their names; every method returns the name of what it made.
    """

    def __init__(self, n_features: int) -> None:
        self.onnx = optional("onnx", "decoders are exported with", "export")
        self.n_features = n_features
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: Any) -> str:
        """Numbers that belong to the model: doubles or int64."""
        name = f"c{len(self._constants)}"
        self._constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """An operator of these inputs."""
        name = f"v{len(self._nodes)}"
        node = self.onnx.helper.make_node(operator, list(inputs), [name], domain=domain, **attributes)
        self._nodes.append(node)
        return name

    def cast(self, value: str, to: str) -> str:
        """The value as FLOAT or DOUBLE."""
        return self.add("Cast", value, to=getattr(self.onnx.TensorProto, to))

    def affine(self, value: str, weights: NDArray[np.float64], offsets: NDArray[np.float64]) -> str:
        """Value [.., in] @ weights [in, out] + offsets [out]."""
        return self.add("Add", self.add("MatMul", value, self.constant(weights)), self.constant(offsets))

    def square_sum(self, value: str, axis: int) -> str:
        """Sum of squares over an axis, which goes."""
        return self.add("ReduceSum", self.add("Mul", value, value), self.constant([axis]), keepdims=0)

    def finish(self, value: str, n_outputs: int) -> bytes:
        """The checked model that puts out this value [N, n_outputs]."""
        helper, double = self.onnx.helper, self.onnx.TensorProto.DOUBLE
        self._nodes.append(helper.make_node("Identity", [value], [SCORES]))
        graph = helper.make_graph(
            self._nodes,
            "decoder",
            [helper.make_tensor_value_info(FEATURES, double, ["N", self.n_features])],
            [helper.make_tensor_value_info(SCORES, double, ["N", n_outputs])],
            self._constants,
        )
        domains = {node.domain for node in self._nodes}
        versions = [("", OPSET), ("ai.onnx.ml", TREES_OPSET)]
        model = helper.make_model(
            graph,
            ir_version=IR_VERSION,
            producer_name="innervate",
            opset_imports=[helper.make_opsetid(*version) for version in versions if version[0] in domains],
        )
        self.onnx.checker.check_model(model, full_check=True)
        written: bytes = model.SerializeToString(deterministic=True)
        return written
