"""Files that are none of ours, too large, packed, broken, or somebody else's to send."""

import gzip
import io
import zipfile

import pytest

from alliance.files.decoding import MOST_BYTES
from bot.simulator import FaultKind
from tests.alliance.files.files import calendar_text
from tests.stories.clinic import Story, said, seen
from tests.stories.files import CLINIC, TRIAL, everything, sends, sends_calendar, tuesdays


def workbook() -> bytes:
    """Return what Excel saves by itself: a zip, and here a bomb."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("clinic.csv", b" \n", "This file is empty."),
        ("clinic.xlsx", workbook(), "This file is packed, or a workbook."),
        ("week.ics.gz", gzip.compress(calendar_text().encode(), mtime=0), "This file is packed"),
        ("week.ics", gzip.compress(b"BEGIN:VCALENDAR" * 9_000_000, mtime=0), "This file is packed"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x01", "This file is no text that I can read."),
        ("clinic.csv", CLINIC.encode("utf-16-le"), "This file is no text that I can read."),
        ("letter.txt", b"Dear Mrs Smith, the code is wrong", "I read calendars (.ics) and tables"),
        ("week.ics", b"BEGIN:VCARD\nEND:VCARD\n", "There is no calendar in this file."),
        ("week.ics", calendar_text().encode(), "There are no events in this calendar."),
        ("week.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "✗ Line 2 · The file breaks off here."),
        ("clinic.csv", b"code;weekday\n", "Did you mean days?"),
        ("clinic.csv", b"x" * (MOST_BYTES + 1), "I read files of up to 2 MB."),
    ],
)
async def test_one_sentence_for_each(
    clinic: Story, name: str, content: bytes, sentence: str
) -> None:
    """What it is, and what to do; nothing is changed, and nothing is kept of it."""
    before = everything(clinic)

    told = await sends(clinic.coordinator, name, content, sentence)

    assert len(told) < 300
    assert everything(clinic) == before
    assert clinic.rows("SELECT id FROM imports") == []


async def test_a_file_of_which_nobody_tells_the_size(clinic: Story) -> None:
    """Telegram need not say how large a file is; reading stops where the limit is."""
    clinic.coordinator.send_document("week.ics", b"x" * 5_000_000, tells_size=False)
    await seen(clinic.coordinator, "I read files of up to 2 MB.")


async def test_a_file_that_is_larger_than_was_told(clinic: Story) -> None:
    """A size is only what somebody says: it is counted once more while the file comes in."""
    clinic.coordinator.send_document("week.ics", b"x" * 5_000_000, tells_size=10)
    await seen(clinic.coordinator, "I read files of up to 2 MB.")


async def test_a_file_too_large_is_not_even_asked_for(clinic: Story) -> None:
    """Where the size is told before, nothing of the file is fetched."""
    clinic.coordinator.send_document("week.ics", b"x", tells_size=50_000_000)
    await seen(clinic.coordinator, "I read files of up to 2 MB.")
    assert clinic.telegram.calls_of("getFile") == []


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "cp1252"])
async def test_other_charsets(clinic: Story, charset: str) -> None:
    """What is no Unicode is read all the same, and said so."""
    text = calendar_text(*tuesdays(summary="P-1 Müller"))
    told = await sends(clinic.coordinator, "week.ics", text.encode(charset), TRIAL)
    assert "· Line 5 · P-1: new: every Tuesday" in told
    assert ("read as Western European" in told) is (charset == "cp1252")


async def test_a_file_is_a_coordinators(clinic: Story) -> None:
    """For patients and therapists it is a command that does not exist."""
    for phone in (clinic.patient, clinic.therapist):
        await sends(phone, "clinic.csv", CLINIC.encode(), "I do not know that")
    stranger = clinic.telegram.phone(name="A stranger")
    stranger.start()
    await seen(stranger, "I do not know you yet")
    await sends(stranger, "clinic.csv", CLINIC.encode(), "I do not know you yet")
    assert clinic.rows("SELECT id FROM imports") == []


async def test_another_coordinators_file_is_not_theirs(clinic: Story) -> None:
    """Its buttons do nothing in another chat."""
    other = await clinic.enrol("coordinator", "C-2")
    await sends_calendar(clinic.coordinator, tuesdays())
    _, button = clinic.coordinator.find("Apply")
    told = await other.tap_data(button.data or "").answered()
    assert told.text == "This file is no longer here. Please send it again."
    assert everything(clinic)["plans"] == []


async def test_a_file_that_cannot_be_had(clinic: Story) -> None:
    """Telegram does not give it out: one sentence, and the next try works."""
    clinic.telegram.faults.add(FaultKind.REFUSE, method="getFile", times=1)
    await sends(clinic.coordinator, "clinic.csv", CLINIC.encode(), "I could not get this file")
    await sends(clinic.coordinator, "clinic.csv", CLINIC.encode(), TRIAL)


async def test_old_files_are_forgotten(clinic: Story) -> None:
    """A week later a dry run is gone; what was applied stays."""
    await sends_calendar(clinic.coordinator, tuesdays())
    trial = clinic.coordinator.screen
    await clinic.pass_time(days=8)
    assert clinic.rows("SELECT id FROM imports") == []
    told = await clinic.coordinator.tap("Apply", message=trial).answered()
    assert told.text == "This file is no longer here. Please send it again."


async def test_no_content_stays_once_it_is_decided(clinic: Story) -> None:
    """Private events were in it: applied or thrown away, the draft is emptied."""
    for label in ("Apply", "Throw away"):
        await sends_calendar(clinic.coordinator, tuesdays(), tuesdays(uid="two", summary="x"))
        if label == "Throw away":
            await seen(clinic.coordinator, "Everything in it is so already")
        clinic.coordinator.tap(label)
        await clinic.coordinator.until(lambda p: TRIAL not in said(p))
    kept = [content for (content,) in clinic.rows("SELECT content FROM imports")]
    assert [("FREQ" in content) for content in kept] == [False, False]
