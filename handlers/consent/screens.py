"""The terms that a patient agrees to, and who reads the answers, in the same words everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from alliance.consent import Consent
from handlers.app.reply import MAX_NOTE_CHARS
from handlers.app.screen import Button, Screen
from handlers.taps import ConsentTap, pack
from handlers.texts import say


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """The terms for one patient.

    Attributes:
        language: The patient's language.
        therapists: Codes of the patient's therapists.
        leaders: Codes of other therapists who lead a group of theirs.
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


def question(terms: ConsentTerms, head: str | None = None) -> Screen:
    """Return the terms with the question whether the patient agrees, perhaps below a heading."""
    language, version = terms.language, terms.consent.version
    text = f"{consent_text(terms)}\n\n{say(language, 'consent.question')}"
    return Screen(
        text if head is None else f"{head}\n\n{text}",
        tuple(
            (Button(say(language, key), pack(ConsentTap(decision, version))),)
            for key, decision in (("consent.agree", "agreed"), ("consent.decline", "declined"))
        ),
    )


def question_with_notice(terms: ConsentTerms, *, agreed_before: bool) -> Screen:
    """Return the question; with a notice if the patient has agreed to earlier terms."""
    return question(terms, say(terms.language, "consent.changed") if agreed_before else None)


def withdrawal_screen(terms: ConsentTerms) -> Screen:
    """Return the terms that a patient has agreed to, with a button to withdraw."""
    tap = ConsentTap("withdrawn", terms.consent.version)
    return Screen(
        consent_text(terms), ((Button(say(terms.language, "consent.withdraw"), pack(tap)),),)
    )


def consent_text(terms: ConsentTerms) -> str:
    """Return all terms, two subjects to a paragraph, so that they fit on a phone."""
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


def decision_notice(language: str, decision: str) -> Screen:
    """Return what a patient reads after a decision."""
    return Screen(say(language, f"consent.{decision}"))


def help_for(terms: ConsentTerms, *, has_page: bool = False) -> Screen:
    """Return what a patient can do here, and where to get help in an emergency."""
    slots = terms.consent.slots(terms.language)
    commands = say(terms.language, "help.patient")
    if has_page:
        commands = f"{commands}\n{say(terms.language, 'help.answers')}"
    closing = f"{terms.readers()} {slots.when} {slots.crisis}"
    return Screen(f"{commands}\n\n{closing}")


def comment_privacy_text(terms: ConsentTerms) -> str:
    """Return who reads a patient's comment, when, and what to do in an emergency instead."""
    slots = terms.consent.slots(terms.language)
    return f"{terms.readers()} {slots.when}\n\n{slots.crisis}"


def brief_text(terms: ConsentTerms) -> str:
    """Return who reads, when, and what to do in an emergency, as far as a note has room.

    If a site's texts are long, what to do in an emergency comes before the time of reading.
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
        if len(brief) <= MAX_NOTE_CHARS:
            return brief
    return more
