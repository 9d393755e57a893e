"""How long the clinic's pages take to answer with 200 patients of a year each.

python -m tests.app.clinic_bench
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from innervate.core import clock

from .clinic_visit import Script, clinic

MANY, TIMES = 200, 40


def _cpu_ms(pid: int) -> float:
    """Processor time of the server so far: what does not grow when others use the computer."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1e3 * (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print milliseconds of each page: processor time, median and 95th percentile of the answer."""
    with tempfile.TemporaryDirectory() as folder, clinic(Path(folder), MANY) as (url, pid):
        ann = Script(url, "ann")
        visit = ann.rows("s1", "visit")[-1]["id"]
        found = {}
        for path in (
            "/",
            "/patients/s1",
            "/patients/s1/course",
            f"/patients/s1/visits/{visit}",
            f"/patients/s1/visits/{visit}/report",
            "/followup",
        ):
            ann.get(path)
            took: list[float] = []
            used = _cpu_ms(pid)
            for _ in range(TIMES):
                begin = clock.now()
                code, _text = ann.get(path)
                took.append(1e3 * (clock.now() - begin))
                assert code == 200, path
            took.sort()
            name = path.replace(visit, "VISIT")
            used = (_cpu_ms(pid) - used) / TIMES
            p50, p95 = took[TIMES // 2], took[int(0.95 * TIMES)]
            found[name] = {"cpu_ms": round(used), "p50_ms": round(p50), "p95_ms": round(p95)}
        json.dump({"patients": MANY + 3, "load": os.getloadavg()[0], "pages": found}, sys.stdout, indent=1)
        print()


if __name__ == "__main__":
    main()
