"""Attempts at doors that are not one's own, from every side, and what must be said to them."""

import asyncio
import re
from collections.abc import Sequence

from bot.simulator import Phone
from bot.simulator.guises import forward, say_via, tap_inline
from bot.simulator.phone import PATIENCE
from handlers.taps import KINDS, Tap, pack
from tests.stories.crowd import TABLE, Crowd, answer_to, reply, toast
from tests.stories.doors import COMMAND_DOORS, FILE, MADE_UP_IDS, OWN_GROUP, TEXT, Ids, tap_doors

OF_OTHERS = re.compile(r"\b[PG]-1\b")
"""What nobody who is wrong may read."""

NO_COMMAND = "/no_such_command"


class Attempts:
    """Everybody tries; ``count`` says how often somebody was wrong, and was refused."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.count = 0

    async def at_everything(self) -> None:
        """Let every wrong person try every command and every button; nothing is changed."""
        await self._by_everybody(list(COMMAND_DOORS), list(KINDS))

    async def at_what_is_theirs(self) -> None:
        """Let every wrong person try what reaches P-1's and G-1's only."""
        commands = [name for name, (_, typed) in COMMAND_DOORS.items() if typed]
        taps = [kind for kind, (door, _) in tap_doors(self.crowd.ids).items() if door.whose]
        await self._by_everybody(commands, taps)

    async def _by_everybody(self, commands: Sequence[str], kinds: Sequence[type]) -> None:
        await self.crowd.settled()
        before = self.crowd.kept()
        await asyncio.gather(*(self._tries(one, commands, kinds) for one in self.crowd.phones))
        after = self.crowd.kept()
        assert {name for name in before if before[name] != after[name]} == set()

    async def _tries(self, name: str, commands: Sequence[str], kinds: Sequence[type]) -> None:
        """One person after another command and button; persons try side by side."""
        phone, role = self.crowd.phones[name]
        read = {message.id: message.text for message in phone.messages}
        for command in commands:
            door, typed = COMMAND_DOORS[command]
            there = typed and role in door.roles
            if name in self.crowd.wrong(door) and command != "start":
                await self._types(phone, command, typed, there=bool(there))
            if command == "session" and name in self.crowd.wrong(OWN_GROUP):
                await self._types(phone, command, "G-1", there=bool(there))
        await self._sends(name)
        made_up, real = tap_doors(MADE_UP_IDS), tap_doors(self.crowd.ids)
        for kind in kinds:
            door, taps = real[kind]
            if name in self.crowd.wrong(door):
                nothing = await toast(phone, made_up[kind][1][0])
                assert nothing, (name, kind)
                for tap in taps:
                    assert await toast(phone, tap) == nothing, (name, tap)
                self.count += len(taps)
        new = [m for m in phone.messages if m.from_bot and read.get(m.id) != m.text]
        assert not [one.text for one in new if OF_OTHERS.search(one.text)], name

    async def _types(self, phone: Phone, command: str, typed: str, *, there: bool) -> None:
        """A command reads like one that does not exist; a code like one that nobody has."""
        told = await reply(phone, f"/{command} {typed}".strip())
        nothing = f"/{command} {re.sub(r'[PG]-1', lambda code: f'{code[0]}40', typed)}"
        expected = await reply(phone, nothing if there else NO_COMMAND)
        assert told == expected, (phone.person.first_name, command)
        assert not OF_OTHERS.search(told), (phone.person.first_name, told)
        self.count += 1

    async def _sends(self, name: str) -> None:
        """A word or a file is not even looked at; it reads like a command that does not exist."""
        phone, _ = self.crowd.phones[name]
        for door, act in (
            (TEXT, lambda: phone.say("7")),
            (FILE, lambda: phone.send_document("clinic.csv", TABLE.encode())),
        ):
            if name in self.crowd.wrong(door):
                assert await answer_to(phone, act) == await reply(phone, NO_COMMAND), name
                self.count += 1

    async def from_elsewhere(self) -> None:
        """Let even the right ones try from where nobody is heard; nothing is said or changed."""
        before, calls = self.crowd.kept(), len(self.crowd.clinic.telegram.calls)
        await self._in_rooms()
        await self._beside_the_chat()
        after, telegram = self.crowd.kept(), self.crowd.clinic.telegram
        assert {name for name in before if before[name] != after[name]} == set()
        spoken = [call for call in list(telegram.calls)[calls:] if "chat_id" in call.params]
        assert spoken == []

    async def _in_rooms(self) -> None:
        """Groups of both kinds, a channel, hidden administrators, other bots, copied buttons."""
        telegram = self.crowd.clinic.telegram
        channel = telegram.channel(title="News")
        for room in (telegram.group(title="Team"), telegram.group(is_supergroup=False)):
            copied = room.say_anonymously("a button that was copied here")
            for name in ("T-1", "C-1", "P-1"):
                phone, _ = self.crowd.phones[name]
                for words in every_command():
                    room.say(phone, words)
                    self.count += 1
                for tap in every_tap(self.crowd.ids):
                    query = room.tap_data(phone, pack(tap), copied)
                    assert (await query.answered(PATIENCE)).text == "This button no longer works."
                    self.count += 1
            for words in every_command():
                room.say_anonymously(words)
                room.say_as_bot("another_bot", words)
                channel.post(words)
                self.count += 3
        await self.crowd.clinic.telegram_is_heard()

    async def _beside_the_chat(self) -> None:
        """Words that are edited into a command, and buttons of inline messages."""
        for name in ("T-1", "C-1", "P-1"):
            phone, _ = self.crowd.phones[name]
            mine = next(one for one in phone.messages if not one.from_bot)
            for words in every_command():
                phone.edit(mine, words)
                self.count += 1
            for tap in every_tap(self.crowd.ids):
                query = tap_inline(self.crowd.clinic.telegram, phone, pack(tap))
                assert (await query.answered(PATIENCE)).text == "This button no longer works."
                self.count += 1
        await self.crowd.clinic.telegram_is_heard()

    async def passed_on(self) -> None:
        """Let everybody pass on commands, or pick them from another bot: they said nothing."""
        before, telegram = self.crowd.kept(), self.crowd.clinic.telegram

        async def tries(phone: Phone) -> None:
            for words in every_command():
                nothing = await answer_to(phone, lambda: phone.say(NO_COMMAND))
                for act in (
                    lambda words=words: forward(phone, words),
                    lambda words=words: say_via(telegram, phone, "another_bot", words),
                ):
                    assert await answer_to(phone, act) == nothing, words
                    self.count += 1

        right = [self.crowd.phones[name][0] for name in ("T-1", "C-1", "P-1")]
        await asyncio.gather(*map(tries, right))
        after = self.crowd.kept()
        assert {name for name in before if before[name] != after[name]} == set()


def every_command() -> Sequence[str]:
    """Return every command as its owner would type it."""
    return [f"/{name} {typed}".strip() for name, (_, typed) in COMMAND_DOORS.items()]


def every_tap(ids: Ids) -> list[Tap]:
    """Return taps of every kind that reach what is P-1's."""
    return [tap for _, taps in tap_doors(ids).values() for tap in taps]
