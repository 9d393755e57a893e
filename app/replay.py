"""`innervate replay`: a flight log through the program that wrote it, each log in a process of its own."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..core.child import Child, say_error, say_ready
from ..core.errors import InnervateError, RecordingError
from ..core.flightread import open_log
from ..core.realtime import stop_collecting

_LONGEST_S = 3600.0
_WORST = ("different", "nothing to replay", "same classes", "identical")


def replay_logs(paths: list[Path], from_s: float = 0.0) -> dict[str, Any]:
    """Replay several logs side by side.

    Args:
        from_s: compare from so many seconds after a log's start on.

    Returns:
        `verdict` (the worst of all) and `logs`, one table per log (`core.replaying.Found.report`).

    Raises:
        InnervateError: a log cannot be read, or does not fit this version at all.
    """
    with ExitStack() as stack:
        # Children: BLAS with one thread, as in the loop, and a program with nothing else in it.
        children = [
            stack.enter_context(Child("innervate.app.replay", str(path), repr(from_s), leashed=True))
            for path in paths
        ]
        logs = [{"log": str(path), **_said(child)} for path, child in zip(paths, children, strict=True)]
    verdicts = [str(log["verdict"]) for log in logs]
    return {"verdict": min(verdicts, key=_WORST.index), "logs": logs}


def _said(child: Child) -> dict[str, Any]:
    return {name: value for name, value in child.wait_ready(_LONGEST_S).items() if name != "ready"}


def replay_log(path: Path, from_s: float = 0.0) -> dict[str, Any]:
    """Replay one log in this process.

    Raises:
        InnervateError: as `replay_logs`.
    """
    reader = open_log(path)
    kind = reader.facts.get("kind")
    if kind == "loop":
        from ..controller.flight_replay import replay_loop

        return replay_loop(reader, from_s).report()
    if kind == "guard":
        from ..firmware_bridge.flight_replay import replay_guard

        return replay_guard(reader, from_s).report()
    raise RecordingError(f"{path}: a log of a {kind!r}; known are loop and guard")


if __name__ == "__main__":
    stop_collecting()
    try:
        say_ready(**replay_log(Path(sys.argv[1]), float(sys.argv[2])))
    except InnervateError as error:
        say_error(error)
