"""Consent texts: fixed slots that a site fills in its own words, with a version."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alliance.errors import BadConsent
from alliance.toml_files import read_toml

DEFAULT_FILE = Path(__file__).parent / "usual.toml"

SLOTS = ("who_reads", "when", "crisis", "technology", "limits", "voluntary", "retention")
"""Every slot, in the order in which patients read them."""

MAX_WORDS = 40
"""Per slot; few people read more than this before tapping."""

SlotText = Annotated[str, Field(max_length=400)]


class Slots(BaseModel):
    """The site's texts in one language; an empty slot is still to be filled.

    Attributes:
        who_reads: Who reads the answers, besides the people who are named.
        when: When they are read, and that nobody monitors them around the clock.
        crisis: Whom to call in an emergency.
        technology: What happens if a message does not arrive.
        limits: The limits of confidentiality.
        voluntary: That taking part is voluntary, and that declining has no disadvantages.
        retention: How long data is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    who_reads: SlotText = ""
    when: SlotText = ""
    crisis: SlotText = ""
    technology: SlotText = ""
    limits: SlotText = ""
    voluntary: SlotText = ""
    retention: SlotText = ""


class Consent(BaseModel):
    """The text that patients consent to.

    Attributes:
        version: Goes up whenever the meaning changes; stored with each decision and answer.
        texts: Language to the site's texts; "en" or the site's own language comes first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[A-Za-z0-9._-]{1,12}$")
    texts: dict[str, Slots] = Field(min_length=1)

    def slots(self, language: str) -> Slots:
        """Return the texts in that language, or in the first one."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    def fingerprint(self) -> str:
        """Return the SHA-256 of all texts; the same version must always have the same one."""
        texts = {language: slots.model_dump() for language, slots in self.texts.items()}
        serialised = json.dumps(texts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(serialised.encode()).hexdigest()

    def unfilled_slots(self) -> tuple[str, ...]:
        """Return slots that are empty or too long, as ``language.slot``; none if all are ready."""
        return tuple(
            f"{language}.{slot}"
            for language, slots in self.texts.items()
            for slot in SLOTS
            if not 0 < len(str(getattr(slots, slot)).split()) <= MAX_WORDS
        )


@cache
def read_consent(path: Path = DEFAULT_FILE) -> Consent:
    """Read a consent file: ``version``, then one table of slots per language.

    Raises:
        BadConsent: The file is missing, is not TOML, or has an unknown slot. Empty slots are
            not an error; ``Consent.unfilled_slots`` lists them and they block enrolment.
    """
    return read_toml(
        path,
        lambda content: Consent.model_validate(
            {"version": content.pop("version", ""), "texts": content}
        ),
        what="consent file",
        error=BadConsent,
        not_in_file="texts",
    )
