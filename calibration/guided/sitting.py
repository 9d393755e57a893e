"""A session whose repetitions are kept as they end: what a page or a terminal drives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .journal import Journal
from .listen import Signal
from .plan import Plan
from .session import Event, Session


class Sitting:
    """A `Session` and its `Journal`. What the journal holds already is not asked for again.

    Args:
        plan: what is asked for.
        signal: what will be pushed.
        journal: where it is kept.

    Raises:
        RecordingError: what the journal holds cannot be read, or is of other channels.
    """

    def __init__(self, plan: Plan, signal: Signal, journal: Journal) -> None:
        self._journal = journal
        self.session = Session(plan, signal, journal.saved())

    def start(self) -> list[Event]:
        """See `Session.start`."""
        return self._keep(self.session.start())

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Event]:
        """See `Session.push`. A repetition that is over is on the disk when this returns."""
        return self._keep(self.session.push(samples, valid))

    def stop_hurts(self) -> list[Event]:
        """See `Session.stop_hurts`."""
        return self._keep(self.session.stop_hurts())

    def _keep(self, events: list[Event]) -> list[Event]:
        for event in events:
            if event.repetition is not None:
                self._journal.save(event.repetition)
            elif event.kind in ("done", "stopped"):
                self._journal.end(event.kind)
        return events
