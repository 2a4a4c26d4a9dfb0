"""Write how often an alert is right, for the bot to say, from the committed benchmark.

python -m benchmarks.detection.make_chances
"""

import json

from alliance.rupture import BUDGETS
from alliance.rupture.chances import FILE
from benchmarks.detection.contest import Result
from benchmarks.detection.contestants import SILENCE
from benchmarks.detection.report import GIVEN, read_report

PEOPLE = {"fine": "srs", "coarse": "wai7"}
"""What the file calls the people of a setting: by the scale they stand for."""

LEVELS = {f"shipped {budget}": str(budget) for budget in BUDGETS} | {"published": "published"}
"""Thresholds as the bot has them; those tuned to the simulated cohort are nobody's."""

DIGITS = 4


def chances() -> str:
    """Return the file's text."""
    report = read_report(GIVEN)
    right: dict[str, dict[str, dict[str, float]]] = {}
    for people, setting in PEOPLE.items():
        for result in report["results"]:
            if result["setting"] != setting or result["title"] == SILENCE.title:
                continue
            known = _levels(result)
            if known:
                right.setdefault(result["name"], {})[people] = known
    said = {
        "made_by": "python -m benchmarks.detection.make_chances",
        "from": report["made_by"],
        "patients": report["patients"],
        "seed": report["seed"],
        "right": right,
    }
    return json.dumps(said, indent=1, sort_keys=True) + "\n"


def _levels(result: Result) -> dict[str, float]:
    return {
        ours: round(result["at"][level]["ppv"]["value"] / 100, DIGITS)
        for level, ours in LEVELS.items()
        if level in result["at"]
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(chances(), "utf-8")


if __name__ == "__main__":
    main()
