"""A calibration that saves repetitions until it is killed; it says each one that `save` has returned for."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
from innervate.calibration.store.database import utc_now
from innervate.calibration.store.place import place_of
from innervate.calibration.store.repetitions import Asked, save
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import open_store
from innervate.calibration.store.visits import Calibration
from innervate.calibration.store.words import Role
from innervate.drivers.recordings.npz import Recording

WHO = Person("ann", Role.CLINICIAN)


def samples(number: int) -> Recording:
    """Half a second of eight channels."""
    rng = np.random.default_rng(number)
    emg = rng.standard_normal((500, 8)).astype(np.float32)
    marks = np.zeros(500, np.int16)
    return Recording(f"{number}", emg, marks, marks, marks, marks, None, 1000.0, ("power",))


if __name__ == "__main__":
    with open_store(place_of(sys.argv[1], Path(sys.argv[2]))) as store:
        with store.work(WHO) as work:
            (calibration,) = work.rows(Calibration, "p7")
        for number in range(1, 1000):
            at = utc_now()
            save(
                store,
                WHO,
                calibration,
                Asked("power", number),
                samples(number),
                at,
                at + timedelta(seconds=1),
                "ok",
            )
            print(number, flush=True)
