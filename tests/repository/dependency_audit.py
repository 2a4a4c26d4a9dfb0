"""Check every locked dependency for known vulnerabilities. Run as a module.

pip-audit also succeeds when its service knows none of the packages. So this counts the packages
that were checked, and does not report success if none could be.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.paths import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "benchmarks/aiogram.lock")
NETWORK_ERRORS = ("connection", "timed out", "max retries", "name resolution", "unreachable")
EXIT_VULNERABLE, EXIT_UNREADABLE = 1, 2


@dataclass(frozen=True, slots=True)
class LockFileReport:
    """The result for one lock file.

    Attributes:
        checked: How many packages the service knows.
        unchecked: How many it does not know.
        vulnerabilities: One line for each known vulnerability.
        error: Why the lock file could not be read; empty if it could.
    """

    lock: str
    checked: int = 0
    unchecked: int = 0
    vulnerabilities: tuple[str, ...] = ()
    error: str = ""


def audit_lock_file(lock: str) -> LockFileReport:
    """Run pip-audit on one lock file, with the versions and hashes in it."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / lock)),
            *("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return parse_output(lock, done.stdout, done.stderr)


def parse_output(lock: str, output: str, errors: str) -> LockFileReport:
    """Return the report in the output of pip-audit."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(words in errors.lower() for words in NETWORK_ERRORS):
            return LockFileReport(lock)
        last = errors.strip().splitlines()[-1:] or ["pip-audit printed nothing"]
        return LockFileReport(lock, error=last[0])
    vulnerabilities = tuple(
        f"{package['name']} {package['version']}: {found['id']},"
        f" fixed in {', '.join(found['fix_versions']) or 'no version yet'}"
        for package in packages
        for found in package.get("vulns", ())
    )
    unchecked = sum("skip_reason" in package for package in packages)
    return LockFileReport(lock, len(packages) - unchecked, unchecked, vulnerabilities)


def summarise(reports: Sequence[LockFileReport]) -> tuple[list[str], int]:
    """Return the lines to print, and the exit code: 0 if no vulnerability is known."""
    lines = []
    for report in reports:
        lines.append(f"{report.lock}: {report.checked} checked, {report.unchecked} not checked")
        lines += [f"  VULNERABLE: {line}" for line in report.vulnerabilities]
        lines += [f"  NOT READ: {report.error}"] if report.error else []
    checked = sum(report.checked for report in reports)
    unchecked = sum(report.unchecked for report in reports)
    if any(report.vulnerabilities for report in reports):
        last = "AUDIT FAILED: a locked package has a known vulnerability."
        return [*lines, last], EXIT_VULNERABLE
    if any(report.error for report in reports):
        return [*lines, "AUDIT FAILED: a lock file could not be read."], EXIT_UNREADABLE
    if not checked:
        return [*lines, "NOT AUDITED: the advisory service knows none of the packages."], 0
    if unchecked or any(not report.checked for report in reports):
        last = "PARTLY AUDITED: no vulnerability is known in the packages that were checked."
        return [*lines, last], 0
    return [*lines, f"AUDITED: no vulnerability is known in any of the {checked} packages."], 0


def main() -> int:
    """Audit every lock file."""
    lines, code = summarise([audit_lock_file(lock) for lock in LOCKS])
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
