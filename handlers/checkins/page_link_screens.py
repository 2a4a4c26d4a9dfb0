"""The chat messages of a patient who answers on the page: only the link to it."""

from datetime import datetime

from alliance.checkins.review import CheckinState
from handlers.app.screen import Button, Screen
from handlers.checkins.screens import cancellation_notice, skipped_notice
from handlers.taps import CheckinTap, pack
from handlers.texts import say
from storage.checkins.checkins import Checkin


def page_link_screen(checkin: Checkin, address: str) -> Screen:
    """Return the question's link; it cannot be forwarded, since whoever has it may answer."""
    language = checkin.language
    rows = (
        (Button(say(language, "nudge.open"), url=address),),
        tuple(
            Button(say(language, f"checkin.{verb}"), pack(CheckinTap(checkin.id, verb)))
            for verb in ("later", "who")
        ),
    )
    return Screen(say(language, "checkin.ready"), rows, protected=True)


def closed_screen(checkin: Checkin, now: datetime) -> Screen:
    """Return what replaces the link once the check-in is closed; it shows no answers."""
    language = checkin.language
    match checkin.state:
        case CheckinState.COMPLETED:
            return Screen(say(language, "thanks"))
        case CheckinState.NO_SESSION | CheckinState.SKIPPED:
            undo = skipped_notice(checkin, now).rows
            return Screen(say(language, "nudge.left_out"), undo)
        case CheckinState.CANCELLED:
            return cancellation_notice(language)
        case _:
            return Screen(say(language, "checkin.closed"))
