"""Data rights: /mydata exports everything about a patient, /erase erases it.

A patient can do both for themselves; a coordinator can erase a patient.
"""

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.checkins import screens as checkin_screens
from handlers.privacy import screens
from handlers.taps import EraseTap, unpack
from storage.checkins import checkins
from storage.people import accounts, lookup, relationships
from storage.people.people import Person
from storage.privacy import data_export, erasure

FILE_NAME = "record-{day}.html"
"""A neutral name, since others may see the list of downloads."""


async def on_mydata(request: Request) -> None:
    """/mydata: everything about the patient, in one file that they may keep and pass on."""
    async with request.transaction() as tx:
        patient = await access.require_role(request)
        if request.is_new:
            await request.record_view("data.taken", patient.id)
        data = await data_export.collect_patient_data(tx, patient)

    name = FILE_NAME.format(day=request.now.date().isoformat())
    await request.reply.send_file(name, screens.own_data(patient.language, data))


async def on_erase_oneself(request: Request) -> None:
    """/erase of a patient: ask for confirmation."""
    async with request.transaction():
        patient = await access.require_role(request)

    await request.reply.send(screens.confirmation(patient.language, patient, by_self=True))


async def on_erase(request: Request) -> None:
    """/erase P-017 of a coordinator: ask for confirmation."""
    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        if len(request.args) != 1:
            raise Refusal("erase.how")
        patient = await lookup.patient_by_code(tx, request.args[0])

    await request.reply.send(screens.confirmation(coordinator.language, patient, by_self=False))


async def on_erase_tap(request: Request) -> None:
    """Erase everything about a patient, or cancel; the patient learns of it, whoever erases."""
    tap = unpack(EraseTap, request.data)
    if tap.verb not in ("yes", "no"):
        raise Refusal("stale_button")

    async with request.transaction() as tx:
        sender = await access.require_role(request)
        patient = await lookup.patient_by_id(tx, tap.person_id)
        access.require_relation(
            request, await relationships.to_patient(tx, sender, patient.id, at=request.now)
        )
        account_id = await accounts.of_person(tx, patient.id)
        open_checkin = await checkins.open_of(tx, patient_id=patient.id, now=request.now)
        by_self = sender.id == patient.id
        if tap.verb == "yes":
            await erasure.erase(request.change(), patient)

    if tap.verb == "no":
        await request.reply.show(screens.cancellation_notice(sender.language))
        return
    request.services.wake_sender()
    question = None if open_checkin is None else open_checkin.message_id
    if account_id is not None and question is not None:
        gone = checkin_screens.cancellation_notice(patient.language)
        await request.reply.discard(question, gone, account_id=account_id)
    if account_id is not None and not by_self:
        await request.reply.send(_notice(request, patient, patient), to=account_id)
    await request.reply.show(_notice(request, patient, sender))
    await request.services.store.purge_deleted()


def _notice(request: Request, patient: Person, reader: Person) -> Screen:
    """Return what the patient or the coordinator reads after an erasure."""
    return screens.erasure_notice(
        reader.language,
        patient,
        for_self=reader.id == patient.id,
        days=request.services.site.backups_kept,
    )
