"""The audit log in plain words, and what /undo shows."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Formatter

from alliance.calendar.recurrence import parse_rule
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, code_of
from handlers.calendar.plan_screens import recurrence_text
from handlers.taps import AuditTap, PersonTap, UndoTap, pack
from handlers.texts import catalogue, say
from storage.audit.audit_log import AuditEntry
from storage.audit.undo import UndoStep
from storage.people.people import Person

ABSENT = "–"
_ID = re.compile(r"[0-9a-f]{32}")


def ids_in(entry: AuditEntry) -> set[str]:
    """Return every id in a line, including its subject."""
    facts = (*entry.facts_before.values(), *entry.facts_after.values())
    texts = [str(value) for value in (entry.subject_id, *facts) if value is not None]
    return {match for text in texts for match in _ID.findall(text)}


def describe_entry(language: str, entry: AuditEntry, codes: Mapping[str, str]) -> str:
    """Return in words what a line records; unknown values become a dash.

    The text of ``audit.<action>`` may contain the subject, each fact, and its earlier value as
    ``was_<fact>``.
    """

    def to_text(name: str, value: object) -> str:
        if value is None or value == "":
            return ABSENT
        if name == "rule":
            return recurrence_text(language, parse_rule(str(value)))
        if name == "when":
            return str(value).replace("T", " ")
        return ", ".join(codes.get(part, part) for part in str(value).split(","))

    values = {name: to_text(name, value) for name, value in entry.facts_before.items()}
    values |= {f"was_{name}": to_text(name, value) for name, value in entry.facts_before.items()}
    values |= {name: to_text(name, value) for name, value in entry.facts_after.items()}
    values["subject"] = codes.get(entry.subject_id or "", ABSENT)
    key = f"audit.{entry.action}"
    if entry.before is None and f"{key}.new" in catalogue("en"):
        key = f"{key}.new"
    template = catalogue(language).get(key) or say("en", key)
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: values.get(name, ABSENT) for name in wanted})


def undo_notice(language: str, what: str) -> str:
    """Say that a change was taken back."""
    return say(language, "audit.undone", what=what)


def page(
    reader: Reader,
    *,
    about: Person | None,
    lines: Sequence[tuple[datetime, str | None, str]],
    newest: AuditTap | None,
    older: AuditTap | None,
) -> Screen:
    """Return one page of the log.

    Args:
        reader: A coordinator.
        about: The person whose lines these are; None for all lines.
        lines: When, whose code (None for the system), what.
        newest: What the button for the newest page carries, if there is one.
        older: Likewise for an older page.
    """
    head = reader.say("audit.head")
    if about is not None:
        head = reader.say("audit.head_about", code=code_of(about, reader.language))
    texts = [
        f"{reader.day_and_time(at)} · {who or reader.say('audit.itself')}: {what}"
        for at, who, what in lines
    ]
    text = "\n".join([head, "", *(texts or [reader.say("audit.nothing")])])
    row = [Button(reader.say("audit.newest"), pack(newest))] if newest is not None else []
    row += [Button(reader.say("audit.older"), pack(older))] if older is not None else []
    return Screen(text, (tuple(row),) if row else ())


def undo_confirmation(language: str, step: UndoStep, what: str) -> Screen:
    """Ask whether to take a step back, or say that it cannot be taken back."""
    if not step.can_be_undone:
        return Screen(say(language, "undo.impossible_what", what=what))
    text = say(language, "undo.sure", what=what)
    return Screen(text, ((undo_button(language, step),),))


def undo_button(language: str, step: UndoStep) -> Button:
    """Return the button that takes a step back."""
    return Button(say(language, "undo.button"), pack(UndoTap(str(step.number))))


def undo_result(language: str, step: UndoStep, what: str, *, is_person: bool) -> Screen:
    """Say what was taken back and what cannot be, with a button to the person's card."""
    lines = [say(language, "undo.done", what=what)]
    for action in dict.fromkeys(entry.action for entry in step.entries):
        key = f"undo.stays.{action}"
        if key in catalogue("en"):
            lines.append(say(language, key))
    about = step.first_entry.subject_id
    if about is None or not is_person:
        return Screen("\n\n".join(lines))
    card = Button(say(language, "card.show"), pack(PersonTap(about, "card", "-")))
    return Screen("\n\n".join(lines), ((card,),))
