"""News of an episode in a therapist's chat, and the answers to its one question."""

from telegram import Update

from alliance.errors import Refusal
from alliance.repair import Stage
from alliance.responses import Response
from handlers import discreet, guard
from handlers.desk import Context, Desk
from handlers.discreet import View
from handlers.screens import coded
from handlers.screens import episode as screens
from handlers.taps import EpisodeTap, unpack
from storage import alerts, audit, episodes, relations, repairs, responses
from storage.alerts import Alert
from storage.episodes import Kept
from storage.people import Person
from storage.tx import Tx

RESPONSES = {"talked": Response.TALKED, "none": Response.NOT_RUPTURE}
VERBS = ("show", "hide", *screens.ANSWERS)


async def on_episode(update: Update, context: Context) -> None:
    """Show the news, put it away, or answer whether the work goes on."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(EpisodeTap, query.data)

    async with desk.keeping(update) as page:
        therapist = await guard.admitted(context, page.tx, query.from_user)
        alert = await alerts.by_id(page.tx, tap.episode_id)
        kept = await episodes.by_id(page.tx, tap.episode_id)
        if alert is None or kept is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        theirs = await relations.to_checkin(page.tx, therapist, alert.checkin_id, at=desk.now())
        guard.allow(context, therapist, theirs)
        if tap.verb in screens.ANSWERS and page.fresh:
            await _answer(desk, page.tx, therapist, kept, tap.verb)
            kept = await episodes.by_id(page.tx, tap.episode_id) or kept
        if tap.verb != "hide":
            await audit.record(
                page.tx,
                actor_id=therapist.id,
                action="episode.shown",
                subject_id=alert.patient_id,
                after={"episode": kept.id},
                at=desk.now(),
            )

    view = _view(therapist, alert, kept)
    act = discreet.fold if tap.verb == "hide" else discreet.turn
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
        await repairs.heard(tx, alert_id=kept.id)
    elif kept.episode.stage is not Stage.UNREPAIRED:
        return
    else:
        await repairs.say_still_working(tx, episode_id=kept.id, therapist_id=therapist.id, at=now)
    await audit.record(
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
