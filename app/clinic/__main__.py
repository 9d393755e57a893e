"""`python -m innervate.app.clinic SETTINGS.json`."""

from __future__ import annotations

import sys
from pathlib import Path

from ...calibration.store.door import need_store
from ...core.child import say_error
from ...core.errors import InnervateError
from ...core.settings import read_settings
from .settings import ClinicSettings


def main(argv: list[str]) -> None:
    """Read the settings and serve; whatever is wrong is one line."""
    try:
        serve_file(argv)
    except InnervateError as error:
        say_error(error)


def serve_file(argv: list[str]) -> None:
    """Serve as the settings file says."""
    if len(argv) != 1:
        raise InnervateError("one argument is wanted", "python -m innervate.app.clinic SETTINGS.json")
    settings = read_settings(Path(argv[0]), ClinicSettings)
    need_store()
    from ...calibration.store.place import place_of
    from ...calibration.store.store import refuse_missing

    refuse_missing(place_of(settings.store))
    try:
        # After the settings and the store: a mistake in them is told at once, without loading the web.
        from .server import serve
    except ModuleNotFoundError as error:
        raise InnervateError(
            f"the clinic's pages need {error.name}", "pip install 'innervate[web,clinic]'"
        ) from error
    serve(settings)


if __name__ == "__main__":
    main(sys.argv[1:])
