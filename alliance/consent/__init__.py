"""What a patient agrees to: fixed slots that the site fills, in its own words, with a version."""

import hashlib
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alliance.checkins.instruments import UNREADABLE
from alliance.errors import BadConsent

USUAL = Path(__file__).parent / "usual.toml"

SLOTS = ("who_reads", "when", "crisis", "technology", "limits", "voluntary", "retention")
"""Every slot, in the order in which a patient reads them."""

MOST_WORDS = 40
"""Nobody reads more than this about one matter before tapping."""

Words = Annotated[str, Field(max_length=400)]


class Slots(BaseModel):
    """The site's words in one language; an empty slot is one that is still to be filled.

    Attributes:
        who_reads: Who reads the answers, beside those who are named.
        when: When they are read; nobody watches around the clock.
        crisis: Whom to call in an emergency.
        technology: What happens when a message does not arrive.
        limits: Where confidentiality ends.
        voluntary: That it is, and what declining does not lead to.
        retention: How long what is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    who_reads: Words = ""
    when: Words = ""
    crisis: Words = ""
    technology: Words = ""
    limits: Words = ""
    voluntary: Words = ""
    retention: Words = ""

    def paragraphs(self) -> tuple[str, ...]:
        """Return the filled slots in the order of ``SLOTS``."""
        return tuple(str(getattr(self, slot)) for slot in SLOTS)


class Consent(BaseModel):
    """What is agreed to.

    Attributes:
        version: Counts up with the meaning; kept with each decision and each answer.
        texts: Language to the site's words; "en" or the site's own language comes first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[A-Za-z0-9._-]{1,12}$")
    texts: dict[str, Slots] = Field(min_length=1)

    def slots(self, language: str) -> Slots:
        """Return the words in that language, else in the first that the site filled."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    def fingerprint(self) -> str:
        """Return the SHA-256 of all words: under one version they are always the same."""
        words = {language: slots.model_dump() for language, slots in self.texts.items()}
        written = json.dumps(words, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()

    def unfilled(self) -> tuple[str, ...]:
        """Return what is still to be filled or too long, as ``language.slot``; empty is ready."""
        return tuple(
            f"{language}.{slot}"
            for language, slots in self.texts.items()
            for slot in SLOTS
            if not 0 < len(str(getattr(slots, slot)).split()) <= MOST_WORDS
        )


@cache
def read_consent(path: Path = USUAL) -> Consent:
    """Read a consent file: ``version``, then one table of slots per language.

    Raises:
        BadConsent: The file is missing, is not TOML, or names a slot that does not exist. Empty
            slots are no error: ``Consent.unfilled`` tells them, and enrolment waits for them.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        version = raw.pop("version", "")
        return Consent.model_validate({"version": version, "texts": raw})
    except ValidationError as broken:
        first = broken.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "texts") or "file"
        raise BadConsent(f"{path.name}, {place}: {first['msg']}") from None
    except UNREADABLE as unreadable:
        raise BadConsent(f"The consent file {path.name} cannot be read: {unreadable}") from None
