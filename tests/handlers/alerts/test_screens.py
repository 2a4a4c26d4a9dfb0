"""An opened alert is read in fifteen seconds: at most sixty words, in every language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from alliance.alerts.episodes import Episode, Stage
from alliance.alerts.evidence import AlertKind, Evidence
from alliance.alerts.repair_cards import choose_card, shipped_cards
from alliance.alerts.responses import Response, Snooze
from alliance.checkins.instruments import instrument, instrument_ids
from alliance.checkins.review import WISHES
from alliance.rupture import Verdict, VerdictKind
from alliance.rupture.chances import VerbalShare
from alliance.rupture.notes import Note, NoteKind
from handlers.alerts import repair_card, screens
from handlers.alerts.screens import AlertDetails
from handlers.app.reader import Reader
from handlers.app.screen import Screen
from handlers.taps import MAX_BYTES
from handlers.texts import catalogue, item_name, languages, say
from storage.alerts.alerts import Alert
from storage.alerts.episodes import StoredEpisode
from storage.alerts.responses import GivenResponse
from storage.caseload.courses import CourseKey

MAX_WORDS = 60
MAX_CAPTION = 1024
NOW = datetime(2026, 12, 23, 14, 0, tzinfo=UTC)
ID = "f" * 36
ENGLISH = Reader("en", ZoneInfo("UTC"))
FELL = Verdict(
    VerdictKind.SCORES, 0.5, 0.06, True, True, "overall", 3.5, 5.5, 6.5, 7.9, 9.7, None, 12, 0, 13
)
DIRECT = replace(FELL, kind=VerdictKind.DIRECT, settled="not_yet")
SILENT = replace(FELL, kind=VerdictKind.SILENCE, raised=False, item=None, mean=None, missed=12)
VERDICTS = {
    "fell": FELL,
    "limit": replace(FELL, drop=0.1, mean=8.5),
    "first": replace(FELL, item=None, drop=None, usual_low=None, usual_high=None),
    "one silent": replace(SILENT, missed=1),
    "silent": SILENT,
    "not sorted": DIRECT,
    "not sorted, nothing fell": replace(DIRECT, raised=False),
    "talk": replace(DIRECT, settled="talk"),
    "talk at the limit": replace(DIRECT, settled="talk", drop=0.1, mean=8.5),
    "wish": None,
}


def an_alert(evidence: Evidence, *, wish: str | None = None, is_test: bool = False) -> Alert:
    """Return an alert with this evidence."""
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
    )


def an_episode(stage: Stage, sessions: int, back: int = 0) -> StoredEpisode:
    """Return an episode with that many sessions since its alert."""
    episode = Episode(stage, True, 7.0, sessions, back, 1, stage is Stage.UNREPAIRED)
    return StoredEpisode(ID, CourseKey("p", "check_in_4", None), episode, (ID,), 6, NOW, NOW, "k")


EPISODES = [an_episode(stage, sessions=12) for stage in Stage] + [an_episode(Stage.OPEN, 1, back=1)]


def alert_states() -> Iterator[dict[str, object]]:
    """Yield every combination of response, snooze, false-alarm share and episode."""
    nothing: dict[str, object] = {
        "current_response": None,
        "snoozed_until": None,
        "false_alarm_share": None,
    }
    yield nothing
    for share in (0.05, 0.66, 0.9):
        yield nothing | {"false_alarm_share": share}
        yield nothing | {"false_alarm_share": share, "own_false_alarm_share": 0.5}
    yield nothing | {"snoozed_until": NOW}
    for response in Response:
        given = {"current_response": GivenResponse(ID, "k", "t", "T-0123456789", response, NOW)}
        yield nothing | given
        for episode in EPISODES:
            yield nothing | given | {"episode": episode}
    shares = {"false_alarm_share": 0.66, "own_false_alarm_share": 0.5}
    for episode in EPISODES:
        yield nothing | shares | {"episode": episode}


def first_screens(language: str) -> Iterator[Screen]:
    """Yield every first screen that an opened alert can have."""
    reader = Reader(language, ZoneInfo("UTC"))
    notes = [(), *((Note(kind, 12),) for kind in NoteKind)]
    for verdict, note, wish, is_test, state in product(
        VERDICTS.values(), notes, (None, *WISHES), (False, True), alert_states()
    ):
        evidence = Evidence(verdict, note)
        if not is_possible(evidence, wish, state):
            continue
        yield screens.details(
            reader,
            AlertDetails(
                **{
                    "alert": an_alert(evidence, wish=wish, is_test=is_test),
                    "own_false_alarm_share": None,
                    "picture": "<svg/>",
                    **state,
                }  # type: ignore[arg-type]
            ),
        )


def is_possible(evidence: Evidence, wish: str | None, state: dict[str, object]) -> bool:
    """Say whether this can occur: e.g. only alerts on ratings have a false-alarm share."""
    verdict, kinds = evidence.verdict, {note.kind for note in evidence.notes}
    if verdict is None and wish is None:
        return False
    if evidence.kind is not AlertKind.SCORES and state["false_alarm_share"] is not None:
        return False
    is_silent = verdict is not None and verdict.kind is VerdictKind.SILENCE
    if kinds and is_silent != (NoteKind.SILENCE in kinds):
        return False
    fell = verdict is not None and verdict.raised and (verdict.drop or 0) > 1
    return not (NoteKind.CEILING in kinds and fell)


def words_in(text: str) -> int:
    """Count the words: letters or figures between spaces."""
    return sum(1 for part in text.split() if re.search(r"\w", part))


@pytest.mark.parametrize("language", languages())
def test_at_most_sixty_words(language: str) -> None:
    """Whatever raised the alert, and whatever happened since."""
    longest = max(first_screens(language), key=lambda screen: words_in(screen.text))

    assert words_in(longest.text) <= MAX_WORDS, longest.text


@pytest.mark.parametrize("language", languages())
def test_the_usual_alert_has_sixty_words_with_its_buttons(language: str) -> None:
    """The ratings fell, the alert is new, and nothing else is known."""
    alert_details = AlertDetails(an_alert(Evidence(FELL)), None, None, 0.67, None, "<svg/>")
    screen = screens.details(Reader(language, ZoneInfo("UTC")), alert_details)
    labels = " ".join(button.label for row in screen.rows for button in row)

    assert words_in(f"{screen.text} {labels}") <= MAX_WORDS


@pytest.mark.parametrize("language", languages())
def test_it_fits_below_a_picture(language: str) -> None:
    """A caption has at most 1024 characters; and a message with answers is always protected."""
    for screen in first_screens(language):
        assert len(screen.text) <= MAX_CAPTION
        assert screen.protected
        assert screen.picture


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", instrument_ids())
def test_a_card_fits_below_a_picture(language: str, name: str) -> None:
    """For every item, with the part about the pattern of answers."""
    asked = instrument(name)
    straight = (Note(NoteKind.STRAIGHT, 12),)
    for item in asked.items:
        verdict = replace(FELL, item=item.id, sent=20)
        choice = choose_card(Evidence(verdict, straight), asked)
        card_text = repair_card.repair_card_text(language, shipped_cards(), choice)

        assert choice.form is not None
        assert len(card_text) <= MAX_CAPTION
        assert words_in(card_text) <= 75


def test_it_says_what_the_ratings_show() -> None:
    """The item, its fall, the patient's usual range, and how often such an alert is wrong."""
    alert_details = AlertDetails(
        an_alert(Evidence(FELL), wish="yes"), None, None, 0.67, None, "<svg/>"
    )
    text = screens.details_text(ENGLISH, alert_details)

    assert text.splitlines()[0].startswith("P-0123456789 · ")
    for part in (
        "overall 3.5, usually about 9",
        "usually 7.9 to 9.7",
        "5.5 lower",
        "usual range is 1.8 wide",
    ):
        assert part in text
    assert "about two in three" in text
    assert "asks you to bring it up" in text


def test_a_sites_own_share_is_shown_beside_the_theoretical_one() -> None:
    """Both, so that they can be compared."""
    alert_details = AlertDetails(an_alert(Evidence(FELL)), None, None, 0.67, 0.5, "<svg/>")
    text = screens.details_text(ENGLISH, alert_details)

    assert "about two in three are false alarms; here, about half" in text


def test_only_alerts_on_ratings_have_a_false_alarm_share() -> None:
    """What a patient says directly is not questioned, and silence is no finding."""
    for verdict in (DIRECT, SILENT, None):
        alert_details = AlertDetails(
            an_alert(Evidence(verdict), wish="yes"), None, None, None, None, "<svg/>"
        )

        assert "false alarm" not in screens.details_text(ENGLISH, alert_details)


def test_a_test_patient_is_marked() -> None:
    """So that nobody mistakes a test for a real patient."""
    alert_details = AlertDetails(
        an_alert(Evidence(FELL), is_test=True), None, None, 0.67, None, "<svg/>"
    )

    assert "(test)" in screens.details_text(ENGLISH, alert_details).splitlines()[0]


@pytest.mark.parametrize("current", [None, *Response])
def test_the_current_response_is_not_offered_again(current: Response | None) -> None:
    """Every other one is, as a correction. Only an alert without a response can be snoozed."""
    given = None if current is None else GivenResponse(ID, "k", "t", "T-1", current, NOW)
    alert_details = AlertDetails(an_alert(Evidence(FELL)), given, None, 0.67, None, "<svg/>")
    screen = screens.details(ENGLISH, alert_details)
    data = [button.data.rpartition(":")[2] for row in screen.rows for button in row]

    assert [one for one in data if one in set(Response)] == [
        one for one in Response if one is not current
    ]
    assert ("snooze" in data) == (current is None)
    assert {"card", "items", "hide"} <= set(data)


def test_every_button_fits() -> None:
    """64 bytes, also for the longest verb."""
    for screen in (
        screens.snooze_choice("en", ID, tuple(Snooze)),
        screens.notice("en", ID),
        *first_screens("en"),
    ):
        for row in screen.rows:
            for button in row:
                assert len(button.data.encode()) <= MAX_BYTES


def test_every_key_has_words() -> None:
    """Shares, wishes, responses, snoozes and items."""
    keys = {
        *(f"share.{share}" for share in VerbalShare),
        *(f"alert.wish.{wish}" for wish in WISHES),
        *(f"wish.{wish}" for wish in WISHES),
        *(f"alert.said.{response}" for response in Response),
        *(f"alert.{response}" for response in Response),
        *(f"alert.snooze-{snooze}" for snooze in Snooze),
        *(f"item.{item.id}" for name in instrument_ids() for item in instrument(name).items),
    }

    assert keys <= set(catalogue("en"))


def test_a_sites_own_item_is_named_by_its_wording() -> None:
    """The catalogue has no names for the items of a site's own instrument."""
    asked = instrument("check_in_4")
    item = asked.items[0].model_copy(update={"id": "hope"})
    own = asked.model_copy(update={"items": (item,)})

    assert item_name("en", own, "hope") == "Today we worked on what matters to me."
    assert item_name("en", asked, "bond") == say("en", "item.bond")
