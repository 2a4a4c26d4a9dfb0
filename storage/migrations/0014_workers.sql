-- Several workers: who has a letter in hand, and when each person may be written to again.
ALTER TABLE outbox ADD COLUMN worker INTEGER NOT NULL DEFAULT 0;

-- One row a person who was written to, and one without a name: a pause for everybody.
CREATE TABLE paces (
    person_id TEXT PRIMARY KEY,
    left_at TEXT NOT NULL,
    until TEXT NOT NULL
);
CREATE INDEX paces_left ON paces (left_at);
CREATE INDEX paces_until ON paces (until);
