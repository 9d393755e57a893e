import subprocess
import sys

HEAVY = ("scipy", "sklearn", "pandas", "matplotlib", "nicegui", "pydantic", "onnxruntime", "innervate.sim")


def test_reading_emg_brings_nothing_heavy_into_the_loops_process() -> None:
    code = (
        "import sys, innervate.drivers.lsl.source, innervate.drivers.cyton.device, "
        "innervate.drivers.recordings.playback, innervate.drivers.table, innervate.drivers.lsl.find as f; "
        "first = 'pylsl' in sys.modules or 'serial' in sys.modules; f.load_pylsl(); import serial; "
        "print(first, [m for m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("False")  # neither device library was loaded before it was needed
    for name in HEAVY:
        assert f"'{name}'" not in said, name
