"""Files that anybody sends: tables, calendars, noise, with names and sizes of any kind."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alliance.files.decoding import MOST_BYTES
from alliance.files.tables.rows import COLUMNS
from tests.alliance.files.files import calendar_text
from tests.handlers.test_any_file import PIECES
from tests.hostile.conftest import Thrower, throws
from tests.hostile.shapes import message
from tests.hostile.test_taps import role_of, somebody
from tests.hostile.words import CANARY, WORDS

SIZES = (None, 0, 10, -1, MOST_BYTES, MOST_BYTES + 1, 2**40)
NAMES = st.sampled_from(("a.csv", "a.ics", "", ".", "a.xlsx", "a.ics.exe", "x" * 300)) | WORDS


@st.composite
def a_table(draw: st.DrawFn) -> bytes:
    """Return a table whose cells hold anything."""
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6, unique=True))
    mark = draw(st.sampled_from((";", ",", "\t")))
    lines = [mark.join(columns)]
    for _ in range(draw(st.integers(0, 5))):
        cells = [draw(WORDS).replace('"', '""') for _ in columns]
        lines.append(mark.join(f'"{cell}"' for cell in cells))
    return "\n".join(lines).encode("utf-8", "replace")


@st.composite
def a_calendar(draw: st.DrawFn) -> bytes:
    """Return a calendar with lines of every kind, and words of ours in it."""
    lines = draw(st.lists(st.sampled_from(PIECES), max_size=15))
    lines += [f"SUMMARY:{CANARY} P-1", f"DESCRIPTION:{CANARY} {draw(WORDS)}"]
    return calendar_text("BEGIN:VEVENT", "UID:a", *lines, "END:VEVENT").encode("utf-8", "replace")


CONTENTS = st.one_of(a_table(), a_calendar(), st.binary(max_size=400))


@throws(200)
@given(
    who=somebody | st.just("C-1"),
    content=CONTENTS,
    name=NAMES,
    size=st.sampled_from(SIZES),
    is_there=st.booleans() | st.just(True),
)
def test_any_file(
    throw: Thrower, who: str, content: bytes, name: str, size: int | None, is_there: bool
) -> None:
    """One answer; only a coordinator's file is fetched, and nothing but its dry run is kept."""
    file = throw.yard.story.telegram.state.new_file(
        kind="document", name="file", mime_type="text/plain", content=content
    )
    document: dict[str, Any] = {"file_id": file.file_id if is_there else "x", "file_unique_id": "x"}
    told = {"file_name": name, "file_size": size}
    document |= {field: value for field, value in told.items() if value is not None}
    heard = throw([message(f"«{who}»", document=document, caption=f"{CANARY} {name}")])
    assert heard.set_aside == []
    assert heard.addressees() == {throw.yard.accounts[who]}
    methods = [method for method, _ in heard.calls]
    assert "getFile" not in methods or role_of(who) == "coordinator"
    assert "getFile" not in methods or (size or 0) <= MOST_BYTES
    assert heard.written <= ({"imports"} if role_of(who) == "coordinator" else set())


@throws(60)
@given(seed=st.integers(0, 2**32))
def test_a_good_file_that_was_damaged(throw: Thrower, seed: int) -> None:
    """Bytes are gone, doubled, or others; the dry run says so, or what is left of it."""
    chance = random.Random(seed)
    content = bytearray(b"kind;code;therapist;days;start;zone\npatient;P-1;T-1;Tue;14:00;UTC\n")
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(content))
        content[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        content = content or bytearray(b"x")
    file = throw.yard.story.telegram.state.new_file(
        kind="document", name="a.csv", mime_type="text/csv", content=bytes(content)
    )
    document = {"file_id": file.file_id, "file_unique_id": "x", "file_name": "a.csv"}
    heard = throw([message("«C-1»", document=document)])
    assert heard.written <= {"imports"}
    assert [method for method, _ in heard.calls].count("sendMessage") == 1
