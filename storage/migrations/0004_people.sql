-- A command may leave several lines in the audit log; /undo adds a line that names another.
ALTER TABLE audit ADD COLUMN part_of BIGINT;
ALTER TABLE audit ADD COLUMN undoes BIGINT;
CREATE UNIQUE INDEX audit_undone ON audit (undoes) WHERE undoes IS NOT NULL;

-- From when to when somebody could not be written to, and whether a coordinator has had a word.
CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    state_before TEXT NOT NULL,
    since TEXT NOT NULL,
    spoken_at TEXT,
    spoken_by TEXT REFERENCES people (id),
    over_at TEXT
);
CREATE INDEX silences_of ON silences (person_id, since);
CREATE UNIQUE INDEX silences_open ON silences (person_id) WHERE over_at IS NULL;

-- Who wants a sign of life each day, at what local time, and when the next one is due.
CREATE TABLE heartbeats (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    wall_time TEXT NOT NULL,
    next_at TEXT NOT NULL
);
CREATE INDEX heartbeats_due ON heartbeats (next_at);
