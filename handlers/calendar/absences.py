"""Who is away when: in one line, by buttons, listed, and taken back."""

from collections.abc import Iterable
from datetime import date

from telegram import Update

from alliance.calendar.timing import zone_named
from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Screen, code_of, in_rows
from handlers.app.services import Context
from handlers.calendar import absences_screens as screens
from handlers.calendar import changes
from handlers.conversations import parse_input
from handlers.conversations.flow import (
    DONE,
    MOST_CHOICES,
    Choice,
    Flow,
    Question,
    Step,
    Turn,
    begin,
)
from handlers.taps import AbsenceTap, unpack
from storage.calendar import absences
from storage.calendar.absences import Absence
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person

NOBODY = "-"
COVER = "cover"
BEGUN = 60
"""An absence that is noted late may have begun so many days ago."""


async def on_absence(update: Update, context: Context) -> None:
    """/absence, /absence T-02, or in one line: /absence T-02 2026-12-20 2027-01-06 cover T-03."""
    message, desk = access.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, access.writer(message))
        if len(args) > 1 and page.fresh:
            turn = Turn.new("absence", update, context, page, person)
            screen = await begin(FLOW, turn, " ".join(args))
        else:
            code = args[0] if args else screens.EVERYBODY
            screen = await listing(Caller(page.tx, context, person), code)

    desk.knock()
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_absence_tap(update: Update, context: Context) -> None:
    """Something is done with one absence."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(AbsenceTap, query.data)

    async with desk.keeping(update) as page:
        person = await access.admitted(context, page.tx, query.from_user)
        caller = Caller(page.tx, context, person)
        absence = await absences.by_id(page.tx, tap.absence_id)
        if absence is None:
            raise Refusal("absence.gone")
        codes = await _codes(caller, (absence,))
        screen = screens.one(person.language, absence, codes)
        if tap.verb == "withdraw":
            await changes.withdraw_absence(caller, absence)
            words = screens.span(person.language, absence, codes)
            screen = await listing(caller, screens.EVERYBODY)
            screen = Screen(caller.say("absence.withdrawn", words=words), screen.rows)

    desk.knock()
    await replies.show(query, screen)


async def listing(caller: Caller, code: str) -> Screen:
    """Return the absences to come of everybody, or of one person."""
    today = caller.now.astimezone(caller.zone).date()
    if code == screens.EVERYBODY:
        found = await absences.all_from(caller.tx, from_day=today)
    else:
        person = await who_can_be_away(caller.tx, code)
        code = person.code
        found = await absences.of_person(caller.tx, person_id=person.id, from_day=today)
    return screens.listing(caller.language, found, await _codes(caller, found), code=code)


async def _codes(caller: Caller, found: Iterable[Absence]) -> dict[str, str]:
    """Return the code, as it is shown, of everybody who occurs in absences, by id."""
    ids = {one.person_id for one in found} | {one.cover_id for one in found if one.cover_id}
    return {
        person_id: code_of(await people.by_id(caller.tx, person_id), caller.language)
        for person_id in ids
    }


async def who_can_be_away(tx: Tx, code: str) -> Person:
    """Return the patient or therapist of that code.

    Raises:
        Refusal: There is none.
    """
    person = await people.by_code(tx, code)
    if person is None or person.role not in ("patient", "therapist"):
        raise Refusal("absence.who", code=code.strip().upper())
    return person


async def _begin(turn: Turn, subject: str) -> str:
    """Take what stands in the same line: code, first and last day, ``cover`` and a code."""
    said = subject.casefold().split()
    words = [word for word in subject.split() if word.casefold() != COVER]
    if len(words) > 4 or (COVER in said and (len(words) != 4 or said.index(COVER) != 3)):
        raise Refusal("absence.how")
    step = "who"
    for word in [] if subject == screens.EVERYBODY else words:
        if step == DONE:
            raise Refusal("absence.no_cover", code=word.upper())
        step = await FLOW.steps[step].take(turn, word)
    if len(words) == 3:
        return DONE
    return step


async def _ask_who(turn: Turn) -> Question:
    found = await people.of_role(turn.tx, "therapist")
    therapists = [Choice(one.code, one.code) for one in found[:MOST_CHOICES]]
    return Question(turn.say("absence.ask_who"), in_rows(therapists, 3))


async def _take_who(turn: Turn, value: str) -> str:
    person = await who_can_be_away(turn.tx, value)
    turn.filled.update(code=person.code, role=person.role, zone=person.zone)
    turn.filled["who"] = code_of(person, turn.language)
    return "first"


def _today(turn: Turn) -> date:
    return turn.now.astimezone(zone_named(turn.filled["zone"])).date()


async def _ask_first(turn: Turn) -> Question:
    return Question(turn.say("absence.ask_first", who=turn.filled["who"]))


async def _take_first(turn: Turn, value: str) -> str:
    turn.filled["first"] = parse_input.read_date(value, today=_today(turn), back=BEGUN).isoformat()
    return "last"


async def _ask_last(turn: Turn) -> Question:
    first = date.fromisoformat(turn.filled["first"])
    same = Choice(first.isoformat(), turn.say("absence.same_day"))
    return Question(turn.say("absence.ask_last", who=turn.filled["who"]), ((same,),))


async def _take_last(turn: Turn, value: str) -> str:
    first = date.fromisoformat(turn.filled["first"])
    last = parse_input.read_date(value, today=first)
    if last < first:
        raise Refusal("absence.turned_round")
    if last < _today(turn):
        raise Refusal("absence.is_over")
    turn.filled["last"] = last.isoformat()
    return "cover" if turn.filled["role"] == "therapist" else DONE


async def _ask_cover(turn: Turn) -> Question:
    others = [
        Choice(one.code, one.code)
        for one in await people.of_role(turn.tx, "therapist")
        if one.code != turn.filled["code"]
    ]
    nobody = (Choice(NOBODY, turn.say("absence.nobody_covers")),)
    text = turn.say("absence.ask_cover", who=turn.filled["who"])
    return Question(text, (*in_rows(others[:MOST_CHOICES], 3), nobody))


async def _take_cover(turn: Turn, value: str) -> str:
    if value != NOBODY:
        turn.filled["cover"] = (await who_can_be_away(turn.tx, value)).code
    return DONE


async def _finish(turn: Turn) -> Screen:
    said = turn.filled
    person = await who_can_be_away(turn.tx, said["code"])
    cover = await who_can_be_away(turn.tx, said["cover"]) if "cover" in said else None
    absence = await changes.add_absence(
        turn,
        person,
        first_day=date.fromisoformat(said["first"]),
        last_day=date.fromisoformat(said["last"]),
        cover=cover,
    )
    codes = await _codes(turn, (absence,))
    return screens.one(turn.language, absence, codes, above=turn.say("absence.kept"))


FLOW = Flow(
    steps={
        "who": Step(_ask_who, _take_who),
        "first": Step(_ask_first, _take_first),
        "last": Step(_ask_last, _take_last),
        "cover": Step(_ask_cover, _take_cover),
    },
    begin=_begin,
    finish=_finish,
    title=lambda turn: turn.say("absence.title"),
)
