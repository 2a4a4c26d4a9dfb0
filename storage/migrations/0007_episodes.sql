-- What detectors said, what followed alerts, when alerts went on to others, and digests.

-- One row for each session that was judged, by the detector of that day: what was once said is
-- not said otherwise later because a setting or a rule has changed.
CREATE TABLE verdicts (
    checkin_id TEXT PRIMARY KEY REFERENCES checkins (id),
    raised INTEGER NOT NULL,
    probability DOUBLE PRECISION,
    mean DOUBLE PRECISION,
    usual_low DOUBLE PRECISION,
    usual_high DOUBLE PRECISION,
    detector TEXT NOT NULL,
    judged_at TEXT NOT NULL
);

-- From an alert to its recovery, or not. The id is that of the alert that opened it. All of it
-- follows from check-ins, verdicts, alerts and what therapists said; see storage/episodes.py.
CREATE TABLE episodes (
    id TEXT PRIMARY KEY REFERENCES alerts (id),
    patient_id TEXT NOT NULL REFERENCES people (id),
    instrument TEXT NOT NULL,
    group_id TEXT REFERENCES groups (id),
    stage TEXT NOT NULL CHECK (
        stage IN ('open', 'addressed', 'recovered', 'unrepaired', 'dismissed', 'ended')
    ),
    was_addressed INTEGER NOT NULL,
    overdue INTEGER NOT NULL,
    usual_low DOUBLE PRECISION,
    sessions INTEGER NOT NULL,
    back INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    unrepaired_after INTEGER NOT NULL,
    began_at TEXT NOT NULL,
    turned_at TEXT NOT NULL,
    turned_by TEXT REFERENCES checkins (id)
);
CREATE INDEX episodes_of ON episodes (patient_id, began_at);
ALTER TABLE alerts ADD COLUMN episode_id TEXT;

-- Answers to the one question about an episode that was not repaired in time: still working on
-- it. The episode is named by the alert that opened it.
CREATE TABLE still_working (
    id TEXT PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alerts (id),
    therapist_id TEXT NOT NULL REFERENCES people (id),
    at TEXT NOT NULL
);
CREATE INDEX still_working_on ON still_working (alert_id);

-- When an unseen alert went to all who may read it, and then to the coordinators; ``look_at`` is
-- when the clock looks at it next, NULL before the first time.
ALTER TABLE alerts ADD COLUMN escalated_at TEXT;
ALTER TABLE alerts ADD COLUMN coordinators_at TEXT;
ALTER TABLE alerts ADD COLUMN look_at TEXT;
CREATE INDEX alerts_to_look_at ON alerts (look_at)
    WHERE state = 'open' AND coordinators_at IS NULL;

-- How a therapist wants to be told, and the last local day on which a digest was sent.
CREATE TABLE digests (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    mode TEXT NOT NULL CHECK (mode IN ('off', 'weekly', 'session_days')),
    weekday INTEGER NOT NULL,
    wall_time TEXT NOT NULL,
    alerts_wait INTEGER NOT NULL,
    next_look TEXT,
    last_day TEXT
);
CREATE INDEX digests_to_look_at ON digests (next_look) WHERE next_look IS NOT NULL;
