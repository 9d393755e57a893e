"""The follow-up table as rows of text, for pages, reports and terminals alike."""

from __future__ import annotations

from .figures import Spread
from .measures import Measure
from .people import PHANTOM
from .reference import REFERENCE, Published
from .standing import Status
from .table import FollowUp, Row

HEAD = (
    "group",
    "window",
    "people",
    *(status.value for status in Status),
    "has pain",
    "unanswered",
    "before amputation",
    "NRS worst",
    "NRS average",
    "tender neuroma",
    "opioids",
    "opioid mg/day, of those who take any",
)
MEASURE_HEAD = (
    "key",
    "measure",
    "unit",
    "range",
    "better",
    "limb",
    "smallest detectable change",
    "range from",
)


def cells(row: Row) -> dict[str, str]:
    """One row by the names in `HEAD`."""
    counts = {status.value: str(count) for status, count in row.counts.items()}
    if row.open_now:
        counts[Status.NOT_YET.value] += f" ({row.open_now} due now)"
    return {
        "group": row.group,
        "window": row.window.name,
        "people": str(row.people),
        **counts,
        "has pain": row.has_pain.words,
        "unanswered": str(row.unanswered),
        "before amputation": str(row.not_asked),
        "NRS worst": _spread(row.worst, row.worst_missing),
        "NRS average": _spread(row.average, row.average_missing),
        "tender neuroma": row.tender.words,
        "opioids": row.opioids.words,
        HEAD[-1]: _spread(row.opioid_mg_day, row.opioids_missing),
    }


def _spread(spread: Spread | None, missing: int) -> str:
    told = spread.words if spread else "no answer"
    return f"{told}, missing {missing}" if missing else told


def measure_cells(measure: Measure) -> dict[str, str]:
    """One outcome measure by the names in `MEASURE_HEAD`."""
    changes = (
        f"{d.name} {d.change:g}{f', version {d.version}' if d.version else ''} [{d.tag}] {d.source}"
        for d in measure.detectable
    )
    ends = (
        measure.key,
        measure.name,
        measure.unit,
        measure.range,
        measure.better,
        measure.limb,
        "; ".join(changes) or "none known here",
        measure.facts + (f"; {measure.note}" if measure.note else ""),
    )
    return dict(zip(MEASURE_HEAD, ends, strict=True))


def lines(table: FollowUp) -> tuple[str, ...]:
    """Header and table, tabs between cells; then T-scores and responders, then what was published."""
    shown = list(table.header)
    shown.append("\t".join(HEAD))
    for row in table.rows:
        found = cells(row)
        shown.append("\t".join(found[name] for name in HEAD))
    for row in table.rows:
        at = f"{row.group}, {row.window.name}"
        shown += [
            f"{at}: PROMIS {s.domain}, {s.about} pain, form {s.form}, version {s.version}: T {s.spread.words}"
            for s in row.promis
        ]
        shown += [
            f"{at}: {r.rule.words}: {r.share.words}; no pain at baseline {r.no_pain_before}, "
            f"not both answers {r.no_pair}"
            for r in row.responders
        ]
    shown += [published.words for published in reference(table)]
    if reference(table):
        shown.append(f"Reference: {REFERENCE[0].caveat}.")
    return tuple(shown)


def reference(table: FollowUp) -> tuple[Published, ...]:
    """What may stand beside the table: phantom pain only, in windows that it has."""
    names = {window.name for window in table.windows.due}
    return tuple(row for row in REFERENCE if table.where == PHANTOM and row.window in names)
