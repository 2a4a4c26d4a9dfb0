"""Everything people can write: commands with any arguments, texts, and every kind of message."""

from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.schema import the_schema
from handlers.routes import COMMANDS
from tests.hostile.conftest import Thrower, throws
from tests.hostile.shapes import PEOPLE, Json, a_value, message, said
from tests.hostile.test_taps import role_of, somebody
from tests.hostile.words import CANARY, WORDS
from tests.stories.doors import COMMAND_DOORS

NAMES = (*sorted(COMMANDS), "help")
CONTENTS = (
    *("sticker", "contact", "location", "venue", "voice", "audio", "video", "video_note", "photo"),
    *("poll", "dice", "game", "animation", "story", "checklist", "paid_media", "invoice"),
    *("users_shared", "chat_shared", "web_app_data", "passport_data", "successful_payment"),
    *("pinned_message", "new_chat_title", "message_auto_delete_timer_changed", "giveaway", "gift"),
)
TRIMMINGS = ("forward_origin", "via_bot", "reply_to_message", "quote", "sender_business_bot")

an_argument = WORDS | st.sampled_from(
    ("P-1", "P-2", "T-1", "G-1", "2026-12-24", "24.12.", "tue", "14:00", "20", "2w", "12x", "cover")
)


@st.composite
def a_command(draw: st.DrawFn) -> tuple[str, str]:
    """Return a command's name, and the line that somebody types."""
    name = draw(st.sampled_from(NAMES))
    arguments = draw(st.lists(an_argument, max_size=6))
    blank = draw(st.sampled_from((" ", "  ", "\n", "\t", "\u00a0", "\u2003")))
    return name, blank.join((f"/{name}", *arguments))[:4_096]


@throws(700)
@given(who=somebody, command=a_command())
def test_any_command(throw: Thrower, who: str, command: tuple[str, str]) -> None:
    """An answer to the one who typed, and a change only where the command is theirs."""
    name, line = command
    heard = throw([said(f"«{who}»", line)])
    assert heard.set_aside == []
    assert heard.addressees() == {throw.yard.accounts[who]}
    if name != "help" and role_of(who) not in COMMAND_DOORS[name][0].roles:
        # a word after /start may be a guessed link, and those are counted
        assert heard.written <= ({"guesses"} if name == "start" else set())


@throws(300)
@given(who=somebody, texts=st.lists(WORDS, min_size=1, max_size=4))
def test_any_text(throw: Thrower, who: str, texts: list[str]) -> None:
    """An answer, a value of a conversation, or nothing that is understood; never a fault."""
    heard = throw([said(f"«{who}»", text) for text in texts if text and not text.startswith("/")])
    assert heard.set_aside == []
    assert heard.addressees() <= {throw.yard.accounts[who]}
    if role_of(who) in (None, "therapist"):
        assert heard.written == set()


@st.composite
def a_conversation(draw: st.DrawFn) -> list[Json]:
    """Return lines that a coordinator types into a conversation of several steps."""
    begun = draw(
        st.sampled_from(("plan", "absence", "invite", "zone", "group", "groups", "people"))
    )
    lines = draw(st.lists(an_argument, min_size=1, max_size=8))
    return [said("«C-1»", line) for line in (f"/{begun}", f"/{begun} P-1", *lines) if line]


@throws(120)
@given(shapes=a_conversation())
def test_any_conversation(throw: Thrower, shapes: list[Json]) -> None:
    """Whatever is typed in place of a value, the conversation can go on."""
    heard = throw(shapes)
    assert heard.set_aside == []
    assert heard.addressees() == {throw.yard.accounts["C-1"]}


@st.composite
def a_message(draw: st.DrawFn) -> tuple[str, Json]:
    """Return who sends, and a message that is no text: a sticker, a place, a forwarded voice."""
    who = draw(somebody)
    kinds = draw(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=2, unique=True))
    kinds += draw(st.lists(st.sampled_from(TRIMMINGS), max_size=2, unique=True))
    fields = the_schema().types["Message"]
    content = {kind: draw(a_value(kind, fields[kind], 1)) for kind in kinds}
    if draw(st.booleans()):
        content["caption"] = f"{CANARY} {draw(WORDS)}"
    return who, message(f"«{who}»", **content)


@throws(250)
@given(sent=a_message())
def test_any_other_message(throw: Thrower, sent: tuple[str, Json]) -> None:
    """It is said that this is not understood; nothing of it is kept."""
    who, shape = sent
    heard = throw([shape])
    assert heard.set_aside == []
    assert heard.written == set()
    assert heard.addressees() <= {throw.yard.accounts[who]}


def test_everybody_of_the_crowd_is_there(throw: Thrower) -> None:
    """The one who threw these things is one of those whom the clinic knows, or a stranger."""
    assert set(PEOPLE) <= set(throw.yard.accounts)
