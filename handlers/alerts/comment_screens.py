"""A patient's own words as the therapist reads them, in a message that hides itself."""

from collections.abc import Sequence

from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen
from storage.checkins.comments import Comment

MAX_UTF16_UNITS = 4000
"""A message may hold 4096 UTF-16 units."""


def listing(reader: Reader, code: str, comments: Sequence[Comment], hide: Button) -> Screen:
    """Return comments, newest first: as many as fit into one message. One always fits."""
    if not comments:
        return Screen(reader.say("words.none", code=code), ((hide,),), protected=True)
    parts: list[str] = []
    for comment in comments:
        parts.append(f"{code} · {reader.day(comment.starts_at)}\n{comment.text}")
        if len("\n\n".join(parts).encode("utf-16-le")) // 2 > MAX_UTF16_UNITS:
            parts.pop()
            break
    return Screen("\n\n".join(parts), ((hide,),), protected=True)
