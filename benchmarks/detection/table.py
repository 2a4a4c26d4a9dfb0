"""The results as a text table."""

from collections.abc import Sequence

from benchmarks.detection.contest import ContestResult
from benchmarks.detection.figures import Figure

TITLE_WIDTH = 38
COLUMNS = (
    ("false_alarms", "false/100", 1),
    ("hit0", "at onset", 0),
    ("hit1", "within 1", 0),
    ("hit2", "within 2", 0),
    ("clear_hit1", "clear", 0),
    ("delay", "delay", 2),
    ("ppv", "PPV", 0),
    ("early", "early", 1),
    ("at_maximum", "maximum", 1),
    ("noisy", "noisy", 1),
)
LEGEND = """false/100: false alarms per 100 ordinary sessions, on a cohort of its own
at onset, within 1, within 2: percent of all ruptures alerted by then; clear: within 1, of those
  answered and at least a tenth of the range deep; delay: sessions to the first alert
early, maximum, noisy: false alarms per 100 ordinary sessions among the first three sessions,
  among who always answers the maximum, among who answers erratically
[ ]: 95 % bootstrap intervals over patients. All figures are from simulation."""


def table(results: Sequence[ContestResult], level: str) -> str:
    """Return the rows of one population at one threshold, best first.

    Args:
        results: All results of one population.
        level: A key of ``ContestResult.at``; rows without it are left out.
    """
    rows = [result for result in results if level in result["at"]]
    rows.sort(key=lambda result: -result["at"][level]["hit1"]["value"])
    head = " " * TITLE_WIDTH + "".join(f"{title:>16}" for _, title, _ in COLUMNS)
    lines = [head]
    for result in rows:
        figures = result["at"][level]
        cells = "".join(f"{_cell(figures[name], digits):>16}" for name, _, digits in COLUMNS)
        lines.append(f"{result['title']:<{TITLE_WIDTH}}{cells}")
    return "\n".join(lines)


def _cell(figure: Figure, digits: int) -> str:
    value = f"{figure['value']:.{max(digits, 1)}f}"
    return f"{value} [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"
