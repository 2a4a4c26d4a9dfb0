"""The worst texts that people can type and clients can send.

Some contain the canary, a word that occurs nowhere else: if a log contains it, a text was leaked.
"""

from hypothesis import strategies as st

CANARY = "Zyzzyxa"

NASTY_EXAMPLES = (
    *("", " ", "\n" * 50, "\t", "\r\n", "\0", "P-1\0", "a\0b", "\x1b[2J", "\x7f"),
    *("\ud800", "\udfff x", "\u202egnirts", "P\u200b-1", "\u2066P-1\u2069", "P-1\u200d"),
    *(
        "e\u0301" * 40,
        "\u0e01\u0e49" * 30,
        "\U0001f9d1\u200d\U0001f91d\u200d\U0001f9d1",
        "\ufeffP-1",
    ),
    *("'; DROP TABLE people; --", "' OR '1'='1", 'P-1" OR ""="', "%", "_", "P-%", "\\", "$(id)"),
    *("{0.__class__}", "{code}", "{", "}", "%s%n%(x)s", "${jndi:ldap://x}", "{{7*7}}"),
    *("../../etc/passwd", "..\\..\\x", "/etc/passwd", "file:///etc/passwd", "C:\\x", "~root"),
    *("=1+1", "+1", "-1", "@x", '=HYPERLINK("x")', "'=1+1", "\t=1+1"),
    *("<b>x", "</b>", "&lt;", "&#0;", "*x*", "_x_", "[x](tg://user?id=1)", "`x", "||x||", "@all"),
    *("9" * 400, "-9", "0", "11", "1e309", "NaN", "inf", "0x10", "1_000", "1,5", "7.5", "8,123"),
    *("\u0663", "\uff17", "\U0001d7d7", "\u00b2", "\u2167", "\u4e03", "\u0be7", "\u06f8"),
    *("0000-00-00", "9999-12-31", "0001-01-01", "31.12.9999", "1.1.1", "29.2.", "30.2.2026"),
    *("24:00", "25:61", "00:00", "14", "1430", "mon", "last fri", "5.sun", "26w", "500x", "0x"),
    *("UTC", "utc", "Europe/Berlin", "europe/berlin", "../Berlin", "Factory", "localtime", "/"),
    *("P-1", "p-1", "P-2", "P-404", "T-1", "T-4", "C-1", "G-1", "G-2", "-1", "everybody", "none"),
    *("patient P-9 T-1", "therapist T-9", "P-1 T-1", "P-1 2026-12-24", "G-1 P-1", "P-1 no-show"),
    *("/start", "/start@somebody_bot x", "//", "/ ", "/\u0441heckin", "/PATIENT P-1", "/erase yes"),
)

NASTY_TEXTS = st.sampled_from(NASTY_EXAMPLES)
ANY_TEXTS = st.text(max_size=60)
TEXTS: st.SearchStrategy[str] = st.one_of(
    NASTY_TEXTS, ANY_TEXTS, st.builds(lambda a, b: f"{CANARY} {a} {b}", NASTY_TEXTS, ANY_TEXTS)
)
