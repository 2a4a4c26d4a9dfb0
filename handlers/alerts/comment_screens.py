"""A patient's own words as the therapist reads them, in a message that hides itself."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.app.screen import Button, Screen
from handlers.texts import day, say
from storage.checkins.comments import Comment

MOST_UNITS = 4000
"""Telegram's limit is 4096, where it counts some characters twice."""


def read(
    language: str, zone: ZoneInfo, code: str, found: Sequence[Comment], hide: Button
) -> Screen:
    """Return comments, the newest first, as many as one message holds; one always fits."""
    if not found:
        return Screen(say(language, "words.none", code=code), ((hide,),), protected=True)
    parts: list[str] = []
    for comment in found:
        at = day(comment.starts_at.astimezone(zone), language)
        parts.append(f"{code} · {at}\n{comment.text}")
        if len("\n\n".join(parts).encode("utf-16-le")) // 2 > MOST_UNITS:
            parts.pop()
            break
    return Screen("\n\n".join(parts), ((hide,),), protected=True)
