"""The data export as one file, and the confirmation of an erasure."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from handlers.app.screen import Button, Screen, code_of
from handlers.taps import EraseTap, pack
from handlers.texts import say
from storage.people.people import Person
from storage.privacy.data_export import ExportedData

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46em;margin:1em auto;padding:0 1em;color:#222}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:0 1em;border-top:1px solid #ccc;"
    "padding-top:.5em}dt{color:#666}dd{margin:0;overflow-wrap:anywhere}"
)


def own_data(language: str, data: ExportedData) -> bytes:
    """Return the export as one HTML page; it contains the same data as JSON for programs.

    The page loads nothing and runs no script.
    """
    parts = [_part(name, records) for name, records in data.items()]
    # A "<" could end the script element early; \u003c is the same in JSON.
    as_json = json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")
    title = escape(say(language, "mydata.title"))
    page = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{escape(say(language, 'mydata.how'))}</p>{''.join(parts)}"
        f'<script type="application/json" id="data">{as_json}</script></body></html>'
    )
    return page.encode()


def _part(name: str, records: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    rows = records if isinstance(records, list) else [records]
    lists = "".join(
        "<dl>" + "".join(f"<dt>{_plain(k)}</dt><dd>{_value(v)}</dd>" for k, v in row.items())
        + "</dl>"
        for row in rows
    )  # fmt: skip
    return f"<h2>{_plain(name)}</h2>{lists or '–'}"


def _plain(name: str) -> str:
    return escape(name.replace("_", " ").capitalize())


def _value(value: object) -> str:
    return "–" if value is None else escape(str(value))


def confirmation(language: str, patient: Person, *, by_self: bool) -> Screen:
    """Return the question that confirms an erasure."""
    key = "erase.sure_self" if by_self else "erase.sure"
    yes = Button(say(language, "erase.yes"), pack(EraseTap(patient.id, "yes")))
    no = Button(say(language, "erase.no"), pack(EraseTap(patient.id, "no")))
    return Screen(say(language, key, code=code_of(patient, language)), ((yes,), (no,)))


def cancellation_notice(language: str) -> Screen:
    """Return that nothing was erased."""
    return Screen(say(language, "erase.left"))


def erasure_notice(language: str, patient: Person, *, for_self: bool, days: int) -> Screen:
    """Return that everything is erased, and after how many days from the backups, too."""
    key = "erase.done_self" if for_self else "erase.done"
    return Screen(say(language, key, code=code_of(patient, language), days=days))
