"""Everything installed is pinned with hashes, and an audit never says more than it knows."""

import json
import re

import pytest

from tests.house.audit import BROKEN, FOUND, LOCKS, ROOT, Report, read, told

ENTRY = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==\S+( ; .+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
NO_ANSWER = "Dependency not found on PyPI and could not be audited: x (1.0)"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_hashes(lock: str) -> None:
    """One version, and at least one hash; no address, no option, nothing else."""
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
def test_no_address_is_in_a_lock_file(lock: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    assert re.findall(r"://|--(?:extra-)?index|--find-links|@ ", (ROOT / lock).read_text()) == []


def test_the_program_is_installed_with_hashes() -> None:
    """`make` lets pip refuse whatever has another hash."""
    assert "--require-hashes -r $<" in (ROOT / "Makefile").read_text()


def answer(*packages: object) -> str:
    """Return what pip-audit prints."""
    return json.dumps({"dependencies": packages, "fixes": []})


FINE = {"name": "fine", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": NO_ANSWER}
WEAK = {
    "name": "weak",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}


@pytest.mark.parametrize(
    ("said", "complaint", "code", "last"),
    [
        (answer(FINE, FINE), "", 0, "AUDITED: no weakness is known of any of the 2 entries."),
        (answer(FINE, UNKNOWN), "", 0, "PARTLY AUDITED: no weakness is known of those"),
        (answer(UNKNOWN, UNKNOWN), "No known vulnerabilities found", 0, "NOT AUDITED: the advis"),
        ("", "requests.exceptions.ConnectionError: Max retries exceeded", 0, "NOT AUDITED: the"),
        (answer(FINE, UNKNOWN, WEAK), "Found 1", FOUND, "AUDIT FAILED: a locked package has a"),
        ("", "ERROR: requirement x does not contain a hash", BROKEN, "AUDIT FAILED: a lock file"),
    ],
)
def test_an_audit_says_what_it_knows(said: str, complaint: str, code: int, last: str) -> None:
    """It fails on a weakness, not on a service that is away; and that is never called fine."""
    lines, ended = told([read("some.lock", said, complaint)])
    assert ended == code
    assert lines[-1].startswith(last)


def test_it_is_counted_how_many_were_not_asked_about() -> None:
    """Each lock file has its own line with both numbers."""
    lines, code = told([Report("a.lock", 3, 2), Report("b.lock", 0, 7)])
    assert lines[:2] == [
        "a.lock: 3 asked about, 2 not asked about",
        "b.lock: 0 asked about, 7 not asked about",
    ]
    assert code == 0
    assert "no weakness is known of any" not in lines[-1]
