-- A patient's course is read at each check-in that ends, and at each look of a therapist. Its parts
-- lay as far apart as the weeks in which they were kept: with a hundred thousand patients each was
-- a page of its own. Now they lie side by side, by patient.

CREATE TABLE answers_new (
    patient_id TEXT NOT NULL REFERENCES people (id),
    checkin_id TEXT NOT NULL REFERENCES checkins (id),
    item TEXT NOT NULL,
    value DOUBLE PRECISION,
    at TEXT NOT NULL,
    consent_version TEXT,
    PRIMARY KEY (checkin_id, item)
);
INSERT INTO answers_new (patient_id, checkin_id, item, value, at, consent_version)
    SELECT k.patient_id, a.checkin_id, a.item, a.value, a.at, a.consent_version
    FROM answers a JOIN checkins k ON k.id = a.checkin_id;
DROP TABLE answers;
ALTER TABLE answers_new RENAME TO answers;
CREATE INDEX answers_of ON answers (patient_id, checkin_id, item, value);

CREATE TABLE verdicts_new (
    patient_id TEXT NOT NULL REFERENCES people (id),
    checkin_id TEXT PRIMARY KEY REFERENCES checkins (id),
    raised INTEGER NOT NULL,
    probability DOUBLE PRECISION,
    mean DOUBLE PRECISION,
    usual_low DOUBLE PRECISION,
    usual_high DOUBLE PRECISION,
    detector TEXT NOT NULL,
    judged_at TEXT NOT NULL
);
INSERT INTO verdicts_new (patient_id, checkin_id, raised, probability, mean, usual_low, usual_high,
    detector, judged_at)
    SELECT k.patient_id, v.checkin_id, v.raised, v.probability, v.mean, v.usual_low, v.usual_high,
    v.detector, v.judged_at FROM verdicts v JOIN checkins k ON k.id = v.checkin_id;
DROP TABLE verdicts;
ALTER TABLE verdicts_new RENAME TO verdicts;
CREATE INDEX verdicts_of ON verdicts
    (patient_id, checkin_id, raised, mean, usual_low, usual_high, judged_at);

CREATE INDEX checkins_of_course ON checkins
    (patient_id, instrument, session_id, state, direct, direct_after, opened_at, completed_at, id);

DROP INDEX sessions_of;
CREATE INDEX sessions_of ON sessions (patient_id, starts_at, ends_at, state, id);
