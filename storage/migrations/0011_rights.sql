-- Under which words each answer was given, and what stays of whom was erased.

-- NULL is from before versions were kept with answers.
ALTER TABLE answers ADD COLUMN consent_version TEXT;

-- Likewise for what stands in the check-in itself: the direct question, its follow-up, the wish.
ALTER TABLE checkins ADD COLUMN consent_version TEXT;

-- That somebody was erased, when, and by whom by role. ``id`` stands in the audit log where
-- theirs stood; it is new and leads nowhere.
CREATE TABLE tombstones (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    at TEXT NOT NULL,
    by_role TEXT NOT NULL CHECK (by_role IN ('patient', 'coordinator', 'clock'))
);
CREATE INDEX tombstones_at ON tombstones (at);

-- What is forgotten by age is found without reading everything.
CREATE INDEX outbox_done ON outbox (created_at) WHERE state IN ('sent', 'failed', 'cancelled');
CREATE INDEX checkins_closed ON checkins (closes_at);
CREATE INDEX people_ended ON people (ended_at) WHERE ended_at IS NOT NULL;
