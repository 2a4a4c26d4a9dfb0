"""The summary at the end of a run counts correctly."""

from tests.conftest import FAULT, UNAUTHORISED_ATTEMPTS, count_faults_and_attempts


def test_a_fault_counts_once_and_attempts_add_up() -> None:
    """Two tests of one fault are one fault; the attempts of two tests are added."""
    properties = [
        (FAULT, "full disk"),
        (FAULT, "full disk"),
        (FAULT, "killed process"),
        (UNAUTHORISED_ATTEMPTS, 30),
        ("another", "property"),
        (UNAUTHORISED_ATTEMPTS, 12),
    ]
    assert count_faults_and_attempts(properties) == (2, 42)
    assert count_faults_and_attempts([]) == (0, 0)
