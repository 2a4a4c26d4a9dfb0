"""Data rights: the export, and erasure by the patient or by a coordinator."""

from tests.handlers.clinic import HandlerClinic

ERASE = "Yes, erase everything"


async def test_the_export_is_one_file(clinic: HandlerClinic) -> None:
    """It names nobody in its file name."""
    await clinic.write(clinic.patient, "/mydata")

    [(name, content)] = clinic.patient.files
    assert name == "record-2026-03-03.html"
    assert b"P-1" in content


async def test_a_coordinator_erases_a_patient(clinic: HandlerClinic) -> None:
    """The open question leaves the patient's chat, and the patient is notified."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)
    question = clinic.patient.screen
    await clinic.write(clinic.coordinator, "/erase P-1")

    await clinic.tap(clinic.coordinator, ERASE)

    assert question not in clinic.patient.messages.values()
    assert "erased" in clinic.patient.screen.text
    assert "erased" in clinic.coordinator.screen.text
    assert "P-1" not in await clinic.write(clinic.coordinator, "/people")


async def test_an_erasure_can_be_cancelled(clinic: HandlerClinic) -> None:
    """Nothing happens."""
    await clinic.write(clinic.patient, "/erase")
    await clinic.tap(clinic.patient, clinic.patient.labels[-1])

    assert "P-1" in await clinic.write(clinic.coordinator, "/people P-1")


async def test_erasure_ends_conversations_that_name_the_patient(clinic: HandlerClinic) -> None:
    """A coordinator's unfinished conversation stores codes, encrypted; those go, too."""
    await clinic.write(clinic.coordinator, "/zone P-1")
    await clinic.write(clinic.patient, "/erase")

    await clinic.tap(clinic.patient, clinic.patient.labels[0])

    async with clinic.store.read_transaction() as tx:
        assert await tx.one("SELECT 1 AS yes FROM conversations") is None


async def test_erasure_leaves_other_conversations(clinic: HandlerClinic) -> None:
    """A conversation about somebody else continues."""
    await clinic.write(clinic.coordinator, "/invite patient P-2 T-1")
    await clinic.write(clinic.coordinator, "/zone P-2")
    await clinic.write(clinic.patient, "/erase")

    await clinic.tap(clinic.patient, clinic.patient.labels[0])

    async with clinic.store.read_transaction() as tx:
        assert await tx.one("SELECT 1 AS yes FROM conversations") is not None
