"""What goes over the wire is what was to be said, whatever letters are in it."""

import json
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.http import form_of

letters = st.text(st.characters(exclude_categories=["Cs"]))
values = st.one_of(
    letters,
    st.integers(),
    st.booleans(),
    st.lists(st.dictionaries(letters, letters, max_size=3), max_size=3),
)


@given(st.dictionaries(letters.filter(bool), values, max_size=5))
def test_a_form_reads_back_as_it_was(said: dict[str, object]) -> None:
    """Any text, number or keyboard arrives letter by letter, as the framework would send it."""
    data = RequestData([RequestParameter.from_input(name, value) for name, value in said.items()])
    form = form_of(data).decode("ascii")
    read = dict(parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)))
    assert read == dict(parse_qsl(urlencode(data.json_parameters), keep_blank_values=True))
    for name, value in said.items():
        assert read[name] == (value if isinstance(value, str) else json.dumps(value))
