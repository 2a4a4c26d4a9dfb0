-- One-off sessions, and from which moment on a plan is to be planned anew.

-- A plan that stands for one more session beside the repeating ones.
ALTER TABLE plans ADD COLUMN extra INTEGER NOT NULL DEFAULT 0;

-- Set whenever something changes that bears on a plan's sessions, together with
-- ``planned_until`` NULL: those that begin later than this are planned anew.
ALTER TABLE plans ADD COLUMN replan_from TEXT;

-- Ended plans are among them: what began between their last planning and their end is not lost.
CREATE INDEX plans_to_plan ON plans (id) WHERE planned_until IS NULL;

-- The tick asks at every knock whose pause is over.
CREATE INDEX people_to_resume ON people (paused_until)
    WHERE state = 'paused' AND paused_until IS NOT NULL;
