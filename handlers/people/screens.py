"""What a coordinator sees of people: the list, the card of one, and what can be done with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.taps import BeginTap, LinkTap, PeopleTap, PersonTap, pack
from handlers.texts import day_and_time, long_day, say
from storage.people.care import Care
from storage.people.directory import EVERYBODY, STATES
from storage.people.invitations import Link
from storage.people.people import Person

ON_A_PAGE = 20
NOTHING = "-"
PAUSES = (7, 14, 28, 91)
"""Days that a pause lasts, for the buttons; any other day can be typed."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a card tells of somebody.

    Attributes:
        carers: Who looks after a patient, the one who leads first.
        plan: The plan in words; None where there is none.
        next_session: When a patient's next session begins.
        link: A link that nobody has used yet.
        has_come: Whether they have opened one.
        has_page: Whether the site has a page on which a patient could answer.
        caseload: How many patients a therapist looks after.
        groups: Codes of the groups that a patient belongs to, or that a therapist leads.
    """

    person: Person
    carers: Sequence[Care] = ()
    plan: str | None = None
    next_session: datetime | None = None
    link: Link | None = None
    has_come: bool = False
    has_page: bool = False
    caseload: int = 0
    groups: Sequence[str] = ()


def do(person: Person, verb: str, label: str, value: str = NOTHING) -> Button:
    """Return a button that does something with somebody."""
    return Button(label, pack(PersonTap(person.id, verb, value)))


def listing(
    language: str, *, found: Sequence[Person], size: int, counts: dict[str, int], tap: PeopleTap
) -> Screen:
    """Return one page of the list: a button for everybody on it, filters and pages below.

    Args:
        language: Two letters.
        found: Who is on this page.
        size: How many there are on all pages.
        counts: How many people are in each state.
        tap: Which page of which filter this is.
    """
    lines = [say(language, "people.head", count=size, what=_what(language, tap))]
    lines += [] if found else [say(language, "people.nobody")]
    buttons = [
        do(one, "card", f"{code_of(one, language)} · {say(language, f'state.{one.state}')}")
        for one in found
    ]
    return Screen(
        "\n".join(lines),
        (*in_rows(buttons, 2), *_pages(language, tap, size), *_filters(language, counts, tap)),
    )


def _what(language: str, tap: PeopleTap) -> str:
    if tap.code != NOTHING:
        return f"{tap.code}…"
    if tap.filter == EVERYBODY:
        return say(language, "people.all")
    return say(language, f"state.{tap.filter}" if tap.filter in STATES else f"role.{tap.filter}")


def _pages(language: str, tap: PeopleTap, size: int) -> tuple[tuple[Button, ...], ...]:
    """Return the row that leads to the pages before and behind; none where one page holds all."""
    last = max(0, (size - 1) // ON_A_PAGE)
    if not last:
        return ()
    here = int(tap.page)
    row = [Button("‹", pack(tap._replace(page=str(here - 1))))] if here > 0 else []
    middle = say(language, "people.page", page=here + 1, pages=last + 1)
    row.append(Button(middle, pack(tap._replace(page="0"))))
    row += [Button("›", pack(tap._replace(page=str(here + 1))))] if here < last else []
    return (tuple(row),)


def _filters(
    language: str, counts: dict[str, int], tap: PeopleTap
) -> tuple[tuple[Button, ...], ...]:
    everybody = Button(say(language, "people.all"), pack(PeopleTap(EVERYBODY, "0", NOTHING)))
    buttons = [
        Button(f"{say(language, f'state.{state}')} {counts[state]}", pack(other))
        for state in STATES
        if counts.get(state) and (other := PeopleTap(state, "0", NOTHING)) != tap
    ]
    return in_rows([everybody, *buttons], 3)


def card(language: str, zone: str, profile: Profile, said: str | None = None) -> Screen:
    """Return the card of somebody, with what can be done with them; ``said`` stands above it."""
    person = profile.person
    lines = [
        code_of(person, language),
        f"{say(language, f'role.{person.role}')} · {state(language, person)}",
    ]
    if person.role == "patient":
        lines += _patient_lines(language, profile)
    elif person.role == "therapist":
        lines.append(say(language, "card.caseload", count=profile.caseload))
    if profile.groups:
        lines.append(say(language, "card.groups", codes=", ".join(profile.groups)))
    lines += _link_lines(language, zone, profile)
    text = "\n".join(lines)
    back = Button(say(language, "people.back"), pack(PeopleTap(EVERYBODY, "0", NOTHING)))
    rows = (*in_rows(_deeds(language, profile), 2), (back,))
    return Screen(text if said is None else f"{said}\n\n{text}", rows)


def state(language: str, person: Person) -> str:
    """Return somebody's state, and how long a pause lasts."""
    if person.state == "paused" and person.paused_until is not None:
        until = person.paused_until.astimezone(ZoneInfo(person.zone)).date()
        return say(language, "card.paused_until", day=long_day(until, language))
    return say(language, f"state.{person.state}")


def _patient_lines(language: str, profile: Profile) -> list[str]:
    codes = ", ".join(one.therapist_code for one in profile.carers)
    lines = [say(language, "card.carers", codes=codes or say(language, "card.nobody"))]
    if profile.plan is not None:
        lines.append(say(language, "card.plan", plan=profile.plan))
    elif profile.person.state != "ended":
        lines.append(say(language, "card.no_plan"))
    if profile.next_session is not None:
        local = profile.next_session.astimezone(ZoneInfo(profile.person.zone))
        lines.append(say(language, "card.next", at=day_and_time(local, language)))
    if profile.has_page and profile.person.answers_on is not None:
        lines.append(say(language, f"card.answers.{profile.person.answers_on}"))
    return lines


def _link_lines(language: str, zone: str, profile: Profile) -> list[str]:
    if profile.link is not None:
        until = day_and_time(profile.link.expires_at.astimezone(ZoneInfo(zone)), language)
        return [say(language, "card.link", until=until)]
    if profile.person.state == "invited":
        return [say(language, "card.has_come" if profile.has_come else "card.no_link")]
    return []


def _deeds(language: str, profile: Profile) -> list[Button]:
    """Return what can be done, the most usual first."""
    person = profile.person
    verbs = ["renew"] + (["withdraw"] if profile.link is not None else [])
    if person.state == "ended":
        verbs = ["renew"]
    elif person.role != "patient":
        verbs.append("end")
    else:
        pausing = {"active": ["pause"], "paused": ["resume", "pause"]}.get(person.state, [])
        caring = ["assign", "co"] + (["less"] if len(profile.carers) > 1 else [])
        verbs = [*pausing, *(caring if profile.carers else ["assign"]), *verbs]
        verbs += ["answers"] if profile.has_page else []
        verbs += ["untest" if person.is_test else "test", "end"]
    if person.state == "unreachable":
        verbs.insert(0, "reach")
    buttons = [do(person, verb, say(language, f"deed.{verb}")) for verb in verbs]
    if person.role == "patient" and person.state != "ended":
        plan = Button(say(language, "plan.begin"), pack(BeginTap("plan", person.code)))
        buttons.insert(1, plan)
    return buttons


def whom(language: str, person: Person, verb: str, choice: Sequence[tuple[str, str]]) -> Screen:
    """Return the choice of a therapist, as code and mark; ``verb`` says what happens then."""
    buttons = [do(person, verb, f"{mark}{code}", code) for code, mark in choice]
    text = say(
        language, f"whom.{verb}" if choice else "whom.nobody", code=code_of(person, language)
    )
    return Screen(text, (*in_rows(buttons, 3), (back(language, person),)))


def until_when(language: str, person: Person, days: Sequence[date]) -> Screen:
    """Return the choice of how long a pause lasts."""
    buttons = [do(person, "pause", long_day(one, language), one.isoformat()) for one in days]
    endless = do(person, "pause", say(language, "pause.open"), "open")
    text = say(language, "pause.until", code=code_of(person, language), raw=person.code)
    return Screen(text, (*in_rows(buttons, 2), (endless,), (back(language, person),)))


def sure(language: str, person: Person, verb: str) -> Screen:
    """Return the second look before what is not done every day."""
    text = say(language, f"sure.{verb}.{person.role}", code=code_of(person, language))
    yes = do(person, verb, say(language, f"sure.{verb}"), "yes")
    return Screen(text, ((yes,), (back(language, person),)))


def back(language: str, person: Person) -> Button:
    """Return the button that leads to the card."""
    return do(person, "card", say(language, "card.back"))


def invited(
    language: str, zone: str, person: Person, *, token: str, link: str, expires_at: datetime
) -> Screen:
    """Return a fresh one-time link, with its picture and what comes next on buttons."""
    until = day_and_time(expires_at.astimezone(ZoneInfo(zone)), language)
    text = say(language, "invite.link", code=code_of(person, language), link=link, until=until)
    picture = Button(say(language, "invite.picture"), pack(LinkTap(token)))
    if person.role != "patient":
        return Screen(text, ((picture,),), protected=True)
    plan = Button(say(language, "plan.begin"), pack(BeginTap("plan", person.code)))
    return Screen(text, ((plan,), (picture, back(language, person))))
