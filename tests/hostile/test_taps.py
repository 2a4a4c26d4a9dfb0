"""Taps with any button data that a client can send, and with buttons of other people."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.client import Raw
from handlers.taps import KINDS, Tap, pack
from tests.hostile.conftest import UpdateInjector, hostile_settings
from tests.hostile.texts import TEXTS
from tests.hostile.update_strategies import ACCOUNTS, private_chat, tap_update
from tests.stories.access.access_rules import MADE_UP_IDS, tap_rules

RULES = tap_rules(MADE_UP_IDS)
ROLES = {"T": "therapist", "P": "patient", "C": "coordinator"}
RECORDS = ("patient", "other", "checkin", "open", "session", "alert", "care", "group")
IDS = (
    *(f"«{name}»" for name in (*RECORDS, "plan", "absence", "import", "run", "step")),
    *("f" * 32, "0" * 32),
)
NUMBERS = ("0", "1", "-1", "999", "9" * 40, "1.5", "1e9", "\u0663", "\uff11", "\u00b2", "0x1f")
VERBS = (
    *sorted({field for _, taps in RULES.values() for tap in taps for field in tap}),
    *(
        "do",
        "back",
        "cancel",
        "drop",
        "missing",
        "whose",
        "foreign",
        "links",
        "page",
        "mode",
        "time",
    ),
    *(
        "off",
        "wait",
        "weekday",
        "-",
        "s",
        "d",
        "f",
        "q1",
        "hour",
        "evening",
        "none",
        "undo",
        "wish-yes",
    ),
)

KINDS_WITH_IDS = [KINDS[kind] for kind, (_, taps) in RULES.items() if "f" * 32 in taps[0]]
"""The kinds of buttons whose data begins with an id."""

fields_of_data = st.one_of(*(st.sampled_from(some) for some in (IDS, NUMBERS, VERBS)), TEXTS)
people = st.sampled_from(ACCOUNTS)


def role_of(code: str) -> str | None:
    """Return the role of a person; None for a stranger and for a therapist who has ended."""
    return None if code in ("nobody", "T-4") else ROLES[code[0]]


@st.composite
def button_data(draw: st.DrawFn) -> str:
    """Return a button's data: often of an existing kind, seldom with valid fields."""
    kinds = sorted(KINDS.values())
    head = draw(st.sampled_from(kinds) | TEXTS)
    return ":".join((head, *draw(st.lists(fields_of_data, max_size=4))))


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Return the tapped message: accessible, too old to be accessible, or in another chat."""
    chat = draw(
        st.sampled_from(ACCOUNTS).map(lambda code: private_chat(f"«{code}»"))
        | st.sampled_from(("group", "supergroup", "channel")).map(
            lambda kind: {"id": -1_001_234, "type": kind, "title": "x"}
        )
    )
    return {
        "message_id": draw(st.integers(1, 9)),
        "date": draw(st.sampled_from((0, 1_772_600_000))),
        "chat": chat,
    }


@hostile_settings(600)
@given(who=people, taps=st.lists(button_data(), min_size=1, max_size=5))
def test_any_tap(inject: UpdateInjector, who: str, taps: list[str]) -> None:
    """Only the person who taps gets replies; strangers and former staff change nothing."""
    result = inject([tap_update(f"«{who}»", data) for data in taps])
    assert result.set_aside_reasons == []
    assert result.recipients() <= {inject.clinic.accounts[who]}
    assert [name for name, _ in result.calls].count("answerCallbackQuery") >= len(taps)
    if role_of(who) is None:
        assert result.written_tables == set()


@hostile_settings(150)
@given(who=people, data=button_data(), message=messages())
def test_a_tap_in_another_chat(inject: UpdateInjector, who: str, data: str, message: Any) -> None:
    """In a group, a channel or another person's chat: nothing changes, and nothing is sent."""
    result = inject([tap_update(f"«{who}»", data, message)])
    if message["chat"] != private_chat(f"«{who}»"):
        assert result.written_tables == set()
        assert [name for name, _ in result.calls] == ["answerCallbackQuery"]
    assert result.set_aside_reasons == []


@hostile_settings(100)
@given(who=people, data=button_data(), without=st.sampled_from(("message", "data")))
def test_a_tap_without_message_or_data(
    inject: UpdateInjector, who: str, data: str, without: str
) -> None:
    """Buttons of inline messages and games lack them, and the bot has no such buttons."""
    shape: Raw = tap_update(f"«{who}»", data)
    del shape["callback_query"][without]
    result = inject([shape])
    assert result.written_tables == set()
    assert result.set_aside_reasons == []
    assert result.recipients() == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_unauthorised_people_change_nothing(inject: UpdateInjector, kind: type[Tap]) -> None:
    """Each kind of button, tapped by each person whose role may not use it."""
    rule, _ = RULES[kind]
    with_ids = tap_rules(inject.clinic.ids)[kind][1]
    for who in ACCOUNTS:
        if role_of(who) in rule.roles:
            continue
        result = inject([tap_update(f"«{who}»", ":".join((KINDS[kind], *tap))) for tap in with_ids])
        assert (who, result.written_tables) == (who, set())


@hostile_settings(200)
@given(
    kind=st.sampled_from(KINDS_WITH_IDS),
    who=people,
    made_up=st.sampled_from(("f" * 32, *NUMBERS)),
    fields=st.lists(fields_of_data, max_size=3),
)
def test_made_up_ids_change_nothing(
    inject: UpdateInjector, kind: str, who: str, made_up: str, fields: list[str]
) -> None:
    """A button about a record that does not exist does nothing, whoever taps it."""
    result = inject([tap_update(f"«{who}»", ":".join((kind, made_up, *fields)))])
    assert result.written_tables == set()


def test_button_data_that_is_too_long_changes_nothing(inject: UpdateInjector) -> None:
    """Telegram's limit is 64 bytes; more would not help an attacker."""
    for _, taps in tap_rules(inject.clinic.ids).values():
        long = [pack(tap) + "9" * 5_000 for tap in taps]
        for who in ACCOUNTS:
            result = inject([tap_update(f"«{who}»", data) for data in long])
            assert (who, result.written_tables) == (who, set())
