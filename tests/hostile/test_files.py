"""Files that anybody could send: tables, calendars and noise, with any names and sizes."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance.files.decoding import MAX_BYTES
from alliance.files.tables.rows import COLUMNS
from tests.alliance.files.ical.ical_text import calendar_text
from tests.handlers.files.test_any_file import PIECES
from tests.hostile.conftest import UpdateInjector, hostile_settings
from tests.hostile.test_taps import people, role_of
from tests.hostile.texts import CANARY, TEXTS
from tests.hostile.update_strategies import message_update

SIZES = (None, 0, 10, -1, MAX_BYTES, MAX_BYTES + 1, 2**40)
NAMES = st.sampled_from(("a.csv", "a.ics", "", ".", "a.xlsx", "a.ics.exe", "x" * 300)) | TEXTS


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Return a table with any cells."""
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6, unique=True))
    separator = draw(st.sampled_from((";", ",", "\t")))
    lines = [separator.join(columns)]
    for _ in range(draw(st.integers(0, 5))):
        cells = [draw(TEXTS).replace('"', '""') for _ in columns]
        lines.append(separator.join(f'"{cell}"' for cell in cells))
    return "\n".join(lines).encode("utf-8", "replace")


@st.composite
def calendars(draw: st.DrawFn) -> bytes:
    """Return a calendar with lines of every kind, and the canary in it."""
    lines = draw(st.lists(st.sampled_from(PIECES), max_size=15))
    lines += [f"SUMMARY:{CANARY} P-1", f"DESCRIPTION:{CANARY} {draw(TEXTS)}"]
    return calendar_text("BEGIN:VEVENT", "UID:a", *lines, "END:VEVENT").encode("utf-8", "replace")


CONTENTS = st.one_of(tables(), calendars(), st.binary(max_size=400))


@hostile_settings(200)
@given(
    who=people | st.just("C-1"),
    content=CONTENTS,
    name=NAMES,
    size=st.sampled_from(SIZES),
    is_there=st.booleans() | st.just(True),
)
def test_any_file(
    inject: UpdateInjector, who: str, content: bytes, name: str, size: int | None, is_there: bool
) -> None:
    """It gets one reply; only a coordinator's file is fetched, and only its dry run is saved."""
    file = inject.clinic.story.telegram.state.new_file(
        kind="document", name="file", mime_type="text/plain", content=content
    )
    document: dict[str, Any] = {"file_id": file.file_id if is_there else "x", "file_unique_id": "x"}
    optional = {"file_name": name, "file_size": size}
    document |= {field: value for field, value in optional.items() if value is not None}
    result = inject([message_update(f"«{who}»", document=document, caption=f"{CANARY} {name}")])
    assert result.set_aside_reasons == []
    assert result.recipients() == {inject.clinic.accounts[who]}
    methods = [method for method, _ in result.calls]
    assert "getFile" not in methods or role_of(who) == "coordinator"
    assert "getFile" not in methods or (size or 0) <= MAX_BYTES
    assert result.written_tables <= ({"imports"} if role_of(who) == "coordinator" else set())


@hostile_settings(60)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file(inject: UpdateInjector, seed: int) -> None:
    """With missing, repeated or other bytes it still gets one reply."""
    rng = random.Random(seed)
    content = bytearray(b"kind;code;therapist;days;start;zone\npatient;P-1;T-1;Tue;14:00;UTC\n")
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(content))
        content[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        content = content or bytearray(b"x")
    file = inject.clinic.story.telegram.state.new_file(
        kind="document", name="a.csv", mime_type="text/csv", content=bytes(content)
    )
    document = {"file_id": file.file_id, "file_unique_id": "x", "file_name": "a.csv"}
    result = inject([message_update("«C-1»", document=document)])
    assert result.written_tables <= {"imports"}
    assert [method for method, _ in result.calls].count("sendMessage") == 1
