"""`make mutants`: small changes of guard, governor and codecs, one at a time; which ones no test notices.

    python docs/mutants.py [MODULE[:LINE[-LINE]][@MOST] ...]    e.g. firmware_bridge/governor.py:40-60; or all

`@MOST` draws so many of a module's changes, with a seed that is printed.

cosmic-ray (a development tool in an environment of its own) changes the files of a fresh clone of what is
committed, never of this folder, and runs the tests that are named here for each module, with the hypothesis
profile `mutants` (the same few examples each time).
"""

from __future__ import annotations

import ast
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / ".venv-mutants" / "bin"
PYTHON = ROOT / ".venv" / "bin" / "python"
WARM = ROOT / "docs" / "warm_tests.py"
_T = "tests/firmware_bridge"
_GUARD = tuple(
    f"{_T}/test_{name}.py"
    for name in (*("guard", "guard_limb", "guard_edges", "guard_asked", "lines", "lines_edges"), "leg")
)
_SLOWER = (f"{_T}/test_leg.py", f"{_T}/test_regrip.py")
_ABILITY = (f"{_T}/test_ability_hand_edges.py", f"{_T}/test_ability_hand_codec.py")
_B = "firmware_bridge"
SUBJECTS: dict[str, tuple[str, ...]] = {
    f"{_B}/governor.py": (f"{_T}/test_governor.py", f"{_T}/test_holdback.py", f"{_T}/test_guard.py"),
    f"{_B}/limits.py": (f"{_T}/test_limits.py", f"{_T}/test_governor.py"),
    f"{_B}/holdback.py": (f"{_T}/test_holdback.py",),
    f"{_B}/standing.py": (f"{_T}/test_standing.py",),
    f"{_B}/phase.py": (f"{_T}/test_phase*.py",),
    f"{_B}/shank.py": (f"{_T}/test_shank.py", f"{_T}/test_phase*.py"),
    f"{_B}/leg.py": (f"{_T}/test_phase_edges.py",),
    f"{_B}/line.py": (f"{_T}/test_line_edges.py", f"{_T}/test_lines.py"),
    f"{_B}/lines.py": (f"{_T}/test_lines_edges.py", f"{_T}/test_lines.py"),
    f"{_B}/messages.py": (f"{_T}/test_messages_edges.py", f"{_T}/test_messages.py"),
    f"{_B}/link.py": (f"{_T}/test_link_edges.py", f"{_T}/test_link.py"),
    f"{_B}/gait_codec.py": (f"{_T}/test_link_edges.py", f"{_T}/test_gait_codec.py"),
    f"{_B}/requests.py": (f"{_T}/test_requests.py",),
    f"{_B}/ability_hand/codec.py": _ABILITY,
    f"{_B}/ability_hand/registers.py": _ABILITY,
    f"{_B}/ability_hand/touch.py": _ABILITY,
    f"{_B}/moteus/codec.py": (f"{_T}/test_moteus_edges.py", f"{_T}/test_moteus_codec.py"),
    f"{_B}/moteus/joint.py": (f"{_T}/test_devices.py", f"{_T}/test_moteus_joints.py"),
    f"{_B}/moteus/tunnel.py": (f"{_T}/test_moteus_console.py",),
    f"{_B}/dynamixel/codec.py": (f"{_T}/test_dynamixel_edges.py", f"{_T}/test_dynamixel_codec.py"),
    f"{_B}/dynamixel/table.py": (f"{_T}/test_dynamixel_edges.py",),
    f"{_B}/inspire/codec.py": (f"{_T}/test_inspire_edges.py", f"{_T}/test_inspire_codec.py"),
    f"{_B}/cubemars/codec.py": (f"{_T}/test_cubemars_edges.py", f"{_T}/test_cubemars_codec.py"),
    f"{_B}/covvi/codec.py": (f"{_T}/test_covvi_edges.py", f"{_T}/test_covvi_codec.py"),
    f"{_B}/regrip.py": (f"{_T}/test_regrip.py",),
    **{f"{_B}/{name}.py": _GUARD for name in ("guard_people", "guard_loop", "guard_situation", "guard")},
}
"""module -> the tests that should notice (patterns)."""

_ALL, _SEED = 1_000_000, 1
_ENUMS = ("IntEnum", "IntFlag", "StrEnum")
_WAITS_S = 60.0
"""Tests that wait so long for what does not come have noticed; those that compute for long: `warm_tests`."""
_LEFT_OUT = (
    r"core/ReplaceBinaryOperator_\w+_(Pow|FloorDiv|Mod|BitXor)",
    r"core/ReplaceBinaryOperator_(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)_(RShift|LShift|BitOr|BitAnd)",
    r"core/ReplaceBinaryOperator_(BitOr|BitAnd|BitXor|LShift|RShift|Mod|Pow)_(Add|Sub|Mul|Div)",
    r"core/ReplaceBinaryOperator_(BitOr|BitAnd|BitXor)_(LShift|RShift)",
    r"core/ReplaceBinaryOperator_(LShift|RShift)_(BitOr|BitAnd)",
    r"core/ReplaceBinaryOperator_BitXor_BitOr",
    r"core/ReplaceBinaryOperator_FloorDiv_(Add|Sub|Div)",
    r"core/ReplaceBinaryOperator_(Add|Sub)_(Mul|Div)",
    r"core/ReplaceBinaryOperator_(Mul|Div)_(Add|Sub)",
    r"core/ReplaceComparisonOperator_(Eq|NotEq|Lt|LtE|Gt|GtE)_(Is|IsNot)",
    r"core/ReplaceComparisonOperator_(Is|IsNot)_(Eq|NotEq|Lt|LtE|Gt|GtE)",
    r"core/ReplaceComparisonOperator_(Lt|LtE|Gt|GtE)_(Eq|NotEq)",
    r"core/ReplaceComparisonOperator_(Lt_Gt|LtE_GtE|Gt_Lt|GtE_LtE)",
    r"core/ReplaceComparisonOperator_Eq_(Lt|LtE|Gt|GtE)",
    r"core/RemoveDecorator",
    r"core/ReplaceUnaryOperator_\w+",
)
"""Operators that change one thing many times over, or types instead of values.

What stays of a comparison: its opposite and its neighbour (`<` becomes `>=` and `<=`); `!=` becomes `<` and
`>` too, for versions."""


def survivors(module: str, tests: Iterable[str], lines: tuple[int, int], most: int) -> tuple[int, list[str]]:
    """(changes tried, those that every test passed with: line, operator and the changed line)."""
    with tempfile.TemporaryDirectory(prefix="innervate-mutants-") as name, ExitStack() as stack:
        folder = Path(name)
        clone, session, config = (str(folder / part) for part in ("clone", "session.sqlite", "config.toml"))
        subprocess.run(["git", "clone", "--quiet", str(ROOT), clone], check=True)  # noqa: S607
        for part in ("path", "tmp"):
            (folder / part).mkdir()
        (folder / "path" / "innervate").symlink_to(clone)
        env = {
            **os.environ,
            "PYTHONPATH": str(folder / "path"),
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(folder / "tmp"),
        }
        each = (path for test in tests for path in sorted(Path(clone).glob(test)))
        found = list(dict.fromkeys(str(path.relative_to(clone)) for path in each))
        # The slower ones are asked about what the faster ones passed, and about nothing else.
        groups = ([t for t in found if t not in _SLOWER], [t for t in found if t in _SLOWER])
        asking = [str(PYTHON), "-I", "-S", str(WARM), "ask"]
        for number, group in enumerate(filter(None, groups)):
            asking.append(str(folder / f"warm{number}"))
            stack.enter_context(_warm(asking[-1], group, clone, env))
        _passes(asking, module)
        Path(config).write_text(
            f"[cosmic-ray]\nmodule-path = {json.dumps(module)}\ntimeout = {_WAITS_S}\n"
            f"excluded-modules = []\ntest-command = {json.dumps(' '.join(asking))}\n"
            '[cosmic-ray.distributor]\nname = "local"\n'
            f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(list(_LEFT_OUT))}\n"
        )

        def tool(name: str, *args: str) -> str:
            done = subprocess.run(
                [TOOL / name, *args], cwd=clone, env=env, check=False, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(f"{module}: {name} {args[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
            return done.stdout

        tool("cosmic-ray", "init", config, session)
        tool("cr-filter-operators", session, config)
        _leave_out(session, Path(clone) / module, lines, most)
        tool("cosmic-ray", "exec", config, session)
        _passes(asking, module)
        return _read(tool("cosmic-ray", "dump", session))


@contextmanager
def _warm(socket: str, tests: list[str], clone: str, env: dict[str, str]) -> Iterator[None]:
    """A process that runs these tests whenever asked; see `warm_tests`."""
    options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-profile", "mutants"]
    with subprocess.Popen(
        [PYTHON, WARM, "serve", socket, *options, *tests],
        cwd=clone,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        said = ""
        while not said.endswith("ready\n"):
            line = server.stdout.readline()
            if not line:
                sys.exit(f"{tests}: cannot be collected: {said[-2000:]}")
            said += line
        try:
            yield
        finally:
            server.stdin.close()


def _passes(asking: list[str], module: str) -> None:
    done = subprocess.run(asking, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{module}: its tests fail without any change: {(done.stdout + done.stderr)[-2000:]}")


def _leave_out(session: str, source: Path, lines: tuple[int, int], most: int) -> None:
    """Of the session: what is outside `lines`, where `_idle` says, and beyond a sample."""
    spans = [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in _idle(ast.parse(source.read_text()))
    ]
    with sqlite3.connect(session) as database:

        def drop(job: str) -> None:
            for table in ("work_results", "mutation_specs", "work_items"):
                database.execute(f"DELETE FROM {table} WHERE job_id = ?", (job,))  # noqa: S608

        places = "SELECT job_id, start_pos_row, start_pos_col FROM mutation_specs"
        for job, row, column in database.execute(places).fetchall():
            idle = any(begin <= (row, column) < end for begin, end in spans)
            if idle or not lines[0] <= row <= lines[1]:
                drop(job)
        skipped = {job for (job,) in database.execute("SELECT job_id FROM work_results")}
        ordered = f"{places} ORDER BY start_pos_row, start_pos_col, operator_name, occurrence"
        left = [job for job, _, _ in database.execute(ordered) if job not in skipped]
        if len(left) > most:
            print(f"{source.name}: {most} of {len(left)} changes, drawn with seed {_SEED}")
            kept = set(random.Random(_SEED).sample(left, most))  # noqa: S311
            for job in set(left) - kept:
                drop(job)
    database.close()


def _idle(tree: ast.AST) -> Iterator[ast.expr]:
    """What stays as it is: annotations (nobody evaluates them), decorators, and the numbers of enums.

    Tests hold a second copy of each of those."""
    for owner in ast.walk(tree):
        if isinstance(owner, ast.arg | ast.AnnAssign) and owner.annotation is not None:
            yield owner.annotation
        elif isinstance(owner, ast.FunctionDef):
            yield from owner.decorator_list
            if owner.returns is not None:
                yield owner.returns
        elif isinstance(owner, ast.ClassDef):
            yield from owner.decorator_list
            if any(isinstance(base, ast.Name) and base.id in _ENUMS for base in owner.bases):
                yield from (line.value for line in owner.body if isinstance(line, ast.Assign))


def _read(dump: str) -> tuple[int, list[str]]:
    tried, left = 0, []
    for line in dump.splitlines():
        item, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        tried += 1
        if result["test_outcome"] == "survived":
            left += [(mutation["start_pos"], _told(mutation, result)) for mutation in item["mutations"]]
    return tried, [told for _, told in sorted(left)]


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
    for asked in sys.argv[1:] or SUBJECTS:
        place, _, most = asked.partition("@")
        module, _, lines = place.partition(":")
        if module not in SUBJECTS:
            print(f"{module}: not a subject; allowed: {', '.join(SUBJECTS)}")
            return 2
        first, _, last = lines.partition("-")
        span = (int(first or 1), int(last or first or _ALL))
        tried, left = survivors(module, SUBJECTS[module], span, int(most or _ALL))
        print(f"{asked}: {tried - len(left)} of {tried} changes noticed", flush=True)
        for line in left:
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
