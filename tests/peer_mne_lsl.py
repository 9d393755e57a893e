"""mne-lsl, with the liblsl of its own, at the other end of a stream: run as a process of its own.

`read ROWS SOURCE_ID...` prints "ready" when it has subscribed to all, then one JSON line a stream.
`write SOURCE_ID JSON_FILE` prints "ready", sends the file's rows once somebody has subscribed, and waits for
its standard input to close.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from mne_lsl.lsl import StreamInfo, StreamInlet, StreamOutlet, local_clock, resolve_streams

_PATIENCE_S = 8.0


def subscribed(source_id: str) -> StreamInlet:
    found = resolve_streams(timeout=_PATIENCE_S, source_id=source_id)
    assert len(found) == 1, (source_id, found)
    inlet = StreamInlet(found[0])
    inlet.open_stream(timeout=_PATIENCE_S)
    return inlet


def read(rows: int, source_ids: list[str]) -> None:
    with ThreadPoolExecutor() as pool:
        inlets = list(pool.map(subscribed, source_ids))
    print("ready", flush=True)
    until_s = local_clock() + _PATIENCE_S
    for inlet in inlets:
        info: Any = inlet.get_sinfo()
        values: list[Any] = []
        stamps: list[float] = []
        while len(stamps) < rows and local_clock() < until_s:
            block, t_s = inlet.pull_chunk(timeout=0.2, max_samples=rows - len(stamps))
            values += np.asarray(block).tolist() if len(t_s) else []
            stamps += list(map(float, t_s))
        said = {
            "name": info.name,
            "type": info.stype,
            "source_id": info.source_id,
            "rate_hz": float(info.sfreq),
            "channels": info.get_channel_names(),
            "types": info.get_channel_types(),
            "units": info.get_channel_units(),
            "xml": info.as_xml,
            "values": values,
            "stamps": stamps,
        }
        print(json.dumps(said), flush=True)


def write(source_id: str, path: str) -> None:
    plan = json.loads(Path(path).read_text())
    values = np.array(plan["values"], plan["dtype"])
    info = StreamInfo("from mne-lsl", "EMG", values.shape[1], plan["rate_hz"], plan["dtype"], source_id)
    info.set_channel_names(plan["channels"])
    info.set_channel_types(plan["types"])
    info.set_channel_units(plan["units"])
    outlet = StreamOutlet(info)
    print("ready", flush=True)
    assert outlet.wait_for_consumers(timeout=_PATIENCE_S)
    for at in range(0, len(values), 10):
        outlet.push_chunk(np.ascontiguousarray(values[at : at + 10]), np.array(plan["stamps"][at : at + 10]))
    sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(int(sys.argv[2]), sys.argv[3:])
    else:
        write(*sys.argv[2:4])
