"""What a therapist sees of a change in their caseload: first a neutral notice, then whose."""

from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, code_of
from handlers.taps import HandoverTap, pack
from handlers.texts import say
from storage.people.care import Care
from storage.people.people import Person


def notice(language: str, care_id: str) -> Screen:
    """Return the notification: no name, no code, no sound."""
    show = Button(say(language, "handover.show"), pack(HandoverTap(care_id)))
    return Screen(say(language, "handover.notice"), ((show,),), protected=True, silent=True)


def change(reader: Reader, care: Care, patient: Person) -> Screen:
    """Return the present state of one patient's care."""
    code = code_of(patient, reader.language)
    if care.to_at is None:
        return Screen(
            reader.say("handover.begun", code=code, since=reader.day_and_time(care.from_at))
        )
    if care.to_at == care.from_at:
        return Screen(reader.say("handover.taken_back", code=code))
    return Screen(reader.say("handover.ended", code=code, until=reader.day_and_time(care.to_at)))
