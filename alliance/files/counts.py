"""How much of a file was understood."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """The events of a calendar, or the rows of a table, and how many were understood.

    Attributes:
        in_file: Number in the file, counted before anything is interpreted.
        understood: Number of those that were understood, whether they concern us or not.
        not_understood: Number of those that a finding names instead.
    """

    in_file: int
    understood: int
    not_understood: int
