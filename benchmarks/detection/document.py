"""Write the committed results into the pages of docs/detection.

python -m benchmarks.detection.document

The pages have marked blocks, which are only written here. A test compares them with the committed
results.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from alliance.rupture import BUDGETS, chances
from alliance.rupture.chances import VerbalShare
from benchmarks.detection.contest import ContestResult
from benchmarks.detection.contestants import MAIN, PLAIN, SILENCE
from benchmarks.detection.figures import Figure
from benchmarks.detection.report import DRAWN_FILE, GIVEN_FILE, VARIED_FILE, read_report

PAGES = Path(__file__).parents[2] / "docs" / "detection"
BLOCK = re.compile(r"(<!-- made: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

COLUMNS = (
    ("false_alarms", "false alarms per 100", 1),
    ("hit0", "at onset", 1),
    ("hit1", "within one", 1),
    ("hit2", "within two", 1),
    ("clear_hit1", "clear, within one", 1),
    ("delay", "delay", 2),
    ("ppv", "PPV", 1),
)
GROUPS = (
    ("false_alarms", "all", 1),
    ("early", "first three sessions", 1),
    ("at_maximum", "always maximum", 1),
    ("noisy", "erratic", 1),
)


def in_words(share: float) -> str:
    """Return a share in words for therapists.

    >>> in_words(0.33)
    'about one in three'
    """
    verbal = chances.share_in_words(share)
    words = verbal.replace("_", " ")
    return words if verbal in (VerbalShare.HARDLY_ANY, VerbalShare.NEARLY_ALL) else f"about {words}"


def fill_page(page: str) -> str:
    """Return a page with all its blocks updated."""
    return BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]]()}\n{block[3]}", page)


def _given_table(setting: str, level: str, columns: Sequence[tuple[str, str, int]]) -> str:
    rows = [
        result
        for result in read_report(GIVEN_FILE)["results"]
        if result["setting"] == setting and level in result["at"]
    ]
    rows.sort(key=lambda result: -result["at"][level]["hit1"]["value"])
    head = ["rule", *(title for _, title, _ in columns)]
    lines = [_table_row(head), _table_row(["---"] * len(head))]
    for result in rows:
        figures = result["at"][level]
        cells = [_cell(figures[name], digits) for name, _, digits in columns]
        title = f"**{result['title']}**" if result["title"] == MAIN.title else result["title"]
        lines.append(_table_row([title, *cells]))
    return "\n".join(lines)


def _varied_table() -> str:
    results = read_report(VARIED_FILE)["results"]
    head = ["setting", "as shipped", "plain model", "best published rule", "realised"]
    lines = [_table_row(head), _table_row(["---"] * len(head))]
    for name in dict.fromkeys(result["setting"] for result in results):
        rows = [result for result in results if result["setting"] == name]
        main = _result_of(rows, MAIN.title)
        best = max(
            (row for row in rows if not row["ours"]),
            key=lambda row: row["at"]["5"]["hit1"]["value"],
        )
        best_hit = _cell(best["at"]["5"]["hit1"], 1)
        lines.append(
            _table_row(
                [
                    name,
                    _cell(main["at"]["5"]["hit1"], 1),
                    _cell(_result_of(rows, PLAIN.title)["at"]["5"]["hit1"], 1),
                    f"{best_hit} {best['title']}",
                    _cell(main["at"]["shipped 5"]["false_alarms"], 1),
                ]
            )
        )
    return "\n".join(lines)


def _drawn_table() -> str:
    """Return how often ours is better when everything differs, and by how much."""
    results = read_report(DRAWN_FILE)["results"]
    names = list(dict.fromkeys(result["setting"] for result in results))
    head = ["false alarms per 100", "compared with", "ahead in", "within one", "PPV"]
    lines = [_table_row(head), _table_row(["---"] * len(head))]
    for level in map(str, BUDGETS):
        for title, is_rival in (
            (PLAIN.title, lambda row: row["title"] == PLAIN.title),
            ("best published rule", lambda row: not row["ours"]),
        ):
            margins = [
                _margins([row for row in results if row["setting"] == name], level, is_rival)
                for name in names
            ]
            ahead = sum(hit > 0 for hit, _ in margins)
            hits, ppvs = (sum(column) / len(names) for column in zip(*margins, strict=True))
            cells = [level, title, f"{ahead} of {len(names)}", f"{hits:+.1f}", f"{ppvs:+.1f}"]
            lines.append(_table_row(cells))
    return "\n".join(lines)


def _margins(
    rows: Sequence[ContestResult], level: str, is_rival: Callable[[ContestResult], bool]
) -> tuple[float, float]:
    """Return the lead of ours over its best rival in points, within one session and in PPV."""
    ours = _result_of(rows, MAIN.title)["at"][level]
    best = max(filter(is_rival, rows), key=lambda row: row["at"][level]["hit1"]["value"])
    rival = best["at"][level]
    hit, ppv = (ours[name]["value"] - rival[name]["value"] for name in ("hit1", "ppv"))
    return hit, ppv


def _evidence_table() -> str:
    """Return what unanswered check-ins and the direct question add."""
    results = read_report(GIVEN_FILE)["results"]
    head = ["evidence", "srs, within one", "srs, PPV", "wai7, within one", "wai7, PPV"]
    lines = [_table_row(head), _table_row(["---"] * len(head))]
    for words, title, suffix in (
        ("ratings", MAIN.title, ""),
        ("ratings and silence", SILENCE.title, ""),
        ("ratings and the direct question", MAIN.title, " + direct"),
        ("the same, plain model", PLAIN.title, " + direct"),
    ):
        cells = [words]
        for setting in ("srs", "wai7"):
            rows = [row for row in results if row["setting"] == setting + suffix]
            figures = _result_of(rows, title)["at"]["5"]
            cells += [_cell(figures["hit1"], 1), _cell(figures["ppv"], 1)]
        lines.append(_table_row(cells))
    return "\n".join(lines)


def _sentences() -> str:
    """Return the figures at five false alarms in words."""
    results = read_report(GIVEN_FILE)["results"]
    plain = _result_of([row for row in results if row["setting"] == "srs"], MAIN.title)["at"]["5"]
    asked = _result_of([row for row in results if row["setting"] == "srs + direct"], MAIN.title)[
        "at"
    ]["5"]

    def words(figure: Figure) -> str:
        return in_words(figure["value"] / 100)

    return "\n".join(
        [
            f"- Of all ruptures, {words(plain['hit1'])} led to an alert in the session in which "
            "they began or in the next one.",
            f"- Of those that were answered and showed clearly in the ratings, it was "
            f"{words(plain['clear_hit1'])}.",
            f"- With the direct question asked as well, it was {words(asked['hit1'])} of all.",
            f"- Of all alerts from ratings, {words(plain['ppv'])} met a rupture; the others met "
            "an ordinary bad day.",
            f"- Of all alerts with the direct question asked, it was {words(asked['ppv'])}.",
        ]
    )


def _run_notes() -> str:
    return "\n".join(
        [
            f"- `{report['made_by']}`: {report['patients']} patients to set the thresholds and as "
            f"many others to judge, per setting; seed {report['seed']}."
            for report in map(read_report, (GIVEN_FILE, VARIED_FILE, DRAWN_FILE))
        ]
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "words": _sentences,
    "made": _run_notes,
    "evidence": _evidence_table,
    "varied": _varied_table,
    "drawn": _drawn_table,
} | {
    f"{setting}-{name}": partial(_given_table, setting, level, columns)
    for setting in ("srs", "wai7")
    for name, level, columns in (
        ("2", "2", COLUMNS),
        ("5", "5", COLUMNS),
        ("10", "10", COLUMNS),
        ("published", "published", COLUMNS),
        ("groups", "5", GROUPS),
    )
}
"""The functions that make the blocks, by name."""


def _result_of(rows: Sequence[ContestResult], title: str) -> ContestResult:
    return next(row for row in rows if row["title"] == title)


def _cell(figure: Figure, digits: int) -> str:
    low, high = figure["low"], figure["high"]
    return f"{figure['value']:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Update every page."""
    for page in sorted(PAGES.glob("*.md")):
        page.write_text(fill_page(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
