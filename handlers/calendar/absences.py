"""Who is away when: entered in one line or by buttons, listed, and withdrawn."""

from collections.abc import Iterable
from datetime import date

from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen, code_of, in_rows
from handlers.calendar import absences_screens as screens
from handlers.conversations import parse_input
from handlers.conversations.flow import (
    DONE,
    MOST_CHOICES,
    NOBODY,
    Choice,
    Flow,
    Question,
    Step,
    begin,
    new_conversation,
)
from handlers.taps import AbsenceTap, unpack
from storage.calendar import absences, change_absences
from storage.calendar.absences import Absence
from storage.database.tx import Tx
from storage.people import people
from storage.people.lookup import patient_or_therapist_by_code

COVER = "cover"
MAX_DAYS_BACK = 60
"""An absence that is entered late may have begun so many days ago."""


async def on_absence(request: Request) -> None:
    """/absence, /absence T-02, or in one line: /absence T-02 2026-12-20 2027-01-06 cover T-03."""
    args = request.args

    async with request.transaction():
        await access.require_role(request)
        if len(args) > 1 and request.is_new:
            new_conversation(request, "absence")
            screen = await begin(FLOW, request, " ".join(args))
        else:
            screen = await listing(request, args[0] if args else screens.EVERYBODY)

    request.services.wake_scheduler()
    await request.reply.send(screen)


async def on_absence_tap(request: Request) -> None:
    """Show or withdraw one absence."""
    tap = unpack(AbsenceTap, request.data)

    async with request.transaction() as tx:
        await access.require_role(request)
        absence = await absences.by_id(tx, tap.absence_id)
        if absence is None:
            raise Refusal("absence.gone")
        codes = await _codes(tx, (absence,), request.language)
        screen = screens.card(request.language, absence, codes)
        if tap.verb == "withdraw":
            await change_absences.withdraw_absence(request.change(), absence)
            words = screens.span(request.language, absence, codes)
            screen = await listing(request, screens.EVERYBODY)
            screen = Screen(request.say("absence.withdrawn", words=words), screen.rows)

    request.services.wake_scheduler()
    await request.reply.show(screen)


async def listing(request: Request, code: str) -> Screen:
    """Return the current and coming absences of everybody, or of one person."""
    tx, today = request.tx, request.now.astimezone(request.zone).date()
    if code == screens.EVERYBODY:
        coming = await absences.all_from(tx, from_day=today)
    else:
        person = await patient_or_therapist_by_code(tx, code)
        code = person.code
        coming = await absences.of_person(tx, person_id=person.id, from_day=today)
    codes = await _codes(tx, coming, request.language)
    return screens.listing(request.language, coming, codes, code=code)


async def _codes(tx: Tx, some_absences: Iterable[Absence], language: str) -> dict[str, str]:
    """Return the code, as it is shown, of everybody who occurs in absences, by id."""
    ids = {id_ for one in some_absences for id_ in (one.person_id, one.cover_id) if id_}
    return {person_id: code_of(await people.by_id(tx, person_id), language) for person_id in ids}


async def _begin(request: Request, subject: str) -> str:
    """Take what was typed in the same line: code, first and last day, ``cover`` and a code."""
    words = subject.split()
    values = [word for word in words if word.casefold() != COVER]
    cover_at = [place for place, word in enumerate(words) if word.casefold() == COVER]
    if len(values) > 4 or (cover_at and (len(values) != 4 or cover_at[0] != 3)):
        raise Refusal("absence.how")
    step = "who"
    for value in [] if subject == screens.EVERYBODY else values:
        if step == DONE:
            raise Refusal("absence.no_cover", code=value.upper())
        step = await FLOW.steps[step].take(request, value)
    if len(values) == 3:
        return DONE
    return step


async def _ask_who(request: Request) -> Question:
    therapists = await people.of_role(request.tx, PersonRole.THERAPIST)
    choices = [Choice(one.code, one.code) for one in therapists[:MOST_CHOICES]]
    return Question(request.say("absence.ask_who"), in_rows(choices, 3))


async def _take_who(request: Request, value: str) -> str:
    person = await patient_or_therapist_by_code(request.tx, value)
    request.conversation.filled.update(
        code=person.code,
        role=person.role,
        zone=person.zone,
        who=code_of(person, request.language),
    )
    return "first"


def _today(request: Request) -> date:
    zone = zone_named(request.conversation.filled["zone"])
    return request.now.astimezone(zone).date()


async def _ask_first(request: Request) -> Question:
    return Question(request.say("absence.ask_first", who=request.conversation.filled["who"]))


async def _take_first(request: Request, value: str) -> str:
    request.conversation.filled["first"] = parse_input.parse_date(
        value, today=_today(request), max_days_back=MAX_DAYS_BACK
    ).isoformat()
    return "last"


async def _ask_last(request: Request) -> Question:
    filled = request.conversation.filled
    same_day = Choice(filled["first"], request.say("absence.same_day"))
    return Question(request.say("absence.ask_last", who=filled["who"]), ((same_day,),))


async def _take_last(request: Request, value: str) -> str:
    filled = request.conversation.filled
    first = date.fromisoformat(filled["first"])
    last = parse_input.parse_date(value, today=first)
    if last < first:
        raise Refusal("absence.turned_round")
    if last < _today(request):
        raise Refusal("absence.is_over")
    filled["last"] = last.isoformat()
    return "cover" if filled["role"] == "therapist" else DONE


async def _ask_cover(request: Request) -> Question:
    filled = request.conversation.filled
    others = [
        Choice(one.code, one.code)
        for one in await people.of_role(request.tx, PersonRole.THERAPIST)
        if one.code != filled["code"]
    ]
    nobody = (Choice(NOBODY, request.say("absence.nobody_covers")),)
    text = request.say("absence.ask_cover", who=filled["who"])
    return Question(text, (*in_rows(others[:MOST_CHOICES], 3), nobody))


async def _take_cover(request: Request, value: str) -> str:
    if value != NOBODY:
        cover = await patient_or_therapist_by_code(request.tx, value)
        request.conversation.filled["cover"] = cover.code
    return DONE


async def _finish(request: Request) -> Screen:
    tx, filled = request.tx, request.conversation.filled
    person = await patient_or_therapist_by_code(tx, filled["code"])
    cover = None
    if "cover" in filled:
        cover = await patient_or_therapist_by_code(tx, filled["cover"])
    absence = await change_absences.add_absence(
        request.change(),
        person,
        first_day=date.fromisoformat(filled["first"]),
        last_day=date.fromisoformat(filled["last"]),
        cover=cover,
    )
    codes = await _codes(tx, (absence,), request.language)
    above = request.say("absence.kept")
    return screens.card(request.language, absence, codes, above=above)


FLOW = Flow(
    steps={
        "who": Step(_ask_who, _take_who),
        "first": Step(_ask_first, _take_first),
        "last": Step(_ask_last, _take_last),
        "cover": Step(_ask_cover, _take_cover),
    },
    begin=_begin,
    finish=_finish,
    title=lambda request: request.say("absence.title"),
)
