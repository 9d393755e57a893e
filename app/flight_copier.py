"""The copier's process: `python -m innervate.app.flight_copier SETTINGS.json`. Copies a limb's flight logs
to a disk at the lowest rank; says notices as `core.child` describes, ends on SIGTERM with all that there is
copied, or when whoever started it is gone and nothing is written any more."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ..core.child import log, say_error, say_notice, say_ready
from ..core.clock import now
from ..core.errors import InnervateError
from ..core.flightcopy import SYNC_S, Copier, CopierSettings
from ..core.settings import read_settings

_NICE = 15
"""Of 19. The kernel gives the disk by it, too (ioprio_set(2): none set follows nice)."""
_QUIET_S = 10.0
"""Without a parent and with nothing new for so long: the limb has ended."""
_END = (signal.SIGTERM, signal.SIGINT)


def main(settings_path: Path) -> None:
    """Copy until told to end.

    Raises:
        InnervateError: the settings are wrong.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _END)
    parent = os.getppid()
    os.nice(_NICE)
    os.umask(0o077)  # the names of folders above are a patient's, too
    copier = Copier(read_settings(settings_path, CopierSettings), _say)
    say_ready()
    progress, t_new_s = -1, now()
    while True:
        copier.turn(now())
        if copier.progress != progress:
            progress, t_new_s = copier.progress, now()
        if os.getppid() != parent and now() - t_new_s > _QUIET_S:
            break
        if signal.sigtimedwait(_END, SYNC_S) is not None:
            copier.turn(now())
            break
    copier.close()


def _say(line: str) -> None:
    log(line)
    say_notice(line)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except InnervateError as error:
        say_error(error)
