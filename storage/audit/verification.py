"""Proving the audit log: is every line there, in its place, and as it was written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from storage.audit.hash_chain import Chain, Head, head_of, known_chain
from storage.database.tx import Row, Tx

AT_ONCE = 1_000
MARK = 16
"""Characters of a bond that are enough to note elsewhere."""

What = Literal["changed", "missing", "added", "unbound", "end changed", "not as noted", "no keys"]


class Break(NamedTuple):
    """A place where the log is not as it was written.

    Attributes:
        what: ``changed``: a line says something else; ``missing``: lines are gone; ``added``:
            lines that nobody here wrote; ``unbound``: the line before was another one, or
            nothing before it could be proven when it was written; ``end changed``: where the
            log begins and ends was changed; ``not as noted``: the mark that somebody noted is
            not that of the line; ``no keys``: the keys of the log are gone.
        first: Number of the first line that is meant; 0 where it has none.
        last: Number of the last.
    """

    what: What
    first: int
    last: int


class Mark(NamedTuple):
    """What somebody noted elsewhere: the beginning of the bond of the newest line at that time.

    It does not say how many lines there are: coordinators note it, and lines about alerts are
    not theirs to count.

    Attributes:
        link: The first characters of the bond.
        number: Of the line, where that is known.
    """

    link: str
    number: int = 0

    def __str__(self) -> str:
        """Return it as people copy it."""
        return self.link

    @classmethod
    def of(cls, link: str, number: int = 0) -> "Mark":
        """Return the mark of a whole bond."""
        return cls(link[:MARK], number)

    @classmethod
    def read(cls, text: str) -> "Mark | None":
        """Return the mark that somebody types; None where it is none."""
        link = text.strip().lower()
        return cls(link) if re.fullmatch(f"[0-9a-f]{{{MARK}}}", link) else None


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it.

    Attributes:
        first: Number of the oldest line that is kept.
        last: Number of the newest.
        mark: To be noted elsewhere; None where nothing is to be noted.
        breaks: In the order of their lines.
    """

    first: int
    last: int
    mark: Mark | None
    breaks: Sequence[Break]


@dataclass(frozen=True, slots=True)
class _Redactions:
    """What erasures put into lines: by the line of the erasure, and as each line now is."""

    by: Mapping[int, Sequence[tuple[int, str]]]
    latest: Mapping[int, str]


async def mark_of(tx: Tx) -> Mark | None:
    """Return what is to be noted elsewhere: the newest line and its bond."""
    row = await tx.one("SELECT * FROM audit_head WHERE id = 1")
    return None if row is None else Mark.of(row["link"], row["number"])


async def verify(tx: Tx, noted: Sequence[Mark] = ()) -> Proof:
    """Prove the whole log.

    Args:
        tx: An open transaction.
        noted: Marks that were kept elsewhere: only they find that somebody put an earlier
            state of the whole log in place of the present one.

    Raises:
        BadKey: The keys of the log do not open.
    """
    chain = await known_chain(tx)
    if chain is None:
        return Proof(1, 0, None, [Break("no keys", 0, 0)])
    head = head_of(chain, await tx.one("SELECT * FROM audit_head WHERE id = 1"))
    walk = _Walk(chain, await _redactions(tx), head)
    number, lines = 0, 0
    while rows := await tx.all(
        f"SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT {AT_ONCE}", number
    ):
        proper = [row for row in rows if isinstance(row["number"], int)]
        for row in proper:
            walk.step(row)
        lines += len(proper)
        if len(proper) < len(rows):
            break  # SQLite takes a text for a number, and sorts it behind all of them
        number = rows[-1]["number"]
    counted = await tx.one("SELECT COUNT(*) AS lines FROM audit")
    breaks = [*walk.breaks, *walk.at_the_end(), *walk.not_found(noted)]
    if counted is not None and counted["lines"] != lines:
        breaks.append(Break("added", 0, 0))
    mark = None if breaks or head is None else Mark.of(head.link, head.number)
    return Proof(walk.first, walk.number, mark, breaks)


class _Walk:
    """One pass over all lines, oldest first."""

    def __init__(self, chain: Chain, redactions: _Redactions, head: Head | None) -> None:
        self.breaks: list[Break] = []
        self.first = 1 if head is None else head.first
        self.number = self.first - 1
        self._chain = chain
        self._redactions = redactions
        self._head = head
        self._before = {chain.beginning if head is None else head.link_before}
        self._marks = {Mark.of(link).link for link in self._before}

    def step(self, line: Row) -> None:
        """Look at one line, with what came before it."""
        number, key, link = line["number"], line["chain_key"], str(line["link"])
        if number < self.first:
            self.breaks.append(Break("added", number, number))
            return
        is_next = number == self.number + 1
        if not is_next:
            self.breaks.append(Break("missing", self.number + 1, number - 1))
        said = self._chain.digest(line, key=key, salt=line["salt"])
        if said != self._redactions.latest.get(number, line["digest"]):
            self.breaks.append(Break("changed", number, number))
        redacting = self._redactions.by.get(number, ())
        bonds = {
            self._chain.link(key=key, before=one, digest=line["digest"], redacting=redacting)
            for one in self._before
        }
        if is_next and link not in bonds:
            self.breaks.append(Break("unbound", number, number))
        # Where only the bond itself was changed, the next line still fits what it was.
        self._before = {link, *bonds} if is_next else {link}
        self.number = number
        self._marks.add(Mark.of(link).link)

    def at_the_end(self) -> Iterator[Break]:
        """Look at where the log says it ends, and at erasures that are not in it."""
        if self._head is None:
            yield Break("end changed", self.number, self.number)
        known = self.number if self._head is None else self._head.number
        if known > self.number:
            yield Break("missing", self.number + 1, known)
        elif known < self.number:
            yield Break("added", known + 1, self.number)
        elif self._head is not None and self._head.link not in self._before:
            yield Break("end changed", self.number, self.number)
        for by in self._redactions.by:
            if by not in range(self.first, self.number + 1):
                yield Break("added", 0, 0)

    def not_found(self, noted: Sequence[Mark]) -> Iterator[Break]:
        """Look for lines that others have noted."""
        for mark in noted:
            if mark.link not in self._marks:
                yield Break("not as noted", mark.number, mark.number)


async def _redactions(tx: Tx) -> _Redactions:
    by: dict[int, list[tuple[int, str]]] = {}
    latest = {}
    for row in await tx.all("SELECT * FROM audit_redactions ORDER BY by_number, number"):
        by.setdefault(row["by_number"], []).append((row["number"], row["digest"]))
        latest[row["number"]] = row["digest"]
    return _Redactions(by, latest)
