"""Everything that people can write: commands with any arguments, texts, messages of any kind."""

from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.schema import load_schema
from handlers.routes import COMMANDS
from tests.hostile.conftest import UpdateInjector, hostile_settings
from tests.hostile.test_taps import people, role_of
from tests.hostile.texts import CANARY, TEXTS
from tests.hostile.update_strategies import (
    ACCOUNTS,
    Json,
    message_update,
    text_update,
    values_of_field,
)
from tests.stories.access.access_rules import COMMAND_RULES

NAMES = (*sorted(COMMANDS), "help")
CONTENTS = (
    *("sticker", "contact", "location", "venue", "voice", "audio", "video", "video_note", "photo"),
    *("poll", "dice", "game", "animation", "story", "checklist", "paid_media", "invoice"),
    *("users_shared", "chat_shared", "web_app_data", "passport_data", "successful_payment"),
    *("pinned_message", "new_chat_title", "message_auto_delete_timer_changed", "giveaway", "gift"),
)
EXTRAS = ("forward_origin", "via_bot", "reply_to_message", "quote", "sender_business_bot")

words = TEXTS | st.sampled_from(
    ("P-1", "P-2", "T-1", "G-1", "2026-12-24", "24.12.", "tue", "14:00", "20", "2w", "12x", "cover")
)


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, str]:
    """Return a command's name and a line that calls it."""
    name = draw(st.sampled_from(NAMES))
    arguments = draw(st.lists(words, max_size=6))
    blank = draw(st.sampled_from((" ", "  ", "\n", "\t", "\u00a0", "\u2003")))
    return name, blank.join((f"/{name}", *arguments))[:4_096]


@hostile_settings(700)
@given(who=people, command=commands())
def test_any_command(inject: UpdateInjector, who: str, command: tuple[str, str]) -> None:
    """The sender gets a reply, and changes something only with a command of their role."""
    name, line = command
    result = inject([text_update(f"«{who}»", line)])
    assert result.set_aside_reasons == []
    assert result.recipients() == {inject.clinic.accounts[who]}
    if name != "help" and role_of(who) not in COMMAND_RULES[name][0].roles:
        # an argument of /start may be a guessed link, and those are counted
        assert result.written_tables <= ({"failed_links"} if name == "start" else set())


@hostile_settings(300)
@given(who=people, texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text(inject: UpdateInjector, who: str, texts: list[str]) -> None:
    """It is an answer, an input of a conversation, or not understood; it never fails."""
    result = inject(
        [text_update(f"«{who}»", text) for text in texts if text and not text.startswith("/")]
    )
    assert result.set_aside_reasons == []
    assert result.recipients() <= {inject.clinic.accounts[who]}
    if role_of(who) in (None, "therapist"):
        assert result.written_tables == set()


@st.composite
def conversations(draw: st.DrawFn) -> list[Json]:
    """Return what a coordinator types in a conversation with several steps."""
    begun = draw(
        st.sampled_from(("plan", "absence", "invite", "zone", "group", "groups", "people"))
    )
    lines = draw(st.lists(words, min_size=1, max_size=8))
    return [text_update("«C-1»", line) for line in (f"/{begun}", f"/{begun} P-1", *lines) if line]


@hostile_settings(120)
@given(shapes=conversations())
def test_any_conversation(inject: UpdateInjector, shapes: list[Json]) -> None:
    """Whatever is typed as a value, the conversation can continue."""
    result = inject(shapes)
    assert result.set_aside_reasons == []
    assert result.recipients() == {inject.clinic.accounts["C-1"]}


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, Json]:
    """Return a sender and a message that is not a text, such as a sticker or a voice message."""
    who = draw(people)
    kinds = draw(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=2, unique=True))
    kinds += draw(st.lists(st.sampled_from(EXTRAS), max_size=2, unique=True))
    fields = load_schema().types["Message"]
    content = {kind: draw(values_of_field(kind, fields[kind], 1)) for kind in kinds}
    if draw(st.booleans()):
        content["caption"] = f"{CANARY} {draw(TEXTS)}"
    return who, message_update(f"«{who}»", **content)


@hostile_settings(250)
@given(sent=messages())
def test_any_other_message(inject: UpdateInjector, sent: tuple[str, Json]) -> None:
    """It is not understood, and nothing of it is saved."""
    who, shape = sent
    result = inject([shape])
    assert result.set_aside_reasons == []
    assert result.written_tables == set()
    assert result.recipients() <= {inject.clinic.accounts[who]}


def test_every_account_exists(inject: UpdateInjector) -> None:
    """The accounts that the strategies use exist in the clinic."""
    assert set(ACCOUNTS) <= set(inject.clinic.accounts)
