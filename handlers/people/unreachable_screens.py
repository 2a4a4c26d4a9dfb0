"""What a coordinator sees of people who cannot be reached."""

from collections.abc import Sequence

from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.people.screens import person_button
from handlers.taps import UnreachableTap, pack
from handlers.texts import say
from storage.people.people import Person
from storage.people.unreachable import Unreachable

PAGE_SIZE = 20


def listing(reader: Reader, everybody: Sequence[Unreachable], page: int) -> Screen:
    """Return who cannot be reached, since when, and whether somebody has spoken to them."""
    if not everybody:
        return Screen(reader.say("unreachable.nobody"))
    last = (len(everybody) - 1) // PAGE_SIZE
    page = min(page, last)
    on_page = everybody[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    lines = [reader.say("unreachable.head", count=len(everybody))]
    lines += [_line(reader, period) for period in on_page]
    buttons = [
        person_button(period.person, "reach", code_of(period.person, reader.language))
        for period in on_page
    ]
    other_pages = [("‹", page - 1)] if page > 0 else []
    other_pages += [("›", page + 1)] if page < last else []
    row = tuple(Button(label, pack(UnreachableTap(str(to)))) for label, to in other_pages)
    return Screen("\n".join(lines), (*in_rows(buttons, 3), *((row,) if row else ())))


def _line(reader: Reader, period: Unreachable) -> str:
    key = "unreachable.line_new" if period.never_joined else "unreachable.line"
    code = code_of(period.person, reader.language)
    line = reader.say(key, code=code, since=reader.day_and_time(period.since))
    if period.spoken_at is None:
        return line
    spoken = reader.say("unreachable.spoken", at=reader.day_and_time(period.spoken_at))
    return f"{line} · {spoken}"


def advice(reader: Reader, period: Unreachable) -> Screen:
    """Return what to do about one of them, with the buttons for it."""
    key = "unreachable.help_new" if period.never_joined else "unreachable.help"
    text = f"{_line(reader, period)}\n\n{reader.say(key)}"
    row = [person_button(period.person, "renew", reader.say("deed.renew"))]
    if not period.never_joined:
        row.append(person_button(period.person, "spoken", reader.say("deed.spoken")))
    return Screen(text, (tuple(row), _card_and_list_buttons(reader.language, period.person)))


def reachable_notice(language: str, person: Person) -> Screen:
    """Return that somebody can be reached again."""
    text = say(language, "unreachable.reached", code=code_of(person, language))
    return Screen(text, (_card_and_list_buttons(language, person),))


def _card_and_list_buttons(language: str, person: Person) -> tuple[Button, Button]:
    return (
        person_button(person, "card", say(language, "card.show")),
        Button(say(language, "unreachable.back"), pack(UnreachableTap("0"))),
    )
