"""What the buttons under a file do: apply it, turn its pages, say whose its events are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Update, User

from alliance.errors import AttuneError, Refusal
from alliance.files.changes import counted
from alliance.files.match_owners import NOT_OURS, fitting_roles
from alliance.files.parsed_calendar import Event
from alliance.files.tables.csv_export import table
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.files import screens
from handlers.files.apply import apply, invited_of, new_links
from handlers.files.screens import SHORT
from handlers.files.view import FileView
from handlers.people.changes import Act
from handlers.people.invite import Invited, SitePlace, link, place_of
from handlers.taps import FileTap, unpack
from storage.files import imports
from storage.messages import coordinator_notices
from storage.people import relationships
from storage.people.people import Person

LINKS = "links.csv"
LINKS_VERB = "links"


@dataclass(frozen=True, slots=True)
class Turn:
    """One tap: who, on which file, and what the deed may do."""

    act: Act
    coordinator: Person
    place: SitePlace
    view: FileView


@dataclass(frozen=True, slots=True)
class Answer:
    """What follows: what the message says now, and fresh links to be sent as a file."""

    screen: Screen
    links: tuple[Invited, ...] = ()


async def on_file_tap(update: Update, context: Context) -> None:
    """A tap under a file; once it was applied or dropped, every button says so."""
    query, desk = access.tapped(update), context.desk
    tap = unpack(FileTap, query.data)
    if tap.verb not in (*DEEDS, LINKS_VERB):
        raise Refusal("stale_button")

    try:
        answer = await _kept(update, context, query.from_user, tap)
    except AttuneError:
        raise  # a sentence of its own, or a disk that is waited for
    except Exception:
        await _tell_failed(context, query.from_user)
        raise

    desk.ring()
    desk.knock()
    await replies.show(query, answer.screen)
    if answer.links:
        rows = [(one.person.code, link(context.bot.username, one.invitation.token))
                for one in answer.links]  # fmt: skip
        content = table([("code", "link"), *rows])
        await replies.persistently(
            lambda: replies.send_file(
                context.bot, query.from_user.id, LINKS, content, protected=True
            )
        )


async def _kept(update: Update, context: Context, user: User, tap: FileTap) -> Answer:
    desk = context.desk
    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, user)
        found = await imports.by_id(page.tx, tap.import_id)
        if found is None:
            raise Refusal("file.gone")
        theirs = relationships.to_belonging(coordinator, found.person_id)
        access.allow(context, coordinator, theirs, otherwise="file.gone")
        view = await FileView.open(page.tx, desk, coordinator, found)
        turn = Turn(Act(page.tx, coordinator.id, desk.now()), coordinator, place_of(desk), view)
        return await _answered(turn, tap)


async def _tell_failed(context: Context, user: User) -> None:
    """Leave word in the chat that nothing was changed: a passing toast is easily missed."""
    desk = context.desk
    async with desk.store.transaction() as tx:
        coordinator = await access.admitted(context, tx, user)
        await coordinator_notices.import_failed(tx, coordinator_id=coordinator.id, at=desk.now())
    desk.ring()


async def _answered(turn: Turn, tap: FileTap) -> Answer:
    state = turn.view.file.state
    if state == "applied" and tap.verb == LINKS_VERB:
        return await _links(turn)
    if state == "applied":
        return await _done(turn)
    if state != "open" or tap.verb == LINKS_VERB:
        return Answer(screens.dropped(turn.coordinator.language))
    return await DEEDS[tap.verb](turn, tap.value)


async def _apply(turn: Turn, value: str) -> Answer:
    """Do all of it or nothing, and only what the coordinator has seen."""
    run = turn.view.run()
    if run.fingerprint[:SHORT] != value or run.errors:
        head = turn.view.shelf.say("file.changed_meanwhile")
        return Answer(turn.view.dry_run(run, head=head))
    links = await apply(turn.act, turn.view, run, place=turn.place)
    return Answer(screens.done(turn.view.shelf, counted(run.changes), len(links)), tuple(links))


async def _done(turn: Turn) -> Answer:
    back = turn.view.file.back
    waiting = await invited_of(turn.act.tx, back)
    return Answer(screens.done(turn.view.shelf, back["counts"], len(waiting)))


async def _links(turn: Turn) -> Answer:
    """Send new links for those who have not come yet."""
    links = await new_links(turn.act, turn.view.file.back)
    counts = turn.view.file.back["counts"]
    return Answer(screens.done(turn.view.shelf, counts, len(links)), tuple(links))


async def _drop(turn: Turn, _value: str) -> Answer:
    await imports.drop(turn.act.tx, turn.view.file)
    return Answer(screens.dropped(turn.coordinator.language))


async def _page(turn: Turn, value: str) -> Answer:
    return Answer(turn.view.dry_run(turn.view.run(), page=_natural(value)))


async def _missing(turn: Turn, value: str) -> Answer:
    """Let what is no longer in the calendar end, or stay."""
    ends = value == "1"
    await imports.end_missing(turn.act.tx, turn.view.file, ends=ends)
    return Answer(turn.view.dry_run(turn.view.run(ends_missing=ends)))


async def _whose(turn: Turn, value: str) -> Answer:
    """Ask whose the first open event is; its codes in pages."""
    run = turn.view.run()
    if not run.open_events:
        return Answer(turn.view.dry_run(run))
    return Answer(turn.view.whose(run, 0 if value == "-" else _natural(value)))


async def _is(turn: Turn, value: str) -> Answer:
    """Give an event to a patient, a therapist or a group."""
    line, _, code = value.partition(":")
    event = _event(turn, _natural(line))
    if turn.view.present.roles().get(code) not in fitting_roles(event):
        raise Refusal("stale_button")
    return await _chosen(turn, {event.key: code})


async def _foreign(turn: Turn, value: str) -> Answer:
    """Note that one event, or all that are open, are not ours."""
    everything = value == "all"
    events = turn.view.run().open_events if everything else (_event(turn, _natural(value)),)
    return await _chosen(turn, {event.key: NOT_OURS for event in events})


async def _chosen(turn: Turn, more: dict[str, str]) -> Answer:
    """Keep a choice with the file, and go on to the next event or back to the dry run."""
    chosen = {**turn.view.file.chosen, **more}
    await imports.choose(turn.act.tx, turn.view.file, chosen)
    run = turn.view.run(chosen=chosen)
    if run.open_events:
        return Answer(turn.view.whose(run))
    return Answer(turn.view.dry_run(run, chosen=chosen))


def _event(turn: Turn, line: int) -> Event:
    calendar = turn.view.file.draft.calendar
    events = () if calendar is None else calendar.events
    found = next((event for event in events if event.line == line), None)
    if found is None or not found.key:
        raise Refusal("stale_button")
    return found


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 7):
        raise Refusal("stale_button")
    return int(text)


DEEDS: dict[str, Callable[[Turn, str], Awaitable[Answer]]] = {
    "apply": _apply,
    "drop": _drop,
    "page": _page,
    "missing": _missing,
    "whose": _whose,
    "is": _is,
    "foreign": _foreign,
}
"""What each button under an open file does."""
