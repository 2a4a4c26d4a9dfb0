"""One-time links from a card: renewed, withdrawn, as a QR code, for another phone."""

from handlers.people.link_qr import PIXELS
from tests.handlers.people.qr_reader import read_qr
from tests.stories.clinic import StoryClinic, last_text, wait_for_text
from tests.stories.people.test_people import link_in
from tests.stories.phone_user import PhoneUser

USED_UP = "This link has been used or has expired."


async def invite_patient(clinic: StoryClinic) -> tuple[PhoneUser, str]:
    """Invite a second patient in one line; return the coordinator and the link."""
    user = PhoneUser(clinic.coordinator)
    return user, link_in(await user.type_text("/invite patient P-2 T-1", "https://t.me/"))


async def test_the_picture_says_the_link(clinic: StoryClinic) -> None:
    """One tap sends a QR code, silently; the link that a reader finds in it works."""
    user, link = await invite_patient(clinic)
    sounds = len(clinic.coordinator.notifications)
    await user.tap("Show as QR code", "P-2, one-time link, valid until")
    png = clinic.coordinator.screen.photo
    assert png is not None
    assert read_qr(png, scale=PIXELS, border=4) == link
    assert len(clinic.coordinator.notifications) == sounds
    phone = clinic.telegram.phone(name="New")
    phone.open_link(link)
    await wait_for_text(phone, "Do you agree?")


async def test_no_picture_of_a_link_that_is_used_up(clinic: StoryClinic) -> None:
    """The button of an old message does not renew a used link."""
    user, link = await invite_patient(clinic)
    clinic.telegram.phone(name="New").open_link(link)
    await clinic.pass_time(seconds=1)
    assert "no longer works" in await user.tap_for_toast("Show as QR code")
    assert clinic.coordinator.screen.photo is None


async def test_a_link_is_withdrawn_and_renewed_from_the_card(clinic: StoryClinic) -> None:
    """Two taps each; only the newest link works."""
    user, first = await invite_patient(clinic)
    await user.tap("← Back", "link valid until")
    await user.tap("Withdraw link", "The link for P-2 no longer works.")
    assert "Withdraw link" not in user.labels
    await user.tap("New link", "https://t.me/")
    second = link_in(last_text(clinic.coordinator))
    for place, link in enumerate((first, second)):
        phone = clinic.telegram.phone(name=f"Phone {place}")
        phone.open_link(link)
        await wait_for_text(phone, USED_UP if link == first else "Do you agree?")


async def test_another_phone(clinic: StoryClinic) -> None:
    """A participant moves to another phone after a confirmation; the old one is a stranger."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/people P-1", "with T-1")
    await user.tap("New link", "A new link moves them to another phone")
    await user.tap("New link", "https://t.me/")
    phone = clinic.telegram.phone(name="Another")
    phone.open_link(link_in(last_text(clinic.coordinator)))
    await wait_for_text(phone, "I message you after your sessions.")
    clinic.patient.say("/checkin")
    await wait_for_text(clinic.patient, "I do not know you yet.")
    clinic.therapist.say("/session P-1")
    await wait_for_text(phone, "ready")


async def test_a_code_in_use_is_not_invited_again_by_typing(clinic: StoryClinic) -> None:
    """A mistyped code of a participant does not give their account to somebody else."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/invite patient P-1 T-1", "P-1 has already joined.")
