"""Holds what the database says beside the naive calendar, after a whole tick."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from storage.database.tx import Row, Store, at_text, at_time
from tests.schedules.naive import LENGTH, Begun, Calendar, is_quiet

REASONS = {"overtaken", "paused", "session cancelled"}


@dataclass
class Judge:
    """What has been seen so far.

    Attributes:
        ticks: When the clock came round.
        pauses: Who paused from when, until when, None for good.
    """

    calendar: Calendar
    ticks: list[datetime] = field(default_factory=list)
    pauses: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)

    def resumed(self, who: str, at: datetime) -> None:
        """Let somebody's pauses end now."""
        self.pauses = [
            (name, begin, at if name == who and (until is None or until > at) else until)
            for name, begin, until in self.pauses
        ]

    def paused(self, who: str, begin: datetime, end: datetime) -> bool:
        """Say whether somebody paused at some time of a span."""
        return any(
            name == who and since <= end and (until is None or until >= begin)
            for name, since, until in self.pauses
        )

    def all_begun(self) -> list[Begun]:
        """Return every session that has begun."""
        return [one for stream in self.calendar.streams.values() for one in stream.begun]

    async def reached(self, store: Store, begun: Begun) -> bool:
        """Say whether a question about a session has left, or is on its way."""
        async with store.reading() as tx:
            rows = await tx.all(
                "SELECT k.state, o.state AS letter FROM sessions s"
                " JOIN checkins k ON k.session_id = s.id"
                " LEFT JOIN outbox o ON o.subject_id = k.id"
                " WHERE s.plan_id = ? AND s.planned_for = ?",
                begun.plan_id,
                at_text(begun.planned_for),
            )
        return any(
            row["state"] not in ("planned", "due", "cancelled")
            or row["letter"] not in (None, "new", "cancelled")
            for row in rows
        )

    async def look(self, store: Store, now: datetime) -> None:
        """Judge everything after a whole tick."""
        async with store.reading() as tx:
            rows = await tx.all(
                "SELECT s.plan_id, s.planned_for, s.starts_at, p.code, k.id, k.state, k.due_at,"
                " k.closes_at, (SELECT e.reason FROM checkin_events e WHERE e.checkin_id = k.id"
                "  AND e.state = k.state ORDER BY e.at DESC LIMIT 1) AS reason"
                " FROM checkins k JOIN sessions s ON s.id = k.session_id"
                " JOIN people p ON p.id = k.patient_id"
            )
            letters = await tx.all(
                "SELECT subject_id, state, created_at FROM outbox WHERE kind = 'prompt'"
            )
            reminders = await tx.all(
                "SELECT subject_id, created_at FROM outbox WHERE kind = 'reminder'"
                " ORDER BY created_at"
            )
        found = {(one["plan_id"], at_time(one["planned_for"]), one["code"]): one for one in rows}
        assert len(found) == len(rows), "two check-ins for one session"
        prompts = {row["subject_id"]: row for row in letters}
        assert len(prompts) == len(letters), "asked twice"
        self._each_has_its_session(found)
        for one in self.all_begun():
            if one.begin + LENGTH <= now:
                self._each_session_has_its_check_ins(one, found)
            for who in self.calendar.everybody:
                row = found.get((one.plan_id, one.planned_for, who))
                if row is not None:
                    self._is_decided(one, who, row, prompts.get(row["id"]), now)
        _reminders_keep_apart(reminders)

    def _each_has_its_session(self, found: dict[tuple[str, datetime, str], Row]) -> None:
        """No check-in without a session that has begun at that time and was held."""
        begun = {(one.plan_id, one.planned_for, one.begin): one for one in self.all_begun()}
        for (plan_id, planned_for, who), row in found.items():
            one = begun.get((plan_id, planned_for, at_time(row["starts_at"])))
            assert one is not None, "asked about a session that never was there"
            assert one.held or one.loose, "asked about a session that was not held"
            if row["state"] != "no_session":
                assert who in one.members | one.unsure, "asked somebody who was not there"

    def _each_session_has_its_check_ins(
        self, one: Begun, found: dict[tuple[str, datetime, str], Row]
    ) -> None:
        """Each who was there has one, whatever becomes of it."""
        if one.held and not one.loose and not one.withdrawn:
            for who in one.members - one.unsure:
                assert (one.plan_id, one.planned_for, who) in found, "forgot to ask"

    def _is_decided(
        self, one: Begun, who: str, row: Row, prompt: Row | None, now: datetime
    ) -> None:
        """Asked in time and awake, or the reason stands beside it."""
        state, due_at, closes_at = row["state"], one.due_at, at_time(row["closes_at"])
        if prompt is not None:
            asked_at = at_time(prompt["created_at"])
            assert asked_at >= due_at, "asked too early"
            assert not is_quiet(asked_at), "asked at night"
            assert not one.withdrawn or prompt["state"] == "cancelled", (
                "asked about a cancelled one"
            )
        elif state == "planned":
            assert now < at_time(row["due_at"]), "forgot a question that is due"
        elif state == "cancelled":
            assert row["reason"] in REASONS
            assert row["reason"] != "paused" or self.paused(who, due_at, now)
            assert row["reason"] != "session cancelled" or one.withdrawn
            assert row["reason"] != "overtaken" or self._overtaken(one)
        elif state == "missed":
            missed = [
                at
                for at in self.ticks
                if due_at <= at < closes_at and not is_quiet(at) and not self.paused(who, at, at)
            ]
            assert not missed, "missed, though there was time"
        else:
            assert state == "no_session"

    def _overtaken(self, one: Begun) -> bool:
        """Say whether another session began, or was to begin, before the question was due."""
        return any(
            (other.begin, other.plan_id) > (one.begin, one.plan_id) and other.begin <= one.due_at
            for stream in self.calendar.streams.values()
            if one in stream.begun
            for other in stream.begun
        )


def _reminders_keep_apart(reminders: Sequence[Row]) -> None:
    """At most two, never at night, ten hours apart."""
    by_checkin: dict[str, list[datetime]] = {}
    for row in reminders:
        by_checkin.setdefault(row["subject_id"], []).append(at_time(row["created_at"]))
    for times in by_checkin.values():
        assert len(times) <= 2
        assert not any(map(is_quiet, times))
        assert all((later - sooner).total_seconds() >= 36_000 for sooner, later in pairwise(times))
