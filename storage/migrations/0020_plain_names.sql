-- Tables get the names of what they hold. They are copied, because SQLite cannot rename an index
-- and PostgreSQL would keep the old names of constraints.

CREATE TABLE processed_updates (
    update_id BIGINT PRIMARY KEY,
    at TEXT NOT NULL
);
INSERT INTO processed_updates (update_id, at) SELECT update_id, at FROM heard;
DROP TABLE heard;
CREATE INDEX processed_updates_at ON processed_updates (at);

CREATE TABLE internal_heartbeats (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
);
INSERT INTO internal_heartbeats (name, at) SELECT name, at FROM pulses;
DROP TABLE pulses;

-- What is encrypted in here stays bound to the old name, ``wizards``; likewise in ``key_values``.
CREATE TABLE conversations (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    filled TEXT NOT NULL,
    at TEXT NOT NULL
);
INSERT INTO conversations (person_id, kind, step, filled, at)
SELECT person_id, kind, step, filled, at FROM wizards;
DROP TABLE wizards;

CREATE TABLE key_values (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO key_values (name, value) SELECT name, value FROM facts;
DROP TABLE facts;

CREATE TABLE unreachable_periods (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    state_before TEXT NOT NULL,
    since TEXT NOT NULL,
    spoken_at TEXT,
    spoken_by TEXT REFERENCES people (id),
    over_at TEXT
);
INSERT INTO unreachable_periods (id, person_id, state_before, since, spoken_at, spoken_by, over_at)
SELECT id, person_id, state_before, since, spoken_at, spoken_by, over_at FROM silences;
DROP TABLE silences;
CREATE INDEX unreachable_periods_of ON unreachable_periods (person_id, since);
CREATE UNIQUE INDEX unreachable_periods_open ON unreachable_periods (person_id)
    WHERE over_at IS NULL;

CREATE TABLE send_limits (
    person_id TEXT PRIMARY KEY,
    left_at TEXT NOT NULL,
    until TEXT NOT NULL
);
INSERT INTO send_limits (person_id, left_at, until) SELECT person_id, left_at, until FROM paces;
DROP TABLE paces;
CREATE INDEX send_limits_left_at ON send_limits (left_at);
CREATE INDEX send_limits_until ON send_limits (until);

CREATE TABLE visible_answers (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    message_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    UNIQUE (person_id, message_id)
);
INSERT INTO visible_answers (id, person_id, message_id, kind, subject_id, sent_at)
SELECT id, person_id, message_id, kind, subject_id, sent_at FROM showings;
DROP TABLE showings;

CREATE TABLE failed_links (
    blind TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (blind, token_hash)
);
INSERT INTO failed_links (blind, token_hash, at) SELECT blind, token_hash, at FROM guesses;
DROP TABLE guesses;
CREATE INDEX failed_links_at ON failed_links (at);

-- What a message is about used to be read out of its key. Now it stands in ``payload`` as JSON,
-- one shape for each kind, and the key is only compared. See storage/messages/payloads.py.

ALTER TABLE outbox RENAME COLUMN lane TO priority;
ALTER TABLE outbox ADD COLUMN payload TEXT NOT NULL DEFAULT '{}';

UPDATE outbox SET payload = '{"checkin_id": "' || subject_id || '"}'
WHERE kind IN ('prompt', 'again', 'reminder', 'close', 'lock');

UPDATE outbox SET payload = '{"alert_id": "' || subject_id || '"}'
WHERE kind IN ('alert', 'snooze', 'alert_again', 'unseen', 'seen');

UPDATE outbox SET payload = '{"episode_id": "' || subject_id || '", "stage": "' || CASE
    WHEN SUBSTR(key, 1, 5) = 'open:' THEN 'open'
    WHEN SUBSTR(key, 1, 10) = 'addressed:' THEN 'addressed'
    WHEN SUBSTR(key, 1, 10) = 'recovered:' THEN 'recovered'
    WHEN SUBSTR(key, 1, 11) = 'unrepaired:' THEN 'unrepaired'
    WHEN SUBSTR(key, 1, 10) = 'dismissed:' THEN 'dismissed'
    ELSE 'ended' END || '"}'
WHERE kind = 'episode';

-- The key ends with the day, as 2026-03-03.
UPDATE outbox SET payload = '{"day": "' || SUBSTR(key, LENGTH(key) - 9, 10) || '"}'
WHERE kind = 'digest';

UPDATE outbox SET payload = '{"shown_message_id": "' || subject_id || '"}' WHERE kind = 'hide';
UPDATE outbox SET payload = '{"care_id": "' || subject_id || '"}' WHERE kind = 'handover';
UPDATE outbox SET payload = '{"until": "' || subject_id || '"}' WHERE kind = 'heartbeat';

UPDATE outbox SET payload = CASE
    WHEN SUBSTR(key, 1, 20) = 'trouble:unreachable:'
        THEN '{"trouble": "unreachable", "person_id": "' || subject_id || '"}'
    WHEN SUBSTR(key, 1, 20) = 'trouble:undelivered:'
        THEN '{"trouble": "undelivered", "person_id": "' || subject_id || '"}'
    WHEN SUBSTR(key, 1, 18) = 'trouble:plan_ends:'
        THEN '{"trouble": "plan_ends", "plan_id": "' || subject_id || '"}'
    WHEN SUBSTR(key, 1, 13) = 'trouble:late:'
        THEN '{"trouble": "late", "audit_number": ' || subject_id || '}'
    WHEN SUBSTR(key, 1, 17) = 'trouble:set_back:'
        THEN '{"trouble": "set_back", "audit_number": ' || subject_id || '}'
    WHEN SUBSTR(key, 1, 17) = 'trouble:restored:'
        THEN '{"trouble": "restored", "audit_number": ' || subject_id || '}'
    WHEN SUBSTR(key, 1, 22) = 'trouble:import_failed:' THEN '{"trouble": "import_failed"}'
    WHEN SUBSTR(key, 1, 18) = 'trouble:no_backup:' THEN '{"trouble": "no_backup"}'
    WHEN SUBSTR(key, 1, 17) = 'trouble:guessing:' THEN '{"trouble": "guessing"}'
    WHEN SUBSTR(key, 1, 16) = 'trouble:damaged:' THEN '{"trouble": "damaged"}'
    WHEN SUBSTR(key, 1, 14) = 'trouble:rival:' THEN '{"trouble": "rival"}'
    ELSE payload END
WHERE kind = 'trouble';
