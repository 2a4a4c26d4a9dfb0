"""Compares the database with the naive calendar after a tick."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from storage.database.tx import Row, Store, utc_text, utc_time
from tests.schedules.naive_calendar import SESSION_LENGTH, BegunSession, NaiveCalendar, is_quiet

CANCEL_REASONS = {"overtaken", "paused", "session cancelled"}


@dataclass
class ScheduleChecker:
    """The checks, and the events that they need.

    Attributes:
        ticks: The times of all ticks.
        pauses: Code, start and end of each pause; no end if it is open-ended.
    """

    calendar: NaiveCalendar
    ticks: list[datetime] = field(default_factory=list)
    pauses: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)

    def end_pauses(self, who: str, at: datetime) -> None:
        """End a patient's pauses now."""
        self.pauses = [
            (name, begin, at if name == who and (until is None or until > at) else until)
            for name, begin, until in self.pauses
        ]

    def has_paused(self, who: str, begin: datetime, end: datetime) -> bool:
        """Say whether a patient was paused at some time in a span."""
        return any(
            name == who and since <= end and (until is None or until >= begin)
            for name, since, until in self.pauses
        )

    def begun_sessions(self) -> list[BegunSession]:
        """Return all sessions that have begun."""
        return [one for series in self.calendar.series.values() for one in series.begun_sessions]

    async def was_asked(self, store: Store, begun: BegunSession) -> bool:
        """Say whether a prompt about a session was sent, or is being sent."""
        async with store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT k.state, o.state AS message FROM sessions s"
                " JOIN checkins k ON k.session_id = s.id"
                " LEFT JOIN outbox o ON o.subject_id = k.id"
                " WHERE s.plan_id = ? AND s.planned_for = ?",
                begun.plan_id,
                utc_text(begun.planned_for),
            )
        return any(
            row["state"] not in ("planned", "due", "cancelled")
            or row["message"] not in (None, "new", "cancelled")
            for row in rows
        )

    async def check(self, store: Store, now: datetime) -> None:
        """Check everything after a tick."""
        async with store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT s.plan_id, s.planned_for, s.starts_at, p.code, k.id, k.state, k.due_at,"
                " k.closes_at, (SELECT e.reason FROM checkin_events e WHERE e.checkin_id = k.id"
                "  AND e.state = k.state ORDER BY e.at DESC LIMIT 1) AS reason"
                " FROM checkins k JOIN sessions s ON s.id = k.session_id"
                " JOIN people p ON p.id = k.patient_id"
            )
            messages = await tx.all(
                "SELECT subject_id, state, created_at FROM outbox WHERE kind = 'prompt'"
            )
            reminders = await tx.all(
                "SELECT subject_id, created_at FROM outbox WHERE kind = 'reminder'"
                " ORDER BY created_at"
            )
        found = {(one["plan_id"], utc_time(one["planned_for"]), one["code"]): one for one in rows}
        assert len(found) == len(rows), "two check-ins for one session"
        prompts = {row["subject_id"]: row for row in messages}
        assert len(prompts) == len(messages), "asked twice"
        self._check_checkins_have_sessions(found)
        for one in self.begun_sessions():
            if one.begin + SESSION_LENGTH <= now:
                self._check_session_has_checkins(one, found)
            for who in self.calendar.everybody:
                row = found.get((one.plan_id, one.planned_for, who))
                if row is not None:
                    self._check_decision(one, who, row, prompts.get(row["id"]), now)
        _check_reminder_spacing(reminders)

    def _check_checkins_have_sessions(self, found: dict[tuple[str, datetime, str], Row]) -> None:
        """Each check-in has a session that began at that time and was held."""
        begun = {(one.plan_id, one.planned_for, one.begin): one for one in self.begun_sessions()}
        for (plan_id, planned_for, who), row in found.items():
            one = begun.get((plan_id, planned_for, utc_time(row["starts_at"])))
            assert one is not None, "asked about a session that does not exist"
            assert one.was_held or one.is_uncertain, "asked about a session that was not held"
            if row["state"] != "no_session":
                assert who in one.members | one.uncertain_members, (
                    "asked a patient who did not attend"
                )

    def _check_session_has_checkins(
        self, one: BegunSession, found: dict[tuple[str, datetime, str], Row]
    ) -> None:
        """Each patient who attended has a check-in, whatever its state."""
        if one.was_held and not one.is_uncertain and not one.was_withdrawn:
            for who in one.members - one.uncertain_members:
                assert (one.plan_id, one.planned_for, who) in found, "forgot to ask"

    def _check_decision(
        self, one: BegunSession, who: str, row: Row, prompt: Row | None, now: datetime
    ) -> None:
        """A check-in was sent in time and outside the quiet hours, or the reason is recorded."""
        state, due_at, closes_at = row["state"], one.due_at, utc_time(row["closes_at"])
        if prompt is not None:
            asked_at = utc_time(prompt["created_at"])
            assert asked_at >= due_at, "asked too early"
            assert not is_quiet(asked_at), "asked in the quiet hours"
            assert not one.was_withdrawn or prompt["state"] == "cancelled", (
                "asked about a cancelled session"
            )
        elif state == "planned":
            assert now < utc_time(row["due_at"]), "forgot a prompt that is due"
        elif state == "cancelled":
            assert row["reason"] in CANCEL_REASONS
            assert row["reason"] != "paused" or self.has_paused(who, due_at, now)
            assert row["reason"] != "session cancelled" or one.was_withdrawn
            assert row["reason"] != "overtaken" or self._was_overtaken(one)
        elif state == "missed":
            missed = [
                at
                for at in self.ticks
                if due_at <= at < closes_at
                and not is_quiet(at)
                and not self.has_paused(who, at, at)
            ]
            assert not missed, "missed although there was time"
        else:
            assert state == "no_session"

    def _was_overtaken(self, one: BegunSession) -> bool:
        """Say whether another session of the series began before the check-in was due."""
        return any(
            (other.begin, other.plan_id) > (one.begin, one.plan_id) and other.begin <= one.due_at
            for series in self.calendar.series.values()
            if one in series.begun_sessions
            for other in series.begun_sessions
        )


def _check_reminder_spacing(reminders: Sequence[Row]) -> None:
    """At most two reminders, outside the quiet hours, ten hours apart."""
    by_checkin: dict[str, list[datetime]] = {}
    for row in reminders:
        by_checkin.setdefault(row["subject_id"], []).append(utc_time(row["created_at"]))
    for times in by_checkin.values():
        assert len(times) <= 2
        assert not any(map(is_quiet, times))
        assert all((later - sooner).total_seconds() >= 36_000 for sooner, later in pairwise(times))
