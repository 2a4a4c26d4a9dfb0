"""The map of the data is the schema: a column without a reason is not kept."""

from storage.maintenance.rotate_keys import COLUMNS
from tests.house.data_map import DOCUMENT, HASHED, columns, explained, with_map


def test_every_column_has_a_reason_and_no_reason_is_left_over() -> None:
    """Whoever adds a column says in docs/privacy.toml why, who can see it, and how long."""
    assert set(columns()) == set(explained())


def test_the_map_is_in_step() -> None:
    """After a migration or another reason: ``python -m tests.house.data_map``."""
    written = DOCUMENT.read_text("utf-8")
    assert written == with_map(written)


def test_what_is_said_to_be_unreadable_exists() -> None:
    """No column that is sealed or hashed is misnamed."""
    unreadable = {(one.table, one.name) for one in COLUMNS} | set(HASHED)
    assert unreadable <= set(columns())


def test_what_telegram_learns_is_said() -> None:
    """The plain statement stands before the map."""
    assert "## What Telegram learns" in DOCUMENT.read_text("utf-8")
