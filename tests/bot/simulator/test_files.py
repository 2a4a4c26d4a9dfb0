"""Photos and documents are uploaded and downloaded byte for byte."""

import pytest
from telegram import Bot, InputMediaPhoto

from bot.simulator import BotApiRefusal, Phone, SimulatedTelegram
from bot.simulator.schema import Upload
from tests.bot.simulator.pictures import png


async def test_a_photo_can_be_sent_replaced_and_sent_again(bot: Bot, phone: Phone) -> None:
    """By upload, by attachment, and by its id."""
    first, second = png(40, 30), png(50, 30)

    sent = await bot.send_photo(phone.id, first, caption="before")
    assert (sent.photo[-1].width, sent.photo[-1].height) == (40, 30)
    assert phone.screen.photo == first

    await sent.edit_media(InputMediaPhoto(second, caption="after"))
    assert (phone.screen.photo, phone.screen.text) == (second, "after")

    await bot.send_photo(phone.id, sent.photo[-1].file_id)
    assert phone.screen.photo == first
    assert phone.notifications == ["before", "<photo>"]


async def test_a_document_keeps_its_name(bot: Bot, phone: Phone) -> None:
    """The name arrives with the file."""
    sent = await bot.send_document(phone.id, b"a,b\n", filename="figures.csv")

    assert sent.document is not None
    assert sent.document.file_name == "figures.csv"
    assert phone.screen.document == b"a,b\n"


async def test_a_file_from_a_person_can_be_downloaded(bot: Bot, phone: Phone) -> None:
    """GetFile returns the path of the download."""
    phone.send_document("week.ics", b"BEGIN:VCALENDAR", "text/calendar")
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.document is not None

    file = await message.document.get_file()

    assert bytes(await file.download_as_bytearray()) == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        (Upload("a.png", b"", "image/png"), "Bad Request: file must be non-empty"),
        (Upload("a.png", b"GIF89a", "image/png"), "Bad Request: IMAGE_PROCESS_FAILED"),
        (Upload("a.png", png(9_000, 1_001), "image/png"), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (Upload("a.png", png(210, 10), "image/png"), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        ("no-such-id",
         "Bad Request: wrong remote file identifier specified: Wrong string length"),
        ("https://a.example/a.png", "Bad Request: failed to get HTTP URL content"),
    ],
)  # fmt: skip
def test_invalid_photos_are_refused(
    telegram: SimulatedTelegram, phone: Phone, photo: Upload | str, sentence: str
) -> None:
    """Empty, broken, too large, too narrow, unknown, or on another server."""
    with pytest.raises(BotApiRefusal) as caught:
        telegram.call("sendPhoto", {"chat_id": phone.id, "photo": photo})

    assert caught.value.description == sentence


def test_the_size_of_jpegs_is_found(telegram: SimulatedTelegram, phone: Phone) -> None:
    """It is in the frame header, behind other segments."""
    other = b"\xff\xe0\x00\x04ab"
    frame = b"\xff\xc0\x00\x0b\x08" + (30).to_bytes(2, "big") + (40).to_bytes(2, "big") + b"\1" * 6
    photo = Upload("a.jpg", b"\xff\xd8" + other + frame, "image/jpeg")

    sent = telegram.call("sendPhoto", {"chat_id": phone.id, "photo": photo})

    assert (sent["photo"][0]["width"], sent["photo"][0]["height"]) == (40, 30)


def test_files_too_large_for_a_bot(
    telegram: SimulatedTelegram, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may upload larger files than it may download."""
    with pytest.raises(BotApiRefusal, match="invalid file_id"):
        telegram.call("getFile", {"file_id": "x"})
    monkeypatch.setattr("bot.simulator.methods.files.MAX_DOWNLOAD_BYTES", 2)
    monkeypatch.setattr("bot.simulator.methods.files.MAX_UPLOAD_BYTES", 4)
    large, huge = (Upload("a", b"x" * size, "text/plain") for size in (3, 5))

    sent = telegram.call("sendDocument", {"chat_id": phone.id, "document": large})
    with pytest.raises(BotApiRefusal, match="file is too big"):
        telegram.call("getFile", {"file_id": sent["document"]["file_id"]})
    with pytest.raises(BotApiRefusal, match="Request Entity Too Large"):
        telegram.call("sendDocument", {"chat_id": phone.id, "document": huge})


def test_texts_and_captions_have_their_own_edit_methods(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """Each method refuses the other's messages."""
    photo = Upload("a.png", png(), "image/png")
    text = telegram.call("sendMessage", {"chat_id": phone.id, "text": "a"})["message_id"]
    picture = telegram.call("sendPhoto", {"chat_id": phone.id, "photo": photo})["message_id"]

    with pytest.raises(BotApiRefusal, match="there is no caption in the message to edit"):
        telegram.call("editMessageCaption", {"chat_id": phone.id, "message_id": text})
    with pytest.raises(BotApiRefusal, match="there is no text in the message to edit"):
        telegram.call("editMessageText", {"chat_id": phone.id, "message_id": picture, "text": "b"})
