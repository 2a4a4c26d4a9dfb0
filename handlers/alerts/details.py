"""What an opened alert shows."""

from alliance.alerts.evidence import AlertKind
from alliance.alerts.responses import site_right_share
from alliance.caseload.course import CourseView
from alliance.checkins.instruments import instrument
from alliance.rupture.chances import right_share
from handlers.alerts.screens import AlertDetails
from handlers.app.request import Request
from handlers.charts import course_svg
from storage.alerts import episodes, responses
from storage.alerts.alerts import Alert
from storage.caseload import course_history, courses
from storage.checkins import comments


async def alert_details(request: Request, alert: Alert) -> AlertDetails:
    """Return everything that an opened alert shows, as of now."""
    tx, site = request.tx, request.services.site
    snoozed_until = await responses.snoozed_until(
        tx, alert_id=alert.id, therapist_id=request.person.id
    )
    right = own = None
    if alert.kind is AlertKind.SCORES:
        asked = instrument(alert.instrument)
        right = right_share(site.detector, asked, budget=site.false_alarm_budget)
        tally = await responses.tally(tx)
        own = site_right_share(right=tally.right, wrong=tally.wrong)
    course = await course_of(request, alert)
    return AlertDetails(
        alert=alert,
        current_response=await responses.latest(tx, alert.id),
        snoozed_until=snoozed_until if snoozed_until and snoozed_until > request.now else None,
        false_alarm_share=None if right is None else 1 - right,
        own_false_alarm_share=None if own is None else 1 - own,
        picture=course_svg(course, language=request.language, zone=request.zone),
        episode=await episodes.of_alert(tx, alert.id),
        has_comment=await comments.has_one(tx, alert.checkin_id),
    )


async def course_of(request: Request, alert: Alert) -> CourseView:
    """Return the course that an alert is about, up to now."""
    return await course_history.course_of_patient(
        request.tx,
        await courses.course_of_checkin(request.tx, alert.checkin_id),
        request.services.detector(instrument(alert.instrument)),
    )
