"""The guard is small: nothing but the standard library, pyserial and our own two rooms is loaded with it."""

from __future__ import annotations

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
import innervate.firmware_bridge.__main__
import innervate.firmware_bridge.ability_hand.device
import innervate.firmware_bridge.moteus.device
names = sorted(sys.modules)
files = {n: getattr(sys.modules[n], "__file__", None) for n in names}
foreign = [n for n, f in files.items() if f and "site-packages" in f and n.split(".")[0] != "serial"]
print(json.dumps([names, foreign]))
"""


def test_the_guard_loads_no_numpy_and_no_other_room() -> None:
    # -S -E would hide the venv; -I keeps this folder and the environment out.
    done = subprocess.run([sys.executable, "-I", "-c", _SCRIPT], capture_output=True, text=True, check=True)
    names, foreign = json.loads(done.stdout)
    roots = {name.split(".")[0] for name in names}
    assert not roots & {"numpy", "pydantic", "sklearn", "scipy", "asyncio", "nicegui"}
    # An editable install brings its own finder; nothing else of the environment may be there.
    assert [
        name for name in foreign if not name.startswith(("__editable__", "_virtualenv", "_distutils"))
    ] == []
    rooms = {name.split(".")[1] for name in names if name.startswith("innervate.")}
    assert rooms == {"core", "firmware_bridge"}
    assert not {"innervate.core.chunk", "innervate.core.profile"} & set(names)
