"""What a patient agrees to, and the same words wherever somebody asks who reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from alliance.consent import Consent
from handlers.app.screen import Button, Screen
from handlers.taps import ConsentTap, pack
from handlers.texts import say

MOST_IN_A_TOAST = 200
"""Letters; Telegram shows no more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one patient agrees to.

    Attributes:
        language: What the patient reads.
        therapists: Codes of who looks after them.
        leaders: Codes of who else leads a group of theirs.
    """

    consent: Consent
    language: str
    therapists: Sequence[str]
    leaders: Sequence[str] = ()

    def readers(self) -> str:
        """Return who reads the answers, by code."""
        names = ", ".join(self.therapists) or say(self.language, "consent.your_therapist")
        if not self.leaders:
            return say(self.language, "consent.readers", therapists=names)
        leaders = ", ".join(self.leaders)
        return say(self.language, "consent.readers_group", therapists=names, leaders=leaders)


def asking(terms: Terms, head: str | None = None) -> Screen:
    """Return the words with the question; ``head`` stands above them."""
    language, version = terms.language, terms.consent.version
    text = f"{words(terms)}\n\n{say(language, 'consent.question')}"
    return Screen(
        text if head is None else f"{head}\n\n{text}",
        tuple(
            (Button(say(language, key), pack(ConsentTap(decision, version))),)
            for key, decision in (("consent.agree", "agreed"), ("consent.decline", "declined"))
        ),
    )


def again(terms: Terms, *, agreed_before: bool) -> Screen:
    """Return the question to somebody who is to decide; new words are said to be new."""
    return asking(terms, say(terms.language, "consent.changed") if agreed_before else None)


def reading(terms: Terms) -> Screen:
    """Return the words to somebody who has agreed, with the way out."""
    tap = ConsentTap("withdrawn", terms.consent.version)
    return Screen(words(terms), ((Button(say(terms.language, "consent.withdraw"), pack(tap)),),))


def words(terms: Terms) -> str:
    """Return all that is agreed to: two matters in a paragraph, so that it fits on a phone."""
    slots = terms.consent.slots(terms.language)
    return "\n\n".join(
        (
            say(terms.language, "consent.intro"),
            f"{terms.readers()} {slots.who_reads}",
            f"{slots.when} {slots.crisis}",
            f"{slots.technology} {slots.limits}",
            f"{slots.voluntary} {slots.retention}",
        )
    )


def decided(language: str, decision: str) -> Screen:
    """Return what follows a decision; declining is as ordinary as agreeing."""
    return Screen(say(language, f"consent.{decision}"))


def help_for(terms: Terms, *, has_page: bool = False) -> Screen:
    """Return what a patient can do here, and what to do where a bot is no help."""
    slots = terms.consent.slots(terms.language)
    can = say(terms.language, "help.patient")
    if has_page:
        can = f"{can}\n{say(terms.language, 'help.answers')}"
    closing = f"{terms.readers()} {slots.when} {slots.crisis}"
    return Screen(f"{can}\n\n{closing}")


def before_words(terms: Terms) -> str:
    """Return who reads a patient's own words, when, and what to do in an emergency instead."""
    slots = terms.consent.slots(terms.language)
    return f"{terms.readers()} {slots.when}\n\n{slots.crisis}"


def in_brief(terms: Terms) -> str:
    """Return who reads, when, and what to do in an emergency, as far as a toast has room.

    Where a site's words are long, the emergency comes before the time of reading.
    """
    slots = terms.consent.slots(terms.language)
    codes = ", ".join((*terms.therapists, *terms.leaders))
    codes = codes or say(terms.language, "consent.your_therapist")
    readers = say(terms.language, "consent.readers_brief", codes=codes)
    more = say(terms.language, "consent.more")
    for parts in (
        (readers, slots.when, slots.crisis),
        (readers, slots.crisis, more),
        (slots.crisis, more),
        (readers, more),
    ):
        brief = " ".join(parts)
        if len(brief) <= MOST_IN_A_TOAST:
            return brief
    return more
