"""News about an episode, and the answers to its one question."""

from alliance.errors import Refusal
from handlers.alerts import episode_screens as screens
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import display_code
from handlers.taps import EpisodeTap, unpack
from storage.alerts import alerts, episodes
from storage.alerts.alerts import Alert
from storage.alerts.episodes import StoredEpisode
from storage.alerts.respond import EPISODE_ANSWERS, answer_episode
from storage.messages.shown_messages import ShownMessageKind
from storage.people import relationships

VERBS = ("show", "hide", *EPISODE_ANSWERS)


async def on_episode(request: Request) -> None:
    """Show or hide the news, or take the answer to whether the work goes on."""
    tap = unpack(EpisodeTap, request.data)

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        alert = await alerts.by_id(tx, tap.episode_id)
        stored = await episodes.by_id(tx, tap.episode_id)
        if alert is None or stored is None or tap.verb not in VERBS:
            raise Refusal("stale_button")
        relations = await relationships.to_checkin(tx, therapist, alert.checkin_id, at=request.now)
        access.require_relation(request, relations)
        if tap.verb in EPISODE_ANSWERS and request.is_new:
            await answer_episode(request.change(), stored, tap.verb)
            stored = await episodes.by_id(tx, tap.episode_id) or stored
        if tap.verb != "hide":
            await request.record_view("episode.shown", alert.patient_id, episode=stored.id)

    view = _view(Reader.of(therapist), alert, stored)
    await private_view.show_or_hide(request, view, hides=tap.verb == "hide")


def _view(reader: Reader, alert: Alert, stored: StoredEpisode) -> PrivateView:
    code = display_code(alert.patient_code, reader.language, is_test=alert.is_test)
    return PrivateView(
        ShownMessageKind.EPISODE,
        stored.id,
        screens.details(reader, code, stored),
        screens.placeholder(reader.language, stored.id),
    )
