"""What stands around every page: where one is, who is logged in, and whether somebody here is nobody real."""

from __future__ import annotations

from dataclasses import dataclass

from ...calibration.store.export import SIMULATED
from ...calibration.store.patients import Patient
from ...calibration.store.rights import Person
from ...calibration.store.words import Role
from .markup import Child, Html, h

NOTICE = "Research software. Not clinical advice."


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is dressed.

    Attributes:
        title: of tab and heading.
        content: below the heading.
        patient: whose it is, for the mark and the way back.
        simulated: somebody on it is nobody real.
        heading: beside the title.
    """

    title: str
    content: Child
    patient: Patient | None = None
    simulated: bool = False
    heading: Child = None


def dress(page: Page, who: Person, csrf: str, idle_s: float) -> Html:
    """All that stands in the browser."""
    simulated = page.simulated or (page.patient is not None and page.patient.simulated)
    places = [("/", "Patients")] if who.role is not Role.WEARER else [("/", "Me")]
    if who.role is Role.CLINICIAN:
        places.append(("/followup", "Follow-up"))
    return h(
        "div",
        h("a", "Skip to content", href="#content", class_="skip"),
        h(
            "header",
            h("a", "innervate", class_="word", href="/"),
            h("nav", [h("a", words, href=where) for where, words in places], aria_label="Pages"),
            h("span", f"{who.name} ({who.role})", class_="who"),
            h("button", "Log out", type="button", data_post="/api/logout", class_="quiet"),
            class_="top",
        ),
        h(
            "div",  # what NiceGUI puts around all of it is the <main>
            h(
                "div",
                h("h1", page.title),
                h("span", SIMULATED, class_="mark") if simulated else None,
                page.heading,
                class_="title",
            ),
            page.content,
            id="content",
            class_="content",
            tabindex=-1,
        ),
        h("footer", NOTICE),
        class_="page",
        data_csrf=csrf,
        data_user=who.name,
        data_idle_s=f"{idle_s:g}",
    )


def section(title: str, *content: Child, note: Child = None, ident: str | None = None) -> Html:
    """A part of a page."""
    return h(
        "section",
        h("h2", title),
        h("p", note, class_="note") if note else None,
        *content,
        aria_label=title,
        id=ident,
    )


def fold(summary: Child, *content: Child, opened: bool = False) -> Html:
    """What is rarely wanted."""
    return h("details", h("summary", summary), *content, open=opened)


def simulated_mark(patient: Patient) -> Html | None:
    """Beside a name in a list."""
    return h("span", SIMULATED, class_="mark") if patient.simulated else None
