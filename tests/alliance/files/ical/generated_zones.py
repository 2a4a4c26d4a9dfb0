"""Time zones as programs spell and define them, at random."""

import random
from datetime import date, datetime, time

from alliance.calendar.timing import A_DAY

FLOATING = "no zone"
SPELLINGS = {
    "Europe/Berlin": (
        *("Europe/Berlin", "europe/berlin", "/Europe/Berlin", '"Europe/Berlin"'),
        *("/freeassociation.sourceforge.net/Europe/Berlin", "W. Europe Standard Time"),
        *(FLOATING, "W. Europe Standard Time 1", "w. europe standard time", "Praxis-Zeit"),
        *("(UTC+01:00) Amsterdam, Berlin, Bern, Rom", '"(UTC+01:00) Amsterdam; Berlin"'),
    ),
    "America/New_York": (
        *("America/New_York", "/example.org/2024a/America/New_York", "Eastern Standard Time"),
        *("tzone://Microsoft/Custom", "US-Eastern"),
    ),
    "Asia/Kolkata": ("Asia/Kolkata", "ASIA/KOLKATA", "India Standard Time", "Customized Time Zone"),
    "UTC": ("UTC", "Etc/UTC", "GMT", "tzone://Microsoft/Utc", "utc", "Z"),
}
NAMES_WITH_DEFINITION = {
    "Praxis-Zeit": "Europe/Berlin",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rom": "Europe/Berlin",
    '"(UTC+01:00) Amsterdam; Berlin"': "Europe/Berlin",
    "tzone://Microsoft/Custom": "America/New_York",
    "US-Eastern": "America/New_York",
    "Customized Time Zone": "Asia/Kolkata",
}
_CHANGES = {
    # the month, the weekday's number, and the days on which it can be
    "Europe/Berlin": ((10, -1, range(25, 32), "+0200", "+0100", 3),
                      (3, -1, range(25, 32), "+0100", "+0200", 2)),
    "America/New_York": ((11, 1, range(1, 8), "-0400", "-0500", 2),
                         (3, 2, range(8, 15), "-0500", "-0400", 2)),
}  # fmt: skip


def random_time(chance: random.Random, names: set[str]) -> tuple[str, str, datetime]:
    """Return a zone, how it is spelled, and a local time; note spellings that are defined."""
    zone = chance.choice(tuple(SPELLINGS))
    spelled = chance.choice(SPELLINGS[zone])
    if spelled in NAMES_WITH_DEFINITION:
        names.add(spelled)
    day = date(2026, 3, 2) + chance.randrange(60) * A_DAY
    return zone, spelled, datetime.combine(day, time(chance.randint(7, 20), chance.choice((0, 30))))


def at_text(local: datetime, spelled: str) -> str:
    """Return a time as parameters and value; in UTC with a Z, floating without a zone."""
    if spelled == FLOATING:
        return f":{local:%Y%m%dT%H%M%S}"
    return (
        f":{local:%Y%m%dT%H%M%S}Z" if spelled == "Z" else f";TZID={spelled}:{local:%Y%m%dT%H%M%S}"
    )


def plain_at(local: datetime, zone: str) -> str:
    """Return the same with the name of the zone itself."""
    return at_text(local, "Z" if zone == "UTC" else zone)


def definition_of(chance: random.Random, name: str) -> list[str]:
    """Return a zone's definition in one of the ways in which programs write it."""
    zone = NAMES_WITH_DEFINITION[name]
    value = name.strip('"')
    lines = ["BEGIN:VTIMEZONE", f"TZID:{value}"]
    if zone not in _CHANGES:
        start = chance.choice(("00010101T000000", "16010101T000000", "19700101T000000"))
        rule = chance.choice(([], ["RRULE:FREQ=YEARLY;BYMONTH=1"]))
        return [*lines, "BEGIN:STANDARD", f"DTSTART:{start}", "TZOFFSETFROM:+0530",
                "TZOFFSETTO:+0530", *rule, "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
    form = chance.choice(("numbered", "position", "days", "week", "list", "hours", "monthly"))
    for kind, change in zip(("STANDARD", "DAYLIGHT"), _CHANGES[zone], strict=True):
        month, number, days, before, after, hour = change
        choices = ",".join(str(day) for day in days)
        rules = {
            "numbered": f"FREQ=YEARLY;BYDAY={number}SU;BYMONTH={month}",
            "position": f"FREQ=YEARLY;BYMONTH={month};BYDAY=SU;BYSETPOS={number}",
            "days": f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={choices};BYDAY=SU",
            "week": f"FREQ=YEARLY;WKST=SU;INTERVAL=1;BYMONTH={month};BYDAY={number}SU",
            "hours": f"FREQ=YEARLY;BYMINUTE=0;BYHOUR={hour};BYDAY={number}SU;BYMONTH={month}",
            "monthly": f"FREQ=MONTHLY;INTERVAL=12;BYDAY={number}SU",
        }
        first = _sunday(2007, month, days)
        lines += [f"BEGIN:{kind}", f"DTSTART:{first:%Y%m%d}T{hour:02}0000"]
        if form == "list":
            listed = (_sunday(year, month, days) for year in range(2008, 2038))
            lines += [f"RDATE:{day:%Y%m%d}T{hour:02}0000" for day in listed]
        else:
            lines.append(f"RRULE:{rules[form]}")
        lines += [f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", f"END:{kind}"]
    return [*lines, "END:VTIMEZONE"]


def _sunday(year: int, month: int, days: range) -> date:
    return next(day for n in days if (day := date(year, month, n)).weekday() == 6)
