"""`make mutants`: small changes of guard, governor and codecs, one at a time; which ones no test notices.

    python docs/mutants.py [MODULE ...]        e.g. firmware_bridge/governor.py; all of `SUBJECTS` without

cosmic-ray (a development tool in an environment of its own) changes the files of a fresh clone of what is
committed, never of this folder, and runs the tests that are named here for each module.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / ".venv-mutants" / "bin"
_T = "tests/firmware_bridge"
_GUARD = (f"{_T}/test_guard.py", f"{_T}/test_guard_limb.py", f"{_T}/test_promises.py", f"{_T}/test_leg.py")
SUBJECTS: dict[str, tuple[str, ...]] = {
    "firmware_bridge/governor.py": (
        f"{_T}/test_governor.py",
        f"{_T}/test_holdback.py",
        f"{_T}/test_guard.py",
    ),
    "firmware_bridge/limits.py": (f"{_T}/test_limits.py", f"{_T}/test_governor.py"),
    "firmware_bridge/holdback.py": (f"{_T}/test_holdback.py",),
    "firmware_bridge/standing.py": _GUARD,
    "firmware_bridge/guard.py": _GUARD,
    "firmware_bridge/phase.py": (f"{_T}/test_phase.py",),
    "firmware_bridge/line.py": (f"{_T}/test_guard_limb.py", f"{_T}/test_promises.py"),
    "firmware_bridge/messages.py": (f"{_T}/test_messages.py",),
    "firmware_bridge/link.py": (f"{_T}/test_link.py",),
    "firmware_bridge/ability_hand/codec.py": (f"{_T}/test_ability_hand_codec.py",),
    "firmware_bridge/ability_hand/registers.py": (f"{_T}/test_ability_hand_codec.py",),
    "firmware_bridge/ability_hand/touch.py": (
        f"{_T}/test_ability_hand_codec.py",
        f"{_T}/test_ability_hand.py",
    ),
    "firmware_bridge/moteus/codec.py": (f"{_T}/test_moteus_codec.py",),
    "firmware_bridge/moteus/joint.py": (f"{_T}/test_devices.py", f"{_T}/test_moteus_joints.py"),
    "firmware_bridge/moteus/tunnel.py": (f"{_T}/test_moteus_joints.py",),
    "firmware_bridge/dynamixel/codec.py": (f"{_T}/test_dynamixel_codec.py",),
    "firmware_bridge/inspire/codec.py": (f"{_T}/test_inspire_codec.py",),
    "firmware_bridge/cubemars/codec.py": (f"{_T}/test_cubemars_codec.py",),
    "firmware_bridge/covvi/codec.py": (f"{_T}/test_covvi_codec.py",),
}
"""module -> the tests that should notice."""

_TIMEOUT_S = 120.0
_LEFT_OUT = (
    r"core/ReplaceBinaryOperator_\w+_(Pow|FloorDiv|Mod|RShift|LShift|BitOr|BitAnd|BitXor)",
    r"core/ReplaceBinaryOperator_(BitOr|BitAnd|BitXor|LShift|RShift|Mod|FloorDiv|Pow)_(Add|Sub|Mul|Div)",
    r"core/ReplaceBinaryOperator_(Add|Sub)_(Mul|Div)",
    r"core/ReplaceBinaryOperator_(Mul|Div)_(Add|Sub)",
    r"core/ReplaceComparisonOperator_\w+_(Is|IsNot)",
    r"core/RemoveDecorator",
    r"core/ReplaceUnaryOperator_\w+",
)
"""Operators that change one thing many times over, or types instead of values."""


def survivors(module: str, tests: tuple[str, ...]) -> tuple[int, list[str]]:
    """(changes tried, those that every test passed with: line, operator and the changed line)."""
    with tempfile.TemporaryDirectory(prefix="innervate-mutants-") as folder:
        clone, session, config = (Path(folder) / name for name in ("clone", "session.sqlite", "config.toml"))
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S607
        package = Path(folder) / "path"
        package.mkdir()
        (package / "innervate").symlink_to(clone)
        found = [test for test in tests if (clone / test).exists()]
        command = f"{ROOT}/.venv/bin/python -m pytest -q -x -n 0 -p no:cacheprovider {' '.join(found)}"
        config.write_text(
            f"[cosmic-ray]\nmodule-path = {json.dumps(module)}\ntimeout = {_TIMEOUT_S}\n"
            f"excluded-modules = []\ntest-command = {json.dumps(command)}\n"
            '[cosmic-ray.distributor]\nname = "local"\n'
            f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(list(_LEFT_OUT))}\n"
        )
        env = {**os.environ, "PYTHONPATH": str(package), "OMP_NUM_THREADS": "1"}

        def tool(name: str, *args: Path | str) -> str:
            done = subprocess.run(
                [TOOL / name, *args], cwd=clone, env=env, check=False, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(f"{module}: {name} {args[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
            return done.stdout

        tool("cosmic-ray", "baseline", config)
        tool("cosmic-ray", "init", config, session)
        tool("cr-filter-operators", session, config)
        tool("cosmic-ray", "exec", config, session)
        return _read(tool("cosmic-ray", "dump", session))


def _read(dump: str) -> tuple[int, list[str]]:
    tried, left = 0, []
    for line in dump.splitlines():
        item, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        tried += 1
        if result["test_outcome"] == "survived":
            left += [_told(mutation, result) for mutation in item["mutations"]]
    return tried, left


def _told(mutation: dict[str, Any], result: dict[str, Any]) -> str:
    lines = (result.get("diff") or "").splitlines()
    changed = [line for line in lines if line[:1] == "+" and line[:2] != "++"]
    operator = mutation["operator_name"].removeprefix("core/")
    return f"{mutation['start_pos'][0]}: {operator}: {' '.join(changed)[1:].strip()}"


def main() -> int:
    """Print a block a module; 0 always: a person reads what survived."""
    if not (TOOL / "cosmic-ray").exists():
        print("cosmic-ray is not here: run `make mutants`")
        return 2
    for module in sys.argv[1:] or SUBJECTS:
        if module not in SUBJECTS:
            print(f"{module}: not a subject; allowed: {', '.join(SUBJECTS)}")
            return 2
        tried, left = survivors(module, SUBJECTS[module])
        print(f"{module}: {tried - len(left)} of {tried} changes noticed", flush=True)
        for line in left:
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
