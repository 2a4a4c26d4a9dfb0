"""Attempts of people to use what they may not, in every way, and the expected answers."""

import asyncio
import re
from collections.abc import Sequence

from bot.simulator import Phone
from bot.simulator.message_variants import forward, say_via, tap_inline
from bot.simulator.phone import WAIT_SECONDS
from handlers.taps import KINDS, Tap, pack
from tests.stories.access.access_rules import (
    COMMAND_RULES,
    FILE_RULE,
    MADE_UP_IDS,
    OWN_GROUP,
    TEXT_RULE,
    Ids,
    tap_rules,
)
from tests.stories.access.access_scenario import (
    PATIENT_TABLE,
    AccessScenario,
    reply_to,
    reply_to_text,
    toast_of_tap,
)

FOREIGN_CODES = re.compile(r"\b[PG]-1\b")
"""What no unauthorised person may read."""

UNKNOWN_COMMAND = "/no_such_command"


class UnauthorisedAttempts:
    """Lets everybody try; ``count`` is the number of unauthorised attempts, all refused."""

    def __init__(self, scenario: AccessScenario) -> None:
        self.scenario = scenario
        self.count = 0

    async def try_everything(self) -> None:
        """Let everybody try every command and button that they may not use; nothing changes."""
        await self._try_as_everyone(list(COMMAND_RULES), list(KINDS))

    async def try_owned_data(self) -> None:
        """Let everybody try the commands and buttons that reach P-1's and G-1's data."""
        commands = [name for name, (_, typed) in COMMAND_RULES.items() if typed]
        taps = [kind for kind, (rule, _) in tap_rules(self.scenario.ids).items() if rule.relation]
        await self._try_as_everyone(commands, taps)

    async def _try_as_everyone(self, commands: Sequence[str], kinds: Sequence[type]) -> None:
        await self.scenario.wait_until_sent()
        before = self.scenario.all_rows()
        await asyncio.gather(*(self._try_as(one, commands, kinds) for one in self.scenario.phones))
        after = self.scenario.all_rows()
        assert {name for name in before if before[name] != after[name]} == set()

    async def _try_as(self, name: str, commands: Sequence[str], kinds: Sequence[type]) -> None:
        """Try one command and button after the other as one person."""
        phone, role = self.scenario.phones[name]
        read = {message.id: message.text for message in phone.messages}
        for command in commands:
            rule, typed = COMMAND_RULES[command]
            exists = typed and role in rule.roles
            if name in self.scenario.unauthorised_names(rule) and command != "start":
                await self._try_command(phone, command, typed, exists=bool(exists))
            if command == "session" and name in self.scenario.unauthorised_names(OWN_GROUP):
                await self._try_command(phone, command, "G-1", exists=bool(exists))
        await self._try_text_and_file(name)
        made_up, real = tap_rules(MADE_UP_IDS), tap_rules(self.scenario.ids)
        for kind in kinds:
            rule, taps = real[kind]
            if name in self.scenario.unauthorised_names(rule):
                nothing = await toast_of_tap(phone, made_up[kind][1][0])
                assert nothing, (name, kind)
                for tap in taps:
                    assert await toast_of_tap(phone, tap) == nothing, (name, tap)
                self.count += len(taps)
        new = [m for m in phone.messages if m.from_bot and read.get(m.id) != m.text]
        assert not [one.text for one in new if FOREIGN_CODES.search(one.text)], name

    async def _try_command(self, phone: Phone, command: str, typed: str, *, exists: bool) -> None:
        """The answer is that to an unknown command, or to a code that nobody has."""
        reply = await reply_to_text(phone, f"/{command} {typed}".strip())
        nothing = f"/{command} {re.sub(r'[PG]-1', lambda code: f'{code[0]}40', typed)}"
        expected = await reply_to_text(phone, nothing if exists else UNKNOWN_COMMAND)
        assert reply == expected, (phone.person.first_name, command)
        assert not FOREIGN_CODES.search(reply), (phone.person.first_name, reply)
        self.count += 1

    async def _try_text_and_file(self, name: str) -> None:
        """Text and files are not read; the answer is that to an unknown command."""
        phone, _ = self.scenario.phones[name]
        for rule, act in (
            (TEXT_RULE, lambda: phone.say("7")),
            (FILE_RULE, lambda: phone.send_document("clinic.csv", PATIENT_TABLE.encode())),
        ):
            if name in self.scenario.unauthorised_names(rule):
                assert await reply_to(phone, act) == await reply_to_text(phone, UNKNOWN_COMMAND), (
                    name
                )
                self.count += 1

    async def try_from_other_chats(self) -> None:
        """Let authorised people try from outside their own chats; nothing is sent or changed."""
        before, calls = self.scenario.all_rows(), len(self.scenario.clinic.telegram.calls)
        await self._try_in_groups_and_channels()
        await self._try_edits_and_inline_buttons()
        after, telegram = self.scenario.all_rows(), self.scenario.clinic.telegram
        assert {name for name in before if before[name] != after[name]} == set()
        sent = [call for call in list(telegram.calls)[calls:] if "chat_id" in call.params]
        assert sent == []

    async def _try_in_groups_and_channels(self) -> None:
        """Groups of both kinds, a channel, anonymous administrators, other bots, copied buttons."""
        telegram = self.scenario.clinic.telegram
        channel = telegram.channel(title="News")
        for room in (telegram.group(title="Team"), telegram.group(is_supergroup=False)):
            copied = room.say_anonymously("a button that was copied here")
            for name in ("T-1", "C-1", "P-1"):
                phone, _ = self.scenario.phones[name]
                for words in every_command():
                    room.say(phone, words)
                    self.count += 1
                for tap in every_tap(self.scenario.ids):
                    query = room.tap_data(phone, pack(tap), copied)
                    assert (
                        await query.wait_for_answer(WAIT_SECONDS)
                    ).text == "This button no longer works."
                    self.count += 1
            for words in every_command():
                room.say_anonymously(words)
                room.say_as_bot("another_bot", words)
                channel.post(words)
                self.count += 3
        await self.scenario.clinic.wait_until_updates_fetched()

    async def _try_edits_and_inline_buttons(self) -> None:
        """Messages edited into a command, and buttons of inline messages."""
        for name in ("T-1", "C-1", "P-1"):
            phone, _ = self.scenario.phones[name]
            mine = next(one for one in phone.messages if not one.from_bot)
            for words in every_command():
                phone.edit(mine, words)
                self.count += 1
            for tap in every_tap(self.scenario.ids):
                query = tap_inline(self.scenario.clinic.telegram, phone, pack(tap))
                assert (
                    await query.wait_for_answer(WAIT_SECONDS)
                ).text == "This button no longer works."
                self.count += 1
        await self.scenario.clinic.wait_until_updates_fetched()

    async def try_forwarded(self) -> None:
        """Let people forward commands, or send them via another bot: they are not obeyed."""
        before, telegram = self.scenario.all_rows(), self.scenario.clinic.telegram

        async def try_as(phone: Phone) -> None:
            for words in every_command():
                nothing = await reply_to(phone, lambda: phone.say(UNKNOWN_COMMAND))
                for act in (
                    lambda words=words: forward(phone, words),
                    lambda words=words: say_via(telegram, phone, "another_bot", words),
                ):
                    assert await reply_to(phone, act) == nothing, words
                    self.count += 1

        authorised = [self.scenario.phones[name][0] for name in ("T-1", "C-1", "P-1")]
        await asyncio.gather(*map(try_as, authorised))
        after = self.scenario.all_rows()
        assert {name for name in before if before[name] != after[name]} == set()


def every_command() -> Sequence[str]:
    """Return every command as somebody who has it would type it."""
    return [f"/{name} {typed}".strip() for name, (_, typed) in COMMAND_RULES.items()]


def every_tap(ids: Ids) -> list[Tap]:
    """Return taps of every kind that reach P-1's data."""
    return [tap for _, taps in tap_rules(ids).values() for tap in taps]
