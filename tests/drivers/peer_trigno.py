"""Runs LibEMG's Trigno client against our base, in LibEMG's own environment:
`python peer_trigno.py COMMAND_PORT EMG_PORT AUX_PORT ROWS`.

Prints one JSON object: the rows it decoded, oldest first. It takes one sample a `recv`, and needs each whole:
the base here sends whole frames over loopback.
"""

import importlib.util
import json
import struct
import sys
import types
from pathlib import Path

import numpy as np


def load() -> types.ModuleType:
    package = importlib.util.find_spec("libemg")
    assert package is not None
    assert package.origin is not None
    for name in ("libemg", "libemg.shared_memory_manager"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["libemg.shared_memory_manager"].SharedMemoryManager = Memory  # type: ignore[attr-defined]
    file = Path(package.origin).parent / "_streamers" / "_delsys_streamer.py"
    spec = importlib.util.spec_from_file_location("delsys_streamer", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Memory:
    """Stands in for its shared memory: the rows it would put there."""

    rows: list[list[float]] = []  # noqa: RUF012
    wanted = 0
    streamer: object = None

    def create_variable(self, *args: object) -> None: ...

    def modify_variable(self, tag: str, change: object) -> None:
        if tag != "emg":
            return
        stacked = change(np.zeros((1, 16)))  # type: ignore[operator]
        self.rows.extend(stacked.tolist())
        if len(self.rows) >= self.wanted:
            self.streamer.signal.set()  # type: ignore[attr-defined]


def main(command_port: int, emg_port: int, aux_port: int, rows: int) -> None:
    client = load().DelsysEMGStreamer(
        recv_ip="127.0.0.1",
        cmd_port=command_port,
        data_port=emg_port,
        aux_port=aux_port,
        channel_list=list(range(16)),
    )
    Memory.wanted, Memory.streamer = rows, client
    client.run()
    print(json.dumps({"rows": [struct.pack("<16f", *row).hex() for row in Memory.rows]}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
