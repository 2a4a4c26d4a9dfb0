"""Who is away when, and who covers for them."""

from collections.abc import Mapping, Sequence

from handlers import texts
from handlers.app.screen import Button, Screen
from handlers.taps import AbsenceTap, BeginTap, OpenTap, pack
from handlers.texts import long_day, say
from storage.calendar.absences import Absence

EVERYBODY = "-"
MAX_SHOWN = 20


def span(language: str, absence: Absence, codes: Mapping[str, str]) -> str:
    """Return in words who is away from when to when, and who covers."""
    key = "absence.one_day" if absence.first_day == absence.last_day else "absence.days"
    words = say(
        language,
        key,
        who=codes[absence.person_id],
        first=long_day(absence.first_day, language),
        last=long_day(absence.last_day, language),
    )
    if absence.cover_id is None:
        return words
    return say(language, "absence.covered", words=words, cover=codes[absence.cover_id])


def listing(
    language: str, absences: Sequence[Absence], codes: Mapping[str, str], *, code: str
) -> Screen:
    """Return absences, each a button.

    Args:
        language: Two letters.
        absences: The absences, in order.
        codes: The code of everybody who occurs in them, by id.
        code: Whose absences these are, or ``EVERYBODY``.
    """
    rows = [
        (Button(_short(language, absence, codes), pack(AbsenceTap(absence.id, "show"))),)
        for absence in absences[:MAX_SHOWN]
    ]
    add = (Button(say(language, "absence.add"), pack(BeginTap("absence", code))),)
    key = "absence.head" if absences else "absence.nobody"
    if code != EVERYBODY:
        key = f"{key}_of"
    return Screen(say(language, key, who=code), (*rows, add))


def _short(language: str, absence: Absence, codes: Mapping[str, str]) -> str:
    first, last = (texts.short_day(one, language) for one in (absence.first_day, absence.last_day))
    words = f"{codes[absence.person_id]} · {first}" + ("" if first == last else f" – {last}")
    return words if absence.cover_id is None else f"{words} · {codes[absence.cover_id]}"


def card(
    language: str, absence: Absence, codes: Mapping[str, str], *, above: str | None = None
) -> Screen:
    """Return one absence with a button to withdraw it; perhaps with words above."""
    words = f"{span(language, absence, codes)}."
    withdraw = Button(say(language, "absence.withdraw"), pack(AbsenceTap(absence.id, "withdraw")))
    back = Button(say(language, "absence.all"), pack(OpenTap("absences", EVERYBODY)))
    return Screen(f"{above}\n\n{words}" if above else words, ((withdraw, back),))
