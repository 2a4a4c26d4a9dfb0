"""The performance page shows the committed results."""

from benchmarks.document import PAGE, RESULTS, fill_page


def test_the_page_matches_the_results() -> None:
    """To update it: ``python -m benchmarks.document``."""
    page = PAGE.read_text("utf-8")

    assert fill_page(page) == page


def test_every_result_is_on_the_page() -> None:
    """No measurement is left out."""
    page = PAGE.read_text("utf-8")

    for path in RESULTS.glob("*.json"):
        assert f"<!-- made: {path.stem} -->" in page
