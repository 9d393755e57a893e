"""Start a limb's two processes and the copier of their flight logs, keep them, stop them. The supervisor is
not on the command path: if it dies, guard and loop go on, and the guard holds the limb when the loop dies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ..controller.settings import LoopSettings
from ..core.child import EXIT_REFUSED, Child, error_from
from ..core.clock import now, sleep
from ..core.errors import InnervateError
from ..core.flightcopy import CopierSettings
from ..core.ring import GUARD_RING, RingReader
from ..core.settings import write_settings
from ..firmware_bridge.requests import request
from ..firmware_bridge.settings import GuardSettings
from .copier_process import CopierProcess
from .take_up import TakeUp
from .wearer_child import WearerChild
from .wearer_settings import WearerSettings

_START_WAIT_S = 15.0


class Supervisor:
    """Guard and loop of one limb.

    Args:
        guard: settings of the guard process.
        loop: settings of the loop process.
        env: environment to add, such as where to look for LSL streams.
        leashed: all die with this process: right for a simulated limb, wrong for a worn one.
        copier: where the flight logs are copied to; None: they stay in memory.
        wearer: who listens for recalibrations and keeps the home log; None: nobody.
    """

    def __init__(
        self,
        guard: GuardSettings,
        loop: LoopSettings,
        env: Mapping[str, str] | None = None,
        *,
        leashed: bool = False,
        copier: CopierSettings | None = None,
        wearer: WearerSettings | None = None,
    ) -> None:
        self.runtime_dir = Path(loop.runtime_dir)
        self._log = self.runtime_dir / "log.txt"
        self._guard_settings = self.runtime_dir / "guard.json"
        self._loop_settings = self.runtime_dir / "loop.json"
        write_settings(self._guard_settings, guard)
        self._take_up = TakeUp(loop, self._loop_settings, wearer)
        self._env = env
        self._leashed = leashed
        self.guard: Child | None = None
        self.loop: Child | None = None
        self.copier = CopierProcess(copier, leashed=leashed)
        self.wearer = WearerChild(wearer)
        self.t_start_s = 0.0
        self.restarts = 0
        """How often the loop was started again because a person asked for it."""
        self._starts_seen = self._swaps_seen = 0
        self._loop_missing = False
        self._ring: RingReader | None = None

    def start(self) -> None:
        """Start both at once and wait until both are ready.

        Raises:
            InnervateError: what the one that could not start says; the other is stopped, the limb holds.
        """
        self.t_start_s = now()
        try:
            self.guard = self._child("innervate.firmware_bridge", self._guard_settings)
            loop = self._start_loop()
            self.guard.wait_ready(_START_WAIT_S)
            self._ring = RingReader(self.runtime_dir / GUARD_RING)
            loop.wait_ready(_START_WAIT_S)
            self.copier.start()
            self.wearer.start()
        except InnervateError:
            self.stop()
            raise

    def _start_loop(self) -> Child:
        self.loop = self._child("innervate.controller", self._loop_settings)
        return self.loop

    def _child(self, module: str, settings: Path) -> Child:
        return Child(module, str(settings), log_path=self._log, env=self._env, leashed=self._leashed)

    def watch(self) -> str:
        """Once in a while: notice who has ended; start a dead loop again when a person asks (`start`).

        A loop that died without a word leaves the guard holding the limb until a person acts.

        Returns:
            A line for the person when something has just changed; empty otherwise.

        Raises:
            InnervateError: the guard has ended, or the loop said why it cannot go on.
        """
        if self._ring is None or self.loop is None or self.guard is None:
            return ""
        if not self.guard.running:
            raise InnervateError(
                f"the guard ended with code {self.guard.exit_code}; the limb's own watchdog acts",
                f"see {self._log}",
            )
        newest = self._ring.latest()
        starts = int(str(newest["starts"])) if newest is not None else 0
        asked, self._starts_seen = starts > self._starts_seen, starts
        swaps = int(str(newest["swaps"])) if newest is not None else 0
        if swaps > self._swaps_seen:
            self._swaps_seen, self._loop_missing = swaps, False
            return self._take_up.change(swaps, self._restart)
        if self.loop.running:
            self._loop_missing = False
            return self.loop.notice() or self.copier.watch() or self.wearer.watch()
        if asked:
            return self._start_again()
        if self._loop_missing:
            return self.copier.watch()
        self._loop_missing = True
        why = self.why_loop_ended()
        if self.loop.exit_code == EXIT_REFUSED:
            raise why
        return str(why)

    def _start_again(self) -> str:
        self._loop_missing = True
        try:
            self._restart()
        except InnervateError as error:
            return f"the loop cannot be started again: {error}"
        return "the loop runs again; the limb holds until a person arms it"

    def _restart(self) -> None:
        """End the loop, if it runs, and start it anew.

        Raises:
            InnervateError: why it cannot start.
        """
        if self.loop is not None:
            self.loop.stop()
        self._start_loop().wait_ready(_START_WAIT_S)
        self.restarts += 1

    def first_heartbeat_s(self) -> float:
        """Seconds from `start` to the first frame that a command of the loop caused."""
        until_s = now() + _START_WAIT_S
        reader = RingReader(self.runtime_dir / GUARD_RING)
        while now() < until_s:
            for record in reader.new_records():
                t_written_s = float(str(record["t_written_s"]))
                if int(str(record["command_seq"])) > 0 and t_written_s > 0.0:
                    return t_written_s - self.t_start_s
            sleep(0.01)
        raise InnervateError("the loop's first heartbeat did not reach the limb", f"see {self._log}")

    def why_loop_ended(self) -> InnervateError:
        """What the loop said last, as an error to raise."""
        if self.loop is None:
            return InnervateError("the loop was never started")
        said = self.loop.read_line(1.0)
        if said:
            return error_from(said)
        return InnervateError(
            f"the loop ended with code {self.loop.exit_code}; the limb holds",
            f"`innervate request start`, then arm; see {self._log}",
        )

    def request(self, verb: str) -> dict[str, object]:
        """Ask the guard: stop, release, arm, start, status, shutdown."""
        return request(self.runtime_dir, verb)

    def stop(self) -> None:
        """Loop, then the guard, which brings the limb to rest and says goodbye to it, then the copier."""
        for child in (self.loop, self.guard):
            if child is not None:
                child.stop()
        self.copier.stop()
        self.wearer.stop()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()
