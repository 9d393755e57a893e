"""Where a recording lies in an EMG-BIDS folder (BIDS 1.11). Pure but for `next_run`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import RecordingError

SUFFIX = "_emg"
"""Before the ending of the samples' file and of its JSON."""
_ENTITY = re.compile(r"(sub|ses|task|run)-([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """One recording's place.

    Attributes:
        root: the data set's folder.
        subject, session, task: labels, letters and digits only; the session may be empty.
        run: counted from 1.
    """

    root: Path
    subject: str
    session: str
    task: str
    run: int = 1

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        person = self.root / f"sub-{self.subject}"
        return (person / f"ses-{self.session}" if self.session else person) / "emg"

    @property
    def stem(self) -> str:
        """What its files begin with."""
        session = f"_ses-{self.session}" if self.session else ""
        return f"sub-{self.subject}{session}_task-{self.task}_run-{self.run}"

    def file(self, ending: str) -> Path:
        """One of its files, such as `_events.tsv`."""
        return self.folder / f"{self.stem}{ending}"


def place_for(root: Path, patient: str, task: str, session: str = "") -> Place:
    """The first run that is not there yet.

    Raises:
        RecordingError: a name of which nothing is left as a label.
    """
    place = Place(
        root,
        label(patient, "the patient's id"),
        label(session, "the session") if session else "",
        label(task, "the task"),
    )
    while list(place.folder.glob(f"{place.stem}_*")):
        place = replace(place, run=place.run + 1)
    return place


def label(name: str, what: str) -> str:
    """`name` as BIDS allows it in a file's name: "wrist flexion" -> "wristFlexion".

    Raises:
        RecordingError: nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    if not words:
        raise RecordingError(f"{what} {name!r} cannot stand in a file's name", "use letters and digits")
    first: str = words[0]
    return first + "".join(word[0].upper() + word[1:] for word in words[1:])


def root_of(path: Path) -> Path | None:
    """The data set that a file of a recording belongs to; None where it lies in none."""
    for folder in path.absolute().parents:
        if (folder / "dataset_description.json").exists():
            return folder
    return None


def entities(path: Path) -> dict[str, str]:
    """sub, ses, task, run of a file's name, as far as it has them."""
    return dict(_ENTITY.findall(path.name))


def beside(path: Path, ending: str) -> Path:
    """The file that lies beside the samples' file `path`: `x_emg.bdf` -> `x_events.tsv`."""
    return path.with_name(path.stem.removesuffix(SUFFIX) + ending)
