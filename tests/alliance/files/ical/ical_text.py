"""File contents as calendar programs and spreadsheets write them."""


def calendar_text(*lines: str, name: str = "Dr Example") -> str:
    """Return a calendar around some lines."""
    return "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//example//EN",
            f"X-WR-CALNAME:{name}",
            *lines,
            "END:VCALENDAR",
            "",
        )
    )
