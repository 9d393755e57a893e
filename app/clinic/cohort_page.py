"""The follow-up table over all patients, for clinicians only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...calibration.followup.definitions import DEFAULT, DEFINITIONS
from ...calibration.followup.people import PHANTOM, RESIDUAL
from ...calibration.followup.reference import ATTRIBUTION, CAVEAT
from ...calibration.followup.show import cells, reference
from ...calibration.followup.standing import Status
from ...calibration.followup.table import EVERYBODY, GROUPS, ITEMS, FollowUp, Row, follow_up
from ...calibration.store.rights import Verb, demand
from ...calibration.store.work import Work
from .chart import shares
from .markup import Child, Html, h, table
from .reading import follow, kept_by_all
from .shell import Page, fold, section

GROUP_NAMES = {EVERYBODY: "Everybody", "primary": "Primary TMR", "secondary": "Secondary TMR"}
PAIN_NAMES = {PHANTOM: "phantom limb pain", RESIDUAL: "residual limb pain"}


def cohort_page(work: Work, wish: dict[str, str], today: date) -> Page:
    """The table that was asked for; a word that is not known asks for the usual one."""
    demand(work.who, Verb.COHORT)
    where = wish.get("pain", "") if wish.get("pain") in PAIN_NAMES else PHANTOM
    definition = wish.get("definition", "") if wish.get("definition") in DEFINITIONS else DEFAULT
    item = wish.get("item", "") if wish.get("item") in ITEMS else ITEMS[0]
    simulated = wish.get("simulated") == "yes"
    found = follow(kept_by_all(work, simulated=simulated))
    made = follow_up(found.people, today, definition, where, item, include_simulated=simulated)
    return Page(
        "Follow-up of all patients",
        [
            _choose(where, definition, item, simulated=simulated),
            h("p", made.header[1 if made.mark else 0], class_="definition"),
            h("p", f"{made.mark}: {made.simulated_in} of these people are simulated.", class_="care")
            if made.mark
            else None,
            shares([_line(made, group) for group in GROUPS[1:]], _plot_says(made)),
            [section(GROUP_NAMES[group], *_tables(made, group)) for group in GROUPS],
            _published(made),
            fold("How it is counted", h("ul", [h("li", line) for line in made.header])),
            fold(
                f"Left out: {len(found.left_out)} limbs or entries",
                h("ul", [h("li", line) for line in found.left_out]),
            )
            if found.left_out
            else None,
            h(
                "p",
                f"Visits in no window: {made.outside}. Visits beside a nearer one: {made.surplus}.",
                class_="note",
            ),
        ],
        simulated=bool(made.mark),
    )


def _choose(where: str, definition: str, item: str, *, simulated: bool) -> Html:
    def pick(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> Html:
        said = [h("option", words, value=value, selected=value == chosen) for value, words in options]
        return h("div", h("label", label, for_=name), h("select", said, id=name, name=name), class_="field")

    return h(
        "form",
        pick("pain", "Pain", list(PAIN_NAMES.items()), where),
        pick("definition", "Has pain means", [(d.key, d.words) for d in DEFINITIONS.values()], definition),
        pick("item", "Responders by NRS", [(each, each) for each in ITEMS], item),
        h(
            "label",
            h("input", type="checkbox", name="simulated", value="yes", checked=simulated),
            " Count simulated patients",
            class_="tick",
        ),
        h("button", "Show", type="submit", class_="quiet"),
        data_get="/followup",
        class_="line",
        aria_label="What to count",
    )


def _line(made: FollowUp, group: str) -> tuple[str, list[tuple[str, int | None, tuple[int, int] | None]]]:
    rows = [row for row in made.rows if row.group == group]
    return GROUP_NAMES[group], [
        (row.window.name, row.has_pain.percent, row.has_pain.interval_percent) for row in rows
    ]


def _plot_says(made: FollowUp) -> str:
    mark = f"{made.mark}. " if made.mark else ""
    return f"{mark}Percent with {PAIN_NAMES[made.where]}, Wilson 95 % interval: {made.definition.words}"


def _tables(made: FollowUp, group: str) -> list[Child]:
    rows = [row for row in made.rows if row.group == group]
    pain = PAIN_NAMES[made.where]
    mark = f"{made.mark}: " if made.mark else ""
    seen = [
        _picked(row, ("window", "people", *_STATUS, "has pain", "unanswered", "before amputation"))
        for row in rows
    ]
    head = (
        "Window",
        "People",
        *(status.value.capitalize() for status in Status),
        f"Has {pain}: {made.definition.words}",
        "Done, unanswered",
        "Done, before amputation",
    )
    how = [
        _picked(row, ("window", "NRS worst", "NRS average", "tender neuroma", "opioids", _DOSE))
        for row in rows
    ]
    return [
        table(head, seen, caption=f"{mark}{GROUP_NAMES[group]}: who was seen, and who has {pain}"),
        table(
            (
                "Window",
                "NRS worst of 24 h",
                "NRS average of 7 days",
                "Tender neuroma",
                "Takes opioids",
                _DOSE.capitalize(),
            ),
            how,
            caption=f"{mark}{GROUP_NAMES[group]}: how much, of those who were done",
        ),
        _responders(rows, f"{mark}{GROUP_NAMES[group]}"),
        _promis(rows, f"{mark}{GROUP_NAMES[group]}"),
    ]


_STATUS = tuple(status.value for status in Status)
_DOSE = "opioid mg/day, of those who take any"


def _picked(row: Row, names: Sequence[str]) -> list[Child]:
    said = cells(row)
    return [said[name] for name in names]


def _responders(rows: Sequence[Row], who: str) -> Html | None:
    lines: list[list[Child]] = [
        [row.window.name, each.rule.words, each.share.words, str(each.no_pain_before), str(each.no_pair)]
        for row in rows
        for each in row.responders
        if each.share.n or each.no_pain_before or each.no_pair
    ]
    head = ("Window", "Rule", "Responders", "No pain at baseline", "Not both answers")
    return table(head, lines, caption=f"{who}: responders against baseline") if lines else None


def _promis(rows: Sequence[Row], who: str) -> Html | None:
    lines: list[list[Child]] = [
        [row.window.name, f"{s.domain}, {s.about} pain", f"{s.form}, version {s.version}", s.spread.words]
        for row in rows
        for s in row.promis
    ]
    head = ("Window", "PROMIS", "Form", "T-score")
    return table(head, lines, caption=f"{who}: T-scores, each form and version by itself") if lines else None


def _published(made: FollowUp) -> Html | None:
    """Beside phantom pain only; never on a wearer's page."""
    rows = reference(made)
    if not rows:
        return None
    said = ", ".join(f"{row.percent} % at {row.window}" for row in rows)
    return section(
        "Published, for reference",
        h("p", f"With phantom pain: {said}."),
        h("p", f"From: {ATTRIBUTION}.", class_="note"),
        h("p", f"{CAVEAT}.", class_="care"),
    )
