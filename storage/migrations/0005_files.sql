-- Files that coordinators send, and what calendars call what came from them.

-- A file between its dry run and the tap on Apply. No word of it stands here: codes, times and
-- keyed hashes in ``content``; in ``chosen`` whose events without a code are; in ``back`` what
-- was kept of calendars before, for taking it back.
CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    content TEXT NOT NULL,
    chosen TEXT NOT NULL,
    ends_missing INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'applied', 'dropped', 'undone')),
    back TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX imports_old ON imports (created_at);

-- One event of a calendar by the keyed hash of its identity. Where it names no code, whose it
-- is as a coordinator said; whole days, which absence they became.
CREATE TABLE calendar_events (
    key TEXT PRIMARY KEY,
    calendar TEXT NOT NULL,
    person_id TEXT REFERENCES people (id),
    group_id TEXT REFERENCES groups (id),
    is_foreign INTEGER NOT NULL DEFAULT 0,
    absence_id TEXT REFERENCES absences (id),
    sequence INTEGER
);
CREATE INDEX calendar_events_of_absence ON calendar_events (absence_id)
    WHERE absence_id IS NOT NULL;
