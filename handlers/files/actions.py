"""The buttons under a file: apply it, turn its pages, say whose its events are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from alliance.errors import AttuneError, Refusal
from alliance.files.changes import count_by_effect
from alliance.files.match_owners import NOT_OURS, fitting_roles
from alliance.files.parsed_calendar import CalendarEvent
from alliance.files.tables.csv_export import csv_file
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.files import screens
from handlers.files.apply import apply, pending_invitees
from handlers.files.screens import FINGERPRINT_DIGITS
from handlers.files.view import FileView
from handlers.taps import FileTap, unpack
from storage.files import imports
from storage.messages import coordinator_notices
from storage.people import relationships
from storage.people.invite import InvitedPerson, SiteLocale, renew_all

LINKS_FILENAME = "links.csv"
LINKS_VERB = "links"


@dataclass(frozen=True, slots=True)
class FileReply:
    """What a tap shows: a screen, and new links to send as a file."""

    screen: Screen
    links: tuple[InvitedPerson, ...] = ()


async def on_file_tap(request: Request) -> None:
    """A tap under a file; once it was applied or discarded, every button says so."""
    tap, services = unpack(FileTap, request.data), request.services
    if tap.verb not in (*ACTIONS, LINKS_VERB):
        raise Refusal("stale_button")

    try:
        result = await _handle_tap(request, tap)
    except AttuneError:
        raise  # a refusal, or a database that is waited for
    except Exception:
        await _notify_failure(request)
        raise

    services.wake_sender()
    services.wake_scheduler()
    await request.reply.show(result.screen)
    if result.links:
        rows = [
            (invited.person.code, services.invitation_link(invited.invitation.token))
            for invited in result.links
        ]
        content = csv_file([("code", "link"), *rows])
        await request.reply.send_file(LINKS_FILENAME, content, is_protected=True)


async def _handle_tap(request: Request, tap: FileTap) -> FileReply:
    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        file = await imports.by_id(tx, tap.import_id)
        if file is None:
            raise Refusal("file.gone")
        relations = relationships.to_belonging(coordinator, file.person_id)
        access.require_relation(request, relations, refusal_key="file.gone")
        view = await FileView.load(
            tx,
            file,
            language=coordinator.language,
            defaults=request.services.site.defaults,
            now=request.now,
        )
        return await _run_action(request, view, tap)


async def _notify_failure(request: Request) -> None:
    """Send a message that nothing was changed: a note that disappears is easily missed."""
    async with request.services.store.transaction() as tx:
        coordinator = await access.person_of(tx, request.sender)
        if coordinator is None or not access.role_has(request.action, coordinator):
            return
        await coordinator_notices.notify_import_failed(
            tx, coordinator_id=coordinator.id, at=request.now
        )
    request.services.wake_sender()


async def _run_action(request: Request, view: FileView, tap: FileTap) -> FileReply:
    state = view.file.state
    if state == "applied" and tap.verb == LINKS_VERB:
        return await _renew_links(request, view)
    if state == "applied":
        return await _applied_reply(request, view)
    if state != "open" or tap.verb == LINKS_VERB:
        return FileReply(screens.discarded_notice(request.language))
    return await ACTIONS[tap.verb](request, view, tap.value)


async def _apply(request: Request, view: FileView, value: str) -> FileReply:
    """Make all of its changes or none, and only those that the coordinator has seen."""
    run = view.compute_dry_run()
    if run.fingerprint[:FINGERPRINT_DIGITS] != value or run.errors:
        head = request.say("file.changed_meanwhile")
        return FileReply(view.dry_run_screen(run, head=head))
    site = request.services.site
    locale = SiteLocale(site.language, site.zone.key)
    links = await apply(request.change(), view, run, locale=locale)
    counts = count_by_effect(run.changes)
    return FileReply(screens.applied_notice(view.file_context, counts, len(links)), tuple(links))


async def _applied_reply(request: Request, view: FileView) -> FileReply:
    result = view.file.back
    waiting = await pending_invitees(request.tx, result)
    return FileReply(screens.applied_notice(view.file_context, result["counts"], len(waiting)))


async def _renew_links(request: Request, view: FileView) -> FileReply:
    """Make new links for those who have not joined yet."""
    waiting = await pending_invitees(request.tx, view.file.back)
    links = await renew_all(request.change(), waiting)
    counts = view.file.back["counts"]
    return FileReply(screens.applied_notice(view.file_context, counts, len(links)), tuple(links))


async def _discard(request: Request, view: FileView, _value: str) -> FileReply:
    await imports.discard(request.tx, view.file)
    return FileReply(screens.discarded_notice(request.language))


async def _show_page(_request: Request, view: FileView, value: str) -> FileReply:
    run = view.compute_dry_run()
    return FileReply(view.dry_run_screen(run, page=_parse_natural(value)))


async def _set_ends_missing(request: Request, view: FileView, value: str) -> FileReply:
    """Choose whether what is missing from the calendar ends."""
    ends = value == "1"
    await imports.set_ends_missing(request.tx, view.file, ends=ends)
    return FileReply(view.dry_run_screen(view.compute_dry_run(ends_missing=ends)))


async def _ask_owner(_request: Request, view: FileView, value: str) -> FileReply:
    """Ask whose the first open event is; ``value`` is the page of the codes."""
    run = view.compute_dry_run()
    if not run.open_events:
        return FileReply(view.dry_run_screen(run))
    return FileReply(view.owner_question(run, 0 if value == "-" else _parse_natural(value)))


async def _set_owner(request: Request, view: FileView, value: str) -> FileReply:
    """Assign an event to a patient, a therapist or a group."""
    line, _, code = value.partition(":")
    event = _event_at(view, _parse_natural(line))
    if view.current_state.roles().get(code) not in fitting_roles(event):
        raise Refusal("stale_button")
    return await _save_choice(request, view, {event.key: code})


async def _mark_foreign(request: Request, view: FileView, value: str) -> FileReply:
    """Mark one event, or all open ones, as not ours."""
    if value == "all":
        events = view.compute_dry_run().open_events
    else:
        events = (_event_at(view, _parse_natural(value)),)
    return await _save_choice(request, view, {event.key: NOT_OURS for event in events})


async def _save_choice(request: Request, view: FileView, owners: dict[str, str]) -> FileReply:
    """Save whose events are; go on to the next open event, or back to the dry run."""
    chosen = {**view.file.chosen, **owners}
    await imports.set_chosen(request.tx, view.file, chosen)
    run = view.compute_dry_run(chosen=chosen)
    if run.open_events:
        return FileReply(view.owner_question(run))
    return FileReply(view.dry_run_screen(run, chosen=chosen))


def _event_at(view: FileView, line: int) -> CalendarEvent:
    calendar = view.calendar
    events = () if calendar is None else calendar.events
    event = next((event for event in events if event.line == line), None)
    if event is None or not event.key:
        raise Refusal("stale_button")
    return event


def _parse_natural(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 7):
        raise Refusal("stale_button")
    return int(text)


FileAction = Callable[[Request, FileView, str], Awaitable[FileReply]]

ACTIONS: dict[str, FileAction] = {
    "apply": _apply,
    "drop": _discard,
    "page": _show_page,
    "missing": _set_ends_missing,
    "whose": _ask_owner,
    "is": _set_owner,
    "foreign": _mark_foreign,
}
"""What each button under an open file does."""
