"""A coordinator's hand: it taps and types, waits for what follows, and counts."""

from bot.simulator import Phone
from tests.stories.clinic import said, seen


class Hand:
    """What somebody does on their phone, one thing after the other.

    Attributes:
        taps: Buttons tapped so far.
        typed: Messages typed so far.
    """

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.taps = 0
        self.typed = 0

    async def types(self, text: str, then: str = "") -> str:
        """Type a message and wait for the answer, which has those words; return it."""
        before = len(self.phone.messages)
        self.phone.say(text)
        self.typed += 1
        await self.phone.until(
            lambda p: len(p.messages) > before + 1 and then in said(p), why=f"{text} → {then}"
        )
        return said(self.phone)

    async def tap(self, label: str, then: str) -> str:
        """Tap a button of the last message and wait until that has those words; return it."""
        self.phone.tap(label, message=self.phone.screen)
        self.taps += 1
        await seen(self.phone, then)
        return said(self.phone)

    async def taps_on(self, label: str) -> None:
        """Tap a button of the last message and wait until something else stands there."""
        before = self.phone.screen
        await self.phone.tap(label, message=before).answered()
        self.taps += 1
        await self.phone.until(lambda p: p.screen != before, why=label)

    async def toast(self, label: str) -> str:
        """Tap a button whose answer is a few words over the chat; return them."""
        told = await self.phone.tap(label, message=self.phone.screen).answered()
        self.taps += 1
        return told.text or ""

    @property
    def labels(self) -> list[str]:
        """The buttons of the last message."""
        return [button.label for row in self.phone.screen.buttons for button in row]

    async def tap_old(self, label: str, then: str) -> str:
        """Tap a button of an earlier message, as one does who scrolls up."""
        found, _ = self.phone.find(label)
        self.phone.tap(label, message=found)
        self.taps += 1
        await self.phone.until(
            lambda p: any(m.id == found.id and then in m.text for m in p.messages), why=then
        )
        return then
