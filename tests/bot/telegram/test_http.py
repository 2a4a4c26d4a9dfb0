"""Requests are encoded correctly, whatever characters they contain."""

import json
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.http import encode_form

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.one_of(
    texts,
    st.integers(),
    st.booleans(),
    st.lists(st.dictionaries(texts, texts, max_size=3), max_size=3),
)


@given(st.dictionaries(texts.filter(bool), values, max_size=5))
def test_a_form_can_be_decoded(params: dict[str, object]) -> None:
    """Any text, number or keyboard arrives unchanged, as the framework would send it."""
    data = RequestData([RequestParameter.from_input(name, value) for name, value in params.items()])
    form = encode_form(data).decode("ascii")
    read = dict(parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)))
    assert read == dict(parse_qsl(urlencode(data.json_parameters), keep_blank_values=True))
    for name, value in params.items():
        assert read[name] == (value if isinstance(value, str) else json.dumps(value))
