"""Where a coordinator's tap or typed word goes, by the conversation that is kept for them."""

from telegram import Update

from alliance.errors import Refusal
from handlers import guard, replies
from handlers.coordinator import people, plan
from handlers.desk import Context, Page
from handlers.screens import Screen
from handlers.taps import WizardTap, unpack
from handlers.texts import say
from storage import wizards
from storage.people import Person
from storage.wizards import Wizard


async def on_tap(update: Update, context: Context) -> None:
    """A choice in a conversation; the database knows which, so a restart changes nothing."""
    query, desk = guard.tapped(update), context.desk
    tap = unpack(WizardTap, query.data)

    async with desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, query.from_user, "coordinator")
        screen = await _choose(context, page, coordinator, tap)

    await replies.show(query, screen)


async def _choose(context: Context, page: Page, coordinator: Person, tap: WizardTap) -> Screen:
    if tap.step == "plan":
        patient = await people.patient_named(page.tx, tap.value)
        wizard = plan.begun(patient, context.desk.site)
        now = context.desk.now()
        await wizards.keep(page.tx, person_id=coordinator.id, wizard=wizard, at=now)
        return plan.ask(coordinator, wizard)
    current = await wizards.of(page.tx, coordinator.id)
    if current is None:
        raise Refusal("wizard.over")
    if tap == WizardTap("do", "cancel"):
        await wizards.end(page.tx, coordinator.id)
        return Screen(say(coordinator.language, "wizard.cancelled"))
    if not page.fresh:
        return await _asked(page, coordinator, current)
    if current.kind == "plan":
        return await plan.fill(context, page, coordinator, current, tap.step, tap.value)
    if tap.step != current.step:
        raise Refusal("stale_button")
    return await people.fill(context, page, coordinator, current, tap.value)


async def _asked(page: Page, coordinator: Person, wizard: Wizard) -> Screen:
    if wizard.kind == "plan":
        return plan.ask(coordinator, wizard)
    return await people.ask(page.tx, coordinator, wizard)


async def on_text(update: Update, context: Context) -> None:
    """A typed word: the value of the step that waits, or nothing we understand."""
    message, desk = guard.written(update), context.desk

    async with desk.keeping(update) as page:
        coordinator = await guard.of_role(page.tx, guard.writer(message), "coordinator")
        wizard = await wizards.of(page.tx, coordinator.id)
        if wizard is None:
            raise Refusal("unknown_command")
        text = message.text or ""
        if not page.fresh:
            screen = await _asked(page, coordinator, wizard)
        elif wizard.kind == "plan":
            step = wizard.step or plan.next_step(wizard.filled)
            screen = await plan.fill(context, page, coordinator, wizard, step, text)
        else:
            screen = await people.fill(context, page, coordinator, wizard, text)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))
