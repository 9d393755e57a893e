"""Decoders decide the same before and after they leave as ONNX, and run without what trained them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from innervate.core.errors import InnervateError
from innervate.models.estimators.riemann import LogEuclideanMDM
from innervate.models.onnx.export import export
from innervate.models.onnx.session import OnnxDecoder
from sklearn.neighbors import KNeighborsClassifier

from .decoders import CLASSIFIERS, REGRESSORS, fitted, outputs

DECIDING = [*CLASSIFIERS, "temporal"]


def windows(estimator, n: int = 500) -> np.ndarray:
    """Windows like those of training, and far beyond them."""
    rng = np.random.default_rng(1)
    size = estimator.n_features_in_
    units = np.logspace(-3, 3, size) if size == 12 else np.ones(size)
    near = rng.normal(size=(n, size)) * units + 5.0
    return np.vstack([near, 100.0 * near, np.zeros((1, size))])


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", DECIDING)
def test_decisions_are_the_same_on_random_windows(name, classes):
    estimator = fitted(name, classes)
    x = windows(estimator)
    ours = OnnxDecoder(export(estimator)).scores(x)
    expected = outputs(estimator, x)
    assert ours.shape == (len(x), classes)
    assert np.array_equal(estimator.classes_[ours.argmax(axis=1)], estimator.predict(x))
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", DECIDING)
def test_decisions_are_the_same_on_both_sides_of_every_boundary(name, classes):
    estimator = fitted(name, classes)
    x = windows(estimator)[:500]
    labels = estimator.predict(x)
    one = x[:-1][labels[:-1] != labels[1:]]
    other = x[1:][labels[:-1] != labels[1:]]
    assert len(one) > 50
    start = estimator.predict(one)
    for _ in range(27):  # of two halves, the one over which the decision changes; ends at 1e-8 of the way
        middle = (one + other) / 2
        same = (estimator.predict(middle) == start)[:, None]
        one, other = np.where(same, middle, one), np.where(same, other, middle)
    session = OnnxDecoder(export(estimator))
    for side in (one, other):
        assert np.array_equal(
            estimator.classes_[session.scores(side).argmax(axis=1)], estimator.predict(side)
        )
    assert (estimator.predict(one) != estimator.predict(other)).all()


def test_a_forests_scores_are_the_same_to_the_last_bit_on_its_thresholds():
    forest = fitted("forest")
    rows = []
    for tree in forest.forest_.estimators_:
        inner = np.flatnonzero(tree.tree_.children_left >= 0)
        for node in inner[:20]:
            threshold = np.float32(tree.tree_.threshold[node])
            for value in (
                np.nextafter(threshold, np.float32(-np.inf)),
                threshold,
                tree.tree_.threshold[node],
            ):
                row = windows(forest)[node].copy()
                row[tree.tree_.feature[node]] = value
                rows.append(row)
    assert len(rows) > 500
    assert np.array_equal(OnnxDecoder(export(forest)).scores(np.array(rows)), forest.scores(rows))


def test_a_tie_goes_to_the_first_class_before_and_after():
    estimator = LogEuclideanMDM().fit([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]], [0, 1, 2])
    x = np.array([[1.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    assert estimator.predict(x).tolist() == [0, 0, 1]
    assert OnnxDecoder(export(estimator)).scores(x).argmax(axis=1).tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", REGRESSORS)
def test_velocities_are_the_same(name):
    estimator = fitted(name)
    x = windows(estimator)
    expected = estimator.predict(x)
    np.testing.assert_allclose(
        OnnxDecoder(export(estimator)).scores(x), expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max()
    )


@pytest.mark.parametrize("name", [*DECIDING, *REGRESSORS])
def test_one_window_is_decided_as_among_many(name):
    estimator = fitted(name)
    x, session = windows(estimator)[:20], OnnxDecoder(export(estimator))
    np.testing.assert_allclose(
        np.vstack([session.scores(row[None]) for row in x]), session.scores(x), rtol=1e-9
    )


@pytest.mark.parametrize("name", [*DECIDING, *REGRESSORS])
def test_the_same_estimator_gives_the_same_bytes(name):
    assert export(fitted(name)) == export(fitted(name))


def test_every_decoder_runs_where_nothing_that_trained_it_is_installed(tmp_path):
    names = [*DECIDING, *REGRESSORS]
    for i, name in enumerate(names):
        x = windows(fitted(name))[:50]
        (tmp_path / f"{i}.onnx").write_bytes(export(fitted(name)))
        np.savez(tmp_path / f"{i}.npz", x=x, expected=outputs(fitted(name), x))
    program = (
        "import sys\n"
        "banned = ['sklearn', 'torch', 'scipy', 'onnx']\n"
        "sys.modules.update(dict.fromkeys(banned))\n"
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from innervate.models.onnx.session import OnnxDecoder\n"
        "for i in range(int(sys.argv[2])):\n"
        "    file = Path(sys.argv[1], f'{i}.onnx')\n"
        "    held = np.load(file.with_suffix('.npz'))\n"
        "    scores = OnnxDecoder(file.read_bytes()).scores(held['x'])\n"
        "    assert (scores.argmax(1) == held['expected'].argmax(1)).all()\n"
        "    np.testing.assert_allclose(scores, held['expected'], rtol=1e-8)\n"
        "print(sorted(n for n in sys.modules if n.partition('.')[0] in banned and sys.modules[n]))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(len(names))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_stranger_has_no_export():
    with pytest.raises(InnervateError, match="KNeighborsClassifier has no ONNX export"):
        export(KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, 1]))


def test_without_onnx_the_export_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InnervateError, match=r"innervate\[export\]"):
        export(fitted("mdm"))
