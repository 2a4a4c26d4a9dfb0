-- What therapists say to an alert, and what stands opened in their chats.

-- Only added to: of the rows about an alert the one with the highest number counts. A snooze says
-- nothing about the alert; it stays open until then.
CREATE TABLE alert_responses (
    alert_id TEXT NOT NULL REFERENCES alerts (id),
    number INTEGER NOT NULL,
    therapist_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL CHECK (kind IN ('seen', 'talked', 'not_rupture', 'snooze')),
    until TEXT,
    at TEXT NOT NULL,
    CHECK ((kind = 'snooze') = (until IS NOT NULL)),
    PRIMARY KEY (alert_id, number)
);

INSERT INTO alert_responses (alert_id, number, therapist_id, kind, at)
SELECT id, 1, seen_by, 'seen', seen_at FROM alerts
WHERE seen_by IS NOT NULL AND seen_at IS NOT NULL;

-- Answers that stand readable in a chat. Each leaves it when its time is over; its row then goes.
-- ``sent_at`` is when Telegram took the message: it deletes only those of the last two days.
CREATE TABLE showings (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    message_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    UNIQUE (person_id, message_id)
);
