"""A decoder's file is judged before anything opens it, and what is no number decides nothing."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models.onnx import session as session_module
from innervate.models.onnx.export import export
from innervate.models.onnx.session import OnnxDecoder
from onnx import TensorProto, helper, numpy_helper

from .decoders import fitted


def model(
    nodes=None, initializers=(), n_in=2, n_out=2, kind=TensorProto.DOUBLE, domains=(), **parts
) -> bytes:
    nodes = nodes or [helper.make_node("Identity", ["features"], ["scores"])]
    ends = [helper.make_tensor_value_info("features", kind, ["N", n_in])]
    out = [helper.make_tensor_value_info("scores", kind, ["N", n_out])]
    graph = helper.make_graph(nodes, "g", ends, out, list(initializers), **parts)
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def with_external_data() -> bytes:
    held = numpy_helper.from_array(np.zeros(2), "w")
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    held.external_data.add(key="location", value="/etc/passwd")
    return model([helper.make_node("Add", ["features", "w"], ["scores"])], [held])


def with_external_data_in_an_operator() -> bytes:
    held = numpy_helper.from_array(np.zeros(2), "w")
    held.external_data.add(key="location", value="/etc/passwd")
    constant = helper.make_node("Constant", [], ["w"], value=held)
    return model([constant, helper.make_node("Add", ["features", "w"], ["scores"])])


def with_a_loop() -> bytes:
    body = helper.make_graph([], "body", [], [])
    return model([helper.make_node("If", ["features"], ["scores"], then_branch=body, else_branch=body)])


def with_a_function() -> bytes:
    made = onnx.load_from_string(model())
    made.functions.add(name="f", domain="ours")
    return made.SerializeToString()


def with_sparse_data() -> bytes:
    sparse = helper.make_sparse_tensor(
        numpy_helper.from_array(np.ones(1), "w"), numpy_helper.from_array(np.zeros(1, np.int64)), [2]
    )
    return model(sparse_initializer=[sparse])


REFUSED = {
    "external data": (with_external_data(), "data outside of its file"),
    "external data in an operator": (with_external_data_in_an_operator(), "data outside of its file"),
    "a custom operator": (
        model(
            [helper.make_node("Gelu", ["features"], ["scores"], domain="com.microsoft")],
            domains=["com.microsoft"],
        ),
        "operators of 'com.microsoft'",
    ),
    "a custom domain that nothing uses": (model(domains=["evil"]), "operators of 'evil'"),
    "a graph in a graph": (with_a_loop(), "a graph inside of a graph"),
    "a function": (with_a_function(), "functions of its own"),
    "sparse data": (with_sparse_data(), "sparse data"),
    "nothing": (b"", "no graph"),
    "another kind of file": (b"PK\x03\x04 a zip", "not an ONNX model"),
    "onnxruntime's own format": (b"\x18\x00\x00\x00ORTM" + bytes(64), "not an ONNX model"),
    "an unknown operator": (
        model([helper.make_node("Nonsense", ["features"], ["scores"])]),
        "onnxruntime refuses",
    ),
    "single precision": (model(kind=TensorProto.FLOAT), "doubles"),
    "a wrong promise": (model(n_in=2, n_out=3), "doubles"),
    "no fixed width": (model(n_in="F", n_out="F"), "doubles"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_model_that_may_not_run_is_refused(what):
    data, message = REFUSED[what]
    with pytest.raises(BundleError, match=message):
        OnnxDecoder(data)


def test_a_plain_model_is_taken():
    made = OnnxDecoder(model())
    assert (made.n_features, made.n_outputs) == (2, 2)
    assert made.scores(np.array([[1.0, -2.0]])).tolist() == [[1.0, -2.0]]


def test_a_model_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(session_module, "MAX_BYTES", 10)
    with pytest.raises(BundleError, match="at most"):
        OnnxDecoder(model())


@given(st.data())
@hypothesis_settings(max_examples=100, deadline=None)
def test_a_damaged_model_is_refused_or_runs(data):
    whole = export(fitted("mdm"))
    cut = data.draw(st.integers(0, len(whole)))
    flipped = bytearray(whole)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped[at] ^= data.draw(st.integers(1, 255))
    for damaged in (whole[:cut], bytes(flipped)):
        with suppress(BundleError):
            OnnxDecoder(damaged)


@pytest.mark.parametrize("shape", [(12,), (3, 11), (1, 3, 12)])
def test_features_of_another_shape_are_refused(shape):
    with pytest.raises(BundleError, match=r"takes \[n, 12\]"):
        OnnxDecoder(export(fitted("mdm"))).scores(np.zeros(shape))


@pytest.mark.parametrize("name", ["forest", "svm", "mdm"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_no_number_has_no_scores_and_spoils_no_other(name, bad):
    x = np.full((3, 12), 5.0)
    x[1, 4] = bad
    scores = OnnxDecoder(export(fitted(name))).scores(x)
    assert np.isnan(scores[1]).all()
    assert np.isfinite(scores[[0, 2]]).all()


def test_scores_that_overflow_are_no_scores():
    assert np.isnan(OnnxDecoder(export(fitted("mdm"))).scores(np.full((1, 12), 1e200))).all()
