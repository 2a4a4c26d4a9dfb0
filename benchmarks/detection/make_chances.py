"""Write the file of how often alerts are right, which the bot shows, from the committed results.

python -m benchmarks.detection.make_chances
"""

import json

from alliance.rupture import BUDGETS
from alliance.rupture.chances import FILE
from benchmarks.detection.contest import ContestResult
from benchmarks.detection.contestants import SILENCE
from benchmarks.detection.report import GIVEN_FILE, read_report

PEOPLE = {"fine": "srs", "coarse": "wai7"}
"""Populations by their name in the file: the kind of scale."""

LEVELS = {f"shipped {budget}": str(budget) for budget in BUDGETS} | {"published": "published"}
"""Keys of the results, for thresholds that the bot uses; the others are tuned to the cohort."""

DIGITS = 4


def chances() -> str:
    """Return the text of the file."""
    report = read_report(GIVEN_FILE)
    right: dict[str, dict[str, dict[str, float]]] = {}
    for people, setting in PEOPLE.items():
        for result in report["results"]:
            if result["setting"] != setting or result["title"] == SILENCE.title:
                continue
            levels = _levels(result)
            if levels:
                right.setdefault(result["name"], {})[people] = levels
    content = {
        "made_by": "python -m benchmarks.detection.make_chances",
        "from": report["made_by"],
        "patients": report["patients"],
        "seed": report["seed"],
        "right": right,
    }
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _levels(result: ContestResult) -> dict[str, float]:
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
