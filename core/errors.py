"""What can go wrong, by what a caller can do about it.

InnervateError            one line for a person: what, which value, what mends it
├── ProfileError          a setting is wrong: mend the file
├── RecordingError        a recording cannot be used
├── BundleError           a model bundle is damaged, foreign or made for another set-up
├── SourceError           EMG does not arrive
│   ├── SourceNotFound    no such port or stream
│   ├── SourceBusy        somebody else has it
│   └── SourceLost        it was there and is gone
├── LimbError             the prosthesis cannot be commanded
│   ├── LimbNotFound      no such port, or nothing answers there
│   ├── LimbBusy          another controller has it
│   └── LimbLost          it was there and is gone
└── RequestError          a request to a running limb was refused or could not be delivered
"""

from __future__ import annotations


class InnervateError(Exception):
    """One line that names the thing, and one that mends it.

    Args:
        what: names the file, key, port or channel, the value found and what is allowed.
        mend: what the person can do now; empty when there is nothing.
    """

    def __init__(self, what: str, mend: str = "") -> None:
        self.what = " ".join(what.split())
        self.mend = " ".join(mend.split())
        super().__init__(f"{self.what} ({self.mend})" if self.mend else self.what)


class ProfileError(InnervateError):
    """A profile or a settings file says something that cannot be."""


class RecordingError(InnervateError):
    """A recording cannot be read, or does not hold what it must."""


class BundleError(InnervateError):
    """A model bundle is damaged, foreign, or made for another set-up."""


class SourceError(InnervateError):
    """EMG does not arrive."""


class SourceNotFound(SourceError):  # noqa: N818 - says what happened, like FileNotFoundError
    """No such port or stream, or nothing answers there."""


class SourceBusy(SourceError):  # noqa: N818
    """Another program has the amplifier."""


class SourceLost(SourceError):  # noqa: N818
    """The amplifier was there and is gone."""


class LimbError(InnervateError):
    """The prosthesis cannot be commanded."""


class LimbNotFound(LimbError):  # noqa: N818
    """No such port, or nothing answers there."""


class LimbBusy(LimbError):  # noqa: N818
    """Another controller has the limb."""


class LimbLost(LimbError):  # noqa: N818
    """The limb was there and is gone."""


class RequestError(InnervateError):
    """A request to a running limb was refused or could not be delivered."""
