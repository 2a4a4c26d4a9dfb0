-- What keeps a clinic of a hundred thousand patients as quick as one of a thousand.

-- SQLite takes a partial index only where the statement names the states in the index's order;
-- in another one it walked through every check-in that was ever closed, at each tick.
DROP INDEX checkins_to_close;
CREATE INDEX checkins_to_close ON checkins (closes_at) WHERE state IN ('due', 'opened', 'sent');

-- An alert is looked at when it is time to, not at each tick as long as nobody has seen it.
DROP INDEX alerts_to_look_at;
CREATE INDEX alerts_to_look_at ON alerts (COALESCE(look_at, created_at))
    WHERE state = 'open' AND coordinators_at IS NULL;
CREATE INDEX alerts_raised ON alerts (created_at);
CREATE INDEX episodes_begun ON episodes (began_at);

-- Who works here is found beside all the patients.
CREATE INDEX people_by_role ON people (role, code);
CREATE INDEX people_by_state ON people (state, code);
DROP INDEX people_to_resume;
CREATE INDEX people_to_resume ON people (state, paused_until)
    WHERE state = 'paused' AND paused_until IS NOT NULL;

-- Messages to somebody or about something are found among all that were sent.
DROP INDEX outbox_about;
CREATE INDEX outbox_about ON outbox (subject_id);
CREATE INDEX outbox_to ON outbox (person_id);
CREATE INDEX outbox_failed ON outbox (not_before) WHERE state = 'failed';

-- Whoever is erased is looked for wherever something may refer to them.
CREATE INDEX alerts_seen_by ON alerts (seen_by);
CREATE INDEX alert_responses_by ON alert_responses (therapist_id);
CREATE INDEX episodes_turned_by ON episodes (turned_by);
CREATE INDEX calendar_events_of ON calendar_events (person_id);
CREATE INDEX imports_of ON imports (person_id);

-- The clinic's coming week is found among the years behind it.
CREATE INDEX sessions_when ON sessions (starts_at);
CREATE INDEX sessions_planned_for ON sessions (planned_for);
