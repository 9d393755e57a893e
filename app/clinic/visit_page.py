"""One visit: pain, T-scores, assessments, and what must be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from ...calibration.store import words
from ...calibration.store.errors import StoreError
from ...calibration.store.outcomes import Assessment, PainEntry, PromisScore
from ...calibration.store.patients import Limb
from ...calibration.store.visits import Visit
from ...calibration.store.work import Work
from .fields import REMOVE_HEAD, Field, form, remove_button, text_of, words_of
from .markup import Child, Html, h, table
from .patient_page import NEW_VISIT, alerts_part, ways
from .shell import Page, fold, section

PAIN = (
    Field("plp_worst_24h", "Phantom pain, worst of 24 h", "0 none, 10 worst"),
    Field("plp_average_7d", "Phantom pain, average of 7 days"),
    Field("plp_present", "Says: phantom pain"),
    Field("rlp_worst_24h", "Residual limb pain, worst of 24 h", "0 none, 10 worst"),
    Field("rlp_average_7d", "Residual limb pain, average of 7 days"),
    Field("rlp_present", "Says: residual limb pain"),
    Field("phantom_sensation", "Phantom sensation without pain", "Felt, not painful: no pain."),
    Field("neuroma_tender", "Neuroma tender"),
    Field("opioid_mg_day", "Opioids, mg a day", "Oral morphine equivalent; 0: takes none."),
)
PAIN_MORE = (
    Field("sfmpq_pri", "SF-MPQ pain rating index", "0 to 45"),
    Field("wpd", "Weighted pain distribution", "0 to 5"),
    Field("missing.pain", "Why something was not told"),
    Field("note", "Note"),
)
PROMIS = (
    Field("of", "Pain asked about"),
    Field("domain", "Domain"),
    Field("form", "Form", suggest=("3a", "4a", "6a", "6b", "7a", "8a", "CAT")),
    Field("form_version", "Version", suggest=("1.0", "1.1", "2.0")),
    Field("t_score", "T-score"),
)
TEST_NAMES = {
    "tac": "TAC",
    "fitts": "Fitts",
    "tracking": "Tracking",
    "box-and-blocks": "Box and Blocks",
    "clothespin": "Clothespin relocation",
    "acmc": "ACMC",
    "shap": "SHAP",
    "dash": "DASH",
    "amp": "AMP",
    "2mwt": "2-minute walk",
    "6mwt": "6-minute walk",
    "tug": "Timed up and go",
    "10mwt": "10-metre walk",
    "plus-m": "PLUS-M",
    "abc": "ABC",
    "falls": "Falls",
    "socket-comfort": "Socket comfort",
    "skin": "Skin",
}


_UNITS = {"_bit_s": "bit/s", "_m_s": "m/s", "_s": "s", "_m": "m"}


def visit_of(work: Work, code: str, visit_id: str) -> Visit:
    """One of this patient's.

    Raises:
        StoreError: there is none.
    """
    work.patient(code)
    visit = next((row for row in work.rows(Visit, code) if row.id == visit_id), None)
    if visit is None:
        raise StoreError(f"no visit {visit_id[:64]!r}")
    return visit


def visit_page(work: Work, code: str, visit_id: str, test: str) -> Page:
    """The clinician's view of one day."""
    patient = work.patient(code)
    visit = visit_of(work, code, visit_id)
    limbs = sorted(work.rows(Limb, code), key=lambda limb: (limb.side, limb.level))
    report = f"/patients/{code}/visits/{visit.id}/report"
    return Page(
        f"{patient.id}: {visit.kind}, {visit.on}",
        [
            ways(code),
            alerts_part(work, code),
            section("Pain", _pain(work, visit, limbs)),
            section("Assessments", _assessments(work, visit, limbs, test)),
            section(
                "Visit",
                fold(
                    "Day, kind, note",
                    form(
                        Visit,
                        NEW_VISIT,
                        f"/api/rows/visit/{visit.id}",
                        row=visit,
                        button="Save visit",
                        name="Visit",
                    ),
                ),
                h("p", h("a", "Report of this visit", href=report)),
            ),
        ],
        patient,
    )


def limb_field(limbs: Sequence[Limb]) -> Field:
    """Which limb it is about."""
    return Field("limb_id", "Limb", options=tuple((limb.id, f"{limb.side} {limb.level}") for limb in limbs))


def _which(limbs: Sequence[Limb], row: PainEntry | None = None) -> tuple[Field, ...]:
    """Nobody is asked which limb where there is but one."""
    only = len(limbs) == 1 and (row is None or row.limb_id == limbs[0].id)
    return () if only or not limbs else (limb_field(limbs),)


def _only(limbs: Sequence[Limb]) -> dict[str, str]:
    return {"limb_id": limbs[0].id} if len(limbs) == 1 else {}


def _pain(work: Work, visit: Visit, limbs: Sequence[Limb]) -> list[Child]:
    code = visit.patient_id
    entries = work.rows(PainEntry, code, visit_id=visit.id)
    scores = work.rows(PromisScore, code) if entries else []
    shown: list[Child] = [
        _entry(code, entry, [s for s in scores if s.pain_entry_id == entry.id], limbs) for entry in entries
    ]
    given = {"visit_id": visit.id, "on": text_of(visit.on), "source": "clinic", **_only(limbs)}
    new = form(
        PainEntry,
        (*PAIN, *PAIN_MORE, *_which(limbs)),
        f"/api/patients/{code}/rows/pain_entry",
        button="Save pain",
        name="New pain entry",
        given=given,
        class_="thirds",
    )
    if not entries:
        return [new]
    return [*shown, fold("Another limb's pain", new) if len(limbs) > len(entries) else None]


def _entry(code: str, entry: PainEntry, scores: Sequence[PromisScore], limbs: Sequence[Limb]) -> Html:
    limb = next((f"{limb.side} {limb.level}" for limb in limbs if limb.id == entry.limb_id), "no limb named")
    rows = [
        [
            f"{score.of} pain, {score.domain}",
            f"{score.form}, version {score.form_version}",
            f"{score.t_score:g}",
            remove_button("promis_score", score, f"T-score {score.of} {score.domain}"),
        ]
        for score in sorted(scores, key=lambda score: (score.of, score.domain))
    ]
    head = ("PROMIS", "Form", "T-score", REMOVE_HEAD)
    return h(
        "div",
        h("h3", limb[:1].upper() + limb[1:]),
        form(
            PainEntry,
            (*PAIN, *PAIN_MORE, *_which(limbs, entry)),
            f"/api/rows/pain_entry/{entry.id}",
            row=entry,
            button="Save pain",
            name=f"Pain {limb}",
            class_="thirds",
        ),
        table(head, rows, caption="PROMIS T-scores (mean 50, standard deviation 10)") if rows else None,
        fold(
            "Add a PROMIS T-score",
            form(
                PromisScore,
                PROMIS,
                f"/api/patients/{code}/rows/promis_score",
                button="Add T-score",
                name=f"New T-score {limb}",
                given={"pain_entry_id": entry.id},
                class_="row",
            ),
        ),
    )


def _assessments(work: Work, visit: Visit, limbs: Sequence[Limb], test: str) -> list[Child]:
    code = visit.patient_id
    found = sorted(work.rows(Assessment, code, visit_id=visit.id), key=lambda row: row.test)
    choose = h(
        "form",
        h("label", "Add a test", for_="test"),
        h(
            "select",
            h("option", "choose", value=""),
            [
                h("option", TEST_NAMES.get(name, name), value=name, selected=name == test)
                for name in words.TESTS
            ],
            id="test",
            name="test",
        ),
        h("button", "Show", type="submit", class_="quiet"),
        data_get=f"/patients/{code}/visits/{visit.id}",
        class_="line",
    )
    return [
        assessments_table(found, removable=True) if found else h("p", "None yet.", class_="note"),
        choose,
        _new_assessment(visit, limbs, test) if test in words.FIGURES else None,
    ]


def assessments_table(found: Sequence[Assessment], *, removable: bool = False) -> Html:
    """As they were entered, each with who rated it."""
    rows = [
        [
            TEST_NAMES.get(row.test, row.test),
            figures_words(row),
            _rater(row),
            words_of(row.note, ""),
            *([remove_button("assessment", row, TEST_NAMES.get(row.test, row.test))] if removable else []),
        ]
        for row in found
    ]
    head = ("Test", "Result", "Rater", "Note", *([REMOVE_HEAD] if removable else []))
    return table(head, rows, caption="As entered")


def figures_words(row: Assessment) -> str:
    """Such as 'score 54'."""
    return ", ".join(_figure(name, value) for name, value in sorted(row.figures.items()))


def _asked(name: str) -> str:
    """'distance_m' -> 'Distance, m'."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return f"{_plain(name.removesuffix(ending)).capitalize()}, {unit}"
    return _plain(name).capitalize()


def _figure(name: str, value: float) -> str:
    """'distance_m', 112 -> 'distance 112 m'."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return f"{_plain(name.removesuffix(ending))} {value:g} {unit}"
    return f"{_plain(name)} {value:g}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _rater(row: Assessment) -> str:
    if not row.rater:
        return "not named"
    return f"{row.rater}, certified" if row.rater_certified else row.rater


def _new_assessment(visit: Visit, limbs: Sequence[Limb], test: str) -> Html:
    figures = tuple(
        Field(
            f"figures.{name}", name.replace("_", " ").capitalize(), f"{ends[0]:g} to {ends[1]:g}", ends=ends
        )
        for name, ends in words.FIGURES[test].items()
    )
    rated = test in words.RATED
    rater = Field("rater", "Rater", f"{TEST_NAMES[test]} needs a named, certified rater." if rated else "")
    return form(
        Assessment,
        (
            *_which(limbs),
            *figures,
            rater,
            Field("rater_certified", "Rater certified"),
            Field("note", "Note"),
        ),
        f"/api/patients/{visit.patient_id}/rows/assessment",
        button=f"Save {TEST_NAMES.get(test, test)}",
        name=f"New {test}",
        given={"visit_id": visit.id, "on": text_of(visit.on), "test": test, **_only(limbs)},
        then=f"/patients/{visit.patient_id}/visits/{visit.id}",
        class_="thirds",
    )
