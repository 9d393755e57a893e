"""Keep LSL discovery on this machine: for the demo, for tests, and for clinics whose network others share."""

from __future__ import annotations

from pathlib import Path

_CONFIG = """\
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
ListenAddress = 127.0.0.1
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -2
"""


def machine_only(folder: Path, session: str) -> dict[str, str]:
    """Write liblsl's configuration into `folder`; returns the environment to start a process with.

    Streams of another session are invisible, so two demos on one machine do not see each other. liblsl reads
    this when it is loaded: it has no effect on a process that has used it already.
    """
    path = folder / "lsl_api.cfg"
    path.write_text(_CONFIG.format(session=session))
    return {"LSLAPICFG": str(path)}
