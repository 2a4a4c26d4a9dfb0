"""What /preview said is what the phones then received: a year in the chat, week by week.

Clocks change in Berlin and in New York on different days, Bavaria keeps its holidays, somebody
is away, sessions are moved and cancelled, plans are edited, a group meets.
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
from tests.databases import on_both
from tests.stories.clinic import WEEK, Story, a_clinic, said, seen

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
        "/group G-1", "[Make G-1]", "[Somebody joins]", "P-1 P-3 T-1", "[From now on]",
        "/plan G-1 thu 18:00 90 15", "[Save]",
    ),
    4: ("/sessions P-1", "[#0]", "[Move it]", "[#4]", "11:30"),
    7: ("/sessions G-1", "[#0]", "[Cancel it]"),
    9: ("/absence T-1 7.5. 12.5.",),
    13: ("/plan P-2 we 22:30 45 30 America/New_York", "[Save]"),
    16: ("/absence P-3 22.6. 30.6.",),
    19: ("/plan P-1 2w fr 17:00 50 0", "[Save]"),
    24: ("/group G-1", "[Somebody joins]", "P-2", "10.9."),
    28: ("/absence T-1 14.9. 25.9. cover T-2",),
    31: ("/sessions P-2", "[＋ One more session]", "9.10.", "8"),
    33: ("/plan G-1", "[Time]", "20:45", "[Save]"),
    36: ("P-3: /pause",),
    38: ("P-3: /resume",),
    40: ("/group G-1", "[Somebody leaves]", "[P-1]", "15.12."),
    42: ("/sessions G-1", "[#0]", "[Move it]", "[#3]", "[#0]"),
}  # fmt: skip
"""What the coordinator types and taps at the beginning of a week; ``#0`` is the first button."""


class Year:
    """The clinic of the year, and what its phones have received."""

    def __init__(self, clinic: Story, phones: dict[str, Phone]) -> None:
        self.clinic = clinic
        self.phones = phones
        self.told: list[str] = []

    @property
    def now(self) -> datetime:
        """The time."""
        return self.clinic.timepiece.now()

    async def do(self, steps: Steps) -> None:
        """Let the coordinator type and tap, each after the answer to the one before."""
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
            await phone.until(_has_answered_since(before))
        await self.settle()

    async def settle(self) -> None:
        """Let the clock and the courier do what is due now; return when nothing waits."""
        await self.clinic.pass_time()
        waiting = "SELECT COUNT(*) FROM outbox WHERE state IN ('new', 'sending', 'uncertain')"
        async with asyncio.timeout(10):
            while self.clinic.rows(waiting) != [(0,)]:  # noqa: ASYNC110 - a file rings no bell
                await asyncio.sleep(0.002)

    async def said_for(self, code: str) -> list[datetime]:
        """Return when the coming week's check-ins of a patient leave, by /preview's words."""
        self.clinic.coordinator.say(f"/preview {code}")
        await seen(self.clinic.coordinator, f"{code}: the coming week")
        text = said(self.clinic.coordinator)
        self.told.append(text)
        zone, found, day = ZoneInfo(ZONES[code]), [], None
        today = self.now.astimezone(zone).date()
        for line in text.splitlines():
            if re.fullmatch(r"\w+day \d+ \w+", line):
                day = _day(line, today)
            sent = re.match(r"✓ check-in at (\d\d:\d\d) \(session", line)
            if sent is not None:
                assert day is not None, text
                found.append(instant(day, time.fromisoformat(sent.group(1)), zone))
        return found

    async def live(self, until: datetime, expected: dict[datetime, set[str]]) -> None:
        """Let the week pass, stopping a minute before each question and at each one."""
        for at in sorted(expected):
            await self.go_to(at - A_MINUTE)
            assert await self.received() == set(), f"something came before {at}"
            await self.go_to(at)
            assert await self.received() == expected[at], f"not as the preview said at {at}"
        await self.go_to(until)
        assert await self.received() == set(), f"something came that nobody said before {until}"

    async def go_to(self, at: datetime) -> None:
        """Move the time there, a second late as clocks are."""
        ahead = at + timedelta(seconds=1) - self.now
        if ahead > timedelta():
            self.clinic.timepiece.move(ahead)
        await self.settle()

    async def received(self) -> set[str]:
        """Return who has a question now; they say that there was no session."""
        found = set()
        for code, phone in self.phones.items():
            new = [one for one in phone.messages if one.from_bot and "is ready" in (one.text or "")]
            for message in new:
                found.add(code)
                phone.tap("There was no session", message=message)
                await seen(phone, "there was no session")
        return found


def _has_answered_since(before: list[Message]) -> Callable[[Phone], bool]:
    """Say whether the bot has sent or changed something since."""
    return lambda phone: phone.messages != before and phone.messages[-1].from_bot


def _day(line: str, today: date) -> date:
    """Return the day that a line names: the next such day from today on."""
    days = (today + timedelta(days=count) for count in range(-1, 9))
    return next(day for day in days if f"{day:%A} {day.day} {day:%b}" == line)


@on_both
async def test_a_year_of_previews_is_what_the_phones_received(tmp_path: Path) -> None:
    """To the minute, for everybody, in every one of 53 weeks."""
    async with a_clinic(
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
        begin = clinic.timepiece.now()
        for week in range(WEEKS):
            await year.do(EDITS.get(week, ()))
            expected: dict[datetime, set[str]] = {}
            for code in phones:
                for at in await year.said_for(code):
                    expected.setdefault(at, set()).add(code)
            count += sum(map(len, expected.values()))
            await year.live(begin + (week + 1) * WEEK, expected)
    assert count > 120
    heard = "\n".join(year.told)
    assert [why for why in NOT_SENT if why not in heard] == []
