"""Forms from the store's columns: their words, ends and lengths, so that a page allows nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import JSON, Column

from ...calibration.store.base import Versioned
from ...calibration.store.tables import table_of
from .markup import Child, Html, Value, h

_LONG = 1000
_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        column: of the table; "figures.score" is a key of a column of JSON.
        label: what people read.
        hint: small, below.
        hidden_label: the label is for screen readers only.
        ends: of a key of JSON; columns have their own.
        options: to choose from: value and words; empty: as the column says.
        suggest: values to type or take; others are allowed.
    """

    column: str
    label: str
    hint: str = ""
    hidden_label: bool = False
    ends: tuple[float, float] | None = None
    options: tuple[tuple[str, str], ...] = ()
    suggest: tuple[str, ...] = ()


def text_of(value: Any) -> str:
    """As a form has it: the other way round is `calibration.store.texts.values_from`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def words_of(value: Any, nothing: str = "\u2013") -> str:
    """As a person reads it."""
    return text_of(value) or nothing


def form(
    kind: type[Versioned],
    fields: tuple[Field, ...],
    action: str,
    *,
    button: str,
    name: str,
    row: Any = None,
    given: dict[str, str] | None = None,
    then: str = "",
    class_: str = "",
    extra: Child = None,
) -> Html:
    """A form that `static/forms.js` sends.

    Args:
        kind: table.
        fields: shown, in this order.
        action: where it is sent.
        button: what it says.
        name: for screen readers, and to keep a draft by.
        row: what is there; None: a new row.
        given: column -> value that is sent along, or stands in a new row's field.
        then: page to go to when it is saved; "{id}" is the row's; empty: this one again.
        class_: of the form.
        extra: beside the button.
    """
    given = given or {}
    shown = [_field(kind, each, row, given.get(each.column, "")) for each in fields]
    listed = {each.column for each in fields}
    along = [
        h("input", type="hidden", name=column, value=value, data_was="")
        for column, value in given.items()
        if column not in listed
    ]
    return h(
        "form",
        along,
        h("div", shown, class_="fields"),
        h("div", h("button", button, type="submit"), extra, class_="actions"),
        h("p", role="alert", class_="error", hidden=True),
        class_=class_ or None,
        aria_label=name,
        data_form=name,
        data_action=action,
        data_version=row.version if row is not None else None,
        data_then=then or None,
        autocomplete="off",
        novalidate=True,
    )


def _field(kind: type[Versioned], each: Field, row: Any, given: str) -> Html:
    name, _, key = each.column.partition(".")
    column = table_of(kind).columns[name]
    value: Any = getattr(row, name) if row is not None else given
    if key:
        value = (value or {}).get(key) if row is not None else given
    text = value if isinstance(value, str) else text_of(value)
    ident = f"f{next(_NUMBERS)}"
    hint = f"{ident}h" if each.hint else None
    common: dict[str, Value] = {
        "id": ident,
        "name": each.column,
        "data_was": text if row is not None else "",
        "data_label": each.label,
        "aria_describedby": hint,
        "required": not column.nullable and column.default is None and not key,
    }
    return h(
        "div",
        h("label", each.label, for_=ident, class_="unseen" if each.hidden_label else None),
        _control(column, each, key, text, common),
        h("small", each.hint, id=hint) if each.hint else None,
        class_="field wide" if column.info.get("length", 0) > _LONG else "field",
    )


def _control(column: Column[Any], each: Field, key: str, text: str, common: dict[str, Value]) -> Html:
    options = each.options or tuple((word, word) for word in column.info.get("words", ()))
    kind = None if isinstance(column.type, JSON) else column.type.python_type
    if kind is bool:
        options = (("yes", "yes"), ("no", "no"))
    if options:
        blank = column.nullable or not text or bool(key)
        said = [h("option", "not known" if column.nullable else "choose", value="")] if blank else []
        return h(
            "select",
            said,
            [h("option", words, value=value, selected=value == text) for value, words in options],
            **common,
        )
    if column.info.get("length", 0) > _LONG:
        return h("textarea", text, rows=2, maxlength=column.info["length"], **common)
    ends = each.ends if key else column.info.get("ends")
    if ends is not None:
        step = 1 if kind is int else "any"
        return h(
            "input", type="number", min=f"{ends[0]:g}", max=f"{ends[1]:.12g}", step=step, value=text, **common
        )
    if kind is date:
        return h("input", type="date", value=text, **common)
    if each.suggest:
        listed = f"{common['id']}l"
        return h(
            "span",
            h("input", type="text", value=text, list=listed, maxlength=column.info.get("length"), **common),
            h("datalist", [h("option", value=word) for word in each.suggest], id=listed),
        )
    return h("input", type="text", value=text, maxlength=column.info.get("length"), **common)


REMOVE_HEAD = h("span", "Remove", class_="unseen")
"""Above a column of such buttons."""


def remove_button(table: str, row: Any, what: str) -> Html:
    """Asks once more in place before it removes."""
    return h(
        "button",
        "Remove",
        type="button",
        class_="quiet",
        data_remove=f"/api/rows/{table}/{row.id}/remove",
        data_version=row.version,
        aria_label=f"Remove {what}",
    )
