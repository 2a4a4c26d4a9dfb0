"""/preview: what will be sent to whom in the coming week, and what not and why."""

from datetime import timedelta

from alliance.calendar.ask_or_not import WhyNot
from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.calendar import preview_screens as screens
from handlers.calendar.owner import PlanOwner, owner_by_code
from handlers.calendar.preview_screens import MAX_LINES, PreviewWeek
from handlers.calendar.week_chart import week_svg
from storage.calendar import preview
from storage.groups import groups

A_WEEK = timedelta(days=7)


async def on_preview(request: Request) -> None:
    """/preview, /preview P-017 or /preview G-1: read only, computed as the scheduler does it."""
    async with request.reading() as tx:
        await access.require_role(request)
        if len(request.args) > 1:
            raise Refusal("preview.how")
        code = request.args[0] if request.args else None
        owner = None if code is None else await owner_by_code(tx, code, request.language)
        week = await _week(request, owner)

    if owner is not None and len(week.coming) <= MAX_LINES:
        await request.reply.send(_week_screen(week, owner))
    elif not week.coming:
        await request.reply.send(Screen(week.say("preview.nobody")))
    elif len(week.coming) <= MAX_LINES:
        text, picture = screens.summary(week), week_svg(week)
        await request.reply.send(Screen(text, silent=True, picture=picture))
    else:
        content = screens.as_csv(week).encode("utf-8-sig")
        caption = screens.summary(week)
        await request.reply.send_file("week.csv", content, caption=caption, is_silent=True)


async def listing(request: Request, code: str) -> Screen:
    """Return the coming week of one patient or group in words."""
    owner = await owner_by_code(request.tx, code, request.language)
    return _week_screen(await _week(request, owner), owner)


def _week_screen(week: PreviewWeek, owner: PlanOwner) -> Screen:
    return screens.details(week, owner.label, owner.code, group=owner.is_group)


async def _week(request: Request, owner: PlanOwner | None) -> PreviewWeek:
    now = request.now
    coming = await preview.preview(
        request.tx,
        now=now,
        until=now + A_WEEK,
        defaults=request.services.site.defaults,
        patient_id=None if owner is None else owner.patient_id,
        group_id=None if owner is None else owner.group_id,
    )
    # Leave out the former sessions of plans that have been changed or ended.
    coming = [one for one in coming if one.due_at is not None or one.why_not != WhyNot.ENDED]
    codes = {group.id: group.code for group in await groups.all_current(request.tx)}
    own_zone = request.person.zone
    zone = own_zone if owner is None else owner.zone or own_zone
    return PreviewWeek(coming, codes, zone, request.language)
