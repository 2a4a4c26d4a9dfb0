"""One-time links from a card: renewed, withdrawn, shown as a picture, for another phone."""

from handlers.people.link_qr import PIXELS
from tests.handlers.qr_reader import read
from tests.stories.clinic import Story, said, seen
from tests.stories.hand import Hand
from tests.stories.test_people import link_in

USED_UP = "This link has been used or is too old."


async def invited(clinic: Story) -> tuple[Hand, str]:
    """Invite a second patient in one line; return the hand and the link."""
    hand = Hand(clinic.coordinator)
    return hand, link_in(await hand.types("/invite patient P-2 T-1", "https://t.me/"))


async def test_the_picture_says_the_link(clinic: Story) -> None:
    """One tap sends a picture, without a sound; what a reader finds in it lets somebody in."""
    hand, link = await invited(clinic)
    loud = len(clinic.coordinator.notifications)
    await hand.tap("As a picture (QR)", "P-2, once, until")
    png = clinic.coordinator.screen.photo
    assert png is not None
    assert read(png, scale=PIXELS, border=4) == link
    assert len(clinic.coordinator.notifications) == loud
    phone = clinic.telegram.phone(name="New")
    phone.open_link(read(png, scale=PIXELS, border=4))
    await seen(phone, "Do you agree?")


async def test_no_picture_of_a_link_that_is_used_up(clinic: Story) -> None:
    """The button of an old message does not bring a dead link back to life."""
    hand, link = await invited(clinic)
    clinic.telegram.phone(name="New").open_link(link)
    await clinic.pass_time(seconds=1)
    assert "works no longer" in await hand.toast("As a picture (QR)")
    assert clinic.coordinator.screen.photo is None


async def test_a_link_is_withdrawn_and_renewed_from_the_card(clinic: Story) -> None:
    """Two taps each; only the newest link lets somebody in."""
    hand, first = await invited(clinic)
    await hand.tap("← Back", "a link is open until")
    await hand.tap("Withdraw link", "The link of P-2 works no longer.")
    assert "Withdraw link" not in hand.labels
    await hand.tap("New link", "https://t.me/")
    second = link_in(said(clinic.coordinator))
    for place, link in enumerate((first, second)):
        phone = clinic.telegram.phone(name=f"Phone {place}")
        phone.open_link(link)
        await seen(phone, USED_UP if link == first else "Do you agree?")


async def test_another_phone(clinic: Story) -> None:
    """Somebody who takes part moves to another phone after a second look; the old one is out."""
    hand = Hand(clinic.coordinator)
    await hand.types("/people P-1", "with T-1")
    await hand.tap("New link", "The one they have now then works no longer".lower()[4:20])
    await hand.tap("New link", "https://t.me/")
    phone = clinic.telegram.phone(name="Another")
    phone.open_link(link_in(said(clinic.coordinator)))
    await seen(phone, "I write after your sessions.")
    clinic.patient.say("/checkin")
    await seen(clinic.patient, "I do not know you yet.")
    clinic.therapist.say("/session P-1")
    await seen(phone, "ready")


async def test_a_code_in_use_is_not_invited_again_by_typing(clinic: Story) -> None:
    """A mistyped code of somebody who takes part does not hand their place to a stranger."""
    hand = Hand(clinic.coordinator)
    await hand.types("/invite patient P-1 T-1", "P-1 has already come in.")
