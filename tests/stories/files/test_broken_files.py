"""Files that are of another kind, too large, compressed, broken, or another person's."""

import gzip
import io
import zipfile

import pytest

from alliance.files.decoding import MAX_BYTES
from bot.simulator import FaultKind
from tests.alliance.files.ical.ical_text import calendar_text
from tests.stories.clinic import StoryClinic, last_text, wait_for_text
from tests.stories.files.uploads import (
    CLINIC_TABLE,
    DRY_RUN,
    clinic_rows,
    send_calendar,
    send_file,
    tuesday_series,
)


def workbook() -> bytes:
    """Return a workbook as Excel saves it, a zip file; here a zip bomb."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("clinic.csv", b" \n", "This file is empty."),
        ("clinic.xlsx", workbook(), "This file is compressed, or a workbook."),
        (
            "week.ics.gz",
            gzip.compress(calendar_text().encode(), mtime=0),
            "This file is compressed",
        ),
        (
            "week.ics",
            gzip.compress(b"BEGIN:VCALENDAR" * 9_000_000, mtime=0),
            "This file is compressed",
        ),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x01", "This file is not text that I can read."),
        ("letter.txt", b"Dear Mrs Smith, the code is wrong", "I read calendars (.ics) and tables"),
        ("week.ics", b"BEGIN:VCARD\nEND:VCARD\n", "There is no calendar in this file."),
        ("week.ics", calendar_text().encode(), "There are no events in this calendar."),
        ("week.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "✗ Line 2 · The file breaks off here."),
        ("clinic.csv", b"code;weekday\n", "Did you mean days?"),
        ("clinic.csv", b"x" * (MAX_BYTES + 1), "I read files of up to 2 MB."),
    ],
)
async def test_one_sentence_for_each(
    clinic: StoryClinic, name: str, content: bytes, sentence: str
) -> None:
    """What is wrong and what to do; nothing changes, and nothing of the file is stored."""
    before = clinic_rows(clinic)

    reply = await send_file(clinic.coordinator, name, content, sentence)

    assert len(reply) < 300
    assert clinic_rows(clinic) == before
    assert clinic.rows("SELECT id FROM imports") == []


async def test_a_file_of_which_nobody_tells_the_size(clinic: StoryClinic) -> None:
    """Telegram need not report the size; reading stops at the limit."""
    clinic.coordinator.send_document("week.ics", b"x" * 5_000_000, reported_size=False)
    await wait_for_text(clinic.coordinator, "I read files of up to 2 MB.")


async def test_a_file_that_is_larger_than_was_told(clinic: StoryClinic) -> None:
    """The reported size is not trusted: bytes are counted while the file is read."""
    clinic.coordinator.send_document("week.ics", b"x" * 5_000_000, reported_size=10)
    await wait_for_text(clinic.coordinator, "I read files of up to 2 MB.")


async def test_a_file_too_large_is_not_even_asked_for(clinic: StoryClinic) -> None:
    """A file that is reported as too large is not fetched."""
    clinic.coordinator.send_document("week.ics", b"x", reported_size=50_000_000)
    await wait_for_text(clinic.coordinator, "I read files of up to 2 MB.")
    assert clinic.telegram.calls_of("getFile") == []


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "cp1252"])
async def test_other_charsets(clinic: StoryClinic, charset: str) -> None:
    """Text that is not Unicode is read as Western European, and the answer says so."""
    text = calendar_text(*tuesday_series(summary="P-1 Müller"))
    reply = await send_file(clinic.coordinator, "week.ics", text.encode(charset), DRY_RUN)
    assert "· Line 5 · P-1: new: every Tuesday" in reply
    assert ("read as Western European" in reply) is (charset == "cp1252")


async def test_a_file_is_a_coordinators(clinic: StoryClinic) -> None:
    """For others it is like a command that does not exist."""
    for phone in (clinic.patient, clinic.therapist):
        await send_file(phone, "clinic.csv", CLINIC_TABLE.encode(), "I do not know that")
    stranger = clinic.telegram.phone(name="A stranger")
    stranger.start()
    await wait_for_text(stranger, "I do not know you yet")
    await send_file(stranger, "clinic.csv", CLINIC_TABLE.encode(), "I do not know you yet")
    assert clinic.rows("SELECT id FROM imports") == []


async def test_another_coordinators_file_is_not_theirs(clinic: StoryClinic) -> None:
    """Its buttons do nothing in another chat."""
    other = await clinic.enrol("coordinator", "C-2")
    await send_calendar(clinic.coordinator, tuesday_series())
    _, button = clinic.coordinator.find("Apply")
    toast = await other.tap_data(button.data or "").wait_for_answer()
    assert toast.text == "This file is no longer here. Please send it again."
    assert clinic_rows(clinic)["plans"] == []


async def test_a_file_that_cannot_be_had(clinic: StoryClinic) -> None:
    """If Telegram refuses to deliver a file, one sentence says so, and the next try works."""
    clinic.telegram.faults.add(FaultKind.REFUSE, method="getFile", times=1)
    await send_file(
        clinic.coordinator, "clinic.csv", CLINIC_TABLE.encode(), "I could not get this file"
    )
    await send_file(clinic.coordinator, "clinic.csv", CLINIC_TABLE.encode(), DRY_RUN)


async def test_old_files_are_forgotten(clinic: StoryClinic) -> None:
    """A week later a dry run is gone."""
    await send_calendar(clinic.coordinator, tuesday_series())
    dry_run = clinic.coordinator.screen
    await clinic.pass_time(days=8)
    assert clinic.rows("SELECT id FROM imports") == []
    toast = await clinic.coordinator.tap("Apply", message=dry_run).wait_for_answer()
    assert toast.text == "This file is no longer here. Please send it again."


async def test_no_content_stays_once_it_is_decided(clinic: StoryClinic) -> None:
    """The draft may contain private events: applied or discarded, it is emptied."""
    for label in ("Apply", "Discard"):
        await send_calendar(
            clinic.coordinator, tuesday_series(), tuesday_series(uid="two", summary="x")
        )
        if label == "Discard":
            await wait_for_text(clinic.coordinator, "Everything in it is already in place")
        clinic.coordinator.tap(label)
        await clinic.coordinator.wait_until(lambda p: DRY_RUN not in last_text(p))
    contents = [content for (content,) in clinic.rows("SELECT content FROM imports")]
    assert [("FREQ" in content) for content in contents] == [False, False]
