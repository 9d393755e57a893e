"""When a leg may follow muscle signals: what the guard asks of a load sensor. Pure; the sensor: `gait`."""

from __future__ import annotations

from typing import Protocol

from ..core.errors import RequestError
from ..core.state import SENTENCE, Reason


class LegGate(Protocol):
    """Whether there is weight on the limb, and whether the person sits."""

    @property
    def seated(self) -> bool:
        """A person said that they sit, and no weight came on the limb since."""
        ...

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        ...

    def listen(self, now_s: float) -> None:
        """Take in what the sensor said."""
        ...

    def closed(self, now_s: float) -> Reason:
        """Why muscle signals may not move the limb now (LOADED, LOAD_UNKNOWN); NONE when they may."""
        ...

    def unloaded_s(self, now_s: float) -> float:
        """For how long there has been no weight on the limb; 0 with weight, and while that is not known."""
        ...

    def sit(self, now_s: float) -> None:
        """The person says that they sit.

        Raises:
            RequestError: there is or was weight on the limb, or nobody knows.
        """
        ...

    def stand(self) -> None:
        """The person is about to stand."""
        ...


class NoSensor:
    """A leg without a sensor: nobody knows, so muscle signals never move it."""

    seated = False

    def files(self) -> list[int]:
        """None."""
        return []

    def listen(self, now_s: float) -> None:
        """Nothing."""

    def closed(self, now_s: float) -> Reason:  # noqa: ARG002
        """Always."""
        return Reason.LOAD_UNKNOWN

    def unloaded_s(self, now_s: float) -> float:  # noqa: ARG002
        """Not known."""
        return 0.0

    def sit(self, now_s: float) -> None:  # noqa: ARG002
        """Refused."""
        raise RequestError(f"cannot sit: {SENTENCE[Reason.LOAD_UNKNOWN]}")

    def stand(self) -> None:
        """Nothing."""
