"""/answers: a patient chooses where to answer, here in the chat or on the site's answer page."""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.people import answer_channel_screens as screens
from handlers.taps import AnswerChannelTap, unpack
from storage.checkins import answer_channel


async def on_answers(request: Request) -> None:
    """/answers of a patient: show the choice. A site without a page has no such command."""
    site = request.services.site
    async with request.transaction():
        patient = await access.require_role(request)
        if site.page_url is None:
            raise Refusal("unknown_command")

    is_on_page = site.answers_on_page(patient.answers_on)
    await request.reply.send(screens.patient_choice(patient, is_on_page=is_on_page))


async def on_channel_tap(request: Request) -> None:
    """Set where a patient answers; an open check-in moves there at once."""
    tap = unpack(AnswerChannelTap, request.data)
    if tap.channel not in screens.CHANNELS or request.services.site.page_url is None:
        raise Refusal("stale_button")

    async with request.transaction():
        patient = await access.require_role(request)
        await answer_channel.set_answer_channel(request.change(), patient, tap.channel)

    request.services.wake_sender()
    await request.reply.show(Screen(request.say(f"answers.kept.{tap.channel}")))
