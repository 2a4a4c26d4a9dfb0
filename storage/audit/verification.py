"""Verifies the audit log: every line is there, in its place, and unchanged."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from storage.audit.hash_chain import Chain, Head, load_chain, verified_head
from storage.database.tx import Row, Tx

BATCH_SIZE = 1_000
CHECKPOINT_LENGTH = 16
"""Characters of a link that are enough for a checkpoint."""

BreakKind = Literal[
    "changed", "missing", "added", "unbound", "end changed", "not as noted", "no keys"
]


class Break(NamedTuple):
    """A place where the log was tampered with.

    Attributes:
        what: ``changed``: the content of a line; ``missing``: lines; ``added``: lines that we did
            not write; ``unbound``: the link does not match the line before, or the head was not
            valid when the line was written; ``end changed``: the head; ``not as noted``: no line
            has the link of a checkpoint; ``no keys``: the keys of the log are missing.
        first: Number of the first line concerned; 0 if there is no number.
        last: Number of the last one.
    """

    what: BreakKind
    first: int
    last: int


class Checkpoint(NamedTuple):
    """The link of the newest line at some time, shortened, as somebody wrote it down elsewhere.

    It does not reveal the number of lines: coordinators keep checkpoints, and must not be able to
    count lines about alerts.

    Attributes:
        link: The first characters of the link.
        number: Number of the line, if known; else 0.
    """

    link: str
    number: int = 0

    def __str__(self) -> str:
        """Return it as people write it down."""
        return self.link

    @classmethod
    def of(cls, link: str, number: int = 0) -> "Checkpoint":
        """Return the checkpoint of a full link."""
        return cls(link[:CHECKPOINT_LENGTH], number)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint | None":
        """Return the checkpoint that somebody typed; None if it is malformed."""
        link = text.strip().lower()
        return cls(link) if re.fullmatch(f"[0-9a-f]{{{CHECKPOINT_LENGTH}}}", link) else None


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The result of a verification.

    Attributes:
        first: Number of the oldest line.
        last: Number of the newest line.
        checkpoint: To be written down elsewhere; None if the log has breaks.
        breaks: In the order of their lines.
    """

    first: int
    last: int
    checkpoint: Checkpoint | None
    breaks: Sequence[Break]


@dataclass(frozen=True, slots=True)
class _Redactions:
    """Redactions: by the line of the erasure, and the latest digest of each redacted line."""

    by: Mapping[int, Sequence[tuple[int, str]]]
    latest: Mapping[int, str]


async def current_checkpoint(tx: Tx) -> Checkpoint | None:
    """Return the checkpoint of the newest line, if there is one."""
    row = await tx.one("SELECT * FROM audit_head WHERE id = 1")
    return None if row is None else Checkpoint.of(row["link"], row["number"])


async def verify(tx: Tx, checkpoints: Sequence[Checkpoint] = ()) -> VerificationResult:
    """Verify the whole log.

    Args:
        tx: An open transaction.
        checkpoints: Checkpoints that were kept elsewhere. Only they reveal that the whole log was
            replaced by an earlier state of itself.

    Raises:
        BadKey: The keys of the log cannot be decrypted.
    """
    chain = await load_chain(tx)
    if chain is None:
        return VerificationResult(1, 0, None, [Break("no keys", 0, 0)])
    head = verified_head(chain, await tx.one("SELECT * FROM audit_head WHERE id = 1"))
    verifier = _Verifier(chain, await _redactions(tx), head)
    number, lines = 0, 0
    while rows := await tx.all(
        f"SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT {BATCH_SIZE}", number
    ):
        numbered = [row for row in rows if isinstance(row["number"], int)]
        for row in numbered:
            verifier.check_entry(row)
        lines += len(numbered)
        if len(numbered) < len(rows):
            break  # SQLite accepts text in a number column and sorts it after all numbers
        number = rows[-1]["number"]
    count = await tx.one("SELECT COUNT(*) AS lines FROM audit")
    breaks = [
        *verifier.breaks,
        *verifier.check_end(),
        *verifier.check_checkpoints(checkpoints),
    ]
    if count is not None and count["lines"] != lines:
        breaks.append(Break("added", 0, 0))
    checkpoint = None if breaks or head is None else Checkpoint.of(head.link, head.number)
    return VerificationResult(verifier.first, verifier.number, checkpoint, breaks)


class _Verifier:
    """One pass over all lines, oldest first."""

    def __init__(self, chain: Chain, redactions: _Redactions, head: Head | None) -> None:
        self.breaks: list[Break] = []
        self.first = 1 if head is None else head.first
        self.number = self.first - 1
        self._chain = chain
        self._redactions = redactions
        self._head = head
        self._before = {chain.beginning if head is None else head.link_before}
        self._links_seen = {Checkpoint.of(link).link for link in self._before}

    def check_entry(self, line: Row) -> None:
        """Check one line and its link to the line before."""
        number, key, link = line["number"], line["chain_key"], str(line["link"])
        if number < self.first:
            self.breaks.append(Break("added", number, number))
            return
        is_next = number == self.number + 1
        if not is_next:
            self.breaks.append(Break("missing", self.number + 1, number - 1))
        digest = self._chain.digest(line, key=key, salt=line["salt"])
        if digest != self._redactions.latest.get(number, line["digest"]):
            self.breaks.append(Break("changed", number, number))
        redacting = self._redactions.by.get(number, ())
        expected = {
            self._chain.link(key=key, before=one, digest=line["digest"], redacting=redacting)
            for one in self._before
        }
        if is_next and link not in expected:
            self.breaks.append(Break("unbound", number, number))
        # If only the link itself was changed, the next line still matches the original.
        self._before = {link, *expected} if is_next else {link}
        self.number = number
        self._links_seen.add(Checkpoint.of(link).link)

    def check_end(self) -> Iterator[Break]:
        """Check the head, and redactions without a line of their own."""
        if self._head is None:
            yield Break("end changed", self.number, self.number)
        last = self.number if self._head is None else self._head.number
        if last > self.number:
            yield Break("missing", self.number + 1, last)
        elif last < self.number:
            yield Break("added", last + 1, self.number)
        elif self._head is not None and self._head.link not in self._before:
            yield Break("end changed", self.number, self.number)
        for by in self._redactions.by:
            if by not in range(self.first, self.number + 1):
                yield Break("added", 0, 0)

    def check_checkpoints(self, checkpoints: Sequence[Checkpoint]) -> Iterator[Break]:
        """Check that each checkpoint is the link of some line."""
        for one in checkpoints:
            if one.link not in self._links_seen:
                yield Break("not as noted", one.number, one.number)


async def _redactions(tx: Tx) -> _Redactions:
    by: dict[int, list[tuple[int, str]]] = {}
    latest = {}
    for row in await tx.all("SELECT * FROM audit_redactions ORDER BY by_number, number"):
        by.setdefault(row["by_number"], []).append((row["number"], row["digest"]))
        latest[row["number"]] = row["digest"]
    return _Redactions(by, latest)
