"""Every estimator keeps scikit-learn's contract and is what its paper says."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from innervate.core.errors import InnervateError
from innervate.models.estimators.forest import ForestClassifier
from innervate.models.estimators.mlp import NeuralClassifier
from innervate.models.estimators.qda import ShrinkageQDA
from innervate.models.estimators.ridge import RidgeRegressor
from innervate.models.estimators.riemann import LogEuclideanMDM
from innervate.models.estimators.svm import GaussianSVM
from innervate.models.estimators.temporal import TemporalClassifier
from innervate.models.lda import ShrinkageLDA
from innervate.models.signal.families_spatial import LogCovariance
from innervate.models.signal.terms import SlidingSums
from scipy.linalg import expm, logm
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from .decoders import CLASSIFIERS, REGRESSORS, blobs, shares

OURS = [made for name, made in CLASSIFIERS.items() if name != "lda"] + list(REGRESSORS.values())


@parametrize_with_checks(OURS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name != "mdm"])  # it takes no mixed units
def test_classes_that_are_apart_are_told_apart(name):
    x, y = blobs(apart=4.0)
    made = type(CLASSIFIERS[name])(**CLASSIFIERS[name].get_params()).fit(x[:200], y[:200])
    assert (made.predict(x[200:]) == y[200:]).mean() > 0.95


@pytest.mark.parametrize("name", ["qda", "svm", "forest", "mlp"])
def test_long_rest_makes_no_movement_reluctant(name):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [900, 60])
    x = rng.normal(size=(len(y), 4)) + 0.8 * y[:, None]
    fresh = rng.normal(size=(2000, 4)) + 0.8
    recall = {}
    for balanced in (False, True):
        params = {**CLASSIFIERS[name].get_params(), "balanced": balanced}
        recall[balanced] = (type(CLASSIFIERS[name])(**params).fit(x, y).predict(fresh) == 1).mean()
    assert recall[True] > recall[False] + 0.1


def test_qda_without_shrinkage_is_the_textbooks():
    x, y = blobs(2000)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    ours = ShrinkageQDA(pooled=0.0, shrinkage=0.0).fit(x, y).predict_proba(x)
    theirs = QuadraticDiscriminantAnalysis(priors=[0.25] * 4, tol=1e-12).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_qda_with_one_covariance_is_our_lda():
    x, y = blobs()
    np.testing.assert_allclose(
        ShrinkageQDA(pooled=1.0).fit(x, y).predict_proba(x),
        ShrinkageLDA().fit(x, y).predict_proba(x),
        atol=1e-6,
    )


def test_qda_with_more_features_than_windows():
    x, y = blobs(12, 3)
    wide = np.hstack([x, np.random.default_rng(1).normal(size=(12, 60)), np.ones((12, 1))])
    assert np.isfinite(ShrinkageQDA().fit(wide, y).scores(wide)).all()


def test_the_nearest_log_euclidean_mean_is_the_matrices_own():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(2, 3, 3))
    y = np.repeat([0, 1], 20)
    samples = [rng.normal(size=(40, 3)) @ mixing[k] for k in y]
    family, vectors, matrices = LogCovariance(3, 40, 10), [], []
    for block in samples:
        sums = SlidingSums({"x2"}, 40, 1, 3, pairs=True)
        sums.push(block)
        vectors.append(np.zeros(family.size))
        family.compute(sums, vectors[-1])
        c = block.T @ block / 40
        matrices.append(c + (1e-6 * np.trace(c) / 3 + 1e-12) * np.eye(3))
    means = [expm(np.mean([logm(matrices[i]) for i in np.flatnonzero(y == k)], axis=0)) for k in (0, 1)]
    expected = [[-(np.linalg.norm(logm(c) - logm(m)) ** 2) for m in means] for c in matrices]
    np.testing.assert_allclose(LogEuclideanMDM().fit(vectors, y).scores(vectors), expected, rtol=1e-6)


def test_a_forest_votes_as_scikit_learns():
    x, y = blobs()
    ours = ForestClassifier(n_trees=15).fit(x, y)
    theirs = RandomForestClassifier(15, min_samples_leaf=2, class_weight="balanced", random_state=0).fit(x, y)
    np.testing.assert_allclose(ours.scores(x), theirs.predict_proba(x), atol=1e-3)


@pytest.mark.parametrize("n_trees", [0, 5000])
def test_a_forest_whose_votes_would_not_add_up_is_refused(n_trees):
    with pytest.raises(ValueError, match="n_trees"):
        ForestClassifier(n_trees=n_trees).fit(*blobs())


@pytest.mark.parametrize("classes", [2, 4])
def test_a_support_vector_machine_decides_as_scikit_learns(classes):
    x, y = blobs(classes=classes)
    made = GaussianSVM().fit(x, y)
    which = made.machine_.predict(made.scaler_.transform(x))
    assert (made.predict(x) == made.classes_[which]).mean() > 0.99  # libsvm breaks a tied vote by order


@pytest.mark.parametrize("classes", [2, 4])
def test_a_networks_unbalanced_posterior_is_scikit_learns(classes):
    x, y = blobs(classes=classes)
    equal = NeuralClassifier(hidden=8).fit(x, y).predict_proba(x)
    as_trained = NeuralClassifier(hidden=8, balanced=False).fit(x, y).predict_proba(x)
    weighed = equal * np.bincount(y)[np.unique(y)]
    np.testing.assert_allclose(weighed / weighed.sum(1, keepdims=True), as_trained, atol=1e-9)


@pytest.mark.parametrize("name", REGRESSORS)
def test_several_dofs_are_followed_at_once(name):
    x, y = shares()
    made = type(REGRESSORS[name])(**REGRESSORS[name].get_params()).fit(x[:200], y[:200])
    assert made.predict(x[200:]).shape == (100, 2)
    assert made.score(x[200:], y[200:]) > 0.7


def test_ridge_means_the_same_for_short_and_long_recordings():
    x, y = shares()
    once, thrice = (
        RidgeRegressor(0.1).fit(x, y),
        RidgeRegressor(0.1).fit(np.tile(x, (3, 1)), np.tile(y, (3, 1))),
    )
    np.testing.assert_allclose(once.predict(x), thrice.predict(x), atol=1e-9)


@pytest.mark.parametrize("name", ["forest", "mlp", "svm"])
def test_a_seed_is_a_decoder(name):
    x, y = blobs()
    first, again = (type(CLASSIFIERS[name])(**CLASSIFIERS[name].get_params()).fit(x, y) for _ in range(2))
    assert np.array_equal(first.scores(x), again.scores(x))


def test_without_torch_the_temporal_network_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InnervateError, match=r"innervate\[deep\]"):
        TemporalClassifier().fit(*blobs())


def test_windows_that_are_not_whole_samples_are_refused():
    with pytest.raises(ValueError, match="12 features are not whole samples of 5 channels"):
        TemporalClassifier(channels=5).fit(*blobs())


def test_no_estimator_imports_torch():
    program = (
        "import sys, innervate.models.estimators.temporal, innervate.models.estimators.mlp\n"
        "print({'torch', 'onnx', 'onnxruntime'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
