"""Write the figures of the committed benchmark into the pages of docs/detection.

python -m benchmarks.detection.document

Pages hold marked blocks; what stands between the marks is made here and nowhere else, and a test
compares it with the committed results.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from alliance.rupture import BUDGETS, chances
from alliance.rupture.chances import Share
from benchmarks.detection.contest import Result
from benchmarks.detection.contestants import MAIN, PLAIN, SILENCE
from benchmarks.detection.figures import Figure
from benchmarks.detection.report import DRAWN, GIVEN, VARIED, read_report

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
    """Return a share as a therapist says it.

    >>> in_words(0.33)
    'about one in three'
    """
    said = chances.in_words(share)
    words = said.replace("_", " ")
    return words if said in (Share.HARDLY_ANY, Share.NEARLY_ALL) else f"about {words}"


def filled(page: str) -> str:
    """Return a page with all its blocks made anew."""
    return BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]]()}\n{block[3]}", page)


def _given(setting: str, level: str, columns: Sequence[tuple[str, str, int]]) -> str:
    rows = [
        result
        for result in read_report(GIVEN)["results"]
        if result["setting"] == setting and level in result["at"]
    ]
    rows.sort(key=lambda result: -result["at"][level]["hit1"]["value"])
    head = ["rule", *(title for _, title, _ in columns)]
    lines = [_line(head), _line(["---"] * len(head))]
    for result in rows:
        found = result["at"][level]
        cells = [_cell(found[name], digits) for name, _, digits in columns]
        title = f"**{result['title']}**" if result["title"] == MAIN.title else result["title"]
        lines.append(_line([title, *cells]))
    return "\n".join(lines)


def _varied() -> str:
    results = read_report(VARIED)["results"]
    head = ["setting", "as shipped", "plain model", "best published rule", "realised"]
    lines = [_line(head), _line(["---"] * len(head))]
    for name in dict.fromkeys(result["setting"] for result in results):
        rows = [result for result in results if result["setting"] == name]
        main = _of(rows, MAIN.title)
        best = max(
            (row for row in rows if not row["ours"]),
            key=lambda row: row["at"]["5"]["hit1"]["value"],
        )
        best_hit = _cell(best["at"]["5"]["hit1"], 1)
        lines.append(
            _line(
                [
                    name,
                    _cell(main["at"]["5"]["hit1"], 1),
                    _cell(_of(rows, PLAIN.title)["at"]["5"]["hit1"], 1),
                    f"{best_hit} {best['title']}",
                    _cell(main["at"]["shipped 5"]["false_alarms"], 1),
                ]
            )
        )
    return "\n".join(lines)


def _drawn() -> str:
    """How often ours is ahead where everything differs, and by how much."""
    results = read_report(DRAWN)["results"]
    names = list(dict.fromkeys(result["setting"] for result in results))
    head = ["false alarms per 100", "compared with", "ahead in", "within one", "PPV"]
    lines = [_line(head), _line(["---"] * len(head))]
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
            lines.append(_line(cells))
    return "\n".join(lines)


def _margins(
    rows: Sequence[Result], level: str, is_rival: Callable[[Result], bool]
) -> tuple[float, float]:
    """Return by how many points ours is ahead of its best rival: within one session, and in PPV."""
    ours = _of(rows, MAIN.title)["at"][level]
    best = max(filter(is_rival, rows), key=lambda row: row["at"][level]["hit1"]["value"])
    theirs = best["at"][level]
    hit, ppv = (ours[name]["value"] - theirs[name]["value"] for name in ("hit1", "ppv"))
    return hit, ppv


def _evidence() -> str:
    """What silence and the direct question are worth."""
    results = read_report(GIVEN)["results"]
    head = ["evidence", "srs, within one", "srs, PPV", "wai7, within one", "wai7, PPV"]
    lines = [_line(head), _line(["---"] * len(head))]
    for words, title, suffix in (
        ("ratings", MAIN.title, ""),
        ("ratings and silence", SILENCE.title, ""),
        ("ratings and the direct question", MAIN.title, " + direct"),
        ("the same, plain model", PLAIN.title, " + direct"),
    ):
        cells = [words]
        for setting in ("srs", "wai7"):
            rows = [row for row in results if row["setting"] == setting + suffix]
            found = _of(rows, title)["at"]["5"]
            cells += [_cell(found["hit1"], 1), _cell(found["ppv"], 1)]
        lines.append(_line(cells))
    return "\n".join(lines)


def _words() -> str:
    """What the figures at five false alarms mean, in words."""
    results = read_report(GIVEN)["results"]
    plain = _of([row for row in results if row["setting"] == "srs"], MAIN.title)["at"]["5"]
    asked = _of([row for row in results if row["setting"] == "srs + direct"], MAIN.title)["at"]["5"]

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


def _made() -> str:
    return "\n".join(
        [
            f"- `{report['made_by']}`: {report['patients']} patients to set the thresholds and as "
            f"many others to judge, per setting; seed {report['seed']}."
            for report in map(read_report, (GIVEN, VARIED, DRAWN))
        ]
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "words": _words,
    "made": _made,
    "evidence": _evidence,
    "varied": _varied,
    "drawn": _drawn,
} | {
    f"{setting}-{name}": partial(_given, setting, level, columns)
    for setting in ("srs", "wai7")
    for name, level, columns in (
        ("2", "2", COLUMNS),
        ("5", "5", COLUMNS),
        ("10", "10", COLUMNS),
        ("published", "published", COLUMNS),
        ("groups", "5", GROUPS),
    )
}
"""Name of a block to what makes it."""


def _of(rows: Sequence[Result], title: str) -> Result:
    return next(row for row in rows if row["title"] == title)


def _cell(figure: Figure, digits: int) -> str:
    low, high = figure["low"], figure["high"]
    return f"{figure['value']:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Fill every page."""
    for page in sorted(PAGES.glob("*.md")):
        page.write_text(filled(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
