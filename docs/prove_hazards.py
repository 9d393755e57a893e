"""`make hazards`: every control in docs/hazards.md names tests; they are there, and they pass now.

    python docs/prove_hazards.py [--list]

Prints a row a hazard, and ends with 1 when a named test is missing, is skipped, or does not pass.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "docs" / "hazards.md"
_ROW = re.compile(r"^\| (H-\d{2}) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


def hazards(text: str) -> dict[str, list[str]]:
    """id -> tests named in its row, as `file::test`."""
    return {number: _TEST.findall(row) for number, row in _ROW.findall(text)}


def outcomes(tests: list[str]) -> dict[str, set[str]]:
    """test -> how it and its parameters ended: passed, failed, skipped, or missing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "", f"--junitxml={report}", *tests]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        if not report.exists():
            return {}
        found: dict[str, set[str]] = defaultdict(set)
        for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest has just written it
            file = (case.get("classname") or "").replace(".", "/") + ".py"
            name = (case.get("name") or "").partition("[")[0]
            kinds = {child.tag for child in case}
            skipped = "skipped" if "skipped" in kinds else "passed"
            how = "failed" if kinds & {"failure", "error"} else skipped
            found[f"{file}::{name}"].add(how)
        return found


def main() -> int:
    """Print what was found; 0 when every hazard is proved."""
    rows = hazards(TEXT.read_text())
    tests = sorted({test for named in rows.values() for test in named})
    if "--list" in sys.argv:
        print("\n".join(tests))
        return 0
    ended = outcomes(tests)
    bad = 0
    for number, named in rows.items():
        wrong = [
            f"{test}: {_said(ended.get(test, set()))}" for test in named if ended.get(test) != {"passed"}
        ]
        if not named:
            wrong = ["names no test"]
        bad += bool(wrong)
        print(f"{number}  {'proved' if not wrong else 'NOT PROVED'}  {len(named)} tests")
        for line in wrong:
            print(f"      {line}")
    print(f"{len(rows) - bad} of {len(rows)} hazards proved by {len(tests)} tests")
    return 1 if bad or not rows else 0


def _said(how: set[str]) -> str:
    return ", ".join(sorted(how)) or "missing"


if __name__ == "__main__":
    sys.exit(main())
