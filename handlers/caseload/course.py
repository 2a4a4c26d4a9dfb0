"""/patient: one patient's course, as a picture and in words, and the same by question."""

from telegram import Update

from alliance.calendar.timing import zone_named
from alliance.checkins.instruments import instrument
from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import View
from handlers.app.services import Context, Desk
from handlers.calendar.session_report import patient_of
from handlers.caseload import course_screens as screens
from handlers.caseload.caseload_screens import Reader
from handlers.charts import course_svg, items_svg
from handlers.taps import CourseTap, unpack
from storage.audit import audit_log
from storage.caseload import course_history, patient_overview
from storage.caseload.courses import Course
from storage.caseload.patient_overview import Portrait
from storage.checkins import comments
from storage.database.tx import Tx
from storage.people import relationships
from storage.people.people import Person

VERBS = ("open", "show", "items", "hide", "words")
BESIDE = ("open", "words")
"""What is shown in a message of its own."""

LATEST = 5
"""So many comments at most are shown at once."""


async def on_patient(update: Update, context: Context) -> None:
    """/patient CODE: how the course stands, and what followed each alert."""
    message, desk = access.written(update), context.desk
    args = context.args or []

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, access.writer(message))
        if len(args) != 1:
            raise Refusal("course.how")
        patient = await patient_of(context, page.tx, therapist, args[0])
        view = await _view(desk, page.tx, therapist, patient.id, "show")
        await _record(desk, page.tx, therapist, patient.id)

    await private_view.unfold(context, message.chat_id, view)


async def on_course_tap(update: Update, context: Context) -> None:
    """A tap on a patient's code, or below a course."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(CourseTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        if tap.verb not in VERBS:
            raise Refusal("stale_button")
        theirs = await relationships.to_patient(page.tx, therapist, tap.patient_id, at=desk.now())
        access.allow(context, therapist, theirs)
        view = await _view(desk, page.tx, therapist, tap.patient_id, tap.verb)
        if tap.verb != "hide":
            await _record(desk, page.tx, therapist, tap.patient_id)

    if tap.verb in BESIDE and query.message is not None:
        await private_view.beside(context, query, view)
    else:
        act = private_view.fold if tap.verb == "hide" else private_view.turn
        await act(context, query, view)


async def _view(desk: Desk, tx: Tx, therapist: Person, patient_id: str, verb: str) -> View:
    portrait = await patient_overview.of_patient(tx, patient_id, at=desk.now())
    if verb == "words":
        return await _words(tx, therapist, portrait)
    picture = await _picture(desk, tx, therapist, portrait, by_items=verb == "items")
    reader = Reader(therapist.language, therapist.zone)
    draw = screens.items if verb == "items" else screens.course
    return View(
        therapist,
        "course",
        patient_id,
        draw(reader, portrait, picture),
        screens.put_away(therapist.language, patient_id),
    )


async def _words(tx: Tx, therapist: Person, portrait: Portrait) -> View:
    patient_id = portrait.line.patient_id
    found = await comments.of_patient(tx, patient_id, limit=LATEST)
    return View(
        therapist,
        "words",
        patient_id,
        screens.words(Reader(therapist.language, therapist.zone), portrait, found),
        screens.put_away(therapist.language, patient_id),
    )


async def _picture(
    desk: Desk, tx: Tx, therapist: Person, portrait: Portrait, *, by_items: bool
) -> str | None:
    """Return the picture of the patient's own sessions; None before the first."""
    if portrait.instrument is None:
        return None
    course = await course_history.course_of_patient(
        tx,
        Course(portrait.line.patient_id, portrait.instrument, None),
        desk.detector(instrument(portrait.instrument)),
    )
    if not course.points:
        return None
    draw = items_svg if by_items else course_svg
    return draw(course, language=therapist.language, zone=zone_named(therapist.zone))


async def _record(desk: Desk, tx: Tx, therapist: Person, patient_id: str) -> None:
    await audit_log.record(
        tx,
        actor_id=therapist.id,
        action="patient.viewed",
        subject_id=patient_id,
        at=desk.now(),
    )
