"""Runs LibEMG's Myo host against a port, in LibEMG's own environment: `python peer_myo.py PORT MODE ROWS`.

Prints one JSON object: the rows it decoded, oldest first. LibEMG's package is heavy and its shared memory is
not needed here: only the file of its Myo streamer is run.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path


def load() -> types.ModuleType:
    package = importlib.util.find_spec("libemg")
    assert package is not None
    assert package.origin is not None
    for name in ("libemg", "libemg.shared_memory_manager"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["libemg.shared_memory_manager"].SharedMemoryManager = object  # type: ignore[attr-defined]
    file = Path(package.origin).parent / "_streamers" / "_myo_streamer.py"
    spec = importlib.util.spec_from_file_location("myo_streamer", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(port: str, mode: str, rows: int) -> None:
    streamer = load()
    host = streamer.Myo(port, streamer.emg_mode[mode])
    host.connect()
    found: list[list[int]] = []
    motion: list[list[int]] = []
    # It stacks the newer of two samples on top.
    host.add_emg_handler(lambda emg: found.extend(emg[::-1].tolist()))
    host.add_imu_handler(lambda quat, accel, gyro: motion.append([*quat, *accel, *gyro]))
    while len(found) < rows:
        host.run()
    host.disconnect()
    print(json.dumps({"rows": found, "motion": motion[-1]}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
