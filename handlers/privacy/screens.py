"""What is known of somebody as one file, and the second look before it is erased."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from handlers.app.screen import Button, Screen, code_of
from handlers.taps import EraseTap, pack
from handlers.texts import say
from storage.people.people import Person
from storage.privacy.data_export import Told

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46em;margin:1em auto;padding:0 1em;color:#222}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:0 1em;border-top:1px solid #ccc;"
    "padding-top:.5em}dt{color:#666}dd{margin:0;overflow-wrap:anywhere}"
)


def own_data(language: str, told: Told) -> bytes:
    """Return all of it as one page to read; the same stands in it as JSON for machines.

    The page fetches nothing and runs nothing.
    """
    parts = [_part(name, records) for name, records in told.items()]
    # A "<" could end the block early; as \\u003c it is the same JSON.
    machine = json.dumps(told, ensure_ascii=False, indent=1).replace("<", "\\u003c")
    title = escape(say(language, "mydata.title"))
    page = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{escape(say(language, 'mydata.how'))}</p>{''.join(parts)}"
        f'<script type="application/json" id="data">{machine}</script></body></html>'
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


def sure(language: str, patient: Person, *, by_self: bool) -> Screen:
    """Return the second look before somebody is erased."""
    key = "erase.sure_self" if by_self else "erase.sure"
    yes = Button(say(language, "erase.yes"), pack(EraseTap(patient.id, "yes")))
    no = Button(say(language, "erase.no"), pack(EraseTap(patient.id, "no")))
    return Screen(say(language, key, code=code_of(patient, language)), ((yes,), (no,)))


def left(language: str) -> Screen:
    """Return that nothing was erased."""
    return Screen(say(language, "erase.left"))


def erased(language: str, patient: Person, *, for_self: bool, days: int) -> Screen:
    """Return that everything is gone, and when the backups are."""
    key = "erase.done_self" if for_self else "erase.done"
    return Screen(say(language, key, code=code_of(patient, language), days=days))
