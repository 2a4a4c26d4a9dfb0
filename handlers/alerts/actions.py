"""What a therapist can do with an alert, one act for each button."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from alliance.alerts.repair_cards import card_for
from alliance.alerts.responses import Response, Snooze, snoozed_until
from alliance.errors import Refusal
from alliance.rupture.group import in_group
from handlers.alerts import repair_card as card_screens
from handlers.alerts import screens
from handlers.alerts.request import Beside, Leaving, Scene, course_of, note, opened, showing
from handlers.app.private_view import View
from handlers.app.screen import Screen
from handlers.charts import items_svg
from storage.alerts import alerts, derive_episodes, responses
from storage.calendar import sessions
from storage.caseload import course_history
from storage.checkins import comments
from storage.database.tx import at_text
from storage.messages import outbox

Act = Callable[[Scene], Awaitable[Screen | Leaving | Beside]]


async def show(scene: Scene) -> Screen:
    """Open the alert; it is written down who looked, and it leaves the chat in its time."""
    await showing(scene)
    await note(scene, action="alert.shown")
    return screens.opened(scene.reader, await opened(scene))


async def items(scene: Scene) -> Screen:
    """Show the course question by question."""
    await showing(scene)
    await note(scene, action="alert.shown")
    reader, course = scene.reader, await course_of(scene)
    picture = items_svg(course, language=reader.language, zone=reader.zone)
    return screens.by_items(reader, await opened(scene), picture)


async def card(scene: Scene) -> Screen:
    """Show what may help, below the picture; it tells which answer fell."""
    await note(scene, action="alert.shown")
    verdicts = await course_history.verdicts_of_session(
        scene.tx,
        checkin_id=scene.alert.checkin_id,
        detector=scene.desk.detector(scene.asked),
    )
    chosen = card_for(scene.alert.evidence, scene.asked, group=in_group(verdicts).extent)
    language = scene.therapist.language
    said = card_screens.words(language, scene.desk.site.cards, chosen)
    return screens.card(language, scene.alert.id, said)


async def words(scene: Scene) -> Beside:
    """Show the patient's own words, in a message that leaves the chat in its time."""
    comment = await comments.of_checkin(scene.tx, scene.alert.checkin_id)
    await note(scene, action="alert.words_shown")
    neutral = screens.put_away(scene.therapist.language, scene.alert.id)
    screen = screens.words_of(scene.reader, scene.alert, comment)
    return Beside(View(scene.therapist, "words", scene.alert.id, screen, neutral))


async def hide(scene: Scene) -> Leaving:
    """Put the alert away; it stays as open as it was."""
    return Leaving(screens.hidden(scene.reader, scene.alert))


async def respond(response: Response, scene: Scene) -> Screen:
    """Keep what the therapist says. The same again changes nothing, another word corrects it."""
    now, tx, alert = scene.desk.now(), scene.tx, scene.alert
    before = await responses.present(tx, alert.id)
    if before is None or before.response is not response:
        await responses.add(
            tx, alert_id=alert.id, therapist_id=scene.therapist.id, response=response, at=now
        )
        await derive_episodes.heard(tx, alert_id=alert.id)
        await note(scene, action="alert.answered", response=response)
        await outbox.cancel_kind(tx, subject_id=alert.id, kind="snooze", reason="answered")
        await _acknowledge(scene)
    else:
        await note(scene, action="alert.shown")
    await showing(scene)
    return screens.opened(scene.reader, await opened(scene))


async def _acknowledge(scene: Scene) -> None:
    """Note that it was seen, once, and let the patient know, without a sound.

    Who never answered has no check-in that was seen.
    """
    now, tx, alert = scene.desk.now(), scene.tx, scene.alert
    first = await alerts.acknowledge(tx, alert_id=alert.id, therapist_id=scene.therapist.id, at=now)
    if first and alert.kind != "silence":
        await outbox.post(
            tx,
            key=f"seen:{alert.id}",
            kind="seen",
            person_id=alert.patient_id,
            subject_id=alert.id,
            at=now,
        )


async def snooze(scene: Scene) -> Screen:
    """Ask until when; only what can be kept is offered."""
    choices = [choice for choice in Snooze if await _until(scene, choice) is not None]
    return screens.snoozing(scene.therapist.language, scene.alert.id, tuple(choices))


async def snooze_until(choice: Snooze, scene: Scene) -> Leaving:
    """Put the alert off: it leaves the chat, and its notice comes again, once."""
    now, tx, alert = scene.desk.now(), scene.tx, scene.alert
    until = await _until(scene, choice)
    if until is None or alert.seen_at is not None:
        raise Refusal("stale_button")
    if scene.page.fresh:
        await outbox.cancel_kind(
            tx,
            subject_id=alert.id,
            kind="snooze",
            reason="put off anew",
            person_id=scene.therapist.id,
        )
        number = await responses.snooze(
            tx, alert_id=alert.id, therapist_id=scene.therapist.id, until=until, at=now
        )
        await note(scene, action="alert.snoozed", until=at_text(until))
        await outbox.post(
            tx,
            key=f"snooze:{alert.id}:{number}",
            kind="snooze",
            person_id=scene.therapist.id,
            subject_id=alert.id,
            at=now,
            not_before=until,
        )
    return Leaving(screens.hidden(scene.reader, alert, until))


async def _until(scene: Scene, choice: Snooze) -> datetime | None:
    now = scene.desk.now()
    return snoozed_until(
        choice,
        now=now,
        zone=scene.reader.zone,
        quiet=scene.desk.site.quiet,
        next_session_at=await sessions.next_around(
            scene.tx, checkin_id=scene.alert.checkin_id, after=now
        ),
    )


ACTS: dict[str, Act] = {
    "show": show,
    "items": items,
    "card": card,
    "words": words,
    "hide": hide,
    "snooze": snooze,
    **{response.value: partial(respond, response) for response in Response},
    **{f"snooze-{choice}": partial(snooze_until, choice) for choice in Snooze},
}
"""What a button's verb does; any other verb is a stale or made-up button."""
