"""What `innervate clinic serve`, `report` and `followup` do."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from ..calibration.followup.definitions import DEFAULT
from ..calibration.followup.show import cells, lines
from ..calibration.followup.table import follow_up
from ..calibration.store.door import need_store
from ..calibration.store.errors import StoreError
from ..core.child import Child
from ..core.clock import sleep
from ..core.settings import write_private, write_settings
from .clinic.settings import ClinicSettings
from .files import check_writable

_START_WAIT_S = 60.0
"""The web libraries take seconds to import on a small computer."""
_LOOK_S = 0.5


def serve_pages(store: str, host: str, port: int, cert: str, key: str, idle_s: float) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        InnervateError: no store, or the address cannot be had.
    """
    need_store()
    try:
        settings = ClinicSettings(store, host, port, cert, key, idle_s)
    except ValueError as error:
        raise StoreError(str(error)) from error
    ended: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: ended.append(got))
    with tempfile.TemporaryDirectory(prefix="innervate-clinic-") as name:
        path = Path(name) / "clinic.json"
        write_settings(path, settings)
        child = Child("innervate.app.clinic", str(path), leashed=True)
        try:
            print(child.wait_ready(_START_WAIT_S)["url"], flush=True)
            while not ended and child.running:
                sleep(_LOOK_S)
        finally:
            child.stop()


def write_report(store: str, code: str, visit: str, file: Path) -> None:
    """One visit's report as HTML or PDF.

    Raises:
        InnervateError: no such visit, another ending, or no Chromium for a PDF.
    """
    if file.suffix not in (".html", ".pdf"):
        raise StoreError(f"{file}: ends in {file.suffix!r}", "allowed: .html, .pdf")
    check_writable(file, "FILE")
    need_store()
    from .clinic.pdf import print_pdf
    from .clinic.report import report
    from .clinic_desk import Desk

    desk = Desk(store, as_json=False, make=False)
    with desk.store() as opened, opened.work(desk.who) as work:
        html = report(work, code, visit)
    write_private(file, print_pdf(html) if file.suffix == ".pdf" else html.encode())
    desk.say(None, f"wrote {file}")


def follow_up_lines(
    store: str, pain: str, definition: str, item: str, *, simulated: bool, as_json: bool
) -> None:
    """Print the table."""
    need_store()
    from .clinic.reading import follow, kept_by_all
    from .clinic_desk import Desk

    desk = Desk(store, as_json=as_json, make=False)
    with desk.store() as opened, opened.work(desk.who) as work:
        found = follow(kept_by_all(work, simulated=simulated))
        today = work.now().astimezone().date()
    made = follow_up(found.people, today, definition or DEFAULT, pain, item, include_simulated=simulated)
    said = {
        "mark": made.mark,
        "header": list(made.header),
        "rows": [cells(row) for row in made.rows],
        "left_out": list(found.left_out),
    }
    desk.say(said, *lines(made), *(f"Left out: {line}" for line in found.left_out))
