"""Ask for known weaknesses of everything that is locked: ``python -m tests.house.audit``.

pip-audit ends well, too, when its service knows none of the packages. So it is counted here about
how many anything was learnt, and nobody is told that all is well where nobody could be asked.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "benchmarks/aiogram.lock")
NOBODY_THERE = ("connection", "timed out", "max retries", "name resolution", "unreachable")
FOUND, BROKEN = 1, 2


@dataclass(frozen=True, slots=True)
class Report:
    """What was learnt about one lock file.

    Attributes:
        asked: How many packages the service told something about.
        unasked: How many it told nothing about.
        weak: One line for each known weakness.
        broken: Why the lock file could not even be read; empty when it could.
    """

    lock: str
    asked: int = 0
    unasked: int = 0
    weak: tuple[str, ...] = ()
    broken: str = ""


def audited(lock: str) -> Report:
    """Let pip-audit ask about one lock file, taking hashes and versions from it alone."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / lock)),
            *("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return read(lock, done.stdout, done.stderr)


def read(lock: str, answer: str, complaint: str) -> Report:
    """Return what pip-audit said about a lock file."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = complaint.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        if any(words in complaint.lower() for words in NOBODY_THERE):
            return Report(lock)
        return Report(lock, broken=last[0])
    weak = tuple(
        f"{one['name']} {one['version']}: {flaw['id']},"
        f" mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in packages
        for flaw in one.get("vulns", ())
    )
    unasked = sum("skip_reason" in one for one in packages)
    return Report(lock, len(packages) - unasked, unasked, weak)


def told(reports: Sequence[Report]) -> tuple[list[str], int]:
    """Return the lines to print, and the exit code: 0 where no weakness is known."""
    lines = []
    for one in reports:
        lines.append(f"{one.lock}: {one.asked} asked about, {one.unasked} not asked about")
        lines += [f"  WEAK: {weak}" for weak in one.weak]
        lines += [f"  NOT READ: {one.broken}"] if one.broken else []
    asked, unasked = sum(one.asked for one in reports), sum(one.unasked for one in reports)
    if any(one.weak for one in reports):
        return [*lines, "AUDIT FAILED: a locked package has a known weakness."], FOUND
    if any(one.broken for one in reports):
        return [*lines, "AUDIT FAILED: a lock file could not be audited as it is."], BROKEN
    if not asked:
        return [*lines, "NOT AUDITED: the advisory service told nothing of any package."], 0
    if unasked or any(not one.asked for one in reports):
        lines.append("PARTLY AUDITED: no weakness is known of those that were asked about.")
        return lines, 0
    return [*lines, f"AUDITED: no weakness is known of any of the {asked} entries."], 0


def main() -> int:
    """Audit every lock file."""
    lines, code = told([audited(lock) for lock in LOCKS])
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
