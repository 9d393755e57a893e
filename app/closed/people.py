"""Many virtual people through one test, one after another or on Dask: the same answer either way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...calibration.evaluation.cohort import CohortOptions, connected, dask
from ...core.errors import InnervateError, ProfileError
from .assessing import AssessOptions, assess_person, together

Progress = Callable[[int, int], None]
"""Called with how many people are finished, and of how many."""
_MOST_PEOPLE = 10_000


def assess(
    options: AssessOptions,
    people: int,
    cohort: CohortOptions | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The whole report, ready for JSON; the same whoever did the work, and in which order.

    Args:
        options: of every person.
        people: how many; numbered from `options.seed` on.
        cohort: where; None: here, one after another.
        progress: told after each.

    Raises:
        ProfileError: too few people, or too many.
        InnervateError: Dask or MuJoCo is not installed, the scheduler does not answer, or a person failed.
    """
    if not 1 <= people <= _MOST_PEOPLE:
        raise ProfileError(f"--people {people}: allowed is 1 to {_MOST_PEOPLE}")
    tell = progress or (lambda _done, _of: None)
    who = range(options.seed, options.seed + people)
    found: list[dict[str, Any]] = []
    if cohort is None:
        for person in who:
            found.append(assess_person(options, person))
            tell(len(found), people)
    else:
        found = _on_dask(options, who, cohort, tell)
    return {
        "simulated": True,
        "options": options.to_dict(),
        "people": found,
        "together": together(found),
    }


def assess_or_say(options: dict[str, Any], person: int) -> dict[str, Any]:
    """What a worker does: `found`, or `error`, why there is nothing."""
    try:
        return {"found": assess_person(AssessOptions.from_dict(options), person)}
    except InnervateError as error:
        return {"error": str(error)}


def _on_dask(
    options: AssessOptions, who: Sequence[int], cohort: CohortOptions, tell: Progress
) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    with connected(cohort) as client:
        asked = {
            client.submit(assess_or_say, options.to_dict(), person, pure=False): person for person in who
        }
        for future in dask("distributed").as_completed(list(asked), loop=client.loop):
            person = asked[future]
            if future.status != "finished":
                why = future.exception() if future.status == "error" else "the scheduler was lost"
                raise InnervateError(f"virtual person {person}: {why}")
            answer = future.result()
            if "error" in answer:
                raise InnervateError(f"virtual person {person}: {answer['error']}")
            found[person] = answer["found"]
            future.release()
            tell(len(found), len(who))
    return [found[person] for person in who]
