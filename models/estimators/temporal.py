"""A small convolutional network over conditioned samples. Only `fit` needs torch: `innervate[deep]`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.extras import optional
from .base import PosteriorClassifier, log_shares
from .mlp import Layers, forward

KERNELS = (9, 5)
"""Samples (of the layer below) that a filter of the first and of the second layer sees."""
PARTS = 4
"""A window's level is read in this many parts, so that a beginning can be told from an end."""
LEVEL_FLOOR = 0.01
"""Added to levels before the logarithm; the channels are standardised to 1."""
HIDDEN = 64
BATCH = 64


def strides(n_samples: int) -> tuple[int, int]:
    """Steps of the two layers: the first leaves about 100 steps of a window, whatever its rate."""
    return max(1, n_samples // 100), 2


def looks(n_samples: int, kernel: int, stride: int) -> NDArray[np.int64]:
    """[steps, kernel] indices that a layer's filters look at, in time padded by kernel // 2 at both ends."""
    return np.arange(0, n_samples, stride)[:, None] + np.arange(kernel)


def parts(n_steps: int) -> NDArray[np.float64]:
    """[parts, steps] that takes the mean of each part of a window."""
    pieces = np.array_split(np.arange(n_steps), min(PARTS, n_steps))
    means = np.zeros((len(pieces), n_steps))
    for row, piece in zip(means, pieces, strict=True):
        row[piece] = 1.0 / len(piece)
    return means


class TemporalClassifier(PosteriorClassifier):
    """Filters over all channels, rectified, twice; the logarithm of their levels; a small perceptron.

    What an EMG chain does by hand (band-pass, rectify, smooth, logarithm), with filters that are learnt; see
    the shallow network of Schirrmeister et al. 2017 (doi 10.1002/hbm.23730). Trained in single precision by
    AdamW under one cycle of the learning rate (Smith 2018, arXiv 1803.09820); decides in double precision
    without torch.

    Args:
        channels: of a window; feature set `window` is time-major: sample by sample, channels inside.
        filters: of each layer.
        epochs: passes over the training windows.
        rate: highest learning rate.
        balanced: equal class priors (see `base.log_shares`); False takes the training's shares.
        seed: of first weights, order of windows and dropout. The same seed, windows and number of threads
            give the same network.

    Attributes:
        mean_: [channels], and
        scale_: [channels] of the training samples.
        filters_: (weights [kernel x in, filters], biases [filters]) of both layers.
        layers_: of the perceptron, see `mlp.Layers`; the last holds the priors.
    """

    def __init__(
        self,
        channels: int = 1,
        filters: int = 32,
        epochs: int = 30,
        rate: float = 5e-3,
        balanced: bool = True,
        seed: int = 0,
    ) -> None:
        self.channels = channels
        self.filters = filters
        self.epochs = epochs
        self.rate = rate
        self.balanced = balanced
        self.seed = seed

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        if self.channels < 1 or features.shape[1] % self.channels:
            raise ValueError(
                f"{features.shape[1]} features are not whole samples of {self.channels} channels"
            )
        x = features.reshape(len(features), -1, self.channels)
        self.mean_, self.scale_ = x.mean(axis=(0, 1)), x.std(axis=(0, 1))
        self.scale_[self.scale_ == 0.0] = 1.0
        self.filters_, self.layers_ = train((x - self.mean_) / self.scale_, which, self)
        if self.balanced:
            weights, biases = self.layers_[-1]
            self.layers_[-1] = weights, biases - log_shares(which)

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        values = (features.reshape(len(features), -1, self.channels) - self.mean_) / self.scale_
        for (weights, biases), kernel, stride in zip(
            self.filters_, KERNELS, strides(values.shape[1]), strict=True
        ):
            padded = np.pad(values, ((0, 0), (kernel // 2, kernel // 2), (0, 0)))
            seen = padded[:, looks(values.shape[1], kernel, stride)]
            values = np.maximum(seen.reshape(*seen.shape[:2], -1) @ weights + biases, 0.0)
        levels = np.log(parts(values.shape[1]) @ values + LEVEL_FLOOR)
        return forward(levels.reshape(len(levels), -1), self.layers_)


def train(
    x: NDArray[np.float64], which: NDArray[np.intp], settings: TemporalClassifier
) -> tuple[Layers, Layers]:
    """(filters, perceptron) learnt from standardised windows [n, samples, channels] and class indices [n]."""
    torch = optional("torch", "the temporal network is trained with", "deep")
    nn, functional = torch.nn, torch.nn.functional
    first_stride, second_stride = strides(x.shape[1])
    n_steps = len(looks(len(looks(x.shape[1], KERNELS[0], first_stride)), KERNELS[1], second_stride))
    means = torch.tensor(parts(n_steps), dtype=torch.float32)
    # Seeded without touching what others draw from torch's own generator.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        convolutions = nn.ModuleList(
            nn.Conv1d(n_in, settings.filters, kernel, stride, kernel // 2)
            for n_in, kernel, stride in (
                (x.shape[2], KERNELS[0], first_stride),
                (settings.filters, KERNELS[1], second_stride),
            )
        )
        dense = nn.ModuleList(
            [
                nn.Linear(settings.filters * len(means), HIDDEN),
                nn.Linear(HIDDEN, len(settings.classes_)),
            ]
        )
        windows = torch.tensor(x.transpose(0, 2, 1), dtype=torch.float32)
        targets = torch.tensor(which)
        weights = [*convolutions.parameters(), *dense.parameters()]
        steps = settings.epochs * -(-len(x) // BATCH)
        optimiser = torch.optim.AdamW(weights, lr=settings.rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=steps)
        for _ in range(settings.epochs):
            for batch in torch.randperm(len(x)).split(BATCH):
                values = windows[batch]
                for convolution in convolutions:
                    values = functional.relu(convolution(values))
                levels = torch.log(means @ values.transpose(1, 2) + LEVEL_FLOOR).flatten(1)
                hidden = functional.dropout(functional.relu(dense[0](levels)), 0.2)
                loss = functional.cross_entropy(dense[1](hidden), targets[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
    learnt = [layer.weight.detach().double().numpy() for layer in (*convolutions, *dense)]
    biases = [layer.bias.detach().double().numpy() for layer in (*convolutions, *dense)]
    flat = [w.transpose(2, 1, 0).reshape(-1, len(w)) if w.ndim == 3 else w.T for w in learnt]
    layers = list(zip(flat, biases, strict=True))
    return layers[:2], layers[2:]
