"""What an evaluation is asked to do, checked before any work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ...core.errors import ProfileError, RecordingError
from ...core.settings import build

SPLITS = ("repetition", "condition", "chronological", "recalibrated", "adapted", "subject", "don")
USES = ("equal", "realistic")
FAULTS = ("flat", "railed", "mains", "noisy", "intermittent")
EACH = "each"
"""`drop_channel` of an evaluation that damages one channel after another."""


@dataclass(frozen=True)
class EvaluateOptions:
    """One evaluation of one decoder; a sweep is several of them.

    Attributes:
        split: one of `SPLITS`.
        decoder: a key of `calibration.recipes.RECIPES`.
        beside: another one, scored on the same windows; empty for none.
        reject: least posterior at which a movement is acted on; below it nothing moves.
        window_ms: what features look at.
        increment_ms: time between scored windows.
        train_conditions: conditions to train on (`condition`, `adapted`, `don`); empty for the split's own.
        first: conditions to train on in `chronological` and `recalibrated`; 0 for five in six.
        curve: `chronological` also gives every k conditions -> the next.
        use: how the day is streamed in `adapted`, one of `USES`.
        seeds: orders of trials tried in `adapted` and `don`.
        drop_channel: column (from 0) or name of the channel that `fault` befalls, or `EACH`; empty for none.
        fault: one of `FAULTS`.
        fault_strength: loudness of `mains` and `noisy`, in levels of the channel's strongest movement.
        noise: white noise added to all channels: microvolts where the recording is in microvolts, otherwise
            a share of the level of each channel's strongest movement.
        mains: 50 Hz added to all channels, as a share of that level.
        stream: `repetition` of undamaged recordings also decides every increment, transitions included
            (`transitions.score_stream`), which takes several times as long.
    """

    split: str = "repetition"
    decoder: str = "default"
    beside: str = ""
    reject: float = 0.0
    window_ms: float = 200.0
    increment_ms: float = 50.0
    train_conditions: tuple[int, ...] = ()
    first: int = 0
    curve: bool = False
    use: str = "equal"
    seeds: int = 20
    drop_channel: str = ""
    fault: str = "flat"
    fault_strength: float = 10.0
    noise: float = 0.0
    mains: float = 0.0
    stream: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("split", SPLITS), ("use", USES), ("fault", FAULTS)):
            if getattr(self, name) not in allowed:
                raise RecordingError(
                    f"{name} {getattr(self, name)!r} is not known", f"allowed: {', '.join(allowed)}"
                )
        for name, least, most in (
            ("reject", 0.0, 1.0),
            ("window_ms", 10.0, 2000.0),
            ("increment_ms", 5.0, 1000.0),
            ("first", 0, 10_000),
            ("seeds", 1, 1000),
            ("fault_strength", 0.0, 1000.0),
            ("noise", 0.0, 1e6),
            ("mains", 0.0, 1e6),
        ):
            if not least <= getattr(self, name) <= most:
                raise RecordingError(f"{name} = {getattr(self, name):g}: allowed is {least:g} to {most:g}")
        if self.stream and (self.split != "repetition" or self.damaged):
            raise RecordingError(
                f"stream with split {self.split!r}{' and damage' if self.damaged else ''}",
                "it goes with split repetition of undamaged recordings",
            )

    @property
    def damaged(self) -> bool:
        """Something is done to the tested part."""
        return bool(self.drop_channel) or self.noise > 0 or self.mains > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `from_dict` gives the same options back."""
        return {**asdict(self), "train_conditions": list(self.train_conditions)}

    @classmethod
    def from_dict(cls, content: Any) -> EvaluateOptions:
        """Inverse of `to_dict`.

        Raises:
            RecordingError: a key that is unknown or a value that is not allowed.
        """
        try:
            options: EvaluateOptions = build(cls, content, "evaluation options")
        except ProfileError as error:
            raise RecordingError(error.what) from error
        return options
