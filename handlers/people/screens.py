"""What a coordinator sees of people: the list, one person's card, and what can be done there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alliance.calendar.timing import zone_named
from alliance.people.roles_and_states import PersonRole, PersonState
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, code_of, in_rows
from handlers.taps import BeginTap, LinkQrTap, PeopleTap, PersonTap, pack
from handlers.texts import day_and_time, long_day, say
from storage.people.care import Care
from storage.people.directory import EVERYBODY, STATES
from storage.people.invitations import UnusedInvitation
from storage.people.invite import InvitedPerson
from storage.people.people import Person

PAGE_SIZE = 20
NOTHING = "-"
PAUSE_DAYS = (7, 14, 28, 91)
"""Lengths of a pause, in days, offered as buttons; any other end can be typed."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The contents of a person's card.

    Attributes:
        therapists: A patient's therapists, the one who leads first.
        plan: A patient's plan in words; None if there is none.
        next_session: When a patient's next session begins.
        link: A link that still works and has not been used.
        has_joined: Whether they have used a link.
        has_page: Whether the site has an answer page.
        caseload: How many patients a therapist treats.
        groups: Codes of the groups that a patient belongs to or a therapist leads.
    """

    person: Person
    therapists: Sequence[Care] = ()
    plan: str | None = None
    next_session: datetime | None = None
    link: UnusedInvitation | None = None
    has_joined: bool = False
    has_page: bool = False
    caseload: int = 0
    groups: Sequence[str] = ()


def person_button(person: Person, verb: str, label: str, value: str = NOTHING) -> Button:
    """Return a button that does something with somebody."""
    return Button(label, pack(PersonTap(person.id, verb, value)))


def listing(
    language: str, *, on_page: Sequence[Person], size: int, counts: dict[str, int], tap: PeopleTap
) -> Screen:
    """Return one page of the list: a button for each person, pages and filters below.

    Args:
        language: Two letters.
        on_page: The people on this page.
        size: The number of people on all pages.
        counts: The number of people in each state.
        tap: The filter and page that is shown.
    """
    lines = [say(language, "people.head", count=size, what=_filter_text(language, tap))]
    lines += [] if on_page else [say(language, "people.nobody")]
    buttons = [
        person_button(
            person,
            "card",
            f"{code_of(person, language)} · {say(language, f'state.{person.state}')}",
        )
        for person in on_page
    ]
    return Screen(
        "\n".join(lines),
        (*in_rows(buttons, 2), *_pages(language, tap, size), *_filters(language, counts, tap)),
    )


def _filter_text(language: str, tap: PeopleTap) -> str:
    if tap.code != NOTHING:
        return f"{tap.code}…"
    if tap.filter == EVERYBODY:
        return say(language, "people.all")
    return say(language, f"state.{tap.filter}" if tap.filter in STATES else f"role.{tap.filter}")


def _pages(language: str, tap: PeopleTap, size: int) -> tuple[tuple[Button, ...], ...]:
    """Return the row that leads to the previous and next page; none if there is only one page."""
    last = max(0, (size - 1) // PAGE_SIZE)
    if not last:
        return ()
    current = int(tap.page)
    row = [Button("‹", pack(tap._replace(page=str(current - 1))))] if current > 0 else []
    middle = say(language, "people.page", page=current + 1, pages=last + 1)
    row.append(Button(middle, pack(tap._replace(page="0"))))
    row += [Button("›", pack(tap._replace(page=str(current + 1))))] if current < last else []
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


def card(reader: Reader, profile: Profile, above: str | None = None) -> Screen:
    """Return a person's card with buttons for what can be done, perhaps with words above it."""
    language, person = reader.language, profile.person
    lines = [
        code_of(person, language),
        f"{say(language, f'role.{person.role}')} · {state_text(language, person)}",
    ]
    if person.role == PersonRole.PATIENT:
        lines += _patient_lines(language, profile)
    elif person.role == PersonRole.THERAPIST:
        lines.append(say(language, "card.caseload", count=profile.caseload))
    if profile.groups:
        lines.append(say(language, "card.groups", codes=", ".join(profile.groups)))
    lines += _link_lines(reader, profile)
    text = "\n".join(lines)
    back = Button(say(language, "people.back"), pack(PeopleTap(EVERYBODY, "0", NOTHING)))
    rows = (*in_rows(_action_buttons(language, profile), 2), (back,))
    return Screen(text if above is None else f"{above}\n\n{text}", rows)


def state_text(language: str, person: Person) -> str:
    """Return a person's state, and how long a pause lasts."""
    if person.state == PersonState.PAUSED and person.paused_until is not None:
        until = person.paused_until.astimezone(zone_named(person.zone)).date()
        return say(language, "card.paused_until", day=long_day(until, language))
    return say(language, f"state.{person.state}")


def _patient_lines(language: str, profile: Profile) -> list[str]:
    codes = ", ".join(care.therapist_code for care in profile.therapists)
    lines = [say(language, "card.carers", codes=codes or say(language, "card.nobody"))]
    if profile.plan is not None:
        lines.append(say(language, "card.plan", plan=profile.plan))
    elif profile.person.state != PersonState.ENDED:
        lines.append(say(language, "card.no_plan"))
    if profile.next_session is not None:
        local = profile.next_session.astimezone(zone_named(profile.person.zone))
        lines.append(say(language, "card.next", at=day_and_time(local, language)))
    if profile.has_page and profile.person.answers_on is not None:
        lines.append(say(language, f"card.answers.{profile.person.answers_on}"))
    return lines


def _link_lines(reader: Reader, profile: Profile) -> list[str]:
    if profile.link is not None:
        return [reader.say("card.link", until=reader.day_and_time(profile.link.expires_at))]
    if profile.person.state == PersonState.INVITED:
        return [reader.say("card.has_come" if profile.has_joined else "card.no_link")]
    return []


def _action_buttons(language: str, profile: Profile) -> list[Button]:
    """Return the buttons for what can be done, the most frequent first."""
    person = profile.person
    verbs = ["renew"] + (["withdraw"] if profile.link is not None else [])
    if person.state == PersonState.ENDED:
        verbs = ["renew"]
    elif person.role != PersonRole.PATIENT:
        verbs.append("end")
    else:
        pausing = {"active": ["pause"], "paused": ["resume", "pause"]}.get(person.state, [])
        caring = ["assign", "co"] + (["less"] if len(profile.therapists) > 1 else [])
        verbs = [*pausing, *(caring if profile.therapists else ["assign"]), *verbs]
        verbs += ["answers"] if profile.has_page else []
        verbs += ["untest" if person.is_test else "test", "end"]
    if person.state == PersonState.UNREACHABLE:
        verbs.insert(0, "reach")
    buttons = [person_button(person, verb, say(language, f"deed.{verb}")) for verb in verbs]
    if person.role == PersonRole.PATIENT and person.state != PersonState.ENDED:
        plan = Button(say(language, "plan.begin"), pack(BeginTap("plan", person.code)))
        buttons.insert(1, plan)
    return buttons


def therapist_choice(
    language: str, person: Person, verb: str, choice: Sequence[tuple[str, str]]
) -> Screen:
    """Return the choice of a therapist, given as codes and marks; ``verb`` is what it is for."""
    buttons = [person_button(person, verb, f"{mark}{code}", code) for code, mark in choice]
    text = say(
        language, f"whom.{verb}" if choice else "whom.nobody", code=code_of(person, language)
    )
    return Screen(text, (*in_rows(buttons, 3), (back_button(language, person),)))


def pause_end_choice(language: str, person: Person, days: Sequence[date]) -> Screen:
    """Return the choice of how long a pause lasts."""
    buttons = [
        person_button(person, "pause", long_day(day, language), day.isoformat()) for day in days
    ]
    open_ended = person_button(person, "pause", say(language, "pause.open"), "open")
    text = say(language, "pause.until", code=code_of(person, language), raw=person.code)
    return Screen(text, (*in_rows(buttons, 2), (open_ended,), (back_button(language, person),)))


def confirmation(language: str, person: Person, verb: str) -> Screen:
    """Return the question that confirms an unusual action."""
    text = say(language, f"sure.{verb}.{person.role}", code=code_of(person, language))
    yes = person_button(person, verb, say(language, f"sure.{verb}"), "yes")
    return Screen(text, ((yes,), (back_button(language, person),)))


def back_button(language: str, person: Person) -> Button:
    """Return the button that returns to the card."""
    return person_button(person, "card", say(language, "card.back"))


def invitation(reader: Reader, invited: InvitedPerson, link: str) -> Screen:
    """Return a new one-time link, with buttons for its QR code and for a patient's plan."""
    language, person = reader.language, invited.person
    until = reader.day_and_time(invited.invitation.expires_at)
    text = say(language, "invite.link", code=code_of(person, language), link=link, until=until)
    qr_code = Button(say(language, "invite.picture"), pack(LinkQrTap(invited.invitation.token)))
    if person.role != PersonRole.PATIENT:
        return Screen(text, ((qr_code,),), protected=True)
    plan = Button(say(language, "plan.begin"), pack(BeginTap("plan", person.code)))
    return Screen(text, ((plan,), (qr_code, back_button(language, person))))
