"""What a run prints at its end is what its tests did."""

from tests.conftest import FAULT, WRONG_PERSON, counted


def test_a_fault_counts_once_and_attempts_add_up() -> None:
    """Two tests of one fault are one fault; two walks of wrong persons are both walks."""
    told = [
        (FAULT, "full disk"),
        (FAULT, "full disk"),
        (FAULT, "killed process"),
        (WRONG_PERSON, 30),
        ("another", "word"),
        (WRONG_PERSON, 12),
    ]
    assert counted(told) == (2, 42)
    assert counted([]) == (0, 0)
