-- Answers on the site's own page, and a few words of the patient's own.

-- Where a patient answers; NULL is as the site has it.
ALTER TABLE people ADD COLUMN answers_on TEXT CHECK (answers_on IN ('chat', 'page'));

-- Links to the page, each to one check-in; the token itself stands only in the patient's chat.
CREATE TABLE page_links (
    token_hash TEXT PRIMARY KEY,
    checkin_id TEXT NOT NULL REFERENCES checkins (id),
    made_at TEXT NOT NULL
);
CREATE INDEX page_links_of ON page_links (checkin_id);
CREATE INDEX page_links_made ON page_links (made_at);

-- What a patient wrote after a check-in, sealed; at most one, which a later one replaces.
CREATE TABLE comments (
    checkin_id TEXT PRIMARY KEY REFERENCES checkins (id),
    sealed TEXT NOT NULL,
    at TEXT NOT NULL,
    consent_version TEXT
);
