"""What MNE and mne-bids make of our files: `python peer_mne.py FILE.bdf DATASET`. JSON on standard output.

A program of its own: importing MNE takes seconds, and it warns of things that are none of ours.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")
import mne  # noqa: E402
import numpy as np  # noqa: E402
from mne_bids import BIDSPath, get_entity_vals, read_raw_bids  # noqa: E402


def about(raw: "mne.io.BaseRaw") -> dict[str, object]:
    """Samples in microvolts as hex, so that nothing is rounded on the way."""
    picked = [name for name in raw.ch_names if name.startswith("ch")]
    data = raw.get_data(picks=picked) * 1e6
    return {
        "channels": raw.ch_names,
        "types": raw.get_channel_types(),
        "rate_hz": raw.info["sfreq"],
        "samples": data.T.astype(np.float32).tobytes().hex(),
        "annotations": [
            [float(a["onset"]), float(a["duration"]), str(a["description"]), list(a.get("ch_names", ()))]
            for a in raw.annotations
        ],
        "subject": raw.info["subject_info"],
        "date": str(raw.info["meas_date"]),
    }


root = sys.argv[2]
place = {key: get_entity_vals(root, key)[0] for key in ("subject", "session", "task", "run")}
raw_bids = read_raw_bids(BIDSPath(root=root, datatype="emg", suffix="emg", **place), verbose="error")
found = {"bdf": about(mne.io.read_raw_bdf(sys.argv[1], verbose="error")), "bids": about(raw_bids)}
print(json.dumps(found, default=str))
