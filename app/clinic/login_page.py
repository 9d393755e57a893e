"""The only page without a session."""

from __future__ import annotations

from .markup import Html, h
from .shell import NOTICE


def login_page() -> str:
    """Plain, and without NiceGUI: all of that lies behind the login."""
    form = h(
        "form",
        h("h1", "innervate"),
        h("p", "Log in to the clinic's patients."),
        h("div", h("label", "Name", for_="name"), _input("name", "text", "username"), class_="field"),
        h(
            "div",
            h("label", "Password", for_="password"),
            _input("password", "password", "current-password"),
            class_="field",
        ),
        h("p", role="alert", class_="error", id="error", hidden=True),
        h("div", h("button", "Log in", type="submit"), class_="actions"),
        h("p", NOTICE, class_="note"),
        id="login",
        class_="login",
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Log in \u00b7 innervate</title>"
        '<link rel="stylesheet" href="/clinic/clinic.css">'
        '<script type="module" src="/clinic/login.js"></script>'
    )
    body = h("main", form, class_="page alone")
    return f'<!doctype html><html lang="en-GB"><head>{head}</head><body>{body}</body></html>'


def _input(name: str, kind: str, fill: str) -> Html:
    return h(
        "input",
        id=name,
        name=name,
        type=kind,
        autocomplete=fill,
        required=True,
        autofocus=name == "name",
        autocapitalize="none",
    )
