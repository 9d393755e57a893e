"""The same evaluation over hundreds of people: one task a file, on Dask.

Paths and options travel, never samples: a worker reads the recording itself. A cluster started here listens
on loopback only, behind certificates that live in memory, so that nobody else on the machine can give it
work.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.clock import stopwatch
from ...core.errors import InnervateError, RecordingError
from ...core.extras import optional
from ..recipes import recipe
from .kept import Kept
from .options import EvaluateOptions
from .run import chosen_files, evaluate_person, summarise

Progress = Callable[[str, int, int], None]
"""Called with the person just finished, how many are, and of how many."""

LOCAL = "local"
CONNECT_S = 10.0
_QUIET = {
    # Nothing serves pages, and a file that kills its worker is not given to the next.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 0,
}


@dataclass(frozen=True)
class CohortOptions:
    """Where the work is done.

    Attributes:
        scheduler: `LOCAL`, or the address of a Dask scheduler whose workers have this package and see the
            same paths (tcp:// or tls://; certificates come from Dask's own configuration).
        workers: processes of a local cluster, one thread each.
        resume: folder of finished results; None keeps none.
    """

    scheduler: str = LOCAL
    workers: int = 2
    resume: Path | None = None

    def __post_init__(self) -> None:
        if self.scheduler != LOCAL and not self.scheduler.startswith(("tcp://", "tls://")):
            raise RecordingError(
                f"scheduler {self.scheduler!r} is not known",
                "allowed: local, tcp://HOST:PORT, tls://HOST:PORT",
            )
        if not 1 <= self.workers <= 1024:
            raise RecordingError(f"workers = {self.workers}: allowed is 1 to 1024")


def evaluate_cohort(
    path: Path,
    options: EvaluateOptions,
    cohort: CohortOptions,
    people: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """As `run.evaluate`, in many processes; a file that cannot be scored does not stop the others.

    Returns:
        As `run.evaluate`, with `cohort`: `people`, `resumed` (of them found finished) and `workers`.

    Raises:
        InnervateError: Dask is not installed, the scheduler does not answer, nothing to read, or no file can
            be scored.
    """
    for name in filter(None, (options.decoder, options.beside)):
        recipe(name)
    begun = stopwatch()
    files = [file.resolve() for file in chosen_files(path, people)]
    kept = Kept(cohort.resume, options) if cohort.resume else None
    tell = progress or (lambda _who, _done, _of: None)
    done: dict[Path, dict[str, Any]] = {}
    failed: dict[Path, str] = {}
    others = {
        file: [other for other in files if other != file] if options.split == "subject" else []
        for file in files
    }
    for file in files if kept else ():
        try:
            found = kept.get(file, others[file]) if kept else None
        except RecordingError as error:
            failed[file] = str(error)
        else:
            if found is not None:
                done[file] = found
    resumed, workers = len(done), 0
    tell("", len(done) + len(failed), len(files))
    waiting = [file for file in files if file not in done and file not in failed]
    if waiting:
        with connected(cohort) as client:
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
            for file, found, why in answers(client, waiting, options, others):
                if found is None:
                    failed[file] = why
                else:
                    done[file] = found
                    if kept:
                        kept.put(file, others[file], found)
                tell(file.stem, len(done) + len(failed), len(files))
    return {
        "path": str(path),
        **summarise(
            [done[file] for file in files if file in done],
            [{"id": file.stem, "error": failed[file]} for file in files if file in failed],
            options,
        ),
        "cohort": {"people": len(files), "resumed": resumed, "workers": workers},
        "seconds": stopwatch() - begun,
    }


def answers(
    client: Any,
    files: Sequence[Path],
    options: EvaluateOptions,
    others: Mapping[Path, Sequence[Path]] | None = None,
    worker: str | None = None,
) -> Iterator[tuple[Path, dict[str, Any] | None, str]]:
    """(file, figures or None, why not) in the order in which they are finished.

    Args:
        client: see `connected`.
        files: absolute paths.
        options: of the evaluation.
        others: of each file, the recordings of other people that its split needs.
        worker: address of the only one that may do it; None for any.
    """
    asked = {}
    for file in files:
        theirs = [str(other) for other in (others or {}).get(file, ())]
        task = client.submit(score_file, str(file), options.to_dict(), theirs, pure=False, workers=worker)
        asked[task] = file
    for future in dask("distributed").as_completed(list(asked), loop=client.loop):
        file = asked[future]
        if future.status == "finished":
            answer = future.result()
            yield file, answer.get("found"), answer.get("error", "")
        elif future.status == "error":
            yield file, None, _one_line(file, future.exception())
        else:
            yield file, None, f"{file.name}: the scheduler was lost"
        future.release()


def score_file(path: str, options: dict[str, Any], others: list[str]) -> dict[str, Any]:
    """What a worker does: `found`, the figures, or `error`, why there are none."""
    try:
        found = evaluate_person(
            Path(path), EvaluateOptions.from_dict(options), [Path(other) for other in others]
        )
    except InnervateError as error:
        return {"error": str(error)}
    return {"found": found}


def _one_line(file: Path, error: BaseException) -> str:
    if isinstance(error, dask("distributed.scheduler").KilledWorker):
        return f"{file.name}: the process that worked on it died (out of memory?)"
    return " ".join(f"{file.name}: {type(error).__name__}: {error}".split())


def dask(module: str) -> Any:
    """A module of Dask's, which most who install this do without.

    Raises:
        InnervateError: it is not installed.
    """
    return optional(module, "a cohort needs", "cohort")


@contextmanager
def connected(cohort: CohortOptions) -> Iterator[Any]:
    """A client of the scheduler asked for; a local cluster ends with it.

    Raises:
        InnervateError: Dask is not installed, or the scheduler does not answer.
    """
    distributed, security = dask("distributed"), dask("distributed.security").Security
    if cohort.scheduler != LOCAL:
        try:
            client = distributed.Client(cohort.scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise InnervateError(
                f"scheduler {cohort.scheduler}: does not answer within {CONNECT_S:g} s", "is it running?"
            ) from error
        with client:
            yield client
        return
    with (
        dask("dask").config.set(_QUIET),
        tempfile.TemporaryDirectory(prefix="innervate-cohort-") as folder,
        distributed.LocalCluster(
            n_workers=cohort.workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls://",
            security=security.temporary(),
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client
