"""A person is a preset and a seed: how bodies differ, and how differently people make the same movement.

Fat varies as measured under ultrasound at the thigh: 10.4 (4.1) mm, a spread of 0.39 of the mean (Mechelli, J
Cachexia Sarcopenia Muscle Clin Rep 2019;4, n = 17). All other spreads are ours: nobody has measured them for
residual limbs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.movements import REST
from .body import Body

FAT_SPREAD = 0.39
_MOST = 2.0
"""Nobody differs by more standard deviations; ours, so that everybody has skin."""
_RADIUS_SPREAD = 0.07
_AT_DEG = 4.0
_ALONG_MM = 6.0
_DEPTH_SPREAD = 0.12
_ALIKE_MOST = 0.25
"""Some people's movements resemble one another: each is drawn towards their mean by up to so much."""
_PATTERN_SPREAD = 0.25
"""Spread (log) of each muscle's share of each movement between people."""


def individual(body: Body, seed: int) -> Body:
    """That person's body; one that is somebody's already stays as it is."""
    if body.person is not None:
        return body
    rng = np.random.default_rng([seed, 19])
    fatter, thicker = np.clip(rng.standard_normal(2), -_MOST, _MOST).tolist()
    fat_mm = body.fat_mm * (1.0 + FAT_SPREAD * fatter)
    radius_mm = body.radius_mm * (1.0 + _RADIUS_SPREAD * thicker)
    muscles = []
    for muscle in body.muscles:
        turn, along, deeper = rng.standard_normal(3).tolist()
        muscles.append(
            replace(
                muscle,
                at_deg=muscle.at_deg + _AT_DEG * turn,
                along_mm=muscle.along_mm + _ALONG_MM * along,
                depth_mm=muscle.depth_mm * float(np.exp(_DEPTH_SPREAD * deeper)),
            )
        )
    moves = {name: np.array(shares) for name, shares in body.movements.items() if name != REST}
    alike = float(rng.uniform(0.0, _ALIKE_MOST))
    mean = np.mean(list(moves.values()), axis=0)
    movements = {REST: body.movements[REST]}
    for name, shares in moves.items():
        own = (1.0 - alike) * shares + alike * mean
        own = own * np.exp(_PATTERN_SPREAD * rng.standard_normal(len(own)))
        movements[name] = tuple(np.clip(own, 0.0, 1.0).tolist())
    return replace(
        body, fat_mm=fat_mm, radius_mm=radius_mm, muscles=tuple(muscles), movements=movements, person=seed
    )
