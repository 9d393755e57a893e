"""A report as PDF, printed by a Chromium on this computer where there is one.

It loads nothing: the report has no script and no address in it, and the folder is private.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ...core.errors import InnervateError

_LONGEST_S = 60.0
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def print_pdf(html: str) -> bytes:
    """The PDF.

    Raises:
        InnervateError: there is no Chromium here, or it cannot print.
    """
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise InnervateError(
            "a PDF needs Chromium on the clinic's computer", "print the report from your browser"
        )
    with tempfile.TemporaryDirectory(prefix="innervate-report-") as name:
        folder = Path(name)
        page, made = folder / "report.html", folder / "report.pdf"
        page.write_text(html, encoding="utf-8")
        flags = [*_FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else []), f"--user-data-dir={folder / 'c'}"]
        try:
            subprocess.run(
                [program, *flags, f"--print-to-pdf={made}", page.as_uri()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_LONGEST_S,
                check=True,
            )
            return made.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise InnervateError(
                f"Chromium could not print the report: {type(error).__name__}",
                "print the report from your browser",
            ) from error
