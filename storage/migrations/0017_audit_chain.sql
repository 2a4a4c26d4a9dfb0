-- Each line of the log is bound to all before it; who edits the file cannot make the bonds anew.

-- The key of the bonds (its name), a random salt, what the line says (a keyed digest of it with
-- that salt), and the bond to the line before.
ALTER TABLE audit ADD COLUMN chain_key TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN link TEXT NOT NULL DEFAULT '';

-- An erasure puts other ids into lines: which, and their digests since. Its own line is bound to
-- these rows.
CREATE TABLE audit_redactions (
    by_number BIGINT NOT NULL,
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (by_number, number)
);

-- Where the log begins and ends, sealed with its key. One row; whoever adds a line holds it.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    link TEXT NOT NULL,
    first BIGINT NOT NULL,
    link_before TEXT NOT NULL,
    chain_key TEXT NOT NULL,
    seal TEXT NOT NULL
);

-- A hash of the random id of whom was erased: a backup that still holds them is known by it.
ALTER TABLE tombstones ADD COLUMN was TEXT;
