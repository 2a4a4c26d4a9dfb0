"""News of an episode in a therapist's chat, and the answers to its one question."""

from telegram import Update

from alliance.alerts.episodes import Stage
from alliance.alerts.responses import Response
from alliance.errors import Refusal
from handlers.alerts import episode_screens as screens
from handlers.app import access, private_view
from handlers.app.private_view import View
from handlers.app.screen import coded
from handlers.app.services import Context, Desk
from handlers.taps import EpisodeTap, unpack
from storage.alerts import alerts, derive_episodes, episodes, responses
from storage.alerts.alerts import Alert
from storage.alerts.episodes import Kept
from storage.audit import audit_log
from storage.database.tx import Tx
from storage.people import relationships
from storage.people.people import Person

RESPONSES = {"talked": Response.TALKED, "none": Response.NOT_RUPTURE}
VERBS = ("show", "hide", *screens.ANSWERS)


async def on_episode(update: Update, context: Context) -> None:
    """Show the news, put it away, or answer whether the work goes on."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(EpisodeTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await access.admitted(context, page.tx, query.from_user)
        alert = await alerts.by_id(page.tx, tap.episode_id)
        kept = await episodes.by_id(page.tx, tap.episode_id)
        if alert is None or kept is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        theirs = await relationships.to_checkin(page.tx, therapist, alert.checkin_id, at=desk.now())
        access.allow(context, therapist, theirs)
        if tap.verb in screens.ANSWERS and page.fresh:
            await _answer(desk, page.tx, therapist, kept, tap.verb)
            kept = await episodes.by_id(page.tx, tap.episode_id) or kept
        if tap.verb != "hide":
            await audit_log.record(
                page.tx,
                actor_id=therapist.id,
                action="episode.shown",
                subject_id=alert.patient_id,
                after={"episode": kept.id},
                at=desk.now(),
            )

    view = _view(therapist, alert, kept)
    act = private_view.fold if tap.verb == "hide" else private_view.turn
    await act(context, query, view)


async def _answer(desk: Desk, tx: Tx, therapist: Person, kept: Kept, verb: str) -> None:
    """Keep an answer; the same one again changes nothing."""
    now = desk.now()
    if verb in RESPONSES:
        present = await responses.present(tx, kept.id)
        if present is not None and present.response is RESPONSES[verb]:
            return
        await responses.add(
            tx, alert_id=kept.id, therapist_id=therapist.id, response=RESPONSES[verb], at=now
        )
        await derive_episodes.heard(tx, alert_id=kept.id)
    elif kept.episode.stage is not Stage.UNREPAIRED:
        return
    else:
        await derive_episodes.say_still_working(
            tx, episode_id=kept.id, therapist_id=therapist.id, at=now
        )
    await audit_log.record(
        tx,
        actor_id=therapist.id,
        action="episode.answered",
        subject_id=kept.id,
        after={"answer": verb},
        at=now,
    )


def _view(therapist: Person, alert: Alert, kept: Kept) -> View:
    language = therapist.language
    code = coded(alert.patient_code, language, is_test=alert.is_test)
    return View(
        therapist,
        "episode",
        kept.id,
        screens.told(language, therapist.zone, code, kept),
        screens.put_away(language, kept.id),
    )
