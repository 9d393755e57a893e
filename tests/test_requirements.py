"""docs/requirements.md names tests that exist, and every id once."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "requirements.md").read_text()
ROWS = re.findall(r"^\| (R-[A-Z]{3}-\d{2}) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)


def test_every_line_of_the_tables_is_a_requirement_with_a_proof_or_a_wish() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("| R-")]
    assert len(ROWS) == len(lines) > 40
    unproved = [id_ for id_, _, proof in ROWS if "::test_" not in proof and not proof.startswith("wish")]
    assert unproved == []


def test_no_id_appears_twice() -> None:
    assert [id_ for id_, count in Counter(id_ for id_, _, _ in ROWS).items() if count > 1] == []


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))
    assert len(named) == len(
        set(re.findall(r"`tests/[^`]*`", TEXT.replace("`tests/test_requirements.py`", "")))
    )
    missing = []
    for file, test in sorted(named):
        path = ROOT / file
        there = {
            node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)
        }
        if test not in there:
            missing.append(f"{file}::{test}")
    assert missing == []
