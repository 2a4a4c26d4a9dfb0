"""What a coordinator sees of those who cannot be written to."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.people.screens import do
from handlers.taps import ReachTap, pack
from handlers.texts import day_and_time, say
from storage.people.people import Person
from storage.people.unreachable import Silence

ON_A_PAGE = 20


def listing(language: str, zone: str, found: Sequence[Silence], page: int) -> Screen:
    """Return who cannot be reached, since when, and whether somebody has spoken to them."""
    if not found:
        return Screen(say(language, "unreachable.nobody"))
    last = (len(found) - 1) // ON_A_PAGE
    page = min(page, last)
    shown = found[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    lines = [say(language, "unreachable.head", count=len(found))]
    lines += [_line(language, zone, one) for one in shown]
    buttons = [do(one.person, "reach", code_of(one.person, language)) for one in shown]
    turns = [("‹", page - 1)] if page > 0 else []
    turns += [("›", page + 1)] if page < last else []
    row = tuple(Button(label, pack(ReachTap(str(to)))) for label, to in turns)
    return Screen("\n".join(lines), (*in_rows(buttons, 3), *((row,) if row else ())))


def _line(language: str, zone: str, silence: Silence) -> str:
    key = "unreachable.line_new" if silence.never_came else "unreachable.line"
    code = code_of(silence.person, language)
    words = say(language, key, code=code, since=_at(silence.since, zone, language))
    if silence.spoken_at is None:
        return words
    at = _at(silence.spoken_at, zone, language)
    return f"{words} · {say(language, 'unreachable.spoken', at=at)}"


def what_helps(language: str, zone: str, silence: Silence) -> Screen:
    """Return what to do about one of them, with the buttons that do it."""
    key = "unreachable.help_new" if silence.never_came else "unreachable.help"
    text = f"{_line(language, zone, silence)}\n\n{say(language, key)}"
    person = silence.person
    row = [do(person, "renew", say(language, "deed.renew"))]
    if not silence.never_came:
        row.append(do(person, "spoken", say(language, "deed.spoken")))
    return Screen(
        text, (tuple(row), (do(person, "card", say(language, "card.show")), _back(language)))
    )


def reached(language: str, person: Person) -> Screen:
    """Return that somebody can be reached again."""
    text = say(language, "unreachable.reached", code=code_of(person, language))
    return Screen(text, ((do(person, "card", say(language, "card.show")), _back(language)),))


def _back(language: str) -> Button:
    return Button(say(language, "unreachable.back"), pack(ReachTap("0")))


def _at(at: datetime, zone: str, language: str) -> str:
    return day_and_time(at.astimezone(ZoneInfo(zone)), language)
