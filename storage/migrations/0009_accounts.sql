-- Who somebody is on Telegram: sealed, and found by a blind index. The rows of chats are moved
-- here by a step in code, since SQL has no key.

CREATE TABLE accounts (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    sealed TEXT NOT NULL,
    blind TEXT NOT NULL UNIQUE,
    since TEXT NOT NULL
);
