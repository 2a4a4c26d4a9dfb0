"""Somebody who taps and types, waits for each answer, and counts taps and messages."""

from bot.simulator import Phone
from tests.stories.clinic import last_text, wait_for_text


class PhoneUser:
    """Acts on a phone, one step after the other.

    Attributes:
        tap_count: Buttons tapped so far.
        typed_count: Messages typed so far.
    """

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.tap_count = 0
        self.typed_count = 0

    async def type_text(self, text: str, then: str = "") -> str:
        """Type a message, wait for an answer with those words, and return it."""
        before = len(self.phone.messages)
        self.phone.say(text)
        self.typed_count += 1
        await self.phone.wait_until(
            lambda p: len(p.messages) > before + 1 and then in last_text(p), why=f"{text} → {then}"
        )
        return last_text(self.phone)

    async def tap(self, label: str, then: str) -> str:
        """Tap a button of the last message, wait until it has those words, and return it."""
        self.phone.tap(label, message=self.phone.screen)
        self.tap_count += 1
        await wait_for_text(self.phone, then)
        return last_text(self.phone)

    async def tap_and_wait(self, label: str) -> None:
        """Tap a button of the last message, and wait until that message changes."""
        before = self.phone.screen
        await self.phone.tap(label, message=before).wait_for_answer()
        self.tap_count += 1
        await self.phone.wait_until(lambda p: p.screen != before, why=label)

    async def tap_for_toast(self, label: str) -> str:
        """Tap a button, and return the words that pop up over the chat."""
        toast = await self.phone.tap(label, message=self.phone.screen).wait_for_answer()
        self.tap_count += 1
        return toast.text or ""

    @property
    def labels(self) -> list[str]:
        """The labels of the last message's buttons."""
        return [button.label for row in self.phone.screen.buttons for button in row]

    async def tap_earlier(self, label: str, then: str) -> str:
        """Tap a button of an earlier message, after scrolling up."""
        found, _ = self.phone.find(label)
        self.phone.tap(label, message=found)
        self.tap_count += 1
        await self.phone.wait_until(
            lambda p: any(m.id == found.id and then in m.text for m in p.messages), why=then
        )
        return then
