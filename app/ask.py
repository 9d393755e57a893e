"""`innervate request`: find the limb that is meant, and ask its guard."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..core.errors import InnervateError, RequestError
from ..core.folders import running_limbs
from ..core.ring import TELEMETRY_RING, RingReader
from ..firmware_bridge.requests import Verb, request


def ask_limb(verb: str, folder: Path | None, value: str = "") -> dict[str, Any]:
    """Ask the limb of that folder, or the one that runs. With several running, a stop goes to all of them.

    Args:
        verb: a `Verb`.
        folder: runtime folder of the limb that is meant; None: the one that runs.
        value: what the verb is about: the name of a grip, or "next".

    Raises:
        RequestError: none runs, it is not clear which is meant, or the guard refused.
    """
    if folder is not None:
        return _completed(folder, verb, request(folder, verb, value=value))
    answering = [found for found in running_limbs() if _answers(found)]
    if not answering:
        raise RequestError("no limb is running", "start one with `innervate run` or `innervate demo`")
    if len(answering) > 1 and verb != Verb.STOP:
        raise RequestError(
            f"{len(answering)} limbs run: {', '.join(map(str, answering))}", "name one with --limb"
        )
    answers, refusals = [], []
    for found in answering:
        try:
            answers.append(_completed(found, verb, request(found, verb, value=value)))
        except RequestError as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]
    return answers[0]


def one_limb(folder: Path | None) -> Path:
    """That folder, or the one of the limb that runs.

    Raises:
        RequestError: none runs, or several.
    """
    if folder is not None:
        return folder
    answering = [found for found in running_limbs() if _answers(found)]
    if len(answering) == 1:
        return answering[0]
    if not answering:
        raise RequestError("no limb is running", "start one with `innervate run` or `innervate demo`")
    names = ", ".join(map(str, answering))
    raise RequestError(f"{len(answering)} limbs run: {names}", "name one with --limb")


def _completed(folder: Path, verb: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The guard's answer, and to "status" what only the loop knows: which grip closing means."""
    if verb != Verb.STATUS:
        return answer
    with contextlib.suppress(InnervateError):  # no loop has run here yet
        reader = RingReader(folder / TELEMETRY_RING)
        try:
            newest, grips = reader.latest(), reader.layout.meta.get("grips")
        finally:
            reader.close()
        if newest is not None and isinstance(grips, list) and grips:
            answer["grip_in_use"] = grips[int(str(newest["grip"]))]
    return answer


def _answers(folder: Path) -> bool:
    try:
        request(folder, Verb.STATUS)
    except RequestError:
        return False
    return True
