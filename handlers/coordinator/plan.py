"""A patient's weekly plan: two taps and a time; everything else has a default to be changed."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from telegram import Update

from alliance.cadence import zone_named
from alliance.errors import BadPlan, Refusal
from alliance.sessions import WEEKDAYS, Rule
from alliance.timetable import Timetable
from handlers import guard, replies
from handlers.coordinator import talk
from handlers.coordinator.people import patient_named
from handlers.desk import Context, Page, Site
from handlers.screens import Button, Screen, in_rows
from handlers.taps import WizardTap, pack
from handlers.texts import say
from storage import plan_edits, wizards
from storage.people import Person
from storage.plans import Plan
from storage.tx import Tx
from storage.wizards import Wizard

FIELDS = ("day", "time", "zone", "duration", "delay")
HOURS = range(8, 20)
DURATIONS = (30, 45, 50, 60, 90, 120)
DELAYS = (0, 10, 20, 30, 60, 120)
USUAL_DURATION = 50
USUAL_DELAY = 20
_TIME = re.compile(r"^([01]?\d|2[0-3])[:.h]?([0-5]\d)?$")


@dataclass(frozen=True, slots=True)
class Weekly:
    """A weekly plan as a coordinator gives it; lengths in minutes."""

    day: int
    wall_time: time
    zone: str
    duration: int
    delay: int


def read_field(field: str, value: str) -> str:
    """Return a field's value in the form that is kept.

    Raises:
        Refusal: The value cannot be one; its key says what to send instead.
    """
    value = value.strip()
    try:
        if field == "day":
            return str(WEEKDAYS.index(value[:2].upper()))
        if field == "time":
            return _time(value)
        if field == "zone":
            return zone_named(value).key
        if field in ("duration", "delay"):
            return str(_minutes(value, least=5 if field == "duration" else 0))
    except (ValueError, BadPlan):
        raise Refusal(f"plan.bad_{field}") from None
    raise Refusal("stale_button")


def _time(value: str) -> str:
    found = _TIME.match(value)
    if found is None:
        raise ValueError(value)
    return f"{int(found.group(1)):02d}:{found.group(2) or '00'}"


def _minutes(value: str, *, least: int) -> int:
    if not value.isdecimal() or not least <= int(value) <= 24 * 60:
        raise ValueError(value)
    return int(value)


def weekly(filled: dict[str, str]) -> Weekly:
    """Return the plan once every field is filled."""
    return Weekly(
        int(filled["day"]),
        time.fromisoformat(filled["time"]),
        filled["zone"],
        int(filled["duration"]),
        int(filled["delay"]),
    )


def in_words(plan: Weekly, language: str) -> str:
    """Return a plan in plain words."""
    begin = datetime.combine(datetime(2024, 1, 1), plan.wall_time)  # noqa: DTZ001 - a wall time
    end = begin + timedelta(minutes=plan.duration)
    return say(
        language,
        "plan.words",
        day=get_day_names("wide", locale=language)[plan.day],
        begin=f"{begin:%H:%M}",
        end=f"{end:%H:%M}",
        zone=plan.zone,
        delay=plan.delay,
    )


async def on_plan(update: Update, context: Context) -> None:
    """/plan P-017, or in one line: /plan P-017 tue 14:00 50 20 Europe/Berlin."""
    message, desk = guard.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        if not args:
            raise Refusal("plan.how")
        patient = await patient_named(page.tx, args[0])
        wizard = begun(patient, desk.site)
        for field, value in zip(
            ("day", "time", "duration", "delay", "zone"), args[1:], strict=False
        ):
            wizard.filled[field] = read_field(field, value)
        await wizards.keep(page.tx, person_id=coordinator.id, wizard=wizard, at=desk.now())
        screen = ask(coordinator, wizard)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


def begun(patient: Person, site: Site) -> Wizard:
    """Return the conversation at its beginning, with the defaults filled in."""
    zone = patient.zone or site.zone.key
    filled = {
        "patient": patient.code,
        "zone": zone,
        "duration": str(USUAL_DURATION),
        "delay": str(USUAL_DELAY),
    }
    return Wizard("plan", "", filled)


def next_step(filled: dict[str, str]) -> str:
    """Return the first field without a value, or ``confirm``."""
    return next((field for field in FIELDS if field not in filled), "confirm")


def ask(coordinator: Person, wizard: Wizard) -> Screen:
    """Return the question of the step that a plan has come to."""
    language = coordinator.language
    step = wizard.step or next_step(wizard.filled)
    patient = wizard.filled["patient"]
    if step == "confirm":
        return _confirm(language, wizard.filled)
    buttons = [
        Button(label, pack(WizardTap(step, value)))
        for value, label in _choices(step, language, wizard.filled)
    ]
    width = {"day": 4, "time": 4, "zone": 1}.get(step, 3)
    text = say(language, f"plan.ask_{step}", patient=patient)
    return Screen(text, (*in_rows(buttons, width), talk.cancel(language)))


def _choices(step: str, language: str, filled: dict[str, str]) -> list[tuple[str, str]]:
    """Return value and label of a step's buttons; what is not among them can be typed."""
    if step == "day":
        names = get_day_names("abbreviated", locale=language)
        return [(code, names[place]) for place, code in enumerate(WEEKDAYS)]
    if step == "time":
        return [(f"{hour:02d}:00", f"{hour:02d}:00") for hour in HOURS]
    if step == "zone":
        return [(filled["zone"], filled["zone"])]
    amounts = DURATIONS if step == "duration" else DELAYS
    return [(str(amount), f"{amount} min") for amount in amounts]


def _confirm(language: str, filled: dict[str, str]) -> Screen:
    words = in_words(weekly(filled), language)
    save = (Button(say(language, "plan.save"), pack(WizardTap("do", "save"))),)
    changes = [
        Button(say(language, f"plan.change_{field}"), pack(WizardTap("edit", field)))
        for field in FIELDS
    ]
    text = say(language, "plan.confirm", patient=filled["patient"], plan=words)
    return Screen(text, (save, *in_rows(changes, 3), talk.cancel(language)))


async def fill(
    context: Context, page: Page, coordinator: Person, wizard: Wizard, step: str, value: str
) -> Screen:
    """Take one choice and return what comes next."""
    if step == "do" and value == "save":
        return await _save(context, page.tx, coordinator, wizard)
    if step == "edit" and value in FIELDS:
        wizard = Wizard("plan", value, wizard.filled)
    else:
        filled = {**wizard.filled, step: read_field(step, value)}
        wizard = Wizard("plan", "", filled)
    await wizards.keep(page.tx, person_id=coordinator.id, wizard=wizard, at=context.desk.now())
    return ask(coordinator, wizard)


async def _save(context: Context, tx: Tx, coordinator: Person, wizard: Wizard) -> Screen:
    desk = context.desk
    if next_step(wizard.filled) != "confirm":
        raise Refusal("stale_button")
    plan, now = weekly(wizard.filled), desk.now()
    patient = await patient_named(tx, wizard.filled["patient"])
    timetable = Timetable(
        rule=Rule("week", 1, (plan.day,)),
        first_day=now.astimezone(ZoneInfo(plan.zone)).date(),
        wall_time=plan.wall_time,
        zone=plan.zone,
        duration=timedelta(minutes=plan.duration),
        delay=timedelta(minutes=plan.delay),
    )
    await plan_edits.set_plan(tx, patient_id=patient.id, timetable=timetable, at=now)
    await wizards.end(tx, coordinator.id)
    desk.knock()
    words = in_words(plan, coordinator.language)
    return Screen(say(coordinator.language, "plan.saved", patient=patient.code, plan=words))


def words_of(plan: Plan, language: str) -> str:
    """Return a plan that is kept in plain words."""
    told = plan.timetable
    length = (told.duration or timedelta()) // timedelta(minutes=1)
    delay = (told.delay or timedelta()) // timedelta(minutes=1)
    day = told.rule.weekdays[0]
    return in_words(Weekly(day, told.wall_time, told.zone, length, delay), language)
