"""Taps: any text a client can put into a button, and every kind of button of other people's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.app.telegram_client import Raw
from handlers.taps import KINDS, Tap, pack
from tests.hostile.conftest import Thrower, throws
from tests.hostile.shapes import PEOPLE, private, tapped
from tests.hostile.words import WORDS
from tests.stories.doors import MADE_UP_IDS, tap_doors

DOORS = tap_doors(MADE_UP_IDS)
ROLES = {"T": "therapist", "P": "patient", "C": "coordinator"}
THINGS = ("patient", "other", "checkin", "open", "session", "alert", "care", "group")
IDS = (
    *(f"«{name}»" for name in (*THINGS, "plan", "absence", "import", "run", "step")),
    *("f" * 32, "0" * 32),
)
NUMBERS = ("0", "1", "-1", "999", "9" * 40, "1.5", "1e9", "\u0663", "\uff11", "\u00b2", "0x1f")
VERBS = (
    *sorted({field for _, taps in DOORS.values() for tap in taps for field in tap}),
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

ABOUT_SOMETHING = [KINDS[kind] for kind, (_, taps) in DOORS.items() if "f" * 32 in taps[0]]
"""The kinds of buttons that begin with an id."""

a_field = st.one_of(*(st.sampled_from(some) for some in (IDS, NUMBERS, VERBS)), WORDS)
somebody = st.sampled_from(PEOPLE)


def role_of(code: str) -> str | None:
    """Return the role of one of the crowd; None for a stranger and for one who has ended."""
    return None if code in ("nobody", "T-4") else ROLES[code[0]]


@st.composite
def a_tap(draw: st.DrawFn) -> str:
    """Return a button's data: often of a kind that exists, seldom with what belongs in it."""
    kinds = sorted(KINDS.values())
    head = draw(st.sampled_from(kinds) | WORDS)
    return ":".join((head, *draw(st.lists(a_field, max_size=4))))


@st.composite
def a_place(draw: st.DrawFn) -> Any:
    """Return where the tapped message stands: seen, too old to be seen, or in another chat."""
    chat = draw(
        st.sampled_from(PEOPLE).map(lambda code: private(f"«{code}»"))
        | st.sampled_from(("group", "supergroup", "channel")).map(
            lambda kind: {"id": -1_001_234, "type": kind, "title": "x"}
        )
    )
    return {
        "message_id": draw(st.integers(1, 9)),
        "date": draw(st.sampled_from((0, 1_772_600_000))),
        "chat": chat,
    }


@throws(600)
@given(who=somebody, taps=st.lists(a_tap(), min_size=1, max_size=5))
def test_any_tap(throw: Thrower, who: str, taps: list[str]) -> None:
    """Each is answered, to the one who tapped alone; strangers and the ended change nothing."""
    heard = throw([tapped(f"«{who}»", data) for data in taps])
    assert heard.set_aside == []
    assert heard.addressees() <= {throw.yard.accounts[who]}
    assert [name for name, _ in heard.calls].count("answerCallbackQuery") >= len(taps)
    if role_of(who) is None:
        assert heard.written == set()


@throws(150)
@given(who=somebody, data=a_tap(), place=a_place())
def test_a_tap_from_anywhere_else(throw: Thrower, who: str, data: str, place: Any) -> None:
    """From a group, a channel, or another's chat: nothing changes, and nobody is written to."""
    heard = throw([tapped(f"«{who}»", data, place)])
    if place["chat"] != private(f"«{who}»"):
        assert heard.written == set()
        assert [name for name, _ in heard.calls] == ["answerCallbackQuery"]
    assert heard.set_aside == []


@throws(100)
@given(who=somebody, data=a_tap(), without=st.sampled_from(("message", "data")))
def test_a_tap_without_its_message(throw: Thrower, who: str, data: str, without: str) -> None:
    """Buttons of inline messages and of games have none, and there are none of those here."""
    shape: Raw = tapped(f"«{who}»", data)
    del shape["callback_query"][without]
    heard = throw([shape])
    assert heard.written == set()
    assert heard.set_aside == []
    assert heard.addressees() == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_wrong_person_comes_in(throw: Thrower, kind: type[Tap]) -> None:
    """Every kind of button, with ids that exist and ids that do not, tapped by each wrong role."""
    door, _ = DOORS[kind]
    with_ids = tap_doors(throw.yard.ids)[kind][1]
    for who in PEOPLE:
        if role_of(who) in door.roles:
            continue
        heard = throw([tapped(f"«{who}»", ":".join((KINDS[kind], *tap))) for tap in with_ids])
        assert (who, heard.written) == (who, set())


@throws(200)
@given(
    kind=st.sampled_from(ABOUT_SOMETHING),
    who=somebody,
    made_up=st.sampled_from(("f" * 32, *NUMBERS)),
    fields=st.lists(a_field, max_size=3),
)
def test_nothing_that_is_made_up_changes_anything(
    throw: Thrower, kind: str, who: str, made_up: str, fields: list[str]
) -> None:
    """Whoever taps: a button about what does not exist does nothing, whatever else it says."""
    heard = throw([tapped(f"«{who}»", ":".join((kind, made_up, *fields)))])
    assert heard.written == set()


def test_data_that_is_too_long_is_no_button(throw: Thrower) -> None:
    """Telegram carries 64 bytes; somebody who could send more would get no further."""
    for _, taps in tap_doors(throw.yard.ids).values():
        long = [pack(tap) + "9" * 5_000 for tap in taps]
        for who in PEOPLE:
            heard = throw([tapped(f"«{who}»", data) for data in long])
            assert (who, heard.written) == (who, set())
