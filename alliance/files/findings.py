"""Findings: errors and notes about single lines of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alliance.errors import AttuneError
from alliance.files.counts import Counts

MAX_LISTED_LINES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or note about a line of a file.

    Attributes:
        line: Counted from 1, as in an editor; 0 for the file as a whole.
        key: Text key without its prefix ``file.``.
        values: Values of the placeholders: codes, numbers, days and our own terms. Only
            findings about a table, which are never stored, may quote a cell.
    """

    line: int
    key: str
    values: Mapping[str, str] = field(default_factory=dict)


class BadFile(AttuneError):
    """A file has errors; ``findings`` says where and why, ``counts`` how much is affected."""

    def __init__(self, *findings: Finding, counts: Counts | None = None) -> None:
        super().__init__(", ".join(f"{one.key} in line {one.line}" for one in findings))
        self.findings: Sequence[Finding] = findings
        self.counts = counts


def error_at(line: int, key: str, **values: str) -> BadFile:
    """Return the error about one line."""
    return BadFile(Finding(line, key, values))


def merge_notes(notes: Sequence[Finding]) -> tuple[Finding, ...]:
    """Merge equal notes into one at its first line, with their number and lines."""
    merged: dict[tuple[str, str], list[Finding]] = {}
    for note in notes:
        merged.setdefault((note.key, repr(sorted(note.values.items()))), []).append(note)
    return tuple(
        Finding(
            same[0].line,
            same[0].key,
            {
                "lines": list_lines([note.line for note in same]),
                **same[0].values,
                "count": str(len(same)),
            },
        )
        for same in merged.values()
    )


def list_lines(lines: Sequence[int]) -> str:
    """Return line numbers as a list, shortened if there are many.

    >>> list_lines([3, 5])
    '3, 5'
    """
    shown = ", ".join(str(line) for line in lines[:MAX_LISTED_LINES])
    return f"{shown}, …" if len(lines) > MAX_LISTED_LINES else shown
