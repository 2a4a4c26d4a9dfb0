"""Names of settings that are nearly right: the name that was meant."""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches

from alliance.typed.plain_text import plain_text

PREFIX = "ATTUNE_"
_WORD = PREFIX.rstrip("_")
MIN_SIMILARITY = 0.8
"""Of a prefix to ours: one letter is missing, too many, or another one."""


def near_misses(
    names: Iterable[str], known: Collection[str], *, is_our_file: bool
) -> dict[str, str]:
    """Return names that are not settings but look like one, each with the name that was meant.

    Args:
        names: Names of variables.
        known: The settings, as they are written.
        is_our_file: Whether the names are from a file of settings, in which a similar prefix is
            enough. In the environment, which other programs share, the rest must be known.
    """
    given = set(names)
    meant = {name: _meant(name, known, is_our_file=is_our_file) for name in sorted(given)}
    return {
        name: setting
        for name, setting in meant.items()
        if setting is not None and not (setting == PREFIX + name and setting in given)
    }


def closest_name(name: str, known: Collection[str]) -> str | None:
    """Return the known setting that is most similar, if any is similar."""
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.75)), None)


def _meant(name: str, known: Collection[str], *, is_our_file: bool) -> str | None:
    """Return the setting that a name without our prefix stands for, if it seems to be one."""
    if name.startswith(PREFIX):
        return None
    plain = re.sub(r"[\s.-]+", "_", plain_text(name)).strip("_").upper()
    if is_our_file and "_" in plain and PREFIX + plain in known:
        return PREFIX + plain
    prefix, _, rest = plain.partition("_")
    if plain.startswith(_WORD):
        prefix, rest = _WORD, plain.removeprefix(_WORD).lstrip("_")
    if SequenceMatcher(None, prefix, _WORD).ratio() <= MIN_SIMILARITY or not rest:
        return None
    meant = PREFIX + rest
    if meant in known or not is_our_file:
        return meant if meant in known else None
    return closest_name(meant, known) or meant
