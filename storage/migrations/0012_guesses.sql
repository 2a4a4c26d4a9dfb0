-- Links that do not exist, tried by whoever: an account as a keyed hash, a link as its hash. Each
-- counts once for an account, and is forgotten after a day.
CREATE TABLE guesses (
    blind TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (blind, token_hash)
);
CREATE INDEX guesses_at ON guesses (at);
