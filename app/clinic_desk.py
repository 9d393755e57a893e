"""One person at one clinic's store, from the command line."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from ..calibration.store.export import SIMULATED
from ..calibration.store.place import place_of
from ..calibration.store.rights import Person
from ..calibration.store.store import Store, open_store, refuse_missing
from ..calibration.store.upgrade import newest
from ..calibration.store.words import Role


class Desk:
    """One person at one store.

    Args:
        where: folder or URL; empty: the default.
        as_json: print JSON.
        make: the store need not be there.
    """

    def __init__(self, where: str, *, as_json: bool, make: bool) -> None:
        self.place = place_of(where)
        self._as_json = as_json
        if not make:
            refuse_missing(self.place)
        self.who = Person(f"os:{getpass.getuser()}", Role.CLINICIAN)
        self._console = Console(highlight=False, soft_wrap=True)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open; an upgrade's backup is named."""
        with open_store(self.place) as store:
            if store.kept is not None:
                Console(stderr=True).print(
                    f"tables brought to {newest()}; before that: {store.kept}", markup=False
                )
            yield store

    def say(self, said: Any, *lines: str) -> None:
        """Print `said` as JSON, or the lines."""
        if self._as_json:
            print(json.dumps(said, ensure_ascii=False))
            return
        for line in lines:
            self._console.print(line, markup=False)


def marked(simulated: bool, line: str) -> str:
    """A line that says when it is about nobody real."""
    return f"{line}  [{SIMULATED}]" if simulated else line
