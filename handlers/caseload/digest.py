"""/digest: how a therapist is notified, and the digest itself."""

from dataclasses import replace
from datetime import date, time

from alliance.caseload.digest import DigestMode, DigestSettings
from alliance.errors import Refusal
from handlers.app import access, private_view
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.caseload import digest_screens as screens
from handlers.taps import DigestTap, unpack
from storage.caseload import caseloads, digests
from storage.messages.shown_messages import ShownMessageKind


async def on_digest(request: Request) -> None:
    """/digest: the settings, with a button for each change."""
    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        settings = await digests.settings_of(tx, therapist.id)

    quiet = request.services.site.defaults.quiet
    await request.reply.send(screens.settings(Reader.of(therapist), settings, quiet))


async def on_digest_tap(request: Request) -> None:
    """Change a setting, or show or hide the digest of a day."""
    tap, quiet = unpack(DigestTap, request.data), request.services.site.defaults.quiet
    if tap.field in ("show", "hide"):
        await _open_or_hide(request, tap)
        return

    async with request.transaction() as tx:
        therapist = await access.require_role(request)
        settings = _apply_choice(await digests.settings_of(tx, therapist.id), tap)
        await digests.save(request.change(), person=therapist, settings=settings, quiet=quiet)

    request.services.wake_sender()
    await request.reply.show(screens.settings(Reader.of(therapist), settings, quiet))


def _apply_choice(settings: DigestSettings, tap: DigestTap) -> DigestSettings:
    """Return the settings after one choice.

    Raises:
        Refusal: The button is made up.
    """
    try:
        match tap.field:
            case "mode":
                return replace(settings, mode=DigestMode(tap.value))
            case "weekday" if tap.value in tuple("0123456"):
                return replace(settings, weekday=int(tap.value))
            case "time":
                return replace(settings, wall_time=time.fromisoformat(tap.value))
            case "wait" if tap.value in ("0", "1"):
                return replace(settings, alerts_wait=tap.value == "1")
    except ValueError:
        pass
    raise Refusal("stale_button")


async def _open_or_hide(request: Request, tap: DigestTap) -> None:
    """Show a digest as of now, or hide it."""
    try:
        day = date.fromisoformat(tap.value)
    except ValueError:
        raise Refusal("stale_button") from None

    async with request.transaction():
        await access.require_role(request)
        view = await _view(request, day)
        if tap.field == "show":
            await request.record_view("digest.viewed")

    await private_view.show_or_hide(request, view, hides=tap.field == "hide")


async def _view(request: Request, day: date) -> PrivateView:
    tx, therapist, now = request.tx, request.person, request.now
    settings = await digests.settings_of(tx, therapist.id)
    rows = await caseloads.of_therapist(tx, therapist_id=therapist.id, at=now)
    groups = await caseloads.groups_of(tx, therapist_id=therapist.id, at=now)
    content = screens.DigestContent(
        day,
        await digests.appointments_on_day(tx, person=therapist, day=day, at=now),
        {row.patient_id: row for row in rows},
        {group.id: group for group in groups},
    )
    is_weekly = settings.mode is DigestMode.WEEKLY
    to_screen = screens.week_digest if is_weekly else screens.day_digest
    return PrivateView(
        ShownMessageKind.DIGEST,
        day.isoformat(),
        to_screen(Reader.of(therapist), content),
        screens.placeholder(therapist.language, day),
    )
