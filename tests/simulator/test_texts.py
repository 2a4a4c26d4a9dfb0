"""parse_mode is really parsed: into Telegram's entities, or refused in Telegram's words."""

import pytest

from bot.simulator import Refusal
from bot.simulator.entities import Words
from bot.simulator.html_text import parse_html
from bot.simulator.markdown_text import parse_markdown

Found = list[tuple[str, int, int]]


def spans(words: Words) -> Found:
    """Return the entities as (type, offset, length)."""
    return [(one["type"], one["offset"], one["length"]) for one in words.entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>bold</b> <i>it</i>", "bold it", [("bold", 0, 4), ("italic", 5, 2)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("🙂<u>x</u>", "🙂x", [("underline", 2, 1)]),
        ("1 &lt; 2 &amp; 3 &#62; 2", "1 < 2 & 3 > 2", []),
        ("&nbsp; stays", "&nbsp; stays", []),
        ('<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ('<a href="https://a.example">l</a>', "l", [("text_link", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ('<tg-time unix="5" format="r">soon</tg-time>', "soon", [("date_time", 0, 4)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<b></b>empty", "empty", []),
        ("<B>x</B>", "x", [("bold", 0, 1)]),
    ],
)
def test_html(source: str, text: str, entities: Found) -> None:
    """Tags become entities, counted in UTF-16 units."""
    words = parse_html(source)

    assert words.text == text
    assert spans(words) == entities


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("ä<h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b" at byte offset 4'),
        ("<b><i>x</b>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html(source: str, sentence: str) -> None:
    """What does not nest, and what Telegram does not know."""
    with pytest.raises(Refusal) as caught:
        parse_html(source)

    assert caught.value.description == f"Bad Request: can't parse entities: {sentence}"
    assert caught.value.is_misuse


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ __u__ ~s~ ||p||", "b i u s p",
         [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1), ("strikethrough", 6, 1),
          ("spoiler", 8, 1)]),
        (r"1\.5 \- \!", "1.5 - !", []),
        ("`a.b`", "a.b", [("code", 0, 3)]),
        ("```py\nx = 1\n```", "x = 1\n", [("pre", 0, 6)]),
        (r"[l](https://a.example/\))", "l", [("text_link", 0, 1)]),
        ("*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
        (">q\n>r\nx", "q\nr\nx", [("blockquote", 0, 4)]),
    ],
)  # fmt: skip
def test_markdown(source: str, text: str, entities: Found) -> None:
    """Marks become the same entities."""
    words = parse_markdown(source)

    assert words.text == text
    assert spans(words) == entities


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("2 > 1", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("end.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("ä*b", "Can't find end of Bold entity at byte offset 2"),
        ("`x", "Can't find end of Code entity at byte offset 0"),
        ("_*x_*", "Character '_' is reserved and must be escaped with the preceding '\\'"),
    ],
)
def test_broken_markdown(source: str, sentence: str) -> None:
    """An unescaped sign is refused, not guessed at."""
    with pytest.raises(Refusal) as caught:
        parse_markdown(source)

    assert caught.value.description == f"Bad Request: can't parse entities: {sentence}"


def test_white_space_around_a_text_is_cut_off_and_entities_move() -> None:
    """The server does so, which is why an edit that adds a space changes nothing."""
    words = parse_html("  <b> 🙂x </b>  ").trimmed()

    assert words == Words("🙂x", ({"type": "bold", "offset": 0, "length": 3},))


def test_commands_and_addresses_are_found_by_themselves() -> None:
    """But not inside what is formatted already."""
    words = parse_html("/help at https://a.example. <code>/no</code>").with_links()

    assert spans(words) == [("bot_command", 0, 5), ("url", 9, 17), ("code", 28, 3)]
