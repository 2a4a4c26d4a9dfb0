-- Sessions are agreed by the clock on the wall. Their instants are computed again when the rules
-- of a time zone change, so the wall time stands beside each. Storage fills both columns.

ALTER TABLE sessions ADD COLUMN planned_local TEXT;
ALTER TABLE exceptions ADD COLUMN planned_local TEXT;
ALTER TABLE exceptions ADD COLUMN starts_local TEXT;

-- Until when quiet hours do not hold a question back, because somebody is known to be awake.

ALTER TABLE checkins ADD COLUMN awake_until TEXT;
