"""docs/hazards.md names tests that exist; whether they pass: `make hazards`."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "hazards.md").read_text()


def named() -> dict[str, list[str]]:
    spec = importlib.util.spec_from_file_location("prove_hazards", ROOT / "docs" / "prove_hazards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, list[str]] = module.hazards(TEXT)
    return found


def test_every_hazard_has_a_control_with_a_test_that_exists() -> None:
    rows = named()
    assert len(rows) == len(re.findall(r"^\| H-", TEXT, re.MULTILINE)) >= 20
    missing = []
    for number, tests in rows.items():
        assert tests, number
        for test in tests:
            file, _, name = test.partition("::")
            tree = ast.parse((ROOT / file).read_text())
            if name not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
                missing.append(test)
    assert missing == []
