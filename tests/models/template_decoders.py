"""Template decoders by chance, for three channels of two features each."""

from __future__ import annotations

import numpy as np
from innervate.models.network import Network
from innervate.models.templates import TemplateDecoder, Weights

TURNS, CLASSES, CHANNELS, SIZE, OWN = 3, 4, 3, 6, 2
PENALTIES = np.array([0.0, 1.0, 2.5])


def weights(seed: int = 0, lost: int | None = None, turns: int = TURNS) -> Weights:
    """With `lost`, the two features of that channel count nothing."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(turns * CLASSES + CLASSES * OWN, SIZE))
    if lost is not None:
        matrix[:, 2 * lost : 2 * lost + 2] = 0.0
    offsets = rng.normal(size=len(matrix))
    return Weights(
        matrix, offsets, rng.normal(size=(turns, CLASSES, OWN)), 0.1 * rng.random(size=(CLASSES, OWN))
    )


def network(seed: int = 0, classes: int = CLASSES, size: int = SIZE) -> Network:
    """Eight hidden units."""
    rng = np.random.default_rng(seed)
    return Network(*(rng.normal(size=s) for s in ((8, size), 8, (classes, 8), classes)))


def decoder(with_network: bool = False) -> TemplateDecoder:
    """Every single channel may be lost."""
    lost = tuple(weights(10 + c, c) for c in range(CHANNELS))
    return TemplateDecoder(weights(), lost, PENALTIES, 1.7, network() if with_network else None)
