"""What is said about a file: one finding a line, with its place and the key of its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alliance.errors import AttuneError


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one line of a file that its sender should know.

    Attributes:
        line: Counted from 1, as an editor shows it.
        key: Names the words, without the ``file.`` that all of them begin with.
        values: What stands in the words' places: codes, numbers, days and words of ours. Only
            the findings of a table, which are never kept, may repeat a cell.
    """

    line: int
    key: str
    values: Mapping[str, str] = field(default_factory=dict)


class Unfit(AttuneError):
    """A part of a file says something that we cannot keep; its findings say where and why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(", ".join(f"{one.key} in line {one.line}" for one in findings))
        self.findings: Sequence[Finding] = findings


def unfit(line: int, key: str, **values: str) -> Unfit:
    """Return the refusal of one line."""
    return Unfit(Finding(line, key, values))
