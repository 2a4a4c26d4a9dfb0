"""Unauthorised people try every command and every button.

Each answer must be the same as for something made up, and nothing may be written.
"""

import re
from collections.abc import Callable

from bot.simulator import Phone
from bot.simulator.message_variants import forward_file
from handlers.taps import (
    AlertTap,
    CaseloadTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    GroupOverviewTap,
    HandoverTap,
)
from storage.audit.change import Change
from storage.people import end_of_treatment, people
from storage.privacy import erasure
from tests.conftest import UNAUTHORISED_ATTEMPTS
from tests.stories.access.access_rules import FORMER_PATIENT, tap_rules
from tests.stories.access.access_scenario import (
    PATIENT_TABLE,
    AccessScenario,
    reply_to_text,
    toast_of_tap,
)
from tests.stories.access.unauthorised_attempts import UnauthorisedAttempts
from tests.stories.clinic import (
    ALERT_NOTICE,
    StoryClinic,
    add_covered_absence,
    answer,
    wait_for_text,
)
from tests.stories.files.uploads import DRY_RUN

RecordProperty = Callable[[str, object], None]


async def test_everything_is_shut_for_every_wrong_person(
    clinic: StoryClinic, record_property: RecordProperty
) -> None:
    """Also for people with former or future access, and after each change that takes access away.

    One story: covers before and after, former leaders, therapists and patients; then a pause, an
    absence that ends, a reassignment, the end of the treatment and the erasure.
    """
    scenario = AccessScenario(clinic)
    await scenario.set_up()
    attempts = UnauthorisedAttempts(scenario)
    await attempts.try_everything()
    for change in (pause, cover_and_return, reassign, end, erase):
        await change(scenario)
        await attempts.try_owned_data()
    record_property(UNAUTHORISED_ATTEMPTS, attempts.count)


async def test_nobody_is_heard_from_elsewhere(
    clinic: StoryClinic, record_property: RecordProperty
) -> None:
    """Groups, channels, anonymous administrators, bots, edits, inline; even authorised people."""
    scenario = AccessScenario(clinic)
    await scenario.set_up()
    attempts = UnauthorisedAttempts(scenario)
    await attempts.try_from_other_chats()
    await attempts.try_forwarded()
    record_property(UNAUTHORISED_ATTEMPTS, attempts.count)


async def test_a_file_may_be_passed_on(clinic: StoryClinic) -> None:
    """A forwarded file is a dry run like any other; nothing changes before Apply is tapped."""
    phone = clinic.coordinator
    own = phone.send_document("clinic.csv", PATIENT_TABLE.encode())
    await wait_for_text(phone, DRY_RUN)
    forward_file(phone, own)
    await phone.wait_until(lambda p: sum(DRY_RUN in one.text for one in p.messages) == 2)


async def pause(scenario: AccessScenario) -> None:
    """P-1 pauses; access stays the same."""
    assert "Paused." in await reply_to_text(scenario.phones["P-1"][0], "/pause")


async def cover_and_return(scenario: AccessScenario) -> None:
    """T-2 covers for T-1 and has access; not any more when T-1 is back."""
    clinic, cover = scenario.clinic, scenario.phones["T-2"][0]
    today = clinic.clock.now().date()
    await add_covered_absence(clinic, today, today)
    for verb in ("show", "hide"):
        assert await toast_of_tap(cover, AlertTap(scenario.ids.alert, verb)) == ""
    await wait_for_text(cover, "Hidden.")
    await clinic.pass_time(days=2)


async def reassign(scenario: AccessScenario) -> None:
    """T-3 treats P-1 again; T-1 keeps the group, and still has the old buttons in the chat."""
    await scenario.reassign("T-3")
    scenario.authorised["reads the patient"] = {"T-3"}


async def end(scenario: AccessScenario) -> None:
    """The treatment is over: P-1 keeps their rights, and T-3 access to what there is."""
    async with scenario.clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        await end_of_treatment.end(Change(tx, None, scenario.clinic.clock.now()), patient)
    scenario.phones["P-1"] = (scenario.phones["P-1"][0], FORMER_PATIENT)


async def erase(scenario: AccessScenario) -> None:
    """Nothing about P-1 is left; their phone is a stranger's."""
    async with scenario.clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        await erasure.erase(Change(tx, None, scenario.clinic.clock.now()), patient)
    scenario.phones["P-1"] = (scenario.phones["P-1"][0], None)
    for whose in ("the patient", "reads the patient", "the care", "erases the patient"):
        scenario.authorised[whose] = set()


async def test_authorised_people_have_access(clinic: StoryClinic) -> None:
    """The same buttons work for authorised people: the refusals above are not general."""
    scenario = AccessScenario(clinic)
    await scenario.set_up()
    rules = tap_rules(scenario.ids)
    for kind in (AlertTap, EpisodeTap, CourseTap, GroupOverviewTap, HandoverTap):
        assert await toast_of_tap(clinic.therapist, rules[kind][1][0]) == "", kind
    assert "P-1 ·" in await open_view(clinic.therapist, "/patient P-1", "P-1 ·")
    assert "G-1" in await open_view(clinic.therapist, "/group G-1", "G-1: what")
    assert "Noted." in await reply_to_text(clinic.therapist, "/session G-1")
    reply = await reply_to_text(clinic.therapist, "/session P-1 no-show")
    assert reply == "P-1 has already answered this check-in, so it stays as it is."


async def open_view(phone: Phone, command: str, words: str) -> str:
    """Type a command, and return what its neutral answer turns into."""
    await reply_to_text(phone, command)
    await wait_for_text(phone, words)
    return phone.screen.text


async def test_lists_hold_only_what_is_theirs(clinic: StoryClinic) -> None:
    """A list contains the reader's own patients and groups only."""
    scenario = AccessScenario(clinic)
    await scenario.set_up()
    for who in ("T-2", "T-3"):
        phone = scenario.phones[who][0]
        before = {message.id for message in phone.messages}
        for command in ("/alerts", "/caseload", "/digest"):
            await reply_to_text(phone, command)
        for tap in (CaseloadTap("0"), DigestTap("show", "2026-03-31")):
            await toast_of_tap(phone, tap)
        await phone.wait_until(lambda p: any("31 Mar" in m.text for m in p.messages))
        new = [message for message in phone.messages if message.id not in before]
        for message in new:
            labels = [button.label for row in message.buttons for button in row]
            assert not re.search(r"\b[PG]-1\b", "\n".join((message.text, *labels))), (who, message)


async def test_what_came_later_is_not_the_former_therapists(clinic: StoryClinic) -> None:
    """After a reassignment, later alerts and news go to the new therapist only."""
    scenario = AccessScenario(clinic)
    await scenario.set_up()
    former = scenario.phones["T-3"][0]
    loud = len(former.notifications)
    for scores in ((9, 9, 9, 9),) * 4 + ((2, 2, 3, 2),):
        await clinic.pass_time(days=6, hours=23)
        await clinic.ask()
        await answer(clinic.patient, scores)
        await clinic.pass_time(hours=1)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    new = former.notifications[loud:]
    assert not [one for one in new if "attention" in one or "news" in one]
    later = clinic.rows("SELECT id FROM alerts ORDER BY created_at DESC LIMIT 1")[0][0]
    for tap in (AlertTap(later, "show"), EpisodeTap(later, "show")):
        assert await toast_of_tap(former, tap) == "This button no longer works."
