"""Which stream of the network is meant."""

from __future__ import annotations

from typing import Any

from ...core.errors import SourceError, SourceNotFound

OWN_SOURCE_ID = "innervate-limb/"
"""What the source_id of every stream that a running limb publishes begins with. One of them is its EMG: no
amplifier, and never to be taken for the only one there is."""

_EMG_TYPES = ("EMG", "emg", "Emg", "EXG", "ExG", "exg")
"""Stream types under which amplifiers publish EMG (brainflow, OpenSignals, MindRove, ...)."""
_SECOND_S = 0.7
"""How long a second stream of the same name may take to answer: liblsl asks again after 0.5 s, and a stream
on the machine of the first one answers only then."""


def load_pylsl() -> Any:
    """The pylsl module.

    Raises:
        SourceError: it or liblsl is missing, and how to get it.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:
        raise SourceError(
            f"LSL cannot be used: {str(error).splitlines()[0]}",
            "install pylsl; on aarch64 its wheel has no liblsl: build that and set PYLSL_LIB to its file",
        ) from error
    return pylsl


def find_stream(wanted: str, timeout_s: float, setting: str = "source.stream") -> Any:
    """The one stream of that name or source_id; with no name, the only EMG stream there is.

    Args:
        wanted: name or source_id.
        timeout_s: how long to wait for an answer.
        setting: what the person wrote it in, for errors.

    Raises:
        SourceNotFound: none answered in `timeout_s`.
        SourceError: more than one did, so that it is not clear which is this person's.
    """
    pylsl = load_pylsl()
    predicate = _predicate(wanted, setting)
    found = pylsl.resolve_bypred(predicate, 1, timeout_s)
    if found and found[0].source_id() != wanted:
        # A source_id is one device's own; a name, or no name, may fit the neighbour's amplifier too.
        more = pylsl.resolve_bypred(predicate, 2, _SECOND_S)
        found = more or found
    if not found:
        what = f"LSL stream {wanted!r}" if wanted else "LSL stream of type EMG"
        raise SourceNotFound(
            f"no {what} answered within {timeout_s:g} s",
            f"start the amplifier's LSL program on this network; {setting} takes its name or source_id",
        )
    if len({info.uid() for info in found}) > 1:
        each = sorted(f"{i.name()!r} (source_id {i.source_id()!r}, on {i.hostname()})" for i in found)
        raise SourceError(
            f"more than one LSL stream fits {wanted!r}: {', '.join(each)}",
            f"set {setting} to the source_id of the right one, or stop the other",
        )
    return found[0]


def _predicate(wanted: str, setting: str) -> str:
    if not wanted:
        kinds = " or ".join(f"type='{t}'" for t in _EMG_TYPES)
        return f"({kinds}) and not(starts-with(source_id,'{OWN_SOURCE_ID}'))"
    quote = '"' if "'" in wanted else "'"
    if quote in wanted:
        raise SourceError(f"{setting} = {wanted!r}: LSL cannot look for a name with both kinds of quote")
    return f"name={quote}{wanted}{quote} or source_id={quote}{wanted}{quote}"
