"""Typed answers: numbers in every form are taken; what seems meant as one gets the range."""

import pytest

from tests.handlers.clinic import HandlerClinic

HINT = "Please send a number from 0 to 10."


async def open_checkin(clinic: HandlerClinic) -> None:
    """Let a check-in ask its first question."""
    await clinic.write(clinic.therapist, "/session P-1 0")
    await clinic.pass_time(minutes=0)


@pytest.mark.parametrize(
    "text",
    [
        *("5\ufe0f\u20e3", "\U0001f51f", "7/10", "7.", "7!", "\u200e7\u200f", "7\u2069"),
        *("٧", "۷/۱۰", "७", "７", "⑦", "7 / 10", "7\u202f/\u202f10", "7,0", "7.00", " 07 ", "“7”"),
        *("1\ufe0f\u20e30\ufe0f\u20e3", "+7"),
    ],
)
async def test_a_number_in_any_form_answers(clinic: HandlerClinic, text: str) -> None:
    """19: as emoji, as a share of ten, with a full stop, with invisible marks, in any script."""
    await open_checkin(clinic)

    said = await clinic.write(clinic.patient, text)

    assert "2/5" in said
    assert HINT not in said


@pytest.mark.parametrize(
    "text",
    [
        *(
            "11",
            "7.5",
            "٧٫٥",
            "-3",
            "\u22123",
            "seven",
            "Seven!",
            "8 out of 10",
            "eight out of ten",
        ),
        *("7/7", "70/100", "7-8", "7 or 8", "7½", "7?", "10²", "七", "1000", "7%", "about 7"),
    ],
)
async def test_what_is_meant_as_a_number_gets_the_range(clinic: HandlerClinic, text: str) -> None:
    """19: it is none of the answers, so the question comes again, with the range above it."""
    await open_checkin(clinic)

    said = await clinic.write(clinic.patient, text)

    assert said.startswith(HINT)
    assert "1/5" in said


@pytest.mark.parametrize("text", ["I am not sure", "no one asked me", "👍", "Hello?"])
async def test_other_words_bring_the_question_again(clinic: HandlerClinic, text: str) -> None:
    """Nobody is told about numbers who has not tried one."""
    await open_checkin(clinic)

    said = await clinic.write(clinic.patient, text)

    assert "1/5" in said
    assert HINT not in said


async def test_number_words_in_the_patients_language(clinic: HandlerClinic) -> None:
    """German words and English ones."""
    await clinic.write(clinic.patient, "/language")
    await clinic.tap(clinic.patient, "Deutsch")
    await open_checkin(clinic)

    for text in ("sieben", "acht von zehn", "seven"):
        said = await clinic.write(clinic.patient, text)
        assert said.startswith("Bitte senden Sie eine Zahl von 0 bis 10.")
