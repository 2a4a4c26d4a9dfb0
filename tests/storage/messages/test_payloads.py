"""What a message is about comes back as it was saved, whatever its kind."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.messages.kinds_and_priorities import PRIORITY, MessageKind
from storage.messages.payloads import PAYLOADS, Payload, payload_from_json, payload_to_json

OFFSETS = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])
MESSAGES = st.sampled_from(list(MessageKind)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.from_type(PAYLOADS[kind]))
)
st.register_type_strategy(datetime, st.datetimes(timezones=OFFSETS))
st.register_type_strategy(date, st.dates())


@given(message=MESSAGES)
def test_a_payload_comes_back_as_it_was(message: tuple[MessageKind, Payload]) -> None:
    """Of every kind, with any text in it."""
    kind, payload = message
    assert payload_from_json(kind, payload_to_json(payload)) == payload


def test_every_kind_has_a_payload_and_a_priority() -> None:
    """A kind without one could not be posted."""
    assert set(PAYLOADS) == set(PRIORITY) == set(MessageKind)


@pytest.mark.parametrize("fields", [{}, {"alert_id": "a"}, {"checkin_id": "k", "more": 1}])
def test_a_payload_of_another_kind_is_refused(fields: dict[str, object]) -> None:
    """It is noticed before anything is composed from it."""
    with pytest.raises(ValueError, match="no payload of a message of kind prompt"):
        payload_from_json(MessageKind.PROMPT, json.dumps(fields))
