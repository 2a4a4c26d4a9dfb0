-- The same text runs on SQLite and PostgreSQL. Times are UTC text of fixed width.

CREATE TABLE people (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('patient', 'therapist', 'coordinator')),
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'paused', 'ended', 'unreachable')),
    created_at TEXT NOT NULL
);

-- The one table that knows who somebody is on Telegram.
CREATE TABLE chats (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    telegram_id BIGINT NOT NULL UNIQUE,
    since TEXT NOT NULL
);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    withdrawn_at TEXT
);
CREATE INDEX invitations_of ON invitations (person_id);

-- Who looks after whom, and when. A new row is a new baseline.
CREATE TABLE care (
    id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL REFERENCES people (id),
    therapist_id TEXT NOT NULL REFERENCES people (id),
    from_at TEXT NOT NULL,
    to_at TEXT
);
CREATE INDEX care_of_patient ON care (patient_id);
CREATE INDEX care_by_therapist ON care (therapist_id);

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    decision TEXT NOT NULL CHECK (decision IN ('agreed', 'declined', 'withdrawn')),
    version TEXT NOT NULL,
    language TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX consents_of ON consents (person_id, at);

CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL REFERENCES people (id),
    rule TEXT NOT NULL,
    first_day TEXT NOT NULL,
    wall_time TEXT NOT NULL,
    zone TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    delay_minutes INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    quiet_from TEXT NOT NULL,
    quiet_to TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    planned_until TEXT
);
CREATE INDEX plans_of ON plans (patient_id);
CREATE INDEX plans_to_extend ON plans (planned_until) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL REFERENCES people (id),
    plan_id TEXT REFERENCES plans (id),
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    zone TEXT NOT NULL,
    delay_minutes INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    quiet_from TEXT NOT NULL,
    quiet_to TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'held', 'cancelled', 'no_show')),
    UNIQUE (plan_id, starts_at)
);
CREATE INDEX sessions_to_open ON sessions (ends_at) WHERE state = 'planned';
CREATE INDEX sessions_of ON sessions (patient_id, starts_at);

CREATE TABLE checkins (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    instrument TEXT NOT NULL,
    instrument_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    closes_at TEXT NOT NULL,
    remind_at TEXT,
    sent_at TEXT,
    opened_at TEXT,
    completed_at TEXT,
    locks_at TEXT,
    message_id BIGINT,
    direct TEXT,
    direct_after TEXT,
    revisited TEXT,
    score DOUBLE PRECISION,
    items_missing INTEGER,
    UNIQUE (session_id, patient_id)
);
CREATE INDEX checkins_due ON checkins (due_at) WHERE state = 'planned';
CREATE INDEX checkins_to_remind ON checkins (remind_at)
    WHERE remind_at IS NOT NULL AND state IN ('sent', 'opened');
CREATE INDEX checkins_to_close ON checkins (closes_at) WHERE state IN ('due', 'sent', 'opened');
CREATE INDEX checkins_of ON checkins (patient_id, due_at);

-- What happened to each check-in, in order; never changed, only added to.
CREATE TABLE checkin_events (
    id TEXT PRIMARY KEY,
    checkin_id TEXT NOT NULL REFERENCES checkins (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX checkin_events_of ON checkin_events (checkin_id);

-- One row an item; a value of NULL is a question that was skipped.
CREATE TABLE answers (
    checkin_id TEXT NOT NULL REFERENCES checkins (id),
    item TEXT NOT NULL,
    value DOUBLE PRECISION,
    at TEXT NOT NULL,
    PRIMARY KEY (checkin_id, item)
);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    checkin_id TEXT NOT NULL UNIQUE REFERENCES checkins (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'seen')),
    evidence TEXT NOT NULL,
    detector TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT,
    seen_by TEXT REFERENCES people (id)
);
CREATE INDEX alerts_of ON alerts (patient_id);

-- Messages to be sent. A letter holds ids, never words.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    lane INTEGER NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('new', 'sending', 'sent', 'uncertain', 'failed', 'cancelled')
    ),
    attempts INTEGER NOT NULL,
    not_before TEXT NOT NULL,
    leased_until TEXT,
    message_id BIGINT,
    reason TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT
);
CREATE INDEX outbox_waiting ON outbox (lane, not_before) WHERE state IN ('new', 'uncertain');
CREATE INDEX outbox_next ON outbox (not_before) WHERE state IN ('new', 'uncertain');
CREATE INDEX outbox_about ON outbox (subject_id) WHERE state IN ('new', 'uncertain');
CREATE INDEX outbox_leased ON outbox (leased_until) WHERE state = 'sending';

-- Updates whose effect is in this database; a repeated one changes nothing.
CREATE TABLE heard (
    update_id BIGINT PRIMARY KEY,
    at TEXT NOT NULL
);
CREATE INDEX heard_when ON heard (at);

-- Updates that no handler could take; without their content.
CREATE TABLE set_aside (
    update_id BIGINT PRIMARY KEY,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);

-- When something was last seen to work.
CREATE TABLE pulses (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
);

-- A conversation of several steps, so that a restart or an hour's pause changes nothing.
CREATE TABLE wizards (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    filled TEXT NOT NULL,
    at TEXT NOT NULL
);

-- Small facts that one command learns and another needs, such as the bot's name.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
