"""/patient: one patient's course as a picture and in words, overall or item by item."""

from alliance.checkins.instruments import instrument
from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.caseload import course_screens as screens
from handlers.charts import course_svg, items_svg
from handlers.taps import CourseTap, unpack
from storage.caseload import course_history, patient_overview
from storage.caseload.courses import CourseKey
from storage.caseload.patient_overview import PatientOverview
from storage.checkins import comments
from storage.messages.shown_messages import ShownMessageKind
from storage.people import relationships

VERBS = ("open", "show", "items", "hide", "words")
NEW_MESSAGE_VERBS = ("open", "words")
"""What is shown in a new message."""

MAX_COMMENTS = 5
"""How many comments are shown at most."""


async def on_patient(request: Request) -> None:
    """/patient CODE: the course, and what followed each alert."""
    async with request.transaction():
        await access.require_role(request)
        if len(request.args) != 1:
            raise Refusal("course.how")
        patient = await access.require_patient(request, request.args[0])
        view = await _view(request, patient.id, "show")
        await request.record_view("patient.viewed", patient.id)

    await private_view.show_new(request, view)


async def on_course_tap(request: Request) -> None:
    """A tap on a patient's code, or below a course."""
    tap = unpack(CourseTap, request.data)

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        if tap.verb not in VERBS:
            raise Refusal("stale_button")
        relations = await relationships.to_patient(tx, therapist, tap.patient_id, at=request.now)
        access.require_relation(request, relations)
        view = await _view(request, tap.patient_id, tap.verb)
        if tap.verb != "hide":
            await request.record_view("patient.viewed", tap.patient_id)

    if tap.verb in NEW_MESSAGE_VERBS and request.message is not None:
        await private_view.show_new_on_tap(request, view)
    else:
        await private_view.show_or_hide(request, view, hides=tap.verb == "hide")


async def _view(request: Request, patient_id: str, verb: str) -> PrivateView:
    overview = await patient_overview.of_patient(request.tx, patient_id, at=request.now)
    if verb == "words":
        return await _comments_view(request, overview)
    picture = await _picture(request, overview, by_item=verb == "items")
    to_screen = screens.items if verb == "items" else screens.course
    return PrivateView(
        ShownMessageKind.COURSE,
        patient_id,
        to_screen(Reader.of(request.person), overview, picture),
        screens.placeholder(request.language, patient_id),
    )


async def _comments_view(request: Request, overview: PatientOverview) -> PrivateView:
    patient_id = overview.caseload_row.patient_id
    latest = await comments.of_patient(request.tx, patient_id, limit=MAX_COMMENTS)
    return PrivateView(
        ShownMessageKind.WORDS,
        patient_id,
        screens.comments(Reader.of(request.person), overview, latest),
        screens.placeholder(request.language, patient_id),
    )


async def _picture(request: Request, overview: PatientOverview, *, by_item: bool) -> str | None:
    """Return the picture of the patient's individual sessions; None before the first."""
    if overview.instrument is None:
        return None
    course = await course_history.course_of_patient(
        request.tx,
        CourseKey(overview.caseload_row.patient_id, overview.instrument, None),
        request.services.detector(instrument(overview.instrument)),
    )
    if not course.points:
        return None
    draw = items_svg if by_item else course_svg
    return draw(course, language=request.language, zone=request.zone)
