"""The log of changes in plain words, and the way back from the last of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

from alliance.calendar.recurrence import read_rule
from handlers.app.screen import Button, Screen, code_of
from handlers.calendar.plan_screens import rhythm
from handlers.taps import AuditTap, PersonTap, UndoTap, pack
from handlers.texts import catalogue, day_and_time, say
from storage.audit.audit_log import Entry
from storage.audit.undo import Step
from storage.people.people import Person

ABSENT = "–"
_ID = re.compile(r"[0-9a-f]{32}")


def ids_in(entry: Entry) -> set[str]:
    """Return every id that a line names, its subject's included."""
    facts = (*entry.facts_before.values(), *entry.facts_after.values())
    texts = [str(value) for value in (entry.subject_id, *facts) if value is not None]
    return {found for text in texts for found in _ID.findall(text)}


def words(language: str, entry: Entry, codes: Mapping[str, str]) -> str:
    """Return what a line says was done; what it does not know reads as a dash.

    The text of ``audit.<action>`` may name the subject, each fact, and as ``was_<fact>`` what
    was so before.
    """

    def read(name: str, value: object) -> str:
        if value is None or value == "":
            return ABSENT
        if name == "rule":
            return rhythm(language, read_rule(str(value)))
        if name == "when":
            return str(value).replace("T", " ")
        return ", ".join(codes.get(part, part) for part in str(value).split(","))

    values = {name: read(name, value) for name, value in entry.facts_before.items()}
    values |= {f"was_{name}": read(name, value) for name, value in entry.facts_before.items()}
    values |= {name: read(name, value) for name, value in entry.facts_after.items()}
    values["subject"] = codes.get(entry.subject_id or "", ABSENT)
    key = f"audit.{entry.action}"
    if entry.before is None and f"{key}.new" in catalogue("en"):
        key = f"{key}.new"
    template = catalogue(language).get(key) or say("en", key)
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: values.get(name, ABSENT) for name in wanted})


def undone(language: str, what: str) -> str:
    """Return that a change was taken back."""
    return say(language, "audit.undone", what=what)


def page(
    language: str,
    zone: str,
    *,
    about: Person | None,
    lines: Sequence[tuple[datetime, str | None, str]],
    newer: AuditTap | None,
    older: AuditTap | None,
) -> Screen:
    """Return one page of the log: when, who, what."""
    head = (
        say(language, "audit.head")
        if about is None
        else say(language, "audit.head_about", code=code_of(about, language))
    )
    told = [
        f"{day_and_time(at.astimezone(ZoneInfo(zone)), language)}"
        f" · {who or say(language, 'audit.itself')}: {what}"
        for at, who, what in lines
    ]
    row = [Button(say(language, "audit.newest"), pack(newer))] if newer is not None else []
    row += [Button(say(language, "audit.older"), pack(older))] if older is not None else []
    text = "\n".join([head, "", *(told or [say(language, "audit.nothing")])])
    return Screen(text, (tuple(row),) if row else ())


def undo(language: str, step: Step, what: str) -> Screen:
    """Return what /undo would take back, or that it cannot be."""
    if not step.can_be_undone:
        return Screen(say(language, "undo.impossible_what", what=what))
    text = say(language, "undo.sure", what=what)
    return Screen(text, ((undo_button(language, step),),))


def undo_button(language: str, step: Step) -> Button:
    """Return the button that takes a step back."""
    return Button(say(language, "undo.button"), pack(UndoTap(str(step.number))))


def taken_back(language: str, step: Step, what: str, *, is_person: bool) -> Screen:
    """Return that a step is taken back, plainly what could not be, and the way to the card."""
    lines = [say(language, "undo.done", what=what)]
    for action in dict.fromkeys(entry.action for entry in step.entries):
        key = f"undo.stays.{action}"
        if key in catalogue("en"):
            lines.append(say(language, key))
    about = step.head.subject_id
    if about is None or not is_person:
        return Screen("\n\n".join(lines))
    card = Button(say(language, "card.show"), pack(PersonTap(about, "card", "-")))
    return Screen("\n\n".join(lines), ((card,),))
