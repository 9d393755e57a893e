"""`guard.ring`: one record per frame to the limb."""

from __future__ import annotations

from pathlib import Path

from ..core.ring import Field, Layout, RingWriter

CAPACITY = 32_768
"""About five minutes; 7 MB that count as memory only once they were written."""


def layout(joints: int, meta: dict[str, object]) -> Layout:
    """Fields of a record.

    `t_s` is the turn's one clock read and `t_written_s` when the write of the frame had returned (0.0 where
    it had to wait for room on the wire; then a later record tells of it, whose `t_s` is when its turn had
    come). `t_handed_s` is when the newest set-point was with the device's driver, written or waiting; 0.0
    where it took none.
    `sample_index` and `t_sample_s` are those of the command that caused this frame at once; -1 and 0.0 for a
    heartbeat. `t_stop_s` is when the last stop request was served.
    `recalibrating` is 2 where the limb shows the movements itself, and `recalibration_ended` why the last one
    ended early; `swaps` counts changes of model or settings.
    `gate` is the reason for which a leg follows no muscle signal now; `force_n` and `hottest_c` are NaN where
    the limb does not say.
    """
    return Layout(
        (
            Field("t_s", "d"),
            Field("t_written_s", "d"),
            Field("t_handed_s", "d"),
            Field("command_seq", "q"),
            Field("sample_index", "q"),
            Field("t_sample_s", "d"),
            Field("state", "B"),
            Field("reason", "B"),
            Field("setpoint_deg", "d", joints),
            Field("position_deg", "d", joints),
            Field("frames_sent", "I"),
            Field("frames_acked", "I"),
            Field("frames_bad", "I"),
            Field("refused", "I"),
            Field("starts", "I"),
            Field("stops", "I"),
            Field("t_stop_s", "d"),
            Field("recalibrations", "I"),
            Field("gate", "B"),
            Field("seated", "?"),
            Field("frozen", "?"),
            Field("force_n", "f", joints),
            Field("hottest_c", "f"),
            Field("recalibrating", "B"),
            Field("recalibration_ended", "B"),
            Field("swaps", "I"),
            Field("cpu_s", "d"),
        ),
        meta,
    )


def open_ring(path: Path, joints: int, meta: dict[str, object]) -> RingWriter:
    """The ring at `path`, empty."""
    return RingWriter(path, layout(joints, meta), CAPACITY)
