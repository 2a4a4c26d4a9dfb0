"""What a therapist sees of a change in their caseload: nothing at first, then whose."""

from zoneinfo import ZoneInfo

from handlers.app.screen import Button, Screen, code_of
from handlers.taps import CareTap, pack
from handlers.texts import day_and_time, say
from storage.people.care import Care
from storage.people.people import Person


def notice(language: str, care_id: str) -> Screen:
    """Return the notification: no name and no code; it does not wake anybody."""
    show = Button(say(language, "handover.show"), pack(CareTap(care_id)))
    return Screen(say(language, "handover.notice"), ((show,),), protected=True, silent=True)


def change(language: str, zone: str, care: Care, patient: Person) -> Screen:
    """Return what has become of one patient's care, as it is now."""
    code = code_of(patient, language)
    if care.to_at is None:
        since = day_and_time(care.from_at.astimezone(ZoneInfo(zone)), language)
        return Screen(say(language, "handover.begun", code=code, since=since))
    if care.to_at == care.from_at:
        return Screen(say(language, "handover.taken_back", code=code))
    until = day_and_time(care.to_at.astimezone(ZoneInfo(zone)), language)
    return Screen(say(language, "handover.ended", code=code, until=until))
