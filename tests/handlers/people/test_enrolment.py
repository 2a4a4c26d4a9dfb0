"""How people join, and what becomes of their link."""

from storage.people import people
from tests.handlers.clinic import HandlerClinic


async def state(clinic: HandlerClinic, code: str) -> str:
    """Return somebody's state."""
    async with clinic.store.read_transaction() as tx:
        person = await people.by_code(tx, code)
    assert person is not None
    return person.state


async def test_a_link_works_once(clinic: HandlerClinic) -> None:
    """A second account that opens it is refused."""
    text = await clinic.write(clinic.coordinator, "/invite patient P-2 T-1")
    first = await clinic.join(text)
    second = await clinic.join(text)

    assert first.screen.text.endswith("Do you agree?")
    assert "Do you agree?" not in second.screen.text


async def test_a_patient_who_declines_stays_invited(clinic: HandlerClinic) -> None:
    """Nothing is asked; agreeing later is possible."""
    newcomer = await clinic.join(await clinic.write(clinic.coordinator, "/invite patient P-2"))
    await clinic.tap(newcomer, "No, thank you")
    assert await state(clinic, "P-2") == "invited"

    await clinic.write(newcomer, "/privacy")
    await clinic.tap(newcomer, "I agree")
    assert await state(clinic, "P-2") == "active"


async def test_a_withdrawal_closes_the_open_check_in(clinic: HandlerClinic) -> None:
    """Once the patient agrees again, no question is left over."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    await clinic.write(clinic.patient, "/privacy")
    await clinic.tap(clinic.patient, "I no longer agree")
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT state FROM checkins")

    assert [row["state"] for row in rows] == ["cancelled"]


async def test_the_qr_code_is_a_silent_picture(clinic: HandlerClinic) -> None:
    """The link stays in its message, and the picture comes below."""
    await clinic.write(clinic.coordinator, "/invite patient P-2 T-1")
    caption = await clinic.tap(clinic.coordinator, "Show as QR code")

    assert caption.startswith("P-2")
    assert clinic.coordinator.screen.silent
    assert str(clinic.coordinator.screen.picture).startswith("<svg")


async def test_renewing_withdraws_the_earlier_link(clinic: HandlerClinic) -> None:
    """Undoing the new link lets the earlier one work again."""
    first = await clinic.write(clinic.coordinator, "/invite patient P-2 T-1")
    await clinic.write(clinic.coordinator, "/people P-2")
    clinic.now = clinic.now.replace(minute=1)
    second = await clinic.tap(clinic.coordinator, "New link")
    assert "Do you agree?" not in (await clinic.join(first)).screen.text

    await clinic.write(clinic.coordinator, "/undo")
    await clinic.tap(clinic.coordinator, clinic.coordinator.labels[0])

    assert "Do you agree?" not in (await clinic.join(second)).screen.text
    assert "Do you agree?" in (await clinic.join(first)).screen.text


async def test_somebody_who_blocks_the_bot_is_unreachable(clinic: HandlerClinic) -> None:
    """The coordinator sees them in the list until they unblock it."""
    await clinic.channel.block(clinic.patient)
    assert "P-1" in await clinic.write(clinic.coordinator, "/unreachable")
    spoken = await clinic.tap(clinic.coordinator, "P-1", "I have spoken to them")
    assert "P-1" in spoken

    await clinic.channel.block(clinic.patient, has_blocked=False)

    assert "P-1" not in await clinic.write(clinic.coordinator, "/unreachable")
    assert await state(clinic, "P-1") == "active"
