"""What stands in the chat of somebody who answers on the page: nothing but the way there."""

from datetime import datetime

from alliance.checkins.review import CheckinState
from handlers.app.screen import Button, Screen
from handlers.checkins.screens import left_out, no_longer_needed
from handlers.taps import CheckinTap, pack
from handlers.texts import say
from storage.checkins.checkins import Holder


def nudge(holder: Holder, address: str) -> Screen:
    """Return the nudge with its link; it may not be forwarded, since whoever has it may answer."""
    checkin, language = holder.checkin, holder.language
    rows = (
        (Button(say(language, "nudge.open"), url=address),),
        tuple(
            Button(say(language, f"checkin.{verb}"), pack(CheckinTap(checkin.id, verb)))
            for verb in ("later", "who")
        ),
    )
    return Screen(say(language, "checkin.ready"), rows, protected=True)


def over(holder: Holder, now: datetime) -> Screen:
    """Return what stands there once there is nothing to answer; what was answered is not told."""
    checkin, language = holder.checkin, holder.language
    match checkin.state:
        case CheckinState.COMPLETED:
            return Screen(say(language, "thanks"))
        case CheckinState.NO_SESSION | CheckinState.SKIPPED:
            undo = left_out(checkin, language, now).rows
            return Screen(say(language, "nudge.left_out"), undo)
        case CheckinState.CANCELLED:
            return no_longer_needed(language)
        case _:
            return Screen(say(language, "checkin.closed"))
