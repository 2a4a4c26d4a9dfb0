-- Groups, plans that hold only what differs, exceptions, absences, and a log of every change.

-- A test patient is marked as such everywhere and counts nowhere.
ALTER TABLE people ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN paused_until TEXT;
ALTER TABLE people ADD COLUMN ended_at TEXT;

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    ended_at TEXT
);

CREATE TABLE memberships (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES groups (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    from_at TEXT NOT NULL,
    to_at TEXT
);
CREATE INDEX memberships_of_group ON memberships (group_id);
CREATE INDEX memberships_of_patient ON memberships (patient_id);

-- Leaders read what members answer about the group's sessions.
CREATE TABLE leaders (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES groups (id),
    therapist_id TEXT NOT NULL REFERENCES people (id),
    from_at TEXT NOT NULL,
    to_at TEXT
);
CREATE INDEX leaders_of_group ON leaders (group_id);
CREATE INDEX leaders_by_therapist ON leaders (therapist_id);

-- Days on which somebody is away, both included, in their own zone. A therapist may be covered.
CREATE TABLE absences (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    cover_id TEXT REFERENCES people (id),
    created_at TEXT NOT NULL,
    withdrawn_at TEXT
);
CREATE INDEX absences_of ON absences (person_id, last_day) WHERE withdrawn_at IS NULL;
CREATE INDEX absences_covered_by ON absences (cover_id) WHERE withdrawn_at IS NULL;

-- Plans and sessions are of a patient or of a group. What a plan leaves open (NULL) is as the
-- site has it. Tables that refer to them are made anew too: a column cannot be set free otherwise.
CREATE TABLE plans_new (
    id TEXT PRIMARY KEY,
    patient_id TEXT REFERENCES people (id),
    group_id TEXT REFERENCES groups (id),
    rule TEXT NOT NULL,
    first_day TEXT NOT NULL,
    wall_time TEXT NOT NULL,
    zone TEXT NOT NULL,
    duration_minutes INTEGER,
    delay_minutes INTEGER,
    instrument TEXT,
    quiet_from TEXT,
    quiet_to TEXT,
    reminders INTEGER,
    expiry_hours INTEGER,
    holidays TEXT,
    source_key TEXT,
    source_sequence INTEGER,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    planned_until TEXT,
    CHECK ((patient_id IS NULL) <> (group_id IS NULL))
);
INSERT INTO plans_new (id, patient_id, rule, first_day, wall_time, zone, duration_minutes,
    delay_minutes, instrument, quiet_from, quiet_to, created_at, ended_at, planned_until)
SELECT id, patient_id, rule, first_day, wall_time, zone, duration_minutes,
    delay_minutes, instrument, quiet_from, quiet_to, created_at, ended_at, planned_until FROM plans;

CREATE TABLE sessions_new (
    id TEXT PRIMARY KEY,
    patient_id TEXT REFERENCES people (id),
    group_id TEXT REFERENCES groups (id),
    plan_id TEXT REFERENCES plans_new (id),
    planned_for TEXT,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    zone TEXT NOT NULL,
    delay_minutes INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    quiet_from TEXT NOT NULL,
    quiet_to TEXT NOT NULL,
    reminders INTEGER NOT NULL DEFAULT 1,
    expiry_hours INTEGER NOT NULL DEFAULT 48,
    state TEXT NOT NULL CHECK (state IN ('planned', 'held', 'cancelled', 'no_show')),
    reason TEXT,
    ended_early INTEGER NOT NULL DEFAULT 0,
    CHECK ((patient_id IS NULL) <> (group_id IS NULL)),
    UNIQUE (plan_id, planned_for)
);
INSERT INTO sessions_new (id, patient_id, plan_id, planned_for, starts_at, ends_at, zone,
    delay_minutes, instrument, quiet_from, quiet_to, state)
SELECT id, patient_id, plan_id, CASE WHEN plan_id IS NULL THEN NULL ELSE starts_at END, starts_at,
    ends_at, zone, delay_minutes, instrument, quiet_from, quiet_to, state FROM sessions;

CREATE TABLE checkins_new (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions_new (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    instrument TEXT NOT NULL,
    instrument_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    closes_at TEXT NOT NULL,
    remind_at TEXT,
    reminders_left INTEGER NOT NULL DEFAULT 0,
    sent_at TEXT,
    opened_at TEXT,
    completed_at TEXT,
    locks_at TEXT,
    message_id BIGINT,
    direct TEXT,
    direct_after TEXT,
    wish TEXT,
    revisited TEXT,
    score DOUBLE PRECISION,
    items_missing INTEGER,
    UNIQUE (session_id, patient_id)
);
INSERT INTO checkins_new (id, session_id, patient_id, instrument, instrument_version, state, due_at,
    closes_at, remind_at, sent_at, opened_at, completed_at, locks_at, message_id, direct,
    direct_after, revisited, score, items_missing)
SELECT id, session_id, patient_id, instrument, instrument_version, state, due_at,
    closes_at, remind_at, sent_at, opened_at, completed_at, locks_at, message_id, direct,
    direct_after, revisited, score, items_missing FROM checkins;

CREATE TABLE checkin_events_new (
    id TEXT PRIMARY KEY,
    checkin_id TEXT NOT NULL REFERENCES checkins_new (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);
INSERT INTO checkin_events_new (id, checkin_id, state, reason, at)
SELECT id, checkin_id, state, reason, at FROM checkin_events;

CREATE TABLE answers_new (
    checkin_id TEXT NOT NULL REFERENCES checkins_new (id),
    item TEXT NOT NULL,
    value DOUBLE PRECISION,
    at TEXT NOT NULL,
    PRIMARY KEY (checkin_id, item)
);
INSERT INTO answers_new (checkin_id, item, value, at)
SELECT checkin_id, item, value, at FROM answers;

CREATE TABLE alerts_new (
    id TEXT PRIMARY KEY,
    checkin_id TEXT NOT NULL UNIQUE REFERENCES checkins_new (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'seen')),
    evidence TEXT NOT NULL,
    detector TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT,
    seen_by TEXT REFERENCES people (id)
);
INSERT INTO alerts_new (id, checkin_id, patient_id, kind, state, evidence, detector, created_at,
    seen_at, seen_by)
SELECT id, checkin_id, patient_id, kind, state, evidence, detector, created_at,
    seen_at, seen_by FROM alerts;

DROP TABLE alerts;
DROP TABLE answers;
DROP TABLE checkin_events;
DROP TABLE checkins;
DROP TABLE sessions;
DROP TABLE plans;
ALTER TABLE plans_new RENAME TO plans;
ALTER TABLE sessions_new RENAME TO sessions;
ALTER TABLE checkins_new RENAME TO checkins;
ALTER TABLE checkin_events_new RENAME TO checkin_events;
ALTER TABLE answers_new RENAME TO answers;
ALTER TABLE alerts_new RENAME TO alerts;

CREATE INDEX plans_of ON plans (patient_id);
CREATE INDEX plans_of_group ON plans (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX plans_to_extend ON plans (planned_until) WHERE ended_at IS NULL;
CREATE INDEX plans_from_outside ON plans (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX sessions_to_open ON sessions (ends_at) WHERE state = 'planned';
CREATE INDEX sessions_of ON sessions (patient_id, starts_at);
CREATE INDEX sessions_of_group ON sessions (group_id, starts_at) WHERE group_id IS NOT NULL;
CREATE INDEX checkins_due ON checkins (due_at) WHERE state = 'planned';
CREATE INDEX checkins_to_remind ON checkins (remind_at)
    WHERE remind_at IS NOT NULL AND state IN ('sent', 'opened');
CREATE INDEX checkins_to_close ON checkins (closes_at) WHERE state IN ('due', 'sent', 'opened');
CREATE INDEX checkins_of ON checkins (patient_id, due_at);
CREATE INDEX checkin_events_of ON checkin_events (checkin_id);
CREATE INDEX alerts_of ON alerts (patient_id);
CREATE INDEX alerts_waiting ON alerts (created_at) WHERE state = 'open';

-- One session of a plan that is not where the rule has it. ``planned_for`` is the instant the
-- rule gives, as RECURRENCE-ID in a calendar; without ``starts_at`` it is cancelled.
CREATE TABLE exceptions (
    plan_id TEXT NOT NULL REFERENCES plans (id),
    planned_for TEXT NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    source_sequence INTEGER,
    at TEXT NOT NULL,
    PRIMARY KEY (plan_id, planned_for)
);

-- Who changed or looked at what, and when: ids and settings, never content. Only added to.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    actor_id TEXT,
    action TEXT NOT NULL,
    subject_id TEXT,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_by ON audit (actor_id, at);
CREATE INDEX audit_about ON audit (subject_id, at);
