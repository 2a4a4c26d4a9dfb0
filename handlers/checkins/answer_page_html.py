"""The HTML of the answer page: its frame, style and few parts, without any script.

A page names nobody and loads nothing. Everything that is put into it is escaped here.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from babel import Locale

STYLE = """
:root{color-scheme:light dark;--ground:#faf9f6;--ink:#1c2326;--quiet:#4c585d;--button:#fff;
--edge:#6b7a80;--mark:#0b5c6b;--on-mark:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#14191b;--ink:#e9eef0;--quiet:#aab6bb;
--button:#20282b;--edge:#7e8d93;--mark:#8fd3e0;--on-mark:#0d1517}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:1.125rem/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:30rem;min-height:100vh;min-height:100svh;margin:0 auto;padding:1.25rem .75rem;
display:flex;flex-direction:column;justify-content:flex-end;gap:1rem}
@media (min-height:50rem) and (min-width:40rem){main{justify-content:center}}
h1{font-size:1.375rem;line-height:1.3;margin:0;font-weight:600}
p{margin:0;white-space:pre-line}
.quiet{color:var(--quiet);font-size:1rem}
fieldset{border:0;margin:0;padding:0;min-width:0}
legend{padding:0;margin:0 0 .75rem}
form{display:grid;gap:1rem}
.grid{display:grid;gap:.375rem}
.w1{grid-template-columns:1fr}.w2{grid-template-columns:repeat(2,1fr)}
.w3{grid-template-columns:repeat(3,1fr)}.w4{grid-template-columns:repeat(4,1fr)}
.w2>:last-child:nth-child(odd){grid-column:1/-1}
.w5{grid-template-columns:repeat(5,1fr)}.w6{grid-template-columns:repeat(6,1fr)}
.ends{display:flex;justify-content:space-between;gap:1rem;margin-bottom:.5rem}
button,a{display:flex;align-items:center;justify-content:center;min-height:3.5rem;min-width:2.75rem;
padding:.5rem .25rem;border:1px solid var(--edge);border-radius:.75rem;background:var(--button);
color:var(--ink);font:inherit;text-align:center;text-decoration:none;cursor:pointer;
touch-action:manipulation}
.small button,.small a{min-height:2.875rem;font-size:1rem}
[aria-current],.main{background:var(--mark);border-color:var(--mark);color:var(--on-mark)}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
textarea{width:100%;min-height:9rem;padding:.75rem;border:1px solid var(--edge);
border-radius:.75rem;background:var(--button);color:var(--ink);font:inherit}
@media (forced-colors:active){[aria-current]{outline:3px solid}}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""Hash for the Content-Security-Policy: the browser accepts this style and no other."""

TAP_FIELD = "tap"
"""Form field with what a button carries: the same as in the chat."""

COMMENT_FIELD = "words"


class PageButton(NamedTuple):
    """A button that submits something, or a link if ``view`` is given.

    Attributes:
        data: What it carries, as in the chat.
        view: The view that a link leads to; a link changes nothing.
        is_selected: Whether it was chosen before.
        is_main: Whether it stands out.
    """

    label: str
    data: str = ""
    view: str | None = None
    is_selected: bool = False
    is_main: bool = False


def html_page(language: str, *, title: str, body: str) -> str:
    """Return a whole page."""
    direction = "rtl" if Locale.parse(language).character_order == "right-to-left" else "ltr"
    return (
        f'<!doctype html><html lang="{escape(language)}" dir="{direction}"><head>'
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style>'
        f"</head><body><main>{body}</main></body></html>"
    )


def heading(words: str) -> str:
    """Return the page's heading."""
    return f"<h1>{escape(words)}</h1>"


def paragraph(words: str, *, quiet: bool = False) -> str:
    """Return a paragraph; line breaks stay."""
    return f'<p class="quiet">{escape(words)}</p>' if quiet else f"<p>{escape(words)}</p>"


def form(*parts: str) -> str:
    """Return a form that posts to the page's own address."""
    return f'<form method="post">{"".join(parts)}</form>'


def question_group(words: str, choices: str, *, ends: tuple[str, str] | None = None) -> str:
    """Return a question and its choices as one group, with the labels of a scale's ends."""
    if ends is None:
        return f"<fieldset><legend>{heading(words)}</legend>{choices}</fieldset>"
    low, high = ends
    return (
        f'<fieldset aria-describedby="ends"><legend>{heading(words)}</legend>'
        f'<p class="quiet ends" id="ends"><span>{escape(low)}</span> <span>{escape(high)}</span>'
        f"</p>{choices}</fieldset>"
    )


def optional_group(words: str, choices: str) -> str:
    """Return a question that need not be answered, and its choices, as one group."""
    return f"<fieldset><legend>{escape(words)}</legend>{choices}</fieldset>"


def grid(choices: Sequence[PageButton], width: int, *, small: bool = False) -> str:
    """Lay out choices, ``width`` in a row."""
    classes = f"grid w{width} small" if small else f"grid w{width}"
    return f'<div class="{classes}">{"".join(map(_choice, choices))}</div>' if choices else ""


def _choice(choice: PageButton) -> str:
    label, style = escape(choice.label), ' class="main"' if choice.is_main else ""
    if choice.view is not None:
        return f'<a href="?see={escape(choice.view)}"{style}>{label}</a>'
    selected = ' aria-current="true"' if choice.is_selected else ""
    return (
        f'<button type="submit" name="{TAP_FIELD}" value="{escape(choice.data)}"{style}{selected}>'
        f"{label}</button>"
    )


def text_area(label: str, *, max_length: int) -> str:
    """Return a text field with its label."""
    return (
        f'<label for="{COMMENT_FIELD}">{escape(label)}</label>'
        f'<textarea id="{COMMENT_FIELD}" name="{COMMENT_FIELD}" maxlength="{max_length}" required'
        ' autocomplete="off"></textarea>'
    )
