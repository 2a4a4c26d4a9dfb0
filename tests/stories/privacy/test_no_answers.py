"""No screen of a coordinator shows an answer or a score: every command, every button.

The clinic's answers, scores and evidence are numbers that occur nowhere else. A crawler types
every command and taps every button that it finds, and everything that the bot sends to the
coordinator (texts, buttons, files, pictures as SVG) is searched for them.
"""

import json
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.simulator import Phone
from bot.simulator.messages import SimulatedButton
from handlers.app.open_screen import SCREENS
from handlers.charts import render
from handlers.conversations.router import FLOWS
from handlers.routes import COMMANDS, TAPS
from handlers.taps import (
    KINDS,
    AlertTap,
    AnswerChannelTap,
    AnswerTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    ConversationTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    GroupOverviewTap,
    HandoverTap,
    LinkQrTap,
    OutcomeTap,
    Tap,
)
from tests.databases import on_both_engines
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    WEEK,
    StoryClinic,
    open_clinic,
    wait_for_text,
)
from tests.stories.conftest import EVERYTHING

NUMBERS = re.compile(
    r"(?<!\d)(?:6[.,]18\d*|6[.,]2|27[.,]18\d*|27[.,]2|4[.,]669\d*|4[.,]7)(?![\d.])"
)
WORDS = re.compile(r"\b(?:goal|bond|not yet|felt off|ratings?|score)\b", re.IGNORECASE)
SUBJECTS = (
    "",
    "P-1",
    "T-1",
    "G-1",
    "G-2",
    "G-3",
    "P-1 2026-12-01 2026-12-02",
    "patient X-1 T-1",
    "P-1 tue 14:00 Europe/Berlin",
)
NOT_FOR_COORDINATORS: tuple[type[Tap], ...] = (
    AlertTap,
    AnswerTap,
    HandoverTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    GroupOverviewTap,
    OutcomeTap,
    AnswerChannelTap,
)
"""Buttons that coordinators never get."""

MAX_TAPS_PER_BUTTON = 5
"""How often buttons of one kind are tapped: what they show may differ."""

MAX_TAPS_PER_RUN = 12
LAST_MESSAGES = 3
"""How many of the last messages are searched for buttons."""


class Crawler:
    """Taps through a coordinator's screens, and collects everything that the bot sends."""

    def __init__(self, clinic: StoryClinic) -> None:
        self.clinic = clinic
        self.tapped: Counter[str] = Counter()
        self.shown: list[str] = []

    @property
    def phone(self) -> Phone:
        """The coordinator's phone."""
        return self.clinic.coordinator

    async def crawl(self, command: str) -> None:
        """Type a command and tap from there, until there is nothing new to tap."""
        while True:
            await self._say(command)
            if not await self._tap_on():
                return

    async def send(self, name: str, content: bytes) -> None:
        """Send a file, and tap on from the answer."""
        before = self.phone.messages
        self.phone.send_document(name, content)
        await self.phone.wait_until(lambda p: len(p.messages) > len(before) + 1, why=name)
        await self._tap_on()

    async def _tap_on(self) -> int:
        """Tap on for a while; return how many taps there were."""
        taps = 0
        while taps < MAX_TAPS_PER_RUN and (found := self._next()) is not None:
            await self._tap(*found)
            taps += 1
        return taps

    async def _say(self, command: str) -> None:
        before = self.phone.messages
        self.phone.say(command)
        await self.phone.wait_until(
            lambda p: len(p.messages) > len(before) + 1 and p.messages[-1].from_bot, why=command
        )

    async def _tap(self, message_id: int, button: SimulatedButton) -> None:
        self.tapped[_kind(button)] += 1
        before = self.phone.messages
        toast = await self.phone.tap_data(
            button.data or "", message_id=message_id
        ).wait_for_answer()
        self.shown.append(toast.text)
        if not toast.is_alert:  # the screen may change in a moment
            with suppress(AssertionError):
                await self.phone.wait_until(lambda p: p.messages != before, seconds=0.1)

    def _next(self) -> tuple[int, SimulatedButton] | None:
        """Return the least tapped button of the last messages; None when all were tapped enough."""
        found = [
            (message.id, button)
            for message in reversed(self.phone.messages[-LAST_MESSAGES:])
            for row in message.buttons
            for button in row
            if button.data and self.tapped[_kind(button)] < MAX_TAPS_PER_BUTTON
        ]
        return min(found, key=lambda one: self.tapped[_kind(one[1])], default=None)

    def all_output(self) -> str:
        """Return everything that was sent to the coordinator, files included."""
        calls = [
            json.dumps(call.params, default=_plain, ensure_ascii=False)
            for call in self.clinic.telegram.calls
            if call.params.get("chat_id") == self.phone.id
        ]
        files = [
            (message.document or b"").decode("utf-8", "replace") for message in self.phone.messages
        ]
        return "\n".join([*calls, *files, *self.shown, self.phone.transcript()])


def _kind(button: SimulatedButton) -> str:
    """Return the kind of a button, whomever it is about."""
    if (button.data or "").startswith(KINDS[LinkQrTap]):
        return KINDS[LinkQrTap]  # the rest is a secret, which differs each time
    kind, _, rest = re.sub(r"[0-9a-f]{32}", "#", button.data or "").partition(":")
    if kind == KINDS[ConversationTap]:
        _run, _, rest = rest.partition(":")
    return f"{kind}:{re.sub(r'[0-9]+([-:.][0-9]+)*', '0', rest)}"


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)


async def play_history(clinic: StoryClinic) -> None:
    """Play weeks with a drop; then replace every measure by a number that occurs nowhere else."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    for place, score in enumerate(DROP_SCORES, start=2):
        clinic.patient.tap(str(score))
        await wait_for_text(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    async with clinic.bot.store.transaction() as tx:
        await tx.run("UPDATE answers SET value = 6.1803")
        await tx.run("UPDATE checkins SET score = 27.1828 WHERE score IS NOT NULL")
        for row in await tx.all("SELECT id, evidence FROM alerts"):
            evidence = json.dumps(_with_marked_numbers(json.loads(row["evidence"])))
            await tx.run("UPDATE alerts SET evidence = ? WHERE id = ?", evidence, row["id"])


def _with_marked_numbers(value: Any) -> Any:
    """Return evidence with every measure replaced by a number that occurs nowhere else."""
    if isinstance(value, float):
        return 4.6692
    if isinstance(value, dict):
        return {name: _with_marked_numbers(part) for name, part in value.items()}
    return [_with_marked_numbers(part) for part in value] if isinstance(value, list) else value


@on_both_engines
async def test_no_screen_of_a_coordinator_shows_an_answer_or_a_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of taps from every command; the therapist's alert shows that the search works."""
    pictures: list[str] = []
    drawn = render.render_png

    def record_picture(svg: str) -> bytes:
        pictures.append(svg)
        return drawn(svg)

    monkeypatch.setattr(render, "render_png", record_picture)
    async with open_clinic(tmp_path, ATTUNE_LEAST_CELL="1", **EVERYTHING) as clinic:
        clinic.telegram.floods.limits = None
        await play_history(clinic)
        clinic.therapist.tap("Show")
        await wait_for_text(clinic.therapist, "P-1")
        assert NUMBERS.search(clinic.therapist.transcript())
        assert WORDS.search(clinic.therapist.transcript())
        assert NUMBERS.search("".join(pictures))
        pictures.clear()
        crawler = Crawler(clinic)
        await crawler.crawl("/plan P-1 tue 14:00 Europe/Berlin")
        await crawler.crawl("/group G-1")
        await crawler.send("people.csv", b"kind;code\npatient;X-9\n")
        gone = await clinic.enrol("patient", "P-2", "T-1")
        gone.block()
        await wait_for_text(clinic.coordinator, "P-2")
        await crawler.crawl("/unreachable")
        for command in [*sorted(set(COMMANDS) - {"start", "end"}), "end"]:
            for subject in SUBJECTS:
                await crawler.crawl(f"/{command} {subject}".strip())
        await clinic.pass_time(seconds=WEEK.total_seconds())
        shown = "\n".join([crawler.all_output(), *pictures])
    assert [shown[max(0, m.start() - 60) : m.end() + 40] for m in NUMBERS.finditer(shown)] == []
    assert WORDS.findall(shown) == []
    assert len(pictures) > 2
    _assert_visited_everything(crawler)


def _assert_visited_everything(crawler: Crawler) -> None:
    """Assert that every kind of button, every conversation and every screen was visited."""
    visited = {data.split(":")[0] for data in crawler.tapped}
    assert {KINDS[kind] for kind in TAPS if kind not in NOT_FOR_COORDINATORS} <= visited
    begun = {data.split(":")[1] for data in crawler.tapped if data.startswith("1be:")}
    assert set(FLOWS) - set(COMMANDS) <= begun  # the others begin with a command
    assert set(SCREENS) <= {data.split(":")[1] for data in crawler.tapped if data[:4] == "1op:"}
    assert sum(crawler.tapped.values()) > 200
