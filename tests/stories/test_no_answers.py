"""No screen of a coordinator shows an answer or a score: every command, every button.

The clinic's answers, scores and evidence are numbers that occur nowhere else. A walker types
every command there is and taps whatever it finds, again and again, and everything that the bot
says to the coordinator (words, buttons, files, pictures as text) is searched for them.
"""

import json
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.simulator import Phone
from bot.simulator.messages import Button
from handlers.app.open_screen import SCREENS
from handlers.charts import render
from handlers.conversations.router import FLOWS
from handlers.routes import COMMANDS, TAPS
from handlers.taps import (
    KINDS,
    AlertTap,
    AnswerTap,
    CareTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    LinkTap,
    MembersTap,
    OutcomeTap,
    PlaceTap,
    Tap,
    WizardTap,
)
from tests.databases import on_both
from tests.stories.clinic import A_DROP, WEEK, Story, a_clinic, seen
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
OF_OTHERS: tuple[type[Tap], ...] = (
    AlertTap,
    AnswerTap,
    CareTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    MembersTap,
    OutcomeTap,
    PlaceTap,
)
"""Buttons that coordinators never get."""

OFTEN = 5
"""How often a button is tapped that was tapped before: what lies behind it may be new."""

DEEP = 12
LATELY = 3
"""So many of the last messages are looked at: what comes in between has buttons too."""


class Walker:
    """Taps through a coordinator's screens, and collects all that the bot says there."""

    def __init__(self, clinic: Story) -> None:
        self.clinic = clinic
        self.tapped: Counter[str] = Counter()
        self.shown: list[str] = []

    @property
    def phone(self) -> Phone:
        """The coordinator's phone."""
        return self.clinic.coordinator

    async def walk(self, command: str) -> None:
        """Type a command and tap from there on, until nothing new is left to tap."""
        while True:
            await self._say(command)
            if not await self._go_on():
                return

    async def send(self, name: str, content: bytes) -> None:
        """Send a file, and tap on from what comes of it."""
        before = self.phone.messages
        self.phone.send_document(name, content)
        await self.phone.until(lambda p: len(p.messages) > len(before) + 1, why=name)
        await self._go_on()

    async def _go_on(self) -> int:
        """Tap on for a while; return how many taps there were."""
        taps = 0
        while taps < DEEP and (found := self._next()) is not None:
            await self._tap(*found)
            taps += 1
        return taps

    async def _say(self, command: str) -> None:
        before = self.phone.messages
        self.phone.say(command)
        await self.phone.until(
            lambda p: len(p.messages) > len(before) + 1 and p.messages[-1].from_bot, why=command
        )

    async def _tap(self, message_id: int, button: Button) -> None:
        self.tapped[_kind(button)] += 1
        before = self.phone.messages
        told = await self.phone.tap_data(button.data or "", message_id=message_id).answered()
        self.shown.append(told.text)
        if not told.is_alert:  # then something else stands there in a moment, or the same again
            with suppress(AssertionError):
                await self.phone.until(lambda p: p.messages != before, seconds=0.1)

    def _next(self) -> tuple[int, Button] | None:
        """Return the button of the last messages that was tapped least; None when all were."""
        found = [
            (message.id, button)
            for message in reversed(self.phone.messages[-LATELY:])
            for row in message.buttons
            for button in row
            if button.data and self.tapped[_kind(button)] < OFTEN
        ]
        return min(found, key=lambda one: self.tapped[_kind(one[1])], default=None)

    def everything(self) -> str:
        """Return all that was said to the coordinator, files included."""
        said = [
            json.dumps(call.params, default=_plain, ensure_ascii=False)
            for call in self.clinic.telegram.calls
            if call.params.get("chat_id") == self.phone.id
        ]
        files = [
            (message.document or b"").decode("utf-8", "replace") for message in self.phone.messages
        ]
        return "\n".join([*said, *files, *self.shown, self.phone.transcript()])


def _kind(button: Button) -> str:
    """Return what a button is for, whomever and whatever it is about."""
    if (button.data or "").startswith(KINDS[LinkTap]):
        return KINDS[LinkTap]  # the rest is a secret, another each time
    kind, _, rest = re.sub(r"[0-9a-f]{32}", "#", button.data or "").partition(":")
    if kind == KINDS[WizardTap]:
        _run, _, rest = rest.partition(":")
    return f"{kind}:{re.sub(r'[0-9]+([-:.][0-9]+)*', '0', rest)}"


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)


async def a_history(clinic: Story) -> None:
    """Play weeks with a drop and a seen alert; then make every number one of a kind."""
    await clinic.steady_weeks()
    await clinic.ask()
    for place, score in enumerate(A_DROP, start=2):
        clinic.patient.tap(str(score))
        await seen(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await seen(clinic.therapist, "A check-in needs your attention.")
    async with clinic.bot.store.transaction() as tx:
        await tx.run("UPDATE answers SET value = 6.1803")
        await tx.run("UPDATE checkins SET score = 27.1828 WHERE score IS NOT NULL")
        for row in await tx.all("SELECT id, evidence FROM alerts"):
            evidence = json.dumps(_odd(json.loads(row["evidence"])))
            await tx.run("UPDATE alerts SET evidence = ? WHERE id = ?", evidence, row["id"])


def _odd(value: Any) -> Any:
    """Return evidence with every measure replaced by a number that occurs nowhere else."""
    if isinstance(value, float):
        return 4.6692
    if isinstance(value, dict):
        return {name: _odd(part) for name, part in value.items()}
    return [_odd(part) for part in value] if isinstance(value, list) else value


@on_both
async def test_no_screen_of_a_coordinator_shows_an_answer_or_a_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of taps from every command; what the therapist opens shows that the search finds."""
    pictures: list[str] = []
    drawn = render.rendered

    def noted(svg: str) -> bytes:
        pictures.append(svg)
        return drawn(svg)

    monkeypatch.setattr(render, "rendered", noted)
    async with a_clinic(tmp_path, ATTUNE_LEAST_CELL="1", **EVERYTHING) as clinic:
        clinic.telegram.floods.limits = None
        await a_history(clinic)
        clinic.therapist.tap("Show")
        await seen(clinic.therapist, "P-1")
        assert NUMBERS.search(clinic.therapist.transcript())
        assert WORDS.search(clinic.therapist.transcript())
        assert NUMBERS.search("".join(pictures))
        pictures.clear()
        walker = Walker(clinic)
        await walker.walk("/plan P-1 tue 14:00 Europe/Berlin")
        await walker.walk("/group G-1")
        await walker.send("people.csv", b"kind;code\npatient;X-9\n")
        gone = await clinic.enrol("patient", "P-2", "T-1")
        gone.block()
        await seen(clinic.coordinator, "P-2")
        await walker.walk("/unreachable")
        for command in [*sorted(set(COMMANDS) - {"start", "end"}), "end"]:
            for subject in SUBJECTS:
                await walker.walk(f"/{command} {subject}".strip())
        await clinic.pass_time(seconds=WEEK.total_seconds())
        shown = "\n".join([walker.everything(), *pictures])
    assert [shown[max(0, m.start() - 60) : m.end() + 40] for m in NUMBERS.finditer(shown)] == []
    assert WORDS.findall(shown) == []
    assert len(pictures) > 2
    _was_everywhere(walker)


def _was_everywhere(walker: Walker) -> None:
    """Every kind of button, every conversation and every screen was met."""
    met = {data.split(":")[0] for data in walker.tapped}
    assert {KINDS[kind] for kind in TAPS if kind not in OF_OTHERS} <= met
    begun = {data.split(":")[1] for data in walker.tapped if data.startswith("1be:")}
    assert set(FLOWS) - set(COMMANDS) <= begun  # the others begin with a command, too
    assert set(SCREENS) <= {data.split(":")[1] for data in walker.tapped if data[:4] == "1op:"}
    assert sum(walker.tapped.values()) > 200
