"""A forest as ONNX's tree operator. Training only."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from ..estimators.forest import VOTE, ForestClassifier
from .graph import Graph


def forest(graph: Graph, features: str, estimator: ForestClassifier) -> str:
    """Mean votes [N, K].

    scikit-learn compares features in single precision with thresholds in double; the graph does the same.
    Votes are whole numbers, so the operator's single-precision sums are exact.
    """
    nodes: dict[str, list[Any]] = defaultdict(list)
    for number, (fitted, votes) in enumerate(
        zip(estimator.forest_.estimators_, estimator.votes_, strict=True)
    ):
        tree = fitted.tree_
        inner = tree.children_left >= 0
        nodes["nodes_treeids"] += [number] * tree.node_count
        nodes["nodes_nodeids"] += range(tree.node_count)
        nodes["nodes_featureids"] += np.where(inner, tree.feature, 0).tolist()
        nodes["nodes_truenodeids"] += np.where(inner, tree.children_left, 0).tolist()
        nodes["nodes_falsenodeids"] += np.where(inner, tree.children_right, 0).tolist()
        nodes["nodes_modes"] += ["BRANCH_LEQ" if branches else "LEAF" for branches in inner]
        nodes["thresholds"] += np.where(inner, tree.threshold, 0.0).tolist()
        leaves, classes = np.nonzero(votes * ~inner[:, None])
        nodes["target_treeids"] += [number] * len(leaves)
        nodes["target_nodeids"] += leaves.tolist()
        nodes["target_ids"] += classes.tolist()
        nodes["weights"] += votes[leaves, classes].tolist()
    from_array = graph.onnx.numpy_helper.from_array
    total = graph.add(
        "TreeEnsembleRegressor",
        graph.cast(graph.cast(features, "FLOAT"), "DOUBLE"),
        domain="ai.onnx.ml",
        n_targets=len(estimator.classes_),
        nodes_values_as_tensor=from_array(np.array(nodes.pop("thresholds"))),
        target_weights_as_tensor=from_array(np.array(nodes.pop("weights"))),
        **nodes,
    )
    return graph.add("Div", graph.cast(total, "DOUBLE"), graph.constant(np.float64(VOTE * estimator.n_trees)))
