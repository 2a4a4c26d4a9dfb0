"""What /preview announces is what the phones receive: a year in the chat, week by week.

Clocks change in Berlin and New York on different days; Bavaria has public holidays; people are
away; sessions are moved and cancelled; plans are edited; a group meets.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alliance.calendar.timing import instant
from bot.simulator import Phone
from bot.simulator.messages import Message
from tests.databases import on_both_engines
from tests.stories.clinic import WEEK, StoryClinic, last_text, open_clinic, wait_for_text

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = {"P-1": BERLIN, "P-2": NEW_YORK, "P-3": BERLIN}
WEEKS = 53
A_MINUTE = timedelta(minutes=1)
NOT_SENT = ("public holiday", "cancelled", "patient away", "therapist away", "paused")

Steps = Sequence[str]
EDITS: dict[int, Steps] = {
    0: (
        "/plan P-1 tue 14:00", "[Save]",
        "/plan P-2 mo 15:00 50 20 America/New_York", "[Save]",
        "/group G-1", "[Create G-1]", "[Add people]", "P-1 P-3 T-1", "[From now on]",
        "/plan G-1 thu 18:00 90 15", "[Save]",
    ),
    4: ("/sessions P-1", "[#0]", "[Move session]", "[#4]", "11:30"),
    7: ("/sessions G-1", "[#0]", "[Cancel session]"),
    9: ("/absence T-1 7.5. 12.5.",),
    13: ("/plan P-2 we 22:30 45 30 America/New_York", "[Save]"),
    16: ("/absence P-3 22.6. 30.6.",),
    19: ("/plan P-1 2w fr 17:00 50 0", "[Save]"),
    24: ("/group G-1", "[Add people]", "P-2", "10.9."),
    28: ("/absence T-1 14.9. 25.9. cover T-2",),
    31: ("/sessions P-2", "[＋ Add a session]", "9.10.", "8"),
    33: ("/plan G-1", "[Time]", "20:45", "[Save]"),
    36: ("P-3: /pause",),
    38: ("P-3: /resume",),
    40: ("/group G-1", "[Remove people]", "[P-1]", "15.12."),
    42: ("/sessions G-1", "[#0]", "[Move session]", "[#3]", "[#0]"),
}  # fmt: skip
"""What people type and tap at the beginning of a week; ``#0`` is the first button."""


class Year:
    """The clinic, its patients' phones, and the texts of all previews."""

    def __init__(self, clinic: StoryClinic, phones: dict[str, Phone]) -> None:
        self.clinic = clinic
        self.phones = phones
        self.previews: list[str] = []

    @property
    def now(self) -> datetime:
        """The time in the clinic."""
        return self.clinic.clock.now()

    async def do(self, steps: Steps) -> None:
        """Type and tap, each step after the answer to the one before."""
        for step in steps:
            code, _, words = step.rpartition(": ")
            phone = self.phones.get(code, self.clinic.coordinator)
            before = phone.messages
            if not step.startswith("["):
                phone.say(words)
            elif step.startswith("[#"):
                every = [button for row in phone.screen.buttons for button in row]
                phone.tap(every[int(step[2:-1])].label)
            else:
                phone.tap(step[1:-1])
            await phone.wait_until(_has_answered_since(before))
        await self.settle()

    async def settle(self) -> None:
        """Let the scheduler and the sender do what is due now; wait until nothing is queued."""
        await self.clinic.pass_time()
        waiting = "SELECT COUNT(*) FROM outbox WHERE state IN ('new', 'sending', 'uncertain')"
        async with asyncio.timeout(10):
            while self.clinic.rows(waiting) != [(0,)]:  # noqa: ASYNC110 - a database gives no signal
                await asyncio.sleep(0.002)

    async def previewed_times(self, code: str) -> list[datetime]:
        """Return when /preview says that a patient's check-ins of the coming week are sent."""
        self.clinic.coordinator.say(f"/preview {code}")
        await wait_for_text(self.clinic.coordinator, f"{code}: the coming week")
        text = last_text(self.clinic.coordinator)
        self.previews.append(text)
        zone, times, day = ZoneInfo(ZONES[code]), [], None
        today = self.now.astimezone(zone).date()
        for line in text.splitlines():
            if re.fullmatch(r"\w+day \d+ \w+", line):
                day = _day(line, today)
            sent = re.match(r"✓ check-in at (\d\d:\d\d) \(session", line)
            if sent is not None:
                assert day is not None, text
                times.append(instant(day, time.fromisoformat(sent.group(1)), zone))
        return times

    async def play_week(self, until: datetime, expected: dict[datetime, set[str]]) -> None:
        """Let the week pass, with a stop a minute before each check-in and at each one."""
        for at in sorted(expected):
            await self.go_to(at - A_MINUTE)
            assert await self.received() == set(), f"something came before {at}"
            await self.go_to(at)
            assert await self.received() == expected[at], f"not as the preview said at {at}"
        await self.go_to(until)
        assert await self.received() == set(), f"something came unannounced before {until}"

    async def go_to(self, at: datetime) -> None:
        """Move the time there, and a second further."""
        ahead = at + timedelta(seconds=1) - self.now
        if ahead > timedelta():
            self.clinic.clock.advance(ahead)
        await self.settle()

    async def received(self) -> set[str]:
        """Return who has a check-in now; they answer that there was no session."""
        asked = set()
        for code, phone in self.phones.items():
            new = [one for one in phone.messages if one.from_bot and "is ready" in (one.text or "")]
            for message in new:
                asked.add(code)
                phone.tap("There was no session", message=message)
                await wait_for_text(phone, "there was no session")
        return asked


def _has_answered_since(before: list[Message]) -> Callable[[Phone], bool]:
    """Return whether the bot has sent or changed something since."""
    return lambda phone: phone.messages != before and phone.messages[-1].from_bot


def _day(line: str, today: date) -> date:
    """Return the day that a line names, within a week from today."""
    days = (today + timedelta(days=count) for count in range(-1, 9))
    return next(day for day in days if f"{day:%A} {day.day} {day:%b}" == line)


@on_both_engines
async def test_a_year_of_previews_is_what_the_phones_received(tmp_path: Path) -> None:
    """To the minute, for everybody, in every one of 53 weeks."""
    async with open_clinic(
        tmp_path, ATTUNE_ZONE=BERLIN, ATTUNE_HOLIDAYS="DE-BY", ATTUNE_REMINDERS="0"
    ) as clinic:
        clinic.telegram.floods.limits = None
        phones = {"P-1": clinic.patient}
        for code in ("P-2", "P-3"):
            phones[code] = await clinic.enrol("patient", code, "T-1")
        await clinic.enrol("therapist", "T-2")
        async with clinic.bot.store.transaction() as tx:
            await tx.run("UPDATE people SET zone = ? WHERE code = 'P-2'", NEW_YORK)
        year, count = Year(clinic, phones), 0
        begin = clinic.clock.now()
        for week in range(WEEKS):
            await year.do(EDITS.get(week, ()))
            expected: dict[datetime, set[str]] = {}
            for code in phones:
                for at in await year.previewed_times(code):
                    expected.setdefault(at, set()).add(code)
            count += sum(map(len, expected.values()))
            await year.play_week(begin + (week + 1) * WEEK, expected)
    assert count > 120
    previews = "\n".join(year.previews)
    assert [why for why in NOT_SENT if why not in previews] == []
