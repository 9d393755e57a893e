"""Runs LibEMG's Muovi receiver against our probe, in LibEMG's environment: `python peer_otb.py PORT ROWS`.

Prints one JSON object: the rows it decoded, oldest first. It takes one row a `recv`, and needs each whole:
the probe here sends whole rows over loopback. It listens on a port, and our probe dials it.
"""

import contextlib
import importlib.util
import io
import json
import sys
from pathlib import Path


def main(port: int, rows: int) -> None:
    package = importlib.util.find_spec("libemg")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "_streamers" / "_OTB_Muovi.py"
    spec = importlib.util.spec_from_file_location("otb_muovi", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    receiver = module.OTBMuovi(stream_ip="127.0.0.1", stream_port=port)
    with contextlib.redirect_stdout(io.StringIO()):
        receiver.initialize()
        receiver.start()
    found = [receiver.read() for _ in range(rows)]
    receiver.stop()
    print(json.dumps({"rows": found}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
