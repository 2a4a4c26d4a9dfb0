"""An opened alert is read in fifteen seconds: at most sixty words, in every language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from alliance.alerts.episodes import Episode, Stage
from alliance.alerts.evidence import Evidence
from alliance.alerts.repair_cards import card_for, shipped
from alliance.alerts.responses import Response, Snooze
from alliance.checkins.instruments import instrument, instrument_ids
from alliance.checkins.review import WISHES
from alliance.rupture import Kind, Verdict
from alliance.rupture.chances import Share
from alliance.rupture.notes import Note, NoteKind
from handlers.alerts import repair_card, screens
from handlers.alerts.screens import Opened, Reader
from handlers.app.screen import Screen
from handlers.taps import MOST_BYTES
from handlers.texts import catalogue, item_name, languages, say
from storage.alerts.alerts import Alert
from storage.alerts.episodes import Kept
from storage.alerts.responses import Given
from storage.caseload.courses import Course

MOST_WORDS = 60
CAPTION = 1024
NOW = datetime(2026, 12, 23, 14, 0, tzinfo=UTC)
ID = "f" * 36
FELL = Verdict(
    Kind.SCORES, 0.5, 0.06, True, True, "overall", 3.5, 5.5, 6.5, 7.9, 9.7, None, 12, 0, 13
)
SAID = replace(FELL, kind=Kind.DIRECT, settled="not_yet")
SILENT = replace(FELL, kind=Kind.SILENCE, raised=False, item=None, mean=None, missed=12)
VERDICTS = {
    "fell": FELL,
    "limit": replace(FELL, drop=0.1, mean=8.5),
    "first": replace(FELL, item=None, drop=None, usual_low=None, usual_high=None),
    "one silent": replace(SILENT, missed=1),
    "silent": SILENT,
    "not sorted": SAID,
    "not sorted, nothing fell": replace(SAID, raised=False),
    "talk": replace(SAID, settled="talk"),
    "talk at the limit": replace(SAID, settled="talk", drop=0.1, mean=8.5),
    "wish": None,
}


def an_alert(evidence: Evidence, *, wish: str | None = None, is_test: bool = False) -> Alert:
    """Return an alert that rests on this."""
    return Alert(
        id=ID,
        checkin_id="k",
        patient_id="p",
        patient_code="P-0123456789",
        is_test=is_test,
        instrument="check_in_4",
        wish=wish,
        kind=evidence.kind,
        evidence=evidence,
        created_at=NOW,
        seen_at=None,
        seen_by=None,
    )


def followed(stage: Stage, sessions: int, back: int = 0) -> Kept:
    """Return an episode that has gone on for so many sessions."""
    episode = Episode(stage, True, 7.0, sessions, back, 1, stage is Stage.UNREPAIRED)
    return Kept(ID, Course("p", "check_in_4", None), episode, (ID,), 6, NOW, NOW, "k")


FOLLOWED = [followed(stage, sessions=12) for stage in Stage] + [followed(Stage.OPEN, 1, back=1)]


def standings() -> Iterator[dict[str, object]]:
    """Yield all that can be known of what was done about an alert."""
    nothing: dict[str, object] = {"present": None, "snoozed_until": None, "wrong": None}
    yield nothing
    for share in (0.05, 0.66, 0.9):
        yield nothing | {"wrong": share}
        yield nothing | {"wrong": share, "own_wrong": 0.5}
    yield nothing | {"snoozed_until": NOW}
    for response in Response:
        said = {"present": Given(ID, "k", "t", "T-0123456789", response, NOW)}
        yield nothing | said
        for kept in FOLLOWED:
            yield nothing | said | {"followed": kept}
    for kept in FOLLOWED:
        yield nothing | {"wrong": 0.66, "own_wrong": 0.5, "followed": kept}


def first_screens(language: str) -> Iterator[Screen]:
    """Yield every first screen that an opened alert can have."""
    reader = Reader(language, ZoneInfo("UTC"))
    notes = [(), *((Note(kind, 12),) for kind in NoteKind)]
    for verdict, note, wish, is_test, standing in product(
        VERDICTS.values(), notes, (None, *WISHES), (False, True), standings()
    ):
        evidence = Evidence(verdict, note)
        if not can_be(evidence, wish, standing):
            continue
        yield screens.opened(
            reader,
            Opened(
                **{
                    "alert": an_alert(evidence, wish=wish, is_test=is_test),
                    "own_wrong": None,
                    "picture": "<svg/>",
                    **standing,
                }  # type: ignore[arg-type]
            ),
        )


def can_be(evidence: Evidence, wish: str | None, standing: dict[str, object]) -> bool:
    """Say whether that goes together: only ratings are doubted, and what fell is not at its top."""
    verdict, kinds = evidence.verdict, {note.kind for note in evidence.notes}
    if verdict is None and wish is None:
        return False
    if evidence.kind != Kind.SCORES and standing["wrong"] is not None:
        return False
    is_silent = verdict is not None and verdict.kind is Kind.SILENCE
    if kinds and is_silent != (NoteKind.SILENCE in kinds):
        return False
    fell = verdict is not None and verdict.raised and (verdict.drop or 0) > 1
    return not (NoteKind.CEILING in kinds and fell)


def words_in(text: str) -> int:
    """Count what a reader reads as words: letters or figures between spaces."""
    return sum(1 for part in text.split() if re.search(r"\w", part))


@pytest.mark.parametrize("language", languages())
def test_at_most_sixty_words(language: str) -> None:
    """Whatever raised it, whatever is known and whatever was said of it."""
    most = max(first_screens(language), key=lambda screen: words_in(screen.text))

    assert words_in(most.text) <= MOST_WORDS, most.text


@pytest.mark.parametrize("language", languages())
def test_the_usual_alert_has_sixty_words_with_its_buttons(language: str) -> None:
    """A fall of the ratings, just raised, nothing else known."""
    seen = Opened(an_alert(Evidence(FELL)), None, None, 0.67, None, "<svg/>")
    screen = screens.opened(Reader(language, ZoneInfo("UTC")), seen)
    labels = " ".join(button.label for row in screen.rows for button in row)

    assert words_in(f"{screen.text} {labels}") <= MOST_WORDS


@pytest.mark.parametrize("language", languages())
def test_it_fits_below_a_picture(language: str) -> None:
    """A caption has at most 1024 letters; and no answer is without its protection."""
    for screen in first_screens(language):
        assert len(screen.text) <= CAPTION
        assert screen.protected
        assert screen.picture


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", instrument_ids())
def test_a_card_fits_below_a_picture(language: str, name: str) -> None:
    """For every item, with what is said about the form."""
    asked = instrument(name)
    straight = (Note(NoteKind.STRAIGHT, 12),)
    for item in asked.items:
        verdict = replace(FELL, item=item.id, sent=20)
        chosen = card_for(Evidence(verdict, straight), asked)
        said = repair_card.words(language, shipped(), chosen)

        assert chosen.form is not None
        assert len(said) <= CAPTION
        assert words_in(said) <= 75


def test_it_says_what_the_ratings_show() -> None:
    """The item, its fall, the patient's own ups and downs, and how often such an alert is wrong."""
    seen = Opened(an_alert(Evidence(FELL), wish="yes"), None, None, 0.67, None, "<svg/>")
    said = screens.words(Reader("en", ZoneInfo("UTC")), seen)

    assert said.splitlines()[0].startswith("P-0123456789 · ")
    for part in ("overall 3.5, usually about 9", "usually 7.9 to 9.7", "5.5 lower", "span 1.8"):
        assert part in said
    assert "about two in three" in said
    assert "please bring it up" in said


def test_a_sites_own_share_stands_beside_the_theoretical_one() -> None:
    """Both, so that they can be told apart."""
    seen = Opened(an_alert(Evidence(FELL)), None, None, 0.67, 0.5, "<svg/>")
    said = screens.words(Reader("en", ZoneInfo("UTC")), seen)

    assert "about two in three turn out to be nothing; here, about half" in said


def test_nothing_is_said_of_how_often_a_patient_is_wrong() -> None:
    """Who says that something is not sorted is not doubted; nor is silence called a finding."""
    reader = Reader("en", ZoneInfo("UTC"))
    for verdict in (SAID, SILENT, None):
        seen = Opened(an_alert(Evidence(verdict), wish="yes"), None, None, None, None, "<svg/>")

        assert "turn out to be nothing" not in screens.words(reader, seen)


def test_a_test_patient_is_marked() -> None:
    """Nobody takes a trial run for a person."""
    seen = Opened(an_alert(Evidence(FELL), is_test=True), None, None, 0.67, None, "<svg/>")

    assert "(test)" in screens.words(Reader("en", ZoneInfo("UTC")), seen).splitlines()[0]


@pytest.mark.parametrize("said", [None, *Response])
def test_what_was_said_is_not_offered_again(said: Response | None) -> None:
    """But every other response is: a slip can be corrected. Put off is only what is open."""
    given = None if said is None else Given(ID, "k", "t", "T-1", said, NOW)
    seen = Opened(an_alert(Evidence(FELL)), given, None, 0.67, None, "<svg/>")
    screen = screens.opened(Reader("en", ZoneInfo("UTC")), seen)
    data = [button.data.rpartition(":")[2] for row in screen.rows for button in row]

    assert [one for one in data if one in set(Response)] == [
        one for one in Response if one is not said
    ]
    assert ("snooze" in data) == (said is None)
    assert {"card", "items", "hide"} <= set(data)


def test_every_button_fits() -> None:
    """64 bytes, also for the longest verb."""
    for screen in (
        screens.snoozing("en", ID, tuple(Snooze)),
        screens.notice("en", ID),
        *first_screens("en"),
    ):
        for row in screen.rows:
            for button in row:
                assert len(button.data.encode()) <= MOST_BYTES


def test_whatever_can_be_said_has_words() -> None:
    """Shares, wishes, responses and choices all have their keys."""
    keys = {
        *(f"share.{share}" for share in Share),
        *(f"alert.wish.{wish}" for wish in WISHES),
        *(f"wish.{wish}" for wish in WISHES),
        *(f"alert.said.{response}" for response in Response),
        *(f"alert.{response}" for response in Response),
        *(f"alert.snooze-{snooze}" for snooze in Snooze),
        *(f"item.{item.id}" for name in instrument_ids() for item in instrument(name).items),
    }

    assert keys <= set(catalogue("en"))


def test_an_item_without_a_word_of_ours_is_named_by_its_wording() -> None:
    """A site's own instrument has items that we do not know."""
    asked = instrument("check_in_4")
    item = asked.items[0].model_copy(update={"id": "hope"})
    own = asked.model_copy(update={"items": (item,)})

    assert item_name("en", own, "hope") == "Today we worked on what matters to me."
    assert item_name("en", asked, "bond") == say("en", "item.bond")
