"""The data map covers the schema: every column has a reason."""

from storage.maintenance.rotate_keys import ENCRYPTED_COLUMNS
from storage.privacy.export_parts import OMITTED_TABLES, PARTS
from storage.privacy.rows_to_erase import ROWS_OF_CHECKIN, ROWS_OF_PATIENT
from tests.repository.data_map import (
    DOCUMENT,
    HASHED_COLUMNS,
    columns,
    explained_columns,
    insert_map,
)
from tests.storage.schema import tables_referring_to, tables_referring_to_people


def test_every_column_has_a_reason_and_no_reason_is_left_over() -> None:
    """docs/privacy.toml says of each column why it exists, who can see it, and how long."""
    assert set(columns()) == set(explained_columns())


def test_the_data_map_is_up_to_date() -> None:
    """To update it: ``python -m tests.repository.data_map``."""
    written = DOCUMENT.read_text("utf-8")
    assert written == insert_map(written)


def test_every_unreadable_column_exists() -> None:
    """No encrypted or hashed column is misspelt."""
    unreadable = {(one.table, one.name) for one in ENCRYPTED_COLUMNS} | set(HASHED_COLUMNS)
    assert unreadable <= set(columns())


def test_the_page_says_what_telegram_learns() -> None:
    """The page has that section."""
    assert "## What Telegram learns" in DOCUMENT.read_text("utf-8")


def test_every_table_about_people_is_exported_or_omitted_with_a_reason() -> None:
    """A new table about people is in ``export_parts`` (/mydata) and in ``ROWS_OF_PATIENT``."""
    about = set(tables_referring_to_people())
    exported = {part.table for part in PARTS.values()}
    assert about - exported - set(OMITTED_TABLES) == set()
    assert not exported & set(OMITTED_TABLES)
    assert exported | set(OMITTED_TABLES) <= about | {"audit", "send_limits"}
    assert about - {"accounts", "leaders"} <= set(ROWS_OF_PATIENT)


def test_what_refers_to_a_check_in_is_deleted_with_it() -> None:
    """A new table about check-ins or alerts is in ``ROWS_OF_CHECKIN``."""
    assert set(tables_referring_to("checkins")) <= set(ROWS_OF_CHECKIN)
    assert set(ROWS_OF_CHECKIN) <= {"checkins"} | set(tables_referring_to_people())
