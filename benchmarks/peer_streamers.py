"""LibEMG's side of `drivers`. Run by another Python, one that has LibEMG; it imports nothing of ours.

    PYTHON peer_streamers.py myo|trigno|muovi|muovi-plus SECONDS PORT...

Runs its streamer as it is, with its own shared memory, and prints one JSON object: rows it took and processor
time it used from its first row on. Only the files of the streamer and of the shared memory are loaded: the
rest of the package has nothing to do with reading.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import socket
import sys
import threading
import time
import types
from importlib.metadata import version
from pathlib import Path
from typing import Any

_FIRST_S = 30.0


def load(name: str) -> types.ModuleType:
    """One file of LibEMG, without its package's heavy imports."""
    package = importlib.util.find_spec("libemg")
    if package is None or package.origin is None:
        raise SystemExit("this Python has no LibEMG")
    folder = Path(package.origin).parent
    sys.modules.setdefault("libemg", types.ModuleType("libemg"))
    for full, file in (
        ("libemg.shared_memory_manager", folder / "shared_memory_manager.py"),
        (f"libemg_{name}", folder / "_streamers" / f"{name}.py"),
    ):
        spec = importlib.util.spec_from_file_location(full, file)
        if spec is None or spec.loader is None:
            raise SystemExit(f"LibEMG has no {file.name}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return module


class Counter:
    """Rows so far: from its shared memory, or counted at its `read`."""

    streamer: Any = None
    rows = 0

    def now(self) -> int:
        """Rows it has taken."""
        memory = getattr(self.streamer, "smm", None)
        if memory is not None and "emg_count" in memory.variables:
            return int(memory.variables["emg_count"]["data"][0, 0])
        return self.rows


def report(counter: Counter, seconds: float) -> None:
    """Waits for the first row, measures, prints and ends the process."""
    clock, sleep, used = time.monotonic, time.sleep, time.process_time  # noqa: TID251 - no innervate here
    until_s = clock() + _FIRST_S
    while not counter.now():
        if clock() > until_s:
            print("no row came", file=sys.stderr, flush=True)
            os._exit(1)
        sleep(0.05)
    rows, begun_s, cpu_s = counter.now(), clock(), used()
    sleep(seconds)
    took_s = clock() - begun_s
    found = {
        "version": version("libemg"),
        "received": counter.now() - rows,
        "seconds": round(took_s, 3),
        "cpu_percent": round(100 * (used() - cpu_s) / took_s, 2),
    }
    print(json.dumps(found), flush=True)
    memory = getattr(counter.streamer, "smm", None)
    if memory is not None:
        for name in list(memory.variables):
            memory.variables[name]["smh"].unlink()
    os._exit(0)


def items(np: Any, rows: int, channels: int) -> list[list[Any]]:
    """Its shared memory, as large as its own functions ask for."""
    return [
        ["emg", (rows, channels), np.double, multiprocessing.Lock()],
        ["emg_count", (1, 1), np.int32, multiprocessing.Lock()],
    ]


def main(kind: str, seconds: float, ports: list[str]) -> None:
    """Run the streamer here, and the stopwatch beside it."""
    import numpy as np

    counter = Counter()
    threading.Thread(target=report, args=(counter, seconds), daemon=True).start()
    if kind == "myo":
        module = load("_myo_streamer")
        made = module.Myo
        setattr(module, "Myo", lambda mode: made(ports[0], mode))  # noqa: B010 - it looks for a dongle by its USB name
        counter.streamer = module.MyoStreamer(
            filtered=False, emg=True, imu=False, shared_memory_items=items(np, 1000, 8)
        )
        counter.streamer.run()
    elif kind == "trigno":
        command, emg, aux = map(int, ports)
        counter.streamer = load("_delsys_streamer").DelsysEMGStreamer(
            shared_memory_items=items(np, 3000, 16),
            recv_ip="127.0.0.1",
            cmd_port=command,
            data_port=emg,
            aux_port=aux,
            channel_list=list(range(16)),
        )
        counter.streamer.run()
    else:
        name = "OTBMuovi" if kind == "muovi" else "OTBMuoviPlus"
        module = load(f"_OTB_{name.removeprefix('OTB')}")
        device = getattr(module, name)
        read = device.read

        def counted(self: Any) -> Any:
            found = read(self)
            counter.rows += 1
            return found

        device.read = counted
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.bind(("127.0.0.1", 0))  # where its datagrams go; nobody takes them
            getattr(module, f"{name}Streamer")("127.0.0.1", listener.getsockname()[1]).start_stream()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
