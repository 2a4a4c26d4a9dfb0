"""One tap of a therapist on an alert: what is at hand, and what every answer to it needs."""

from dataclasses import dataclass

from telegram import MaybeInaccessibleMessage

from alliance.alerts.responses import own_share
from alliance.calendar.timing import zone_named
from alliance.caseload.course import Course
from alliance.checkins.instruments import Instrument, instrument
from alliance.rupture.chances import right_share
from handlers.alerts.screens import Opened, Reader
from handlers.app import photos
from handlers.app.private_view import View
from handlers.app.screen import Screen
from handlers.app.services import Desk, Page
from handlers.charts import course_svg
from storage.alerts import episodes, responses
from storage.alerts.alerts import Alert
from storage.audit import audit_log
from storage.caseload import course_history, courses
from storage.checkins import comments
from storage.database.tx import Tx
from storage.messages import shown_messages
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class Scene:
    """One tap of a therapist on an alert that is theirs to see.

    Attributes:
        message: The message that was tapped.
        alert: As it was before the tap.
    """

    desk: Desk
    page: Page
    message: MaybeInaccessibleMessage
    therapist: Person
    alert: Alert

    @property
    def tx(self) -> Tx:
        """The open transaction."""
        return self.page.tx

    @property
    def asked(self) -> Instrument:
        """What the patient was asked."""
        return instrument(self.alert.instrument)

    @property
    def reader(self) -> Reader:
        """Who reads the answer."""
        return Reader(self.therapist.language, zone_named(self.therapist.zone))


@dataclass(frozen=True, slots=True)
class Leaving:
    """The alert leaves the chat; ``screen`` stays behind."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class Beside:
    """Something is shown in a message of its own; the alert stays as it is."""

    view: View


async def opened(scene: Scene) -> Opened:
    """Return all that the opened alert tells, as it stands now."""
    tx, site, reader = scene.tx, scene.desk.site, scene.reader
    off_until = await responses.snoozed_until(
        tx, alert_id=scene.alert.id, therapist_id=scene.therapist.id
    )
    right = tally = None
    if scene.alert.kind == "scores":
        right = right_share(site.detector, scene.asked, budget=site.budget)
        tally = await responses.tally(tx)
    own = None if tally is None else own_share(right=tally.right, wrong=tally.wrong)
    course = await course_of(scene)
    return Opened(
        alert=scene.alert,
        present=await responses.present(tx, scene.alert.id),
        snoozed_until=off_until if off_until and off_until > scene.desk.now() else None,
        wrong=None if right is None else 1 - right,
        own_wrong=None if own is None else 1 - own,
        picture=course_svg(course, language=reader.language, zone=reader.zone),
        followed=await episodes.of_alert(tx, scene.alert.id),
        has_words=await comments.has_one(tx, scene.alert.checkin_id),
    )


async def course_of(scene: Scene) -> Course:
    """Return the course that the alert is about, up to now."""
    which = await courses.course_around(scene.tx, scene.alert.checkin_id)
    return await course_history.course_of_patient(scene.tx, which, scene.desk.detector(scene.asked))


async def showing(scene: Scene) -> None:
    """Note that this message shows answers from now on, and when it leaves."""
    now = scene.desk.now()
    await shown_messages.begin(
        scene.tx,
        person_id=scene.therapist.id,
        message_id=scene.message.message_id,
        kind="alert",
        subject_id=scene.alert.id,
        sent_at=now - photos.age_of(scene.message, now),
        at=now,
        until=now + scene.desk.site.visible,
    )


async def note(scene: Scene, action: str, **facts: str | None) -> None:
    """Write down who did what with the alert: about the patient, between the two of them."""
    await audit_log.record(
        scene.tx,
        actor_id=scene.therapist.id,
        action=action,
        subject_id=scene.alert.patient_id,
        after={"alert": scene.alert.id, **facts},
        at=scene.desk.now(),
    )
