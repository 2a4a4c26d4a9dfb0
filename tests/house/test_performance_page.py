"""The page about performance says what the committed results say."""

from benchmarks.document import PAGE, RESULTS, written


def test_the_page_is_made_of_the_results() -> None:
    """``python -m benchmarks.document`` would change nothing."""
    page = PAGE.read_text("utf-8")

    assert written(page) == page


def test_every_result_has_its_place() -> None:
    """No figures are measured and left out."""
    page = PAGE.read_text("utf-8")

    for path in RESULTS.glob("*.json"):
        assert f"<!-- made: {path.stem} -->" in page
