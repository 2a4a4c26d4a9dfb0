"""Everything installed is pinned with hashes, and the audit reports only what it knows."""

import json
import re

import pytest

from tests.paths import ROOT
from tests.repository.dependency_audit import (
    EXIT_UNREADABLE,
    EXIT_VULNERABLE,
    LOCKS,
    LockFileReport,
    parse_output,
    summarise,
)

ENTRY = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==\S+( ; .+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
NO_ANSWER = "Dependency not found on PyPI and could not be audited: x (1.0)"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_hashes(lock: str) -> None:
    """One version and at least one hash; nothing else."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", "\n")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    hashes: dict[str, int] = {}
    entry = ""
    for line in lines:
        if HASH.match(line):
            hashes[entry] += 1
        else:
            assert ENTRY.match(line), line
            entry = line
            hashes[entry] = 0
    assert len(hashes) > 5
    assert all(hashes.values()), [entry for entry, number in hashes.items() if not number]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_contain_no_addresses(lock: str) -> None:
    """The person who installs them chooses where packages come from."""
    assert re.findall(r"://|--(?:extra-)?index|--find-links|@ ", (ROOT / lock).read_text()) == []


def test_the_program_is_installed_with_hashes() -> None:
    """With `make`, pip refuses a package with another hash."""
    assert "--require-hashes -r $<" in (ROOT / "Makefile").read_text()


def answer(*packages: object) -> str:
    """Return what pip-audit prints."""
    return json.dumps({"dependencies": packages, "fixes": []})


FINE = {"name": "fine", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": NO_ANSWER}
VULNERABLE = {
    "name": "vulnerable",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}


@pytest.mark.parametrize(
    ("output", "errors", "code", "last"),
    [
        (answer(FINE, FINE), "", 0, "AUDITED: no vulnerability is known in any of the 2 "),
        (answer(FINE, UNKNOWN), "", 0, "PARTLY AUDITED: no vulnerability"),
        (answer(UNKNOWN, UNKNOWN), "No known vulnerabilities found", 0, "NOT AUDITED: the advis"),
        ("", "requests.exceptions.ConnectionError: Max retries exceeded", 0, "NOT AUDITED: the"),
        (
            answer(FINE, UNKNOWN, VULNERABLE),
            "Found 1",
            EXIT_VULNERABLE,
            "AUDIT FAILED: a locked package has",
        ),
        (
            "",
            "ERROR: requirement x does not contain a hash",
            EXIT_UNREADABLE,
            "AUDIT FAILED: a lock file",
        ),
    ],
)
def test_an_audit_reports_only_what_it_knows(
    output: str, errors: str, code: int, last: str
) -> None:
    """A vulnerability is a failure; an unreachable service is neither a failure nor a success."""
    lines, exit_code = summarise([parse_output("some.lock", output, errors)])
    assert exit_code == code
    assert lines[-1].startswith(last)


def test_unchecked_packages_are_counted() -> None:
    """Each lock file has its own line with both numbers."""
    lines, code = summarise([LockFileReport("a.lock", 3, 2), LockFileReport("b.lock", 0, 7)])
    assert lines[:2] == [
        "a.lock: 3 checked, 2 not checked",
        "b.lock: 0 checked, 7 not checked",
    ]
    assert code == 0
    assert not lines[-1].startswith("AUDITED")
